"""Who approved a pause is a post and who held it, by their keys; of pauses before only the typed name is known (L20).

Orders to put right what was promised have a clock, a milestone and a paper; so has the revocation (L38).
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('supervision', '0011_milestones_are_claimed_once'),
    ]

    operations = [
        migrations.AddField(
            model_name='clockpause',
            name='approver_person',
            field=models.UUIDField(null=True, verbose_name='批准人员'),
        ),
        migrations.AddField(
            model_name='clockpause',
            name='approver_post',
            field=models.UUIDField(null=True, verbose_name='批准岗位'),
        ),
        migrations.AlterField(
            model_name='clock',
            name='kind',
            field=models.TextField(choices=[('notice', '一次性告知'), ('transfer', '中转'), ('promised', '承诺办结'), ('statutory', '法定办结'), ('step', '环节'), ('correction', '补正'), ('supplement', '容缺补交'), ('special', '特别程序'), ('joint_opinion', '会办意见'), ('delivery', '送达'), ('post_check', '承诺核查'), ('rectification', '责令改正'), ('call_back', '回访')], verbose_name='时限'),
        ),
        migrations.AlterField(
            model_name='milestone',
            name='kind',
            field=models.TextField(choices=[('reminder', '承诺临期'), ('notice_passed', '超告知期限'), ('transfer_passed', '超中转时限'), ('promised_passed', '超承诺期限'), ('statutory_passed', '超法定期限'), ('step_passed', '超环节时限'), ('special_passed', '超特别程序预计时间'), ('joint_opinion_passed', '超会办时限'), ('delivery_passed', '超送达期限'), ('post_check_passed', '超承诺核查期限'), ('rectification_passed', '超责令改正期限'), ('call_back_passed', '超回访期限'), ('deemed_accepted', '逾期未告知，视为受理'), ('correction_lapsed', '逾期未补正'), ('gaps_lapsed', '容缺逾期未补')], verbose_name='节点'),
        ),
        migrations.AlterField(
            model_name='paper',
            name='kind',
            field=models.TextField(choices=[('receipt_slip', '收件凭证'), ('transfer_slip', '物料流转凭证'), ('acceptance_notice', '受理通知书'), ('correction_notice', '补正告知书'), ('correction_slip', '补正材料接收凭证'), ('decline_notice', '不予受理通知书'), ('not_required_notice', '无需许可告知书'), ('gap_notice', '容缺受理通知书'), ('gap_promise', '容缺受理承诺书'), ('gap_slip', '容缺材料接收凭证'), ('declaration_promise', '告知承诺书'), ('opinion_request', '征求意见函'), ('special_notice', '特别程序告知书'), ('extension_notice', '延长办理期限通知书'), ('payment_notice', '缴费通知书'), ('decision', '准予决定书'), ('refusal', '不予许可决定书'), ('end_notice', '终止办理告知书'), ('certificate', '证照'), ('delivery_receipt', '送达回证'), ('rectification_order', '责令限期改正通知书'), ('revocation', '撤销决定书')], verbose_name='文书'),
        ),
        migrations.AlterField(
            model_name='timeparameter',
            name='kind',
            field=models.TextField(choices=[('notice', '一次性告知'), ('transfer', '中转'), ('promised', '承诺办结'), ('statutory', '法定办结'), ('step', '环节'), ('correction', '补正'), ('supplement', '容缺补交'), ('special', '特别程序'), ('joint_opinion', '会办意见'), ('delivery', '送达'), ('post_check', '承诺核查'), ('rectification', '责令改正'), ('call_back', '回访')], verbose_name='时限'),
        ),
    ]
