"""The log as the other rooms use it: who acts, what to write, what to read (D41)."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField
from django.db.models.expressions import RawSQL

from supervision.ledger.canonical import HASH_ALGORITHM, SCHEMA_VERSION, canonical_bytes, digest
from supervision.models import Record
from supervision.refusals import Refusal
from supervision.writing import write


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as facts: the log outlives the rows it names. `unit` is the 3-digit unit code; `client` a calling program."""

    person: uuid.UUID | None = None
    name: str = ""
    post: uuid.UUID | None = None
    post_title: str = ""
    unit: str = ""
    window: str = ""
    terminal: str = ""
    client: str = ""


SYSTEM = Actor(name="system")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a record is about: a row, its last sequence number, the digest of its last record, and its instant where it was read."""

    table: str
    id: uuid.UUID
    seq: int = 0
    previous: bytes = b""
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A record ready to be written, with the digest that the subject's row keeps as its link."""

    record: Record
    digest: bytes


def entry(
    kind: str,
    subject: Subject,
    *,
    actor: Actor,
    now: datetime,
    unit: str = "",
    from_state: str = "",
    to_state: str = "",
    power: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Entry:
    """The next record of a guarded subject; the caller holds its lock and writes the entry together with its effect.

    It is dated `now`, or as the subject's last record where that is later: two machines' clocks differ, a subject's time goes on.
    `power` names the letter line that empowered the act; `facts` what changed, personal data as commitments only.
    """
    at = max(now, subject.last or now)
    return _entry(kind, subject, subject.seq + 1, actor, at, unit, from_state, to_state, power, facts)


def subject_of(row: Any) -> Subject:
    """A row that is its own subject, with digest and instant of its last record looked up; the caller holds its lock.

    A case keeps that digest on its row, because it is acted upon all day.
    """
    table = row._meta.db_table
    if not row.record_seq:
        return Subject(table, row.pk)
    body, at = _of_last(row, "body", "occurred_at")
    return Subject(table, row.pk, row.record_seq, digest(bytes(body)), at)


def last_instant(table: str) -> RawSQL:
    """Annotate the statement that locks a row of this table with the instant of its last record, as `last_instant`.

    By hand: every verb builds its statement anew, and a subquery of the model would take three times as long to build.
    """
    last = "SELECT occurred_at FROM supervision_record WHERE subject_table = %s AND subject_id = {0}.id AND seq = {0}.record_seq"
    return RawSQL(last.format(table), [table], output_field=DateTimeField())  # noqa: S611 - the table is named by our code


def not_before_last(now: datetime, row: Any) -> datetime:
    """`now`, or the instant of the last record of an annotated row where that is later.

    Whoever waited for the lock got the row as it is and all else as it was when he asked: then the record is looked up once more.
    """
    return max(now, row.last_instant or _of_last(row, "occurred_at")[0])


def _of_last(row: Any, *columns: str) -> tuple[Any, ...]:
    records: Any = Record.objects.values_list(*columns)
    found: tuple[Any, ...] = records.get(subject_table=row._meta.db_table, subject_id=row.pk, seq=row.record_seq)
    return found


def note(kind: str, subject: Subject, *, actor: Actor, now: datetime, unit: str = "", facts: Mapping[str, Any]) -> None:
    """Write a record without sequence now, in a short transaction of its own: sign-in, refusal, unmasked read, export."""
    made = unnumbered(kind, subject, actor=actor, now=now, unit=unit, facts=facts)
    with transaction.atomic():
        write(made)


def unnumbered(
    kind: str, subject: Subject, *, actor: Actor, now: datetime, unit: str = "", facts: Mapping[str, Any]
) -> Record:
    """A record without sequence, not yet written: its writer puts it into the statement of its effect."""
    return _entry(kind, subject, None, actor, now, unit, "", "", None, facts).record


def denied(verb: str, subject: Subject, refusal: Refusal, *, actor: Actor, now: datetime) -> None:
    """Record an attempt that was refused; the act itself wrote nothing (T10, T13)."""
    note("denied", subject, actor=actor, now=now, facts={"verb": verb, "code": refusal.code, "rules": refusal.rules})


def fingerprint(told: Mapping[str, Any]) -> str:
    """One digest of many values, for facts that are too long to be told in a record (hex)."""
    return digest(canonical_bytes(told)).hex()


def records_of(table: str, key: uuid.UUID) -> list[Record]:
    """The numbered records of a subject, in order."""
    return list(Record.objects.filter(subject_table=table, subject_id=key, seq__isnull=False).order_by("seq"))


def _entry(
    kind: str,
    subject: Subject,
    seq: int | None,
    actor: Actor,
    now: datetime,
    unit: str,
    from_state: str,
    to_state: str,
    power: Mapping[str, Any] | None,
    facts: Mapping[str, Any] | None,
) -> Entry:
    body = canonical_bytes(
        {
            "schema": SCHEMA_VERSION,
            "subject": {"table": subject.table, "id": subject.id, "seq": seq, "previous": bytes(subject.previous)},
            "kind": kind,
            "at": now,
            "unit": unit or actor.unit,
            "actor": {name: value for name, value in asdict(actor).items() if value},
            "from": from_state,
            "to": to_state,
            "power": power or {},
            "facts": facts or {},
        }
    )
    record = Record(
        subject_table=subject.table,
        subject_id=subject.id,
        seq=seq,
        kind=kind,
        to_state=to_state,
        unit=unit or actor.unit,
        occurred_at=now,
        schema_version=SCHEMA_VERSION,
        hash_algorithm=HASH_ALGORITHM,
        body=body,
    )
    return Entry(record, digest(body))
