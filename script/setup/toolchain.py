"""uv and the virtual environment, from Python and pip alone (python3-venv may be absent)."""

import hashlib
import os
import subprocess
import sys

from setup.places import ROOT, TOOLS, VENV, VENV_PYTHON, locked
from setup.speech import Missing, say

REQUIREMENTS = ROOT / "requirements"
UV = TOOLS / "bin" / "uv"
# Each set holds the one before it with the same versions, so a set once installed is never narrowed again:
# starting the server must not take pytest away from tests that run beside it.
SETS = ["run", "test", "bench"]
_STAMP = VENV / "installed-set"
_FROM_PIP = [("index-url", "UV_DEFAULT_INDEX"), ("cert", "SSL_CERT_FILE"), ("cert", "NODE_EXTRA_CA_CERTS")]


def ensure(wanted: str) -> None:
    """Makes `.venv` hold the locked set; does nothing when it already does."""
    with locked(TOOLS / "venv.lock"):
        installed = _installed()
        name = max(wanted, installed[0], key=SETS.index) if installed else wanted
        fingerprint = _fingerprint(name)
        if installed == (name, fingerprint) and _answers():
            return
        _ensure_uv()
        say(f"installing the locked packages ({name}) into .venv")
        if not _answers():
            _uv("venv", "-q", "--clear", "-p", sys.executable, str(VENV))
        _uv("pip", "sync", "-q", "-p", str(VENV_PYTHON), "--require-hashes", str(REQUIREMENTS / f"{name}.lock"))
        _STAMP.write_text(f"{name} {fingerprint}\n")


def _installed() -> tuple[str, str] | None:
    try:
        name, fingerprint = _STAMP.read_text().split()
    except (OSError, ValueError):
        return None
    return (name, fingerprint) if name in SETS else None


def _fingerprint(name: str) -> str:
    return hashlib.sha256((REQUIREMENTS / f"{name}.lock").read_bytes()).hexdigest()


def _answers() -> bool:
    """Whether the environment's Python still runs: it is a link to the system's, which an upgrade can remove."""
    try:
        return subprocess.run([str(VENV_PYTHON), "-c", ""], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _ensure_uv() -> None:
    if UV.exists():
        return
    say("installing uv into .tools")
    lock = REQUIREMENTS / "tools.lock"
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:
        raise Missing("pip is missing: install it (Debian: apt-get install python3-pip).")
    done = subprocess.run(
        [*pip, "install", "-q", "--target", str(TOOLS), "--upgrade", "--require-hashes", "-r", str(lock)],
        env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Missing(
            f"uv could not be installed with pip; is the package index reachable? pip says: {_end(done.stderr)}"
        )


def _uv(*words: str) -> None:
    environment = {**network_variables(), **os.environ, "UV_PYTHON_DOWNLOADS": "never"}
    done = subprocess.run([str(UV), *words], env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"uv could not prepare .venv: {_end(done.stderr)}")


def network_variables() -> dict[str, str]:
    """uv and npm don't read pip's configuration; an office that names a mirror or certificate there means all."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    settings = dict(line.split("=", 1) for line in listed.splitlines() if "=" in line)
    named = {key.rpartition(".")[2]: value.strip("'\"") for key, value in settings.items()}
    return {variable: named[key] for key, variable in _FROM_PIP if key in named}


def _end(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return " ".join(lines[-3:])[:600]
