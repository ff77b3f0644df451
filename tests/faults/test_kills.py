"""kill -9 of every part at random moments loses nothing that was acknowledged, and does nothing twice (T57)."""

import json

import pytest

from . import books, outsider
from .hall_process import Hall
from .killing import Killer
from .load import Counter, under_load

pytestmark = pytest.mark.faults


@pytest.mark.ids("T57", "T59")
def test_nothing_acknowledged_is_lost_and_nothing_done_twice(hall: Hall, counters: list[Counter], seed: int) -> None:
    killer, before = Killer(hall, seed), hall.history.acknowledged
    with under_load(counters, hall.history, seed):
        killer.work()
        hall.recover()
    assert hall.history.acknowledged > before
    found = books.differences(hall) + outsider.objections(hall)
    assert not found, "\n".join([*found[:30], f"killed: {killer.killed}"])
    print(json.dumps({"seed": seed, "killed": killer.killed, "acknowledged": hall.history.acknowledged - before}))
