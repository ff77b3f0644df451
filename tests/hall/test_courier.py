"""By courier: to whom and where it goes, and that it is delivered on the day of the signature, however late the slip is back (行政许可法 44; L19)."""

import json
import re

import pytest
from django.urls import reverse

from hall import progress, queries, replay
from hall.models import Case, DeliveryWay
from hall.states import CaseState
from hall.templatetags import face
from hall.views.timeline_parts import timeline_parts
from supervision import clocks, milestones, moment, papers
from supervision.models import ClockKind, MilestoneKind, Paper, PaperKind, Record
from supervision.refusals import Unusable
from tests import builders
from tests.sealing_office import administrator

from .pages import text_of
from .refusing import clock_of, heard, lead
from .typed import case_form, intake_form

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
    assert "莫×荣（指定的收件人）" in text_of(client.get(reverse("case", args=[case.number])))
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
    assert shown.delivered_at == builders.at("2026-03-13 23:59:59")
    assert [
        face.instant(shown.delivered_at, now),
        face.near_instant(shown.delivered_at, builders.at("2026-03-14 09:00")),
    ] == [
        "3月13日",
        "3月13日",
    ]
    assert "13日" in progress.told(shown, now, clocks.rules_with(shown)).headline[1]


@pytest.mark.ids("T55")
@pytest.mark.parametrize("signed", ["2026-03-13", "2026-03-18", "2026-03-19"])
def test_replay_rebuilds_the_day_of_the_signature(signed):
    case = confirmed(signed)
    assert [finding.sentence for finding in replay.compare_case(case.id) if "签名" not in finding.sentence] == []


# To whom and where -----------------------------------------------------------------------------------------------------------
BY_POST = {"delivery_way": "courier", **builders.POSTAL}
UNSEEN = {"13700000916", "金丝雀路", "莫子荣"}


def receive(**typed: str):
    client = builders.staff_client(builders.make_clerk())
    return client.post(reverse("intake"), intake_form(**typed))


@pytest.mark.ids("D167", "L19")
@pytest.mark.parametrize(("name", "asked"), [("recipient", "收件人"), ("phone", "收件电话"), ("address", "收件地址")])
def test_an_intake_by_post_asks_to_whom_and_where(name, asked):
    """What was typed stays, also of the others."""
    answer = receive(**BY_POST | {f"postal_{name}": ""})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f"选择邮寄的，请填写{asked}。请问清后填写；不便邮寄的，改选窗口领取。（L19）" in page
    assert all(f'value="{value}"' in page for field, value in builders.POSTAL.items() if field != f"postal_{name}")
    assert not Case.objects.exists()


@pytest.mark.ids("L19", "T38")
def test_nobodys_address_is_kept_for_another_way():
    assert receive(**BY_POST | {"delivery_way": "counter", "postal_phone": "1"}).status_code == 302
    kept = Case.objects.get().applicant
    assert (kept.postal_recipient, kept.postal_phone, kept.postal_address) == (None, None, None)
    with pytest.raises(Unusable) as refused:
        builders.make_received_case(applicant=builders.make_applicant(**builders.POSTAL))
    assert refused.value.refusal.code == "postal_unneeded"


@pytest.mark.ids("T15", "T38")
def test_where_it_goes_is_sealed_masked_and_shown_for_a_reason_to_those_who_hold_the_case():
    assert receive(**BY_POST).status_code == 302
    case = Case.objects.get()
    assert case.applicant.postal_address["alg"] == "SM4-GCM"
    clerk = builders.staff_client(builders.make_clerk())
    page = text_of(clerk.get(reverse("case", args=[case.number])))
    words = re.sub(r"<[^>]+>|\s", "", page)
    assert "收件电话137****0916" in words
    assert re.search(r"收件地址广东省湛江市\S{0,3}\*{4}", words)
    assert not [value for value in UNSEEN if value in page]
    full = clerk.post(reverse("case_unmask", args=[case.number, "postal_address"]), {"reason": "寄出结果"})
    assert builders.POSTAL["postal_address"] in full.content.decode()
    told = bytes(Record.objects.get(subject_id=case.id, kind="receive").body).decode()
    assert "postal_address" in told
    assert not [value for value in UNSEEN if value in told]


@pytest.mark.ids("D150", "T15")
def test_who_is_only_asked_for_an_opinion_sees_nothing_of_it():
    case = builders.make_accepted_case(delivery_way=DeliveryWay.COURIER)
    case = builders.act("ask_opinion", case)
    client = builders.staff_client(builders.empowered(case, "give_opinion"))
    page = text_of(client.get(reverse("case", args=[case.number])))
    assert "137****0915" in page
    assert "137****0916" not in page
    assert "湛江市****" not in page
    assert client.get(reverse("case_unmask", args=[case.number, "postal_phone"])).status_code == 404


@pytest.mark.ids("D37", "L19")
def test_the_receipt_of_delivery_names_place_and_who_was_named_to_take_it():
    named = {"recipient": "莫子荣", "relation": "named"}
    case = lead(sent(), ("confirm_courier", "2026-03-13 15:00", named))
    paper = Paper.objects.get(subject_id=case.id, kind=PaperKind.DELIVERY_RECEIPT)
    facts = json.loads(papers.facts_of(paper))
    assert facts["place"] == builders.POSTAL["postal_address"]
    assert (facts["recipient"], facts["relation"]) == ("莫子荣", "申请人指定的收件人")
    at_the_counter = builders.make_ready_case(now=builders.at(DECIDED), delivery_way=DeliveryWay.COURIER)
    assert heard("hand_out", at_the_counter, "2026-03-13 15:00", **named) == "recipient_unknown"
    assert (
        heard("confirm_courier", sent(), "2026-03-13 15:00", recipient="莫子荣", relation="self") == "recipient_unknown"
    )


@pytest.mark.ids("T55")
@pytest.mark.django_db(transaction=True)
def test_replay_finds_an_address_that_was_exchanged():
    case, other = sent(), sent()
    with administrator() as cursor:
        cursor.execute("ALTER TABLE hall_applicant DISABLE TRIGGER ALL")
        cursor.execute(
            "UPDATE hall_applicant SET postal_address = (SELECT postal_address FROM hall_applicant WHERE id = %s) WHERE id = %s",
            [str(other.applicant_id), str(case.applicant_id)],
        )
    assert any("收件地址的密文不属于这一行" in finding.sentence for finding in replay.compare_case(case.id))


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


@pytest.mark.ids("L19", "T64")
def test_what_went_to_the_courier_too_late_passes_whether_or_not_a_sweep_came_before():
    case = sent("2026-03-17 10:00")
    sweep("2026-03-18 09:00")
    assert passed(case) == PASSED


@pytest.mark.ids("L19", "T64")
def test_of_a_parcel_that_nobody_registered_nothing_is_said_when_the_case_was_void():
    case = lead(sent(), ("void", "2026-03-20 09:00"))
    sweep("2026-03-23 09:00")
    assert passed(case) == set()
