"""Who may open which address. A page that is not named here can't be opened at all (tests/test_consistency.py).

public: anybody · client: a program with its key (the API checks it) · staff: whoever is signed in · clerk: on window duty ·
approver: a post of a unit · supervisor: the supervision office.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from authorization.staff import Staff
from hall.config.outages import Unavailable, told
from hall.views.faults import unavailable
from supervision import log, moment
from supervision.refusals import Refusal

ACCESS: dict[str, str] = {
    "livez": "public",
    "readyz": "public",
    "metrics": "public",
    "sign_in": "public",
    "sign_out": "staff",
    "home": "staff",
    "find": "staff",
    "window_home": "clerk",
    "window_queue": "clerk",
    "window_incoming": "clerk",
    "window_transfer": "clerk",
    "window_corrections": "clerk",
    "window_hand_out": "clerk",
    "first_contacts": "clerk",
    "first_contact": "staff",
    "supervision_first_contacts": "supervisor",
    "intake": "clerk",
    "intake_items": "clerk",
    "intake_preview": "clerk",
    "inbox": "approver",
    "inbox_opinions": "approver",
    "regulator_notices": "approver",
    "concluded": "approver",
    "case": "staff",
    "case_do": "staff",
    "case_why": "staff",
    "case_unmask": "staff",
    "case_receipt": "staff",
    "paper": "staff",
    "deadline_calculator": "staff",
    "supervision_today": "supervisor",
    "supervision_due": "supervisor",
    "calendar": "supervisor",
    "supervision_log": "supervisor",
    "supervision_log_progress": "supervisor",
    "supervision_log_heads": "supervisor",
    "supervision_log_keys": "supervisor",
    "public_home": "public",
    "public_progress": "public",
    "public_progress_open": "public",
    "public_progress_case": "public",
    "public_check": "public",
    "public_paper": "public",
    "api_items": "client",
    "api_item": "client",
    "api_cases": "client",
    "api_progress": "client",
    "api_schema": "public",
    "api_docs": "public",
}

_MAY: dict[str, Callable[[Staff], bool]] = {
    "staff": lambda staff: True,
    "clerk": lambda staff: staff.is_clerk,
    "approver": lambda staff: staff.is_approver,
    "supervisor": lambda staff: staff.is_supervisor,
}


class AccessMiddleware:
    """Asks the table before any view runs: sign-in first, then the kind of post."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        match = request.resolver_match
        rule = ACCESS.get(match.url_name or "") if match else None
        if rule is None:
            raise Http404
        if rule in ("public", "client"):
            return None
        staff: Staff | None = request.staff  # type: ignore[attr-defined]
        if staff is None:
            return _to_sign_in(request)
        return None if _MAY[rule](staff) else _forbidden(request, staff)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    where = reverse("sign_in")
    response: HttpResponse = redirect(
        f"{where}?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" else where
    )
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=401, headers={"HX-Redirect": where})
    return response


def _forbidden(request: HttpRequest, staff: Staff) -> HttpResponse:
    try:
        with told():
            record_denial(request, staff, Refusal("page_of_another_post", "这一页归别的岗位办理。", ("T12",)))
    except Unavailable as outage:
        return unavailable(request, outage)
    return render(request, "403.html", {"sentence": "", "remedy": ""}, status=403)


def record_denial(request: HttpRequest, staff: Staff, refusal: Refusal) -> None:
    """That somebody was turned away at this address; about the person, since there may be nothing else that it is about."""
    where = request.resolver_match.url_name if request.resolver_match else ""
    subject = log.Subject("authorization_person", staff.person_id)
    log.denied(str(where), subject, refusal, actor=staff.actor, now=moment.now())
