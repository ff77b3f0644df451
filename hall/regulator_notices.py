"""Finished readings of what was told to the units that supervise (审管衔接, D158)."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet, Value

from authorization.staff import Staff
from hall.models import RegulatorNotice
from hall.queries import PAGE
from supervision import clocks
from supervision.models import Clock, ClockKind

TAB = "regulator_notices"  # under this name an inbox counts what waits
Mark = tuple[datetime, str]


def told_to(staff: Staff) -> QuerySet[RegulatorNotice]:
    """What was told to this person's unit: of such a case it may know nothing else, unless it is its own."""
    return RegulatorNotice.objects.filter(regulator_id=staff.department_id)


def waiting(staff: Staff, mark: Mark | None) -> list[RegulatorNotice]:
    """A keyset page of what nobody has signed for yet, the oldest first; one row more when there is a next page."""
    rows = told_to(staff).filter(acknowledged_at__isnull=True)
    if mark is not None:
        at, key = mark
        rows = rows.filter(told_at__gte=at).filter(Q(told_at__gt=at) | Q(id__gt=key))
    return list(_shown(rows).order_by("told_at", "id")[: PAGE + 1])


def acknowledged(staff: Staff, mark: Mark | None) -> list[RegulatorNotice]:
    """A keyset page of what was signed for, the newest first."""
    rows = told_to(staff).filter(acknowledged_at__isnull=False)
    if mark is not None:
        at, key = mark
        rows = rows.filter(told_at__lte=at).filter(Q(told_at__lt=at) | Q(id__lt=key))
    return list(_shown(rows).order_by("-told_at", "-id")[: PAGE + 1])


def how_many_wait(staff: Staff) -> int:
    """For the tab and the rail."""
    return told_to(staff).filter(acknowledged_at__isnull=True).count()


def tab(unit: uuid.UUID) -> QuerySet[Any]:
    """The same as an arm of `inbox.counts`."""
    wait = RegulatorNotice.objects.filter(regulator_id=unit, acknowledged_at__isnull=True)
    return wait.annotate(tab=Value(TAB)).values_list("tab")


def clocks_of(told: Sequence[RegulatorNotice]) -> dict[tuple[Any, int], Clock]:
    """The clocks of these rows, by case and round; one statement."""
    kind, cases = ClockKind.ACKNOWLEDGEMENT, {one.case_id for one in told}
    found = Clock.objects.filter(subject_table="hall_case", subject_id__in=cases, kind=kind)
    return {(clock.subject_id, clock.round): clock for clock in found}


def _shown(rows: QuerySet[RegulatorNotice]) -> Any:
    """With what the public decision names: number, item, holder, the unit that decided."""
    joined = rows.select_related("case__version", "case__item__department", "case__applicant", "person")
    return joined.annotate(rule_revision=clocks.revision())
