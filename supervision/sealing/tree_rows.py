"""The tree as rows: leaves one by one, hashes of subtrees from 256 leaves up; what lies below is computed when it is asked for."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from supervision.ledger.verification import ALGORITHMS, Frontier, node_hash, pieces
from supervision.models import Node

Hashes = dict[str, bytes]
_Node = tuple[int, int, bytes]


def insert(
    connection: BaseDatabaseWrapper,
    first: int,
    records: Sequence[int],
    leaves: Mapping[str, Sequence[bytes]],
    nodes: Mapping[str, Sequence[_Node]],
) -> None:
    """The next leaves from index `first` on, and the subtrees that they complete."""
    indices = list(range(first, first + len(records)))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO supervision_leaf (index, record_id, sha256, sm3) "
            "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bytea[], %s::bytea[])",
            [indices, list(records), *(list(leaves[name]) for name in ALGORITHMS)],
        )
        for ours, other in zip(*(nodes[name] for name in ALGORITHMS), strict=True):
            cursor.execute(
                "INSERT INTO supervision_node (level, index, sha256, sm3) VALUES (%s, %s, %s, %s)", [*ours, other[2]]
            )


def frontiers(connection: BaseDatabaseWrapper, size: int) -> dict[str, Frontier]:
    """The right edge of both trees over the first `size` leaves."""
    found = subtrees(connection, 0, size)
    return {name: Frontier(name, size, [hashes[name] for hashes in found]) for name in ALGORITHMS}


def subtrees(connection: BaseDatabaseWrapper, start: int, end: int) -> list[Hashes]:
    """The hashes of the complete subtrees that make up the leaves `start` to `end`, in order (`verification.pieces`).

    Those that are not stored lie together at either side: their leaves are read in one go.
    """
    wanted = pieces(start, end)
    stored = _nodes(connection, [piece for piece in wanted if piece[0] >= Node.LOWEST])
    leaves: dict[int, Hashes] = {}
    for low, group in groupby(wanted, key=lambda piece: piece[0] < Node.LOWEST):
        if low:
            run = list(group)
            leaves |= _leaves(connection, run[0][1] << run[0][0], (run[-1][1] + 1) << run[-1][0])
    return [stored[piece] if piece[0] >= Node.LOWEST else _folded(leaves, *piece) for piece in wanted]


def _folded(leaves: Mapping[int, Hashes], level: int, index: int) -> Hashes:
    rows = [leaves[place] for place in range(index << level, (index + 1) << level)]
    while len(rows) > 1:
        rows = [
            {name: node_hash(name, left[name], right[name]) for name in ALGORITHMS}
            for left, right in zip(rows[::2], rows[1::2], strict=True)
        ]
    return rows[0]


def _nodes(connection: BaseDatabaseWrapper, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], Hashes]:
    statement = (
        "SELECT level, index, sha256, sm3 FROM unnest(%s::smallint[], %s::bigint[]) AS wanted (level, index) "
        "JOIN supervision_node USING (level, index)"
    )
    columns = [[level for level, _ in wanted], [index for _, index in wanted]]
    return {(level, index): _hashes(row) for level, index, *row in _rows(connection, statement, *columns)}


def _leaves(connection: BaseDatabaseWrapper, start: int, end: int) -> dict[int, Hashes]:
    statement = "SELECT index, sha256, sm3 FROM supervision_leaf WHERE index >= %s AND index < %s"
    return {index: _hashes(row) for index, *row in _rows(connection, statement, start, end)}


def _hashes(row: Sequence[memoryview]) -> Hashes:
    return dict(zip(ALGORITHMS, map(bytes, row), strict=True))


def _rows(connection: BaseDatabaseWrapper, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()
