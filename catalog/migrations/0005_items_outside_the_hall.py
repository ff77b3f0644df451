"""An item may be kept out of the hall and the portal, with its ground (D34)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_what_the_law_asks_of_an_item'),
    ]

    operations = [
        migrations.AddField(
            model_name='serviceitem',
            name='hall_exception',
            field=models.TextField(blank=True, choices=[('law', '法律法规另有规定'), ('state_secret', '涉及国家秘密'), ('county_approval', '经县政府批准')], default='', verbose_name='不进大厅的理由'),
        ),
    ]
