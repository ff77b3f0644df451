"""One act, one writing statement: new rows of several models and changes of locked rows in a single CTE.

A verb writes its record, its case, its act, its clocks and its paper together: all of them or none, at the price of one
round trip. The statement is composed from the typed models, so it can't drift from them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault


@dataclass(frozen=True, slots=True)
class Change:
    """The named fields of an existing row, as they now stand on the instance. The row must be locked by the caller."""

    row: models.Model
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Update:
    """Hand-written `UPDATE … ` for rows that were not loaded; touches any number of rows."""

    sql: str
    params: tuple[Any, ...]


class NotWritten(Exception):
    """A changed row was not there: the caller did not hold its lock."""


def write(*parts: models.Model | Change | Update) -> None:
    """Write all parts in one statement inside the caller's transaction. New rows of one model share one INSERT."""
    new = _by_model(parts)
    changes = [part for part in parts if isinstance(part, Change)]
    statements = [*(_insert(rows) for rows in new), *(_change(change) for change in changes)]
    expected = [len(rows) for rows in new] + [1] * len(changes)
    counted = len(statements)
    statements += [(part.sql, list(part.params)) for part in parts if isinstance(part, Update)]
    ctes = ", ".join(f"p{n} AS ({sql} RETURNING 1)" for n, (sql, _) in enumerate(statements))
    counts = ", ".join(f"(SELECT count(*) FROM p{n})" for n in range(counted))
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {ctes} SELECT {counts}", [value for _, values in statements for value in values])
        written = cursor.fetchone()
    if list(written) != expected:
        raise NotWritten(f"expected {expected} rows, wrote {list(written)}")


def _by_model(parts: Iterable[Any]) -> list[list[models.Model]]:
    groups: dict[type[models.Model], list[models.Model]] = {}
    for part in parts:
        if isinstance(part, models.Model):
            groups.setdefault(type(part), []).append(part)
    return list(groups.values())


def _insert(rows: Sequence[models.Model]) -> tuple[str, list[Any]]:
    meta = rows[0]._meta
    fields = [field for field in meta.local_concrete_fields if _is_given(field, rows[0])]
    values = [_value(field, row, add=True) for row in rows for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    one = "(" + ", ".join(["%s"] * len(fields)) + ")"
    return f'INSERT INTO "{meta.db_table}" ({columns}) VALUES {", ".join([one] * len(rows))}', values


def _change(change: Change) -> tuple[str, list[Any]]:
    meta = change.row._meta
    fields: list[Any] = [meta.get_field(name) for name in change.fields]
    assignments = ", ".join(f'"{field.column}" = %s' for field in fields)
    assert meta.pk is not None
    values = [_value(field, change.row, add=False) for field in [*fields, meta.pk]]
    return f'UPDATE "{meta.db_table}" SET {assignments} WHERE "{meta.pk.column}" = %s', values


def _is_given(field: models.Field, row: models.Model) -> bool:
    if isinstance(field, models.AutoField):
        return getattr(row, field.attname) is not None
    return not isinstance(getattr(row, field.attname), DatabaseDefault)


def _value(field: Any, row: models.Model, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(row, add), connection)
