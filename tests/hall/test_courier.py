"""What goes by courier is delivered on the day of the signature, however late the slip is back at the hall (行政许可法 44; L19)."""

import json

import pytest

from hall import progress, queries, replay
from hall.models import Case, DeliveryWay
from hall.states import CaseState
from hall.views.timeline_parts import timeline_parts
from supervision import clocks, milestones, moment, papers
from supervision.models import ClockKind, MilestoneKind, Paper, PaperKind, Record
from tests import builders

from .pages import text_of
from .refusing import clock_of, heard, lead
from .typed import case_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
K = ClockKind
DECIDED = "2026-03-02 10:00"
DUE = "2026-03-16"  # ten working days after the decision
PASSED = {("delivery_passed", "03-17 00:00")}


def sent(on: str = "2026-03-11 09:00") -> Case:
    """Decided and made ready on 2 March, given to the courier on this day."""
    ready = builders.make_ready_case(now=builders.at(DECIDED), delivery_way=DeliveryWay.COURIER)
    return lead(ready, ("send_by_courier", on))


def confirmed(signed: str, at: str = "2026-03-19 15:00") -> Case:
    return lead(sent(), ("confirm_courier", at, {"signed_on": day(signed)}))


def day(text: str):
    return moment.local_date(builders.at(f"{text} 12:00"))


def passed(case: Case) -> set[tuple[str, str]]:
    found = milestones.of_subject(case).filter(kind=MilestoneKind.DELIVERY_PASSED)
    return {(one.kind, f"{moment.local(one.legal_at):%m-%d %H:%M}") for one in found}


def sweep(now: str) -> None:
    milestones.sweep(now=builders.at(now))


# The day -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L19")
def test_the_delivery_clock_stops_on_the_day_of_the_signature_not_of_the_registration():
    case = confirmed("2026-03-13")
    clock = clock_of(case, K.DELIVERY)
    assert (case.state, str(clock.due_on), str(clock.stopped_on)) == (CaseState.DELIVERED, DUE, "2026-03-13")
    assert str(case.delivery.delivered_on) == "2026-03-13"
    assert str(moment.local_date(case.delivered_at)) == "2026-03-13"
    told = Record.objects.get(subject_id=case.id, kind="confirm_courier")
    facts = json.loads(bytes(told.body))["facts"]
    assert facts["delivered_on"] == "2026-03-13"


@pytest.mark.ids("L19")
def test_without_a_day_it_was_signed_for_today():
    case = lead(sent(), ("confirm_courier", "2026-03-19 15:00"))
    assert str(clock_of(case, K.DELIVERY).stopped_on) == "2026-03-19"
    assert case.delivered_at == builders.at("2026-03-19 15:00")


@pytest.mark.ids("L19")
@pytest.mark.parametrize(
    ("signed", "answer"),
    [("2026-03-10", "signed_day"), ("2026-03-11", "done"), ("2026-03-19", "done"), ("2026-03-20", "signed_day")],
)
def test_nothing_is_signed_for_before_it_was_sent_or_after_today(signed, answer):
    assert heard("confirm_courier", sent(), "2026-03-19 15:00", signed_on=day(signed)) == answer


@pytest.mark.ids("L19")
def test_the_page_asks_for_the_day_and_keeps_what_was_typed(clock):
    case = sent()
    clock.set("2026-03-19 15:00")
    client = builders.staff_client(builders.empowered(case, "confirm_courier"))
    url, form = case_form("confirm_courier", case)
    assert "签收日期" in text_of(client.get(url))
    wrong = client.post(url, form | {"signed_on": "2026-03-10"})
    page = wrong.content.decode()
    assert wrong.status_code == 400
    assert "签收日期在寄出日（2026-03-11）和今天之间。请按寄递回执上的签收日期填写。（L19）" in page
    assert 'value="2026-03-10"' in page
    assert f'value="{case.applicant.name}"' in page
    assert client.post(url, form | {"signed_on": "2026-03-13"}).status_code == 302
    assert str(Case.objects.get(pk=case.pk).delivery.delivered_on) == "2026-03-13"


# Papers and pages ----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L19")
def test_the_receipt_of_delivery_bears_the_day_of_the_signature():
    case = confirmed("2026-03-13")
    paper = Paper.objects.get(subject_id=case.id, kind=PaperKind.DELIVERY_RECEIPT)
    assert json.loads(papers.facts_of(paper))["delivered_at"] == "2026-03-13"


@pytest.mark.ids("D41", "L19")
def test_the_time_statement_and_the_citizen_are_told_the_day_of_the_signature():
    case, now = confirmed("2026-03-13"), builders.at("2026-03-20 09:00")
    shown = queries.case_to_show(builders.make_clerk(), case.number)
    told = timeline_parts(
        shown, list(queries.acts_of(shown)), list(clocks.of_subject(shown)), now, clocks.rules_with(shown)
    )
    assert "寄递企业 2 日" in told["sentence"]
    assert "13日" in progress.told(shown, now, clocks.rules_with(shown)).headline[1]


@pytest.mark.ids("T55")
@pytest.mark.parametrize("signed", ["2026-03-13", "2026-03-18", "2026-03-19"])
def test_replay_rebuilds_the_day_of_the_signature(signed):
    case = confirmed(signed)
    assert [finding.sentence for finding in replay.compare_case(case.id) if "签名" not in finding.sentence] == []


# Milestones ----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L19", "T64")
def test_what_was_signed_for_in_time_never_passed_however_often_the_sweep_came_meanwhile():
    case = sent()
    sweep("2026-03-18 09:00")
    assert passed(case) == set()
    case = lead(case, ("confirm_courier", "2026-03-19 15:00", {"signed_on": day(DUE)}))
    sweep("2026-03-20 09:00")
    assert passed(case) == set()


@pytest.mark.ids("L19", "T64")
def test_what_was_signed_for_late_passed_with_its_last_day():
    """The sweep learns it with the registration, whatever day it had come to before."""
    case = sent()
    sweep("2026-03-18 09:00")
    case = lead(case, ("confirm_courier", "2026-03-23 15:00", {"signed_on": day("2026-03-17")}))
    sweep("2026-03-23 15:30")
    assert passed(case) == PASSED
    sweep("2026-04-20 09:00")
    assert passed(case) == PASSED


@pytest.mark.ids("L19", "T64")
def test_what_nobody_has_given_to_the_courier_passes_as_ever():
    ready = builders.make_ready_case(now=builders.at(DECIDED), delivery_way=DeliveryWay.COURIER)
    sweep("2026-03-17 09:00")
    assert passed(ready) == PASSED
    case = lead(ready, ("send_by_courier", "2026-03-17 10:00"), ("confirm_courier", "2026-03-19 15:00"))
    sweep("2026-03-20 09:00")
    assert passed(case) == PASSED
