"""How the log stands now: for /readyz, /metrics and the page of the supervision office. Cheap, and by the application's own login.

What is unsealed is looked for behind the newest head alone; the nightly check asks about the whole log. All ages are of the
wall clock, as the seals are (T46, T52).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from supervision import subscriptions
from supervision.sealing.heads import SignedHead
from supervision.sealing.opening import IS_CLEARED, IS_OPEN, REASONS

LATE = timedelta(seconds=60)  # a record waits for its seal, or the sealer is silent (T46, T52)
OLD = timedelta(minutes=10)  # nothing but a fault keeps a record unsealed that long (trust 2, trap 3)
CHECKED_WITHIN = timedelta(hours=26)  # once a night, and some hours to notice

SEALING = ("seal_late", "unsealed_old", "sealer_silent")
SELF_CHECK = ("check_failed", "check_missing")
SUBSCRIPTIONS = ("records_parked", "subscription_behind")
CODES = ("log_closed", *SEALING, *SELF_CHECK, *SUBSCRIPTIONS)

_NOW = f"""
SELECT CASE WHEN {IS_OPEN} THEN '' WHEN {IS_CLEARED} THEN 'not_sealed' ELSE COALESCE(NULLIF(clearance.reason, ''), 'not_compared') END,
       GREATEST(clearance.beat_at, pg_postmaster_start_time()), clearance.beat_at,
       (SELECT recorded_at FROM supervision_record ORDER BY id LIMIT 1),
       head.text, head.signature,
       CASE WHEN head.system = (SELECT system_identifier FROM pg_control_system())
             AND head.xid_to <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint THEN head.xid_to ELSE 0 END,
       done.ended_at, done.findings = '[]'
  FROM supervision_clearance AS clearance
  LEFT JOIN (SELECT * FROM supervision_head ORDER BY size DESC LIMIT 1) AS head ON true
  LEFT JOIN (SELECT * FROM supervision_logcheck WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT 1) AS done ON true
"""
_UNSEALED = """
SELECT count(*), min(record.recorded_at) FROM supervision_record AS record
 WHERE record.xid >= %s::xid8 AND NOT EXISTS (SELECT FROM supervision_leaf AS leaf WHERE leaf.record_id = record.id)
"""
_LONGEST = """
WITH edge AS MATERIALIZED (
    SELECT COALESCE((SELECT size FROM supervision_head WHERE sealed_at < %s ORDER BY size DESC LIMIT 1), 0) AS size
), sealed AS MATERIALIZED (
    SELECT head.sealed_at, lag(head.size, 1, edge.size) OVER (ORDER BY head.size) AS before
      FROM edge JOIN supervision_head AS head ON head.size > edge.size
)
SELECT sealed.sealed_at - record.recorded_at, sealed.sealed_at
  FROM sealed JOIN supervision_leaf AS leaf ON leaf.index = sealed.before JOIN supervision_record AS record ON record.id = leaf.record_id
 ORDER BY 1 DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What somebody has to look at: a code for programs, a sentence for people."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Standing:
    """`reason` says why the log is not open, in a word of `opening.REASONS`. Times are None where nothing happened yet."""

    now: datetime
    reason: str
    head: SignedHead | None
    unsealed: int
    oldest: datetime | None
    beat_at: datetime | None
    checked_at: datetime | None
    check_ok: bool
    readers: tuple[subscriptions.Standing, ...]
    alarms: tuple[Alarm, ...]

    @property
    def is_open(self) -> bool:
        return not self.reason

    @property
    def waiting(self) -> timedelta:
        """For how long the oldest unsealed record has been waiting."""
        return max(self.now - self.oldest, timedelta(0)) if self.oldest else timedelta(0)

    def has_alarm(self, *codes: str) -> bool:
        return any(alarm.code in codes for alarm in self.alarms)


@dataclass(frozen=True, slots=True)
class Delay:
    """The longest time from a record to its seal, and when that seal came."""

    lapse: timedelta
    at: datetime


def read(*, now: datetime) -> Standing:
    """`now` is wall time. Raises DatabaseError when the database can't say."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        reason, heard, beat_at, began, text, signature, sealed_to, checked_at, check_ok = cursor.fetchone()
        cursor.execute(_UNSEALED, [str(sealed_to)])
        unsealed, oldest = cursor.fetchone()
    readers = subscriptions.standings()
    alarms = [
        *_of_the_seal(now, reason, oldest, heard),
        *_of_the_check(now, began, checked_at, check_ok),
        *_of_the_readers(now, readers),
    ]
    return Standing(
        now=now,
        reason=reason,
        head=SignedHead(text, bytes(signature)) if text else None,
        unsealed=unsealed,
        oldest=oldest,
        beat_at=beat_at,
        checked_at=checked_at,
        check_ok=bool(check_ok),
        readers=tuple(readers),
        alarms=tuple(alarms),
    )


def longest_delay(since: datetime) -> Delay | None:
    """Of the heads since that instant. The first record under a head is the oldest under it, as its number was given first."""
    with connection.cursor() as cursor:
        cursor.execute(_LONGEST, [since])
        row = cursor.fetchone()
    return Delay(max(row[0], timedelta(0)), row[1]) if row else None


def seconds(lapse: timedelta) -> str:
    """42 秒, 3 分钟, 5 小时, 2 天: as coarse as people say it."""
    whole = int(lapse.total_seconds())
    if whole < 120:
        return f"{whole} 秒"
    if whole < 7200:
        return f"{whole // 60} 分钟"
    return f"{whole // 3600} 小时" if whole < 172800 else f"{whole // 86400} 天"


def _of_the_seal(now: datetime, reason: str, oldest: datetime | None, heard: datetime) -> list[Alarm]:
    """`heard` is the sealer's last beat, or the start of the server: it gets its minute after that."""
    found = []
    if reason:
        found.append(Alarm("log_closed", f"记录没有开放，办件系统只读：{REASONS.get(reason, reason)}"))
    if oldest and now - oldest > LATE:
        found.append(Alarm("seal_late", f"最早一条未签封的记录已等了 {seconds(now - oldest)}，报警线是 60 秒。"))
    if oldest and now - oldest > OLD:
        found.append(Alarm("unsealed_old", "有记录超过 10 分钟没有签封。"))
    if now - heard > LATE:
        found.append(Alarm("sealer_silent", f"签封程序已 {seconds(now - heard)}没有报到。"))
    return found


def _of_the_check(
    now: datetime, began: datetime | None, checked_at: datetime | None, check_ok: bool | None
) -> list[Alarm]:
    found = []
    if checked_at is not None and not check_ok:
        found.append(Alarm("check_failed", "最近一次全部核验发现记录有问题。"))
    if began is not None and now - began > CHECKED_WITHIN and (checked_at is None or now - checked_at > CHECKED_WITHIN):
        found.append(Alarm("check_missing", "超过 26 小时没有完成全部核验。"))
    return found


def _of_the_readers(now: datetime, readers: list[subscriptions.Standing]) -> list[Alarm]:
    words = {
        "parked": ("records_parked", "订阅“{name}”搁置了 {count} 条记录。"),
        "behind": ("subscription_behind", "订阅“{name}”落后 {count} 条记录，超过 10 分钟。"),
    }
    found = []
    for alarm in subscriptions.alarms(now=now, standing_so=readers):
        code, sentence = words[alarm.reason]
        found.append(Alarm(code, sentence.format(name=alarm.subscription, count=alarm.count)))
    return found
