"""`run.json`: where a running copy answers, for programs outside (`docs/contract.md`)."""

import json
import tomllib
from typing import Any

from setup.places import ROOT, Var, write_private
from setup.servers import Servers


def write_run_file(var: Var, servers: Servers, port: int, pids: dict[str, int], *, rehearsal: bool) -> None:
    """Written when everything answers, and again whenever a part was started anew."""
    told: dict[str, Any] = {
        "base_url": f"http://127.0.0.1:{port}",
        "pids": pids,
        "dsn": servers.dsn,
        "redis_url": servers.redis_url,
        "accounts": str(var.path / "accounts.json"),
        "api_clients": str(var.path / "api_clients.json"),
        "log_public_keys": str(var.path / "log_public_keys.json"),
        "heads": str(var.path / "heads.ndjson"),
        "clock": str(var.path / "clock") if rehearsal else None,
        "version": version(),
    }
    write_private(var.run_file, json.dumps(told, indent=1) + "\n")


def version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])
