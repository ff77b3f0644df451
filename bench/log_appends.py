"""Appends per second: with and without the sealer, and against one log that is chained as a whole (design decision 6, trust 2).

An append is one record in a transaction of its own, written as hall_app with psycopg2 by the statement and columns of the product;
its canonical bytes are made in the loop by the product's `canonical_bytes`. Django's own share (about as long as the statement)
is left out: it would dilute what the sealer and the chain cost.
"""

import json
import multiprocessing
import os
import signal
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing.connection import Connection
from typing import Any

import psycopg2

from bench.measuring import Row, Side, at_least, in_rounds
from bench.servers import Database, Office, tell
from supervision.ledger.canonical import HASH_ALGORITHM, SCHEMA_VERSION, canonical_bytes

INSERT = """
INSERT INTO supervision_record (subject_table, subject_id, seq, kind, to_state, unit, occurred_at, schema_version, hash_algorithm, body)
VALUES (%s, %s, NULL, %s, '', %s, %s, %s, %s, %s)
"""
# The last statement of its transaction: whoever comes next waits for this row until the commit is on disk. That each record would
# keep its link is left out, in favour of the chain.
CHAIN = "; UPDATE bench_chain SET size = size + 1, hash = sha256(hash || %s) WHERE id = 1"
CHAIN_TABLE = (
    "CREATE TABLE bench_chain (id int PRIMARY KEY, size bigint NOT NULL, hash bytea NOT NULL) WITH (fillfactor = 10)",
    "INSERT INTO bench_chain VALUES (1, 0, '')",
    "GRANT SELECT, UPDATE ON bench_chain TO hall_app",
)
PLAIN, SEALED, CHAINED = "not sealed", "sealed", "one chain"
AHEAD = 0.7  # seconds in which all writers can connect before they begin together


@dataclass(frozen=True)
class Order:
    """What one writer does: append from an instant on for some seconds; `every` so many seconds, or as fast as it can (0)."""

    url: str
    body: dict[str, Any]
    chained: bool
    begin: float
    seconds: float
    every: float = 0.0


class Writers:
    """Processes that write; between two orders they sleep."""

    def __init__(self, most: int) -> None:
        made = multiprocessing.get_context("fork")
        self._pipes: list[Connection] = []
        for _ in range(most):
            ours, theirs = made.Pipe()
            made.Process(target=_write_by_order, args=(theirs, os.getpid()), daemon=True).start()
            self._pipes.append(ours)

    def write(
        self,
        database: Database,
        body: dict[str, Any],
        *,
        writers: int,
        seconds: float,
        chained: bool = False,
        rate: float = 0,
    ) -> int:
        """How many records they appended together. `rate`: so many a second, spread evenly, whether earlier ones are done or not."""
        begin, every = time.perf_counter() + AHEAD, writers / rate if rate else 0.0
        pipes = self._pipes[:writers]
        for n, pipe in enumerate(pipes):
            pipe.send(Order(database.url("app"), body, chained, begin + n * every / writers, seconds, every))
        return sum(pipe.recv() for pipe in pipes)

    def end(self) -> None:
        for pipe in self._pipes:
            pipe.send(None)


@contextmanager
def writing(most: int) -> Iterator[Writers]:
    writers = Writers(most)
    try:
        yield writers
    finally:
        writers.end()


def note_of(office: Office) -> dict[str, Any]:
    """What every append says: the facts of a real acceptance, as a note of a case that is drawn anew each time."""
    text = office.prepared.ask("SELECT body FROM supervision_record WHERE kind = 'accept' ORDER BY id LIMIT 1")
    return json.loads(bytes(text)) | {"kind": "bench_note", "from": "", "to": ""}


def measure(office: Office, *, writers: Sequence[int], rounds: int, seconds: float) -> Iterator[Row]:
    """Three databases, so that the sealer never has to catch up with what the other sides wrote."""
    names = {PLAIN: "bench_plain", SEALED: "bench_sealed", CHAINED: "bench_chained"}
    databases = {side: office.clone(name) for side, name in names.items()}
    databases[CHAINED].do(*CHAIN_TABLE)
    with writing(max(writers)) as team:
        for count in writers:
            slot = Slot(office, team, databases, note_of(office), count, seconds)
            values = in_rounds(rounds, list(names), slot.measure)
            yield from slot.rows(*(Side(side, values[side]) for side in names))
    for database in databases.values():
        office.drop(database)


@dataclass(frozen=True)
class Slot:
    """So many writers for so many seconds on one side."""

    office: Office
    team: Writers
    databases: dict[str, Database]
    body: dict[str, Any]
    writers: int
    seconds: float
    behind: list[float] = field(default_factory=list)  # seconds by which the sealer was behind when the writers ended

    def measure(self, turn: int, side: str) -> float:
        """Appends per second. Every slot begins right after a checkpoint, so that all pay the same for it."""
        database = self.databases[side]
        with self.office.sealing(database) if side == SEALED else nullcontext():
            database.do("CHECKPOINT")
            before = database.ask("SELECT max(size) FROM supervision_head") or 0
            done = self.team.write(
                database, self.body, writers=self.writers, seconds=self.seconds, chained=side == CHAINED
            )
            rate = done / self.seconds
            if side == SEALED:
                self.behind.append((before + done - database.ask("SELECT max(size) FROM supervision_head")) / rate)
        tell(f"  {self.writers} writers, round {turn + 1}, {side}: {rate:.0f} appends/s")
        return rate

    def rows(self, plain: Side, sealed: Side, chained: Side) -> Iterator[Row]:
        """One row for the sealer, one for the chain."""
        named = f"{self.writers} writer{'s' if self.writers > 1 else ''}"
        behind = f"{named}: when the writers ended, the sealer was at most {max(self.behind):.1f} s behind."
        yield Row(
            "1", f"appends, {named}, with the sealer", "/s", sealed, plain, sealed.per(plain), at_least(0.95), behind
        )
        aim = at_least(3) if self.writers >= 16 else None
        yield Row("2", f"appends, {named}, with the sealer", "/s", sealed, chained, sealed.per(chained), aim)


def _write_by_order(pipe: Connection, parent: int) -> None:
    """The life of a writer: it ends with None, and with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while os.getppid() == parent:
        if pipe.poll(1):
            order = pipe.recv()
            if order is None:
                return
            pipe.send(_written(order))


def _written(order: Order) -> int:
    with closing(psycopg2.connect(order.url)) as connection, connection.cursor() as cursor:
        statement = INSERT + (CHAIN if order.chained else "")
        done, end = 0, order.begin + order.seconds
        _sleep_until(order.begin)
        while time.perf_counter() < end:
            cursor.execute(statement, _values(order.body, order.chained))
            connection.commit()
            done += 1
            if order.every:
                _sleep_until(min(order.begin + done * order.every, end))
    return done


def _values(template: dict[str, Any], chained: bool) -> list[Any]:
    subject, now = uuid.uuid4(), datetime.now(UTC)
    told = template | {"subject": {"table": "hall_case", "id": subject, "seq": None, "previous": b""}, "at": now}
    body = canonical_bytes(told)
    row = ["hall_case", str(subject), told["kind"], told["unit"], now, SCHEMA_VERSION, HASH_ALGORITHM, body]
    return [*row, sha256(body).digest()] if chained else row


def _sleep_until(instant: float) -> None:
    if (left := instant - time.perf_counter()) > 0:
        time.sleep(left)
