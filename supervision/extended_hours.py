"""Hours beside office hours (延时服务, D122): said to people, never counted as working time. Dated: ended, never taken back."""

from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Q, QuerySet

from supervision import configuration, log
from supervision.models import ExtendedHours
from supervision.refusals import Refusal, Unusable


def in_force(day: date) -> QuerySet[ExtendedHours]:
    """What holds on a day or begins later: each weekday's hours first, then those of single days to come."""
    holding = Q(holds_to__isnull=True) | Q(holds_to__gte=day)
    to_come = Q(day__isnull=True) | Q(day__gte=day)
    return ExtendedHours.objects.filter(holding, to_come).order_by("weekday", "day", "opens")


@transaction.atomic
def add(
    *,
    weekday: int | None,
    day: date | None,
    opens: time,
    closes: time,
    note: str,
    actor: log.Actor,
    now: datetime,
    today: date,
) -> ExtendedHours:
    """Serve at more hours from today on, each week or on one day. Refused: `hours_of_weekday_or_day`, `hours_end_too_early`, `hours_in_the_past`."""
    if (weekday is None) == (day is None):
        raise Unusable(
            _refused("hours_of_weekday_or_day", "延时服务要么每周一天，要么某一天。", "请只填星期或日期。", "weekday")
        )
    if closes <= opens:
        raise Unusable(_refused("hours_end_too_early", "结束时间要晚于开始时间。", "请改正时间。", "closes"))
    if day is not None and day < today:
        raise Unusable(_refused("hours_in_the_past", "这一天已经过去。", "请填今天或以后的日期。", "day"))
    made = ExtendedHours.objects.create(
        weekday=weekday, day=day, opens=opens, closes=closes, note=note, holds_from=today
    )
    configuration.announce(ExtendedHours, [made.pk], actor=actor, now=now)
    return made


@transaction.atomic
def end(hours: ExtendedHours, *, last_day: date, actor: log.Actor, now: datetime) -> None:
    """Serve at these hours for the last time on this day, or never when they had not begun: then they end on their first day."""
    hours.holds_to = max(last_day, hours.holds_from)
    hours.save(update_fields=["holds_to"])
    configuration.announce(ExtendedHours, [hours.pk], actor=actor, now=now)


def _refused(code: str, sentence: str, remedy: str, field: str) -> Refusal:
    return Refusal(code, sentence, ("D122",), remedy, field)
