"""Facts of the slips: what was taken in at the window, handed on, or handed over."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings

from hall.models import Applicant, Case, CaseMaterial, Delivery, DeliveryWay
from supervision import moment

from .parts import materials

METHODS = {"counter": "直接送达", "courier": "邮寄送达", "electronic": "电子送达"}  # by way of delivery


def receipt_slip(
    case: Case,
    applicant: Applicant,
    handed: Sequence[CaseMaterial],
    *,
    receiver: str,
    window: str,
    code: str,
    notice_due: date | None,
) -> dict[str, Any]:
    """`applicant` is given because the case is not written yet."""
    return {
        **_taken(case, applicant, handed, receiver=receiver, window=window, at=case.received_at or case.opened_at),
        "notice_due": notice_due,
        "query_code": code,
        "progress_url": f"{settings.BASE_URL}/public/progress/{case.number}/{code}/",
    }


def correction_slip(
    case: Case, handed: Sequence[CaseMaterial], *, window: str, person: str, now: datetime
) -> dict[str, Any]:
    """`handed` is what the correction notice asked for, in its order."""
    return _taken(case, case.applicant, handed, receiver=person, window=window, at=now)


def gap_slip(case: Case, handed: Sequence[CaseMaterial], *, window: str, person: str, now: datetime) -> dict[str, Any]:
    """`handed` is what the gap notice left to come, in its order."""
    return _taken(case, case.applicant, handed, receiver=person, window=window, at=now)


def transfer_slip(
    case: Case, handed: Sequence[CaseMaterial], *, window: str, person: str, now: datetime
) -> dict[str, Any]:
    unit = case.item.department
    return {
        "applicant": case.applicant.name,
        "item": case.version.name,
        "task_code": case.version.task_code,
        "materials": materials(handed),
        "from_place": window,
        "from_person": person,
        "to_place": f"{unit.name}{unit.section.name}",
        "to_person": None,
        "transferred_at": moment.local(now),
    }


def delivery_receipt(
    case: Case,
    delivery: Delivery,
    documents: Sequence[tuple[str, str]],
    *,
    place: str,
    server: str,
    now: datetime,
    courier: str = "",
    tracking_number: str = "",
) -> dict[str, Any]:
    """`documents` are (name, number) of what is handed over. By courier it is delivered on the day of the signature: no hour is known."""
    return {
        "documents": [{"name": name, "number": paper_number, "copies": 1} for name, paper_number in documents],
        "addressee": case.applicant.name,
        "recipient": delivery.recipient,
        "relation": delivery.get_relation_display(),
        "place": place,
        "method": METHODS[str(delivery.way)],
        "server": server,
        "delivered_at": delivery.delivered_on if delivery.way == DeliveryWay.COURIER else moment.local(now),
        "item": case.version.name,
        "courier": courier or None,
        "tracking_number": tracking_number or None,
    }


def _taken(
    case: Case, applicant: Applicant, handed: Sequence[CaseMaterial], *, receiver: str, window: str, at: datetime
) -> dict[str, Any]:
    version = case.version
    return {
        "applicant": applicant.name,
        "agent": applicant.contact_name or None,
        "item": version.name,
        "item_kind": version.item.kind,
        "task_code": version.task_code,
        "materials": materials(handed),
        "receiver": receiver,
        "window": window,
        "received_at": moment.local(at),
        "consult_phone": version.consult_phone,
        "complaint_phone": version.complaint_phone,
    }
