"""The browser for the browser tests: Debian's Chromium, because test tools can't always download their own."""

import os
import shutil

from setup import debian
from setup.speech import Missing, say


def ensure() -> str | None:
    """The path of a Chromium; None, with one line that says so, where it can't be had."""
    found = _find()
    if found is None and os.geteuid() == 0 and debian.available():
        say("installing chromium for the browser tests")
        try:
            debian.install(["chromium"])
        except Missing as reason:
            say(str(reason))
        found = _find()
    if found is None:
        say("No Chromium here: BROWSER TESTS ARE LEFT OUT (Debian: apt-get install --no-install-recommends chromium).")
    return found


def _find() -> str | None:
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
