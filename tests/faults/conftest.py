"""One hall for all fault tests of a worker: seeds follow each other on it, and its books are checked after each.

At the end it is told to stop, says that it has, and leaves nothing behind.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import processes
from .counters import Browser, Portal
from .hall_process import Hall, running_hall
from .load import Counter, Online, Window

CLERKS = ("linhaiyan", "chenxiaolin")
SHORT, ALL = 3, 20


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The hall's tests come first: all in the first worker's first share, so that one hall is started, and all else passes beside."""
    items.sort(key=lambda item: item.get_closest_marker("faults") is None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Three seeds in `script/test`, all in `script/test --faults`."""
    if "seed" in metafunc.fixturenames:
        seeds = ALL if os.environ.get("HALL_FAULTS") == "all" else SHORT
        metafunc.parametrize("seed", range(1, seeds + 1))


@pytest.fixture(scope="package")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder: Path = tmp_path_factory.mktemp("hall-logs")
    with running_hall(folder) as started:
        yield started
        assert processes.of_hall(started.var)
        assert started.stop() == 0, started.said()
        assert processes.of_hall(started.var) == {}


@pytest.fixture(scope="package")
def windows(hall: Hall) -> list[Window]:
    """Two clerks who have signed in at their windows."""
    clerks = []
    for username in CLERKS:
        browser = Browser(hall.address)
        browser.sign_in(hall.accounts()[username])
        clerks.append(Window(browser))
    return clerks


@pytest.fixture(scope="package")
def portal(hall: Hall) -> Portal:
    return Portal(hall.address, hall.client())


@pytest.fixture(scope="package")
def counters(windows: list[Window], portal: Portal) -> list[Counter]:
    return [*windows, Online(portal), Online(portal)]
