"""The verbs between the window and the decision: transfer, accept, review, grant, conclude (domain 4.1)."""

from datetime import date, datetime

from django.db import transaction

from authorization.staff import Staff
from catalog.models import CaseKind, ItemKind, ItemVersion
from hall import papers, queries
from hall.actions.acting import Acting, begin, finish
from hall.models import Case, Decision, DecisionKind
from supervision import clocks, moment, numbers
from supervision.clocks import Limit
from supervision.models import Clock, ClockKind, Paper, PaperKind
from supervision.workdays import TimeUnit


@transaction.atomic
def transfer(number: str, *, staff: Staff, now: datetime, seq: int | None = None) -> Case:
    """The window hands the papers to the unit's one section (D2, D37); both sides sign the slip."""
    acting = begin("transfer", number, staff=staff, now=now, seq=seq)
    handed = queries.materials_of(acting.case)
    facts = papers.transfer_slip(acting.case, handed, window=staff.window_name, person=staff.name, now=acting.now)
    return finish(acting, act=acting.act(), paper=numbered_paper(acting, facts))


@transaction.atomic
def accept(number: str, *, staff: Staff, now: datetime, seq: int | None = None, opinion: str = "") -> Case:
    """The unit takes the application as complete and lawful: promised and statutory time run from today (行政许可法 32, 42, 82).

    A licence counts as accepted since the receipt once the notice period is over: both run from that day (L10).
    """
    acting = begin("accept", number, staff=staff, now=now, seq=seq)
    case = acting.case
    since = _accepted_since(acting)
    case.promised = acting.start(ClockKind.PROMISED, promised_limit(case.version), at=since)
    if case.statutory is None:
        case.statutory = start_statutory(acting, case.version, at=since)
    case.accepted_at, case.handler_id = since, staff.person_id
    on = moment.local_date(since)
    facts = papers.acceptance_notice(
        case, on=on, promised_due=case.promised.due_on, statutory_due=_due(case.statutory), contact=staff.name
    )
    return finish(
        acting,
        act=acting.act(opinion),
        changed=("promised", "statutory", "accepted_at", "handler"),
        paper=numbered_paper(acting, facts),
        facts={"accepted_on": on, "deemed": since != acting.now},
    )


@transaction.atomic
def review(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """The section examines and proposes; the opinion goes into the decision and is open to the applicant."""
    acting = begin("review", number, staff=staff, now=now, seq=seq)
    return finish(acting, act=acting.act(opinion))


@transaction.atomic
def grant(number: str, *, staff: Staff, now: datetime, opinion: str, seq: int | None = None) -> Case:
    """The post that holds 审批 decides in the unit's name; delivery time runs from the decision (行政许可法 38, 44)."""
    acting = begin("grant", number, staff=staff, now=now, seq=seq)
    case = acting.case
    delivery = acting.start(ClockKind.DELIVERY, acting.rules.limit(ClockKind.DELIVERY, acting.today))
    facts = papers.decision(case, on=acting.today, findings=opinion, delivery_due=delivery.due_on)
    paper = numbered_paper(acting, facts)
    act = acting.act(opinion)
    decision = Decision(
        case=case,
        act=act,
        kind=DecisionKind.GRANT,
        decided_on=acting.today,
        paper_number=paper.number,
        record_seq=acting.seq,
    )
    case.decided_at = acting.now
    told = {"decision": DecisionKind.GRANT.value, "decided_on": acting.today}
    return finish(acting, act=act, changed=("decided_at",), rows=[decision], paper=paper, facts=told)


@transaction.atomic
def conclude(number: str, *, staff: Staff, now: datetime, seq: int | None = None, opinion: str = "") -> Case:
    """办结: the promised clock stops. The record says whether the promise was kept, so figures need nothing but the log (D40, D44)."""
    acting = begin("conclude", number, staff=staff, now=now, seq=seq)
    case = acting.case
    case.concluded_at = acting.now
    return finish(acting, act=acting.act(opinion), changed=("concluded_at",), facts=_kept(acting))


def promised_limit(version: ItemVersion) -> Limit:
    if version.case_kind == CaseKind.IMMEDIATE:
        return Limit(0, TimeUnit.IMMEDIATE)
    return Limit(version.promised_limit, TimeUnit.WORKDAY)


def start_statutory(acting: Acting, version: ItemVersion, at: datetime | None = None) -> Clock | None:
    """The statutory clock, where a law sets a limit (G19: about a tenth of real rows have none)."""
    if version.statutory_limit is None:
        return None
    return acting.start(ClockKind.STATUTORY, Limit(version.statutory_limit, version.statutory_unit), at=at)


def _accepted_since(acting: Acting) -> datetime:
    """Now; of a licence the receipt, when nothing was said in the notice period: no other kind of item is under this law.

    A period that ends beyond the known calendar takes nothing away (L31).
    """
    case, known_until = acting.case, acting.rules.calendar.last_known
    notice_due: date | None = case.notice_due  # type: ignore[attr-defined]
    if case.item.kind != ItemKind.LICENCE or notice_due is None or notice_due > known_until:
        return acting.now
    return case.received_at if case.received_at and acting.today > notice_due else acting.now


def numbered_paper(acting: Acting, facts: dict[str, object]) -> Paper:
    """The verb's paper under the next number of its unit, kind and year."""
    kind = PaperKind(str(acting.verb.paper))
    unit = acting.case.item.department
    wanted = papers.series(kind, unit, acting.today)
    acting.taken |= numbers.take([wanted])
    paper_number = papers.number(kind, unit, acting.today, acting.taken[wanted])
    return papers.register(kind, acting.case, paper_number=paper_number, facts=facts, now=acting.now, seq=acting.seq)


def _kept(acting: Acting) -> dict[str, object]:
    promised = acting.case.promised
    assert promised is not None
    return {
        "promised": acting.case.version.case_kind == CaseKind.PROMISED,
        "due": promised.due_on,
        "on_time": promised.due_on is None or promised.provisional or acting.today <= promised.due_on,
        "used_workdays": clocks.used_days(promised, acting.today, acting.rules.calendar),
        "closing": acting.case.version.closing_form,
    }


def _due(clock: Clock | None) -> date | None:
    return clock.due_on if clock else None
