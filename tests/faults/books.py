"""Reads the books of a running hall, as the auditor may, in one snapshot."""

import json
import re
import time
from collections import defaultdict
from typing import Any

from .hall_process import Hall
from .history import Books, CaseRow, RecordRow, faults

SEALING = 60  # seconds; in a quiet hall it is one
UNSEALED = """
SELECT count(*) FROM supervision_record AS record
 WHERE id <= %s AND NOT EXISTS (SELECT FROM supervision_leaf WHERE record_id = record.id)
"""
UNPRINTED = """
SELECT count(*) FROM supervision_paper AS paper
 WHERE NOT EXISTS (SELECT FROM supervision_paperfile WHERE paper_id = paper.id)
"""
WORDS = "补收|不受|无需|容诺|容收|不准|[受补容诺函特延缴准终证送]"  # the longer ones first: 不受 is no 受
PAPER = re.compile(rf"(?P<word>{WORDS})〔(?P<year>\d{{4}})〕(?P<serial>\d+)号$")
# letters have words of their own
COUNTERS = f"SELECT series, value FROM supervision_counter WHERE series !~ '^paper:' OR series ~ '^paper:[0-9]{{3}}:({WORDS}):'"
SLIP = re.compile(r"(?P<unit>\d{3})-(?P<day>\d{8})-(?P<serial>\d+)$")


def read(hall: Hall, due: int = 0) -> Books:
    with hall.books() as cursor:
        return Books(
            _cases(cursor),
            _records(cursor),
            _issued(cursor),
            dict(_rows(cursor, COUNTERS)),
            [key for (key,) in _rows(cursor, "SELECT key FROM hall_idempotentanswer")],
            _rows(cursor, "SELECT index, record_id FROM supervision_leaf"),
            due,
        )


def differences(hall: Hall) -> list[str]:
    """What the checker finds, once every record that stands now had the time to be sealed; the worker may go on printing."""
    due = _one(hall, "SELECT max(id) FROM supervision_record")
    last = time.monotonic() + SEALING
    while _one(hall, UNSEALED, due) and time.monotonic() < last:
        time.sleep(0.2)
    return faults(hall.history, read(hall, due))


def unprinted(hall: Hall) -> int:
    """How many papers are registered and not printed yet."""
    return _one(hall, UNPRINTED)


def _one(hall: Hall, statement: str, *values: object) -> int:
    with hall.books() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0])


def _cases(cursor: Any) -> list[CaseRow]:
    columns = "number, source_number, state, record_seq, encode(record_digest, 'hex'), id::text"
    return [CaseRow(*row) for row in _rows(cursor, f"SELECT {columns} FROM hall_case")]


def _records(cursor: Any) -> list[RecordRow]:
    columns = "id, subject_table || '/' || subject_id, seq, encode(sha256(body), 'hex'), body"
    return [
        RecordRow(*row, previous=json.loads(bytes(body))["subject"]["previous"])
        for *row, body in _rows(cursor, f"SELECT {columns} FROM supervision_record")
    ]


def _issued(cursor: Any) -> dict[str, list[int]]:
    """The serials in use, by the name of the counter that gave them."""
    found: dict[str, list[int]] = defaultdict(list)
    for (number,) in _rows(cursor, "SELECT number FROM hall_case"):
        found[f"case:{number[:3]}:{number[3:11]}:{number[11]}"].append(int(number[12:17]))
    papers = "SELECT unit, number FROM supervision_paper WHERE kind NOT IN ('receipt_slip')"
    for unit, number in _rows(cursor, papers):
        if slip := SLIP.fullmatch(number):
            found[f"slip:{slip['unit']}:{slip['day']}"].append(int(slip["serial"]))
        elif paper := PAPER.search(number):
            found[f"paper:{unit}:{paper['word']}:{paper['year']}"].append(int(paper["serial"]))
    return found


def _rows(cursor: Any, statement: str) -> list[Any]:
    cursor.execute(statement)
    return list(cursor.fetchall())
