"""Letters and versions beside their last record, and the lines of each letter beside what was signed (T42, T55).

Whoever gives himself a power by hand in the database stands in no record.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection

from authorization.models import LetterLine, LetterState
from supervision import moment
from supervision.models import Record
from supervision.sealing.checking import one_moment
from supervision.sealing.findings import Finding

_LAST = """
SELECT {label}, row.{state}, row.record_seq, last.to_state, last.seq FROM {table} AS row LEFT JOIN LATERAL (
       SELECT to_state, seq FROM supervision_record AS record
        WHERE record.subject_table = '{table}' AND record.subject_id = row.id AND record.seq IS NOT NULL
        ORDER BY seq DESC LIMIT 1) AS last ON true
 WHERE row.{state} IS DISTINCT FROM last.to_state OR row.record_seq IS DISTINCT FROM last.seq
"""
_GUARDED = (
    ("authorization_letter", "state", "row.number", "委托书"),
    ("catalog_itemversion", "status", "row.name || ' 第 ' || row.number || ' 版'", "事项版本"),
)


def compare_letters() -> Iterator[Finding]:
    """Every letter and version whose state or record number is not that of its last record, and every line that was not signed."""
    with one_moment():
        found = [*_states(), *_lines()]
    yield from found


def _states() -> Iterator[Finding]:
    for table, state, label, word in _GUARDED:
        with connection.cursor() as cursor:
            cursor.execute(_LAST.format(table=table, state=state, label=label))
            rows = cursor.fetchall()
        for name, stored, seq, told, last in rows:
            said = f"存的是 {stored}（第 {seq} 条），末条记录是 {told or '无'}（第 {last or 0} 条）"
            yield Finding("stored_differs", f"{word}“{name}”的状态与记录不一致：{said}。")


def _lines() -> Iterator[Finding]:
    """Each line as it was signed, in force from the record that put it in force to the one that ended its letter."""
    signed: dict[str, dict[str, Any]] = {}
    ends: dict[str, datetime] = {}
    records = Record.objects.filter(subject_table="authorization_letter", seq__isnull=False).order_by("seq")
    for body in records.values_list("body", flat=True).iterator():
        told = json.loads(bytes(body))
        at, facts = moment.instant(told["at"]), told["facts"]
        signed |= {line["id"]: line | {"lower": at} for line in facts.get("lines", ())}
        if told["to"] != LetterState.IN_FORCE:
            ends[told["subject"]["id"]] = at
    rows = LetterLine.objects.select_related("letter", "item").order_by("letter__number", "seq")
    for row in rows.iterator():
        line = signed.pop(str(row.id), None)
        if line is None or _stored(row) != line | {"upper": _end(line, ends.get(str(row.letter_id)))}:
            yield Finding("stored_differs", f"委托书“{row.letter.number}”第 {row.seq} 行与记录不一致。")
    if signed:
        yield Finding("stored_differs", f"有 {len(signed):,} 行委托记录在案，却没有存着。")


def _end(line: dict[str, Any], ended: datetime | None) -> datetime | None:
    return max(ended, line["lower"]) if ended else None


def _stored(line: LetterLine) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "seq": line.seq,
        "item": line.item.key,
        "tier": line.tier,
        "post": str(line.post_id) if line.post_id else None,
        "powers": list(line.powers),
        "lower": line.in_force.lower,
        "upper": line.in_force.upper,
    }
