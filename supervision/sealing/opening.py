"""May the log be written? The database is compared with its last published head first (T54, T68).

Whoever restores an older database meets a closed log: the head outside tells that records are missing, and no number is given
out again until the ceremony of `manage.py recover_log` has named both heads (docs/operations.md).
"""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from supervision.ledger.canonical import canonical_bytes
from supervision.ledger.verification import verify_signature
from supervision.sealing.heads import HeadsFile, SignedHead

# What a closed log answers; the words stand in `sentence`.
REASONS = {
    "not_compared": "签封程序还没有核对数据库与已公布的存证头。",
    "not_sealed": "有记录等了 10 分钟还没有签封。",
    "heads_file_missing": "找不到已公布的存证头文件，不能证明数据库是最新的。",
    "heads_file_forged": "存证头文件的最后一行签名无效。",
    "database_older": "数据库比已公布的存证头旧，后来的记录不在里面。",
    "tree_differs": "存储的签封与最新存证头的根值不符。",
    "history_differs": "数据库的记录与已公布的存证头不一致。",
}
# Whether this row of supervision_clearance speaks of this database, and whether it opens the log: the same rules as the trigger on
# the record table.
IS_CLEARED = """COALESCE(clearance.server_started = pg_postmaster_start_time()
                AND clearance.relation = 'supervision_record'::regclass::oid::bigint
                AND clearance.database = (SELECT oid::bigint FROM pg_database WHERE datname = current_database()), false)"""
IS_OPEN = f"({IS_CLEARED} AND COALESCE(clearance.sealed_until > clock_timestamp() - interval '10 minutes', false))"
# Records of recoveries have a subject of their own, so that they are found at once in a log of any length.
RECOVERY_SUBJECT = ("supervision_clearance", uuid.UUID(int=1))
EPOCH_SERIES = "number_epoch"  # marked in heads like any series, so that a second restore knows of the first


@dataclass(frozen=True, slots=True)
class Comparison:
    """`reason` is empty when the log may go on. `published` is the newest head outside, `stored` the one in the database.

    Heads over up to `known` records need not be published again. `renewed` says that a recorded recovery goes on from the stored
    head: the next one begins a new epoch.
    """

    reason: str
    published: SignedHead | None
    stored: SignedHead | None
    known: int = 0
    renewed: bool = False


def compare(connection: BaseDatabaseWrapper, file: HeadsFile, keys: dict[str, bytes]) -> Comparison:
    """The database beside the newest line of the heads file. `keys` are the public head keys by id."""
    published, stored = file.newest(), stored_head(connection)
    recoveries = list(_recoveries(connection, keys))
    newest = stored.digest if stored else ""
    from_newest = [facts for facts in recoveries if facts["kept"]["head"] == newest]
    renewed = bool(from_newest)
    if published is None:
        # Heads are committed first and published next: of a file that was begun a kill in between keeps back the first head, not more.
        accord = stored is None or (file.is_begun and not stored.told["previous"])
        accord = accord or any(not facts["lost"]["head"] for facts in from_newest)
        return Comparison("" if accord else "heads_file_missing", None, stored, renewed=renewed)
    reason, known = _difference(connection, published, stored, keys), published.size
    if reason in ("database_older", "history_differs"):
        for facts in recoveries:
            if facts["lost"]["head"] == published.digest and _is_stored(connection, facts["kept"]):
                reason, known = "", int(facts["kept"]["size"])
                break
    return Comparison(reason, published, stored, known, renewed)


def _difference(
    connection: BaseDatabaseWrapper, published: SignedHead, stored: SignedHead | None, keys: dict[str, bytes]
) -> str:
    public = keys.get(published.told["key"])
    if public is None or not verify_signature(public, published.text.encode(), published.signature):
        return "heads_file_forged"
    if stored is None or stored.size < published.size:
        return "database_older"
    same = stored_head(connection, published.size)
    return "" if same is not None and same.text == published.text else "history_differs"


def stored_head(connection: BaseDatabaseWrapper, size: int | None = None) -> SignedHead | None:
    """The newest head of the database, or the one over exactly `size` records."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT text, signature FROM supervision_head WHERE %s::bigint IS NULL OR size = %s ORDER BY size DESC LIMIT 1",
            [size, size],
        )
        row = cursor.fetchone()
    return SignedHead(row[0], bytes(row[1])) if row else None


def _recoveries(connection: BaseDatabaseWrapper, keys: dict[str, bytes]) -> Iterator[dict[str, Any]]:
    """The facts of the ceremonies that gave up published heads, signed with a head key, newest first.

    Anybody who may record anything may have written the others, with whatever in them: they say nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT body FROM supervision_record WHERE subject_table = %s AND subject_id = %s AND kind = 'recovery' "
            "AND seq IS NULL ORDER BY id DESC",
            list(RECOVERY_SUBJECT),
        )
        bodies = [bytes(body) for (body,) in cursor.fetchall()]
    for body in bodies:
        if facts := signed_recovery(body, keys):
            yield facts


def signed_recovery(body: bytes, keys: dict[str, bytes]) -> dict[str, Any] | None:
    """The facts of a recovery whose signature of the head key covers all of them: nobody else can give up what was published."""
    try:
        facts: dict[str, Any] = json.loads(body)["facts"]
        rest = {name: value for name, value in facts.items() if name != "signature"}
        is_signed = verify_signature(keys[facts["key"]], canonical_bytes(rest), bytes.fromhex(facts["signature"]))
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return None
    return facts if is_signed else None


def _is_stored(connection: BaseDatabaseWrapper, kept: dict[str, Any]) -> bool:
    """The ceremony speaks of this database: the head that it kept stands in it."""
    head = stored_head(connection, kept["size"])
    return (head.digest if head else "") == kept["head"]


def is_open(connection: BaseDatabaseWrapper) -> bool:
    """Whether anything can be recorded now; whoever works for nothing otherwise asks first."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {IS_OPEN} FROM supervision_clearance AS clearance")
        return bool(cursor.fetchone()[0])


def set_clearance(connection: BaseDatabaseWrapper, reason: str) -> None:
    """Open the log for this start of the server and this table, or close it with the reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE supervision_clearance SET reason = %s, rehearsal = %s, "
            "server_started = CASE WHEN %s = '' THEN pg_postmaster_start_time() END, "
            "relation = CASE WHEN %s = '' THEN 'supervision_record'::regclass::oid::bigint END, "
            "database = CASE WHEN %s = '' THEN (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) END",
            [reason, bool(settings.CLOCK_FILE), *[reason] * 3],
        )
