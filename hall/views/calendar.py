"""监察 › 工作日历: the known years, where they come from, what was changed; a year is loaded and a day corrected after a look at who moves.

Nothing is saved unseen: the save button stands in the preview alone, and when other clocks would move meanwhile it is shown anew.
"""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from authorization.staff import Staff
from hall.actions import recalculate
from hall.forms import DayForm, HoursForm, YearForm
from hall.templatetags.face import faults
from hall.views import calendar_parts
from supervision import calendar_changes, clocks, doorbell, extended_hours, log, moment
from supervision.calendar_changes import Change, Move
from supervision.refusals import NotFound, Unusable
from supervision.workdays import Calendar

TASK = "hall.recalculate_deadlines"
LISTED = 100


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request)
    verb = VERBS.get(request.POST.get("verb", ""))
    if verb is None:
        raise NotFound
    return verb(request)


def _year(request: HttpRequest) -> HttpResponse:
    form = YearForm(request.POST, auto_id="year_%s")
    if not form.is_valid():
        return _page(request, year_form=form, status=400)
    typed = form.cleaned_data
    try:
        change = calendar_changes.loading(typed["year"], typed["source"], typed["text"])
        return _look_or_save(request, change, form, "year_form")
    except Unusable as refused:
        _put(form, refused)
        return _page(request, year_form=form, status=400)


def _day(request: HttpRequest) -> HttpResponse:
    form = DayForm(request.POST, auto_id="day_%s")
    if not form.is_valid():
        return _page(request, day_form=form, status=400)
    typed = form.cleaned_data
    try:
        change = calendar_changes.correcting(
            typed["day"], works=typed["works"] == "yes", name=typed["name"], source=typed["source"]
        )
        return _look_or_save(request, change, form, "day_form")
    except Unusable as refused:
        _put(form, refused)
        return _page(request, day_form=form, status=400)


def _look_or_save(request: HttpRequest, change: Change, form: Any, name: str) -> HttpResponse:
    """The preview first; saved when the moves are those that were seen."""
    staff: Staff = request.staff  # type: ignore[attr-defined]
    moved = calendar_changes.preview(change)
    seen = _seen(change, moved)
    if request.POST.get("seen") != seen:
        preview = calendar_parts.preview(change, moved, LISTED) | {"seen": seen, "verb": request.POST["verb"]}
        return _page(request, preview=preview, shown=change.year, calendar=change.calendar, **{name: form})
    calendar_changes.apply(
        change, reason=form.cleaned_data["reason"], by=staff.name, actor=staff.actor, now=moment.now()
    )
    doorbell.ring(TASK)
    told = f"要移动的 {len({move.label for move in moved})} 件正在重算，各留一条记录。" if moved else "没有办件要移动。"
    messages.success(request, f"{calendar_parts.title(change)}已保存。{told}")
    return redirect(f"{reverse('calendar')}?year={change.year}")


def _add_hours(request: HttpRequest) -> HttpResponse:
    staff: Staff = request.staff  # type: ignore[attr-defined]
    form, now = HoursForm(request.POST, auto_id="hours_%s"), moment.now()
    if form.is_valid():
        try:
            extended_hours.add(**form.given(), actor=staff.actor, now=now, today=moment.local_date(now))
        except Unusable as refused:
            _put(form, refused)
        else:
            messages.success(request, "延时服务已登记。")
            return redirect("calendar")
    return _page(request, hours_form=form, status=400)


def _end_hours(request: HttpRequest) -> HttpResponse:
    staff: Staff = request.staff  # type: ignore[attr-defined]
    now = moment.now()
    found = {str(one.pk): one for one in extended_hours.in_force(moment.local_date(now))}.get(
        request.POST.get("hours", "")
    )
    if found is None:
        raise NotFound
    extended_hours.end(found, last_day=moment.local_date(now), actor=staff.actor, now=now)
    messages.success(request, "延时服务今天之后不再提供。")
    return redirect("calendar")


VERBS = {"year": _year, "day": _day, "add_hours": _add_hours, "end_hours": _end_hours}


def _page(
    request: HttpRequest,
    *,
    preview: dict[str, Any] | None = None,
    shown: int | None = None,
    calendar: Calendar | None = None,
    year_form: YearForm | None = None,
    day_form: DayForm | None = None,
    hours_form: HoursForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = moment.now()
    today, known = moment.local_date(now), clocks.current_calendar()
    calendar = calendar or known
    year = shown or _asked(request, calendar, today)
    bound = [form for form in (year_form, day_form, hours_form) if form is not None]
    context = {
        "year": year,
        "months": calendar_parts.months(year, calendar, today),
        "working_days": calendar.count_workdays(_eve(year, calendar), date(year, 12, 31)),
        "years": [
            {"year": each, "url": f"{reverse('calendar')}?year={each}", "current": each == year}
            for each in range(known.first.year, known.last_known.year + 1)
        ],
        "changes": [calendar_parts.change(one) for one in calendar_changes.history()[:LISTED]],
        "source": calendar_parts.source(year),
        "waiting": len(set(recalculate.waiting())),
        "hours": [calendar_parts.hours(one) for one in extended_hours.in_force(today)],
        "next_year": known.last_known.year + 1,
        "preview": preview,
        "faults": [fault for form in bound for fault in faults(form)],
        "year_form": year_form or YearForm(initial={"year": known.last_known.year + 1}, auto_id="year_%s"),
        "day_form": day_form or DayForm(auto_id="day_%s"),
        "hours_form": hours_form or HoursForm(auto_id="hours_%s"),
    }
    return render(request, "supervision/calendar.html", context, status=status)


def _put(form: forms.Form, refused: Unusable) -> None:
    """Each refusal with its remedy beside the field that it names."""
    for refusal in refused.refusals:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence + refusal.remedy)


def _asked(request: HttpRequest, calendar: Calendar, today: date) -> int:
    """The year asked for, else this one; none but a known one."""
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else today.year
    return min(max(year, calendar.first.year), calendar.last_known.year)


def _eve(year: int, calendar: Calendar) -> date:
    return date.fromordinal(date(year, 1, 1).toordinal() - 1)


def _seen(change: Change, moved: list[Move]) -> str:
    """What was shown, in one word: the days and who moves."""
    told = [[move.label, move.kind, move.round, move.old, move.new] for move in moved]
    return log.fingerprint({"days": change.after, "source": change.source, "moves": told})[:16]
