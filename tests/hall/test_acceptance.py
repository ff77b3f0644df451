"""受理前后: corrections, gaps, refusals to accept, acceptance by silence, through the verbs themselves (行政许可法 32; domain 3.1, 3.4)."""

import json

import pytest

from hall import actions, queries
from hall.actions import by_law
from hall.models import Case, CaseMaterial, Defect
from hall.states import CaseState
from hall.views import case_parts
from supervision import papers
from supervision.models import ClockKind, Paper, PaperKind
from supervision.refusals import Refused
from tests import builders

from .refusing import clock_of, due, heard, lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
K = ClockKind
PLAN, RULES = 3, 5  # 经营场所平面图, which is necessary; 卫生管理制度, which may follow


def received(at="2026-03-02 10:00", without=()):
    handed = [row for row in builders.handed_in_full(builders.version_of()) if row.seq not in without]
    case = builders.make_received_case(now=builders.at(at), handed=handed, incomplete=bool(without))
    return builders.act("transfer", case, now=builders.at(at))


def flaws(*seqs):
    return [actions.Flaw(seq, "没有提交", "补交一份") for seq in seqs]


def request(case, at, *seqs, **words):
    return actions.request_corrections(
        case.number, flaws(*seqs), staff=builders.make_section_head(), now=builders.at(at), **words
    )


def take(case, at, *seqs):
    handed = [actions.Handed(seq, 1) for seq in seqs]
    return actions.take_corrections(case.number, handed, staff=builders.make_clerk(), now=builders.at(at))


def code(attempt, *given, **words):
    with pytest.raises(Refused) as told:
        attempt(*given, **words)
    return told.value.refusal.code


# Corrections ---------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L10")
def test_what_is_missing_can_not_be_accepted():
    assert heard("accept", received(without=(PLAN,)), "2026-03-03 09:00") == "material_missing"


@pytest.mark.ids("L10", "D43")
def test_one_notice_tells_every_defect_and_stops_the_notice_period():
    case = request(received(without=(PLAN, RULES)), "2026-03-04 09:00", PLAN, RULES)
    assert case.state == CaseState.CORRECTION_REQUIRED
    assert [row.requirement.seq for row in Defect.objects.filter(case=case).order_by("requirement__seq")] == [3, 5]
    assert Paper.objects.filter(subject_id=case.id, kind=PaperKind.CORRECTION_NOTICE).count() == 1
    assert clock_of(case, K.NOTICE).stopped_on.isoformat() == "2026-03-04"
    assert due(case, K.CORRECTION) == ["2026-04-03"]  # 30 natural days


@pytest.mark.ids("L11")
@pytest.mark.parametrize("accepted", ["2026-03-09 09:00", "2026-03-11 09:00"])
def test_the_clocks_start_on_the_day_on_which_all_corrections_were_in(accepted):
    """Whenever the unit then writes the acceptance: the period runs from Monday 9 March."""
    case = take(request(received(without=(PLAN,)), "2026-03-04 09:00", PLAN), "2026-03-09 08:30", PLAN)
    case = lead(case, ("accept", accepted))
    assert due(case, K.PROMISED, K.STATUTORY) == ["2026-03-16", "2026-04-07"]
    assert case.accepted_at == builders.at("2026-03-09 08:30")


@pytest.mark.ids("L11")
@pytest.mark.parametrize(
    ("verb", "words", "kind", "at", "told_on"),
    [
        ("accept", {}, PaperKind.ACCEPTANCE_NOTICE, "2026-03-11 09:00", "2026-03-11"),
        ("accept", {}, PaperKind.ACCEPTANCE_NOTICE, "2026-03-09 09:00", None),
        ("accept_with_gaps", {"days": 2}, PaperKind.GAP_NOTICE, "2026-03-11 09:00", "2026-03-11"),
    ],
    ids=["later", "the same day", "with gaps"],
)
def test_a_notice_of_acceptance_is_never_dated_back(verb, words, kind, at, told_on):
    """It says since when the application counts as accepted, and bears the day on which it was made."""
    without = (PLAN,) if verb == "accept" else (PLAN, RULES)
    case = take(request(received(without=without), "2026-03-04 09:00", PLAN), "2026-03-09 08:30", PLAN)
    case = lead(case, (verb, at, words))
    told = json.loads(papers.facts_of(Paper.objects.get(subject_id=case.id, kind=kind)))
    assert (told["accepted_on"], told["told_on"]) == ("2026-03-09", told_on)
    assert told.get("corrected", True), "the notice of acceptance says that it was corrected"


@pytest.mark.ids("L11")
def test_corrections_are_taken_together_or_not_at_all():
    case = request(received(without=(PLAN, RULES)), "2026-03-04 09:00", PLAN, RULES)
    assert code(take, case, "2026-03-05 09:00", PLAN) == "material_missing"
    assert take(case, "2026-03-05 09:00", PLAN, RULES).state == CaseState.TRANSFERRED


@pytest.mark.ids("L10", "R8")
def test_a_second_notice_says_why_and_marks_what_could_have_been_told_before():
    """What was handed in at the start was there to be seen; what came with the corrections was not."""
    case = request(received(without=(PLAN,)), "2026-03-04 09:00", PLAN)
    assert code(request, case, "2026-03-05 09:00", 1) == "second_notice_reason"
    case = take(case, "2026-03-06 09:00", PLAN)
    again = request(case, "2026-03-09 09:00", 1, PLAN, reason="申请表填写有误。")
    second = {row.requirement.seq: row.seen_before for row in Defect.objects.filter(case=again, round=2)}
    assert second == {1: True, PLAN: False}
    assert clock_of(again, K.CORRECTION, round=2).stopped_on is None


@pytest.mark.ids("L10")
def test_after_the_second_round_the_clocks_start_on_its_last_day():
    case = take(request(received(without=(PLAN,)), "2026-03-04 09:00", PLAN), "2026-03-06 09:00", PLAN)
    case = take(request(case, "2026-03-09 09:00", PLAN, reason="平面图不清。"), "2026-03-12 09:00", PLAN)
    assert due(lead(case, ("accept", "2026-03-13 09:00")), K.PROMISED) == ["2026-03-19"]


@pytest.mark.ids("L10")
@pytest.mark.parametrize(
    ("seqs", "words", "said"),
    [
        ((), {}, "no_defect"),
        ((9,), {}, "material_unknown"),
        ((PLAN, PLAN), {}, "material_unknown"),
        ((PLAN,), {"days": 0}, "correction_days"),
        ((PLAN,), {"days": 91}, "correction_days"),
    ],
    ids=["nothing", "not of the guide", "twice", "no days", "a quarter"],
)
def test_a_notice_that_says_nothing_lawful_is_refused(seqs, words, said):
    assert code(request, received(without=(PLAN,)), "2026-03-04 09:00", *seqs, **words) == said


@pytest.mark.ids("L10", "L11")
def test_after_acceptance_nothing_more_may_be_asked_for():
    case = lead(received(), ("accept", "2026-03-03 09:00"))
    assert code(request, case, "2026-03-04 09:00", PLAN) == "correction_after_acceptance"


# Acceptance by silence -----------------------------------------------------------------------------------------------------
@pytest.mark.ids("L10", "T64")
def test_silence_accepts_as_of_the_receipt_and_eats_the_five_days():
    """Domain 3.3, 13 in the spring festival of 2026: received 13 February, notice due 27 February; by example 10 the 20 days end on 19 March."""
    case = received("2026-02-13 10:00", without=(PLAN,))
    assert due(case, K.NOTICE) == ["2026-02-27"]
    assert not by_law.carry_out(case.number, now=builders.at("2026-02-27 23:59"))
    assert by_law.carry_out(case.number, now=builders.at("2026-02-28 00:00"))
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.deemed, case.handler) == (CaseState.ACCEPTED, True, None)
    assert case.accepted_at == case.received_at
    assert due(case, K.PROMISED, K.STATUTORY) == ["2026-02-27", "2026-03-19"]
    assert clock_of(case, K.STATUTORY).started_on.isoformat() == "2026-02-13"
    assert not by_law.carry_out(case.number, now=builders.at("2026-03-05 09:00"))  # once


@pytest.mark.ids("L10", "T64")
def test_with_every_job_dead_the_next_verb_writes_it_first():
    case = received("2026-02-13 10:00")
    case = lead(case, ("review", "2026-03-03 09:00"))
    assert list(case.acts.order_by("record_seq").values_list("verb", flat=True))[-2:] == ["deem_accepted", "review"]
    assert case.deemed
    assert code(request, case, "2026-03-03 10:00", PLAN) == "correction_after_acceptance"


@pytest.mark.ids("L10")
def test_on_the_last_day_of_the_notice_period_it_is_still_told():
    case = request(received("2026-02-13 10:00", without=(PLAN,)), "2026-02-27 23:30", PLAN)
    assert case.state == CaseState.CORRECTION_REQUIRED
    assert code(request, received("2026-02-13 10:00", without=(PLAN,)), "2026-02-28 00:00", PLAN) == (
        "correction_after_acceptance"
    )


@pytest.mark.ids("L10", "L11")
def test_silence_after_corrections_accepts_as_of_the_day_they_were_in():
    case = take(request(received(without=(PLAN,)), "2026-03-04 09:00", PLAN), "2026-03-06 09:00", PLAN)
    assert by_law.carry_out(case.number, now=builders.at("2026-03-16 00:00"))
    assert clock_of(case, K.STATUTORY).started_on.isoformat() == "2026-03-06"


# Gaps ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L37")
def test_gaps_are_accepted_on_a_written_promise_and_hold_the_decision_up():
    """Domain 3.3, 23: five working days for the supplement, never later than the promise."""
    case = lead(received(without=(RULES,)), ("accept_with_gaps", "2026-03-03 09:00"), ("review", "2026-03-04 09:00"))
    assert case.gaps_open
    assert due(case, K.SUPPLEMENT, K.PROMISED) == ["2026-03-10", "2026-03-10"]
    assert heard("grant", case, "2026-03-05 09:00") == "gaps_open"
    case = lead(case, ("supply_gaps", "2026-03-05 10:00"))
    assert not case.gaps_open
    assert clock_of(case, K.SUPPLEMENT).stopped_on.isoformat() == "2026-03-05"
    newest = CaseMaterial.objects.filter(case=case, requirement__seq=RULES).latest("record_seq")
    assert newest.status == "complete"
    assert heard("grant", case, "2026-03-05 11:00") == "done"


@pytest.mark.ids("L37")
@pytest.mark.parametrize(
    ("without", "words", "said"),
    [
        ((PLAN, RULES), {}, "gap_main_material"),
        ((), {}, "no_gaps"),
        ((RULES,), {"promised": False}, "gap_without_promise"),
        ((RULES,), {"days": 6}, "gap_too_long"),
        ((RULES,), {"days": 5}, "done"),
    ],
    ids=["a main material", "nothing missing", "no promise", "later than the promise", "as late as the promise"],
)
def test_what_is_no_gap_by_the_rules(without, words, said):
    assert heard("accept_with_gaps", received(without=without), "2026-03-03 09:00", **words) == said


@pytest.mark.ids("L37")
def test_an_item_without_gaps_in_its_guide_has_none():
    case = builders.make_transferred_case(builders.ON_RECEIPT, now=builders.at("2026-03-02 10:00"))
    assert heard("accept_with_gaps", case, "2026-03-03 09:00") == "gaps_not_allowed"


# Not accepted --------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L7", "L8", "L12")
@pytest.mark.parametrize(
    ("verb", "state", "kind"),
    [
        ("decline", CaseState.DECLINED, PaperKind.DECLINE_NOTICE),
        ("not_required", CaseState.NOT_REQUIRED, PaperKind.NOT_REQUIRED_NOTICE),
    ],
)
def test_what_is_not_accepted_ends_with_its_notice_and_no_clock_running(verb, state, kind):
    case = lead(received(), (verb, "2026-03-03 09:00"))
    assert case.state == state
    assert case.ended_at == builders.at("2026-03-03 09:00")
    assert Paper.objects.filter(subject_id=case.id, kind=kind).count() == 1
    assert clock_of(case, K.NOTICE).stopped_on.isoformat() == "2026-03-03"
    assert heard("accept", case, "2026-03-03 10:00") == "wrong_state"


@pytest.mark.ids("L8", "L12")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"ground": "not_competent", "authority": ""}, "authority_missing"),
        ({"ground": "not_competent", "authority": " "}, "authority_missing"),
        ({"ground": "not_competent", "basis": ""}, "basis_missing"),
        ({"ground": "not_lawful", "authority": "", "basis": ""}, "basis_missing"),
        ({"ground": "busy"}, "decline_ground"),
        ({"ground": "not_lawful", "authority": ""}, "done"),
    ],
    ids=str,
)
def test_declined_is_only_on_a_ground_of_the_list_with_what_its_notice_must_name(words, said):
    assert heard("decline", received(), "2026-03-03 09:00", **words) == said


@pytest.mark.ids("L8")
@pytest.mark.parametrize(("ground", "named"), [("not_competent", "湛江市卫生健康局"), ("not_lawful", None)])
def test_only_where_another_body_is_competent_the_notice_sends_the_applicant_there(ground, named):
    case = lead(received(), ("decline", "2026-03-03 09:00", {"ground": ground}))
    paper = Paper.objects.get(subject_id=case.id, kind=PaperKind.DECLINE_NOTICE)
    assert json.loads(papers.facts_of(paper))["authority"] == named


@pytest.mark.ids("L10", "L11")
def test_a_statute_from_the_receipt_that_corrections_stopped_is_no_row_of_the_page():
    case = builders.make_transferred_case(builders.ON_RECEIPT, now=builders.at("2026-03-02 10:00"))
    assert K.STATUTORY.label in rows_of(case)
    flaw = actions.Flaw(case.version.materials.order_by("seq").first().seq, "没有盖章", "加盖公章")
    staff, now = builders.empowered(case, "request_corrections"), builders.at("2026-03-03 09:00")
    actions.request_corrections(case.number, [flaw], staff=staff, now=now)
    assert clock_of(case, K.STATUTORY).stopped_on.isoformat() == "2026-03-03"
    assert K.CORRECTION.label in rows_of(case)
    assert K.STATUTORY.label not in rows_of(case)


def rows_of(case):
    """The clocks that stand as rows on the page of a case."""
    staff, now = builders.make_section_head(), builders.at("2026-03-03 10:00")
    shown = case_parts.gather(staff, queries.case_to_show(staff, case.number), now).parts["clocks"]
    return {row["label"] for row in shown["rows"]}


@pytest.mark.ids("D121")
def test_sent_back_to_the_window_the_notice_period_runs_on():
    case = lead(received(), ("send_back", "2026-03-03 09:00"))
    assert case.state == CaseState.RECEIVED
    assert due(case, K.NOTICE) == ["2026-03-09"]
    assert clock_of(case, K.TRANSFER, round=2).started_on.isoformat() == "2026-03-03"
