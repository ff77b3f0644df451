"""Why a period ends on its day, in words that an applicant or a court can follow: what counted, what did not, and for what reason. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from supervision.judging import days_in_words
from supervision.workdays import Calendar, Due, TimeUnit, due, unrolled_end

ONE_DAY = timedelta(days=1)
WEEKDAYS = "一二三四五六日"
Span = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that follow one another and are treated alike. `counted` of them count, `total` have counted up to its end.

    `last` is None while a pause is open. `note` names what lies within: a festival, make-up days, weekends that were left out.
    """

    kind: str
    first: date
    last: date | None
    counted: int
    total: int
    note: str


@dataclass(frozen=True, slots=True)
class Explained:
    """The due day with the way to it: `sentence` says it in one line, `stretches` from the day after the event to the due day."""

    due: Due
    sentence: str
    stretches: tuple[Stretch, ...]


def explain(
    start: date,
    limit: int,
    unit: TimeUnit | str,
    pauses: Sequence[Span] = (),
    extension: int = 0,
    *,
    calendar: Calendar,
) -> Explained:
    """As `workdays.due`, with the reasons. Refused `calendar_unknown`; ValueError and OverflowError as there."""
    unit = TimeUnit(unit)
    end = due(start, limit, unit, pauses, extension, calendar=calendar)
    if unit is TimeUnit.IMMEDIATE:
        return Explained(end, f"即办：{in_words(start)}当日办结。", ())
    budget = limit if unit is TimeUnit.WORKDAY else (unrolled_end(start, limit, unit) - start).days
    way = _Way(unit, tuple(pauses), budget + extension, calendar)
    return Explained(end, _sentence(start, limit, unit, extension, end), way.stretches(start, end))


def in_words(day: date) -> str:
    """2026年3月19日（周四）."""
    return f"{day.year}年{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"


@dataclass(frozen=True, slots=True)
class _Way:
    """The days of one period, one by one, until `budget` of them have counted; then a natural-day period rolls on."""

    unit: TimeUnit
    pauses: tuple[Span, ...]
    budget: int
    calendar: Calendar

    def stretches(self, start: date, end: Due) -> tuple[Stretch, ...]:
        last = end.due_on or self._open_since() - ONE_DAY
        days = [start + ONE_DAY * n for n in range(1, (last - start).days + 1)]
        made, total = [], 0
        for kind, together in groupby(self._kinds(days), key=lambda told: told[0]):
            told = list(together)
            counted = sum(counts for _, counts, _ in told)
            total += counted
            run = [day for _, _, day in told]
            made.append(Stretch(kind, run[0], run[-1], counted, total, self._note(kind, run, counted)))
        if end.due_on is None:
            made.append(Stretch("stop", self._open_since(), None, 0, total, "还没有恢复计时"))
        return tuple(made)

    def _kinds(self, days: Sequence[date]) -> Iterator[tuple[str, bool, date]]:
        """A weekend belongs to the stretch in which it lies: nobody needs to be told of each."""
        kind, total = "count", 0
        for day in days:
            told = self._kind(day)
            if total == self.budget and told != "stop":
                told = "rolled"
            total += told == "count"
            kind = told or kind
            yield kind, told == "count", day

    def _kind(self, day: date) -> str:
        if any(first <= day and (last is None or day <= last) for first, last in self.pauses):
            return "stop"
        if self.unit is not TimeUnit.WORKDAY or self.calendar.is_workday(day):
            return "count"
        return "feast" if day in self.calendar.names else ""

    def _note(self, kind: str, run: Sequence[date], counted: int) -> str:
        names, works = self.calendar.names, self.calendar.is_workday
        feasts = "、".join(dict.fromkeys(names[day] for day in run if day in names and not works(day)))
        if kind == "feast":
            return feasts
        if kind == "rolled":
            return f"末日逢{feasts or '周末'}，顺延到工作日"
        if kind == "stop":
            return "不计入期限"
        return "；".join(
            filter(None, (self._made(run), f"周末 {len(run) - counted} 天不计" if counted < len(run) else ""))
        )

    def _made(self, run: Sequence[date]) -> str:
        made = [day for day in run if day in self.calendar.make_up_workdays] if self.unit is TimeUnit.WORKDAY else []
        return "调休上班 " + "、".join(f"{day.month}月{day.day}日" for day in made) if made else ""

    def _open_since(self) -> date:
        return min(first for first, last in self.pauses if last is None)


def _sentence(start: date, limit: int, unit: TimeUnit, extension: int, end: Due) -> str:
    length = f"{limit} 个月" if unit is TimeUnit.MONTH else days_in_words(limit, unit)
    if extension:
        extra = TimeUnit.WORKDAY if unit is TimeUnit.WORKDAY else TimeUnit.DAY
        length += f"，延长 {days_in_words(extension, extra)}"
    first = "次一工作日为第 1 天" if unit is TimeUnit.WORKDAY else "次日为第 1 天"
    begun = f"{in_words(start)}起算，当日不计，{first}；期限 {length}"
    if end.due_on is None:
        return f"{begun}；正在停表，恢复计时后才有到期日。"
    mark = "（暂定：节假日安排尚未公布）" if end.provisional else ""
    return f"{begun}；{in_words(end.due_on)}到期{mark}。"
