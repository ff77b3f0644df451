"""What is told to the unit that supervises what was granted (审管衔接): what was decided, and who signed for it."""

from django.db import models
from django.db.models import Q

from authorization.models import Person
from catalog.models import Department
from supervision.models import Row, classify

from .cases import Case


class RegulatorNoticeKind(models.TextChoices):
    """What the regulator is told. Whatever changes what was granted goes the same way, each as a notice of its own."""

    GRANTED = "granted", "准予"
    VOIDED = "voided", "作废"
    AMENDED = "amended", "变更"
    REVOKED = "revoked", "撤销"
    CANCELLED = "cancelled", "注销"


class RegulatorNotice(Row):
    """One thing told to the regulator of a case (D158): with which paper, since when, and who acknowledged it (签收).

    Written by the act that decides, in its transaction; its clock (`acknowledgement`, of the same round) runs until somebody of that
    unit has signed for it. The regulator sees of the case what stands here with number, item and holder, and nothing else.
    """

    data_class = classify(
        public="kind decided_on document_number",
        internal="id case round regulator told_at acknowledged_at person record_seq",
    )

    case = models.ForeignKey(Case, models.PROTECT, related_name="regulator_notices", verbose_name="办件")
    round = models.PositiveSmallIntegerField("次")
    kind = models.TextField("推送内容", choices=RegulatorNoticeKind.choices)
    regulator = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="监管部门")
    decided_on = models.DateField("决定日")
    document_number = models.CharField("文号", max_length=60)
    told_at = models.DateTimeField("推送时间")
    acknowledged_at = models.DateTimeField("签收时间", null=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="签收人")
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "审管衔接"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round"],
                name="regulator_notice_once_a_round",
                violation_error_message="同一次推送只有一条。",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, person__isnull=True)
                | Q(acknowledged_at__isnull=False, person__isnull=False),
                name="regulator_notice_signed_by_somebody",
                violation_error_message="签收要有签收人。",
            ),
        ]
        indexes = [
            models.Index(fields=["regulator", "told_at", "id"], name="regulator_notice_of_unit"),
            models.Index(
                fields=["regulator", "told_at", "id"],
                name="regulator_notice_waiting",
                condition=Q(acknowledged_at__isnull=True),
            ),
        ]
