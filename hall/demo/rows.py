"""Writing what is missing: rows are told apart by their natural keys, so that loading twice changes nothing."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Model

from supervision import configuration
from supervision.log import Actor

INITIAL = Actor(name="初始化")
M = TypeVar("M", bound=Model)


def add_missing(model: type[M], rows: Sequence[M], *key: str, now: datetime) -> list[M]:
    """Write and announce the rows whose key the table does not hold, and return these; what is there stays as it is."""
    known = set(model._default_manager.values_list(*key))
    new = [row for row in rows if tuple(getattr(row, field) for field in key) not in known]
    made = model._default_manager.bulk_create(new)
    announced(made, now)
    return made


def announced(rows: Sequence[Model], now: datetime) -> None:
    """Put rows of one model on record that were written or changed in this transaction."""
    if rows:
        configuration.announce(type(rows[0]), [row.pk for row in rows], actor=INITIAL, now=now)


def period(days: dict[str, date]) -> tuple[Any, Any]:
    """A span with both ends included, as range columns take it."""
    return days["first"], days["last"] + timedelta(days=1)
