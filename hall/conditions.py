"""What the case itself forbids: its lawful state and its flags. Who may act stands in `policies`; what is typed in `requirements`.

A rule that `hides` means that the verb does not apply to this case at all: no page offers it. The others are shown with their reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from catalog.models import CaseKind, ItemKind
from hall import standing
from hall.models import ConclusionKind, DecisionKind, DeclarationState, DeliveryWay
from hall.states import CaseState, Verb
from supervision import clocks
from supervision.models import ClockKind
from supervision.refusals import Refusal, Refused
from supervision.workdays import TimeUnit


@dataclass(frozen=True, slots=True)
class Rule:
    """Of these verbs, when `stands` is true of a case, this is said."""

    verbs: frozenset[str]
    stands: Callable[[Any], bool]
    refusal: Refusal
    hides: bool = False


def applies(verb: Verb, case: Any) -> bool:
    """Could this verb ever be done with a case like this?"""
    return not any(rule.hides and rule.stands(case) for rule in _rules_of(verb))


def require(verb: Verb, case: Any, today: date) -> None:
    """Refused `wrong_state` (or its closer relatives) when the case is elsewhere, else by the first rule that stands."""
    if standing.effective_state(case, today) not in verb.sources:
        raise Refused(_wrong_state(verb, case, today))
    lapsed = standing.gaps_to_refuse(case, today)
    if lapsed and verb.name in _CLOSED_BY_GAPS:
        raise Refused(_TO_REFUSE)
    for rule in _rules_of(verb):
        if rule.stands(case):
            raise Refused(rule.refusal)
    if verb.name == "refuse" and case.gaps_open and not lapsed:
        raise Refused(_GAPS_OPEN)
    too_early = _order_runs(case, today) if verb.name == "revoke" else None
    if too_early:
        raise Refused(too_early)


def _order_runs(case: Any, today: date) -> Refusal | None:
    """Whoever was ordered to put something right has the time that he was given, to its last day (domain 3.5)."""
    running = clocks.carried(case)
    order = clocks.open_clock(running, ClockKind.RECTIFICATION)
    if order is None or clocks.passed(running, ClockKind.RECTIFICATION, today, clocks.rules_with(case).calendar):
        return None
    until = "还没有届满"
    if order.due_on and not order.provisional:
        until = f"到{order.due_on.month}月{order.due_on.day}日才届满"
    remedy = "请等期满；已经改正的，登记改正。"
    return Refusal("order_runs", f"责令改正的期限{until}，现在不能撤销。", ("L38", "行政许可法第六十九条"), remedy)


_GAPS_OPEN = Refusal(
    "gaps_open",
    "容缺的材料还没有补齐，不能作出决定。",
    ("L37",),
    "请等申请人补齐；逾期不补的，按容缺受理通知书写明的后果办。",
)
# What is closed once gaps were not supplied and the guide says that the unit then refuses.
_CLOSED_BY_GAPS = frozenset({"supply_gaps", "pause", "extend", "ask_opinion", "charge", "grant", "forward_up"})
_TO_REFUSE = Refusal(
    "gaps_lapsed",
    "容缺的材料逾期没有补来，只能作出不予许可（不予办理）的决定。",
    ("L37",),
    "请审核后送审批，出决定书；申请人可以撤回。",
)


def _wrong_state(verb: Verb, case: Any, today: date) -> Refusal:
    state = standing.effective_state(case, today)
    if verb.name == "request_corrections" and case.accepted_at:
        sentence = (
            "这一件已经受理，不能再要求补正。" if not case.deemed else "逾期未告知，这一件已视为受理，不能再要求补正。"
        )
        return Refusal("correction_after_acceptance", sentence, ("L10", "L11"), "请继续审核；缺的材料按决定处理。")
    return Refusal(
        "wrong_state",
        f"这一件现在是“{state.label}”，不能再“{verb.label}”。",
        ("T63",),
        "请打开办件看看现在到了哪一步。",
    )


def _rules_of(verb: Verb) -> tuple[Rule, ...]:
    return _BY_VERB.get(verb.name, ())


def _is_paused(case: Any) -> bool:
    return standing.is_paused(clocks.carried(case))


def _is_extended(case: Any) -> bool:
    return any(clock.extension for clock in clocks.carried(case))


def _has_no_statute(case: Any) -> bool:
    """Art. 42 speaks of licences and of working days (art. 82); a special law that counts in its own days says itself how it is extended."""
    return case.item.kind != ItemKind.LICENCE or not any(
        clock.kind == ClockKind.STATUTORY and clock.time_unit == TimeUnit.WORKDAY for clock in clocks.carried(case)
    )


def _is_sent(case: Any) -> bool:
    return getattr(case, "shipment", None) is not None


def is_untrue(case: Any) -> bool:
    """What was granted on a declaration that the check found untrue: nothing goes on until it is put right (终止办理, L38), and
    voiding goes not round the order. What a courier already has may be signed for all the same: that is a fact.

    A refusal grants nothing and still reaches the applicant.
    """
    return case.declaration in (DeclarationState.UNTRUE, DeclarationState.REVOKED) and not _is_refused(case)


def _is_refused(case: Any) -> bool:
    decision = getattr(case, "decision", None)
    return decision is not None and bool(decision.kind == DecisionKind.REFUSE)


def _has_nothing_to_check(case: Any) -> bool:
    """Nothing was promised, or it has been checked. Before there were orders what was found untrue had none."""
    return case.declaration not in (DeclarationState.PROMISED, DeclarationState.REVOKED)


def _has_no_order(case: Any) -> bool:
    return bool(case.declaration != DeclarationState.UNTRUE)


def _rule(
    names: str, stands: Callable[[Any], bool], code: str, sentence: str, rules: str, remedy: str, *, hides: bool = False
) -> Rule:
    return Rule(frozenset(names.split()), stands, Refusal(code, sentence, tuple(rules.split()), remedy), hides)


_RULES = (
    _rule("conclude make_certificate make_ready hand_out send_by_courier deliver_electronically void", is_untrue, "declaration_untrue", "承诺经核查不实，改正以前不能再往下办。", "L38", "请等改正后登记；逾期不改正的，依法撤销决定。"),
    _rule("review return_for_review grant refuse forward_up", _is_paused, "paused", "特别程序还没有结果，正在停表，现在不能往下办。", "L20", "请先登记结果，恢复计时。"),
    _rule("pause", _is_paused, "already_paused", "正在停表，上一个特别程序还没有结果。", "L20", "请先登记结果，再开始下一个。"),
    _rule("resume", lambda case: not _is_paused(case), "not_paused", "现在没有停表。", "L20", "请打开办件看时限。", hides=True),
    Rule(frozenset({"grant", "forward_up"}), lambda case: case.gaps_open, _GAPS_OPEN),
    _rule("supply_gaps", lambda case: not case.gaps_open, "no_gaps", "这一件没有容缺的材料。", "L37", "请打开办件看材料。", hides=True),
    _rule("forward_up", lambda case: not case.version.is_decided_above, "decided_here", "这个事项由本机关决定，不用转报。", "L18", "请送审批作出决定。", hides=True),
    _rule("accept_with_gaps", lambda case: not case.version.accepts_with_gaps or case.version.case_kind == CaseKind.IMMEDIATE, "gaps_not_allowed", "这个事项不能容缺受理。", "L37", "请一次性告知要补的材料。", hides=True),
    _rule("accept_on_declaration", lambda case: not case.version.accepts_declaration, "declaration_not_allowed", "这个事项不能按告知承诺办理。", "L38", "请按一般程序受理。", hides=True),
    _rule("countersign", lambda case: not case.version.needs_two_verifiers, "one_verifier_enough", "这个事项不要求两人核查。", "L13", "请直接送审批。", hides=True),
    _rule("extend", _has_no_statute, "extension_no_ground", "只有行政许可的法定时限可以依照第四十二条延长。", "L16", "请在承诺时限内办结。", hides=True),
    _rule("extend", _is_extended, "extension_again", "时限已经延长过一次，不能再延。", "L16 R8", "请在延长后的时限内作出决定。"),
    _rule("make_certificate", lambda case: case.conclusion == ConclusionKind.CONCLUDED, "nothing_to_certify", "这一件没有证照要制。", "L19", "请窗口登记待领，把决定书交给申请人。", hides=True),
    _rule("make_ready", lambda case: case.state == CaseState.CONCLUDED and case.conclusion != ConclusionKind.CONCLUDED, "certificate_first", "证照还没有制好，不能登记待领。", "L19", "请单位先制证。", hides=True),
    _rule("send_by_courier", _is_sent, "already_sent", "这一件已经寄出。", "L19", "请等妥投后登记。", hides=True),
    _rule("confirm_courier", lambda case: not _is_sent(case), "not_sent", "这一件还没有登记寄出。", "L19", "请先登记寄递企业和运单号。", hides=True),
    _rule("hand_out deliver_electronically", _is_sent, "already_sent", "这一件已经寄出，不能再在这里送达。", "L19", "请等妥投后登记。", hides=True),
    _rule("deliver_electronically", lambda case: case.delivery_way != DeliveryWay.ELECTRONIC, "no_consent", "申请人没有选择电子送达。", "L35 L36", "请按申请人选择的方式送达。", hides=True),
    _rule("give_opinion", lambda case: clocks.open_clock(clocks.carried(case), ClockKind.JOINT_OPINION) is None, "not_asked", "这一件没有在征求会办意见。", "D150", "请看办件的经过。", hides=True),
    _rule("acknowledge", lambda case: clocks.open_clock(clocks.carried(case), ClockKind.ACKNOWLEDGEMENT) is None, "nothing_told", "这一件没有等着签收的审管信息。", "D158", "请打开审管衔接看看签收过的。", hides=True),
    _rule("post_check", lambda case: case.declaration not in (DeclarationState.PROMISED, DeclarationState.UNTRUE), "no_declaration", "这一件没有待核查的承诺。", "L38", "请打开办件看经过。", hides=True),
    _rule("order_rectification", _has_nothing_to_check, "no_declaration", "这一件没有待核查的承诺。", "L38", "请打开办件看经过。", hides=True),
    _rule("order_rectification", _is_refused, "nothing_granted", "这一件没有准予，没有什么要改正。", "L38", "请把不予许可的决定送达申请人。", hides=True),
    _rule("confirm_rectification", _has_no_order, "no_order", "这一件没有责令改正。", "L38", "请打开办件看经过。", hides=True),
    _rule("revoke", _has_no_order, "nothing_to_revoke", "这一件没有承诺不实、责令改正的，不能撤销。", "L38 行政许可法第六十九条", "承诺不实的，先责令限期改正；逾期不改正的再撤销。", hides=True),
)  # fmt: skip
_BY_VERB: dict[str, tuple[Rule, ...]] = {
    name: tuple(rule for rule in _RULES if name in rule.verbs)
    for name in {name for rule in _RULES for name in rule.verbs}
}
