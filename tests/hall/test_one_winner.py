"""One winner and nothing half done, in real transactions: everybody has a connection of one's own (T13, T57-T59, T63)."""

import time
from collections import Counter
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from authorization import actions as letters
from authorization.models import LetterKind
from authorization.staff import Staff
from hall import actions, papers
from hall.actions import acting, by_law
from hall.models import Act, Case
from hall.states import APPLICANT, BY_LAW, VERBS, CaseState
from supervision import moment, numbers
from supervision.models import Counter as Series
from supervision.models import Paper, Record
from tests import builders

from . import letter_office
from .at_once import Attempt, Held, all_at_once, heard, in_background
from .contents import contents

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 50
NUMBERED = [name for name, verb in VERBS.items() if verb.power not in (APPLICANT, BY_LAW) and name != "receive"]
BY_THE_DAY = [name for name, verb in VERBS.items() if verb.power == BY_LAW and name != "recalculate"]
LOST = {"pause": "already_paused"}  # what those hear who come second without having left the state
LATER = timedelta(days=90)  # every limit that the law or the hall sets in silence has passed by then


def before(verb: str) -> Case:
    return builders.make_case_for(verb)


def doing(verb: str, case: Case, staff: Staff | None = None, **words: Any) -> Attempt:
    """The verb on this case by whoever holds its power, ready to be tried."""
    staff, now = staff or builders.empowered(case, verb), moment.now()
    return lambda: builders.act(verb, case, staff=staff, now=now, **words)


def coming_due(case: Case) -> Attempt:
    """What the day does to this case, ready to be written down by somebody."""
    now = moment.now() + LATER
    return lambda: by_law.carry_out(case.number, now=now)


def serials(kind: str) -> list[str]:
    return sorted(Paper.objects.filter(kind=kind).values_list("number", flat=True))


# One verb, one case ---------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T57", "T63")
@pytest.mark.parametrize("verb", ["transfer", "accept", "accept_with_gaps", "pause", "grant", "hand_out"])
def test_of_fifty_who_try_the_same_step_one_succeeds(verb):
    """Half of them say which state of the case they have seen; the others hear what became of it."""
    case = before(verb)
    seq, records = case.record_seq, Record.objects.count()
    told = all_at_once([doing(verb, case, seq=seq), doing(verb, case)] * (CROWD // 2))
    won = "stale_form" if told["stale_form"] < CROWD // 2 else LOST.get(verb, "wrong_state")
    tried = Counter({"done": 1, "stale_form": CROWD // 2, LOST.get(verb, "wrong_state"): CROWD // 2})
    assert told == tried - Counter([won]), "one of them, of whichever half, has won"
    now = Case.objects.get(number=case.number)
    assert (now.state, now.record_seq) == (VERBS[verb].leads_to(case.state), seq + 1)
    assert Record.objects.count() == records + 1
    assert Act.objects.filter(case=case, verb=verb).count() == 1
    for kind in VERBS[verb].papers:
        assert len(serials(kind)) == 1
    _next_number_follows(verb)


def _next_number_follows(verb: str) -> None:
    """The losers used up no number: the next paper of the kind stands right behind."""
    case = before(verb)
    doing(verb, case)()
    for kind in VERBS[verb].papers:
        series = papers.series(kind, case.department, moment.local_date(moment.now()))
        assert Series.objects.get(series=series).value == len(serials(kind)) == 2


@pytest.mark.ids("T57", "T63", "L10")
@pytest.mark.parametrize("verb", BY_THE_DAY)
def test_what_the_day_does_is_written_down_once_whoever_finds_it(verb):
    """Ten sweeps at one moment: nobody is refused, one of them writes."""
    case = before(verb)
    numbered = Record.objects.filter(seq__isnull=False)  # a milestone is told beside
    seq, records = case.record_seq, numbered.count()
    assert all_at_once([coming_due(case)] * 10) == {"done": 10}
    now = Case.objects.get(number=case.number)
    assert (now.state, now.record_seq) == (VERBS[verb].target, seq + 1)
    assert numbered.count() == records + 1
    assert Act.objects.filter(case=case, verb=verb).count() == 1
    for kind in VERBS[verb].papers:
        assert len(serials(kind)) == 1


# Receiving ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T57", "T59", "T63")
def test_fifty_applications_at_one_moment_get_fifty_serials_without_a_gap():
    clerks, now = [builders.make_clerk(), builders.make_clerk("chenxiaolin")], moment.now()
    applications = [builders.make_application() for _ in range(CROWD)]
    told = all_at_once(
        [
            lambda application=application, clerk=clerks[n % 2]: actions.receive(application, staff=clerk, now=now)
            for n, application in enumerate(applications)
        ]
    )
    assert told == {"done": CROWD}
    cases = list(Case.objects.all())
    assert sorted(int(case.number[12:17]) for case in cases) == list(range(1, CROWD + 1))
    assert all(numbers.is_case_number(case.number) and case.number[3:11] == "20260310" for case in cases)
    assert {case.record_seq for case in cases} == {1}
    assert len(set(serials("receipt_slip"))) == CROWD


@pytest.mark.ids("T63", "T58")
def test_a_form_that_was_sent_ten_times_makes_one_case():
    clerk, now = builders.make_clerk(), moment.now()
    form = builders.make_application(source_system="window", source_number="3f0c0b52-6f0e-4b9e-8a43-3f6a3c0d0001")
    told = all_at_once([lambda: actions.receive(form, staff=clerk, now=now)] * 10)
    assert told == {"done": 1, "already_received": 9}
    case = Case.objects.get()
    assert Act.objects.count() == Record.objects.filter(subject_table="hall_case", seq__isnull=False).count() == 1
    following = actions.receive(builders.make_application(), staff=clerk, now=now)
    assert int(following.number[12:17]) == int(case.number[12:17]) + 1


@pytest.mark.ids("T63")
def test_of_fifty_windows_that_take_in_the_same_online_application_one_succeeds():
    case, clerks = builders.make_submitted_case(), [builders.make_clerk(), builders.make_clerk("chenxiaolin")]
    told = all_at_once([doing("receive", case, clerks[n % 2], seq=case.record_seq) for n in range(CROWD)])
    assert told == {"done": 1, "stale_form": CROWD - 1}
    assert len(serials("receipt_slip")) == Act.objects.filter(verb="receive").count() == 1
    assert Case.objects.get().record_seq == 2


# Letters (T13) --------------------------------------------------------------------------------------------------------------
def revoking(kind: LetterKind = LetterKind.SIGNING) -> Attempt:
    letter, now = letter_office.letter_in_force(kind), moment.now()
    return lambda: letters.revoke(letter, actor=letter_office.OFFICE, now=now, reason="换发")


def _is_waiting(future: Future[str]) -> bool:
    time.sleep(0.5)
    return not future.done()


@pytest.mark.ids("T13")
def test_no_act_commits_after_the_revocation_of_its_letter():
    """Twenty approvals and the revocation at one moment: whoever came in time stands before it in the log."""
    cases = [before("grant") for _ in range(20)]
    approvals = [doing("grant", case) for case in cases]
    told = all_at_once([*approvals[:10], revoking(), *approvals[10:]])
    granted = told["done"] - 1
    assert told == Counter({"done": granted + 1, "letter_revoked": 20 - granted})
    acts = Act.objects.filter(verb="grant")
    assert acts.count() == granted
    end = _xid_of("revoke")
    assert all(xid < end for xid in _xids_of("grant"))
    assert [heard(attempt) for attempt in approvals] == [
        "wrong_state" if acts.filter(case=case).exists() else "letter_revoked" for case in cases
    ]


@pytest.mark.ids("T13")
def test_a_revocation_waits_for_the_act_that_uses_the_letter(monkeypatch):
    case = before("grant")
    revoke = revoking()
    approval = Held(monkeypatch, acting, doing("grant", case))
    revocation = in_background(revoke)
    assert _is_waiting(revocation)
    assert approval.let_go() == "done"
    assert revocation.result(60) == "done"
    assert max(_xids_of("grant")) < _xid_of("revoke")
    case = Case.objects.get(number=case.number)
    assert case.state == CaseState.DECIDED
    assert heard(doing("conclude", case, builders.make_section_head())) == "letter_revoked"


@pytest.mark.ids("T13", "D30")
def test_the_revocation_of_the_counter_letter_waits_for_a_receipt_and_stops_the_next(monkeypatch):
    clerk, now, revoke = builders.make_clerk(), moment.now(), revoking(LetterKind.COUNTER)
    application, following = builders.make_application(), builders.make_application()
    receipt = Held(monkeypatch, acting, lambda: actions.receive(application, staff=clerk, now=now))
    revocation = in_background(revoke)
    assert _is_waiting(revocation)
    assert receipt.let_go() == "done"
    assert revocation.result(60) == "done"
    assert max(_xids_of("receive")) < _xid_of("revoke")
    assert heard(lambda: actions.receive(following, staff=clerk, now=now)) == "letter_revoked"
    assert Case.objects.count() == 1


@pytest.mark.ids("T13")
def test_an_act_waits_for_the_revocation_and_is_then_refused(monkeypatch):
    """Also when the act was clicked before: what counts is what is in force when it is written."""
    case = before("grant")
    approve = doing("grant", case)
    revocation = Held(monkeypatch, letters, revoking())
    approval = in_background(approve)
    assert _is_waiting(approval)
    assert revocation.let_go() == "done"
    assert approval.result(60) == "letter_revoked"
    assert not Act.objects.filter(verb="grant").exists()


@pytest.mark.ids("T13")
def test_the_letters_of_other_units_wait_for_nobody(monkeypatch):
    case, other = before("accept"), builders.make_transferred_case(builders.AT_ONCE)
    accept = doing("accept", other)
    revocation = Held(monkeypatch, letters, revoking())
    assert in_background(accept).result(30) == "done"
    assert revocation.let_go() == "done"
    assert heard(doing("accept", case, builders.make_section_head())) == "letter_revoked"


def _xids_of(kind: str) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT xid::text::bigint FROM supervision_record WHERE kind = %s ORDER BY xid", [kind])
        return [xid for (xid,) in cursor.fetchall()]


def _xid_of(kind: str) -> int:
    return _xids_of(kind)[-1]


# Killed between writing and committing --------------------------------------------------------------------------------------
class Killed(Exception):
    pass


@pytest.mark.ids("T57", "T51")
@pytest.mark.parametrize("verb", [*NUMBERED, *BY_THE_DAY])
def test_a_verb_that_dies_after_its_writing_leaves_nothing(monkeypatch, verb):
    case = before(verb)
    act = coming_due(case) if verb in BY_THE_DAY else doing(verb, case)
    untouched = contents()
    with monkeypatch.context() as patch:
        patch.setattr(acting, "write", _dying(acting.write))
        with pytest.raises(Killed):
            act()
    assert contents() == untouched
    assert heard(act) == "done"


@pytest.mark.ids("T57", "T59")
def test_a_receipt_that_dies_leaves_no_case_and_no_gap_in_the_numbers(monkeypatch, bell):
    first = builders.make_received_case()
    untouched, rung = contents(), len(bell)
    with monkeypatch.context() as patch:
        patch.setattr(acting, "write", _dying(acting.write))
        with pytest.raises(Killed):
            builders.make_received_case()
    assert contents() == untouched
    assert len(bell) == rung
    assert int(builders.make_received_case().number[12:17]) == int(first.number[12:17]) + 1


def _dying(write):
    def write_and_die(*parts):
        write(*parts)
        raise Killed

    return write_and_die
