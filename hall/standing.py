"""How a case stands on a day: its clocks, and what the day itself has done to it. Pure; nothing is stored."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from catalog.models import GapOutcome, ItemKind
from hall.models import Case
from hall.states import NEXT_CLOCK, VERBS, CaseState, Verb
from supervision import clocks
from supervision.clocks import Rules
from supervision.judging import ClockFacts, Standing, judge
from supervision.models import Clock, ClockKind
from supervision.workdays import TimeUnit

S, K = CaseState, ClockKind


@dataclass(frozen=True, slots=True)
class ByLaw:
    """What the law did to a case without anybody: by which rule, and the day whose end did it (`clock.due_on`)."""

    rule: "Rule"
    clock: Clock

    @property
    def verb(self) -> Verb:
        return self.rule.verb

    @property
    def state(self) -> CaseState:
        return self.rule.state


def by_law(case: Any, today: date) -> ByLaw | None:
    """What has happened to this case by the passing of a day and is not yet on record; None when nothing has (L10, domain 3.4).

    A licence about which nothing was said in the notice period counts as accepted since its materials were in; corrections and
    supplements that did not come end the case. The case brings its clocks along (`clocks.rows_of`).
    """
    running, calendar = clocks.carried(case), clocks.rules_with(case).calendar
    for rule in BY_LAW:
        if case.state in rule.verb.sources and rule.holds(case):
            clock = clocks.passed(running, rule.kind, today, calendar)
            if clock:
                return ByLaw(rule, clock)
    return None


def effective_state(case: Any, today: date) -> CaseState:
    """The state in which a case lawfully is today, whatever was written down (design decision 4)."""
    happened = by_law(case, today)
    return happened.state if happened else CaseState(case.state)


@dataclass(frozen=True, slots=True)
class Rule:
    """What the end of a clock does to a case of which this holds; `where` says the same in SQL (hall/lawful.py)."""

    verb: Verb
    kind: ClockKind
    holds: Callable[[Any], bool]
    where: Q

    @property
    def state(self) -> CaseState:
        assert self.verb.target is not None
        return self.verb.target


BY_LAW = (
    Rule(
        VERBS["deem_accepted"],
        K.NOTICE,
        lambda case: case.item.kind == ItemKind.LICENCE,
        Q(item__kind=ItemKind.LICENCE),
    ),
    Rule(VERBS["lapse_corrections"], K.CORRECTION, lambda case: True, Q()),
    Rule(
        VERBS["lapse_gaps"],
        K.SUPPLEMENT,
        lambda case: case.gaps_open and case.version.gap_end == GapOutcome.WITHDRAWN,
        Q(gaps_open=True) & ~Q(version__gap_outcome=GapOutcome.REFUSED),
    ),
)


def gaps_to_refuse(case: Any, today: date) -> Clock | None:
    """The supplement period that went by without the gaps of a case that its guide then lets be refused; None for any other case.

    The law ends nothing here: only the unit can decide, and nothing is left to it but to refuse (domain 3.4).
    """
    if not case.gaps_open or case.version.gap_end != GapOutcome.REFUSED:
        return None
    return clocks.passed(clocks.carried(case), K.SUPPLEMENT, today, clocks.rules_with(case).calendar)


def refusal_name(case: Any) -> str:
    """What a refusal of this case is called: only a licence is a 许可."""
    return "不予许可" if case.item.kind == ItemKind.LICENCE else "不予办理"


def accepted_since(case: Case) -> datetime:
    """From when an application counts that is accepted by law: since all corrections, else since all materials were in (L10, L11)."""
    since = case.corrected_at or case.received_at
    assert since is not None
    return since


def is_paused(running: Iterable[Clock]) -> bool:
    """Is the result of a special procedure awaited?"""
    return clocks.open_clock(running, K.SPECIAL) is not None


def facts_of(clock: Clock, statutory: Clock | None = None) -> ClockFacts:
    """A stored clock as `judging` reads it; a promise also knows the statute, unless that was kept before it was."""
    twin = statutory if clock.kind == K.PROMISED and not _kept(statutory) else None
    return ClockFacts(
        kind=clock.kind,
        start=clock.started_on,
        limit=clock.limit,
        unit=clock.time_unit,
        due_on=clock.due_on,
        provisional=clock.provisional,
        pauses=clocks.spans_of(clock),
        paused_since=clock.paused_since,
        extension=clock.extension,
        stopped_on=clock.stopped_on,
        statutory_due=twin.due_on if twin else None,
        statutory_unit=twin.time_unit if twin else TimeUnit.WORKDAY,
    )


def standing_of(case: Case, today: date, rules: Rules) -> Standing | None:
    """The standing of the promised clock of a case with the statute beside it; None before acceptance."""
    if case.promised is None:
        return None
    return judge(facts_of(case.promised, case.statutory), today, calendar=rules.calendar, near=rules.near(today))


def standing_of_step(case: Any, today: date, rules: Rules) -> Standing | None:
    """What is due next, for lists: before acceptance the transfer or the notice, after the conclusion the delivery.

    The case brings its clocks along (`queries.listed`). Where the law has gone ahead of the record, its promise has not been
    written yet and is worked out.
    """
    happened = by_law(case, today)
    if happened is not None and happened.verb.name == "deem_accepted":
        promised, statutory = expected_clocks(case, rules)
        return judge(facts_of(promised, statutory), today, calendar=rules.calendar, near=rules.near(today))
    state = happened.state if happened else S(case.state)
    kind = NEXT_CLOCK.get(state)
    if kind is None:
        return standing_of(case, today, rules)
    clock = clocks.open_clock(clocks.carried(case), kind)
    return judge(facts_of(clock), today, calendar=rules.calendar, near=rules.near(today)) if clock else None


def expected_clocks(case: Any, rules: Rules) -> tuple[Clock, Clock | None]:
    """Promise and statute of a case that counts as accepted, as the next verb will write them."""
    at = accepted_since(case)
    made = {
        "subject": case,
        "label": case.number,
        "unit": case.number[:3],
        "at": at,
        "seq": 0,
        "calendar": rules.calendar,
    }
    promised = clocks.start(K.PROMISED, case.version.promise, **made)
    limit = case.version.statute
    statutory = clocks.open_clock(clocks.carried(case), K.STATUTORY)
    return promised, statutory or (clocks.start(K.STATUTORY, limit, **made) if limit else None)


def _kept(clock: Clock | None) -> bool:
    """The decision came in time: what the promise still waits for can no longer break the statute."""
    return (
        clock is not None
        and clock.stopped_on is not None
        and clock.due_on is not None
        and clock.stopped_on <= clock.due_on
    )
