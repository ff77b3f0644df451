"""When the calendar changed, open clocks get their new due day, each case with one record of what moved (L31, T66; by law, no letter).

Level-triggered: every case whose stored day is not the one that the calendar in force gives is recalculated, whenever that is found
out. Running twice, stopping half-way, or a verb that meanwhile counted by the old calendar do no harm.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from hall import queries
from hall.actions.acting import acting_on, finish
from hall.states import VERBS
from supervision import calendar_changes, clocks, log
from supervision.calendar_changes import Move
from supervision.models import Clock
from supervision.refusals import NotFound

TABLE = "hall_case"
BATCH = 500


@dataclass(slots=True)
class Sweep:
    """What a run over all cases did; `failed` are numbers of cases with what went wrong, so that one does not stop the others."""

    recalculated: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


@transaction.atomic
def recalculate(number: str, *, now: datetime) -> list[Move]:
    """Give the open clocks of one case the due days of the calendar in force; what moved, nothing when all stood right.

    One record: from its state to the same state, with each moved clock as it stands and the day it had `before`. Raises NotFound.
    """
    case = queries.case_to_sweep(number)
    return follow_the_calendar(case, log.not_before_last(now, case))


def follow_the_calendar(case: Any, now: datetime) -> list[Move]:
    """The same for a case that is locked already: before any verb, and before the law, which counts by the calendar in force."""
    acting = acting_on(case, VERBS["recalculate"], now)
    open_clocks = {(clock.kind, clock.round): clock for clock in acting.case_clocks if clock.stopped_on is None}
    moves = calendar_changes.moves([clock for clock in open_clocks.values() if clock.due_on], acting.rules.calendar)
    if not moves:
        return []
    for move in moves:
        clock = open_clocks[move.kind, move.round]
        clock.due_on, clock.provisional, clock.record_seq = move.new, move.provisional, acting.seq
        acting.moved.append(clock)
    before = [[move.kind, move.round, move.old] for move in moves]
    finish(acting, act=acting.act(), facts={"before": before})
    return moves


def recalculate_all(*, now: datetime, tell: Callable[[int], None] = lambda done: None) -> Sweep:
    """Recalculate every case that needs it, each in a transaction of its own; `tell` hears how many are done.

    Whoever stops it half-way starts it again: what was done is found in order and left alone.
    """
    sweep = Sweep()
    for number in waiting():
        try:
            sweep.recalculated += bool(recalculate(number, now=now))
        except (IntegrityError, NotFound) as fault:
            sweep.failed.append((number, str(fault).strip() or "没有这个办件"))
        tell(sweep.recalculated)
    return sweep


def waiting() -> Iterator[str]:
    """The numbers of the cases that do not stand as the calendar in force says, found batch by batch in the order of their keys."""
    last: Any = None
    while batch := _open_clocks(last):
        last = batch[-1].pk
        moved = calendar_changes.moves(batch, clocks.current_calendar())
        yield from dict.fromkeys(move.label for move in moved)


def _open_clocks(after: Any) -> list[Clock]:
    running = Clock.objects.filter(subject_table=TABLE, stopped_at__isnull=True, due_on__isnull=False)
    return list((running.filter(pk__gt=after) if after else running).order_by("pk")[:BATCH])
