"""How the pages say days, times, numbers and codes. Nothing here reads the clock: `now` comes from the context."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.template import Context, Node, NodeList, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, token_kwargs
from django.utils.safestring import SafeString

from supervision import moment, numbers

register = template.Library()

UNKNOWN = "—"
WEEKDAYS = "一二三四五六日"


# Days and times -------------------------------------------------------------------------------------------------------
def _local(value: date | datetime) -> date | datetime:
    return moment.local(value) if isinstance(value, datetime) else value


def _date(value: date | datetime) -> date:
    local = _local(value)
    return local.date() if isinstance(local, datetime) else local


@register.filter
def day(value: date | datetime | None, now: date | datetime) -> str:
    """3月12日; the year stands only when it is not the year of `now`. Unknown is a dash, never an empty place."""
    if not value:
        return UNKNOWN
    on, today = _date(value), _date(now)
    return f"{on.month}月{on.day}日" if on.year == today.year else full_day(on)


@register.filter
def day_weekday(value: date | datetime | None, now: date | datetime) -> str:
    """3月12日 周四, for the staff."""
    return f"{day(value, now)} 周{WEEKDAYS[_date(value).weekday()]}" if value else UNKNOWN


@register.filter
def day_in_words(value: date | datetime | None, now: date | datetime) -> str:
    """3月12日（周四）, for citizens."""
    return f"{day(value, now)}（周{WEEKDAYS[_date(value).weekday()]}）" if value else UNKNOWN


@register.filter
def full_day(value: date | datetime | None) -> str:
    """2026年3月10日, where the year always stands: page heads, papers, periods."""
    if not value:
        return UNKNOWN
    on = _date(value)
    return f"{on.year}年{on.month}月{on.day}日"


@register.filter
def weekday(value: date | datetime) -> str:
    """星期二."""
    return f"星期{WEEKDAYS[_date(value).weekday()]}"


@register.filter
def clock(value: datetime | None) -> str:
    """8:41 on a clock in the county; 9:05 keeps its minute's nought."""
    if not value:
        return UNKNOWN
    local = moment.local(value)
    return f"{local.hour}:{local.minute:02d}"


@register.filter
def instant(value: datetime | None, now: date | datetime) -> str:
    """3月9日 8:41, with the year when it is another one; the day alone of what happened at an hour that nobody knows."""
    if value and moment.has_no_hour(value):
        return day(value, now)
    return f"{day(value, now)} {clock(value)}" if value else UNKNOWN


@register.filter
def near_instant(value: datetime | None, now: date | datetime) -> str:
    """8:41 today, 昨天 16:48, else the day alone: for lists in which today is the rule."""
    if not value:
        return UNKNOWN
    days_ago = (_date(now) - _date(value)).days
    if days_ago == 0:
        return clock(value)
    return f"昨天 {clock(value)}" if days_ago == 1 and not moment.has_no_hour(value) else day(value, now)


@register.filter
def iso(value: date | datetime) -> str:
    """The value of a <time datetime>, in county time."""
    return moment.local(value).isoformat(timespec="minutes") if isinstance(value, datetime) else value.isoformat()


# Numbers and codes ----------------------------------------------------------------------------------------------------
@register.filter
def case_short(number: str | None) -> str:
    """20260209 0007; what is not an own number (a draft's key, the province's number) is shown as it is."""
    if not number:
        return UNKNOWN
    parts = numbers.groups(number)
    return parts.spoken if parts else number


@register.filter
def case_parts(number: str) -> numbers.CaseNumber | None:
    """The own number in its groups; None for any other number."""
    return numbers.groups(number)


@register.filter
def grouped(value: str) -> str:
    """A hash in groups of four, as two people compare it aloud."""
    return " ".join(value[i : i + 4] for i in range(0, len(value), 4))


@register.filter
def known(value: Any) -> Any:
    """Unknown is "—"; nought only when it was counted."""
    return UNKNOWN if value is None or value == "" else value


# Forms ----------------------------------------------------------------------------------------------------------------
@register.filter
def control(field: BoundField) -> SafeString:
    """The input of a field with the theme's class; Django adds aria-invalid and aria-describedby."""
    widget = field.field.widget
    given = widget.attrs.get("class", "")
    own = "form-select" if isinstance(widget, Select) else "form-control"
    if isinstance(widget, CheckboxInput):
        own = "form-check-input"
    return field.as_widget(attrs={"class": f"{own} {given}".strip()})


@register.filter
def shape(field: BoundField) -> str:
    """How a field stands: options in sight (choice), one tick before its label (tick), an input under its label (plain)."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "choice"
    return "tick" if isinstance(widget, CheckboxInput) else "plain"


@register.filter
def faults(forms: BaseForm | Iterable[BaseForm]) -> list[dict[str, str]]:
    """What is to be put right, in the order of the page: the summary links each sentence to its field."""
    found: list[dict[str, str]] = []
    for form in [forms] if isinstance(forms, BaseForm) else forms:
        found += [{"href": "", "label": "", "sentence": str(sentence)} for sentence in form.non_field_errors()]
        for field in form:
            place = f"#{field.auto_id}_field" if shape(field) == "choice" else f"#{field.id_for_label}"
            found += [
                {"href": place, "label": str(field.label), "sentence": str(sentence)} for sentence in field.errors
            ]
    return found


TONES = {"success": "ok", "warning": "mind", "error": "fix"}


@register.filter
def message_tone(level_tag: str) -> str:
    """The tone of a notice for a message of Django's; red is an event and is never a message."""
    return TONES.get(level_tag, "")


# Panel ----------------------------------------------------------------------------------------------------------------
class PanelNode(Node):
    child_nodelists = ("body", "tail")

    def __init__(self, inputs: dict[str, FilterExpression], body: NodeList, tail: NodeList) -> None:
        self.inputs, self.body, self.tail = inputs, body, tail

    def render(self, context: Context) -> SafeString:
        values: dict[str, Any] = {"id": "", "meta": "", "extra": ""}
        values |= {name: expression.resolve(context) for name, expression in self.inputs.items()}
        values |= {"body": self.body.render(context), "tail": self.tail.render(context)}
        assert context.template is not None
        return context.template.engine.get_template("components/panel.html").render(context.new(values))


@register.tag
def panel(parser: Parser, token: Token) -> PanelNode:
    """{% panel title="时限" id="clocks" meta=sentence %} body {% tail %} right end of the header {% endpanel %}"""
    bits = token.split_contents()[1:]
    inputs = token_kwargs(bits, parser)
    if bits or not {"title", "id"} <= inputs.keys():
        raise TemplateSyntaxError('panel wants title="…" id="…" and optionally meta="…" extra="…"')
    body = parser.parse(("tail", "endpanel"))
    tail = NodeList()
    if parser.next_token().contents == "tail":
        tail = parser.parse(("endpanel",))
        parser.delete_first_token()
    return PanelNode(inputs, body, tail)
