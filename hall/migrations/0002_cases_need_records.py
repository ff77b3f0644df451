"""A case and all that hangs on it changes only together with a record of the case; what was done stays as it is (T48)."""

from django.db import migrations

from supervision.ledger.fences import freeze, guard

PARTS = ("hall_act", "hall_casematerial", "hall_decision", "hall_delivery")


class Migration(migrations.Migration):
    dependencies = [("hall", "0001_initial"), ("supervision", "0002_fences_around_the_log")]

    operations = [
        guard("hall_case", subject="hall_case", state="state"),
        freeze(
            "hall_applicant"
        ),  # correction and erasure are acts of their own; until they exist nobody rewrites who applied
        # A session key in this table signs in whoever reads it.
        migrations.RunSQL("REVOKE SELECT ON hall_staffsession FROM hall_audit;", migrations.RunSQL.noop),
        *(
            operation
            for table in PARTS
            for operation in (guard(table, subject="hall_case", key="case_id"), freeze(table))
        ),
    ]
