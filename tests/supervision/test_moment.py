"""The rehearsal clock: business time from a file, forward only, while the wall clock goes its own way."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supervision import moment
from tests.builders import at

NOW = moment.now


@pytest.fixture
def file(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(moment, "now", NOW)
    monkeypatch.setattr(moment, "_reached", [at("2000-01-01 00:00")])
    settings.CLOCK_FILE = str(tmp_path / "clock")
    return tmp_path / "clock"


def test_without_a_file_business_time_is_the_wall_clock(file: Path) -> None:
    assert abs(moment.now() - moment.wall()) < timedelta(seconds=1)


def test_a_file_moves_business_time_and_leaves_the_wall_clock(file: Path) -> None:
    file.write_text("2031-02-03T09:00:00+08:00\n")
    assert timedelta(0) <= moment.now() - at("2031-02-03 09:00") < timedelta(minutes=1)
    assert moment.wall() < at("2031-01-01 00:00")


def test_an_instant_without_zone_is_read_in_the_county(file: Path) -> None:
    file.write_text("2031-02-03T09:00:00")
    assert timedelta(0) <= moment.now() - at("2031-02-03 09:00") < timedelta(minutes=1)


def test_rehearsed_time_never_goes_back(file: Path) -> None:
    file.write_text("2031-02-03T09:00:00+08:00")
    reached = moment.now()
    file.write_text("2030-01-01T09:00:00+08:00")
    assert moment.now() >= reached
