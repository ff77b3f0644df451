"""首问登记: the register at a window, one question, and what the supervision office sees of all that are open (D45)."""

import uuid
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from authorization.staff import Staff
from catalog.models import Department
from hall import first_contacts, queries
from hall.actions import first_contact
from hall.config import outages
from hall.forms import ActForm, CloseForm, FirstContactForm, HandOnForm, ReasonForm, put_faults
from hall.models import FirstContact, FirstContactState
from hall.templatetags.face import faults
from hall.views.faults import later
from hall.views.marks import next_page, read_mark
from hall.views.refusals import refusal_parts
from supervision import log, moment
from supervision.masking import mask_name, mask_phone
from supervision.refusals import NotFound, Refused, Unusable

CLOSED = "closed"  # the tab of what was answered
RAIL = "first_contacts"
FORMS: dict[str, type[ActForm]] = {"close": CloseForm, "hand_on": HandOnForm}
LABELS = {"close": "登记答复并办结", "hand_on": "移交", "register": "登记"}
DONE = {"close": "已登记答复，这一条办结。", "hand_on": "已移交，以后由对方负责。"}
LOOK = "look"
SHORT = 60  # letters of a question that a list shows
EMPTY = {
    "": (
        "没有等着答复的咨询",
        "群众问到您，您就是首问责任人：在右边登记下来，当场答复的登记即办结；要以后答复的，会列在这里。",
    ),
    CLOSED: ("还没有答复过的咨询", "您负责的咨询答复以后，内容留在这里随时可查。"),
}
ALL_ANSWERED = ("没有未答复的咨询", "窗口登记的咨询，没有答复的都会列到这里，先问的在前。")


@require_http_methods(["GET", "HEAD", "POST"])
def window(request: HttpRequest) -> HttpResponse:
    """GET shows what this person answers for, beside the form; POST registers."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    if request.method != "POST":
        return _register_page(request, staff, FirstContactForm())
    form = FirstContactForm(request.POST)
    if not form.is_valid():
        return _register_page(request, staff, form, status=400)
    try:
        with outages.told():
            asked = first_contact.Question(**form.given())
            row = first_contact.register(asked, staff=staff, now=moment.now())
    except Unusable as refused:
        put_faults(form, refused.refusals)
        return _register_page(request, staff, form, status=400)
    except outages.Unavailable as outage:
        return later(_register_page(request, staff, form, refused=outage, status=outage.status), outage)
    is_open = row.state == FirstContactState.OPEN
    messages.success(request, "已登记，由您负责到答复为止。" if is_open else "已登记，当场答复，办结。")
    return redirect("first_contacts")


@require_safe
def supervision(request: HttpRequest) -> HttpResponse:
    """Every question without an answer, whoever answers for it; the oldest first."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    found = first_contacts.still_open(first_contacts.visible(staff), read_mark(request))
    context = _listed(request, found, ALL_ANSWERED) | {
        "title": "首问未答",
        "lead": "窗口登记、还没有答复的咨询，先问的在前",
    }
    return render(request, "hall/first_contacts.html", context | {"tabs": [], "form": None, "faults": []})


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """One question; who answers for it closes it or hands it over, and sees the phone for a reason that is recorded."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    verb = request.POST.get("verb", "")
    if request.method != "POST":
        return _page(request, staff, key)
    if verb == LOOK:
        return _look(request, staff, key)
    if verb not in FORMS:
        raise NotFound
    form, action = FORMS[verb](request.POST, auto_id=f"{verb}_%s"), getattr(first_contact, verb)
    first_contacts.to_show(staff, key)
    if not form.is_valid():
        return _page(request, staff, key, {verb: form}, status=400)
    try:
        with outages.told():
            action(key, staff=staff, now=moment.now(), **form.given())
    except Unusable as refused:
        form.refuse(refused.refusals)
        return _page(request, staff, key, {verb: form}, status=400)
    except Refused as refused:
        return _refused(request, staff, key, verb, form, refused)
    messages.success(request, DONE[verb])
    return redirect("first_contacts") if staff.is_clerk else redirect("first_contact", key)


# The register --------------------------------------------------------------------------------------------------------------
def _register_page(
    request: HttpRequest, staff: Staff, form: FirstContactForm, *, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    mine, tab = first_contacts.of_person(staff), CLOSED if request.GET.get("tab") == CLOSED else ""
    waiting = first_contacts.how_many_open(mine)
    request.counts = {RAIL: waiting}  # type: ignore[attr-defined]
    read: Callable[..., list[FirstContact]] = first_contacts.closed if tab else first_contacts.still_open
    form.show(list(Department.objects.order_by("number").values_list("number", "short_name")))
    context = _listed(request, read(mine, read_mark(request)), EMPTY[tab])
    context |= {
        "title": "首问登记",
        "lead": "谁先被问到，谁负责到底：登记、答复，或者说明理由移交",
        "tabs": [
            {"label": label, "count": count, "url": reverse("first_contacts") + query, "current": name == tab}
            for name, label, count, query in (("", "待答复", waiting, ""), (CLOSED, "已答复", None, f"?tab={CLOSED}"))
        ],
        "form": form,
        "faults": faults(form) if form.is_bound and form.errors else [],
    }
    if refused is not None:
        context |= refusal_parts(refused.refusal, LABELS["register"])
    return render(request, "hall/first_contacts.html", context, status=status)


def _listed(request: HttpRequest, found: Sequence[FirstContact], empty: tuple[str, str]) -> dict[str, Any]:
    today = moment.local_date(moment.now())
    return {
        "rows": [_row(row, today) for row in found[: queries.PAGE]],
        "next": next_page(request, found, "asked_at"),
        "empty": {"title": empty[0], "sentence": empty[1], "links": []},
        "refusal": None,
        "refusal_title": "",
        "remedy_action": None,
    }


def _row(row: FirstContact, today: date) -> dict[str, Any]:
    """A list masks the asker and shortens the question."""
    question, asker = first_contacts.plain(row, "question"), first_contacts.plain(row, "asker")
    return {
        "due": due_of(row, today),
        "question": question if len(question) <= SHORT else question[:SHORT] + "…",
        "url": reverse("first_contact", args=[row.id]),
        "item": row.item.sub_item if row.item else "",
        "asker": mask_name(asker) if asker else "",
        "led_to": row.led_to.short_name if row.led_to else "",
        "responsible": row.responsible.name,
        "asked_at": row.asked_at,
    }


def due_of(row: FirstContact, today: date) -> dict[str, str]:
    """How long until there must be an answer, in calendar days."""
    if row.answer_by is None or row.state == FirstContactState.CLOSED:
        return {"state": "done", "words": "已答复"}
    left = (row.answer_by - today).days
    if left < 0:
        return {"state": "late", "words": f"超答复期限 {-left} 日"}
    return {"state": "near", "words": "今天须答复"} if left == 0 else {"state": "calm", "words": f"剩 {left} 日"}


# One question --------------------------------------------------------------------------------------------------------------
def _page(
    request: HttpRequest,
    staff: Staff,
    key: uuid.UUID,
    typed: dict[str, ActForm] | None = None,
    *,
    look: ReasonForm | None = None,
    revealed: str = "",
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    row, now = first_contacts.to_show(staff, key), moment.now()
    today, phone = moment.local_date(now), first_contacts.plain(row, "phone")
    mine = row.responsible_id == staff.person_id
    forms = _forms(row, staff, today, typed or {}) if mine and row.state == FirstContactState.OPEN else {}
    context = {
        "row": {
            "due": due_of(row, today),
            "question": first_contacts.plain(row, "question"),
            "answer": first_contacts.plain(row, "answer"),
            "closed_at": row.closed_at,
        },
        "facts": _facts(row, revealed or mask_phone(phone)),
        "look": (look or ReasonForm(auto_id="look_%s")) if phone and mine and not revealed else None,
        "forms": [(verb, LABELS[verb], form) for verb, form in forms.items()],
        "back": _back(staff),
        "faults": [fault for form in (*forms.values(), look) if form and form.is_bound for fault in faults(form)],
        "refusal": None,
        "refusal_title": "",
        "remedy_action": None,
    }
    if refused is not None:
        context |= refusal_parts(refused.refusal)
    return render(request, "hall/first_contact.html", context, status=status)


def _forms(row: FirstContact, staff: Staff, today: date, typed: dict[str, ActForm]) -> dict[str, ActForm]:
    shown = {verb: typed.get(verb) or FORMS[verb](auto_id=f"{verb}_%s") for verb in FORMS}
    for form in shown.values():
        form.initial["seq"] = row.record_seq
    colleagues = first_contacts.colleagues(staff, today).values_list("person__username", "person__name")
    shown["hand_on"].offer("to", list(dict.fromkeys(colleagues)))
    return shown


def _facts(row: FirstContact, phone: str) -> list[tuple[str, Any]]:
    """The phone as this answer shows it: masked, or once in full."""
    reason = first_contacts.plain(row, "reason")
    told: list[tuple[str, Any]] = [
        ("咨询人", first_contacts.plain(row, "asker") or None),
        ("电话", phone or None),
        ("事项", row.item.sub_item if row.item else None),
        ("首问", f"{row.first_asked.name}，{row.window}"),
        ("现由谁负责", row.responsible.name),
        ("引导到", row.led_to.name if row.led_to else None),
        ("移交理由", reason),
    ]
    return [(term, value) for term, value in told if value != ""]


def _back(staff: Staff) -> dict[str, str]:
    if staff.is_clerk:
        return {"label": "首问登记", "url": reverse("first_contacts")}
    if staff.is_supervisor:
        return {"label": "首问未答", "url": reverse("supervision_first_contacts")}
    return {"label": "首页", "url": reverse("home")}


def _look(request: HttpRequest, staff: Staff, key: uuid.UUID) -> HttpResponse:
    """The phone in full, once, to who answers for the question; the record is written first (T15, T44)."""
    row, form = first_contacts.to_show(staff, key), ReasonForm(request.POST, auto_id="look_%s")
    if row.responsible_id != staff.person_id or row.phone is None:
        raise NotFound
    if not form.is_valid():
        return _page(request, staff, key, look=form, status=400)
    told = {"field": "phone", "reason": form.cleaned_data["reason"]}
    subject = log.Subject(first_contacts.TABLE, row.id)
    log.note("unmask", subject, actor=staff.actor, now=moment.now(), unit=staff.unit, facts=told)
    return _page(request, staff, key, revealed=first_contacts.plain(row, "phone"))


def _refused(
    request: HttpRequest, staff: Staff, key: uuid.UUID, verb: str, form: ActForm, refused: Refused
) -> HttpResponse:
    """The page as it now stands, with what was typed; the refusal is recorded about the question."""
    form.data = request.POST.copy()
    form.data["seq"] = str(first_contacts.to_show(staff, key).record_seq)
    answer = _page(request, staff, key, {verb: form}, refused=refused, status=refused.status)
    if isinstance(refused, outages.Unavailable):
        return later(answer, refused)
    subject = log.Subject(first_contacts.TABLE, key)
    log.denied(verb, subject, refused.refusal, actor=staff.actor, now=moment.now())
    return answer
