"""What happens around every request: who is asking, what may be kept by the browser, and how a refusal is answered."""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware
from django.shortcuts import render

from authorization.staff import Staff
from hall.config.access import record_denial
from hall.config.outages import Unavailable, outage_of, told
from hall.config.sessions import staff_of
from hall.views.faults import unavailable
from hall.views.refusals import refusal_parts
from supervision import moment
from supervision.refusals import NotFound, Refusal, Refused

Answer = Callable[[HttpRequest], HttpResponse]


class _OnTheSameErrand(HttpResponsePermanentRedirect):
    status_code = 308


class SlashMiddleware(CommonMiddleware):
    """An address without its last slash leads to the one with it, and a POST stays a POST on the way.

    One with a NUL leads nowhere: no text of ours holds one, and PostgreSQL takes none (T18).
    """

    response_redirect_class = _OnTheSameErrand

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        return super().process_request(request)


class NoStoreMiddleware:
    """Pages that need a sign-in are never kept by browser or proxy (T09)."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Cache-Control", "no-store")
        response.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        return response


class StaffMiddleware:
    """Sets `request.staff` from the session's one joined statement; None for the public. Idle sessions end after 30 minutes."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.staff = None  # type: ignore[attr-defined]
        session = request.session
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            session.get("seen", 0)  # loads the row
            today = moment.local_date(moment.now())
            request.staff = staff_of(  # type: ignore[attr-defined]
                session, request.META.get("REMOTE_ADDR", ""), today, settings.SESSION_ABSOLUTE_AGE
            )
            self._keep_awake(request)
        return self.get_response(request)

    @staticmethod
    def _keep_awake(request: HttpRequest) -> None:
        """Prolong the session at most once a minute, and not for what a page asks by itself (T06)."""
        minute = int(moment.wall().timestamp() // 60)
        if request.staff and not request.headers.get("X-Poll") and request.session.get("seen", 0) < minute:  # type: ignore[attr-defined]
            request.session["seen"] = minute


class RefusalMiddleware:
    """A refusal that no view has answered becomes its page: 403 without power, 404 for what is foreign, 409 for the wrong state.

    What staff were refused is recorded, foreign cases among it (T10); nobody else may fill the log. Where that can't be recorded,
    and where the store fails, the answer is 503 (T51).
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if request.path.startswith("/api/"):
            return None
        try:
            with told():
                return self._answer(request, exception)
        except Unavailable as outage:
            return unavailable(request, outage)

    @staticmethod
    def _answer(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        outage = exception if isinstance(exception, Unavailable) else outage_of(exception)
        if outage is not None:
            return unavailable(request, outage)
        staff: Staff | None = request.staff  # type: ignore[attr-defined]
        if isinstance(exception, NotFound):
            if staff is not None:
                record_denial(request, staff, Refusal("not_found", "没有找到这一件。", ("T10",)))
            return render(request, "404.html", status=404)
        if isinstance(exception, Refused):
            if staff is not None:
                record_denial(request, staff, exception.refusal)
            template = "hall/_refusal.html" if request.headers.get("HX-Request") else "hall/refusal.html"
            return render(request, template, refusal_parts(exception.refusal), status=exception.status)
        return None
