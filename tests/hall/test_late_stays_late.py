"""What is late stays late, what the law does bears its own day, and a changed calendar changes no state behind anybody's back."""

import json
from datetime import date

import pytest

from hall import queries
from hall.actions import by_law
from hall.actions.recalculate import recalculate
from hall.actions.state_table import table
from hall.models import Case
from hall.standing import effective_state, facts_of
from hall.states import CaseState
from supervision import clocks, log, moment
from supervision.judging import judge
from supervision.models import ClockKind
from tests import builders
from tests.hall.refusing import clock_of, heard, lead
from tests.hall.test_recalculate import close_on

pytestmark = pytest.mark.django_db
S, K = CaseState, ClockKind
PUBLIC_SERVICE = "S088"


def records(case: Case) -> list[dict]:
    return [json.loads(bytes(row.body)) for row in log.records_of("hall_case", case.id)]


@pytest.mark.ids("L16", "L20", "R8")
def test_a_pause_is_not_dated_back_over_a_passed_day():
    """Promise due on 17 March: on the 18th a procedure may begin, but not yesterday; and no extension makes the promise good again."""
    case = builders.make_accepted_case(now=builders.at("2026-03-10 10:00"))
    assert heard("pause", case, "2026-03-16 09:00", first_on=date(2026, 3, 13)) == "done"
    assert (
        heard("pause", case, "2026-03-17 09:00", first_on=date(2026, 3, 13)) == "pause_after_due"
    )  # the step was over
    late = builders.make_accepted_case(now=builders.at("2026-03-10 10:00"))
    assert heard("pause", late, "2026-03-18 09:00", first_on=date(2026, 3, 11)) == "pause_after_due"
    assert heard("pause", late, "2026-03-18 09:00", first_on=date(2026, 3, 18)) == "done"
    later = lead(builders.make_accepted_case(now=builders.at("2026-03-10 10:00")), ("extend", "2026-03-18 09:00"))
    assert (clock_of(later, K.PROMISED).extension, str(clock_of(later, K.PROMISED).due_on)) == (0, "2026-03-17")
    assert clock_of(later, K.STATUTORY).extension == 10


@pytest.mark.ids("T66", "T69")
def test_what_runs_after_the_delivery_is_recalculated_by_a_lawful_step():
    case = builders.make_case_for("post_check", now=builders.at("2026-03-10 10:00"))
    case = builders.bring(case, S.DELIVERED, now=builders.at("2026-03-10 10:00"))
    due = clock_of(case, K.POST_CHECK).due_on
    assert due is not None
    close_on(due)
    assert [move.kind for move in recalculate(case.number, now=moment.now())] == [K.POST_CHECK]
    step = records(case)[-1]
    assert (step["kind"], step["from"], step["to"]) == ("recalculate", "delivered", "delivered")
    assert "delivered" in table()["recalculate"]["from"]


@pytest.mark.ids("L10", "L31", "T66")
def test_the_law_counts_by_the_calendar_in_force(clock):
    """The notice was due on 17 March, then that day is closed: on the 18th it may still be given, whoever looks and whatever ran."""
    case = builders.make_transferred_case(now=builders.at("2026-03-10 10:00"))
    close_on(date(2026, 3, 17))
    clock.set("2026-03-18 09:00")
    assert (
        effective_state(queries.case_to_show(builders.make_section_head(), case.number), date(2026, 3, 18))
        == S.TRANSFERRED
    )
    assert not by_law.carry_out(case.number, now=moment.now())
    assert heard("accept", case, "2026-03-18 09:00") == "done"
    assert "recalculate" in [step["kind"] for step in records(case)]


@pytest.mark.ids("L20", "L33")
def test_article_45_stops_nothing_but_licences():
    case = builders.make_accepted_case(builders.NO_STATUTE)
    assert heard("pause", case, "2026-03-11 09:00", staff=builders.empowered(case, "pause")) == "pause_ground"


@pytest.mark.ids("D150")
def test_an_opinion_is_awaited_no_longer_than_the_decision():
    case = lead(builders.make_accepted_case(), ("ask_opinion", "2026-03-10 11:00"), ("review", "2026-03-10 12:00"))
    asked = builders.make_section_head(builders.OTHER_UNIT)
    assert [one.number for one in queries.opinions_asked(asked.department_id)] == [case.number]
    case = lead(case, ("grant", "2026-03-11 09:00"))
    assert clock_of(case, K.JOINT_OPINION).stopped_on == date(2026, 3, 11)
    assert not queries.opinions_asked(asked.department_id).exists()


@pytest.mark.ids("T64", "L37")
def test_what_the_law_ends_is_over_since_its_own_day(clock):
    """Gaps due on 17 March with the promise: the jobs come on the 25th, nothing is late by their delay."""
    case = builders.make_case_for("lapse_gaps", now=builders.at("2026-03-10 10:00"))
    clock.set("2026-03-25 09:00")
    assert by_law.carry_out(case.number, now=moment.now())
    case = Case.objects.get(pk=case.pk)
    assert (case.state, moment.local(case.ended_at).isoformat()) == (S.WITHDRAWN, "2026-03-18T00:00:00+08:00")
    assert clock_of(case, K.SUPPLEMENT).stopped_on == date(2026, 3, 18)
    promised = clock_of(case, K.PROMISED)
    assert promised.stopped_on == date(2026, 3, 17)
    rules = clocks.rules()
    assert judge(facts_of(promised), date(2026, 3, 25), calendar=rules.calendar, near=None).breach == ""


@pytest.mark.ids("L10", "D47")
def test_what_is_handed_over_is_what_the_case_lawfully_waits_for(clock):
    """Received and never answered: since the 17th it waits for the review, and a clerk at the counter has nothing to hand over."""
    case = builders.make_received_case(now=builders.at("2026-03-10 10:00"))
    clock.set("2026-03-18 09:00")
    page = f"/cases/{case.number}/do/hand_over/"
    assert builders.staff_client(builders.make_clerk()).get(page).status_code in (200, 403, 409)
    assert heard("hand_over", case, "2026-03-18 09:00", staff=builders.make_section_head()) == "done"


@pytest.mark.ids("L31")
def test_what_a_citizen_was_told_in_writing_is_not_shortened():
    """Corrections are due on Thursday 9 April. A holiday more moves that day, a working day more never does."""
    case = lead(
        builders.make_transferred_case(now=builders.at("2026-03-10 10:00")), ("request_corrections", "2026-03-10 11:00")
    )
    due = clock_of(case, K.CORRECTION).due_on
    assert due is not None
    close_on(due)
    recalculate(case.number, now=moment.now())
    moved = clock_of(case, K.CORRECTION)
    assert moved.due_on is not None
    assert moved.due_on > due
    moved.started_on = date(2026, 3, 1)  # as if the period had begun earlier: it would end earlier, and does not
    assert clocks.end_of(moved, clocks.rules().calendar).due_on == moved.due_on


@pytest.mark.ids("L16")
def test_days_of_article_42_are_no_natural_days():
    """内资医疗机构设置审批 has 30 natural days of its own law: art. 42 does not lengthen them."""
    case = builders.make_accepted_case(builders.TWO_VERIFIERS)
    assert heard("extend", case, "2026-03-11 09:00", staff=builders.make_main_leader()) == "extension_no_ground"


@pytest.mark.ids("L37")
def test_the_supplement_ends_with_the_promise_at_the_latest_whenever_it_is_told():
    case = builders.make_case_for("accept_with_gaps", now=builders.at("2026-03-10 10:00"))
    case = lead(case, ("accept_with_gaps", "2026-03-11 10:00"))
    supplement, promised = clock_of(case, K.SUPPLEMENT).due_on, clock_of(case, K.PROMISED).due_on
    assert supplement is not None
    assert promised is not None
    assert supplement <= promised
