"""Signing in and out: password and one-time code in one form, five wrong tries lock the account (T01-T06)."""

import base64
import logging
import uuid
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.cache import cache
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django_otp.oath import TOTP
from redis.exceptions import RedisError

from authorization.models import Person, PostHolding
from hall.config.sessions import seal_session
from hall.forms import SignInForm
from hall.models import WindowDuty
from supervision import clocks, log, moment, protection
from supervision.workdays import Calendar

logger = logging.getLogger(__name__)
WRONG = "账号、密码或动态码不对；连续输错 5 次，账号锁定 15 分钟。"
NOBODY = uuid.UUID(int=0)
MOST_FAILURES, FAILURE_WINDOW = 30, 15 * 60
LOCKED = "连续输错 5 次，账号已锁定，请 15 分钟后再试。"
NO_POST = "这个账号今天没有任职岗位，请本单位系统管理员登记。"


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    form = SignInForm(request.POST if request.method == "POST" else None)
    where = request.POST.get("next") or request.GET.get("next", "")
    if request.method == "POST" and form.is_valid():
        person = _known(request, **form.cleaned_data)
        holding = _holding(person) if person else None
        if person and holding:
            _begin(request, person, holding)
            return redirect(_inside(request, where))
        if person is None:
            _record_failure(request, form.cleaned_data["username"])
        form.add_error(None, NO_POST if person else WRONG)
    return _page(request, form, where)


def locked_out(request: HttpRequest, answer: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """What axes answers while an account is locked, the right password included; an unknown account reads the same (T01)."""
    form = SignInForm(request.POST)
    form.add_error(None, LOCKED)
    return _page(request, form, request.POST.get("next", ""), status=429)


def _page(request: HttpRequest, form: SignInForm, where: str, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "next": where,
        "help": [("忘记密码", "请本单位系统管理员重置")],
        "hours": settings.OPENING_HOURS,
    }
    return render(request, "hall/sign_in.html", context | _calendar(), status=status)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    staff = request.staff  # type: ignore[attr-defined]
    subject = log.Subject("authorization_person", staff.person_id)
    try:
        log.note("sign_out", subject, actor=staff.actor, now=moment.now(), facts={})
    except Error:
        logger.exception("a sign-out is not on record")  # a desk is left safely whatever the log says
    request.session.flush()
    response = redirect("sign_in")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _known(request: HttpRequest, username: str, password: str, code: str) -> Person | None:
    """The person, when password and code are right; one text and one count for every way to be wrong (T01)."""
    person = authenticate(request, username=username, password=password)
    if not isinstance(person, Person):
        return None
    if not _code_is_right(person, code):
        user_login_failed.send(sender=__name__, credentials={"username": username}, request=request)
        return None
    return person


def _record_failure(request: HttpRequest, username: str) -> None:
    """Failed tries are on record like successful ones, whether the account exists or not; what was typed is not, since a
    password typed into the wrong field would stay for ever. After thirty of an address in 15 minutes no more are written.
    """
    terminal = request.META.get("REMOTE_ADDR", "")
    key = f"sign-in-failed:{terminal}"
    try:
        cache.add(key, 0, FAILURE_WINDOW)
        if cache.incr(key) > MOST_FAILURES:
            return
    except (RedisError, OSError, ValueError):
        pass
    known = Person.objects.filter(username=username).values_list("id", flat=True).first()
    subject = log.Subject("authorization_person", known or NOBODY)
    log.note("sign_in_failed", subject, actor=log.Actor(terminal=terminal), now=moment.now(), facts={})


def _code_is_right(person: Person, code: str) -> bool:
    """A code serves once: the step it belongs to is taken by a conditional update (T05)."""
    if person.otp_secret is None:
        return True
    if not (code.isascii() and code.isdigit()):
        return False
    secret = protection.unseal(person.otp_secret, table="authorization_person", column="otp_secret", row=person.id)
    totp = TOTP(otp_key(secret))
    totp.time = moment.wall().timestamp()
    if not totp.verify(int(code), tolerance=1, min_t=person.otp_step + 1):
        return False
    step = totp.t()  # of the code itself: after `verify` it holds the drift already
    return Person.objects.filter(pk=person.pk, otp_step__lt=step).update(otp_step=step) == 1


def otp_key(secret: str) -> bytes:
    """The bytes behind a Base32 secret as authenticator apps show it."""
    return base64.b32decode(secret)


def _holding(person: Person) -> PostHolding | None:
    """The post in which somebody acts today: the one with a window first, else the one held longest."""
    today = moment.local_date(moment.now())
    held = PostHolding.objects.filter(person=person, during__contains=today)
    return held.filter(duties__during__contains=today).first() or held.order_by("during").first()


def _begin(request: HttpRequest, person: Person, holding: PostHolding) -> None:
    """The record comes first: where it can't be written, nobody gets in (T51)."""
    today = moment.local_date(moment.now())
    duty = WindowDuty.objects.filter(holding=holding, during__contains=today).first()
    actor = log.Actor(person.id, person.name, holding.post_id, terminal=request.META.get("REMOTE_ADDR", ""))
    log.note("sign_in", log.Subject("authorization_person", person.id), actor=actor, now=moment.now(), facts={})
    request.session.cycle_key()
    rotate_token(request)
    seal_session(request.session, person, holding.id, duty.id if duty else None)
    user_logged_in.send(sender=Person, request=request, user=person)


def _inside(request: HttpRequest, where: str) -> str:
    safe = url_has_allowed_host_and_scheme(where, {request.get_host()}, require_https=request.is_secure())
    return where if safe else reverse("home")


def _calendar() -> dict[str, Any]:
    today, calendar = moment.local_date(moment.now()), clocks.current_calendar()
    first = today.replace(day=1)
    start = first - timedelta(days=first.weekday())
    after = (first + timedelta(days=31)).replace(day=1)
    weeks = [[_day(start + timedelta(days=7 * week + n), today, calendar) for n in range(7)] for week in range(6)]
    return {
        "day_kind": kind_of_day(today, calendar),
        "month": {
            "caption": f"{today.year}年{today.month}月工作日历",
            "weeks": [week for n, week in enumerate(weeks) if start + timedelta(days=7 * n) < after],
        },
        "calendar_source": f"日历依据国务院办公厅{today.year}年节假日安排，全部时限按此计算。"
        if calendar.knows(today)
        else f"{today.year}年节假日安排尚未录入，日期按周一至周五暂定。",
    }


def _day(day: date, today: date, calendar: Calendar) -> dict[str, Any]:
    made = day in calendar.make_up_workdays
    kind = "made" if made else "work" if calendar.is_workday(day) else "off"
    name = "班" if made else calendar.names.get(day, "") if kind == "off" else ""
    return {"number": day.day, "kind": kind, "name": name, "today": day == today}


def kind_of_day(day: date, calendar: Calendar) -> str:
    if day in calendar.make_up_workdays:
        return "调休上班"
    if calendar.is_workday(day):
        return "工作日"
    return f"{calendar.names[day]}放假" if day in calendar.names else "休息日"
