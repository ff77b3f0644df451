"""A refusal as its page or dialog: the same inputs wherever it is answered (mock 13c)."""

from typing import Any

from django.urls import reverse

from hall.templatetags.face import case_short
from supervision.refusals import Refusal


def refusal_parts(refusal: Refusal, label: str = "", number: str = "") -> dict[str, Any]:
    """`label` is what the button said that was refused; `number` the case to go back to, else the way leads home."""
    if number:
        back = {"label": f"回到办件 {case_short(number)}", "url": reverse("case", args=[number])}
    else:
        back = {"label": "回到今日", "url": reverse("home")}
    return {
        "refusal": refusal,
        "refusal_title": f"为什么我不能“{label}”" if label else "为什么没有办成",
        "remedy_action": None,
        "back": back,
    }
