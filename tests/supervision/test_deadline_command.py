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


def told(capsys, *arguments: str) -> list[str]:
    code, out = run(capsys, *arguments)
    assert code == 0
    return out.splitlines()


@pytest.mark.ids("L28", "L31")
def test_people_get_the_day_and_why_it_is_this_one(capsys):
    assert told(capsys, *limits("2026-02-13", 20)) == [
        "到期日 2026-03-19",
        "2026年2月13日（周五）起算，当日不计，次一工作日为第 1 天；期限 20 个工作日；2026年3月19日（周四）到期。",
        "  2026-02-14 至 2026-02-14  计 1 天，累计 1 天（调休上班 2月14日）",
        "  2026-02-15 至 2026-02-23  放假（春节）",
        "  2026-02-24 至 2026-03-19  计 19 天，累计 20 天（调休上班 2月28日；周末 5 天不计）",
    ]


@pytest.mark.ids("L20", "T67")
def test_a_pause_stands_in_the_reasons(capsys):
    lines = told(capsys, *limits("2024-04-08", 10), "--pause", "2024-04-11:2024-05-08", "--extension", "2")
    assert lines[0] == "到期日 2024-05-21"
    assert "期限 10 个工作日，延长 2 个工作日" in lines[1]
    assert lines[2:] == [
        "  2024-04-09 至 2024-04-10  计 2 天，累计 2 天",
        "  2024-04-11 至 2024-05-08  停表（不计入期限）",
        "  2024-05-09 至 2024-05-21  计 10 天，累计 12 天（调休上班 5月11日；周末 3 天不计）",
    ]


@pytest.mark.ids("L30")
def test_natural_days_and_months_roll_on(capsys):
    lines = told(capsys, *limits("2024-09-20", 15, "day"))
    assert lines[2:] == [
        "  2024-09-21 至 2024-10-05  计 15 天，累计 15 天",
        "  2024-10-06 至 2024-10-08  顺延（末日逢国庆节，顺延到工作日）",
    ]
    lines = told(capsys, *limits("2025-01-31", 1, "month"))
    assert (lines[0], "期限 1 个月" in lines[1], len(lines)) == ("到期日 2025-02-28", True, 3)


def test_an_open_pause_and_a_provisional_end_are_said(capsys):
    lines = told(capsys, *limits("2026-03-02", 5), "--pause", "2026-03-04:")
    assert lines[0] == "正在停表，恢复计时后才有到期日。"
    assert lines[-1] == "  2026-03-04 至 ……  停表（还没有恢复计时）"
    assert told(capsys, *limits("2026-12-28", 5))[0] == "到期日 2027-01-04（暂定：节假日安排尚未公布）"
    assert "请先录入这一年的节假日安排" in run(capsys, *limits("2027-01-01", 5))[1]
    assert told(capsys, *limits("2026-03-08", 0, "immediate")) == [
        "到期日 2026-03-08",
        "即办：2026年3月8日（周日）当日办结。",
    ]


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
