"""The calendar changes while cases are open: each that moves has one record of it, provisional days lose their mark (L31, T66)."""

import json
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from hall import tasks
from hall.actions.recalculate import recalculate, recalculate_all, waiting
from hall.models import Case
from hall.replay.rebuilding import rebuild
from hall.states import CaseState
from supervision import calendar_changes, clocks, log, moment
from supervision.ledger.canonical import digest
from supervision.models import Clock, ClockKind, Record
from supervision.refusals import NotFound
from tests import builders
from tests.supervision.test_calendar_changes import INVENTED, SOURCE

pytestmark = pytest.mark.django_db
OFFICE = log.Actor(name="潘国辉")


def close_on(day: date) -> None:
    """A working day on which nobody works after all."""
    change = calendar_changes.correcting(day, works=False, name="停电", source=SOURCE)
    calendar_changes.apply(change, reason="全县停电", by="潘国辉", actor=OFFICE, now=moment.now())


def load_2027() -> None:
    change = calendar_changes.loading(2027, SOURCE, INVENTED)
    calendar_changes.apply(change, reason="通知已公布", by="潘国辉", actor=OFFICE, now=moment.now())


def ends(case: Case) -> dict[str, tuple[str, bool]]:
    return {clock.kind: (str(clock.due_on), clock.provisional) for clock in clocks.of_subject(case)}


def records(case: Case) -> list[dict]:
    return [json.loads(bytes(row.body)) for row in log.records_of("hall_case", case.id)]


@pytest.mark.ids("L31", "T66")
def test_a_case_that_moves_has_one_record_of_what_moved():
    case = builders.make_accepted_case()
    before, seq = ends(case), case.record_seq
    close_on(date(2026, 3, 12))
    moved = recalculate(case.number, now=moment.now())
    assert {move.kind for move in moved} == {ClockKind.PROMISED, ClockKind.STATUTORY, ClockKind.STEP}
    case.refresh_from_db()
    assert ends(case) == before | {
        "promised": ("2026-03-18", False),
        "statutory": ("2026-04-09", False),
        "step": ("2026-03-17", False),
    }
    told = records(case)[-1]
    assert (told["kind"], told["from"], told["to"], told["subject"]["seq"]) == (
        "recalculate",
        "accepted",
        "accepted",
        seq + 1,
    )
    assert (told["actor"], told["power"]) == ({"name": "system"}, {"kind": "by_law"})
    assert told["unit"] == case.department.number
    assert sorted(told["facts"]["before"]) == [
        ["promised", 1, "2026-03-17"],
        ["statutory", 1, "2026-04-08"],
        ["step", 1, "2026-03-16"],
    ]
    now_due = {(row["kind"], row["due"], row["provisional"]) for row in told["facts"]["moved"]}
    assert now_due == {
        ("promised", "2026-03-18", False),
        ("statutory", "2026-04-09", False),
        ("step", "2026-03-17", False),
    }
    assert (case.state, case.record_seq) == (CaseState.ACCEPTED, seq + 1)
    last = Record.objects.filter(subject_id=case.id, seq=seq + 1).get()
    assert bytes(case.record_digest) == digest(bytes(last.body))
    assert set(Clock.objects.filter(subject_id=case.id, stopped_at=None).values_list("record_seq", flat=True)) == {
        seq + 1
    }


@pytest.mark.ids("T66")
def test_doing_it_again_writes_nothing():
    case = builders.make_accepted_case()
    close_on(date(2026, 3, 12))
    recalculate(case.number, now=moment.now())
    written = Record.objects.count()
    assert recalculate(case.number, now=moment.now()) == []
    assert recalculate_all(now=moment.now()).recalculated == 0
    assert Record.objects.count() == written


@pytest.mark.ids("T66")
def test_the_year_that_becomes_known_takes_the_mark_away(clock):
    clock.set("2026-12-28 09:00")
    case = builders.make_accepted_case()
    provisional = ends(case)
    assert provisional["statutory"][1]
    load_2027()
    assert recalculate_all(now=moment.now()).recalculated == 1
    after = ends(case)
    assert [after[kind][1] for kind in ("promised", "statutory")] == [False, False]
    assert after["notice"] == provisional["notice"]  # it was stopped before
    calendar = clocks.current_calendar()
    assert after["statutory"][0] == str(calendar.add_workdays(date(2026, 12, 28), 20))
    assert after["statutory"][0] > provisional["statutory"][0]  # 春节 lies between


@pytest.mark.ids("L20", "T67")
def test_stopped_and_paused_clocks_stay():
    """What was concluded is not counted anew; a clock that stands still has no day that could move."""
    case = builders.act("acknowledge", builders.make_delivered_case())
    close_on(date(2026, 3, 12))
    assert recalculate(case.number, now=moment.now()) == []


@pytest.mark.ids("T66")
def test_a_sweep_finds_each_case_that_is_touched_and_no_other():
    early = builders.make_accepted_case(now=builders.at("2026-03-10 09:00"))
    late = builders.make_accepted_case(now=builders.at("2026-03-16 09:00"))
    done = builders.act("acknowledge", builders.make_delivered_case())
    close_on(date(2026, 3, 13))
    assert set(waiting()) == {early.number}
    sweep = recalculate_all(now=moment.now())
    assert (sweep.recalculated, sweep.failed) == (1, [])
    assert [record["kind"] for record in records(late)].count("recalculate") == 0
    assert [record["kind"] for record in records(done)].count("recalculate") == 0


def test_a_verb_goes_on_from_where_the_recalculation_left_the_case(clock):
    case = builders.make_accepted_case()
    close_on(date(2026, 3, 12))
    recalculate(case.number, now=moment.now())
    clock.forward(hours=1)
    case = builders.bring(Case.objects.get(pk=case.pk), CaseState.DELIVERED)
    told = records(case)
    assert [record["subject"]["seq"] for record in told] == list(range(1, len(told) + 1))


@pytest.mark.ids("T55")
def test_what_is_stored_follows_from_the_records():
    case = builders.make_accepted_case()
    close_on(date(2026, 3, 12))
    recalculate(case.number, now=moment.now())
    image = rebuild([bytes(row.body) for row in log.records_of("hall_case", case.id)], {})
    assert {
        kind: (row["due_on"], row["provisional"]) for (kind, _), row in image.clocks.items() if not row["stopped_on"]
    } == {kind: ends(case)[kind] for kind in ("promised", "statutory", "step")}
    assert image.acts[case.record_seq + 1]["person"] is None, "nobody did it"


def test_an_unknown_number_is_not_found():
    with pytest.raises(NotFound):
        recalculate("031202603109999999", now=moment.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.ids("T66", "T42")
def test_the_command_and_the_doorbell_do_the_same_and_commit():
    """With real transactions, so that the fences of case and clocks have their say."""
    cases = [builders.make_accepted_case() for _ in range(3)]
    close_on(date(2026, 3, 12))
    out = StringIO()
    call_command("recalculate_deadlines", "--dry-run", stdout=out)
    assert out.getvalue().splitlines() == [*sorted(case.number for case in cases), "待重算 3 件。"]
    recalculate(cases[0].number, now=moment.now())  # somebody was half-way through
    out = StringIO()
    call_command("recalculate_deadlines", stdout=out)
    assert out.getvalue() == "重算了 2 件。\n"
    close_on(date(2026, 3, 13))
    tasks.recalculate_deadlines()
    assert {ends(case)["promised"] for case in cases} == {("2026-03-19", False)}
