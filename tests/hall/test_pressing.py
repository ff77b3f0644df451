"""Which cases are near, due today or late: what the database counts is what the judging says of each case, on any day (T64, R1)."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse

from hall import pressing, queries
from hall.lawful import lawful
from hall.states import CaseState
from hall.views import rows, supervision
from supervision import clocks, moment
from tests import builders

pytestmark = pytest.mark.django_db
S = CaseState
START = "2026-03-10 10:42"


@pytest.fixture
def waiting(clock):
    """A case in each state that waits, and what time does to some of them: a hearing, a survey, an extension, gaps, corrections."""
    clock.set(START)
    for state in sorted(supervision.WAITING_STATES - {S.SUBMITTED}):
        builders.make_case(state)
    for verb in ("resume", "supply_gaps", "take_corrections"):
        builders.make_case_for(verb)
    builders.act("extend", builders.make_accepted_case())
    builders.make_accepted_case(builders.NO_STATUTE)
    return queries.visible_cases(builders.make_supervisor()).filter(state__in=supervision.WAITING_STATES)


@pytest.mark.ids("T64", "R1", "L31")
def test_the_database_counts_what_the_judging_says_of_each_case_on_every_day(waiting, clock):
    rules, seen = clocks.rules(), Counter()
    for ahead in range(0, 75, 2):
        today = moment.local_date(clock.set(START)) + timedelta(days=ahead)
        written = lawful(waiting, today).filter(lawful_state=F("state"))
        judged = rows.by_urgency(queries.listed(written), today, rules)
        counted = pressing.counts(waiting, today, rules)
        assert counted == Counter(standing.state.value for standing, _ in judged), today
        shown = [case.number for case in pressing.cases(waiting, today, rules, 100)]
        assert sorted(shown) == sorted(case.number for one, case in judged if one.state in pressing.STATES), today
        seen.update(counted.keys())
    assert seen.keys() >= {*pressing.STATES, "calm", "paused"}


@pytest.mark.ids("T64")
def test_nobody_is_counted_twice_or_left_out_when_the_law_has_gone_ahead(waiting, clock):
    rules = clocks.rules()
    for ahead in range(0, 75, 5):
        today = moment.local_date(clock.set(START)) + timedelta(days=ahead)
        ahead_of_record = {case.pk for case in pressing.overtaken(waiting, today)}
        as_written = sum(pressing.counts(waiting, today, rules).values())
        assert as_written + len(ahead_of_record) == waiting.count(), today


def test_the_figures_of_the_day_do_not_stop_at_the_rows_that_are_shown(clock, monkeypatch):
    clock.set(START)
    for _ in range(4):
        builders.make_accepted_case()
    clock.set("2026-03-18 09:00")  # the promise of five working days ended on the 17th
    monkeypatch.setattr(supervision, "MOST_URGENT", 2)
    monkeypatch.setattr(supervision, "SHOWN", 3)
    client = builders.staff_client(builders.make_supervisor())
    day = client.get(reverse("supervision_today"))
    assert {one["label"]: one["value"] for one in day.context["figures"]}["超承诺"] == 4
    assert len(day.context["urgent"]["rows"]) == 2
    assert day.context["urgent"]["all"]["label"] == "全部 4 件"
    due = client.get(reverse("supervision_due"))
    assert "显示最急的 3 件" in due.content.decode()
