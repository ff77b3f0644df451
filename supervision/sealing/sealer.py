"""The sealer: once a second, or as soon as 1,000 records wait, it takes what can gain no more records and signs a head over it.

Every transaction below the oldest running one is finished, so one statement with a half-open window of transaction numbers
takes each record exactly once (trust 2). One runner by advisory lock; the keys of leaves and heads are the fence if two run.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from supervision import moment
from supervision.ledger.verification import ALGORITHMS, Frontier, leaf_hash
from supervision.models import Node
from supervision.sealing import heads, opening, tree_rows
from supervision.sealing.heads import HeadsFile, SignedHead
from supervision.sealing.opening import Comparison
from supervision.sealing.signers import Signer

logger = logging.getLogger(__name__)
BATCH = 1000
LOCK = 0x5EA1  # the advisory lock of the one runner

# Plans that stay right however big the tables grow: walk the window by its index, look each leaf up by its key.
_SESSION = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET lock_timeout = '5s'"
# One statement, one snapshot. `stranded` takes once what an older cluster left behind with numbers not reached here yet (T69).
_WINDOW = """
WITH horizon AS MATERIALIZED (
    SELECT pg_snapshot_xmin(seen) AS low, pg_snapshot_xmax(seen) AS high FROM pg_current_snapshot() AS seen
), cut AS MATERIALIZED (
    SELECT high, LEAST(low, COALESCE((
        SELECT ((record.xid::text::bigint) + 1)::text::xid8 FROM supervision_record AS record
         WHERE record.xid >= %(start)s::text::xid8 AND record.xid < low
           AND NOT EXISTS (SELECT FROM supervision_leaf AS leaf WHERE leaf.record_id = record.id)
         ORDER BY record.xid OFFSET %(most)s LIMIT 1), low)) AS until
      FROM horizon
)
SELECT cut.until::text::bigint, record.id, record.body FROM cut LEFT JOIN supervision_record AS record
    ON ((record.xid >= %(start)s::text::xid8 AND record.xid < cut.until) OR (%(stranded)s AND record.xid >= cut.high))
   AND NOT EXISTS (SELECT FROM supervision_leaf AS leaf WHERE leaf.record_id = record.id)
 ORDER BY record.id
"""
_WHERE_WE_ARE = """
SELECT (SELECT system_identifier FROM pg_control_system()), pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       (SELECT xid_to FROM supervision_head ORDER BY size DESC LIMIT 1), (SELECT system FROM supervision_head ORDER BY size DESC LIMIT 1)
"""


@dataclass(slots=True)
class _Place:
    """How far sealing has come: the right edge of both trees, the last head, where the next window begins."""

    frontiers: dict[str, Frontier]
    last: SignedHead | None
    epoch: int
    start: int
    system: int
    stranded: bool

    @property
    def size(self) -> int:
        return self.frontiers["sha256"].size

    def fits(self, head: SignedHead | None) -> bool:
        """The stored tree has the roots that were signed: nobody gets a signature for another one."""
        return head is None or all(tree.root().hex() == head.told[name] for name, tree in self.frontiers.items())


class Sealer:
    """Seals one database. `seal` and `run` are for the one process that has the sealer's login and the head key."""

    def __init__(
        self, connection: BaseDatabaseWrapper, signer: Signer, file: HeadsFile, keys: Callable[[], dict[str, bytes]]
    ) -> None:
        self.connection, self.signer, self.file, self.keys = connection, signer, file, keys
        self._place: _Place | None = None
        self._beat = moment.wall()

    def run(self, stopping: Callable[[float], bool]) -> None:
        """Until `stopping`, which waits the given seconds, says so. Whatever the database does, it is tried again."""
        while True:
            pause = 1.0
            try:
                sealed = self.step()
                pause = 0.0 if sealed >= BATCH else 1.0
            except (Error, OSError) as fault:
                logger.warning("not sealed, trying again: %s", fault)
                self.forget()
            except Exception:  # whatever a record holds, sealing must not end
                logger.exception("not sealed, trying again")
                self.forget()
            if stopping(pause):
                return

    def step(self) -> int:
        """One round: be the one runner, open the log if it is closed, seal one window. Returns how many records were sealed."""
        if not self._runs_alone():
            return 0
        if self._place is None and (reason := self.open()):
            logger.error("the log stays closed: %s", reason)
            return 0
        self._tell_beat()
        return self.seal()

    def clear(self) -> str:
        """Compare with the published heads, and the stored tree with its head; open the log, or close it with the reason."""
        return self._compared()[0]

    def open(self) -> str:
        """`clear`, and on accord be ready to seal on; heads that are missing outside are published. Else the reason."""
        reason, found, place = self._compared()
        if not reason:
            self.file.begin()
            self._catch_up(found)
            self._place = place
        return reason

    def _compared(self) -> tuple[str, Comparison, _Place | None]:
        found = opening.compare(self.connection, self.file, self.keys())
        place = None if found.reason else self._load(found)
        reason = found.reason or ("" if place and place.fits(found.stored) else "tree_differs")
        opening.set_clearance(self.connection, reason)
        return reason, found, place

    def seal(self) -> int:
        """One head over everything that can gain no more records, at most about `BATCH`; none when nothing is new."""
        place = self._place
        assert place is not None, "open() comes first"
        with transaction.atomic(using=self.connection.alias):
            until, rows = self._window(place)
            head = self._write(place, until, rows) if rows else None
        place.start, place.stranded = until, False
        if head is not None:
            place.last = head
            self.file.append(head)
        return len(rows)

    def forget(self) -> None:
        """Start over with a new connection: what is in memory may not be what was committed."""
        self._place = None
        self.connection.close()

    def _runs_alone(self) -> bool:
        """A connection that was lost lost its lock, too: then another runner may have sealed on."""
        if self._place is not None and self.connection.is_usable():
            return True
        self.forget()
        with self.connection.cursor() as cursor:
            cursor.execute(_SESSION)
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            return bool(cursor.fetchone()[0])

    def _tell_beat(self) -> None:
        now = moment.wall()
        if not 0 <= (now - self._beat).total_seconds() < 5:
            self._beat = now
            with self.connection.cursor() as cursor:
                cursor.execute("UPDATE supervision_clearance SET beat_at = %s", [now])

    def _load(self, found: Comparison) -> _Place:
        stored = found.stored
        with self.connection.cursor() as cursor:
            cursor.execute(_WHERE_WE_ARE)
            system, current, sealed_to, sealed_in = cursor.fetchone()
        same_cluster = stored is None or (system == sealed_in and sealed_to <= current)
        start = sealed_to if stored and same_cluster else 0
        epoch = max((head.told["epoch"] for head in (stored, found.published) if head), default=1)
        return _Place(
            frontiers=tree_rows.frontiers(self.connection, stored.size if stored else 0),
            last=stored,
            epoch=epoch + (found.recovered or not same_cluster),
            start=start,
            system=system,
            stranded=start == 0,
        )

    def _catch_up(self, found: Comparison) -> None:
        """Publish heads that were committed but not written outside, because the sealer was killed between the two."""
        known = 0
        if found.published:
            known = found.kept if found.recovered else found.published.size
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT text, signature FROM supervision_head WHERE size > %s ORDER BY size", [known])
            missing = [SignedHead(text, bytes(signature)) for text, signature in cursor.fetchall()]
        if missing:
            self.file.append(*missing)

    def _window(self, place: _Place) -> tuple[int, list[tuple[int, bytes]]]:
        told = {"start": place.start, "most": BATCH - 1, "stranded": place.stranded}
        with self.connection.cursor() as cursor:
            cursor.execute(_WINDOW, told)
            rows = cursor.fetchall()
        return rows[0][0], [(key, bytes(body)) for _, key, body in rows if key is not None]

    def _write(self, place: _Place, until: int, rows: Sequence[tuple[int, bytes]]) -> SignedHead:
        first = place.size
        leaves = {name: [leaf_hash(name, body) for _, body in rows] for name in ALGORITHMS}
        grown = {name: place.frontiers[name].copy() for name in ALGORITHMS}
        nodes = {
            name: [node for leaf in leaves[name] for node in grown[name].add(leaf) if node[0] >= Node.LOWEST]
            for name in ALGORITHMS
        }
        head = self._sign(place, grown, [body for _, body in rows])
        tree_rows.insert(self.connection, first, [key for key, _ in rows], leaves, nodes)
        self._insert_head(head, until, place.system)
        place.frontiers = grown
        return head

    def _sign(self, place: _Place, grown: dict[str, Frontier], bodies: Sequence[bytes]) -> SignedHead:
        return heads.sign(
            self.signer,
            size=grown["sha256"].size,
            roots={name: frontier.root() for name, frontier in grown.items()},
            epoch=place.epoch,
            previous=place.last.digest if place.last else "",
            sealed_at=max(moment.wall(), moment.instant(place.last.told["sealed_at"])) if place.last else moment.wall(),
            marks=_marks(bodies),
        )

    def _insert_head(self, head: SignedHead, until: int, system: int) -> None:
        told = head.told
        row = [head.size, told["epoch"], head.text, head.signature, told["key"], told["sealed_at"], until, system]
        with self.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO supervision_head (size, epoch, text, signature, key, sealed_at, xid_to, system) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                row,
            )


def _marks(bodies: Sequence[bytes]) -> dict[str, int]:
    """How far the number series rose in these records; whatever else stands under `numbers` counts nothing."""
    highest: dict[str, int] = {}
    for body in bodies:
        if b'"numbers"' in body:
            for series, value in _numbers(body).items():
                if type(value) is int and 0 < value < 2**53:
                    highest[series] = max(value, highest.get(series, 0))
    return highest


def _numbers(body: bytes) -> dict[str, Any]:
    try:
        numbers = json.loads(body)["facts"]["numbers"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return numbers if isinstance(numbers, dict) else {}
