"""Writing what is missing: rows are told apart by their natural keys, so that loading twice changes nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from django.db.models import Model

M = TypeVar("M", bound=Model)


def add_missing(model: type[M], rows: Sequence[M], *key: str) -> list[M]:
    """Write the rows whose key the table does not hold, and return these; what is there stays as it is."""
    known = set(model._default_manager.values_list(*key))
    new = [row for row in rows if tuple(getattr(row, field) for field in key) not in known]
    return model._default_manager.bulk_create(new)


def period(days: dict[str, date]) -> tuple[Any, Any]:
    """A span with both ends included, as range columns take it."""
    return days["first"], days["last"] + timedelta(days=1)
