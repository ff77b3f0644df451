"""The rule book is read once a revision and asked with the day: a rule that begins tomorrow holds from tomorrow."""

from datetime import date

import pytest

from supervision import clocks
from supervision.clocks import Limit
from supervision.models import CardLevel, CardRule, ClockKind, RuleBook, TimeParameter
from tests import builders

BEFORE, FROM = date(2026, 3, 31), date(2026, 4, 1)


@pytest.fixture
def april(db: None) -> None:
    """From 1 April on the notice has 3 working days, and near begins at 40 %."""
    builders.announced(
        TimeParameter.objects.create(
            kind=ClockKind.NOTICE, limit=3, time_unit="workday", holds_from=FROM, basis="试行"
        ),
        CardRule.objects.create(code="R1", level=CardLevel.WARNING, share_percent=40, at_least=2, holds_from=FROM),
    )
    RuleBook.objects.update(revision=2)


@pytest.mark.usefixtures("april")
def test_a_rule_holds_from_its_day_on_in_a_process_that_was_started_before() -> None:
    """R1: processes live for weeks; nothing has to happen on the day itself."""
    rules = clocks.rules()
    assert rules.limit(ClockKind.NOTICE, BEFORE) == Limit(5, "workday")
    assert rules.limit(ClockKind.NOTICE, FROM) == Limit(3, "workday")
    assert rules.near(BEFORE).share == 20
    assert rules.near(FROM).share == 40


@pytest.mark.usefixtures("april")
def test_receiving_takes_the_limit_of_its_own_day() -> None:
    """L8: the notice of a case received on the last old day has the old limit."""
    old = builders.make_received_case(now=builders.at("2026-03-31 16:00"))
    new = builders.make_received_case(now=builders.at("2026-04-01 09:00"))
    assert [clocks.of_subject(case).get(kind="notice").limit for case in (old, new)] == [5, 3]


@pytest.mark.ids("D158")
def test_a_limit_of_the_hall_that_came_later_holds_until_the_office_sets_its_own(db: None) -> None:
    """An office that was set up by an older product has no row for it, and grants all the same."""
    unset = TimeParameter.objects.get(kind=ClockKind.ACKNOWLEDGEMENT)
    gone = TimeParameter(pk=unset.pk)
    unset.delete()
    builders.announced(gone)
    RuleBook.objects.update(revision=2)
    assert clocks.rules().limit(ClockKind.ACKNOWLEDGEMENT, BEFORE) == Limit(3, "workday")
    builders.make_decided_case()


def test_a_new_revision_is_read_at_once(db: None) -> None:
    before = clocks.rules()
    assert clocks.rules() is before
    RuleBook.objects.update(revision=7)
    assert clocks.rules() is not before


def test_before_the_first_rule_nothing_is_assumed(db: None) -> None:
    with pytest.raises(LookupError):
        clocks.rules().near(date(1999, 1, 1))
