"""The sealer as this installation has it: its login, its key files, the file of published heads (settings)."""

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections

from supervision.sealing import signers
from supervision.sealing.heads import HeadsFile
from supervision.sealing.sealer import Sealer
from supervision.sealing.signers import FileSigner

ALIAS = "sealer"


def heads_file() -> HeadsFile:
    return HeadsFile(settings.HEADS_FILE)


def public_keys(use: str) -> dict[str, bytes]:
    """Key id → public key, of all keys that ever signed heads or receipts here."""
    rows = signers.published(settings.PUBLIC_KEYS_FILE)
    return {row["key"]: bytes.fromhex(row["public"]) for row in rows if row["use"] == use}


def head_signer() -> FileSigner:
    """The head key, for the sealer and for the ceremony of a recovery."""
    path = settings.HEAD_KEY_FILE
    try:
        return FileSigner(path)
    except (OSError, ValueError, KeyError) as fault:
        raise CommandError(
            f"{path} can't be used as a key ({fault}): script/server makes it at its first start."
        ) from fault


def sealer() -> Sealer:
    """Publishes the head key's public half and is ready to open the log. Only a process that has HALL_SEALER_URL may call it."""
    if ALIAS not in connections.settings:
        raise CommandError("HALL_SEALER_URL is missing: sealing has a login of its own (script/roles.sql).")
    signer, path = head_signer(), settings.PUBLIC_KEYS_FILE
    try:
        signers.publish(path, "head", signer)
    except (OSError, ValueError) as fault:
        raise CommandError(
            f"{path} can't be read or written ({fault}): put back a copy, it names keys of older signatures."
        ) from fault
    return Sealer(connections[ALIAS], signer, heads_file(), lambda: public_keys("head"))
