"""What can't be recorded is not done: 503 with a sentence, nothing written, no number used, and what was typed stays (T51).

Who is signed in goes on reading.
"""

import base64
import html
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django_otp.oath import hotp

from authorization.models import Person
from hall.actions import by_law
from hall.config import outages, sessions
from hall.models import Case
from hall.states import APPLICANT, BY_LAW, VERBS
from supervision import moment, papers, protection
from supervision.models import Paper, Record
from tests import builders
from tests.outages import closed_log, fast_clock, lost_connection, revoked_insert

from . import cast
from .api.caller import application, make_caller, problem_of
from .contents import contents
from .pages import text_of, values_of
from .test_access import PAGES, arguments, status_of
from .typed import case_form, intake_form

pytestmark = [pytest.mark.ids("T51", "T68"), pytest.mark.django_db]

OUTAGES = {
    "closed": (closed_log, "log_closed"),
    "revoked": (revoked_insert, "store_unavailable"),
    "clock": (fast_clock, "clock_ahead"),
}
BY_STAFF = [name for name, verb in VERBS.items() if verb.power not in (APPLICANT, BY_LAW)]
BY_THE_DAY = [name for name, verb in VERBS.items() if verb.power == BY_LAW and name != "recalculate"]


def signed_in(role):
    """A browser that shows what its user would see, errors included."""
    client = builders.staff_client(cast.staff_of(role))
    client.raise_request_exception = False
    return client


def unavailable(answer, code=""):
    """The page of an outage, checked for what every one of them says."""
    page = text_of(answer)
    assert answer.status_code == 503, page
    assert answer.headers["Retry-After"] == "5"
    assert code in page
    assert "请过几秒再办" in page
    return page


# Pages ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("verb", BY_STAFF)
def test_a_verb_that_can_not_be_recorded_is_not_done(verb, outage):
    case = builders.make_case_for(verb)
    client = builders.staff_client(builders.empowered(case, verb))
    url, form = case_form(verb, case)
    happens, code = OUTAGES[outage]
    with happens():
        before = contents()
        page = unavailable(client.post(url, form))
        assert (code in page) == (verb != "receive")  # the form of the intake lists its faults without codes
        assert contents() == before
    assert client.post(url, form).status_code == 302
    assert Case.objects.get(number=case.number).state == VERBS[verb].leads_to(case.state)


@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.parametrize("verb", BY_THE_DAY)
def test_what_the_day_does_is_written_down_when_it_can_be(verb, outage):
    """It has happened all the same: nothing is lost by waiting (L10)."""
    case, later = builders.make_case_for(verb), moment.now() + timedelta(days=90)
    happens, code = OUTAGES[outage]
    with happens():
        before = contents()
        with pytest.raises(outages.Unavailable) as heard, outages.told():
            by_law.carry_out(case.number, now=later)
        assert (heard.value.refusal.code, contents()) == (code, before)
    assert by_law.carry_out(case.number, now=later)
    assert Case.objects.get(number=case.number).state == VERBS[verb].target


@pytest.mark.parametrize("outage", OUTAGES)
def test_nothing_is_received_and_the_form_keeps_what_was_typed(outage):
    client, form = signed_in(cast.GENERAL), intake_form(contact_name="王小红")
    happens, _ = OUTAGES[outage]
    with happens():
        before = contents()
        answer = client.post(reverse("intake"), form)
        assert contents() == before
    page, fields = text_of(answer), values_of(answer)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "没有办理" in page
    assert {name: fields[name] for name in ("name", "phone", "contact_name", "token")} == {
        name: form[name] for name in ("name", "phone", "contact_name", "token")
    }
    assert client.post(reverse("intake"), form).status_code == 302


def test_an_opinion_stays_in_its_form():
    case = builders.make_accepted_case()
    client = signed_in(cast.SECTION)
    with closed_log():
        page = unavailable(client.post(*_review(case, "材料齐全，现场看过。")), "log_closed")
    assert re.search(r"<textarea[^>]*>\s*材料齐全，现场看过。</textarea>", page)


def test_without_the_receipt_key_nothing_is_received_but_other_verbs_go_on(monkeypatch, tmp_path):
    case, client, form = builders.make_received_case(), signed_in(cast.GENERAL), intake_form()
    monkeypatch.setattr(settings, "RECEIPT_KEY_FILE", tmp_path / "gone.json")
    before = contents()
    answer = client.post(reverse("intake"), form)
    assert (answer.status_code, contents()) == (503, before)
    assert "签收件回执的密钥读不到，没有收件。" in text_of(answer)
    assert client.post(*case_form("transfer", case)).status_code == 302


@pytest.mark.parametrize("outage", OUTAGES)
def test_a_refusal_that_can_not_be_recorded_is_an_outage_and_no_fault_of_ours(outage):
    """A page of another post, a foreign case, a wrong state, a stale form: each would leave a note."""
    case = builders.make_received_case()
    happens, code = OUTAGES[outage]
    tried = {
        "another post": lambda: signed_in(cast.SECTION).get(reverse("intake")),
        "foreign case": lambda: signed_in(cast.ELSEWHERE).get(reverse("case", args=[case.number])),
        "wrong state": lambda: signed_in(cast.SECTION).post(*_review(case, "可以。")),
        "stale form": lambda: signed_in(cast.GENERAL).post(
            reverse("case", args=[case.number]), {"verb": "transfer", "seq": 0}
        ),
    }
    with happens():
        for name, attempt in tried.items():
            before = contents()
            page = unavailable(attempt(), code)
            assert contents() == before, name
            assert "Traceback" not in page


def test_a_value_is_not_unmasked_and_the_reason_can_be_sent_again():
    case, client = builders.make_received_case(), signed_in(cast.GENERAL)
    url = reverse("case_unmask", args=[case.number, "phone"])
    with closed_log():
        page = unavailable(client.post(url, {"reason": "电话核对“领取人”"}), "log_closed")
    assert "13700000915" not in page
    assert f'action="{url}"' in page
    again = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page))
    sent = {name: html.unescape(value) for name, value in again.items() if name != "csrfmiddlewaretoken"}
    assert sent == {"reason": "电话核对“领取人”"}
    assert "13700000915" in text_of(client.post(url, sent))


def test_whoever_is_signed_in_goes_on_reading_and_nothing_is_written_by_that():
    case = builders.make_transferred_case()
    clients = {role: builders.staff_client(cast.staff_of(role)) for role in cast.ROLES if role != cast.OFF_DUTY}
    read = 0
    with closed_log():
        before = contents()
        for name in PAGES:
            for role, client in clients.items():
                if status_of(name, role) == 200:
                    answer = client.get(reverse(name, args=arguments(name, case)))
                    assert answer.status_code in (200, 302), (name, role)
                    read += 1
        assert contents() == before
    assert read > 30


def test_nothing_is_typeset_in_vain(monkeypatch):
    """A paper whose record can't be written would be set again every ten seconds."""
    builders.make_received_case()
    monkeypatch.setattr(papers, "can_print", lambda: True)
    monkeypatch.setattr(papers, "typeset", lambda template, facts: b"%PDF")
    with closed_log():
        assert papers.print_pending(now=moment.now()) == 0
    assert papers.print_pending(now=moment.now()) == 1


def test_the_public_goes_on_reading():
    case = builders.make_accepted_case()
    paper = Paper.objects.filter(subject_id=case.id).first()
    with closed_log():
        for path in (
            reverse("public_home"),
            reverse("public_progress"),
            reverse("public_paper", args=[paper.check_code]),
        ):
            assert Client().get(path).status_code == 200


# Signing in and out ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def account():
    """林海燕 with a password and a token of which the test knows the seed."""
    person = Person.objects.get(username="linhaiyan")
    person.set_password("Rain-on-the-county-hall-7")
    seed = base64.b32encode(b"12345678901234567890").decode()
    person.otp_secret = protection.seal(seed, table="authorization_person", column="otp_secret", row=person.id)
    person.otp_step = 0
    person.save()
    builders.announced(person)
    return person


@pytest.mark.usefixtures("empty_cache")
@pytest.mark.parametrize("password", ["Rain-on-the-county-hall-7", "wrong"])
def test_nobody_signs_in_and_the_page_does_not_carry_the_password(account, password):
    client = Client(raise_request_exception=False)
    code = f"{hotp(b'12345678901234567890', int(moment.wall().timestamp()) // 30):06d}"
    form = {"username": "linhaiyan", "password": password, "code": code}
    with closed_log():
        page = unavailable(client.post(reverse("sign_in"), form), "log_closed")
        assert client.get(reverse("sign_in")).status_code == 200
    assert "也不能登录" in page
    assert password not in page
    assert client.get(reverse("home")).status_code == 302
    assert Person.objects.get(pk=account.pk).last_login is None


def test_whoever_leaves_the_desk_is_signed_out_whatever_the_log_says():
    client = signed_in(cast.GENERAL)
    with closed_log():
        assert client.post(reverse("sign_out")).status_code == 302
    assert reverse("sign_in") in client.get(reverse("home")).headers["Location"]
    assert not Record.objects.filter(kind="sign_out").exists()


# The API --------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("outage", OUTAGES)
def test_a_program_is_told_to_come_back_and_goes_on_reading(outage):
    portal, body = make_caller(), application()
    number = portal.submit(application()).json()["number"]
    happens, code = OUTAGES[outage]
    with happens():
        before = contents()
        for sent in (body, body | {"item": "NOTHING"}):
            answer = portal.submit(sent, key="k-1")
            told = problem_of(answer, 503, code)
            assert answer.headers["Retry-After"] == "5"
            assert told["remedy"]
        problem_of(portal.get("cases/031202603101000012/progress/"), 503, code)
        assert contents() == before
        assert portal.get("items/?limit=1").status_code == 200
        assert portal.get(f"cases/{number}/progress/").status_code == 200
    assert portal.submit(body, key="k-1").status_code == 201


def test_a_program_is_told_when_no_receipt_can_be_signed(monkeypatch, tmp_path):
    portal = make_caller()
    monkeypatch.setattr(settings, "RECEIPT_KEY_FILE", tmp_path / "gone.json")
    before = contents()
    problem_of(portal.submit(application()), 503, "receipt_unavailable")
    assert contents() == before


# A connection that is lost --------------------------------------------------------------------------------------------------
@pytest.mark.ids("T62")
@pytest.mark.django_db(transaction=True)
def test_an_act_whose_connection_is_lost_leaves_nothing_and_may_be_tried_again():
    case, client, portal = builders.make_received_case(), signed_in(cast.GENERAL), make_caller()
    form, before = intake_form(), contents()
    with lost_connection():
        unavailable(client.post(*case_form("transfer", case)), "store_unavailable")
        assert client.post(reverse("intake"), form).status_code == 503
        problem_of(portal.submit(application(), key="k-1"), 503, "store_unavailable")
        connection.close()
    assert contents() == before
    assert client.post(reverse("intake"), form).status_code == 302
    assert client.post(*case_form("transfer", case)).status_code == 302


@pytest.mark.ids("T62")
def test_a_database_that_is_away_before_any_view_is_told_in_the_same_words(monkeypatch):
    client = signed_in(cast.GENERAL)

    def away(self):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(sessions.SessionStore, "_get_session_from_db", away)
    unavailable(client.get(reverse("window_home")), "store_unavailable")


def test_a_mistake_of_ours_is_still_one(monkeypatch):
    client = signed_in(cast.GENERAL)

    def wrong(self):
        raise KeyError("x")

    monkeypatch.setattr(sessions.SessionStore, "_get_session_from_db", wrong)
    assert client.get(reverse("window_home")).status_code == 500


def _review(case, opinion):
    return reverse("case", args=[case.number]), {"verb": "review", "seq": case.record_seq, "opinion": opinion}
