"""Efficiency figures: every sealed record counted once, whatever happened to the jobs, and the same again from the log alone."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections, transaction

from catalog.models import CaseKind
from hall.models import Case
from hall.states import CaseState
from supervision import efficiency, moment
from supervision.models import EfficiencyDay, Subscription

from ..builders import act, at, bring, make_case, make_received_case, make_submitted_case, version_of
from ..sealing_office import Office
from ..together import in_threads

HEALTH, IMMEDIATE, OTHER = "S081", "S101", "S001"
Row = tuple[date, str]
COLUMNS = ("received", "accepted", "concluded", "on_time", "promised", "used_workdays")


Count = Callable[[], int]


@pytest.fixture
def count(office: Office) -> Count:
    """Everything that was done is sealed and counted; how many records that were."""

    def seal_and_roll_up() -> int:
        office.seal()
        return roll_up()

    return seal_and_roll_up


def roll_up() -> int:
    return efficiency.roll_up(now=moment.wall())


def rows() -> dict[Row, tuple[int, ...]]:
    return {(row.day, row.unit): tuple(getattr(row, name) for name in COLUMNS) for row in EfficiencyDay.objects.all()}


def from_the_cases() -> dict[Row, tuple[int, ...]]:
    """The same figures from the stored cases: day of the event and unit of the case."""
    sums: dict[Row, Counter[str]] = {}

    def add(instant: datetime | None, unit: str, **counts: int) -> None:
        if instant is not None:
            sums.setdefault((moment.local_date(instant), unit), Counter()).update(counts)

    for case in Case.objects.select_related("department", "version", "promised"):
        unit = case.department.number
        add(case.received_at, unit, received=1)
        add(case.accepted_at, unit, accepted=1)
        if case.concluded_at and case.promised:
            in_time = moment.local_date(case.concluded_at) <= case.promised.due_on
            promised = case.version.case_kind == CaseKind.PROMISED
            add(case.concluded_at, unit, concluded=1, on_time=in_time, promised=promised)
    return {row: tuple(counts[name] for name in COLUMNS[:-1]) for row, counts in sums.items()}


def play(clock: Any) -> None:
    """A week of the hall: two units, a case filed online, an immediate one, one in time, one late, some unfinished."""
    make_submitted_case(OTHER)
    early = make_received_case(OTHER)
    late = make_received_case(HEALTH)
    bring(make_submitted_case(HEALTH), CaseState.RECEIVED)
    make_case(CaseState.DELIVERED, IMMEDIATE)
    early = bring(early, CaseState.ACCEPTED)
    clock.set("2026-03-11 00:05")  # still the tenth in UTC
    late = bring(late, CaseState.REVIEWED)
    clock.set("2026-03-13 16:00")
    bring(early, CaseState.CONCLUDED)
    make_received_case(OTHER)
    clock.set("2026-06-01 09:00")
    bring(late, CaseState.READY)


@pytest.mark.ids("D40", "D51")
def test_figures_stand_on_the_day_of_each_event_in_the_unit_of_the_case(clock: Any, count: Count) -> None:
    play(clock)
    assert count() == 5 + 3 + 3
    told = rows()
    assert {row: counts[:-1] for row, counts in told.items()} == from_the_cases()
    units = {key: version_of(key).item.department.number for key in (HEALTH, OTHER, IMMEDIATE)}
    assert told[date(2026, 3, 10), units[IMMEDIATE]] == (1, 1, 1, 1, 0, 0)
    assert told[date(2026, 3, 13), units[OTHER]] == (1, 0, 1, 1, 1, 3)  # Wednesday, Thursday, Friday
    assert told[date(2026, 3, 11), units[HEALTH]] == (0, 1, 0, 0, 0, 0)
    received, accepted, concluded, on_time, promised, used = told[date(2026, 6, 1), units[HEALTH]]
    assert (received, accepted, concluded, on_time, promised) == (0, 0, 1, 0, 1)
    assert used > version_of(HEALTH).promised_limit


@pytest.mark.ids("D51")
def test_sums_by_unit_and_over_all_and_no_rate_without_a_denominator(clock: Any, count: Count) -> None:
    play(clock)
    count()
    by_unit = efficiency.by_unit(EfficiencyDay.objects.all())
    assert set(by_unit) == {version_of(key).item.department.number for key in (HEALTH, OTHER, IMMEDIATE)}
    whole = efficiency.total(EfficiencyDay.objects.all())
    assert whole.received == sum(line.received for line in by_unit.values()) == 5
    assert whole.on_time_rate == Decimal(200) / 3
    on_a_sunday = efficiency.total(EfficiencyDay.objects.filter(day=date(2026, 3, 15)))
    assert (on_a_sunday.received, on_a_sunday.on_time_rate, on_a_sunday.mean_workdays) == (0, None, None)


@pytest.mark.ids("T61", "T65")
def test_a_second_run_counts_nothing_again(clock: Any, count: Count) -> None:
    play(clock)
    count()
    told = rows()
    assert [count() for _ in range(3)] == [0, 0, 0]
    assert rows() == told


@pytest.mark.ids("T64", "T65")
def test_runs_after_every_step_and_one_run_after_days_give_the_same(clock: Any, count: Count) -> None:
    case = make_received_case(OTHER)
    for verb in ("transfer", "accept", "review", "grant", "conclude"):
        count()
        clock.forward(days=1)
        case = act(verb, case)
    count()
    step_by_step = rows()
    efficiency.rebuild(now=moment.wall())
    assert rows() == step_by_step != {}


@pytest.mark.ids("T55", "D51")
def test_figures_that_were_lost_or_falsified_come_back_from_the_log(clock: Any, count: Count) -> None:
    play(clock)
    count()
    told = rows()
    EfficiencyDay.objects.filter(day=date(2026, 3, 10)).delete()
    EfficiencyDay.objects.update(on_time=99)
    assert efficiency.rebuild(now=moment.wall()) == 11
    assert rows() == told


@pytest.mark.ids("T65")
def test_four_that_run_at_once_count_every_record_once(clock: Any, office: Office) -> None:
    play(clock)
    office.seal()
    counted = in_threads(4, lambda _: roll_up())
    assert sum(counted) == 11
    assert {row: counts[:-1] for row, counts in rows().items()} == from_the_cases()


@pytest.mark.ids("T46", "T65")
def test_runs_beside_the_work_of_the_hall_miss_nothing(office: Office, count: Count) -> None:
    """Six threads receive, one seals, two count all the time: in the end every case was counted once."""

    def work(number: int) -> int:
        if number < 2:
            return sum(roll_up() for _ in range(15))
        for _ in range(5):
            make_received_case(OTHER)
        return 0

    with office.sealing_beside():
        counted = sum(in_threads(8, work))
    assert counted + count() == 30
    assert efficiency.total(EfficiencyDay.objects.all()).received == 30


@pytest.fixture
def slow_act() -> Iterator[Callable[..., None]]:
    """An act that has written its record and is open until `slow_act(keep=True)` commits it, or `keep=False` takes it back."""
    written, go_on, kept = threading.Event(), threading.Event(), threading.Event()

    def receive() -> None:
        try:
            with transaction.atomic():
                make_received_case(OTHER, now=at("2026-03-09 17:00"))
                written.set()
                assert go_on.wait(25)
                transaction.set_rollback(not kept.is_set())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(receive)
        assert written.wait(60)

        def end(*, keep: bool) -> None:
            if keep:
                kept.set()
            go_on.set()
            running.result(60)

        yield end
        go_on.set()


@pytest.mark.ids("T46")
def test_an_act_that_commits_late_is_neither_skipped_nor_counted_twice(
    office: Office, count: Count, slow_act: Callable[..., None]
) -> None:
    """Its record is older than those that were written after it and committed before it."""
    for _ in range(2):
        make_received_case(OTHER)
        office.seal_now()  # what came after the open act waits for it, too
        assert roll_up() == 0
    slow_act(keep=True)
    assert count() == 3
    assert count() == 0
    days = sorted(EfficiencyDay.objects.values_list("day", "received"))
    assert days == [(date(2026, 3, 9), 1), (date(2026, 3, 10), 2)]


@pytest.mark.ids("T46")
def test_an_act_that_is_taken_back_is_not_counted_and_holds_nothing_up(
    count: Count, slow_act: Callable[..., None]
) -> None:
    make_received_case(OTHER)
    slow_act(keep=False)
    assert count() == 1
    assert list(EfficiencyDay.objects.values_list("day", "received")) == [(date(2026, 3, 10), 1)]


@pytest.mark.ids("T57")
def test_a_count_that_dies_half_way_leaves_figures_and_cursor_as_they_were(
    count: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_received_case(OTHER)
    count()
    make_received_case(OTHER)
    before, cursor = rows(), Subscription.objects.get(name=efficiency.NAME).cursor
    add = efficiency._add

    def count_and_die(bodies: Any) -> None:
        add(bodies)
        raise KeyboardInterrupt

    monkeypatch.setattr(efficiency, "_add", count_and_die)
    with pytest.raises(KeyboardInterrupt):
        count()
    assert (rows(), Subscription.objects.get(name=efficiency.NAME).cursor) == (before, cursor)
    monkeypatch.undo()
    assert count() == 1
