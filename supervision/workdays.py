"""Day arithmetic: working days, pauses and due days. Values in, values out: nothing here reads a clock or a table.

Counting (L28-L32): the event day is not counted; a working-day period ends with its n-th working day; a natural-day or
month period whose last day is no working day runs on to the next one. Pauses (L20) and the extension (L16, L17) belong
to the period.
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple

from django.db.models import TextChoices

from supervision.refusals import Refusal, Refused


class TimeUnit(TextChoices):
    """In which days a limit is counted. Whether a special law's 日 is a working day is data of the item, no guess."""

    WORKDAY = "workday", "工作日"
    DAY = "day", "日"
    MONTH = "month", "月"
    IMMEDIATE = "immediate", "即时"


class Pause(NamedTuple):
    """Days that do not count, both ends included: first day of the special procedure to the day its result arrives.

    `last` is None while the result is awaited. A plain (first, last) pair serves as well.
    """

    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Due:
    """`due_on` is None while an open pause holds the period; `provisional` when it lies beyond the known calendar."""

    due_on: date | None
    provisional: bool = False


class CalendarUnknown(Refused):
    """A period can't be counted from a day whose arrangement was never loaded: nothing is assumed (L31, T66)."""

    def __init__(self, day: date, calendar: "Calendar") -> None:
        known = f"{_chinese(calendar.first)}至{_chinese(calendar.last_known)}"
        super().__init__(
            Refusal(
                "calendar_unknown",
                f"{_chinese(day)}不在已知的工作日历（{known}）之内，不能从这一天起算期限。",
                ("L31", "T66"),
                "请先录入这一年的节假日安排。",
            )
        )
        self.day = day


@dataclass(frozen=True)
class Calendar:
    """The working calendar: Monday to Friday, less the off days, plus the make-up days, from `first` to `last_known`.

    After `last_known` days are Monday to Friday and every result is provisional; before `first` nothing is known and
    counting is refused. `names` gives the festival of an off day. The ordinals of the working days are tabled once.
    """

    off_days: frozenset[date]
    make_up_workdays: frozenset[date]
    first: date
    last_known: date
    names: Mapping[date, str] = field(default_factory=dict, compare=False, repr=False)

    def knows(self, day: date) -> bool:
        return self.first <= day <= self.last_known

    def is_workday(self, day: date) -> bool:
        if day < self.first:
            raise CalendarUnknown(day, self)
        return self._works(day)

    def next_workday(self, day: date) -> date:
        """The first working day after `day`."""
        return self.add_workdays(day, 1)

    def on_or_after(self, day: date) -> date:
        """The day itself when one works on it, else the next working day (L30)."""
        return day if self.is_workday(day) else self.next_workday(day)

    def add_workdays(self, day: date, number: int) -> date:
        """The `number`-th working day after `day`; `day` itself for 0, whatever day it is."""
        if number < 0:
            raise ValueError("working days are added, not taken away")
        return day if number == 0 else date.fromordinal(self.nth(self.position(day.toordinal()) + number))

    def count_workdays(self, after: date, to: date) -> int:
        """Working days d with after < d <= to; negative when `to` lies before `after`."""
        return self.position(to.toordinal()) - self.position(after.toordinal())

    def position(self, ordinal: int) -> int:
        """How many working days lie in the calendar up to and with this day (a day as `date.toordinal` gives it)."""
        if ordinal > self._end:
            return len(self._table) + _weekdays(ordinal) - _weekdays(self._end)
        if ordinal < self._begin - 1:
            raise CalendarUnknown(date.fromordinal(ordinal), self)
        return bisect_right(self._table, ordinal)

    def nth(self, position: int) -> int:
        """The day that has this position: inverse of `position` on working days, first working day = 1."""
        if position <= len(self._table):
            return self._table[position - 1]
        return _nth_weekday(_weekdays(self._end) + position - len(self._table))

    def _works(self, day: date) -> bool:
        if day > self.last_known or (day not in self.make_up_workdays and day not in self.off_days):
            return day.weekday() < 5
        return day in self.make_up_workdays

    @cached_property
    def _begin(self) -> int:
        return self.first.toordinal()

    @cached_property
    def _end(self) -> int:
        return self.last_known.toordinal()

    @cached_property
    def _table(self) -> tuple[int, ...]:
        return tuple(o for o in range(self._begin, self._end + 1) if self._works(date.fromordinal(o)))


def due(
    start: date,
    limit: int,
    unit: TimeUnit | str,
    pauses: Iterable[tuple[date, date | None]] = (),
    extension: int = 0,
    *,
    calendar: Calendar,
) -> Due:
    """The day on which a period ends that `start` set running (L16, L20, L28-L30, T66, T67).

    Working days: the first one on which limit + extension are used up. Natural days and months: the last day of the
    period, moved by the days of every pause within it, then rolled forward to a working day on which no pause holds the
    clock; their extension is in natural days. At once: the same day. Refused `calendar_unknown` when `start` lies outside
    the known calendar.
    """
    unit = TimeUnit(unit)
    if not calendar.knows(start):
        raise CalendarUnknown(start, calendar)
    if unit is TimeUnit.IMMEDIATE:
        return Due(start)
    if limit < 1 or extension < 0:
        raise ValueError("a limit is at least 1 and an extension at least 0")
    stops = _stops(start, pauses)
    if unit is TimeUnit.WORKDAY:
        end = _workdays_end(start.toordinal(), limit + extension, stops, calendar)
    else:
        end = _natural_end(unrolled_end(start, limit, unit).toordinal() + extension, stops, calendar)
    if end is None:
        return Due(None)
    day = date.fromordinal(end)
    return Due(day, provisional=day > calendar.last_known)


def used(
    start: date, day: date, pauses: Iterable[tuple[date, date | None]], unit: TimeUnit | str, calendar: Calendar
) -> int:
    """Days used up to and with `day`, pauses not counted: working days, or natural days for a day or month limit."""
    if day <= start or TimeUnit(unit) is TimeUnit.IMMEDIATE:
        return 0
    between = _span(start.toordinal(), day.toordinal(), unit, calendar)
    return between - paused_days(start, day, pauses, unit, calendar)


def paused_days(
    start: date, day: date, pauses: Iterable[tuple[date, date | None]], unit: TimeUnit | str, calendar: Calendar
) -> int:
    """Days after `start` up to and with `day` that lie in a pause, each counted once, in the days of the unit."""
    today = day.toordinal()
    stops = [(first, min(last, today)) for first, last in _stops(start, pauses) if first <= today]
    return sum(_span(first - 1, last, unit, calendar) for first, last in stops)


def _workdays_end(start: int, budget: int, stops: list[tuple[int, int]], calendar: Calendar) -> int | None:
    reached = calendar.position(start)
    for first, last in stops:
        free = calendar.position(first - 1) - reached
        if budget <= free:
            break
        if last == _OPEN:
            return None
        budget -= free
        reached = calendar.position(last)
    return calendar.nth(reached + budget)


def _natural_end(last_day: int, stops: list[tuple[int, int]], calendar: Calendar) -> int | None:
    """A pause that begins while the end is being rolled forward (over a weekend) carries it to the day after the pause."""
    for first, last in stops:
        if first > calendar.on_or_after(date.fromordinal(last_day)).toordinal():
            break
        if last == _OPEN:
            return None
        last_day = last + 1 if first > last_day else last_day + last - first + 1
    return calendar.on_or_after(date.fromordinal(last_day)).toordinal()


def unrolled_end(start: date, limit: int, unit: TimeUnit) -> date:
    """The unrolled last day: start + n days, or the same-numbered day n months on, else the last of that month."""
    if unit is TimeUnit.DAY:
        return date.fromordinal(start.toordinal() + limit)
    years, month = divmod(start.month - 1 + limit, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


_OPEN = date.max.toordinal()


def _stops(start: date, pauses: Iterable[tuple[date, date | None]]) -> list[tuple[int, int]]:
    """Pauses after `start` as disjoint spans of ordinals in order; an open one ends at `_OPEN`."""
    spans: list[tuple[int, int]] = []
    for first, last in sorted((first, last or date.max) for first, last in pauses):
        if last < first:
            raise ValueError("a pause ends before it begins")
        begin, end = max(first.toordinal(), start.toordinal() + 1), last.toordinal()
        if spans and begin <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        elif end >= begin:
            spans.append((begin, end))
    return spans


def _span(after: int, to: int, unit: TimeUnit | str, calendar: Calendar) -> int:
    if TimeUnit(unit) is TimeUnit.WORKDAY:
        return calendar.position(to) - calendar.position(after)
    return to - after


def _weekdays(ordinal: int) -> int:
    """Mondays to Fridays up to and with this ordinal; ordinal 1 is a Monday."""
    return ordinal // 7 * 5 + min(ordinal % 7, 5)


def _nth_weekday(number: int) -> int:
    weeks, days = divmod(number - 1, 5)
    return weeks * 7 + days + 1


def _chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
