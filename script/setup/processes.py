"""Starting other programs so that none of them outlives the supervisor."""

import ctypes
import os
import pwd
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from setup.speech import Missing, say

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)
_LOG_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True)
class Identity:
    """The user that a program runs as when the set-up itself is root."""

    uid: int
    gid: int

    @classmethod
    def named(cls, *names: str) -> "Identity | None":
        """The first of these users that the machine knows."""
        for name in names:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid)
        return None


def start(
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    log: Path,
    identity: Identity | None = None,
    death_signal: int = signal.SIGTERM,
    cwd: Path | None = None,
    keep_open: tuple[int, ...] = (),
) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own (Ctrl-C reaches the supervisor alone), its words going to `log`.

    Call it from the main thread only: the kernel sends `death_signal` when the *thread* that started it ends.
    """
    _keep_short(log)
    with log.open("ab") as sink:
        return subprocess.Popen(
            [str(word) for word in argv],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=keep_open,
            preexec_fn=_dies_with(os.getpid(), death_signal),
            user=identity.uid if identity else None,
            group=identity.gid if identity else None,
            extra_groups=[] if identity else None,
        )


@dataclass(frozen=True)
class Step:
    """A program that runs to its end while the set-up may do something else."""

    process: "subprocess.Popen[bytes]"
    log: Path
    what: str

    def finish(self, *, known: Mapping[int, str] | None = None) -> int:
        """Waits for it and returns its exit code: 0, or one that is `known` and said.

        Any other failure is told in one sentence with the file that says more.
        """
        try:
            code = self.process.wait()
        finally:
            if self.process.poll() is None:
                kill_group(self.process.pid)
                self.process.wait()
        if known and code in known:
            say(f"{known[code]}{_last_line(self.log)}")
        elif code:
            raise Missing(
                f"{self.what} failed (exit {code}); the reason stands at the end of {self.log}.{_last_line(self.log)}"
            )
        return code


def kill_group(pid: int) -> None:
    """Ends what a dead or hanging program left behind in its session."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def started_at(pid: int) -> str | None:
    """The kernel's start time of a process: with the pid it names one process for ever. None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def _dies_with(parent: int, death_signal: int) -> Callable[[], None]:
    def prepare() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return prepare


def _keep_short(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return f" It says: {lines[-1].strip()[:300]}" if lines else ""
