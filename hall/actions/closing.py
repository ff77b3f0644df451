"""The verbs after the conclusion: make the certificate, put it ready, deliver it in one of three ways (行政许可法 44)."""

from datetime import date, datetime

from django.db import transaction

from authorization.staff import Staff
from hall import papers, requirements
from hall.actions.acting import Acting, finish, said
from hall.actions.begin import begin
from hall.models import Case, CourierShipment, Delivery, DeliveryWay, RecipientRelation
from supervision import moment, protection
from supervision.masking import mask_name
from supervision.models import Paper, PaperKind
from supervision.refusals import Refusal, Unusable


@transaction.atomic
def make_certificate(number: str, *, staff: Staff, now: datetime, seq: int | None = None) -> Case:
    """The unit makes out the result under its own number and sends it to the hall. Refused `nothing_to_certify` after a refusal."""
    acting = begin("make_certificate", number, staff=staff, now=now, seq=seq)
    return finish(acting, act=acting.act(), papers=[acting.paper(papers.certificate(acting.case, on=acting.today))])


@transaction.atomic
def make_ready(number: str, *, staff: Staff, now: datetime, seq: int | None = None) -> Case:
    """The output window has the result in its drawer: the citizen may come. Refused `certificate_first` where one is to be made."""
    acting = begin("make_ready", number, staff=staff, now=now, seq=seq)
    return finish(acting, act=acting.act())


@transaction.atomic
def hand_out(
    number: str, *, staff: Staff, now: datetime, recipient: str, relation: str, seq: int | None = None
) -> Case:
    """The result reaches the citizen or the agent, who signs the receipt. Refused `recipient_unknown` for anybody else."""
    acting = begin("hand_out", number, staff=staff, now=now, seq=seq)
    return _deliver(acting, DeliveryWay.COUNTER, recipient, relation, place=staff.window_name)


@transaction.atomic
def send_by_courier(
    number: str, *, staff: Staff, now: datetime, courier: str, tracking_number: str, seq: int | None = None
) -> Case:
    """The result is on its way: who carries it under which number. It is delivered when the addressee has signed (L19).

    Refused `already_sent`.
    """
    acting = begin("send_by_courier", number, staff=staff, now=now, seq=seq)
    act = acting.act()
    shipment = CourierShipment(
        case=acting.case,
        act=act,
        courier=courier,
        tracking_number=tracking_number,
        sent_on=acting.today,
        record_seq=acting.seq,
    )
    told = {"courier": courier, "tracking_number": tracking_number, "sent_on": acting.today}
    return finish(acting, act=act, rows=[shipment], facts={"shipment": told})


@transaction.atomic
def confirm_courier(
    number: str,
    *,
    staff: Staff,
    now: datetime,
    recipient: str,
    relation: str,
    signed_on: date | None = None,
    seq: int | None = None,
) -> Case:
    """The courier's slip with the signature is back: delivered on the day on which it was signed, however late the slip came
    (行政许可法 44; L19). Without a day that is today.

    Refused `not_sent`, `signed_day`, `recipient_unknown`.
    """
    acting = begin("confirm_courier", number, staff=staff, now=now, seq=seq)
    sent = acting.case.shipment
    acting.came_about = signed_on or acting.today
    requirements.require_signed(sent, acting.came_about, acting.today)
    place = _postal(acting.case, "postal_address") or "见寄递回执"
    return _deliver(acting, DeliveryWay.COURIER, recipient, relation, place=place, sent=sent)


@transaction.atomic
def deliver_electronically(number: str, *, staff: Staff, now: datetime, seq: int | None = None) -> Case:
    """The applicant chose the electronic way when applying: the result is open to him from now on. Refused `no_consent`."""
    acting = begin("deliver_electronically", number, staff=staff, now=now, seq=seq)
    name = acting.case.applicant.name
    return _deliver(acting, DeliveryWay.ELECTRONIC, name, RecipientRelation.SELF, place="政务服务网查询页")


def _deliver(
    acting: Acting, way: DeliveryWay, recipient: str, relation: str, *, place: str, sent: CourierShipment | None = None
) -> Case:
    """Delivered now, or on the day that the act registers: at the latest instant of it, as a slip names no hour."""
    case, on = acting.case, acting.came_about or acting.today
    _require_known(case, recipient, relation, way)
    act = acting.act()
    delivery = Delivery(
        case=case,
        act=act,
        way=way,
        recipient=recipient,
        relation=relation,
        delivered_on=on,
        record_seq=acting.seq,
    )
    of_courier = {"courier": sent.courier, "tracking_number": sent.tracking_number} if sent else {}
    facts = papers.delivery_receipt(
        case, delivery, _results(case), place=place, server=acting.person.name, now=acting.now, **of_courier
    )
    case.delivered_at = moment.now_or_end_of(on, acting.now)
    who = said(case, recipient)
    told = {"way": way.value, "relation": str(relation), "recipient": who, "delivered_on": on}
    return finish(acting, act=act, changed=("delivered_at",), rows=[delivery], papers=[acting.paper(facts)], facts=told)


def _results(case: Case) -> list[tuple[str, str]]:
    kinds = (PaperKind.DECISION, PaperKind.REFUSAL, PaperKind.CERTIFICATE)
    issued = Paper.objects.filter(subject_table="hall_case", subject_id=case.id, kind__in=kinds).order_by("issued_at")
    return [(paper.title, paper.number) for paper in issued]


def _postal(case: Case, column: str) -> str:
    """To whom or where it was to be sent; "" of what was filed before that was asked."""
    envelope, key = getattr(case.applicant, column), case.applicant.id
    return protection.unseal(envelope, table="hall_applicant", column=column, row=key) if envelope else ""


def _require_known(case: Case, recipient: str, relation: str, way: DeliveryWay) -> None:
    """The receipt names whoever is registered, in the capacity registered (行政许可法 44; D37); by post also whom the applicant named
    as the recipient.
    """
    applicant, contact = case.applicant.name, case.applicant.contact_name
    known = {RecipientRelation.SELF.value: applicant, RecipientRelation.AGENT.value: contact}
    named = f"申请人本人：{applicant}" + (f"；经办人或代理人：{contact}" if contact else "；没有登记经办人或代理人")
    if way == DeliveryWay.COURIER and (by_post := _postal(case, "postal_recipient")):
        known[RecipientRelation.NAMED.value] = by_post
        named += f"；指定的收件人：{mask_name(by_post)}"
    if recipient and known.get(relation) == recipient:
        return
    raise Unusable(
        Refusal(
            "recipient_unknown",
            f"领取人要与登记的一致（{named}）。",
            field="recipient",
            remedy="换人领取请先由申请人办理委托。",
        )
    )
