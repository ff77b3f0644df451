"""The sealer as this installation has it: its login, its key files, the file of published heads (settings)."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

from supervision.sealing.heads import HeadsFile
from supervision.sealing.sealer import Sealer
from supervision.sealing.signers import FileSigner, publish

ALIAS = "sealer"


def heads_file() -> HeadsFile:
    return HeadsFile(settings.HEADS_FILE)


def public_keys(use: str) -> dict[str, bytes]:
    """Key id → public key, of all keys that ever signed heads or receipts here."""
    if not settings.PUBLIC_KEYS_FILE.exists():
        return {}
    rows = json.loads(settings.PUBLIC_KEYS_FILE.read_text())
    return {row["key"]: bytes.fromhex(row["public"]) for row in rows if row["use"] == use}


def head_signer() -> FileSigner:
    """The head key, for the sealer and for the ceremony of a recovery."""
    return _signer(settings.HEAD_KEY_FILE)


def sealer() -> Sealer:
    """Publishes the public keys and is ready to open the log. Only a process that has HALL_SEALER_URL may call it."""
    if ALIAS not in connections.settings:
        raise CommandError("HALL_SEALER_URL is missing: sealing has a login of its own (script/roles.sql).")
    signer = head_signer()
    publish(settings.PUBLIC_KEYS_FILE, {"head": signer, "receipt": _signer(settings.RECEIPT_KEY_FILE)})
    return Sealer(connections[ALIAS], signer, heads_file(), lambda: public_keys("head"))


def _signer(path: Path) -> FileSigner:
    try:
        return FileSigner(path)
    except (OSError, ValueError, KeyError) as fault:
        raise CommandError(
            f"{path} can't be used as a key ({fault}): script/server makes it at its first start."
        ) from fault
