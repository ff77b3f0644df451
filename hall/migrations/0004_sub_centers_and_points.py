"""Windows stand in the hall, at an approved sub-centre or at a receiving point; each may be open on certain days only (D20, D35, D38)."""

import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import supervision.models.base
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0005_items_outside_the_hall'),
        ('hall', '0003_configuration_is_announced'),
    ]

    operations = [
        migrations.AddField(
            model_name='window',
            name='open_during',
            field=django.contrib.postgres.fields.ranges.DateRangeField(null=True, verbose_name='开放期间'),
        ),
        migrations.AddField(
            model_name='window',
            name='point',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='windows', to='catalog.receivingpoint', verbose_name='所在受理点'),
        ),
        migrations.AlterField(
            model_name='window',
            name='kind',
            field=models.TextField(choices=[('guidance', '引导咨询窗口'), ('general', '综合服务窗口'), ('field', '分领域综合窗口'), ('dedicated', '专门窗口'), ('point', '基层受理窗口'), ('transfer', '中转站'), ('hand_out', '综合出件窗口'), ('complaint', '投诉窗口')], verbose_name='窗口类别'),
        ),
        migrations.CreateModel(
            name='SubCenter',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('name', models.CharField(error_messages={'unique': '分中心名称不能重复。'}, max_length=60, unique=True, verbose_name='名称')),
                ('address', models.CharField(max_length=200, verbose_name='地址')),
                ('approval_number', models.CharField(max_length=60, verbose_name='县政府批准文号')),
                ('approved_on', models.DateField(verbose_name='批准日期')),
                ('closed_on', models.DateField(null=True, verbose_name='撤销日期')),
                ('manager', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='managed_sub_centers', to='catalog.department', verbose_name='日常管理单位')),
                ('units', models.ManyToManyField(related_name='sub_centers', to='catalog.department', verbose_name='批准进驻单位')),
            ],
            options={
                'verbose_name': '分中心',
            },
        ),
        migrations.AddField(
            model_name='window',
            name='sub_center',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='windows', to='hall.subcenter', verbose_name='所在分中心'),
        ),
        migrations.AddConstraint(
            model_name='window',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'point'), ('point__isnull', False), ('sub_center__isnull', True)), models.Q(models.Q(('kind', 'point'), _negated=True), ('point__isnull', True)), _connector='OR'), name='window_point_at_a_point', violation_error_message='基层受理窗口须设在受理点，别的窗口不能设在受理点。'),
        ),
        migrations.AddConstraint(
            model_name='subcenter',
            constraint=models.CheckConstraint(condition=models.Q(('approval_number', ''), _negated=True), name='sub_center_has_approval', violation_error_message='分中心须有县政府的批准文号。'),
        ),
    ]
