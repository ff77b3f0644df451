"""SQL by which migrations of all rooms put fences around their tables (design decision 6; T47, T48).

`guard` lets a row change only together with its record, `announce` only together with a record of its table, `freeze` never,
`no_truncate` keeps the whole table. All are ENABLE ALWAYS, so that
`session_replication_role` does not lift them.
"""

from django.db.migrations.operations.special import RunSQL


def guard(table: str, *, subject: str = "", key: str = "id", state: str = "") -> RunSQL:
    """At commit each new form of a row needs a record of its subject, written in the same transaction, with the same number.

    `subject` is the table under which the record stands (empty: the row itself says so in `subject_table`), `key` the column
    that holds the subject's id, `state` the column that must equal the record's `to_state` (empty: not compared).
    """
    name = f"{table}_record"
    return RunSQL(
        f"""
        CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            EXECUTE FUNCTION supervision_guard('{subject}', '{key}', '{state}');
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
        {_no_truncate(table)}
        REVOKE DELETE, TRUNCATE ON {table} FROM hall_app;
        """,
        f"DROP TRIGGER {name} ON {table}; DROP TRIGGER {table}_no_truncate ON {table};",
    )


def freeze(table: str) -> RunSQL:
    """A row that was written stays as it is."""
    name = f"{table}_frozen"
    return RunSQL(
        f"""
        CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION supervision_refuse();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM hall_app;
        """,
        f"DROP TRIGGER {name} ON {table};",
    )


def announce(table: str, *, columns: tuple[str, ...] = ()) -> RunSQL:
    """At commit each change of a row needs a `configuration` record of its table in the same transaction (supervision/configuration.py).

    `columns` are those that count; none means all.
    """
    name = f"{table}_announced"
    return RunSQL(
        f"""
        CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
            EXECUTE FUNCTION supervision_announced('{",".join(columns)}');
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
        {_no_truncate(table)}
        REVOKE TRUNCATE ON {table} FROM hall_app;
        """,
        f"DROP TRIGGER {name} ON {table}; DROP TRIGGER {table}_no_truncate ON {table};",
    )


def no_truncate(table: str) -> RunSQL:
    """Not even its owner empties the table at once."""
    return RunSQL(_no_truncate(table), f"DROP TRIGGER {table}_no_truncate ON {table};")


def _no_truncate(table: str) -> str:
    return f"""
        CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION supervision_refuse();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate;
    """
