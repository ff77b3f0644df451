"""Finished readings of 首问登记: whose questions are open, who may see one (D45)."""

import uuid
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from authorization.models import PostHolding
from authorization.staff import Staff
from hall.models import FirstContact, FirstContactState
from hall.queries import PAGE
from supervision import protection
from supervision.refusals import NotFound

TABLE = "hall_firstcontact"
SEALED = ("asker", "phone", "question", "answer")
REASONS = "reasons"  # sealed as well, a list: one for each change of who answers
Mark = tuple[datetime, str]


def unattended(today: date) -> Q:
    """Open, and who answers for it can do nothing any more: his account is not in use, or he holds no post today."""
    in_post = PostHolding.objects.filter(person=OuterRef("responsible"), person__is_active=True, during__contains=today)
    return Q(state=FirstContactState.OPEN) & ~Q(Exists(in_post))


def visible(staff: Staff, today: date) -> QuerySet[FirstContact]:
    """The supervision office sees all; anybody else the questions that he was asked first or answers for now, and whoever serves a
    window those that wait for somebody to take them over.
    """
    if staff.is_supervisor:
        return FirstContact.objects.all()
    own = Q(first_asked_id=staff.person_id) | Q(responsible_id=staff.person_id)
    return FirstContact.objects.filter(own | unattended(today) if staff.is_clerk else own)


def to_show(staff: Staff, key: uuid.UUID, today: date) -> Any:
    """One question with all that its page names, and `is_unattended`; anybody else's is not found."""
    found = _shown(visible(staff, today), today).filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def to_act_on(staff: Staff, key: uuid.UUID, today: date) -> FirstContact:
    """The same, locked."""
    found = visible(staff, today).filter(pk=key).select_for_update(of=("self",)).first()
    if found is None:
        raise NotFound
    return found


def of_person(staff: Staff) -> QuerySet[FirstContact]:
    """What this person answers for."""
    return FirstContact.objects.filter(responsible_id=staff.person_id)


def to_take_over(today: date) -> QuerySet[FirstContact]:
    """What anybody on window duty may take over."""
    return FirstContact.objects.filter(unattended(today))


def still_open(rows: QuerySet[FirstContact], mark: Mark | None, today: date) -> list[Any]:
    """A keyset page of open questions, the oldest first; one row more when there is a next page."""
    rows = rows.filter(state=FirstContactState.OPEN)
    if mark is not None:
        at, key = mark
        rows = rows.filter(asked_at__gte=at).filter(Q(asked_at__gt=at) | Q(id__gt=key))
    return list(_shown(rows, today).order_by("asked_at", "id")[: PAGE + 1])


def closed(rows: QuerySet[FirstContact], mark: Mark | None, today: date) -> list[Any]:
    """A keyset page of closed questions, the newest first."""
    rows = rows.filter(state=FirstContactState.CLOSED)
    if mark is not None:
        at, key = mark
        rows = rows.filter(asked_at__lte=at).filter(Q(asked_at__lt=at) | Q(id__lt=key))
    return list(_shown(rows, today).order_by("-asked_at", "-id")[: PAGE + 1])


def how_many_wait(staff: Staff, today: date) -> tuple[int, int]:
    """Open questions that this person answers for, and those that wait to be taken over; one statement."""
    told = FirstContact.objects.filter(state=FirstContactState.OPEN).aggregate(
        own=Count("id", filter=Q(responsible_id=staff.person_id)), unattended=Count("id", filter=unattended(today))
    )
    return told["own"], told["unattended"]


def plain(row: FirstContact, column: str) -> str:
    """A sealed value as it was typed; "" where nothing was."""
    envelope = getattr(row, column)
    return protection.unseal(envelope, table=TABLE, column=column, row=row.id) if envelope else ""


def plain_reasons(row: FirstContact) -> list[str]:
    """Why it changed hands, each time, the first first."""
    return [protection.unseal(one, table=TABLE, column=REASONS, row=row.id) for one in row.reasons]


def colleagues(staff: Staff, today: date) -> QuerySet[PostHolding]:
    """Who serves a window today, other than this person: to whom a question may be handed over."""
    on_duty = PostHolding.objects.filter(during__contains=today, duties__during__contains=today, person__is_active=True)
    others = on_duty.exclude(person_id=staff.person_id).select_related("person")
    return others.order_by("duties__window__number", "person__username")


def _shown(rows: QuerySet[FirstContact], today: date) -> Any:
    joined = rows.select_related("item", "first_asked", "post__department", "window", "responsible", "led_to")
    return joined.annotate(is_unattended=unattended(today))
