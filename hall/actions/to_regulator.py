"""审管衔接: what was decided is told to the unit that supervises it afterwards, and that unit signs for it (D158; 谁审批谁监管).

Told in the transaction of the act that decides. Meetings and joint checks with other units are opinions asked (`together`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from authorization.staff import Staff
from catalog.models import Department, ItemKind
from hall import requirements
from hall.actions.acting import Acting, finish
from hall.actions.begin import begin
from hall.models import Case, RegulatorNotice, RegulatorNoticeKind
from supervision.models import ClockKind
from supervision.writing import Change


@dataclass(frozen=True, slots=True)
class Told:
    """What telling the regulator leaves behind: rows of the writing statement and facts of the record; nothing where nobody is told."""

    rows: tuple[RegulatorNotice, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


NOBODY = Told()


def tell_of_grant(acting: Acting, document_number: str) -> Told:
    """A licence is told to whom its item names, else to the unit that decides; anything else only where its item names somebody."""
    version = acting.case.version
    if version.regulator_id is None and acting.case.item.kind != ItemKind.LICENCE:
        return NOBODY
    return _tell(acting, RegulatorNoticeKind.GRANTED, version.regulator or acting.case.item.department, document_number)


def tell_of_change(acting: Acting, kind: RegulatorNoticeKind, document_number: str) -> Told:
    """Whoever was told of a grant is told what became of it: recorded in error, or revoked."""
    if not any(clock.kind == ClockKind.ACKNOWLEDGEMENT for clock in acting.case_clocks):
        return NOBODY
    last = acting.case.regulator_notices.select_related("regulator").order_by("-round").first()
    return _tell(acting, kind, last.regulator, document_number)


def _tell(acting: Acting, kind: RegulatorNoticeKind, regulator: Department, document_number: str) -> Told:
    """The clock of the notice is the regulator's."""
    clock = acting.start(ClockKind.ACKNOWLEDGEMENT, acting.limit(ClockKind.ACKNOWLEDGEMENT))
    clock.unit = regulator.number
    told = RegulatorNotice(
        case=acting.case,
        round=clock.round,
        kind=kind,
        regulator=regulator,
        decided_on=acting.today,
        document_number=document_number,
        told_at=acting.now,
        record_seq=acting.seq,
    )
    named = {"round": clock.round, "kind": kind.value, "unit": regulator.number, "document": document_number}
    return Told((told,), {"told_regulator": named | {"decided_on": acting.today}})


@transaction.atomic
def acknowledge(number: str, *, staff: Staff, now: datetime, round: int | None = None, seq: int | None = None) -> Case:
    """Somebody of the regulator signs for what it was told in this round, the oldest that waits when none is named; its clock stops.

    Refused `nothing_told` when nothing (or not this round) waits, Forbidden `not_regulator` for other units.
    """
    acting = begin("acknowledge", number, staff=staff, now=now, seq=seq)
    told = requirements.require_waiting(acting.case, staff, round)
    told.acknowledged_at, told.person_id, told.record_seq = acting.now, staff.person_id, acting.seq
    changed = Change(told, ("acknowledged_at", "person", "record_seq"))
    facts = {"acknowledged": {"round": told.round}}
    return finish(acting, act=acting.act(), rows=[changed], facts=facts, only_round=told.round)
