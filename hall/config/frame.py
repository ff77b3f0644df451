"""What every page needs around its own content: workspaces, rail, who is here. Counts come from the page's own statements."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from authorization.staff import Staff
from hall.states import CaseState
from supervision import moment

S = CaseState
Place = tuple[str, str, tuple[str, ...] | None]  # label, name of its address, which counts stand beside it

WINDOW: tuple[Place | None, ...] = (
    ("今日", "window_home", None),
    ("新收件", "intake", None),
    ("网上来件", "window_incoming", (S.SUBMITTED,)),
    ("中转", "window_transfer", (S.RECEIVED,)),
    ("收补正", "window_corrections", (S.CORRECTION_REQUIRED,)),
    ("出件", "window_hand_out", (S.CONCLUDED, S.CERTIFICATE_MADE, S.READY)),
    None,
    ("我的队列", "window_queue", None),
    ("首问登记", "first_contacts", ("first_contacts",)),
    ("办件查询", "find", None),
)
APPROVAL: tuple[Place | None, ...] = (
    ("收件箱", "inbox", (S.TRANSFERRED, S.ACCEPTED, S.REVIEWED, S.DECIDED, S.CONCLUDED)),
    ("会办意见", "inbox_opinions", ("opinions",)),
    ("审管衔接", "regulator_notices", ("regulator_notices",)),
    ("近日办结", "concluded", None),
    None,
    ("办件查询", "find", None),
    ("期限试算", "deadline_calculator", None),
)
SUPERVISION: tuple[Place | None, ...] = (
    ("今日", "supervision_today", None),
    ("临期与超期", "supervision_due", None),
    ("首问未答", "supervision_first_contacts", ("first_contacts",)),
    None,
    ("办件查询", "find", None),
    ("期限试算", "deadline_calculator", None),
    ("工作日历", "calendar", None),
    ("记录核验", "supervision_log", None),
)
SPACES = (("窗口", "window_home", WINDOW), ("审批", "inbox", APPROVAL), ("监察", "supervision_today", SUPERVISION))


def frame(request: HttpRequest) -> dict[str, Any]:
    """The inputs of base.html and public_base.html. A view may set `request.counts` (state → number) and `request.space`."""
    staff: Staff | None = getattr(request, "staff", None)
    spaces = spaces_of(staff)
    name = request.resolver_match.url_name if request.resolver_match else ""
    here = _space_of(spaces, str(name))
    counts = getattr(request, "counts", None)
    return {
        "staff": staff,
        "spaces": [{"label": label, "url": reverse(url), "current": label == here[0]} for label, url, _ in spaces],
        "rail": [_place(place, str(name), counts) for place in here[2]] if staff else [],
        "rail_title": here[0],
        "rail_foot": "",
        "demo": settings.DEMO,
        "find_value": "",
        "now": moment.now(),
        "home_url": reverse("home"),
        "find_url": reverse("find"),
        "sign_out_url": reverse("sign_out"),
        "public_url": reverse("public_home"),
    }


def spaces_of(staff: Staff | None) -> list[tuple[str, str, tuple[Place | None, ...]]]:
    """The workspaces of a post, in the order in which it opens on them."""
    if staff is None:
        return []
    may = (staff.is_clerk, staff.is_approver, staff.is_supervisor)
    return [space for space, open_to in zip(SPACES, may, strict=True) if open_to]


def _space_of(spaces: list[Any], name: str) -> Any:
    for space in spaces:
        if any(place and place[1] == name for place in space[2]):
            return space
    return spaces[0] if spaces else ("", "", ())


def _place(place: Place | None, current: str, counts: dict[str, int] | None) -> dict[str, Any] | None:
    if place is None:
        return None
    label, name, states = place
    count = sum(counts.get(state, 0) for state in states) if states and counts is not None else None
    return {"label": label, "url": reverse(name), "count": count, "current": name == current}
