"""In which state cases lawfully are, as SQL for lists and counts: the twin of `standing.effective_state`, out of the same table."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from hall.models import Case
from hall.standing import BY_LAW
from hall.states import OPEN_STATES, CaseState
from supervision.models import Clock, ClockKind


def lawful(cases: QuerySet[Case], today: date) -> QuerySet[Any]:
    """Annotates `lawful_state`, the state in which each case lawfully is today: the twin in SQL of `standing.effective_state`."""
    return cases.annotate(lawful_state=_told(today, {state: str(state) for state in CaseState}, F("state")))


def by_lawful_state(told: Mapping[CaseState, str], today: date) -> models.Case:
    """What is told of the state in which a case lawfully is today, null where nothing is: each rule of the law is looked at once."""
    written = [models.When(state=state, then=models.Value(text)) for state, text in told.items()]
    return _told(today, told, models.Case(*written, output_field=models.TextField()))


def _told(today: date, told: Mapping[CaseState, str], otherwise: Any) -> models.Case:
    whens = [
        models.When(
            Q(_over(rule.kind, today), rule.where, state__in=rule.verb.sources),
            then=models.Value(told.get(rule.state), output_field=models.TextField()),
        )
        for rule in BY_LAW
    ]
    return models.Case(*whens, default=otherwise, output_field=models.TextField())


def standing_in(cases: QuerySet[Case], states: Iterable[CaseState], today: date) -> QuerySet[Any]:
    """The cases that lawfully stand in one of these states today."""
    return lawful(cases.filter(state__in=OPEN_STATES), today).filter(lawful_state__in=list(states))


def _over(kind: ClockKind, today: date) -> Exists:
    """An open clock of this kind whose last day, for certain, is over."""
    mine = Clock.objects.filter(
        subject_table="hall_case", subject_id=OuterRef("pk"), kind=kind, stopped_at__isnull=True
    )
    return Exists(mine.filter(provisional=False, due_on__lt=today))
