"""Corrections, gaps, opinions of other units, couriers, and all the ends that a case can come to (domain 4.1)."""

import django.db.models.deletion
import supervision.models.base
from django.conf import settings
from django.db import migrations, models

from supervision.ledger.fences import freeze, guard


class Migration(migrations.Migration):

    dependencies = [
        ('authorization', '0003_configuration_is_announced'),
        ('catalog', '0004_what_the_law_asks_of_an_item'),
        ('hall', '0005_sub_centers_are_announced'),
        ('supervision', '0008_pauses_extensions_and_more_papers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CourierShipment',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('courier', models.CharField(max_length=40, verbose_name='寄递企业')),
                ('tracking_number', models.CharField(max_length=40, verbose_name='运单号')),
                ('sent_on', models.DateField(verbose_name='寄出日')),
                ('record_seq', models.IntegerField(verbose_name='记录序号')),
            ],
            options={
                'verbose_name': '寄递',
            },
        ),
        migrations.CreateModel(
            name='Defect',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('round', models.PositiveSmallIntegerField(verbose_name='次')),
                ('problem', models.TextField(verbose_name='问题')),
                ('wanted', models.TextField(verbose_name='补正要求')),
                ('seen_before', models.BooleanField(default=False, verbose_name='首次可见')),
                ('record_seq', models.IntegerField(verbose_name='记录序号')),
            ],
            options={
                'verbose_name': '补正内容',
            },
        ),
        migrations.CreateModel(
            name='JointOpinion',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('round', models.PositiveSmallIntegerField(verbose_name='次')),
                ('question', models.TextField(verbose_name='征求内容')),
                ('asked_at', models.DateTimeField(verbose_name='征求时间')),
                ('answer', models.TextField(blank=True, verbose_name='会办意见')),
                ('answered_at', models.DateTimeField(null=True, verbose_name='回复时间')),
                ('record_seq', models.IntegerField(verbose_name='记录序号')),
            ],
            options={
                'verbose_name': '会办意见',
            },
        ),
        migrations.RemoveConstraint(
            model_name='act',
            name='act_needs_line',
        ),
        migrations.RemoveIndex(
            model_name='case',
            name='case_open_of_unit',
        ),
        migrations.AddField(
            model_name='case',
            name='conclusion',
            field=models.TextField(blank=True, choices=[('certificate_issued', '出证办结'), ('returned', '退回办结'), ('voided', '作废办结'), ('deleted', '删除办结'), ('forwarded_up', '转报办结'), ('correction_lapsed', '补正不来办结'), ('concluded', '办结')], verbose_name='办结结果'),
        ),
        migrations.AddField(
            model_name='case',
            name='corrected_at',
            field=models.DateTimeField(null=True, verbose_name='补正到齐时间'),
        ),
        migrations.AddField(
            model_name='case',
            name='declaration',
            field=models.TextField(blank=True, choices=[('promised', '已承诺，待核查'), ('fulfilled', '承诺属实'), ('corrected', '整改后属实'), ('revoked', '承诺不实，撤销决定')], verbose_name='告知承诺'),
        ),
        migrations.AddField(
            model_name='case',
            name='deemed',
            field=models.BooleanField(default=False, verbose_name='视为受理'),
        ),
        migrations.AddField(
            model_name='case',
            name='ended_at',
            field=models.DateTimeField(null=True, verbose_name='终止时间'),
        ),
        migrations.AddField(
            model_name='case',
            name='gaps_open',
            field=models.BooleanField(default=False, verbose_name='容缺未补'),
        ),
        migrations.AlterField(
            model_name='case',
            name='delivery_way',
            field=models.TextField(choices=[('counter', '窗口领取'), ('courier', '邮寄'), ('electronic', '电子送达')], verbose_name='出件方式'),
        ),
        migrations.AlterField(
            model_name='case',
            name='state',
            field=models.TextField(choices=[('submitted', '已申办'), ('received', '已收件'), ('transferred', '已中转'), ('correction_required', '待补正'), ('accepted', '已受理'), ('reviewed', '已审核'), ('decided', '已决定'), ('concluded', '已办结'), ('certificate_made', '已制证'), ('ready', '待出件'), ('delivered', '已送达'), ('declined', '不予受理'), ('not_required', '无需许可'), ('correction_lapsed', '补正不来'), ('forwarded_up', '已转报'), ('withdrawn', '已撤回'), ('voided', '已作废')], verbose_name='状态'),
        ),
        migrations.AlterField(
            model_name='delivery',
            name='way',
            field=models.TextField(choices=[('counter', '窗口领取'), ('courier', '邮寄'), ('electronic', '电子送达')], verbose_name='送达方式'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('state__in', ['accepted', 'certificate_made', 'concluded', 'correction_required', 'decided', 'ready', 'received', 'reviewed', 'submitted', 'transferred'])), fields=['department', 'opened_at', 'id'], name='case_open_of_unit'),
        ),
        migrations.AddConstraint(
            model_name='act',
            constraint=models.CheckConstraint(condition=models.Q(('line__isnull', False), ('verb__in', ['deem_accepted', 'extend', 'give_opinion', 'lapse_corrections', 'lapse_gaps', 'recalculate', 'submit']), _connector='OR'), name='act_needs_line', violation_error_message='没有授权依据的动作不能办理。'),
        ),
        migrations.AddField(
            model_name='couriershipment',
            name='act',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='hall.act', verbose_name='动作'),
        ),
        migrations.AddField(
            model_name='couriershipment',
            name='case',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='shipment', to='hall.case', verbose_name='办件'),
        ),
        migrations.AddField(
            model_name='defect',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='hall.case', verbose_name='办件'),
        ),
        migrations.AddField(
            model_name='defect',
            name='requirement',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.materialrequirement', verbose_name='材料'),
        ),
        migrations.AddField(
            model_name='jointopinion',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='opinions', to='hall.case', verbose_name='办件'),
        ),
        migrations.AddField(
            model_name='jointopinion',
            name='department',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.department', verbose_name='会办单位'),
        ),
        migrations.AddField(
            model_name='jointopinion',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='回复人'),
        ),
        migrations.AddConstraint(
            model_name='defect',
            constraint=models.UniqueConstraint(fields=('case', 'round', 'requirement'), name='defect_once_a_notice', violation_error_message='同一份告知书里同一材料只列一次。'),
        ),
        migrations.AddConstraint(
            model_name='jointopinion',
            constraint=models.UniqueConstraint(fields=('case', 'round'), name='joint_opinion_once_a_round', violation_error_message='同一次征求意见只有一条。'),
        ),
        migrations.AddConstraint(
            model_name='jointopinion',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at__isnull', True)), fields=('case', 'department'), name='joint_opinion_once_a_unit', violation_error_message='这个单位还没有回复上一次征求意见。'),
        ),
        *(
            operation
            for table in ("hall_defect", "hall_couriershipment")
            for operation in (guard(table, subject="hall_case", key="case_id"), freeze(table))
        ),
        guard("hall_jointopinion", subject="hall_case", key="case_id"),
    ]
