"""One record that can't be taken holds up nobody else: it is parked, told, and tried again (T61)."""

import json
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from supervision import efficiency, subscriptions, tasks
from supervision.models import Head, ParkedRecord, Subscription
from supervision.subscriptions import Sealed, delivery, parking, registry

from ..sealing_office import Office, notes
from . import subscriber
from .trial import NAME, NOON, Subscribe, seal

pytestmark = pytest.mark.usefixtures("office")


# Poison --------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T61")
def test_a_poison_record_is_parked_and_the_others_flow(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe(ordered=True)
    trial.poison = {("a", 2)}
    trial.write(("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 3), ("a", 0), ("b", 3))
    office.seal()
    assert trial.deliver() == 5
    assert trial.parked == {("a", 2): 1, ("a", 3): 0}
    assert set(trial.taken) == {("a", 1), ("b", 1), ("b", 2), ("a", 0), ("b", 3)}
    trial.write(("a", 4), ("b", 4))
    office.seal()
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
    office.seal()
    assert trial.deliver() == 1
    assert (trial.taken, trial.parked) == ([("a", 2)], {("a", 1): 1})


@pytest.mark.ids("T38")
def test_what_is_parked_names_class_and_line_and_nobody(
    subscribe: Subscribe, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    trial = subscribe()
    trial.poison = {("a", 1)}
    trial.write(("a", 1))
    office.seal()
    trial.deliver()
    fault = ParkedRecord.objects.get().fault
    assert fault.startswith("ValueError at tests.supervision.trial:")
    assert "440823199003072212" not in fault + caplog.text
    assert fault in caplog.text


@pytest.mark.ids("T61")
def test_poison_is_tried_with_growing_pauses_and_then_only_when_asked(subscribe: Subscribe, office: Office) -> None:
    trial = subscribe()
    trial.poison = {("a", 1)}
    trial.write(("a", 1))
    office.seal()
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
    office.seal()
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
    office.seal()
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
    office.seal()
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
    office.seal()
    deliver = delivery.deliver

    def broken(name: str, *, now: datetime) -> int:
        if name == efficiency.NAME:
            raise RuntimeError("no disk")
        return deliver(name, now=now)

    monkeypatch.setattr(delivery, "deliver", broken)
    tasks.deliver_subscriptions()
    assert trial.taken == [("a", 1)]


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
    office.seal()
    tasks.deliver_subscriptions()
    sealed_at = Head.objects.latest("size").sealed_at
    assert subscriptions.alarms(now=sealed_at + timedelta(hours=1)) == []
    trial.write(("a", 3), ("a", 4))
    office.seal()
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
    office.seal()
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
    office.seal()
    trial.deliver()
    with django_assert_num_queries(4):
        trial.deliver()
