"""The case page: what stands, the days, the way, the papers, and what this post may do now by which letter line (mock 05)."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from authorization.letters import CounterAct, Stage
from authorization.models import LetterLine
from authorization.staff import Staff
from hall import actions, policies, queries
from hall.config import outages
from hall.forms import ACT_FORMS, ActForm, put_faults
from hall.models import Case, DeliveryWay
from hall.states import CaseState
from hall.templatetags.face import faults, full_day
from hall.views.case_parts import Page, gather
from hall.views.faults import later
from hall.views.refusals import refusal_parts
from supervision import log, moment
from supervision.refusals import NotFound, Refusal, Refused, Unusable

S = CaseState
ACTS = {
    "transfer": actions.transfer,
    "accept": actions.accept,
    "review": actions.review,
    "grant": actions.grant,
    "conclude": actions.conclude,
    "make_certificate": actions.make_certificate,
    "make_ready": actions.make_ready,
    "hand_out": actions.hand_out,
}
TITLES = {"review": "我的审核意见", "grant": "我的审批意见", "hand_out": "出件"}
DONE = {
    "transfer": "已中转到{unit}{section}，流转凭证正在打印。",
    "accept": "已受理，通知书正在打印。",
    "review": "已送审批。",
    "grant": "已准予，决定书正在打印。",
    "conclude": "已办结。",
    "make_certificate": "证照正在打印，请送出件窗口。",
    "make_ready": "已登记待领，申请人可以来取。",
    "hand_out": "已出件，送达回证正在打印，请领取人签字。",
}


@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, number: str) -> HttpResponse:
    staff: Staff = request.staff  # type: ignore[attr-defined]
    if request.method != "POST":
        shown = queries.case_to_show(staff, number)
        return render(request, "hall/case.html", _context(gather(staff, shown, moment.now()), staff))
    return _act(request, staff, number, request.POST.get("verb", ""))


@require_safe
def why(request: HttpRequest, number: str) -> HttpResponse:
    """Why the next step is closed to this post: a page, or a dialog for htmx (mock 13c)."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    shown = queries.case_to_show(staff, number)
    verdict = policies.next_step(staff, shown, moment.now())
    if verdict is None or verdict.refusal is None:
        return redirect("case", number)
    context = refusal_parts(verdict.refusal, verdict.verb.label, number)
    return render(request, "hall/_refusal.html" if request.headers.get("HX-Request") else "hall/refusal.html", context)


def _act(request: HttpRequest, staff: Staff, number: str, verb: str) -> HttpResponse:
    """Four moves: the form, one action, the answer. What was typed stays when the action refuses."""
    if verb == "receive":
        return redirect(f"{reverse('intake')}?case={number}")
    action = ACTS.get(verb)
    if action is None:
        raise NotFound
    form = _form_of(verb)(request.POST)
    if not form.is_valid():
        return _again(request, staff, number, verb, form)
    try:
        with outages.told():
            done = action(number, staff=staff, now=moment.now(), **form.given())  # type: ignore[operator]
    except Unusable as refused:
        put_faults(form, refused.refusals)
        return _again(request, staff, number, verb, form)
    except Refused as refused:
        return _again(request, staff, number, verb, form, refused)
    section = done.item.department.section.name
    messages.success(request, DONE[verb].format(unit=done.item.department.short_name, section=section))
    return redirect("case", number)


def _again(
    request: HttpRequest, staff: Staff, number: str, verb: str, form: ActForm, refused: Refused | None = None
) -> HttpResponse:
    """The page as it now stands, with what was typed and what is to be put right; a refusal is recorded.

    The form that comes back knows the case as this page shows it, so that the next try is not stale again.
    """
    shown = queries.case_to_show(staff, number)
    page = gather(staff, shown, moment.now())
    form.data = request.POST.copy()
    form.data["seq"] = str(shown.record_seq)
    same_step = page.verdict is not None and page.verdict.verb.name == verb
    context = _context(page, staff, form if same_step else None)
    if refused is not None:
        subject = log.Subject("hall_case", shown.id)
        label = policies.label_of(verb)
        context |= refusal_parts(refused.refusal if same_step else _with_typed(refused.refusal, form), label, number)
        answer = render(request, "hall/case.html", context, status=refused.status)
        if isinstance(refused, outages.Unavailable):
            return later(answer, refused)
        log.denied(verb, subject, refused.refusal, actor=staff.actor, now=moment.now())
        return answer
    return render(request, "hall/case.html", context, status=400)


def _with_typed(refusal: Refusal, form: ActForm) -> Refusal:
    """The case has moved on and its form is gone; what was typed for it stands in the refusal, to be copied."""
    typed = tuple(
        (f"您写的{form[name].label}", value) for name, value in form.given().items() if name != "seq" and value
    )
    return replace(refusal, facts=(*refusal.facts, *typed))


def _form_of(verb: str) -> type[ActForm]:
    return ACT_FORMS.get(verb, ActForm)


def _context(page: Page, staff: Staff, form: ActForm | None = None) -> dict[str, Any]:
    act = _act_panel(page, staff, form)
    return {
        **page.parts,
        "act": act,
        "faults": faults(form) if form is not None and form.errors else [],
        "refusal": None,
        "refusal_title": "",
        "remedy_action": None,
    }


def _act_panel(page: Page, staff: Staff, form: ActForm | None) -> dict[str, Any] | None:
    verdict, shown = page.verdict, page.case
    if verdict is None or staff.is_supervisor:
        return None
    verb = verdict.verb
    refusal = verdict.refusal
    button = {
        "name": verb.name,
        "label": "核对材料并收件" if shown.state == S.SUBMITTED else verb.label,
        "primary": True,
        "allowed": verdict.allowed,
        "note": "",
        "reason": refusal.sentence if refusal else "",
        "why_url": reverse("case_why", args=[shown.number]) if refusal else "",
    }
    asked = form or _form_of(verb.name)(initial={"seq": shown.record_seq})
    return {
        "title": TITLES.get(verb.name, "下一步"),
        "tail": "",
        "intro": _intro(verb.name, shown) if verdict.allowed else "",
        "action": reverse("case", args=[shown.number]),
        "form": asked if verdict.allowed or form is not None else None,
        "verbs": [button],
        "power": [("授权依据", power_in_words(verdict.line))] if verdict.line else [],
    }


def _intro(verb: str, shown: Case) -> str:
    if verb == "hand_out":
        known = "、".join(name for name in (shown.applicant.name, shown.applicant.contact_name) if name)
        way = "邮寄" if shown.delivery_way == DeliveryWay.COURIER else "窗口领取"
        return f"出件方式：{way}。可以领取的人：{known}。"
    return ""


def power_in_words(line: LetterLine) -> str:
    """遂卫授〔2026〕1号 第 9 行，股室：受理、审核、办结；自2026年1月1日起有效。"""
    names = {**dict(Stage.choices), **dict(CounterAct.choices)}
    powers = "、".join(str(names[power]) for power in line.powers)
    since = full_day(line.letter.valid_during.lower)
    tier = f"，{line.get_tier_display()}" if line.tier else ""
    return f"{line.letter.number} 第 {line.seq} 行{tier}：{powers}；自{since}起有效。"
