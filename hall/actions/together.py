"""Who works on a case with whom: the opinion of another unit, and the hand-over between holders (D116, D150)."""

from datetime import datetime

from django.db import transaction

from authorization.staff import Staff
from hall import papers, queries, requirements
from hall.actions.acting import finish, said
from hall.actions.begin import begin
from hall.models import Case, JointOpinion
from supervision.clocks import Limit
from supervision.models import ClockKind
from supervision.workdays import TimeUnit
from supervision.writing import Change


@transaction.atomic
def ask_opinion(
    number: str,
    *,
    staff: Staff,
    now: datetime,
    unit: str,
    question: str,
    days: int | None = None,
    seq: int | None = None,
) -> Case:
    """Another unit (by its number) is asked for its opinion within so many working days; its clock is its own, the case's run on.

    Refused `unknown_unit`, `own_unit`, `opinion_awaited`.
    """
    acting = begin("ask_opinion", number, staff=staff, now=now, seq=seq)
    case = acting.case
    opinions = list(case.opinions.select_related("department"))
    asked = requirements.require_askable(unit, case, opinions)
    limit = Limit(days, TimeUnit.WORKDAY) if days else acting.limit(ClockKind.JOINT_OPINION)
    clock = acting.start(ClockKind.JOINT_OPINION, limit)
    clock.unit = asked.number
    opinion = JointOpinion(
        case=case,
        round=clock.round,
        department=asked,
        question=question,
        asked_at=acting.now,
        record_seq=acting.seq,
    )
    facts = papers.opinion_request(case, on=acting.today, to_unit=asked.name, question=question, due=clock.due_on)
    told = {"round": clock.round, "unit": asked.number, "question": said(case, question)}
    return finish(acting, act=acting.act(), rows=[opinion], papers=[acting.paper(facts)], facts={"opinion_asked": told})


@transaction.atomic
def give_opinion(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """The asked unit answers; its clock stops, and no other unit's."""
    acting = begin("give_opinion", number, staff=staff, now=now, seq=seq)
    case = acting.case
    asked = queries.opinion_awaited(case, staff)
    asked.answer, asked.answered_at, asked.person_id = opinion, acting.now, staff.person_id
    asked.record_seq = acting.seq
    told = {"round": asked.round, "answer": said(case, opinion)}
    changed = Change(asked, ("answer", "answered_at", "person", "record_seq"))
    return finish(acting, act=acting.act(), rows=[changed], facts={"opinion_given": told}, only_round=asked.round)


@transaction.atomic
def hand_over(number: str, *, staff: Staff, now: datetime, to: str, reason: str, seq: int | None = None) -> Case:
    """The holder gives the case to somebody else who holds the post (by account), with a reason (岗位责任制). Refused `no_holder`."""
    acting = begin("hand_over", number, staff=staff, now=now, seq=seq)
    assert acting.line is not None
    acting.case.handler_id = requirements.require_holder(acting.line, to, acting.today).person_id
    told = {"handler": acting.case.handler_id}
    return finish(acting, act=acting.act(reason), changed=("handler",), facts=told)


@transaction.atomic
def take_back(number: str, *, staff: Staff, now: datetime, reason: str, seq: int | None = None) -> Case:
    """Whoever holds the post takes the case to himself, with a reason. Refused `already_handler`."""
    acting = begin("take_back", number, staff=staff, now=now, seq=seq)
    requirements.require_not_handler(acting.case, staff)
    acting.case.handler_id = staff.person_id
    return finish(acting, act=acting.act(reason), changed=("handler",), facts={"handler": staff.person_id})
