"""Official papers in two steps (design decision 11; T57, T60): the verb registers, the worker prints.

Whoever is killed between the two costs seconds: the sweep asks for every registered paper that has no file yet.
"""

import hashlib
import json
import logging
import os
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction

from supervision import log, protection, receipts
from supervision.ledger.canonical import canonical_bytes
from supervision.models import Paper, PaperFile, PaperKind, Receipt
from supervision.sealing import opening
from supervision.typesetting import TEMPLATE_VERSION, check, hindrance, typeset
from supervision.writing import write

logger = logging.getLogger(__name__)
CHECK_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def register(
    kind: PaperKind,
    *,
    title: str,
    number: str,
    unit: str,
    subject: models.Model,
    label: str,
    facts: Mapping[str, Any],
    now: datetime,
    seq: int,
) -> Paper:
    """A paper as it will be printed, not yet written: it belongs into the verb's own writing statement."""
    code = "-".join("".join(secrets.choice(CHECK_ALPHABET) for _ in range(4)) for _ in range(3))
    paper = Paper(
        kind=kind,
        title=title,
        number=number,
        unit=unit,
        issued_at=now,
        check_code=code,
        template_version=TEMPLATE_VERSION,
        subject_table=subject._meta.db_table,
        subject_id=subject.pk,
        label=label,
        record_seq=seq,
    )
    key = os.urandom(16)
    whole = {**facts, "number": number, "check_code": code, "check_url": check_url(code)}
    check(kind, whole)
    told = canonical_bytes(whole)
    paper.facts = protection.encrypt_file(key, told, row=paper.id)
    paper.facts_hash = hashlib.sha256(told).hexdigest()
    paper.file_key = protection.seal(key.hex(), table="supervision_paper", column="file_key", row=paper.id)
    return paper


def told_in_record(paper: Paper) -> dict[str, Any]:
    """What the record of the verb says of the paper it registered. The check code stands in the facts, whose hash is told."""
    return {
        "id": paper.id,
        "kind": paper.kind,
        "title": paper.title,
        "number": paper.number,
        "facts": paper.facts_hash,
        "template": paper.template_version,
    }


def check_url(code: str) -> str:
    return f"{settings.BASE_URL}/public/papers/{code}/"


def can_print() -> bool:
    """Whether this machine has what papers are printed with; fonts are fetched after the hall has opened."""
    return hindrance() is None


def print_pending(*, now: datetime) -> int:
    """Print every registered paper that has no file, oldest first; one that fails is reported and does not hold up the others.

    While fonts are still being fetched nothing is printed at all: wrong faces would stay as evidence. Nor while the log is
    closed: the record of the printing could not be written.
    """
    if not can_print() or not opening.is_open(connection):
        return 0
    printed = 0
    for key in Paper.objects.filter(file__isnull=True).order_by("issued_at").values_list("id", flat=True):
        try:
            printed += render(key, now=now)
        except Exception:
            logger.exception("paper %s could not be printed", key)
    return printed


def render(key: uuid.UUID, *, now: datetime) -> bool:
    """Print one paper once: the bytes and the record of their hash in one transaction. False when it was done or is being done."""
    with transaction.atomic():
        if not _claim(key):
            return False
        paper = Paper.objects.select_related("file").get(pk=key)
        if hasattr(paper, "file"):
            return False
        file_key = _file_key(paper)
        pdf = typeset(paper.kind, to_print(paper))
        hashed, data = hashlib.sha256(pdf).hexdigest(), protection.encrypt_file(file_key, pdf, row=paper.id)
        told = {"pdf": hashed, "stored": hashlib.sha256(data).hexdigest()}  # the second is compared without a key
        made = log.entry(
            "paper_rendered",
            log.Subject("supervision_paper", paper.id),
            actor=log.SYSTEM,
            now=now,
            unit=paper.unit,
            facts={"kind": paper.kind, "number": paper.number, "label": paper.label, **told},
        )
        write(made.record, PaperFile(paper=paper, rendered_at=now, pdf_hash=hashed, data=data))
    return True


def to_print(paper: Paper) -> dict[str, Any]:
    """The registered facts. A receipt slip also bears the receipt of its record, which can't be part of them: their hash stands
    in the record, whose hash stands in the receipt.
    """
    facts: dict[str, Any] = json.loads(facts_of(paper))
    if paper.kind == PaperKind.RECEIPT_SLIP and (receipt := receipt_of(paper)):
        facts["ledger_receipt"] = receipts.as_json(receipt)
    return facts


def facts_of(paper: Paper) -> bytes:
    """The registered facts as they were hashed. Raises Unreadable."""
    return protection.decrypt_file(_file_key(paper), bytes(paper.facts), row=paper.id)


def receipt_of(paper: Paper) -> Receipt | None:
    """The receipt of the record with which a paper was registered; none before receipts were given, and none for other verbs."""
    given = Receipt.objects.filter(subject_table=paper.subject_table, subject_id=paper.subject_id)
    return given.filter(record_seq=paper.record_seq).first()


def pdf_of(paper: Paper) -> bytes | None:
    """The printed bytes, the same at every reading; None while the worker has not printed them."""
    file = PaperFile.objects.filter(paper=paper).first()
    return protection.decrypt_file(_file_key(paper), bytes(file.data), row=paper.id) if file else None


def _claim(key: uuid.UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"paper:{key}"])
        return cursor.fetchone()[0]


def _file_key(paper: Paper) -> bytes:
    key = protection.unseal(paper.file_key, table="supervision_paper", column="file_key", row=paper.id)
    try:
        return bytes.fromhex(key)
    except ValueError as fault:
        raise protection.Unreadable("the file key is damaged") from fault
