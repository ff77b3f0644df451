"""Whether papers can be printed on this machine: fonts are fetched after the start, pango may be missing."""

import os
from pathlib import Path


def ready() -> bool:
    """True once the fonts are complete; WeasyPrint itself is loaded by the worker only."""
    fonts = os.environ.get("HALL_FONTS", "")
    return bool(fonts) and (Path(fonts) / "ready").exists()
