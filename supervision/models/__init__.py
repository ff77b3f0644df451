"""Tables of the supervision room."""

from .base import Row, classify
from .clocks import CalendarDay, CalendarYear, CardLevel, CardRule, Clock, ClockKind, DayKind, RuleBook, TimeParameter
from .efficiency import EfficiencyDay
from .papers import Counter, NumberEpoch, Paper, PaperFile, PaperKind
from .records import Record, Subscription

__all__ = [
    "CalendarDay",
    "CalendarYear",
    "CardLevel",
    "CardRule",
    "Clock",
    "ClockKind",
    "Counter",
    "DayKind",
    "EfficiencyDay",
    "NumberEpoch",
    "Paper",
    "PaperFile",
    "PaperKind",
    "Record",
    "Row",
    "RuleBook",
    "Subscription",
    "TimeParameter",
    "classify",
]
