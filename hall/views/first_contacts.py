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
from hall.forms import ActForm, CloseForm, FirstContactForm, HandOnForm, ReasonForm, TakeOverForm, put_faults
from hall.models import FirstContact, FirstContactState
from hall.templatetags.face import faults
from hall.views.faults import later
from hall.views.marks import next_page, read_mark
from hall.views.refusals import refusal_parts
from supervision import log, moment
from supervision.masking import mask_name, mask_phone
from supervision.refusals import NotFound, Refused, Unusable

CLOSED = "closed"  # the tab of what was answered
UNATTENDED = "unattended"  # the tab of what waits to be taken over
RAIL = "first_contacts"
FORMS: dict[str, type[ActForm]] = {"close": CloseForm, "hand_on": HandOnForm, "take_over": TakeOverForm}
LABELS = {"close": "登记答复并办结", "hand_on": "移交", "take_over": "接手", "register": "登记"}
DONE = {
    "close": "已登记答复，这一条办结。",
    "hand_on": "已移交，以后由对方负责。",
    "take_over": "已接手，以后由您负责。",
}
LOOK = "look"
SHORT = 60  # letters of a question that a list shows
EMPTY = {
    "": (
        "没有等着答复的咨询",
        "群众问到您，您就是首问责任人：在右边登记下来，当场答复的登记即办结；要以后答复的，会列在这里。",
    ),
    UNATTENDED: (
        "没有等着接手的咨询",
        "负责的人账号停用或者不再任职的，没有答复的咨询列到这里，由在窗口值班的人接手。",
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
    today = moment.local_date(moment.now())
    found = first_contacts.still_open(first_contacts.visible(staff, today), read_mark(request), today)
    context = _listed(request, found, ALL_ANSWERED, today) | {
        "title": "首问未答",
        "lead": "窗口登记、还没有答复的咨询，先问的在前",
    }
    return render(request, "hall/first_contacts.html", context | {"tabs": [], "form": None, "faults": []})


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """One question; who answers for it closes it or hands it over, and sees the phone for a reason that is recorded. Where he is not
    there any more, whoever serves a window takes it over.
    """
    staff: Staff = request.staff  # type: ignore[attr-defined]
    verb = request.POST.get("verb", "")
    if request.method != "POST":
        return _page(request, staff, key)
    if verb == LOOK:
        return _look(request, staff, key)
    if verb not in FORMS:
        raise NotFound
    form, action = FORMS[verb](request.POST, auto_id=f"{verb}_%s"), getattr(first_contact, verb)
    first_contacts.to_show(staff, key, moment.local_date(moment.now()))
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
    asked, today = request.GET.get("tab", ""), moment.local_date(moment.now())
    tab = asked if asked in EMPTY else ""
    own, unattended = first_contacts.how_many_wait(staff, today)
    request.counts = {RAIL: own}  # type: ignore[attr-defined]
    read: Callable[..., list[Any]] = first_contacts.closed if tab == CLOSED else first_contacts.still_open
    rows = first_contacts.to_take_over(today) if tab == UNATTENDED else first_contacts.of_person(staff)
    tabs = (("", "待答复", own), (UNATTENDED, "待接手", unattended), (CLOSED, "已答复", None))
    form.show(list(Department.objects.order_by("number").values_list("number", "short_name")))
    context = _listed(request, read(rows, read_mark(request), today), EMPTY[tab], today)
    context |= {
        "title": "首问登记",
        "lead": "谁先被问到，谁负责到底：登记、答复，或者说明理由移交",
        "tabs": [
            {
                "label": label,
                "count": count,
                "url": reverse("first_contacts") + (f"?tab={name}" if name else ""),
                "current": name == tab,
            }
            for name, label, count in tabs
        ],
        "form": form,
        "faults": faults(form) if form.is_bound and form.errors else [],
    }
    if refused is not None:
        context |= refusal_parts(refused.refusal, LABELS["register"])
    return render(request, "hall/first_contacts.html", context, status=status)


def _listed(request: HttpRequest, found: Sequence[Any], empty: tuple[str, str], today: date) -> dict[str, Any]:
    return {
        "rows": [_row(row, today) for row in found[: queries.PAGE]],
        "next": next_page(request, found, "asked_at"),
        "empty": {"title": empty[0], "sentence": empty[1], "links": []},
        "refusal": None,
        "refusal_title": "",
        "remedy_action": None,
    }


def _row(row: Any, today: date) -> dict[str, Any]:
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
        "is_unattended": row.is_unattended,
        "asked_at": row.asked_at,
    }


def due_of(row: FirstContact, today: date) -> dict[str, str]:
    """How long until there must be an answer, in calendar days; of an answer, by how many it came late (by local dates)."""
    if row.answer_by is None:
        return {"state": "done", "words": "已答复"}
    if row.closed_at is not None:
        over = (moment.local_date(row.closed_at) - row.answer_by).days
        return {"state": "late", "words": f"逾期 {over} 日答复"} if over > 0 else {"state": "done", "words": "已答复"}
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
    today = moment.local_date(moment.now())
    row = first_contacts.to_show(staff, key, today)
    phone, mine = first_contacts.plain(row, "phone"), row.responsible_id == staff.person_id
    forms = _forms(row, staff, today, typed or {})
    context = {
        "row": {
            "due": due_of(row, today),
            "question": first_contacts.plain(row, "question"),
            "answer": first_contacts.plain(row, "answer"),
            "closed_at": row.closed_at,
        },
        "facts": _facts(row, staff, revealed or mask_phone(phone)),
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


def _verbs(row: Any, staff: Staff) -> tuple[str, ...]:
    """What this person may do with the question as it stands."""
    if row.state == FirstContactState.CLOSED:
        return ()
    if row.responsible_id == staff.person_id:
        return "close", "hand_on"
    return ("take_over",) if row.is_unattended and staff.is_clerk else ()


def _forms(row: Any, staff: Staff, today: date, typed: dict[str, ActForm]) -> dict[str, ActForm]:
    shown = {verb: typed.get(verb) or FORMS[verb](auto_id=f"{verb}_%s") for verb in _verbs(row, staff)}
    for form in shown.values():
        form.initial["seq"] = row.record_seq
    if "hand_on" in shown:
        colleagues = first_contacts.colleagues(staff, today).values_list("person__username", "person__name")
        shown["hand_on"].offer("to", list(dict.fromkeys(colleagues)))
    return shown


def _facts(row: Any, staff: Staff, phone: str) -> list[tuple[str, Any]]:
    """The phone as this answer shows it: masked, or once in full. Who might take the question over reads the asker masked until then."""
    asker, responsible = first_contacts.plain(row, "asker"), row.responsible.name
    is_concerned = staff.is_supervisor or staff.person_id in (row.first_asked_id, row.responsible_id)
    reasons = first_contacts.plain_reasons(row)
    told: list[tuple[str, Any]] = [
        ("咨询人", (asker if is_concerned else mask_name(asker)) if asker else None),
        ("电话", phone or None),
        ("事项", row.item.sub_item if row.item else None),
        ("首问", f"{row.first_asked.name}，{row.window}"),
        ("现由谁负责", f"{responsible}（已不在岗，待接手）" if row.is_unattended else responsible),
        ("引导到", row.led_to.name if row.led_to else None),
    ]
    return told + [(f"第 {n} 次移交、接手理由", reason) for n, reason in enumerate(reasons, 1)]


def _back(staff: Staff) -> dict[str, str]:
    if staff.is_clerk:
        return {"label": "首问登记", "url": reverse("first_contacts")}
    if staff.is_supervisor:
        return {"label": "首问未答", "url": reverse("supervision_first_contacts")}
    return {"label": "首页", "url": reverse("home")}


def _look(request: HttpRequest, staff: Staff, key: uuid.UUID) -> HttpResponse:
    """The phone in full, once, to who answers for the question; the record is written first (T15, T44)."""
    row = first_contacts.to_show(staff, key, moment.local_date(moment.now()))
    form = ReasonForm(request.POST, auto_id="look_%s")
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
    shown = first_contacts.to_show(staff, key, moment.local_date(moment.now()))
    form.data["seq"] = str(shown.record_seq)
    answer = _page(request, staff, key, {verb: form}, refused=refused, status=refused.status)
    if isinstance(refused, outages.Unavailable):
        return later(answer, refused)
    subject = log.Subject(first_contacts.TABLE, key)
    log.denied(verb, subject, refused.refusal, actor=staff.actor, now=moment.now())
    return answer
