"""A regulator that is told of a decision signs for it within a time of its own, and its passing is announced (D158)."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0012_approving_posts_and_orders_to_rectify'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clock',
            name='kind',
            field=models.TextField(choices=[('notice', '一次性告知'), ('transfer', '中转'), ('promised', '承诺办结'), ('statutory', '法定办结'), ('step', '环节'), ('correction', '补正'), ('supplement', '容缺补交'), ('special', '特别程序'), ('joint_opinion', '会办意见'), ('delivery', '送达'), ('post_check', '承诺核查'), ('rectification', '责令改正'), ('call_back', '回访'), ('acknowledgement', '审管签收')], verbose_name='时限'),
        ),
        migrations.AlterField(
            model_name='milestone',
            name='kind',
            field=models.TextField(choices=[('reminder', '承诺临期'), ('notice_passed', '超告知期限'), ('transfer_passed', '超中转时限'), ('promised_passed', '超承诺期限'), ('statutory_passed', '超法定期限'), ('step_passed', '超环节时限'), ('special_passed', '超特别程序预计时间'), ('joint_opinion_passed', '超会办时限'), ('delivery_passed', '超送达期限'), ('post_check_passed', '超承诺核查期限'), ('rectification_passed', '超责令改正期限'), ('call_back_passed', '超回访期限'), ('acknowledgement_passed', '超审管签收期限'), ('deemed_accepted', '逾期未告知，视为受理'), ('correction_lapsed', '逾期未补正'), ('gaps_lapsed', '容缺逾期未补')], verbose_name='节点'),
        ),
        migrations.AlterField(
            model_name='timeparameter',
            name='kind',
            field=models.TextField(choices=[('notice', '一次性告知'), ('transfer', '中转'), ('promised', '承诺办结'), ('statutory', '法定办结'), ('step', '环节'), ('correction', '补正'), ('supplement', '容缺补交'), ('special', '特别程序'), ('joint_opinion', '会办意见'), ('delivery', '送达'), ('post_check', '承诺核查'), ('rectification', '责令改正'), ('call_back', '回访'), ('acknowledgement', '审管签收')], verbose_name='时限'),
        ),
    ]
