"""Each address × each role × own and foreign rows, from the URL table and the access table (T10, T11, T12, T16)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from authorization.models import PostHolding
from hall.config.access import ACCESS
from hall.models import Case, WindowDuty, WindowKind
from hall.states import CaseState
from supervision.models import Paper, Record
from tests import builders

from . import cast
from .cast import ROLES, staff_of
from .contents import contents, grown
from .pages import without_token

pytestmark = pytest.mark.django_db

# Who sits at a window today, who holds a post of a unit, told here a second time.
AT_A_COMMON_WINDOW = {cast.GENERAL, cast.FIELD, cast.HAND_OUT, cast.GUIDANCE, cast.COMPLAINT, cast.TRANSFER}
AT_A_WINDOW = AT_A_COMMON_WINDOW | {cast.OWN_WINDOW_ELSEWHERE, cast.SUB_CENTER, cast.POINT}
OF_A_UNIT = {
    cast.SECTION,
    cast.LEADER,
    cast.MAIN_LEADER,
    cast.REPRESENTATIVE,
    cast.ELSEWHERE,
    cast.ASKED,
    cast.OWN_WINDOW_ELSEWHERE,
    cast.SUB_CENTER,
}
OPEN_TO = {"staff": set(ROLES), "clerk": AT_A_WINDOW, "approver": OF_A_UNIT, "supervisor": {cast.SUPERVISOR}}
ONE_ROW = {"first_contact"}  # of no case: nobody of the cast was asked
ONE_CASE = {"case", "case_do", "case_why", "case_unmask", "case_receipt", "paper"}
POSTED_ONLY = {"sign_out", "intake_preview"}
PAGES = sorted(name for name, rule in ACCESS.items() if rule not in ("public", "client"))
SEES_HERE = ROLES.keys() - cast.BLIND


def browser(role: str) -> Client:
    if role == cast.OFF_DUTY:
        for duty in WindowDuty.objects.filter(holding__person=staff_of(cast.OFF_DUTY).person_id):
            WindowDuty.objects.filter(pk=duty.pk).delete()
            builders.announced(duty)
    return builders.staff_client(staff_of(role))


def arguments(name: str, case: Case) -> list[Any]:
    paper = Paper.objects.filter(subject_id=case.id).first()
    given: dict[str, list[Any]] = {
        "first_contact": [case.id],
        "case_do": [case.number, "void"],
        "case_unmask": [case.number, "phone"],
        "case_receipt": [case.number, 1],
        "paper": [paper.id if paper else ""],
    }
    return given.get(name, [case.number]) if name in ONE_CASE | ONE_ROW else []


def status_of(name: str, role: str) -> int:
    """What a GET hears; 200 stands for every answer that shows or leads on."""
    if role not in OPEN_TO[ACCESS[name]]:
        return 403
    if name in ONE_ROW or (name in ONE_CASE and role not in SEES_HERE):
        return 404
    return 405 if name in POSTED_ONLY else 200


def seen(answer: HttpResponse) -> int:
    return 200 if answer.status_code == 302 else answer.status_code


def test_the_cast_may_open_every_page_that_there_is():
    named = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert set(PAGES) <= named
    assert all(OPEN_TO[ACCESS[name]] for name in PAGES)


@pytest.mark.ids("T10", "T12", "T09", "T15")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_to_whom_it_belongs_and_to_nobody_else(name):
    case = builders.make_case(CaseState.TRANSFERRED, applicant=builders.make_applicant(name="金丝雀"))
    url = reverse(name, args=arguments(name, case))
    heard, told = {}, {}
    for role in ROLES:
        client, before = browser(role), contents()
        answer = client.get(url)
        heard[role], told[role] = seen(answer), grown(before, contents())
        assert answer["Cache-Control"] == "no-store"
        said = answer.getvalue().decode()
        assert "金丝雀" not in said or heard[role] == 200
        assert "440823199003072212" not in said
        assert "13700000915" not in said
    assert heard == {role: status_of(name, role) for role in ROLES}
    assert told == {role: {"supervision_record": 1} if heard[role] in (403, 404) else {} for role in ROLES}


@pytest.mark.ids("T04")
@pytest.mark.parametrize("name", PAGES)
def test_who_is_not_signed_in_is_led_to_the_sign_in_and_back(client, name):
    case = builders.make_transferred_case()
    url, before = reverse(name, args=arguments(name, case)), contents()
    assert client.get(url).headers["Location"].startswith(reverse("sign_in") + "?next=")
    assert client.post(url).headers["Location"] == reverse("sign_in")
    swap = client.get(url, headers={"HX-Request": "true"})
    assert (swap.status_code, swap.headers["HX-Redirect"]) == (401, reverse("sign_in"))
    assert contents() == before


@pytest.mark.ids("T10", "T12", "T44")
@pytest.mark.parametrize("role", ROLES)
def test_a_value_is_unmasked_only_by_who_may_see_the_case_and_each_time_on_record(role):
    case, client = builders.make_transferred_case(), browser(role)
    url = reverse("case_unmask", args=[case.number, "id_number"])
    answer = client.post(url, {"reason": "电话核对领取人身份"})
    told = Record.objects.filter(subject_table__in=["hall_applicant", "authorization_person"])
    kinds = list(told.exclude(kind="configuration").values_list("kind"))
    if role in SEES_HERE:
        assert "440823199003072212" in answer.content.decode()
        assert kinds == [("unmask",)]
        assert client.post(url, {"reason": "看看"}).status_code == 400
        assert Record.objects.filter(kind="unmask").count() == 1
    else:
        assert answer.status_code == 404
        assert kinds == [("denied",)]


@pytest.mark.ids("T10")
@pytest.mark.parametrize("column", ["phone_", "name", "id", "pk", "state", "__dict__"])
def test_nothing_but_the_masked_columns_can_be_unmasked(column):
    case = builders.make_received_case()
    answer = browser(cast.GENERAL).post(reverse("case_unmask", args=[case.number, column]), {"reason": "核对身份"})
    assert answer.status_code == 404


# Lists ----------------------------------------------------------------------------------------------------------------------
LISTS = [
    "window_queue",
    "window_incoming",
    "window_transfer",
    "window_corrections",
    "window_hand_out",
    "inbox",
    "concluded",
    "supervision_due",
]


def mine() -> dict[str, Callable[[], Q]]:
    """The cases of each role in the words of the office: the choke point of the product is told a second time."""
    common = ~Q(window__kind=WindowKind.DEDICATED) | Q(window=None)
    return dict.fromkeys(AT_A_COMMON_WINDOW, lambda: common) | {
        **dict.fromkeys(
            (cast.SECTION, cast.LEADER, cast.MAIN_LEADER, cast.REPRESENTATIVE), lambda: Q(department__slug="health")
        ),
        cast.ELSEWHERE: lambda: Q(department__slug="civil-affairs"),
        cast.ASKED: lambda: Q(department__slug=builders.OTHER_UNIT),
        cast.OWN_WINDOW_ELSEWHERE: lambda: Q(department__slug="emergency-management"),
        cast.SUB_CENTER: lambda: Q(department__slug="natural-resources"),
        cast.POINT: lambda: Q(window__number=31),
        cast.SUPERVISOR: lambda: Q(),
        cast.OFF_DUTY: lambda: Q(pk=None),
        cast.COUNTY_HEAD: lambda: Q(pk=None),
    }


@pytest.fixture
def county() -> list[Case]:
    """Cases of several units, through every kind of window, in several states."""
    made = [
        builders.make_case(state, item)
        for item in (builders.ITEM, builders.OWN_WINDOW, builders.NO_STATUTE, builders.AT_ONCE)
        for state in (CaseState.RECEIVED, CaseState.ACCEPTED, CaseState.CERTIFICATE_MADE)
    ]
    outside = [
        builders.make_received_case(builders.DEVOLVED, clerk=builders.make_point_clerk()),
        builders.make_received_case(builders.DEVOLVED, clerk=builders.make_point_clerk("lijianping")),
        builders.make_received_case(builders.AT_SUB_CENTER, clerk=builders.make_sub_center_clerk()),
    ]
    return [*made, *outside, builders.make_submitted_case()]


@pytest.mark.ids("T11")
def test_a_search_finds_exactly_what_the_role_may_know(county):
    for role in ROLES:
        page = browser(role).get(reverse("find"), {"q": "吴晓明"}).content.decode()
        found = {case.number for case in county if reverse("case", args=[case.number]) in page}
        assert found == set(Case.objects.filter(mine()[role]()).values_list("number", flat=True)), role


@pytest.mark.ids("T11")
@pytest.mark.parametrize("name", LISTS)
def test_no_list_holds_a_foreign_row(county, name, clock):
    clock.set("2026-03-18 09:00")
    for role in OPEN_TO[ACCESS[name]]:
        page = browser(role).get(reverse(name)).content.decode()
        shown = {case.number for case in county if case.number in page}
        assert shown <= set(Case.objects.filter(mine()[role]()).values_list("number", flat=True)), role


@pytest.mark.ids("T11")
def test_a_foreign_number_is_as_unknown_as_one_that_does_not_exist():
    case = builders.make_received_case()
    client = browser(cast.ELSEWHERE)
    pages = [
        without_token(client.get(reverse("find"), {"q": number})).replace(number, "…")
        for number in (case.number, "031202603109999999")
    ]
    assert pages[0] == pages[1]
    pages = [client.get(reverse("case", args=[number])) for number in (case.number, "031202603109999999")]
    assert [page.status_code for page in pages] == [404, 404]
    assert without_token(pages[0]) == without_token(pages[1])


@pytest.mark.ids("T16", "D26")
def test_who_moves_to_another_unit_leaves_the_cases_behind_at_once():
    case, person = builders.make_transferred_case(), staff_of(cast.SECTION).person_id
    client = browser(cast.SECTION)
    assert client.get(reverse("case", args=[case.number])).status_code == 200
    held = PostHolding.objects.get(person=person)
    held.post = PostHolding.objects.filter(post__department__slug="civil-affairs", post__kind="section").first().post
    held.save()
    builders.announced(held)
    assert client.get(reverse("case", args=[case.number])).status_code == 404
    assert case.number not in client.get(reverse("inbox")).content.decode()
    substitute = builders.staff_client(builders.member("xulijun"))
    assert substitute.get(reverse("case", args=[case.number])).status_code == 200
