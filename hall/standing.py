"""How a case stands on a day: which of its clocks is being asked, and what that clock says. Pure; nothing is stored."""

from datetime import date

from hall.models import Case
from hall.states import NEXT_CLOCK, CaseState
from supervision import moment
from supervision.clocks import Rules
from supervision.judging import ClockFacts, Standing, judge
from supervision.models import Clock, ClockKind
from supervision.workdays import TimeUnit


def facts_of(clock: Clock, statutory: Clock | None = None) -> ClockFacts:
    """A stored clock as `judging` reads it; a promise also knows the statute, unless that was kept before it was."""
    twin = statutory if clock.kind == ClockKind.PROMISED and not _kept(statutory) else None
    return ClockFacts(
        kind=clock.kind,
        start=clock.started_on,
        limit=clock.limit,
        unit=clock.time_unit,
        due_on=clock.due_on,
        provisional=clock.provisional,
        stopped_on=clock.stopped_on,
        statutory_due=twin.due_on if twin else None,
        statutory_unit=twin.time_unit if twin else TimeUnit.WORKDAY,
    )


def standing_of(case: Case, today: date, rules: Rules) -> Standing | None:
    """The standing of the promised clock of a case with the statute beside it; None before acceptance."""
    if case.promised is None:
        return None
    return judge(facts_of(case.promised, case.statutory), today, calendar=rules.calendar, near=rules.near(today))


def standing_of_step(case: Case, today: date, rules: Rules) -> Standing | None:
    """What is due next, for lists: before acceptance the transfer or the notice, after the conclusion the delivery.

    The case comes from `queries.listed`, which brings the due days of these three along.
    """
    kind = NEXT_CLOCK.get(CaseState(case.state))
    if kind is None:
        return standing_of(case, today, rules)
    due_on: date | None = getattr(case, f"{kind.value}_due")
    if due_on is None:
        return None
    started = case.decided_at if kind == ClockKind.DELIVERY else case.received_at
    if started is None:
        return None
    start = moment.local_date(started)
    limit = rules.limit(kind, start)
    facts = ClockFacts(kind=kind.value, start=start, limit=limit.count, unit=limit.unit, due_on=due_on)
    return judge(facts, today, calendar=rules.calendar, near=rules.near(today))


def _kept(clock: Clock | None) -> bool:
    """The decision came in time: what the promise still waits for can no longer break the statute."""
    return (
        clock is not None
        and clock.stopped_on is not None
        and clock.due_on is not None
        and clock.stopped_on <= clock.due_on
    )
