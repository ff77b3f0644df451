"""A consumer for tests, whose effects are rows; as a program, one that is killed with SIGKILL at every moment of its work."""

import os
import random
import signal
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from supervision import moment, subscriptions  # noqa: E402
from supervision.models import EfficiencyDay, ParkedRecord, Subscription  # noqa: E402

NAME, MANY = "trial", 10**6
DAY = date(2026, 1, 1)


def keep(records: list[Any]) -> None:
    """One row a record; taken twice, it would count two."""
    with connection.cursor() as cursor:
        for one in records:
            cursor.execute(
                "INSERT INTO supervision_efficiencyday AS stored (day, unit, received, accepted, concluded, on_time, promised,"
                " used_workdays) VALUES (%s, %s, 1, 0, 0, 0, 0, 0)"
                " ON CONFLICT (day, unit) DO UPDATE SET received = stored.received + 1",
                [DAY, f"{one.subject_id}/{one.seq or 0}/{one.index}"],
            )


def kept() -> dict[tuple[str, int], int]:
    """Subject and number of all that was kept, in the order in which it came, and how often."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT unit, received FROM supervision_efficiencyday WHERE day = %s ORDER BY id", [DAY])
        rows = [(unit.split("/"), times) for unit, times in cursor.fetchall()]
    return {(key, int(seq)): times for (key, seq, _), times in rows}


class Killer:
    """Counts the moments before and after every statement and commit of this process, and kills it at one of them."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def strike(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def done(*given: Any, **words: Any) -> Any:
            self.strike()
            answer = work(*given, **words)
            self.strike()
            return answer

        return done

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        return self.around(execute)(*given)


def main(poison: str, seed: str, most: str) -> None:
    """Begins the same work again and again: a child is killed at some moment of it, the next one brings it to an end.

    Prints at how many moments of how many, and after how many of them an effect was missing or double.
    """

    def handle(records: list[Any]) -> None:
        keep(records)
        if any(str(one.subject_id) == poison for one in records):
            raise ValueError("poison")

    subscriptions.register(NAME, handle, kinds=["trial"], batch=6)
    start = Subscription.objects.get(name=NAME).cursor
    moments = range(1, _child(MANY) + 1)
    wanted, chosen = _outcome(), random.Random(seed).sample(moments, min(int(most), len(moments)))
    wrong = 0
    for one in chosen:
        subscriptions.restart(NAME, EfficiencyDay.objects.filter(day=DAY).delete)
        Subscription.objects.filter(name=NAME).update(cursor=start)
        assert _child(one) == 0, "it was to be killed"
        _child(MANY)
        wrong += _outcome() != wanted
    print(len(chosen), len(moments), wrong)


def _child(at: int) -> int:
    """A process that delivers and dies at that moment; how many moments it lived through, 0 when it died."""
    connection.close()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        killer = Killer(at)
        connection.ensure_connection()
        connection._commit = killer.around(connection._commit)  # type: ignore[method-assign]
        with connection.execute_wrapper(killer):
            subscriptions.deliver(NAME, now=moment.wall())
        os.write(writing, str(at - killer.left).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as lived:
        return int(lived.read() or 0)


def _outcome() -> tuple[Any, ...]:
    parked = ParkedRecord.objects.filter(subscription=NAME).values_list("index", "attempts")
    return sorted(kept().items()), list(parked), Subscription.objects.get(name=NAME).cursor


if __name__ == "__main__":
    main(*sys.argv[1:])
