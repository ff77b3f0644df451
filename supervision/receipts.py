"""Receipts (收件回执): the hall's signed word that a record exists, given together with it and before it is sealed (T56).

Whoever holds one can prove alone that the record was taken away or altered afterwards. Without the key nothing is received.
"""

import json
import logging
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from supervision import log, moment
from supervision.ledger.canonical import canonical_bytes
from supervision.ledger.verification import Signed, leaf_hash
from supervision.models import Receipt
from supervision.sealing import office
from supervision.sealing.findings import MALFORMED
from supervision.sealing.signers import FileSigner, Signer, key_id, publish

logger = logging.getLogger(__name__)
SCHEMA = 1


class NoReceipt(Exception):
    """The receipt key can't be read or published: what needs a receipt is not done at all."""


def give(entry: log.Entry, *, label: str) -> Receipt:
    """The receipt of a numbered record, not yet written: it belongs into the statement that writes the record. Raises NoReceipt.

    `label` is the number under which people know the subject.
    """
    record, signer = entry.record, _signer()
    assert record.seq is not None, "only numbered records have receipts"
    told = {
        "schema": SCHEMA,
        "case": label,
        "record": f"{record.subject_table}/{record.subject_id}/{record.seq}",
        "leaf": leaf_hash("sha256", bytes(record.body)),
        "at": record.occurred_at,
        "signed_at": moment.wall(),
        "key": key_id(signer),
    }
    text = canonical_bytes(told)
    return Receipt(
        subject_table=record.subject_table,
        subject_id=record.subject_id,
        label=label,
        text=text.decode(),
        signature=signer.sign(text),
        record_seq=record.seq,
    )


def be_ready() -> None:
    """For a web process at its start: the key is known to everybody before the first receipt. Whatever is wrong, intake says so."""
    try:
        _signer()
    except NoReceipt as fault:
        logger.error("%s", fault)


def leaf_of(body: bytes) -> str:
    """How a receipt names the bytes of a record (hex)."""
    return leaf_hash("sha256", body).hex()


def published() -> dict[str, bytes]:
    """The public keys of receipts by their ids; none before a web process has begun, or when the list can't be read."""
    try:
        return office.public_keys("receipt")
    except (OSError, *MALFORMED):
        return {}


def judge(receipt: Receipt, keys: Mapping[str, bytes]) -> tuple[dict[str, Any], bool]:
    """What a receipt says of its record, and whether one of these keys signed it. A text that is no receipt says nothing."""
    try:
        signed = Signed.of(told(receipt), "receipt")
        return {name: signed.told[name] for name in ("case", "record", "leaf", "at")}, _is_signed(signed, keys)
    except MALFORMED:
        return {}, False


def _is_signed(signed: Signed, keys: Mapping[str, bytes]) -> bool:
    """By the library: the verifier's own arithmetic takes milliseconds, and a check judges every receipt there is."""
    public = keys.get(signed.told["key"])
    if public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, signed.text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def told(receipt: Receipt) -> dict[str, str]:
    """As the verifier reads it: the exact text that was signed, and the signature in hex."""
    return {"receipt": receipt.text, "signature": bytes(receipt.signature).hex()}


def as_json(receipt: Receipt) -> str:
    """The receipt as a file, and as the code that is printed on the slip."""
    return json.dumps(told(receipt), ensure_ascii=False, separators=(",", ":"))


def _signer() -> Signer:
    try:
        return _signer_of(settings.RECEIPT_KEY_FILE)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise NoReceipt(f"the receipt key can't be read or published: {fault}") from fault


@lru_cache(maxsize=2)
def _signer_of(path: Path) -> FileSigner:
    """Once per process; a key that could not be read is tried again. A receipt under a key that nobody knows would prove nothing."""
    signer = FileSigner(path)
    publish(settings.PUBLIC_KEYS_FILE, "receipt", signer)
    return signer
