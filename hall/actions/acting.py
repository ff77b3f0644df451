"""What all verbs share: the order of statements of design section 2, and the one writing statement at its end.

(1) shared lock on the letters, (2) the case's row lock, (3) state, power and other checks: a refusal ends here with nothing
written, (4) the counter, if a number is needed, (5) one statement that writes record, case, act, clocks and paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import models

from authorization import power
from authorization.models import LetterKind, LetterLine
from authorization.staff import Staff
from hall import policies, queries
from hall.models import Act, Case
from hall.states import VERBS, Verb
from supervision import clocks, doorbell, log, moment, numbers, papers, protection, receipts
from supervision.models import Clock, ClockKind, Paper
from supervision.refusals import NotFound
from supervision.writing import Change, Update, write


@dataclass(slots=True)
class Acting:
    """A verb that may be done: its case is locked, its power found. `seq` is the number its record will have, `now` its instant.

    `taken` are the numbers it took, by series: its record says so, and a restore knows what was given out (T68).
    """

    verb: Verb
    case: Case
    staff: Staff
    line: LetterLine
    rules: clocks.Rules
    now: datetime
    seq: int
    taken: dict[str, int] = field(default_factory=dict)
    started: list[Clock] = field(default_factory=list)

    @property
    def today(self) -> date:
        return moment.local_date(self.now)

    @property
    def unit(self) -> str:
        return self.case.item.department.number

    def act(self, opinion: str = "") -> Act:
        """The act that stores who did it and by which line."""
        return Act(
            case=self.case,
            verb=self.verb.name,
            at=self.now,
            person_id=self.staff.person_id,
            post_id=self.staff.post_id,
            line_id=self.line.id,
            window_id=self.staff.window_id,
            opinion=opinion,
            record_seq=self.seq,
        )

    def start(self, kind: ClockKind, limit: clocks.Limit, at: datetime | None = None) -> Clock:
        """Start a clock with this act."""
        clock = clocks.start(
            kind,
            limit,
            subject=self.case,
            label=self.case.number,
            unit=self.unit,
            at=at or self.now,
            seq=self.seq,
            calendar=self.rules.calendar,
        )
        self.started.append(clock)
        return clock


def begin(name: str, number: str, *, staff: Staff, now: datetime, seq: int | None) -> Acting:
    """Steps 1 to 3. `seq` is the case's record number as the person saw it; None asks for no such check.

    From here on the instant is `acting.now`: another machine may have acted by a clock that is ahead of ours.
    Raises NotFound (foreign case), Refused `stale_form` or `wrong_state`, Forbidden with the reason the letter gives.
    """
    verb = VERBS[name]
    if not numbers.is_case_number(number):
        raise NotFound
    power.share_letter(number[:3], LetterKind.SIGNING, LetterKind.COUNTER)
    case = queries.case_to_act_on(staff, number)
    now = log.not_before_last(now, case)
    policies.require_state(verb, case, seq)
    claim = policies.claim(verb.power, case.item, staff)
    policies.require_window(verb.power, case.item, staff)
    line = power.require_line(claim, now)
    policies.require_four_eyes(verb, case, staff)
    return Acting(verb, case, staff, line, clocks.rules_with(case), now, case.record_seq + 1)


def finish(
    acting: Acting,
    *,
    act: Act,
    facts: Mapping[str, Any] | None = None,
    changed: Sequence[str] = (),
    rows: Sequence[models.Model] = (),
    paper: Paper | None = None,
    new: bool = False,
    receipt: bool = False,
) -> Case:
    """Step 5: everything the verb leaves behind, in one statement. `changed` names the case's fields besides its state.

    `receipt` asks for the signed proof that the record exists (T56).
    """
    case, verb = acting.case, acting.verb
    made = _entry(acting, {**_told_of_opinion(acting.case, act), **(facts or {})}, paper)
    case.state = verb.target
    case.record_seq = acting.seq
    case.record_digest = made.digest
    fields = ("state", "record_seq", "record_digest", *changed)
    parts: list[models.Model | Change | Update] = [made.record, case if new else Change(case, fields), act]
    parts += [*acting.started, *rows]
    if receipt:
        parts.append(receipts.give(made, label=case.number))
    if paper is not None:
        parts.append(paper)
        doorbell.ring("supervision.render_papers")
    if verb.stops:
        parts.append(clocks.stop(verb.stops, subject=case, at=acting.now, seq=acting.seq))
    write(*parts)
    return case


def _entry(acting: Acting, facts: Mapping[str, Any] | None, paper: Paper | None) -> log.Entry:
    """The record of a verb: from which state to which, by which line, which clocks and paper came of it."""
    case, verb, line = acting.case, acting.verb, acting.line
    told = dict(facts or {})
    if acting.taken:
        told["numbers"] = acting.taken
    if acting.started:
        told["clocks"] = [_told(clock) for clock in acting.started]
    if verb.stops:
        told["stopped"] = [kind.value for kind in verb.stops]
    if paper is not None:
        told["paper"] = papers.told_in_record(paper)
    return log.entry(
        verb.name,
        log.Subject("hall_case", case.id, acting.seq - 1, bytes(case.record_digest or b"")),
        actor=acting.staff.actor,
        now=acting.now,
        unit=acting.unit,
        from_state=case.state,
        to_state=verb.target,
        power={"kind": verb.power, "line": line.id, "letter": line.letter.number, "row": line.seq},
        facts=told,
    )


def _told_of_opinion(case: Case, act: Act) -> dict[str, str]:
    """A commitment only: the record proves what was said of a person and does not say it (trust 2, trap 7)."""
    return {"opinion": protection.commitment(case.applicant.id_number, act.opinion)} if act.opinion else {}


def _told(clock: Clock) -> dict[str, Any]:
    days = {"from": clock.started_on, "due": clock.due_on, "provisional": clock.provisional}
    return {"kind": str(clock.kind), "limit": clock.limit, "unit": str(clock.time_unit), **days}
