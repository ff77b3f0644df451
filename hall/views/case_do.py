"""A verb on a page of its own: the head of the case, the form, what it would change, the power (face.md 3). Works without scripts."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.staff import Staff
from hall import policies, queries
from hall.config import outages
from hall.forms import ActForm, HandedForm
from hall.models import Case
from hall.states import VERBS
from hall.templatetags.face import case_short, day_weekday, faults
from hall.views import acts, rows
from hall.views.case_asks import asks_of, counted, lead_of, missing_of
from hall.views.case_parts import head_of, workspace_of
from hall.views.faults import later
from hall.views.refusals import refusal_parts
from hall.views.what_if import WHAT_IF, what_if
from supervision import clocks, log, moment
from supervision.refusals import NotFound, Refused


@require_http_methods(["GET", "HEAD", "POST"])
def case_do(request: HttpRequest, number: str, verb: str) -> HttpResponse:
    """GET shows the form; POST does it, or with verb=preview says what the clocks would say."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    if verb == "receive":
        return redirect(f"{reverse('intake')}?case={number}")
    if verb not in acts.ACTS or verb == acts.AT_ONCE:
        raise NotFound
    if request.method != "POST":
        return _page(request, staff, number, verb)
    if request.POST.get("verb") == "preview" and verb in WHAT_IF:
        typed = {name: value for name, value in request.POST.items() if name != "seq"}
        return _page(request, staff, number, verb, acts.form_of(verb)(initial=typed), preview=True)
    form = acts.form_of(verb)(request.POST)
    done = acts.press(verb, number, form, staff=staff, now=moment.now())
    if isinstance(done, Case):
        messages.success(request, acts.told(verb, done))
        return acts.onwards(verb, done)
    return _page(request, staff, number, verb, form, refused=done, status=done.status if done else 400)


def _page(
    request: HttpRequest,
    staff: Staff,
    number: str,
    verb: str,
    form: ActForm | None = None,
    *,
    refused: Refused | None = None,
    preview: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page with what was typed and what is to be put right. A refusal of the act is recorded; one that is only shown is not."""
    now = moment.now()
    case = queries.case_to_show(staff, number)
    verdict = policies.verdict_on(VERBS[verb], staff, case, now)
    bound = form is not None and form.is_bound
    if form is not None and bound:
        acts.typed_again(request, form, case.record_seq)
    shown = form or acts.form_of(verb)()
    shown.initial["seq"] = case.record_seq
    asks = asks_of(verb, case, staff, verdict)
    shown.show(**asks)
    context = {
        **_head(case, staff, verb, now),
        "form": shown if verdict.allowed or bound else None,
        "verb": verb,
        "button": acts.button(verb, verdict, why_url=""),
        "power": acts.power_of(verdict),
        "missing": missing_of(verb, case),
        "materials": _counted(shown, bound) if verdict.allowed or bound else None,
        "moves": what_if(verb, case, shown, now) if verb in WHAT_IF and verdict.allowed else None,
        "preview_url": acts.page_of(verb, number) if verb in WHAT_IF else "",
        "faults": [*faults(shown), *shown.row_faults()] if bound else [],
        "refusal": None,
        "refusal_title": "",
        "remedy_action": None,
    }
    if refused is None:
        return render(request, "hall/case_do.html", context, status=status)
    context |= refusal_parts(refused.refusal, acts.label_of(verb), number)
    answer = render(request, "hall/case_do.html", context, status=status)
    if isinstance(refused, outages.Unavailable):
        return later(answer, refused)
    log.denied(verb, log.Subject("hall_case", case.id), refused.refusal, actor=staff.actor, now=now)
    return answer


def _counted(form: ActForm, bound: bool) -> dict[str, Any] | None:
    return counted(form.awaited, form.counts, touched=bound) if isinstance(form, HandedForm) else None


def _head(case: Any, staff: Staff, verb: str, now: datetime) -> dict[str, Any]:
    today, rules = moment.local_date(now), clocks.rules_with(case)
    url, label = reverse("case", args=[case.number]), acts.label_of(verb)
    promised, statutory = rows.clocks_of(case, today, rules)
    told = [("承诺到期", promised), ("法定到期", statutory)]
    return {
        "crumb": [
            workspace_of(staff),
            {"label": f"办件 {case_short(case.number)}", "url": url},
            {"label": label, "url": ""},
        ],
        "case": head_of(case, staff, today, now, rules),
        "title": label,
        "lead": lead_of(verb, case, staff),
        "back": url,
        "action": acts.page_of(verb, case.number),
        "facts": [
            ("实施单位", case.item.department.short_name),
            ("承办人", case.handler.name if case.handler else None),
            *((term, day_weekday(clock.due_on, now) if clock.due_on else "停表中") for term, clock in told if clock),
        ],
    }
