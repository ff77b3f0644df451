"""A second PostgreSQL with a history of its own, into which a dump of the test's database is restored (T68, T69)."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection, connections

from . import database

sys.path.append(str(database.ROOT / "script"))

from setup import postgres_binaries, servers
from setup.places import Var
from setup.postgres import ADMIN
from setup.servers import Servers
from setup.supervisor import Supervisor

ALIASES = {"default": "app", "sealer": "sealer"}


def dump(path: Path) -> None:
    """All of the test's database as it stands now: what a backup of this moment holds."""
    address = urlsplit(os.environ["HALL_ADMIN_URL"])
    command = [
        "-h",
        str(address.hostname),
        "-p",
        str(address.port),
        "-U",
        str(address.username),
        "-Fc",
        "-f",
        str(path),
    ]
    _run("pg_dump", *command, connection.settings_dict["NAME"], password=str(address.password))


@dataclass
class SecondCluster:
    """One more server; each `restored` dump gets a database of its own there."""

    servers: Servers

    @contextmanager
    def restored(self, path: Path) -> Iterator[None]:
        """While this lasts the application and the sealer work on the restored database."""
        name = f"restored_{path.stem}"
        embedded = self.servers.embedded
        assert embedded is not None
        embedded.sql("-c", f"CREATE DATABASE {name}")
        address = ["-h", "127.0.0.1", "-p", str(embedded.port), "-U", ADMIN]
        _run("pg_restore", *address, "-d", name, str(path), password=embedded.password)
        grant = ", ".join(database.ROLES)
        embedded.sql("-c", f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {grant}")
        with self._in_place_of_the_first(name):
            yield

    @contextmanager
    def _in_place_of_the_first(self, name: str) -> Iterator[None]:
        before = {alias: dict(connections.settings[alias]) for alias in ALIASES}
        admin = os.environ["HALL_ADMIN_URL"]
        connections.close_all()
        for alias, role in ALIASES.items():
            to = urlsplit(self.servers.dsn[role])
            connections.settings[alias] |= {"HOST": to.hostname, "PORT": to.port, "PASSWORD": to.password, "NAME": name}
        os.environ["HALL_ADMIN_URL"] = self.servers.dsn["admin"]
        try:
            yield
        finally:
            connections.close_all()
            os.environ["HALL_ADMIN_URL"] = admin
            for alias, settings in before.items():
                connections.settings[alias] |= settings


@contextmanager
def started() -> Iterator[SecondCluster]:
    """Its folder can be entered by the user as whom PostgreSQL runs when we are root."""
    folder = Path(tempfile.mkdtemp(prefix="hall-second-"))
    folder.chmod(0o711)
    var = Var.make(folder / "var")
    supervisor = Supervisor(var)
    try:
        yield SecondCluster(servers.embedded(var, supervisor, throw_away=True))
    finally:
        supervisor.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _run(program: str, *words: str, password: str) -> None:
    done = subprocess.run(
        [str(postgres_binaries.find()[program]), *words],
        env={**os.environ, "PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
