"""How a verb was answered, in one word: what the tests of the life of a case assert."""

from datetime import date
from typing import Any

from django.db import transaction

from hall.models import Case
from supervision.models import Clock, ClockKind
from supervision.refusals import NotFound, Refused
from tests import builders


def heard(verb: str, case: Case, at: str, **words: Any) -> str:
    """The verb, tried on this case at this instant: "done", "404", or the code of the refusal. Whatever it did is undone."""
    try:
        with transaction.atomic():
            builders.act(verb, case, now=builders.at(at), **words)
            transaction.set_rollback(True)
    except NotFound:
        return "404"
    except Refused as refused:
        return refused.refusal.code
    return "done"


def lead(case: Case, *steps: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> Case:
    """Verbs of a case at their instants, in order: (verb, instant, words)."""
    for verb, instant, *more in steps:
        case = builders.act(verb, case, now=builders.at(instant), **(more[0] if more else {}))
    return Case.objects.get(pk=case.pk)


def clock_of(case: Case, kind: ClockKind, round: int = 1) -> Clock:
    return Clock.objects.get(subject_table="hall_case", subject_id=case.pk, kind=kind, round=round)


def due(case: Case, *kinds: ClockKind) -> list[str | None]:
    """The due days of these clocks, as the calendar spells them."""
    days = [clock_of(case, kind).due_on for kind in kinds]
    return [_iso(day) for day in days]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
