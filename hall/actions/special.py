"""Special procedures: pauses with a ground of art. 45, pauses of the promise alone, and the one extension (行政许可法 42, 45; domain 3.1)."""

import uuid
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from authorization.models import PostHolding
from authorization.staff import Staff
from hall import approvers, papers, requirements
from hall.actions.acting import Acting, finish, said
from hall.actions.begin import begin
from hall.models import Case
from supervision import clocks
from supervision.clocks import Limit
from supervision.models import Clock, ClockKind, ClockPause, PauseGround
from supervision.workdays import Calendar, TimeUnit
from supervision.writing import Change


@transaction.atomic
def pause(
    number: str,
    *,
    staff: Staff,
    now: datetime,
    ground: str,
    days: int,
    basis: str,
    approver: str,
    first_on: date | None = None,
    seq: int | None = None,
) -> Case:
    """The clocks stand still from the first day of a special procedure; its expected length (working days) is told in writing (L20).

    A ground of art. 45 stops promise and statute; one that the published guide names stops the promise alone (domain 3.1).
    `approver` is the key of the holding that approves: a post with the power, and who holds it today (hall/approvers.py).
    Refused `pause_ground`, `pause_length`, `pause_first_day`, and as `require_approver` says.
    """
    acting = begin("pause", number, staff=staff, now=now, seq=seq)
    before = list(clocks.pauses_of(acting.case))
    requirements.require_ground(acting.case.version, ground)
    requirements.require_pause(acting.case, days=days, first_on=first_on, basis=basis, today=acting.today)
    approved = approvers.require_approver(acting.case, approver, staff=staff, now=acting.now)
    expected = acting.start(ClockKind.SPECIAL, Limit(days, TimeUnit.WORKDAY))
    assert expected.due_on is not None
    made = new_pause(acting.case, before, ground, first_on or acting.today, expected.due_on)
    made.basis, made.record_seq = basis, acting.seq
    made.approver, made.approver_post, made.approver_person = _approval(approved)
    acting.move([*before, made])
    facts = papers.special_notice(
        acting.case,
        on=acting.today,
        ground=str(made.get_ground_display()),
        stops_statutory=made.stops_statutory,
        basis=basis,
        approver=made.approver,
        first_on=made.first_on,
        expected_on=made.expected_on,
    )
    told = {name: getattr(made, name) for name in _TOLD}
    return finish(acting, act=acting.act(), rows=[made], papers=[acting.paper(facts)], facts={"pause": told})


_APPROVAL = ("approver", "approver_post", "approver_person")
_TOLD = ("round", "ground", "stops_statutory", "basis", *_APPROVAL, "first_on", "expected_on")


def _approval(approved: PostHolding) -> tuple[str, uuid.UUID, uuid.UUID]:
    """What a pause keeps of its approval: in words as printed, and the keys of post and person."""
    return approvers.named(approved), approved.post_id, approved.person_id


@transaction.atomic
def resume(
    number: str, *, staff: Staff, now: datetime, result: str, arrived_on: date | None = None, seq: int | None = None
) -> Case:
    """The result is there: the clocks run on from the day after its arrival. Refused `not_paused`, `resume_day`."""
    acting = begin("resume", number, staff=staff, now=now, seq=seq)
    all_pauses = list(clocks.pauses_of(acting.case))
    standing_still = next(pause for pause in all_pauses if pause.last_on is None)
    last = arrived_on or acting.today
    requirements.require_arrival(standing_still, last, acting.today)
    standing_still.last_on, standing_still.result, standing_still.record_seq = last, result, acting.seq
    acting.move(all_pauses)
    told = {"round": standing_still.round, "last_on": last, "result": said(acting.case, result)}
    return finish(
        acting,
        act=acting.act(),
        rows=[Change(standing_still, ("last_on", "result", "record_seq"))],
        facts={"resumed": told},
    )


@transaction.atomic
def extend(number: str, *, staff: Staff, now: datetime, days: int, reason: str, seq: int | None = None) -> Case:
    """The head of the authority lengthens the time once, by at most 10 working days; where it is handled jointly the head of the
    county government by at most 15; the reasons are told (行政许可法 42; L16, L17).

    Refused `extension_too_long`, `extension_again`, `extension_late`, `extension_no_ground`.
    """
    acting = begin("extend", number, staff=staff, now=now, seq=seq)
    requirements.require_extension(acting.case, acting.case_clocks, days=days, today=acting.today)
    lengthen(acting.case_clocks, days, acting.today)
    acting.move(clocks.pauses_of(acting.case))
    facts = papers.extension_notice(
        acting.case,
        on=acting.today,
        days=days,
        reason=reason,
        approver=f"{staff.post_title}{staff.name}",
        statutory_due=_due(acting, ClockKind.STATUTORY),
        promised_due=_due(acting, ClockKind.PROMISED),
    )
    return finish(acting, act=acting.act(reason), papers=[acting.paper(facts)], facts={"extension": days})


def new_pause(case: Case, before: Sequence[ClockPause], ground: str, first_on: date, expected_on: date) -> ClockPause:
    """The next pause of a case, still open."""
    return ClockPause(
        subject_table=case._meta.db_table,
        subject_id=case.pk,
        label=case.number,
        unit=case.item.department.number,
        round=len(before) + 1,
        ground=PauseGround(ground),
        stops_statutory=requirements.stops_statute(case.version, ground),
        first_on=first_on,
        expected_on=expected_on,
    )


def lengthen(running: Sequence[Clock], days: int, today: date) -> None:
    """Promise, step and statute all get the days, but for what is over already: late stays late. Due days are worked out afterwards."""
    for clock in running:
        if clock.stopped_on is None and clock.kind in clocks.PAUSABLE and not requirements.is_over(clock, today):
            clock.extension += days


@dataclass(frozen=True, slots=True)
class Move:
    """What a clock says now and what it would say. A `then` of None means that the day is open while the pause lasts."""

    clock: Clock
    before: date | None
    then: date | None
    provisional: bool


def if_paused(
    case: Any, pauses: Sequence[ClockPause], *, ground: str, first_on: date, expected_on: date, calendar: Calendar
) -> list[Move]:
    """What the citizen's clock, the step's and the statutory one will say if the result arrives on the expected day."""
    made = new_pause(case, pauses, ground, first_on, expected_on)
    made.last_on = expected_on
    return _moves(clocks.carried(case), [*pauses, made], 0, calendar)


def if_extended(case: Any, pauses: Sequence[ClockPause], *, days: int, calendar: Calendar) -> list[Move]:
    """What the three clocks will say after an extension by so many days."""
    return _moves(clocks.carried(case), pauses, days, calendar)


def _moves(running: Sequence[Clock], pauses: Sequence[ClockPause], days: int, calendar: Calendar) -> list[Move]:
    moves = []
    for clock in running:
        if clock.stopped_on is None and clock.kind in clocks.PAUSABLE:
            then = copy(clock)
            then.extension += days
            clocks.project(then, pauses, seq=clock.record_seq, calendar=calendar)
            moves.append(Move(clock, clock.due_on, then.due_on, then.provisional))
    return moves


def _due(acting: Acting, kind: ClockKind) -> date | None:
    clock = acting.open_clock(kind)
    return clock.due_on if clock else None
