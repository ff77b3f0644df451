"""How a case ends: withdrawn, void, lapsed, forwarded, refused; and how its result reaches the citizen (domain 4.1; 行政许可法 38, 44)."""

from decimal import Decimal

import pytest

from hall import actions
from hall.actions import by_law
from hall.models import Case, ConclusionKind, Delivery, DeliveryWay
from hall.states import CaseState
from supervision.models import Clock, ClockKind, Paper, PaperKind
from supervision.refusals import Refused
from tests import builders

from .refusing import clock_of, heard, lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
K = ClockKind
MORNING = "2026-03-03 09:00"


def running(case):
    return Clock.objects.filter(subject_id=case.id, stopped_at__isnull=True).count()


def papers(case, kind):
    return Paper.objects.filter(subject_id=case.id, kind=kind).count()


def fresh(case):
    return Case.objects.get(pk=case.pk)


# Before the decision -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "state",
    [
        *(CaseState.SUBMITTED, CaseState.RECEIVED, CaseState.TRANSFERRED),
        *(CaseState.CORRECTION_REQUIRED, CaseState.ACCEPTED, CaseState.REVIEWED),
    ],
)
def test_the_applicant_withdraws_until_it_is_decided_and_every_clock_stops(state):
    case = lead(builders.make_case(state, now=builders.at("2026-03-02 10:00")), ("withdraw", MORNING))
    assert (case.state, case.conclusion) == (CaseState.WITHDRAWN, ConclusionKind.RETURNED)
    assert case.ended_at == builders.at(MORNING)
    assert running(case) == 0
    assert papers(case, PaperKind.END_NOTICE) == 1


def test_after_the_decision_nothing_is_withdrawn():
    case = builders.make_decided_case(now=builders.at("2026-03-02 10:00"))
    assert heard("withdraw", case, MORNING) == "wrong_state"


def test_withdrawn_in_the_middle_of_a_special_procedure_nothing_stands_still_any_more():
    case = lead(
        builders.make_accepted_case(now=builders.at("2026-03-02 10:00")),
        ("pause", MORNING),
        ("withdraw", "2026-03-04 09:00"),
    )
    assert running(case) == 0
    assert heard("resume", case, "2026-03-05 09:00") == "wrong_state"


@pytest.mark.parametrize(("in_error", "kind"), [(False, ConclusionKind.VOIDED), (True, ConclusionKind.DELETED)])
def test_what_was_made_in_error_stays_on_record_and_says_which_error(in_error, kind):
    """作废办结 and 删除办结 are two results of the exchange (BJJGDM 2 and 3); neither takes a row away."""
    case = builders.make_accepted_case(now=builders.at("2026-03-02 10:00"))
    case = lead(case, ("void", MORNING, {"registered_in_error": in_error}))
    assert (case.state, case.conclusion) == (CaseState.VOIDED, kind)
    assert case.acts.get(verb="void").opinion == "重复收件。"
    assert running(case) == 0


@pytest.mark.ids("L18")
def test_what_a_higher_authority_decides_goes_up_with_the_opinion():
    case = builders.make_reviewed_case(builders.DECIDED_ABOVE, now=builders.at("2026-03-02 10:00"))
    case = lead(case, ("forward_up", MORNING))
    assert (case.state, case.conclusion) == (CaseState.FORWARDED_UP, ConclusionKind.FORWARDED_UP)
    assert case.acts.get(verb="forward_up").opinion.startswith("经初审")
    assert running(case) == 0
    assert heard("forward_up", builders.make_reviewed_case(), MORNING) == "decided_here"


# What the day itself ends --------------------------------------------------------------------------------------------------
@pytest.mark.ids("T64")
def test_corrections_that_do_not_come_end_the_case_at_the_end_of_their_last_day():
    """Asked on 4 March with 10 natural days: Saturday 14 March is no working day, so Monday 16 March is the last one."""
    case = builders.make_transferred_case(now=builders.at("2026-03-02 10:00"), handed=builders.handed_without_gap())
    case = lead(case, ("request_corrections", "2026-03-04 09:00", {"days": 10}))
    assert heard("take_corrections", case, "2026-03-16 23:59") == "done"
    assert heard("take_corrections", case, "2026-03-17 00:00") == "wrong_state"
    assert not by_law.carry_out(case.number, now=builders.at("2026-03-16 23:59"))
    assert by_law.carry_out(case.number, now=builders.at("2026-03-17 00:00"))
    case = fresh(case)
    assert (case.state, case.conclusion) == (CaseState.CORRECTION_LAPSED, ConclusionKind.CORRECTION_LAPSED)
    assert running(case) == 0
    assert not by_law.carry_out(case.number, now=builders.at("2026-03-18 09:00"))
    assert papers(case, PaperKind.END_NOTICE) == 1


@pytest.mark.ids("L37", "T64")
def test_a_supplement_that_does_not_come_ends_the_case_as_withdrawn():
    case = builders.make_transferred_case(now=builders.at("2026-03-02 10:00"), handed=builders.handed_without_gap())
    case = lead(case, ("accept_with_gaps", MORNING))
    assert heard("supply_gaps", case, "2026-03-10 23:59") == "done"
    assert heard("supply_gaps", case, "2026-03-11 00:00") == "wrong_state"
    assert by_law.carry_out(case.number, now=builders.at("2026-03-11 00:00"))
    case = fresh(case)
    assert (case.state, case.conclusion, case.gaps_open) == (CaseState.WITHDRAWN, ConclusionKind.RETURNED, False)
    assert running(case) == 0


# The refusal ---------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L15")
def test_a_refusal_is_handed_out_as_a_decision_without_a_certificate():
    case = lead(
        builders.make_reviewed_case(now=builders.at("2026-03-02 10:00")), ("refuse", MORNING), ("conclude", MORNING)
    )
    assert (case.conclusion, papers(case, PaperKind.REFUSAL)) == (ConclusionKind.CONCLUDED, 1)
    assert heard("make_certificate", case, "2026-03-03 10:00") == "nothing_to_certify"
    case = lead(case, ("make_ready", "2026-03-03 10:00"), ("hand_out", "2026-03-04 09:00"))
    assert case.state == CaseState.DELIVERED
    assert papers(case, PaperKind.CERTIFICATE) == 0
    assert clock_of(case, K.DELIVERY).stopped_on.isoformat() == "2026-03-04"


@pytest.mark.ids("L19")
def test_what_was_granted_is_not_ready_before_the_certificate():
    case = builders.make_concluded_case(now=builders.at("2026-03-02 10:00"))
    assert case.conclusion == ConclusionKind.CERTIFICATE_ISSUED
    assert heard("make_ready", case, MORNING) == "certificate_first"


# Delivery ------------------------------------------------------------------------------------------------------------------
def ready(way):
    return builders.make_ready_case(now=builders.at("2026-03-02 10:00"), delivery_way=way)


@pytest.mark.ids("L19", "D38")
def test_by_courier_it_is_delivered_when_the_addressee_has_signed():
    case = ready(DeliveryWay.COURIER)
    assert heard("confirm_courier", case, MORNING) == "not_sent"
    case = lead(case, ("send_by_courier", MORNING))
    assert (case.state, case.shipment.tracking_number) == (CaseState.READY, "1234567890123")
    assert clock_of(case, K.DELIVERY).stopped_on is None
    assert heard("send_by_courier", case, "2026-03-03 10:00") == "already_sent"
    assert heard("hand_out", case, "2026-03-03 10:00") == "already_sent"
    assert heard("confirm_courier", case, "2026-03-05 10:00", recipient="别人") == "recipient_unknown"
    case = lead(case, ("confirm_courier", "2026-03-05 10:00"))
    assert case.state == CaseState.DELIVERED
    assert Delivery.objects.get(case=case).way == DeliveryWay.COURIER
    assert clock_of(case, K.DELIVERY).stopped_on.isoformat() == "2026-03-05"


@pytest.mark.ids("L35", "L36")
def test_electronically_only_with_consent():
    assert heard("deliver_electronically", ready(DeliveryWay.COUNTER), MORNING) == "no_consent"
    assert heard("deliver_electronically", ready(DeliveryWay.COURIER), MORNING) == "no_consent"
    case = lead(ready(DeliveryWay.ELECTRONIC), ("deliver_electronically", MORNING))
    assert Delivery.objects.get(case=case).way == DeliveryWay.ELECTRONIC
    assert papers(case, PaperKind.DELIVERY_RECEIPT) == 1


def test_whoever_chose_the_electronic_way_may_still_fetch_it():
    assert heard("hand_out", ready(DeliveryWay.ELECTRONIC), MORNING) == "done"


# Fees ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L25", "R7")
@pytest.mark.parametrize("amounts", [[], [(1, Decimal(9))], [(0, Decimal(120)), (7, Decimal(9))]], ids=str)
def test_only_published_charges_are_asked_for(amounts):
    case = builders.make_accepted_case(builders.WITH_FEE, now=builders.at("2026-03-02 10:00"))
    staff = builders.empowered(case, "charge")
    with pytest.raises(Refused) as told:
        actions.charge(case.number, amounts, staff=staff, now=builders.at(MORNING))
    assert told.value.refusal.code == "fee_not_published"
