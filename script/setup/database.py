"""Roles and the database `hall` in the embedded PostgreSQL."""

import hashlib

from setup.places import ROOT
from setup.postgres import ADMIN, Postgres

NAME = "hall"
ROLES = ("migrate", "app", "sealer", "audit")
_FILES = [ROOT / "script" / "roles.sql", ROOT / "script" / "database.sql"]


def ensure(postgres: Postgres, passwords: dict[str, str]) -> None:
    """Creates what is missing; afterwards only when the SQL files have changed."""
    stamp = postgres.data / "hall-roles.stamp"
    fingerprint = hashlib.sha256(b"".join(path.read_bytes() for path in _FILES)).hexdigest()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    if postgres.sql("-c", "SELECT count(*) FROM pg_database WHERE datname = 'hall'") == "0":
        postgres.sql("-c", f"CREATE DATABASE {NAME}")
    given = {f"HALL_{role.upper()}_PASSWORD": passwords[role] for role in ROLES}
    postgres.sql("-f", str(_FILES[0]), database=NAME, env=given)
    stamp.write_text(fingerprint)


def urls(postgres: Postgres, passwords: dict[str, str]) -> dict[str, str]:
    """The addresses by role, as `run.json` names them."""
    logins = {role: postgres.url(f"hall_{role}", passwords[role], NAME) for role in ROLES}
    return {"admin": postgres.url(ADMIN, passwords["admin"], NAME), **logins}
