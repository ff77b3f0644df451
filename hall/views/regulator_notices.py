"""审管衔接: what was told to this person's unit as the regulator, what of it waits for a signature, and signing for it (D158)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.staff import Staff
from hall import actions, queries, regulator_notices
from hall.config import outages
from hall.models import RegulatorNotice
from hall.standing import facts_of
from hall.states import VERBS
from hall.templatetags.face import case_short
from hall.views import rows
from hall.views.faults import later
from hall.views.marks import next_page, read_mark
from hall.views.refusals import refusal_parts
from supervision import clocks, log, moment
from supervision.judging import judge
from supervision.models import Clock
from supervision.refusals import NotFound, Refused

VERB = VERBS["acknowledge"]
SIGNED = "acknowledged"  # the tab of what was signed for
EMPTY = {
    "": ("没有等着签收的审管信息", "准予的许可由本单位监管的，决定后会推送到这里；看过内容再签收，签收的时间有期限。"),
    SIGNED: ("还没有签收过审管信息", "签收以后，内容留在这里随时可查。"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """GET lists, POST signs for one notice: its case's number and its round."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    if request.method != "POST":
        return _list(request, staff)
    number, told = request.POST.get("number", ""), request.POST.get("round", "")
    if not (told.isascii() and told.isdigit() and len(told) < 5):
        raise NotFound
    now = moment.now()
    try:
        with outages.told():
            actions.acknowledge(number, staff=staff, now=now, round=int(told))
    except Refused as refused:
        return _refused(request, staff, number, refused)
    messages.success(request, f"已签收办件 {case_short(number)} 的审管信息。")
    return redirect("regulator_notices")


def _refused(request: HttpRequest, staff: Staff, number: str, refused: Refused) -> HttpResponse:
    """The list as it now stands, with why; recorded about the case, which his unit was told of."""
    answer = _list(request, staff, refusal_parts(refused.refusal, VERB.label), refused.status)
    if isinstance(refused, outages.Unavailable):
        return later(answer, refused)
    of_case = regulator_notices.told_to(staff).filter(case__number=number).values_list("case_id", flat=True).first()
    table, key = ("hall_case", of_case) if of_case else ("authorization_person", staff.person_id)
    log.denied(VERB.name, log.Subject(table, key), refused.refusal, actor=staff.actor, now=moment.now())
    return answer


def _list(request: HttpRequest, staff: Staff, refusal: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """Three statements: how many wait, the rows, their clocks."""
    tab = SIGNED if request.GET.get("tab") == SIGNED else ""
    read = regulator_notices.acknowledged if tab else regulator_notices.waiting
    waiting = regulator_notices.how_many_wait(staff)
    request.counts = {regulator_notices.TAB: waiting}  # type: ignore[attr-defined]
    found = read(staff, read_mark(request))
    title, sentence = EMPTY[tab]
    context = {
        "tabs": [
            {"label": label, "count": count, "url": reverse("regulator_notices") + query, "current": name == tab}
            for name, label, count, query in (("", "待签收", waiting, ""), (SIGNED, "已签收", None, f"?tab={SIGNED}"))
        ],
        "signed": bool(tab),
        "rows": _rows(found[: queries.PAGE], staff),
        "next": next_page(request, found, "told_at"),
        "empty": {"title": title, "sentence": sentence, "links": []},
        "refusal": None,
        "refusal_title": "",
        "remedy_action": None,
    }
    return render(request, "hall/regulator_notices.html", context | (refusal or {}), status=status)


def _rows(found: Sequence[Any], staff: Staff) -> list[dict[str, Any]]:
    if not found:
        return []
    today, rules = moment.local_date(moment.now()), clocks.rules_with(found[0])
    running = regulator_notices.clocks_of(found)
    return [_row(told, running.get((told.case_id, told.round)), staff, today, rules) for told in found]


def _row(told: RegulatorNotice, clock: Clock | None, staff: Staff, today: date, rules: clocks.Rules) -> dict[str, Any]:
    """The holder stands as the public decision names him; the case itself opens only to who may see it."""
    case: Any = told.case
    own = case.department_id == staff.department_id
    return {
        "due": due_of(clock, today, rules),
        "name": case.version.name,
        "number": case.number,
        "url": reverse("case", args=[case.number]) if own else "",
        "round": told.round,
        "holder": case.applicant.name,
        "kind": told.get_kind_display(),
        "decided_on": told.decided_on,
        "document": told.document_number,
        "unit": case.item.department.short_name,
        "told_at": told.told_at,
        "acknowledged_at": told.acknowledged_at,
        "person": told.person.name if told.person else "",
    }


def due_of(clock: Clock | None, today: date, rules: clocks.Rules) -> dict[str, str] | None:
    """By when it is to be signed for, or whether that was in time."""
    if clock is None:
        return None
    return rows.chip(judge(facts_of(clock), today, calendar=rules.calendar, near=rules.near(today)))
