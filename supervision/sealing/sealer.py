"""The sealer: once a second, or as soon as 1,000 records wait, it takes what can gain no more records and signs a head over it.

Every transaction below the oldest running one is finished, so one statement with a half-open window of transaction numbers
takes each record exactly once (trust 2). One runner by advisory lock; the keys of leaves and heads are the fence if two run.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import Error, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from supervision import moment
from supervision.ledger.verification import ALGORITHMS, Frontier, leaf_hash
from supervision.models import Node
from supervision.numbers import HIGHEST, is_series
from supervision.sealing import heads, opening, tree_rows
from supervision.sealing.heads import HeadsFile, SignedHead
from supervision.sealing.opening import EPOCH_SERIES, IS_CLEARED, Comparison, stored_head
from supervision.sealing.signers import Signer

logger = logging.getLogger(__name__)
BATCH = 1000
LOCK = 0x5EA1  # the advisory lock of the one runner
MOST_SERIES = 16  # of one record; no verb takes that many numbers

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
# `sealed_until`: whatever was recorded before stands under a published head.
_BEAT = f"""
UPDATE supervision_clearance AS clearance SET beat_at = %s, sealed_until = COALESCE((
    SELECT min(record.recorded_at) FROM supervision_record AS record WHERE record.xid >= %s::text::xid8
       AND NOT EXISTS (SELECT FROM supervision_leaf AS leaf WHERE leaf.record_id = record.id)), clock_timestamp())
RETURNING {IS_CLEARED}
"""
_WHERE_WE_ARE = """
SELECT (SELECT system_identifier FROM pg_control_system()), pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
       (SELECT xid_to FROM supervision_head ORDER BY size DESC LIMIT 1), (SELECT system FROM supervision_head ORDER BY size DESC LIMIT 1)
"""


@dataclass(slots=True)
class _Place:
    """How far sealing has come: the right edge of both trees, the last head, the newest one outside, where the next window begins."""

    frontiers: dict[str, Frontier]
    last: SignedHead | None
    outside: SignedHead | None
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


class Forked(Exception):
    """What is stored or published goes on from another head than this runner knows: it signs nothing."""


class Sealer:
    """Seals one database. `seal` and `run` are for the one process that has the sealer's login and the head key."""

    def __init__(
        self, connection: BaseDatabaseWrapper, signer: Signer, file: HeadsFile, keys: Callable[[], dict[str, bytes]]
    ) -> None:
        self.connection, self.signer, self.file, self.keys = connection, signer, file, keys
        self._place: _Place | None = None
        self._reason, self._beat = "", moment.wall()

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
        try:
            if self._place is None:
                return self._begin()
            sealed = self.seal()
        except Forked as fork:
            logger.error("not sealed, comparing again: %s", fork)
            self.forget()
            return 0
        if not self._tell_beat(at_once=sealed >= BATCH):
            self.forget()  # the table was restored under us
        return sealed

    def open(self) -> str:
        """Compare with the published heads, and the stored tree with its head: open the log and be ready to seal on, or close it.

        On accord what is missing outside is published first. Returns the reason, a word of `opening.REASONS`, or nothing.
        """
        self._begin()
        return self._reason

    def clear(self) -> str:
        """`open`, for whoever does not seal on; beside another runner it only compares."""
        return self.open() if self._runs_alone() else self._compared()[0]

    def _begin(self) -> int:
        """`open`, telling how many records were sealed by the way: after a recovery none is given a number before its record is published."""
        sealed, (self._reason, found, place) = 0, self._compared()
        if place is not None:
            self.file.begin()
            self._catch_up(found.known)
            self._place, place.outside = place, self.file.newest()
            while (more := self.seal()) >= BATCH:
                sealed += more
            sealed += more
            if found.renewed and not sealed:  # held back by somebody's open transaction
                self._reason, self._place = "not_compared", None
        if self._reason:
            logger.error("the log stays closed: %s", self._reason)
        opening.set_clearance(self.connection, self._reason)
        if self._place is not None:
            self._tell_beat(at_once=True)
        return sealed

    def _compared(self) -> tuple[str, Comparison, _Place | None]:
        found = opening.compare(self.connection, self.file, self.keys())
        place = None if found.reason else self._load(found)
        if place is not None and not place.fits(found.stored):
            return "tree_differs", found, None
        return found.reason, found, place

    def seal(self) -> int:
        """One head over everything that can gain no more records, at most about `BATCH`; none when nothing is new. Raises Forked."""
        place = self._place
        assert place is not None, "open() comes first"
        with transaction.atomic(using=self.connection.alias):
            until, rows = self._window(place)
            head = self._write(place, until, rows) if rows else None
        place.start, place.stranded = until, False
        if head is not None:
            self.file.append(head)
            place.last = place.outside = head
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

    def _tell_beat(self, *, at_once: bool) -> bool:
        """Each five seconds; false when the row no longer speaks of the database that it stands in."""
        now, place = moment.wall(), self._place
        if place is None or (not at_once and 0 <= (now - self._beat).total_seconds() < 5):
            return True
        self._beat = now
        with self.connection.cursor() as cursor:
            cursor.execute(_BEAT, [now, str(place.start)])
            return bool(cursor.fetchone()[0])

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
            outside=found.published,
            epoch=epoch + (found.renewed or not same_cluster),
            start=start,
            system=system,
            stranded=start == 0,
        )

    def _catch_up(self, known: int) -> None:
        """Publish heads that were committed but not written outside, because the sealer was killed between the two."""
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
        self._require_no_fork(place)
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

    def _require_no_fork(self, place: _Place) -> None:
        if stored_head(self.connection) != place.last:
            raise Forked("the newest head of the database is not the one that was sealed last")
        if self.file.newest() != place.outside:
            raise Forked("the newest head of the heads file is not the one that was published last")

    def _sign(self, place: _Place, grown: dict[str, Frontier], bodies: Sequence[bytes]) -> SignedHead:
        return heads.sign(
            self.signer,
            size=grown["sha256"].size,
            roots={name: frontier.root() for name, frontier in grown.items()},
            epoch=place.epoch,
            previous=place.last.digest if place.last else "",
            sealed_at=max(moment.wall(), moment.instant(place.last.told["sealed_at"])) if place.last else moment.wall(),
            marks=_marks(bodies, self.keys()),
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


def _marks(bodies: Sequence[bytes], keys: dict[str, bytes]) -> dict[str, int]:
    """How far the number series rose in these records; whatever else stands under `numbers` counts nothing."""
    highest: dict[str, int] = {}
    for body in bodies:
        if b'"numbers"' in body:
            for series, value in _numbers(body, keys).items():
                highest[series] = max(value, highest.get(series, 0))
    return highest


def _numbers(body: bytes, keys: dict[str, bytes]) -> dict[str, int]:
    """Of acts, and of recoveries that are signed: the sealer takes whatever was recorded, a ceremony must be able to rely on marks."""
    try:
        told = json.loads(body)
        numbered, taken = told["subject"]["seq"], told["facts"]["numbers"]
        if numbered is None:
            facts = opening.signed_recovery(body, keys)
            return {EPOCH_SERIES: facts["number_epoch"]} if facts else {}
        rows = list(taken.items())[:MOST_SERIES]
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return {}
    return {series: value for series, value in rows if is_series(series) and type(value) is int and 0 < value < HIGHEST}
