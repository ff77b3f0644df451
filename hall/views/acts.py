"""Pressing the button of a verb, the same on the case page and on the verb's own page: form, one action, the answer."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from authorization.letters import CounterAct, Stage
from authorization.models import LetterLine
from authorization.staff import Staff
from hall import actions, policies
from hall.config import outages
from hall.forms import ACT_FORMS, ActForm
from hall.models import Case
from hall.states import APPLICANT, BY_LAW, VERBS
from hall.templatetags.face import full_day
from supervision.refusals import NotFound, Refused, Unusable

AT_ONCE = "settle_at_once"
ACTS: dict[str, Any] = {
    name: getattr(actions, name)
    for name in (*(verb.name for verb in VERBS.values() if verb.power not in (APPLICANT, BY_LAW)), AT_ONCE)
    if name != "receive"  # has the intake for its page
}
# These stand on the case page itself, where they are the ordinary next step; all others have a page of their own.
ON_CASE_PAGE = frozenset(
    {"transfer", "accept", "review", "grant", "conclude", "make_certificate", "make_ready", "hand_out", AT_ONCE}
    | {"send_by_courier", "confirm_courier", "deliver_electronically", "resume", "give_opinion"}
)
DONE = {
    "transfer": "已中转到{unit}{section}，流转凭证正在打印。",
    "accept": "已受理，通知书正在打印。",
    "accept_with_gaps": "已容缺受理，通知书和承诺书正在打印，请申请人签字。",
    "accept_on_declaration": "已按告知承诺受理，通知书和承诺书正在打印，请申请人签字。",
    "request_corrections": "一次性告知书正在打印，请送达申请人。",
    "take_corrections": "已收补正，凭证正在打印；告知期限今天重新起算。",
    "supply_gaps": "容缺材料已收齐，凭证正在打印。",
    "decline": "已不予受理，通知书正在打印。",
    "not_required": "已告知无需许可，告知书正在打印。",
    "send_back": "已退回窗口。",
    AT_ONCE: "已当场办结，通知书和决定书正在打印。",
    "review": "已送审批。",
    "countersign": "已共同核查并签名。",
    "return_for_review": "已退回重新审核。",
    "grant": "已准予，决定书正在打印。",
    "refuse": "已不予许可，决定书正在打印。",
    "forward_up": "已转报上级。",
    "pause": "已停表，告知书正在打印，请送达申请人。",
    "resume": "已登记结果，明天起继续计时。",
    "extend": "已批准延期，通知书正在打印，请送达申请人。",
    "ask_opinion": "已征求会办意见，函件正在打印。",
    "give_opinion": "已回复会办意见。",
    "charge": "缴费通知书正在打印。",
    "hand_over": "已移交承办人。",
    "take_back": "已收回，由您承办。",
    "conclude": "已办结。",
    "make_certificate": "证照正在打印，请送出件窗口。",
    "make_ready": "已登记待领，申请人可以来取。",
    "send_by_courier": "已登记寄出。",
    "confirm_courier": "已登记妥投，送达回证正在打印。",
    "deliver_electronically": "已电子送达，送达回证正在打印。",
    "hand_out": "已出件，送达回证正在打印，请领取人签字。",
    "post_check": "已登记承诺属实。",
    "order_rectification": "已责令限期改正，通知书正在打印，请送达申请人。",
    "confirm_rectification": "已登记改正，可以接着往下办。",
    "revoke": "已撤销准予的决定，决定书正在打印，请送达申请人。",
    "acknowledge": "已签收审管信息。",
    "withdraw": "已登记撤回，告知书正在打印。",
    "void": "已作废，告知书正在打印；办件和记录都保留。",
}


def label_of(verb: str) -> str:
    """What the verb's button says."""
    return "当场办结" if verb == AT_ONCE else policies.label_of(verb)


def form_of(verb: str) -> type[ActForm]:
    return ACT_FORMS.get(verb, ActForm)


def press(verb: str, number: str, form: ActForm, *, staff: Staff, now: datetime) -> Case | Refused | None:
    """Do it, once the form can be read. Gives the case as it then stands, what was refused, or None where the form is at fault."""
    if verb not in ACTS:
        raise NotFound
    if not form.is_valid():
        return None
    try:
        with outages.told():
            done: Case = ACTS[verb](number, staff=staff, now=now, **form.given())
    except Unusable as refused:
        form.refuse(refused.refusals)
        return None
    except Refused as refused:
        return refused
    return done


def onwards(verb: str, done: Case) -> HttpResponse:
    """Back to the case; who has answered for another unit sees it no more (D150) and goes on with the next question."""
    return redirect("inbox_opinions") if verb == "give_opinion" else redirect("case", done.number)


def told(verb: str, done: Case) -> str:
    """What has happened, for the next page."""
    unit = done.item.department
    return DONE[verb].format(unit=unit.short_name, section=unit.section.name)


def typed_again(request: HttpRequest, form: ActForm, seq: int) -> None:
    """The form that comes back knows the case as this page shows it, so that the next try is not stale again."""
    form.data = request.POST.copy()
    form.data["seq"] = str(seq)


def button(
    verb: str, verdict: policies.Verdict, *, why_url: str, primary: bool = True, url: str = ""
) -> dict[str, Any]:
    """The inputs of components/verb.html. With `url` the button leads to the page of the verb."""
    refusal = verdict.refusal
    return {
        "name": verb,
        "label": label_of(verb),
        "primary": primary,
        "allowed": verdict.allowed,
        "url": url,
        "note": "",
        "reason": refusal.sentence if refusal else "",
        "why_url": why_url if refusal else "",
    }


def page_of(verb: str, number: str) -> str:
    return reverse("case_do", args=[number, verb])


def power_of(verdict: policies.Verdict) -> list[tuple[str, str]]:
    return [("授权依据", power_in_words(verdict.line))] if verdict.line else []


def power_in_words(line: LetterLine) -> str:
    """遂卫授〔2026〕1号 第 9 行，股室：受理、审核、办结；自2026年1月1日起有效。"""
    names = {**dict(Stage.choices), **dict(CounterAct.choices)}
    powers = "、".join(str(names[power]) for power in line.powers)
    since = full_day(line.letter.valid_during.lower)
    tier = f"，{line.get_tier_display()}" if line.tier else ""
    return f"{line.letter.number} 第 {line.seq} 行{tier}：{powers}；自{since}起有效。"
