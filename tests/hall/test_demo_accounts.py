"""Who may open the demo: a file for its owner alone, with the keys that programs outside rely on (contract)."""

import json
import stat

import pytest
from django.contrib.auth.hashers import make_password

from hall.demo import accounts, plan
from hall.demo.people import Key

CONTRACT = {"username", "password", "otp_secret", "role", "post", "department", "window", "name"}


def key(username: str) -> Key:
    return Key(username, "correct horse", make_password(None), "A" * 32)


@pytest.mark.parametrize(
    ("username", "role", "department", "window"),
    [
        ("linhaiyan", "clerk", "遂溪县行政服务中心", "综合服务窗口 3 号"),
        ("zhengqiwen", "section", "遂溪县卫生健康局", None),
        ("panguohui", "supervisor", "遂溪县联合督查室", None),
    ],
)
def test_an_account_says_what_it_opens(username, role, department, window):
    [told] = accounts.described(plan.read(), [key(username)])

    assert told.keys() == CONTRACT
    assert (told["role"], told["department"], told["window"]) == (role, department, window)
    assert told["password"] == "correct horse"


def test_the_file_is_readable_by_its_owner_alone(tmp_path):
    path = tmp_path / "accounts.json"
    accounts.keep(path, [{"username": "a"}], "username")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["accounts.json"]


def test_later_accounts_join_the_earlier_ones_and_replace_their_own(tmp_path):
    path = tmp_path / "accounts.json"
    accounts.keep(path, [{"username": "a", "password": "old"}, {"username": "b", "password": "old"}], "username")
    accounts.keep(path, [{"username": "b", "password": "new"}, {"username": "c", "password": "new"}], "username")

    assert {row["username"]: row["password"] for row in json.loads(path.read_text())} == {
        "a": "old",
        "b": "new",
        "c": "new",
    }
