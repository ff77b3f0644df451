"""New intake: find the item, who applies, count the materials, receive (mock 03). The server works out what can be done now."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authorization import power
from authorization.letters import CounterAct
from authorization.staff import Staff
from catalog import queries as catalog
from catalog.models import ItemVersion
from hall import actions, materials, policies, queries, receivable
from hall.config import outages
from hall.forms import ApplicantForm, MaterialsForm, put_faults
from hall.models import Case
from hall.states import VERBS, CaseState
from hall.templatetags.face import case_short, faults
from hall.views.case_parts import masked_value
from hall.views.faults import later
from hall.views.intake_parts import found_row, material_rows, outcome_of
from supervision import clocks, log, moment
from supervision.refusals import NotFound, Refusal, Refused, Unusable

FOUND = 12


@require_http_methods(["GET", "HEAD", "POST"])
def intake(request: HttpRequest) -> HttpResponse:
    """GET searches or chooses; POST receives, or with verb=preview shows the page as it would be."""
    if request.method == "POST":
        return (
            _receive(request)
            if request.POST.get("verb") != "preview"
            else _page(request, _Intake(request, request.POST))
        )
    return _page(request, _Intake(request, None))


@require_safe
def items(request: HttpRequest) -> HttpResponse:
    """The found items alone, for the search field."""
    desk = _Intake(request, None)
    return render(request, "hall/_items.html", {"q": desk.q, "items": desk.found(), "chosen": None})


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What can be done now with the form as it stands."""
    desk = _Intake(request, request.POST)
    if desk.version is None:
        raise NotFound
    return render(
        request, "hall/_outcome.html", {"outcome": desk.outcome(), "materials": desk.materials(), "swap": True}
    )


class _Intake:
    """One intake on its way: the item chosen, the form as typed, the counts as typed."""

    def __init__(self, request: HttpRequest, data: QueryDict | None) -> None:
        self.staff: Staff = request.staff  # type: ignore[attr-defined]
        self.now: datetime = moment.now()
        self.data = data
        self.q = request.GET.get("q", "").strip()[:100]
        self.case = self._submitted(request.GET.get("case", ""))
        key = self.case.item.key if self.case else (data or request.GET).get("item", "")
        self.version: Any = self._version(key) if key else None
        self.form = self._form() if self.version and not self.case else None
        seqs = [row.seq for row in receivable.asked_of(self.version)] if self.version else []
        self.counts = MaterialsForm(data if data is not None else self._handed_online(), seqs)
        self.faulty: list[dict[str, str]] = []

    def _submitted(self, number: str) -> Case | None:
        """A case filed online that is to be received now."""
        if not number:
            return None
        case = queries.case_to_show(self.staff, number)
        return case if case.state == CaseState.SUBMITTED else None

    def _version(self, key: str) -> ItemVersion | None:
        claim = policies.claim_at_window(CounterAct.RECEIVE, self.staff)
        return receivable.version_to_receive(_key(key), claim, self.now)

    def _form(self) -> ApplicantForm:
        serves = set(self.version.serves)
        person = "natural_person" in serves or not serves
        kind = "natural_person" if person else "enterprise"
        return ApplicantForm(self.data, initial={"kind": kind, "delivery_way": "counter"})

    def _handed_online(self) -> dict[str, str]:
        """What was filed online stands in the counts, to be checked against the papers."""
        if self.case is None:
            return {}
        rows = queries.materials_of(self.case)
        return {
            f"{column}-{row.requirement.seq}": str(int(getattr(row, column)))
            for row in rows
            for column in MaterialsForm.COLUMNS
        }

    def found(self) -> list[dict[str, Any]] | None:
        if not self.q:
            return None
        claim = policies.claim_at_window(CounterAct.RECEIVE, self.staff)
        versions = catalog.search(self.q, moment.local_date(self.now)).prefetch_related("fees")
        marked = list(receivable.may_be_received(versions, claim, self.now)[:FOUND])
        windows = receivable.dedicated_windows() if marked else {}
        return [found_row(version, version.receivable, windows, self.staff) for version in marked]  # type: ignore[attr-defined]

    def refusal(self) -> Refusal | None:
        """Why this window may not receive the chosen item now; None when it may."""
        try:
            devolved = self.version.is_devolved
            policies.require_window(VERBS["receive"], self.version.item, self.staff, devolved=devolved)
            if self.version.line is None:
                power.require_line(policies.claim(CounterAct.RECEIVE, self.version.item, self.staff), self.now)
        except Refused as refused:
            return refused.refusal
        return None

    def checked(self) -> list[materials.Checked]:
        return materials.check(receivable.asked_of(self.version), self.counts.handed)

    def outcome(self) -> dict[str, Any]:
        rules = clocks.rules_with(self.version)
        today = moment.local_date(self.now)
        return outcome_of(
            self.version, self.checked(), self.refusal(), today, self.now, rules, incomplete=_insists(self.data)
        )

    def materials(self) -> dict[str, Any]:
        touched = self.data is not None or self.case is not None
        return material_rows(self.checked(), self.counts, touched=touched, gaps=self.version.accepts_with_gaps)


def _receive(request: HttpRequest) -> HttpResponse:
    """Forms, one action, the answer. Nothing is read from the catalog before the action does it; every fault comes back beside
    its field, and what was typed stays."""
    number = request.GET.get("case", "")
    form = None if number else ApplicantForm(request.POST)
    counts = MaterialsForm(request.POST, _counted(request.POST))
    if counts.faults or (form is not None and not form.is_valid()):
        return _again(request, form, ())
    try:
        with outages.told():
            case = _take_in(request, number, form, counts.handed)
    except Unusable as refused:
        return _again(request, form, refused.refusals)
    except Refused as refused:
        return _refused(request, form, refused)
    messages.success(request, f"已收件，编号 {case_short(case.number)}，凭证正在打印。")
    return redirect("case", case.number)


def _take_in(request: HttpRequest, number: str, form: ApplicantForm | None, handed: Sequence[materials.Handed]) -> Case:
    staff: Staff = request.staff  # type: ignore[attr-defined]
    now, posted = moment.now(), request.POST
    if form is None:
        seq = posted.get("seq", "")
        seen = int(seq) if seq.isdecimal() and len(seq) < 9 else None
        return actions.receive_submitted(number, handed, staff=staff, now=now, seq=seen, incomplete=_insists(posted))
    token = posted.get("token", "")
    application = actions.Application(
        item_key=_key(posted.get("item", "")),
        unit=_unit(posted.get("unit", "")),
        applicant=form.person(),
        handed=handed,
        delivery_way=form.cleaned_data["delivery_way"],
        source_system="window",
        source_number=token if _is_token(token) else "",
        incomplete=_insists(posted),
    )
    return actions.receive(application, staff=staff, now=now)


def _insists(posted: QueryDict | None) -> bool:
    """The applicant hands in what there is and wants to be told once what is missing (行政许可法 32)."""
    return posted is not None and posted.get("incomplete") == "on"


def _counted(posted: QueryDict) -> list[int]:
    """The materials whose counts the form carries."""
    seqs = {name.removeprefix("originals-") for name in posted if name.startswith("originals-")}
    return sorted(int(seq) for seq in seqs if seq.isdecimal() and len(seq) < 4)


def _again(
    request: HttpRequest, form: ApplicantForm | None, refusals: Sequence[Refusal], status: int = 400
) -> HttpResponse:
    """The page with what was typed; missing materials are named beside their rows, the rest in the form or above it."""
    desk = _Intake(request, request.POST)
    if form is not None:
        desk.form = form
    desk.faulty += [
        {"href": f"#id_{name}", "label": "份数", "sentence": sentence} for name, sentence in desk.counts.faults.items()
    ]
    for refusal in refusals:
        if refusal.field.startswith("material-"):
            seq = refusal.field.removeprefix("material-")
            desk.faulty.append({"href": f"#id_originals-{seq}", "label": "材料", "sentence": refusal.sentence})
        elif desk.form is not None and refusal.field in desk.form.fields:
            put_faults(desk.form, (refusal,))
        else:
            desk.faulty.append({"href": "", "label": "", "sentence": f"{refusal.sentence}{refusal.remedy}"})
    return _page(request, desk, status)


def _refused(request: HttpRequest, form: ApplicantForm | None, refused: Refused) -> HttpResponse:
    """A refusal for lack of power or a wrong state is recorded under the case, or under the item where there is none yet."""
    answer = _again(request, form, (refused.refusal,), refused.status)
    if isinstance(refused, outages.Unavailable):
        return later(answer, refused)
    staff: Staff = request.staff  # type: ignore[attr-defined]
    subject = queries.subject_of_intake(request.GET.get("case", ""), _key(request.POST.get("item", "")))
    log.denied("receive", subject, refused.refusal, actor=staff.actor, now=moment.now())
    return answer


def _page(request: HttpRequest, desk: _Intake, status: int = 200) -> HttpResponse:
    here = reverse("intake")
    version, case = desk.version, desk.case
    bound = desk.form is not None and desk.form.is_bound and request.POST.get("verb") != "preview"
    context = {
        "intake_url": here,
        "items_url": reverse("intake_items"),
        "preview_url": reverse("intake_preview") + (f"?case={case.number}" if case else ""),
        "action": here + (f"?case={case.number}" if case else ""),
        "q": desk.q,
        "items": desk.found() if version is None else None,
        "chosen": found_row(version, version.line is not None, receivable.dedicated_windows(), desk.staff)
        if version
        else None,
        "form": desk.form,
        "hidden": _hidden(request, version, case) if version else [],
        "materials": desk.materials() if version else {"rows": [], "counts": {}, "show_electronic": False},
        "incomplete": _insists(desk.data),
        "outcome": desk.outcome() if version else None,
        "faults": (faults(desk.form) if bound and desk.form else []) + desk.faulty,
        "submitted": {"number": case.number, "at": case.opened_at} if case else None,
        "applicant": _applicant(case) if case else [],
    }
    return render(request, "hall/intake.html", context, status=status)


def _hidden(request: HttpRequest, version: ItemVersion, case: Case | None) -> list[tuple[str, str]]:
    """What the form carries beside what is typed: the item, its unit, and a token by which a second click is recognised."""
    if case is not None:
        return [("item", version.item.key), ("seq", str(case.record_seq))]
    token = request.POST.get("token", "")
    return [
        ("item", version.item.key),
        ("unit", version.item.department.number),
        ("token", token if _is_token(token) else str(uuid.uuid4())),
    ]


def _applicant(case: Case) -> list[tuple[str, str]]:
    return [
        ("申请人", case.applicant.name),
        ("证件号码", masked_value(case, "id_number")),
        ("手机", masked_value(case, "phone")),
        *([("收件地址", masked_value(case, "postal_address"))] if case.applicant.postal_address else []),
    ]


def _is_token(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _key(text: str) -> str:
    """An item's key as it may be asked for; anything else finds nothing."""
    return text if len(text) <= 12 and text.isascii() and text.isprintable() else ""


def _unit(text: str) -> str:
    return text if len(text) == 3 and text.isascii() and text.isdigit() else "000"
