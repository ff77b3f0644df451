"""The case page: what stands, the days, the way, the papers, and what this post may do now by which letter line (mock 05)."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from authorization.staff import Staff
from hall import policies, queries
from hall.config import outages
from hall.forms import ActForm
from hall.models import Case, DeliveryWay
from hall.states import VERBS, CaseState
from hall.templatetags.face import faults
from hall.views import acts
from hall.views.case_parts import Page, complete, gather, masked_value
from hall.views.faults import later
from hall.views.refusals import refusal_parts
from supervision import log, moment
from supervision.refusals import Refusal, Refused

S = CaseState
TITLES = {
    "review": "我的审核意见",
    "grant": "我的审批意见",
    "hand_out": "出件",
    "send_by_courier": "寄出",
    "confirm_courier": "登记妥投",
    "deliver_electronically": "电子送达",
    "resume": "特别程序的结果",
    "give_opinion": "我的会办意见",
    acts.AT_ONCE: "当场办结",
}
# What leads on when the ordinary step has to wait: by the code that says why.
_INSTEAD = {
    "paused": ("resume",),
    "gaps_open": ("supply_gaps",),
    "gaps_lapsed": ("refuse",),
    "declaration_untrue": ("confirm_rectification", "revoke"),
    "material_missing": ("accept_with_gaps", "request_corrections"),
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
    if verdict is not None and verdict.allowed:
        verdict = complete(verdict, queries.materials_of(shown))
    if verdict is None or verdict.refusal is None:
        return redirect("case", number)
    context = refusal_parts(verdict.refusal, verdict.verb.label, number)
    return render(request, "hall/_refusal.html" if request.headers.get("HX-Request") else "hall/refusal.html", context)


def _act(request: HttpRequest, staff: Staff, number: str, verb: str) -> HttpResponse:
    """Four moves: the form, one action, the answer. What was typed stays when the action refuses."""
    if verb == "receive":
        return redirect(f"{reverse('intake')}?case={number}")
    if verb in acts.ACTS and verb not in acts.ON_CASE_PAGE:
        return redirect("case_do", number, verb)
    form = acts.form_of(verb)(request.POST)
    done = acts.press(verb, number, form, staff=staff, now=moment.now())
    if isinstance(done, Case):
        messages.success(request, acts.told(verb, done))
        return acts.onwards(verb, done)
    return _again(request, staff, number, verb, form, done)


def _again(
    request: HttpRequest, staff: Staff, number: str, verb: str, form: ActForm, refused: Refused | None
) -> HttpResponse:
    """The page as it now stands, with what was typed and what is to be put right; a refusal is recorded."""
    shown = queries.case_to_show(staff, number)
    page = gather(staff, shown, moment.now())
    acts.typed_again(request, form, shown.record_seq)
    same_step = _main(page, staff)[0] == verb
    context = _context(page, staff, form if same_step else None)
    if refused is None:
        return render(request, "hall/case.html", context, status=400)
    refusal = refused.refusal if same_step else _with_typed(refused.refusal, form)
    context |= refusal_parts(refusal, acts.label_of(verb), number)
    answer = render(request, "hall/case.html", context, status=refused.status)
    if isinstance(refused, outages.Unavailable):
        return later(answer, refused)
    log.denied(verb, log.Subject("hall_case", shown.id), refused.refusal, actor=staff.actor, now=moment.now())
    return answer


def _with_typed(refusal: Refusal, form: ActForm) -> Refusal:
    """The case has moved on and its form is gone; what was typed for it stands in the refusal, to be copied."""
    typed = tuple(
        (f"您写的{form[name].label}", value) for name, value in form.cleaned_data.items() if name != "seq" and value
    )
    return replace(refusal, facts=(*refusal.facts, *typed))


def _context(page: Page, staff: Staff, form: ActForm | None = None) -> dict[str, Any]:
    return {
        **page.parts,
        "act": _act_panel(page, staff, form),
        "faults": faults(form) if form is not None and form.errors else [],
        "refusal": None,
        "refusal_title": "",
        "remedy_action": None,
    }


def _main(page: Page, staff: Staff) -> tuple[str, policies.Verdict | None]:
    """What the one primary button does: settles an 即办件 at once, answers another unit's question, takes the ordinary next step,
    or does what must come before it.
    """
    verdict = page.verdict
    if page.settling is not None and not (verdict and verdict.refusal and verdict.refusal.code == "material_missing"):
        return acts.AT_ONCE, policies.Verdict(VERBS["conclude"], page.settling, None)
    offered = {other.verb.name: other for other in page.offered if other.allowed}
    asked = offered.get("give_opinion")
    if asked is not None and staff.department_id != page.case.department_id:
        return "give_opinion", asked
    if verdict is not None and verdict.refusal is not None:
        for name in _INSTEAD.get(verdict.refusal.code, ()):
            if name in offered and (name != "accept_with_gaps" or page.only_gaps):
                return name, offered[name]
    return (verdict.verb.name if verdict else ""), verdict


def _act_panel(page: Page, staff: Staff, form: ActForm | None) -> dict[str, Any] | None:
    name, verdict = _main(page, staff)
    if verdict is None or staff.is_supervisor:
        others = _others(page, "")
        return _without_next_step(others) if others and not staff.is_supervisor else None
    shown = page.case
    here = name in acts.ON_CASE_PAGE
    open_ = verdict.allowed or form is not None
    asked = (form or acts.form_of(name)(initial={"seq": shown.record_seq})) if here and open_ else None
    return {
        "title": TITLES.get(name, "下一步"),
        "tail": "",
        "intro": _intro(name, page) if verdict.allowed else "",
        "action": reverse("case", args=[shown.number]),
        "form": asked,
        "verbs": _buttons(page, name, verdict, here=here),
        "power": acts.power_of(verdict),
        "others": _others(page, name),
    }


def _without_next_step(others: list[dict[str, str]]) -> dict[str, Any]:
    """Nothing is ordinarily done with this case any more, but something may be."""
    return {
        "title": "还可以办",
        "tail": "",
        "intro": "",
        "action": "",
        "form": None,
        "verbs": [],
        "power": [],
        "others": others,
    }


def _buttons(page: Page, name: str, verdict: policies.Verdict, *, here: bool) -> list[dict[str, Any]]:
    """The primary one, and beneath it the ordinary step that has to wait, with its reason."""
    number = page.case.number
    why_url = reverse("case_why", args=[number])
    main = acts.button(
        name, verdict, why_url=why_url, url="" if here or name == "receive" else acts.page_of(name, number)
    )
    if page.case.state == S.SUBMITTED and name == "receive":
        main["label"] = "核对材料并收件"
    waiting = page.verdict
    before_it = {verb for verbs in _INSTEAD.values() for verb in verbs}
    if waiting is None or waiting.allowed or name not in before_it:
        return [main]
    return [main, acts.button(waiting.verb.name, waiting, why_url=why_url, primary=False)]


def _others(page: Page, main: str) -> list[dict[str, str]]:
    """其他办法: what else this person may do, each on its own page; what is closed says why."""
    offered = list(page.offered)
    if main == acts.AT_ONCE and page.verdict is not None and page.verdict.allowed:
        offered.insert(0, page.verdict)
    return [
        {
            "label": other.verb.label,
            "url": acts.page_of(other.verb.name, page.case.number),
            "reason": other.refusal.sentence if other.refusal else "",
        }
        for other in offered
        if other.verb.name != main
    ]


def _intro(verb: str, page: Page) -> str:
    shown = page.case
    if verb == "give_opinion":
        return page.question
    if verb not in ("hand_out", "send_by_courier", "confirm_courier", "deliver_electronically"):
        return ""
    known = "、".join(name for name in (shown.applicant.name, shown.applicant.contact_name) if name)
    ways = {DeliveryWay.COURIER: "邮寄", DeliveryWay.ELECTRONIC: "电子送达"}
    if shown.applicant.postal_recipient and verb in ("send_by_courier", "confirm_courier"):
        known += f"、{masked_value(shown, 'postal_recipient')}（指定的收件人）"
    return f"出件方式：{ways.get(DeliveryWay(shown.delivery_way), '窗口领取')}。可以领取的人：{known}。"
