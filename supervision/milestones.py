"""Milestones: what the passing of days brought about is announced exactly once, with its legal time (T64, T65, T66).

A level-triggered sweep: whoever comes asks for everything that is due up to now, however long nobody came. Each announcement is
claimed by a unique row in the statement that writes its record, so that any number of sweeps at once say each thing once. Nothing
here moves a clock or a case, and no page reads these rows to judge: what is late is worked out when it is looked at (`judging`).

Of a clock only what it says now counts: without a due day (it stands still) or with a provisional one nothing is announced; one
that was stopped tells what had come about before. What ended by law ended with that day, whenever it was written down: nothing of
it comes about any more. What was announced stays, even if a corrected calendar moves the day.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Concat, Least

from supervision import clocks, log, moment
from supervision.clocks import Rules
from supervision.judging import first_near_day
from supervision.models import Clock, ClockKind, Milestone, MilestoneKind, SweepMark
from supervision.models.base import new_key
from supervision.sealing import opening
from supervision.workdays import TimeUnit

logger = logging.getLogger(__name__)
BATCH = 500
# Two machines' clocks may differ by five minutes: nobody's last minutes of a day are taken by a clock that is ahead (T65).
GRACE = timedelta(minutes=10)
# No transaction lasts that long: whatever was stopped before this, counted back from the last sweep's beginning, that sweep saw.
OVERLAP = timedelta(hours=1)
MARK = "stopped_clocks"
LONGEST = 400  # days; nearness of longer limits is worked out clock by clock

# When these pass the law ends their subject: carried out and announced by the room that knows it (domain 3.4).
_ENDING = (ClockKind.CORRECTION, ClockKind.SUPPLEMENT)
_OF_PASSING = Concat("kind", models.Value("_passed"), output_field=models.TextField())
_PASSING = tuple(kind for kind in ClockKind if kind not in _ENDING)

Effects = Callable[[date, datetime], int]
_effects: dict[str, Effects] = {}
_awaited: dict[ClockKind, Exists] = {}
_spared: dict[ClockKind, tuple[Exists, MilestoneKind]] = {}


@dataclass(frozen=True, slots=True)
class Reached:
    """A milestone that has come about, not yet announced."""

    kind: MilestoneKind
    clock: Clock
    due: date
    legal_at: datetime


def register(name: str, carry_out: Effects) -> None:
    """What the law does to the subjects of a room above by the passing of days; named in `AppConfig.ready()`.

    `carry_out(today, now)` writes down everything that happened before `today`, and returns how many subjects it touched.
    """
    if name in _effects:
        raise ValueError(f"two rooms carry out {name}")
    _effects[name] = carry_out


def withhold(kind: ClockKind, awaited: Exists) -> None:
    """While this is true of a clock of this kind, its passing is not announced: whether the limit was kept is known only when
    the room above registers it, maybe as of an earlier day. Pages judge it all the same. Named in `AppConfig.ready()`.
    """
    _awaited[kind] = awaited


def spare(kind: ClockKind, where: Exists, told: MilestoneKind) -> None:
    """While this is true of a clock of a kind that ends its subject, its passing ends nothing: it is announced as `told`, like that of
    any other clock. Named in `AppConfig.ready()`.
    """
    _spared[kind] = (where, told)


def sweep(*, now: datetime) -> int:
    """Announce everything that has come about and was not announced yet; how much it was. Nothing while the log is closed.

    First the law acts: a case that counts as accepted has clocks from then on, and they may have passed as well.
    """
    if not opening.is_open(connection):
        return 0
    today = moment.local_date(now - GRACE)
    for name, carry_out in _effects.items():
        touched = carry_out(today, now)
        if touched:
            logger.info("the law acted on %s of %s", touched, name)
    reached, announced = _reached(today), 0
    while batch := list(islice(reached, BATCH)):
        announced += announce(batch, now=now)
    _move_mark(now)
    return announced


def announce(reached: Iterable[Reached], *, now: datetime) -> int:
    """Claim these milestones and record them, in one statement; how many nobody had claimed before."""
    rows = sorted(reached, key=lambda one: (one.clock.pk, one.legal_at))
    if not rows:
        return 0
    columns = zip(*(_row(one, now) for one in rows), strict=True)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, [list(column) for column in columns])
        return cursor.rowcount


def passing(kind: MilestoneKind, clock: Clock) -> Reached:
    """The milestone that came about when the last day of this clock was over."""
    assert clock.due_on is not None
    return Reached(kind, clock, clock.due_on, _after(clock.due_on))


def of_subject(subject: models.Model) -> QuerySet[Milestone]:
    """What was announced about a row, in the order in which it came about."""
    mine = Milestone.objects.filter(subject_table=subject._meta.db_table, subject_id=subject.pk)
    return mine.select_related("clock").order_by("legal_at", "kind")


# What has come about -------------------------------------------------------------------------------------------------------
def _reached(today: date) -> Iterator[Reached]:
    """Everything up to the beginning of `today` that is not announced, of open clocks and of those stopped since the last sweep."""
    running, stopped = (_with_end(some, today) for some in (Clock.objects.filter(stopped_at=None), _stopped_lately()))
    rules = clocks.rules()
    for some in (_promises(running).filter(_may_be_near(today, rules)), _promises(stopped)):
        for clock in _unannounced(
            some, models.Value(MilestoneKind.REMINDER.value, models.TextField()), F("binding_due")
        ):
            if reminder := _reminder(clock, today, rules):
                yield reminder
    for some in (_judged(running), _judged(stopped.filter(stopped_on__gt=F("due_on")))):
        for clock in _unannounced(_passed(some, today), _told_of_passing(), F("due_on")):
            yield passing(MilestoneKind(clock.told_kind), clock)


def _with_end(some: QuerySet[Clock], today: date) -> QuerySet[Any]:
    """Annotates `ended_on`, the day with whose end the law ended the subject, if it did."""
    same = {name: OuterRef(name) for name in ("subject_table", "subject_id")}
    over = Clock.objects.filter(**same, kind__in=_ENDING, provisional=False, due_on__lt=today)
    for kind, (where, _) in _spared.items():
        over = over.exclude(Q(kind=kind) & where)
    ended = over.filter(Q(stopped_on=None) | Q(stopped_on__gt=F("due_on"))).order_by("due_on")
    return some.annotate(ended_on=Subquery(ended.values("due_on")[:1]))


def _judged(some: QuerySet[Any]) -> QuerySet[Any]:
    """Without those of which a room above still awaits whether they were kept."""
    for kind, awaited in _awaited.items():
        some = some.exclude(Q(kind=kind) & awaited)
    return some


def _passed(some: QuerySet[Any], today: date) -> QuerySet[Any]:
    tell: Any = Q(kind__in=_PASSING)
    for kind, (where, _) in _spared.items():
        tell |= Q(kind=kind) & where
    over = some.filter(tell, provisional=False, due_on__lt=today)
    return over.filter(Q(ended_on=None) | Q(ended_on__gt=F("due_on")))


def _told_of_passing() -> models.Case:
    own = [models.When(kind=kind, then=models.Value(told.value)) for kind, (_, told) in _spared.items()]
    return models.Case(*own, default=_OF_PASSING, output_field=models.TextField())


def _promises(some: QuerySet[Clock]) -> QuerySet[Any]:
    """Promises with a certain due day, each with the day that binds: the statute's where it comes first and was not kept before.

    What is due at once needs no reminder: it is due from its beginning.
    """
    same = {name: OuterRef(name) for name in ("subject_table", "subject_id")}
    statutes = Clock.objects.filter(**same, kind=ClockKind.STATUTORY).order_by("-round")
    binding = statutes.exclude(stopped_on__lte=F("due_on")).values("due_on")[:1]
    certain = some.filter(kind=ClockKind.PROMISED, provisional=False, due_on__isnull=False)
    promised = certain.exclude(time_unit=TimeUnit.IMMEDIATE)
    return promised.annotate(binding_due=Least("due_on", Coalesce(Subquery(binding), "due_on")))


def _may_be_near(today: date, rules: Rules) -> Q:
    """A first choice by the database: limits that are equally long near have one horizon. What it lets through is worked out."""
    near, counted = rules.near(today), rules.calendar
    limits: dict[int, list[int]] = {}
    for limit in range(LONGEST + 1):
        limits.setdefault(near.reach(limit), []).append(limit)
    found = Q(limit__gt=LONGEST) | Q(time_unit=TimeUnit.MONTH)
    for reach, group in limits.items():
        equal = Q(limit__range=(group[0], group[-1]))
        found |= equal & Q(time_unit=TimeUnit.WORKDAY, binding_due__lte=counted.add_workdays(today, reach))
        found |= equal & Q(time_unit=TimeUnit.DAY, binding_due__lte=today + timedelta(days=reach))
    return found


def _reminder(clock: Any, today: date, rules: Rules) -> Reached | None:
    """The reminder of a promise, when R1 holds now or held before it was stopped."""
    first = first_near_day(
        clock.binding_due,
        started_on=clock.started_on,
        limit=clock.limit if clock.time_unit != TimeUnit.MONTH else (clock.due_on - clock.started_on).days,
        unit=clock.time_unit,
        calendar=rules.calendar,
        nearness=rules.nearness,
    )
    if first is None or first > today:
        return None
    legal_at = max(moment.midnight(first), clock.started_at)
    if any(end and end <= legal_at for end in (clock.stopped_at, clock.ended_on and _after(clock.ended_on))):
        return None
    return Reached(MilestoneKind.REMINDER, clock, clock.binding_due, legal_at)


def _unannounced(some: QuerySet[Any], kind: Any, due: F) -> Iterator[Any]:
    """Read in parts, so that a long outage does not fill the memory."""
    told = Milestone.objects.filter(clock=OuterRef("pk"), kind=OuterRef("told_kind"), due_version=OuterRef("told_due"))
    left = some.annotate(told_kind=kind, told_due=due).filter(~Exists(told)).order_by("id")
    part: Sequence[Any] = left[:BATCH]
    while found := list(part):
        yield from found
        part = left.filter(id__gt=found[-1].id)[:BATCH]


def _after(day: date) -> datetime:
    """The first instant after a day."""
    return moment.midnight(day + timedelta(days=1))


# How far we are ------------------------------------------------------------------------------------------------------------
def _stopped_lately() -> QuerySet[Clock]:
    """Those of which the last sweep that came to its end may not have told everything."""
    stopped = Clock.objects.filter(stopped_at__isnull=False)
    mark = SweepMark.objects.filter(name=MARK).values_list("reached_at", flat=True).first()
    return stopped.filter(stopped_at__gte=mark - OVERLAP) if mark else stopped


def _move_mark(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, [MARK, now])


_MOVE = """
INSERT INTO supervision_sweepmark AS mark (name, reached_at) VALUES (%s, %s)
ON CONFLICT (name) DO UPDATE SET reached_at = GREATEST(mark.reached_at, excluded.reached_at)
"""


# Claim and record ----------------------------------------------------------------------------------------------------------
# Rows are claimed in the order of their clocks, so that two sweeps that meet wait for each other in one direction only.
_CLAIM = """
WITH told AS (
    SELECT * FROM unnest(
        %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::date[], %s::timestamptz[],
        %s::timestamptz[], %s::smallint[], %s::text[], %s::bytea[]
    ) WITH ORDINALITY AS row (id, subject_table, subject_id, label, unit, clock_id, kind, due_version, legal_at, announced_at,
                              schema_version, hash_algorithm, body, place)
), claimed AS (
    INSERT INTO supervision_milestone (id, subject_table, subject_id, label, unit, clock_id, kind, due_version, legal_at, announced_at)
    SELECT id, subject_table, subject_id, label, unit, clock_id, kind, due_version, legal_at, announced_at FROM told ORDER BY place
    ON CONFLICT (clock_id, kind, due_version) DO NOTHING RETURNING id
)
INSERT INTO supervision_record (subject_table, subject_id, kind, to_state, unit, occurred_at, schema_version, hash_algorithm, body)
SELECT subject_table, subject_id, 'milestone', '', unit, announced_at, schema_version, hash_algorithm, body
  FROM told JOIN claimed USING (id) ORDER BY place
"""


def _row(one: Reached, now: datetime) -> tuple[Any, ...]:
    """The milestone and its record, in the order of `_CLAIM`."""
    clock = one.clock
    told = {
        "milestone": one.kind.value,
        "clock": str(clock.kind),
        "round": clock.round,
        "due": one.due,
        "legal_at": one.legal_at,
    }
    subject = log.Subject(clock.subject_table, clock.subject_id)
    record = log.unnumbered("milestone", subject, actor=log.SYSTEM, now=now, unit=clock.unit, facts=told)
    return (
        *(new_key(), clock.subject_table, clock.subject_id, clock.label, clock.unit, clock.pk, one.kind.value),
        *(one.due, one.legal_at, now, record.schema_version, record.hash_algorithm, record.body),
    )
