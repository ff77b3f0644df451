"""The window's pages: the day, what came in online, what must be transferred, what waits to be handed out."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from authorization.letters import CounterAct
from authorization.staff import Staff
from catalog import queries as catalog
from hall import lawful, policies, queries, receivable
from hall.config.frame import spaces_of
from hall.eligibility import covered_versions
from hall.models import Act, Case
from hall.states import VERBS, CaseState
from hall.views import rows
from hall.views.marks import next_page, read_mark
from hall.views.sign_in import kind_of_day
from supervision import clocks, moment

S = CaseState
TO_HAND_OUT = (S.CONCLUDED, S.CERTIFICATE_MADE, S.READY)
DELIVERING = [verb.name for verb in VERBS.values() if verb.target == S.DELIVERED]
COLUMNS = ("due", "what", "applicant", "unit", "next")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first page after sign-in: the workspace of the post."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    spaces = spaces_of(staff)
    if spaces:
        return redirect(spaces[0][1])
    empty = {
        "title": "本岗位今天没有要办的事",
        "sentence": f"{staff.post_title}岗位的事，会在需要您办的那一步排到这里；窗口人员请先登记今天的值班。",
        "links": [{"label": "办件查询", "url": reverse("find"), "key": "/"}],
    }
    return _list(request, title="今日", lead=staff.place, cases=[], columns=(), empty=empty)


@require_safe
def window_home(request: HttpRequest) -> HttpResponse:
    """Opens on what is due: intake first, then today's duties by due date (mock 02)."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    now = moment.now()
    today, rules = moment.local_date(now), clocks.rules(staff.rule_revision)
    visible = queries.visible_cases(staff)
    at_window = queries.at_window(visible)
    request.counts = queries.counts_by_state(at_window, today)  # type: ignore[attr-defined]
    mine_now = lawful.standing_in(at_window, (S.RECEIVED, *TO_HAND_OUT), today)
    todo = rows.by_urgency(queries.most_pressing(mine_now)[:200], today, rules)
    incoming = queries.listed(visible.filter(state=S.SUBMITTED)).order_by("opened_at")[:5]
    mine = queries.listed(_mine(staff, visible)).order_by("-opened_at", "-id")[:5]
    context = {
        "day_kind": kind_of_day(today, rules.calendar),
        "duty": f"本窗口今天值班：{staff.name}",
        "intake_url": reverse("intake"),
        "receivable": _receivable(staff, now),
        "frequent": _frequent(staff, now),
        "figures": _figures(staff, request.counts, now),  # type: ignore[attr-defined]
        "figures_foot": "",
        "todo": {"summary": _summary(todo, today), "rows": [rows.row(case, today, rules) for _, case in todo[:8]]},
        "queue": {
            "all": {"label": "全部", "url": reverse("window_queue")},
            "rows": [rows.row(c, today, rules) for c in mine],
        },
        "incoming": {
            "all": {"label": "全部", "url": reverse("window_incoming")},
            "rows": [rows.row(case, today, rules) for case in incoming],
        },
    }
    return render(request, "hall/window_home.html", context)


@require_safe
def incoming(request: HttpRequest) -> HttpResponse:
    empty = {
        "title": "没有等着收件的网上申办",
        "sentence": "申请人在网上提交后，会按先后排到这里；核对材料后收件。",
        "links": [{"label": "新收件", "url": reverse("intake"), "key": "F2"}],
    }
    return _due_list(request, (S.SUBMITTED,), title="网上来件", lead="先提交的先核对", empty=empty)


@require_safe
def transfer(request: HttpRequest) -> HttpResponse:
    empty = {
        "title": "没有等着中转的件",
        "sentence": "收件以后，要交到后台的材料会按中转时限排到这里。",
        "links": [{"label": "新收件", "url": reverse("intake"), "key": "F2"}],
    }
    return _due_list(request, (S.RECEIVED,), title="中转", lead="收件后按中转时限交到后台", empty=empty)


@require_safe
def hand_out(request: HttpRequest) -> HttpResponse:
    empty = {
        "title": "今天没有待领的结果",
        "sentence": "后台办结并制证后，会自动排到这里。",
        "links": [{"label": "申请人来问？按编号查", "url": reverse("find"), "key": "/"}],
    }
    return _due_list(request, TO_HAND_OUT, title="出件", lead="待送达的结果，先到期的先办", empty=empty)


@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """What applicants were told to put right and have not brought yet."""
    empty = {
        "title": "没有等着补正的件",
        "sentence": "承办单位发出一次性告知书以后，要补正的件会按补正期限排到这里；申请人来了就收。",
        "links": [{"label": "申请人来问？按编号查", "url": reverse("find"), "key": "/"}],
    }
    return _due_list(
        request, (S.CORRECTION_REQUIRED,), title="收补正", lead="等申请人补正，到期不来视为撤回", empty=empty
    )


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What this person received, newest first."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    found = queries.before(queries.listed(_mine(staff, queries.visible_cases(staff))), read_mark(request))
    empty = {
        "title": "您还没有经手的件",
        "sentence": "收件以后，办到哪一步会一直列在这里。",
        "links": [{"label": "新收件", "url": reverse("intake"), "key": "F2"}],
    }
    return _list(
        request,
        title="我的队列",
        lead="我收的件，办到哪一步了",
        cases=found[: queries.PAGE],
        columns=("due", "applicant", "unit", "state", "at"),
        empty=empty,
        more=next_page(request, found),
    )


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Find a case by number or applicant; one exact hit opens at once."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    typed = request.GET.get("q", "").strip()[:60]
    found = queries.before(queries.listed(queries.find(staff, typed)), read_mark(request)) if len(typed) >= 2 else []
    if len(found) == 1 and found[0].number == typed.replace(" ", ""):
        return redirect("case", found[0].number)
    search = {
        "action": reverse("find"),
        "value": typed,
        "label": "编号或申请人",
        "hint": "编号可以只填日期和流水号，例如 20260310 0014；姓名至少两个字。",
    }
    empty = {"title": "按编号或申请人查办件", "sentence": "只列出您的岗位能看的办件。", "links": []}
    if typed:
        empty = {
            "title": f"没有找到“{typed}”",
            "sentence": "核对编号；或者它不在您的岗位能看的范围里，请问承办单位。",
            "links": [],
        }
    return _list(
        request,
        title="办件查询",
        lead="",
        cases=found[: queries.PAGE],
        columns=("due", "applicant", "unit", "state", "at"),
        empty=empty,
        search=search,
        find_value=typed,
        more=next_page(request, found),
    )


def _due_list(request: HttpRequest, states: tuple[CaseState, ...], **page: Any) -> HttpResponse:
    """A list in the order of what is due; two statements for any number of rows."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    at_window, today = queries.at_window(queries.visible_cases(staff)), moment.local_date(moment.now())
    request.counts = queries.counts_by_state(at_window, today)  # type: ignore[attr-defined]
    found = list(queries.most_pressing(lawful.standing_in(at_window, states, today))[:200])
    return _list(request, cases=found, columns=COLUMNS, by_due=True, **page)


def _list(
    request: HttpRequest,
    *,
    title: str,
    lead: str,
    cases: list[Case],
    columns: tuple[str, ...],
    empty: dict[str, Any],
    search: dict[str, Any] | None = None,
    find_value: str = "",
    more: dict[str, str] | None = None,
    by_due: bool = False,
) -> HttpResponse:
    today = moment.local_date(moment.now())
    rules = rows.rules_of(cases)
    if by_due and rules:
        placed = rows.by_urgency(cases, today, rules)
        judged = {case.id for _, case in placed}
        cases = [case for _, case in placed] + [case for case in cases if case.id not in judged]
    context: dict[str, Any] = {
        "title": title,
        "lead": lead,
        "columns": columns,
        "rows": [rows.row(case, today, rules) for case in cases] if rules else [],
        "search": search,
        "shown": f"显示 {len(cases)} 件" if cases else "",
        "next": more,
        "empty": empty,
        "find_value": find_value,
    }
    return render(request, "hall/list.html", context)


def _receivable(staff: Staff, now: Any) -> int:
    claim = policies.claim_at_window(CounterAct.RECEIVE, staff)
    covered = catalog.in_use(moment.local_date(now)).filter(covered_versions(VERBS["receive"], staff))
    marked: Any = receivable.may_be_received(covered, claim, now)
    return marked.filter(receivable=True).count()


def _mine(staff: Staff, cases: QuerySet[Case]) -> QuerySet[Case]:
    return cases.filter(acts__verb="receive", acts__person_id=staff.person_id)


def _summary(todo: list[Any], today: Any) -> str:
    due_today = sum(standing.due_on == today for standing, _ in todo)
    late = sum(standing.due_on is not None and standing.due_on < today for standing, _ in todo)
    words = [f"已过期限 {late} 件"] if late else []
    return "，".join([*words, f"今天到期 {due_today} 件", f"共 {len(todo)} 件"]) if todo else ""


def _frequent(staff: Staff, now: Any) -> list[dict[str, str]]:
    """What this window received most in the last 30 days."""
    since = now - timedelta(days=30)
    counted = (
        Act.objects.filter(verb="receive", window=staff.window_id, at__gte=since)
        .values("case__item__key", "case__version__name")
        .annotate(times=Count("id"))
        .order_by("-times", "case__item__key")[:6]
    )
    return [
        {"label": line["case__version__name"], "url": f"{reverse('intake')}?item={line['case__item__key']}"}
        for line in counted
    ]


def _figures(staff: Staff, counts: dict[str, int], now: Any) -> list[dict[str, Any]]:
    midnight = moment.midnight(moment.local_date(now))
    done: dict[str, int] = dict(
        Act.objects.filter(window=staff.window_id, at__gte=midnight)
        .order_by()
        .values_list("verb")
        .annotate(times=Count("id"))
    )
    waiting = sum(counts.get(state, 0) for state in TO_HAND_OUT)
    return [
        {"label": "收件", "value": done.get("receive", 0), "note": ""},
        {"label": "中转", "value": done.get("transfer", 0), "note": f"待交 {counts.get(S.RECEIVED, 0)}"},
        {"label": "出件", "value": sum(done.get(verb, 0) for verb in DELIVERING), "note": f"待领 {waiting}"},
    ]
