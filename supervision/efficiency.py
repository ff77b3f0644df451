"""Efficiency figures per day and unit, rolled up from the sealed log (D40, D51, domain 5.3). Zero denominators are None, shown as "—"."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum

from supervision import moment, subscriptions
from supervision.models import EfficiencyDay
from supervision.subscriptions import Sealed

NAME = "efficiency"
_ACCEPTED = ("accept", "accept_with_gaps", "accept_on_declaration", "deem_accepted")
_COUNTS = {"receive": "received", "conclude": "concluded", **dict.fromkeys(_ACCEPTED, "accepted")}
KINDS = tuple(_COUNTS)
COUNTED = ("received", "accepted", "concluded", "on_time", "promised", "used_workdays")

_ADD = f"""
INSERT INTO supervision_efficiencyday AS stored (day, unit, {", ".join(COUNTED)}) VALUES {{rows}}
ON CONFLICT (day, unit) DO UPDATE SET {", ".join(f"{name} = stored.{name} + excluded.{name}" for name in COUNTED)}
"""


def roll_up(*, now: datetime) -> int:
    """Count every sealed record not yet counted (`now`: subscriptions.deliver)."""
    return subscriptions.deliver(NAME, now=now)


def rebuild(*, now: datetime) -> int:
    """Forget all figures and count the whole log again: the rows come out the same (T55)."""
    subscriptions.restart(NAME, EfficiencyDay.objects.all().delete)
    return roll_up(now=now)


def count(records: Iterable[Sealed]) -> None:
    """Add these records to the figures of their day and unit."""
    _add([one.body for one in records])


def _add(bodies: Iterable[dict]) -> None:
    sums: dict[tuple[date, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTED, 0))
    for body in bodies:
        day = _day_of(body)
        counted = sums[day, body["unit"]]
        counted[_COUNTS[body["kind"]]] += 1
        if body["kind"] == "conclude":
            facts = body["facts"]
            counted["on_time"] += facts["on_time"]
            counted["promised"] += facts["promised"]
            counted["used_workdays"] += facts["used_workdays"] if facts["promised"] else 0
    if not sums:
        return
    values: list[Any] = [
        value for (day, unit), row in sorted(sums.items()) for value in (day, unit, *(row[name] for name in COUNTED))
    ]
    one = "(" + ", ".join(["%s"] * (2 + len(COUNTED))) + ")"
    with connection.cursor() as cursor:
        cursor.execute(_ADD.format(rows=", ".join([one] * len(sums))), values)


def _day_of(body: dict[str, Any]) -> date:
    """The day of the act; what the law accepted counts on the day since which it is accepted (domain 5.3: by event date)."""
    if body["kind"] == "deem_accepted":
        return date.fromisoformat(body["facts"]["accepted_on"])
    return moment.local_date(moment.instant(body["at"]))


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over days and units; rates and means are None when nothing was counted."""

    received: int
    accepted: int
    concluded: int
    on_time: int
    promised: int
    used_workdays: int

    @property
    def on_time_rate(self) -> Decimal | None:
        return Decimal(100 * self.on_time) / self.concluded if self.concluded else None

    @property
    def mean_workdays(self) -> Decimal | None:
        return Decimal(self.used_workdays) / self.promised if self.promised else None


def by_day(rows: QuerySet[EfficiencyDay]) -> dict[date, Figures]:
    """One line a day over all given units."""
    return _grouped(rows, "day")


def by_unit(rows: QuerySet[EfficiencyDay]) -> dict[str, Figures]:
    """One line a unit over the given days, by unit number."""
    return _grouped(rows, "unit")


def _grouped(rows: QuerySet[EfficiencyDay], key: str) -> dict[Any, Figures]:
    sums: Any = rows.order_by().values(key).annotate(**{f"sum_{name}": Sum(name) for name in COUNTED})
    return {line[key]: Figures(**{name: line[f"sum_{name}"] for name in COUNTED}) for line in sums}


def total(rows: QuerySet[EfficiencyDay]) -> Figures:
    """One line over the given days and units."""
    sums = rows.aggregate(**{name: Sum(name, default=0) for name in COUNTED})
    return Figures(**sums)
