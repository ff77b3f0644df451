"""Several at one case: the opinion of another unit with its own clock, and the hand-over between holders (D116, D123, D150, D47)."""

import pytest
from django.urls import reverse

from catalog.models import Department
from hall import queries
from hall.models import JointOpinion
from supervision.models import ClockKind, Paper, PaperKind
from supervision.refusals import NotFound
from tests import builders

from .refusing import clock_of, due, heard, lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
K = ClockKind
THIRD_UNIT = "civil-affairs"


@pytest.fixture
def case():
    return builders.make_accepted_case(now=builders.at("2026-03-02 09:00"))


def number_of(slug):
    return Department.objects.get(slug=slug).number


def sees(staff, case):
    try:
        queries.case_to_show(staff, case.number)
    except NotFound:
        return False
    return True


# Opinions ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D150", "T10")
def test_another_unit_sees_the_case_when_it_is_asked_and_not_before(case):
    asked, elsewhere = builders.make_section_head(builders.OTHER_UNIT), builders.make_section_head(THIRD_UNIT)
    assert not sees(asked, case)
    case = lead(case, ("ask_opinion", "2026-03-03 09:00"))
    assert sees(asked, case)
    assert not sees(elsewhere, case)
    case = lead(case, ("give_opinion", "2026-03-04 09:00"))
    assert not sees(asked, case)  # it has said what it was asked


@pytest.mark.ids("D150", "T10")
def test_an_unanswered_question_opens_the_case_until_it_is_decided(case):
    asked = builders.make_section_head(builders.OTHER_UNIT)
    case = lead(case, ("ask_opinion", "2026-03-03 09:00"), ("review", "2026-03-03 10:00"))
    assert sees(asked, case)
    case = lead(case, ("grant", "2026-03-03 11:00"))
    assert not sees(asked, case)
    assert sees(builders.make_section_head(), case)


@pytest.mark.ids("D150", "T10", "T15")
def test_who_is_only_asked_gets_no_value_in_full_and_no_query_code(case):
    case = lead(case, ("ask_opinion", "2026-03-03 09:00"))
    slip = Paper.objects.get(subject_id=case.id, kind=PaperKind.RECEIPT_SLIP)
    unmask = reverse("case_unmask", args=[case.number, "id_number"])
    pages = (unmask, reverse("paper", args=[slip.id]))
    heard = {}
    for unit in ("health", builders.OTHER_UNIT):
        client = builders.staff_client(builders.make_section_head(unit))
        page = client.get(reverse("case", args=[case.number])).content.decode()
        assert ("/unmask/" in page, slip.title in page) == (unit == "health",) * 2
        heard[unit] = [client.get(address).status_code for address in pages]
        heard[unit].append(client.post(unmask, {"reason": "核对身份"}).status_code)
    assert heard == {"health": [200, 302, 200], builders.OTHER_UNIT: [404, 404, 404]}


@pytest.mark.ids("D150", "T11")
def test_what_another_unit_concluded_does_not_stand_among_the_concluded_of_the_asked_unit(case):
    case = lead(case, ("ask_opinion", "2026-03-03 09:00"), ("review", "2026-03-03 10:00"))
    case = lead(case, ("grant", "2026-03-03 11:00"), ("conclude", "2026-03-03 12:00"))
    shown = {}
    for unit in ("health", builders.OTHER_UNIT):
        client = builders.staff_client(builders.make_section_head(unit))
        shown[unit] = case.number in client.get(reverse("concluded")).content.decode()
    assert shown == {"health": True, builders.OTHER_UNIT: False}


@pytest.mark.ids("L17", "T10", "T15")
def test_the_head_of_the_county_sees_what_is_handled_jointly_only_while_it_may_be_extended():
    head, client = builders.member("rongzhijian"), builders.staff_client(builders.member("rongzhijian"))
    case = builders.make_transferred_case(builders.JOINT, now=builders.at("2026-03-02 09:00"))
    assert not sees(head, case)
    case = lead(case, ("accept", "2026-03-02 10:00"))
    assert sees(head, case)
    assert client.get(reverse("case_unmask", args=[case.number, "phone"])).status_code == 404
    case = lead(case, ("review", "2026-03-02 11:00"))
    assert sees(head, case)
    case = lead(case, ("grant", "2026-03-02 12:00"))
    assert not sees(head, case)


@pytest.mark.ids("D150", "D123")
def test_the_opinion_has_its_own_clock_and_the_case_s_run_on(case):
    before = due(case, K.PROMISED, K.STATUTORY)
    case = lead(case, ("ask_opinion", "2026-03-03 09:00"))
    assert due(case, K.JOINT_OPINION, K.PROMISED, K.STATUTORY) == ["2026-03-06", *before]
    assert clock_of(case, K.JOINT_OPINION).unit != case.department.number
    assert Paper.objects.filter(subject_id=case.id, kind=PaperKind.OPINION_REQUEST).count() == 1
    case = lead(case, ("give_opinion", "2026-03-05 09:00"))
    assert clock_of(case, K.JOINT_OPINION).stopped_on.isoformat() == "2026-03-05"
    assert clock_of(case, K.PROMISED).stopped_on is None


@pytest.mark.ids("D150")
def test_one_answer_stops_no_other_unit_s_clock(case):
    third = builders.make_section_head(THIRD_UNIT)
    case = lead(
        case,
        ("ask_opinion", "2026-03-03 09:00"),
        ("ask_opinion", "2026-03-03 10:00", {"unit": number_of(THIRD_UNIT), "days": 5}),
        ("give_opinion", "2026-03-04 09:00", {"staff": third}),
    )
    assert clock_of(case, K.JOINT_OPINION, round=1).stopped_on is None
    assert clock_of(case, K.JOINT_OPINION, round=2).stopped_on.isoformat() == "2026-03-04"
    answered = JointOpinion.objects.get(case=case, round=2)
    assert (answered.person_id, answered.answer) == (third.person_id, "营业执照真实有效。")
    assert heard("give_opinion", case, "2026-03-04 10:00", staff=third) == "404"
    assert heard("give_opinion", case, "2026-03-04 10:00") == "done"


@pytest.mark.ids("D150")
def test_who_was_not_asked_answers_nothing(case):
    assert heard("give_opinion", case, "2026-03-03 09:00", staff=builders.make_section_head()) == "not_asked"
    assert heard("give_opinion", case, "2026-03-03 09:00") == "404"


@pytest.mark.ids("D150")
def test_only_another_unit_that_is_not_being_asked_is_asked(case):
    at = "2026-03-03 10:00"
    assert heard("ask_opinion", case, at, unit="999") == "unknown_unit"
    assert heard("ask_opinion", case, at, unit=case.department.number) == "own_unit"
    asked = lead(case, ("ask_opinion", "2026-03-03 09:00"))
    assert heard("ask_opinion", asked, at) == "opinion_awaited"
    answered = lead(asked, ("give_opinion", "2026-03-04 09:00"))
    assert heard("ask_opinion", answered, "2026-03-04 10:00") == "done"


# Hand-over -----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D47")
def test_the_case_goes_to_another_holder_of_the_post_and_back_with_a_reason(case):
    assert case.handler.username == "zhengqiwen"
    case = lead(case, ("hand_over", "2026-03-03 09:00"))
    assert (case.handler.username, case.acts.get(verb="hand_over").opinion) == ("xulijun", "承办人出差。")
    case = lead(case, ("take_back", "2026-03-04 09:00"))
    assert case.handler.username == "zhengqiwen"
    assert heard("take_back", case, "2026-03-04 10:00") == "already_handler"


@pytest.mark.ids("D26", "D47")
@pytest.mark.parametrize("to", ["maikangwen", "linhaiyan", "nobody"])
def test_nobody_takes_over_who_does_not_hold_the_post(case, to):
    assert heard("hand_over", case, "2026-03-03 09:00", to=to) == "no_holder"
