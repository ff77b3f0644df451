"""How cases look in lists: the same words for the same case on every page. Finished values, no queries."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from hall.models import ApplicantKind, Case
from hall.standing import standing_of_step
from hall.states import CaseState
from supervision import clocks
from supervision.judging import Standing
from supervision.masking import mask_name
from supervision.models import ClockKind

S = CaseState
_STATES = {
    S.SUBMITTED: ("网上申办", "quiet"),
    S.RECEIVED: ("已收件", ""),
    S.TRANSFERRED: ("待受理", ""),
    S.ACCEPTED: ("审核中", ""),
    S.REVIEWED: ("待审批", ""),
    S.DECIDED: ("待办结", ""),
    S.CONCLUDED: ("待制证", "done"),
    S.CERTIFICATE_MADE: ("已制证", "done"),
    S.READY: ("待领取", "done"),
    S.DELIVERED: ("已送达", "done"),
}
_STAGES = {S.TRANSFERRED: "待受理", S.ACCEPTED: "审核", S.REVIEWED: "审批", S.DECIDED: "待办结", S.CONCLUDED: "待制证"}
_WHAT = {
    S.SUBMITTED: ("收件", "网上申办，核对材料后收件", "收件"),
    S.RECEIVED: ("中转", "收件后{transfer}内交到后台", "中转"),
    S.CERTIFICATE_MADE: ("登记待领", "证照已由单位制好，送到出件窗口", "登记"),
    S.READY: ("出件", "决定后{delivery}内送达", "出件"),
}
# Newest first; a case always has the last one.
_MILESTONES = (
    ("delivered_at", "出件"),
    ("concluded_at", "办结"),
    ("decided_at", "决定"),
    ("accepted_at", "受理"),
    ("received_at", "收件"),
    ("opened_at", "提交"),
)


def state_of(case: Case) -> dict[str, str]:
    label, tone = _STATES[CaseState(case.state)]
    return {"label": label, "tone": tone}


def applicant_of(case: Case) -> str:
    """Persons are masked in lists, bodies are not (T15)."""
    name = case.applicant.name
    return mask_name(name) if case.applicant.kind == ApplicantKind.NATURAL_PERSON else name


def chip(standing: Standing | None) -> dict[str, str] | None:
    return {"state": standing.state.value, "words": standing.words} if standing else None


def row(case: Case, today: date, rules: clocks.Rules) -> dict[str, Any]:
    """One row for hall/list.html and the window's own tables."""
    state = CaseState(case.state)
    what, why, button = _WHAT.get(state, ("", "", ""))
    limits = {kind.value: f" {rules.limit(kind, today).words}" for kind in (ClockKind.TRANSFER, ClockKind.DELIVERY)}
    url = reverse("case", args=[case.number])
    if state == S.SUBMITTED:
        action = f"{reverse('intake')}?case={case.number}"
    else:
        action = url
    return {
        "due": chip(standing_of_step(case, today, rules)),
        "what": what,
        "why": why.format(**limits),
        "name": case.version.name,
        "number": case.number,
        "url": url,
        "applicant": applicant_of(case),
        "unit": case.item.department.short_name,
        "state": state_of(case),
        **dict(zip(("at", "did"), latest(case), strict=True)),
        "handler": case.handler.name if case.handler else "",
        "next": {"label": button, "url": action} if button else None,
        "note": "请核对材料后收件" if state == S.SUBMITTED else "",
    }


def latest(case: Case) -> tuple[datetime, str]:
    """The last dated milestone of the case and what it is called; the steps between have no date of their own here."""
    reached = ((getattr(case, column), did) for column, did in _MILESTONES)
    return next((at, did) for at, did in reached if at)


def inbox_row(case: Case, today: date, rules: clocks.Rules) -> dict[str, Any]:
    """One row of the approver's inbox."""
    shown = row(case, today, rules)
    waiting = case.state == S.TRANSFERRED
    return {
        **shown,
        "stage": _STAGES.get(CaseState(case.state), ""),
        "tier": "",
        "received_at": case.received_at,
        "promised_on": case.promised.due_on if case.promised else None,
        "statutory_on": case.statutory.due_on if case.statutory else None,
        "note": f"{rules.limit(ClockKind.NOTICE, today).words}内须受理或一次性告知" if waiting else "",
    }


def rules_of(cases: Iterable[Case]) -> clocks.Rules | None:
    """The rules of the revision that the rows brought along; None when there are no rows and nothing is judged."""
    first = next(iter(cases), None)
    return clocks.rules_with(first) if first is not None else None


def by_urgency(cases: Iterable[Case], today: date, rules: clocks.Rules) -> list[tuple[Standing, Case]]:
    """Cases with what is due next, the most pressing first."""
    judged = [(standing, case) for case in cases if (standing := standing_of_step(case, today, rules))]
    return sorted(judged, key=lambda pair: (pair[0].due_on or date.max, pair[1].opened_at))
