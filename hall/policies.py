"""Who may do the next step, as plain functions: actions require them, pages show their verdicts."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef

from authorization import power
from authorization.letters import CounterAct
from authorization.models import LetterLine
from authorization.staff import Staff
from catalog.models import ServiceItem
from hall.models import Act, Case, WindowKind
from hall.states import VERBS, CaseState, Verb, verb_after
from supervision.refusals import Forbidden, Refusal, Refused

_TAKES = {
    CounterAct.RECEIVE: {WindowKind.GENERAL, WindowKind.FIELD, WindowKind.DEDICATED},
    CounterAct.HAND_OUT: {WindowKind.GENERAL, WindowKind.HAND_OUT, WindowKind.DEDICATED},
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """May this person take this step now? With the line that empowers it, or the refusal that says why not."""

    verb: Verb
    line: LetterLine | None
    refusal: Refusal | None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


def claim(wanted: str, item: ServiceItem, staff: Staff) -> power.Claim:
    """What this person asks the letters for: at the unit's own window by its signing letter, else by the kind of power."""
    own = staff.window_kind == WindowKind.DEDICATED and staff.window_department_id == item.department_id
    return power.Claim(item, wanted, staff.post_id, own_window=own)


def claim_at_window(act: CounterAct, staff: Staff) -> power.Claim:
    """The same before the item is known: part of the look-up that also finds the item."""
    return power.Claim(OuterRef("item"), act, staff.post_id, own_window=staff.window_kind == WindowKind.DEDICATED)


def next_step(staff: Staff, case: Case, now: datetime) -> Verdict | None:
    """The verdict on the one verb that leads on from here; None at the end of the way."""
    verb = verb_after(case.state)
    if verb is None:
        return None
    try:
        require_window(verb.power, case.item, staff)
        line = power.require_line(claim(verb.power, case.item, staff), now)
        require_four_eyes(verb, case, staff)
        return Verdict(verb, line, None)
    except Refused as refused:
        return Verdict(verb, None, refused.refusal)


def label_of(verb: str) -> str:
    """What a verb is called on its button."""
    return VERBS[verb].label


def require_state(verb: Verb, case: Case, seq: int | None) -> None:
    """Refused `wrong_state` when the case is elsewhere, `stale_form` when it moved on since the page was read."""
    if case.state not in verb.sources:
        raise Refused(
            Refusal(
                "wrong_state",
                f"这一件现在是“{CaseState(case.state).label}”，不能再“{verb.label}”。",
                ("T63",),
                "请打开办件看看现在到了哪一步。",
            )
        )
    if seq is not None and seq != case.record_seq:
        raise Refused(
            Refusal(
                "stale_form", "您打开这一页之后，这一件又有了新的动作。", ("T63",), "请先看最新的经过，再决定怎么办。"
            )
        )


def require_four_eyes(verb: Verb, case: Case, staff: Staff) -> None:
    """Who reviewed in one post does not approve in another: the letter means two people (design 2, T17). Refused `four_eyes`.

    Where one post holds both stages the letter means one; that is reported, not refused.
    """
    if verb.name != "grant":
        return
    reviewed = Act.objects.filter(case=case, verb="review").order_by("-record_seq").values_list("person_id", "post_id")
    person, post = reviewed.first() or (None, None)
    if person == staff.person_id and post != staff.post_id:
        raise Forbidden(
            Refusal("four_eyes", "这一件是您审核的，不能再由您审批。", ("T17",), "请这个岗位的另一位任职人员审批。")
        )


def require_window(wanted: str, item: ServiceItem, staff: Staff) -> None:
    """Counter acts need a window on duty whose kind takes the item (domain 7). Refused `no_duty`, `window_kind`, `window_field`."""
    if wanted not in CounterAct.values:
        return
    act = CounterAct(wanted)
    if staff.window_id is None:
        raise Forbidden(
            Refusal("no_duty", f"“{act.label}”在窗口办理，您今天没有窗口值班。", ("D30",), "请当班的窗口人员办理。")
        )
    if staff.window_kind not in _TAKES[act]:
        raise Forbidden(
            Refusal("window_kind", f"{staff.window_name}不办“{act.label}”。", ("D36", "D106"), "请引导到综合服务窗口。")
        )
    if staff.window_kind == WindowKind.DEDICATED and staff.window_department_id != item.department_id:
        raise Forbidden(
            Refusal("window_kind", f"{staff.window_name}只办本单位的事项。", ("D36",), "请引导到综合服务窗口。")
        )
    if staff.window_kind == WindowKind.FIELD and item.department_id not in staff.window_units:
        raise Forbidden(
            Refusal("window_field", f"“{item}”不属于{staff.window_name}的领域。", ("D36",), "请引导到综合服务窗口。")
        )
