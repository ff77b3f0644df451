"""SQL by which migrations of all rooms put fences around their tables (design decision 6; T47, T48).

`guard` lets a row change only together with its record, `announce` only together with a record of its table, `freeze` never,
`no_truncate` keeps the whole table. All are ENABLE ALWAYS, so that
`session_replication_role` does not lift them.
"""

from django.db.migrations.operations.special import RunSQL


def guard(table: str, *, subject: str = "", key: str = "id", state: str = "") -> RunSQL:
    """At commit each new form of a row needs a record of its subject, written in the same transaction, with the same number.

    `subject` is the table under which the record stands (empty: the row itself says so in `subject_table`), `key` the column
    that holds the subject's id, `state` the column that must equal the record's `to_state` (empty: not compared). A row that is
    its own subject moves by exactly one record. Each table has a function of its own: one for all of them would have to turn
    whole rows into JSON, which is most of what a guard then costs.
    """
    name = f"{table}_record"
    return RunSQL(
        f"""
        CREATE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
        DECLARE
            found_state text;
            found_xid xid8;
        BEGIN
            IF TG_OP = 'DELETE' THEN
                RAISE EXCEPTION 'rows of {table} are never deleted'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'row_never_deleted', TABLE = TG_TABLE_NAME;
            END IF;
            IF TG_OP = 'UPDATE' AND (NEW.{key} <> OLD.{key} OR NEW.record_seq <= OLD.record_seq
                                     {"OR NEW.record_seq <> OLD.record_seq + 1" if key == "id" else ""}
                                     {"" if subject else "OR NEW.subject_table <> OLD.subject_table"}) THEN
                RAISE EXCEPTION 'a change of {table} needs the next record'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_required', TABLE = TG_TABLE_NAME;
            END IF;
            -- By its unique key; state and transaction are compared afterwards (in the WHERE it is quadratic).
            SELECT record.to_state, record.xid INTO found_state, found_xid FROM public.supervision_record AS record
             WHERE record.subject_table = {f"'{subject}'" if subject else "NEW.subject_table"}
               AND record.subject_id = NEW.{key} AND record.seq = NEW.record_seq;
            IF found_xid IS DISTINCT FROM pg_current_xact_id()
               {f"OR found_state IS DISTINCT FROM NEW.{state}" if state else ""} THEN
                RAISE EXCEPTION 'a change of {table} has no record'
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_required', TABLE = TG_TABLE_NAME;
            END IF;
            RETURN NULL;
        END $body$;
        CREATE CONSTRAINT TRIGGER {name} AFTER INSERT OR UPDATE OR DELETE ON {table}
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION {table}_guard();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};
        {_no_truncate(table)}
        REVOKE DELETE, TRUNCATE ON {table} FROM hall_app;
        """,
        f"DROP TRIGGER {name} ON {table}; DROP TRIGGER {table}_no_truncate ON {table}; DROP FUNCTION {table}_guard();",
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
