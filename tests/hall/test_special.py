"""停表与延期 through the verbs: what stands still, what is lengthened, and by whom (行政许可法 42, 45; domain 3.1, 3.3)."""

import pytest

from hall import queries
from hall.actions import special
from hall.states import CaseState
from supervision import clocks
from supervision.models import ClockKind, ClockPause, Paper, PaperKind
from tests import builders

from .refusing import clock_of, due, heard, lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
K = ClockKind
BOTH = (K.PROMISED, K.STATUTORY)


def accepted(day, item=builders.ITEM):
    return builders.make_accepted_case(item, now=builders.at(f"{day} 09:00"))


# Pauses --------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L20", "T67")
def test_a_test_by_article_45_moves_promise_and_statute():
    """Domain 3.3, 15 around 劳动节 2026: accepted 8 April, tested 13 to 29 April; Saturday 9 May works."""
    case = accepted("2026-04-08")
    assert due(case, *BOTH) == ["2026-04-15", "2026-05-09"]
    case = lead(case, ("pause", "2026-04-13 09:00"))
    assert due(case, *BOTH) == [None, None]
    assert Paper.objects.filter(subject_id=case.id, kind=PaperKind.SPECIAL_NOTICE).count() == 1
    case = lead(case, ("resume", "2026-04-29 16:00"))
    assert due(case, *BOTH) == ["2026-05-07", "2026-05-27"]
    assert clock_of(case, K.SPECIAL).stopped_on.isoformat() == "2026-04-29"


@pytest.mark.ids("L20")
def test_a_site_visit_that_the_guide_names_stops_the_promise_alone():
    """Trap 7: 现场踏勘 is not of article 45."""
    case = lead(accepted("2026-04-08"), ("pause", "2026-04-13 09:00", {"ground": "site_visit", "days": 3}))
    assert due(case, *BOTH) == [None, "2026-05-09"]
    case = lead(case, ("resume", "2026-04-15 09:00"))
    assert due(case, *BOTH) == ["2026-04-20", "2026-05-09"]
    assert not ClockPause.objects.get(subject_id=case.id).stops_statutory


@pytest.mark.ids("L20")
def test_a_hearing_when_the_promise_is_over_holds_the_statute_alone():
    """What was late stays late."""
    case = lead(accepted("2026-04-08"), ("pause", "2026-04-20 09:00", {"ground": "hearing"}))
    assert due(case, *BOTH) == ["2026-04-15", None]
    case = lead(case, ("resume", "2026-04-22 09:00"))
    assert due(case, *BOTH) == ["2026-04-15", "2026-05-13"]


@pytest.mark.ids("L20")
def test_while_it_stands_still_nothing_is_decided_and_no_second_pause_begins():
    case = lead(accepted("2026-04-08"), ("pause", "2026-04-09 09:00"))
    assert heard("review", case, "2026-04-10 09:00") == "paused"
    assert heard("pause", case, "2026-04-10 09:00") == "already_paused"
    assert heard("give_opinion", case, "2026-04-10 09:00") == "404"  # nobody was asked
    case = lead(case, ("resume", "2026-04-13 09:00"), ("review", "2026-04-13 10:00"))
    assert case.state == CaseState.REVIEWED
    assert heard("resume", case, "2026-04-14 09:00") == "not_paused"


@pytest.mark.ids("L20")
def test_two_pauses_count_each_its_own_days():
    case = lead(
        accepted("2026-04-08"),
        ("pause", "2026-04-09 09:00"),
        ("resume", "2026-04-10 09:00"),
        ("pause", "2026-04-14 09:00"),
        ("resume", "2026-04-14 16:00"),
    )
    assert due(case, *BOTH) == ["2026-04-20", "2026-05-13"]  # three days later, and three days later
    assert [pause.round for pause in ClockPause.objects.filter(subject_id=case.id).order_by("round")] == [1, 2]


@pytest.mark.ids("L20", "R8")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"ground": "public_notice"}, "pause_ground"),
        ({"ground": "rectification"}, "pause_ground"),
        ({"ground": "because"}, "pause_ground"),
        ({"days": 0}, "pause_length"),
        ({"days": 251}, "pause_length"),
        ({"approver": ""}, "pause_approval"),
        ({"basis": ""}, "pause_basis"),
        ({"first_on": builders.at("2026-04-07 09:00").date()}, "pause_first_day"),
        ({"first_on": builders.at("2026-04-11 09:00").date()}, "pause_first_day"),
        ({"first_on": builders.at("2026-04-09 09:00").date()}, "done"),
    ],
    ids=str,
)
def test_a_pause_needs_a_ground_a_length_and_an_approval(words, said):
    assert heard("pause", accepted("2026-04-08"), "2026-04-10 09:00", **words) == said


@pytest.mark.ids("L20")
@pytest.mark.parametrize(
    ("day", "said"), [("2026-04-08", "resume_day"), ("2026-04-15", "resume_day"), ("2026-04-10", "done")]
)
def test_a_result_arrives_between_the_first_day_and_today(day, said):
    case = lead(accepted("2026-04-08"), ("pause", "2026-04-09 09:00"))
    arrived = builders.at(f"{day} 09:00").date()
    assert heard("resume", case, "2026-04-14 09:00", arrived_on=arrived) == said


# The extension -------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L16", "T66")
def test_the_head_of_the_authority_adds_ten_days_once():
    """Domain 3.3, 17 around 国庆节 2026: 29 September becomes 19 October."""
    case = accepted("2026-09-01")
    assert due(case, K.STATUTORY) == ["2026-09-29"]
    case = lead(case, ("extend", "2026-09-08 09:00"))
    assert due(case, K.STATUTORY) == ["2026-10-19"]
    assert clock_of(case, K.PROMISED).extension == 10
    assert Paper.objects.filter(subject_id=case.id, kind=PaperKind.EXTENSION_NOTICE).count() == 1
    assert heard("extend", case, "2026-09-09 09:00", days=1) == "extension_again"


@pytest.mark.ids("L16", "R8")
@pytest.mark.parametrize(
    ("at", "words", "said"),
    [
        ("2026-09-08 09:00", {"days": 11}, "extension_too_long"),
        ("2026-09-08 09:00", {"days": 0}, "extension_too_long"),
        ("2026-09-29 23:00", {"days": 10}, "done"),
        ("2026-09-30 00:00", {"days": 10}, "extension_late"),
    ],
)
def test_ten_days_at_most_and_while_the_time_still_runs(at, words, said):
    assert heard("extend", accepted("2026-09-01"), at, **words) == said


@pytest.mark.ids("L16")
@pytest.mark.parametrize(
    ("who", "said"),
    [
        (builders.make_section_head, "not_head"),
        (builders.make_leader, "not_head"),
        (lambda: builders.make_main_leader("civil-affairs"), "404"),
        (builders.make_main_leader, "done"),
    ],
    ids=["section", "leader in charge", "head of another unit", "head"],
)
def test_nobody_but_the_head_extends(who, said):
    assert heard("extend", accepted("2026-09-01"), "2026-09-08 09:00", staff=who()) == said


@pytest.mark.ids("L17")
def test_what_is_handled_jointly_is_extended_by_the_head_of_the_county_by_fifteen():
    case = accepted("2026-09-01", builders.JOINT)
    county = builders.member("rongzhijian")
    assert (
        heard("extend", case, "2026-09-08 09:00", staff=builders.make_main_leader("housing-and-construction"))
        == "not_head"
    )
    assert heard("extend", case, "2026-09-08 09:00", staff=county, days=16) == "extension_too_long"
    assert heard("extend", case, "2026-09-08 09:00", staff=county, days=15) == "done"
    assert heard("extend", accepted("2026-09-01"), "2026-09-08 09:00", staff=county, days=15) == "404"


@pytest.mark.ids("L16", "L20")
def test_what_if_says_exactly_what_then_happens():
    case = lead(accepted("2026-09-01"), ("pause", "2026-09-02 09:00"), ("resume", "2026-09-04 09:00"))
    shown = queries.case_to_show(builders.make_section_head(), case.number)
    told = special.if_extended(
        shown, list(clocks.pauses_of(shown)), days=10, calendar=clocks.rules_with(shown).calendar
    )
    foretold = {move.clock.kind: move.then for move in told}
    case = lead(case, ("extend", "2026-09-08 09:00"))
    assert {kind: clock_of(case, kind).due_on for kind in foretold} == foretold
    assert set(foretold) == {*BOTH, K.STEP}
