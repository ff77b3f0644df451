"""What the law asks of an item: two verifiers, joint handling, promises, its own days for corrections (L13, L17, L38)."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0003_configuration_is_announced'),
    ]

    operations = [
        migrations.AddField(
            model_name='itemversion',
            name='accepts_declaration',
            field=models.BooleanField(default=False, verbose_name='可告知承诺'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='correction_days',
            field=models.PositiveSmallIntegerField(null=True, verbose_name='补正期限（日）'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='is_decided_above',
            field=models.BooleanField(default=False, verbose_name='上级决定'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='is_devolved',
            field=models.BooleanField(default=False, verbose_name='下放镇村'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='is_handled_jointly',
            field=models.BooleanField(default=False, verbose_name='统一、联合或集中办理'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='needs_two_verifiers',
            field=models.BooleanField(default=False, verbose_name='须两人核查'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='pauses_promise_for',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.TextField(choices=[('hearing', '听证'), ('tender', '招标'), ('auction', '拍卖'), ('inspection', '检验'), ('testing', '检测'), ('quarantine', '检疫'), ('appraisal', '鉴定'), ('expert_review', '专家评审'), ('site_visit', '现场踏勘'), ('public_notice', '公示'), ('rectification', '整改'), ('higher_approval', '上级审批'), ('consultation', '征求意见')]), default=list, size=None, verbose_name='承诺停表事由'),
        ),
        migrations.AddField(
            model_name='itemversion',
            name='post_check_workdays',
            field=models.PositiveSmallIntegerField(null=True, verbose_name='承诺核查期限（工作日）'),
        ),
    ]
