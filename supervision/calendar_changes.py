"""The calendar is changed here alone: a year is loaded, a day corrected, with a preview of the clocks that move (L31, T66).

A change writes the days, its own row of history and the announcements, and raises the revision of the rule book: from the next
statement on every process counts by it. Cases belong to the room above, which records their move (hall/actions/recalculate.py).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from supervision import arrangements, clocks, configuration, log
from supervision.arrangements import Arrangement, Differing
from supervision.models import (
    CalendarChange,
    CalendarChangeKind,
    CalendarDay,
    CalendarYear,
    Clock,
    ClockKind,
    DayKind,
    RuleBook,
)
from supervision.workdays import Calendar

Told = list[list[str]]


@dataclass(frozen=True, slots=True)
class Move:
    """An open clock that would end on another day, or be provisional no more (or become so)."""

    subject_table: str
    subject_id: Any
    label: str
    unit: str
    kind: str
    round: int
    old: date
    new: date
    was_provisional: bool
    provisional: bool

    @property
    def limit_name(self) -> str:
        return str(ClockKind(self.kind).label)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the calendar, not yet made: what it is about, how the calendar then stands, what is written."""

    kind: CalendarChangeKind
    year: int
    first_day: date
    calendar: Calendar
    source: str
    before: Told
    after: Told


def loading(year: int, source: str, text: str) -> Change:
    """A year that becomes known, from its pasted notice; refusals as `arrangements.read`."""
    told: Arrangement = arrangements.read(year, source, text, clocks.current_calendar())
    return Change(
        kind=CalendarChangeKind.LOAD,
        year=year,
        first_day=date(year, 1, 1),
        calendar=arrangements.with_year(clocks.current_calendar(), told),
        source=source,
        before=[],
        after=[_row(each) for each in told.days],
    )


def correcting(day: date, *, works: bool, name: str, source: str) -> Change:
    """A day on which one works after all, or does not; refusals as `arrangements.corrected`."""
    calendar, wanted = clocks.current_calendar(), Differing(day, works, name)
    row = arrangements.corrected(calendar, wanted)
    stood = CalendarDay.objects.filter(day=day).first()
    return Change(
        kind=CalendarChangeKind.CORRECT,
        year=day.year,
        first_day=day,
        calendar=arrangements.with_day(calendar, wanted, row),
        source=source,
        before=[[day.isoformat(), stood.kind, stood.name]] if stood else [],
        after=[_row(row)] if row else [],
    )


def moves(running: Iterable[Clock], calendar: Calendar) -> list[Move]:
    """Which of these clocks would end on another day under this calendar. Pure; a clock in an open pause has no day that could move."""
    moved = []
    for clock in running:
        end = clocks.end_of(clock, calendar)
        if clock.due_on and end.due_on and (end.due_on, end.provisional) != (clock.due_on, clock.provisional):
            moved.append(_move(clock, end.due_on, provisional=end.provisional))
    return moved


def touched(first_day: date) -> QuerySet[Clock]:
    """The open clocks that a change of the calendar from this day on can move, in the order of their numbers."""
    return Clock.objects.filter(stopped_at__isnull=True, due_on__gte=first_day).order_by("label", "started_at", "kind")


def preview(change: Change) -> list[Move]:
    """The clocks that this change would move, most pressing first."""
    found = moves(touched(change.first_day).iterator(chunk_size=2000), change.calendar)
    return sorted(found, key=lambda move: (move.new, move.label))


@transaction.atomic
def apply(change: Change, *, reason: str, by: str, actor: log.Actor, now: datetime) -> CalendarChange:
    """Make the change: days, history, announcements, revision in one transaction. One at a time; a second one is judged anew."""
    RuleBook.objects.select_for_update().get()
    if change.kind == CalendarChangeKind.LOAD:
        _write_year(change, actor, now)
    else:
        _write_day(change, actor, now)
    made = CalendarChange.objects.create(
        kind=change.kind,
        year=change.year,
        source=change.source,
        reason=reason,
        before=change.before,
        after=change.after,
        by=by,
        person=actor.person,
        made_at=now,
    )
    configuration.announce(CalendarChange, [made.pk], actor=actor, now=now)
    RuleBook.objects.update(revision=F("revision") + 1)
    return made


def history() -> QuerySet[CalendarChange]:
    """All changes so far, newest first."""
    return CalendarChange.objects.order_by("-made_at", "-year")


def _write_year(change: Change, actor: log.Actor, now: datetime) -> None:
    arrangements.require_next(change.year, _standing())
    CalendarYear.objects.create(year=change.year, source=change.source)
    days = CalendarDay.objects.bulk_create(_day(told) for told in change.after)
    configuration.announce(CalendarYear, [change.year], actor=actor, now=now)
    configuration.announce(CalendarDay, [each.pk for each in days], actor=actor, now=now)


def _write_day(change: Change, actor: log.Actor, now: datetime) -> None:
    day = change.first_day
    works = change.calendar.is_workday(day)
    name = change.after[0][2] if change.after else ""
    arrangements.corrected(_standing(), Differing(day, works, name))
    CalendarDay.objects.filter(day=day).delete()
    for told in change.after:
        _day(told).save(force_insert=True)
    configuration.announce(CalendarDay, [day], actor=actor, now=now)


def _standing() -> Calendar:
    """The calendar as it stands now that nobody else can change it."""
    return clocks.rules(RuleBook.objects.values_list("revision", flat=True).get()).calendar


def _row(each: Differing) -> list[str]:
    kind = DayKind.MAKE_UP_WORKDAY if each.works else DayKind.OFF_DAY
    return [each.day.isoformat(), kind.value, each.name]


def _day(told: list[str]) -> CalendarDay:
    day, kind, name = told
    return CalendarDay(day=date.fromisoformat(day), kind=kind, name=name)


def _move(clock: Clock, new: date, *, provisional: bool) -> Move:
    assert clock.due_on is not None
    return Move(
        subject_table=clock.subject_table,
        subject_id=clock.subject_id,
        label=clock.label,
        unit=clock.unit,
        kind=clock.kind,
        round=clock.round,
        old=clock.due_on,
        new=new,
        was_provisional=clock.provisional,
        provisional=provisional,
    )
