"""Clocks of a subject: started and stopped inside verbs, judged when read (design decision 4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import JSONField, Model, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from supervision import moment
from supervision.judging import NearRule, days_in_words
from supervision.models import (
    CalendarDay,
    CalendarYear,
    CardRule,
    Clock,
    ClockKind,
    ClockPause,
    DayKind,
    RuleBook,
    TimeParameter,
)
from supervision.workdays import Calendar, Due, Pause, TimeUnit, due, used

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


def rules_revision() -> int:
    """The revision of calendar and rules that holds now."""
    return RuleBook.objects.values_list("revision", flat=True).get()


def rules(number: int | None = None) -> Rules:
    """The rules of a revision, kept per process; read again when somebody has raised it."""
    if number is None:
        number = rules_revision()
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
    kind: ClockKind,
    limit: Limit,
    *,
    subject: Model,
    label: str,
    unit: str,
    at: datetime,
    seq: int,
    calendar: Calendar,
    round: int = 1,
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
        round=round,
        limit=limit.count,
        time_unit=limit.unit,
        started_at=at,
        started_on=day,
        due_on=end.due_on,
        provisional=end.provisional,
        record_seq=seq,
    )


SERVED = (
    ClockKind.CORRECTION,
    ClockKind.SUPPLEMENT,
    ClockKind.RECTIFICATION,
)  # what a citizen was told in writing is never shortened
CARRIED = "carried_clocks"  # under this name a row keeps its clocks
PAUSABLE = (ClockKind.PROMISED, ClockKind.STATUTORY, ClockKind.STEP)
PROJECTED = ("due_on", "provisional", "extension", "pauses", "paused_since", "record_seq")


def project(clock: Clock, pauses: Iterable[ClockPause], *, seq: int, calendar: Calendar) -> Clock:
    """Work the due day of a clock out anew from its budget, its extension and the pauses of its subject (design decision 4).

    Not yet written: the fields that may have changed are `PROJECTED`. A pause that begins when the period is over moves no
    due day; its days are not used up all the same.
    """
    mine = [pause for pause in pauses if holds(pause, clock.kind)]
    closed = sorted((pause.first_on, pause.last_on) for pause in mine if pause.last_on)
    clock.pauses = [day for span in closed for day in span]
    clock.paused_since = min((pause.first_on for pause in mine if not pause.last_on), default=None)
    end = end_of(clock, calendar)
    clock.due_on, clock.provisional, clock.record_seq = end.due_on, end.provisional, seq
    return clock


def end_of(clock: Clock, calendar: Calendar) -> Due:
    """When a clock ends under a calendar, by the pauses that it carries itself."""
    open_pause = (Pause(clock.paused_since, None),) if clock.paused_since else ()
    pauses = (*spans_of(clock), *open_pause)
    end = due(clock.started_on, clock.limit, clock.time_unit, pauses, clock.extension, calendar=calendar)
    if clock.kind in SERVED and clock.due_on and end.due_on and end.due_on < clock.due_on and not clock.provisional:
        return Due(clock.due_on)
    return end


def holds(pause: ClockPause, kind: str) -> bool:
    """Does this pause stop clocks of this kind? Promise and step stand still with every pause, the statute only by art. 45 (L20)."""
    return kind in (ClockKind.PROMISED, ClockKind.STEP) or (kind == ClockKind.STATUTORY and pause.stops_statutory)


def spans_of(clock: Clock) -> tuple[Pause, ...]:
    """The closed pauses of a clock, as it carries them."""
    return tuple(Pause(first, last) for first, last in zip(clock.pauses[::2], clock.pauses[1::2], strict=True))


def used_days(clock: Clock, day: date, calendar: Calendar) -> int:
    """Days of the clock's own unit that count up to and with `day`, pauses not counted."""
    open_pause = (Pause(clock.paused_since, None),) if clock.paused_since else ()
    return used(clock.started_on, day, (*spans_of(clock), *open_pause), clock.time_unit, calendar)


def pauses_of(subject: Model) -> QuerySet[ClockPause]:
    """All pauses of a row, in their order."""
    return ClockPause.objects.filter(subject_table=subject._meta.db_table, subject_id=subject.pk).order_by("round")


def of_subject(subject: Model) -> QuerySet[Clock]:
    """All clocks of a row, in the order in which they started."""
    return Clock.objects.filter(subject_table=subject._meta.db_table, subject_id=subject.pk).order_by(
        "started_at", "kind", "round"
    )


def rows_of(table: str) -> RawSQL:
    """Annotate rows of this table with all their clocks as JSON, as `clock_rows`: one look for whatever asks about time.

    By hand for the same reason as `log.last_instant`.
    """
    rows = (
        "SELECT jsonb_agg(to_jsonb(clock) ORDER BY clock.started_at, clock.kind, clock.round) FROM supervision_clock AS clock"
        " WHERE clock.subject_table = %s AND clock.subject_id = {0}.id"
    )
    return RawSQL(rows.format(table), [table], output_field=JSONField())  # noqa: S611 - the table is named by our code


def carried(row: Any) -> list[Clock]:
    """The clocks that a row brought along as `clock_rows`, in the order in which they started: one list for all who ask this row."""
    if not hasattr(row, CARRIED):
        setattr(row, CARRIED, [_from_json(told) for told in row.clock_rows or ()])
    carried: list[Clock] = getattr(row, CARRIED)
    return carried


def open_clock(clocks: Iterable[Clock], kind: ClockKind) -> Clock | None:
    """The one of this kind that still runs or stands still."""
    return next((clock for clock in clocks if clock.kind == kind and clock.stopped_on is None), None)


def passed(clocks: Iterable[Clock], kind: ClockKind, today: date, calendar: Calendar) -> Clock | None:
    """The open clock of this kind whose last day, by this calendar, is over; a provisional day takes nothing away from anybody (L31)."""
    clock = open_clock(clocks, kind)
    if clock is None or clock.due_on is None:
        return None
    end = end_of(clock, calendar)
    return clock if end.due_on and not end.provisional and end.due_on < today else None


def due_of(kind: ClockKind, table: str) -> Subquery:
    """The due day of a subject's clock of one kind, for lists that order by it; the outer row is the subject."""
    return Subquery(
        Clock.objects.filter(subject_table=table, subject_id=OuterRef("pk"), kind=kind)
        .order_by("-round")
        .values("due_on")[:1]
    )


def _from_json(told: dict[str, Any]) -> Clock:
    values = {field.attname: field.to_python(told[field.attname]) for field in Clock._meta.concrete_fields}
    values["pauses"] = [date.fromisoformat(day) for day in told["pauses"]]
    clock = Clock(**values)
    clock._state.adding = False
    return clock


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
        kind: (
            *((row.holds_from, Limit(row.limit, row.time_unit)) for row in rows if row.kind == kind),
            *((date.min, limit) for unset, limit in _UNSET.items() if unset == kind),
        )
        for kind in ClockKind.values
    }


# The hall's own limits that came after the first ones: they hold where the office has set nothing yet [design].
_UNSET = {
    ClockKind.CORRECTION: Limit(30, TimeUnit.DAY),
    ClockKind.SUPPLEMENT: Limit(5, TimeUnit.WORKDAY),
    ClockKind.JOINT_OPINION: Limit(3, TimeUnit.WORKDAY),
    ClockKind.POST_CHECK: Limit(30, TimeUnit.WORKDAY),
    ClockKind.ACKNOWLEDGEMENT: Limit(3, TimeUnit.WORKDAY),
}


def _holding(rules: Dated[Rule], day: date) -> Rule:
    """The rule that holds on a day: the newest that had begun."""
    for holds_from, rule in rules:
        if holds_from <= day:
            return rule
    raise LookupError(f"no rule holds on {day}")
