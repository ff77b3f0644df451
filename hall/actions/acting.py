"""What all verbs share: the order of statements of design section 2, and the one writing statement at its end.

(1) shared lock on the letters, (2) the case's row lock, (3) state, power and other checks: a refusal ends here with nothing
written (`begin`), (4) the counter, if a number is needed, (5) one statement that writes record, case, act, clocks and papers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models

from authorization.models import LetterLine
from authorization.staff import Staff
from hall import papers
from hall.models import Act, Case
from hall.states import Verb, power_of
from supervision import clocks, doorbell, log, moment, numbers, protection, receipts
from supervision import papers as press
from supervision.models import Clock, ClockKind, ClockPause, Paper, PaperKind
from supervision.writing import Change, write


@dataclass(slots=True)
class Acting:
    """A verb that may be done: its case is locked, its power found. `seq` is the number its record will have, `now` its instant.

    `staff` and `line` are None where the law itself acts; a line is also None where a role has the power (行政许可法 42).
    `taken` are the numbers it took, by series: its record says so, and a restore knows what was given out (T68). `case_clocks` are all
    clocks of the case; `started` are new, `moved` have another due day; `ran_out` is the clock whose end did what the law does;
    `came_about` is the day of what is only registered now (the signature on a courier's slip).
    """

    verb: Verb
    case: Any
    staff: Staff | None
    line: LetterLine | None
    rules: clocks.Rules
    now: datetime
    seq: int
    case_clocks: list[Clock] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)
    started: list[Clock] = field(default_factory=list)
    moved: list[Clock] = field(default_factory=list)
    ran_out: Clock | None = None
    came_about: date | None = None

    @property
    def today(self) -> date:
        return moment.local_date(self.now)

    @property
    def unit(self) -> str:
        return self.case.item.department.number

    @property
    def actor(self) -> log.Actor:
        return self.staff.actor if self.staff else log.SYSTEM

    @property
    def person(self) -> Staff:
        """Who acts, in a verb that people do."""
        assert self.staff is not None
        return self.staff

    def act(self, opinion: str = "") -> Act:
        """The act that stores who did it and by which line."""
        return Act(
            case=self.case,
            verb=self.verb.name,
            at=self.now,
            person_id=self.staff.person_id if self.staff else None,
            post_id=self.staff.post_id if self.staff else None,
            line_id=self.line.id if self.line else None,
            window_id=self.staff.window_id if self.staff else None,
            opinion=opinion,
            record_seq=self.seq,
        )

    def start(self, kind: ClockKind, limit: clocks.Limit, at: datetime | None = None) -> Clock:
        """Start a clock with this act: the next round of its kind."""
        clock = clocks.start(
            kind,
            limit,
            subject=self.case,
            label=self.case.number,
            unit=self.unit,
            at=at or self.now,
            seq=self.seq,
            calendar=self.rules.calendar,
            round=1 + sum(clock.kind == kind for clock in self.case_clocks),
        )
        self.started.append(clock)
        self.case_clocks.append(clock)
        return clock

    def limit(self, kind: ClockKind) -> clocks.Limit:
        """The general limit of this kind as it holds today."""
        return self.rules.limit(kind, self.today)

    def open_clock(self, kind: ClockKind) -> Clock | None:
        return clocks.open_clock(self.case_clocks, kind)

    def move(self, pauses: Iterable[ClockPause]) -> None:
        """Work the due days of all open clocks out anew, under these pauses of the case."""
        told = list(pauses)
        for clock in self.case_clocks:
            if clock.stopped_on is None and clock.kind in clocks.PAUSABLE:
                self.moved.append(clocks.project(clock, told, seq=self.seq, calendar=self.rules.calendar))

    def ends(self, clock: Clock | None = None) -> tuple[datetime, date]:
        """Instant and day on which a clock, or the case, is over: now; where the law acts with the day that did it, however late that
        is written down. What ran out was not kept: it is over a day later than its last day. What came about earlier ends clocks on
        its day; the instant stays that of the registration, by which the sweep finds what it has not judged yet.
        """
        if self.ran_out is None or self.ran_out.due_on is None:
            return self.now, self.came_about or self.today
        day = self.ran_out.due_on + timedelta(days=clock is not None and clock.id == self.ran_out.id)
        return moment.midnight(self.ran_out.due_on + timedelta(days=1)), day

    def paper(self, facts: dict[str, Any], kind: PaperKind | None = None) -> Paper:
        """The verb's paper (its only one, unless `kind` says which) under the next number of its unit, kind and year."""
        wanted = kind or self.verb.papers[0]
        unit = self.case.item.department
        series = papers.series(wanted, unit, self.today)
        self.taken |= numbers.take([series])
        number = papers.number(wanted, unit, self.today, self.taken[series])
        return papers.register(wanted, self.case, paper_number=number, facts=facts, now=self.now, seq=self.seq)


def acting_on(
    case: Any, verb: Verb, now: datetime, *, staff: Staff | None = None, line: LetterLine | None = None
) -> Acting:
    """An act on a locked case that brought its clocks and the revision of the rules along."""
    rules = clocks.rules_with(case)
    return Acting(verb, case, staff, line, rules, now, case.record_seq + 1, clocks.carried(case))


def finish(
    acting: Acting,
    *,
    act: Act,
    facts: Mapping[str, Any] | None = None,
    changed: Sequence[str] = (),
    rows: Sequence[models.Model | Change] = (),
    papers: Sequence[Paper] = (),
    new: bool = False,
    receipt: bool = False,
    only_round: int | None = None,
) -> Case:
    """Step 5: everything the verb leaves behind, in one statement. `changed` names the case's fields besides its state.

    `receipt` asks for the signed proof that the record exists (T56); `only_round` stops no other round of a kind.
    """
    case: Case = acting.case
    told = {**_told_of_opinion(case, act), **(facts or {})}
    if only_round is not None:
        told["stopped_round"] = only_round
    made = _entry(acting, told, papers)
    case.state = acting.verb.leads_to(case.state)
    case.record_seq = acting.seq
    case.record_digest = made.digest
    fields = ("state", "record_seq", "record_digest", *changed)
    parts: list[models.Model | Change] = [made.record, case if new else Change(case, fields), act]
    parts += [*acting.started, *rows, *(Change(clock, clocks.PROJECTED) for clock in acting.moved), *papers]
    if receipt:
        parts.append(receipts.give(made, label=case.number))
    if papers:
        doorbell.ring("supervision.render_papers")
    parts += _stop(acting, only_round)
    write(*parts)
    return case


def _stop(acting: Acting, only_round: int | None) -> list[Change]:
    """The clocks that the verb stops; those it has just started run on."""
    stopped, started = [], {clock.id for clock in acting.started}
    for clock in acting.case_clocks:
        if clock.kind not in acting.verb.stops or clock.stopped_on or clock.id in started:
            continue
        if only_round in (None, clock.round):
            clock.stopped_at, clock.stopped_on = acting.ends(clock)
            clock.record_seq = acting.seq
            stopped.append(Change(clock, ("stopped_at", "stopped_on", "record_seq")))
    return stopped


def _entry(acting: Acting, facts: Mapping[str, Any], papers: Sequence[Paper]) -> log.Entry:
    """The record of a verb: from which state to which, by which line, which clocks and papers came of it."""
    case, verb = acting.case, acting.verb
    told = dict(facts)
    if acting.ran_out:
        told["by"], told["ran_out"] = acting.ran_out.due_on, str(acting.ran_out.kind)
    if acting.taken:
        told["numbers"] = acting.taken
    if acting.started:
        told["clocks"] = [_told(clock, acting.now) for clock in acting.started]
    if acting.moved:
        told["moved"] = [_told_of_move(clock) for clock in acting.moved]
    if verb.stops:
        told["stopped"] = [kind.value for kind in verb.stops]
    if papers:
        told["paper"], *more = [press.told_in_record(paper) for paper in papers]
        if more:
            told["more_papers"] = more
    return log.entry(
        verb.name,
        log.Subject("hall_case", case.id, acting.seq - 1, bytes(case.record_digest or b"")),
        actor=acting.actor,
        now=acting.now,
        unit=acting.unit,
        from_state=case.state,
        to_state=verb.leads_to(case.state or verb.target or ""),
        power=_power(acting),
        facts=told,
    )


def _power(acting: Acting) -> dict[str, Any]:
    line, wanted = acting.line, power_of(acting.verb, acting.case.state or "")
    if line is None:
        return {"kind": wanted}
    return {"kind": wanted, "line": line.id, "letter": line.letter.number, "row": line.seq}


def _told_of_opinion(case: Case, act: Act) -> dict[str, str]:
    """A commitment only: the record proves what was said of a person and does not say it (trust 2, trap 7)."""
    return {"opinion": said(case, act.opinion)} if act.opinion else {}


def said(case: Case, text: str) -> str:
    """The commitment to what was said about an applicant, "" to nothing; erased with the applicant's row."""
    return protection.commitment(case.applicant.id_number, text) if text else ""


def _told(clock: Clock, now: datetime) -> dict[str, Any]:
    days = {"from": clock.started_on, "due": clock.due_on, "provisional": clock.provisional}
    since = {} if clock.started_at == now else {"since": clock.started_at}
    return {
        "kind": str(clock.kind),
        "round": clock.round,
        "limit": clock.limit,
        "unit": str(clock.time_unit),
        **days,
        **since,
    }


def _told_of_move(clock: Clock) -> dict[str, Any]:
    days = {"due": clock.due_on, "provisional": clock.provisional, "pauses": clock.pauses, "since": clock.paused_since}
    return {"kind": str(clock.kind), "round": clock.round, "extension": clock.extension, **days}
