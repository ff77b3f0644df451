"""The whole life of a case on one screen. Buttons, actions and the test matrix read this table (domain 4.1).

The power of a verb is a stage of the unit's signing letter, an act of its counter letter, a role, the applicant's own, or the law's.
"""

from dataclasses import dataclass

from django.db import models

from authorization.letters import CounterAct, Stage
from supervision.models import ClockKind, PaperKind


class CaseState(models.TextChoices):
    SUBMITTED = "submitted", "已申办"
    RECEIVED = "received", "已收件"
    TRANSFERRED = "transferred", "已中转"
    CORRECTION_REQUIRED = "correction_required", "待补正"
    ACCEPTED = "accepted", "已受理"
    REVIEWED = "reviewed", "已审核"
    DECIDED = "decided", "已决定"
    CONCLUDED = "concluded", "已办结"
    CERTIFICATE_MADE = "certificate_made", "已制证"
    READY = "ready", "待出件"
    DELIVERED = "delivered", "已送达"
    DECLINED = "declined", "不予受理"
    NOT_REQUIRED = "not_required", "无需许可"
    CORRECTION_LAPSED = "correction_lapsed", "补正不来"
    FORWARDED_UP = "forwarded_up", "已转报"
    WITHDRAWN = "withdrawn", "已撤回"
    VOIDED = "voided", "已作废"
    REVOKED = "revoked", "已撤销"


# Powers that no letter gives.
APPLICANT = "applicant"  # whoever files
BY_LAW = "by_law"  # the day itself does it (行政许可法 32; domain 3.4)
HEAD = "head"  # the head of the authority, of joint handling the head of the county government (行政许可法 42)
ASKED_UNIT = "asked_unit"  # the section of the unit whose opinion was asked
REGULATOR = "regulator"  # the unit that supervises what was granted
NEXT_STEP = "next_step"  # whoever holds the power of the ordinary next step


@dataclass(frozen=True, slots=True)
class Verb:
    """One act: what it is called on a button, where it leads from and to, whose power it needs, what it leaves behind.

    Without a target the case stays where it is. `starts` are the clocks that every such act starts, `stops` those that it stops
    where they run.
    """

    name: str
    label: str
    sources: tuple[CaseState | None, ...]
    target: CaseState | None
    power: str
    papers: tuple[PaperKind, ...] = ()
    starts: tuple[ClockKind, ...] = ()
    stops: tuple[ClockKind, ...] = ()

    def leads_to(self, state: CaseState | str) -> CaseState:
        return self.target or CaseState(state)


S, K, P = CaseState, ClockKind, PaperKind
FINAL_STATES = frozenset(
    {S.DELIVERED, S.DECLINED, S.NOT_REQUIRED, S.CORRECTION_LAPSED, S.FORWARDED_UP, S.WITHDRAWN, S.VOIDED, S.REVOKED}
)
OPEN_STATES = frozenset(CaseState) - FINAL_STATES
_BEFORE = (S.TRANSFERRED, S.RECEIVED)  # before acceptance
_IN_HAND = (S.ACCEPTED, S.REVIEWED)  # between acceptance and decision
_SINCE_DECIDED = (S.DECIDED, S.CONCLUDED, S.CERTIFICATE_MADE, S.READY, S.DELIVERED)
# What the regulator was told he signs for, whatever came after.
_ALL = tuple(kind for kind in ClockKind if kind != K.ACKNOWLEDGEMENT)
_ACCEPTANCE = ((K.PROMISED, K.STATUTORY, K.STEP), (K.NOTICE, K.TRANSFER))
_DECIDED = (K.STATUTORY, K.STEP, K.JOINT_OPINION)
_NO_CASE = (K.NOTICE, K.TRANSFER, K.STATUTORY)  # nothing runs on when it is not accepted

# Of several verbs that lead on from a state the first one is the ordinary next step.
_TABLE = (
    Verb("submit", "网上申办", (None,), S.SUBMITTED, APPLICANT),
    Verb("receive", "收件并打印凭证", (None, S.SUBMITTED), S.RECEIVED, CounterAct.RECEIVE, (P.RECEIPT_SLIP,), (K.NOTICE, K.TRANSFER)),
    Verb("transfer", "中转到审批股", (S.RECEIVED,), S.TRANSFERRED, CounterAct.RECEIVE, (P.TRANSFER_SLIP,), (), (K.TRANSFER,)),
    Verb("accept", "受理并出通知书", _BEFORE, S.ACCEPTED, Stage.ACCEPTANCE, (P.ACCEPTANCE_NOTICE,), *_ACCEPTANCE),
    Verb("review", "审核通过，送审批", (S.ACCEPTED,), S.REVIEWED, Stage.REVIEW, (), (K.STEP,), (K.STEP,)),
    Verb("grant", "准予并出决定书", (S.REVIEWED,), S.DECIDED, Stage.APPROVAL, (P.DECISION,), (K.DELIVERY,), _DECIDED),
    Verb("conclude", "办结此件", (S.DECIDED,), S.CONCLUDED, Stage.CONCLUSION, (), (), (K.PROMISED,)),
    Verb("make_certificate", "制证并打印", (S.CONCLUDED,), S.CERTIFICATE_MADE, Stage.CONCLUSION, (P.CERTIFICATE,)),
    Verb("make_ready", "登记待领", (S.CERTIFICATE_MADE, S.CONCLUDED), S.READY, CounterAct.HAND_OUT),
    Verb("hand_out", "出件并打印回证", (S.READY,), S.DELIVERED, CounterAct.HAND_OUT, (P.DELIVERY_RECEIPT,), (), (K.DELIVERY,)),
    # Before acceptance
    Verb("accept_with_gaps", "容缺受理并出通知", _BEFORE, S.ACCEPTED, Stage.ACCEPTANCE, (P.GAP_NOTICE, P.GAP_PROMISE), (*_ACCEPTANCE[0], K.SUPPLEMENT), _ACCEPTANCE[1]),
    Verb("accept_on_declaration", "告知承诺受理", _BEFORE, S.ACCEPTED, Stage.ACCEPTANCE, (P.ACCEPTANCE_NOTICE, P.DECLARATION_PROMISE), *_ACCEPTANCE),
    Verb("take_corrections", "收补正并打印凭证", (S.CORRECTION_REQUIRED,), S.TRANSFERRED, CounterAct.RECEIVE, (P.CORRECTION_SLIP,), (K.NOTICE,), (K.CORRECTION,)),
    Verb("request_corrections", "发出一次性告知书", (*_BEFORE, S.CORRECTION_REQUIRED), S.CORRECTION_REQUIRED, Stage.ACCEPTANCE, (P.CORRECTION_NOTICE,), (K.CORRECTION,), (*_NO_CASE, K.CORRECTION)),
    Verb("decline", "不予受理并出通知书", _BEFORE, S.DECLINED, Stage.ACCEPTANCE, (P.DECLINE_NOTICE,), (), _NO_CASE),
    Verb("not_required", "告知无需许可", _BEFORE, S.NOT_REQUIRED, Stage.ACCEPTANCE, (P.NOT_REQUIRED_NOTICE,), (), _NO_CASE),
    Verb("send_back", "退回窗口", (S.TRANSFERRED,), S.RECEIVED, Stage.ACCEPTANCE, (), (K.TRANSFER,)),
    # Between acceptance and decision
    Verb("supply_gaps", "收容缺材料并打印凭证", _IN_HAND, None, CounterAct.RECEIVE, (P.GAP_SLIP,), (), (K.SUPPLEMENT,)),
    Verb("countersign", "共同核查并签名", (S.REVIEWED,), None, Stage.REVIEW),
    Verb("return_for_review", "退回重新审核", (S.REVIEWED,), S.ACCEPTED, Stage.APPROVAL, (), (K.STEP,), (K.STEP,)),
    Verb("refuse", "不予许可并出决定书", (S.REVIEWED,), S.DECIDED, Stage.APPROVAL, (P.REFUSAL,), (K.DELIVERY,), (*_DECIDED, K.SUPPLEMENT)),
    Verb("forward_up", "转报上级办结", (S.REVIEWED,), S.FORWARDED_UP, Stage.CONCLUSION, (), (), (K.PROMISED, *_DECIDED)),
    Verb("pause", "停表并出告知书", _IN_HAND, None, Stage.REVIEW, (P.SPECIAL_NOTICE,), (K.SPECIAL,)),
    Verb("resume", "登记结果，恢复计时", _IN_HAND, None, Stage.REVIEW, (), (), (K.SPECIAL,)),
    Verb("extend", "批准延期并出通知书", _IN_HAND, None, HEAD, (P.EXTENSION_NOTICE,)),
    Verb("ask_opinion", "征求会办意见", (S.ACCEPTED,), None, Stage.REVIEW, (P.OPINION_REQUEST,), (K.JOINT_OPINION,)),
    Verb("give_opinion", "回复会办意见", _IN_HAND, None, ASKED_UNIT, (), (), (K.JOINT_OPINION,)),
    Verb("charge", "出缴费通知书", (*_IN_HAND, S.DECIDED), None, Stage.REVIEW, (P.PAYMENT_NOTICE,)),
    Verb("hand_over", "移交承办人", (S.TRANSFERRED, *_IN_HAND, S.DECIDED), None, NEXT_STEP),
    Verb("take_back", "收回承办", (S.TRANSFERRED, *_IN_HAND, S.DECIDED), None, NEXT_STEP),
    # After the decision
    Verb("send_by_courier", "登记寄出", (S.READY,), None, CounterAct.HAND_OUT),
    Verb("confirm_courier", "登记妥投并打印回证", (S.READY,), S.DELIVERED, CounterAct.HAND_OUT, (P.DELIVERY_RECEIPT,), (), (K.DELIVERY,)),
    Verb("deliver_electronically", "电子送达并出回证", (S.READY,), S.DELIVERED, CounterAct.HAND_OUT, (P.DELIVERY_RECEIPT,), (), (K.DELIVERY,)),
    # What was promised is checked; even of a delivered result what proved untrue is put right or revoked (domain 3.5)
    Verb("post_check", "登记承诺属实", _SINCE_DECIDED, None, Stage.REVIEW, (), (), (K.POST_CHECK, K.RECTIFICATION)),
    Verb("order_rectification", "承诺不实，责令限期改正", _SINCE_DECIDED, None, Stage.REVIEW, (P.RECTIFICATION_ORDER,), (K.RECTIFICATION,), (K.POST_CHECK,)),
    Verb("confirm_rectification", "登记已经改正", _SINCE_DECIDED, None, Stage.REVIEW, (), (), (K.RECTIFICATION,)),
    Verb("revoke", "撤销准予的决定并出决定书", _SINCE_DECIDED, S.REVOKED, Stage.APPROVAL, (P.REVOCATION,), (), (K.PROMISED, K.DELIVERY, K.RECTIFICATION)),
    Verb("acknowledge", "签收审管信息", (*_SINCE_DECIDED, S.VOIDED, S.REVOKED), None, REGULATOR, (), (), (K.ACKNOWLEDGEMENT,)),
    # Ends
    Verb("withdraw", "登记撤回并出告知书", (S.SUBMITTED, S.RECEIVED, S.TRANSFERRED, S.CORRECTION_REQUIRED, *_IN_HAND), S.WITHDRAWN, CounterAct.RECEIVE, (P.END_NOTICE,), (), _ALL),
    Verb("void", "作废此件并出告知书", tuple(state for state in CaseState if state in OPEN_STATES), S.VOIDED, Stage.CONCLUSION, (P.END_NOTICE,), (), _ALL),
    # What the day itself does
    Verb("deem_accepted", "逾期未告知，视为受理", _BEFORE, S.ACCEPTED, BY_LAW, (P.ACCEPTANCE_NOTICE,), *_ACCEPTANCE),
    Verb("lapse_corrections", "逾期未补正，视为撤回", (S.CORRECTION_REQUIRED,), S.CORRECTION_LAPSED, BY_LAW, (P.END_NOTICE,), (), _ALL),
    Verb("lapse_gaps", "容缺逾期未补，视为撤回", _IN_HAND, S.WITHDRAWN, BY_LAW, (P.END_NOTICE,), (), _ALL),
    Verb("recalculate", "按新日历重算到期日", tuple(CaseState), None, BY_LAW),
)  # fmt: skip
VERBS: dict[str, Verb] = {verb.name: verb for verb in _TABLE}
# Acts that no letter line empowers.
WITHOUT_LINE = tuple(verb.name for verb in _TABLE if verb.power in (APPLICANT, BY_LAW, HEAD, ASKED_UNIT, REGULATOR))

IN_HAND_STATES = frozenset(_IN_HAND)  # accepted and not decided yet
UNCONCLUDED_STATES = frozenset({*_BEFORE, S.CORRECTION_REQUIRED, *_IN_HAND, S.DECIDED})  # 在办

# Which clock asks for the next step; in all other states the promise does, with the statute beside it.
NEXT_CLOCK: dict[CaseState, ClockKind] = {
    S.RECEIVED: K.TRANSFER,
    S.TRANSFERRED: K.NOTICE,
    S.CORRECTION_REQUIRED: K.CORRECTION,
    S.CONCLUDED: K.DELIVERY,
    S.CERTIFICATE_MADE: K.DELIVERY,
    S.READY: K.DELIVERY,
}


def verbs_after(state: CaseState | str) -> tuple[Verb, ...]:
    """Every verb that leads on from a state, the ordinary next step first."""
    return tuple(verb for verb in _TABLE if state in verb.sources)


def verb_after(state: CaseState | str) -> Verb | None:
    """The ordinary next step; None when the case is at its end."""
    return None if state in FINAL_STATES else next((verb for verb in _TABLE if state in verb.sources), None)


def power_of(verb: Verb, state: CaseState | str) -> str:
    """The power that a verb needs in a state: its own, or that of the ordinary next step (岗位责任制)."""
    if verb.power != NEXT_STEP:
        return verb.power
    ordinary = verb_after(state)
    assert ordinary is not None
    return ordinary.power
