"""Logs made by hand for the verifier: records, trees by the definition of RFC 9162, heads signed with `cryptography`.

Nothing here uses the product's own hashing, so that one mistake can't stand on both sides.
"""

import base64
import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHMS = ("sha256", "sm3")
BEGIN = datetime(2026, 3, 10, 2, 42, tzinfo=UTC)
PATH = (
    ("receive", "", "received"),
    ("transfer", "received", "transferred"),
    ("accept", "transferred", "accepted"),
    ("review", "accepted", "reviewed"),
    ("grant", "reviewed", "decided"),
)
VERBS = {verb: {"from": [source], "to": target} for verb, source, target in PATH}


# Trees by definition -------------------------------------------------------------------------------------------------------
def leaf(name: str, body: bytes) -> bytes:
    return hashlib.new(name, b"\x00" + body).digest()


def root(name: str, leaves: Sequence[bytes]) -> bytes:
    """RFC 9162, 2.1.1: the left side is the largest power of two smaller than the whole."""
    if len(leaves) < 2:
        return leaves[0] if leaves else hashlib.new(name).digest()
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return hashlib.new(name, b"\x01" + root(name, leaves[:left]) + root(name, leaves[left:])).digest()


def subtrees(start: int, end: int) -> list[tuple[int, int]]:
    """The maximal aligned complete subtrees (first leaf, leaves) of a range, found by halving the whole."""

    def within(first: int, count: int) -> list[tuple[int, int]]:
        if first >= start and first + count <= end:
            return [(first, count)]
        if first >= end or first + count <= start:
            return []
        return within(first, count // 2) + within(first + count // 2, count // 2)

    return within(0, 1 << end.bit_length()) if end > start else []


# Signatures ----------------------------------------------------------------------------------------------------------------
def digest(text: str) -> str:
    """SHA-256 in hex: what heads and records name their predecessor by."""
    return hashlib.sha256(text.encode()).hexdigest()


def canonical(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def spelled(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass
class Signer:
    """A key of the hall, or of somebody who would like to be the hall."""

    use: str = "head"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    @property
    def key(self) -> str:
        return hashlib.sha256(self.public).hexdigest()[:16]

    @property
    def row(self) -> dict[str, str]:
        return {"key": self.key, "use": self.use, "algorithm": "Ed25519", "public": self.public.hex()}

    def sign(self, text: str) -> str:
        return self.private.sign(text.encode()).hex()


# Logs ----------------------------------------------------------------------------------------------------------------------
@dataclass
class Row:
    """A sealed record as it stands in the database: what is hashed, what stands beside it, what it was hashed to."""

    id: int
    body: str
    columns: dict[str, Any]
    leaves: dict[str, bytes]

    @classmethod
    def of(cls, number: int, told: dict[str, Any]) -> "Row":
        row = cls(number, canonical(told), {}, {})
        row.columns = _columns(told)
        row.hash_again()
        return row

    @property
    def told(self) -> dict[str, Any]:
        return json.loads(self.body)

    def change(self, **changes: Any) -> None:
        """Other words, with columns and leaf made anew: what only a superuser can do."""
        told = self.told | changes
        self.body, self.columns = canonical(told), _columns(told)
        self.hash_again()

    def hash_again(self) -> None:
        self.leaves = {name: leaf(name, self.body.encode()) for name in ALGORITHMS}


def _columns(told: dict[str, Any]) -> dict[str, Any]:
    subject = told["subject"]
    beside = {
        "table": subject["table"],
        "subject": subject["id"],
        "seq": subject["seq"],
        "kind": told["kind"],
        "to": told["to"],
    }
    return beside | {
        "unit": told["unit"],
        "at": told["at"],
        "schema": told["schema"],
        "hash": "sha256",
        "recorded_at": told["at"],
    }


@dataclass
class MadeLog:
    """A whole log. `add`, `step` and `seal` build it; tests then change rows and heads as they like."""

    signer: Signer = field(default_factory=Signer)
    receipt_signer: Signer = field(default_factory=lambda: Signer("receipt"))
    rows: list[Row] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    now: datetime = BEGIN
    epoch: int = 1
    last: dict[str, tuple[int, str, str]] = field(default_factory=dict)  # subject → seq, digest, state

    @property
    def keys(self) -> list[dict[str, str]]:
        return [self.signer.row, self.receipt_signer.row]

    @property
    def size(self) -> int:
        return len(self.rows)

    def add(
        self, kind: str, subject: str, *, numbered: bool = True, to: str = "", table: str = "hall_case", **told: Any
    ) -> Row:
        """A record a second later; one with a number goes on from the last of its subject."""
        self.now += timedelta(seconds=1)
        seq, previous, state = self.last.get(subject, (0, "", ""))
        body = {
            "schema": 1,
            "subject": {
                "table": table,
                "id": subject,
                "seq": seq + 1 if numbered else None,
                "previous": previous if numbered else "",
            },
            "kind": kind,
            "at": spelled(self.now),
            "unit": "031",
            "actor": {"name": "王小明", "post_title": "综合窗口", "unit": "031"},
            "from": state if numbered else "",
            "to": to,
            "power": {"kind": "receive", "letter": "遂委〔2026〕3号", "line": str(uuid.UUID(int=3)), "row": 2}
            if numbered
            else {},
            "facts": {},
        } | told
        row = Row.of(self.size + 101, body)
        self.rows.append(row)
        if numbered:
            self.last[subject] = seq + 1, digest(row.body), to
        return row

    def states(self, verbs: dict[str, Any] = VERBS) -> Row:
        return self.add(
            "state_table", str(uuid.UUID(int=0)), numbered=False, facts={"table": "hall_case", "verbs": verbs}
        )

    def recovery(self, lost: dict[str, str], kept: dict[str, str], **told: Any) -> Row:
        """The record of the ceremony, after which the log goes on from the head that was kept."""
        facts: dict[str, Any] = {"reason": "restored", "by": "王小明", "also_lost": [], "number_epoch": 2, "void": {}}
        facts |= {
            name: {"size": size_of(head), "head": digest(head["head"])}
            for name, head in (("lost", lost), ("kept", kept))
        }
        facts = self.signed(facts | told)
        return self.add("recovery", str(uuid.UUID(int=1)), numbered=False, table="supervision_clearance", facts=facts)

    def signed(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The head key's signature over all other facts."""
        facts = {name: value for name, value in facts.items() if name != "signature"} | {"key": self.signer.key}
        return facts | {"signature": self.signer.sign(canonical(facts))}

    def step(self, number: int) -> Row:
        """The next step of a case; its first one tells its number."""
        subject = str(uuid.UUID(int=number))
        verb, _, target = PATH[self.last.get(subject, (0,))[0]]
        return self.add(
            verb, subject, to=target, facts={"number": f"0312026031010{number:05}"} if verb == "receive" else {}
        )

    def seal(self, **told: Any) -> dict[str, str]:
        """A signed head over everything."""
        self.now += timedelta(seconds=1)
        head = self.head(self.size, self.heads[-1]["head"] if self.heads else "", **told)
        self.heads.append(head)
        return head

    def head(self, covers: int, before: str, **told: Any) -> dict[str, str]:
        roots = {name: root(name, [row.leaves[name] for row in self.rows[:covers]]).hex() for name in ALGORITHMS}
        text = canonical(
            {"schema": 1, "size": covers, "epoch": self.epoch, "sealed_at": spelled(self.now), "marks": {}}
            | {"previous": digest(before) if before else "", "key": self.signer.key}
            | roots
            | told
        )
        return {"head": text, "signature": self.signer.sign(text)}

    def seal_again(self, signer: Signer | None = None, **told: Any) -> None:
        """Make every head anew over the rows as they are now; without the head key this needs another signer."""
        old = {min(size_of(head), self.size): json.loads(head["head"])["sealed_at"] for head in self.heads}
        self.signer, self.heads = signer or self.signer, []
        for size, sealed_at in sorted(old.items()):
            before = self.heads[-1]["head"] if self.heads else ""
            self.heads.append(self.head(size, before, sealed_at=sealed_at, **told))

    def receipt(self, row: Row, **told: Any) -> dict[str, str]:
        """What the hall gave when it received the case."""
        body = row.told
        subject = body["subject"]
        text = canonical(
            {
                "schema": 1,
                "at": body["at"],
                "signed_at": body["at"],
                "case": body["facts"].get("number", ""),
                "key": self.receipt_signer.key,
                "leaf": row.leaves["sha256"].hex(),
                "record": f"{subject['table']}/{subject['id']}/{subject['seq']}",
            }
            | told
        )
        return {"receipt": text, "signature": self.receipt_signer.sign(text)}

    # The export
    def lines(self, start: int = 0, end: int | None = None) -> list[str]:
        """As `manage.py export_log` writes it (docs/log-format.md)."""
        end = self.size if end is None else end
        lines = [_line({"log": {"format": 1, "from": start, "to": end, "size": self.size}})]
        if (start, end) != (0, self.size):
            lines.append(_line({"link": {name: self._link(name, start, end) for name in ALGORITHMS}}))
        lines += self._heads_over(start) if start else []
        for index in range(start, end):
            lines += [self._record(index), *self._heads_over(index + 1)]
        if end < self.size:
            lines.append(_line(self.heads[-1]))
        return lines

    def _record(self, index: int) -> str:
        row = self.rows[index]
        hashes = {name: row.leaves[name].hex() for name in ALGORITHMS}
        return _line({"index": index, "id": row.id, **row.columns, "body": row.body, **hashes})

    def _heads_over(self, size: int) -> list[str]:
        return [json.dumps(head, ensure_ascii=False) for head in self.heads if size_of(head) == size]

    def _link(self, name: str, start: int, end: int) -> dict[str, list[str]]:
        def hashes(first: int, last: int) -> list[str]:
            leaves = [row.leaves[name] for row in self.rows]
            found = [root(name, leaves[at : at + count]) for at, count in subtrees(first, last)]
            return [base64.b64encode(value).decode() for value in found]

        return {"before": hashes(0, start), "after": hashes(end, self.size)}

    def write(self, folder: Path, lines: Sequence[str] | None = None) -> tuple[Path, Path]:
        """The export and the key file."""
        log, keys = folder / "log.ndjson", folder / "keys.json"
        log.write_text("".join(f"{line}\n" for line in (self.lines() if lines is None else lines)), encoding="utf-8")
        keys.write_text(json.dumps(self.keys), encoding="utf-8")
        return log, keys

    def head_lines(self) -> list[str]:
        return [_line(head) for head in self.heads]


def size_of(head: dict[str, str]) -> int:
    return json.loads(head["head"])["size"]


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def made_log(cases: int = 6, every: int = 4) -> MadeLog:
    """Cases that go their way side by side, a sign-in between, a head every few records."""
    log = MadeLog()
    log.states()
    for round_ in range(len(PATH)):
        for number in range(1, cases + 1):
            log.step(number)
            if log.size % every == 0:
                log.seal()
        log.add("sign_in", str(uuid.UUID(int=1000 + round_)), numbered=False, table="authorization_person")
    log.seal()
    return log
