"""The embedded PostgreSQL: made once, started under a user of its own when we are root, reached over loopback only."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from setup import postgres_binaries
from setup.places import Var, free_port
from setup.postgres_binaries import Binaries
from setup.processes import Identity, Step, start
from setup.speech import Missing, say
from setup.supervisor import Part

ADMIN = "hall_admin"
# With LC_CTYPE "C" a trigram search for Chinese words silently finds nothing.
_LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
_LOCALE_BEFORE_17 = ["--locale=C.UTF-8"]
# A test database may lose its data in a power cut; a kill -9 it survives all the same.
_THROW_AWAY = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


@dataclass(frozen=True)
class Postgres:
    binaries: Binaries
    data: Path
    port: int
    identity: Identity | None
    password: str
    throw_away: bool

    def url(self, user: str, password: str, database: str) -> str:
        return f"postgres://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def part(self, log: Path) -> Part:
        argv: list[str | Path] = [self.binaries["postgres"], "-D", self.data, "-p", str(self.port)]
        argv += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=120"]
        argv += ["-c", "timezone=UTC", "-c", "log_timezone=UTC", "-c", "logging_collector=off"]
        # after a crash one call for the whole file system instead of one for each of a thousand files
        argv += ["-c", "recovery_init_sync_method=syncfs"] if sys.platform == "linux" else []
        argv += _THROW_AWAY if self.throw_away else []
        return Part(
            "postgres",
            argv,
            environment(),
            log / "postgres.log",
            cwd=Path("/"),
            identity=self.identity,
            stop_signal=signal.SIGINT,  # "fast": sessions are ended, everything committed is kept
            hard_signal=signal.SIGQUIT,
            grace=6,
        )

    def sql(self, *words: str, database: str = "postgres", env: dict[str, str] | None = None) -> str:
        """Runs psql as the administrator with these options and gives back what it prints."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", ADMIN, "-d", database]
        done = subprocess.run(
            [str(self.binaries["psql"]), "-XqAt", "-v", "ON_ERROR_STOP=1", *address, *words],
            env={**environment(), "PGPASSWORD": self.password, "PGCONNECT_TIMEOUT": "5", **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Missing(f"PostgreSQL refused a step of the set-up: {done.stderr.strip()[:500]}")
        return done.stdout.strip()

    def answers(self) -> bool:
        ask = [str(self.binaries["pg_isready"]), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ask, env=environment(), check=False).returncode == 0


def environment() -> dict[str, str]:
    """What PostgreSQL's programs need; none of the PG* variables of the person's shell."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def prepare(var: Var, password: str, *, throw_away: bool = False) -> Postgres:
    """Finds binaries and data, makes the data directory when there is none."""
    home = _existing(var.path, throw_away)
    binaries = postgres_binaries.find(int(home.name[2:]) if home else None)
    identity = _identity(home)
    binaries = postgres_binaries.reachable(binaries, identity)
    data = home or var.path / f"pg{binaries.major}"
    if home is None:
        data = _make(var, binaries, identity, password, throw_away)
    return Postgres(binaries, data.resolve(), free_port(), identity, password, throw_away)


def _existing(folder: Path, throw_away: bool) -> Path | None:
    """The data directory of this copy; one that initdb did not finish does not count."""
    found = [path for path in folder.glob("pg[0-9]*") if re.fullmatch(r"pg\d+", path.name)]
    for lost in (path for path in found if path.is_symlink() and not path.exists()):
        if not throw_away:
            raise Missing(
                f"{lost} points to {lost.readlink()}, which is gone: bring it back, or remove the link to begin anew."
            )
        lost.unlink()
    finished = [path for path in found if (path / "PG_VERSION").exists()]
    if len(finished) > 1:
        raise Missing(
            f"{folder} holds the data of two PostgreSQL versions ({', '.join(p.name for p in finished)}): move one."
        )
    return finished[0] if finished else None


def _identity(home: Path | None) -> Identity | None:
    """PostgreSQL refuses to run as root; then it runs as the owner of its data, at first `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return None
    if home and (owner := home.resolve().stat()).st_uid:
        return Identity(owner.st_uid, owner.st_gid)
    identity = Identity.named("postgres", "nobody")
    if identity is None:
        raise Missing(
            "PostgreSQL can't run as root and there is no user postgres or nobody: start as an ordinary user."
        )
    return identity


def _make(var: Var, binaries: Binaries, identity: Identity | None, password: str, throw_away: bool) -> Path:
    """initdb into a folder beside, renamed when complete: a crash half-way leaves nothing that looks finished."""
    say(f"making the database (PostgreSQL {binaries.major})")
    final = var.path / f"pg{binaries.major}"
    where = _reachable_folder(var.path, identity, throw_away)
    unfinished = Path(tempfile.mkdtemp(prefix="pg-unfinished-", dir=where))
    secret = Path(tempfile.mkstemp(prefix="pg-unfinished-password-", dir=where)[1])
    secret.write_text(password)
    if identity:
        os.chown(unfinished, identity.uid, identity.gid)
        os.chown(secret, identity.uid, identity.gid)
    argv: list[str | Path] = [binaries["initdb"], "-D", unfinished, "-U", ADMIN, "-E", "UTF8"]
    argv += ["--auth=scram-sha-256", f"--pwfile={secret}", *(["--no-sync"] if throw_away else [])]
    argv += _LOCALE if binaries.major >= 17 else _LOCALE_BEFORE_17
    try:
        initdb = start(
            argv,
            env=environment(),
            log=var.log / "initdb.log",
            cwd=Path("/"),
            identity=identity,
        )
        Step(initdb, var.log / "initdb.log", "Making the database (initdb)").finish()
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    finally:
        secret.unlink()
    return _put_in_place(unfinished, final)


def _put_in_place(unfinished: Path, final: Path) -> Path:
    if final.is_symlink() or final.exists():
        final.rename(final.with_name(f"{final.name}-unfinished-{int(time.time())}"))
    if unfinished.parent == final.parent:
        unfinished.rename(final)
    else:
        kept = unfinished.with_name(unfinished.name.replace("pg-unfinished-", f"{final.name}-"))
        unfinished.rename(kept)
        final.symlink_to(kept)
    return final


def _reachable_folder(folder: Path, identity: Identity | None, throw_away: bool) -> Path:
    """`folder`, or one outside when PostgreSQL's user may not enter it (a checkout in root's home, say)."""
    if identity is None or _can_enter(folder, identity):
        return folder
    outside = Path(tempfile.gettempdir()) / "county-hall-tests" if throw_away else postgres_binaries.SHARED
    postgres_binaries.open_way(outside)
    if not _can_enter(outside, identity):
        raise Missing(
            f"PostgreSQL's user can enter neither {folder} nor {outside}: give --var a folder that others may pass."
        )
    say(f"the database's files go to {outside}, because its user can't enter {folder}")
    return outside


def _can_enter(folder: Path, identity: Identity) -> bool:
    """Asked of the kernel, not worked out from mode bits."""
    return (
        subprocess.run(
            ["test", "-x", str(folder)], user=identity.uid, group=identity.gid, extra_groups=[], cwd="/", check=False
        ).returncode
        == 0
    )
