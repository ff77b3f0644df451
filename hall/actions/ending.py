"""How a case ends before its time: withdrawn by the applicant, void as a recorded error, forwarded to a higher authority."""

from datetime import datetime

from django.db import transaction

from authorization.staff import Staff
from hall import papers, requirements
from hall.actions.begin import begin
from hall.actions.to_regulator import tell_of_change
from hall.actions.turning_points import ended
from hall.models import Case, ConclusionKind, RegulatorNoticeKind


@transaction.atomic
def withdraw(number: str, *, staff: Staff, now: datetime, reason: str, seq: int | None = None) -> Case:
    """The applicant takes the application back at the window, at any time before the decision; all clocks stop."""
    acting = begin("withdraw", number, staff=staff, now=now, seq=seq)
    facts = papers.end_notice(acting.case, on=acting.today, ground="withdrawn", reason=reason)
    return ended(acting, ConclusionKind.RETURNED, acting.paper(facts), reason)


@transaction.atomic
def void(
    number: str, *, staff: Staff, now: datetime, reason: str, registered_in_error: bool = False, seq: int | None = None
) -> Case:
    """Made in error: the case stays on record and ends (作废). `registered_in_error` means that it should never have been one (删除).

    A regulator that was told of the decision is told of this too (D158).
    """
    acting = begin("void", number, staff=staff, now=now, seq=seq)
    kind = ConclusionKind.DELETED if registered_in_error else ConclusionKind.VOIDED
    notice = acting.paper(papers.end_notice(acting.case, on=acting.today, ground="voided", reason=reason))
    told = tell_of_change(acting, RegulatorNoticeKind.VOIDED, notice.number)
    return ended(acting, kind, notice, reason, rows=told.rows, told=told.facts)


@transaction.atomic
def forward_up(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """The unit's examination is done and a higher authority decides (L18); the opinion goes up with the papers."""
    acting = begin("forward_up", number, staff=staff, now=now, seq=seq)
    requirements.require_verified(acting.case)
    return ended(acting, ConclusionKind.FORWARDED_UP, None, opinion)
