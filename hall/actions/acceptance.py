"""The verbs around acceptance: accept, with gaps, on a declaration, decline, ask for corrections, take them (行政许可法 32; domain 3.4, 3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import TextChoices

from authorization.staff import Staff
from hall import papers, queries, requirements
from hall.actions.acting import Acting, finish, said
from hall.actions.begin import begin
from hall.actions.intake import checked_again, material_rows
from hall.actions.turning_points import acceptance_facts, accepted, start_clocks, start_statutory, told_on
from hall.materials import Handed
from hall.models import Case, CaseMaterial, DeclarationState, Defect
from supervision import moment
from supervision.clocks import Limit
from supervision.models import ClockKind, PaperKind
from supervision.refusals import Refusal, Unusable
from supervision.workdays import TimeUnit

LONGEST_CORRECTION = 90  # natural days: more is no limit but a way to forget a case


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is missing or wrong with the material that has this number in the guide, and in which form it is wanted."""

    seq: int
    problem: str
    wanted: str = ""


@transaction.atomic
def accept(number: str, *, staff: Staff, now: datetime, seq: int | None = None, opinion: str = "") -> Case:
    """The unit takes the application as complete and lawful: promised and statutory time run from today, after corrections from
    the day on which all were in (行政许可法 32, 42, 82; L11). Refused `material_missing` while anything necessary is missing.
    """
    acting = begin("accept", number, staff=staff, now=now, seq=seq)
    requirements.require_complete(queries.materials_of(acting.case))
    since = acting.case.corrected_at or acting.now
    start_clocks(acting, since)
    notice = acting.paper(acceptance_facts(acting, since))
    return accepted(acting, since=since, told={"deemed": False}, notices=[notice], opinion=opinion)


@transaction.atomic
def accept_with_gaps(
    number: str, *, staff: Staff, now: datetime, promised: bool, days: int | None = None, seq: int | None = None
) -> Case:
    """容缺受理: main materials are in, secondary ones follow by a day that is told once; the applicant has promised it in writing (L37).

    `days` are working days (None: the hall's parameter), never later than the promise less the margin that the guide sets. Refused
    `gaps_not_allowed`, `gap_main_material`, `no_gaps`, `gap_without_promise`, `gap_too_long`.
    """
    acting = begin("accept_with_gaps", number, staff=staff, now=now, seq=seq)
    case = acting.case
    missing = requirements.require_gaps(case.version, queries.materials_of(case), promised=promised)
    since = case.corrected_at or acting.now
    start_clocks(acting, since)
    left = acting.rules.calendar.count_workdays(acting.today, case.promised.due_on) - case.version.gap_margin_workdays
    own = days or max(1, min(acting.limit(ClockKind.SUPPLEMENT).count, left))
    supplement = acting.start(ClockKind.SUPPLEMENT, Limit(own, TimeUnit.WORKDAY))
    assert supplement.due_on is not None
    _require_in_time(case, supplement.limit, left)
    names = [row.requirement.name for row in missing]
    facts = papers.gap_notice(
        case,
        on=moment.local_date(since),
        told_on=told_on(acting, moment.local_date(since)),
        missing=names,
        due=supplement.due_on,
        promised_due=case.promised.due_on,
        statutory_due=case.statutory.due_on if case.statutory else None,
        contact=staff.name,
    )
    promise = papers.gap_promise(case, on=acting.today, missing=names, due=supplement.due_on)
    case.gaps_open = True
    told = {"deemed": False, "gaps": [row.requirement.seq for row in missing]}
    notices = [acting.paper(facts, PaperKind.GAP_NOTICE), acting.paper(promise, PaperKind.GAP_PROMISE)]
    return accepted(acting, since=since, told=told, notices=notices, changed=("gaps_open",))


@transaction.atomic
def accept_on_declaration(number: str, *, staff: Staff, now: datetime, content: str, seq: int | None = None) -> Case:
    """告知承诺: the applicant declares in writing that the conditions are met; decided at once, checked afterwards (L38).

    Refused `declaration_not_allowed`, `material_missing`.
    """
    acting = begin("accept_on_declaration", number, staff=staff, now=now, seq=seq)
    case = acting.case
    requirements.require_complete(queries.materials_of(case))
    since = case.corrected_at or acting.now
    start_clocks(acting, since)
    case.declaration = DeclarationState.PROMISED
    declared = papers.declaration_promise(case, on=acting.today, content=content, check_due=None)
    notices = [
        acting.paper(acceptance_facts(acting, since, declaration=True), PaperKind.ACCEPTANCE_NOTICE),
        acting.paper(declared, PaperKind.DECLARATION_PROMISE),
    ]
    told = {"deemed": False, "declaration": case.declaration.value}
    return accepted(acting, since=since, told=told, notices=notices, changed=("declaration",), opinion=content)


@transaction.atomic
def supply_gaps(number: str, handed: Sequence[Handed], *, staff: Staff, now: datetime, seq: int | None = None) -> Case:
    """The window takes in what was promised; with everything there nothing holds the decision up any more. Refused `material_missing`."""
    acting = begin("supply_gaps", number, staff=staff, now=now, seq=seq)
    case = acting.case
    rows = _taken(acting, handed, [row for row in queries.materials_of(case) if row.is_gap])
    case.gaps_open = False
    facts = papers.gap_slip(case, rows, window=staff.window_name, person=staff.name, now=acting.now)
    return finish(
        acting,
        act=acting.act(),
        changed=("gaps_open",),
        rows=rows,
        papers=[acting.paper(facts)],
        facts={"materials": told_of(rows)},
    )


@transaction.atomic
def request_corrections(
    number: str,
    flaws: Sequence[Flaw],
    *,
    staff: Staff,
    now: datetime,
    days: int | None = None,
    reason: str = "",
    seq: int | None = None,
) -> Case:
    """All that is missing or wrong is told once, in writing (行政许可法 32 item (4); L10). `days` are natural days.

    A second notice needs a reason; what could have been told in the first is marked in it (R8). Refused `no_defect`,
    `second_notice_reason`, `correction_days`, `material_unknown`, and `correction_after_acceptance` once the case is accepted.
    """
    acting = begin("request_corrections", number, staff=staff, now=now, seq=seq)
    case = acting.case
    materials = {row.requirement.seq: row for row in queries.materials_of(case)}
    told_before = queries.defects_of(case)
    requirements.require_flaws([flaw.seq for flaw in flaws], materials, second=bool(told_before), reason=reason)
    due = acting.start(ClockKind.CORRECTION, _correction_limit(acting, days)).due_on
    round_ = 1 + max((defect.round for defect in told_before), default=0)
    defects = [_defect(acting, materials[flaw.seq], flaw, round_, told_before) for flaw in flaws]
    lines = [(row.requirement.name, row.problem, row.wanted) for row in defects]
    facts = papers.correction_notice(case, on=acting.today, defects=lines, due=due, second=round_ > 1, reason=reason)
    told = [[row.requirement.seq, said(case, row.problem), said(case, row.wanted), row.seen_before] for row in defects]
    return finish(
        acting,
        act=acting.act(reason),
        rows=defects,
        papers=[acting.paper(facts)],
        facts={"defects": told, "round": round_},
    )


@transaction.atomic
def take_corrections(
    number: str, handed: Sequence[Handed], *, staff: Staff, now: datetime, seq: int | None = None
) -> Case:
    """The window takes in everything that the notice named; from this day the application is complete (L11), and silence accepts it.

    Refused `material_missing` when something of the notice is still not there: corrections are taken together.
    """
    acting = begin("take_corrections", number, staff=staff, now=now, seq=seq)
    case = acting.case
    rows = _taken(acting, handed, queries.to_be_corrected(case))
    case.corrected_at = acting.now
    acting.start(ClockKind.NOTICE, acting.limit(ClockKind.NOTICE))
    changed = ["corrected_at"]
    if case.version.clock_starts_on_receipt:
        case.statutory = start_statutory(acting)
        changed.append("statutory")
    facts = papers.correction_slip(case, rows, window=staff.window_name, person=staff.name, now=acting.now)
    return finish(
        acting,
        act=acting.act(),
        changed=changed,
        rows=rows,
        papers=[acting.paper(facts)],
        facts={"materials": told_of(rows)},
    )


class DeclineGround(TextChoices):
    """Why an application is not accepted: a closed list, so that the right authority is never forgotten (行政许可法 32 item (2))."""

    NOT_COMPETENT = "not_competent", "不属于本机关职权范围"
    NOT_LAWFUL = "not_lawful", "依法不能受理"


@transaction.atomic
def decline(
    number: str,
    *,
    staff: Staff,
    now: datetime,
    ground: str,
    reason: str,
    basis: str,
    authority: str = "",
    seq: int | None = None,
) -> Case:
    """不予受理: not our competence, then the notice names the right authority (行政许可法 32 item (2)), or not lawful; always with its
    basis and the remedies (L8, L12).

    Refused `decline_ground`, `authority_missing`, `basis_missing`.
    """
    acting = begin("decline", number, staff=staff, now=now, seq=seq)
    _require_ground(ground, basis=basis, authority=authority)
    competent = authority if ground == DeclineGround.NOT_COMPETENT else ""
    facts = papers.decline_notice(acting.case, on=acting.today, reason=reason, basis=basis, authority=competent)
    return _not_accepted(acting, facts, reason)


@transaction.atomic
def not_required(number: str, *, staff: Staff, now: datetime, reason: str, basis: str, seq: int | None = None) -> Case:
    """No licence is needed for this: told at once (L7)."""
    acting = begin("not_required", number, staff=staff, now=now, seq=seq)
    facts = papers.not_required_notice(acting.case, on=acting.today, reason=reason, basis=basis)
    return _not_accepted(acting, facts, reason)


@transaction.atomic
def send_back(number: str, *, staff: Staff, now: datetime, reason: str, seq: int | None = None) -> Case:
    """Wrong intake goes back to the window with a reason (D121); the notice period runs on from the receipt."""
    acting = begin("send_back", number, staff=staff, now=now, seq=seq)
    acting.start(ClockKind.TRANSFER, acting.limit(ClockKind.TRANSFER))
    return finish(acting, act=acting.act(reason))


def _require_ground(ground: str, *, basis: str, authority: str) -> None:
    """The notice can be written: why of the closed list, by which law, and where to go where another body is competent."""
    if ground not in DeclineGround.values:
        raise Unusable(Refusal("decline_ground", "请选择不予受理的情形。", ("L8",), field="ground"))
    if ground == DeclineGround.NOT_COMPETENT and not authority.strip():
        sentence = "不属于本机关职权范围的，要告诉申请人向哪个机关申请。"
        raise Unusable(Refusal("authority_missing", sentence, ("L8",), "请填写有权机关。", "authority"))
    if not basis.strip():
        raise Unusable(Refusal("basis_missing", "不予受理要写明依据。", ("L8",), "请填写法律依据。", "basis"))


def _not_accepted(acting: Acting, facts: dict[str, object], reason: str) -> Case:
    acting.case.ended_at = acting.now
    return finish(acting, act=acting.act(reason), changed=("ended_at",), papers=[acting.paper(facts)])


def _taken(acting: Acting, handed: Sequence[Handed], wanted: Sequence[CaseMaterial]) -> list[CaseMaterial]:
    """What was brought for these materials, each of them complete."""
    brought = {row.seq: row for row in handed}
    asked = [row.requirement for row in wanted]
    checked = checked_again(asked, [brought[row.seq] for row in asked if row.seq in brought])
    return material_rows(acting.case, checked, acting.seq)


def told_of(rows: Sequence[CaseMaterial]) -> list[list[object]]:
    """Materials as a record tells them."""
    return [[row.requirement.seq, row.originals, row.copies, row.electronic, row.status] for row in rows]


def _defect(acting: Acting, row: CaseMaterial, flaw: Flaw, round_: int, told_before: Sequence[Defect]) -> Defect:
    """What no earlier notice told and what was not handed in anew since the first one, could have been told then (R8)."""
    told = {defect.requirement_id for defect in told_before}
    seen = bool(told_before) and row.requirement_id not in told and row.record_seq < told_before[0].record_seq
    return Defect(
        case=acting.case,
        round=round_,
        requirement=row.requirement,
        problem=flaw.problem,
        wanted=flaw.wanted,
        seen_before=seen,
        record_seq=acting.seq,
    )


def _correction_limit(acting: Acting, days: int | None) -> Limit:
    if days is not None and not 1 <= days <= LONGEST_CORRECTION:
        sentence = f"补正期限填 1 到 {LONGEST_CORRECTION} 日之间的数字，例如 30。"
        raise Unusable(Refusal("correction_days", sentence, ("L10",), field="days"))
    own = days or acting.case.version.correction_days
    return Limit(own, TimeUnit.DAY) if own else acting.limit(ClockKind.CORRECTION)


def _require_in_time(case: Case, days: int, left: int) -> None:
    """`left` are the working days up to the promise less the margin of the guide: later than that the unit could not decide in time."""
    if days <= left:
        return
    margin, promised = case.version.gap_margin_workdays, case.promised.due_on if case.promised else None
    before = f"前 {margin} 个工作日" if margin else f"{promised.month}月{promised.day}日" if promised else ""
    sentence = f"补交期限不能晚于承诺办结日{before}，从今天起最多 {max(left, 0)} 个工作日。"
    remedy = "请把补交期限改短。" if left > 0 else "来不及容缺，请一次性告知要补的材料。"
    raise Unusable(Refusal("gap_too_long", sentence, ("L37",), remedy, field="days"))
