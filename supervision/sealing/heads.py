"""Signed heads: how one is made, and the append-only file outside the database in which each is published (trust 2, trap 5)."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from supervision.ledger.canonical import canonical_bytes
from supervision.sealing.signers import Signer, key_id

SCHEMA = 1


@dataclass(frozen=True)
class SignedHead:
    """A head as it was signed: the exact text and the signature over its UTF-8 bytes."""

    text: str
    signature: bytes

    @cached_property
    def told(self) -> dict[str, Any]:
        """size, epoch, sealed_at, sha256, sm3 (roots in hex), previous, key, marks."""
        return json.loads(self.text)

    @property
    def size(self) -> int:
        return int(self.told["size"])

    @property
    def digest(self) -> str:
        """SHA-256 of the text: what the next head carries as `previous`."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def line(self) -> str:
        return json.dumps({"head": self.text, "signature": self.signature.hex()}, ensure_ascii=False)


def sign(
    signer: Signer,
    *,
    size: int,
    roots: Mapping[str, bytes],
    epoch: int,
    previous: str,
    sealed_at: datetime,
    marks: Mapping[str, int],
) -> SignedHead:
    """A new head over `size` records. `marks` are the number series that rose since the previous head (T68)."""
    told = {"schema": SCHEMA, "size": size, "epoch": epoch, "previous": previous, "sealed_at": sealed_at}
    told |= {"marks": dict(marks), "key": key_id(signer), **roots}
    body = canonical_bytes(told)
    return SignedHead(body.decode(), signer.sign(body))


class HeadsFile:
    """The published heads, one a line, oldest first. Lines are only ever added; half a line, left by a kill, is no head."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self) -> None:
        """The file is there before the first head is committed, so that one that is gone can be told from one that is to be written."""
        self.path.touch()
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @property
    def is_begun(self) -> bool:
        return self.path.exists()

    def newest(self) -> SignedHead | None:
        """Read from the end, so that a file of years costs no more than one of a day.

        Not always the last line: a runner that was stopped between commit and publication may wake up late and add an old head.
        """
        if not self.is_begun:
            return None
        with self.path.open("rb") as file:
            end, tail = file.seek(0, os.SEEK_END), b""
            while end and tail.count(b"\n") < 4:
                step = min(end, 1 << 16)
                end -= step
                file.seek(end)
                tail = file.read(step) + tail
        found = [head for line in tail.split(b"\n")[:-1] if (head := _parsed(line))]
        return max(found, key=lambda head: (head.told["epoch"], head.size), default=None)

    def __iter__(self) -> Iterator[SignedHead]:
        if self.is_begun:
            with self.path.open("rb") as file:
                yield from (head for line in file if line.endswith(b"\n") and (head := _parsed(line)))

    def append(self, *heads: SignedHead) -> None:
        """On disk when this returns. A line that a kill cut short is ended first."""
        with self.path.open("ab") as file:
            if file.tell() and not self._ends_with_a_line():
                file.write(b"\n")
            file.writelines(f"{head.line}\n".encode() for head in heads)
            file.flush()
            os.fsync(file.fileno())

    def marks(self) -> dict[str, int]:
        """How far each number series had risen by all that was published."""
        highest: dict[str, int] = {}
        for head in self:
            for series, value in head.told["marks"].items():
                highest[series] = max(value, highest.get(series, 0))
        return highest

    def _ends_with_a_line(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"


def _parsed(line: bytes) -> SignedHead | None:
    try:
        told = json.loads(line)
        head = SignedHead(told["head"], bytes.fromhex(told["signature"]))
        return head if head.size >= 0 and head.told["epoch"] >= 0 else None
    except (ValueError, KeyError, TypeError):
        return None
