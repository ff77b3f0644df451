"""The working calendar, the rules of nearness, and the clocks that run by them."""

from django.db import models
from django.db.models import Q

from supervision.workdays import TimeUnit

from .base import DataClasses, Row, classify


class DayKind(models.TextChoices):
    OFF_DAY = "off_day", "休息日"
    MAKE_UP_WORKDAY = "make_up_workday", "调休上班日"


class CalendarYear(models.Model):
    """A year whose arrangement the State Council has published; days of other years are unknown, never assumed (L31)."""

    data_class: DataClasses = classify(public="year source")

    year = models.SmallIntegerField("年", primary_key=True)
    source = models.TextField("依据")

    class Meta:
        verbose_name = "已公布的年份"


class CalendarDay(models.Model):
    """A day that differs from Monday to Friday: a holiday, or a weekend day on which one works."""

    data_class: DataClasses = classify(public="day kind name")

    day = models.DateField("日期", primary_key=True)
    kind = models.TextField("类别", choices=DayKind.choices)
    name = models.TextField("节日")

    class Meta:
        verbose_name = "节假日与调休"


class CardLevel(models.TextChoices):
    WARNING = "warning", "预警"
    YELLOW = "yellow", "黄牌"
    RED = "red", "红牌"


class CardRule(Row):
    """A threshold that differs between places, from a day on (design decision 10). R1: near = remaining <= max(at_least, share %)."""

    data_class: DataClasses = classify(public="id code level share_percent at_least holds_from")

    code = models.TextField("规则")
    level = models.TextField("级别", choices=CardLevel.choices)
    share_percent = models.PositiveSmallIntegerField("剩余占比（%）")
    at_least = models.PositiveSmallIntegerField("至少剩余（工作日）")
    holds_from = models.DateField("起用日期")

    class Meta:
        verbose_name = "发牌规则"
        constraints = [
            models.UniqueConstraint(
                fields=["code", "holds_from"],
                name="card_rule_once_a_day",
                violation_error_message="同一规则同一天只能有一条。",
            )
        ]


class RuleBook(models.Model):
    """One row: the revision of calendar and rules. Raised by whoever changes them, so that processes may keep a copy of the rest."""

    data_class: DataClasses = classify(internal="id revision")

    id = models.SmallIntegerField("标识", primary_key=True, default=1)
    revision = models.IntegerField("版次", default=1)

    class Meta:
        verbose_name = "规则版次"
        constraints = [
            models.CheckConstraint(
                condition=Q(id=1), name="rule_book_single", violation_error_message="规则版次只有一行。"
            )
        ]


class ClockKind(models.TextChoices):
    NOTICE = "notice", "一次性告知"
    TRANSFER = "transfer", "中转"
    PROMISED = "promised", "承诺办结"
    STATUTORY = "statutory", "法定办结"
    DELIVERY = "delivery", "送达"


class Clock(Row):
    """A named time limit of a subject: a budget from a start day. `due_on` is a projection, rewritten only inside verbs (D44, L16, L28).

    Lateness is never stored: it is judged when read, from these facts and the day. The clock holds facts, not foreign keys.
    """

    data_class: DataClasses = classify(
        internal="id subject_table subject_id label unit kind limit time_unit started_at started_on stopped_at stopped_on "
        "due_on provisional record_seq"
    )

    subject_table = models.TextField("对象表")
    subject_id = models.UUIDField("对象")
    label = models.TextField("编号")
    unit = models.TextField("单位编号")
    kind = models.TextField("时限", choices=ClockKind.choices)
    limit = models.PositiveSmallIntegerField("期限")
    time_unit = models.TextField("时限单位", choices=TimeUnit.choices)
    started_at = models.DateTimeField("起算时间")
    started_on = models.DateField("起算日")
    stopped_at = models.DateTimeField("停止时间", null=True)
    stopped_on = models.DateField("停止日", null=True)
    due_on = models.DateField("到期日", null=True)
    provisional = models.BooleanField("暂定", default=False)
    record_seq = models.IntegerField("记录序号")

    class Meta:
        verbose_name = "时钟"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_table", "subject_id", "kind"],
                name="clock_once_a_kind",
                violation_error_message="同一办件的同一时限只有一个时钟。",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at__isnull=True, stopped_on__isnull=True)
                | Q(stopped_at__isnull=False, stopped_on__isnull=False),
                name="clock_stop_has_day",
                violation_error_message="停止时间与停止日须同时有。",
            ),
        ]
        indexes = [models.Index(fields=["due_on", "unit"], name="clock_open_due", condition=Q(stopped_at__isnull=True))]


class TimeParameter(Row):
    """A limit that no item carries: notice (行政许可法 32), delivery (44), the hall's own transfer time; from a day on."""

    data_class: DataClasses = classify(public="id kind limit time_unit holds_from basis")

    kind = models.TextField("时限", choices=ClockKind.choices)
    limit = models.PositiveSmallIntegerField("期限")
    time_unit = models.TextField("时限单位", choices=TimeUnit.choices)
    holds_from = models.DateField("起用日期")
    basis = models.TextField("依据")

    class Meta:
        verbose_name = "时限参数"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "holds_from"],
                name="time_parameter_once_a_day",
                violation_error_message="同一时限同一天只能有一个参数。",
            )
        ]
