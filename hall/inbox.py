"""An approver's inbox: what this post may do next, and on what its unit is asked. Nothing is stored per task (design 2)."""

import uuid
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Value

from authorization import power
from authorization.models import LetterKind
from authorization.staff import Staff
from hall import queries, regulator_notices
from hall.lawful import by_lawful_state, lawful
from hall.models import Case
from hall.sight import Sight, seen
from hall.states import OPEN_STATES, CaseState, verb_after
from supervision import moment
from supervision.readings import Reading

OPINIONS = "opinions"
_STAGES = {
    state: verb.power
    for state in CaseState
    if state in OPEN_STATES and (verb := verb_after(state)) and verb.power not in power.COUNTER_ACTS
}


def counts(staff: Staff, now: datetime) -> dict[str, int]:
    """How many cases of an inbox stand in each lawful state, under `OPINIONS` on how many this unit is asked, and under
    `regulator_notices.TAB` what it was told and has not signed for; one statement.
    """
    return {tab: count for tab, count in _COUNTS.rows(**_of(staff, now)) if count}


def cases(staff: Staff, now: datetime, states: Iterable[CaseState], limit: int) -> list[Case]:
    """The cases whose next step this post may take now, of these lawful states or of all, the most pressing first."""
    return _CASES.rows(tuple(states), limit, **_of(staff, now))


def opinions(staff: Staff, limit: int) -> list[Case]:
    """The cases of other units on which this unit's opinion is awaited, the most pressing first."""
    return list(queries.most_pressing(queries.opinions_asked(staff.department_id))[:limit])


def _of(staff: Staff, now: datetime) -> dict[str, Any]:
    return {"unit": staff.department_id, "post": staff.post_id, "now": now, "today": moment.local_date(now)}


def _mine(*, unit: uuid.UUID, post: uuid.UUID, now: datetime, today: date) -> QuerySet[Any]:
    """Of this unit alone: its letter gives power over its own items."""
    lines = power.in_force_on(now, today).filter(letter__kind=LetterKind.SIGNING, post_id=post, item=OuterRef("item"))
    waiting = seen(Sight.UNIT, unit=unit).filter(state__in=OPEN_STATES).exclude(queries.NOTHING_TO_CERTIFY)
    placed: Any = lawful(waiting, today).alias(stage=by_lawful_state(_STAGES, today))
    return placed.filter(Exists(lines.filter(powers__contains=[OuterRef("stage")])))


def _counts(**mine: Any) -> QuerySet[Any, tuple[str, int]]:
    by_state = _mine(**mine).order_by().values_list("lawful_state").annotate(count=Count("id"))
    asked: Any = queries.opinions_asked(mine["unit"]).annotate(tab=Value(OPINIONS)).values_list("tab")
    tabs = (asked, regulator_notices.tab(mine["unit"]))
    return by_state.union(*(tab.order_by().annotate(count=Count("id")) for tab in tabs), all=True)


def _cases(states: tuple[CaseState, ...], limit: int, **mine: Any) -> QuerySet[Case]:
    found = _mine(**mine)
    return queries.most_pressing(found.filter(lawful_state__in=states) if states else found)[:limit]


_COUNTS: Reading[tuple[str, int]] = Reading(_counts)
_CASES: Reading[Case] = Reading(_cases)
