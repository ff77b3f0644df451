"""Pages for citizens: progress by number and query code, and the check of a paper by its code. No sign-in, no personal data."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from redis.exceptions import RedisError

from catalog.models import Department
from hall import conditions, queries
from hall import progress as progress_told
from hall.forms import CheckForm, ProgressForm
from hall.models import Case, DeclarationState
from hall.standing import facts_of
from hall.states import FINAL_STATES, CaseState
from hall.templatetags.face import case_short, day_in_words, faults, full_day
from hall.views import rows
from supervision import clocks, moment
from supervision.judging import judge
from supervision.models import ClockKind, Paper
from supervision.numbers import is_case_number

S = CaseState
COOKIE_SECONDS = 30 * 60
TRIES, LOCKED_SECONDS = 10, 15 * 60
WRONG = "编号和查询码对不上，请对照收件凭证再填一次。"
TAKEN_BACK = "它是本大厅发出的，但准予的决定后来不再有效；证照和决定都不能再用。"
LOCKED = "填错的次数太多，请 15 分钟后再试，或带身份证到大厅查。"


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    context = {
        "progress_url": reverse("public_progress"),
        "check_url": reverse("public_check"),
        "hours": settings.OPENING_HOURS,
        "contacts": [],
        "sign_in_url": reverse("sign_in"),
    }
    return render(request, "public/home.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def progress(request: HttpRequest) -> HttpResponse:
    """Asks for number and code; ten wrong codes close a number for a quarter of an hour (T37)."""
    form = ProgressForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"].replace(" ", "")
        opened = _open(number, form.cleaned_data["code"])
        if opened is not None:
            return opened
        form.add_error("code", LOCKED if _wrong(number) >= TRIES else WRONG)
    context = {"form": form, "faults": faults(form) if form.errors else [], "action": reverse("public_progress")}
    return render(request, "public/progress_form.html", context, status=400 if form.errors else 200)


@require_safe
def progress_open(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """The address in the QR of the receipt slip: opens the page and takes the code out of the address."""
    opened = _open(number, code)
    if opened is None:
        _wrong(number)
        return redirect("public_progress")
    return opened


@require_safe
def progress_case(request: HttpRequest, number: str) -> HttpResponse:
    """What the applicant wants to know, answer first (mock 11a)."""
    try:
        index = request.get_signed_cookie(_cookie(number), max_age=COOKIE_SECONDS)
    except (KeyError, signing.BadSignature):
        return redirect("public_progress")
    case = queries.case_of_code(number, index or "")
    if case is None:
        return redirect("public_progress")
    return render(request, "public/progress.html", _progress(case, moment.now()))


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Check a paper by the code beside its QR."""
    if "code" in request.GET:
        return _checked(request, request.GET["code"])
    return _check_page(request, CheckForm(), None)


@require_safe
def paper(request: HttpRequest, code: str) -> HttpResponse:
    """The address in the QR of every paper."""
    return _checked(request, code)


def _open(number: str, code: str) -> HttpResponse | None:
    """A signed cookie for half an hour, so that the secret stands in no address and no history."""
    code = code.strip().upper()
    if not is_case_number(number) or _tries(number) >= TRIES:
        return None
    index = queries.query_code_index(number, code)
    if queries.case_of_code(number, index) is None:
        return None
    response = redirect("public_progress_case", number)
    response.set_signed_cookie(
        _cookie(number), index, max_age=COOKIE_SECONDS, httponly=True, samesite="Lax", secure=settings.PRODUCTION
    )
    return response


def _cookie(number: str) -> str:
    return f"progress_{number}"


def _tries(number: str) -> int:
    try:
        return int(cache.get(f"progress:{number}", 0))
    except (RedisError, OSError):
        return 0


def _wrong(number: str) -> int:
    """Count one wrong code for this number. Without the cache nothing is counted; the code has forty bits of its own."""
    if not is_case_number(number):
        return 0  # nobody fills the cache with numbers that can't exist
    try:
        cache.add(f"progress:{number}", 0, LOCKED_SECONDS)
        return cache.incr(f"progress:{number}")
    except (RedisError, OSError, ValueError):
        return 0


def _progress(case: Case, now: datetime) -> dict[str, Any]:
    today, rules = moment.local_date(now), clocks.rules_with(case)
    told = progress_told.told(case, now, rules)
    standing = None
    if told.promised is not None and case.concluded_at is None and told.state not in FINAL_STATES:
        facts = facts_of(told.promised, told.statutory)
        standing = judge(facts, today, calendar=rules.calendar, near=rules.near(today))
    return {
        "now": now,
        "item": case.version.name,
        "answer": list(told.headline),
        "due": rows.chip(standing),
        "sentence": told.sentence,
        "steps": _steps(case, told, now, rules),
        "facts": [
            ("办件编号", case_short(case.number)),
            ("申请人", rows.applicant_of(case)),
            ("实施单位", case.item.department.name),
            ("出件方式", case.get_delivery_way_display()),
        ],
        "contacts": [
            {"label": label, "phone": phone}
            for label, phone in (("打电话问", case.version.consult_phone), ("我要投诉", case.version.complaint_phone))
            if phone
        ],
    }


def _steps(case: Case, told: progress_told.Told, now: datetime, rules: clocks.Rules) -> list[dict[str, Any]]:
    """Oldest first: what was reached with its day and each time that does not count, then what comes with its latest day."""
    unit = case.item.department.name
    accepted = "受理（逾期未告知，依法视为受理）" if told.deemed else "受理"
    reached = [
        _step("收件", str(case.window) if case.window else "", case.received_at),
        _step("材料补正到齐", "", case.corrected_at),
        _step(accepted, unit, told.accepted_at),
        *(_stop(pause) for pause in told.pauses),
        _step("审批和决定", unit, case.decided_at),
        *_afterwards(case, told, unit),
    ]
    done = [step for step in reached if step["at"] or step["kind"] == "stop"]
    if told.extended:
        done.append(_step(f"经批准延长 {told.extended} 个工作日", "行政许可法第四十二条，只能延长一次", None))
    if told.state in FINAL_STATES:
        if done and told.state != S.DELIVERED and case.ended_at is None:
            done.append(_step(told.headline[0].rstrip("，"), "".join(told.headline[1:]), None))
        done[-1]["kind"] = "now"
        return done
    here = _HERE.get(told.state)
    if here:
        done.append({**_step(here, unit if told.state in _AT_UNIT else "", None), "kind": "now"})
    elif done and not done[-1]["kind"]:
        done[-1]["kind"] = "now"
    return done if conditions.is_untrue(case) else done + _ahead(case, told, now, rules)


def _afterwards(case: Case, told: progress_told.Told, unit: str) -> list[dict[str, Any]]:
    """What came after the decision, in the order in which it came."""
    ordered = [clock for clock in clocks.carried(case) if clock.kind == ClockKind.RECTIFICATION]
    steps = [
        _step("办结", unit, case.concluded_at),
        _step("领取结果", "", case.delivered_at),
        *(_step("承诺不实，责令限期改正", unit, order.started_at) for order in ordered),
        *(_step(_OBEYED[case.declaration], unit, order.stopped_at) for order in ordered if case.declaration in _OBEYED),
        _step("撤销准予的决定" if told.state == S.REVOKED else told.state.label, "", case.ended_at),
    ]
    return sorted((step for step in steps if step["at"]), key=lambda step: step["at"])


_OBEYED: dict[str, str] = {DeclarationState.CORRECTED: "已经改正", DeclarationState.FULFILLED: "复查后承诺属实"}
_HERE = {S.CORRECTION_REQUIRED: "等您补正材料", S.ACCEPTED: "审核中", S.REVIEWED: "审批中"}
_AT_UNIT = (S.ACCEPTED, S.REVIEWED)


def _ahead(case: Case, told: progress_told.Told, now: datetime, rules: clocks.Rules) -> list[dict[str, Any]]:
    due = told.promised.due_on if told.promised else None
    delivery = rules.limit(ClockKind.DELIVERY, moment.local_date(now))
    ahead = [
        ("收件", "", case.received_at),
        ("受理", "", told.accepted_at),
        ("审批和决定", f"最迟 {day_in_words(due, now)}" if due else "", case.decided_at),
        ("办结", "", case.concluded_at),
        ("领取结果", f"决定后 {delivery.words}内", case.delivered_at),
    ]
    return [{**_step(what, who, None), "kind": "next"} for what, who, at in ahead if not at]


def _step(what: str, who: str, at: datetime | None) -> dict[str, Any]:
    return {"what": what, "who": who, "at": at, "when": "", "kind": ""}


def _stop(pause: progress_told.Paused) -> dict[str, Any]:
    return {**_step(f"停表：{pause.ground_name}", pause.sentence, None), "kind": "stop"}


def _checked(request: HttpRequest, typed: str) -> HttpResponse:
    code = typed.strip().upper()
    form = CheckForm({"code": code})
    if not form.is_valid():
        return _check_page(request, form, None)
    found = Paper.objects.filter(check_code=code).select_related("file").first()
    if found is None:
        result: dict[str, Any] = {
            "found": False,
            "sentence": "没有这个核验码",
            "advice": "请对照文书再填一次。还是没有的，这份文书不是本大厅发出的，请打文书上的电话核实。",
            "facts": [],
            "hash": "",
        }
        return _check_page(request, CheckForm(initial={"code": code}), result)
    unit, taken_back = Department.objects.filter(number=found.unit).first(), queries.taken_back(found)
    how = {S.REVOKED: "撤销", S.VOIDED: "作废"}[taken_back[0]] if taken_back else ""
    result = {
        "found": True,
        "sentence": f"这份文书已经{how}，不再有效" if taken_back else "这份文书是本大厅发出的",
        "advice": TAKEN_BACK if taken_back else "请与手里的文书逐项对照，名称、文号、日期都一样才是真的。",
        "facts": [
            ("文书", found.title),
            ("文号", found.number),
            ("制发单位", unit.name if unit else ""),
            ("制发日期", full_day(found.issued_at)),
            *([(f"{how}日期", full_day(taken_back[1]))] if taken_back else []),
            ("办件编号", case_short(found.label)),
        ],
        "hash": found.file.pdf_hash if hasattr(found, "file") else "",
    }
    return _check_page(request, CheckForm(), result)


def _check_page(request: HttpRequest, form: CheckForm, result: dict[str, Any] | None) -> HttpResponse:
    context = {
        "form": form,
        "faults": faults(form) if form.is_bound and form.errors else [],
        "action": reverse("public_check"),
        "result": result,
    }
    return render(request, "public/paper_check.html", context)
