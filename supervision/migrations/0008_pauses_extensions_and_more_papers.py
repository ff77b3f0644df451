"""Clocks may stand still, be extended and run several times; the papers of the whole life of a case (L16, L20)."""

import django.contrib.postgres.fields
import supervision.models.base
from django.db import migrations, models

from supervision.ledger.fences import guard


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0007_configuration_is_announced'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClockPause',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('subject_table', models.TextField(verbose_name='对象表')),
                ('subject_id', models.UUIDField(verbose_name='对象')),
                ('label', models.TextField(verbose_name='编号')),
                ('unit', models.TextField(verbose_name='单位编号')),
                ('round', models.PositiveSmallIntegerField(verbose_name='次')),
                ('ground', models.TextField(choices=[('hearing', '听证'), ('tender', '招标'), ('auction', '拍卖'), ('inspection', '检验'), ('testing', '检测'), ('quarantine', '检疫'), ('appraisal', '鉴定'), ('expert_review', '专家评审'), ('site_visit', '现场踏勘'), ('public_notice', '公示'), ('rectification', '整改'), ('higher_approval', '上级审批'), ('consultation', '征求意见')], verbose_name='事由')),
                ('stops_statutory', models.BooleanField(verbose_name='法定时限停表')),
                ('basis', models.TextField(verbose_name='依据')),
                ('approver', models.TextField(verbose_name='批准人')),
                ('first_on', models.DateField(verbose_name='停表始日')),
                ('expected_on', models.DateField(verbose_name='预计结果日')),
                ('last_on', models.DateField(null=True, verbose_name='结果到达日')),
                ('result', models.TextField(blank=True, verbose_name='结果')),
                ('record_seq', models.IntegerField(verbose_name='记录序号')),
            ],
            options={
                'verbose_name': '停表',
            },
        ),
        migrations.RemoveConstraint(
            model_name='clock',
            name='clock_once_a_kind',
        ),
        migrations.AddField(
            model_name='clock',
            name='extension',
            field=models.PositiveSmallIntegerField(default=0, verbose_name='延长'),
        ),
        migrations.AddField(
            model_name='clock',
            name='paused_since',
            field=models.DateField(null=True, verbose_name='停表始日'),
        ),
        migrations.AddField(
            model_name='clock',
            name='pauses',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.DateField(), default=list, size=None, verbose_name='停表日'),
        ),
        migrations.AddField(
            model_name='clock',
            name='round',
            field=models.PositiveSmallIntegerField(default=1, verbose_name='次'),
        ),
        migrations.AlterField(
            model_name='clock',
            name='kind',
            field=models.TextField(choices=[('notice', '一次性告知'), ('transfer', '中转'), ('promised', '承诺办结'), ('statutory', '法定办结'), ('step', '环节'), ('correction', '补正'), ('supplement', '容缺补交'), ('special', '特别程序'), ('joint_opinion', '会办意见'), ('delivery', '送达'), ('post_check', '承诺核查'), ('call_back', '回访')], verbose_name='时限'),
        ),
        migrations.AlterField(
            model_name='paper',
            name='kind',
            field=models.TextField(choices=[('receipt_slip', '收件凭证'), ('transfer_slip', '物料流转凭证'), ('acceptance_notice', '受理通知书'), ('correction_notice', '补正告知书'), ('correction_slip', '补正材料接收凭证'), ('decline_notice', '不予受理通知书'), ('not_required_notice', '无需许可告知书'), ('gap_notice', '容缺受理通知书'), ('gap_promise', '容缺受理承诺书'), ('gap_slip', '容缺材料接收凭证'), ('declaration_promise', '告知承诺书'), ('opinion_request', '征求意见函'), ('special_notice', '特别程序告知书'), ('extension_notice', '延长办理期限通知书'), ('payment_notice', '缴费通知书'), ('decision', '准予决定书'), ('refusal', '不予许可决定书'), ('end_notice', '终止办理告知书'), ('certificate', '证照'), ('delivery_receipt', '送达回证')], verbose_name='文书'),
        ),
        migrations.AlterField(
            model_name='timeparameter',
            name='kind',
            field=models.TextField(choices=[('notice', '一次性告知'), ('transfer', '中转'), ('promised', '承诺办结'), ('statutory', '法定办结'), ('step', '环节'), ('correction', '补正'), ('supplement', '容缺补交'), ('special', '特别程序'), ('joint_opinion', '会办意见'), ('delivery', '送达'), ('post_check', '承诺核查'), ('call_back', '回访')], verbose_name='时限'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.UniqueConstraint(fields=('subject_table', 'subject_id', 'kind', 'round'), name='clock_once_a_round', violation_error_message='同一办件的同一时限同一次只有一个时钟。'),
        ),
        migrations.AddConstraint(
            model_name='clockpause',
            constraint=models.UniqueConstraint(fields=('subject_table', 'subject_id', 'round'), name='clock_pause_once_a_round', violation_error_message='同一办件的同一次停表只有一条。'),
        ),
        migrations.AddConstraint(
            model_name='clockpause',
            constraint=models.CheckConstraint(condition=models.Q(('last_on__isnull', True), ('last_on__gte', models.F('first_on')), _connector='OR'), name='clock_pause_ends_after_start', violation_error_message='停表不能在开始之前结束。'),
        ),
        migrations.AddConstraint(
            model_name='clockpause',
            constraint=models.CheckConstraint(condition=models.Q(('stops_statutory', False), ('ground__in', ['appraisal', 'auction', 'expert_review', 'hearing', 'inspection', 'quarantine', 'tender', 'testing']), _connector='OR'), name='clock_pause_has_ground', violation_error_message='法定时限只因行政许可法第四十五条所列事由停表。'),
        ),
        guard("supervision_clockpause", key="subject_id"),
    ]
