"""The State Council's yearly arrangement as one pastes it, and a day that is corrected: read, judged, and laid over a calendar (L31).

Pure. The text is the notice's own: one festival a line, "春节：1月28日（农历除夕、周二）至2月4日（…）放假调休，共8天。1月26日（周日）、
2月8日（周六）上班。" What stands in brackets is for people and is left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from supervision.refusals import Refusal, Unusable
from supervision.workdays import Calendar

FESTIVALS = ("元旦", "春节", "清明节", "劳动节", "端午节", "国庆节", "中秋节")
REFERENCE = "全国年节及纪念日放假办法"
WEEKDAYS = "一二三四五六日"


class Differing(NamedTuple):
    """A day that is not as its weekday says: one works on it, or does not, because of a festival."""

    day: date
    works: bool
    name: str


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A whole year as its notice arranges it; `source` is the notice."""

    year: int
    source: str
    days: tuple[Differing, ...]

    @property
    def off_days(self) -> tuple[Differing, ...]:
        return tuple(each for each in self.days if not each.works)

    @property
    def make_up_days(self) -> tuple[Differing, ...]:
        return tuple(each for each in self.days if each.works)


def read(year: int, source: str, text: str, calendar: Calendar) -> Arrangement:
    """The arrangement of a year from the pasted lines of its notice, fit to be added to this calendar.

    Refused (Unusable, every fault at once): `year_known`, `year_not_next`, `arrangement_illegible`, `days_miscounted`,
    `day_of_another_year`, `day_twice`, `make_up_on_weekday`, `festival_missing`.
    """
    require_next(year, calendar)
    faults: list[Refusal] = []
    days: list[Differing] = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        try:
            days += _of_line(line, year)
        except Unusable as fault:
            faults += fault.refusals
    faults += _judged(days, year) if not faults else []
    if faults:
        raise Unusable(*faults)
    inside = {each.day: each for each in days if each.day.year == year}
    return Arrangement(year, source, tuple(inside[day] for day in sorted(inside)))


def with_year(calendar: Calendar, told: Arrangement) -> Calendar:
    """The calendar with one more year known."""
    return replace(
        calendar,
        off_days=calendar.off_days | {each.day for each in told.off_days},
        make_up_workdays=calendar.make_up_workdays | {each.day for each in told.make_up_days},
        last_known=date(told.year, 12, 31),
        names={**calendar.names, **{each.day: each.name for each in told.days}},
    )


def corrected(calendar: Calendar, wanted: Differing) -> Differing | None:
    """The row that a corrected day then has: None where it follows its weekday again.

    Refused: `year_unknown`, `off_day_on_weekend` and `make_up_on_weekday` (it is so already), `day_unchanged`, `festival_missing`.
    """
    day = wanted.day
    if not calendar.knows(day):
        raise Unusable(
            _refused("year_unknown", f"{day.year} 年的安排还没有录入，不能更正其中一天。", "请先录入这一年。", "day")
        )
    if calendar.is_workday(day) == wanted.works:
        raise Unusable(_unchanged(calendar, wanted))
    weekday = day.weekday() < 5
    if wanted.works and weekday:
        return None
    if not wanted.name:
        raise Unusable(_refused("festival_missing", "没有写为哪个节日调整。", "请填节日，例如“春节”。", "name"))
    return wanted


def with_day(calendar: Calendar, wanted: Differing, row: Differing | None) -> Calendar:
    """The calendar with a day as `corrected` says."""
    names = {day: name for day, name in calendar.names.items() if day != wanted.day}
    made = calendar.make_up_workdays - {wanted.day}
    off = calendar.off_days - {wanted.day}
    if row is not None:
        names[row.day] = row.name
        made, off = (made | {row.day}, off) if row.works else (made, off | {row.day})
    return replace(calendar, off_days=off, make_up_workdays=made, names=names)


# Reading -------------------------------------------------------------------------------------------------------------------
_BRACKETS = re.compile(r"[（(\[][^）)\]]*[）)\]]")
_NUMBERED = re.compile(r"^[一二三四五六七八九十\d]+[、.．]\s*")
_DAY = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
_SPAN = re.compile(rf"{_DAY}(?:至|到|－|—|-|~|～){_DAY}")
_SINGLE = re.compile(_DAY)
_LENGTH = re.compile(r"(?:共|放假)\s*(\d{1,2})\s*天")


def _of_line(line: str, year: int) -> Iterator[Differing]:
    name, colon, told = _BRACKETS.sub("", line).replace(":", "：").partition("：")
    name = _NUMBERED.sub("", name.strip()).strip()
    if not colon or not name or not re.search(r"放假|上班", told):
        raise Unusable(_illegible(line))
    for sentence in filter(str.strip, re.split(r"[。；;]", told)):
        yield from _of_sentence(sentence, name, year, line)


def _of_sentence(sentence: str, name: str, year: int, line: str) -> Iterator[Differing]:
    if "上班" in sentence and "放假" in sentence:
        raise Unusable(_illegible(line))
    if "上班" in sentence:
        days, works = list(_single_days(sentence, year, line)), True
    elif "放假" in sentence:
        days, works = list(_span_days(sentence, year, line)), False
    else:
        return
    if not days:
        raise Unusable(_illegible(line))
    if not works:
        _require_length(sentence, days, name)
    yield from (Differing(day, works, name) for day in days)


def _span_days(sentence: str, year: int, line: str) -> Iterator[date]:
    rest = sentence
    for found in _SPAN.finditer(sentence):
        first = _day(found.groups()[:3], year, None, line)
        last = _day(found.groups()[3:], first.year, first.month, line)
        if last < first:
            raise Unusable(_illegible(line))
        yield from (first + timedelta(days=n) for n in range((last - first).days + 1))
        rest = rest.replace(found.group(), "")
    yield from _single_days(rest, year, line)


def _single_days(sentence: str, year: int, line: str) -> Iterator[date]:
    month: int | None = None
    for found in _SINGLE.finditer(sentence):
        day = _day(found.groups(), year, month, line)
        month = day.month
        yield day


def _day(parts: Iterable[str | None], year: int, month: int | None, line: str) -> date:
    told_year, told_month, number = parts
    if told_month is None and month is None:
        raise Unusable(_illegible(line))
    try:
        return date(int(told_year or year), int(told_month or month or 0), int(number or 0))
    except ValueError:
        raise Unusable(_illegible(line)) from None


def _require_length(sentence: str, days: list[date], name: str) -> None:
    said = _LENGTH.search(sentence)
    if said and int(said.group(1)) != len(days):
        told = f"{name}写的是 {said.group(1)} 天，起止日期之间却有 {len(days)} 天。"
        raise Unusable(_refused("days_miscounted", told, "请对照通知改正日期或天数。", "text"))


# Judging -------------------------------------------------------------------------------------------------------------------
def require_next(year: int, calendar: Calendar) -> None:
    following = calendar.last_known.year + 1
    if calendar.first.year <= year < following:
        sentence = f"{year} 年的安排已经录入。"
        raise Unusable(_refused("year_known", sentence, "国务院办公厅另有调整的，请用“更正一天”逐日登记。", "year"))
    if year != following:
        sentence = f"现在只能录入 {following} 年，中间不能空着年份。"
        raise Unusable(_refused("year_not_next", sentence, f"请先录入 {following} 年。", "year"))


def _judged(days: list[Differing], year: int) -> Iterator[Refusal]:
    for each in days:
        if each.day.year != year and not _idle(each):
            sentence = f"{in_words(each.day)}不在 {year} 年。"
            yield _refused("day_of_another_year", sentence, "请删去这一天；别的年份用“更正一天”登记。", "text")
        elif each.works and each.day.weekday() < 5:
            sentence = f"{in_words(each.day)}本来就上班，不会是调休上班日。"
            yield _refused("make_up_on_weekday", sentence, "调休上班日是周六或周日，请对照通知改正。", "text")
    for day, times in Counter(each.day for each in days).items():
        if times > 1:
            sentence = f"{in_words(day)}写了 {times} 次。"
            yield _refused("day_twice", sentence, "同一天只能放假或上班一次，请对照通知改正。", "text")
    told = "".join(each.name for each in days if not each.works)
    missing = [name for name in FESTIVALS if name not in told and name.removesuffix("节") not in told]
    if missing:
        sentence = f"没有写{'、'.join(missing)}的放假安排。"
        yield _refused("festival_missing", sentence, f"一年的七个节日（{REFERENCE}）要一次录全。", "text")


def _idle(each: Differing) -> bool:
    """A festival's weekend day in the year before changes nothing there."""
    return not each.works and each.day.weekday() >= 5


def _unchanged(calendar: Calendar, wanted: Differing) -> Refusal:
    day, weekday = wanted.day, wanted.day.weekday() < 5
    remedy = "请核对日期；没有要改的就不用登记。"
    if wanted.works and weekday:
        return _refused("make_up_on_weekday", f"{in_words(day)}本来就上班，不用调休。", remedy, "day")
    if not wanted.works and not weekday and day not in calendar.off_days:
        return _refused("off_day_on_weekend", f"{in_words(day)}本来就休息，不用放假。", remedy, "day")
    state = "上班" if wanted.works else "休息"
    return _refused("day_unchanged", f"{in_words(day)}在日历里已经是{state}。", remedy, "day")


def _illegible(line: str) -> Refusal:
    sentence = f"读不懂这一行：“{line[:60]}”。"
    remedy = "请照通知的写法写，例如：清明节：4月4日至6日放假，共3天。"
    return _refused("arrangement_illegible", sentence, remedy, "text")


def _refused(code: str, sentence: str, remedy: str, field: str) -> Refusal:
    return Refusal(code, sentence, ("L31", "T66"), remedy, field)


def in_words(day: date) -> str:
    """2027年2月6日（周六）."""
    return f"{day.year}年{day.month}月{day.day}日（周{WEEKDAYS[day.weekday()]}）"
