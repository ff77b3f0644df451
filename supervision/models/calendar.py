"""What stands around the working calendar: its ordinals for SQL, the history of its changes, the hours beside office hours."""

from django.db import models
from django.db.models import F, Q

from .base import DataClasses, Row, classify


class Workday(models.Model):
    """A known day with its ordinal: how many working days lie in the calendar up to and with it (L28, L31).

    Derived: the database itself tables it anew whenever the calendar changes (migration 0010); nobody else may write it. Working
    days between two days are the difference of their positions, the n-th working day is the one `works` row with that position.
    """

    data_class: DataClasses = classify(public="day works position")

    day = models.DateField("日期", primary_key=True)
    works = models.BooleanField("上班")
    position = models.IntegerField("累计工作日")

    class Meta:
        verbose_name = "工作日序号"
        constraints = [
            models.UniqueConstraint(
                fields=["position"],
                name="workday_has_its_position",
                condition=Q(works=True),
                violation_error_message="两个工作日不能同序号。",
            )
        ]


class CalendarChangeKind(models.TextChoices):
    LOAD = "load", "录入年度安排"
    CORRECT = "correct", "更正一天"


class CalendarChange(Row):
    """One change of the calendar: who, when, by which notice and why, what stood there before (L31, T66). Never changes itself.

    `before` and `after` list the days as [day, kind, festival]; a day that is in neither list followed Monday to Friday. For a
    load `before` is empty. `by` is the post holder's name, or the loading of the county.
    """

    data_class: DataClasses = classify(public="id kind year source before after made_at", internal="by person reason")

    kind = models.TextField("类别", choices=CalendarChangeKind.choices)
    year = models.SmallIntegerField("年")
    source = models.TextField("依据")
    reason = models.TextField("说明")
    before = models.JSONField("原来的安排", default=list)
    after = models.JSONField("新的安排", default=list)
    by = models.TextField("谁")
    person = models.UUIDField("人员", null=True)
    made_at = models.DateTimeField("时间")

    class Meta:
        verbose_name = "日历变动"
        constraints = [
            models.UniqueConstraint(
                fields=["year"],
                name="calendar_year_loaded_once",
                condition=Q(kind="load"),
                violation_error_message="一个年度只录入一次，以后逐日更正。",
            )
        ]
        indexes = [models.Index(fields=["-made_at"], name="calendar_change_by_time")]


class ExtendedHours(Row):
    """Hours beside office hours in which the hall serves (延时服务, D122): on a weekday (1 Monday to 7 Sunday) or on one day.

    They are shown, and never counted as working time: no limit runs by hours. They hold from a day to a day, both included.
    """

    data_class: DataClasses = classify(public="id weekday day opens closes note holds_from holds_to")

    weekday = models.PositiveSmallIntegerField("星期", null=True)
    day = models.DateField("日期", null=True)
    opens = models.TimeField("起")
    closes = models.TimeField("止")
    note = models.TextField("说明")
    holds_from = models.DateField("起用日期")
    holds_to = models.DateField("停用前一日", null=True)

    class Meta:
        verbose_name = "延时服务"
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__range=(1, 7), day__isnull=True) | Q(weekday__isnull=True, day__isnull=False),
                name="extended_hours_on_weekday_or_day",
                violation_error_message="延时服务要么每周一天，要么某一天。",
            ),
            models.CheckConstraint(
                condition=Q(closes__gt=F("opens")),
                name="extended_hours_end_after_start",
                violation_error_message="延时服务的结束时间要晚于开始时间。",
            ),
            models.CheckConstraint(
                condition=Q(holds_to__isnull=True) | Q(holds_to__gte=F("holds_from")),
                name="extended_hours_hold_forward",
                violation_error_message="停用日期不能早于起用日期。",
            ),
        ]
