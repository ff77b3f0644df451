"""Finished readings of 首问登记: whose questions are open, who may see one (D45)."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet

from authorization.models import PostHolding
from authorization.staff import Staff
from hall.models import FirstContact, FirstContactState
from hall.queries import PAGE
from supervision import protection
from supervision.refusals import NotFound

TABLE = "hall_firstcontact"
SEALED = ("asker", "phone", "question", "answer", "reason")
Mark = tuple[datetime, str]


def visible(staff: Staff) -> QuerySet[FirstContact]:
    """The supervision office sees all; anybody else the questions that he was asked first or answers for now."""
    if staff.is_supervisor:
        return FirstContact.objects.all()
    return FirstContact.objects.filter(Q(first_asked_id=staff.person_id) | Q(responsible_id=staff.person_id))


def to_show(staff: Staff, key: uuid.UUID) -> FirstContact:
    """One question with all that its page names; anybody else's is not found."""
    found: FirstContact | None = _shown(visible(staff)).filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def to_act_on(staff: Staff, key: uuid.UUID) -> FirstContact:
    """The same, locked."""
    found = visible(staff).filter(pk=key).select_for_update(of=("self",)).first()
    if found is None:
        raise NotFound
    return found


def of_person(staff: Staff) -> QuerySet[FirstContact]:
    """What this person answers for."""
    return FirstContact.objects.filter(responsible_id=staff.person_id)


def still_open(rows: QuerySet[FirstContact], mark: Mark | None) -> list[FirstContact]:
    """A keyset page of open questions, the oldest first; one row more when there is a next page."""
    rows = rows.filter(state=FirstContactState.OPEN)
    if mark is not None:
        at, key = mark
        rows = rows.filter(asked_at__gte=at).filter(Q(asked_at__gt=at) | Q(id__gt=key))
    return list(_shown(rows).order_by("asked_at", "id")[: PAGE + 1])


def closed(rows: QuerySet[FirstContact], mark: Mark | None) -> list[FirstContact]:
    """A keyset page of closed questions, the newest first."""
    rows = rows.filter(state=FirstContactState.CLOSED)
    if mark is not None:
        at, key = mark
        rows = rows.filter(asked_at__lte=at).filter(Q(asked_at__lt=at) | Q(id__lt=key))
    return list(_shown(rows).order_by("-asked_at", "-id")[: PAGE + 1])


def how_many_open(rows: QuerySet[FirstContact]) -> int:
    return rows.filter(state=FirstContactState.OPEN).count()


def plain(row: FirstContact, column: str) -> str:
    """A sealed value as it was typed; "" where nothing was."""
    envelope = getattr(row, column)
    return protection.unseal(envelope, table=TABLE, column=column, row=row.id) if envelope else ""


def colleagues(staff: Staff, today: date) -> QuerySet[PostHolding]:
    """Who serves a window today, other than this person: to whom a question may be handed over."""
    on_duty = PostHolding.objects.filter(during__contains=today, duties__during__contains=today)
    others = on_duty.exclude(person_id=staff.person_id).select_related("person")
    return others.order_by("duties__window__number", "person__username")


def _shown(rows: QuerySet[FirstContact]) -> Any:
    return rows.select_related("item", "first_asked", "post__department", "window", "responsible", "led_to")
