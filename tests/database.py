"""A database for each test worker: migrated and filled once, cloned in a tenth of a second, and thrown away.

The template is built by hall_migrate as on a desk and holds the demo county; tests then run as hall_app, as the product
does. Nobody can connect to the template, so that it can be cloned at any moment.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from psycopg2 import sql

ROOT = Path(__file__).resolve().parents[1]
PREFIX = "hall_template_"
# Everything on which the contents of the template depend: schema, county, and the code that writes it.
COUNTY = (
    *(
        "requirements/run.lock",
        "script/database.sql",
        "fixtures/**/*.yaml",
        "hall/config/settings.py",
        "hall/demo/*.py",
        "hall/states.py",
        "hall/actions/state_table.py",
    ),
    *("*/migrations/*.py", "*/models/*.py", "catalog/*.py", "authorization/*.py", "supervision/ledger/*.py"),
    *(
        "supervision/configuration.py",
        "supervision/log.py",
        "supervision/writing.py",
        "supervision/protection.py",
        "supervision/numbers.py",
    ),
)
# Passwords of the county are hashed in a moment instead of half a second each; the real hasher verifies them all the same.
MANAGE = """
import sys
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management import execute_from_command_line
PBKDF2PasswordHasher.iterations = 1000
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""
ROLES = ("hall_migrate", "hall_app", "hall_sealer", "hall_audit")


@dataclass(frozen=True)
class Place:
    """Where the tests keep what belongs to the county in the template: accounts, clock, lock."""

    folder: Path
    keys: Path
    secret_key: Path

    @classmethod
    def of(cls, var: Path, keys: Path) -> "Place":
        folder = var / "tests"
        folder.mkdir(mode=0o700, exist_ok=True)
        secret_key = Path(os.environ.get("HALL_SECRET_KEY_FILE", var / "secret_key"))
        return cls(folder, keys, secret_key)


def url(variable: str, database: str = "") -> str:
    """An address from the environment, with another database in place of its own."""
    if variable not in os.environ:
        pytest.exit(f"{variable} is missing: run the tests with script/test, which starts the servers they need.", 2)
    parts = urlsplit(os.environ[variable])
    return urlunsplit(parts._replace(path=f"/{database}")) if database else os.environ[variable]


def template(place: Place) -> str:
    """The name of the template for the code as it stands; builds it when there is none yet."""
    name = PREFIX + _fingerprint(place.keys)
    with _locked(place.folder / "template.lock"):
        if name not in _databases():
            _build(name, place)
    return name


def clone(name: str, source: str) -> None:
    """A fresh copy of the template under this name, its log open; whoever is connected to the old one is cut off."""
    drop(name)
    _administer(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG").format(sql.Identifier(name), sql.Identifier(source)),
        sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)),
        sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
            sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, ROLES))
        ),
    )
    open_log(name)


def open_log(name: str) -> None:
    """What the sealer does once it has compared the database with its published heads: this start of the server may record.

    The days of tests may lie ahead of the machine's, as in a rehearsal.
    """
    with (
        closing(psycopg2.connect(url("HALL_ADMIN_URL", name))) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE supervision_clearance SET reason = '', rehearsal = true, sealed_until = 'infinity', "
            "server_started = pg_postmaster_start_time(), "
            "relation = 'supervision_record'::regclass::oid::bigint, "
            "database = (SELECT oid::bigint FROM pg_database WHERE datname = current_database())"
        )


def drop(name: str) -> None:
    _administer(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _build(name: str, place: Place) -> None:
    """Under a working name first: what a killed run left behind is never taken for finished."""
    for old in _databases():
        if old.startswith(PREFIX):
            drop(old)
    unfinished = f"{PREFIX}unfinished"
    _administer(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(unfinished)))
    with (
        closing(psycopg2.connect(url("HALL_ADMIN_URL", unfinished))) as connection,
        connection,
        connection.cursor() as c,
    ):
        c.execute((ROOT / "script" / "database.sql").read_text())
    _manage("migrate", "--no-input", "-v0", place=place, database=unfinished, HALL_AS="migrate")
    open_log(unfinished)
    _manage("load_demo", place=place, database=unfinished)
    _administer(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(unfinished), sql.Identifier(name)),
        sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name)),
    )


def _manage(*words: str, place: Place, database: str, **more: str) -> None:
    environment = os.environ | {
        "DATABASE_URL": url("DATABASE_URL", database),
        "HALL_MIGRATE_URL": url("HALL_MIGRATE_URL", database),
        "HALL_VAR": str(place.folder),
        "HALL_KEYS": str(place.keys),
        "HALL_SECRET_KEY_FILE": str(place.secret_key),
    }
    done = subprocess.run(
        [sys.executable, "-c", MANAGE, *words],
        cwd=ROOT,
        env=environment | more,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.exit(f"manage.py {words[0]} failed while the test template was built:\n{done.stderr[-4000:]}", 3)


def _administer(*statements: sql.Composable) -> None:
    """CREATE and DROP DATABASE stand outside of transactions, each by itself."""
    with closing(psycopg2.connect(url("HALL_ADMIN_URL"))) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _databases() -> list[str]:
    with closing(psycopg2.connect(url("HALL_ADMIN_URL"))) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return [name for (name,) in cursor.fetchall()]


def _fingerprint(keys: Path) -> str:
    digest = hashlib.sha256(keys.read_bytes())
    for path in sorted({path for pattern in COUNTY for path in ROOT.glob(pattern)}):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
