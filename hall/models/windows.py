"""Windows of the hall and of its places outside, who serves them when, and the signed-in session of a member of staff."""

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q

from authorization.models import PostHolding
from catalog.models import Department, ReceivingPoint
from supervision.models import Row, classify


class WindowKind(models.TextChoices):
    GUIDANCE = "guidance", "引导咨询窗口"
    GENERAL = "general", "综合服务窗口"
    FIELD = "field", "分领域综合窗口"
    DEDICATED = "dedicated", "专门窗口"
    POINT = "point", "基层受理窗口"
    TRANSFER = "transfer", "中转站"
    HAND_OUT = "hand_out", "综合出件窗口"
    COMPLAINT = "complaint", "投诉窗口"


class ServiceField(models.TextChoices):
    INVESTMENT = "investment", "投资项目"
    BUSINESS_REGISTRATION = "business_registration", "商事登记"
    REAL_ESTATE = "real_estate", "不动产"
    SOCIAL_AFFAIRS = "social_affairs", "社会事务"
    HOUSING_FUND = "housing_fund", "公积金"
    UTILITIES = "utilities", "水电气"


class SubCenter(Row):
    """A hall outside the hall (分中心): approved by the county, managed by a unit, inside the same supervision (D38, D132).

    Its windows take the items of the units it was approved for, from the day of the approval until it was closed.
    """

    data_class = classify(
        public="name address manager units approval_number approved_on closed_on",
        internal="id",
    )

    name = models.CharField("名称", max_length=60, unique=True, error_messages={"unique": "分中心名称不能重复。"})
    address = models.CharField("地址", max_length=200)
    manager = models.ForeignKey(
        Department, models.PROTECT, related_name="managed_sub_centers", verbose_name="日常管理单位"
    )
    units = models.ManyToManyField(Department, related_name="sub_centers", verbose_name="批准进驻单位")
    approval_number = models.CharField("县政府批准文号", max_length=60)
    approved_on = models.DateField("批准日期")
    closed_on = models.DateField("撤销日期", null=True)

    class Meta:
        verbose_name = "分中心"
        constraints = [
            models.CheckConstraint(
                condition=~Q(approval_number=""),
                name="sub_center_has_approval",
                violation_error_message="分中心须有县政府的批准文号。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def is_approved_on(self, day: date) -> bool:
        return self.approved_on <= day and (self.closed_on is None or day < self.closed_on)


class Window(Row):
    """A counter (D36). A field window takes the items of its units; a dedicated one is staffed by its own unit; a transfer station
    passes papers to the sections.

    It stands in the main hall, in a sub-centre, or at a receiving point of a town or village; a point's window is of its own kind and
    takes devolved items alone (D20). `open_during` are the days on which it is in service; null where nothing limits them.
    """

    data_class = classify(
        public="number kind field department units sub_center point open_during",
        internal="id",
    )
    later_fields = ("sub_center", "point", "open_during")

    number = models.PositiveSmallIntegerField("窗口号", unique=True, error_messages={"unique": "窗口号不能重复。"})
    kind = models.TextField("窗口类别", choices=WindowKind.choices)
    field = models.TextField("领域", choices=ServiceField.choices, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, related_name="windows", verbose_name="自管单位"
    )
    units = models.ManyToManyField(Department, related_name="field_windows", verbose_name="领域单位")
    sub_center = models.ForeignKey(
        SubCenter, models.PROTECT, null=True, related_name="windows", verbose_name="所在分中心"
    )
    point = models.ForeignKey(
        ReceivingPoint, models.PROTECT, null=True, related_name="windows", verbose_name="所在受理点"
    )
    open_during = DateRangeField("开放期间", null=True)  # type: ignore[misc]

    class Meta:
        verbose_name = "窗口"
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="dedicated") | Q(department__isnull=False),
                name="window_dedicated_has_unit",
                violation_error_message="专门窗口须有自管单位。",
            ),
            models.CheckConstraint(
                condition=Q(kind="point", point__isnull=False, sub_center__isnull=True)
                | (~Q(kind="point") & Q(point__isnull=True)),
                name="window_point_at_a_point",
                violation_error_message="基层受理窗口须设在受理点，别的窗口不能设在受理点。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number} 号"

    @property
    def place(self) -> str:
        """The sub-centre or point where it stands; empty for the main hall."""
        outside = self.sub_center or self.point
        return outside.name if outside else ""

    def is_lawful_on(self, day: date) -> bool:
        """In the hall, at an approved sub-centre, or at a point that may take devolved items: nowhere else is received (D35)."""
        if self.sub_center is not None:
            return self.sub_center.is_approved_on(day)
        return self.point is None or self.point.takes_devolved_items

    def is_open_on(self, day: date) -> bool:
        return self.open_during is None or day in self.open_during


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
