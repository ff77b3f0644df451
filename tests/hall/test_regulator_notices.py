"""审管衔接: what is granted is told to the unit that supervises it, which signs for it in time and sees nothing else (D158)."""

import json
import re
from datetime import date

import pytest
from django.urls import reverse

from catalog.models import Department
from hall import queries, replay
from hall.actions import handling
from hall.actions.recalculate import recalculate
from hall.actions.to_regulator import tell_of_grant
from hall.models import Case, RegulatorNotice
from hall.states import CaseState
from supervision import clocks, moment
from supervision.models import ClockKind, Record
from supervision.refusals import NotFound
from tests import builders

from .contents import contents
from .pages import text_of
from .refusing import clock_of, heard, lead
from .statements import of_request
from .test_recalculate import close_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
S, K = CaseState, ClockKind
REGULATOR, THIRD = "urban-management", "civil-affairs"
PAGE = "regulator_notices"


@pytest.fixture
def granted():
    """建设工程规划许可证, granted on Monday 9 March 2026; 县城市管理局 supervises."""
    case = builders.make_case(S.REVIEWED, builders.FOLLOWED_UP, now=builders.at("2026-03-09 09:00"))
    return lead(case, ("grant", "2026-03-09 10:00"))


def browser(unit):
    return builders.staff_client(builders.make_section_head(unit))


def told_of(case):
    return list(RegulatorNotice.objects.filter(case=case).select_related("regulator").order_by("round"))


def sign(client, case, round=1):
    return client.post(reverse(PAGE), {"number": case.number, "round": str(round)})


# Telling -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D158")
def test_the_regulator_is_told_by_the_act_that_decides_and_in_its_record(granted):
    (told,) = told_of(granted)
    decision = granted.decision
    assert (told.kind, told.regulator.slug, told.decided_on) == ("granted", REGULATOR, decision.decided_on)
    assert (told.document_number, told.record_seq) == (decision.paper_number, decision.record_seq)
    assert (told.told_at, told.acknowledged_at) == (granted.decided_at, None)
    record = Record.objects.get(subject_id=granted.id, seq=told.record_seq)
    said = json.loads(bytes(record.body))["facts"]["told_regulator"]
    assert said == {
        "round": 1,
        "kind": "granted",
        "unit": told.regulator.number,
        "document": decision.paper_number,
        "decided_on": "2026-03-09",
    }


@pytest.mark.ids("D158")
def test_a_licence_whose_item_names_nobody_is_supervised_by_the_unit_that_decides():
    case = builders.make_decided_case()
    (told,) = told_of(case)
    assert told.regulator_id == case.department_id


@pytest.mark.ids("D158")
@pytest.mark.parametrize("named", [False, True])
def test_what_is_no_licence_is_told_only_where_its_item_names_a_regulator(named, monkeypatch):
    case = builders.make_case(S.REVIEWED, builders.NO_STATUTE)
    if named:
        monkeypatch.setattr(handling, "tell_of_grant", lambda acting, number: tell_of_grant(_naming(acting), number))
    case = builders.act("grant", case)
    assert [told.regulator.slug for told in told_of(case)] == ([THIRD] if named else [])
    assert (K.ACKNOWLEDGEMENT in {clock.kind for clock in clocks.of_subject(case)}) == named


def _naming(acting):
    acting.case.version.regulator = Department.objects.get(slug=THIRD)
    return acting


@pytest.mark.ids("D158")
def test_nobody_is_told_of_a_refusal():
    case = builders.act("refuse", builders.make_reviewed_case())
    assert told_of(case) == []
    assert heard("acknowledge", case, "2026-03-11 09:00") == "nothing_told"


@pytest.mark.ids("D158", "D65")
def test_what_is_settled_at_once_is_told_too():
    case = builders.make_transferred_case(builders.AT_ONCE)
    case = builders.act(
        "settle_at_once", case, staff=builders.make_section_head(case.item.department.slug), opinion="齐全"
    )
    assert [told.kind for told in told_of(case)] == ["granted"]


@pytest.mark.ids("D158")
def test_who_was_told_of_a_grant_is_told_that_it_was_void(granted):
    """Both wait, each with its own time; each is signed for by itself."""
    case = lead(granted, ("void", "2026-03-10 09:00"))
    first, second = told_of(case)
    assert (second.kind, second.regulator.slug, second.decided_on) == ("voided", REGULATOR, date(2026, 3, 10))
    assert second.document_number not in ("", first.document_number)
    assert [clock_of(case, K.ACKNOWLEDGEMENT, n).stopped_on for n in (1, 2)] == [None, None]
    lead(case, ("acknowledge", "2026-03-10 10:00", {"round": 2}))
    assert [told.acknowledged_at is None for told in told_of(case)] == [True, False]
    lead(case, ("acknowledge", "2026-03-10 11:00"))
    assert heard("acknowledge", case, "2026-03-10 12:00") == "nothing_told"


@pytest.mark.ids("D158", "L38")
def test_who_was_told_of_a_grant_is_told_that_it_was_revoked():
    case = builders.act("revoke", builders.make_case_for("revoke"))
    granted, revoked = told_of(case)
    assert (revoked.kind, revoked.regulator, revoked.decided_on) == ("revoked", granted.regulator, date(2026, 3, 10))
    assert revoked.document_number not in ("", granted.document_number)
    assert clock_of(case, K.ACKNOWLEDGEMENT, 2).stopped_on is None
    case = builders.act("acknowledge", builders.act("acknowledge", case))
    assert case.state == S.REVOKED
    assert all(told.acknowledged_at for told in told_of(case))
    assert replay.compare_case(case.id) == []


@pytest.mark.ids("D158")
def test_of_a_case_that_was_void_before_the_decision_nobody_is_told():
    assert told_of(builders.act("void", builders.make_reviewed_case())) == []


# Signing -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D158")
def test_signing_stops_the_clock_of_the_regulator_alone(granted):
    clock = clock_of(granted, K.ACKNOWLEDGEMENT)
    assert (clock.due_on.isoformat(), clock.limit, clock.time_unit) == ("2026-03-12", 3, "workday")
    assert clock.unit == told_of(granted)[0].regulator.number
    signer = builders.make_section_head(REGULATOR)
    case = lead(granted, ("acknowledge", "2026-03-11 09:00", {"staff": signer}))
    (told,) = told_of(case)
    assert (told.acknowledged_at, told.person_id) == (builders.at("2026-03-11 09:00"), signer.person_id)
    assert clock_of(case, K.ACKNOWLEDGEMENT).stopped_on.isoformat() == "2026-03-11"
    assert clock_of(case, K.DELIVERY).stopped_on is None
    assert case.state == S.DECIDED
    act = case.acts.get(verb="acknowledge")
    assert (act.person_id, act.line) == (signer.person_id, None)


@pytest.mark.ids("D158")
@pytest.mark.parametrize("state", [S.CONCLUDED, S.CERTIFICATE_MADE, S.READY, S.DELIVERED])
def test_it_is_signed_for_at_any_time_after_the_decision(granted, state):
    case = builders.bring(granted, state, now=builders.at("2026-03-10 09:00"))
    assert heard("acknowledge", case, "2026-03-11 09:00") == "done"


@pytest.mark.ids("D158", "T10", "T12")
def test_only_the_unit_that_was_told_signs_and_only_once(granted):
    at = "2026-03-10 09:00"
    deciding = builders.make_section_head("natural-resources")
    assert heard("acknowledge", granted, at, staff=deciding) == "not_regulator"
    assert heard("acknowledge", granted, at, staff=builders.make_section_head(THIRD)) == "404"
    assert heard("acknowledge", granted, at, round=2) == "nothing_told"
    assert heard("acknowledge", granted, at, staff=builders.make_leader(REGULATOR)) == "done"
    case = lead(granted, ("acknowledge", at))
    assert heard("acknowledge", case, at) == "nothing_told"


@pytest.mark.ids("D158", "L31")
def test_a_corrected_calendar_moves_the_day_of_the_signature(granted):
    close_on(date(2026, 3, 11))
    recalculate(granted.number, now=builders.at("2026-03-10 09:00"))
    assert clock_of(granted, K.ACKNOWLEDGEMENT).due_on.isoformat() == "2026-03-13"
    assert heard("acknowledge", granted, "2026-03-10 10:00") == "done"


# What the regulator sees ---------------------------------------------------------------------------------------------------
@pytest.mark.ids("D158", "T10", "T15")
def test_the_regulator_sees_what_the_decision_says_and_the_case_not_at_all(granted, clock):
    clock.set("2026-03-10 09:00")
    client = browser(REGULATOR)
    page = text_of(client.get(reverse(PAGE)))
    (told,) = told_of(granted)
    for said in (
        "建设工程（含临时建设）规划许可证核发",
        granted.applicant.name,
        told.document_number,
        "准予",
        "剩 2 个工作日",
    ):
        assert said in page
    assert reverse("case", args=[granted.number]) not in page
    for hidden in ("440823199003072212", "13700000915", "城月镇东街"):
        assert hidden not in page
    with pytest.raises(NotFound):
        queries.case_to_show(builders.make_section_head(REGULATOR), granted.number)
    assert client.get(reverse("case", args=[granted.number])).status_code == 404
    assert client.get(reverse("case_do", args=[granted.number, "acknowledge"])).status_code == 404
    assert granted.applicant.name not in text_of(client.get(reverse("find"), {"q": granted.number}))


@pytest.mark.ids("D158", "T11")
def test_a_unit_sees_only_what_was_told_to_it(granted, clock):
    clock.set("2026-03-10 09:00")
    for unit in (THIRD, "natural-resources"):
        page = text_of(browser(unit).get(reverse(PAGE)))
        assert granted.applicant.name not in page
        assert "没有等着签收的审管信息" in page


@pytest.mark.ids("D158")
def test_signing_on_the_page_moves_it_to_what_was_signed_for(granted, clock):
    clock.set("2026-03-10 09:00")
    client = browser(REGULATOR)
    assert '审管衔接 <span class="count">1</span>' in text_of(client.get(reverse("inbox")))
    answer = sign(client, granted)
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse(PAGE))
    page = text_of(client.get(reverse(PAGE)))
    assert "已签收办件" in page
    assert granted.applicant.name not in page
    signed = text_of(client.get(reverse(PAGE), {"tab": "acknowledged"}))
    assert granted.applicant.name in signed
    assert builders.make_section_head(REGULATOR).name in signed
    assert '审管衔接 <span class="count">0</span>' in text_of(client.get(reverse("inbox")))


@pytest.mark.ids("D158", "T44")
def test_what_can_not_be_signed_for_says_why_and_leaves_the_denial(granted, clock):
    clock.set("2026-03-10 09:00")
    client = browser(REGULATOR)
    sign(client, granted)
    before = Record.objects.filter(kind="denied").count()
    answer = sign(client, granted)
    assert answer.status_code == 409
    assert "这一件没有等着签收的审管信息。" in text_of(answer)
    assert Record.objects.filter(kind="denied", subject_id=granted.id).count() == before + 1
    written = contents()
    for number, round_ in ((granted.number, "x"), (granted.number, "99999"), (granted.number, "")):
        assert client.post(reverse(PAGE), {"number": number, "round": round_}).status_code == 404
    foreign = browser(THIRD)
    assert sign(foreign, granted).status_code == 404
    assert contents()["hall_regulatornotice"] == written["hall_regulatornotice"]


@pytest.mark.ids("D158")
def test_the_case_page_says_to_whom_it_was_told_and_who_signed(granted, clock):
    clock.set("2026-03-10 09:00")
    client = browser("natural-resources")
    page = text_of(client.get(reverse("case", args=[granted.number])))
    assert "审管衔接" in page
    assert "还没有签收" in page
    assert reverse("case_do", args=[granted.number, "acknowledge"]) not in page
    lead(granted, ("acknowledge", "2026-03-10 09:30"))
    page = text_of(client.get(reverse("case", args=[granted.number])))
    assert "还没有签收" not in page
    assert builders.make_section_head(REGULATOR).name in page


@pytest.mark.ids("D158")
def test_the_unit_that_supervises_its_own_licences_signs_from_the_case_as_well(clock):
    case = builders.make_decided_case()
    client = browser(builders.UNIT)
    assert reverse("case_do", args=[case.number, "acknowledge"]) in text_of(
        client.get(reverse("case", args=[case.number]))
    )
    page = text_of(client.get(reverse(PAGE)))
    assert reverse("case", args=[case.number]) in page
    assert sign(client, case).status_code == 302
    assert RegulatorNotice.objects.get().acknowledged_at is not None


@pytest.mark.ids("D158", "T36")
def test_the_list_asks_the_same_for_three_rows_and_thirty_and_goes_on_page_by_page(clock, monkeypatch):
    instant = moment.wall()
    monkeypatch.setattr(moment, "wall", lambda: instant)  # a session is prolonged once a minute
    monkeypatch.setattr("hall.regulator_notices.PAGE", 20)
    monkeypatch.setattr("hall.queries.PAGE", 20)
    client = browser(builders.UNIT)
    client.get(reverse(PAGE))
    asked = {}
    for more, total in ((3, 3), (27, 30)):
        for minute in range(more):
            clock.set(f"2026-03-10 {10 + total // 10}:{minute:02d}")
            builders.make_decided_case(now=clock.now())
        asked[total] = of_request(lambda: client.get(reverse(PAGE)), 200)
    assert len(asked[3]) == len(asked[30]) == 3
    numbers = [told.case.number for told in RegulatorNotice.objects.select_related("case").order_by("told_at", "id")]
    seen = walked(client, reverse(PAGE))
    assert seen == numbers
    for case in Case.objects.all():
        sign(client, case)
    assert walked(client, reverse(PAGE) + "?tab=acknowledged", "case_link") == numbers[::-1]


def walked(client, url, how="number"):
    found = []
    pattern = r'name="number" value="(\d{18})"' if how == "number" else r'href="/cases/(\d{18})/"'
    while url:
        page = text_of(client.get(url))
        found += re.findall(pattern, page)
        more = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
        url = reverse(PAGE) + more[1].replace("&amp;", "&") if more else ""
    return found


# On record -----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D158", "T55")
def test_the_records_rebuild_what_was_told_and_signed(granted):
    case = lead(granted, ("void", "2026-03-10 09:00"))
    case = lead(case, ("acknowledge", "2026-03-10 10:00", {"round": 2}))
    assert [told.acknowledged_at is None for told in told_of(case)] == [True, False]
    assert replay.compare_case(case.id) == []
    page = text_of(browser("natural-resources").get(reverse("case", args=[case.number])))
    assert "已作废" in page
