"""A published version and its parts never change (design decision 3); only the end of its period may move, with a record."""

from django.db import migrations

from supervision.ledger.fences import guard

PARTS = ("materialrequirement", "procedurestep", "fee", "faq")

FUNCTIONS = """
CREATE FUNCTION catalog_version_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF OLD.status = 'published'
       AND (TG_OP = 'DELETE' OR to_jsonb(NEW) - ARRAY['valid_during', 'record_seq']
                             <> to_jsonb(OLD) - ARRAY['valid_during', 'record_seq']
            OR (NOT isempty(NEW.valid_during) AND lower(NEW.valid_during) IS DISTINCT FROM lower(OLD.valid_during))) THEN
        RAISE EXCEPTION 'a published version never changes'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_stays', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN COALESCE(NEW, OLD);
END $body$;

CREATE FUNCTION catalog_part_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    -- A publication under way is waited for, so that no part slips in beside it.
    PERFORM FROM public.catalog_itemversion
      WHERE id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.version_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.version_id END)
      FOR SHARE;
    IF EXISTS (SELECT FROM public.catalog_itemversion
                WHERE status = 'published'
                  AND id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.version_id END,
                             CASE WHEN TG_OP <> 'DELETE' THEN NEW.version_id END)) THEN
        RAISE EXCEPTION 'a published version never changes'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_stays', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN COALESCE(NEW, OLD);
END $body$;
"""

TRIGGERS = """
CREATE TRIGGER catalog_itemversion_stays BEFORE UPDATE OR DELETE ON catalog_itemversion
    FOR EACH ROW EXECUTE FUNCTION catalog_version_stays();
ALTER TABLE catalog_itemversion ENABLE ALWAYS TRIGGER catalog_itemversion_stays;
""" + "".join(
    f"""
CREATE TRIGGER catalog_{part}_stays BEFORE INSERT OR UPDATE OR DELETE ON catalog_{part}
    FOR EACH ROW EXECUTE FUNCTION catalog_part_stays();
ALTER TABLE catalog_{part} ENABLE ALWAYS TRIGGER catalog_{part}_stays;
REVOKE TRUNCATE ON catalog_{part} FROM hall_app;
"""
    for part in PARTS
)

DROP = "".join(f"DROP TRIGGER catalog_{part}_stays ON catalog_{part};" for part in ("itemversion", *PARTS)) + (
    "DROP FUNCTION catalog_version_stays(); DROP FUNCTION catalog_part_stays();"
)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial"), ("supervision", "0002_fences_around_the_log")]

    operations = [
        migrations.RunSQL(FUNCTIONS + TRIGGERS, DROP),
        guard("catalog_itemversion", subject="catalog_itemversion", state="status"),
    ]
