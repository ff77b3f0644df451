"""Sealed is sealed: leaves, nodes, heads and receipts never change, the sealer alone writes them, and the log must be open."""

from django.db import migrations

from supervision.ledger.fences import freeze, guard, no_truncate

SEALED = ("supervision_leaf", "supervision_node", "supervision_head")

RIGHTS = f"""
REVOKE INSERT ON {", ".join(SEALED)} FROM hall_app;
GRANT SELECT, INSERT ON {", ".join(SEALED)} TO hall_sealer;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON supervision_clearance FROM hall_app;
GRANT SELECT, UPDATE ON supervision_clearance TO hall_sealer;
"""
RIGHTS_BACK = f"""
GRANT INSERT ON {", ".join(SEALED)} TO hall_app;
REVOKE SELECT, INSERT ON {", ".join(SEALED)} FROM hall_sealer;
GRANT INSERT, UPDATE, DELETE ON supervision_clearance TO hall_app;
REVOKE SELECT, UPDATE ON supervision_clearance FROM hall_sealer;
"""

# What is recorded must be what its columns say, or consumers and verifiers would read two things. The record of a recovery is the
# one thing that is written while the log is closed: it is what opens it again (T68).
CLEARED = """
CREATE FUNCTION supervision_cleared() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    told jsonb;
BEGIN
    IF NOT (NEW.kind = 'recovery' AND NEW.seq IS NULL AND NEW.subject_table = 'supervision_clearance')
       AND NOT EXISTS (SELECT FROM public.supervision_clearance
                        WHERE server_started = pg_postmaster_start_time() AND relation = TG_RELID::bigint
                          AND sealed_until > clock_timestamp() - interval '10 minutes'
                          AND database = (SELECT oid::bigint FROM pg_database WHERE datname = current_database())) THEN
        RAISE EXCEPTION 'the log is closed: the sealer has not compared this database with its published heads'
            USING ERRCODE = 'read_only_sql_transaction', CONSTRAINT = 'log_is_open', TABLE = TG_TABLE_NAME;
    END IF;
    BEGIN
        told := convert_from(NEW.body, 'UTF8')::jsonb;
        IF (told #>> '{subject,table}', told #>> '{subject,id}', told #> '{subject,seq}', told ->> 'kind', told ->> 'to',
            told ->> 'unit', (told ->> 'at')::timestamptz, told -> 'schema', jsonb_typeof(told -> 'facts'))
           IS NOT DISTINCT FROM
           (NEW.subject_table, NEW.subject_id::text, COALESCE(to_jsonb(NEW.seq), 'null'), NEW.kind, NEW.to_state,
            NEW.unit, NEW.occurred_at, to_jsonb(NEW.schema_version), 'object') THEN
            RETURN NEW;
        END IF;
    EXCEPTION WHEN data_exception THEN NULL;
    END;
    RAISE EXCEPTION 'the columns of a record repeat its body'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_fits_its_body', TABLE = TG_TABLE_NAME;
END $body$;
CREATE TRIGGER supervision_record_cleared BEFORE INSERT ON supervision_record
    FOR EACH ROW EXECUTE FUNCTION supervision_cleared();
ALTER TABLE supervision_record ENABLE ALWAYS TRIGGER supervision_record_cleared;
"""
CLEARED_BACK = "DROP TRIGGER supervision_record_cleared ON supervision_record; DROP FUNCTION supervision_cleared();"

# What a check has found stays told, whoever would like to have found nothing.
CHECKS_END = """
CREATE FUNCTION supervision_check_ends() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'a check that has ended is never changed'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'check_has_ended', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $body$;
CREATE TRIGGER supervision_logcheck_ends BEFORE UPDATE ON supervision_logcheck
    FOR EACH ROW EXECUTE FUNCTION supervision_check_ends();
ALTER TABLE supervision_logcheck ENABLE ALWAYS TRIGGER supervision_logcheck_ends;
REVOKE DELETE, TRUNCATE ON supervision_logcheck FROM hall_app;
"""
CHECKS_END_BACK = """
DROP TRIGGER supervision_logcheck_ends ON supervision_logcheck; DROP FUNCTION supervision_check_ends();
GRANT DELETE ON supervision_logcheck TO hall_app;
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0004_sealing")]

    operations = [
        migrations.RunSQL(RIGHTS, RIGHTS_BACK),
        migrations.RunSQL(CLEARED, CLEARED_BACK),
        migrations.RunSQL(CHECKS_END, CHECKS_END_BACK),
        *(operation for table in SEALED for operation in (freeze(table), no_truncate(table))),
        freeze("supervision_receipt"),
        guard("supervision_receipt", key="subject_id"),
    ]
