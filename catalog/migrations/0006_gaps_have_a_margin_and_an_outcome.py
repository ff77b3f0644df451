"""How long before the promise gaps are to be supplied, and what comes of those that are not: data of the item (domain 3.4)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_items_outside_the_hall'),
    ]

    operations = [
        migrations.AddField(
            model_name='itemversion',
            name='gap_margin_workdays',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='容缺补交提前（工作日）'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='gap_outcome',
            field=models.TextField(blank=True, choices=[('withdrawn', '视为撤回'), ('refused', '不予许可')], default='', verbose_name='容缺逾期未补的后果'),
        ),
    ]
