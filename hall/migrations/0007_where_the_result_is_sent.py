"""Where a result goes by post: recipient, phone and address, sealed on the applicant's row; whoever was named may sign for it (L19)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hall', '0006_the_whole_life_of_a_case'),
    ]

    operations = [
        migrations.AddField(
            model_name='applicant',
            name='postal_address',
            field=models.JSONField(null=True, verbose_name='收件地址（密文）'),
        ),
        migrations.AddField(
            model_name='applicant',
            name='postal_phone',
            field=models.JSONField(null=True, verbose_name='收件电话（密文）'),
        ),
        migrations.AddField(
            model_name='applicant',
            name='postal_recipient',
            field=models.JSONField(null=True, verbose_name='收件人（密文）'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='relation',
            field=models.TextField(choices=[('self', '申请人本人'), ('agent', '经办人或代理人'), ('named', '申请人指定的收件人')], verbose_name='与申请人关系'),
        ),
    ]
