"""The tree as rows: leaves one by one, hashes of subtrees from 256 leaves up; what lies below is computed when it is asked for."""

from collections.abc import Mapping, Sequence

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
    """The hashes of the complete subtrees that make up the leaves `start` to `end`, in order (`verification.pieces`)."""
    return [_subtree(connection, level, index) for level, index in pieces(start, end)]


_NODE = "SELECT sha256, sm3 FROM supervision_node WHERE level = %s AND index = %s"
_LEAVES = "SELECT sha256, sm3 FROM supervision_leaf WHERE index >= %s AND index < %s ORDER BY index"


def _subtree(connection: BaseDatabaseWrapper, level: int, index: int) -> Hashes:
    if level >= Node.LOWEST:
        return _hashes(connection, _NODE, level, index)[0]
    rows = _hashes(connection, _LEAVES, index << level, (index + 1) << level)
    while len(rows) > 1:
        rows = [
            {name: node_hash(name, left[name], right[name]) for name in ALGORITHMS}
            for left, right in zip(rows[::2], rows[1::2], strict=True)
        ]
    return rows[0]


def _hashes(connection: BaseDatabaseWrapper, statement: str, *values: int) -> list[Hashes]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [dict(zip(ALGORITHMS, map(bytes, row), strict=True)) for row in cursor.fetchall()]
