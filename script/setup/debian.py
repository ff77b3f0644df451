"""Debian packages: installed where we are root, else downloaded and unpacked without touching the system."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from setup.places import TOOLS
from setup.speech import Missing

_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}


def available() -> bool:
    return bool(shutil.which("apt-get") and shutil.which("dpkg-deb"))


def install(packages: list[str]) -> None:
    """As root, without recommended packages. The package lists are refreshed only when they don't do."""
    words = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    # Another apt may be at work on this machine; it is waited for.
    words[1:1] = ["-o", "DPkg::Lock::Timeout=120"]
    if _run(words).returncode:
        _run(["apt-get", "update", "-q"])
        done = _run(words)
        if done.returncode:
            raise Missing(f"apt-get install {' '.join(packages)} failed: {_reason(done)}")


def download(packages: list[str], into: Path, *, with_missing: bool = False) -> list[Path]:
    """The packages as files; `with_missing` adds what they need and the system lacks. Works without root."""
    archives = into / "cache" / "archives"
    (archives / "partial").mkdir(parents=True, exist_ok=True)
    words = ["download"]
    if with_missing:
        words = ["install", "--download-only", "--reinstall", "-y", "--no-install-recommends"]
    reason = "the package lists can't be fetched"
    for options in (_options(into, own_lists=False), _options(into, own_lists=True)):
        if options.own_lists and _run(["apt-get", *options.words, "update", "-q"]).returncode:
            break
        done = _run(["apt-get", *options.words, *words, "-q", *packages], cwd=into)
        found = sorted([*into.glob("*.deb"), *archives.glob("*.deb")])
        if done.returncode == 0 and found:
            return found
        reason = _reason(done)
    raise Missing(f"apt-get could not download {' '.join(packages)}: {reason}.")


def unpack(package: Path, into: Path) -> None:
    done = _run(["dpkg-deb", "-x", str(package), str(into)])
    if done.returncode:
        raise Missing(f"{package.name} could not be unpacked: {_reason(done)}")


def unpack_members(package: Path, members: dict[str, Path]) -> None:
    """Only some files of a package, each to its own place; the rest is never written."""
    with tempfile.TemporaryDirectory(dir=package.parent) as folder:
        tree = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE)
        picked = subprocess.run(
            ["tar", "-x", "-C", folder, *(f".{member}" for member in members)], stdin=tree.stdout, check=False
        )
        if tree.stdout:
            tree.stdout.close()
        if tree.wait() or picked.returncode:
            raise Missing(f"{package.name} does not hold the expected files.")
        for member, target in members.items():
            (Path(folder) / member.lstrip("/")).replace(target)


@dataclass(frozen=True)
class _Options:
    words: list[str]
    own_lists: bool


def _options(into: Path, *, own_lists: bool) -> _Options:
    """A cache of our own; and lists of our own, where the system's, which only root may refresh, are absent or old."""
    options = {"Dir::Cache": str(into / "cache"), "Debug::NoLocking": "true", "APT::Sandbox::User": ""}
    if own_lists:
        state = TOOLS / "apt"
        (state / "lists" / "partial").mkdir(parents=True, exist_ok=True)
        options |= {"Dir::State": str(state), "Dir::State::status": "/var/lib/dpkg/status"}
    return _Options([word for name, value in options.items() for word in ("-o", f"{name}={value}")], own_lists)


def _run(words: list[str], cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words,
        env={**os.environ, **_QUIET},
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    errors = [line for line in done.stderr.splitlines() if line.startswith("E:")]
    return " ".join(errors[-2:])[:400] or f"exit {done.returncode}"
