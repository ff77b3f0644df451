"""Units, sections, items, towns and points change only together with a record that announces it."""

from django.db import migrations

from supervision.ledger.fences import announce

TABLES = (
    "catalog_department",
    "catalog_approvalsection",
    "catalog_serviceitem",
    "catalog_town",
    "catalog_receivingpoint",
)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_published_versions_stay"),
        ("supervision", "0007_configuration_is_announced"),
    ]

    operations = [announce(table) for table in TABLES]
