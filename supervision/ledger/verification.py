#!/usr/bin/env python3
"""Checks an export of the hall's log without trusting the hall: one file, nothing but Python's standard library.

    verify-log FILE.ndjson --keys PUBLIC_KEYS [--head HEAD.json]… [--receipt RECEIPT.json]… [--case NUMBER] [--jobs N] [--json]

Exit 0: everything that was checked is in order. Exit 1: something is not; the first bad place and the reason are named.
Exit 2: the input can't be used. The format and every check are described in docs/log-format.md.

What vouches for what: the body of a record for its columns, a leaf for the body, the roots of signed heads for all leaves
(RFC 9162, section 2.1), the newest signed head for the chain of heads before it, each record of a subject for the one before it.
Whoever owns the database and the head key can make all of this anew, and whoever owns the database can show an older log: against
that stand a head (`--head`) or a receipt (`--receipt`) that were kept outside of the hall.
"""

from __future__ import annotations

import argparse
import base64
import gc
import hashlib
import json
import multiprocessing
import re
import sys
from binascii import hexlify, unhexlify
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import partial
from json.scanner import make_scanner
from operator import add, itemgetter
from typing import Any, BinaryIO, NamedTuple

ALGORITHMS = ("sha256", "sm3")
FORMAT = 1
LATE = timedelta(minutes=10)  # a record that is so much older than an earlier leaf was dated back
SEALED_WITHIN = timedelta(seconds=60)  # after that a record with a receipt must be in the log
AT_THE_LATEST = timedelta(days=1)  # …whatever the database's own clock says of the records
DEEPEST, LONGEST = (
    800,
    4000,
)  # brackets in each other, digits of a number: versions of Python give up at different places beyond
MOST = 10  # so many further faults are told after the first

# Everything that can be wrong. `index` is a leaf; what is wrong with a head is placed at the last record that it covers.
REASONS = {
    "not_a_log": "after {index} records stands a line that is none of a log",
    "index_gap": "the record of index {index} is missing; {found}",
    "leaf_changed": "the body of record {index} does not hash to its leaf",
    "columns_changed": "the columns beside the body of record {index} say something else than the body",
    "record_twice": "{record} stands in the log a second time at index {index}",
    "back_dated": "record {index} says {at}, a record before it {newest}: it was dated back or put in later",
    "sequence_gap": "record {seq} of {subject} at index {index} follows record {last} of it",
    "link_broken": "record {seq} of {subject} at index {index} does not name the record before it",
    "path_illegal": "record {index} of {subject} goes by {kind} from “{source}” to “{state}”: {why}",
    "time_backwards": "record {seq} of {subject} at index {index} is earlier than the record before it",
    "recovery_unsigned": "the recovery at index {index} {wrong}: it explains no head",
    "heads_broken": "the head over {size} records {wrong}",
    "root_differs": "the records {sure} to {index} do not hash to the {name} root of the head over {size} records",
    "key_unknown": "the head over {size} records is signed with key {key}, which is not in the key file",
    "signature_invalid": "the signature under the head over {size} records is not of key {key}",
    "log_shorter": "a head over {size} records was published at {at}, this log has {index}: records are missing, or the head is newer than this export",
    "head_differs": "the head over {size} records that was published at {at} is not one of this log",
    "receipt_signature": "the receipt of case {case} is not signed with a receipt key of the key file",
    "receipt_changed": "the record of the receipt of case {case} stands at index {index}, but {wrong}",
    "receipt_omitted": "the record of the receipt of case {case}, given at {at}, is missing, though records until {until} are in the log",
    "receipt_not_yet_sealed": "the record of the receipt of case {case}, given at {at}, is not sealed yet: ask again with a newer export",
    "case_unknown": "no case {case} begins in this log",
}


class Unusable(Exception):
    """The input is no log, no key file, no head or no receipt: nothing was checked."""


class Fault(Exception):
    """The first thing that is wrong: the place, a word of `REASONS`, and the sentence."""

    def __init__(self, index: int, reason: str, **told: Any) -> None:
        super().__init__(reason)
        self.index, self.reason, self.told = index, reason, told

    def __reduce__(self) -> Any:
        return _fault, (self.index, self.reason, self.told)

    @property
    def sentence(self) -> str:
        return REASONS[self.reason].format(index=self.index, **self.told)

    @property
    def told_on(self) -> dict[str, Any]:
        return {"index": self.index, "reason": self.reason, "sentence": self.sentence}


def _fault(index: int, reason: str, told: dict[str, Any]) -> Fault:
    return Fault(index, reason, **told)


# Hashes and trees ----------------------------------------------------------------------------------------------------------
def _hasher(name: str, prefix: bytes) -> Callable[[bytes], bytes]:
    """H(prefix || data). A prepared object that is copied is quicker than looking the algorithm up each time."""
    prepared = hashlib.new(name, prefix)

    def digest(data: bytes) -> bytes:
        copy = prepared.copy()
        copy.update(data)
        return copy.digest()

    return digest


AVAILABLE = tuple(
    name for name in ALGORITHMS if name in hashlib.algorithms_available
)  # SM3 depends on the OpenSSL beneath
_LEAF = {name: _hasher(name, b"\x00") for name in AVAILABLE}
_NODE = {name: _hasher(name, b"\x01") for name in AVAILABLE}


def leaf_hash(name: str, body: bytes) -> bytes:
    """H(0x00 || body)."""
    return _LEAF[name](body)


def node_hash(name: str, left: bytes, right: bytes) -> bytes:
    """H(0x01 || left || right)."""
    return _NODE[name](left + right)


def pieces(start: int, end: int) -> list[tuple[int, int]]:
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
        levels = [level for level, _ in pieces(0, size)]
        if stack and len(stack) != len(levels):
            raise ValueError(f"a tree of {size} leaves is made up of {len(levels)} subtrees, not of {len(stack)}")
        self.stack = [(levels[place], node) for place, node in enumerate(stack)]

    def copy(self) -> Frontier:
        copy = Frontier(self.name)
        copy.size, copy.stack = self.size, list(self.stack)
        return copy

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Append a leaf; returns the subtrees (level, index, hash) that it completes, lowest first."""
        return self.append(0, leaf)

    def append(self, level: int, node: bytes) -> list[tuple[int, int, bytes]]:
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
            nodes, level = list(map(join, map(add, nodes[::2], nodes[1::2]))), level + 1
        for level, node in reversed(rest):
            self.append(level, node)

    def root(self, tail: bytes | None = None) -> bytes:
        """The root hash; with `tail` that of a tree that goes on to the right with what folds to `tail`."""
        value = self._folded(self.stack, tail)
        return hashlib.new(self.name).digest() if value is None else value

    def _folded(self, stack: Sequence[tuple[int, bytes]], value: bytes | None = None) -> bytes | None:
        for _, node in reversed(stack):
            value = node if value is None else _NODE[self.name](node + value)
        return value

    def split(self) -> tuple[list[tuple[int, bytes]], bytes | None]:
        """Of a frontier that began without its left part: the edge, and what all to the right of it folds to."""
        start, edge = self.size - sum(1 << level for level, _ in self.stack), 0
        for level, _ in self.stack:
            if not start >> level & 1:
                break
            start, edge = start + (1 << level), edge + 1
        return self.stack[:edge], self._folded(self.stack[edge:])


# Ed25519 (RFC 8032, section 5.1) ---------------------------------------------------------------------------------------------
_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_Point = tuple[int, int, int, int]  # X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z


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


def _decoded(text: bytes) -> _Point | None:
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


def _is_sound(public: bytes) -> bool:
    """A point of large order: to one of the eight small ones a signature fits that nobody had to make."""
    key = _decoded(public) if len(public) == 32 else None
    return key is not None and _encoded(_times(8, key)) != _encoded((0, 1, 1, 0))


# What is read --------------------------------------------------------------------------------------------------------------
Keys = dict[str, dict[str, bytes]]  # use ("head", "receipt") → key id → public key
Last = tuple[int, bytes, str, str]  # of the last record of a subject: seq, SHA-256 of its body, state after it, instant
Entry = tuple[int, int, str, str, str, str, str]  # of a numbered record: index, seq, previous, kind, from, to, instant
Step = tuple[str, str, str, str]  # table, kind, from, to


class Met(NamedTuple):
    """A record that a receipt may speak of, and its leaf index."""

    place: int
    leaf: str
    number: Any
    at: str


_BIRTH: Last = (0, b"", "", "")
_UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, StopIteration)
# Of years in which adding a day leads to no strange place.
_SPELLED = (
    r"2[0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z"
)
_INSTANT = re.compile(_SPELLED)
_IN_ANY_MONTH = re.compile(_SPELLED.replace("[12][0-9]|3[01]", "1[0-9]|2[0-8]"))  # no calendar has to be asked
_DIGITS, _CLOCK = bytes.maketrans(b"123456789", b"000000000"), b'0000-00-00T00:00:00.000000Z"'
_SUBJECT, _BESIDE = itemgetter("table", "id", "seq"), itemgetter("kind", "to", "unit", "at", "schema")
_COLUMNS = itemgetter("table", "subject", "seq", "kind", "to", "unit", "at", "schema", "hash")
_MEMBERS = itemgetter("schema", "kind", "from", "to", "unit", "at", "actor", "power", "facts")
_OF_SUBJECT = itemgetter("table", "id", "seq", "previous")
_CASES = "hall_case"


def _refused(_: str) -> Any:
    raise ValueError("canonical JSON has no floats")


def _whole(digits: str) -> int:
    if len(digits) > LONGEST:
        raise ValueError("too long a number")
    return int(digits)


_STRICT = json.JSONDecoder(parse_float=_refused, parse_constant=_refused, parse_int=_whole)
# what json.loads uses, without its look for spaces around; of what is shorter than so many brackets
_scan: Callable[[str, int], tuple[Any, int]] = make_scanner(
    json.JSONDecoder(parse_float=_refused, parse_constant=_refused)  # type: ignore[arg-type]
)
_scan_any: Callable[[str, int], tuple[Any, int]] = make_scanner(_STRICT)  # type: ignore[arg-type]
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[][{}]', re.DOTALL)


def _scan_long(text: str, start: int) -> tuple[Any, int]:
    _require_shallow(text)
    return _scan_any(text, start)


def _json(text: str) -> Any:
    """Of a line, a head or a receipt."""
    _require_shallow(text)
    return _STRICT.decode(text)


def _require_shallow(text: str) -> None:
    if text.count("{") + text.count("[") <= DEEPEST:
        return
    depth = 0
    for sign in _TOKENS.findall(text):
        depth += (sign in "[{") - (sign in "]}")
        if depth > DEEPEST:
            raise ValueError("too deep")


_respelled = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _instant(text: str) -> datetime:
    """Raises ValueError for what is not spelled as one, and for days that are in no calendar."""
    if not _INSTANT.fullmatch(text):
        raise ValueError("not an instant")
    return datetime.fromisoformat(text[:-1])


def _head_spelled(told: Any) -> str:
    """The one spelling of a head whose words need no escapes: quicker than any encoder. Empty for what is none."""
    if "marks" not in told or "size" not in told:
        return ""
    marks = _respelled(told["marks"]) if told["marks"] else "{}"
    return (
        f'{{"epoch":{told["epoch"]},"key":"{told["key"]}","marks":{marks},"previous":"{told["previous"]}","schema":{told["schema"]},'
        f'"sealed_at":"{told["sealed_at"]}","sha256":"{told["sha256"]}","size":{told["size"]},"sm3":"{told["sm3"]}"}}'
    )


def _require_canonical(told: Any, text: str) -> None:
    """Whatever reads such a text reads the same: no key stands in it twice."""
    if _respelled(told) != text:
        raise ValueError("not canonical")


def _columns_of(told: Any) -> str:
    """The columns beside a body, in the one spelling of the export. Raises TypeError or ValueError for what is no record."""
    table, id_, seq, previous = _OF_SUBJECT(told["subject"])
    schema, kind, source, to, unit, at, actor, power, facts = _MEMBERS(told)
    if type(schema) is not int or schema != FORMAT or not (type(actor) is type(power) is type(facts) is dict):
        raise ValueError("not a record")
    if seq is not None and type(seq) is not int:
        raise ValueError("not a number")
    "".join((table, id_, previous, kind, source, to, unit, at))  # a TypeError for what is no text
    return (
        f'"table":"{table}","subject":"{id_}","seq":{"null" if seq is None else seq},"kind":"{kind}","to":"{to}","unit":"{unit}",'
        f'"at":"{at}","schema":1,"hash":"sha256","recorded_at":"'
    )


class Signed(NamedTuple):
    """A head or a receipt: the exact text that was signed, and what it says."""

    text: str
    signature: bytes
    told: dict[str, Any]
    digest: bytes  # SHA-256 of the text

    @classmethod
    def of(cls, line: Mapping[str, str], kind: str) -> Signed:
        """Raises one of `_UNREADABLE`."""
        text = line[kind]
        told = _json(text)
        if text != _head_spelled(told):
            _require_canonical(told, text)
        for name, type_ in _ON_A_HEAD if kind == "head" else _ON_A_RECEIPT:
            if type(told[name]) is not type_:
                raise ValueError(f"no {kind}")
        _instant(told["sealed_at" if kind == "head" else "signed_at"])
        digest = hashlib.sha256(text.encode()).digest()  # surrogates have no bytes that could have been signed
        signature = bytes.fromhex(line["signature"])
        if (
            told["schema"] != FORMAT
            or told.get("size", 0) < 0
            or not len(signature) * 2 == len(line["signature"]) == 128
        ):
            raise ValueError(f"no {kind}")
        return cls(text, signature, told, digest)

    @property
    def size(self) -> int:
        return self.told["size"]

    def fault(self, reason: str, **told: Any) -> Fault:
        """What is wrong with a head."""
        return Fault(max(self.size - 1, 0), reason, size=self.size, **told)

    def is_signed(self, keys: Mapping[str, bytes]) -> bool:
        public = keys.get(self.told["key"])
        return public is not None and verify_signature(public, self.text.encode(), self.signature)

    def require_key(self, keys: Mapping[str, bytes]) -> None:
        if self.told["key"] not in keys:
            raise self.fault("key_unknown", key=self.told["key"])

    def require_signature(self, keys: Mapping[str, bytes]) -> None:
        self.require_key(keys)
        if not self.is_signed(keys):
            raise self.fault("signature_invalid", key=self.told["key"])

    def require_root(self, name: str, root: bytes, sure: int) -> None:
        """`sure` is the first record that no earlier head covers."""
        if root.hex() != self.told[name]:
            raise self.fault("root_differs", name=name, sure=sure)

    def require_after(self, before: Signed, linked: bool) -> None:
        """Heads form a chain. `linked` is false where heads in between are left out."""
        if linked and self.told["previous"] != before.digest.hex():
            raise self.fault("heads_broken", wrong="does not name the head before it")
        for name, what in (("sealed_at", "was sealed earlier"), ("epoch", "is of an earlier epoch")):
            if self.told[name] < before.told[name]:
                raise self.fault("heads_broken", wrong=f"{what} than the head before it")
        if self.size <= before.size:
            raise self.fault("heads_broken", wrong="covers no more than the head before it")

    def require_first(self) -> None:
        if self.told["previous"]:
            raise self.fault("heads_broken", wrong="is the first one, but names a head before it")


_ON_A_HEAD = (
    *((name, int) for name in ("schema", "size", "epoch")),
    *((name, str) for name in ("previous", "sealed_at", "key", *ALGORITHMS)),
)
_ON_A_RECEIPT = (
    ("schema", int),
    *((name, str) for name in ("record", "case", "leaf", "at", "signed_at", "key")),
)


class Export(NamedTuple):
    """The opening of an export: which leaves it holds and of how many; of a part also the subtrees beside it."""

    start: int
    end: int
    size: int
    before: dict[str, list[bytes]]
    after: dict[str, list[bytes]]

    @classmethod
    def of(cls, lines: Iterator[bytes]) -> Export:
        try:
            told = json.loads(next(lines, b""))["log"]
            start, end, size = (told[name] for name in ("from", "to", "size"))
            if any(type(told[name]) is not int for name in ("format", "from", "to", "size")):
                raise ValueError("no numbers")
            if told["format"] != FORMAT or not 0 <= start <= end <= size or not size:
                raise ValueError("an unknown format, or nothing is sealed")
            link = {} if (start, end) == (0, size) else json.loads(next(lines, b""))["link"]
            return cls(start, end, size, _subtrees(link, "before", 0, start), _subtrees(link, "after", end, size))
        except _UNREADABLE as wrong:
            raise Unusable("The file does not begin like an export of the log (docs/log-format.md).") from wrong

    @property
    def is_part(self) -> bool:
        return (self.start, self.end) != (0, self.size)


def _subtrees(link: Mapping[str, Any], side: str, start: int, end: int) -> dict[str, list[bytes]]:
    found = {name: [base64.b64decode(text) for text in link[name][side]] if link else [] for name in ALGORITHMS}
    if any(len(hashes) != len(pieces(start, end)) for hashes in found.values()):
        raise ValueError("not the subtrees of this part")
    return found


# A stretch of the log ------------------------------------------------------------------------------------------------------
class Stretch:
    """Consecutive lines of an export, checked together. The first stretch knows what stands left of it (`Export.before`).

    Another one, read by a process of its own, notes what can't be judged without its left side; `join` judges it.
    """

    def __init__(self, export: Export, asked: Asked, start: int, end: int) -> None:
        self.export, self.keys, self.index, self.end, self.case = export, asked.keys["head"], start, end, asked.case
        self.is_first = start == export.start
        left = export.before if self.is_first else {}
        self.trees = {name: Frontier(name, start, left.get(name, ())) for name in AVAILABLE}
        self.leaves: list[tuple[bytes, ...]] = []  # not yet in the trees
        self.subjects: dict[str, Last] = {}
        self.tables: dict[str, dict[str, Any]] = {}  # table → verb → {"from": states, "to": state}
        self.steps: set[Step] = set()  # judged by the tables as they are
        self.newest = ""
        self.ids: defaultdict[int, bytearray] = defaultdict(partial(bytearray, 1 << 12))
        self.heads: list[Signed] = []  # the first and the newest
        self.digests = bytearray()  # of all heads, 32 bytes each
        self.ends: list[Signed] = []  # heads that no later head vouches for
        self.recoveries: list[tuple[int, dict[str, Any]]] = []
        self.recorded = b""  # the database's clock when it took the last record, nothing vouches for it; and a quote
        self.rises: list[tuple[Signed, Signed]] = []  # neighbours between which the epoch rose
        self.watched, self.case_subject = asked.watched, ""
        self.met: dict[tuple[str, int], Met] = {}  # records of watched subjects
        self.history: list[dict[str, Any]] = []  # of the case
        self.faults: list[Fault] = []
        self.is_read = False  # to the end
        # for `join`
        self.openings: dict[str, Entry] = {}  # the first record of each subject whose last one is not known
        self.unjudged: dict[Step, int] = {}
        self.lows: list[tuple[int, str]] = []  # records that are older than all before them
        self.folds: list[tuple[Signed, dict[str, tuple[int, bytes | None]]]] = []

    def read(self, lines: Iterable[bytes], progress: Callable[[int], None] | None = None) -> Stretch:
        """Until the end, or a fault after which nothing can be told of what follows. All of them stand in `faults`."""
        try:
            for line in lines:
                try:
                    if line.startswith(b'{"index":'):
                        self._record(line)
                    elif line:
                        self._other(line)
                except Fault as fault:
                    self._go_on(fault, line)
                except _UNREADABLE:
                    self._go_on(Fault(self.index, "not_a_log"), line)
                if not self.index & 1023:
                    self._grow()
                if progress and not self.index % 1000:
                    progress(self.index)
            self._grow()
            if self.index != self.end:
                raise Fault(self.index, "index_gap", found=f"records up to {self.end - 1} were announced")
            self.is_read = True
        except Fault as fault:
            self.faults.append(fault)
        return self

    def _go_on(self, fault: Fault, line: bytes) -> None:
        """A record in its place, in which something is wrong, must not hide what else is: its leaf stays in the trees."""
        taken = {tree.size + len(self.leaves) for tree in self.trees.values()}
        if not self.is_first or fault.reason == "index_gap" or taken != {self.index + 1}:
            raise fault
        if len(self.faults) <= MOST:
            self.faults.append(fault)
        try:
            columns = json.loads(line)
            body = columns["body"].encode(errors="surrogatepass")
            told = json.loads(body)
            subject, key = told["subject"], f"{told['subject']['table']}/{told['subject']['id']}"
            if type(subject["seq"]) is int:
                self._note(key, told, body, columns["sha256"])
        except _UNREADABLE:
            pass
        self.index += 1

    def _other(self, line: bytes) -> None:
        """A head, or a record in another spelling."""
        told = _json(_text(line))
        if "head" in told:
            self._head(Signed.of(told, "head"))
        else:
            self._record(line)

    # Records
    def _record(self, line: bytes) -> None:
        body, cut = self._cut_out(line) or self._parsed(line)
        text = body.decode()
        told, end = _scan(text, 0) if len(text) < 2 * DEEPEST else _scan_long(text, 0)
        if end != len(text):
            raise ValueError("more than one JSON value")
        number = self._as_exported(line, cut, _columns_of(told))
        self._require_once(self._require_columns(line, told) if number is None else number)
        self._require_time(told["at"])
        seq = told["subject"]["seq"]
        if seq is None:
            self._unnumbered(told, text)
        else:
            self._numbered(told, seq, body)
        self.index += 1

    def _cut_out(self, line: bytes) -> tuple[bytes, int] | None:
        """The body of a line as the export writes it, and where the columns end; None for a line that has to be parsed.

        To parse a body inside of a line would take a third of the time of the whole check. Where every quote is escaped and nothing
        else is, it can be cut out instead, and its hashes fit. (A Python without SM3 parses every line.)
        """
        cut = line.find(b',"body":"')
        if cut < 1 or AVAILABLE != ALGORITHMS:
            return None
        raw = line[cut + 9 : -151]
        body = raw.translate(None, b"\\")
        if not raw.count(b'\\"') == body.count(b'"') == len(raw) - len(body):
            return None
        sha256, sm3 = _LEAF["sha256"](body), _LEAF["sm3"](body)
        if not line.endswith(f'","sha256":"{sha256.hex()}","sm3":"{sm3.hex()}"}}'.encode()):
            return None
        self.leaves.append((sha256, sm3))
        return body, cut

    def _parsed(self, line: bytes) -> tuple[bytes, int]:
        """The body of a line in any spelling, and 0.

        The stored leaves go into the trees also beside a changed body: so the roots tell whether anything else was changed.
        """
        columns = json.loads(line)  # as it is, a float has its place among the columns until they are compared
        body = columns["body"].encode(errors="surrogatepass")
        stored = {name: columns[name].encode() for name in ALGORITHMS}
        leaves = {name: leaf(body) for name, leaf in _LEAF.items()}
        is_hash = re.compile(b"[0-9a-f]{64}").fullmatch
        self.leaves.append(tuple(unhexlify(stored[name]) if is_hash(stored[name]) else leaves[name] for name in leaves))
        if any(hexlify(leaves[name]) != stored[name] for name in leaves):
            raise Fault(self.index, "leaf_changed")
        return body, 0

    def _as_exported(self, line: bytes, cut: int, columns: str) -> int | None:
        """The row id in a line as the export writes it, which has these columns; None for any other line."""
        begin = f'{{"index":{self.index},"id":'
        digits = line[len(begin) : line.find(b",", len(begin))]
        number = int(digits) if digits.isdigit() else None
        expected = f"{begin}{number},{columns}".encode()
        recorded = line[len(expected) : cut]
        if not line.startswith(expected) or recorded.translate(_DIGITS) != _CLOCK or self.index >= self.end:
            return None
        self.recorded = recorded
        return number

    def _require_columns(self, line: bytes, told: dict[str, Any]) -> int:
        """The row id in a line in any spelling, whose columns say what the body says."""
        index = json.loads(line)["index"]
        if index != self.index or index >= self.end:
            raise Fault(self.index, "index_gap", found=f"{index} stands in its place")
        columns = _json(_text(line))
        said, expected = _COLUMNS(columns), (*_SUBJECT(told["subject"]), *_BESIDE(told), "sha256")
        if said != expected or list(map(type, said)) != list(map(type, expected)):  # true is not 1
            raise Fault(self.index, "columns_changed")
        self.recorded = columns["recorded_at"].encode() + b'"'
        if self.recorded.translate(_DIGITS) != _CLOCK or type(columns["id"]) is not int:
            raise ValueError("not an instant, or no id")
        return columns["id"]

    def _require_once(self, number: int) -> None:
        """One byte a record id, in pages."""
        page = self.ids[number >> 12]
        if page[number & 4095]:
            raise Fault(self.index, "record_twice", record=f"the record with id {number}")
        page[number & 4095] = 1

    def _require_time(self, at: str) -> None:
        """Instants are spelled alike, so they compare as text."""
        if not _IN_ANY_MONTH.fullmatch(at):
            _instant(at)
        if at >= self.newest and self.lows:
            self.newest = at
            return
        _require_not_dated_back(self.index, at, self.newest)
        if not self.lows or at < self.lows[-1][1]:
            self.lows.append((self.index, at))
        self.newest = max(self.newest, at)

    def _numbered(self, told: dict[str, Any], seq: int, body: bytes) -> None:
        """It goes on from the last record of its subject, where that is known; of what begins in the middle `join` knows more."""
        subject, kind, source, state = told["subject"], told["kind"], told["from"], told["to"]
        key = f"{subject['table']}/{subject['id']}"
        entry = (self.index, seq, subject["previous"], kind, source, state, told["at"])
        if last := self.subjects.get(key) or (self._birth(seq) if self.is_first else None):
            _require_next(key, last, entry)
        else:
            self.openings[key] = entry
        step = (subject["table"], kind, source, state)
        if step not in self.steps:
            self._judge(step, self.index)
        self._note(key, told, body)

    def _birth(self, seq: int) -> Last | None:
        """What stands before the first record of a subject; None where others may stand left of this export."""
        return _BIRTH if seq == 1 or not self.export.start else None

    def _note(self, key: str, told: dict[str, Any], body: bytes, leaf: str | None = None) -> None:
        """The record is now the last one of its subject. `leaf` is what stands in the line, where that is not the body's."""
        seq = told["subject"]["seq"]
        self.subjects[key] = seq, hashlib.sha256(body).digest(), told["to"], told["at"]
        if self.case or key in self.watched:
            stored = self.leaves[-1][0].hex() if leaf is None else leaf
            self._watch(key, seq, stored, told, body.decode())

    def _unnumbered(self, told: dict[str, Any], text: str) -> None:
        kind = told["kind"]
        if kind == "state_table":
            _require_canonical(told, text)
            table, verbs = _states(told["facts"])
            self.tables[table] = verbs
            self.steps.clear()
        elif kind == "recovery":
            facts = _recovered(told["facts"], self.keys)
            if facts is None:
                raise Fault(self.index, "recovery_unsigned", wrong="is not signed with a head key of the key file")
            self._require_risen((self.index, facts))
            self.recoveries.append((self.index, facts))

    def _require_risen(self, recovery: tuple[int, dict[str, Any]]) -> None:
        """A copy of an earlier recovery is signed, too."""
        index, facts = recovery
        if self.recoveries and facts["number_epoch"] <= self.recoveries[-1][1]["number_epoch"]:
            raise Fault(index, "recovery_unsigned", wrong="is of no higher number epoch than the one before it")

    def _judge(self, step: Step, index: int) -> None:
        table, kind, source, state = step
        verbs = self.tables.get(table)
        if verbs is None:
            self.unjudged.setdefault(step, index)
        elif kind not in verbs or source not in verbs[kind]["from"] or state != verbs[kind]["to"]:
            why = "its table of states knows no such step"
            raise Fault(index, "path_illegal", subject=table, kind=kind, source=source, state=state, why=why)
        self.steps.add(step)

    def _watch(self, key: str, seq: int, leaf: str, told: dict[str, Any], text: str) -> None:
        if key in self.watched:
            self.met.setdefault((key, seq), Met(self.index, leaf, told["facts"].get("number"), told["at"]))
        if self.case and seq == 1 and key.startswith(f"{_CASES}/") and told["facts"].get("number") == self.case:
            self.case_subject = key
        if key == self.case_subject:
            self.history.append(_for_people(self.index, seq, told))
        if key in self.watched or key == self.case_subject:
            _require_canonical(told, text)

    # Heads
    def _grow(self) -> None:
        """The trees take in the leaves that wait."""
        for tree, leaves in zip(self.trees.values(), zip(*self.leaves)):  # noqa: B905
            tree.extend(leaves)
        self.leaves.clear()

    def _head(self, head: Signed) -> None:
        """Heads stand right after the last record that they cover; in a part the newest may lie beyond its end."""
        export, last = self.export, self.heads[-1] if self.heads else None
        beyond = head.size > export.end and self.index == export.end
        if head.size != self.index and not (beyond and head.size == export.size):
            raise Fault(self.index, "heads_broken", size=head.size, wrong=f"stands after {self.index} records")
        head.require_key(self.keys)
        self._grow()
        if self.is_first and not beyond:
            for name, tree in self.trees.items():
                head.require_root(name, tree.root(), last.size if last else export.start)
        elif not beyond:
            folds = {name: tree.split() for name, tree in self.trees.items()}
            self.folds.append((head, {name: (len(edge), fold) for name, (edge, fold) in folds.items()}))
        if last:
            self._require_chain(last, head)
        elif self.is_first:
            self._require_begin(head)
        self.heads = [*self.heads[:1], head]
        self.digests += head.digest

    def _require_begin(self, head: Signed) -> None:
        if not self.export.start and head.size <= self.export.end:
            head.require_first()

    def _require_chain(self, last: Signed, head: Signed) -> None:
        """A part leaves out the heads between its end and the newest one."""
        linked = head.size <= self.export.end
        head.require_after(last, linked)
        if not linked:
            self.ends.append(last)
        elif head.told["epoch"] > last.told["epoch"]:
            self.rises.append((last, head))

    # The stretch that follows
    def join(self, part: Stretch) -> None:
        """Raises the first fault of what follows, by itself or in what it has in common with what was before."""
        faults: list[Fault] = []
        in_order = (self._join_ids, self._join_times, self._join_subjects, self._join_paths, self._join_recoveries)
        for joint in (*in_order, self._join_trees, self._join_heads):  # as one record is checked
            try:
                joint(part)
            except Fault as fault:
                faults.append(fault)
        faults += part.faults[:1]
        if faults:
            raise min(faults, key=lambda fault: fault.index)
        self.index, self.recorded = part.index, part.recorded or self.recorded
        self.met.update(part.met)

    def _join_subjects(self, part: Stretch) -> None:
        for key, entry in part.openings.items():
            if last := self.subjects.get(key) or self._birth(entry[1]):
                _require_next(key, last, entry)
        self.subjects.update(part.subjects)

    def _join_paths(self, part: Stretch) -> None:
        for step, index in part.unjudged.items():
            self._judge(step, index)
        self.tables.update(part.tables)

    def _join_times(self, part: Stretch) -> None:
        for index, at in part.lows:
            _require_not_dated_back(index, at, self.newest)
        self.newest = max(self.newest, part.newest)

    def _join_ids(self, part: Stretch) -> None:
        for number, page in part.ids.items():
            if number in self.ids:
                page = bytearray(map(add, self.ids[number], page))
                if 2 in page:
                    raise SharedId
            self.ids[number] = page

    def _join_recoveries(self, part: Stretch) -> None:
        if part.recoveries:
            self._require_risen(part.recoveries[0])
        self.recoveries += part.recoveries

    def _join_heads(self, part: Stretch) -> None:
        if self.heads and part.heads:
            self._require_chain(self.heads[-1], part.heads[0])
        elif part.heads:
            self._require_begin(part.heads[0])
        heads = self.heads + part.heads
        self.heads = [*heads[:1], *heads[1:][-1:]]
        self.digests += part.digests
        self.ends += part.ends
        self.rises += part.rises

    def _join_trees(self, part: Stretch) -> None:
        """The edge of the part grows into the trees; what lay right of the edge at each head was folded to one hash."""
        for name, tree in part.trees.items():
            whole, (edge, _), done = self.trees[name], tree.split(), 0
            sure = self.heads[-1].size if self.heads else self.export.start
            for head, folds in part.folds:
                count, fold = folds[name]
                for level, node in edge[done:count]:
                    whole.append(level, node)
                head.require_root(name, whole.root(fold), sure)
                done, sure = count, head.size
            for level, node in tree.stack[done:]:
                whole.append(level, node)


class SharedId(Exception):
    """Two stretches hold a record with the same id: where, only reading in one go tells."""


def _states(facts: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Table, and verb → {"from": states, "to": state}. Raises ValueError for anything else."""
    table, verbs = facts["table"], facts["verbs"]
    words = [table, *verbs, *(verb["to"] for verb in verbs.values())]
    lists = [verb["from"] for verb in verbs.values()]
    if any(type(states) is not list for states in lists):
        raise ValueError("no list of states")
    if any(type(word) is not str for word in (*words, *(state for states in lists for state in states))):
        raise ValueError("no word")
    return table, dict(verbs)


def _recovered(facts: Any, keys: Mapping[str, bytes]) -> dict[str, Any] | None:
    """What a recovery says, if a head key signed all of it: whoever can only write records can't give up what was published."""
    try:
        message = _respelled({name: value for name, value in facts.items() if name != "signature"}).encode()
        if not verify_signature(keys[facts["key"]], message, bytes.fromhex(facts["signature"])):
            return None
        told = {"number_epoch": facts["number_epoch"], "also_lost": list(facts["also_lost"])}
        told |= {name: {"size": facts[name]["size"], "head": facts[name]["head"]} for name in ("lost", "kept")}
    except _UNREADABLE:
        return None
    numbers = [told["number_epoch"], told["lost"]["size"], told["kept"]["size"]]
    heads = [told["lost"]["head"], told["kept"]["head"], *told["also_lost"]]
    right = all(type(number) is int for number in numbers) and all(type(head) is str for head in heads)
    return told if right else None


def _require_not_dated_back(index: int, at: str, newest: str) -> None:
    if at < newest and _instant(at) < _instant(newest) - LATE:
        raise Fault(index, "back_dated", at=at, newest=newest)


def _require_next(key: str, last: Last, entry: Entry) -> None:
    """A numbered record goes on where the last record of its subject stopped."""
    index, seq, previous, kind, source, state, at = entry
    if seq <= last[0]:
        raise Fault(index, "record_twice", record=f"record {seq} of {key}")
    if seq != last[0] + 1:
        raise Fault(index, "sequence_gap", seq=seq, subject=key, last=last[0])
    if previous != last[1].hex():
        raise Fault(index, "link_broken", seq=seq, subject=key)
    if source != last[2]:
        why = f"the state was “{last[2]}”"
        raise Fault(index, "path_illegal", subject=key, kind=kind, source=source, state=state, why=why)
    if at < last[3]:
        raise Fault(index, "time_backwards", seq=seq, subject=key)


def _for_people(index: int, seq: int, told: dict[str, Any]) -> dict[str, Any]:
    """A step of a case."""
    actor, power = told["actor"], told["power"]
    step = {"index": index, "seq": seq} | {name: told[name] for name in ("kind", "from", "to", "at")}
    step |= {
        "name": actor.get("name", ""),
        "post": actor.get("post_title", ""),
        "unit": actor.get("unit", told["unit"]),
    }
    return step | {"letter": f"{power['letter']} row {power.get('row', '')}" if power.get("letter") else ""}


# Questions about the whole -------------------------------------------------------------------------------------------------
@dataclass
class Report:
    """What was checked and what came of it. `reason` is empty when everything is in order; `index` is the first bad place.

    The newest head is told when the whole file was read, whatever is wrong with it. `further` are faults after the first, at most
    `MOST`; they may well follow from it.
    """

    reason: str = ""
    index: int | None = None
    sentence: str = ""
    start: int = 0
    end: int = 0
    size: int = 0
    heads: int = 0
    newest: dict[str, Any] = field(default_factory=dict)
    algorithms: tuple[str, ...] = AVAILABLE
    published: int = 0
    receipts: list[dict[str, Any]] = field(default_factory=list)
    case: list[dict[str, Any]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    recoveries: int = 0
    further: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.reason


class Asked:
    """What the log is held against: the hall's public keys, heads and receipts from outside; and the case that is asked for."""

    def __init__(
        self,
        keys: Iterable[Mapping[str, str]],
        heads: Iterable[str | bytes] = (),
        receipts: Iterable[str | bytes] = (),
        case: str = "",
    ) -> None:
        self.case, self.keys = case, _known(keys)
        self.heads, self.torn = _published(heads)
        try:
            self.receipts = [Signed.of(_receipt_in(_json(_text(text))), "receipt") for text in receipts]
        except _UNREADABLE as wrong:
            raise Unusable("That is no receipt of the log.") from wrong

    @property
    def watched(self) -> set[str]:
        return {receipt.told["record"].rpartition("/")[0] for receipt in self.receipts}

    def whole(self, export: Export) -> Stretch:
        return Stretch(export, self, export.start, export.end)

    def answer(self, parts: Iterable[Stretch]) -> Report:
        """Put the stretches together, in order, and answer. Raises Unusable for what this part of the log can't tell."""
        parts = iter(parts)
        log, report = next(parts), Report(published=len(self.heads))
        export, faults = log.export, log.faults
        report.start, report.end, report.size = export.start, export.end, export.size
        try:
            for part in () if faults else parts:
                log.join(part)
        except Fault as fault:
            faults = [fault]
        if not faults or (log.is_read and log.end == export.end):
            faults = faults + self._finish(log, report, bool(faults))
        if faults:
            first, *further = faults
            report.reason, report.index, report.sentence = first.reason, first.index, first.sentence
            report.further = [fault.told_on for fault in further[:MOST]]
        return report

    def _finish(self, log: Stretch, report: Report, is_faulty: bool) -> list[Fault]:
        """What is wrong with the whole. Each question is asked, whatever came of those before."""
        report.heads, report.newest = len(log.digests) // 32, log.heads[-1].told if log.heads else {}
        report.recoveries = len(log.recoveries)
        faults: list[Fault] = []
        for question in self._questions(log, report):
            try:
                question()
            except Fault as fault:
                faults.append(fault)
            except Unusable:
                if not (is_faulty or faults):
                    raise
        return faults

    def _questions(self, log: Stretch, report: Report) -> Iterator[Callable[[], None]]:
        yield lambda: self._newest_head(log)
        for remarks in (self._remarks(log), _recoveries(log), self._published(log)):
            yield partial(report.remarks.extend, remarks)
        for receipt in self.receipts:
            yield partial(self._find, receipt, log, report)
        yield partial(self._tell_case, log, report)

    def _find(self, receipt: Signed, log: Stretch, report: Report) -> None:
        report.receipts.append(_receipt(receipt, log, self.keys["receipt"]))

    def _tell_case(self, log: Stretch, report: Report) -> None:
        report.case = log.history
        if self.case and not log.history:
            if log.export.is_part:
                raise Unusable(f"Case {self.case} does not begin in this part: ask with an export of the whole log.")
            raise Fault(log.index, "case_unknown", case=self.case)

    def _newest_head(self, log: Stretch) -> None:
        """It covers everything, and its signature vouches for all heads before it."""
        export = log.export
        if not log.heads or log.heads[-1].size != export.size:
            raise Fault(max(log.index - 1, 0), "heads_broken", size=export.size, wrong="is missing")
        head = log.heads[-1]
        for name, tree in log.trees.items():
            for (level, _), node in zip(pieces(export.end, export.size), export.after[name]):  # noqa: B905
                tree.append(level, node)
            head.require_root(name, tree.root(), export.end if export.is_part else 0)
        for end in (*log.ends, head):
            end.require_signature(self.keys["head"])

    def _published(self, log: Stretch) -> Iterator[str]:
        """Each head from outside is one of this log, or lies on a branch that a recovery gave up (T49, T54)."""
        named = {head.told["previous"] for head in self.heads}
        for head in self.heads:
            if head.digest.hex() not in named:  # a later head vouches for all others
                head.require_signature(self.keys["head"])
        mine = _own(log, {head.digest for head in self.heads})
        lost = _lost(log, {head.digest.hex(): head.told["previous"] for head in self.heads}, mine)
        unseen = doubtful = 0
        for head in sorted(self.heads, key=lambda head: head.size):
            at = head.told["sealed_at"]
            if head.digest in mine or head.digest.hex() in lost:
                continue
            if head.size < log.export.start or log.export.end < head.size < log.export.size:
                unseen += 1
            elif log.export.is_part and _may_be_given_up(head, log):
                doubtful += 1
            elif head.size > log.export.size:
                raise Fault(log.export.size, "log_shorter", size=head.size, at=at)
            else:
                raise head.fault("head_differs", at=at)
        if lost:
            yield f"{len(lost)} published heads lie on a branch that a recorded recovery gave up"
        if unseen:
            yield f"{unseen} published heads lie outside of this part and were not compared"
        if doubtful:
            yield f"{doubtful} published heads can be explained only by the whole log: they differ, but a recovery outside of this part may have given them up"

    def _remarks(self, log: Stretch) -> Iterator[str]:
        if self.torn:
            yield f"{self.torn} lines of the files of heads are no heads and were passed over"
        if log.export.is_part:
            yield "this is a part of the log: sequences, links and states were checked only within it"
        if AVAILABLE != ALGORITHMS:
            yield "this Python has no SM3: the SHA-256 tree alone was checked"
        for table in sorted({step[0] for step in log.unjudged} & set(log.tables)):
            yield f"the first records of {table} are older than its table of states: their path was not compared with it"


def _known(rows: Iterable[Mapping[str, str]]) -> Keys:
    keys: Keys = {"head": {}, "receipt": {}}
    try:
        for row in rows:
            public = bytes.fromhex(row["public"])
            if not _is_sound(public):
                raise ValueError("under such a key anybody can sign")
            if row["algorithm"] != "Ed25519" or hashlib.sha256(public).hexdigest()[:16] != row["key"]:
                raise ValueError("not a key of the log")
            keys[row["use"]][row["key"]] = public
    except _UNREADABLE as wrong:
        raise Unusable("The keys are no list of public keys of the log.") from wrong
    return keys


def _published(lines: Iterable[str | bytes]) -> tuple[list[Signed], int]:
    """Heads from outside, and how many lines are none: a kill may leave half a line."""
    found, torn = [], 0
    for line in filter(None, map(_stripped, lines)):
        try:
            found.append(Signed.of(_json(_text(line)), "head"))
        except _UNREADABLE:
            torn += 1
    if torn and not found:
        raise Unusable("There is no head in the file of heads.")
    return found, torn


def _receipt_in(told: dict[str, Any]) -> dict[str, Any]:
    """A receipt, or the whole answer of the interface that has it as a member."""
    return told["receipt"] if type(told["receipt"]) is dict else told


def _own(log: Stretch, wanted: set[bytes]) -> set[bytes]:
    """Those of the digests that belong to heads of this log."""
    mine = bytes(log.digests)
    return {digest for place in range(0, len(mine), 32) if (digest := mine[place : place + 32]) in wanted}


def _lost(log: Stretch, previous: Mapping[str, str], mine: set[bytes]) -> set[str]:
    """The published heads of branches that were given up: from those that a recovery names back to one of this log."""
    lost: set[str] = set()
    known = {digest.hex() for digest in mine}
    for _, told in log.recoveries:
        for digest in (told["lost"]["head"], *told["also_lost"]):
            while digest in previous and digest not in known and digest != told["kept"]["head"] and digest not in lost:
                lost.add(digest)
                digest = previous[digest]
    return lost


def _may_be_given_up(head: Signed, log: Stretch) -> bool:
    """May a recovery outside of this part have given this head up? The log went on from a smaller head in an epoch above its own.

    So the own epoch must have risen above that of the head, before its size, and where the part does not see it.
    """
    epoch, first, newest = head.told["epoch"], log.heads[0], log.heads[-1]
    if newest.told["epoch"] <= epoch or any(
        before.told["epoch"] <= epoch < after.told["epoch"] for before, after in log.rises
    ):
        return False
    if first.told["epoch"] > epoch:
        return log.export.start > 0 or first.size > log.export.end
    return head.size > log.ends[0].size


def _recoveries(log: Stretch) -> Iterator[str]:
    """A recovery goes on from a head of this log with a new epoch; without one the epoch rises by one, with a new database cluster."""
    risen = {before.digest.hex() for before, _ in log.rises} | {end.digest.hex() for end in log.ends}
    for index, told in log.recoveries:
        lost, kept = told["lost"], told["kept"]
        if kept["size"] and kept["size"] >= log.export.start and kept["head"] not in risen:
            wrong = f"from which the recovery at index {index} went on is not in this log, or the next one is not of a new epoch"
            raise Fault(index, "heads_broken", size=kept["size"], wrong=wrong)
        yield f"recovery at index {index}: a branch of {lost['size']} records was given up, {kept['size']} were kept"
    kept_heads = {told["kept"]["head"] for _, told in log.recoveries}
    for before, after in log.rises:
        recovered = before.digest.hex() in kept_heads
        if after.told["epoch"] > before.told["epoch"] + 1 and not recovered:
            raise after.fault("heads_broken", wrong=f"is of epoch {after.told['epoch']}, but no recovery is recorded")
        why = "a recovery" if recovered else "a new database cluster"
        yield f"epoch {after.told['epoch']} begins after {before.size} records, with {why}"


def _receipt(receipt: Signed, log: Stretch, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Where the record of a receipt stands. Its leaf is the whole promise: the hall knew this record when it signed (T56)."""
    case, signed_at = receipt.told["case"], receipt.told["signed_at"]
    if not receipt.is_signed(keys):
        raise Fault(0, "receipt_signature", case=case)
    subject, _, seq = receipt.told["record"].rpartition("/")
    met = log.met.get((subject, int(seq) if re.fullmatch("[1-9][0-9]{0,8}", seq) else 0))
    if met:
        if met.leaf != receipt.told["leaf"]:
            raise Fault(met.place, "receipt_changed", case=case, wrong="is not the one that was received")
        if (met.number, met.at) != (case, receipt.told["at"]):
            raise Fault(met.place, "receipt_changed", case=case, wrong="speaks of another case or another time")
        return {"case": case, "record": receipt.told["record"], "index": met.place}
    if log.export.is_part:
        raise Unusable(
            f"The record of the receipt of case {case} is not in this part: ask with an export of the whole log."
        )
    until = log.heads[-1].told["sealed_at"] if log.heads else ""
    if until and _was_due(_instant(signed_at), _instant(until), log.recorded[:-1].decode()):
        raise Fault(log.index, "receipt_omitted", case=case, at=signed_at, until=until)
    raise Fault(log.index, "receipt_not_yet_sealed", case=case, at=signed_at)


def _was_due(signed_at: datetime, sealed_at: datetime, recorded: str) -> bool:
    """Must a record be in the log that was there at `signed_at`? Records are sealed in the order in which they were made.

    A sealer that has fallen behind, or a clock that was set back, signs late heads over early records: so the last record must
    be a minute younger than the receipt, too. Nothing vouches for its time, so a day after the receipt the head alone decides.
    """
    try:
        later = _instant(recorded) > signed_at + SEALED_WITHIN
    except ValueError:  # a clock that says what is no time
        later = False
    return sealed_at > signed_at + (SEALED_WITHIN if later else AT_THE_LATEST)


# Reading it ----------------------------------------------------------------------------------------------------------------
def verify(
    lines: Iterable[str | bytes],
    keys: Iterable[Mapping[str, str]],
    *,
    heads: Iterable[str | bytes] = (),
    receipts: Iterable[str | bytes] = (),
    case: str = "",
    progress: Callable[[int], None] | None = None,
) -> Report:
    """The check in this process: `lines` of an export, `keys` as in the key file, `heads` as lines, `receipts` as JSON texts.

    `progress` is called with the number of leaves read so far, each thousand. Raises Unusable when the input is none.
    """
    asked, source = Asked(keys, heads, receipts, case), map(_stripped, lines)
    return asked.answer([asked.whole(Export.of(source)).read(source, progress)])


def _text(line: str | bytes) -> str:
    """Raises UnicodeDecodeError."""
    return (line if isinstance(line, str) else line.decode()).strip()


def _stripped(line: str | bytes) -> bytes:
    return (line.encode(errors="surrogatepass") if isinstance(line, str) else line).strip()


class Range(NamedTuple):
    """The lines of a file from one byte to another, which hold the leaves `start` to `end`."""

    path: str
    byte: int
    last_byte: int
    start: int
    end: int

    def lines(self) -> Iterator[bytes]:
        with open(self.path, "rb") as file:
            file.seek(self.byte)
            yield from _lines(file, self.last_byte - self.byte)


def _lines(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Of the next so many bytes of a file; by blocks, which is quicker than line by line."""
    while size > 0 and (block := file.read(min(1 << 17, size))):
        block += b"" if block.endswith(b"\n") else file.readline()
        size -= len(block)
        yield from block.split(b"\n")


def verify_by(jobs: int, path: str, asked: Asked) -> Report:
    """A file, read by several processes. Raises Unusable, OSError; SharedId when it must be read in one go."""
    with open(path, "rb") as file:
        export = Export.of(map(_stripped, iter(file.readline, b"")))
        ranges = _ranges(path, file, export, jobs)
    with multiprocessing.Pool(len(ranges)) as pool:
        parts = pool.imap(_read, [(place, export, asked) for place in ranges])
        try:
            return asked.answer(parts)
        finally:
            # Whoever is ended while he hands over his part leaves a lock behind, and this process would wait for it for ever.
            for _ in parts:
                pass


def _read(task: tuple[Range, Export, Asked]) -> Stretch:
    """What each process does."""
    place, export, asked = task
    part = Stretch(export, asked, place.start, place.end).read(place.lines())
    if place.end == export.end:
        part.subjects = {}  # nothing follows on them
    return part


def _ranges(path: str, file: BinaryIO, export: Export, jobs: int) -> list[Range]:
    """One for each process, after the opening. They begin at multiples of a large power of two, where few subtrees are open."""
    begin, size, count = file.tell(), file.seek(0, 2), export.end - export.start
    step = 1 << max(count // (jobs * 16), 1).bit_length() - 1
    wanted = {(export.start + count * job // jobs) // step * step for job in range(1, jobs)}
    cuts = {index: _byte_of(file, index, begin, size) for index in sorted(wanted) if index > export.start}
    places = [(export.start, begin), *((index, byte) for index, byte in cuts.items() if byte), (export.end, size)]
    return [Range(path, byte, places[n + 1][1], start, places[n + 1][0]) for n, (start, byte) in enumerate(places[:-1])]


def _byte_of(file: BinaryIO, index: int, low: int, high: int) -> int:
    """Where the line of a record begins, found by halving; 0 when it is not found so."""
    while low < high:
        middle = (low + high) // 2
        if _record_from(file, middle)[0] >= index:
            high = middle
        else:
            low = middle + 1
    found, byte = _record_from(file, low)
    return byte if found == index else 0


def _record_from(file: BinaryIO, byte: int) -> tuple[float, int]:
    """Index and place of the first record from a byte on."""
    file.seek(byte - 1)
    file.readline()
    for _ in range(4):  # at most one head stands between two records
        byte, line = file.tell(), file.readline()
        if found := re.match(rb'\{"index":(\d+),', line):
            return int(found[1]), byte
    return float("inf"), byte


# Command line --------------------------------------------------------------------------------------------------------------
def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="verify-log", description="Checks an export of the log; needs nothing but Python."
    )
    parser.add_argument("file", metavar="FILE.ndjson", help="the export, - for standard input")
    parser.add_argument("--keys", required=True, metavar="FILE", help="the public keys of the hall")
    parser.add_argument(
        "--head", action="append", default=[], metavar="FILE", help="heads that were kept outside, one a line"
    )
    parser.add_argument("--receipt", action="append", default=[], metavar="FILE", help="a receipt that the hall gave")
    parser.add_argument("--case", default="", metavar="NUMBER", help="print the steps of this case (one process)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="read a file with N processes")
    parser.add_argument("--json", action="store_true", help="answer in JSON")
    return parser.parse_args(words)


def _asked(told: argparse.Namespace) -> Asked:
    try:
        keys = json.loads(_content(told.keys))
    except _UNREADABLE as wrong:
        raise Unusable("The keys are no list of public keys of the log.") from wrong
    heads = [line for path in told.head for line in _heads_in(_content(path))]
    asked = Asked(keys, heads, map(_content, told.receipt), told.case)
    if told.head and not asked.heads:
        raise Unusable("There is no head in the file of heads.")
    return asked


def _heads_in(content: bytes) -> list[bytes]:
    """One head in any spelling, or one a line."""
    try:
        is_one = "head" in json.loads(content)
    except _UNREADABLE:
        is_one = False
    return [content] if is_one else content.split(b"\n")


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _checked(told: argparse.Namespace) -> Report:
    if told.jobs < 1:
        raise Unusable("--jobs takes a number of at least 1.")
    asked = _asked(told)
    if told.jobs > 1 and told.file != "-" and not told.case:
        try:
            report = verify_by(told.jobs, told.file, asked)
        except SharedId:
            report = None
        if report and report.ok:
            return report  # whatever is wrong is told best by who reads it in one go
    with sys.stdin.buffer if told.file == "-" else open(told.file, "rb") as file:
        source = _lines(file, sys.maxsize)
        return asked.answer([asked.whole(Export.of(source)).read(source)])


def _said(report: Report) -> Iterator[str]:
    """The answer for people."""
    if report.reason:
        yield f"NOT IN ORDER at index {report.index}: {report.reason}: {report.sentence}"
    else:
        count, many = report.end - report.start, report.recoveries
        after = f", with {many} recover{'y' if many == 1 else 'ies'}" if many else ""
        yield f"In order{after}: {count} records ({report.start} to {report.end} of {report.size}), {report.heads} heads, {report.published} published heads."
    if head := report.newest:
        yield f"Newest head: {head['size']} records, sealed at {head['sealed_at']}, epoch {head['epoch']}, key {head['key']}"
        yield from (f"  {name} {head[name]}" for name in report.algorithms)
    yield from (
        f"Receipt of case {told['case']}: {told['record']} stands at index {told['index']}" for told in report.receipts
    )
    for step in report.case:
        yield "  {seq} {kind}: {from} → {to}, {at}, {name} {post} {unit} {letter}".format(**step).rstrip()
    yield from (
        f"Also, perhaps because of it, at index {told['index']}: {told['reason']}: {told['sentence']}"
        for told in report.further
    )
    yield from (f"Remark: {remark}" for remark in report.remarks)


def _printable(text: str) -> str:
    """What stands in a log must not steer the terminal that it is shown on."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def main(words: Sequence[str] | None = None) -> int:
    gc.disable()  # nothing here is part of a circle, and to look for such takes time
    told = _arguments(words)
    try:
        report = _checked(told)
    except (Unusable, OSError) as wrong:
        sys.stderr.write(f"{_printable(str(wrong))}\n")
        return 2
    except Exception as wrong:  # whatever somebody put into the input
        sys.stderr.write(
            f"The input can't be read to its end, nothing is shown by it: {_printable(repr(wrong))[:200]}.\n"
        )
        return 2
    lines = [json.dumps({"ok": report.ok, **asdict(report)})] if told.json else map(_printable, _said(report))
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
