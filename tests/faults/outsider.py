"""The log as an outsider checks it: exported by a command, verified without the product, held against what was published."""

import json
from pathlib import Path

from tests.database import ROOT

from .hall_process import Hall


def objections(hall: Hall) -> list[str]:
    """What somebody finds who trusts nothing but the heads that were published before; empty when the log convinces."""
    told = hall.run
    published = [line for line in Path(told["heads"]).read_text().split("\n")[:-1] if _is_whole(line)]
    newest, log = hall.var / "HEAD.json", hall.var / "log.ndjson"
    newest.write_text(published[-1])
    exported = hall.manage("export_log", "--out", str(log))
    if exported.returncode:
        return [f"not exported: {exported.stderr[-2000:]}"]
    lines = set(log.read_text().split("\n"))
    missing = [f"a published head is not in the log: {line}" for line in published if line not in lines]
    verifier = [ROOT / "script" / "verify-log", log, "--keys", told["log_public_keys"], "--head", newest]
    verified = hall.script(*verifier)
    convinced = verified.returncode == 0 and verified.stdout.strip()
    refused = f"not verified ({verified.returncode}): {verified.stdout[-2000:]}{verified.stderr[-2000:]}"
    return [*missing, *([] if convinced else [refused])]


def _is_whole(line: str) -> bool:
    """A line that was cut short by a kill tells nothing; readers pass over it."""
    try:
        return {"head", "signature"} <= json.loads(line).keys()
    except ValueError:
        return False
