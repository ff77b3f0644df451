"""Keeps the parts of one copy running, and stops them in reverse order."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from setup.places import Var, read_json, write_private
from setup.processes import Identity, kill_group, start, started_at
from setup.speech import Missing, say

_TICK = 0.2
_LONGEST_PAUSE = 5.0
_STOPPING = 15.0  # then the rest is given a second each: all must have stopped after half a minute
_HEALTHY = 20.0  # a part that lived so long before it died is started again at once


@dataclass(frozen=True)
class Part:
    """One program that must run as long as the hall does (`forever`), or once beside it."""

    name: str
    argv: list[str | Path]
    env: dict[str, str]
    log: Path
    cwd: Path
    identity: Identity | None = None
    stop_signal: int = signal.SIGTERM
    hard_signal: int = signal.SIGKILL
    grace: float = 3.0
    forever: bool = True
    keep_open: tuple[int, ...] = ()


@dataclass
class _Running:
    part: Part
    process: subprocess.Popen[bytes]
    since: float
    failures: int = 0
    again_at: float | None = None


@dataclass
class Supervisor:
    """Parts in the order of their start. `changed` is told the pids whenever one was started anew."""

    var: Var
    changed: Callable[[dict[str, int]], None] = lambda _pids: None
    _running: list[_Running] = field(default_factory=list)

    def start(self, part: Part) -> None:
        self._running.append(_Running(part, self._spawn(part), time.monotonic()))
        self._note_pids()

    @property
    def pids(self) -> dict[str, int]:
        return {one.part.name: one.process.pid for one in self._running if one.process.poll() is None}

    def watch(self, seconds: float) -> None:
        """One round: starts again what has died, then sleeps."""
        for one in self._running:
            if one.process.poll() is not None:
                self._mourn(one)
        time.sleep(seconds)

    def watch_forever(self) -> None:
        while True:
            self.watch(_TICK)

    def wait_for(self, name: str, answers: Callable[[], bool], *, seconds: float, deaths: int = 0) -> None:
        """Until a part answers. While the hall is starting, one that dies more than `deaths` times ends the start."""
        one = next(one for one in self._running if one.part.name == name)
        end = time.monotonic() + seconds
        while not answers():
            died = one.failures + (one.process.poll() is not None and one.again_at is None)
            if died > deaths or time.monotonic() > end:
                words = "ended while starting" if died > deaths else "does not answer"
                raise Missing(f"{name} {words}; the reason stands at the end of {one.part.log}.")
            self.watch(0.1)

    def stop(self) -> None:
        """Stops the parts in reverse order; a part that does not end in its time is killed."""
        hurry_from = time.monotonic() + _STOPPING
        for one in reversed(self._running):
            if one.process.poll() is None:
                _end(one.process, one.part, hurry=time.monotonic() > hurry_from)
            kill_group(one.process.pid)
        self._running.clear()
        _pid_file(self.var).unlink(missing_ok=True)

    def _mourn(self, one: _Running) -> None:
        now = time.monotonic()
        if one.again_at is None:
            if not one.part.forever:
                return
            one.failures = 0 if now - one.since > _HEALTHY else one.failures + 1
            one.again_at = now + (0 if one.failures <= 1 else min(_LONGEST_PAUSE, 0.1 * 2**one.failures))
            kill_group(one.process.pid)  # workers of a dead master would hold its port
            say(f"{one.part.name} ended ({_reason(one.process.returncode)}); starting it again, see {one.part.log}")
        if now < one.again_at:
            return
        try:
            one.process, one.since, one.again_at = self._spawn(one.part), now, None
        except OSError as reason:
            say(f"{one.part.name} could not be started: {reason}")
            one.again_at = now + _LONGEST_PAUSE
            return
        self._note_pids()
        self.changed(self.pids)

    def _spawn(self, part: Part) -> "subprocess.Popen[bytes]":
        return start(
            part.argv,
            env=part.env,
            log=part.log,
            identity=part.identity,
            death_signal=part.stop_signal,
            cwd=part.cwd,
            keep_open=part.keep_open,
        )

    def _note_pids(self) -> None:
        parts = {name: [pid, started_at(pid)] for name, pid in self.pids.items()}
        write_private(_pid_file(self.var), json.dumps(parts))


def end_leftovers(var: Var) -> None:
    """Ends what an earlier start left running: the kernel told the parts to stop, but some take their time."""
    recorded = {name: (pid, since) for name, (pid, since) in read_json(_pid_file(var)).items() if since is not None}
    alive = {name: pid for name, (pid, since) in recorded.items() if started_at(pid) == since}
    if alive:
        say(f"waiting for parts of an earlier start to end: {', '.join(alive)}")
    _wait_gone(alive, 10)
    for name, pid in alive.items():
        if started_at(pid):
            # Never SIGKILL for the database: it must leave no shared memory behind.
            _signal(pid, signal.SIGQUIT if name == "postgres" else signal.SIGKILL)
    _wait_gone(alive, 10)
    for pid, _since in recorded.values():
        if started_at(pid) is None:  # its workers; while they live, nobody else gets this number
            kill_group(pid)


def _wait_gone(pids: dict[str, int], seconds: float) -> None:
    end = time.monotonic() + seconds
    while any(started_at(pid) for pid in pids.values()) and time.monotonic() < end:
        time.sleep(0.1)


def _end(process: "subprocess.Popen[bytes]", part: Part, *, hurry: bool) -> None:
    """The polite signal and `grace` seconds, the hard one and two more, then the last one."""
    _signal(process.pid, part.stop_signal)
    for seconds, next_signal in ((1.0 if hurry else part.grace, part.hard_signal), (2.0, signal.SIGKILL)):
        try:
            process.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            _signal(process.pid, next_signal)
    process.wait()


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _pid_file(var: Var) -> Path:
    return var.path / "parts.json"


def _reason(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit {code}"
