"""Who approved a pause is a post and who held it, by their keys; of pauses before only the typed name is known (L20)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0011_milestones_are_claimed_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='clockpause',
            name='approver_person',
            field=models.UUIDField(null=True, verbose_name='批准人员'),
        ),
        migrations.AddField(
            model_name='clockpause',
            name='approver_post',
            field=models.UUIDField(null=True, verbose_name='批准岗位'),
        ),
    ]
