"""The working calendar and the rules that an office may change."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import F

from hall.demo.plan import Plan, Tree
from hall.demo.rows import INITIAL, add_missing
from supervision.models import (
    CalendarChange,
    CalendarChangeKind,
    CalendarDay,
    CalendarYear,
    CardRule,
    DayKind,
    ExtendedHours,
    RuleBook,
    TimeParameter,
)


@transaction.atomic
def load_rules(plan: Plan) -> int:
    """Calendar years with their days and history, extended hours, card rules, time parameters. Raises the revision of the rule book when any was missing."""
    years, now = plan.calendar["years"], plan.start_instant
    new = [
        *add_missing(
            CalendarYear,
            [CalendarYear(year=year, source=told["source"]) for year, told in years.items()],
            "year",
            now=now,
        ),
        *add_missing(CalendarDay, [day for told in years.values() for day in days_of(told)], "day", now=now),
        *add_missing(
            CalendarChange, [_loaded(year, told, now) for year, told in years.items()], "kind", "year", now=now
        ),
        *add_missing(
            ExtendedHours,
            [_hours(row) for row in plan.rules["extended_hours"]],
            *("weekday", "day", "opens", "holds_from"),
            now=now,
        ),
        *add_missing(CardRule, [CardRule(**row) for row in plan.rules["card_rules"]], "code", "holds_from", now=now),
        *add_missing(
            TimeParameter, [_parameter(row) for row in plan.rules["time_parameters"]], "kind", "holds_from", now=now
        ),
    ]
    if new:
        RuleBook.objects.filter(id=1).update(revision=F("revision") + 1)
    return len(new)


def days_of(year: Tree) -> list[CalendarDay]:
    """The days of a year that differ from Monday to Friday, each with the festival that it belongs to."""
    names: dict[date, str] = {}
    for span in year["spans"]:
        length = (span["last"] - span["first"]).days + 1
        names |= {span["first"] + timedelta(days=n): span["name"] for n in range(length)}
    off = [CalendarDay(day=day, kind=DayKind.OFF_DAY, name=names[day]) for day in year["off_days"]]
    made = [
        CalendarDay(day=day["date"], kind=DayKind.MAKE_UP_WORKDAY, name=day["for"]) for day in year["make_up_workdays"]
    ]
    return off + made


def _loaded(year: int, told: Tree, now: datetime) -> CalendarChange:
    """The history of the calendar begins with the years that the county was given."""
    days = sorted(days_of(told), key=lambda each: each.day)
    return CalendarChange(
        kind=CalendarChangeKind.LOAD,
        year=year,
        source=told["source"],
        reason="随系统装入",
        after=[[each.day.isoformat(), str(each.kind), each.name] for each in days],
        by=INITIAL.name,
        made_at=now,
    )


def _hours(row: Tree) -> ExtendedHours:
    span = {name: time.fromisoformat(row[name]) for name in ("opens", "closes")}
    return ExtendedHours(**{**row, **span})


def _parameter(row: Tree) -> TimeParameter:
    fields = {name: value for name, value in row.items() if name != "unit"}
    return TimeParameter(time_unit=row["unit"], **fields)
