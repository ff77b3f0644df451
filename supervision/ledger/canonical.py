"""Canonical bytes of a record: made once by the application and hashed as they are (trust 2, trap 12)."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

SCHEMA_VERSION = 1
HASH_ALGORITHM = "sha256"


def canonical_bytes(body: Mapping[str, Any]) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces; instants in UTC to the microsecond. Floats have no one spelling and are refused."""
    return json.dumps(plain(body), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(body: bytes) -> bytes:
    """SHA-256 of canonical bytes: the link that the next record of the subject carries."""
    return hashlib.sha256(body).digest()


def plain(value: Any) -> Any:
    """A value as it stands in canonical bytes, before it is JSON."""
    match value:
        case None | bool() | int() | str():
            return str(value) if isinstance(value, str) else value
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    raise TypeError(f"{type(value).__name__} has no canonical form")
