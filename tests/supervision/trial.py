"""A consumer for tests of the subscriptions, the records it reads, and a sealer that places them in any order."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, connections

from supervision import log, moment, subscriptions
from supervision.models import Head, ParkedRecord
from supervision.subscriptions import Sealed
from supervision.writing import write

from .subscriber import NAME, keep, kept

NOON = datetime(2026, 3, 10, 12, tzinfo=moment.SHANGHAI)
Step = tuple[str, int]


class Trial:
    """A consumer that keeps what it took as rows, and fails at the steps in `poison`. Steps go by subject and number: ("a", 2)."""

    def __init__(self) -> None:
        self.subjects: dict[str, uuid.UUID] = {}
        self.links: dict[str, bytes] = {}
        self.poison: set[Step] = set()
        self.calls: list[list[Step]] = []
        self.now = NOON

    def handle(self, records: list[Sealed]) -> None:
        steps = [self._step(one) for one in records]
        self.calls.append(steps)
        keep(records)
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
        assert all(times == 1 for times in kept().values())
        return [(names[uuid.UUID(key)], seq) for key, seq in kept()]

    @property
    def parked(self) -> dict[Step, int]:
        """Which steps, after how many attempts."""
        names = {key: name for name, key in self.subjects.items()}
        return {(names[row.subject_id], row.seq or 0): row.attempts for row in ParkedRecord.objects.order_by("index")}

    def write(self, *steps: Step, kind: str = "trial") -> None:
        """Records as verbs write them, one transaction each; number 0 is a note without one."""
        for name, seq in steps:
            key = self.subjects.setdefault(name, uuid.uuid4())
            if seq:
                subject = log.Subject("trial", key, seq - 1, self.links.get(name, b""))
                made = log.entry(kind, subject, actor=log.SYSTEM, now=NOON)
                write(made.record)
                self.links[name] = made.digest
            else:
                log.note(kind, log.Subject("trial", key), actor=log.SYSTEM, now=NOON, facts={})

    def _step(self, one: Sealed) -> Step:
        return next(name for name, key in self.subjects.items() if key == one.subject_id), one.seq or 0


Subscribe = Callable[..., Trial]


def seal(trial: Trial, *steps: Step) -> None:
    """These records in exactly this order, as a sealer may place them: leaves and head by the sealer's own login."""
    size = Head.objects.latest("size").size
    found = {(row["subject_id"], row["seq"]): row["id"] for row in unsealed()}
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


def unsealed() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, subject_id, seq FROM supervision_record"
            " WHERE id NOT IN (SELECT record_id FROM supervision_leaf)"
        )
        return [dict(zip(("id", "subject_id", "seq"), row, strict=True)) for row in cursor.fetchall()]
