"""A question asked in the hall is on record with who was asked first, until that person has answered or handed it over (首问负责, D45)."""

import django.db.models.deletion
import supervision.models.base
from django.conf import settings
from django.db import migrations, models

from supervision.ledger.fences import guard


class Migration(migrations.Migration):

    dependencies = [
        ('authorization', '0004_qualified_for_window_work'),
        ('catalog', '0007_who_supervises_what_was_granted'),
        ('hall', '0009_told_to_the_regulator'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FirstContact',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('state', models.TextField(choices=[('open', '待答复'), ('closed', '已答复')], verbose_name='状态')),
                ('asker', models.JSONField(null=True, verbose_name='咨询人（密文）')),
                ('phone', models.JSONField(null=True, verbose_name='电话（密文）')),
                ('question', models.JSONField(verbose_name='咨询内容（密文）')),
                ('asked_at', models.DateTimeField(verbose_name='咨询时间')),
                ('answer_by', models.DateField(null=True, verbose_name='答复期限')),
                ('answer', models.JSONField(null=True, verbose_name='答复（密文）')),
                ('reasons', models.JSONField(default=list, verbose_name='移交和接手理由（密文）')),
                ('closed_at', models.DateTimeField(null=True, verbose_name='答复时间')),
                ('record_seq', models.IntegerField(verbose_name='记录序号')),
                ('first_asked', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='首问责任人')),
                ('item', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.serviceitem', verbose_name='事项')),
                ('led_to', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalog.department', verbose_name='引导到的单位')),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='authorization.post', verbose_name='岗位')),
                ('responsible', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='现由谁负责')),
                ('window', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='hall.window', verbose_name='窗口')),
            ],
            options={
                'verbose_name': '首问登记',
                'indexes': [models.Index(fields=['responsible', 'asked_at', 'id'], name='first_contact_of_person'), models.Index(condition=models.Q(('state', 'open')), fields=['asked_at', 'id'], name='first_contact_open')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('answer__isnull', True), ('answer_by__isnull', False), ('closed_at__isnull', True), ('state', 'open')), models.Q(('answer__isnull', False), ('closed_at__isnull', False), ('state', 'closed')), _connector='OR'), name='first_contact_open_or_answered', violation_error_message='待答复的咨询要有答复期限，答复以后才能办结。')],
            },
        ),
        guard("hall_firstcontact", subject="hall_firstcontact", state="state"),
    ]
