"""The writing transaction of each record, and what keeps rows and records together whatever a program does."""

from django.db import migrations

from supervision.ledger.fences import freeze, guard

COLUMNS = """
ALTER TABLE supervision_record
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX record_by_xid ON supervision_record (xid);
-- The application names neither its transaction nor the technical time: it may insert the other columns only.
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON supervision_record FROM hall_app;
GRANT INSERT (subject_table, subject_id, seq, kind, to_state, unit, occurred_at, schema_version, hash_algorithm, body)
    ON supervision_record TO hall_app;
REVOKE DELETE, TRUNCATE ON supervision_counter, supervision_numberepoch FROM hall_app;
REVOKE UPDATE ON supervision_numberepoch FROM hall_app;
-- The sealer reads the log and nothing else of the hall (T38).
GRANT SELECT ON supervision_record TO hall_sealer;
"""

FUNCTIONS = """
-- Their own search path: a session may put a type of its own before those of the system.
CREATE FUNCTION supervision_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'row_is_frozen', TABLE = TG_TABLE_NAME;
END $body$;

-- Arguments: subject table (empty: the row's own subject_table column), key column, state column (empty: not compared).
-- The record is fetched by its unique key; state and transaction are compared afterwards (in the WHERE it is quadratic).
CREATE FUNCTION supervision_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    fresh jsonb;
    stale jsonb;
    subject text;
    found_state text;
    found_xid xid8;
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'row_never_deleted', TABLE = TG_TABLE_NAME;
    END IF;
    fresh := to_jsonb(NEW);
    IF TG_OP = 'UPDATE' THEN
        stale := to_jsonb(OLD);
        IF fresh ->> TG_ARGV[1] IS DISTINCT FROM stale ->> TG_ARGV[1]
           OR (fresh ->> 'record_seq')::int <= (stale ->> 'record_seq')::int
           OR (TG_ARGV[1] = 'id' AND (fresh ->> 'record_seq')::int <> (stale ->> 'record_seq')::int + 1) THEN
            RAISE EXCEPTION 'a change of % needs the next record', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_required', TABLE = TG_TABLE_NAME;
        END IF;
    END IF;
    subject := COALESCE(NULLIF(TG_ARGV[0], ''), fresh ->> 'subject_table');
    SELECT record.to_state, record.xid INTO found_state, found_xid FROM public.supervision_record AS record
     WHERE record.subject_table = subject
       AND record.subject_id = (fresh ->> TG_ARGV[1])::uuid
       AND record.seq = (fresh ->> 'record_seq')::int;
    IF found_xid IS DISTINCT FROM pg_current_xact_id()
       OR (TG_ARGV[2] <> '' AND found_state IS DISTINCT FROM fresh ->> TG_ARGV[2]) THEN
        RAISE EXCEPTION 'a change of % has no record', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_required', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $body$;
"""

COUNTERS_RISE = """
CREATE FUNCTION supervision_counter_rises() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF NEW.series <> OLD.series OR NEW.value <= OLD.value THEN
        RAISE EXCEPTION 'a counter only rises'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'counter_rises', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER supervision_counter_rises BEFORE UPDATE ON supervision_counter
    FOR EACH ROW EXECUTE FUNCTION supervision_counter_rises();
ALTER TABLE supervision_counter ENABLE ALWAYS TRIGGER supervision_counter_rises;
"""

NO_TRUNCATE = """
CREATE TRIGGER supervision_record_no_truncate BEFORE TRUNCATE ON supervision_record EXECUTE FUNCTION supervision_refuse();
ALTER TABLE supervision_record ENABLE ALWAYS TRIGGER supervision_record_no_truncate;
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0001_initial")]

    operations = [
        migrations.RunSQL(COLUMNS, "ALTER TABLE supervision_record DROP COLUMN xid, DROP COLUMN recorded_at;"),
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION supervision_guard(); DROP FUNCTION supervision_refuse();"),
        migrations.RunSQL(NO_TRUNCATE, "DROP TRIGGER supervision_record_no_truncate ON supervision_record;"),
        migrations.RunSQL(
            COUNTERS_RISE,
            "DROP TRIGGER supervision_counter_rises ON supervision_counter; DROP FUNCTION supervision_counter_rises();",
        ),
        freeze("supervision_record"),
        guard("supervision_clock", key="subject_id"),
        guard("supervision_paper", key="subject_id"),
        freeze("supervision_paper"),
        guard("supervision_paperfile", subject="supervision_paper", key="paper_id"),
    ]
