"""A case can end as revoked, and what was promised can be found untrue before that (行政许可法 69; domain 3.5)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hall', '0007_where_the_result_is_sent'),
    ]

    operations = [
        migrations.AlterField(
            model_name='case',
            name='declaration',
            field=models.TextField(blank=True, choices=[('promised', '已承诺，待核查'), ('fulfilled', '承诺属实'), ('corrected', '整改后属实'), ('revoked', '承诺不实，撤销决定'), ('untrue', '承诺不实，责令限期改正')], verbose_name='告知承诺'),
        ),
        migrations.AlterField(
            model_name='case',
            name='state',
            field=models.TextField(choices=[('submitted', '已申办'), ('received', '已收件'), ('transferred', '已中转'), ('correction_required', '待补正'), ('accepted', '已受理'), ('reviewed', '已审核'), ('decided', '已决定'), ('concluded', '已办结'), ('certificate_made', '已制证'), ('ready', '待出件'), ('delivered', '已送达'), ('declined', '不予受理'), ('not_required', '无需许可'), ('correction_lapsed', '补正不来'), ('forwarded_up', '已转报'), ('withdrawn', '已撤回'), ('voided', '已作废'), ('revoked', '已撤销')], verbose_name='状态'),
        ),
    ]
