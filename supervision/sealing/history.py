"""The last heads and the last checks, for the page of the supervision office: one statement each."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from supervision.models import LogCheck
from supervision.sealing.heads import SignedHead

_HEADS = """
WITH chosen AS (
    (SELECT size FROM supervision_head ORDER BY size DESC LIMIT %s)
    UNION (SELECT size FROM supervision_head WHERE sealed_at < %s ORDER BY size DESC LIMIT 1)
)
SELECT head.text, head.signature, before.text
  FROM chosen JOIN supervision_head AS head USING (size)
  LEFT JOIN LATERAL (SELECT text FROM supervision_head AS earlier
                      WHERE earlier.size < head.size ORDER BY earlier.size DESC LIMIT 1) AS before ON true
 ORDER BY head.size DESC
"""


@dataclass(frozen=True, slots=True)
class Link:
    """A head and whether it names the head before it; the first names none."""

    head: SignedHead
    fits: bool


def heads(count: int, day: datetime) -> list[Link]:
    """The newest heads, newest first, and the last one before `day` began."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [count, day])
        rows = cursor.fetchall()
    return [_link(SignedHead(text, bytes(signature)), before) for text, signature, before in rows]


def checks(count: int) -> list[LogCheck]:
    """The newest checks, newest first; one that waits or runs is among them."""
    return list(LogCheck.objects.order_by("-asked_at")[:count])


def _link(head: SignedHead, before: str | None) -> Link:
    previous = SignedHead(before, b"").digest if before else ""
    return Link(head, head.told["previous"] == previous)
