"""Pages for requests that went wrong before any view could answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hall.views.refusals import refusal_parts
from supervision.refusals import Refusal


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere; nothing was done."""
    refusal = Refusal("form_expired", "这张表放得太久，已经失效，没有办理。", ("T03",), "请返回刷新后再办。")
    return render(request, "hall/refusal.html", refusal_parts(refusal), status=403)
