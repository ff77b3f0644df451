"""PostgreSQL and the broker: the office's own by environment variables, else the embedded ones."""

import os
from dataclasses import dataclass

from setup import database, postgres, secret_files, valkey
from setup.places import Var
from setup.speech import Missing
from setup.supervisor import Supervisor

# By the names of `run.json`; the application reads the same variables.
DSN_VARIABLES = {
    "app": "DATABASE_URL",
    "migrate": "HALL_MIGRATE_URL",
    "sealer": "HALL_SEALER_URL",
    "audit": "HALL_AUDIT_URL",
}


@dataclass(frozen=True)
class Servers:
    """Where the database and the broker answer. `embedded` is None with own servers."""

    dsn: dict[str, str]
    redis_url: str
    embedded: postgres.Postgres | None

    def environment(self) -> dict[str, str]:
        return {variable: self.dsn[role] for role, variable in DSN_VARIABLES.items()} | {"REDIS_URL": self.redis_url}


def own() -> Servers | None:
    """The servers that the environment names; half a set is refused, because it would split the data."""
    wanted = [*DSN_VARIABLES.values(), "REDIS_URL"]
    absent = [name for name in wanted if not os.environ.get(name)]
    if len(absent) == len(wanted):
        return None
    if absent:
        raise Missing(
            f"Missing: {', '.join(absent)}. With own servers set all of {', '.join(wanted)} "
            "(script/roles.sql makes the roles), or none of them for the embedded servers."
        )
    return Servers({role: os.environ[name] for role, name in DSN_VARIABLES.items()}, os.environ["REDIS_URL"], None)


def embedded(var: Var, supervisor: Supervisor, *, throw_away: bool = False) -> Servers:
    """Starts PostgreSQL and Valkey, with roles and the database when they are new."""
    secrets = secret_files.passwords(var)
    server = postgres.prepare(var, secrets["admin"], throw_away=throw_away)
    supervisor.start(server.part(var.log))
    # After a kill -9 it refuses to start until the last of its old processes has noticed, and then recovers.
    supervisor.wait_for("postgres", server.answers, seconds=120, deaths=6)
    broker = valkey.prepare(var, secrets["valkey"])
    supervisor.start(broker.part(var.log))
    supervisor.wait_for("valkey", broker.answers, seconds=20)
    database.ensure(server, secrets)
    return Servers(database.urls(server, secrets), broker.url, server)
