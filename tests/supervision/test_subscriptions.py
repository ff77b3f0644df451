"""Consumers of the sealed log: every record once, in the order of its case, and one that can't be taken holds up nobody else."""

import json
import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections

from supervision import efficiency, log, moment, subscriptions, tasks
from supervision.models import EfficiencyDay, Head, Leaf, ParkedRecord, Subscription
from supervision.subscriptions import Sealed, delivery, parking, registry
from supervision.writing import write

from ..sealing_office import Office, notes
from ..together import in_threads
from . import subscriber

pytestmark = pytest.mark.usefixtures("office")

MOMENTS = 1000 if os.environ.get("HALL_FAULTS") == "all" else 15
NAME, NOON = "trial", datetime(2026, 3, 10, 12, tzinfo=moment.SHANGHAI)
Step = tuple[str, int]


class Trial:
    """A consumer that keeps what it took as rows, and fails at the steps in `poison`. Steps go by subject and number: ("a", 2)."""

    def __init__(self) -> None:
        self.subjects: dict[str, uuid.UUID] = {}
        self.poison: set[Step] = set()
        self.calls: list[list[Step]] = []
        self.now = NOON

    def handle(self, records: list[Sealed]) -> None:
        steps = [self._step(one) for one in records]
        self.calls.append(steps)
        subscriber.keep(records)
        if bad := self.poison & set(steps):
            raise ValueError(f"{bad}: 吴晓明 440823199003072212")

    def deliver(self) -> int:
        return subscriptions.deliver(NAME, now=self.now)

    def later(self, minutes: float) -> int:
        self.now += timedelta(minutes=minutes)
        return self.deliver()

    @property
    def taken(self) -> list[Step]:
        """The effects that stand, in the order in which they came."""
        names = {key: name for name, key in self.subjects.items()}
        assert all(times == 1 for times in subscriber.kept().values())
        return [(names[uuid.UUID(key)], seq) for key, seq in subscriber.kept()]

    @property
    def parked(self) -> dict[Step, int]:
        """Which steps, after how many attempts."""
        names = {key: name for name, key in self.subjects.items()}
        return {(names[row.subject_id], row.seq or 0): row.attempts for row in ParkedRecord.objects.order_by("index")}

    def write(self, *steps: Step, kind: str = "trial") -> None:
        """Records as verbs write them, one transaction each; number 0 is a note without one."""
        for name, seq in steps:
            subject = log.Subject("trial", self.subjects.setdefault(name, uuid.uuid4()), max(seq - 1, 0))
            if seq:
                write(log.entry(kind, subject, actor=log.SYSTEM, now=NOON).record)
            else:
                log.note(kind, subject, actor=log.SYSTEM, now=NOON, facts={})

    def _step(self, one: Sealed) -> Step:
        return next(name for name, key in self.subjects.items() if key == one.subject_id), one.seq or 0


@pytest.fixture
def subscribe(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Trial]]:
    """`subscribe(ordered=True)`: a consumer that begins behind what the county itself has recorded."""

    def begin(**words: Any) -> Trial:
        trial = Trial()
        subscriptions.register(NAME, trial.handle, **{"kinds": ["trial"], **words})
        office.seal_all()
        trial.deliver()
        return trial

    yield begin
    registry._consumers.pop(NAME, None)


def seal(trial: Trial, *steps: Step) -> None:
    """These records in exactly this order, as a sealer may place them: leaves and head by the sealer's own login."""
    size = Head.objects.latest("size").size
    found = {(row["subject_id"], row["seq"]): row["id"] for row in _unsealed()}
    with connections["sealer"].cursor() as cursor:
        cursor.execute("BEGIN")
        for index, (name, seq) in enumerate(steps, size):
            key = found[trial.subjects[name], seq]
            cursor.execute("INSERT INTO supervision_leaf VALUES (%s, %s, '', '')", [index, key])
        cursor.execute(
            "INSERT INTO supervision_head SELECT size + %s, epoch, text, signature, key, sealed_at, xid_to, system"
            " FROM supervision_head ORDER BY size DESC LIMIT 1",
            [len(steps)],
        )
        cursor.execute("COMMIT")


def _unsealed() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, subject_id, seq FROM supervision_record"
            " WHERE id NOT IN (SELECT record_id FROM supervision_leaf)"
        )
        return [dict(zip(("id", "subject_id", "seq"), row, strict=True)) for row in cursor.fetchall()]


Subscribe = Callable[..., Trial]


# Everything, once ----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46", "T61")
def test_only_what_is_sealed_is_taken_and_only_once(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.write(("a", 1), ("a", 2), ("b", 1), ("b", 0))
    assert trial.deliver() == 0
    office.seal_all()
    assert [trial.deliver() for _ in range(3)] == [4, 0, 0]
    assert trial.taken == [("a", 1), ("a", 2), ("b", 1), ("b", 0)]
    assert Subscription.objects.get(name=NAME).cursor == Head.objects.latest("size").size


@pytest.mark.ids("T61")
def test_a_consumer_gets_the_kinds_it_asked_for_in_batches_in_leaf_order(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(batch=4)
    trial.write(*(("a", seq) for seq in range(1, 8)))
    trial.write(("a", 8), kind="other")
    trial.write(("a", 9))
    office.seal_all()
    assert trial.deliver() == 8
    assert trial.calls == [[("a", n) for n in batch] for batch in ((1, 2, 3, 4), (5, 6, 7), (9,))]


@pytest.mark.ids("T46")
def test_a_leaf_above_the_newest_head_is_no_part_of_the_log_yet(subscribe: Subscribe) -> None:
    trial = subscribe()
    trial.write(("a", 1), ("a", 2))
    seal(trial, ("a", 1))
    size = Head.objects.latest("size").size
    with connections["sealer"].cursor() as cursor:
        cursor.execute("INSERT INTO supervision_leaf VALUES (%s, %s, '', '')", [size, _unsealed()[0]["id"]])
    assert trial.deliver() == 1
    assert Subscription.objects.get(name=NAME).cursor == size


def test_a_sealed_record_tells_its_place_and_its_body(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.write(("a", 1))
    office.seal_all()
    leaf = Leaf.objects.latest("index")
    cursor = leaf.index
    _, [one] = delivery.read(registry.consumer(NAME), cursor, cursor + 5, cursor=cursor)
    assert (one.index, one.record, one.seq, one.kind) == (leaf.index, leaf.record_id, 1, "trial")
    assert one.subject == ("trial", trial.subjects["a"])
    assert one.body["subject"]["id"] == str(trial.subjects["a"])


def test_two_consumers_of_one_name_are_a_mistake(subscribe: Subscribe) -> None:
    subscribe()
    with pytest.raises(ValueError, match="one cursor"):
        subscribe()


@pytest.mark.ids("T61", "T65")
def test_consumers_at_once_have_one_effect(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(batch=3)
    trial.write(*(("a", seq) for seq in range(1, 31)))
    office.seal_all()
    assert sum(in_threads(4, lambda _: trial.deliver())) == 30
    assert trial.taken == [("a", seq) for seq in range(1, 31)]


@pytest.mark.ids("T46")
def test_a_consumer_beside_writers_and_a_sealer_misses_nothing(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(ordered=True, batch=7)

    def work(number: int) -> int:
        if number == 0:
            return sum(trial.deliver() for _ in range(40))
        trial.write(*((f"case{number}", seq) for seq in range(1, 16)))
        return 0

    with office.sealing_beside():
        counted = sum(in_threads(4, work))
    office.seal_all()
    assert counted + trial.deliver() == 45
    assert trial.parked == {}
    for number in (1, 2, 3):
        name = f"case{number}"
        assert [step for step in trial.taken if step[0] == name] == [(name, seq) for seq in range(1, 16)]


def test_nobody_waits_for_the_sealer_and_the_sealer_for_nobody(subscribe: Subscribe, office: Office) -> None:
    """The sealer stands between its leaves and its commit while a consumer reads; a consumer in its effect while the sealer seals."""
    trial = subscribe()
    trial.write(("a", 1))
    office.seal_all()
    trial.write(("a", 2))
    with connections["sealer"].cursor() as sealer:
        sealer.execute("BEGIN; INSERT INTO supervision_leaf SELECT max(index) + 1, 0, '', '' FROM supervision_leaf")
        assert trial.deliver() == 1
        sealer.execute("ROLLBACK")
    office.seal_all()
    inside, go_on = threading.Event(), threading.Event()

    def slowly(records: list[Sealed]) -> None:
        subscriber.keep(records)
        inside.set()
        assert go_on.wait(30)

    registry._consumers.pop(NAME)
    subscriptions.register(NAME, slowly, kinds=["trial"])

    def consume() -> None:
        trial.deliver()
        connections.close_all()

    trial.write(("a", 3))
    consumer = threading.Thread(target=consume)
    consumer.start()
    assert inside.wait(30)
    assert office.seal() == 1
    go_on.set()
    consumer.join(30)
    assert trial.deliver() == 0 or ("a", 3) in trial.taken


# Order of a subject --------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46")
def test_a_step_sealed_before_its_predecessor_waits_for_it(subscribe: Subscribe) -> None:
    """The sealer may place step 2 one head before step 1 (trust 2, trap 4)."""
    trial = subscribe(ordered=True)
    trial.write(("a", 1), ("a", 2), ("a", 3), ("b", 1))
    seal(trial, ("a", 2), ("a", 3), ("b", 1))
    assert trial.deliver() == 1
    assert trial.parked == {("a", 2): 0, ("a", 3): 0}
    assert set(ParkedRecord.objects.values_list("fault", flat=True)) == {"behind an earlier record of its subject"}
    seal(trial, ("a", 1))
    assert trial.deliver() == 3
    assert trial.taken == [("b", 1), ("a", 1), ("a", 2), ("a", 3)]
    assert trial.parked == {}


@pytest.mark.ids("T46")
def test_an_inverted_order_within_one_batch_comes_out_right(subscribe: Subscribe) -> None:
    trial = subscribe(ordered=True)
    trial.write(*(("a", seq) for seq in range(1, 5)))
    seal(trial, ("a", 4), ("a", 2), ("a", 1), ("a", 3))
    assert trial.deliver() == 4
    assert trial.taken == [("a", seq) for seq in range(1, 5)]


@pytest.mark.ids("T46")
def test_a_step_waits_for_an_earlier_one_behind_a_step_of_another_kind(subscribe: Subscribe) -> None:
    """Step 2 is nothing to this consumer, and yet step 3 must not come before step 1."""
    trial = subscribe(ordered=True)
    trial.write(("a", 1))
    trial.write(("a", 2), kind="other")
    trial.write(("a", 3))
    seal(trial, ("a", 2), ("a", 3))
    assert trial.deliver() == 0
    assert trial.parked == {("a", 3): 0}
    seal(trial, ("a", 1))
    assert trial.deliver() == 2
    assert trial.taken == [("a", 1), ("a", 3)]


def test_a_consumer_without_order_takes_what_comes(subscribe: Subscribe) -> None:
    trial = subscribe()
    trial.write(("a", 1), ("a", 2))
    seal(trial, ("a", 2))
    assert trial.deliver() == 1
    assert trial.taken == [("a", 2)]


# Poison --------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T61")
def test_a_poison_record_is_parked_and_the_others_flow(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(ordered=True)
    trial.poison = {("a", 2)}
    trial.write(("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3), ("a", 0), ("b", 3))
    office.seal_all()
    assert trial.deliver() == 5
    assert trial.parked == {("a", 2): 1, ("a", 3): 0}
    assert set(trial.taken) == {("a", 1), ("b", 1), ("b", 2), ("a", 0), ("b", 3)}
    trial.write(("a", 4), ("b", 4))
    office.seal_all()
    assert trial.deliver() == 1
    assert trial.parked == {("a", 2): 1, ("a", 3): 0, ("a", 4): 0}
    trial.poison = set()
    assert trial.later(minutes=1) == 0
    assert trial.later(minutes=1) == 3
    assert [step for step in trial.taken if step[0] == "a" and step[1]] == [("a", seq) for seq in range(1, 5)]
    assert trial.parked == {}


@pytest.mark.ids("T61")
def test_behind_poison_nobody_waits_who_asked_for_no_order(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.poison = {("a", 1)}
    trial.write(("a", 1), ("a", 2))
    office.seal_all()
    assert trial.deliver() == 1
    assert (trial.taken, trial.parked) == ([("a", 2)], {("a", 1): 1})


@pytest.mark.ids("T38")
def test_what_is_parked_names_class_and_line_and_nobody(
    subscribe: Subscribe, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    trial = subscribe()
    trial.poison = {("a", 1)}
    trial.write(("a", 1))
    office.seal_all()
    trial.deliver()
    fault = ParkedRecord.objects.get().fault
    assert fault.startswith("ValueError at tests.supervision.test_subscriptions:")
    assert "440823199003072212" not in fault + caplog.text
    assert fault in caplog.text


@pytest.mark.ids("T61")
def test_poison_is_tried_with_growing_pauses_and_then_only_when_asked(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.poison = {("a", 1)}
    trial.write(("a", 1))
    office.seal_all()
    trial.deliver()
    pauses = []
    while trial.parked[("a", 1)] < parking.TRIES:
        tries, minutes = trial.parked[("a", 1)], 0
        while trial.parked[("a", 1)] == tries:
            trial.later(minutes=1)
            minutes += 1
        pauses.append(minutes)
    assert pauses == [2, 4, 8, 15]
    trial.poison = set()
    assert trial.later(minutes=100_000) == 0
    assert subscriptions.retry(NAME, now=trial.now) == 1
    assert (trial.taken, trial.parked) == ([("a", 1)], {})


@pytest.mark.ids("T61")
def test_a_long_pause_of_all_jobs_costs_one_attempt(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.poison = {("a", 1)}
    trial.write(("a", 1))
    office.seal_all()
    trial.deliver()
    trial.later(minutes=600)
    assert trial.parked == {("a", 1): 2}


@pytest.mark.ids("T61")
def test_a_consumer_that_fails_at_everything_stands_still(
    subscribe: Subscribe, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a bad release the whole log would be parked; so it waits, and goes on by itself when it is repaired."""
    monkeypatch.setattr(parking, "MOST_POISON", 3)
    trial = subscribe(batch=5)
    trial.poison = {("a", seq) for seq in range(1, 11)}
    trial.write(*(("a", seq) for seq in range(1, 11)))
    office.seal_all()
    assert trial.deliver() == 0
    assert trial.parked == {("a", 1): 1, ("a", 2): 1, ("a", 3): 1}
    assert Head.objects.latest("size").size - Subscription.objects.get(name=NAME).cursor == 7
    trial.poison = set()
    assert trial.later(minutes=2) == 10
    assert len(trial.taken) == 10


@pytest.mark.ids("T57", "T62")
def test_a_lost_connection_is_nobodys_fault(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(batch=1)
    trial.write(("a", 1))
    office.seal_all()
    registry._consumers.pop(NAME)

    def cut(records: list[Sealed]) -> None:
        subscriber.keep(records)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    subscriptions.register(NAME, cut, kinds=["trial"], batch=1)
    with pytest.raises(OperationalError, match=r"terminat|closed"):
        trial.deliver()
    registry._consumers.pop(NAME)
    connection.close()
    assert (trial.taken, trial.parked) == ([], {})
    subscriptions.register(NAME, trial.handle, kinds=["trial"])
    assert trial.deliver() == 1


def test_one_consumer_that_cannot_run_does_not_hold_up_the_others(
    subscribe: Subscribe, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = subscribe()
    trial.write(("a", 1))
    office.seal_all()
    deliver = delivery.deliver

    def broken(name: str, *, now: datetime) -> int:
        if name == efficiency.NAME:
            raise RuntimeError("no disk")
        return deliver(name, now=now)

    monkeypatch.setattr(delivery, "deliver", broken)
    tasks.deliver_subscriptions()
    assert trial.taken == [("a", 1)]


# Beginning again -----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T55")
def test_a_consumer_that_begins_again_has_the_same_effects(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(ordered=True)
    trial.poison = {("a", 2)}
    trial.write(("a", 1), ("a", 2), ("b", 1), ("a", 3))
    office.seal_all()
    trial.deliver()
    assert len(trial.parked) == 2
    trial.poison = set()
    subscriptions.restart(NAME, EfficiencyDay.objects.all().delete)
    assert (trial.taken, trial.parked) == ([], {})
    assert trial.deliver() == 4
    assert len(trial.taken) == 4


# Kills ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T57", "T60")
def test_a_consumer_killed_at_any_moment_has_every_effect_once(subscribe: Subscribe, office: Office) -> None:
    """A real process, with SIGKILL before or after a statement or a commit; then one that lives."""
    trial = subscribe()
    trial.write(*((name, seq) for name in "abc" for seq in range(1, 5)), ("d", 1))
    office.seal_all()
    killed, moments, wrong = program(str(trial.subjects["d"]), "20260310", str(MOMENTS))
    assert (killed, wrong) == (min(MOMENTS, moments), 0)
    assert moments > 100
    assert set(trial.taken) == {(name, seq) for name in "abc" for seq in range(1, 5)}
    assert trial.parked == {("d", 1): 1}


def program(*words: str) -> list[int]:
    """What `subscriber` prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.supervision.subscriber", *words],
        cwd=settings.ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [int(word) for word in done.stdout.split()]


# What is told --------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T61")
def test_poison_is_an_alarm_at_once_and_waiting_after_ten_minutes(subscribe: Subscribe) -> None:
    trial = subscribe(ordered=True)
    assert subscriptions.alarms(now=NOON) == []
    trial.write(("a", 1), ("a", 2), ("b", 1))
    seal(trial, ("a", 2))
    trial.deliver()
    assert [alarm for alarm in subscriptions.alarms(now=NOON) if alarm.reason == "parked"] == []
    late = subscriptions.alarms(now=NOON + timedelta(minutes=11))
    assert subscriptions.Alarm(NAME, "parked", 1) in late
    trial.poison = {("b", 1)}
    seal(trial, ("b", 1))
    trial.deliver()
    assert subscriptions.Alarm(NAME, "parked", 1) in subscriptions.alarms(now=NOON)
    assert subscriptions.parked_count() == 2


@pytest.mark.ids("T46")
def test_a_subscription_that_stays_behind_is_an_alarm(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.write(("a", 1), ("a", 2))
    office.seal_all()
    tasks.deliver_subscriptions()
    sealed_at = Head.objects.latest("size").sealed_at
    assert subscriptions.alarms(now=sealed_at + timedelta(hours=1)) == []
    trial.write(("a", 3), ("a", 4))
    office.seal_all()
    sealed_at = Head.objects.latest("size").sealed_at
    assert subscriptions.alarms(now=sealed_at + timedelta(minutes=9)) == []
    behind = subscriptions.alarms(now=sealed_at + timedelta(minutes=11))
    assert behind == [subscriptions.Alarm(efficiency.NAME, "behind", 2), subscriptions.Alarm(NAME, "behind", 2)]


@pytest.mark.ids("T61")
def test_the_command_lists_what_is_parked_and_tries_again(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    assert command("--json")[0] == 0
    trial.poison = {("a", 1)}
    trial.write(("a", 1), ("a", 2))
    office.seal_all()
    trial.deliver()
    code, told = command("--json")
    row = next(row for row in json.loads(told)["subscriptions"] if row["name"] == NAME)
    assert (code, row["behind"], row["cursor"]) == (1, 0, Head.objects.latest("size").size)
    [parked] = row["parked"]
    assert (parked["seq"], parked["attempts"], parked["subject_id"]) == (1, 1, str(trial.subjects["a"]))
    code, told = command()
    assert code == 1
    assert "搁置 1 条" in told
    assert "ValueError" in told
    assert command("--retry", NAME)[0] == 1
    trial.poison = set()
    assert command("--retry", NAME)[0] == 0
    assert set(trial.taken) == {("a", 1), ("a", 2)}
    with pytest.raises(CommandError):
        command("--retry", "nobody")


def command(*words: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("subscriptions", *words, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_an_idle_round_writes_nothing(subscribe: Subscribe, office: Office, django_assert_num_queries: Any) -> None:
    """Every quarter of a minute, for every consumer: whether something is parked or sealed, and no transaction that holds up sealing."""
    trial = subscribe()
    notes(3)
    office.seal_all()
    trial.deliver()
    with django_assert_num_queries(4):
        trial.deliver()
