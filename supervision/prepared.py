"""Statements that are asked all day: the database plans each once a connection, not once a request.

Planning nine joins by key takes longer than following them. SQL's own PREPARE is used, since psycopg2 knows no other way; the first
request on a connection sends it along with its own EXECUTE, so that no request needs one more way to the database.
"""

import hashlib
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

MOST = 150  # statements a connection; what comes later is planned each time
_PLACE = re.compile(r"%([s%])")
_EXECUTE = re.compile(r"EXECUTE (hall_[0-9a-f]{16})\b")


class Statement:
    """One text with its places for values (`%s`), as it is sent the first time, later, and when nothing is to be prepared."""

    __slots__ = ("again", "first", "name", "sql")

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.name = f"hall_{hashlib.sha256(sql.encode()).hexdigest()[:16]}"
        places = [found for found in _PLACE.findall(sql) if found == "s"]
        self.again = f"EXECUTE {self.name}" + (f" ({', '.join(['%s'] * len(places))})" if places else "")
        self.first = f"PREPARE {self.name} AS {_numbered(sql)}; {self.again}"

    @contextmanager
    def spelled(self, connection: BaseDatabaseWrapper) -> Iterator[str]:
        """The text to send on this connection within the block. What failed there is sent unprepared from then on: was it there, or not?"""
        connection.close_if_health_check_failed()
        connection.ensure_connection()
        known = _known(connection)
        is_there = known.get(self.name)
        if is_there:
            try:
                yield self.again
            except DatabaseError:
                known[self.name] = False  # it may be the plan: a column changed its type, a pooler forgot it
                raise
        elif is_there is None and len(known) < MOST:
            known[self.name] = False
            yield self.first
            known[self.name] = True
        else:
            yield self.sql


@lru_cache(maxsize=1000)
def statement(sql: str) -> Statement:
    """The statement of a text; each process keeps those that it asks."""
    made = Statement(sql)
    _texts[made.name] = sql
    return made


def text_of(sent: str) -> str:
    """What stands behind an EXECUTE, for whoever reads what was asked; any other text is given back as it is."""
    found = _EXECUTE.match(sent)
    return _texts.get(found[1], sent) if found else sent


_texts: dict[str, str] = {}


def _numbered(sql: str) -> str:
    """$1, $2 … where the driver's places were, ready to be sent through the driver: its sign for itself stays doubled."""
    numbers = itertools.count(1)
    return _PLACE.sub(lambda found: f"${next(numbers)}" if found[1] == "s" else "%%", sql)


def _known(connection: Any) -> dict[str, bool]:
    """By name: was it prepared? Of this very session with the server; a new one knows nothing."""
    session, known = getattr(connection, "prepared_here", (None, {}))
    if session is not connection.connection:
        known = {}
        connection.prepared_here = (connection.connection, known)
    return known
