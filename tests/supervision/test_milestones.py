"""Milestones: each is announced once with its legal time, whoever sweeps, however late, and however many at once (T64, T65, T66)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Count
from hypothesis import given
from hypothesis import strategies as st

from hall.actions import by_law
from hall.models import Case
from hall.states import CaseState
from supervision import clocks, milestones, moment
from supervision.judging import ClockFacts, NearRule, first_near_day, judge
from supervision.models import Clock, ClockKind, Milestone, MilestoneKind, Record, SweepMark
from supervision.workdays import TimeUnit, due
from tests import builders
from tests.sealing_office import Office, administrator
from tests.together import in_threads

from .county_calendar import CALENDAR

pytestmark = pytest.mark.django_db
M, S = MilestoneKind, CaseState


def sweep(now: str) -> int:
    return milestones.sweep(now=builders.at(now))


def told(case: Case) -> set[tuple[str, str]]:
    """Every milestone of a case by kind and legal time as the county's clocks show it."""
    found = milestones.of_subject(case)
    return {(one.kind, f"{moment.local(one.legal_at):%m-%d %H:%M}") for one in found}


def only(case: Case, *kinds: MilestoneKind) -> set[tuple[str, str]]:
    return {one for one in told(case) if one[0] in kinds}


def moved(case: Case, kind: ClockKind, **values: Any) -> None:
    """A clock as another part of the product may leave it, past the fence that asks for the record."""
    with administrator() as cursor:
        cursor.execute("ALTER TABLE supervision_clock DISABLE TRIGGER ALL")
        names = ", ".join(f"{name} = %s" for name in values)
        cursor.execute(f"UPDATE supervision_clock SET {names} WHERE subject_id = %s AND kind = %s", [*values.values(), str(case.id), kind.value])  # fmt: skip
        cursor.execute("ALTER TABLE supervision_clock ENABLE TRIGGER ALL")


# When ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T64", "R1", "R2")
def test_a_promise_is_reminded_of_and_then_passes(clock):
    """Accepted on Tuesday 10 March, five working days: near on the 16th, due on the 17th."""
    case = builders.make_accepted_case()
    assert sweep("2026-03-15 12:00") == sweep("2026-03-16 00:05") == 0
    assert sweep("2026-03-16 00:15") == 1
    assert sweep("2026-03-17 23:59") == 1  # 审核, four days
    assert sweep("2026-03-18 00:15") == 1
    assert told(case) == {("reminder", "03-16 00:00"), ("step_passed", "03-17 00:00"), ("promised_passed", "03-18 00:00")}  # fmt: skip
    one = Milestone.objects.get(kind=M.PROMISED_PASSED)
    assert (one.due_version, one.label, one.unit) == (date(2026, 3, 17), case.number, case.number[:3])
    assert one.announced_at == builders.at("2026-03-18 00:15")


@pytest.mark.ids("T64")
def test_the_record_of_a_milestone_tells_clock_due_day_and_legal_time():
    case = builders.make_accepted_case()
    sweep("2026-03-20 09:00")
    records = Record.objects.filter(kind="milestone").order_by("id")
    assert sorted(record.body.tobytes().count(b"_passed") for record in records) == [0, 1, 1]
    record = next(record for record in records if b"promised_passed" in record.body.tobytes())
    assert (record.subject_table, record.subject_id, record.seq) == ("hall_case", case.id, None)
    assert record.occurred_at == builders.at("2026-03-20 09:00")
    assert b'"facts":{"clock":"promised","due":"2026-03-17","legal_at":"2026-03-17T16:00:00.000000Z","milestone":"promised_passed","round":1}' in bytes(record.body)  # fmt: skip


@pytest.mark.ids("L20", "T67")
def test_a_clock_that_stands_still_announces_nothing():
    case = builders.act("pause", builders.make_accepted_case())
    sweep("2026-03-30 09:00")
    assert told(case) == set()
    sweep("2026-04-30 09:00")
    assert told(case) == {("special_passed", "04-09 00:00")}  # the written notice said 20 working days


@pytest.mark.ids("T66", "L31")
@pytest.mark.django_db(transaction=True)
def test_a_provisional_day_announces_nothing():
    case = builders.make_accepted_case(now=builders.at("2026-12-28 09:00"))
    assert Clock.objects.get(subject_id=case.id, kind=ClockKind.PROMISED).provisional
    sweep("2027-01-25 09:00")
    assert only(case, M.REMINDER, M.PROMISED_PASSED) == set()


@pytest.mark.ids("T64")
def test_a_clock_that_was_stopped_in_time_tells_nothing_and_one_that_was_late_tells_what_had_come_about(clock):
    """Nobody swept meanwhile; the reminder of the second one held before it was concluded."""
    early, near, late = (builders.make_accepted_case() for _ in range(3))
    for case, day in ((early, "2026-03-13"), (near, "2026-03-16"), (late, "2026-03-18")):
        clock.set(f"{day} 15:00")
        builders.act("acknowledge", builders.bring(case, S.CONCLUDED))
    sweep("2026-03-19 09:00")
    assert told(early) == set()
    assert told(near) == {("reminder", "03-16 00:00")}
    assert told(late) == {("reminder", "03-16 00:00"), ("step_passed", "03-17 00:00"), ("promised_passed", "03-18 00:00")}  # fmt: skip


@pytest.mark.ids("L14", "T64")
def test_what_is_settled_at_once_needs_no_reminder():
    builders.bring(builders.make_accepted_case(builders.AT_ONCE), S.CONCLUDED, now=builders.at("2026-03-10 10:55"))
    waiting = builders.make_accepted_case(builders.AT_ONCE)
    sweep("2026-03-10 11:10")
    assert told(waiting) == set()
    sweep("2026-03-11 09:00")
    assert only(waiting, M.PROMISED_PASSED, M.REMINDER) == {("promised_passed", "03-11 00:00")}
    assert Milestone.objects.exclude(subject_id=waiting.id).count() == 0


@pytest.mark.ids("L10", "R4", "T64")
def test_silence_is_acceptance_and_its_clocks_tell_what_they_had_passed_in_the_same_sweep():
    case = builders.make_transferred_case()  # received 10 March, notice due the 17th
    assert sweep("2026-03-18 00:05") == 0
    sweep("2026-03-18 00:15")
    case.refresh_from_db()
    assert (case.state, case.deemed, case.accepted_at) == (S.ACCEPTED, True, builders.at("2026-03-10 10:42"))
    assert told(case) == {
        *(("notice_passed", "03-18 00:00"), ("deemed_accepted", "03-18 00:00")),
        *(("reminder", "03-16 00:00"), ("step_passed", "03-17 00:00"), ("promised_passed", "03-18 00:00")),
    }


@pytest.mark.ids("L10")
def test_what_the_next_verb_writes_by_law_is_announced_with_it(clock):
    """Nobody swept: the section's own act comes after the law's, and a refused act leaves neither."""
    case = builders.make_transferred_case()
    clock.set("2026-03-19 09:00")
    builders.act("review", case)
    assert told(case) == {("deemed_accepted", "03-18 00:00")}
    assert by_law.carry_out(case.number, now=clock.now()) is False
    sweep("2026-03-19 09:20")
    assert Milestone.objects.filter(kind=M.DEEMED_ACCEPTED).count() == 1


@pytest.mark.ids("L11", "T64")
def test_corrections_and_gaps_lapse_once():
    began = builders.at("2026-03-10 10:42")
    corrections = builders.make_case_for("lapse_corrections", now=began)
    gaps = builders.make_case_for("lapse_gaps", now=began)
    sweep("2026-04-10 09:00")
    sweep("2026-04-10 09:00")
    assert only(corrections, M.CORRECTION_LAPSED) == {("correction_lapsed", "04-10 00:00")}
    assert only(gaps, M.GAPS_LAPSED) == {("gaps_lapsed", "03-18 00:00")}
    assert {Case.objects.get(pk=case.pk).state for case in (corrections, gaps)} == {S.CORRECTION_LAPSED, S.WITHDRAWN}


@pytest.mark.ids("T64")
def test_what_ended_by_law_is_late_in_nothing_afterwards_however_late_it_is_written_down():
    """The gaps lapsed with the 17th, the day of the promise; the statute would have passed on 7 April."""
    case = builders.make_case_for("lapse_gaps")
    sweep("2026-05-20 09:00")
    assert told(case) == {("gaps_lapsed", "03-18 00:00"), ("reminder", "03-16 00:00"), ("step_passed", "03-17 00:00")}


@pytest.mark.ids("L20", "L38", "D150", "D158", "T64")
@pytest.mark.parametrize(
    ("verb", "kind", "legal"),
    [
        ("give_opinion", M.JOINT_OPINION_PASSED, "03-14 00:00"),
        ("post_check", M.POST_CHECK_PASSED, "04-09 00:00"),
        ("confirm_rectification", M.RECTIFICATION_PASSED, "03-25 00:00"),
        ("hand_out", M.DELIVERY_PASSED, "03-25 00:00"),
        ("transfer", M.TRANSFER_PASSED, "03-12 00:00"),
        ("acknowledge", M.ACKNOWLEDGEMENT_PASSED, "03-14 00:00"),
    ],
)
def test_every_other_limit_that_passes_is_announced(verb, kind, legal):
    case = builders.make_case_for(verb)
    sweep("2026-04-30 09:00")
    assert only(case, kind) == {(kind.value, legal)}


@pytest.mark.ids("R3", "T64")
def test_the_statute_passes():
    case = builders.make_accepted_case()
    sweep("2026-04-30 09:00")
    assert only(case, M.STATUTORY_PASSED) == {("statutory_passed", "04-09 00:00")}


# Due days that move --------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T66")
@pytest.mark.django_db(transaction=True)
def test_a_corrected_calendar_makes_another_due_day_which_may_pass_again():
    """The first breach stays on record: nothing unsays what was announced."""
    case = builders.make_accepted_case()
    sweep("2026-03-18 09:00")
    moved(case, ClockKind.PROMISED, due_on=date(2026, 3, 20))
    assert sweep("2026-03-18 09:05") == 0
    sweep("2026-03-21 09:00")
    passed = {("promised_passed", "03-18 00:00"), ("promised_passed", "03-21 00:00")}
    assert only(case, M.PROMISED_PASSED) == passed
    moved(case, ClockKind.PROMISED, due_on=date(2026, 3, 17))
    assert sweep("2026-03-21 09:05") == 0
    assert only(case, M.PROMISED_PASSED) == passed


@pytest.mark.ids("L16", "T64")
def test_an_extension_has_a_reminder_of_its_own(clock):
    case = builders.make_accepted_case()
    sweep("2026-03-16 09:00")
    clock.set("2026-03-16 10:00")
    builders.act("extend", case)
    sweep("2026-04-10 09:00")
    reminders = {("reminder", "03-16 00:00"), ("reminder", "03-30 00:00")}
    assert only(case, M.REMINDER, M.PROMISED_PASSED) == {*reminders, ("promised_passed", "04-01 00:00")}


LIMITS = {TimeUnit.WORKDAY: 60, TimeUnit.DAY: 90, TimeUnit.MONTH: 4}


@pytest.mark.ids("R1", "T66")
@given(st.data())
def test_the_day_of_the_reminder_is_the_first_on_which_a_page_says_so(data):
    """Against `judge`, asked day by day."""
    unit = data.draw(st.sampled_from(sorted(LIMITS)))
    limit = data.draw(st.integers(1, LIMITS[unit]))
    start = data.draw(st.dates(date(2019, 1, 2), date(2026, 6, 30)))
    rule = NearRule(data.draw(st.integers(0, 100)), data.draw(st.integers(1, 9)))
    other, since = NearRule(data.draw(st.integers(0, 100)), 1), start + timedelta(data.draw(st.integers(0, 60)))
    nearness = ((since, other), (date(2019, 1, 1), rule))
    end = due(start, limit, unit, calendar=CALENDAR)
    assert end.due_on
    facts = ClockFacts("promised", start, limit, unit, end.due_on)

    def says_so(day: date) -> bool:
        near = other if day >= since else rule
        return judge(facts, day, calendar=CALENDAR, near=near).state in ("near", "today")

    span = (start + timedelta(n) for n in range((end.due_on - start).days + 1))
    length = (end.due_on - start).days if unit == TimeUnit.MONTH else limit
    found = first_near_day(end.due_on, started_on=start, limit=length, unit=unit, calendar=CALENDAR, nearness=nearness)
    assert found == next(day for day in span if says_so(day))


# Once ----------------------------------------------------------------------------------------------------------------------
def everything() -> set[tuple[Any, ...]]:
    return set(Milestone.objects.values_list("clock_id", "kind", "due_version", "legal_at"))


def some_cases() -> None:
    """Of every kind of effect several."""
    for _ in range(3):
        builders.make_accepted_case()
        builders.make_transferred_case()
        for verb in ("lapse_corrections", "lapse_gaps", "give_opinion", "hand_out"):
            builders.make_case_for(verb)


def each_once() -> bool:
    """One record for every claim, and one effect of the law for every case."""
    claims, notes = Milestone.objects.count(), Record.objects.filter(kind="milestone").count()
    by_hand = ("deem_accepted", "lapse_corrections", "lapse_gaps")
    acts = Record.objects.filter(kind__in=by_hand).values("subject_id", "kind").annotate(count=Count("id"))
    return claims == notes == len(everything()) > 20 and [act["count"] for act in acts] == [1] * 9


@pytest.mark.ids("T65")
@pytest.mark.django_db(transaction=True)
def test_two_beats_and_six_workers_whose_clocks_differ_say_each_thing_once(monkeypatch):
    """All at the same moment, in small parts, with up to five minutes between their clocks; nobody fails."""
    some_cases()
    monkeypatch.setattr(milestones, "BATCH", 3)
    now = builders.at("2026-04-20 09:00")
    skewed = [now + timedelta(minutes=minutes) for minutes in (-5, -5, -3, -1, 0, 2, 5, 5)]
    counts = in_threads(8, lambda number: milestones.sweep(now=skewed[number]))
    assert each_once()
    assert sum(counts) == Milestone.objects.exclude(kind__in=[M.DEEMED_ACCEPTED, M.CORRECTION_LAPSED, M.GAPS_LAPSED]).count()  # fmt: skip
    before = everything()
    assert milestones.sweep(now=now + timedelta(minutes=6)) == 0
    assert everything() == before


@pytest.mark.ids("T65")
def test_a_clock_that_is_ahead_takes_nobodys_last_minutes():
    """A case may still be accepted at five to midnight, though one of the machines is a day further."""
    case = builders.make_transferred_case()
    ahead = builders.at("2026-03-17 23:56") + timedelta(minutes=5)
    milestones.sweep(now=ahead)
    assert only(case, M.DEEMED_ACCEPTED, M.NOTICE_PASSED) == set()
    builders.act("accept", case, now=builders.at("2026-03-17 23:57"))


@pytest.mark.ids("T61", "T64")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [0, 1, 4])
def test_a_worker_that_is_killed_between_two_parts_loses_nothing_and_doubles_nothing(monkeypatch, after):
    some_cases()
    monkeypatch.setattr(milestones, "BATCH", 2)
    announce, done = milestones.announce, []

    def killed(batch: Iterable[Any], *, now: datetime) -> int:
        if len(done) == after:
            raise KeyboardInterrupt
        done.append(announce(batch, now=now))
        return done[-1]

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(milestones, "announce", killed)
        sweep("2026-04-20 09:00")
    sweep("2026-04-20 09:01")
    assert each_once()
    assert sweep("2026-04-20 09:02") == 0


@pytest.mark.ids("T61")
def test_a_case_that_fails_holds_no_other_up(monkeypatch, caplog):
    first, second = builders.make_transferred_case(), builders.make_transferred_case()
    carry_out = by_law.carry_out

    def failing(number: str, *, now: datetime) -> bool:
        if number == first.number:
            raise RuntimeError("no ink")
        return carry_out(number, now=now)

    monkeypatch.setattr(by_law, "carry_out", failing)
    sweep("2026-03-20 09:00")
    assert only(first, M.DEEMED_ACCEPTED) == set()
    assert only(second, M.DEEMED_ACCEPTED) == {("deemed_accepted", "03-18 00:00")}
    assert first.number in caplog.text


@pytest.mark.ids("T64")
def test_what_was_stopped_since_the_last_sweep_is_found_however_long_ago_that_was(clock):
    """Clocks stopped before it are not asked again."""
    old, late = builders.make_accepted_case(), builders.make_accepted_case()
    clock.set("2026-03-18 08:00")
    builders.bring(old, S.CONCLUDED)
    sweep("2026-03-18 23:50")
    clock.set("2026-03-19 00:05")
    builders.bring(late, S.CONCLUDED)
    assert ("promised_passed", "03-18 00:00") in told(late)
    with connection.cursor() as cursor:
        cursor.execute("SELECT reached_at FROM supervision_sweepmark")
        assert cursor.fetchall() == [(builders.at("2026-03-18 23:50"),)]
    sweep("2027-01-05 09:00")
    assert only(late, M.PROMISED_PASSED) == only(old, M.PROMISED_PASSED) == {("promised_passed", "03-18 00:00")}
    sweep("2026-03-20 09:00")  # a clock that is behind
    assert SweepMark.objects.get().reached_at == builders.at("2027-01-05 09:00")


@pytest.mark.ids("T64", "T65")
def test_what_was_stopped_just_before_a_sweep_is_told_by_the_next_one(clock):
    """Concluded five minutes after its last day, when no sweep called that day over yet."""
    case = builders.make_accepted_case()
    clock.set("2026-03-18 00:05")
    builders.bring(case, S.CONCLUDED)
    sweep("2026-03-18 00:06")
    assert only(case, M.PROMISED_PASSED) == set()
    sweep("2026-03-18 00:20")
    assert only(case, M.PROMISED_PASSED) == {("promised_passed", "03-18 00:00")}


# Evidence ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T47", "T64")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "sql",
    ["UPDATE supervision_milestone SET kind = 'reminder'", "DELETE FROM supervision_milestone", "TRUNCATE supervision_milestone"],
)  # fmt: skip
def test_a_milestone_stays(sql):
    builders.make_accepted_case()
    sweep("2026-03-20 09:00")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    with pytest.raises(psycopg2.DatabaseError), administrator() as cursor:
        cursor.execute(sql)


@pytest.mark.ids("T64")
def test_the_log_of_a_sweep_can_be_verified(office: Office) -> None:
    builders.make_accepted_case()
    builders.make_transferred_case()
    assert sweep("2026-04-20 09:00") > 5
    office.seal()
    assert office.verify().code == 0


@pytest.mark.ids("T64", "T68")
def test_nothing_is_announced_while_the_log_is_closed(monkeypatch):
    builders.make_accepted_case()
    monkeypatch.setattr(milestones.opening, "is_open", lambda connection: False)
    assert sweep("2026-03-20 09:00") == 0
    assert not SweepMark.objects.exists()


def test_two_rooms_cannot_carry_out_the_same():
    with pytest.raises(ValueError, match="办件"):
        milestones.register("办件", lambda today, now: 0)


def test_every_kind_of_clock_has_a_milestone():
    ending = {ClockKind.CORRECTION, ClockKind.SUPPLEMENT}
    assert {f"{kind}_passed" for kind in set(ClockKind) - ending} == {kind for kind in M if kind.endswith("_passed")}


def test_the_sweep_asks_the_same_however_much_was_announced(django_assert_num_queries):
    builders.make_accepted_case()
    sweep("2026-03-20 09:00")
    clocks.rules()
    with django_assert_num_queries(10):
        assert sweep("2026-03-20 09:01") == 0
    assert Clock.objects.filter(stopped_at=None).exists()
