"""Full checks of the log from within: every night, and whenever somebody asks (T46, T55; trust 2, trap 3).

A check reads the whole sealed log with the code that outsiders use, compares records with leaves, and lets the rooms above compare
what they store with what the records say. One at a time, by a lock of the database: whoever is killed leaves the check to the
next. All times are of the wall clock, as the seals are.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from supervision import doorbell, moment
from supervision.models import LogCheck
from supervision.sealing import reading
from supervision.sealing.findings import MOST, WORDS, Finding
from supervision.sealing.standing import OLD

logger = logging.getLogger(__name__)
LOCK, ASKING = 0x5EA2, 0x5EA3  # advisory locks: of the one check that runs, of whoever asks for one
AT_NIGHT = timedelta(hours=2)
EVERY = 20_000
UNHURRIED = "1h"  # for one statement over a whole table; those who serve people have half a minute (script/roles.sql)
CANCELED = "57014"
NIGHTLY, TASK = "每夜自动", "supervision.check_log"

Replay = Callable[[], Iterable[Finding]]
_replays: dict[str, Replay] = {}

_UNSEALED = """
SELECT count(*), min(record.id) FROM supervision_record AS record
 WHERE record.recorded_at < %s AND NOT EXISTS (SELECT FROM supervision_leaf AS leaf WHERE leaf.record_id = record.id)
"""
_BARE = """
SELECT count(*), min(leaf.index) FROM supervision_leaf AS leaf
 WHERE NOT EXISTS (SELECT FROM supervision_record AS record WHERE record.id = leaf.record_id)
    OR leaf.index >= COALESCE((SELECT max(size) FROM supervision_head), 0)
"""


def register(name: str, compare: Replay) -> None:
    """A comparison of what a room stores with what the records say; named in `AppConfig.ready()`, run in every check.

    People read the name when a comparison could not be done.
    """
    if name in _replays:
        raise ValueError(f"two comparisons are named {name}")
    _replays[name] = compare


def ask(by: str, *, now: datetime) -> LogCheck:
    """A check as soon as the worker is free; the one that waits or runs already, when there is one."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ASKING])
        found = unfinished()
        if found is None:
            found = LogCheck.objects.create(kind="asked", asked_by=by, asked_at=now)
            doorbell.ring(TASK)
    return found


def unfinished() -> LogCheck | None:
    return LogCheck.objects.filter(ended_at=None).order_by("asked_at").first()


def nightly(*, now: datetime) -> LogCheck | None:
    """The check of the last night, if nobody asked for it yet; may be rung for at any time and any number of times."""
    night = night_of(now)
    if LogCheck.objects.filter(night=night).exists() or not reading.is_anything_sealed():
        return None
    try:
        with transaction.atomic():
            return LogCheck.objects.create(kind="nightly", asked_by=NIGHTLY, asked_at=now, night=night)
    except IntegrityError:
        return None  # somebody else was quicker


def night_of(now: datetime) -> date:
    """Nights begin at two in the county; before two it is still the one of yesterday."""
    return moment.local_date(now - AT_NIGHT)


def run_pending(*, now: datetime) -> int:
    """Run what was asked for, oldest first. Does nothing while another process is at it. Returns how many were finished."""
    finished = 0
    with _alone() as beside:
        while beside is not None and (check := unfinished()):
            _run(check, beside, now)
            finished += 1
    return finished


@contextmanager
def one_moment(*, unhurried: bool = False) -> Iterator[None]:
    """Within the block everything is read as it was at one instant, and nothing is written.

    `unhurried` lets a statement run for an hour: a reader holds no sealing back, and whole tables are read in no half minute.
    """
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                if unhurried:
                    cursor.execute(f"SET LOCAL statement_timeout = '{UNHURRIED}'")
        yield


def unbroken(name: str, part: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What a part of a check finds. One that fails is a finding itself and hides no other; only a lost database ends them all."""
    try:
        yield from part()
    except Exception as fault:
        if _is_lost(fault):
            raise
        logger.exception("a part of a check broke off")
        yield Finding("broke_off", f"{WORDS['broke_off']}（{name}，{type(fault).__name__}）。")


def _is_lost(fault: Exception) -> bool:
    """The database went away. A statement that ran out of time was cut off by it, and would be at every repetition."""
    code = getattr(fault.__cause__, "pgcode", None)
    return isinstance(fault, (OperationalError, InterfaceError)) and code != CANCELED


@contextmanager
def _alone() -> Iterator[BaseDatabaseWrapper | None]:
    """A connection beside the reading one that holds the lock and tells how far we are; None when another holds it."""
    beside = connection.copy()
    try:
        with beside.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            got = cursor.fetchone()[0]
        yield beside if got else None
    finally:
        beside.close()


def _run(check: LogCheck, beside: BaseDatabaseWrapper, now: datetime) -> None:
    check.started_at, check.done, check.size = now, 0, reading.sealed_size()
    check.save(update_fields=["started_at", "done", "size"])

    def progress(done: int) -> None:
        if done % EVERY == 0:
            with beside.cursor() as cursor:
                cursor.execute("UPDATE supervision_logcheck SET done = %s WHERE id = %s", [done, check.id])

    found = _Found()
    for name, part in _parts(check, progress, now):  # when the database goes away, the next ring starts over
        found.take(unbroken(name, part))
    check.findings, check.done, check.ended_at = found.told, check.size, moment.wall()
    check.save(update_fields=["done", "findings", "ended_at"])
    logger.info("checked %s records: %s findings", check.size, found.count)


def _parts(
    check: LogCheck, progress: Callable[[int], None], now: datetime
) -> Iterator[tuple[str, Callable[[], Iterable[Finding]]]]:
    yield "签封的记录", partial(_of_the_log, check, progress)
    yield "没有签封的记录", partial(_unsealed, now)
    yield "没有记录的签封", _bare
    yield from sorted(_replays.items())


class _Found:
    """The first findings of each part; a flood is told by its number and hides none of the other parts."""

    def __init__(self) -> None:
        self.first: list[Finding] = []
        self.count = 0

    def take(self, findings: Iterable[Finding]) -> None:
        for number, finding in enumerate(findings):
            self.count += 1
            if number < MOST:
                self.first.append(finding)

    @property
    def told(self) -> list[dict[str, object]]:
        more = self.count - len(self.first)
        rest = [Finding("more", f"另有 {more:,} 处不一致没有列出。")] if more else []
        return [finding.told for finding in (*self.first, *rest)]


def _of_the_log(check: LogCheck, progress: Callable[[int], None]) -> list[Finding]:
    """The sealed log as an outsider reads it, beside the heads that were published."""
    if not check.size:
        return []
    with one_moment(unhurried=True):
        fault = reading.verify_all(progress)
    return [fault] if fault else []


def _unsealed(now: datetime) -> Iterator[Finding]:
    """Every record has its leaf."""
    count, first = _asked(_UNSEALED, now - OLD)
    if count:
        yield Finding("unsealed_old", f"有 {count:,} 条记录超过 10 分钟没有签封，最早的记录号 {first}。")


def _bare() -> Iterator[Finding]:
    """Every leaf has its record."""
    count, first = _asked(_BARE)
    if count:
        place = f"有 {count:,} 个签封位次没有记录，或在最新签封之外，最早的是第 {first + 1:,} 条。"
        yield Finding("leaf_without_record", place, first)


def _asked(statement: str, *values: datetime) -> tuple[int, int]:
    with one_moment(unhurried=True), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()
