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

# What is recorded must be what its columns say and go on where its subject stopped, or one false record would be in the log for ever.
# The record of a recovery is the one thing that is written while the log is closed, and only then: it is what opens it again (T68).
# Every act pays for this: two look-ups, and one text instead of a parsed body whose parts are compared. The file's path names the
# database for less than pg_database does.
CLEARED = """
CREATE FUNCTION supervision_cleared() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
    is_open boolean;
    is_rehearsal boolean;
    goes_on boolean := COALESCE(NEW.seq = 1, true);
    previous text := '';
    source text := '';
    whole text;
    before_facts text;
    before_power text;
    ending text;
    actor text;
    facts text;
    power text;
BEGIN
    SELECT server_started = pg_postmaster_start_time() AND relation = TG_RELID::bigint
           AND sealed_until > clock_timestamp() - interval '10 minutes'
           AND database = split_part(pg_relation_filepath(TG_RELID), '/', -2)::bigint, rehearsal
      INTO is_open, is_rehearsal FROM public.supervision_clearance;
    IF is_open IS NOT TRUE AND NOT (NEW.kind = 'recovery' AND NEW.seq IS NULL AND NEW.subject_table = 'supervision_clearance') THEN
        RAISE EXCEPTION 'the log is closed: the sealer has not compared this database with its published heads'
            USING ERRCODE = 'read_only_sql_transaction', CONSTRAINT = 'log_is_open', TABLE = TG_TABLE_NAME;
    END IF;
    IF is_open AND NEW.kind = 'recovery' THEN
        RAISE EXCEPTION 'nothing is recovered while the log is open'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recovery_while_closed', TABLE = TG_TABLE_NAME;
    END IF;
    -- All later records would look dated back for ever.
    IF NEW.occurred_at > clock_timestamp() + interval '10 minutes' AND is_rehearsal IS NOT TRUE THEN
        RAISE EXCEPTION 'a record is dated more than ten minutes ahead of this machine''s clock'
            USING ERRCODE = 'object_not_in_prerequisite_state', CONSTRAINT = 'record_is_not_ahead', TABLE = TG_TABLE_NAME;
    END IF;
    IF NEW.seq > 1 THEN
        -- Transaction numbers that rise keep sealed order the subject's own; those of an older cluster may be higher, but are sealed.
        SELECT encode(sha256(record.body), 'hex'), record.to_state,
               record.occurred_at <= NEW.occurred_at AND (record.xid <= NEW.xid
                   OR EXISTS (SELECT FROM public.supervision_leaf AS leaf WHERE leaf.record_id = record.id))
          INTO previous, source, goes_on FROM public.supervision_record AS record
         WHERE record.subject_table = NEW.subject_table AND record.subject_id = NEW.subject_id AND record.seq = NEW.seq - 1;
    END IF;
    BEGIN
        -- The canonical text, written once more from the columns around the three parts that are free.
        whole := convert_from(NEW.body, 'UTF8');
        before_facts := ',"at":"' || to_char(NEW.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","facts":';
        before_power := ',"from":' || to_json(source)::text || ',"kind":' || to_json(NEW.kind)::text || ',"power":';
        ending := ',"schema":' || NEW.schema_version || ',"subject":{"id":"' || NEW.subject_id || '","previous":"' || previous
            || '","seq":' || COALESCE(NEW.seq::text, 'null') || ',"table":' || to_json(NEW.subject_table)::text
            || '},"to":' || to_json(NEW.to_state)::text || ',"unit":' || to_json(NEW.unit)::text || '}';
        actor := substr(split_part(whole, before_facts, 1), 10);
        facts := split_part(split_part(whole, before_facts, 2), before_power, 1);
        power := split_part(split_part(whole, before_power, 2), ending, 1);
        IF goes_on AND whole = '{"actor":' || actor || before_facts || facts || before_power || power || ending
           AND actor IS JSON OBJECT WITH UNIQUE KEYS AND facts IS JSON OBJECT WITH UNIQUE KEYS
           AND power IS JSON OBJECT WITH UNIQUE KEYS AND NEW.hash_algorithm = 'sha256'
           AND NEW.occurred_at BETWEEN '1000-01-01 00:00Z' AND '9999-01-01 00:00Z' THEN
            RETURN NEW;
        END IF;
        goes_on := goes_on AND COALESCE(whole::jsonb #>> '{subject,previous}', previous) = previous
                           AND COALESCE(whole::jsonb ->> 'from', source) = source;
    EXCEPTION WHEN data_exception THEN NULL;
    END;
    IF goes_on IS NOT TRUE THEN
        RAISE EXCEPTION 'a record goes on where its subject stopped'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_goes_on', TABLE = TG_TABLE_NAME;
    END IF;
    RAISE EXCEPTION 'the columns of a record repeat its body'
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'record_fits_its_body', TABLE = TG_TABLE_NAME;
END $body$;
CREATE TRIGGER supervision_record_cleared BEFORE INSERT ON supervision_record
    FOR EACH ROW EXECUTE FUNCTION supervision_cleared();
ALTER TABLE supervision_record ENABLE ALWAYS TRIGGER supervision_record_cleared;
"""
CLEARED_BACK = "DROP TRIGGER supervision_record_cleared ON supervision_record; DROP FUNCTION supervision_cleared();"

# A number epoch begins with a recovery, in its transaction, and with nothing else: numbers of two lives must not meet (T68).
EPOCH = """
CREATE FUNCTION supervision_epoch_begins() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM public.supervision_record AS record
                    WHERE record.subject_table = 'supervision_clearance' AND record.kind = 'recovery'
                      AND record.xid = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'a number epoch needs the record of a recovery'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recovery_required', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $body$;
CREATE CONSTRAINT TRIGGER supervision_numberepoch_begins AFTER INSERT ON supervision_numberepoch
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION supervision_epoch_begins();
ALTER TABLE supervision_numberepoch ENABLE ALWAYS TRIGGER supervision_numberepoch_begins;
"""
EPOCH_BACK = "DROP TRIGGER supervision_numberepoch_begins ON supervision_numberepoch; DROP FUNCTION supervision_epoch_begins();"

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
        migrations.RunSQL(EPOCH, EPOCH_BACK),
        migrations.RunSQL(CHECKS_END, CHECKS_END_BACK),
        *(operation for table in SEALED for operation in (freeze(table), no_truncate(table))),
        freeze("supervision_receipt"),
        guard("supervision_receipt", key="subject_id"),
    ]
