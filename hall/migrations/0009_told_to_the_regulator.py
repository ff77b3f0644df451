"""What was granted is told to the unit that supervises it, which signs for it (审管衔接, D158)."""

import django.db.models.deletion
import supervision.models.base
from django.conf import settings
from django.db import migrations, models

from supervision.ledger.fences import guard


class Migration(migrations.Migration):

    dependencies = [
        ('authorization', '0004_qualified_for_window_work'),
        ('catalog', '0007_who_supervises_what_was_granted'),
        ('hall', '0008_what_was_granted_can_be_revoked'),
        ('supervision', '0013_the_regulator_signs_in_time'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RegulatorNotice',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('round', models.PositiveSmallIntegerField(verbose_name='次')),
                ('kind', models.TextField(choices=[('granted', '准予'), ('voided', '作废'), ('amended', '变更'), ('revoked', '撤销'), ('cancelled', '注销')], verbose_name='推送内容')),
                ('decided_on', models.DateField(verbose_name='决定日')),
                ('document_number', models.CharField(max_length=60, verbose_name='文号')),
                ('told_at', models.DateTimeField(verbose_name='推送时间')),
                ('acknowledged_at', models.DateTimeField(null=True, verbose_name='签收时间')),
                ('record_seq', models.IntegerField(verbose_name='记录序号')),
            ],
            options={
                'verbose_name': '审管衔接',
            },
        ),
        migrations.RemoveConstraint(
            model_name='act',
            name='act_needs_line',
        ),
        migrations.AddConstraint(
            model_name='act',
            constraint=models.CheckConstraint(condition=models.Q(('line__isnull', False), ('verb__in', ['acknowledge', 'deem_accepted', 'extend', 'give_opinion', 'lapse_corrections', 'lapse_gaps', 'recalculate', 'submit']), _connector='OR'), name='act_needs_line', violation_error_message='没有授权依据的动作不能办理。'),
        ),
        migrations.AddField(
            model_name='regulatornotice',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='regulator_notices', to='hall.case', verbose_name='办件'),
        ),
        migrations.AddField(
            model_name='regulatornotice',
            name='person',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签收人'),
        ),
        migrations.AddField(
            model_name='regulatornotice',
            name='regulator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.department', verbose_name='监管部门'),
        ),
        migrations.AddIndex(
            model_name='regulatornotice',
            index=models.Index(fields=['regulator', 'told_at', 'id'], name='regulator_notice_of_unit'),
        ),
        migrations.AddIndex(
            model_name='regulatornotice',
            index=models.Index(condition=models.Q(('acknowledged_at__isnull', True)), fields=['regulator', 'told_at', 'id'], name='regulator_notice_waiting'),
        ),
        migrations.AddConstraint(
            model_name='regulatornotice',
            constraint=models.UniqueConstraint(fields=('case', 'round'), name='regulator_notice_once_a_round', violation_error_message='同一次推送只有一条。'),
        ),
        migrations.AddConstraint(
            model_name='regulatornotice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', True), ('person__isnull', True)), models.Q(('acknowledged_at__isnull', False), ('person__isnull', False)), _connector='OR'), name='regulator_notice_signed_by_somebody', violation_error_message='签收要有签收人。'),
        ),
        guard("hall_regulatornotice", subject="hall_case", key="case_id"),
    ]
