"""Consumers of the sealed log: every record once, in the order of its case, whoever is killed or runs twice."""

import os
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.db import connections

from supervision import subscriptions
from supervision.models import EfficiencyDay, Head, Leaf, ParkedRecord, Subscription
from supervision.subscriptions import Sealed, delivery, registry

from ..sealing_office import Office
from ..together import in_threads
from . import subscriber
from .trial import NAME, Subscribe, seal, unsealed

pytestmark = pytest.mark.usefixtures("office")

MOMENTS = 1000 if os.environ.get("HALL_FAULTS") == "all" else 15


# Everything, once ----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46", "T61")
def test_only_what_is_sealed_is_taken_and_only_once(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.write(("a", 1), ("a", 2), ("b", 1), ("b", 0))
    assert trial.deliver() == 0
    office.seal()
    assert [trial.deliver() for _ in range(3)] == [4, 0, 0]
    assert trial.taken == [("a", 1), ("a", 2), ("b", 1), ("b", 0)]
    assert Subscription.objects.get(name=NAME).cursor == Head.objects.latest("size").size


@pytest.mark.ids("T61")
def test_a_consumer_gets_the_kinds_it_asked_for_in_batches_in_leaf_order(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(batch=4)
    trial.write(*(("a", seq) for seq in range(1, 8)))
    trial.write(("a", 8), kind="other")
    trial.write(("a", 9))
    office.seal()
    assert trial.deliver() == 8
    assert trial.calls == [[("a", n) for n in batch] for batch in ((1, 2, 3, 4), (5, 6, 7), (9,))]


@pytest.mark.ids("T46")
def test_a_leaf_above_the_newest_head_is_no_part_of_the_log_yet(subscribe: Subscribe) -> None:
    trial = subscribe()
    trial.write(("a", 1), ("a", 2))
    seal(trial, ("a", 1))
    size = Head.objects.latest("size").size
    with connections["sealer"].cursor() as cursor:
        cursor.execute("INSERT INTO supervision_leaf VALUES (%s, %s, '', '')", [size, unsealed()[0]["id"]])
    assert trial.deliver() == 1
    assert Subscription.objects.get(name=NAME).cursor == size


def test_a_sealed_record_tells_its_place_and_its_body(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.write(("a", 1))
    office.seal()
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
    office.seal()
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
    office.seal()
    assert counted + trial.deliver() == 45
    assert trial.parked == {}
    for number in (1, 2, 3):
        name = f"case{number}"
        assert [step for step in trial.taken if step[0] == name] == [(name, seq) for seq in range(1, 16)]


def test_nobody_waits_for_the_sealer_and_the_sealer_for_nobody(subscribe: Subscribe, office: Office) -> None:
    """The sealer stands between its leaves and its commit while a consumer reads; a consumer in its effect while the sealer seals."""
    trial = subscribe()
    trial.write(("a", 1))
    office.seal()
    trial.write(("a", 2))
    with connections["sealer"].cursor() as sealer:
        sealer.execute("BEGIN; INSERT INTO supervision_leaf SELECT max(index) + 1, 0, '', '' FROM supervision_leaf")
        assert trial.deliver() == 1
        sealer.execute("ROLLBACK")
    office.seal()
    inside, go_on = threading.Event(), threading.Event()

    def slowly(records: list[Sealed]) -> None:
        subscriber.keep(records)
        inside.set()
        assert go_on.wait(150)  # longer than sealing may wait for other tests

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


# Beginning again -----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T55")
def test_a_consumer_that_begins_again_has_the_same_effects(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(ordered=True)
    trial.poison = {("a", 2)}
    trial.write(("a", 1), ("a", 2), ("b", 1), ("a", 3))
    office.seal()
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
    office.seal()
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
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [int(word) for word in done.stdout.split()]
