"""Where things lie: the checkout, the directory of one running copy (`--var`), free ports."""

import fcntl
import json
import os
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from setup.speech import Missing

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"

# Below the range from which Linux picks outgoing ports: a part that is started again finds its port still free.
PORTS = range(20000, 32000)


@dataclass(frozen=True)
class Var:
    """The directory of one running copy. Two copies with two directories share nothing but the checkout."""

    path: Path

    @classmethod
    def make(cls, path: Path) -> "Var":
        """Creates the directory; as root others may pass through it, because PostgreSQL runs under another user."""
        path = path.absolute()
        if not path.exists():
            path.mkdir(parents=True)
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        var = cls(path)
        var.log.mkdir(mode=0o700, exist_ok=True)
        return var

    @property
    def log(self) -> Path:
        return self.path / "log"

    @property
    def run_file(self) -> Path:
        return self.path / "run.json"

    @property
    def static(self) -> Path:
        return self.path / "static"

    @property
    def fonts(self) -> Path:
        return self.path / "fonts"


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on."""
    return next(port for port in random.sample(PORTS, 200) if _is_free(port))


def listen(wanted: int) -> socket.socket:
    """Listens on `wanted`, or on the next port that is free. Whoever holds the socket has the port, and nobody else."""
    for port in range(wanted, min(wanted + 100, 65536)):
        try:
            return socket.create_server(("127.0.0.1", port), backlog=512)
        except OSError:
            continue
    raise Missing(f"No port between {wanted} and {wanted + 99} is free: give another --port.")


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def write_private(path: Path, text: str) -> None:
    """Replaces a file in one step, readable by its owner only; a reader never sees half of it."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty when the file is absent or was cut short by a crash."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def only_one(var: Var, claim: str) -> Iterator[None]:
    """Holds the directory for this process; the kernel lets go of it even after a kill -9."""
    with (var.path / "supervisor.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            url = read_json(var.run_file).get("base_url")
            where = f" at {url}" if url else ""
            raise Missing(f"{claim} on {var.path}{where}: stop it first, or give another --var.") from None
        yield


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits for its turn: two copies that are started side by side from one checkout share what is built there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
