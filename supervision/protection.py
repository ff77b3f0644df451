"""Personal data at rest: sealed per field, bound to its row, found by a keyed index, proved by salted commitments (design 8).

SM4-GCM under a key derived from the ring's key; the ring is a file outside the tree and the database (HALL_KEYS), the
envelope names its key, so keys can be changed one after another. Without the ring nothing sensitive is written (T38-T41).
"""

import base64
import hashlib
import json
import os
import uuid
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

ALGORITHM = "SM4-GCM"
Envelope = dict[str, Any]


class Unreadable(Exception):
    """The envelope does not belong to this row and column, was damaged, or its key is not in the ring."""


def seal(value: str, *, table: str, column: str, row: uuid.UUID) -> Envelope:
    """Encrypt one field of one row. The salt in the envelope is what commitments in the log are made with."""
    key_id = _ring()["current"]
    nonce, cipher, tag = _encrypt(_key(key_id), value.encode(), _bound(table, column, row))
    return {
        "v": 1, "alg": ALGORITHM, "kid": key_id, "nonce": _b64(nonce), "ct": _b64(cipher), "tag": _b64(tag),
        "salt": _b64(os.urandom(16)),
    }  # fmt: skip


def unseal(envelope: Envelope, *, table: str, column: str, row: uuid.UUID) -> str:
    """The value again. Raises Unreadable, whatever was done to the envelope: moved to another row or column, damaged (T39)."""
    try:
        key_id = envelope["kid"]
        nonce, cipher, tag = (base64.b64decode(envelope[name]) for name in ("nonce", "ct", "tag"))
        is_known = key_id in _ring()["keys"]
    except (KeyError, TypeError, ValueError) as fault:
        raise Unreadable("the envelope is damaged") from fault
    if not is_known:
        raise Unreadable(f"key {key_id} is not in the ring")
    return _decrypt(_key(key_id), nonce, cipher, tag, _bound(table, column, row)).decode()


def commitment(envelope: Envelope, value: str) -> str:
    """SHA-256 of salt and value: proves later what was entered, tells nothing once the envelope is erased. Raises Unreadable."""
    try:
        salt = base64.b64decode(envelope["salt"])
    except (KeyError, TypeError, ValueError) as fault:
        raise Unreadable("the envelope is damaged") from fault
    return hashlib.sha256(salt + value.encode()).hexdigest()


def blind_index(value: str, *, purpose: str) -> str:
    """HMAC-SM3 under the index key: equal values meet without being readable; purposes do not meet each other."""
    mac = hmac.HMAC(base64.b64decode(_ring()["index"]), hashes.SM3())
    mac.update(f"{purpose}\x1f{value}".encode())
    return mac.finalize().hex()


def encrypt_file(key: bytes, data: bytes, *, row: uuid.UUID) -> bytes:
    """Nonce, tag and cipher text of a file under its own 16-byte key."""
    nonce, cipher, tag = _encrypt(key, data, row.bytes)
    return nonce + tag + cipher


def decrypt_file(key: bytes, data: bytes, *, row: uuid.UUID) -> bytes:
    return _decrypt(key, data[:12], data[28:], data[12:28], row.bytes)


def _bound(table: str, column: str, row: uuid.UUID) -> bytes:
    return f"{table}|{column}|{row}".encode()


def _encrypt(key: bytes, data: bytes, bound: bytes) -> tuple[bytes, bytes, bytes]:
    nonce = os.urandom(12)
    machine = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    machine.authenticate_additional_data(bound)
    return nonce, machine.update(data) + machine.finalize(), machine.tag


def _decrypt(key: bytes, nonce: bytes, cipher: bytes, tag: bytes, bound: bytes) -> bytes:
    try:
        machine = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
        machine.authenticate_additional_data(bound)
        return machine.update(cipher) + machine.finalize()
    except (InvalidTag, ValueError) as fault:  # a tag or nonce of the wrong length is a ValueError
        raise Unreadable("the envelope does not belong here") from fault


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@lru_cache(maxsize=1)
def _ring() -> dict[str, Any]:
    return json.loads(settings.KEYS_FILE.read_text())


@lru_cache(maxsize=16)
def _key(key_id: str) -> bytes:
    material = base64.b64decode(_ring()["keys"][key_id])
    return HKDF(hashes.SHA256(), 16, None, f"hall {ALGORITHM}".encode()).derive(material)
