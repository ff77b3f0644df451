"""What happens to a case between intake and decision: defects told, opinions asked."""

from django.db import models

from authorization.models import Person
from catalog.models import Department, MaterialRequirement
from supervision.models import Row, classify

from .cases import Case


class Defect(Row):
    """A material that is missing or wrong, as one notice told it (行政许可法 32 item (4)). `round` counts the notices of a case.

    `seen_before` marks in a second notice what could have been told in the first one (R8).
    """

    data_class = classify(internal="id case round requirement wanted seen_before record_seq", personal="problem")

    case = models.ForeignKey(Case, models.PROTECT, related_name="defects", verbose_name="办件")
    round = models.PositiveSmallIntegerField("次")
    requirement = models.ForeignKey(MaterialRequirement, models.PROTECT, related_name="+", verbose_name="材料")
    problem = models.TextField("问题")
    wanted = models.TextField("补正要求")
    seen_before = models.BooleanField("首次可见", default=False)
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "补正内容"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round", "requirement"],
                name="defect_once_a_notice",
                violation_error_message="同一份告知书里同一材料只列一次。",
            )
        ]


class JointOpinion(Row):
    """Another unit's opinion on a case, with its own clock (D116, D150): asked by the unit that decides, answered once."""

    data_class = classify(
        internal="id case round department asked_at answered_at person record_seq", personal="question answer"
    )

    case = models.ForeignKey(Case, models.PROTECT, related_name="opinions", verbose_name="办件")
    round = models.PositiveSmallIntegerField("次")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name="会办单位")
    question = models.TextField("征求内容")
    asked_at = models.DateTimeField("征求时间")
    answer = models.TextField("会办意见", blank=True)
    answered_at = models.DateTimeField("回复时间", null=True)
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="回复人")
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "会办意见"
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round"],
                name="joint_opinion_once_a_round",
                violation_error_message="同一次征求意见只有一条。",
            ),
            models.UniqueConstraint(
                fields=["case", "department"],
                name="joint_opinion_once_a_unit",
                condition=models.Q(answered_at__isnull=True),
                violation_error_message="这个单位还没有回复上一次征求意见。",
            ),
        ]
