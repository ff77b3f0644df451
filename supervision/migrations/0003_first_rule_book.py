"""The two rows that the product can't start without: the rule book's revision and the first epoch of case numbers."""

from django.db import migrations


def fill(apps, schema_editor):
    apps.get_model("supervision", "RuleBook").objects.create(id=1, revision=1)
    apps.get_model("supervision", "NumberEpoch").objects.create(epoch=1, reason="启用")


class Migration(migrations.Migration):
    dependencies = [("supervision", "0002_fences_around_the_log")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
