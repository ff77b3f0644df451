"""Forms of the working calendar: a year as its notice words it, one day that is otherwise, hours beside office hours."""

from typing import Any

from django import forms

from hall.forms import fields
from hall.forms.fields import OFF


class YearForm(forms.Form):
    """A year's arrangement as the notice words it; `year` is the next one that is not known."""

    year = forms.IntegerField(widget=forms.HiddenInput, min_value=1900, max_value=9998)
    source = fields.text("依据", most=120, help_text="通知的文号，例如：国办发明电〔2025〕7号。")
    text = fields.text(
        "放假安排",
        most=4000,
        widget=forms.Textarea,
        attrs={"rows": "8"},
        help_text="从通知里粘贴，一个节日一行，例如：清明节：4月4日至6日放假，共3天。",
    )
    reason = fields.text("说明", most=200, help_text="为什么改，记入监察记录。")


class DayForm(forms.Form):
    """One day that is otherwise than the calendar says."""

    day = forms.DateField(
        label="日期",
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date", **OFF}, format="%Y-%m-%d"),
        error_messages={"required": "请填日期。", "invalid": "这不是日期，请写成 2026-02-10 的样子。"},
    )
    works = forms.ChoiceField(
        label="这一天",
        choices=[("yes", "上班"), ("no", "休息")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选上班或休息。", "invalid_choice": "请选上班或休息。"},
    )
    name = fields.text("节日", most=20, required=False, help_text="为哪个节日放假或调休；恢复平日上班的不用填。")
    source = fields.text("依据", most=120, help_text="调整通知的文号。")
    reason = fields.text("说明", most=200, help_text="为什么改，记入监察记录。")


class HoursForm(forms.Form):
    """Hours beside office hours, each week or on one day."""

    weekday = forms.TypedChoiceField(
        label="星期",
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "某一天"), *((str(n + 1), f"每周{name}") for n, name in enumerate("一二三四五六日"))],
        error_messages={"invalid_choice": "请从列出的星期里选。"},
    )
    day = forms.DateField(
        label="日期",
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date", **OFF}, format="%Y-%m-%d"),
        error_messages={"invalid": "这不是日期，请写成 2026-02-10 的样子。"},
    )
    opens = forms.TimeField(
        label="起",
        widget=forms.TimeInput(attrs={"type": "time", **OFF}, format="%H:%M"),
        error_messages={"required": "请填开始时间。", "invalid": "请写成 12:00 的样子。"},
    )
    closes = forms.TimeField(
        label="止",
        widget=forms.TimeInput(attrs={"type": "time", **OFF}, format="%H:%M"),
        error_messages={"required": "请填结束时间。", "invalid": "请写成 14:30 的样子。"},
    )
    note = fields.text("说明", most=60, help_text="例如：午间延时服务。")

    def given(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
