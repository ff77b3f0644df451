"""What the kernel says of processes: who lives, whose child, since when, and to which hall they belong."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def since(pid: int) -> str | None:
    """The kernel's start time: with the pid it names one process for ever. None when it is gone."""
    fields = _stat(pid)
    return None if fields is None or fields[0] in "ZX" else fields[19]


def parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[1]) if fields else None


def children(pid: int) -> list[int]:
    return sorted(other for other in _all() if parent(other) == pid and since(other))


def title(pid: int) -> str:
    """Its command line; PostgreSQL writes there what a process serves."""
    return _read(pid, "cmdline").replace("\0", " ").strip()


def of_hall(var: Path) -> dict[int, str]:
    """Every living process that was started for the hall in this directory, by its command line or environment."""
    mark, mine = str(var), os.getpid()
    return {
        pid: title(pid)
        for pid in _all()
        if pid != mine and since(pid) and (mark in title(pid) or f"HALL_VAR={mark}\0" in _read(pid, "environ"))
    }


def send(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def until(holds: Callable[[], bool], seconds: float, what: Callable[[], str] | str) -> None:
    """Waits, and says what was waited for in vain."""
    last = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < last, what if isinstance(what, str) else what()
        time.sleep(0.1)


def _all() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> list[str] | None:
    """The fields behind the name: state, parent, …"""
    text = _read(pid, "stat")
    return text.rpartition(")")[2].split() if text else None


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes().decode(errors="replace")
    except OSError:  # gone, or somebody else's
        return ""
