"""How cases look in lists: the same words for the same case on every page. Finished values, no queries."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from hall.models import ApplicantKind, Case, ConclusionKind, DeliveryWay
from hall.standing import (
    by_law,
    effective_state,
    expected_clocks,
    facts_of,
    gaps_to_refuse,
    is_paused,
    refusal_name,
    standing_of_step,
)
from hall.states import FINAL_STATES, CaseState
from supervision import clocks
from supervision.judging import Standing, judge
from supervision.masking import mask_name
from supervision.models import Clock, ClockKind

S = CaseState
_STATES = {
    S.SUBMITTED: ("网上申办", "quiet"),
    S.RECEIVED: ("已收件", ""),
    S.TRANSFERRED: ("待受理", ""),
    S.CORRECTION_REQUIRED: ("待补正", "fix"),
    S.ACCEPTED: ("审核中", ""),
    S.REVIEWED: ("待审批", ""),
    S.DECIDED: ("待办结", ""),
    S.CONCLUDED: ("待制证", "done"),
    S.CERTIFICATE_MADE: ("已制证", "done"),
    S.READY: ("待领取", "done"),
    S.DELIVERED: ("已送达", "done"),
    S.DECLINED: ("不予受理", "quiet"),
    S.NOT_REQUIRED: ("无需许可", "quiet"),
    S.CORRECTION_LAPSED: ("补正不来", "quiet"),
    S.FORWARDED_UP: ("已转报", "done"),
    S.WITHDRAWN: ("已撤回", "quiet"),
    S.VOIDED: ("已作废", "quiet"),
    S.REVOKED: ("已撤销", "quiet"),
}
_READY = {DeliveryWay.COURIER: "待寄出", DeliveryWay.ELECTRONIC: "待电子送达"}
_STAGES = {S.TRANSFERRED: "待受理", S.ACCEPTED: "审核", S.REVIEWED: "审批", S.DECIDED: "待办结", S.CONCLUDED: "待制证"}
# Per state: what the window has to do, why, and what the button of the row says.
_WHAT = {
    S.SUBMITTED: ("收件", "网上申办，核对材料后收件", "收件"),
    S.RECEIVED: ("中转", "收件后{transfer}内交到后台", "中转"),
    S.CORRECTION_REQUIRED: ("收补正", "等申请人补正；到齐后收件，当日起重新计算告知期限", "收补正"),
    S.CONCLUDED: ("登记待领", "没有证照要制，决定书送到出件窗口", "登记"),
    S.CERTIFICATE_MADE: ("登记待领", "证照已由单位制好，送到出件窗口", "登记"),
    S.READY: ("出件", "决定后{delivery}内送达", "出件"),
}
_SENT = ("登记妥投", "已寄出，等寄递回执", "妥投")
_BY_WAY = {
    DeliveryWay.COURIER: ("寄出", "决定后{delivery}内送达；申请人选择邮寄", "寄出"),
    DeliveryWay.ELECTRONIC: ("电子送达", "决定后{delivery}内送达；申请人同意电子送达", "送达"),
}
# Newest first; a case always has the last one.
_MILESTONES = (
    ("ended_at", "终止"),
    ("delivered_at", "出件"),
    ("concluded_at", "办结"),
    ("decided_at", "决定"),
    ("accepted_at", "受理"),
    ("corrected_at", "收补正"),
    ("received_at", "收件"),
    ("opened_at", "提交"),
)
_ENDED = {
    S.DECLINED: "不予受理",
    S.NOT_REQUIRED: "告知无需许可",
    S.CORRECTION_LAPSED: "视为撤回",
    S.FORWARDED_UP: "转报",
    S.WITHDRAWN: "撤回",
    S.VOIDED: "作废",
    S.REVOKED: "撤销",
}
_UNDONE = FINAL_STATES - {S.DELIVERED, S.FORWARDED_UP}  # ended without a result: there is no deadline to speak of


def state_of(case: Any, today: date) -> dict[str, str]:
    """The badge: the state in which the case lawfully is today, and that it stands still while it does."""
    state = effective_state(case, today)
    label, tone = _STATES[state]
    if state in (S.ACCEPTED, S.REVIEWED) and is_paused(clocks.carried(case)):
        return {"label": "停表中", "tone": "wait"}
    if state == S.CONCLUDED and case.conclusion == ConclusionKind.CONCLUDED:
        label = "待出件"
    if state == S.READY:
        label = "已寄出" if shipment_of(case) else _READY.get(case.delivery_way, label)
    return {"label": label, "tone": tone}


def shipment_of(case: Any) -> Any:
    """The parcel in which the result is under way, as the reading brought it along; None when there is none."""
    return getattr(case, "shipment", None)


def applicant_of(case: Case) -> str:
    """Persons are masked in lists, bodies are not (T15)."""
    name = case.applicant.name
    return mask_name(name) if case.applicant.kind == ApplicantKind.NATURAL_PERSON else name


def chip(standing: Standing | None) -> dict[str, str] | None:
    return {"state": standing.state.value, "words": standing.words} if standing else None


def standing_shown(case: Any, today: date, rules: clocks.Rules) -> Standing | None:
    """What is due next; None for a case that ended without a result, also when it was the law that ended it."""
    return None if effective_state(case, today) in _UNDONE else standing_of_step(case, today, rules)


def opinion_due(case: Any, unit: str, today: date, rules: clocks.Rules) -> Standing | None:
    """By when this unit (its number) is to give its opinion on a case of another one (D150)."""
    mine = (clock for clock in clocks.carried(case) if clock.kind == ClockKind.JOINT_OPINION and clock.unit == unit)
    clock = next((clock for clock in mine if clock.stopped_on is None), None)
    return judge(facts_of(clock), today, calendar=rules.calendar, near=rules.near(today)) if clock else None


def clocks_of(case: Any, today: date, rules: clocks.Rules) -> tuple[Clock | None, Clock | None]:
    """Promise and statute, of a case that counts as accepted as they will be written down."""
    happened = by_law(case, today)
    if happened is not None and happened.state == S.ACCEPTED:
        return expected_clocks(case, rules)
    return case.promised, case.statutory


def row(case: Any, today: date, rules: clocks.Rules) -> dict[str, Any]:
    """One row for hall/list.html and the window's own tables."""
    state = effective_state(case, today)
    what, why, button = _what(case, state)
    limits = {kind.value: f" {rules.limit(kind, today).words}" for kind in (ClockKind.TRANSFER, ClockKind.DELIVERY)}
    url = reverse("case", args=[case.number])
    return {
        "due": chip(standing_shown(case, today, rules)),
        "what": what,
        "why": why.format(**limits),
        "name": case.version.name,
        "number": case.number,
        "url": url,
        "applicant": applicant_of(case),
        "unit": case.item.department.short_name,
        "state": state_of(case, today),
        **dict(zip(("at", "did"), latest(case), strict=True)),
        "handler": case.handler.name if case.handler else "",
        "next": {"label": button, "url": _where(case, state, url)} if button else None,
        "note": "请核对材料后收件" if state == S.SUBMITTED else "",
    }


def _what(case: Any, state: CaseState) -> tuple[str, str, str]:
    if state == S.CONCLUDED and case.conclusion != ConclusionKind.CONCLUDED:
        return "", "", ""  # the unit makes the certificate first
    if state == S.READY:
        return _SENT if shipment_of(case) else _BY_WAY.get(case.delivery_way, _WHAT[state])
    return _WHAT.get(state, ("", "", ""))


def _where(case: Any, state: CaseState, url: str) -> str:
    """Where the row's button leads: to the form that the step asks for."""
    if state == S.SUBMITTED:
        return f"{reverse('intake')}?case={case.number}"
    return reverse("case_do", args=[case.number, "take_corrections"]) if state == S.CORRECTION_REQUIRED else url


def latest(case: Case) -> tuple[datetime, str]:
    """The last dated milestone of the case and what it is called; the steps between have no date of their own here."""
    reached = ((getattr(case, column), did) for column, did in _MILESTONES)
    at, did = next((at, did) for at, did in reached if at)
    return at, _ENDED.get(S(case.state), did) if at == case.ended_at else did


def inbox_row(case: Any, today: date, rules: clocks.Rules) -> dict[str, Any]:
    """One row of the approver's inbox."""
    shown, state = row(case, today, rules), effective_state(case, today)
    promised, statutory = clocks_of(case, today, rules)
    return {
        **shown,
        "stage": _STAGES.get(state, ""),
        "tier": "",
        "received_at": case.received_at,
        "promised_on": promised.due_on if promised else None,
        "statutory_on": statutory.due_on if statutory else None,
        "note": _note(case, state, today, rules),
    }


def _note(case: Any, state: CaseState, today: date, rules: clocks.Rules) -> str:
    """What whoever opens the case should know before."""
    running = clocks.carried(case)
    if case.deemed or (state == S.ACCEPTED and by_law(case, today)):
        return "逾期未告知，已视为受理"
    if state == S.TRANSFERRED:
        return f"{rules.limit(ClockKind.NOTICE, today).words}内须受理或一次性告知"
    notes = [
        "特别程序，等结果" if is_paused(running) else "",
        (f"容缺逾期未补，须{refusal_name(case)}" if gaps_to_refuse(case, today) else "容缺，待补材料")
        if case.gaps_open
        else "",
        "已延期" if any(clock.extension for clock in running) else "",
        "告知承诺" if case.declaration else "",
    ]
    return "；".join(note for note in notes if note)


def rules_of(cases: Iterable[Case]) -> clocks.Rules | None:
    """The rules of the revision that the rows brought along; None when there are no rows and nothing is judged."""
    first = next(iter(cases), None)
    return clocks.rules_with(first) if first is not None else None


def by_urgency(cases: Iterable[Case], today: date, rules: clocks.Rules) -> list[tuple[Standing, Case]]:
    """Cases with what is due next, the most pressing first."""
    judged = [(standing, case) for case in cases if (standing := standing_shown(case, today, rules))]
    return sorted(judged, key=lambda pair: (pair[0].due_on or date.max, pair[1].opened_at))
