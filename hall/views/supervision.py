"""The supervision office's pages: the day in figures, the flow, the units, and what is due or late (mock 06)."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from authorization.staff import Staff
from catalog.models import Department, DepartmentKind
from hall import pressing, queries
from hall.models import Act, Case
from hall.states import NEXT_CLOCK, UNCONCLUDED_STATES, VERBS, CaseState
from hall.views import rows
from supervision import clocks, efficiency, moment
from supervision.judging import NearRule, Standing
from supervision.models import EfficiencyDay

S = CaseState
WAITING_STATES = UNCONCLUDED_STATES | set(NEXT_CLOCK)
COLUMNS = (("receive", "收件"), ("accept", "受理"), ("conclude", "办结"))
# Accepted is accepted, with gaps, on a declaration, or by law.
ACCEPTING = [verb.name for verb in VERBS.values() if verb.target == S.ACCEPTED and S.TRANSFERRED in verb.sources]
SHOWN = 200
MOST_URGENT = 6  # what fits beside the chart on a desk; the list of all is one link away
DAYS = 30
CHARTED = 14


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Opens on today; the figures of units are the roll-ups of the last thirty days, rebuilt from the log at any time."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    now = moment.now()
    day, rules = moment.local_date(now), clocks.rules(staff.rule_revision)
    visible = queries.visible_cases(staff)
    counted = queries.counts_by_state(visible.filter(state__in=UNCONCLUDED_STATES), day)
    counts = {state: count for state, count in counted.items() if state in UNCONCLUDED_STATES}
    waiting = visible.filter(state__in=WAITING_STATES)
    overtaken = _placed(pressing.overtaken(waiting, day), day, rules)
    urgent = _placed(pressing.cases(waiting, day, rules, MOST_URGENT), day, rules)
    due = Counter(pressing.counts(waiting, day, rules)) + Counter(standing.state for standing, _ in overtaken)
    acts = _acts_of_day(now)
    late = sum(due[state] for state in pressing.STATES)
    units = list(Department.objects.exclude(kind=DepartmentKind.INSTITUTION).order_by("number"))
    context = {
        "lead": f"截至 {moment.local(now):%H:%M}；{len(units)} 个单位，在办 {sum(counts.values())} 件",
        "figures": _figures(acts, counts, due, rules.near(day)),
        "flow": _flow(day),
        "flow_note": "每日件数，由监察记录汇总",
        "units": {"note": _county(day), "rows": _units(units, day)},
        "urgent": {
            "rows": [_urgent(case, day, rules) for case in _first(overtaken, urgent)[:MOST_URGENT]],
            "all": {"label": f"全部 {late} 件", "url": reverse("supervision_due")} if late > MOST_URGENT else None,
        },
    }
    return render(request, "supervision/today.html", context)


@require_safe
def due(request: HttpRequest) -> HttpResponse:
    """Everything that is due today, near or late, most pressing first."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    day, rules = moment.local_date(moment.now()), clocks.rules(staff.rule_revision)
    waiting = queries.visible_cases(staff).filter(state__in=WAITING_STATES)
    found = pressing.cases(waiting, day, rules, SHOWN + 1)
    placed = [_placed(pressing.overtaken(waiting, day), day, rules), _placed(found[:SHOWN], day, rules)]
    listed = _first(*placed)
    context = {
        "title": "临期与超期",
        "lead": "按到期先后排；已决定的件看送达期限",
        "columns": ("due", "applicant", "unit", "state", "handler"),
        "rows": [rows.row(case, day, rules) for case in listed],
        "search": None,
        "shown": _shown(len(listed), len(found) > SHOWN),
        "next": None,
        "empty": {
            "title": "没有临近或超过期限的办件",
            "sentence": "临近期限、今天到期或已超期的件会排到这里。",
            "links": [],
        },
    }
    return render(request, "hall/list.html", context)


def _shown(number: int, more: bool) -> str:
    if not number:
        return ""
    return f"显示最急的 {number} 件，办掉后其余的会补上" if more else f"显示 {number} 件"


def _placed(found: list[Case], day: date, rules: clocks.Rules) -> list[tuple[Standing, Case]]:
    """What is pressing of these, with its words; judged when read, never stored (R1, T64)."""
    return [pair for pair in rows.by_urgency(found, day, rules) if pair[0].state in pressing.STATES]


def _first(*placed: list[tuple[Standing, Case]]) -> list[Case]:
    """All of these, the most pressing first."""
    together = sorted(chain(*placed), key=lambda pair: (pair[0].due_on or date.max, pair[1].opened_at))
    return [case for _, case in together]


def _acts_of_day(now: datetime) -> list[tuple[str, datetime]]:
    midnight = moment.midnight(moment.local_date(now))
    counted = ["receive", "conclude", *ACCEPTING]
    acts = Act.objects.filter(at__gte=midnight, at__lte=now, verb__in=counted).values_list("verb", "at")
    return [("accept" if verb in ACCEPTING else verb, at) for verb, at in acts]


def _figures(
    acts: list[tuple[str, datetime]], counts: dict[str, int], due: Counter[str], near: NearRule
) -> list[dict[str, Any]]:
    done = Counter(verb for verb, _ in acts)
    return [
        {"label": "收件", "value": done["receive"], "note": "今天"},
        {"label": "受理", "value": done["accept"], "note": "今天"},
        {"label": "办结", "value": done["conclude"], "note": "今天"},
        {"label": "在办", "value": sum(counts.values()), "note": f"待受理 {counts.get(S.TRANSFERRED, 0)}"},
        {"label": "今天到期", "value": due["today"], "note": ""},
        {"label": "临期", "value": due["near"], "note": f"剩余 {near.share}% 以内"},
        {"label": "超承诺", "value": due["late"], "note": ""},
        {"label": "超法定", "value": due["unlawful"], "note": ""},
    ]


def _flow(day: date) -> dict[str, Any]:
    """Received, accepted, concluded by day, from the roll-ups of the last two weeks; the table stands under the chart."""
    days = [day - timedelta(days=ago) for ago in range(CHARTED - 1, -1, -1)]
    sums = efficiency.by_day(EfficiencyDay.objects.filter(day__gte=days[0], day__lte=day))
    rows_of = [[f"{each.month}月{each.day}日", *_of_day(sums.get(each))] for each in days]
    return {
        "id": "flow",
        "kind": "line",
        "label": f"近 {CHARTED} 日每日收件、受理、办结件数",
        "head": ["日期", *(label for _, label in COLUMNS)],
        "rows": rows_of if sums else [],
    }


def _of_day(figures: efficiency.Figures | None) -> tuple[int, int, int]:
    return (figures.received, figures.accepted, figures.concluded) if figures else (0, 0, 0)


def _county(day: date) -> str:
    """The county in one line over the last thirty days."""
    whole = efficiency.total(_last_days(day))
    on_time, mean = _percent(whole.on_time_rate) or "—", _one_place(whole.mean_workdays) or "—"
    return f"近 {DAYS} 日按时办结率 {on_time}，平均 {mean} 个工作日；在办为现在"


def _last_days(day: date) -> QuerySet[EfficiencyDay]:
    return EfficiencyDay.objects.filter(day__gt=day - timedelta(days=DAYS), day__lte=day)


def _units(units: list[Department], day: date) -> list[dict[str, Any]]:
    sums = efficiency.by_unit(_last_days(day))
    running = queries.open_by_unit(day)
    told = [(unit, sums.get(unit.number), running.get(unit.number, 0)) for unit in units]
    shown = [line for line in told if line[1] is not None or line[2]]
    return [
        {
            "name": unit.short_name,
            "received": figures.received if figures else 0,
            "accepted": figures.accepted if figures else 0,
            "concluded": figures.concluded if figures else 0,
            "open": still_open,
            "on_time": _percent(figures.on_time_rate) if figures else None,
            "mean": _one_place(figures.mean_workdays) if figures else None,
        }
        for unit, figures, still_open in sorted(
            shown, key=lambda line: (-(line[1].received if line[1] else 0), line[0].number)
        )
    ]


def _urgent(case: Case, day: date, rules: clocks.Rules) -> dict[str, Any]:
    shown = rows.row(case, day, rules)
    return {**shown, "stage": shown["state"]["label"]}


def _percent(value: Decimal | None) -> str | None:
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP)}%" if value is not None else None


def _one_place(value: Decimal | None) -> str | None:
    return str(value.quantize(Decimal("0.1"), ROUND_HALF_UP)) if value is not None else None
