"""Counting what a page asks of the database: the session's one statement apart from the page's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.http import HttpResponse
from django.test.utils import CaptureQueriesContext

from supervision import prepared

SESSION = '"hall_staffsession"'
# The frame of a transaction travels with its statements.
FRAME = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")


@contextmanager
def noted() -> Iterator[list[str]]:
    """The statements asked within the block, in order."""
    told: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield told
    asked = (prepared.text_of(query["sql"]) for query in captured.captured_queries)
    told += [sql for sql in asked if not sql.startswith(FRAME)]


def of_request(request: Callable[[], HttpResponse], status: int) -> list[str]:
    """The statements of a signed-in request without the one that answers who is asking, which must be exactly one."""
    with noted() as told:
        answer = request()
    assert answer.status_code == status, answer
    mine = [sql for sql in told if SESSION not in sql]
    assert len(told) - len(mine) == 1, f"the session asked {len(told) - len(mine)} statements"
    return mine


def short(statements: list[str]) -> str:
    """For the message of a test that failed: one line a statement."""
    return "\n" + "\n".join(f"{n}. {' '.join(sql.split())[:230]}" for n, sql in enumerate(statements, start=1))
