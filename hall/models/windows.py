"""Windows of the hall, who serves them when, and the signed-in session of a member of staff."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q

from authorization.models import PostHolding
from catalog.models import Department
from supervision.models import Row, classify


class WindowKind(models.TextChoices):
    GUIDANCE = "guidance", "引导咨询窗口"
    GENERAL = "general", "综合服务窗口"
    FIELD = "field", "分领域综合窗口"
    DEDICATED = "dedicated", "专门窗口"
    HAND_OUT = "hand_out", "综合出件窗口"
    COMPLAINT = "complaint", "投诉窗口"


class ServiceField(models.TextChoices):
    INVESTMENT = "investment", "投资项目"
    BUSINESS_REGISTRATION = "business_registration", "商事登记"
    REAL_ESTATE = "real_estate", "不动产"
    SOCIAL_AFFAIRS = "social_affairs", "社会事务"
    HOUSING_FUND = "housing_fund", "公积金"
    UTILITIES = "utilities", "水电气"


class Window(Row):
    """A counter (D36). A field window takes the items of its units; a dedicated one is staffed by its own unit."""

    data_class = classify(public="number kind field department units", internal="id")

    number = models.PositiveSmallIntegerField("窗口号", unique=True, error_messages={"unique": "窗口号不能重复。"})
    kind = models.TextField("窗口类别", choices=WindowKind.choices)
    field = models.TextField("领域", choices=ServiceField.choices, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, related_name="windows", verbose_name="自管单位"
    )
    units = models.ManyToManyField(Department, related_name="field_windows", verbose_name="领域单位")

    class Meta:
        verbose_name = "窗口"
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="dedicated") | Q(department__isnull=False),
                name="window_dedicated_has_unit",
                violation_error_message="专门窗口须有自管单位。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number} 号"


class WindowDuty(Row):
    """Who serves which window on which days, and in which post."""

    data_class = classify(internal="id window holding during")

    window = models.ForeignKey(Window, models.PROTECT, related_name="duties", verbose_name="窗口")
    holding = models.ForeignKey(PostHolding, models.PROTECT, related_name="duties", verbose_name="任职")
    during = DateRangeField("值班期间")

    class Meta:
        verbose_name = "窗口值班"
        constraints = [
            ExclusionConstraint(
                name="duty_one_window_a_day",
                expressions=[("holding", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                violation_error_message="同一人同一天只能值一个窗口。",
            )
        ]


class StaffSession(AbstractBaseSession):
    """A signed-in browser. It names the post and the duty it acts in, so that one joined statement answers who is asking."""

    data_class = classify(internal="expire_date holding duty started_at", sensitive="session_key session_data")

    session_key = models.CharField("会话标识", max_length=40, primary_key=True)
    session_data = models.TextField("会话内容")
    expire_date = models.DateTimeField("到期时间", db_index=True)
    holding = models.ForeignKey(PostHolding, models.CASCADE, null=True, related_name="+", verbose_name="任职")
    duty = models.ForeignKey(WindowDuty, models.SET_NULL, null=True, related_name="+", verbose_name="值班")
    started_at = models.DateTimeField("登录时间", null=True)

    class Meta:
        verbose_name = "登录会话"
