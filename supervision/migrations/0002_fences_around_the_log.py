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
        migrations.RunSQL(FUNCTIONS, "DROP FUNCTION supervision_refuse();"),
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
