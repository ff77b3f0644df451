"""An item may name the unit that supervises afterwards what was granted (监管部门, D158)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0006_gaps_have_a_margin_and_an_outcome'),
    ]

    operations = [
        migrations.AddField(
            model_name='itemversion',
            name='regulator',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.department', verbose_name='监管部门'),
        ),
    ]
