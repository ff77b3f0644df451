"""Facts of how a case ends: granted, refused, ended without a decision; and of the result itself."""

import re
from datetime import date
from typing import Any, Literal

from hall.models import Case
from supervision import moment

from .parts import MAIN_SEAL, SEAL, letter, rights

EndGround = Literal["withdrawn", "correction_lapsed", "gaps_lapsed", "voided"]


def decision(case: Case, *, on: date, findings: str, delivery_due: date | None) -> dict[str, Any]:
    version = case.version
    return {
        **_decided(case, on=on, findings=findings),
        "decision": f"准予{case.applicant.name}的“{version.name}”申请。",
        "result_name": version.result_name or None,
        "delivery_due": delivery_due,
    }


def refusal(case: Case, *, on: date, findings: str) -> dict[str, Any]:
    """`findings` are the reasons, which the applicant has a right to (行政许可法 38)."""
    return {**_decided(case, on=on, findings=findings), **rights(case)}


def end_notice(case: Case, *, on: date, ground: EndGround, reason: str) -> dict[str, Any]:
    told = {"ground": ground, "reason": reason or None, "ended_on": on, "phone": case.version.consult_phone}
    return {**letter(case), **rights(case), **told}


def rectification_order(case: Case, *, on: date, findings: str, wanted: str, due: date | None) -> dict[str, Any]:
    """`wanted` is to be put right by `due`; the promise proved untrue by `findings` (国办发〔2020〕42号; domain 3.5)."""
    told = {"findings": findings, "wanted": wanted, "due": due, "ordered_on": on}
    return {**_of_the_grant(case), **told}


def revocation(
    case: Case, *, on: date, ground: str, findings: str, order_number: str, order_due: date | None, certified: bool
) -> dict[str, Any]:
    """`findings` are the reasons; `order_number` and `order_due` name the order that was not obeyed (行政许可法 69). What was
    `certified` is void with the decision.
    """
    order = {"order_number": order_number, "order_due": order_due}
    void = case.version.result_name or None if certified else None
    told = {"ground": ground, "findings": findings, "result_name": void, "revoked_on": on}
    return {**_of_the_grant(case), **order, **told}


def _of_the_grant(case: Case) -> dict[str, Any]:
    """What a letter says that speaks of a decision granted before."""
    decided = {"decided_on": case.decision.decided_on, "decision_number": case.decision.paper_number}
    return {**letter(case), **rights(case), **decided, "seal": MAIN_SEAL, "phone": case.version.consult_phone}


def certificate(case: Case, *, on: date) -> dict[str, Any]:
    return {
        "name": case.version.result_name or "办理结果",
        "holder": case.applicant.name,
        "item": case.version.name,
        "issued_on": on,
        "seal": SEAL,
    }


def _decided(case: Case, *, on: date, findings: str) -> dict[str, Any]:
    return {
        **letter(case),
        "accepted_on": moment.local_date(case.accepted_at or case.opened_at),
        "findings": findings,
        "basis": "、".join(map(cited, case.version.legal_basis)) or None,
        "decided_on": on,
    }


def cited(law: str) -> str:
    """A law as papers cite it: its title in 《》, the articles behind (`教师法第13条` → `《教师法》第13条`)."""
    title = re.match(r"[^（第]+", law)
    if title is None or law.startswith("《"):
        return law
    return f"《{title[0].replace('《', '〈').replace('》', '〉')}》{law[title.end() :]}"
