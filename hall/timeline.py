"""The time statement of a case (办理用时说明): who had it for how many working days, and what of that each clock counts. Pure.

A day belongs to whoever had the case when it began: a span from one day to another is the days after the first up to and with the
second, counted as every period is (L28). Of a hand-over the day therefore stays with whoever hands over. Spans follow one
another without gap or overlap and are only ever cut, so their parts add up to the whole however the case went (D41, D44, trap 8).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import NamedTuple

from django.db.models import TextChoices

from hall.states import FINAL_STATES, VERBS, CaseState
from supervision.workdays import Calendar, TimeUnit, paused_days, used

S = CaseState


class Holder(TextChoices):
    """In whose hands a case lies."""

    APPLICANT = "applicant", "申请人"
    WINDOW = "window", "综合窗口"
    UNIT = "unit", "实施单位"
    OUTPUT = "output", "出件窗口"
    COURIER = "courier", "寄递企业"


# Who has a case in each state in which it can wait, and what for.
HELD: dict[CaseState, tuple[Holder, str]] = {
    S.SUBMITTED: (Holder.WINDOW, "网上申办待收件"),
    S.RECEIVED: (Holder.WINDOW, "收件、中转"),
    S.CORRECTION_REQUIRED: (Holder.APPLICANT, "补正材料"),
    S.TRANSFERRED: (Holder.UNIT, "受理审查"),
    S.ACCEPTED: (Holder.UNIT, "审核"),
    S.REVIEWED: (Holder.UNIT, "审批"),
    S.DECIDED: (Holder.UNIT, "办结"),
    S.CONCLUDED: (Holder.UNIT, "制证、送出件窗口"),
    S.CERTIFICATE_MADE: (Holder.OUTPUT, "登记待领"),
    S.READY: (Holder.OUTPUT, "等候领取"),
}
# Who has it after an act that leaves the state as it is.
ON_THE_WAY: dict[str, tuple[Holder, str]] = {
    "send_by_courier": (Holder.COURIER, "寄递途中"),
    "order_rectification": (Holder.APPLICANT, "限期改正"),
}
GIVES_BACK = "confirm_rectification"  # whoever had it before the order has it again
AFTER_CONCLUSION = frozenset({S.CONCLUDED, S.CERTIFICATE_MADE, S.READY})


class Step(NamedTuple):
    """An act that moved the case, and the day on which it took effect: of what the law itself did, the day whose end did it."""

    verb: str
    on: date


class Stop(NamedTuple):
    """A pause: `last` is None while the result is awaited. What is not of 行政许可法 45 stops the promise alone."""

    first: date
    last: date | None
    ground: str
    of_article_45: bool


class Run(NamedTuple):
    """A clock: the day it starts from, the day it stopped (None while it runs), and the days in which it counts."""

    started_on: date
    stopped_on: date | None
    unit: str


class Phase(TextChoices):
    """Where a span lies to a clock."""

    BEFORE = "before", "起算前"
    COUNTED = "counted", "计时"
    AFTER = "after", "停止后"


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody had the case in one state, the days after `after` up to and with `to`."""

    state: CaseState
    holder: Holder
    doing: str
    after: date
    to: date


@dataclass(frozen=True, slots=True)
class Part:
    """A span as a clock sees it, in the days of that clock; `paused` of them did not count."""

    span: Span
    phase: Phase
    days: int
    paused: int

    @property
    def counted(self) -> int:
        return self.days - self.paused if self.phase is Phase.COUNTED else 0


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What a clock counts of the whole way, every part named: whole − before − paused − after = used. In the days of its unit."""

    unit: TimeUnit
    parts: tuple[Part, ...]

    @property
    def whole(self) -> int:
        return sum(part.days for part in self.parts)

    @property
    def before(self) -> int:
        return self._days(Phase.BEFORE)

    @property
    def corrections(self) -> int:
        """Of the days before the start, those which the applicant took."""
        return sum(
            part.days for part in self.parts if part.phase is Phase.BEFORE and part.span.holder is Holder.APPLICANT
        )

    @property
    def paused(self) -> int:
        return sum(part.paused for part in self.parts)

    @property
    def after(self) -> int:
        return self._days(Phase.AFTER)

    @property
    def used(self) -> int:
        return sum(part.counted for part in self.parts)

    def _days(self, phase: Phase) -> int:
        return sum(part.days for part in self.parts if part.phase is phase)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the statement: one holder at a stretch, on one side of the promise's start and end, in working days.

    `doing` are the steps done meanwhile with their working days, `stops` the pauses that fell into it.
    """

    holder: Holder
    after: date
    to: date
    workdays: int
    paused: int
    phase: Phase
    concluded: bool
    doing: tuple[tuple[str, int], ...]
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines, and what promise and statute count of them (None where a clock never ran). `ended` says that nobody has it any more."""

    rows: tuple[Row, ...]
    ended: bool
    promised: Reckoning | None
    statutory: Reckoning | None

    @property
    def workdays(self) -> int:
        return sum(row.workdays for row in self.rows)

    @property
    def paused(self) -> int:
        return sum(row.paused for row in self.rows)


def statement(
    steps: Sequence[Step],
    *,
    promised: Run | None,
    statutory: Run | None,
    stops: Sequence[Stop],
    calendar: Calendar,
    today: date,
) -> Statement:
    """The statement of a case with these acts in their order; `today` ends it where the case has not ended."""
    spans, ended = spans_of(steps, today)
    lawful = [stop for stop in stops if stop.of_article_45]
    lines = _parts(spans, promised._replace(unit=TimeUnit.WORKDAY) if promised else None, stops, calendar)
    return Statement(
        rows=tuple(_rows(lines, stops)),
        ended=ended,
        promised=reckon(spans, promised, stops, calendar) if promised else None,
        statutory=reckon(spans, statutory, lawful, calendar) if statutory else None,
    )


def spans_of(steps: Sequence[Step], today: date) -> tuple[list[Span], bool]:
    """Who had the case from the first act to its end, or to today; and whether it has ended."""
    spans: list[Span] = []
    state, since = S(VERBS[steps[0].verb].target or ""), steps[0].on
    held = before = HELD[state]
    for step in steps[1:]:
        verb, on = VERBS[step.verb], max(step.on, since)
        if verb.target is None and verb.name not in (*ON_THE_WAY, GIVES_BACK):
            continue
        spans.append(Span(state, *held, since, on))
        state, since = verb.leads_to(state), on
        if state in FINAL_STATES:
            return spans, True
        back = before if verb.name == GIVES_BACK else HELD[state]
        before, held = held, ON_THE_WAY.get(verb.name) or back
    spans.append(Span(state, *held, since, max(today, since)))
    return spans, False


def reckon(spans: Iterable[Span], run: Run, stops: Sequence[Stop], calendar: Calendar) -> Reckoning:
    """What this clock counts; `stops` are those that stop it. A clock of 即时 counts nothing."""
    return Reckoning(TimeUnit(run.unit), tuple(_parts(spans, run, stops, calendar)))


def _parts(spans: Iterable[Span], run: Run | None, stops: Sequence[Stop], calendar: Calendar) -> list[Part]:
    """The spans, cut at the day the clock starts from and at the day it stopped."""
    pauses = [(stop.first, stop.last) for stop in stops]
    unit = run.unit if run else TimeUnit.WORKDAY
    parts = []
    for span in _cut(spans, (run.started_on, run.stopped_on) if run else ()):
        phase = _phase(span, run)
        days = used(span.after, span.to, (), unit, calendar)
        paused = paused_days(span.after, span.to, pauses, unit, calendar) if days and phase is Phase.COUNTED else 0
        parts.append(Part(span, phase, days, paused))
    return parts


def _cut(spans: Iterable[Span], days: Iterable[date | None]) -> list[Span]:
    cut = list(spans)
    for day in days:
        pieces = []
        for span in cut:
            if day is not None and span.after < day < span.to:
                pieces += [replace(span, to=day), replace(span, after=day)]
            else:
                pieces.append(span)
        cut = pieces
    return cut


def _phase(span: Span, run: Run | None) -> Phase:
    """Where a span that was cut lies. One of no day at all, passed on the same day, lies where its state belongs."""
    if run is None:
        return Phase.BEFORE
    begun, over = span.after >= run.started_on, run.stopped_on is not None and span.after >= run.stopped_on
    if span.after == span.to:
        begun = span.after > run.started_on or (begun and span.state in _TIMED)
        over = over and (span.after != run.stopped_on or span.state in AFTER_CONCLUSION)
    if over:
        return Phase.AFTER
    return Phase.COUNTED if begun else Phase.BEFORE


_TIMED = frozenset({S.ACCEPTED, S.REVIEWED, S.DECIDED}) | AFTER_CONCLUSION


def _rows(parts: Iterable[Part], stops: Sequence[Stop]) -> Iterable[Row]:
    def stretch(part: Part) -> tuple[Holder, Phase, bool]:
        return part.span.holder, part.phase, part.span.state in AFTER_CONCLUSION

    for (holder, phase, concluded), group in groupby(parts, key=stretch):
        mine = list(group)
        after, to = mine[0].span.after, mine[-1].span.to
        paused = sum(part.paused for part in mine)
        yield Row(
            holder=holder,
            after=after,
            to=to,
            workdays=sum(part.days for part in mine),
            paused=paused,
            phase=phase,
            concluded=concluded,
            doing=tuple(_doing(mine)),
            stops=tuple(stop for stop in stops if _touches(stop, after, to)) if paused else (),
        )


def _doing(parts: Iterable[Part]) -> Iterable[tuple[str, int]]:
    """The steps in their order; where some took days, those that took none are left out."""
    steps = [(doing, sum(part.days for part in group)) for doing, group in groupby(parts, lambda part: part.span.doing)]
    return [step for step in steps if step[1]] or steps


def _touches(stop: Stop, after: date, to: date) -> bool:
    return stop.first <= to and (stop.last is None or stop.last > after)
