"""Who may do the next step, as plain functions: actions require them, pages show their verdicts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef

from authorization import power
from authorization.letters import CounterAct, Stage
from authorization.models import LetterLine, PostKind
from authorization.staff import Staff
from catalog.models import CaseKind, ServiceItem
from hall import conditions, regulator_notices, standing
from hall.eligibility import refusal_at_window
from hall.models import Act, DeliveryWay, WindowKind
from hall.states import ASKED_UNIT, FINAL_STATES, HEAD, REGULATOR, VERBS, CaseState, Verb, power_of, verbs_after
from supervision import moment
from supervision.refusals import Forbidden, Refusal, Refused

STAGES = frozenset(Stage.values)
LETTER_POWERS = STAGES | power.COUNTER_ACTS


@dataclass(frozen=True, slots=True)
class Verdict:
    """May this person take this step now? With the line that empowers it, or the refusal that says why not."""

    verb: Verb
    line: LetterLine | None
    refusal: Refusal | None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


def claim(wanted: str, item: ServiceItem, staff: Staff, *, at_once: bool = False) -> power.Claim:
    """What this person asks the letters for: at the unit's own window by its signing letter, else by the kind of power.

    The chief representative acts on the section's line of his unit for what is settled at once (D116).
    """
    own = staff.window_kind == WindowKind.DEDICATED and staff.window_department_id == item.department_id
    for_section = at_once and wanted in STAGES and staff.post_kind == PostKind.CHIEF_REPRESENTATIVE
    return power.Claim(
        item, wanted, staff.post_id, own_window=own, section_of=staff.department_id if for_section else None
    )


def claim_at_window(act: CounterAct, staff: Staff) -> power.Claim:
    """The same before the item is known: part of the look-up that also finds the item."""
    return power.Claim(OuterRef("item"), act, staff.post_id, own_window=staff.window_kind == WindowKind.DEDICATED)


def next_step(staff: Staff, case: Any, now: datetime) -> Verdict | None:
    """The verdict on the ordinary next step; None at the end of the way."""
    verb = ordinary_step(case, now)
    return None if verb is None else verdict_on(verb, staff, case, now)


def verdict_on(verb: Verb, staff: Staff, case: Any, now: datetime) -> Verdict:
    """May this person do this with the case now? What the case forbids is said before who may (`wrong_state` comes first)."""
    try:
        if standing.effective_state(case, moment.local_date(now)) not in verb.sources:
            conditions.require(verb, case, moment.local_date(now))
        line = require_power(verb, case, staff, now)
    except Refused as refused:
        return Verdict(verb, None, refused.refusal)
    return _under_conditions(verb, line, staff, case, now)


def ordinary_step(case: Any, now: datetime) -> Verb | None:
    """What the office does next with this case: the first verb of its lawful state that applies to it at all."""
    state = standing.effective_state(case, moment.local_date(now))
    if state in FINAL_STATES:
        return None
    fitting = [verb for verb in verbs_after(state) if conditions.applies(verb, case)]
    chosen = _BY_WAY.get(case.delivery_way) if state == CaseState.READY else None
    return next((verb for verb in fitting if verb.name == chosen), fitting[0] if fitting else None)


# How the applicant chose to get the result (L19, L35); who wants to come for it is handed it at the window.
_BY_WAY = {DeliveryWay.COURIER: "send_by_courier", DeliveryWay.ELECTRONIC: "deliver_electronically"}


def settling(staff: Staff, case: Any, now: datetime) -> LetterLine | None:
    """The line by which this person takes an 即办件 through every stage at once (D65, D116); None unless all stages are his."""
    state = standing.effective_state(case, moment.local_date(now))
    if not _at_once(case) or state not in VERBS["accept"].sources:
        return None
    lines = _lines_held(staff, case, now)
    held = [_holds(VERBS["accept"], stage, staff, case, lines)[1] for stage in sorted(STAGES)]
    return held[0] if all(held) else None


def other_steps(staff: Staff, case: Any, now: datetime) -> list[Verdict]:
    """The other verbs that apply to this case and that this person has the power for, with what stands in the way of each.

    One statement finds all lines that the person holds on the item.
    """
    state, ordinary = standing.effective_state(case, moment.local_date(now)), ordinary_step(case, now)
    others = [verb for verb in verbs_after(state) if verb is not ordinary and conditions.applies(verb, case)]
    wanted = {verb.name: power_of(verb, state) for verb in others}
    lines = _lines_held(staff, case, now) if any(name in LETTER_POWERS for name in wanted.values()) else []
    found = []
    for verb in others:
        has, line = _holds(verb, wanted[verb.name], staff, case, lines)
        if has:
            found.append(_under_conditions(verb, line, staff, case, now))
    return found


def _under_conditions(verb: Verb, line: LetterLine | None, staff: Staff, case: Any, now: datetime) -> Verdict:
    try:
        conditions.require(verb, case, moment.local_date(now))
        require_four_eyes(verb, case, staff)
    except Refused as refused:
        return Verdict(verb, line, refused.refusal)
    return Verdict(verb, line, None)


def _lines_held(staff: Staff, case: Any, now: datetime) -> list[LetterLine]:
    """Every line on this item that this person could act by, at the window or in the post."""
    section = staff.department_id if _for_section(staff, case) else None
    return power.lines_of(case.item, staff.post_id, section, now)


def _holds(verb: Verb, wanted: str, staff: Staff, case: Any, lines: list[LetterLine]) -> tuple[bool, LetterLine | None]:
    """Has this person the power, and by which line? Roles have none."""
    try:
        if wanted in _ROLES:
            _ROLES[wanted](case, staff)
            return True, None
        require_window(verb, case.item, staff, devolved=case.version.is_devolved)
    except Forbidden:
        return False, None
    asked = claim(wanted, case.item, staff, at_once=_at_once(case))
    line = next((line for line in lines if power.empowers(line, asked)), None)
    return line is not None, line


def _at_once(case: Any) -> bool:
    return bool(case.version.case_kind == CaseKind.IMMEDIATE)


def _for_section(staff: Staff, case: Any) -> bool:
    return _at_once(case) and staff.post_kind == PostKind.CHIEF_REPRESENTATIVE


def label_of(verb: str) -> str:
    """What a verb is called on its button."""
    return VERBS[verb].label


def is_holder(staff: Staff, unit: str) -> bool:
    """Is the whole of a visible case of this unit (by number) open to this person: values in full, the slip with the query code?

    To the receiving side, to supervision and to the unit itself; not to who is only asked or may only extend (D150).
    """
    receives = staff.is_clerk and staff.window_kind != WindowKind.DEDICATED
    return staff.is_supervisor or receives or staff.unit == unit


def require_fresh(case: Any, seq: int | None) -> None:
    """Refused `stale_form` when the case has moved on since the page was read."""
    if seq is not None and seq != case.record_seq:
        raise Refused(
            Refusal(
                "stale_form", "您打开这一页之后，这一件又有了新的动作。", ("T63",), "请先看最新的经过，再决定怎么办。"
            )
        )


def require_power(verb: Verb, case: Any, staff: Staff, now: datetime) -> LetterLine | None:
    """The letter line that empowers this act, or None where a role does. Raises Forbidden with who may instead."""
    wanted = power_of(verb, standing.effective_state(case, moment.local_date(now)))
    if wanted in _ROLES:
        _ROLES[wanted](case, staff)
        return None
    require_window(verb, case.item, staff, devolved=case.version.is_devolved)
    return power.require_line(claim(wanted, case.item, staff, at_once=_at_once(case)), now)


def _require_head(case: Any, staff: Staff) -> None:
    """行政许可法 42: the head of the authority; of joint handling the head of the county government. Refused `not_head`."""
    joint = case.version.is_handled_jointly
    kind = PostKind.COUNTY_HEAD if joint else PostKind.MAIN_LEADER
    if staff.post_kind == kind and (joint or staff.department_id == case.item.department_id):
        return
    who = "县人民政府负责人" if joint else f"{case.item.department.short_name}主要领导"
    raise Forbidden(Refusal("not_head", f"延期只能由{who}批准。", ("L17",) if joint else ("L16",), f"请报{who}批准。"))


def _require_asked(case: Any, staff: Staff) -> None:
    """The unit that was asked and has not answered; its approvers answer for it. Refused `not_asked`."""
    waiting = case.opinions.filter(department_id=staff.department_id, answered_at__isnull=True)
    if staff.is_approver and waiting.exists():
        return
    raise Forbidden(Refusal("not_asked", "这一件没有向本单位征求意见，或已经回复。", ("D150",), "请看办件的经过。"))


def _require_regulator(case: Any, staff: Staff) -> None:
    """Whoever holds a post of the unit that was told signs for it (D158). Refused `not_regulator`."""
    if staff.is_approver and regulator_notices.told_to(staff).filter(case=case, acknowledged_at__isnull=True).exists():
        return
    sentence = "这一件的审管信息没有推送给本单位，或已经签收。"
    raise Forbidden(Refusal("not_regulator", sentence, ("D158",), "由监管部门的人员签收。"))


_ROLES = {HEAD: _require_head, ASKED_UNIT: _require_asked, REGULATOR: _require_regulator}


def require_four_eyes(verb: Verb, case: Any, staff: Staff) -> None:
    """Who reviewed (or ordered to put right) in one post does not decide in another: the letter means two people (design 2, T17).

    Refused `four_eyes`. Where one post holds both stages the letter means one; that is reported, not refused.
    """
    before = _FIRST_OF_TWO.get(verb.name)
    if before is None:
        return
    examined = Act.objects.filter(case=case, verb=before).order_by("-record_seq").values_list("person_id", "post_id")
    person, post = examined.first() or (None, None)
    if person == staff.person_id and post != staff.post_id:
        sentence = f"这一件是您“{label_of(before)}”的，不能再由您“{verb.label}”。"
        raise Forbidden(Refusal("four_eyes", sentence, ("T17",), "请这个岗位的另一位任职人员办理。"))


_FIRST_OF_TWO = {"grant": "review", "refuse": "review", "revoke": "order_rectification"}


def require_window(verb: Verb, item: ServiceItem, staff: Staff, *, devolved: bool) -> None:
    """Counter acts need a qualified operator on duty at an open window whose place and kind take the item (domain 7; hall/eligibility.py).

    Refused `not_in_hall`, `no_duty`, `duty_over`, `not_qualified`, `window_closed`, `outside_hall`, `window_kind`, `sub_center_unit`,
    `not_devolved`, `window_field`. `devolved` is what the item's version says.
    """
    refusal = refusal_at_window(verb, item, staff, devolved=devolved)
    if refusal is not None:
        raise Forbidden(refusal)
