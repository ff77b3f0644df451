"""Readings that are asked all day: the ORM composes each once a process, with whatever values it is asked later.

To compose a statement with nine joins takes the ORM longer than the database needs to answer it. A reading keeps what the ORM made
of it and replaces the values alone. It stays an ordinary queryset of the typed models, so nothing can drift from them.
"""

import copy
import re
import uuid
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import QuerySet
from django.db.transaction import TransactionManagementError

from supervision import prepared

M = TypeVar("M")
_PLACE = re.compile(r"%([s%])")


class NotComposable(Exception):
    """The statement depends on its values in another way than by holding them: what it depends on belongs to its shape."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a value of this name stands among the parameters."""

    name: str


@dataclass(frozen=True, slots=True)
class _Composed:
    queryset: QuerySet[Any, Any]
    compiler: Any
    statement: prepared.Statement
    params: tuple[Any, ...]
    locks: bool


class Reading(Generic[M]):
    """`compose(*shape, **values)` gives a queryset whose text depends on the shape alone; values are texts, keys, instants, days, numbers.

    `_ACTS = Reading(lambda *, case: Act.objects.filter(case=case))`, and then `_ACTS.rows(case=case.id)`. What the database should plan
    with (a state, a kind) belongs to the shape. Raises NotComposable at the first use where a value is worked into the text.
    """

    def __init__(self, compose: Callable[..., QuerySet[Any, M]]) -> None:
        self._compose = compose
        self._kept: dict[Hashable, _Composed | None] = {}

    def rows(self, *shape: Hashable, **values: Any) -> list[M]:
        if None in values.values():
            raise NotComposable("what may be missing belongs to the shape, or is left out")
        asked = (shape, tuple(values))  # a value left out makes another statement
        if asked not in self._kept:
            self._kept[asked] = _composed(lambda given: self._compose(*shape, **given), values)
        kept = self._kept[asked]
        return _asked(kept, values) if kept else []

    def first(self, *shape: Hashable, **values: Any) -> M | None:
        """The first row, or None. The queryset itself says how many rows may come."""
        return next(iter(self.rows(*shape, **values)), None)


def _composed(
    compose: Callable[[Mapping[str, Any]], QuerySet[Any, Any]], values: Mapping[str, Any]
) -> _Composed | None:
    """Twice with specimens that mean nothing: whatever differs between the two must be a value that was given.

    None where the ORM knows without asking that no row can come (`none()`).
    """
    if not values:
        raise NotComposable("a reading without values is asked as it is")
    try:
        made = [_with_specimens(compose, values, turn) for turn in range(2)]
    except EmptyResultSet:
        return None
    if made[0][2:] != made[1][2:]:
        raise NotComposable(f"{made[0][2]} {made[0][3]} is not {made[1][2]} {made[1][3]}")
    queryset, compiler, sql, params = made[0]
    text, slots = _inlined(sql, params)
    converters = compiler.get_converters([selected[0] for selected in compiler.select[: compiler.col_count]])
    compiler.get_converters = lambda expressions: converters
    return _Composed(queryset, compiler, prepared.statement(text), slots, bool(queryset.query.select_for_update))


def _with_specimens(
    compose: Callable[[Mapping[str, Any]], QuerySet[Any, Any]], values: Mapping[str, Any], turn: int
) -> tuple[QuerySet[Any, Any], Any, str, tuple[Any, ...]]:
    specimens = {name: _specimen(value, turn, place) for place, (name, value) in enumerate(values.items())}
    queryset = compose(specimens)
    compiler = queryset.query.get_compiler(using=queryset.db)
    sql, given = compiler.as_sql()
    params = tuple(_placed(param, specimens) for param in given)
    if absent := specimens.keys() - set(_names(params)):
        raise NotComposable(f"{', '.join(sorted(absent))} does not stand in {sql}")
    return queryset, compiler, sql, params


def _specimen(value: Any, turn: int, place: int) -> Any:
    """A value of the same type that stands for nothing: of each turn in another age, so that what is made of it differs, too."""
    far = timedelta(days=(300_000 * turn) + 401 * (place + 1), hours=place)
    match value:
        case bool():
            pass
        case str():
            return f"specimen {uuid.uuid4()}" + " of the second turn" * turn
        case uuid.UUID():
            return uuid.uuid4()
        case datetime():
            return datetime(1601, 1, 1, tzinfo=UTC) + far
        case date():
            return date(1601, 1, 1) + far
        case int():
            return (
                -32_007 if turn else 32_007
            ) - place  # what fits the smallest column, else the ORM knows that no row can come
    raise NotComposable(f"{value!r} belongs to the shape")


def _placed(param: Any, specimens: Mapping[str, Any]) -> Any:
    if isinstance(param, (list, tuple)):
        return tuple(_placed(one, specimens) for one in param)
    return next((_Slot(name) for name, one in specimens.items() if type(one) is type(param) and one == param), param)


def _names(params: Sequence[Any]) -> list[str]:
    found: list[str] = []
    for param in params:
        found += _names(param) if isinstance(param, tuple) else [param.name] if isinstance(param, _Slot) else []
    return found


def _inlined(sql: str, params: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """What never changes becomes part of the text, so that the database plans with it; the rest keeps its place."""
    rest, slots = iter(params), []

    def spelled(found: re.Match[str]) -> str:
        if found[1] == "%":
            return "%%"
        param = next(rest)
        if _names([param]):
            slots.append(param)
            return "%s"
        return _literal(param)

    return _PLACE.sub(spelled, sql), tuple(slots)


def _literal(param: Any) -> str:
    with connection.cursor() as cursor:
        text: bytes = cursor.mogrify("%s", [list(param) if isinstance(param, tuple) else param])
    return text.decode().replace("%", "%%")


def _asked(kept: _Composed, values: Mapping[str, Any]) -> list[Any]:
    if kept.locks and not connection.in_atomic_block:
        raise TransactionManagementError("a lock lasts as long as its transaction")
    params = [_filled(param, values) for param in kept.params]
    compiler = copy.copy(kept.compiler)
    compiler.connection = connections[DEFAULT_DB_ALIAS]
    queryset: Any = kept.queryset._chain()  # type: ignore[attr-defined]
    queryset.query.get_compiler = lambda *args, **named: compiler
    with kept.statement.spelled(compiler.connection) as text:
        compiler.as_sql = lambda *args, **named: (text, params)
        return list(queryset)


def _filled(param: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(param, tuple):
        return [_filled(one, values) for one in param]
    return values[param.name] if isinstance(param, _Slot) else param
