"""告知承诺 after the decision: checked and true, ordered to be put right, put right, or revoked (国办发〔2020〕42号; 行政许可法 69; domain 3.5)."""

import json
from dataclasses import replace
from datetime import date

import pytest
from django.urls import reverse

from hall import progress, queries, replay
from hall.actions.acting import finish
from hall.actions.begin import begin
from hall.actions.intake import query_code_of
from hall.models import Case, ConclusionKind, Decision, DeclarationState, DeliveryWay
from hall.states import CaseState
from hall.views.timeline_parts import timeline_parts
from supervision import clocks, milestones
from supervision import papers as press
from supervision.models import Clock, ClockKind, Paper, PaperKind, Record
from supervision.refusals import Refused
from tests import builders

from .pages import text_of
from .refusing import clock_of, heard, lead
from .test_recalculate import close_on

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
K, S = ClockKind, CaseState
LATER = "2026-03-04 09:00"
# Decided on Monday, 2 March; checked on Tuesday; the order of ten working days ends on the 17th.
AFTERWARDS = (
    ("conclude", "2026-03-02 12:00"),
    ("make_certificate", "2026-03-02 14:30"),
    ("make_ready", "2026-03-02 15:00"),
    ("send_by_courier", "2026-03-02 15:30"),
)
HANDED_OUT = (*AFTERWARDS[:3], ("hand_out", "2026-03-02 16:00"))
ORDERED = ("order_rectification", "2026-03-03 09:00")
LAST_DAY, DAY_AFTER = "2026-03-17 17:30", "2026-03-18 09:00"
CORRECTED = ("confirm_rectification", "2026-03-10 09:00")
REVOKED = ("revoke", DAY_AFTER)


def declared(*steps, way=DeliveryWay.COUNTER, decided="grant"):
    """A case that was decided on a declaration, and led on by these steps."""
    return lead(
        builders.make_case(S.TRANSFERRED, now=builders.at("2026-03-02 10:00"), delivery_way=way),
        ("accept_on_declaration", "2026-03-02 10:30"),
        ("review", "2026-03-02 11:00"),
        (decided, "2026-03-02 11:30"),
        *steps,
    )


def told_of(case, at=LATER):
    shown = queries.case_of_code(case.number, case.query_code_index)
    return progress.told(shown, builders.at(at), clocks.rules_with(shown))


def public_page(client, case):
    client.get(reverse("public_progress_open", args=[case.number, query_code_of(case)]))
    return text_of(client.get(reverse("public_progress_case", args=[case.number])))


def facts_of(case, kind):
    return json.loads(press.facts_of(Paper.objects.get(subject_id=case.id, kind=kind)))


def facts_on_record(case):
    return json.loads(bytes(Record.objects.filter(subject_id=case.id, seq__isnull=False).latest("seq").body))["facts"]


# The check ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L38")
def test_what_was_declared_is_checked_once_afterwards():
    case = declared()
    assert clock_of(case, K.POST_CHECK).due_on.isoformat() == "2026-03-30"  # 20 working days
    case = lead(case, ("post_check", "2026-03-03 09:00"))
    assert case.declaration == DeclarationState.FULFILLED
    assert clock_of(case, K.POST_CHECK).stopped_on.isoformat() == "2026-03-03"
    for verb, code in (
        ("post_check", "no_declaration"),
        ("order_rectification", "no_declaration"),
        ("confirm_rectification", "no_order"),
        ("revoke", "nothing_to_revoke"),
    ):
        assert heard(verb, case, LATER) == code


@pytest.mark.ids("L38")
def test_without_a_declaration_nothing_is_checked_put_right_or_revoked():
    case = builders.make_decided_case(now=builders.at("2026-03-02 10:00"))
    assert not Clock.objects.filter(subject_id=case.id, kind=K.POST_CHECK).exists()
    assert heard("post_check", case, LATER) == heard("order_rectification", case, LATER) == "no_declaration"
    assert heard("revoke", case, LATER) == "nothing_to_revoke"
    other = builders.make_transferred_case(builders.ON_RECEIPT, now=builders.at("2026-03-02 10:00"))
    assert heard("accept_on_declaration", other, LATER) == "declaration_not_allowed"


@pytest.mark.ids("L38")
def test_of_a_refusal_nothing_is_put_right_and_it_still_reaches_the_applicant():
    case = declared(decided="refuse")
    assert heard("order_rectification", case, LATER) == "nothing_granted"
    assert heard("conclude", case, LATER) == "done"
    assert told_of(case).headline[0] == "没有准予，"


# The order ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L38", "L15", "L45")
def test_an_order_says_what_was_found_what_is_wanted_by_when_and_the_rights():
    case = declared(ORDERED)
    assert (case.state, case.declaration) == (S.DECIDED, DeclarationState.UNTRUE)
    assert clock_of(case, K.RECTIFICATION).due_on.isoformat() == "2026-03-17"
    assert clock_of(case, K.POST_CHECK).stopped_on.isoformat() == "2026-03-03"
    told = facts_of(case, PaperKind.RECTIFICATION_ORDER)
    assert told["number"] == "遂卫责改〔2026〕1号"
    assert told["decision_number"] == Decision.objects.get(case=case).paper_number
    assert (told["findings"], told["wanted"]) == ("现场核查，通风设施没有安装。", "安装通风设施并通过检测。")
    assert (told["due"], told["ordered_on"], told["review_body"]) == ("2026-03-17", "2026-03-03", "遂溪县人民政府")
    assert told["seal"] == "", "the seal of the unit itself: this is no approval"
    assert facts_on_record(case)["declaration"] == "untrue"
    assert heard("order_rectification", case, LATER) == "no_declaration"


@pytest.mark.ids("L38")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"findings": " "}, "order_content"),
        ({"wanted": ""}, "order_content"),
        ({"days": 0}, "order_length"),
        ({"days": 61}, "order_length"),
        ({"days": 60}, "done"),
    ],
    ids=str,
)
def test_an_order_without_content_or_time_is_refused(words, said):
    assert heard("order_rectification", declared(), LATER, **words) == said


@pytest.mark.ids("L31", "L38")
def test_an_order_names_a_last_day_that_is_certain():
    """The calendar of 2027 is not known yet."""
    case = builders.make_case_for("order_rectification", now=builders.at("2026-12-15 09:00"))
    assert heard("order_rectification", case, "2026-12-15 10:00", days=12) == "done"  # 31 December
    assert heard("order_rectification", case, "2026-12-15 10:00", days=13) == "order_beyond_calendar"


@pytest.mark.ids("L38")
@pytest.mark.parametrize(
    ("verb", "steps", "way"),
    [
        ("conclude", 0, DeliveryWay.COUNTER),
        ("make_certificate", 1, DeliveryWay.COUNTER),
        ("make_ready", 2, DeliveryWay.COUNTER),
        ("hand_out", 3, DeliveryWay.COUNTER),
        ("send_by_courier", 3, DeliveryWay.COURIER),
        ("deliver_electronically", 3, DeliveryWay.ELECTRONIC),
        ("void", 3, DeliveryWay.COUNTER),
    ],
)
def test_what_was_granted_on_an_untrue_declaration_reaches_the_applicant_only_when_it_was_put_right(verb, steps, way):
    case = declared(*AFTERWARDS[:steps], way=way)
    assert heard(verb, case, LATER) == "done"
    case = lead(case, ORDERED)
    assert heard(verb, case, LATER) == "declaration_untrue"
    told = " ".join(told_of(case).headline) + told_of(case).sentence
    assert "请最迟在3月17日（周二）改正" in told
    assert not any(words in told for words in ("办好", "准予，", "办结", "领取", "来取", "不用做什么"))
    assert heard(verb, lead(case, CORRECTED), "2026-03-11 09:00") == "done"


@pytest.mark.ids("L38")
def test_what_was_put_right_ends_well_also_when_it_came_late():
    case = declared(*HANDED_OUT, ORDERED)
    in_time = lead(case, CORRECTED)
    assert (in_time.state, in_time.declaration) == (S.DELIVERED, DeclarationState.CORRECTED)
    assert clock_of(in_time, K.RECTIFICATION).stopped_on.isoformat() == "2026-03-10"
    assert told_of(in_time, "2026-03-11 09:00").headline[0] == "办好了，"
    assert heard("revoke", in_time, "2026-04-01 09:00") == "nothing_to_revoke"
    late = lead(declared(ORDERED), ("confirm_rectification", "2026-03-20 09:00"))
    assert late.declaration == DeclarationState.CORRECTED


@pytest.mark.ids("L38", "L19", "T64")
def test_what_a_courier_already_had_is_signed_for_all_the_same_and_was_not_late():
    """The signature is a fact; revoked before the slip was back, nothing says that the delivery was late."""
    case = declared(*AFTERWARDS, ORDERED, way=DeliveryWay.COURIER)
    assert heard("confirm_courier", case, LATER, signed_on=date(2026, 3, 3)) == "done"
    case = lead(case, REVOKED)
    assert clock_of(case, K.DELIVERY).stopped_on > clock_of(case, K.DELIVERY).due_on
    milestones.sweep(now=builders.at("2026-03-20 09:00"))
    assert not milestones.of_subject(case).filter(kind="delivery_passed").exists()


@pytest.mark.ids("L38")
def test_who_shows_that_the_promise_was_true_has_nothing_to_put_right(client):
    """陈述、申辩成立: the order is over, and nobody is told that anything was put right."""
    case = lead(declared(*HANDED_OUT, ORDERED), ("post_check", "2026-03-10 09:00"))
    assert case.declaration == DeclarationState.FULFILLED
    assert clock_of(case, K.RECTIFICATION).stopped_on.isoformat() == "2026-03-10"
    assert heard("revoke", case, DAY_AFTER) == "nothing_to_revoke"
    page = public_page(client, case)
    assert "复查后承诺属实" in page
    assert "已经改正" not in page


# The revocation -------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L38", "L31")
def test_an_order_whose_time_a_new_day_off_lengthens_is_revoked_after_it():
    case = declared(ORDERED)
    close_on(date(2026, 3, 17))
    assert heard("revoke", case, DAY_AFTER) == "order_runs"
    case = lead(case, ("revoke", "2026-03-19 09:00"))
    told = facts_of(case, PaperKind.REVOCATION)
    assert (told["order_number"], told["order_due"]) == ("遂卫责改〔2026〕1号", "2026-03-18")


@pytest.mark.ids("L38", "T17")
def test_who_ordered_in_one_post_does_not_revoke_in_another():
    case = declared(ORDERED)
    both = replace(builders.make_leader(), person_id=case.acts.get(verb="order_rectification").person_id)
    assert heard("revoke", case, DAY_AFTER, staff=both) == "four_eyes"


@pytest.mark.ids("L38")
def test_a_certificate_that_was_never_made_is_not_asked_back():
    told = [facts_of(declared(*steps, ORDERED, REVOKED), PaperKind.REVOCATION) for steps in ((), HANDED_OUT)]
    assert [facts["result_name"] for facts in told] == [None, "公共场所卫生许可证"]


@pytest.mark.ids("L38", "L31")
def test_nothing_is_revoked_while_the_time_of_the_order_runs():
    case = declared(ORDERED)
    assert heard("revoke", case, LAST_DAY) == "order_runs"
    assert heard("revoke", case, DAY_AFTER) == "done"
    with pytest.raises(Refused) as told:
        builders.act("revoke", case, now=builders.at(LAST_DAY))
    refusal = told.value.refusal
    assert refusal.sentence == "责令改正的期限到3月17日才届满，现在不能撤销。"
    assert refusal.rules == ("L38", "行政许可法第六十九条")
    assert refusal.remedy


@pytest.mark.ids("L38", "T13")
def test_the_post_that_holds_the_approval_revokes_and_nobody_else():
    case = declared(*HANDED_OUT, ORDERED)
    assert heard("revoke", case, DAY_AFTER, staff=builders.make_section_head()) == "letter_stage_missing"
    assert heard("revoke", case, DAY_AFTER, staff=builders.make_main_leader()) == "letter_stage_missing"
    assert heard("revoke", case, DAY_AFTER, staff=builders.make_leader("market-regulation")) == "404"
    assert heard("revoke", case, DAY_AFTER, staff=builders.make_leader()) == "done"


@pytest.mark.ids("L38")
@pytest.mark.parametrize(
    ("words", "said"),
    [({"ground": "because"}, "revocation_ground"), ({"ground": ""}, "revocation_ground"), ({"reason": " "}, "revocation_reason")],
    ids=str,
)  # fmt: skip
def test_a_revocation_has_a_ground_and_reasons(words, said):
    assert heard("revoke", declared(ORDERED), DAY_AFTER, **words) == said


@pytest.mark.ids("L38", "L15", "L45", "T55")
def test_what_was_delivered_is_revoked_with_paper_record_and_standing():
    case = declared(*HANDED_OUT, ORDERED, REVOKED)
    assert (case.state, case.declaration) == (S.REVOKED, DeclarationState.REVOKED)
    assert case.ended_at == builders.at(DAY_AFTER)
    assert (case.conclusion, bool(case.delivered_at)) == (ConclusionKind.CERTIFICATE_ISSUED, True)
    assert clock_of(case, K.RECTIFICATION).stopped_on.isoformat() == "2026-03-18"
    told = facts_of(case, PaperKind.REVOCATION)
    assert told["number"] == "遂卫撤〔2026〕1号"
    assert (told["ground"], told["findings"], told["revoked_on"]) == (
        "unqualified",
        "逾期未改正，不符合法定条件。",
        "2026-03-18",
    )
    assert (told["order_number"], told["order_due"]) == ("遂卫责改〔2026〕1号", "2026-03-17")
    assert (told["review_days"], told["suit_months"], told["seal"]) == (60, 6, "")
    assert facts_on_record(case)["revoked"] == {"ground": "unqualified", "decision": told["decision_number"]}
    assert "conclusion" not in facts_on_record(case)
    assert [finding.sentence for finding in replay.compare_case(case.id) if finding.reason == "stored_differs"] == []
    assert heard("revoke", case, "2026-03-19 09:00") == "wrong_state"


@pytest.mark.ids("L38", "T55")
def test_what_was_not_concluded_yet_ends_as_void_and_nothing_of_it_runs_on():
    case = declared(ORDERED, REVOKED)
    assert (case.conclusion, case.concluded_at) == (ConclusionKind.VOIDED, None)
    running = Clock.objects.filter(subject_id=case.id, stopped_at=None)
    assert {clock.kind for clock in running} == {"acknowledgement"}, "the regulator signs for what it is told"
    assert [finding.sentence for finding in replay.compare_case(case.id) if finding.reason == "stored_differs"] == []
    assert not told_of(case, "2026-03-19 09:00").is_counted, "there is no promise to speak of"


# What everybody is told -----------------------------------------------------------------------------------------------------
@pytest.mark.ids("L38", "D41")
def test_the_citizen_is_told_when_it_was_granted_and_when_it_was_revoked(client, clock):
    case = declared(*HANDED_OUT, ORDERED)
    clock.set(DAY_AFTER)
    told = told_of(case, DAY_AFTER)
    assert told.headline == ("承诺经核查不实，", "改正的期限已经过了")
    assert (told.to_do.kind, told.to_do.by.isoformat()) == ("rectify", "2026-03-17")
    case = lead(case, REVOKED)
    told = told_of(case, DAY_AFTER)
    assert (told.headline, told.to_do) == (("准予的决定，", "3月18日（周三）已撤销"), None)
    assert told.is_counted, "the promise was kept before"
    page = public_page(client, case)
    steps = ["审批和决定", "办结", "领取结果", "承诺不实，责令限期改正", "撤销准予的决定"]
    places = [page.index(step) for step in steps]
    assert places == sorted(places)
    assert "申请行政复议或者提起行政诉讼" in page


@pytest.mark.ids("L38")
@pytest.mark.parametrize(("kind", "stands"), [("decision", False), ("certificate", False), ("acceptance_notice", True)])
def test_whoever_checks_a_paper_of_a_revoked_decision_hears_it(client, kind, stands):
    case = declared(*HANDED_OUT, ORDERED)
    paper = Paper.objects.get(subject_id=case.id, kind=kind)
    url = reverse("public_check") + f"?code={paper.check_code}"
    assert "这份文书是本大厅发出的" in text_of(client.get(url))
    lead(case, REVOKED)
    page = text_of(client.get(url))
    assert ("这份文书已经撤销，不再有效" in page) != stands
    assert ("撤销日期" in page) != stands


@pytest.mark.ids("L38", "D41", "D44")
def test_the_pages_of_the_office_say_both(clock):
    case = declared(*HANDED_OUT, ORDERED)
    section, leader = (builders.staff_client(one) for one in (builders.make_section_head(), builders.make_leader()))
    url = reverse("case", args=[case.number])
    assert "责令改正的期限到3月17日才届满" in text_of(leader.get(url))
    page = text_of(section.get(url))
    assert "最迟3月17日 周二改正；改正以前不再往下办" in page
    assert "登记已经改正" in page
    clock.set(DAY_AFTER)
    assert "承诺不实，逾期未改正" in text_of(section.get(url))
    lead(case, REVOKED)
    page = text_of(section.get(url))
    assert "责令改正：超改正期限 1 个工作日了结" in page, "it was not put right"
    assert "告知承诺办理" not in page
    assert "已撤销" in page
    assert "准予的决定（遂卫准〔2026〕" in page
    assert "出证办结，2026年3月18日撤销" in page
    assert "3月2日准予，3月18日撤销；用时照准予时计" in page


@pytest.mark.ids("D41", "D44")
def test_the_time_statement_gives_the_time_of_the_order_to_the_applicant():
    """Ordered on Tuesday the 3rd while it lay ready, put right on the 10th, handed out on the 12th."""
    case = declared(*AFTERWARDS[:3], ORDERED, CORRECTED, ("hand_out", "2026-03-12 09:00"))
    assert [(row["holder"], row["workdays"]) for row in statement(case) if row["workdays"]] == [
        ("出件窗口", 1),
        ("申请人", 5),
        ("出件窗口", 2),
    ]
    sent = declared(*AFTERWARDS, ORDERED, CORRECTED, ("confirm_courier", "2026-03-12 09:00"), way=DeliveryWay.COURIER)
    assert [(row["holder"], row["workdays"]) for row in statement(sent) if row["workdays"]] == [
        ("寄递企业", 1),
        ("申请人", 5),
        ("寄递企业", 2),
    ]


def statement(case):
    shown = queries.case_to_show(builders.make_section_head(), case.number)
    acts, rules = list(queries.acts_of(shown)), clocks.rules_with(shown)
    return timeline_parts(shown, acts, clocks.carried(shown), builders.at("2026-03-20 09:00"), rules)["rows"]


# Before there were orders ---------------------------------------------------------------------------------------------------
@pytest.mark.ids("L38")
def test_what_an_older_product_found_untrue_is_ordered_to_be_put_right_before_it_is_revoked():
    """Its check said `revoked` at once; nothing was revoked by it."""
    case = checked_by_an_older_product(declared())
    assert (case.state, case.declaration) == (S.DECIDED, DeclarationState.REVOKED)
    assert told_of(case).headline == ("承诺经核查不实，", "准予的决定应当撤销")
    assert heard("conclude", case, LATER) == "declaration_untrue"
    assert heard("revoke", case, LATER) == "nothing_to_revoke"
    assert heard("order_rectification", case, LATER) == "done"


def checked_by_an_older_product(case):
    staff = builders.empowered(case, "post_check")
    acting = begin("post_check", case.number, staff=staff, now=builders.at("2026-03-03 09:00"), seq=None)
    acting.case.declaration = DeclarationState.REVOKED
    told = {"declaration": "revoked"}
    finish(acting, act=acting.act("核查不实。"), changed=("declaration",), facts=told)
    return Case.objects.get(pk=case.pk)
