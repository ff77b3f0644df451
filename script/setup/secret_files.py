"""The secrets that a first start makes. None is shipped, none is ever made twice."""

import base64
import json
import secrets
from pathlib import Path

from setup.places import Var, read_json, write_private

LOGINS = ("admin", "migrate", "app", "sealer", "audit", "valkey")


def passwords(var: Var) -> dict[str, str]:
    """The passwords of the embedded servers by login; missing ones are added."""
    path = var.path / "passwords.json"
    known = read_json(path)
    if not all(login in known for login in LOGINS):
        known = {login: secrets.token_urlsafe(24) for login in LOGINS} | known
        write_private(path, json.dumps(known, indent=1))
    return known


def application_secrets(var: Var) -> None:
    """Django's secret key, the key ring of the field encryption (`{"current", "keys": {id: key}, "index"}`), the log's keys."""
    _once(var.path / "secret_key", secrets.token_urlsafe(60))
    ring = {"current": "k1", "keys": {"k1": _key()}, "index": _key()}
    _once(var.path / "keys.json", json.dumps(ring, indent=1))
    for use in ("head", "receipt"):
        _once(var.path / f"{use}_key.json", json.dumps({"algorithm": "Ed25519", "seed": _key()}))


def _once(path: Path, text: str) -> None:
    if not path.exists():
        write_private(path, text + "\n")


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
