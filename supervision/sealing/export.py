"""The sealed log as lines of JSON for whoever does not trust us (docs/log-format.md). A part carries what links it to the newest head."""

import base64
import json
from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from supervision.ledger.canonical import plain
from supervision.ledger.verification import ALGORITHMS
from supervision.sealing import opening, tree_rows
from supervision.sealing.heads import SignedHead

FORMAT = 1
_RECORDS = """
SELECT leaf.index, record.id, record.subject_table, record.subject_id, record.seq, record.kind, record.to_state, record.unit,
       record.occurred_at, record.schema_version, record.hash_algorithm, record.recorded_at, record.body, leaf.sha256, leaf.sm3
  FROM supervision_leaf AS leaf JOIN supervision_record AS record ON record.id = leaf.record_id
 WHERE leaf.index >= %s AND leaf.index < %s ORDER BY leaf.index
"""
_HEADS = "SELECT text, signature FROM supervision_head WHERE size >= %s AND size <= %s ORDER BY size"


class Unexportable(Exception):
    """There is nothing to export, or the asked part lies outside of what is sealed."""


def lines(connection: BaseDatabaseWrapper, start: int = 0, end: int | None = None) -> Generator[str]:
    """The leaves `start` to `end` (exclusive; None: all) with their heads, all of one moment. Raises Unexportable.

    Whoever stops reading before the end closes the generator: a transaction is open meanwhile.
    """
    with transaction.atomic(using=connection.alias):
        _of_one_moment(connection)
        newest = opening.stored_head(connection)
        if newest is None:
            raise Unexportable("Nothing is sealed yet.")
        end = newest.size if end is None else end
        if not 0 <= start <= end <= newest.size:
            raise Unexportable(f"{newest.size} records are sealed: --from and --to must lie within.")
        yield _line({"log": {"format": FORMAT, "from": start, "to": end, "size": newest.size}})
        if (start, end) != (0, newest.size):
            yield _line({"link": _link(connection, start, end, newest.size)})
        yield from _interleaved(connection, start, end)
        if newest.size > end:
            yield newest.line


def _of_one_moment(connection: BaseDatabaseWrapper) -> None:
    """Outside of an enclosing transaction everything is read as it was at one instant, and nothing is written."""
    if not connection.savepoint_ids:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _interleaved(connection: BaseDatabaseWrapper, start: int, end: int) -> Iterator[str]:
    """Each head right after the last record that it covers."""
    heads = _heads(connection, start, end)
    head = next(heads, None)
    with connection.chunked_cursor() as cursor:
        cursor.execute(_RECORDS, [start, end])
        for row in cursor:
            while head is not None and head.size <= row[0]:
                yield head.line
                head = next(heads, None)
            yield _record(row)
    while head is not None:
        yield head.line
        head = next(heads, None)


def _heads(connection: BaseDatabaseWrapper, start: int, end: int) -> Iterator[SignedHead]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_HEADS, [start, end])
        for text, signature in cursor:
            yield SignedHead(text, bytes(signature))


def _record(row: tuple[Any, ...]) -> str:
    index, key, table, subject, seq, kind, to_state, unit, at, schema, algorithm, recorded_at, body, sha256, sm3 = row
    told = {
        "index": index,
        "id": key,
        "table": table,
        "subject": str(subject),
        "seq": seq,
        "kind": kind,
        "to": to_state,
    }
    told |= {
        "unit": unit,
        "at": _instant(at),
        "schema": schema,
        "hash": algorithm,
        "recorded_at": _instant(recorded_at),
    }
    text = bytes(body).decode(errors="replace")  # what is no UTF-8 any more was tampered with: its leaf will not fit
    return _line(told | {"body": text, "sha256": bytes(sha256).hex(), "sm3": bytes(sm3).hex()})


def _instant(at: datetime) -> str:
    return str(plain(at))


def _link(connection: BaseDatabaseWrapper, start: int, end: int, size: int) -> dict[str, dict[str, list[str]]]:
    before, after = tree_rows.subtrees(connection, 0, start), tree_rows.subtrees(connection, end, size)
    return {
        name: {
            "before": [base64.b64encode(hashes[name]).decode() for hashes in before],
            "after": [base64.b64encode(hashes[name]).decode() for hashes in after],
        }
        for name in ALGORITHMS
    }


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
