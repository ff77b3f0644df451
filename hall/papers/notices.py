"""Facts of the letters between the intake and the decision, and of the promises that the applicant signs.

`on` is the day that the letter bears.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hall.models import Case

from .parts import SEAL, addressee, letter, rights

GAPS_BASIS = "《广东省优化营商环境条例》第三十二条"  # domain 3.4


def acceptance_notice(
    case: Case,
    *,
    on: date,
    promised_due: date | None,
    statutory_due: date | None,
    contact: str,
    deemed: bool = False,
    declaration: bool = False,
    corrected: bool = False,
    told_on: date | None = None,
) -> dict[str, Any]:
    """`on` is the day of acceptance, which the letter bears unless it is made on another: `told_on`.

    `deemed`: by law since `on`, the day of receipt (行政许可法 32 item (4)); `declaration`: on a 告知承诺书; `corrected`: `on` is the
    day on which all corrections were in.
    """
    return {
        **_letter(case),
        "accepted_on": on,
        "promised_due": promised_due,
        "statutory_due": statutory_due,
        "contact": contact,
        "deemed": deemed,
        "declaration": declaration,
        "corrected": corrected,
        "told_on": told_on,
    }


def correction_notice(
    case: Case, *, on: date, defects: Sequence[tuple[str, str, str]], due: date | None, second: bool, reason: str
) -> dict[str, Any]:
    """`defects` are (material, what is wrong, required form), all of them; `reason` says why a second notice is needed."""
    return {
        **_letter(case),
        "defects": [{"material": material, "fault": fault, "form": form} for material, fault, form in defects],
        "told_on": on,
        "due": due,
        "second": second,
        "reason": reason or None,
    }


def decline_notice(case: Case, *, on: date, reason: str, basis: str, authority: str) -> dict[str, Any]:
    """`authority` is the body that is competent; empty where declining has another reason."""
    told = {"reason": reason, "basis": basis, "authority": authority or None, "declined_on": on}
    return {**_letter(case), **rights(case), **told}


def not_required_notice(case: Case, *, on: date, reason: str, basis: str) -> dict[str, Any]:
    return {**_letter(case), **rights(case), "reason": reason, "basis": basis, "told_on": on}


def gap_notice(
    case: Case,
    *,
    on: date,
    missing: Sequence[str],
    due: date,
    promised_due: date | None,
    statutory_due: date | None,
    contact: str,
    told_on: date | None = None,
) -> dict[str, Any]:
    """`on` is the day of acceptance, which the letter bears unless it is made on another: `told_on`."""
    return {
        **_letter(case),
        "missing": list(missing),
        "due": due,
        "outcome": case.version.gap_end.value,
        "accepted_on": on,
        "told_on": told_on,
        "basis": GAPS_BASIS,
        "promised_due": promised_due,
        "statutory_due": statutory_due,
        "contact": contact,
    }


def gap_promise(case: Case, *, on: date, missing: Sequence[str], due: date) -> dict[str, Any]:
    """What comes of gaps that are not supplied is promised along, as the guide has it."""
    told = {"promised_on": on, "missing": list(missing), "due": due, "outcome": case.version.gap_end.value}
    return {**addressee(case), **told}


def declaration_promise(case: Case, *, on: date, content: str, check_due: date | None) -> dict[str, Any]:
    """`content` is what the unit told: conditions, liability, how it checks (国办发〔2020〕42号)."""
    return {**addressee(case), "promised_on": on, "content": content, "check_due": check_due}


def opinion_request(case: Case, *, on: date, to_unit: str, question: str, due: date | None) -> dict[str, Any]:
    return {
        "to_unit": to_unit,
        "applicant": case.applicant.name,
        "item": case.version.name,
        "question": question,
        "asked_on": on,
        "due": due,
        "phone": case.version.consult_phone,
        "seal": SEAL,
    }


def special_notice(
    case: Case,
    *,
    on: date,
    ground: str,
    stops_statutory: bool,
    basis: str,
    approver: str,
    first_on: date,
    expected_on: date,
) -> dict[str, Any]:
    """`ground` in Chinese; `approver` is post and name. The clocks stand still from `first_on` until the result arrives, expected on `expected_on`."""
    return {
        **_letter(case),
        "ground": ground,
        "stops_statutory": stops_statutory,
        "basis": basis,
        "approver": approver,
        "told_on": on,
        "first_on": first_on,
        "expected_on": expected_on,
    }


def extension_notice(
    case: Case,
    *,
    on: date,
    days: int,
    reason: str,
    approver: str,
    statutory_due: date | None,
    promised_due: date | None,
) -> dict[str, Any]:
    """`days` are working days; both due days are the new ones."""
    return {
        **_letter(case),
        "days": days,
        "reason": reason,
        "approver": approver,
        "extended_on": on,
        "promised_due": promised_due,
        "statutory_due": statutory_due,
    }


def payment_notice(case: Case, *, on: date, lines: Sequence[tuple[str, str, str, str]], account: str) -> dict[str, Any]:
    """`lines` are (name, standard, basis, amount in yuan); `account` says where to pay."""
    keys = ("name", "standard", "basis", "amount")
    return {
        **_letter(case),
        "lines": [dict(zip(keys, line, strict=True)) for line in lines],
        "total": _sum([amount for *_, amount in lines]),
        "account": account,
        "told_on": on,
    }


def _letter(case: Case) -> dict[str, Any]:
    return {**letter(case), "phone": case.version.consult_phone}


def _sum(amounts: Sequence[str]) -> str | None:
    """None where an amount is no number: nothing is added up by guess."""
    try:
        return f"{sum(map(Decimal, amounts)):.2f}"
    except InvalidOperation:
        return None
