"""Who signs heads and receipts. Ed25519 from a key file now; a cryptographic device with SM2 fills the same three members."""

import base64
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


def publish(path: Path, signers: dict[str, Signer]) -> None:
    """Add the public keys that the file does not name yet, by use (`head`, `receipt`); older keys stay for older signatures."""
    known = json.loads(path.read_text()) if path.exists() else []
    new = [
        {"key": key_id(signer), "use": use, "algorithm": signer.algorithm, "public": signer.public.hex()}
        for use, signer in signers.items()
        if (key_id(signer), use) not in {(row["key"], row["use"]) for row in known}
    ]
    if new:
        fresh = path.with_name(path.name + ".new")
        fresh.write_text(json.dumps(known + new, indent=1) + "\n")
        fresh.chmod(0o644)
        os.replace(fresh, path)
