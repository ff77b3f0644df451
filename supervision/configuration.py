"""Configuration on record: calendar, posts, holdings, windows, clients … give power or move days, so each change of them is announced.

One `configuration` record a table and change holds a digest of each row it touched; the fence `announce` lets no row of these
tables change in a transaction without one (T42, T48). Whoever changes a row past the fence shows up when rows and records are compared.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from supervision import log
from supervision.ledger.canonical import canonical_bytes, digest
from supervision.models import Record
from supervision.models.base import INTERNAL, PUBLIC
from supervision.sealing.findings import MALFORMED

KIND = "configuration"
WHOLE_TABLE = uuid.UUID(int=0)
GONE = ""


def announce(model: type[Model], keys: Iterable[Any], *, actor: log.Actor, now: datetime) -> None:
    """Record the rows with these keys as they now stand, or that they are gone, in the transaction that changed them."""
    wanted = [str(key) for key in keys]
    if not wanted:
        return
    standing = _digests(model, wanted)
    told = [[key, standing.get(key, GONE)] for key in sorted(wanted)]
    table = model._meta.db_table
    log.note(KIND, log.Subject(table, WHOLE_TABLE), actor=actor, now=now, facts={"table": table, "rows": told})


@dataclass(frozen=True, slots=True)
class Unlike:
    """The keys of rows that do not stand as they were last announced, and the numbers of records that announce nothing legible."""

    keys: list[str]
    illegible: list[int]


def unlike(model: type[Model]) -> Unlike:
    """What was changed, added or taken away past the fence. A record that is not as ours are is left out."""
    announced: dict[str, str] = {}
    illegible: list[int] = []
    written = Record.objects.filter(subject_table=model._meta.db_table, subject_id=WHOLE_TABLE, kind=KIND)
    for number, body in written.order_by("id").values_list("id", "body").iterator():
        try:
            announced |= _announced(bytes(body))
        except MALFORMED:
            illegible.append(number)
    standing = _digests(model)
    keys = [key for key in announced.keys() | standing.keys() if announced.get(key, GONE) != standing.get(key, GONE)]
    return Unlike(sorted(keys), illegible)


def fields_of(model: type[Model]) -> list[str]:
    """What of a row is digested: its public and internal fields, or those that the model itself names. Never personal data or secrets."""
    concrete = [field.name for field in model._meta.concrete_fields]
    named: Sequence[str] | None = getattr(model, "announced_fields", None)
    classes: dict[str, str] | None = getattr(model, "data_class", None)
    if named is not None:
        return [name for name in concrete if name in named]
    return [name for name in concrete if classes is None or classes[name] in (PUBLIC, INTERNAL)]


def _announced(body: bytes) -> dict[str, str]:
    rows = dict(json.loads(body)["facts"]["rows"])
    if not all(isinstance(text, str) for row in rows.items() for text in row):
        raise TypeError("keys and digests are texts")
    return rows


def _digests(model: type[Model], keys: Sequence[str] | None = None) -> dict[str, str]:
    rows = model._default_manager.all() if keys is None else model._default_manager.filter(pk__in=keys)
    return {str(row.pk): _digest(row) for row in rows}


def _digest(row: Model) -> str:
    """Of the values as Django spells them, the same in every process.

    Fields that came later (`later_fields` of the model) are told only where they differ from their default, so that rows which an
    older product announced keep their digest.
    """
    fields: list[Any] = [row._meta.get_field(name) for name in fields_of(type(row))]
    later: Sequence[str] = getattr(row, "later_fields", ())
    told = [field for field in fields if field.name not in later or field.value_from_object(row) != field.get_default()]
    return digest(canonical_bytes({field.name: field.value_to_string(row) for field in told})).hex()
