"""Under which number and title a paper of a verb enters the register."""

from datetime import date, datetime
from typing import Any

from django.conf import settings

from catalog.models import Department, ItemKind, ItemVersion
from hall.models import Case
from supervision import numbers, papers
from supervision.models import Paper, PaperKind

# A number says its kind; the letters of the authorization room take 授 and 委.
WORDS = {
    PaperKind.ACCEPTANCE_NOTICE: "受",
    PaperKind.CORRECTION_NOTICE: "补",
    PaperKind.CORRECTION_SLIP: "补收",
    PaperKind.DECLINE_NOTICE: "不受",
    PaperKind.NOT_REQUIRED_NOTICE: "无需",
    PaperKind.GAP_NOTICE: "容",
    PaperKind.GAP_PROMISE: "容诺",
    PaperKind.GAP_SLIP: "容收",
    PaperKind.DECLARATION_PROMISE: "诺",
    PaperKind.OPINION_REQUEST: "函",
    PaperKind.SPECIAL_NOTICE: "特",
    PaperKind.EXTENSION_NOTICE: "延",
    PaperKind.PAYMENT_NOTICE: "缴",
    PaperKind.DECISION: "准",
    PaperKind.REFUSAL: "不准",
    PaperKind.END_NOTICE: "终",
    PaperKind.CERTIFICATE: "证",
    PaperKind.DELIVERY_RECEIPT: "送",
    PaperKind.RECTIFICATION_ORDER: "责改",
    PaperKind.REVOCATION: "撤",
}
# Only a licence is named by the words of the licensing law: kind of paper → its title for a licence and for everything else.
TITLES = {
    PaperKind.DECISION: ("准予行政许可决定书", "准予办理决定书"),
    PaperKind.REFUSAL: ("不予行政许可决定书", "不予办理决定书"),
    PaperKind.NOT_REQUIRED_NOTICE: ("无需许可告知书", "无需办理告知书"),
    PaperKind.REVOCATION: ("撤销行政许可决定书", "撤销准予办理决定书"),
}


def series(kind: PaperKind, unit: Department, day: date) -> str:
    """The counter from which a paper of this unit gets its number; slips of transfer run per day."""
    if kind == PaperKind.TRANSFER_SLIP:
        return f"slip:{unit.number}:{day:%Y%m%d}"
    return numbers.paper_series(unit.number, WORDS[kind], day.year)


def number(kind: PaperKind, unit: Department, day: date, serial: int) -> str:
    """遂卫受〔2026〕7号; 031-20260209-0007 for slips of transfer."""
    if kind == PaperKind.TRANSFER_SLIP:
        return f"{unit.number}-{day:%Y%m%d}-{serial:04d}"
    return numbers.paper_number(unit.document_prefix, WORDS[kind], day.year, serial)


def receipt_number(case: Case) -> str:
    """The receipt slip repeats the case's own day and serial, so that one number is enough at the counter.

    After a restore the epoch stands before the serial: the slips of that day that were lost keep their numbers (T68).
    """
    unit, day, epoch, serial, _ = numbers.groups(case.number) or ("", "", "", "", "")
    return f"{unit}-{day}-{serial}" if epoch == "1" else f"{unit}-{day}-{epoch}-{serial}"


def title(kind: PaperKind, version: ItemVersion) -> str:
    """What the paper is called in lists and in the register; its template says the same."""
    if kind == PaperKind.CERTIFICATE:
        return version.result_name or "办理结果"
    of_licence, of_other = TITLES.get(kind, (str(kind.label),) * 2)
    return of_licence if version.item.kind == ItemKind.LICENCE else of_other


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
