"""The browser for the browser tests: Debian's Chromium, because test tools can't always download their own."""

import os
import shutil
import subprocess

from setup import debian
from setup.places import VENV
from setup.speech import Missing, say

# Playwright's driver brings its own Node, which needs the second one.
PACKAGES = ["chromium", "libatomic1"]


def ensure() -> str | None:
    """The path of a Chromium that can be driven; None, with one line that says so, where it can't be had."""
    found = _find()
    if found is None and os.geteuid() == 0 and debian.available():
        say(f"installing {' '.join(PACKAGES)} for the browser tests")
        try:
            debian.install(PACKAGES)
        except Missing as reason:
            say(str(reason))
        found = _find()
    if found is None:
        say(
            "No Chromium that can be driven: BROWSER TESTS ARE LEFT OUT "
            f"(Debian: apt-get install --no-install-recommends {' '.join(PACKAGES)})."
        )
    return found


def _find() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next((path for name in names if (path := shutil.which(name))), None)
    return browser if browser and _driver_runs() else None


def _driver_runs() -> bool:
    drivers = VENV.glob("lib/python3*/site-packages/playwright/driver/node")
    return any(
        subprocess.run([driver, "--version"], capture_output=True, check=False).returncode == 0 for driver in drivers
    )
