"""How the subscriptions stand, for /readyz, /metrics and `manage.py subscriptions`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from supervision.models import Head, ParkedRecord, Subscription
from supervision.subscriptions import registry

PATIENCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Standing:
    """`behind` counts leaves that are sealed and not yet seen, the oldest since `since`."""

    name: str
    cursor: int
    behind: int
    since: datetime | None
    parked: list[ParkedRecord]


@dataclass(frozen=True, slots=True)
class Alarm:
    """`reason` is `parked` (so many records) or `behind` (so many leaves)."""

    subscription: str
    reason: str
    count: int


def standings() -> list[Standing]:
    """Every registered subscription, whether it ever ran or not."""
    size = Head.objects.aggregate(size=Max("size"))["size"] or 0
    cursors = dict(Subscription.objects.values_list("name", "cursor"))
    parked: dict[str, list[ParkedRecord]] = {}
    for row in ParkedRecord.objects.order_by("index"):
        parked.setdefault(row.subscription_id, []).append(row)
    return [
        Standing(name, cursor, size - cursor, _since(cursor), parked.get(name, []))
        for name in registry.names()
        for cursor in [cursors.get(name, 0)]
    ]


def alarms(*, now: datetime, standing_so: Iterable[Standing] | None = None) -> list[Alarm]:
    """What somebody has to look at: poison, and whatever has waited for more than ten minutes. `now` is wall time; who has read
    how they stand hands it in.
    """
    found = []
    for standing in standings() if standing_so is None else standing_so:
        stuck = [row for row in standing.parked if row.attempts or now - row.parked_at > PATIENCE]
        if stuck:
            found.append(Alarm(standing.name, "parked", len(stuck)))
        if standing.since and now - standing.since > PATIENCE:
            found.append(Alarm(standing.name, "behind", standing.behind))
    return found


def parked_count() -> int:
    return ParkedRecord.objects.count()


def _since(cursor: int) -> datetime | None:
    """When the first leaf after the cursor was sealed."""
    return Head.objects.filter(size__gt=cursor).order_by("size").values_list("sealed_at", flat=True).first()
