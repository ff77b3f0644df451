"""What becomes of a promise after the decision: found true, or ordered to be put right, then put right or the decision revoked.

国办发〔2020〕42号; 行政许可法 69; domain 3.5.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.db import transaction

from authorization.staff import Staff
from hall import papers, requirements
from hall.actions.acting import Acting, finish
from hall.actions.begin import begin
from hall.actions.to_regulator import NOBODY, Told, tell_of_change
from hall.models import Case, ConclusionKind, DeclarationState, RegulatorNoticeKind
from supervision.clocks import Limit
from supervision.models import ClockKind, Paper, PaperKind
from supervision.workdays import TimeUnit


@transaction.atomic
def post_check(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """What was declared was checked and is true, be it that an order had said otherwise (陈述、申辩成立): then the order is over.

    Refused `no_declaration`.
    """
    acting = begin("post_check", number, staff=staff, now=now, seq=seq)
    return _found(acting, DeclarationState.FULFILLED, opinion)


@transaction.atomic
def order_rectification(
    number: str, *, staff: Staff, now: datetime, findings: str, wanted: str, days: int, seq: int | None = None
) -> Case:
    """What was declared is not true: the applicant is ordered to put it right within so many working days, and told his rights.

    Until then nothing goes on. Refused `no_declaration`, `nothing_granted`, `order_content`, `order_length`, `order_beyond_calendar`.
    """
    acting = begin("order_rectification", number, staff=staff, now=now, seq=seq)
    requirements.require_order(findings=findings, wanted=wanted, days=days)
    order = acting.start(ClockKind.RECTIFICATION, Limit(days, TimeUnit.WORKDAY))
    requirements.require_day(order)
    facts = papers.rectification_order(acting.case, on=acting.today, findings=findings, wanted=wanted, due=order.due_on)
    said = f"{findings}\n改正要求：{wanted}"
    return _found(acting, DeclarationState.UNTRUE, said, acting.paper(facts))


@transaction.atomic
def confirm_rectification(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """It was put right, be it late: what was promised is kept, and the case goes on where it stood. Refused `no_order`."""
    acting = begin("confirm_rectification", number, staff=staff, now=now, seq=seq)
    return _found(acting, DeclarationState.CORRECTED, opinion)


@transaction.atomic
def revoke(number: str, *, staff: Staff, now: datetime, ground: str, reason: str, seq: int | None = None) -> Case:
    """撤销: it was not put right in time; the post that holds 审批 revokes what was granted, with its ground and reasons (行政许可法 69).

    That it was granted, concluded and delivered stays on the case; what was not concluded yet ends as void. A regulator that was told
    of the grant is told of this too (D158). Refused
    `nothing_to_revoke`, `order_runs`, `revocation_ground`, `revocation_reason`.
    """
    acting = begin("revoke", number, staff=staff, now=now, seq=seq)
    found, case = requirements.require_revocation(ground, reason), acting.case
    facts = papers.revocation(case, on=acting.today, ground=found, findings=reason, **_order_of(acting))
    case.ended_at, changed = acting.now, ["ended_at"]
    told: dict[str, Any] = {"revoked": {"ground": found.value, "decision": case.decision.paper_number}}
    if not case.conclusion:
        case.conclusion = ConclusionKind.VOIDED
        changed.append("conclusion")
        told["conclusion"] = case.conclusion.value
    paper = acting.paper(facts)
    of_change = tell_of_change(acting, RegulatorNoticeKind.REVOKED, paper.number)
    return _found(acting, DeclarationState.REVOKED, reason, paper, changed=changed, told=told, of_change=of_change)


def _found(
    acting: Acting,
    state: DeclarationState,
    opinion: str,
    *notices: Paper,
    changed: Sequence[str] = (),
    told: Mapping[str, Any] = MappingProxyType({}),
    of_change: Told = NOBODY,
) -> Case:
    acting.case.declaration = state
    facts = {"declaration": state.value, **told, **of_change.facts}
    act, rows = acting.act(opinion), of_change.rows
    return finish(acting, act=act, changed=("declaration", *changed), rows=rows, papers=notices, facts=facts)


def _order_of(acting: Acting) -> dict[str, Any]:
    """Number and last day of the order that was not obeyed, and whether a certificate was made of what is revoked."""
    order = acting.open_clock(ClockKind.RECTIFICATION)
    assert order is not None
    kinds = (PaperKind.RECTIFICATION_ORDER, PaperKind.CERTIFICATE)
    mine = Paper.objects.filter(subject_table="hall_case", subject_id=acting.case.id, kind__in=kinds)
    numbers = dict(mine.order_by("record_seq").values_list("kind", "number"))
    return {
        "order_number": numbers[PaperKind.RECTIFICATION_ORDER],
        "order_due": order.due_on,
        "certified": PaperKind.CERTIFICATE in numbers,
    }
