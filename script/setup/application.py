"""The application's own steps of the set-up and its parts: web, worker, beat, sealer."""

import hashlib
import os
import signal
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from setup.places import ROOT, VENV_PYTHON, Var
from setup.processes import Step, start
from setup.servers import Servers
from setup.speech import Missing, say
from setup.supervisor import Part

# Of the person's shell: these would lead Python or Django elsewhere.
_LEFT_OUT = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "DJANGO_SETTINGS_MODULE", "HALL_AS", "HALL_CLOCK")
# About 100 MB a process. Doorbells need one; a check of the whole log takes minutes, and papers are printed beside it.
_WORKER = ("-c", "2", "-l", "INFO", "-n", "hall@%h", "--without-mingle")
# Files of packages that no page of ours refers to; compressing them would be most of a first start.
_NOT_SHOWN = ("-i", "redoc*", "-i", "rest_framework", "-i", "guardian")
# Whoever breaks into the web finds the application's own login there and not the one that owns every table (T47).
_KEPT_FROM = (("HALL_MIGRATE_URL", "HALL_SEALER_URL", "HALL_AUDIT_URL"), ("HALL_MIGRATE_URL", "HALL_AUDIT_URL"))
_APPS = ("supervision", "catalog", "authorization", "hall")


@dataclass(frozen=True)
class Application:
    """The application in one copy's environment."""

    var: Var
    servers: Servers
    env: dict[str, str]

    def manage(self, *words: str, **more: str) -> Step:
        """Begins a management command; its words go to a log of its own."""
        log = self.var.log / f"{words[0]}.log"
        process = start([VENV_PYTHON, "manage.py", *words], env={**self.env, **more}, log=log, cwd=ROOT)
        return Step(process, log, f"manage.py {words[0]}")

    def migrate(self) -> None:
        """With the embedded server only when a migration is new; the stamp is restored with the data."""
        stamp = self.servers.embedded.data / "hall-migrations.stamp" if self.servers.embedded else None
        fingerprint = _fingerprint(_migrations())
        if stamp and stamp.exists() and stamp.read_text() == fingerprint:
            return
        say("migrating the database")
        self.manage("migrate", "--no-input", HALL_AS="migrate").finish()
        if stamp:
            stamp.write_text(fingerprint)

    def open_log(self) -> None:
        """Nothing can be recorded until the database was compared with the heads that it published; the sealer goes on with it."""
        self.manage("open_log").finish(known={3: "the hall is read-only until manage.py recover_log."})

    def record_states(self) -> None:
        """The log holds the table of states by which its paths are judged; it is compared only when the table's file is new."""
        stamp = self.servers.embedded.data / "hall-states.stamp" if self.servers.embedded else None
        fingerprint = _fingerprint([ROOT / "hall" / "states.py"])
        if stamp and stamp.exists() and stamp.read_text() == fingerprint:
            return
        closed = self.manage("record_states").finish(known={3: "the table of states is recorded at a later start."})
        if stamp and not closed:
            stamp.write_text(fingerprint)

    def begin_collecting(self) -> Callable[[], None]:
        """Copies and compresses the pages' own files beside other steps; call what is given back to wait for it."""
        stamp = self.var.path / "static.stamp"
        fingerprint = _fingerprint(_static_files())
        if self.var.static.exists() and stamp.exists() and stamp.read_text() == fingerprint:
            return lambda: None
        say("collecting the pages' own files")
        step = self.manage("collectstatic", "--no-input", "--clear", "-v0", *_NOT_SHOWN)

        def finish() -> None:
            step.finish()
            stamp.write_text(fingerprint)

        return finish

    def fill(self, *, empty: bool) -> None:
        """The demo county, or a one-time token for the first account: decided once, at the first start."""
        stamp = self.var.path / "contents"
        if stamp.exists():
            self._remind(stamp.read_text().strip(), empty=empty)
            return
        command = "first_run" if empty else "load_demo"
        if not list(ROOT.glob(f"*/management/commands/{command}.py")):
            say(f"manage.py {command} is not part of this version: going on with a database without accounts")
            return
        say("writing the token for the first account" if empty else "loading the demo county")
        self.manage(command).finish()
        stamp.write_text("empty\n" if empty else "demo\n")

    def _remind(self, contents: str, *, empty: bool) -> None:
        if contents == "demo" and empty:
            say(f"{self.var.path} holds the demo county already; --empty needs a directory of its own (--var)")
        if contents == "empty" and not empty:
            say(f"{self.var.path} was begun with --empty; the demo county needs a directory of its own (--var)")

    def parts(self, door: socket.socket) -> list[Part]:
        """In the order of their start; the sealer is there when this version has one.

        The web server is handed the listening socket: while it is started again, people wait and are not turned away.
        """
        celery: list[str | Path] = [VENV_PYTHON, "-m", "celery", "-A", "hall.config.celery:app"]
        schedule = self.var.path / "beat"
        schedule.mkdir(mode=0o700, exist_ok=True)
        sealer: list[str | Path] = [VENV_PYTHON, "manage.py", "sealer"]
        return [
            *([self._part("sealer", sealer, grace=3)] if list(ROOT.glob("*/management/commands/sealer.py")) else []),
            self._part("web", gunicorn(door), grace=7, keep_open=(door.fileno(),)),
            self._part("worker", [*celery, "worker", *_WORKER], grace=6),
            self._part("beat", [*celery, "beat", "-l", "WARNING", "--pidfile=", "-s", schedule / "schedule"], grace=2),
        ]

    def _part(self, name: str, argv: list[str | Path], *, grace: float, keep_open: tuple[int, ...] = ()) -> Part:
        return Part(
            name,
            argv,
            {key: value for key, value in self.env.items() if key not in _KEPT_FROM[name == "sealer"]},
            self.var.log / f"{name}.log",
            ROOT,
            grace=grace,
            hard_signal=signal.SIGQUIT,
            keep_open=keep_open,
        )


def environment(var: Var, servers: Servers, *, port: int, rehearsal: bool) -> dict[str, str]:
    """What the application reads; an office's own settings (HALL_PRODUCTION, HALL_BASE_URL …) pass through."""
    inherited = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    ours = {
        "HALL_VAR": str(var.path),
        "HALL_FONTS": str(var.fonts),
        "DJANGO_SETTINGS_MODULE": "hall.config.settings",
        "PYTHONUNBUFFERED": "1",
        **servers.environment(),
    }
    if rehearsal:
        ours["HALL_CLOCK"] = str(var.path / "clock")
    return {"HALL_BASE_URL": f"http://127.0.0.1:{port}", **inherited, **ours}


def refuse_rehearsal_in_production(rehearsal: bool) -> None:
    if rehearsal and os.environ.get("HALL_PRODUCTION", "").lower() in ("1", "true", "yes", "on"):
        raise Missing("--rehearsal is refused while HALL_PRODUCTION=1: leave one of them out.")


def gunicorn(door: socket.socket, application: str = "hall.config.wsgi:application") -> list[str | Path]:
    """The web server as the hall runs it, on a socket that already listens."""
    return [
        *(VENV_PYTHON, "-m", "gunicorn"),
        *(application, "--bind", f"fd://{door.fileno()}", "--preload"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
        *("--timeout", "60", "--graceful-timeout", "6", "--no-control-socket", "--log-level", "warning"),
    ]


def _migrations() -> Iterable[Path]:
    """Ours, and through the lock those of the packages."""
    yield ROOT / "requirements" / "run.lock"
    for app in _APPS:
        yield from sorted((ROOT / app / "migrations").glob("*.py"))
        yield from sorted((ROOT / app).glob("**/*.sql"))


def _static_files() -> Iterable[Path]:
    yield ROOT / "requirements" / "run.lock"
    yield ROOT / "hall" / "config" / "settings.py"
    for folder in (ROOT / "static", *(ROOT / app / "static" for app in _APPS)):
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _fingerprint(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
