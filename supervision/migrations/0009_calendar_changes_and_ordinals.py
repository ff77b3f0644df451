"""History of the calendar, ordinals of its days, and the hours beside office hours (L31, D122)."""

import supervision.models.base
from django.db import migrations, models

from supervision.ledger.fences import announce, freeze


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0008_pauses_extensions_and_more_papers'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarChange',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('kind', models.TextField(choices=[('load', '录入年度安排'), ('correct', '更正一天')], verbose_name='类别')),
                ('year', models.SmallIntegerField(verbose_name='年')),
                ('source', models.TextField(verbose_name='依据')),
                ('reason', models.TextField(verbose_name='说明')),
                ('before', models.JSONField(default=list, verbose_name='原来的安排')),
                ('after', models.JSONField(default=list, verbose_name='新的安排')),
                ('by', models.TextField(verbose_name='谁')),
                ('person', models.UUIDField(null=True, verbose_name='人员')),
                ('made_at', models.DateTimeField(verbose_name='时间')),
            ],
            options={
                'verbose_name': '日历变动',
                'indexes': [models.Index(fields=['-made_at'], name='calendar_change_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('kind', 'load')), fields=('year',), name='calendar_year_loaded_once', violation_error_message='一个年度只录入一次，以后逐日更正。')],
            },
        ),
        migrations.CreateModel(
            name='ExtendedHours',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('weekday', models.PositiveSmallIntegerField(null=True, verbose_name='星期')),
                ('day', models.DateField(null=True, verbose_name='日期')),
                ('opens', models.TimeField(verbose_name='起')),
                ('closes', models.TimeField(verbose_name='止')),
                ('note', models.TextField(verbose_name='说明')),
                ('holds_from', models.DateField(verbose_name='起用日期')),
                ('holds_to', models.DateField(null=True, verbose_name='停用前一日')),
            ],
            options={
                'verbose_name': '延时服务',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('day__isnull', True), ('weekday__range', (1, 7))), models.Q(('day__isnull', False), ('weekday__isnull', True)), _connector='OR'), name='extended_hours_on_weekday_or_day', violation_error_message='延时服务要么每周一天，要么某一天。'), models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='extended_hours_end_after_start', violation_error_message='延时服务的结束时间要晚于开始时间。'), models.CheckConstraint(condition=models.Q(('holds_to__isnull', True), ('holds_to__gte', models.F('holds_from')), _connector='OR'), name='extended_hours_hold_forward', violation_error_message='停用日期不能早于起用日期。')],
            },
        ),
        migrations.CreateModel(
            name='Workday',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='日期')),
                ('works', models.BooleanField(verbose_name='上班')),
                ('position', models.IntegerField(verbose_name='累计工作日')),
            ],
            options={
                'verbose_name': '工作日序号',
                'constraints': [models.UniqueConstraint(condition=models.Q(('works', True)), fields=('position',), name='workday_has_its_position', violation_error_message='两个工作日不能同序号。')],
            },
        ),
        announce("supervision_calendarchange"),
        freeze("supervision_calendarchange"),
        announce("supervision_extendedhours"),
    ]
