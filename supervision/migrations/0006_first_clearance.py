"""The row that says whether the log is open; and figures are counted again, from the sealed log."""

from django.db import migrations


def fill(apps, schema_editor):
    apps.get_model("supervision", "Clearance").objects.create(id=1)
    apps.get_model("supervision", "EfficiencyDay").objects.all().delete()
    apps.get_model("supervision", "Subscription").objects.update(cursor=0)


class Migration(migrations.Migration):
    dependencies = [("supervision", "0005_fences_around_the_seals")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
