"""Two machines whose clocks differ by a little: whoever acts second, by the clock that is behind, never acts before the first."""

import time
from datetime import date, timedelta

import pytest

from authorization import actions as letters
from authorization.models import LetterKind, LetterLine
from hall import actions, replay
from hall.actions import acting
from hall.models import Case
from hall.states import APPLICANT, BY_LAW, VERBS, CaseState
from supervision import clocks, log, moment
from supervision.models import Record
from tests import builders
from tests.sealing_office import Office

from . import letter_office
from .at_once import Held, in_background

pytestmark = [pytest.mark.ids("T50"), pytest.mark.django_db]

AHEAD = timedelta(seconds=5)
# What is revoked was ordered to be put right days before: nothing was done with it a moment ago.
BY_STAFF = [name for name, verb in VERBS.items() if verb.power not in (APPLICANT, BY_LAW) and name != "revoke"]


def instants_of(case: Case) -> list[object]:
    return list(Record.objects.filter(subject_id=case.id).order_by("seq").values_list("occurred_at", flat=True))


@pytest.mark.parametrize("verb", BY_STAFF)
def test_a_verb_is_never_dated_before_what_was_done_with_the_case(verb):
    """And all that it leaves bears the instant of its record."""
    now = moment.now()
    case = builders.make_case_for(verb, now=now + AHEAD)
    builders.act(verb, case, now=now)
    assert set(instants_of(case)) == {now + AHEAD}
    assert list(replay.compare_case(case.id)) == []


def test_a_verb_that_comes_later_keeps_its_own_instant():
    case = builders.make_received_case()
    builders.act("transfer", case, now=moment.now() + AHEAD)
    assert instants_of(case) == [moment.now(), moment.now() + AHEAD]


@pytest.mark.django_db(transaction=True)
def test_whoever_waited_for_the_case_knows_what_was_done_meanwhile(monkeypatch):
    """The statement that waits for the lock sees records and clocks as they were before it waited: a clock that the first has stopped
    is not stopped again by the second.
    """
    case, clerk, section, now = (
        builders.make_received_case(),
        builders.make_clerk(),
        builders.make_section_head(),
        moment.now(),
    )
    transfer = Held(monkeypatch, acting, lambda: actions.transfer(case.number, staff=clerk, now=now + AHEAD))
    accept = in_background(lambda: actions.accept(case.number, staff=section, now=now))
    time.sleep(0.3)
    assert not accept.done()
    assert (transfer.let_go(), accept.result(60)) == ("done", "done")
    assert instants_of(case) == [now, now + AHEAD, now + AHEAD]
    assert clocks.of_subject(case).get(kind="transfer").record_seq == 2
    assert list(replay.compare_case(case.id)) == []


def test_a_letter_does_not_end_before_it_took_effect(clock):
    now = moment.now()
    clock.forward(seconds=AHEAD.seconds)
    letter_office.replace_letter(LetterKind.SIGNING, valid=(date(2026, 3, 10), date(2027, 1, 1)))
    clock.set("2026-03-10 10:42")
    letter = letter_office.letter_in_force(LetterKind.SIGNING)
    letters.revoke(letter, actor=log.SYSTEM, now=now, reason="换发")
    began, ended = (record.occurred_at for record in log.records_of("authorization_letter", letter.id))
    assert began == ended == now + AHEAD
    assert all(line.in_force.isempty for line in LetterLine.objects.filter(letter=letter))


def test_a_log_of_two_clocks_is_in_order(office: Office) -> None:
    now = moment.now()
    case = builders.make_received_case(now=now + AHEAD)
    builders.bring(case, CaseState.DELIVERED, now=now)
    office.seal()
    assert office.verify().code == 0
