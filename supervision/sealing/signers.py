"""Who signs heads and receipts. Ed25519 from a key file now; a cryptographic device with SM2 fills the same three members."""

import base64
import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Signer(Protocol):
    """What sealing asks of a key: the name of its algorithm, its public half, a signature over exact bytes."""

    algorithm: str
    public: bytes

    def sign(self, message: bytes) -> bytes: ...


class FileSigner:
    """An Ed25519 key from a private file `{"algorithm", "seed"}`."""

    algorithm = "Ed25519"

    def __init__(self, path: Path) -> None:
        told = json.loads(path.read_text())
        if told["algorithm"] != self.algorithm:
            raise ValueError(f"{path.name} holds a key for {told['algorithm']}; this signer knows {self.algorithm}")
        self._key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(told["seed"]))
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def key_id(signer: Signer) -> str:
    """The first 16 hex digits of the SHA-256 of the public key."""
    return hashlib.sha256(signer.public).hexdigest()[:16]


def published(path: Path) -> list[dict[str, str]]:
    """The public keys of the log as everybody may read them; [] before the first is published. Raises ValueError for what is no such file."""
    if not path.exists():
        return []
    rows: list[dict[str, str]] = json.loads(path.read_text())
    return rows


def publish(path: Path, use: str, signer: Signer) -> None:
    """Add a public key that the file does not name yet, for its use (`head`, `receipt`); older keys stay for older signatures.

    Raises OSError, ValueError. Sealer and web each publish their own key, perhaps at once.
    """
    row = {"key": key_id(signer), "use": use, "algorithm": signer.algorithm, "public": signer.public.hex()}
    if row in published(path):
        return
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        fresh = path.with_name(path.name + ".new")
        with fresh.open("w") as file:
            file.write(json.dumps([*published(path), row], indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.chmod(0o644)
        os.replace(fresh, path)
