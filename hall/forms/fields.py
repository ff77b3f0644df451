"""What all forms share: text that can be seen, and refusals of an action beside the field at fault."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator

from supervision.refusals import Refusal

OFF = {"autocomplete": "off"}
# Text goes into pages and papers: signs that can't be seen have no place there; line breaks and tabs do.
VISIBLE = RegexValidator(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "有看不见的控制符号，请删去后重填。", inverse_match=True)


def text(label: str, *, required: bool = True, most: int = 200, **more: Any) -> forms.CharField:
    """One line, or with `widget=forms.Textarea` several."""
    attrs = {**OFF, **more.pop("attrs", {})}
    messages = {"required": f"请填写{label}。", "max_length": f"{label}最多 {most} 个字。"}
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        validators=[VISIBLE],
        widget=more.pop("widget", forms.TextInput)(attrs=attrs),
        error_messages=messages,
        **more,
    )


def paragraph(label: str, *, rows: int = 3, **more: Any) -> forms.CharField:
    return text(label, widget=forms.Textarea, attrs={"rows": str(rows)}, **more)


def days(label: str, *, unit: str, example: int, required: bool = True, help_text: str = "") -> forms.IntegerField:
    """A number of days; how many are lawful is for the action to say, which names the article."""
    fault = f"填 1 以上的数字，例如 {example}。"
    return forms.IntegerField(
        label=f"{label}（{unit}）",
        required=required,
        min_value=1,
        max_value=9999,
        widget=forms.NumberInput(attrs={**OFF, "inputmode": "numeric"}),
        help_text=help_text,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), fault),
    )


def day(label: str, *, help_text: str = "") -> forms.DateField:
    """A day; empty means today."""
    return forms.DateField(
        label=label,
        required=False,
        widget=forms.DateInput(attrs={**OFF, "type": "date"}, format="%Y-%m-%d"),
        help_text=help_text,
        error_messages={"invalid": "填一个日期，例如 2026-03-10。"},
    )


def choice(label: str, options: Any = (), *, most_in_sight: int = 4, **more: Any) -> forms.ChoiceField:
    """Up to four options in sight, more as a list to choose from."""
    told = list(options)
    widget: Any = forms.RadioSelect if 0 < len(told) <= most_in_sight else forms.Select
    faults = dict.fromkeys(("required", "invalid_choice"), f"请选择{label}。")
    if widget is forms.Select:
        told = [("", "请选择"), *told]
    return forms.ChoiceField(label=label, choices=told, widget=widget, error_messages=faults, **more)


def put_faults(form: forms.Form, refusals: tuple[Refusal, ...]) -> None:
    """Refusals of an action stand beside the field they name, else above the form; each with its rules and the remedy."""
    for refusal in refusals:
        form.add_error(refusal.field if refusal.field in form.fields else None, in_words(refusal))


def in_words(refusal: Refusal) -> str:
    """The sentence, what to do instead, and by which rule."""
    rules = f"（{'、'.join(refusal.rules)}）" if refusal.rules else ""
    return f"{refusal.sentence}{refusal.remedy}{rules}"
