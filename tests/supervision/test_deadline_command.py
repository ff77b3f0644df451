"""`manage.py deadline` answers as the contract says: JSON, exit 0 in order, 1 not, 2 unusable, with a sentence."""

import json

import pytest
from django.core.management import CommandError, call_command

from supervision.management.commands import deadline

from .county_calendar import CALENDAR


@pytest.fixture(autouse=True)
def _calendar(monkeypatch):
    monkeypatch.setattr(deadline, "current_calendar", lambda: CALENDAR)


def run(capsys, *arguments: str) -> tuple[int, str]:
    code = 0
    try:
        call_command("deadline", *arguments)
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr().out


def answer(capsys, *arguments: str) -> tuple[int, dict]:
    code, out = run(capsys, *arguments, "--json")
    return code, json.loads(out)


def limits(start: str, limit: int, unit: str = "workday") -> list[str]:
    return ["--start", start, "--limit", str(limit), "--unit", unit]


@pytest.mark.ids("L20", "T67")
def test_a_period_with_a_pause(capsys):
    code, told = answer(capsys, *limits("2024-04-08", 10), "--pause", "2024-04-11:2024-05-08")
    assert (code, told) == (0, {"due_on": "2024-05-17", "provisional": False, "error": None})


def test_two_pauses_and_an_extension(capsys):
    pauses = ["--pause", "2026-03-03:2026-03-04", "--pause", "2026-03-04:2026-03-05"]
    _, told = answer(capsys, *limits("2026-03-02", 3), *pauses, "--extension", "2")
    assert told["due_on"] == "2026-03-12"


@pytest.mark.parametrize(
    ("unit", "expected"), [("workday", "2026-03-03"), ("day", "2026-03-02"), ("month", "2026-04-01")]
)
def test_every_unit(capsys, unit, expected):
    _, told = answer(capsys, *limits("2026-03-01", 2 if unit == "workday" else 1, unit))
    assert told["due_on"] == expected


@pytest.mark.ids("L31", "T66")
def test_an_end_beyond_the_calendar_is_in_order_and_provisional(capsys):
    code, told = answer(capsys, *limits("2026-12-28", 5))
    assert (code, told) == (0, {"due_on": "2027-01-04", "provisional": True, "error": None})


@pytest.mark.ids("T66")
@pytest.mark.parametrize("start", ["2018-12-31", "2027-01-01"])
def test_a_start_outside_the_calendar_is_not_in_order(capsys, start):
    code, told = answer(capsys, *limits(start, 5))
    assert (code, told) == (1, {"due_on": None, "provisional": False, "error": "calendar_unknown"})


def test_an_open_pause_has_no_due_day(capsys):
    code, told = answer(capsys, *limits("2026-03-02", 5), "--pause", "2026-03-04:")
    assert (code, told) == (0, {"due_on": None, "provisional": False, "error": None})


def test_people_get_words(capsys):
    assert run(capsys, *limits("2026-02-13", 20)) == (0, "到期日 2026-03-19\n")
    assert run(capsys, *limits("2026-12-28", 5))[1] == "到期日 2027-01-04（暂定：节假日安排尚未公布）\n"
    assert "请先录入这一年的节假日安排" in run(capsys, *limits("2027-01-01", 5))[1]


@pytest.mark.parametrize(
    "arguments",
    [
        limits("2026-02-30", 5),
        limits("gestern", 5),
        limits("2026-03-02", 0),
        limits("2026-03-02", 10**12),
        limits("2026-03-02", 10**5, "month"),
        limits("2026-03-02", 5, "week"),
        [*limits("2026-03-02", 5), "--extension=-1"],
        [*limits("2026-03-02", 5), "--pause", "2026-03-04"],
        [*limits("2026-03-02", 5), "--pause", "2026-03-06:2026-03-05"],
    ],
)
def test_unusable_input_has_a_sentence_and_exit_2(arguments):
    with pytest.raises(CommandError) as unusable:
        call_command("deadline", *arguments)
    assert str(unusable.value)


def test_exit_code_2_reaches_the_caller():
    with pytest.raises(CommandError) as unusable:
        call_command("deadline", *limits("2026-03-02", 0))
    assert unusable.value.returncode == 2
    with pytest.raises(SystemExit) as usage:
        deadline.Command().run_from_argv(["manage.py", "deadline", *limits("2026-02-30", 5)])
    assert usage.value.code == 2
