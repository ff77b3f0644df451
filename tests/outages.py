"""What keeps the log from being written, brought about for the length of a `with` by somebody who may: the administrator."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import connection

from hall.actions import acting, intake
from supervision import log, moment

from . import database

COLUMNS = "subject_table, subject_id, seq, kind, to_state, unit, occurred_at, schema_version, hash_algorithm, body"


@contextmanager
def closed_log() -> Iterator[None]:
    """The sealer has not compared this start of the server yet, or found it older than its published heads (T68)."""
    _say("UPDATE supervision_clearance SET server_started = NULL, reason = 'not_compared'")
    try:
        yield
    finally:
        database.open_log(connection.settings_dict["NAME"])


@contextmanager
def revoked_insert() -> Iterator[None]:
    """The owner takes the right to insert records away from the application."""
    _say("SET ROLE hall_owner; REVOKE INSERT ON supervision_record FROM hall_app")
    try:
        yield
    finally:
        _say(f"SET ROLE hall_owner; GRANT INSERT ({COLUMNS}) ON supervision_record TO hall_app")


@contextmanager
def fast_clock() -> Iterator[None]:
    """This is no rehearsal, and the clock by which this machine dates its records is far ahead of the database's."""
    _say("UPDATE supervision_clearance SET rehearsal = false")
    made = log._entry

    def dated(
        kind: str, subject: log.Subject, seq: int | None, actor: log.Actor, now: datetime, *rest: Any
    ) -> log.Entry:
        return made(kind, subject, seq, actor, moment.wall() + timedelta(minutes=11), *rest)

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(log, "_entry", dated)
            yield
    finally:
        database.open_log(connection.settings_dict["NAME"])


@contextmanager
def lost_connection() -> Iterator[None]:
    """The server ends the application's connection in the middle of each act, just before it writes."""
    whole = log.write

    def cut(*parts: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            _say("SELECT pg_terminate_backend(%s)", cursor.fetchone()[0])
        whole(*parts)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        for module in (acting, intake, log):
            patch.setattr(module, "write", cut)
        yield


def _say(statement: str, *values: object) -> None:
    url = database.url("HALL_ADMIN_URL", connection.settings_dict["NAME"])
    with closing(psycopg2.connect(url)) as administrator, administrator, administrator.cursor() as cursor:
        cursor.execute(statement, values or None)
