"""Windows, duties and API clients change only together with a record that announces it."""

from django.db import migrations

from supervision.ledger.fences import announce

TABLES = (
    "hall_window",
    "hall_window_units",
    "hall_windowduty",
    "hall_apiclient",
)


class Migration(migrations.Migration):
    dependencies = [
        ("hall", "0002_cases_need_records"),
        ("supervision", "0007_configuration_is_announced"),
    ]

    operations = [announce(table) for table in TABLES]
