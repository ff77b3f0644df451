"""Who is qualified for window work, and until when (D101)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from supervision.models import Row, classify

from .people import Person


class QualificationKind(models.TextChoices):
    """Either of them qualifies for every window: the hall's own training, or the state's certificate for window clerks."""

    TRAINING = "training", "岗前培训合格证"
    OCCUPATION = "occupation", "行政办事员职业技能等级证书"


class Qualification(Row):
    """A certificate by which a person may work at a window on these days. Without one no window receives or hands out (D101)."""

    data_class = classify(internal="id person kind certificate_number valid_during")

    person = models.ForeignKey(Person, models.PROTECT, related_name="qualifications", verbose_name="人员")
    kind = models.TextField("证书类别", choices=QualificationKind.choices)
    certificate_number = models.CharField(
        "证书编号", max_length=40, unique=True, error_messages={"unique": "证书编号不能重复。"}
    )
    valid_during = DateRangeField("有效期")

    class Meta:
        verbose_name = "上岗资格"
        constraints = [
            ExclusionConstraint(
                name="qualification_periods_apart",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("valid_during", RangeOperators.OVERLAPS),
                ],
                violation_error_message="同一人同一类证书的有效期不能重叠。",
            ),
            models.CheckConstraint(
                condition=Q(valid_during__isempty=False, valid_during__upper_inf=False, valid_during__lower_inf=False),
                name="qualification_has_days",
                violation_error_message="证书须有起止日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.certificate_number}"
