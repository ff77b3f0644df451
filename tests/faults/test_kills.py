"""kill -9 of every part at random moments loses nothing that was acknowledged, and does nothing twice (T57)."""

import pytest

from . import books, outsider
from .hall_process import Hall
from .killing import Killer
from .load import Counter, under_load

pytestmark = pytest.mark.faults


@pytest.mark.ids("T57", "T59")
def test_nothing_acknowledged_is_lost_and_nothing_done_twice(hall: Hall, counters: list[Counter], seed: int) -> None:
    killer, first = Killer(hall, seed), len(hall.history.filings)
    with under_load(counters, hall.history, seed):
        killer.work()
        hall.recover()
    found = books.differences(hall) + outsider.objections(hall)
    assert not found, "\n".join([*found[:30], f"killed: {killer.killed}"])
    filed = hall.history.filings[first:]
    again = sum(bool(filing.again) for filing in filed)
    print({"seed": seed, "killed": killer.killed, "acknowledged": len(filed), "sent again": again})
    assert again  # else no fault has met anything
