"""The standing of clocks worked out by the database: for lists, counts and wall screens that can't load every clock (design decision 4).

The twin of `judging.judge`, proved equal to it by tests/supervision/test_standing_sql.py. Words can't be had in SQL: whoever shows
a row judges it in Python, where the words are.
"""

from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from supervision.judging import NearRule
from supervision.models import Clock, ClockKind


class _Part(Func):
    """One column of `supervision_judge(…)`."""

    function = "supervision_judge"
    arity = 15

    def __init__(self, column: str, *arguments: Any, **extra: Any) -> None:
        super().__init__(*arguments, template=f"(%(function)s(%(expressions)s)).{column}", **extra)


_OF_CLOCK = (
    *("kind", "started_on", "limit", "time_unit", "extension", "due_on", "provisional"),
    *("pauses", "paused_since", "stopped_on"),
)
_COLUMNS: dict[str, tuple[str, type[Any]]] = {
    "state": ("state", TextField),
    "left": ("days_left", IntegerField),
    "binding_due": ("due_on", DateField),
    "breach": ("breach", TextField),
}


def with_standing(clocks: QuerySet[Clock], day: date, near: NearRule | None, *columns: str) -> QuerySet[Clock]:
    """Annotate clocks with how they stand on a day: `state` (a `DueState`), `used`, `left`, `binding_due`, `breach`, or those named.

    `left` counts in days of the unit, negative when past, null when unknown; `breach` is "late" or "unlawful" of a clock that was
    stopped too late. A promise is read beside the newest statutory clock of its subject, unless that was kept before it was. `near`
    is the rule that holds on the day (`clocks.rules().near(day)`). Each column is worked out by itself: name those that are needed.
    """
    arguments = (*map(F, _OF_CLOCK), _beside("due_on"), _beside("time_unit"), *_on(day, near))
    told: dict[str, Func] = {
        name: _Part(column, *arguments, output_field=field()) for name, (column, field) in _COLUMNS.items()
    }
    told["used"] = _used(day)
    return clocks.annotate(**{name: told[name] for name in columns or told})


def counts(clocks: QuerySet[Clock], day: date, near: NearRule | None) -> dict[str, int]:
    """How many of these clocks are in each state on a day; a state without clocks is left out."""
    judged: Any = with_standing(clocks.order_by(), day, near, "state")
    return dict(judged.values_list("state").annotate(number=Count("pk")))


def _used(day: date) -> Func:
    until = Coalesce(F("stopped_on"), Value(day, DateField()))
    facts = (F("started_on"), until, F("time_unit"), F("pauses"), F("paused_since"))
    return Func(*facts, function="supervision_used", output_field=IntegerField())


def _beside(column: str) -> Case:
    """A column of the statutory clock beside a promise; null where there is none, or the statute was kept."""
    same = {name: OuterRef(name) for name in ("subject_table", "subject_id")}
    newest = Clock.objects.filter(**same, kind=ClockKind.STATUTORY).order_by("-round")
    kept = When(stopped_on__isnull=False, due_on__isnull=False, stopped_on__lte=F("due_on"), then=None)
    told = Subquery(newest.values(told=Case(kept, default=F(column)))[:1])
    return Case(When(Q(kind=ClockKind.PROMISED), then=told), default=None)


def _on(day: date, near: NearRule | None) -> tuple[Value, ...]:
    share, at_least = (near.share, near.at_least) if near else (None, None)
    return Value(day, DateField()), Value(share, IntegerField()), Value(at_least, IntegerField())
