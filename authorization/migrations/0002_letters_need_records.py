"""Letters and their lines change only together with a record of the letter (T13, T42, T48)."""

from django.db import migrations

from supervision.ledger.fences import guard


class Migration(migrations.Migration):
    dependencies = [("authorization", "0001_initial"), ("supervision", "0002_fences_around_the_log")]

    operations = [
        guard("authorization_letter", subject="authorization_letter", state="state"),
        guard("authorization_letterline", subject="authorization_letter", key="letter_id"),
    ]
