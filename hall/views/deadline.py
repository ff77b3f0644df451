"""期限试算: the due day of any period, with the days that counted and those that did not, for whoever has to explain one (L16, L20, L28-L31)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from hall.templatetags.face import faults
from supervision import clocks, explaining, moment, strips
from supervision.explaining import Explained
from supervision.strips import StripClock
from supervision.workdays import Calendar, CalendarUnknown, Pause, TimeUnit

PAUSES = 3
LONGEST = 3650
FARTHEST = timedelta(
    days=20 * 365 + 5
)  # from the start: no period of the office is longer, and every day of it is looked at
TOO_LONG = "期限太长，到期日不能超过起算日 20 年。请改短。"
KINDS = {"count": "计入", "feast": "放假", "stop": "停表", "rolled": "顺延"}


def _day(label: str, *, required: bool = True, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        error_messages={"required": f"请填{label}。", "invalid": "这不是日期，请写成 2026-02-10 的样子。"},
        **more,
    )


def _number(label: str, least: int, *, required: bool = True, **more: Any) -> forms.IntegerField:
    attrs = {"inputmode": "numeric", "autocomplete": "off"}
    wrong = f"请填 {least} 到 {LONGEST} 之间的数字。"
    messages = {"required": f"请填{label}。", "invalid": wrong, "min_value": wrong, "max_value": wrong}
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=least,
        max_value=LONGEST,
        widget=forms.TextInput(attrs=attrs),
        error_messages=messages,
        **more,
    )


class DeadlineForm(forms.Form):
    """A period as the office says it. Empty pauses are left out; one without a last day is still open."""

    start = _day("起算日", help_text="受理、收件或决定的那一天，当日不计。")
    unit = forms.ChoiceField(
        label="单位",
        choices=TimeUnit.choices,
        initial=TimeUnit.WORKDAY,
        error_messages={"invalid_choice": "请从列出的单位里选。", "required": "请选单位。"},
    )
    limit = _number("期限", 1, required=False, help_text="即时的不用填。")
    extension = _number("延长", 0, required=False, help_text="行政许可法第四十二条：经批准，可以延长一次。")

    def __init__(self, *args: Any, **words: Any) -> None:
        super().__init__(*args, **words)
        for n in range(1, PAUSES + 1):
            self.fields[f"first_{n}"] = _day(f"停表 {n} 首日", required=False)
            self.fields[f"last_{n}"] = _day(f"停表 {n} 末日", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if cleaned.get("unit") != TimeUnit.IMMEDIATE and not cleaned.get("limit") and "limit" not in self.errors:
            self.add_error("limit", "请填期限，例如 20。")
        for n in range(1, PAUSES + 1):
            first, last = cleaned.get(f"first_{n}"), cleaned.get(f"last_{n}")
            if last and not first and f"first_{n}" not in self.errors:
                self.add_error(f"first_{n}", "填了末日，也请填首日。")
            elif first and last and last < first:
                self.add_error(f"last_{n}", "末日不能早于首日，请改正。")
        self._keep_near(cleaned)
        return cleaned

    def _keep_near(self, cleaned: dict[str, Any]) -> None:
        """Nothing more than twenty years from the start, so that no address makes the office count for minutes."""
        start, days = cleaned.get("start"), self._least_days(cleaned)
        if days > FARTHEST.days:
            self.add_error("limit", TOO_LONG)
        for n in range(1, PAUSES + 1):
            for name in (f"first_{n}", f"last_{n}"):
                day = cleaned.get(name)
                if start and day and abs(day - start) > FARTHEST:
                    self.add_error(name, "离起算日不能超过 20 年，请改正。")

    def _least_days(self, cleaned: dict[str, Any]) -> int:
        """How many calendar days such a period takes at least."""
        limit, extension, unit = cleaned.get("limit") or 0, cleaned.get("extension") or 0, cleaned.get("unit")
        if unit == TimeUnit.IMMEDIATE:
            return 0
        if unit == TimeUnit.WORKDAY:
            return int(limit + extension) * 7 // 5
        return int(limit * 28 if unit == TimeUnit.MONTH else limit) + int(extension)

    def pauses(self) -> list[Pause]:
        told = [(self.cleaned_data[f"first_{n}"], self.cleaned_data[f"last_{n}"]) for n in range(1, PAUSES + 1)]
        return [Pause(first, last) for first, last in told if first]

    def pause_rows(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        for n in range(1, PAUSES + 1):
            yield self[f"first_{n}"], self[f"last_{n}"]


@require_safe
def deadline(request: HttpRequest) -> HttpResponse:
    """Asked by GET, so that a computation can be sent on as an address; nothing is written."""
    today, calendar = moment.local_date(moment.now()), clocks.current_calendar()
    asked = bool(request.GET)
    form = DeadlineForm(request.GET) if asked else DeadlineForm(initial={"start": today, "extension": 0})
    told = _explained(form, calendar) if asked and form.is_valid() else None
    context = {
        "form": form,
        "faults": faults(form) if asked else [],
        "known": f"{calendar.first.year}–{calendar.last_known.year} 年",
        "result": _result(form, told, today, calendar) if told else None,
    }
    return render(request, "hall/deadline.html", context, status=400 if asked and told is None else 200)


def _explained(form: DeadlineForm, calendar: Calendar) -> Explained | None:
    typed = form.cleaned_data
    try:
        told = explaining.explain(
            typed["start"],
            typed["limit"] or 0,
            typed["unit"],
            form.pauses(),
            0 if typed["unit"] == TimeUnit.IMMEDIATE else typed["extension"] or 0,
            calendar=calendar,
        )
    except CalendarUnknown as unknown:
        form.add_error("start", unknown.refusal.sentence + unknown.refusal.remedy)
    except (ValueError, OverflowError):
        form.add_error("limit", "期限太长，到期日不能远过公元 9999 年。请改短。")
    else:
        if told.due.due_on is None or told.due.due_on - typed["start"] <= FARTHEST:
            return told
        form.add_error("limit", TOO_LONG)
    return None


def _result(form: DeadlineForm, told: Explained, today: date, calendar: Calendar) -> dict[str, Any]:
    due = told.due
    return {
        "due_on": due.due_on,
        "provisional": due.provisional,
        "sentence": told.sentence,
        "strip": _strip(form, told, today, calendar),
        "rows": [
            {
                "kind": KINDS[part.kind],
                "first": part.first,
                "last": part.last,
                "counted": part.counted,
                "total": part.total,
                "note": part.note,
            }
            for part in told.stretches
        ],
    }


def _strip(form: DeadlineForm, told: Explained, today: date, calendar: Calendar) -> strips.Strip:
    """Read today where the period runs today, else as it lies ahead; a closed period does not go on to today."""
    typed, due_on = form.cleaned_data, told.due.due_on
    start: date = typed["start"]
    runs = start <= today and (due_on is None or today <= due_on)
    clock = StripClock(
        name="期限",
        start=start,
        limit=typed["limit"] or 0,
        unit=TimeUnit(typed["unit"]),
        due_on=due_on,
        pauses=tuple(form.pauses()),
        stopped_on=due_on,
        extension=typed["extension"] or 0,
        provisional=told.due.provisional,
    )
    made = strips.build(
        [clock], today if runs else date.fromordinal(start.toordinal() - 1), calendar=calendar, event="起算"
    )
    words = {} if runs else {"open": "计入"}  # nothing is used yet, or all of it is over
    return replace(made, legend=tuple((kind, words.get(kind, told_as)) for kind, told_as in made.legend))
