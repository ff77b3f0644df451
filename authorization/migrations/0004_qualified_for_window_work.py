"""Who is qualified for window work; certificates change only together with a record that announces them (D101)."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import supervision.models.base
from django.conf import settings
from django.db import migrations, models

from supervision.ledger.fences import announce


class Migration(migrations.Migration):

    dependencies = [
        ('authorization', '0003_configuration_is_announced'),
        ('supervision', '0007_configuration_is_announced'),
    ]

    operations = [
        migrations.CreateModel(
            name='Qualification',
            fields=[
                ('id', models.UUIDField(default=supervision.models.base.new_key, editable=False, primary_key=True, serialize=False, verbose_name='标识')),
                ('kind', models.TextField(choices=[('training', '岗前培训合格证'), ('occupation', '行政办事员职业技能等级证书')], verbose_name='证书类别')),
                ('certificate_number', models.CharField(error_messages={'unique': '证书编号不能重复。'}, max_length=40, unique=True, verbose_name='证书编号')),
                ('valid_during', django.contrib.postgres.fields.ranges.DateRangeField(verbose_name='有效期')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='qualifications', to=settings.AUTH_USER_MODEL, verbose_name='人员')),
            ],
            options={
                'verbose_name': '上岗资格',
                'constraints': [django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('person', '='), ('kind', '='), ('valid_during', '&&')], name='qualification_periods_apart', violation_error_message='同一人同一类证书的有效期不能重叠。'), models.CheckConstraint(condition=models.Q(('valid_during__isempty', False), ('valid_during__lower_inf', False), ('valid_during__upper_inf', False)), name='qualification_has_days', violation_error_message='证书须有起止日期。')],
            },
        ),
        announce('authorization_qualification'),
    ]
