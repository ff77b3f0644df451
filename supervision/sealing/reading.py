"""The sealed log read with the verifier's own code, inside the product: all of it, one subject, or one receipt (T46, T49, T56).

What this says is what `script/verify-log` says of an export; who does not trust it takes the export and asks there.
"""

import json
import uuid
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection

from supervision import log
from supervision.ledger import verification
from supervision.ledger.canonical import digest as digest_of
from supervision.ledger.verification import leaf_hash, verify_signature
from supervision.models import Head, Leaf, Record
from supervision.sealing import export, office, signers
from supervision.sealing.findings import Finding, of_verifier
from supervision.sealing.heads import SignedHead


def is_anything_sealed() -> bool:
    return Head.objects.exists()


def sealed_size() -> int:
    """How many records the newest head covers."""
    return Head.objects.order_by("-size").values_list("size", flat=True).first() or 0


def is_signed(head: SignedHead) -> bool:
    """Is the signature under a head of one of the published keys?"""
    public = office.public_keys("head").get(head.told["key"])
    return public is not None and verify_signature(public, head.text.encode(), head.signature)


def verify_all(progress: Callable[[int], None]) -> Finding | None:
    """The first fault of the whole sealed log beside the published heads; None when all is in order."""
    return _fault(export.lines(connection), heads=_published(), progress=progress)


@dataclass(frozen=True, slots=True)
class Place:
    """A record of a subject, where it stands in the log (None: not sealed yet), and the first thing wrong with it."""

    record: Record
    index: int | None
    fault: Finding | None

    @property
    def body(self) -> dict[str, Any]:
        return json.loads(bytes(self.record.body))


def steps_of(table: str, key: uuid.UUID) -> list[Place]:
    """Every numbered record of a subject, each proved against the newest head, and each against the one before it."""
    places: list[Place] = []
    records = log.records_of(table, key)
    indices = dict(Leaf.objects.filter(record_id__in=[one.id for one in records]).values_list("record_id", "index"))
    for record in records:
        index = indices.get(record.id)
        fault = _proved(index) if index is not None else None
        places.append(Place(record, index, fault or _after(places[-1] if places else None, record)))
    return places


def path_length(index: int, size: int) -> int:
    """How many hashes lead from one record to the root over `size` records."""
    return len(verification.pieces(0, index)) + len(verification.pieces(index + 1, size))


@dataclass(frozen=True, slots=True)
class ReceiptVerdict:
    """What a receipt proves. `subject` is the row that its record is about; `index` is None when it is not sealed yet."""

    case: str
    table: str
    subject: uuid.UUID
    index: int | None
    fault: Finding | None


def check_receipt(text: str) -> ReceiptVerdict | None:
    """A receipt as its file or the code on the slip holds it; None for what is no receipt at all."""
    try:
        receipt = verification.Signed.of(json.loads(text), "receipt")
        receipt.text.encode()
        table, key, seq = receipt.told["record"].split("/")
        if not (table.isidentifier() and table.isascii() and seq.isascii() and seq.isdecimal() and len(seq) < 9):
            return None
        subject, number = uuid.UUID(key), int(seq)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None
    record = Record.objects.filter(subject_table=table, subject_id=subject, seq=number).first()
    index = Leaf.objects.filter(record_id=record.id).values_list("index", flat=True).first() if record else None
    fault: Finding | None = None
    if not receipt.is_signed(office.public_keys("receipt")):
        fault = of_verifier("receipt_signature", receipt.told["key"])
    elif record is None:
        fault = Finding("receipt_omitted", "回执证明有过这条记录，现在记录里没有它。")
    elif index is not None:
        fault = _fault(export.lines(connection, index, index + 1), receipts=[text])
    elif leaf_hash("sha256", bytes(record.body)).hex() != receipt.told["leaf"]:
        fault = of_verifier("receipt_changed", "not sealed yet")
    return ReceiptVerdict(receipt.told["case"], table, subject, index, fault)


def _proved(index: int) -> Finding | None:
    """One record against the newest head: its hashes, its columns, the path to both roots, the signature."""
    return _fault(export.lines(connection, index, index + 1))


def _after(before: Place | None, record: Record) -> Finding | None:
    """A record goes on where the last one of its subject stopped: number, digest, state, time."""
    body = json.loads(bytes(record.body))
    last = before.body if before else {"to": "", "at": ""}
    seq = before.record.seq + 1 if before and before.record.seq else 1
    digest = digest_of(bytes(before.record.body)).hex() if before else ""
    for reason, holds in (
        ("sequence_gap", record.seq == seq),
        ("link_broken", body["subject"]["previous"] == digest),
        ("path_illegal", body["from"] == last["to"]),
        ("time_backwards", body["at"] >= last["at"]),
    ):
        if not holds:
            return of_verifier(reason, f"record {record.seq} of {record.subject_table}/{record.subject_id}")
    return None


def _fault(lines: Generator[str], **asked: Any) -> Finding | None:
    """Whatever the verifier says first. It stops reading there, and the export's transaction must end with it."""
    try:
        with closing(lines):
            report = verification.verify(lines, signers.published(settings.PUBLIC_KEYS_FILE), **asked)
    except (verification.Unusable, export.Unexportable) as fault:
        return Finding("unusable", f"没有核验成：{fault}")
    return None if report.ok else of_verifier(report.reason, report.sentence, report.index)


def _published() -> list[str]:
    """The newest published head. It names the one before it, and so on: an equal newest one means equal heads all the way."""
    newest = office.heads_file().newest()
    return [newest.line] if newest else []
