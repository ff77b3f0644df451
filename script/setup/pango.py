"""The libraries that WeasyPrint needs for papers as PDF. Without them everything but papers works."""

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from setup import debian
from setup.places import TOOLS, locked
from setup.speech import Missing, say

PACKAGES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
_LIBRARIES = [
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libpangoft2-1.0.so.0",
    "libfontconfig.so.1",
    "libharfbuzz.so.0",
]
_LIBRARIES += ["libharfbuzz-subset.so.0"]
_UNPACKED = TOOLS / "pango"


def ensure() -> dict[str, str]:
    """Makes the libraries loadable; gives back the variables with which Python must be started for that."""
    if _loadable({}):
        return {}
    with locked(TOOLS / "pango.lock"):
        try:
            return _installed() if os.geteuid() == 0 else _unpacked()
        except Missing as reason:
            say(f"{reason} Papers can't be printed until these libraries are installed: {' '.join(PACKAGES)}")
            return {}


class Ensuring:
    """`ensure` beside other steps. A request to stop need not wait for it."""

    def __init__(self) -> None:
        self._variables: dict[str, str] = {}
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self) -> None:
        self._variables = ensure()

    def result(self) -> dict[str, str]:
        self._thread.join()
        return self._variables


def _installed() -> dict[str, str]:
    if not debian.available():
        raise Missing("Pango is missing and this is no Debian.")
    say(f"installing {' '.join(PACKAGES)}")
    debian.install(PACKAGES)
    if not _loadable({}):
        raise Missing("Pango was installed but does not load.")
    return {}


def _unpacked() -> dict[str, str]:
    """An ordinary user gets the same packages unpacked beside the checkout's tools."""
    variables = _variables()
    if variables and _loadable(variables):
        return variables
    if not debian.available():
        raise Missing("Pango is missing and this is no Debian.")
    say(f"unpacking {' '.join(PACKAGES)} into .tools")
    with tempfile.TemporaryDirectory(dir=TOOLS) as folder:
        for package in debian.download(PACKAGES, Path(folder), with_missing=True):
            debian.unpack(package, _UNPACKED)
    variables = _variables()
    if not _loadable(variables):
        raise Missing("Pango was unpacked but does not load.")
    return variables


def _variables() -> dict[str, str]:
    folders = sorted({str(path.parent) for path in _UNPACKED.glob("usr/lib/*/libpango-1.0.so.0")})
    folders += sorted({str(path.parent) for path in _UNPACKED.glob("lib/*/*.so.*")})
    before = [os.environ["LD_LIBRARY_PATH"]] if os.environ.get("LD_LIBRARY_PATH") else []
    return {"LD_LIBRARY_PATH": ":".join(folders + before)} if folders else {}


def _loadable(variables: dict[str, str]) -> bool:
    program = "import ctypes, sys\nfor name in sys.argv[1:]: ctypes.CDLL(name)"
    return (
        subprocess.run(
            [sys.executable, "-c", program, *_LIBRARIES],
            env={**os.environ, **variables},
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )
