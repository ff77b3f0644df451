#!/usr/bin/env python3
"""Command line of the product. Typed by hand it works on the copy that runs in HALL_VAR (or var/), with the packages in .venv."""

import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PYTHON = ROOT / ".venv" / "bin" / "python"
VARIABLES = {
    "DATABASE_URL": "app",
    "HALL_MIGRATE_URL": "migrate",
    "HALL_SEALER_URL": "sealer",
    "HALL_AUDIT_URL": "audit",
}


def as_the_running_hall() -> None:
    """What `run.json` says of databases, broker and clock, unless the environment names a database itself."""
    folder = Path(os.environ.get("HALL_VAR", ROOT / "var"))
    path = folder / "run.json"
    if "DATABASE_URL" in os.environ or "HALL_MIGRATE_URL" in os.environ:
        return
    if not os.access(path, os.R_OK):
        sys.exit(
            f"No hall runs in {folder}: start script/server, or name its folder in HALL_VAR, its database in DATABASE_URL."
        )
    told = json.loads(path.read_text())
    os.environ |= {name: told["dsn"][role] for name, role in VARIABLES.items()}
    os.environ |= {"HALL_VAR": str(folder), "REDIS_URL": told["redis_url"]}
    if told["clock"]:
        os.environ["HALL_CLOCK"] = told["clock"]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hall.config.settings")
    as_the_running_hall()
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        if not PYTHON.exists() or Path(sys.executable) == PYTHON:
            sys.exit("Django is not installed here: start with script/server or script/test, which make .venv.")
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    execute_from_command_line(sys.argv)
