"""Efficiency figures: roll-ups of the log that can be rebuilt from it at any time."""

from django.db import models

from .base import DataClasses, classify


class EfficiencyDay(models.Model):
    """What one unit did on one day (D40, D51). Days are event dates in Asia/Shanghai; `used_workdays` sums concluded promised cases."""

    data_class: DataClasses = classify(public="id day unit received accepted concluded on_time promised used_workdays")

    id = models.BigAutoField("标识", primary_key=True)
    day = models.DateField("日期")
    unit = models.TextField("单位编号")
    received = models.PositiveIntegerField("收件", default=0)
    accepted = models.PositiveIntegerField("受理", default=0)
    concluded = models.PositiveIntegerField("办结", default=0)
    on_time = models.PositiveIntegerField("按时办结", default=0)
    promised = models.PositiveIntegerField("办结的承诺件", default=0)
    used_workdays = models.PositiveIntegerField("承诺件共用工作日", default=0)

    class Meta:
        verbose_name = "每日效能"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "unit"], name="efficiency_day_unit", violation_error_message="每单位每日只有一行。"
            )
        ]
