"""Tables of the supervision room."""

from .base import Row, classify
from .calendar import CalendarChange, CalendarChangeKind, ExtendedHours, Workday
from .clocks import (
    OF_ARTICLE_45,
    CalendarDay,
    CalendarYear,
    CardLevel,
    CardRule,
    Clock,
    ClockKind,
    ClockPause,
    DayKind,
    PauseGround,
    RuleBook,
    TimeParameter,
)
from .efficiency import EfficiencyDay
from .milestones import Milestone, MilestoneKind, SweepMark
from .papers import Counter, NumberEpoch, Paper, PaperFile, PaperKind
from .records import ParkedRecord, Record, Subscription
from .sealing import Clearance, Head, Leaf, LogCheck, Node, Receipt

__all__ = [
    "OF_ARTICLE_45",
    "CalendarChange",
    "CalendarChangeKind",
    "CalendarDay",
    "CalendarYear",
    "CardLevel",
    "CardRule",
    "Clearance",
    "Clock",
    "ClockKind",
    "ClockPause",
    "Counter",
    "DayKind",
    "EfficiencyDay",
    "ExtendedHours",
    "Head",
    "Leaf",
    "LogCheck",
    "Milestone",
    "MilestoneKind",
    "Node",
    "NumberEpoch",
    "Paper",
    "PaperFile",
    "PaperKind",
    "ParkedRecord",
    "PauseGround",
    "Receipt",
    "Record",
    "Row",
    "RuleBook",
    "Subscription",
    "SweepMark",
    "TimeParameter",
    "Workday",
    "classify",
]
