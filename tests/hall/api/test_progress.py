"""How a case stands, for the program that filed it and for no other."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hall.models import Case, Channel
from hall.states import CaseState
from tests import builders
from tests.hall.api.caller import (
    CREDIT_CODE,
    ID_NUMBER,
    Caller,
    applicant,
    application,
    denials,
    make_caller,
    problem_of,
)  # fmt: skip

pytestmark = pytest.mark.django_db


def filed(portal: Caller, state: CaseState = CaseState.SUBMITTED, **given: object) -> str:
    number: str = portal.submit(application(**given)).json()["number"]
    builders.bring(Case.objects.select_related("item", "applicant", "window").get(number=number), state)
    return number


def test_a_filed_case_has_no_deadline_yet(portal: Caller) -> None:
    number = filed(portal, source_number="P-77")
    told = portal.get(f"cases/{number}/progress/").json()
    assert (told["state"], told["state_name"], told["source_number"]) == ("submitted", "已申办", "P-77")
    assert told["opened_at"] == "2026-03-10T10:42:00+08:00"
    assert told["received_at"] is told["promised"] is None


@pytest.mark.ids("D43", "L35")
def test_the_promise_is_counted_as_of_today(portal: Caller, clock) -> None:  # type: ignore[no-untyped-def]
    """Nothing runs between the two readings: what is due is computed when it is asked (T64)."""
    number = filed(portal, CaseState.ACCEPTED)
    limit = builders.version_of().promised_limit
    told = portal.get(f"cases/{number}/progress/").json()["promised"]
    assert told["words"] == f"剩 {limit} 个工作日"
    assert told["due_on"] == told["binding_on"]
    assert told["days_left"] == limit
    clock.forward(days=60)
    told = portal.get(f"cases/{number}/progress/").json()["promised"]
    assert told["state"] in ("late", "unlawful")
    assert told["days_left"] < 0


# Beside the ordinary way: the state before, and the verb that leads there.
SIDEWAYS = {
    CaseState.CORRECTION_REQUIRED: (CaseState.TRANSFERRED, "request_corrections"),
    CaseState.DECLINED: (CaseState.TRANSFERRED, "decline"),
    CaseState.NOT_REQUIRED: (CaseState.TRANSFERRED, "not_required"),
    CaseState.WITHDRAWN: (CaseState.ACCEPTED, "withdraw"),
    CaseState.VOIDED: (CaseState.ACCEPTED, "void"),
}


def case_in(portal: Caller, state: CaseState) -> str:
    if state not in SIDEWAYS:
        return filed(portal, state)
    before, verb = SIDEWAYS[state]
    number = filed(portal, before)
    builders.act(verb, Case.objects.get(number=number))
    return number


def progress_of(portal: Caller, number: str) -> dict[str, Any]:
    told: dict[str, Any] = portal.get(f"cases/{number}/progress/").json()
    return told


# What takes weeks is tested beside; what a higher authority decides can't be filed online in the demo county.
ELSEWHERE = {CaseState.CORRECTION_LAPSED, CaseState.FORWARDED_UP, CaseState.REVOKED}


@pytest.mark.parametrize("state", [state for state in CaseState if state not in ELSEWHERE])
def test_every_state_can_be_asked(portal: Caller, state: CaseState) -> None:
    told = progress_of(portal, case_in(portal, state))
    assert (told["state"], told["state_name"]) == (state.value, state.label)
    assert told["sentence"].endswith("。")
    assert (told["ended_at"] is None) == (state not in SIDEWAYS or state == CaseState.CORRECTION_REQUIRED)
    if state == CaseState.DELIVERED:
        assert told["promised"]["state"] == "done"
        assert all(told[f"{step}_at"] for step in ("received", "accepted", "decided", "concluded", "delivered"))


@pytest.mark.ids("L38", "D41")
def test_what_was_granted_and_revoked_says_both(portal: Caller, clock) -> None:  # type: ignore[no-untyped-def]
    number = filed(portal, CaseState.TRANSFERRED)
    case = builders.act("accept_on_declaration", Case.objects.get(number=number))
    case = builders.act("order_rectification", builders.bring(case, CaseState.DELIVERED))
    told = progress_of(portal, number)
    assert (told["state"], told["to_do"]["kind"], told["to_do"]["by"]) == ("delivered", "rectify", "2026-03-24")
    assert "撤销" in told["sentence"]
    clock.set("2026-03-25 09:00")
    builders.act("revoke", case)
    told = progress_of(portal, number)
    assert (told["state"], told["state_name"], told["to_do"]) == ("revoked", "已撤销", None)
    assert (told["decided_at"], told["ended_at"]) == ("2026-03-10T10:42:00+08:00", "2026-03-25T09:00:00+08:00")
    assert told["concluded_at"]
    assert told["delivered_at"]
    assert told["promised"]["state"] == "done"


@pytest.mark.ids("T15")
def test_a_person_is_masked_and_a_firm_is_not(portal: Caller) -> None:
    answer = portal.get(f"cases/{filed(portal)}/progress/").content.decode()
    assert "吴×明" in answer
    assert not any(value in answer for value in ("吴晓明", ID_NUMBER, "13700000915"))
    firm = applicant(kind="enterprise", name="遂溪县示例旅馆有限公司", id_number=CREDIT_CODE)
    assert (
        portal.get(f"cases/{filed(portal, applicant=firm)}/progress/").json()["applicant"] == "遂溪县示例旅馆有限公司"
    )


@pytest.mark.ids("T10", "T37")
def test_the_case_of_somebody_else_is_not_found_and_the_try_is_recorded(portal: Caller) -> None:
    other = make_caller("other-portal")
    foreign = filed(other)
    counter = builders.make_received_case().number
    absent = "031202603101999998"
    answers = {portal.get(f"cases/{number}/progress/").content for number in (foreign, counter, absent, "x", "1" * 18)}
    assert len(answers) == 1
    problem_of(portal.get(f"cases/{foreign}/progress/"), 404, "not_found")
    assert {row["facts"]["code"] for row in denials()} == {"not_found"}
    assert {row["actor"]["client"] for row in denials()} == {"city-portal"}


def test_a_client_named_like_the_windows_sees_nothing_of_theirs() -> None:
    """Windows keep their form tokens as source numbers under a name of their own."""
    caller = make_caller("window")
    case = builders.make_received_case(source_system="window", source_number="token")
    assert case.channel == Channel.HALL
    problem_of(caller.get(f"cases/{case.number}/progress/"), 404, "not_found")


def test_asking_costs_the_same_for_every_case(portal: Caller) -> None:
    number = filed(portal, CaseState.ACCEPTED)
    portal.get(f"cases/{number}/progress/")
    with CaptureQueriesContext(connection) as found:
        portal.get(f"cases/{number}/progress/")
    assert len(found) == 2  # the client; the case with all that is told of it


@pytest.mark.ids("L10", "T59")
def test_the_lawful_state_is_told_and_not_what_was_written_down(portal: Caller, clock) -> None:  # type: ignore[no-untyped-def]
    silent, waiting = filed(portal, CaseState.TRANSFERRED), case_in(portal, CaseState.CORRECTION_REQUIRED)
    clock.forward(days=70)
    told = progress_of(portal, silent)
    assert (told["state"], told["deemed"], told["accepted_at"]) == ("accepted", True, "2026-03-10T10:42:00+08:00")
    assert told["promised"]["due_on"] == "2026-03-17"
    lapsed = progress_of(portal, waiting)
    assert (lapsed["state"], lapsed["to_do"], lapsed["promised"]) == ("correction_lapsed", None, None)
    assert set(Case.objects.values_list("state", flat=True)) == {CaseState.TRANSFERRED, CaseState.CORRECTION_REQUIRED}


@pytest.mark.ids("L10")
def test_what_is_to_be_brought_is_told_with_its_last_day(portal: Caller) -> None:
    told = progress_of(portal, case_in(portal, CaseState.CORRECTION_REQUIRED))["to_do"]
    assert (told["kind"], told["by"], told["materials"]) == ("bring_corrections", "2026-04-09", ["卫生管理制度"])
    assert "请最迟在4月9日（周四）" in told["sentence"]


@pytest.mark.ids("L20")
def test_pauses_are_told_with_their_ground_and_a_sentence(portal: Caller) -> None:
    number = filed(portal, CaseState.ACCEPTED)
    builders.act("pause", Case.objects.get(number=number))
    told = progress_of(portal, number)
    (pause,) = told["pauses"]
    assert (pause["since"], pause["until"], pause["expected_on"]) == ("2026-03-10", None, "2026-04-08")
    assert (pause["ground"], pause["ground_name"], pause["stops_statutory"]) == ("testing", "检测", True)
    assert "行政许可法第四十五条" in pause["sentence"]
    assert (told["promised"]["state"], told["promised"]["due_on"]) == ("paused", None)


@pytest.mark.ids("L16")
def test_an_extension_is_told(portal: Caller) -> None:
    number = filed(portal, CaseState.ACCEPTED)
    builders.act("extend", Case.objects.get(number=number))
    assert progress_of(portal, number)["extended"] == 10
