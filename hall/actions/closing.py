"""The verbs after the conclusion: make the certificate, put it ready, hand it out (行政许可法 44)."""

from datetime import datetime

from django.db import transaction

from authorization.staff import Staff
from hall import papers
from hall.actions.acting import begin, finish
from hall.actions.handling import numbered_paper
from hall.models import Case, Delivery, RecipientRelation
from supervision import protection
from supervision.models import Paper, PaperKind
from supervision.refusals import Refusal, Unusable


@transaction.atomic
def make_certificate(number: str, *, staff: Staff, now: datetime, seq: int | None = None) -> Case:
    """The unit makes out the result under its own number and sends it to the hall."""
    acting = begin("make_certificate", number, staff=staff, now=now, seq=seq)
    paper = numbered_paper(acting, papers.certificate(acting.case, on=acting.today))
    return finish(acting, act=acting.act(), paper=paper)


@transaction.atomic
def make_ready(number: str, *, staff: Staff, now: datetime, seq: int | None = None) -> Case:
    """The output window has the result in its drawer: the citizen may come."""
    acting = begin("make_ready", number, staff=staff, now=now, seq=seq)
    return finish(acting, act=acting.act())


@transaction.atomic
def hand_out(
    number: str, *, staff: Staff, now: datetime, recipient: str, relation: str, seq: int | None = None
) -> Case:
    """The result reaches the citizen or the agent, who signs the receipt. Refused `recipient_unknown` for anybody else."""
    acting = begin("hand_out", number, staff=staff, now=now, seq=seq)
    case = acting.case
    _require_known(case, recipient, relation)
    act = acting.act()
    delivery = Delivery(
        case=case,
        act=act,
        way=case.delivery_way,
        recipient=recipient,
        relation=relation,
        delivered_on=acting.today,
        record_seq=acting.seq,
    )
    facts = papers.delivery_receipt(
        case, delivery, _results(case), place=staff.window_name, server=staff.name, now=acting.now
    )
    case.delivered_at = acting.now
    who = protection.commitment(case.applicant.id_number, recipient)
    told = {"way": case.delivery_way, "relation": relation, "recipient": who, "delivered_on": acting.today}
    return finish(
        acting, act=act, changed=("delivered_at",), rows=[delivery], paper=numbered_paper(acting, facts), facts=told
    )


def _results(case: Case) -> list[tuple[str, str]]:
    kinds = (PaperKind.DECISION, PaperKind.CERTIFICATE)
    issued = Paper.objects.filter(subject_table="hall_case", subject_id=case.id, kind__in=kinds).order_by("issued_at")
    return [(paper.title, paper.number) for paper in issued]


def _require_known(case: Case, recipient: str, relation: str) -> None:
    """The receipt names whoever is registered, in the capacity registered (行政许可法 44; D37)."""
    applicant, contact = case.applicant.name, case.applicant.contact_name
    known = {RecipientRelation.SELF.value: applicant, RecipientRelation.AGENT.value: contact}
    if recipient and known.get(relation) == recipient:
        return
    named = f"申请人本人：{applicant}" + (f"；经办人或代理人：{contact}" if contact else "；没有登记经办人或代理人")
    raise Unusable(
        Refusal(
            "recipient_unknown",
            f"领取人要与登记的一致（{named}）。",
            field="recipient",
            remedy="换人领取请先由申请人办理委托。",
        )
    )
