"""监察 › 记录核验: what the log is worth now, checks by hand, one case or receipt, and the log for whoever trusts nobody (mock 10; D41).

All times on this page are of the wall clock, as the seals are.
"""

import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from authorization.staff import Staff
from hall.forms import ExportForm
from hall.templatetags.face import faults
from hall.views import log_parts
from hall.views.log_verdict import judge
from supervision import log, moment
from supervision.refusals import NotFound, Refusal, Refused
from supervision.sealing import checking, export, history, reading, standing

WHOLE_LOG = log.Subject("supervision_record", uuid.UUID(int=0))


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponseBase:
    if request.method != "POST":
        return _page(request)
    verb = VERBS.get(request.POST.get("verb", ""))
    if verb is None:
        raise NotFound
    return verb(request)


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The running check alone, asked for by the page itself; when it has ended the page comes anew."""
    running = checking.unfinished()
    if running is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    context = {"running": log_parts.running(running, moment.wall()), "finished": None}
    return render(request, "supervision/_check.html", context)


@require_safe
def heads(request: HttpRequest) -> HttpResponseBase:
    """The published heads as they stand outside the database."""
    return _file(settings.HEADS_FILE, "heads.ndjson", "application/x-ndjson")


@require_safe
def keys(request: HttpRequest) -> HttpResponseBase:
    return _file(settings.PUBLIC_KEYS_FILE, "log_public_keys.json", "application/json")


def _check(request: HttpRequest) -> HttpResponse:
    """One at a time: whoever asks while one runs is shown that one."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    checking.ask(staff.name, now=moment.wall())
    return redirect("supervision_log")


def _verify(request: HttpRequest) -> HttpResponse:
    """One case or one receipt. With scripts the verdict alone is swapped in."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    asked, verdict = judge(request.POST.get("asked", ""), staff)
    if request.headers.get("HX-Request"):
        return render(request, "supervision/_verdict.html", {"verdict": verdict})
    return _page(request, asked=asked, verdict=verdict)


def _export(request: HttpRequest) -> HttpResponseBase:
    """The whole sealed log as a stream of lines, on record with its reason before the first line leaves (T44)."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _page(request, form=form, status=400)
    size = reading.sealed_size()
    if not size:
        raise Refused(
            Refusal("nothing_sealed", "还没有签封的记录，没有可以下载的。", remedy="有了记录，一秒内就会签封。")
        )
    told = {"from": 0, "to": None, "reason": form.cleaned_data["reason"]}
    log.note("log_exported", WHOLE_LOG, actor=staff.actor, now=moment.now(), facts=told)
    response = StreamingHttpResponse(_lines(), content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="{_name(size)}"'
    return response


VERBS = {"check": _check, "verify": _verify, "export": _export}


def _page(
    request: HttpRequest,
    *,
    asked: str = "",
    verdict: dict[str, Any] | None = None,
    form: ExportForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = moment.wall()
    midnight = moment.midnight(moment.local_date(now))
    state, checks = standing.read(now=now), history.checks(log_parts.CHECKS)
    running = next((check for check in reversed(checks) if check.ended_at is None), None)
    finished = [check for check in checks if check.ended_at is not None]
    context = {
        "wall": now,
        "running": log_parts.running(running, now) if running else None,
        "finished": log_parts.banner(finished[0] if finished else None, now) if finished or not running else None,
        "alarms": log_parts.alarms(state),
        "head": log_parts.newest(state, reading.is_signed(state.head)) if state.head else None,
        "delay": log_parts.waiting(state, standing.longest_delay(midnight)),
        "heads": [log_parts.link(link, now) for link in history.heads(log_parts.HEADS, midnight)],
        "asked": asked,
        "verdict": verdict,
        "checks": [log_parts.check(one, now) for one in finished],
        "form": form or ExportForm(),
        "faults": faults(form) if form is not None else [],
        "download": {"size": f"{state.head.size:,}", "name": _name(state.head.size)} if state.head else None,
    }
    return render(request, "supervision/log.html", context, status=status)


def _lines() -> Iterator[bytes]:
    """All that is sealed when the first line leaves: a moment later than the record says, never less."""
    with closing(export.lines(connection)) as lines:
        for line in lines:
            yield f"{line}\n".encode()


def _name(size: int) -> str:
    return f"log-{size}.ndjson"


def _file(path: Any, name: str, content_type: str) -> HttpResponseBase:
    """An empty file where nothing was published yet."""
    if not path.exists():
        response: HttpResponseBase = HttpResponse(b"", content_type=content_type)
    else:
        response = FileResponse(path.open("rb"), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
