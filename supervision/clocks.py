"""Clocks of a subject: started and stopped inside verbs, judged when read (design decision 4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import Model, OuterRef, QuerySet, Subquery

from supervision import moment
from supervision.judging import NearRule, days_in_words
from supervision.models import CalendarDay, CalendarYear, CardRule, Clock, ClockKind, DayKind, RuleBook, TimeParameter
from supervision.workdays import Calendar, due, used
from supervision.writing import Update

Rule = TypeVar("Rule")
Dated = tuple[tuple[date, Rule], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """A budget of days in a unit (`workdays.TimeUnit`)."""

    count: int
    unit: str

    @property
    def words(self) -> str:
        """5 个工作日, 30 日."""
        return days_in_words(self.count, self.unit)


@dataclass(frozen=True, slots=True)
class Rules:
    """The working calendar, the thresholds of nearness and the general limits, as one revision of the rule book knows them.

    Rules are dated (design decision 10): which one holds is asked with the day. Newest first.
    """

    calendar: Calendar
    nearness: Dated[NearRule]
    limits: dict[str, Dated[Limit]]

    def near(self, day: date) -> NearRule:
        return _holding(self.nearness, day)

    def limit(self, kind: ClockKind, day: date) -> Limit:
        return _holding(self.limits[kind], day)


_kept: dict[int, Rules] = {}


def revision() -> Subquery:
    """Annotate a statement that runs anyway with the revision in force; `rules` then needs none of its own."""
    return Subquery(RuleBook.objects.filter(id=1).values("revision")[:1])


def rules(number: int | None = None) -> Rules:
    """The rules of a revision, kept per process; read again when somebody has raised it."""
    if number is None:
        number = RuleBook.objects.values_list("revision", flat=True).get()
    kept = _kept.get(number)
    if kept is None:  # another thread may clear what this one keeps: what was read is what is given back
        kept = Rules(_read_calendar(), _read_nearness(), _read_limits())
        _kept.clear()
        _kept[number] = kept
    return kept


def rules_with(row: Any) -> Rules:
    """The rules of the revision that a row brought along (`rule_revision`)."""
    return rules(row.rule_revision)


def current_calendar() -> Calendar:
    return rules().calendar


def start(
    kind: ClockKind, limit: Limit, *, subject: Model, label: str, unit: str, at: datetime, seq: int, calendar: Calendar
) -> Clock:
    """A running clock, not yet written; day 1 is the day after `at`. Refusal `calendar_unknown` outside the known calendar."""
    day = moment.local_date(at)
    end = due(day, limit.count, limit.unit, calendar=calendar)
    return Clock(
        subject_table=subject._meta.db_table,
        subject_id=subject.pk,
        label=label,
        unit=unit,
        kind=kind,
        limit=limit.count,
        time_unit=limit.unit,
        started_at=at,
        started_on=day,
        due_on=end.due_on,
        provisional=end.provisional,
        record_seq=seq,
    )


def stop(kinds: Iterable[ClockKind], *, subject: Model, at: datetime, seq: int) -> Update:
    """Stop the open clocks of these kinds, as part of the verb's writing statement."""
    return Update(
        "UPDATE supervision_clock SET stopped_at = %s, stopped_on = %s, record_seq = %s"
        " WHERE subject_table = %s AND subject_id = %s AND kind = ANY(%s) AND stopped_at IS NULL",
        (at, moment.local_date(at), seq, subject._meta.db_table, subject.pk, [kind.value for kind in kinds]),
    )


def used_days(clock: Clock, day: date, calendar: Calendar) -> int:
    """Days of the clock's own unit that count up to and with `day`."""
    return used(clock.started_on, day, (), clock.time_unit, calendar)


def of_subject(subject: Model) -> QuerySet[Clock]:
    """All clocks of a row, in the order in which they started."""
    return Clock.objects.filter(subject_table=subject._meta.db_table, subject_id=subject.pk).order_by(
        "started_at", "kind"
    )


def due_of(kind: ClockKind, table: str) -> Subquery:
    """The due day of a subject's clock of one kind, for lists that order by it; the outer row is the subject."""
    return Subquery(
        Clock.objects.filter(subject_table=table, subject_id=OuterRef("pk"), kind=kind).values("due_on")[:1]
    )


def _read_calendar() -> Calendar:
    years = list(CalendarYear.objects.order_by("year").values_list("year", flat=True))
    days = list(CalendarDay.objects.all())
    known = (date(years[0], 1, 1), date(years[-1], 12, 31)) if years else (date.max, date.min)
    return Calendar(
        off_days=frozenset(day.day for day in days if day.kind == DayKind.OFF_DAY),
        make_up_workdays=frozenset(day.day for day in days if day.kind == DayKind.MAKE_UP_WORKDAY),
        first=known[0],
        last_known=known[1],
        names={day.day: day.name for day in days},
    )


def _read_nearness() -> Dated[NearRule]:
    rows = CardRule.objects.filter(code="R1").order_by("-holds_from")
    return tuple((row.holds_from, NearRule(share=row.share_percent, at_least=row.at_least)) for row in rows)


def _read_limits() -> dict[str, Dated[Limit]]:
    rows = TimeParameter.objects.order_by("-holds_from")
    return {
        kind: tuple((row.holds_from, Limit(row.limit, row.time_unit)) for row in rows if row.kind == kind)
        for kind in ClockKind.values
    }


def _holding(rules: Dated[Rule], day: date) -> Rule:
    """The rule that holds on a day: the newest that had begun."""
    for holds_from, rule in rules:
        if holds_from <= day:
            return rule
    raise LookupError(f"no rule holds on {day}")
