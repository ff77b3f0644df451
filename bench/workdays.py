"""Working-day arithmetic beside the loop that one writes with chinesecalendar: the n-th working day after a day.

    .venv/bin/python bench/workdays.py
    .venv/bin/python bench/workdays.py --rounds 15 --limits 20 60 --json

The other side is the usual loop over `chinese_calendar.is_workday`, day by day. Both get the same starts and limits, in rounds that
alternate; what is measured is CPU, so that a busy machine disturbs little. All results are compared, and a difference ends the run
with 1. Our table of ordinals is built before the first round, as it is once a process; how long that takes is told.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import chinese_calendar

from bench.measuring import Aim, Result, Row, Side, at_least, in_rounds
from tests.supervision.county_calendar import CALENDAR

ONE_DAY = timedelta(days=1)
FIRST, LAST = date(2019, 1, 1), date(2026, 12, 31)  # what both sides know
OURS, THEIRS = "ours", "chinesecalendar loop"
REPEATS = {OURS: 100, THEIRS: 1}
Period = tuple[date, int]


def loop(start: date, number: int) -> date:
    """As everybody writes it."""
    day = start
    while number:
        day += ONE_DAY
        if chinese_calendar.is_workday(day):
            number -= 1
    return day


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--limits", type=int, nargs="+", default=[5, 10, 20, 30, 45, 60], help="working days")
    parser.add_argument("--cases", type=int, default=100, help="starts a limit")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    built = _built()
    chance = random.Random(20260310)
    by_limit = {limit: [(_start(limit, chance), limit) for _ in range(told.cases)] for limit in told.limits}
    every = [period for periods in by_limit.values() for period in periods]
    wrong = [period for period in every if CALENDAR.add_workdays(*period) != loop(*period)]
    result = Result({"starts a limit": told.cases, "rounds": told.rounds})
    result.rows = [_row(f"{limit} working days", periods, told.rounds) for limit, periods in by_limit.items()]
    result.rows.append(_row("all of them", every, told.rounds, at_least(1000)))
    result.remarks = [f"differences: {len(wrong)} of {len(every)}", f"our table, once a process: {built:.1f} ms"]
    print(json.dumps(result.told(), ensure_ascii=False) if told.json else result.text())
    return 1 if wrong else 0


def _row(what: str, periods: list[Period], rounds: int, aim: Aim | None = None) -> Row:
    values = in_rounds(rounds, (OURS, THEIRS), lambda _, side: _microseconds(side, periods))
    ours, theirs = (Side(side, values[side]) for side in (OURS, THEIRS))
    return Row("workdays", what, "µs", ours, theirs, theirs.per(ours), aim)


def _microseconds(side: str, periods: list[Period]) -> float:
    """CPU for one due day. Ours is asked a hundred times over, because once would be too short to measure."""
    count: Callable[[date, int], date] = CALENDAR.add_workdays if side == OURS else loop
    begun = time.process_time()
    for _ in range(REPEATS[side]):
        for start, number in periods:
            count(start, number)
    return (time.process_time() - begun) * 1e6 / (REPEATS[side] * len(periods))


def _start(limit: int, chance: random.Random) -> date:
    """A day whose period ends within what both sides know: five working days need at most a fortnight over 国庆节."""
    return FIRST + timedelta(days=chance.randrange((LAST - FIRST).days - 2 * limit - 30))


def _built() -> float:
    """Milliseconds of CPU for the table of a new process."""
    begun = time.process_time()
    CALENDAR.count_workdays(FIRST, LAST)
    return (time.process_time() - begun) * 1000


if __name__ == "__main__":
    sys.exit(main())
