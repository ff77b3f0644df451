"""The calendar and the rules change only together with a record that announces it."""

from django.db import migrations

from supervision.ledger.fences import announce

# Argument: the columns that count (empty: all), parted by commas. A record serves its whole transaction and table.
ANNOUNCED = """
CREATE FUNCTION supervision_announced() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_ARGV[0] <> '' AND NOT EXISTS (
        SELECT FROM unnest(string_to_array(TG_ARGV[0], ',')) AS counted(name)
         WHERE to_jsonb(NEW) -> counted.name IS DISTINCT FROM to_jsonb(OLD) -> counted.name) THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM public.supervision_record AS record
                    WHERE record.subject_table = TG_TABLE_NAME AND record.subject_id = '00000000-0000-0000-0000-000000000000'
                      AND record.xid = pg_current_xact_id() AND record.kind = 'configuration') THEN
        RAISE EXCEPTION 'a change of % is not announced', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'announcement_required', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $body$;
"""
TABLES = (
    "supervision_calendaryear",
    "supervision_calendarday",
    "supervision_cardrule",
    "supervision_timeparameter",
)


class Migration(migrations.Migration):
    dependencies = [("supervision", "0006_first_clearance")]

    operations = [
        migrations.RunSQL(ANNOUNCED, "DROP FUNCTION supervision_announced();"),
        *(announce(table) for table in TABLES),
    ]
