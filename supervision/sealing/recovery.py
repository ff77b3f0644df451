"""The ceremony after a restore to an earlier point: what is lost is named, and no number is ever given again (T68).

Case numbers get a new epoch. Paper series go on above their mark in the published heads and a margin for what was given in
the second before a head; the numbers in between are recorded as void (空号).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from supervision import log, moment
from supervision.ledger.canonical import canonical_bytes
from supervision.models import NumberEpoch
from supervision.refusals import Refusal, Refused
from supervision.sealing.heads import HeadsFile, SignedHead
from supervision.sealing.opening import EPOCH_SERIES, RECOVERY_SUBJECT, Comparison, compare, stored_head
from supervision.sealing.signers import Signer, key_id

MARGIN = 200  # more than one unit gives of one series while records wait for a published head (the log closes after 10 minutes)
LAST_EPOCH = 9  # one digit of the case number
RECOVERABLE = {"database_older", "history_differs", "heads_file_missing"}

_RAISE = """
INSERT INTO supervision_counter AS counter (series, value) SELECT * FROM unnest(%s::text[], %s::bigint[])
ON CONFLICT (series) DO UPDATE SET value = excluded.value WHERE counter.value < excluded.value
"""


def recover(
    file: HeadsFile, keys: dict[str, bytes], signer: Signer, *, by: str, reason: str, now: datetime
) -> dict[str, Any]:
    """Write the `recovery` record with everything that it says, and raise the numbers, in one transaction; returns its facts.

    The facts are signed with the head key; the sealer opens the log when it reads the record. Acts that have taken a number are
    waited for: they find the log closed. Refused `nothing_to_recover`, `heads_file_forged`, `epochs_used_up`.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE supervision_counter IN EXCLUSIVE MODE")
        found = compare(connection, file, keys)
        if found.reason not in RECOVERABLE:
            raise Refused(_nothing(found.reason))
        marks = file.marks()
        epoch = _next_epoch(marks, reason)
        facts = {
            "reason": reason,
            "by": by,
            "lost": _named(found.published),
            "also_lost": _other_branches(file, found),
            "kept": _named(found.stored),
            "number_epoch": epoch,
            "numbers": {EPOCH_SERIES: epoch},
            "void": _raise_series(marks, moment.local_date(now)),
            "key": key_id(signer),
        }
        facts["signature"] = signer.sign(canonical_bytes(facts)).hex()
        subject = log.Subject(*RECOVERY_SUBJECT)
        log.note("recovery", subject, actor=log.Actor(name=by, terminal="command line"), now=now, facts=facts)
    return facts


def _other_branches(file: HeadsFile, found: Comparison) -> list[str]:
    """The last heads of branches that earlier ceremonies gave up: this database may have forgotten those, too."""
    heads = {head.digest: head for head in file}
    named = {head.told["previous"] for head in heads.values()}
    tips = set(heads) - named - {head.digest for head in (found.published, found.stored) if head}
    return sorted(tip for tip in tips if stored_head(connection, heads[tip].size) != heads[tip])


def _nothing(reason: str) -> Refusal:
    if reason:
        return Refusal(reason, "存证头文件的最后一行签名无效，不能据此恢复。", ("T54",), "请取回原来的存证头文件。")
    return Refusal("nothing_to_recover", "数据库与已公布的存证头一致，不用恢复。", ("T68",))


def _named(head: SignedHead | None) -> dict[str, Any]:
    return {"size": head.size, "head": head.digest} if head else {"size": 0, "head": ""}


def _next_epoch(marks: Mapping[str, int], reason: str) -> int:
    """Above every epoch in which numbers were ever given, also by a life of this database that it has forgotten."""
    epoch = max(NumberEpoch.objects.order_by("-epoch")[0].epoch, marks.get(EPOCH_SERIES, 0)) + 1
    if epoch > LAST_EPOCH:
        raise Refused(Refusal("epochs_used_up", "办件编号的纪元已经用完，不能再恢复一次。", ("T68",)))
    NumberEpoch.objects.create(epoch=epoch, reason=reason)
    return epoch


def _raise_series(marks: Mapping[str, int], today: date) -> dict[str, list[int]]:
    """Every series of papers beyond what may have been given; returns the void numbers, first and last, by series."""
    stored = _counters()
    wanted = {
        series: max(stored.get(series, 0), marks.get(series, 0)) for series in {*stored, *marks} if _is_paper(series)
    }
    for series in {_of_today(series, today) for series in wanted}:
        wanted[series] = wanted.get(series, 0) + MARGIN
    risen = {series: value for series, value in sorted(wanted.items()) if value > stored.get(series, 0)}
    with connection.cursor() as cursor:
        cursor.execute(_RAISE, [list(risen), list(risen.values())])
    return {series: [stored.get(series, 0) + 1, value] for series, value in risen.items()}


def _counters() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT series, value FROM supervision_counter ORDER BY series FOR UPDATE")
        return dict(cursor.fetchall())


def _is_paper(series: str) -> bool:
    return series.startswith(("paper:", "slip:"))


def _of_today(series: str, today: date) -> str:
    """The series in which numbers are given now: its last part is the year, or the day for slips."""
    stem, _, period = series.rpartition(":")
    return f"{stem}:{today:%Y}" if len(period) == 4 else f"{stem}:{today:%Y%m%d}"
