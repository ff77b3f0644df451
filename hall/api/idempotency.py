"""One effect for each Idempotency-Key, however often a client has to ask (T31, T32, T58; IETF draft idempotency-key-header).

The lock of (client, key) is the first statement of the transaction and answers a concurrent request; the answer is written
in the same statement as the case. Both vanish together when the transaction does, so a refusal is never kept.
"""

import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from rest_framework.request import Request

from hall.api.clients import client_of
from hall.config.api_errors import BadParameters
from hall.models import ApiClient, IdempotentAnswer
from supervision import protection
from supervision.refusals import Refusal, Refused

HEADER = "Idempotency-Key"
TABLE, COLUMN = "hall_idempotentanswer", "body"
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
    claimed, answer = _claim(wanted)
    if not claimed:
        raise InProgress(
            Refusal(
                "request_in_progress",
                "同一个请求正在办理，还没有结果。",
                ("T32",),
                "请稍后用同一个 Idempotency-Key 重试。",
            )
        )
    if answer is None:
        return None
    stored = IdempotentAnswer.objects.get(pk=answer)
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


def _claim(wanted: Attempt) -> tuple[bool, uuid.UUID | None]:
    """Is the key ours, and which answer stands under it? In one statement, which reads after it has the lock."""
    digest = hashlib.sha256(f"{wanted.client.client_id}\x1f{wanted.key}".encode()).digest()
    place = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT claimed, answer FROM hall_claim(%s, %s, %s)", [place, wanted.client.id, wanted.key])
        claimed, answer = cursor.fetchone()
    return claimed, answer
