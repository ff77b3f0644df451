"""The approver's inbox: what this post may do now, by due date, in groups (mock 04)."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from authorization.staff import Staff
from hall import inbox as mine
from hall import queries, regulator_notices
from hall.models import Case
from hall.states import CaseState
from hall.views import rows
from hall.views.marks import next_page, read_mark
from supervision import moment
from supervision.judging import Standing

S = CaseState
STAGES = (
    ("", "全部", ()),
    ("acceptance", "待受理", (S.TRANSFERRED,)),
    ("review", "审核", (S.ACCEPTED,)),
    ("approval", "审批", (S.REVIEWED,)),
    ("conclusion", "待办结", (S.DECIDED, S.CONCLUDED)),
)
SHOWN = 100
BESIDE = (mine.OPINIONS, regulator_notices.TAB)  # counted along, and not this post's next steps
EMPTY = {
    "": ("收件箱是空的", "窗口中转来的、轮到本岗位办的件，会按期限排到这里。"),
    mine.OPINIONS: ("没有等着回复的会办意见", "别的单位征求本单位意见时，会按期限排到这里；回复后就不再列出。"),
}


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    return _inbox(request, request.GET.get("stage", ""))


@require_safe
def opinions(request: HttpRequest) -> HttpResponse:
    """The cases of other units on which this unit is asked for its opinion."""
    return _inbox(request, mine.OPINIONS)


def _inbox(request: HttpRequest, key: str) -> HttpResponse:
    """Two statements: how many stand in each stage, and the rows."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    now = moment.now()
    today = moment.local_date(now)
    counts = request.counts = mine.counts(staff, now)  # type: ignore[attr-defined]
    states = next((states for name, _, states in STAGES if name == key), ())
    found = mine.opinions(staff, SHOWN) if key == mine.OPINIONS else mine.cases(staff, now, states, SHOWN)
    rules = rows.rules_of(found)
    unit = staff.unit if key == mine.OPINIONS else ""
    placed = _placed(found, today, rules, unit) if rules else []
    total = _count(key, states, counts)
    title, sentence = EMPTY.get(key, EMPTY[""])
    context = {
        "lead": "按到期先后排，天数都是工作日",
        "stages": [
            *(_stage(name, label, _count(name, of, counts), key) for name, label, of in STAGES),
            _stage(mine.OPINIONS, "会办意见", counts.get(mine.OPINIONS, 0), key),
        ],
        "filters": [],
        "filter_url": reverse("inbox"),
        "groups": _groups(placed, today, rules),
        "shown": f"显示 {len(placed)} 件" + (f"，共 {total} 件" if total > len(placed) else ""),
        "next": None,
        "empty": {
            "title": title,
            "sentence": sentence,
            "links": [{"label": "近日办结", "url": reverse("concluded"), "key": ""}],
        },
    }
    return render(request, "hall/inbox.html", context)


@require_safe
def concluded(request: HttpRequest) -> HttpResponse:
    """Cases of the unit that were concluded, newest first."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    done = queries.visible_cases(staff).filter(department_id=staff.department_id, concluded_at__isnull=False)
    found = queries.before(queries.listed(done), read_mark(request))
    rules, today = rows.rules_of(found), moment.local_date(moment.now())
    empty = {"title": "还没有办结的件", "sentence": "办结以后，制证和送达走到哪一步，在这里看。", "links": []}
    context = {
        "title": "近日办结",
        "lead": "本单位办结的件，新的在前",
        "columns": ("due", "applicant", "state", "at", "handler"),
        "rows": [rows.row(case, today, rules) for case in found[: queries.PAGE]] if rules else [],
        "search": None,
        "shown": "",
        "next": next_page(request, found),
        "empty": empty,
    }
    return render(request, "hall/list.html", context)


def _stage(name: str, label: str, count: int, key: str) -> dict[str, Any]:
    if name == mine.OPINIONS:
        url = reverse("inbox_opinions")
    else:
        url = reverse("inbox") + (f"?stage={name}" if name else "")
    return {"label": label, "count": count, "url": url, "current": name == key}


def _count(name: str, states: tuple[CaseState, ...], counts: dict[str, int]) -> int:
    """Of one stage, or of all that this post itself may do next."""
    if name == mine.OPINIONS:
        return counts.get(name, 0)
    return sum(count for tab, count in counts.items() if tab in states or (not states and tab not in BESIDE))


def _placed(found: list[Case], today: date, rules: Any, asked: str) -> list[tuple[Standing | None, Case]]:
    """By urgency, what has no limit at the end; for a unit that is asked for opinions by when those are due."""
    judged = [
        (rows.opinion_due(case, asked, today, rules) if asked else rows.standing_shown(case, today, rules), case)
        for case in found
    ]
    return sorted(judged, key=lambda pair: ((pair[0] and pair[0].due_on) or date.max, pair[1].opened_at))


def _groups(placed: list[tuple[Standing | None, Case]], today: date, rules: Any) -> list[dict[str, Any]]:
    """Late, today, within two working days, later: each with its own heading."""
    sorted_in: dict[str, list[dict[str, Any]]] = {"已超期": [], "今天到期": [], "两天以内": [], "以后": []}
    for standing, case in placed:
        sorted_in[_group(standing, today)].append({**rows.inbox_row(case, today, rules), "due": rows.chip(standing)})
    return [{"label": f"{label} {len(group)} 件", "rows": group} for label, group in sorted_in.items() if group]


def _group(standing: Standing | None, today: date) -> str:
    if standing is None or standing.due_on is None:
        return "以后"
    if standing.due_on <= today:
        return "今天到期" if standing.due_on == today else "已超期"
    return "两天以内" if standing.days_left is not None and standing.days_left <= 2 else "以后"
