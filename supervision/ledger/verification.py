#!/usr/bin/env python3
"""Checks an export of the hall's log without trusting the hall: one file, nothing but Python's standard library.

    verify-log FILE.ndjson --keys PUBLIC_KEYS [--head HEAD.json]… [--receipt RECEIPT.json]… [--case NUMBER] [--jobs N] [--json]

Exit 0: everything that was checked is in order. Exit 1: something is not; the first bad place and the reason are named.
Exit 2: the input can't be used. The format and every check are described in docs/log-format.md.

What stands against what: bodies of records hash to leaves, leaves to the roots of signed heads (RFC 9162, section 2.1), heads form
a chain whose newest is signed (Ed25519), records of one subject form a chain with legal steps. Whoever owns the database can
rewrite all of this but the signature, and can show an older log: against that only a head (`--head`) or a receipt
(`--receipt`) helps that was kept outside of the hall.
"""

import argparse
import base64
import hashlib
import json
import multiprocessing
import re
import sys
from binascii import hexlify
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import (
    Any,
    BinaryIO,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Union,
)

ALGORITHMS = ("sha256", "sm3")
FORMAT = 1
LATE = timedelta(minutes=10)  # a record this much older than an earlier leaf was dated back
SEALED_WITHIN = timedelta(seconds=60)  # after this a record with a receipt must be in the log


class Unusable(Exception):
    """The input is no log, no key file, no head or no receipt: nothing was checked."""


class Fault(Exception):
    """The first thing that is wrong: at which leaf index (a head counts with the last record that it covers), and why."""

    def __init__(self, index: int, reason: str, sentence: str) -> None:
        super().__init__(index, reason, sentence)
        self.index, self.reason, self.sentence = index, reason, sentence


# Hashes and trees ----------------------------------------------------------------------------------------------------------
def _hasher(name: str, prefix: bytes) -> Callable[[bytes], bytes]:
    """H(prefix || data). A prepared object that is copied is quicker than looking the algorithm up each time."""
    prepared = hashlib.new(name, prefix)

    def digest(data: bytes) -> bytes:
        copy = prepared.copy()
        copy.update(data)
        return copy.digest()

    return digest


AVAILABLE = tuple(name for name in ALGORITHMS if name in hashlib.algorithms_available)
_LEAF = {name: _hasher(name, b"\x00") for name in AVAILABLE}
_NODE = {name: _hasher(name, b"\x01") for name in AVAILABLE}


def leaf_hash(name: str, body: bytes) -> bytes:
    """H(0x00 || body)."""
    return _LEAF[name](body)


def node_hash(name: str, left: bytes, right: bytes) -> bytes:
    """H(0x01 || left || right)."""
    return _NODE[name](left + right)


def pieces(start: int, end: int) -> List[Tuple[int, int]]:
    """The complete aligned subtrees (level, index) that make up the leaves `start` to `end` (exclusive), each the largest that fits."""
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        found.append((level, start >> level))
        start += 1 << level
    return found


class Frontier:
    """The right edge of a growing tree: the complete subtrees that make it up so far, the biggest first.

    `stack` are their hashes for a tree of `size` leaves. A frontier that begins at `size` without them grows all the same:
    what would join with a subtree further left stays as it is (`edge`), for whoever knows the left part.
    """

    def __init__(self, name: str, size: int = 0, stack: Sequence[bytes] = ()) -> None:
        self.name, self.size = name, size
        levels = [level for level, _ in pieces(0, size)] if stack else []
        if len(levels) != len(stack):
            raise ValueError(f"a tree of {size} leaves is made up of {len(pieces(0, size))} subtrees, not {len(stack)}")
        self.stack = list(zip(levels, stack))

    def copy(self) -> "Frontier":
        copy = Frontier(self.name)
        copy.size, copy.stack = self.size, list(self.stack)
        return copy

    def add(self, leaf: bytes) -> List[Tuple[int, int, bytes]]:
        """Append a leaf; returns the subtrees (level, index, hash) that it completes, lowest first."""
        return self.append(0, leaf)

    def append(self, level: int, node: bytes) -> List[Tuple[int, int, bytes]]:
        """Append a complete subtree of 2^level leaves; returns the larger ones that it completes, lowest first."""
        index, completed = self.size >> level, []
        self.size += 1 << level
        while index & 1 and self.stack and self.stack[-1][0] == level:
            node = _NODE[self.name](self.stack.pop()[1] + node)
            level, index = level + 1, index >> 1
            completed.append((level, index, node))
        self.stack.append((level, node))
        return completed

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Append many leaves: level by level, which is quicker than one by one."""
        join, nodes, level, rest = _NODE[self.name], list(leaves), 0, []
        while nodes:
            if self.size >> level & 1:
                self.append(level, nodes.pop(0))  # its left sibling came before
            if len(nodes) & 1:
                rest.append((level, nodes.pop()))  # its right sibling is still to come
            nodes, level = [join(left + right) for left, right in zip(nodes[::2], nodes[1::2])], level + 1
        for level, node in reversed(rest):
            self.append(level, node)

    def root(self, tail: Optional[bytes] = None) -> bytes:
        """The root hash; with `tail` that of a tree that goes on to the right with what folds to `tail`."""
        value = tail
        for _, node in reversed(self.stack):
            value = node if value is None else _NODE[self.name](node + value)
        return hashlib.new(self.name).digest() if value is None else value

    def split(self) -> Tuple[List[Tuple[int, bytes]], Optional[bytes]]:
        """Of a frontier that began without its left part: the edge, and what all to the right of it folds to."""
        start, edge = self.size - sum(1 << level for level, _ in self.stack), 0
        for level, _ in self.stack:
            if not start >> level & 1:
                break
            start, edge = start + (1 << level), edge + 1
        value = None
        for _, node in reversed(self.stack[edge:]):
            value = node if value is None else _NODE[self.name](node + value)
        return self.stack[:edge], value


# Ed25519 (RFC 8032, section 5.1) ---------------------------------------------------------------------------------------------
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_Point = Tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z


def _sum(p: _Point, q: _Point) -> _Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _P, (p[1] + p[0]) * (q[1] + q[0]) % _P
    c, d = 2 * p[3] * q[3] * _D % _P, 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: _Point) -> _Point:
    result = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = _sum(result, point)
        point, factor = _sum(point, point), factor >> 1
    return result


def _decoded(text: bytes) -> Optional[_Point]:
    """None for what is no point, or not the one spelling of it."""
    y, sign = int.from_bytes(text, "little") & ~(1 << 255), text[31] >> 7
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if x * x % _P != square or (not x and sign):
        return None
    x = x if x & 1 == sign else _P - x
    return x, y, 1, x * y % _P


def _encoded(point: _Point) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_y = 4 * pow(5, _P - 2, _P) % _P
_BASE = _decoded(_y.to_bytes(32, "little"))


def verify_signature(public: bytes, message: bytes, signature: bytes) -> bool:
    """Is this the Ed25519 signature of the message under this key? Signatures in a second spelling (s >= L) are none."""
    key = _decoded(public) if len(public) == 32 else None
    if key is None or len(signature) != 64 or _BASE is None:
        return False
    nonce, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= _L:
        return False
    challenge = int.from_bytes(hashlib.sha512(nonce + public + message).digest(), "little") % _L
    minus = (_P - key[0], key[1], key[2], _P - key[3])
    return _encoded(_sum(_times(s, _BASE), _times(challenge, minus))) == nonce
