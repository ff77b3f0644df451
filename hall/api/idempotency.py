"""One effect for each Idempotency-Key, however often a client has to ask (T31, T32, T58; IETF draft idempotency-key-header).

The lock of (client, key) is the first statement of the transaction and answers a concurrent request; the answer is written
in the same statement as the case. Both vanish together when the transaction does, so a refusal is never kept.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from rest_framework.request import Request

from hall.api.clients import client_of
from hall.config.api_errors import BadParameters
from hall.models import ApiClient, IdempotentAnswer
from supervision import protection
from supervision.readings import Reading
from supervision.refusals import Refusal, Refused

HEADER = "Idempotency-Key"
TABLE, COLUMN = "hall_idempotentanswer", "body"
_STORED = Reading(lambda *, client, key: IdempotentAnswer.objects.filter(client=client, key=key))
_KEY = re.compile(r'"?(?P<key>[\x21\x23-\x7e]{1,120})"?')


class KeyReused(Refused):
    """The key already stands for another request."""

    status = 422


class InProgress(Refused):
    """The same request is being worked on right now."""

    retry_after = 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request under a key. The fingerprint is keyed, since a plain hash of a body with an ID number can be guessed."""

    client: ApiClient
    key: str
    fingerprint: str

    def answer(self, status: int, body: dict[str, Any], now: datetime) -> IdempotentAnswer:
        """The row that keeps an answer, sealed and bound to itself; not yet written."""
        row = IdempotentAnswer(
            client=self.client, key=self.key, fingerprint=self.fingerprint, status=status, answered_at=now
        )
        text = json.dumps(body, ensure_ascii=False)
        row.body = protection.seal(text, table=TABLE, column=COLUMN, row=row.id)
        return row


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told, and is told again."""

    status: int
    body: dict[str, Any]


def attempt(request: Request) -> Attempt:
    """The key and fingerprint of a request. Refused 400 `idempotency_key_missing`, `idempotency_key_invalid`."""
    told = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if not told:
        sentence = "每次提交都要有 Idempotency-Key，同一件申办重试时不要换。"
        raise BadParameters(("header", HEADER, "idempotency_key_missing", sentence))
    found = _KEY.fullmatch(told)
    if found is None:
        sentence = "Idempotency-Key 是 1 至 120 个可见的 ASCII 字符，例如一个 UUID。"
        raise BadParameters(("header", HEADER, "idempotency_key_invalid", sentence))
    said = f"{request.method} {request.path} {hashlib.sha256(request.body).hexdigest()}"
    return Attempt(client_of(request), found["key"], protection.blind_index(said, purpose="idempotency"))


def claim(wanted: Attempt) -> Answer | None:
    """Take the key for this transaction, as its first statement; the stored answer when there is one.

    Refused 409 `request_in_progress` while another request holds the key, 422 `idempotency_key_reused`.
    """
    if not _try_lock(wanted):
        raise InProgress(
            Refusal(
                "request_in_progress",
                "同一个请求正在办理，还没有结果。",
                ("T32",),
                "请稍后用同一个 Idempotency-Key 重试。",
            )
        )
    stored = _STORED.first(client=wanted.client.id, key=wanted.key)
    if stored is None:
        return None
    if stored.fingerprint != wanted.fingerprint:
        raise KeyReused(
            Refusal(
                "idempotency_key_reused",
                "这个 Idempotency-Key 已用于另一个请求。",
                ("T32",),
                "新的申办请用新的 Idempotency-Key。",
            )
        )
    return Answer(stored.status, json.loads(protection.unseal(stored.body, table=TABLE, column=COLUMN, row=stored.id)))


def _try_lock(wanted: Attempt) -> bool:
    digest = hashlib.sha256(f"{wanted.client.client_id}\x1f{wanted.key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])
        return bool(cursor.fetchone()[0])
