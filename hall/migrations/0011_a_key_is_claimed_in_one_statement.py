"""The lock of an Idempotency-Key and the answer that stands under it come in one statement.

The second statement of the function sees what was committed before its lock was taken; two parts of one SQL statement would not.
"""

from django.db import migrations

CLAIM = """
CREATE FUNCTION hall_claim(place bigint, asking uuid, wanted text) RETURNS TABLE (claimed boolean, answer uuid)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    claimed := pg_try_advisory_xact_lock(place);
    IF claimed THEN
        SELECT kept.id INTO answer FROM public.hall_idempotentanswer AS kept
         WHERE kept.client_id = asking AND kept.key = wanted;
    END IF;
    RETURN NEXT;
END $body$;
"""


class Migration(migrations.Migration):
    dependencies = [("hall", "0010_who_was_asked_first")]

    operations = [migrations.RunSQL(CLAIM, "DROP FUNCTION hall_claim(bigint, uuid, text)")]
