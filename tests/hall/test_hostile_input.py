"""Strings that nobody types by accident: every field and every address takes them with a 4xx or inert, never with a fault (T18, T19, T27)."""

import html
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hall.models import Case
from hall.states import CaseState
from tests import builders

from . import cast
from .contents import contents
from .typed import ON_THE_WAY, case_form, intake_form, state_before

pytestmark = pytest.mark.django_db

UNUSABLE = {
    "NUL": "吴\x00晓明",
    "one megabyte": "吴" * 350_000,
    "5000 digits": "9" * 5000,
    "control signs": "吴\x1b[31m晓\x08明",
}
INERT = {
    "four bytes": "𠮷野😀晓明",
    "right to left": "吴\u202e晓明",
    "quotes": '吴" onmouseover="alert(1)" x=\'',
    "SQL": "'; DROP TABLE hall_case; --",
    "format": "%(password)s %s %n",
    "script address": "javascript:alert(1)//吴",
    "surrogate": "吴晓明\ufffd",
    "mark-up": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{7*7}}{% include 'x' %}{0.__class__}",
}
HOSTILE = UNUSABLE | INERT
INTAKE_FIELDS = [
    *("kind", "name", "id_number", "phone", "address", "contact_name", "contact_id_number", "delivery_way"),
    *("item", "unit", "token", "verb", "originals-1", "copies-1", "electronic-1"),
]
# Words that are free: whatever stands in them is shown as it was typed.
FREE = {"review": "opinion", "grant": "opinion", "accept": "opinion", "conclude": "opinion"}
ALIVE = re.compile(r"""<script>alert|<img src=x|["'] onmouseover=["']|49\{%""")


@pytest.fixture
def desk() -> Client:
    return builders.staff_client(cast.staff_of(cast.GENERAL))


def check(answer: HttpResponse) -> None:
    """No fault, and nothing of what was typed is alive in the page."""
    assert answer.status_code < 500
    assert not ALIVE.search(answer.content.decode())


# Forms ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T18", "T19", "T27")
@pytest.mark.parametrize("field", INTAKE_FIELDS)
def test_every_field_of_the_intake_takes_hostile_text_without_a_fault(desk, field):
    for name, text in HOSTILE.items():
        before = contents()
        answer = desk.post(reverse("intake"), intake_form() | {field: text})
        check(answer)
        if answer.status_code == 302:
            assert name in INERT or field in ("token", "verb"), (field, name)
            check(desk.get(answer["Location"]))
        else:
            assert 400 <= answer.status_code < 500, (field, name)
            assert contents() == before, (field, name)


@pytest.mark.ids("T18")
@pytest.mark.parametrize(
    "name", ["originals-" + "9" * 5000, "originals-٣", "originals-", "originals-\x00", "originals-1.5", "x" * 5000]
)
def test_a_field_that_no_form_has_does_no_harm(desk, name):
    answer = desk.post(reverse("intake"), intake_form() | {name: "1"})
    assert answer.status_code in (302, 400)


@pytest.mark.ids("T18", "T19", "T27")
@pytest.mark.parametrize("verb", FREE)
def test_an_opinion_is_shown_as_it_was_written(verb):
    for name, text in HOSTILE.items():
        case = builders.make_case(state_before(verb))
        client = builders.staff_client(builders.empowered(case, verb))
        url, form = case_form(verb, case)
        answer = client.post(url, form | {FREE[verb]: text})
        check(answer)
        if name in UNUSABLE:
            assert answer.status_code == 400, name
        if answer.status_code == 302:
            page = client.get(url)
            check(page)
            assert html.escape(text.strip()) in page.content.decode()


@pytest.mark.ids("T18")
@pytest.mark.parametrize("field", ["seq", "recipient", "relation", "verb"])
def test_the_hand_out_takes_hostile_text_without_a_fault(field):
    case = builders.make_ready_case()
    client = builders.staff_client(cast.staff_of(cast.GENERAL))
    for text in HOSTILE.values():
        url, form = case_form("hand_out", case)
        answer = client.post(url, form | {field: text})
        check(answer)
        assert 400 <= answer.status_code < 500
    assert Case.objects.get().state == CaseState.READY


@pytest.mark.ids("T18")
def test_taking_in_what_was_filed_online_takes_hostile_text_without_a_fault(desk):
    case = builders.make_submitted_case()
    url, form = case_form("receive", case)
    for text in HOSTILE.values():
        for field in ("seq", "originals-1"):
            assert desk.post(url, form | {field: text}).status_code < 500


@pytest.mark.ids("T18", "T44")
def test_a_reason_for_looking_is_free_text_and_nothing_more(desk):
    case = builders.make_received_case()
    url = reverse("case_unmask", args=[case.number, "phone"])
    for text in HOSTILE.values():
        check(desk.post(url, {"reason": text}))


@pytest.mark.ids("T18")
def test_more_than_two_megabytes_are_not_read(desk):
    before = contents()
    answer = desk.post(reverse("intake"), intake_form(address="字" * 800_000))
    assert answer.status_code in (400, 413)
    assert contents() == before


# Addresses ------------------------------------------------------------------------------------------------------------------
ADDRESSES = [
    *(
        "/cases/{}/",
        "/cases/{}/why/",
        "/cases/{}/unmask/phone/",
        "/papers/{}/",
        "/cases/?q={}",
        "/cases/?q=吴晓&after={}",
    ),
    *("/window/intake/?q={}", "/window/intake/?item={}", "/window/intake/?case={}", "/window/intake/items/?q={}"),
    *("/window/queue/?after={}", "/approval/?stage={}", "/approval/concluded/?after={}"),
    *("/public/progress/{}/", "/public/progress/{}/ABCD2345/", "/public/progress/000000000000000000/{}/"),
    *("/public/papers/{}/", "/public/papers/?code={}", "/sign-in/?next={}", "/{}/"),
]
IN_ADDRESSES = HOSTILE | {
    "one megabyte": "字" * 20_000,
    "a mark out of range": "0001-01-01T00:00:00+14:00_01a2003b-d3ff-73f3-aa8f-23cc11e3ba97",
    "a mark without zone": "2026-03-10T10:42:00_01a2003b-d3ff-73f3-aa8f-23cc11e3ba97",
    "percent": "%",
    "pattern": "(((((((((",
    "digits": "1" * 13,
    "other digits": "٢٠٢٦٠٣١٠٠٠١",
}


@pytest.mark.ids("T18", "T19")
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_takes_hostile_text_without_a_fault(address):
    builders.make_received_case()
    for role in (cast.GENERAL, cast.SECTION):
        client = builders.staff_client(cast.staff_of(role))
        for text in IN_ADDRESSES.values():
            answer = client.get(address.format(quote(text, safe="")))
            check(answer)


@pytest.mark.ids("T18", "T03")
@pytest.mark.parametrize(
    "cookie", [r'"\000\000\000\000\000\000\000\000"', "x" * 5000, r'"\303\050abcdefgh"', "----------", ""]
)
def test_a_cookie_that_is_no_session_leads_to_the_sign_in(client, cookie):
    answer = client.get(reverse("find"), HTTP_COOKIE=f"sessionid={cookie}")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=%2Fcases%2F")


@pytest.mark.ids("T18")
@pytest.mark.parametrize("field", ["username", "password", "code", "next"])
def test_the_sign_in_takes_hostile_text_without_a_fault(client, field):
    form: dict[str, Any] = {"username": "linhaiyan", "password": "x", "code": "123456"}
    for text in HOSTILE.values():
        answer = client.post(reverse("sign_in"), form | {"username": "nobody", field: text})
        check(answer)


@pytest.mark.ids("T19", "D41")
def test_a_hostile_name_stays_inert_wherever_the_case_is_shown():
    name = INERT["quotes"]
    case = builders.make_submitted_case(applicant=builders.make_applicant(name=name, contact_name=INERT["mark-up"]))
    for verb in ("receive", *ON_THE_WAY):
        case = builders.act(verb, case, **({"recipient": name} if verb == "hand_out" else {}))
        for role, address in (
            *(
                (cast.GENERAL, reverse(page))
                for page in ("window_home", "window_queue", "window_transfer", "window_hand_out")
            ),
            *((cast.SECTION, reverse(page)) for page in ("inbox", "concluded")),
            *((cast.SUPERVISOR, reverse(page)) for page in ("supervision_today", "supervision_due")),
            (cast.GENERAL, reverse("case", args=[case.number])),
            (cast.GENERAL, f"{reverse('find')}?q={quote(name[:8])}"),
        ):
            page = builders.staff_client(cast.staff_of(role)).get(address)
            assert page.status_code in (200, 302)
            assert not ALIVE.search(page.content.decode()), address
