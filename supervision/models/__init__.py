"""Tables of the supervision room."""

from .base import Row, classify
from .clocks import CalendarDay, CalendarYear, CardLevel, CardRule, Clock, ClockKind, DayKind, RuleBook, TimeParameter
from .efficiency import EfficiencyDay
from .papers import Counter, NumberEpoch, Paper, PaperFile, PaperKind
from .records import ParkedRecord, Record, Subscription
from .sealing import Clearance, Head, Leaf, LogCheck, Node, Receipt

__all__ = [
    "CalendarDay",
    "CalendarYear",
    "CardLevel",
    "CardRule",
    "Clearance",
    "Clock",
    "ClockKind",
    "Counter",
    "DayKind",
    "EfficiencyDay",
    "Head",
    "Leaf",
    "LogCheck",
    "Node",
    "NumberEpoch",
    "Paper",
    "PaperFile",
    "PaperKind",
    "ParkedRecord",
    "Receipt",
    "Record",
    "Row",
    "RuleBook",
    "Subscription",
    "TimeParameter",
    "classify",
]
