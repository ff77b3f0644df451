"""Which demands (D), laws (L), goals (T), gaps (G) and rules (R) the tests cite."""

import re
from pathlib import Path

from setup.places import ROOT
from setup.speech import say

_ID = re.compile(r"(?<![A-Za-z0-9_])[DLTGR]\d{1,3}(?![A-Za-z0-9_])")
_DUE = ROOT / "docs" / "ids-due.txt"


def main() -> int:
    """Prints every id with the files that cite it; 1 when one of `docs/ids-due.txt` is cited by none."""
    cited = _cited(ROOT / "tests")
    for identifier in sorted(cited, key=_order):
        say(f"{identifier}\t{' '.join(sorted(cited[identifier]))}")
    lacking = [identifier for identifier in _due() if identifier not in cited]
    if lacking:
        say(f"due, but cited by no test: {' '.join(lacking)}")
    return 1 if lacking else 0


def _cited(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*.py"):
        for identifier in _ID.findall(path.read_text()):
            found.setdefault(identifier, set()).add(str(path.relative_to(ROOT)))
    return found


def _due() -> list[str]:
    """One or several ids a line; what follows a # is a comment."""
    if not _DUE.exists():
        return []
    lines = (line.partition("#")[0] for line in _DUE.read_text().splitlines())
    return sorted({identifier for line in lines for identifier in _ID.findall(line)}, key=_order)


def _order(identifier: str) -> tuple[str, int]:
    return identifier[0], int(identifier[1:])
