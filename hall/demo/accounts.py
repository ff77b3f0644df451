"""The list of accounts and of API clients as programs outside read them (contract): files that only their owner may read."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hall.demo.people import Key
from hall.demo.plan import Plan
from hall.demo.windows import window_name


def described(plan: Plan, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """One entry a new account: how it is opened, and which post and window it opens."""
    told = {row["username"]: row for row in plan.holdings}
    names = {row["slug"]: row["name"] for row in [*plan.departments, *plan.institutions]}
    return [_entry(plan, key, told[key.username], names) for key in keys]


def keep(path: Path, entries: Sequence[dict[str, Any]], key: str) -> None:
    """Add entries to a file of mode 0600, in place of older ones with the same key; the file is whole at every instant."""
    new = {entry[key] for entry in entries}
    old = [entry for entry in json.loads(path.read_text()) if entry[key] not in new] if path.exists() else []
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump([*old, *entries], file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _entry(plan: Plan, key: Key, told: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {
        "username": key.username,
        "password": key.password,
        "otp_secret": key.otp_secret,
        "role": told["account"],
        "post": told["post"],
        "department": names[told["department"]],
        "window": window_name(plan, told["window"]) if "window" in told else None,
        "name": told["name"],
    }
