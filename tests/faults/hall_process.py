"""A whole hall as an office starts it, with every part a process of its own that a test may kill."""

import ctypes
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2

from tests.database import ROOT

from . import processes
from .history import History
from .processes import until

START, RECOVERY, STOP = 300, 120, 60  # seconds, for machines that are busy with other tests
PORTS = range(26000, 31000)
# What script/test tells its own tests would lead the hall to their servers.
THEIRS = ("HALL_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "PYTEST_", "FONTCONFIG_FILE", "PYTHON")
LOGINS = {"app": "DATABASE_URL", "sealer": "HALL_SEALER_URL", "audit": "HALL_AUDIT_URL", "migrate": "HALL_MIGRATE_URL"}


class Hall:
    """One running copy. What it says of itself is read anew from `run.json` each time, because pids change."""

    def __init__(self, var: Path) -> None:
        self.var, self.log, self.history = var, var / "server.log", History()
        with self.log.open("wb") as sink:
            self._process = subprocess.Popen(
                [ROOT / "script" / "server", "--var", var, "--port", str(random.choice(PORTS))],
                cwd=ROOT,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_the_tests(os.getpid()),
            )

    def begin(self) -> None:
        until(self._has_started, START, self.said)

    @property
    def run(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads((self.var / "run.json").read_text())
        return told

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.run["base_url"])
        return str(parts.hostname), int(parts.port or 0)

    def accounts(self) -> dict[str, dict[str, Any]]:
        return {row["username"]: row for row in json.loads(Path(self.run["accounts"]).read_text())}

    def client(self) -> dict[str, Any]:
        """The first program that may call the API."""
        told: dict[str, Any] = json.loads(Path(self.run["api_clients"]).read_text())[0]
        return told

    @contextmanager
    def books(self) -> Iterator[Any]:
        """The database as the auditor sees it, in one snapshot."""
        with closing(psycopg2.connect(self.run["dsn"]["audit"], connect_timeout=20)) as connection:
            connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
            with connection.cursor() as cursor:
                yield cursor

    def parts(self) -> dict[str, int]:
        """The parts that live now; one that was killed a moment ago is not among them."""
        return {
            name: pid
            for name, pid in self.run["pids"].items()
            if processes.since(pid) and processes.parent(pid) == self._process.pid
        }

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """A command as the administrator of this hall gives it."""
        told = self.run
        environment = {variable: told["dsn"][login] for login, variable in LOGINS.items()}
        environment |= {"REDIS_URL": told["redis_url"], "HALL_VAR": str(self.var), "HALL_BASE_URL": told["base_url"]}
        return _say([ROOT / "manage.py", *words], _environment() | environment)

    def script(self, *words: str | Path) -> "subprocess.CompletedProcess[str]":
        """A program that needs Python alone: it gets nothing of ours."""
        return _say(["-I", *words], _environment())

    def is_well(self) -> bool:
        """Every part lives, and the product says that it can do its work, the broker included."""
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        try:
            connection.request("GET", "/readyz")
            answer = connection.getresponse()
            told = json.loads(answer.read())
            return answer.status == 200 and told["checks"]["broker"] and self.parts().keys() == self.run["pids"].keys()
        except (OSError, http.client.HTTPException, ValueError):
            return False
        finally:
            connection.close()

    @contextmanager
    def unattended(self) -> Iterator[None]:
        """Nothing that dies is started again until the end."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def recover(self) -> None:
        until(self.is_well, RECOVERY, lambda: f"the hall does not recover\n{self.said()}")

    def stop(self) -> int:
        """SIGTERM as systemd sends it; what it answers."""
        self._process.terminate()
        return self._process.wait(STOP)

    def end(self) -> None:
        """Whatever happened: nothing of it stays."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP)
            except subprocess.TimeoutExpired:
                self._process.kill()
        for pid in processes.of_hall(self.var):
            processes.send(pid, signal.SIGKILL)

    def said(self) -> str:
        """The last lines of every log, for whoever has to find out why."""
        logs = [self.log, *sorted((self.var / "log").glob("*.log"))]
        return "\n".join(f"== {log.name}\n{log.read_text(errors='replace')[-1500:]}" for log in logs if log.exists())

    def _has_started(self) -> bool:
        assert self._process.poll() is None, self.said()
        return any(line.startswith("ready ") for line in self.log.read_text().splitlines())


@contextmanager
def running_hall(keep_logs: Path) -> Iterator[Hall]:
    """A hall with the demo county under a short path that PostgreSQL's own user may enter; its logs are kept."""
    var = Path(tempfile.mkdtemp(prefix="hall-"))
    var.chmod(0o711)
    try:
        hall = Hall(var)
        try:
            hall.begin()
            yield hall
        finally:
            hall.end()
    finally:
        for log in [*var.glob("*.log"), *var.glob("log/*.log")]:
            shutil.copy(log, keep_logs)
        shutil.rmtree(var, ignore_errors=True)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(THEIRS)}


def _say(words: list[str | Path], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, *words]
    return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)


def _end_with_the_tests(parent: int) -> Any:
    """Also when the tests themselves are killed, the hall is told to stop."""
    libc = ctypes.CDLL(None)

    def prepare() -> None:
        libc.prctl(1, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare
