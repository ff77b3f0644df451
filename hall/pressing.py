"""What is near its limit, due today or late, for the supervision office: judged by the database, whatever number of rows is shown.

What the law has overtaken and nobody has written down is brought apart, to be judged where the law is (`standing`): the sweep keeps it few.
"""

from datetime import date
from typing import Any

from django.db.models import Case as Choice
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value, When

from hall import queries
from hall.lawful import lawful
from hall.models import Case
from hall.states import NEXT_CLOCK
from supervision import standing_sql
from supervision.clocks import Rules
from supervision.judging import DueState
from supervision.models import Clock, ClockKind

STATES = (DueState.NEAR, DueState.TODAY, DueState.LATE, DueState.UNLAWFUL)
_LONGEST_PROMISE = 100  # working days; beyond its nearness nothing can be pressing


def counts(waiting: QuerySet[Case], today: date, rules: Rules) -> dict[str, int]:
    """How many of these cases stand how, by their next limit: a `DueState` and its number; without those that `overtaken` brings."""
    return standing_sql.counts(_next_clocks(_as_written(waiting, today)), today, rules.near(today))


def cases(waiting: QuerySet[Case], today: date, rules: Rules, limit: int) -> list[Case]:
    """The cases whose next limit is near, today or past, the most pressing first; without those that `overtaken` brings."""
    near = rules.near(today)
    judged: Any = standing_sql.with_standing(_next_clocks(waiting), today, near, "state")
    horizon = rules.calendar.add_workdays(today, near.reach(_LONGEST_PROMISE))
    found = _as_written(waiting, today).filter(pk__in=judged.filter(state__in=STATES).values("subject_id"))
    return list(queries.most_pressing(found, until=horizon)[:limit])


def overtaken(waiting: QuerySet[Case], today: date) -> list[Case]:
    """The cases that lawfully stand elsewhere today than it is written, with all that a row shows."""
    return list(queries.listed(lawful(waiting, today).exclude(lawful_state=F("state"))))


def _as_written(waiting: QuerySet[Case], today: date) -> QuerySet[Any]:
    return lawful(waiting, today).filter(lawful_state=F("state"))


def _next_clocks(waiting: QuerySet[Any]) -> QuerySet[Clock]:
    """The open clock that says what is due next, of each case that has one."""
    steps = [When(state=state, then=Value(str(kind))) for state, kind in NEXT_CLOCK.items()]
    kind = Choice(*steps, default=Value(str(ClockKind.PROMISED)), output_field=TextField())
    of_case = waiting.order_by().annotate(next_kind=kind).filter(pk=OuterRef("subject_id"), next_kind=OuterRef("kind"))
    return Clock.objects.filter(Q(Exists(of_case)), subject_table="hall_case", stopped_at__isnull=True)
