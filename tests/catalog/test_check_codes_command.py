"""`manage.py check_codes` answers programs as the contract says."""

import json

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.ids("L46", "L47")

DEMO = "11440823FAKE00101C4440199001000"


def run(capsys, *arguments: str) -> tuple[int, str]:
    code = 0
    try:
        call_command("check_codes", *arguments)
    except SystemExit as end:
        code = end.code
    return code, capsys.readouterr().out


def test_every_code_gets_its_verdict(capsys):
    codes = [DEMO + "01", "1137080123456789154370115056000"]
    code, out = run(capsys, *codes, "--scheme", "guangdong", "--json")
    valid, invalid = json.loads(out)
    assert code == 1
    assert valid == {
        "code": DEMO + "01",
        "verdict": "valid",
        "reason": None,
        "warnings": [],
        "parts": {
            "credit_code": "11440823FAKE00101C",
            "level": "4",
            "origin": "44",
            "type": "01",
            "main": "99001",
            "sub": "000",
            "handling_item": "01",
        },
        "kind": "licence",
    }
    assert (invalid["verdict"], invalid["reason"]) == ("invalid", "credit_code_check_digit")


def test_parts_keep_their_keys_where_nothing_is_known(capsys):
    _, out = run(capsys, "00877868-5", "--scheme", "national", "--json")
    (told,) = json.loads(out)
    assert (told["reason"], told["kind"], set(told["parts"].values())) == ("length", None, {None})
    assert set(told["parts"]) == {"credit_code", "level", "origin", "type", "main", "sub", "handling_item"}


def test_warnings_leave_a_code_valid(capsys):
    code, out = run(capsys, DEMO, "--scheme", "guangdong", "--level", "3", "--kind", "penalty", "--json")
    (told,) = json.loads(out)
    assert (code, told["verdict"], told["warnings"]) == (0, "valid", ["level_differs", "type_differs"])


def test_people_get_words(capsys):
    code, out = run(capsys, DEMO, DEMO[:-3], "--scheme", "guangdong")
    assert code == 1
    assert out.splitlines()[0] == f"{DEMO} 可用 行政许可"
    assert "可能漏了子项三位" in out.splitlines()[1]


@pytest.mark.parametrize("arguments", [[DEMO], [DEMO, "--scheme", "moon"], ["--scheme", "national"]])
def test_unusable_input_is_said(arguments):
    with pytest.raises(CommandError):
        call_command("check_codes", *arguments)
