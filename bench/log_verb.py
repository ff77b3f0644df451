"""What record and guard cost a verb: CPU of the whole POST with them and without, request by request in turns. Run by log.py.

The verb goes the way of a real request: WSGI application, every middleware, session, CSRF, form, action, doorbell (a real broker).
Counted is the CPU of this process and of its PostgreSQL backend. Each side has a database of its own, cloned from the same one.
"Without" means, there and while its requests run:
 - the guards' triggers on all guarded tables are disabled (log.py has done that);
 - `acting._entry` gives an empty entry: no facts are gathered, no canonical bytes made, nothing is hashed;
 - `receipts.give` signs nothing, and the writing statement leaves out record and receipt.
What remains on both sides: lock, power, checks, number, clocks, paper, the case with its new `record_seq` and a digest of zeros.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from io import BytesIO
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from django.conf import settings
from django.db import connection, connections
from django.urls import reverse

from bench.servers import cpu_seconds
from hall.actions import acting
from hall.config.wsgi import application
from supervision import log, receipts
from supervision.writing import write
from tests import builders
from tests.hall import typed

WITH, WITHOUT = "with", "without"
WARM_UP = 10  # requests of each side that do not count
SECRET = "b" * 32  # what Django's CSRF cookie holds and the form repeats

Post = tuple[str, dict[str, Any]]


def transfer() -> Post:
    """The papers go from the window to the section: state, clock, numbered paper."""
    return typed.case_form("transfer", builders.make_received_case())


def receive() -> Post:
    """The whole intake: applicant, case, materials, clocks, slip, signed receipt."""
    return reverse("intake"), typed.intake_form()


VERBS: dict[str, Callable[[], Post]] = {"transfer": transfer, "receive": receive}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("--bare", required=True, help="the database whose guards are disabled")
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--requests", type=int, required=True)
    told = parser.parse_args()
    make = VERBS[told.verb]
    sides = [Side(WITH, "", nullcontext), Side(WITHOUT, told.bare, unrecorded)]
    for side in sides:
        side.spend(make, WARM_UP)
    spent: dict[str, list[list[float]]] = {side.name: [] for side in sides}
    for turn in range(told.rounds):
        sums = {side.name: [0.0, 0.0] for side in sides}
        for _ in range(told.requests):
            sides.reverse()
            for side in sides:
                for n, milliseconds in enumerate(side.spend(make, 1)):
                    sums[side.name][n] += milliseconds / told.requests
        for name, (web, database) in sums.items():
            spent[name].append([web, database])
            print(f"{told.verb}, round {turn + 1}, {name}: {web:.2f} ms web, {database:.2f} ms database", flush=True)
    print(json.dumps(spent))


class Side:
    """One database with its connection, its signed-in clerk, and what is patched while its requests run."""

    def __init__(self, name: str, database: str, patched: Callable[[], AbstractContextManager[None]]) -> None:
        self.name, self.patched = name, patched
        self.connection = connections.create_connection("default")
        if database:
            self.connection.settings_dict = {**self.connection.settings_dict, "NAME": database}
        self._take()
        self.session = builders.staff_client(builders.make_clerk()).cookies[settings.SESSION_COOKIE_NAME].value
        self.backend = backend_pid()

    def spend(self, make: Callable[[], Post], count: int) -> tuple[float, float]:
        """Milliseconds of CPU of so many requests, of this process and of its backend."""
        self._take()
        asked = [environ(*make(), self.session) for _ in range(count)]
        with self.patched():
            web, database = time.process_time(), cpu_seconds(self.backend)
            for request in asked:
                answer(request)
            web, database = time.process_time() - web, cpu_seconds(self.backend) - database
        assert backend_pid() == self.backend, "the connection was lost"
        return web * 1000, database * 1000

    def _take(self) -> None:
        connections["default"] = self.connection


def environ(path: str, form: dict[str, Any], session: str) -> dict[str, Any]:
    """A request as a web server hands it over."""
    body = urlencode(form | {"csrfmiddlewaretoken": SECRET}).encode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "HTTP_COOKIE": f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={SECRET}",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def answer(request: dict[str, Any]) -> None:
    """A verb that was done answers with the way to the case; anything else is no measurement."""
    status: list[str] = []
    body: Any = application(request, lambda line, headers, fault=None: status.append(line))
    text = b"".join(body)
    body.close()
    assert status[0].startswith("302"), f"{status[0]}: {text.decode(errors='replace')[:2000]}"


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@contextmanager
def unrecorded() -> Iterator[None]:
    """Neither record nor receipt, as the head of this file tells."""

    def entry(*_: Any) -> log.Entry:
        return log.Entry(None, bytes(32))  # type: ignore[arg-type]

    def leave_out(*parts: Any) -> None:
        write(*(part for part in parts if part is not None))

    with (
        patch.object(acting, "_entry", entry),
        patch.object(acting, "write", leave_out),
        patch.object(receipts, "give", lambda entry, label: None),
    ):
        yield


if __name__ == "__main__":
    main()
