"""5,000 generated periods against a count with a wall calendar and a pencil, written from the text of the rules (T66, T67).

Nothing is shared with the product: the oracle reads the published days from the file, walks from day to day, and tables nothing.
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from supervision.explaining import explain
from supervision.workdays import Due, due, used

from .county_calendar import CALENDAR, FIXTURE

ROOT = Path(__file__).resolve().parents[2]
CASES, SEED = 5000, 20260310
UNITS = ("workday", "day", "month", "immediate")
ONE_DAY = timedelta(days=1)
ENDLESS = date(2100, 1, 1)
Span = tuple[date, date | None]


# The oracle ----------------------------------------------------------------------------------------------------------------
@cache
def published() -> tuple[frozenset[date], frozenset[date], date]:
    told = yaml.safe_load(FIXTURE.read_text(encoding="utf-8"))
    off = frozenset(day for year in told["years"].values() for day in year["off_days"])
    made = frozenset(day["date"] for year in told["years"].values() for day in year["make_up_workdays"])
    return off, made, told["last_known_day"]


def works(day: date) -> bool:
    off, made, _ = published()
    return day in made or (day.isoweekday() <= 5 and day not in off)


def stands_still(day: date, pauses: list[Span]) -> bool:
    return any(first <= day <= (last or ENDLESS) for first, last in pauses)


def oracle(start: date, limit: int, unit: str, pauses: list[Span], extension: int) -> date | None:
    """The last day of the period; None when an open pause never lets it end."""
    if unit == "immediate":
        return start
    budget = limit + extension if unit != "month" else (same_number(start, limit) - start).days + extension
    day = start
    while budget:
        day += ONE_DAY
        if day == ENDLESS:
            return None
        if not stands_still(day, pauses) and (unit != "workday" or works(day)):
            budget -= 1
    while not works(day) or stands_still(day, pauses):
        day += ONE_DAY
        if day == ENDLESS:
            return None
    return day


def same_number(start: date, months: int) -> date:
    """The day of the same number so many months on, or that month's last day."""
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    for number in range(start.day, 27, -1):
        try:
            return date(year, month, number)
        except ValueError:
            continue
    return date(year, month, start.day)


def oracle_used(start: date, day: date, unit: str, pauses: list[Span]) -> int:
    counted, at = 0, start
    while at < day and unit != "immediate":
        at += ONE_DAY
        counted += not stands_still(at, pauses) and (unit != "workday" or works(at))
    return counted


# The cases -----------------------------------------------------------------------------------------------------------------
def generated(number: int = CASES) -> list[tuple[date, int, str, list[Span], int]]:
    """Starts 2019-2026 on any day of the week; up to three pauses that may overlap, follow one another, or still be open."""
    chance, first, days = random.Random(SEED), date(2019, 1, 1), 8 * 365 + 2
    cases = []
    for _ in range(number):
        start, unit = first + timedelta(days=chance.randrange(days)), chance.choice(UNITS)
        limit = chance.randint(1, 6) if unit == "month" else chance.randint(1, 60)
        pauses: list[Span] = []
        for _ in range(chance.randint(0, 3)):
            begin = start + timedelta(days=chance.randint(-3, 70))
            open_end = chance.random() < 0.15
            pauses.append((begin, None if open_end else begin + timedelta(days=chance.randint(0, 40))))
        cases.append((start, limit, unit, pauses, chance.choice((0, 0, 0, 5, 10, 15))))
    return cases


@pytest.mark.ids("L16", "L20", "L28", "L29", "L30", "L31", "T66", "T67")
def test_five_thousand_periods_end_on_the_day_of_the_slow_count():
    last_known = published()[2]
    seen: Counter[str] = Counter()
    for start, limit, unit, pauses, extension in generated():
        expected = oracle(start, limit, unit, pauses, extension)
        told = due(start, limit, unit, pauses, extension, calendar=CALENDAR)
        beyond = expected is not None and expected > last_known
        assert told == Due(expected, provisional=beyond), (start, limit, unit, pauses, extension)
        seen.update({unit: 1, "paused": len(pauses) > 0, "open": expected is None, "beyond": beyond})
    assert seen.keys() == {*UNITS, "paused", "open", "beyond"}
    assert min(seen.values()) > 50, seen


@pytest.mark.ids("L20", "T67")
def test_the_used_days_of_any_day_are_those_of_the_slow_count():
    chance = random.Random(SEED + 1)
    for start, _, unit, pauses, _ in generated(2000):
        day = start + timedelta(days=chance.randint(0, 150))
        assert used(start, day, pauses, unit, CALENDAR) == oracle_used(start, day, unit, pauses)


@pytest.mark.ids("L28", "T67")
def test_the_reasons_add_up_to_the_period():
    """Stretches follow one another from the day after the event to the due day, and what counted is the whole budget."""
    for start, limit, unit, pauses, extension in generated(1500):
        told = explain(start, limit, unit, pauses, extension, calendar=CALENDAR)
        assert told.due == due(start, limit, unit, pauses, extension, calendar=CALENDAR)
        if unit == "immediate" or told.due.due_on is None:
            continue
        budget = limit if unit != "month" else (same_number(start, limit) - start).days
        assert told.stretches[-1].total == budget + extension
        days = [start, *(day for part in told.stretches for day in (part.first, part.last))]
        assert [(later - day).days for day, later in pairwise(days)][::2] == [1] * len(told.stretches)
        assert days[-1] == told.due.due_on
        for part in told.stretches:
            inside = [part.first + ONE_DAY * n for n in range((part.last - part.first).days + 1)]
            assert part.counted == (
                oracle_used(part.first - ONE_DAY, part.last, unit, pauses) if part.kind == "count" else 0
            )
            assert part.kind == "stop" or not any(
                stands_still(day, pauses) for day in inside if unit != "workday" or works(day)
            )


@pytest.mark.ids("L30", "T67")
def test_a_pause_that_meets_the_rolling_end_holds_it_too():
    """5 days from Monday 2 March end on Saturday the 7th; the testing of Monday to Wednesday leaves Thursday, never a paused day."""
    testing = [(date(2026, 3, 9), date(2026, 3, 11))]
    assert due(date(2026, 3, 2), 5, "day", testing, calendar=CALENDAR) == Due(date(2026, 3, 12))


# Time zones ----------------------------------------------------------------------------------------------------------------
ELSEWHERE = """
import json
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hall.config.settings")
import django
django.setup()
from datetime import UTC, datetime, timedelta
from supervision import moment
from supervision.workdays import due
from tests.supervision.county_calendar import CALENDAR
from tests.supervision.test_deadline_oracle import generated
ends = [str(due(*case, calendar=CALENDAR)) for case in generated(400)]
midnight = datetime(2026, 2, 13, 15, 30, tzinfo=UTC)  # half an hour before the county's midnight
days = []
for minutes in (0, 29, 30, 31, 600):
    started = moment.local_date(midnight + timedelta(minutes=minutes))
    days.append([str(started), str(due(started, 20, "workday", calendar=CALENDAR).due_on)])
print(json.dumps([ends, days]))
"""


@pytest.mark.ids("T59")
def test_a_process_elsewhere_in_the_world_counts_the_same_days():
    heard = {}
    for zone in ("Asia/Shanghai", "UTC", "America/New_York"):
        done = subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            cwd=ROOT,
            env=os.environ | {"TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        )
        heard[zone] = json.loads(done.stdout)
    assert heard["UTC"] == heard["America/New_York"] == heard["Asia/Shanghai"]
    friday, saturday = ["2026-02-13", "2026-03-19"], ["2026-02-14", "2026-03-20"]
    assert heard["UTC"][1] == [friday, friday, saturday, saturday, saturday]
    assert heard["UTC"][0] == [str(due(*case, calendar=CALENDAR)) for case in generated(400)]
