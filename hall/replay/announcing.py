"""The records of a kind of subject as letters and versions are compared by them: parsed, in order, what nobody can read left out (T55)."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from supervision.models import Record
from supervision.sealing.findings import MALFORMED, Finding

Row = dict[str, Any]
Period = tuple[Any, Any, str]
EMPTY: Period = (None, None, "")


def last_told(table: str, take: Callable[[Row, Row], None]) -> tuple[dict[str, Row], list[Finding]]:
    """What the numbered records of each subject of a table say together, by subject.

    `take(told, body)` puts down what one record says; it has all that the earlier ones of its subject said.
    """
    told: dict[str, Row] = defaultdict(dict)
    found: list[Finding] = []
    records = Record.objects.filter(subject_table=table, seq__isnull=False).order_by("subject_id", "seq")
    for number, subject, body in records.values_list("id", "subject_id", "body").iterator():
        try:
            take(told[str(subject)], json.loads(bytes(body)))
        except MALFORMED:
            found.append(Finding("stored_differs", f"记录号 {number} 的内容不成样子，没有算进去。"))
    return told, found


def unequal(stored: Mapping[str, Any], told: Mapping[str, Any]) -> list[str]:
    """The names of what is stored otherwise than it was told."""
    return [name for name, value in stored.items() if name not in told or told[name] != value]


def period(stored: Any, spelled: Callable[[Any], Any] = lambda bound: bound) -> Period | None:
    """A range column as its two bounds, and which of them belong to it."""
    if stored is None:
        return None
    if stored.isempty:
        return EMPTY
    first, end = (None if bound is None else spelled(bound) for bound in (stored.lower, stored.upper))
    return first, end, ("[" if stored.lower_inc else "(") + ("]" if stored.upper_inc else ")")
