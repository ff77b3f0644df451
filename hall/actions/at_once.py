"""即办件: received, examined, decided and concluded in one go, by the chief representative or the section (D65, D116; 行政许可法 34)."""

from datetime import datetime

from django.db import transaction

from authorization.staff import Staff
from catalog.models import CaseKind
from hall import queries
from hall.actions.acceptance import accept
from hall.actions.handling import conclude, grant, review
from hall.models import Case
from supervision.refusals import Refusal, Refused


@transaction.atomic
def settle_at_once(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """Every step to the conclusion in one transaction, one record each; all of them or none. Refused `not_at_once`."""
    if not queries.is_of_kind(number, CaseKind.IMMEDIATE):
        raise Refused(Refusal("not_at_once", "这一件不是即办件，不能当场办结。", ("D65", "D116"), "请按环节办理。"))
    accept(number, staff=staff, now=now, seq=seq)
    review(number, staff=staff, now=now, opinion=opinion)
    grant(number, staff=staff, now=now, opinion=opinion)
    return conclude(number, staff=staff, now=now)
