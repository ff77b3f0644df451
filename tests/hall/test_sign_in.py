"""Signing in and out: two factors in one form, lock-out, and every way in which a session ends (T01-T06)."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import hotp

from authorization.models import Person, PostHolding
from hall.models import StaffSession
from supervision import moment, protection
from supervision.models import Record
from tests import builders

from .contents import contents
from .pages import without_token
from .typed import intake_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

SEED = b"12345678901234567890"
PASSWORD = "Rain-on-the-county-hall-7"


@pytest.fixture
def wall(monkeypatch):
    """The wall clock in hand: security reads it, the framework's session reads it too."""

    class Wall:
        def __init__(self) -> None:
            self.instant = moment.wall()

        def forward(self, **lapse: float) -> None:
            self.instant += timedelta(**lapse)

    hand = Wall()
    monkeypatch.setattr(moment, "wall", lambda: hand.instant)
    monkeypatch.setattr(timezone, "now", lambda: hand.instant)
    return hand


@pytest.fixture
def account(wall) -> Person:
    """林海燕 with a password and a token of which the test knows the seed."""
    person = Person.objects.get(username="linhaiyan")
    person.set_password(PASSWORD)
    seed = base64.b32encode(SEED).decode()
    person.otp_secret = protection.seal(seed, table="authorization_person", column="otp_secret", row=person.id)
    person.otp_step = 0
    person.save()
    builders.announced(person)
    return person


def code(wall: Any, steps: int = 0) -> str:
    """What the token shows now, or so many half minutes later (RFC 6238)."""
    return f"{hotp(SEED, int(wall.instant.timestamp() // 30) + steps):06d}"


def sign_in(client: Client, code: str, **changed: str) -> HttpResponse:
    form = {"username": "linhaiyan", "password": PASSWORD, "code": code}
    return client.post(reverse("sign_in"), form | changed)


def is_in(client: Client) -> bool:
    return client.get(reverse("find")).status_code == 200


def leave_post(person: Person) -> None:
    PostHolding.objects.filter(person=person).update(during=("2026-01-01", "2026-03-10"))
    builders.announced(*PostHolding.objects.filter(person=person))


def leave_office(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(is_active=False)
    builders.announced(person)


def kinds() -> list[str]:
    records = Record.objects.filter(subject_table="authorization_person").exclude(kind="configuration")
    return list(records.order_by("id").values_list("kind", flat=True))


# Both factors ---------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T04", "D41")
def test_password_and_code_open_the_workspace_of_the_post(client, account, wall):
    answer = sign_in(client, code(wall))
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert client.get(reverse("home"))["Location"] == reverse("window_home")
    assert "林海燕" in client.get(reverse("window_home")).content.decode()
    assert kinds() == ["sign_in"]


WRONG = {
    "wrong password": {"password": "Rain-on-the-county-hall-8"},
    "no such account": {"username": "linhaiyang"},
    "wrong code": {"code": "000000"},
    "no code": {"code": ""},
    "code of a minute ago": {"code": "-2"},
    "letters": {"code": "abcdef"},
    "other digits": {"code": "１２３４５６"},
}


@pytest.mark.ids("T01", "T04", "T05")
@pytest.mark.parametrize("name", WRONG)
def test_every_way_to_be_wrong_reads_the_same(client, account, wall, name):
    wrong = WRONG[name]
    wrong = wrong | ({"code": code(wall, int(wrong["code"]))} if wrong.get("code", "").startswith("-") else {})
    answer = sign_in(client, **({"code": code(wall)} | wrong))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("账号、密码或动态码不对") == 1
    assert not is_in(client)
    assert PASSWORD not in page
    assert kinds() == ["sign_in_failed"]


@pytest.mark.ids("T05")
def test_a_code_serves_once_and_the_next_one_again(client, account, wall):
    used = code(wall)
    assert sign_in(client, used).status_code == 302
    assert sign_in(Client(), used).status_code == 200
    wall.forward(seconds=30)
    assert sign_in(Client(), used).status_code == 200
    assert sign_in(Client(), code(wall)).status_code == 302


@pytest.mark.ids("T01", "T02", "T05")
@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"code": "000000"}], ids=["passwords", "codes"])
def test_five_wrong_tries_lock_the_account_even_for_who_knows_it(account, wall, wrong):
    for _ in range(4):
        assert sign_in(Client(), **({"code": code(wall)} | wrong)).status_code == 200
    sign_in(Client(), **({"code": code(wall)} | wrong))
    cache.clear()
    locked = Client()
    answer = sign_in(locked, code(wall))
    assert answer.status_code == 429
    assert "请 15 分钟后再试" in answer.content.decode()
    assert not is_in(locked)
    AccessAttempt.objects.update(attempt_time=wall.instant - timedelta(minutes=16))
    wall.forward(minutes=1)
    assert sign_in(locked, code(wall)).status_code == 302


@pytest.mark.ids("T01")
def test_an_unknown_account_is_locked_like_a_known_one(account, wall):
    pages = []
    for username in ("linhaiyan", "nobodyatall"):
        for _ in range(6):
            answer = sign_in(Client(), code(wall), username=username, password="wrong")
        pages.append((answer.status_code, without_token(answer).replace(username, "…")))
    assert pages[0] == pages[1]


@pytest.mark.ids("T02")
def test_one_locked_account_leaves_the_others_open(account, wall):
    for _ in range(6):
        sign_in(Client(), code(wall), username="chenxiaolin", password="wrong")
    assert sign_in(Client(), code(wall)).status_code == 302


def test_who_holds_no_post_today_is_told_so(client, account, wall):
    leave_post(account)
    answer = sign_in(client, code(wall))
    assert "今天没有任职岗位" in answer.content.decode()
    assert not is_in(client)


@pytest.mark.ids("T03")
def test_who_left_does_not_get_in(client, account, wall):
    leave_office(account)
    assert "账号、密码或动态码不对" in sign_in(client, code(wall)).content.decode()


# Where to -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("where", "leads_to"),
    [
        ("/cases/?q=20260310", "/cases/?q=20260310"),
        ("", "/"),
        ("https://example.com/", "/"),
        ("//example.com/", "/"),
        ("/\\example.com/", "/"),
        ("http:example.com", "/"),
        ("javascript:alert(1)", "/"),
        ("\thttps://example.com", "/"),
    ],
)
def test_the_way_on_stays_in_the_house(client, account, wall, where, leads_to):
    assert sign_in(client, code(wall), next=where)["Location"] == leads_to


# The end of a session -------------------------------------------------------------------------------------------------------
@pytest.fixture
def signed_in(client, account, wall) -> Client:
    assert sign_in(client, code(wall)).status_code == 302
    assert is_in(client)
    return client


@pytest.mark.ids("T03")
def test_signing_in_takes_a_new_session(client, account, wall):
    known = builders.staff_client(builders.make_clerk("chenxiaolin"))
    before = known.cookies["sessionid"].value
    sign_in(known, code(wall))
    assert known.cookies["sessionid"].value != before
    known.cookies["sessionid"] = before
    assert not is_in(known)


@pytest.mark.ids("T03")
def test_signing_out_ends_the_session_on_the_server(signed_in):
    old = signed_in.cookies["sessionid"].value
    assert signed_in.get(reverse("sign_out")).status_code == 405
    answer = signed_in.post(reverse("sign_out"))
    assert (answer.status_code, answer["Clear-Site-Data"]) == (302, '"cache", "storage"')
    signed_in.cookies["sessionid"] = old
    assert not is_in(signed_in)
    assert not StaffSession.objects.exists()
    assert kinds() == ["sign_in", "sign_out"]


@pytest.mark.ids("T03")
def test_a_new_password_ends_every_session_of_the_account(signed_in, account):
    account.set_password(PASSWORD + "!")
    account.save()
    assert not is_in(signed_in)


@pytest.mark.ids("T03", "T16")
@pytest.mark.parametrize("end", ["account", "post"])
def test_a_session_ends_with_the_account_and_with_the_post(signed_in, account, end):
    if end == "account":
        leave_office(account)
    else:
        leave_post(account)
    assert not is_in(signed_in)


@pytest.mark.ids("T06")
def test_half_an_hour_without_an_act_ends_the_session(signed_in, wall):
    wall.forward(minutes=29)
    assert is_in(signed_in)
    wall.forward(minutes=29)
    assert is_in(signed_in)
    wall.forward(minutes=31)
    assert not is_in(signed_in)


@pytest.mark.ids("T06")
def test_what_a_page_asks_by_itself_keeps_nobody_awake(signed_in, wall):
    for _ in range(3):
        wall.forward(minutes=9)
        assert signed_in.get(reverse("find"), headers={"X-Poll": "1"}).status_code == 200
    wall.forward(minutes=4)
    assert not is_in(signed_in)


@pytest.mark.ids("T06")
def test_after_twelve_hours_even_the_busiest_signs_in_again(signed_in, wall):
    for _ in range(36):
        wall.forward(minutes=20)
        assert is_in(signed_in)
    wall.forward(minutes=1)
    assert not is_in(signed_in)


@pytest.mark.ids("T03")
def test_a_form_from_elsewhere_is_not_taken(account, wall):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = builders.staff_client(builders.make_clerk()).cookies
    before = contents()
    answer = strict.post(reverse("intake"), intake_form())
    assert answer.status_code == 403
    assert "这张表放得太久" in answer.content.decode()
    assert contents() == before
