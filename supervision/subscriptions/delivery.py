"""Handing the sealed log over: effect, cursor and parked records in one transaction (T57, T60, T61)."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from supervision.models import Head, ParkedRecord, Subscription
from supervision.subscriptions import parking, registry
from supervision.subscriptions.parking import Queue
from supervision.subscriptions.reading import read
from supervision.subscriptions.registry import Consumer, Sealed

logger = logging.getLogger(__name__)


def deliver_all(*, now: datetime) -> int:
    """Every subscription for itself: one that fails does not hold up the others."""
    taken = 0
    for name in registry.names():
        try:
            taken += deliver(name, now=now)
        except Exception as fault:
            logger.error("subscription %s: %s", name, parking.told(fault, registry.consumer(name)))
    return taken


def deliver(name: str, *, now: datetime) -> int:
    """Everything sealed from the cursor on, and parked records whose time has come. Returns how many records were taken.

    May run twice, at once, or never for days. `now` is wall time: it only paces further attempts.
    """
    consumer = registry.consumer(name)
    taken, going = 0, True
    while going:
        indices = list(parking.due(consumer, now).values_list("index", flat=True))
        again = sum(_try_again(consumer, index, now) for index in indices)
        fresh = _next(consumer, now)
        taken += again + (fresh or 0)
        going = again > 0 or fresh is not None
    return taken


def retry(name: str, *, now: datetime) -> int:
    """Try every parked record again, as if it had never failed."""
    with transaction.atomic():
        _locked(name)
        ParkedRecord.objects.filter(subscription=name).update(attempts=0, parked_at=now)
    return deliver(name, now=now)


def restart(name: str, forget: Callable[[], object]) -> None:
    """Back to the beginning of the log; `forget` takes all effects away in the same transaction."""
    with transaction.atomic():
        row = _locked(name)
        forget()
        ParkedRecord.objects.filter(subscription=name).delete()
        _move(row, 0)


def _next(consumer: Consumer, now: datetime) -> int | None:
    """The next batch, or when it fails its records one by one. None when there is nothing, or too much poison to go on."""
    seen = Subscription.objects.filter(name=consumer.name).values_list("cursor", flat=True).first()
    if parking.is_full(consumer) or not Head.objects.filter(size__gt=seen or 0).exists():
        return None
    if consumer.batch == 1:
        return _advance(consumer, 1, now)
    try:
        return _advance(consumer, consumer.batch, now)
    except Exception as fault:
        logger.warning("subscription %s: %s; one by one", consumer.name, parking.told(fault, consumer))
    return _one_by_one(consumer, now)


def _one_by_one(consumer: Consumer, now: datetime) -> int:
    """A transaction for each leaf of the batch, so that poison costs only itself, however long it takes to fail."""
    taken = 0
    for _ in range(consumer.batch):
        more = _advance(consumer, 1, now)
        if more is None:
            break
        taken += more
    return taken


def _advance(consumer: Consumer, leaves: int, now: datetime) -> int | None:
    """One transaction: so many leaves further. A single record that fails is parked; a batch that fails has done nothing."""
    with transaction.atomic():
        row = _locked(consumer.name)
        until, records = read(consumer, row.cursor, row.cursor + leaves, cursor=row.cursor)
        if until <= row.cursor or parking.is_full(consumer):
            return None
        queue, ready = Queue(consumer, records), []
        for one in records:
            if queue.must_wait(one):
                queue.park(one, now=now)
            else:
                ready.append(one)
        if leaves > 1 and ready:
            consumer.handle(ready)
        elif ready and (fault := _fault(consumer, ready[0])):
            queue.park(ready.pop(), fault, now=now)
        _move(row, until)
    return len(ready)


def _try_again(consumer: Consumer, index: int, now: datetime) -> int:
    """One parked record in a transaction of its own. Somebody else may have taken it meanwhile."""
    with transaction.atomic():
        row = _locked(consumer.name)
        parked = parking.due(consumer, now).filter(index=index).first()
        if parked is None:
            return 0
        _, records = read(consumer, index, index + 1, cursor=row.cursor)
        if not records or records[0].too_early:
            return 0
        if fault := _fault(consumer, records[0]):
            parked.attempts, parked.fault, parked.parked_at = parked.attempts + 1, fault, now
            parked.save()
            return 0
        parked.delete()
    return 1


def _fault(consumer: Consumer, one: Sealed) -> str:
    """Hand over one record; what went wrong, without its effect. A lost connection is nobody's fault: all is taken back."""
    try:
        with transaction.atomic():
            consumer.handle([one])
    except Exception as fault:
        if transaction.get_rollback():
            raise
        said = parking.told(fault, consumer)
        logger.warning("subscription %s: leaf %s is parked: %s", consumer.name, one.index, said)
        return said
    return ""


def _locked(name: str) -> Subscription:
    return Subscription.objects.select_for_update().get_or_create(name=name)[0]


def _move(row: Subscription, cursor: int) -> None:
    row.cursor = cursor
    row.save(update_fields=["cursor"])
