"""What the passing of days brought about is announced once: claims that never change, and how far the sweep has come (T64, T65)."""

import django.db.models.deletion
import supervision.models.base
from django.db import migrations, models

from supervision.ledger.fences import freeze, no_truncate


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0010_arithmetic_of_days_in_sql'),
    ]

    operations = [
        migrations.CreateModel(
            name='Milestone',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('subject_table', models.TextField(verbose_name='对象表')),
                ('subject_id', models.UUIDField(verbose_name='对象')),
                ('label', models.TextField(verbose_name='编号')),
                ('unit', models.TextField(verbose_name='单位编号')),
                ('kind', models.TextField(choices=[('reminder', '承诺临期'), ('notice_passed', '超告知期限'), ('transfer_passed', '超中转时限'), ('promised_passed', '超承诺期限'), ('statutory_passed', '超法定期限'), ('step_passed', '超环节时限'), ('special_passed', '超特别程序预计时间'), ('joint_opinion_passed', '超会办时限'), ('delivery_passed', '超送达期限'), ('post_check_passed', '超承诺核查期限'), ('call_back_passed', '超回访期限'), ('deemed_accepted', '逾期未告知，视为受理'), ('correction_lapsed', '逾期未补正'), ('gaps_lapsed', '容缺逾期未补')], verbose_name='节点')),
                ('due_version', models.DateField(verbose_name='所指到期日')),
                ('legal_at', models.DateTimeField(verbose_name='法定时刻')),
                ('announced_at', models.DateTimeField(verbose_name='通报时间')),
            ],
            options={
                'verbose_name': '节点',
            },
        ),
        migrations.CreateModel(
            name='SweepMark',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False, verbose_name='巡查')),
                ('reached_at', models.DateTimeField(verbose_name='已巡到')),
            ],
            options={
                'verbose_name': '巡查进度',
            },
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('stopped_at__isnull', False), models.Q(('kind', 'promised'), ('stopped_on__gt', models.F('due_on')), _connector='OR')), fields=['stopped_at'], name='clock_stopped_to_tell'),
        ),
        migrations.AddField(
            model_name='milestone',
            name='clock',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='milestones', to='supervision.clock', verbose_name='时钟'),
        ),
        migrations.AddIndex(
            model_name='milestone',
            index=models.Index(fields=['subject_id', 'legal_at'], name='milestone_of_subject'),
        ),
        migrations.AddConstraint(
            model_name='milestone',
            constraint=models.UniqueConstraint(fields=('clock', 'kind', 'due_version'), name='milestone_once', violation_error_message='同一时钟的同一到期日，同一节点只通报一次。'),
        ),
        freeze("supervision_milestone"),
        no_truncate("supervision_milestone"),
    ]
