"""Servers of a measurement: the embedded ones in a folder of their own, thrown away afterwards, but as durable as an office's.

A prepared database (migrated, demo county, log open) is cloned for each side of a comparison, so that no side inherits what another
one has left behind.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

sys.path.append(str(Path(__file__).resolve().parents[1] / "script"))

from setup import application, font_config, fonts, secret_files, servers
from setup.application import Application
from setup.places import ROOT, VENV_PYTHON, Var
from setup.servers import DSN_VARIABLES, Servers
from setup.supervisor import Part, Supervisor

# All verbs happen in one morning of a year whose calendar is known, whenever this runs.
MORNING = "2026-03-10T10:42:00+08:00"
# A program of ours that begins with Django set up, so that its imports stand at its top.
PROGRAM = (
    "import sys, runpy, django; django.setup(); runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def tell(text: str) -> None:
    """A line of progress; standard output belongs to the result."""
    print(text, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Database:
    """One database of the office, with the environment in which the product works on it."""

    name: str
    env: dict[str, str]
    log: Path

    def url(self, role: str) -> str:
        return self.env["HALL_ADMIN_URL" if role == "admin" else DSN_VARIABLES[role]]

    def django(self, role: str) -> dict[str, Any]:
        """How a Django that is not the product reaches it, as simply as can be."""
        url = urlsplit(self.url(role))
        told = {
            "HOST": url.hostname,
            "PORT": url.port,
            "USER": url.username,
            "PASSWORD": url.password,
            "NAME": self.name,
        }
        return told | {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 600}

    @contextmanager
    def cursor(self, role: str = "admin") -> Iterator[Any]:
        """Each statement by itself."""
        with closing(psycopg2.connect(self.url(role))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def ask(self, statement: str, *values: object) -> Any:
        """The first column of the first row."""
        with self.cursor() as cursor:
            cursor.execute(statement, values or None)
            row = cursor.fetchone()
        return row[0] if row else None

    def do(self, *statements: str) -> None:
        with self.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def manage(self, *words: str) -> None:
        """A management command, to its end."""
        self._to_its_end([str(VENV_PYTHON), "manage.py", *words], words[0], tell)

    def program(self, module: str, *words: str) -> Any:
        """Runs a program of this folder with Django on this database. Its last line is its answer in JSON, the others are progress."""
        said: list[str] = []

        def heard(line: str) -> None:
            said.append(line)
            if not line.startswith("{"):
                tell(f"  {line}")

        self._to_its_end([str(VENV_PYTHON), "-c", PROGRAM, module, *words], module, heard)
        return json.loads(said[-1])

    def _to_its_end(self, argv: list[str], name: str, heard: Callable[[str], None]) -> None:
        path = self.log / f"{name}.log"
        with (
            path.open("ab") as log,
            subprocess.Popen(
                argv, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True
            ) as process,
        ):
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    heard(line.rstrip("\n"))
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise SystemExit(f"{name} failed (exit {process.returncode}): {path.read_text()[-2000:]}")

    @property
    def heads(self) -> Path:
        return Path(self.env["HALL_HEADS"])

    def wait_until_sealed(self, seconds: float = 900) -> None:
        """Until a head covers every record. For whoever writes nothing himself meanwhile."""
        wanted, end = self.ask("SELECT count(*) FROM supervision_record"), time.perf_counter() + seconds
        while (self.ask("SELECT max(size) FROM supervision_head") or 0) < wanted:
            if time.perf_counter() > end:
                raise SystemExit(f"the sealer did not catch up within {seconds:.0f} s")
            time.sleep(0.1)


@dataclass(frozen=True)
class Office:
    """Running servers and the prepared database `hall`."""

    folder: Path
    hall: Application

    def clone(self, name: str) -> Database:
        """A copy of the prepared database with a heads file of its own."""
        made = self._made(name, "TEMPLATE hall")
        made.do(  # a copy is another database: its log is closed until somebody says that it may go on
            "UPDATE supervision_clearance SET sealed_until = 'infinity', database = (SELECT oid::bigint FROM pg_database WHERE datname = current_database())"
        )
        return made

    def empty(self, name: str) -> Database:
        """A new database without a table."""
        return self._made(name, "")

    def drop(self, database: Database) -> None:
        self._embedded.sql("-c", f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")

    @property
    def prepared(self) -> Database:
        return self._database("hall")

    @property
    def version(self) -> str:
        return self._embedded.sql("-c", "SHOW server_version")

    @contextmanager
    def sealing(self, database: Database) -> Iterator[None]:
        """The real `manage.py sealer` beside what is done meanwhile; it has caught up when the block begins, and is gone after it."""
        words: list[str | Path] = [VENV_PYTHON, "manage.py", "sealer"]
        supervisor = Supervisor(Var.make(self.folder / "sealer"))
        try:
            supervisor.start(Part("sealer", words, database.env, database.log / "sealer.log", ROOT))
            database.wait_until_sealed()
            yield
        finally:
            supervisor.stop()

    def _made(self, name: str, template: str) -> Database:
        self._embedded.sql("-c", f"CREATE DATABASE {name} {template}")
        roles = ", ".join(f"hall_{role}" for role in DSN_VARIABLES)
        self._embedded.sql("-c", f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
        self._embedded.sql("-c", f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {roles}")
        return self._database(name)

    def _database(self, name: str) -> Database:
        wanted = {variable: _named(self.hall.servers.dsn[role], name) for role, variable in DSN_VARIABLES.items()}
        wanted["HALL_ADMIN_URL"] = _named(self.hall.servers.dsn["admin"], name)
        wanted["HALL_HEADS"] = str(self.folder / f"heads-{name}.ndjson")
        return Database(name, self.hall.env | wanted, self.hall.var.log)

    @property
    def _embedded(self) -> Any:
        assert self.hall.servers.embedded is not None
        return self.hall.servers.embedded


@contextmanager
def started(parent: Path | None = None) -> Iterator[Office]:
    """PostgreSQL and Valkey in a new folder (below `parent`, or where the system keeps what is temporary), all removed at the end.

    Nothing is taken from durability (fsync, synchronous_commit and full_page_writes stay on): commits cost what they cost an office.
    """
    folder = Path(tempfile.mkdtemp(prefix="hall-bench-", dir=parent))
    folder.chmod(0o711)  # PostgreSQL runs as another user when we are root
    var = Var.make(folder / "var")
    supervisor = Supervisor(var)
    used: Servers | None = None
    try:
        secret_files.application_secrets(var)
        fonts.place(var)
        used = servers.embedded(var, supervisor)
        yield Office(folder, _prepared(var, used))
    finally:
        supervisor.stop()
        if used and used.embedded:
            shutil.rmtree(
                used.embedded.data, ignore_errors=True
            )  # may lie elsewhere, if its user can't enter the folder
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(var: Var, used: Servers) -> Application:
    for name in [name for name in os.environ if name.startswith("HALL_")]:
        del os.environ[name]  # keys, heads and addresses of a real hall are none of ours
    (var.path / "clock").write_text(MORNING)
    var.static.mkdir(exist_ok=True)
    env = application.environment(var, used, port=8000, rehearsal=True) | font_config.write(var)
    hall = Application(var, used, env | {"DJANGO_SETTINGS_MODULE": "hall.config.settings"})
    hall.migrate()
    hall.open_log()
    hall.fill(empty=False)
    return hall


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def cpu_seconds(pid: int) -> float:
    """How long a process has been on a processor: to the nanosecond where the kernel counts so, else in its ticks."""
    try:
        spent = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        spent = 0.0
    if spent:
        return spent
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
