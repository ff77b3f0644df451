"""The working-day strip: a case's clocks on one axis of working days, as values for `templates/components/strip.html`.

The component gets one `strip` and only loops:

    strip.caption   what the table is, for its caption and its region
    strip.months    Month(label, span), side by side over the days
    strip.days      Day(kind, label, title, now): one a column. kind is day, made (make-up workday), rest (gap of a
                    weekend), feast (gap of a holiday, with its name) or front (days folded into one: "前 22 日")
    strip.rows      Row(label, cells): one a clock; Cell(kind, text, title, now), one a column. kind is event, used,
                    open, stop, due-day, out, rest or feast
    strip.legend    (kind, words) of the kinds that occur
    strip.sentence  for the meta line of the panel
    strip.made      numbers of the make-up days shown, as text

The event day has a column of its own even on a rest day, and so has today while a clock runs. The paper that paused a
clock is not known here: the page names it below the strip.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from supervision.workdays import Calendar, CalendarUnknown, Pause, TimeUnit, paused_days, used

MOST_DAYS = 45
DAYS_BEFORE_TODAY = 10
_LEGEND = {"used": "已用", "open": "未用", "stop": "停表", "due-day": "到期日", "now": "今天"}


@dataclass(frozen=True, slots=True)
class StripClock:
    """A row: `name` is what the limit is called (承诺, 法定). An open pause has no last day, `due_on` is None."""

    name: str
    start: date
    limit: int
    unit: TimeUnit | str
    due_on: date | None
    pauses: tuple[Pause, ...] = ()
    stopped_on: date | None = None
    extension: int = 0
    provisional: bool = False

    @property
    def label(self) -> str:
        if self.unit == TimeUnit.IMMEDIATE:
            return f"{self.name} 即办"
        if self.unit == TimeUnit.MONTH:
            return f"{self.name} {self.limit} 个月"
        return f"{self.name} {self.limit + self.extension} 日"


@dataclass(frozen=True, slots=True)
class Day:
    kind: str
    label: str
    title: str
    now: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    label: str
    span: int


@dataclass(frozen=True, slots=True)
class Cell:
    kind: str
    text: str = ""
    title: str = ""
    now: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    months: tuple[Month, ...]
    days: tuple[Day, ...]
    rows: tuple[Row, ...]
    legend: tuple[tuple[str, str], ...]
    sentence: str
    made: tuple[str, ...]
    caption: str = "时限工作日条"


def build(
    clocks: Sequence[StripClock], today: date, *, calendar: Calendar, event: str = "受理", stop_words: str = "停表"
) -> Strip:
    """The strip of these clocks; the first one, the promise, is told in the sentence.

    `event` names what started it, `stop_words` the ground in the legend (停表（水质检测，行政许可法第45条）).
    Refused `calendar_unknown` when a clock started outside the known calendar, as its due day would be.
    """
    for clock in clocks:
        if not calendar.knows(clock.start):
            raise CalendarUnknown(clock.start, calendar)
    spans = _folded(_spans(clocks, today, calendar), today)
    head = _Head(today, calendar)
    days = tuple(head.day(span) for span in spans)
    rows = tuple(_Line(clock, today, calendar).row(spans) for clock in clocks)
    return Strip(
        months=tuple(head.months(spans)),
        days=days,
        rows=rows,
        legend=_legend(rows, stop_words),
        sentence=_sentence(clocks[0], today, calendar, event),
        made=tuple(day.label for day in days if day.kind == "made"),
    )


def _legend(rows: Iterable[Row], stop_words: str) -> tuple[tuple[str, str], ...]:
    cells = [cell for row in rows for cell in row.cells]
    occur = {cell.kind for cell in cells} | {"now" for cell in cells if cell.now}
    words = {**_LEGEND, "stop": stop_words}
    return tuple((kind, words[kind]) for kind in words if kind in occur)


@dataclass(frozen=True, slots=True)
class _Span:
    """What one column stands for: a day, the days of a gap (rest, feast), or days folded away (front, back)."""

    kind: str
    first: date
    last: date
    workdays: int = 0

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def _spans(clocks: Sequence[StripClock], today: date, calendar: Calendar) -> list[_Span]:
    """From the first start to the last day that matters; today belongs to it while a clock runs."""
    first = min(clock.start for clock in clocks)
    ends = [day for clock in clocks for day in (clock.start, clock.due_on, clock.stopped_on) if day]
    if any(clock.stopped_on is None for clock in clocks):
        ends.append(today)
    own = {clock.start for clock in clocks} | {today}
    spans: list[_Span] = []
    for shown, run in groupby(_days(first, max(ends)), key=lambda day: day in own or calendar.is_workday(day)):
        together = list(run)
        if shown:
            spans += [_Span("day", day, day, int(calendar.is_workday(day))) for day in together]
        else:
            kind = "feast" if any(day in calendar.names for day in together) else "rest"
            spans.append(_Span(kind, together[0], together[-1]))
    return spans


def _folded(spans: list[_Span], today: date) -> list[_Span]:
    """More than 45 days: from ten days before today; what lies before is one column, so is what is still too much."""
    days = [place for place, span in enumerate(spans) if span.kind == "day"]
    if len(days) <= MOST_DAYS:
        return spans
    passed = sum(spans[place].first <= today for place in days)
    first = max(0, passed - 1 - DAYS_BEFORE_TODAY)
    begin = days[first]
    end = days[first + MOST_DAYS] if len(days) > first + MOST_DAYS else len(spans)
    return [*_fold("front", spans[:begin]), *spans[begin:end], *_fold("back", spans[end:])]


def _fold(kind: str, spans: list[_Span]) -> list[_Span]:
    return [_Span(kind, spans[0].first, spans[-1].last, sum(span.workdays for span in spans))] if spans else []


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@dataclass(frozen=True, slots=True)
class _Head:
    """Names the columns and their months."""

    today: date
    calendar: Calendar

    def day(self, span: _Span) -> Day:
        match span.kind:
            case "day":
                return self._day(span.first)
            case "rest":
                return Day("rest", "", f"{_full(span.first, self.today)}起休息")
            case "feast":
                return self._feast(span)
        return Day("front", f"{'前' if span.kind == 'front' else '后'} {span.workdays} 日", self._range(span))

    def months(self, spans: list[_Span]) -> Iterable[Month]:
        """A weekend stands at the end of a month's columns, so that the rule before a month stands at its first day."""
        labels: list[str] = []
        for span in spans:
            labels.append(labels[-1] if span.kind == "rest" and labels else self._month(span))
        for label, together in groupby(labels):
            yield Month(label, len(list(together)))

    def _month(self, span: _Span) -> str:
        if span.kind in ("front", "back"):
            return "此前" if span.kind == "front" else "此后"
        year = f"{span.first.year}年" if span.first.year != self.today.year else ""
        return f"{year}{span.first.month}月"

    def _day(self, day: date) -> Day:
        now = day == self.today
        title = ("今天 " if now else "") + _full(day, self.today)
        if day in self.calendar.make_up_workdays:
            return Day("made", str(day.day), f"{title}调休上班", now)
        if not self.calendar.is_workday(day):
            title += f"{self.calendar.names.get(day, '')}休息"
        elif day > self.calendar.last_known:
            title += "，节假日安排尚未公布"
        return Day("day", str(day.day), title, now)

    def _feast(self, span: _Span) -> Day:
        names = self.calendar.names
        feasts = list(dict.fromkeys(names[day] for day in _days(span.first, span.last) if day in names))
        title = f"{self._range(span)}放假"
        return Day("feast", feasts[0], title if len(feasts) == 1 else f"{title}：{'、'.join(feasts)}")

    def _range(self, span: _Span) -> str:
        first, last = _full(span.first, self.today), _full(span.last, self.today)
        return first if span.first == span.last else f"{first}至{last}"


@dataclass(frozen=True, slots=True)
class _Line:
    """One clock along the columns."""

    clock: StripClock
    today: date
    calendar: Calendar

    def row(self, spans: list[_Span]) -> Row:
        return Row(self.clock.label, tuple(self._cell(span) for span in spans))

    def _cell(self, span: _Span) -> Cell:
        if span.kind == "day":
            return Cell(*self._what(span.first), now=span.first == self.today)
        return Cell(span.kind) if span.kind in ("rest", "feast") else self._folded(span)

    def _what(self, day: date) -> tuple[str, str, str]:
        clock = self.clock
        if day < clock.start:
            return "out", "", ""
        if day == clock.start:
            if clock.due_on == day:
                return "due-day", "即", f"{_full(day, self.today)}当日办结"
            return "event", "起", f"{_full(day, self.today)}起算，当日不计"
        if day == clock.due_on:
            return "due-day", self._number_when_due(day), f"到期日 {_full(day, self.today)}"
        if day > (clock.stopped_on or max(self.today, clock.due_on or self.today)):
            return "out", "", ""
        if self._paused(day):
            return "stop", "停", ""
        if not self.calendar.is_workday(day):
            return "rest", "", ""
        return ("used" if day <= self.today else "open"), str(self._used(day)), ""

    def _folded(self, span: _Span) -> Cell:
        due_on = self.clock.due_on
        if due_on and due_on in span:
            return Cell("due-day", self._number_when_due(due_on), f"到期日 {_full(due_on, self.today)}")
        if span.kind == "back" or span.last < self.clock.start:
            return Cell("out")
        until = min(span.last, self.clock.stopped_on or span.last)
        stopped = paused_days(self.clock.start, until, self.clock.pauses, self.clock.unit, self.calendar)
        counted = self._used(until)
        return Cell("used", str(counted), f"已用 {counted} 日" + (f"，停表 {stopped} 日" if stopped else ""))

    def _paused(self, day: date) -> bool:
        return any(first <= day and (last is None or day <= last) for first, last in self.clock.pauses)

    def _number_when_due(self, day: date) -> str:
        """A natural-day period that rolled over a holiday still ends with the number of its last day."""
        budget = self.clock.limit + self.clock.extension
        return str(min(self._used(day), budget) if self.clock.unit == TimeUnit.DAY else self._used(day))

    def _used(self, day: date) -> int:
        return used(self.clock.start, day, self.clock.pauses, self.clock.unit, self.calendar)


def _sentence(clock: StripClock, today: date, calendar: Calendar, event: str) -> str:
    start = f"{_short(clock.start, today)}{event}"
    if clock.unit == TimeUnit.IMMEDIATE:
        return f"{start}，当日办结"
    until = clock.stopped_on or today
    counted = used(clock.start, until, clock.pauses, clock.unit, calendar)
    stopped = paused_days(clock.start, until, clock.pauses, clock.unit, calendar)
    first_day = "次个工作日" if clock.unit == TimeUnit.WORKDAY else "次日"
    told = f"{start}，{first_day}为第 1 天；已用 {counted} 日"
    if stopped:
        told += f"，停表 {stopped} 日"
    if clock.stopped_on:
        told += f"，{_short(clock.stopped_on, today)}停止计时"
    if clock.provisional and clock.due_on:
        told += f"；{clock.due_on.year}年节假日安排尚未公布，到期日暂定为{_short(clock.due_on, today)}"
    return told


def _short(day: date, today: date) -> str:
    """The year only when it is another one."""
    return f"{day.year}年{day.month}月{day.day}日" if day.year != today.year else f"{day.month}月{day.day}日"


def _full(day: date, today: date) -> str:
    return f"{_short(day, today)}（周{'一二三四五六日'[day.weekday()]}）"
