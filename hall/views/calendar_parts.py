"""The parts of the calendar page as finished values: months, changes, hours, and what a change would move."""

import calendar as weeks
from datetime import date
from itertools import groupby
from typing import Any

from django.urls import reverse

from hall.templatetags.face import full_day
from supervision.calendar_changes import Change, Move, Told, history
from supervision.explaining import in_words
from supervision.models import CalendarChange, CalendarChangeKind, DayKind, ExtendedHours
from supervision.workdays import Calendar

WEEKDAYS = "一二三四五六日"
KINDS = {DayKind.OFF_DAY: "放假", DayKind.MAKE_UP_WORKDAY: "上班"}


def months(year: int, calendar: Calendar, today: date) -> list[dict[str, Any]]:
    """The twelve months of a year, Monday first, each day with its kind and festival."""
    return [
        {
            "label": f"{month} 月",
            "weeks": [[_cell(day, month, calendar, today) for day in week] for week in _weeks(year, month)],
        }
        for month in range(1, 13)
    ]


def title(change: Change) -> str:
    if change.kind == CalendarChangeKind.LOAD:
        return f"{change.year} 年的安排"
    return f"{in_words(change.first_day)}的更正"


def preview(change: Change, moved: list[Move], most: int) -> dict[str, Any]:
    """What would be written and who would move: `cases` counts cases, `rows` are the first clocks."""
    return {
        "title": title(change),
        "days": _days_in_words(change.before, change.after, change.first_day, change.calendar),
        "cases": len({move.label for move in moved}),
        "clocks": len(moved),
        "rows": [_move(move) for move in moved[:most]],
        "more": max(len(moved) - most, 0),
    }


def change(made: CalendarChange) -> dict[str, Any]:
    """A row of history."""
    if made.kind == CalendarChangeKind.LOAD:
        what = f"录入 {made.year} 年：放假 {_number(made.after, DayKind.OFF_DAY)} 天，调休上班 {_number(made.after, DayKind.MAKE_UP_WORKDAY)} 天"
    else:
        what = f"{_stood(made.before) or '按星期'} → {_stood(made.after) or '按星期'}"
    return {"at": made.made_at, "by": made.by, "what": what, "source": made.source, "reason": made.reason}


def source(year: int) -> str:
    """The notice by which a year is known."""
    loaded = history().filter(kind=CalendarChangeKind.LOAD, year=year).first()
    return loaded.source if loaded else ""


def hours(one: ExtendedHours) -> dict[str, Any]:
    when = in_words(one.day) if one.day else f"每周{WEEKDAYS[(one.weekday or 1) - 1]}"
    until = f"至{full_day(one.holds_to)}" if one.holds_to else ""
    return {
        "id": one.pk,
        "when": when,
        "span": f"{one.opens:%H:%M}–{one.closes:%H:%M}",
        "note": one.note,
        "until": until,
    }


def _weeks(year: int, month: int) -> list[list[date]]:
    return weeks.Calendar().monthdatescalendar(year, month)


def _cell(day: date, month: int, calendar: Calendar, today: date) -> dict[str, Any] | None:
    """None for a day of the neighbouring month."""
    if day.month != month:
        return None
    works, name = calendar.is_workday(day), calendar.names.get(day, "")
    kind = "made" if day in calendar.make_up_workdays else "" if works else "off"
    note = "班" if kind == "made" else name[:2]
    told = f"{name}调休上班" if kind == "made" else f"{name}放假" if name and not works else ""
    return {"number": day.day, "kind": kind, "now": day == today, "note": note, "title": f"{in_words(day)}{told}"}


def _move(move: Move) -> dict[str, Any]:
    return {
        "number": move.label,
        "url": reverse("case", args=[move.label]),
        "limit": move.limit_name,
        "old": move.old,
        "new": move.new,
        "note": _mark(move),
    }


def _mark(move: Move) -> str:
    if move.was_provisional and not move.provisional:
        return "由暂定改为确定"
    return "仍为暂定" if move.provisional else ""


def _days_in_words(before: Told, after: Told, day: date, calendar: Calendar) -> list[str]:
    if len(after) > 1:
        return [f"{name}：{_spans(list(rows))}" for name, rows in groupby(_by_festival(after), key=lambda row: row[2])]
    state = "上班" if calendar.is_workday(day) else "休息"
    return [f"{in_words(day)}：原来{_kind(before) or '按星期'}，改为{_kind(after) or '按星期'}，即{state}"]


def _by_festival(rows: Told) -> Told:
    """The days of each festival together, festivals in the order of their first holiday."""
    first: dict[str, str] = {}
    for day, kind, name in rows:
        if kind == DayKind.OFF_DAY:
            first.setdefault(name, day)
    return sorted(rows, key=lambda row: (first.get(row[2], row[0]), row[1] != DayKind.OFF_DAY, row[0]))


def _spans(rows: Told) -> str:
    """2月5日至12日放假 8 天，1月30日、2月14日上班."""
    off = [date.fromisoformat(row[0]) for row in rows if row[1] == DayKind.OFF_DAY]
    made = [date.fromisoformat(row[0]) for row in rows if row[1] == DayKind.MAKE_UP_WORKDAY]
    span = _short(off[0]) + (f"至{_short(off[-1])}" if len(off) > 1 else "") if off else ""
    told = f"{span}放假 {len(off)} 天" if off else ""
    works = f"{'、'.join(map(_short, made))}上班" if made else ""
    return "，".join(filter(None, (told, works)))


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"


def _kind(told: Told) -> str:
    return f"{KINDS[DayKind(told[0][1])]}（{told[0][2]}）" if told else ""


def _stood(told: Told) -> str:
    return _one(told[0]) if told else ""


def _one(told: list[str]) -> str:
    day, kind, name = told
    return f"{in_words(date.fromisoformat(day))}{KINDS[DayKind(kind)]}（{name}）"


def _number(told: Told, kind: DayKind) -> int:
    return sum(row[1] == kind for row in told)
