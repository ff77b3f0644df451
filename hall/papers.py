"""Which paper a verb leaves behind, under which number, with which facts. The print room knows only these facts."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings

from catalog.models import Department, ItemKind, ItemVersion
from hall.materials import MaterialStatus
from hall.models import Applicant, ApplicantKind, Case, CaseMaterial, Delivery, DeliveryWay
from supervision import moment, numbers, papers
from supervision.models import Paper, PaperKind

SEAL = "行政审批专用章"
WORDS = {
    PaperKind.ACCEPTANCE_NOTICE: "受",
    PaperKind.DECISION: "准",
    PaperKind.CERTIFICATE: "证",
    PaperKind.DELIVERY_RECEIPT: "送",
}


def series(kind: PaperKind, unit: Department, day: date) -> str:
    """The counter from which a paper of this unit gets its number; slips run per day."""
    if kind == PaperKind.TRANSFER_SLIP:
        return f"slip:{unit.number}:{day:%Y%m%d}"
    return numbers.paper_series(unit.number, WORDS[kind], day.year)


def number(kind: PaperKind, unit: Department, day: date, serial: int) -> str:
    """遂卫受〔2026〕7号 for papers with a seal, 031-20260209-0007 for slips."""
    if kind == PaperKind.TRANSFER_SLIP:
        return f"{unit.number}-{day:%Y%m%d}-{serial:04d}"
    return numbers.paper_number(unit.document_prefix, WORDS[kind], day.year, serial)


def receipt_number(case: Case) -> str:
    """The receipt slip repeats the case's own day and serial, so that one number is enough at the counter.

    After a restore the epoch stands before the serial: the slips of that day that were lost keep their numbers (T68).
    """
    unit, day, epoch, serial, _ = numbers.groups(case.number) or ("", "", "", "", "")
    return f"{unit}-{day}-{serial}" if epoch == "1" else f"{unit}-{day}-{epoch}-{serial}"


def decision_title(kind: str) -> str:
    return "准予行政许可决定书" if kind == ItemKind.LICENCE else "准予办理决定书"


def title(kind: PaperKind, version: ItemVersion) -> str:
    """What the paper is called in lists and in the register."""
    if kind == PaperKind.DECISION:
        return decision_title(version.item.kind)
    if kind == PaperKind.CERTIFICATE:
        return version.result_name or "办理结果"
    return str(kind.label)


def register(
    kind: PaperKind, case: Case, *, paper_number: str, facts: dict[str, Any], now: datetime, seq: int
) -> Paper:
    """The paper of a verb with what stands on every paper; not yet written."""
    unit = case.item.department
    common = {"unit": unit.name, "case_number": case.number, "demo": settings.DEMO}
    return papers.register(
        kind,
        title=title(kind, case.version),
        number=paper_number,
        unit=unit.number,
        subject=case,
        label=case.number,
        facts={**common, **facts},
        now=now,
        seq=seq,
    )


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
    version = case.version
    return {
        "applicant": applicant.name,
        "agent": applicant.contact_name or None,
        "item": version.name,
        "item_kind": version.item.kind,
        "task_code": version.task_code,
        "materials": _lines(handed),
        "receiver": receiver,
        "window": window,
        "received_at": moment.local(case.received_at or case.opened_at),
        "notice_due": notice_due,
        "query_code": code,
        "progress_url": f"{settings.BASE_URL}/public/progress/{case.number}/{code}/",
        "consult_phone": version.consult_phone,
        "complaint_phone": version.complaint_phone,
    }


def transfer_slip(
    case: Case, handed: Sequence[CaseMaterial], *, window: str, person: str, now: datetime
) -> dict[str, Any]:
    unit = case.item.department
    return {
        "applicant": case.applicant.name,
        "item": case.version.name,
        "task_code": case.version.task_code,
        "materials": _lines(handed),
        "from_place": window,
        "from_person": person,
        "to_place": f"{unit.name}{unit.section.name}",
        "to_person": None,
        "transferred_at": moment.local(now),
    }


def acceptance_notice(
    case: Case, *, on: date, promised_due: date | None, statutory_due: date | None, contact: str
) -> dict[str, Any]:
    return {
        **_addressee(case),
        "received_on": moment.local_date(case.received_at or case.opened_at),
        "accepted_on": on,
        "promised_due": promised_due,
        "statutory_due": statutory_due,
        "contact": contact,
        "phone": case.version.consult_phone,
        "seal": SEAL,
    }


def decision(case: Case, *, on: date, findings: str, delivery_due: date | None) -> dict[str, Any]:
    version = case.version
    granted = f"准予{case.applicant.name}的“{version.name}”申请。"
    return {
        **_addressee(case),
        "received_on": moment.local_date(case.received_at or case.opened_at),
        "accepted_on": moment.local_date(case.accepted_at or case.opened_at),
        "findings": findings,
        "basis": "、".join(version.legal_basis) or None,
        "decision": granted,
        "decided_on": on,
        "seal": SEAL,
        "result_name": version.result_name or None,
        "delivery_due": delivery_due,
    }


def certificate(case: Case, *, on: date) -> dict[str, Any]:
    return {
        "name": case.version.result_name or "办理结果",
        "holder": case.applicant.name,
        "item": case.version.name,
        "issued_on": on,
        "seal": SEAL,
    }


def delivery_receipt(
    case: Case, delivery: Delivery, documents: Sequence[tuple[str, str]], *, place: str, server: str, now: datetime
) -> dict[str, Any]:
    """`documents` are (name, number) of what is handed over."""
    return {
        "documents": [{"name": name, "number": paper_number, "copies": 1} for name, paper_number in documents],
        "addressee": case.applicant.name,
        "recipient": delivery.recipient,
        "relation": delivery.get_relation_display(),
        "place": place,
        "method": "直接送达" if delivery.way == DeliveryWay.COUNTER else "邮寄送达",
        "server": server,
        "delivered_at": moment.local(now),
        "item": case.version.name,
    }


def _addressee(case: Case) -> dict[str, Any]:
    return {
        "applicant": case.applicant.name,
        "is_person": case.applicant.kind == ApplicantKind.NATURAL_PERSON,
        "item": case.version.name,
        "item_kind": case.version.item.kind,
    }


def _lines(handed: Sequence[CaseMaterial]) -> list[dict[str, Any]]:
    return [_line(row) for row in handed]


def _line(row: CaseMaterial) -> dict[str, Any]:
    shared = row.status == MaterialStatus.SHARED
    return {
        "name": row.requirement.name,
        "originals": None if shared else row.originals,
        "copies": None if shared else row.copies,
        "electronic": None if shared else int(row.electronic),
        "status": "免交" if shared else row.get_status_display(),
    }
