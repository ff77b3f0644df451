"""Who reads the sealed log. Rooms register their consumers in `AppConfig.ready()`, so that every process knows all of them."""

import json
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Sealed:
    """A record and its place in the log. `too_early`: a record before it of the same subject was not sealed before it."""

    index: int
    record: int
    subject_table: str
    subject_id: uuid.UUID
    seq: int | None
    kind: str
    text: bytes
    too_early: bool = False

    @cached_property
    def body(self) -> dict[str, Any]:
        """The canonical body (supervision/log.py), parsed when somebody asks."""
        return json.loads(self.text)

    @property
    def subject(self) -> tuple[str, uuid.UUID]:
        return self.subject_table, self.subject_id


@dataclass(frozen=True, slots=True)
class Consumer:
    """A subscription as its room declared it. `kinds` None means all."""

    name: str
    handle: Callable[[list[Sealed]], object]
    kinds: tuple[str, ...] | None
    ordered: bool
    batch: int


_consumers: dict[str, Consumer] = {}


def register(
    name: str,
    handle: Callable[[list[Sealed]], object],
    *,
    kinds: Iterable[str] | None = None,
    ordered: bool = False,
    batch: int = 500,
) -> None:
    """`handle` takes wanted records in leaf order and writes rows, nothing else: what it did is taken back when it raises.

    It must be short and ask nobody outside the database, because sealing waits for open transactions. `ordered`: the numbered
    records of a subject come one after the other, and wait while an earlier one is parked. `batch` counts leaves.
    """
    if name in _consumers:
        raise ValueError(f"two consumers named {name} would share one cursor, and each would miss what the other took")
    _consumers[name] = Consumer(name, handle, None if kinds is None else tuple(kinds), ordered, batch)


def consumer(name: str) -> Consumer:
    return _consumers[name]


def names() -> list[str]:
    return sorted(_consumers)
