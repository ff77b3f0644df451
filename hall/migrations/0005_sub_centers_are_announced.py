"""Sub-centres, and the units that they were approved for, change only together with a record that announces it."""

from django.db import migrations

from supervision.ledger.fences import announce

TABLES = ("hall_subcenter", "hall_subcenter_units")


class Migration(migrations.Migration):
    dependencies = [
        ("hall", "0004_sub_centers_and_points"),
        ("supervision", "0007_configuration_is_announced"),
    ]

    operations = [announce(table) for table in TABLES]
