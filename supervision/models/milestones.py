"""What the passing of days brought about, announced once; and how far the sweep that announces it has come."""

from django.db import models

from .base import DataClasses, Row, classify
from .clocks import Clock


class MilestoneKind(models.TextChoices):
    """`…_passed` is a clock's kind with its last day over. The three effects of the law are announced by the room that carries them out."""

    REMINDER = "reminder", "承诺临期"
    NOTICE_PASSED = "notice_passed", "超告知期限"
    TRANSFER_PASSED = "transfer_passed", "超中转时限"
    PROMISED_PASSED = "promised_passed", "超承诺期限"
    STATUTORY_PASSED = "statutory_passed", "超法定期限"
    STEP_PASSED = "step_passed", "超环节时限"
    SPECIAL_PASSED = "special_passed", "超特别程序预计时间"
    JOINT_OPINION_PASSED = "joint_opinion_passed", "超会办时限"
    DELIVERY_PASSED = "delivery_passed", "超送达期限"
    POST_CHECK_PASSED = "post_check_passed", "超承诺核查期限"
    RECTIFICATION_PASSED = "rectification_passed", "超责令改正期限"
    CALL_BACK_PASSED = "call_back_passed", "超回访期限"
    ACKNOWLEDGEMENT_PASSED = "acknowledgement_passed", "超审管签收期限"
    DEEMED_ACCEPTED = "deemed_accepted", "逾期未告知，视为受理"
    CORRECTION_LAPSED = "correction_lapsed", "逾期未补正"
    GAPS_LAPSED = "gaps_lapsed", "容缺逾期未补"


class Milestone(Row):
    """A claim: of this due day of this clock this was announced, once and for ever, with a record of the subject (T64, T65).

    `legal_at` is when it came about, whenever the sweep came: the first instant after the last day, of a reminder the first on
    which R1 holds. `due_version` is the due day that it speaks of: a day that moves by a corrected calendar may pass again (T66).
    No page judges by these rows; they announce.
    """

    data_class: DataClasses = classify(
        internal="id subject_table subject_id label unit clock kind due_version legal_at announced_at"
    )

    subject_table = models.TextField("对象表")
    subject_id = models.UUIDField("对象")
    label = models.TextField("编号")
    unit = models.TextField("单位编号")
    clock = models.ForeignKey(Clock, models.PROTECT, related_name="milestones", verbose_name="时钟")
    kind = models.TextField("节点", choices=MilestoneKind.choices)
    due_version = models.DateField("所指到期日")
    legal_at = models.DateTimeField("法定时刻")
    announced_at = models.DateTimeField("通报时间")

    class Meta:
        verbose_name = "节点"
        constraints = [
            models.UniqueConstraint(
                fields=["clock", "kind", "due_version"],
                name="milestone_once",
                violation_error_message="同一时钟的同一到期日，同一节点只通报一次。",
            )
        ]
        indexes = [models.Index(fields=["subject_id", "legal_at"], name="milestone_of_subject")]


class SweepMark(models.Model):
    """Up to when clocks were stopped of which the sweep has told everything. Open clocks need no mark: all of them are asked every time."""

    data_class: DataClasses = classify(internal="name reached_at")

    name = models.TextField("巡查", primary_key=True)
    reached_at = models.DateTimeField("已巡到")

    class Meta:
        verbose_name = "巡查进度"
