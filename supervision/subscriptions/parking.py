"""Records that a consumer could not take yet: poison, which failed, and those that wait for an earlier one of their subject."""

import traceback
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from supervision.models import ParkedRecord
from supervision.subscriptions.registry import Consumer, Sealed

TRIES = 5  # then it stays parked until somebody asks for it (`manage.py subscriptions --retry`)
MOST_POISON = 100  # a handler that fails at everything stands still instead of parking the whole log
_LONGEST = 15


def pause(attempts: int) -> timedelta:
    """How long after so many attempts a record rests: 2, 4, 8, 15 minutes."""
    return timedelta(minutes=min(2**attempts, _LONGEST))


def due(consumer: Consumer, now: datetime) -> QuerySet[ParkedRecord]:
    """The parked records that may be tried now; of an ordered subject the first alone."""
    ready = Q(attempts=0)
    for attempts in range(1, TRIES):
        ready |= Q(attempts=attempts, parked_at__lte=now - pause(attempts))
    rows = ParkedRecord.objects.filter(ready, subscription=consumer.name)
    if consumer.ordered:
        same = {name: OuterRef(name) for name in ("subscription", "subject_table", "subject_id")}
        rows = rows.exclude(Exists(ParkedRecord.objects.filter(**same, seq__lt=OuterRef("seq"))))
    return rows.order_by("index")


def is_full(consumer: Consumer) -> bool:
    return ParkedRecord.objects.filter(subscription=consumer.name, attempts__gt=0).count() >= MOST_POISON


class Queue:
    """Who has to wait among the records of one transaction: whatever comes behind a parked one of its subject."""

    def __init__(self, consumer: Consumer, records: Iterable[Sealed]) -> None:
        self._consumer = consumer
        self._parked: dict[tuple[str, uuid.UUID], int] = {}
        if consumer.ordered:
            subjects = {one.subject_id for one in records if one.seq is not None}
            held = ParkedRecord.objects.filter(subscription=consumer.name, subject_id__in=subjects, seq__isnull=False)
            for table, key, seq in held.values_list("subject_table", "subject_id").annotate(Min("seq")):
                self._parked[table, key] = seq

    def must_wait(self, one: Sealed) -> bool:
        return one.too_early or (one.seq is not None and self._parked.get(one.subject, one.seq) < one.seq)

    def park(self, one: Sealed, fault: str = "", *, now: datetime) -> None:
        """Aside with it; without a fault it only waits."""
        if self._consumer.ordered and one.seq is not None:
            self._parked[one.subject] = min(one.seq, self._parked.get(one.subject, one.seq))
        ParkedRecord.objects.create(
            subscription_id=self._consumer.name,
            index=one.index,
            subject_table=one.subject_table,
            subject_id=one.subject_id,
            seq=one.seq,
            attempts=1 if fault else 0,
            fault=fault or "behind an earlier record of its subject",
            parked_at=now,
        )


def told(fault: BaseException, consumer: Consumer) -> str:
    """The class of a fault and the last line of the consumer's own room. What an exception says may name a person (T38)."""
    room = f"{consumer.handle.__module__.partition('.')[0]}."
    own = [
        f" at {frame.f_globals['__name__']}:{line}"
        for frame, line in traceback.walk_tb(fault.__traceback__)
        if frame.f_globals.get("__name__", "").startswith(room)
    ]
    return f"{type(fault).__name__}{own[-1] if own else ''}"
