"""Pages for requests that went wrong before any view could answer, and for hours in which nothing can be written."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hall.config.outages import Unavailable
from hall.views.refusals import refusal_parts
from supervision.refusals import Refusal


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere; nothing was done."""
    refusal = Refusal("form_expired", "这张表放得太久，已经失效，没有办理。", ("T03",), "请返回刷新后再办。")
    return render(request, "hall/refusal.html", refusal_parts(refusal), status=403)


def unavailable(request: HttpRequest, outage: Unavailable) -> HttpResponse:
    """503 without a word to the database: what is wrong, and for staff a button that sends again what they had sent (T51, T62)."""
    context = {"refusal": outage.refusal, "again": _again(request), "home_url": reverse("home")}
    return later(render(request, "unavailable.html", context, status=outage.status), outage)


def later(answer: HttpResponse, outage: Unavailable) -> HttpResponse:
    """The same answer with the seconds after which to ask again."""
    answer["Retry-After"] = str(outage.retry_after)
    return answer


def _again(request: HttpRequest) -> dict[str, Any] | None:
    """What was typed stays, to be sent once more; never the password of a sign-in, and nothing of the public."""
    if request.method != "POST" or getattr(request, "staff", None) is None:
        return None
    typed = [(name, value) for name, values in request.POST.lists() for value in values]
    return {
        "action": request.get_full_path(),
        "typed": [pair for pair in typed if pair[0] != "csrfmiddlewaretoken"],
    }
