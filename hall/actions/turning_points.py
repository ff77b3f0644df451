"""Acceptance and end of a case, as people and the law alike write them."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import models

from catalog.models import ProcedureStep
from hall import papers
from hall.actions.acting import Acting, finish
from hall.models import Case, ConclusionKind
from hall.states import CaseState
from supervision import moment
from supervision.clocks import Limit
from supervision.models import Clock, ClockKind, Paper
from supervision.workdays import TimeUnit

# The steps of a guide that have a clock of their own, by the state in which they are done (R5).
STEPS = {CaseState.ACCEPTED: "审核", CaseState.REVIEWED: "审批"}


def start_clocks(acting: Acting, since: datetime) -> None:
    """Promise, statute and the first step run from the day of acceptance (行政许可法 42, 82); the case points to the first two."""
    case = acting.case
    case.promised = acting.start(ClockKind.PROMISED, case.version.promise, at=since)
    if acting.open_clock(ClockKind.STATUTORY) is None:
        case.statutory = start_statutory(acting, at=since)
    start_step(acting, CaseState.ACCEPTED, at=since)


def start_statutory(acting: Acting, at: datetime | None = None) -> Clock | None:
    """The statutory clock, where a law sets a limit (G19: about a tenth of real rows have none)."""
    statute = acting.case.version.statute
    return acting.start(ClockKind.STATUTORY, statute, at=at) if statute else None


def start_step(acting: Acting, state: CaseState, at: datetime | None = None) -> None:
    """The clock of the step that is done in this state, where the guide gives it days of its own."""
    steps = ProcedureStep.objects.filter(version_id=acting.case.version_id, name=STEPS[state]).values_list(
        "workdays", flat=True
    )
    workdays = sum(steps)
    if workdays:
        acting.start(ClockKind.STEP, Limit(workdays, TimeUnit.WORKDAY), at=at)


def accepted(
    acting: Acting,
    *,
    since: datetime,
    told: Mapping[str, Any],
    notices: Sequence[Paper],
    changed: Sequence[str] = (),
    rows: Sequence[models.Model] = (),
    opinion: str = "",
) -> Case:
    """The application is accepted since this instant (`start_clocks` comes before); these papers say so."""
    case = acting.case
    case.accepted_at = since
    case.handler_id = acting.staff.person_id if acting.staff else None
    return finish(
        acting,
        act=acting.act(opinion),
        changed=("promised", "statutory", "accepted_at", "handler", *changed),
        rows=rows,
        papers=notices,
        facts={"accepted_on": moment.local_date(since), "since": since, **told},
    )


def told_on(acting: Acting, accepted_on: date) -> date | None:
    """The day that the notice bears, where the application counts as accepted since an earlier one: nothing is dated back."""
    return None if accepted_on == acting.today else acting.today


def acceptance_facts(acting: Acting, since: datetime, **more: Any) -> dict[str, Any]:
    """What the notice of acceptance says, of people's and of the law's."""
    case, on = acting.case, moment.local_date(since)
    return papers.acceptance_notice(
        case,
        on=on,
        told_on=told_on(acting, on),
        corrected=case.corrected_at is not None,
        promised_due=case.promised.due_on,
        statutory_due=case.statutory.due_on if case.statutory else None,
        contact=acting.staff.name if acting.staff else case.item.department.section.name,
        **more,
    )


def ended(
    acting: Acting,
    kind: ConclusionKind,
    notice: Paper | None,
    opinion: str = "",
    *,
    rows: Sequence[models.Model] = (),
    told: Mapping[str, Any] | None = None,
) -> Case:
    """The case is over: how in the words of the exchange, since when, and the notice that says so."""
    acting.case.ended_at, acting.case.conclusion, acting.case.gaps_open = acting.ends()[0], kind, False
    return finish(
        acting,
        act=acting.act(opinion),
        changed=("ended_at", "conclusion", "gaps_open"),
        rows=rows,
        papers=[notice] if notice else [],
        facts={"conclusion": kind.value, **(told or {})},
    )
