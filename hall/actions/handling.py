"""The verbs between the window and the end: transfer, review, decide, conclude (domain 4.1)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from authorization.staff import Staff
from catalog.models import CaseKind
from hall import papers, queries, requirements
from hall.actions.acting import Acting, finish
from hall.actions.begin import begin
from hall.actions.to_regulator import NOBODY, Told, tell_of_grant
from hall.actions.turning_points import start_step
from hall.models import Act, Case, ConclusionKind, Decision, DecisionKind, DeclarationState
from hall.states import CaseState
from supervision import clocks
from supervision.clocks import Limit
from supervision.models import ClockKind, Paper
from supervision.workdays import TimeUnit


@transaction.atomic
def transfer(number: str, *, staff: Staff, now: datetime, seq: int | None = None) -> Case:
    """The window hands the papers to the unit's one section (D2, D37); both sides sign the slip."""
    acting = begin("transfer", number, staff=staff, now=now, seq=seq)
    handed = queries.materials_of(acting.case)
    facts = papers.transfer_slip(acting.case, handed, window=staff.window_name, person=staff.name, now=acting.now)
    return finish(acting, act=acting.act(), papers=[acting.paper(facts)])


@transaction.atomic
def review(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """The section examines and proposes; the opinion goes into the decision and is open to the applicant."""
    acting = begin("review", number, staff=staff, now=now, seq=seq)
    start_step(acting, CaseState.REVIEWED)
    return finish(acting, act=acting.act(opinion))


@transaction.atomic
def countersign(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """The second of the two who must verify signs what both have found (L13, L23). Refused `same_verifier` for the first."""
    acting = begin("countersign", number, staff=staff, now=now, seq=seq)
    requirements.require_another_verifier(acting.case, staff)
    return finish(acting, act=acting.act(opinion))


@transaction.atomic
def return_for_review(number: str, *, staff: Staff, now: datetime, reason: str, seq: int | None = None) -> Case:
    """Whoever decides sends the case back to be examined again, with a reason; the step begins anew, promise and statute run on."""
    acting = begin("return_for_review", number, staff=staff, now=now, seq=seq)
    start_step(acting, CaseState.ACCEPTED)
    return finish(acting, act=acting.act(reason))


@transaction.atomic
def grant(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """The post that holds 审批 decides in the unit's name; delivery time runs from the decision (行政许可法 38, 44).

    The unit that supervises afterwards is told in the same transaction (D158).
    """
    acting = begin("grant", number, staff=staff, now=now, seq=seq)
    requirements.require_verified(acting.case)
    delivery = acting.start(ClockKind.DELIVERY, acting.limit(ClockKind.DELIVERY))
    if acting.case.declaration == DeclarationState.PROMISED:
        own = acting.case.version.post_check_workdays
        acting.start(ClockKind.POST_CHECK, Limit(own, TimeUnit.WORKDAY) if own else acting.limit(ClockKind.POST_CHECK))
    facts = papers.decision(acting.case, on=acting.today, findings=opinion, delivery_due=delivery.due_on)
    paper = acting.paper(facts)
    told = tell_of_grant(acting, paper.number)
    return _decide(acting, DecisionKind.GRANT, paper, acting.act(opinion), told)


@transaction.atomic
def refuse(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """不予许可: the reasons, and the rights to 行政复议 and 行政诉讼 with body and time limits (行政许可法 38; L15). Gaps are awaited no
    more: where they were not supplied, this is what the guide lets come of it (L37).
    """
    acting = begin("refuse", number, staff=staff, now=now, seq=seq)
    requirements.require_verified(acting.case)
    acting.start(ClockKind.DELIVERY, acting.limit(ClockKind.DELIVERY))
    paper = acting.paper(papers.refusal(acting.case, on=acting.today, findings=opinion))
    return _decide(acting, DecisionKind.REFUSE, paper, acting.act(opinion))


def _decide(acting: Acting, kind: DecisionKind, paper: Paper, act: Act, told: Told = NOBODY) -> Case:
    decision = Decision(
        case=acting.case,
        act=act,
        kind=kind,
        decided_on=acting.today,
        paper_number=paper.number,
        record_seq=acting.seq,
    )
    acting.case.decided_at, acting.case.gaps_open = acting.now, False
    facts = {"decision": kind.value, "decided_on": acting.today, **told.facts}
    changed = ("decided_at", "gaps_open")
    return finish(acting, act=act, changed=changed, rows=[decision, *told.rows], papers=[paper], facts=facts)


@transaction.atomic
def conclude(number: str, *, staff: Staff, now: datetime, seq: int | None = None, opinion: str = "") -> Case:
    """办结: the promised clock stops. The record says whether the promise was kept, so figures need nothing but the log (D40, D44)."""
    acting = begin("conclude", number, staff=staff, now=now, seq=seq)
    case = acting.case
    certified = case.version.result_name and case.decision.kind == DecisionKind.GRANT
    case.concluded_at = acting.now
    case.conclusion = ConclusionKind.CERTIFICATE_ISSUED if certified else ConclusionKind.CONCLUDED
    told = _kept(acting) | {"conclusion": case.conclusion.value}
    return finish(acting, act=acting.act(opinion), changed=("concluded_at", "conclusion"), facts=told)


@transaction.atomic
def charge(
    number: str,
    amounts: Sequence[tuple[int, Decimal]],
    *,
    staff: Staff,
    now: datetime,
    seq: int | None = None,
) -> Case:
    """缴费通知: charges of the published list alone, each with its basis, to the account of the treasury (行政许可法 58; L25, R7).

    `amounts` are (place of the charge in the guide, yuan). Refused `fee_not_published`.
    """
    acting = begin("charge", number, staff=staff, now=now, seq=seq)
    fees = requirements.require_fees(acting.case.version, [place for place, _ in amounts])
    lines = [(fee.name, fee.standard, fee.basis, f"{yuan:.2f}") for fee, (_, yuan) in zip(fees, amounts, strict=True)]
    facts = papers.payment_notice(acting.case, on=acting.today, lines=lines, account=settings.FEE_ACCOUNT)
    return finish(acting, act=acting.act(), papers=[acting.paper(facts)])


def _kept(acting: Acting) -> dict[str, object]:
    promised = acting.case.promised
    assert promised is not None
    return {
        "promised": acting.case.version.case_kind == CaseKind.PROMISED,
        "due": promised.due_on,
        "on_time": promised.due_on is None or promised.provisional or acting.today <= promised.due_on,
        "used_workdays": clocks.used_days(promised, acting.today, acting.rules.calendar),
        "closing": acting.case.version.closing_form,
    }
