"""Requests one after the other over one connection, and the CPU that web server and database spend on them. For http.py."""

import http.client
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.servers import Database, cpu_seconds

Request = Mapping[str, Any]


@dataclass(frozen=True)
class Server:
    """A running gunicorn (the process that started it) and the database that its workers ask."""

    port: int
    pid: int
    database: Database

    def spend(self, requests: Iterable[Request]) -> tuple[float, float]:
        """Milliseconds of CPU per request, of the web server's processes and of their PostgreSQL backends."""
        asked = list(requests)
        web, store = self._web(), self._store()
        self.send(asked)
        time.sleep(0.02)  # what a worker does after its answer is part of the request
        web, store = self._web() - web, self._later(store)
        return web * 1000 / len(asked), store * 1000 / len(asked)

    def send(self, requests: Iterable[Request]) -> None:
        """Every answer must have the status that its request expects; anything else is no measurement."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            for request in requests:
                connection.request(request["method"], request["path"], request["body"].encode(), request["headers"])
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != request["status"]:
                    raise SystemExit(f"{request['path']}: {answer.status} {text.decode(errors='replace')[:1000]}")
        finally:
            connection.close()

    def _web(self) -> float:
        return sum(_all_threads(pid) for pid in _tree(self.pid))

    def _store(self) -> dict[int, float]:
        """By backend: one that was not there before has spent all its time since."""
        backends = self.database.ask(
            "SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = %s AND usename = 'hall_app'",
            self.database.name,
        )
        return {pid: cpu_seconds(pid) for pid in backends or ()}

    def _later(self, before: Mapping[int, float]) -> float:
        return sum(spent - before.get(pid, 0.0) for pid, spent in self._store().items())


def _tree(root: int) -> list[int]:
    """A process and its children, as the kernel knows them."""
    children = Path(f"/proc/{root}/task/{root}/children").read_text().split()
    return [root, *(pid for child in children for pid in _tree(int(child)))]


def _all_threads(pid: int) -> float:
    """Seconds on a processor of all threads that a process has; those of gunicorn's pool stay."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((task / "schedstat").read_text().split()[0]) / 1e9 for task in tasks)
