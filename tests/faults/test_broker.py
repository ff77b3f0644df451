"""A broker that is wiped, hangs or is gone costs no case and keeps no window waiting (T60)."""

import os
import signal
from collections.abc import Callable

import pytest
import redis

from . import books, processes
from .hall_process import Hall
from .history import Filing
from .load import Counter, under_load
from .processes import until

pytestmark = pytest.mark.faults
PRINTING = 240  # seconds for the worker to print what waited; each paper takes a fraction of one
ENOUGH = 4  # acknowledged filings at the windows, and as many online, while the broker is of no use


def wipe(hall: Hall) -> None:
    redis.Redis.from_url(hall.run["redis_url"]).flushall()


def work_on(hall: Hall) -> None:
    """Windows and portal go on; a window also rings for its papers, the portal does not."""
    for online in (False, True):
        wanted = len(done(hall, online)) + ENOUGH
        until(lambda: len(done(hall, online)) >= wanted, 60, lambda: f"intake stands still\n{hall.said()}")  # noqa: B023


def done(hall: Hall, online: bool) -> list[Filing]:
    return [filing for filing in hall.history.filings if filing.online == online and filing.told]


@pytest.mark.ids("T60")
def test_intake_goes_on_without_a_broker_and_its_papers_are_printed_later(hall: Hall, counters: list[Counter]) -> None:
    """Nobody starts it again for a while, since the supervisor is held. First of all tests, so that few papers wait."""

    def fault() -> None:
        with hall.unattended():
            processes.send(hall.parts()["valkey"], signal.SIGKILL)
            work_on(hall)

    untroubled(hall, counters, fault)
    until(lambda: books.unprinted(hall) == 0, PRINTING, lambda: f"papers wait\n{hall.said()}")


@pytest.mark.ids("T60")
def test_intake_goes_on_while_the_broker_is_wiped(hall: Hall, counters: list[Counter]) -> None:
    def fault() -> None:
        for _ in range(3):
            wipe(hall)
            work_on(hall)

    untroubled(hall, counters, fault)


@pytest.mark.ids("T60")
def test_intake_goes_on_while_the_broker_hangs(hall: Hall, counters: list[Counter]) -> None:
    """It takes connections and answers nothing, as on a machine that swaps or behind a filter that swallows packets."""

    def fault() -> None:
        pid = hall.parts()["valkey"]
        os.kill(pid, signal.SIGSTOP)
        try:
            work_on(hall)
        finally:
            os.kill(pid, signal.SIGCONT)

    untroubled(hall, counters, fault)


def untroubled(hall: Hall, counters: list[Counter], fault: Callable[[], None]) -> None:
    """One window and the portal are at work: nobody has to send anything twice, and afterwards the books are right."""
    first = len(hall.history.filings)
    with under_load(counters[1:3], hall.history, seed=first):
        work_on(hall)
        fault()
    hall.recover()
    troubles = [(filing.key, filing.again) for filing in hall.history.filings[first:] if filing.again]
    assert troubles == []
    assert books.differences(hall) == []
