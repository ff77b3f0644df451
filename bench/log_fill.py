"""A log of many records, made from one case that was really played: its ten or so bodies with other ids, times and links.

Every record hangs on the one before it of its case, as verbs would have left it; cases are mixed, so that the steps of one lie far
apart. They are copied in as the administrator (COPY), which no fence forbids, and sealed by the real sealer.
"""

import io
import json
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import psycopg2

from bench.servers import Database, tell
from supervision.ledger.canonical import plain

AT_ONCE = 1000  # records in a transaction, so that the sealer can make heads as it does under load
MIXED = 500  # cases that go on side by side
COPY = (
    "COPY supervision_record (subject_table, subject_id, seq, kind, to_state, unit, occurred_at, schema_version, hash_algorithm, body)"
    " FROM STDIN"
)
STEP = timedelta(microseconds=500)


def fill(database: Database, played: dict[str, Any], count: int) -> None:
    """Add so many records, not sealed yet."""
    rows = _rows(played, count)
    with closing(psycopg2.connect(database.url("admin"))) as connection, connection.cursor() as cursor:
        for done in range(0, count, AT_ONCE):
            lines = "".join(next(rows) for _ in range(min(AT_ONCE, count - done)))
            cursor.copy_expert(COPY, io.StringIO(lines))
            connection.commit()
            if done and done % 100_000 == 0:
                tell(f"  {done} records written")


def _rows(played: dict[str, Any], count: int) -> Iterator[str]:
    steps = [json.loads(record["body"]) | {"text": record["body"]} for record in played["records"]]
    at = datetime.fromisoformat(steps[-1]["at"])
    for first in range(0, count, MIXED):
        previous = dict.fromkeys((uuid.uuid4() for _ in range(MIXED)), "")
        for step in steps:
            for n, subject in enumerate(previous):
                at += STEP
                number = str(first + n).zfill(len(played["number"]))
                mine = {"id": str(subject), "number": number, "at": str(plain(at)), "previous": previous[subject]}
                told = _told(step, played, mine)
                previous[subject] = sha256(told).hexdigest()
                yield _line(step, subject, at, told)


def _told(step: dict[str, Any], played: dict[str, Any], mine: dict[str, str]) -> bytes:
    """The text stays canonical: every value is replaced by one of its kind."""
    text: str = step["text"].replace(played["id"], mine["id"]).replace(played["number"], mine["number"])
    text = text.replace(f'"at":"{step["at"]}"', f'"at":"{mine["at"]}"')
    before = step["subject"]["previous"]
    return text.replace(f'"previous":"{before}"', f'"previous":"{mine["previous"]}"').encode()


def _line(step: dict[str, Any], subject: uuid.UUID, at: datetime, body: bytes) -> str:
    columns = (
        step["subject"]["table"],
        subject,
        step["subject"]["seq"],
        step["kind"],
        step["to"],
        step["unit"],
        at.isoformat(),
    )
    return "\t".join(map(str, (*columns, step["schema"], "sha256", f"\\\\x{body.hex()}"))) + "\n"
