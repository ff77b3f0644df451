"""What an applicant is told of a case, the same on the progress page and to the program that filed it: the lawful state in plain
words, why time stands still, what is to be done by which day (D41, L35). Nothing personal; one statement more only for the cases
that have something to tell.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from catalog.models import GapOutcome
from hall import conditions, queries, standing
from hall.models import ConclusionKind, DecisionKind, DeliveryWay
from hall.states import FINAL_STATES, CaseState
from supervision import clocks, moment
from supervision.clocks import Rules
from supervision.models import Clock, ClockKind, ClockPause

S, K = CaseState, ClockKind
WEEKDAYS = "一二三四五六日"
NOTHING_TO_DO = "您现在不用做什么。"


@dataclass(frozen=True, slots=True)
class Paused:
    """A time that did not count, or does not yet: `until` is None while the result is awaited on `expected_on`."""

    since: date
    until: date | None
    expected_on: date | None
    ground: str
    ground_name: str
    stops_statutory: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class ToDo:
    """What the applicant has to bring and by which day; what comes of it otherwise, the sentence says. What is to be put right stands
    in the order; after its day what was granted is revoked.
    """

    kind: str  # bring_corrections, supply_gaps, rectify
    by: date | None
    materials: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Told:
    """`state` is the lawful one, whatever was written down; `accepted_at` the instant since when the application counts as accepted."""

    state: CaseState
    accepted_at: datetime | None
    deemed: bool
    promised: Clock | None
    statutory: Clock | None
    headline: tuple[str, ...]
    sentence: str
    pauses: tuple[Paused, ...]
    extended: int
    to_do: ToDo | None

    @property
    def is_counted(self) -> bool:
        """Is there a promise to speak of? Not before acceptance, nor when the case ended without a result."""
        return self.promised is not None and self.state not in FINAL_STATES - {S.DELIVERED, S.FORWARDED_UP, S.REVOKED}


def told(case: Any, now: datetime, rules: Rules) -> Told:
    """What is to be told now. Of a case that has ended no result is awaited any more: a pause that was still open is left out."""
    today = moment.local_date(now)
    happened = standing.by_law(case, today)
    state = standing.effective_state(case, today)
    deemed = case.deemed or (happened is not None and happened.verb.name == "deem_accepted")
    newly = deemed and not case.deemed
    promised, statutory = standing.expected_clocks(case, rules) if newly else (case.promised, case.statutory)
    if state == S.REVOKED and case.concluded_at is None:
        promised = statutory = None  # revoked before it came to a result
    had = clocks.carried(case)
    told_pauses = [pause for pause in _pauses_of(case, had) if pause.last_on or state not in FINAL_STATES]
    pauses = tuple(_paused(pause, now) for pause in told_pauses)
    to_do, lapsed = _to_do(case, state, had, now), standing.gaps_to_refuse(case, today)
    return Told(
        state=state,
        accepted_at=standing.accepted_since(case) if newly else case.accepted_at,
        deemed=deemed,
        promised=promised,
        statutory=statutory,
        headline=_headline(case, state, pauses, promised, now),
        sentence=to_do.sentence
        if to_do
        else _GAPS_LAPSED.format(refusal=standing.refusal_name(case))
        if lapsed
        else _sentence(case, state),
        pauses=pauses,
        extended=max((clock.extension for clock in had), default=0),
        to_do=to_do,
    )


def _pauses_of(case: Any, had: list[Clock]) -> list[ClockPause]:
    return list(clocks.pauses_of(case)) if any(clock.kind == K.SPECIAL for clock in had) else []


def _paused(pause: ClockPause, now: datetime) -> Paused:
    name = str(pause.get_ground_display())
    since = in_words(pause.first_on, now)
    if pause.stops_statutory:
        counts = "这段时间不计入办理期限（行政许可法第四十五条）"
    else:
        counts = "我们承诺的办结时间顺延，法定期限照常计算"
    if pause.last_on is not None:
        sentence = f"{since}至{in_words(pause.last_on, now)}等{name}结果，{counts}。"
    else:
        expected = f"，预计{in_words(pause.expected_on, now)}有结果" if pause.expected_on else ""
        sentence = f"{since}起等{name}结果{expected}；{counts}。"
    return Paused(pause.first_on, pause.last_on, pause.expected_on, pause.ground, name, pause.stops_statutory, sentence)


def _to_do(case: Any, state: CaseState, had: list[Clock], now: datetime) -> ToDo | None:
    if state == S.CORRECTION_REQUIRED:
        by = _due(had, K.CORRECTION)
        names = tuple(row.requirement.name for row in queries.to_be_corrected(case))
        until = f"最迟在{in_words(by, now)}" if by else "在期限内"
        sentence = f"请{until}把要补正的材料交到大厅综合服务窗口：{_listed(names)}。怎么补，告知书上写明了。到期不补，视为撤回申请。"
        return ToDo("bring_corrections", by, names, sentence)
    if case.gaps_open and state not in FINAL_STATES:
        if standing.gaps_to_refuse(case, moment.local_date(now)):
            return None
        by = _due(had, K.SUPPLEMENT)
        names = tuple(row.requirement.name for row in queries.materials_of(case) if row.is_gap)
        until = f"最迟在{in_words(by, now)}" if by else "在承诺的期限内"
        sentence = f"请{until}把您承诺后补的材料交到大厅综合服务窗口：{_listed(names)}。到期不补，{_GAPS_END[case.version.gap_end].format(refusal=standing.refusal_name(case))}。"
        return ToDo("supply_gaps", by, names, sentence)
    return _to_rectify(case, state, had, now)


def _to_rectify(case: Any, state: CaseState, had: list[Clock], now: datetime) -> ToDo | None:
    order = clocks.open_clock(had, K.RECTIFICATION)
    if order is None or state in FINAL_STATES - {S.DELIVERED}:
        return None
    if order.due_on and order.due_on < moment.local_date(now):
        sentence = "承办单位可以依法撤销准予的决定。已经改正的，请马上告诉承办单位复查。"
    else:
        sentence = "要改正什么，责令限期改正通知书里写明了；改好请告诉承办单位复查。逾期不改正的，准予的决定会被撤销。"
    return ToDo("rectify", order.due_on, (), sentence)


_GAPS_END = {GapOutcome.WITHDRAWN: "视为撤回申请", GapOutcome.REFUSED: "将{refusal}"}


def _due(had: list[Clock], kind: ClockKind) -> date | None:
    clock = clocks.open_clock(had, kind)
    return clock.due_on if clock else None


def _listed(names: tuple[str, ...]) -> str:
    return "、".join(names)


def in_words(day: date | datetime, now: datetime) -> str:
    """3月12日（周四）; the year only when it is another one."""
    on = moment.local_date(day) if isinstance(day, datetime) else day
    year = "" if on.year == moment.local_date(now).year else f"{on.year}年"
    return f"{year}{on.month}月{on.day}日（周{WEEKDAYS[on.weekday()]}）"


# Plain words ---------------------------------------------------------------------------------------------------------------
_SPOKEN: dict[CaseState, tuple[str, str]] = {
    S.SUBMITTED: ("已经提交，", "窗口核对后收件"),
    S.RECEIVED: ("已经收件，", "正在转交承办单位"),
    S.TRANSFERRED: ("已经收件，", "等承办单位决定是否受理"),
    S.DECIDED: ("已经准予，", "正在办结"),
    S.CONCLUDED: ("已经办结，", "正在制证"),
    S.CERTIFICATE_MADE: ("已经办结，", "结果正送往大厅"),
    S.READY: ("办好了，", "可以来取"),
    S.DECLINED: ("没有受理，", "理由写在不予受理通知书里"),
    S.NOT_REQUIRED: ("不用办，", "这件事不需要取得许可"),
    S.CORRECTION_LAPSED: ("没有补正，", "已经按撤回申请处理"),
    S.FORWARDED_UP: ("初审完毕，", "已转报上级机关决定"),
    S.WITHDRAWN: ("申请已经撤回，", "不再办理"),
    S.VOIDED: ("这一件已作废，", "不再办理"),
    S.REVOKED: ("准予的决定，", "已经撤销"),
}
# Where what was granted on an untrue declaration stands until it is put right or revoked: nothing is to be fetched, nothing is done well (L38).
_GRANTED = frozenset({S.DECIDED, S.CONCLUDED, S.CERTIFICATE_MADE, S.READY, S.DELIVERED})
_UNDER_WAY = {S.ACCEPTED: "正在审核，", S.REVIEWED: "正在审批，"}


def _headline(
    case: Any, state: CaseState, pauses: tuple[Paused, ...], promised: Clock | None, now: datetime
) -> tuple[str, ...]:
    if state == S.REVOKED:
        return ("准予的决定，", f"{in_words(case.ended_at, now)}已撤销")
    if _is_untrue(case, state):
        return ("承诺经核查不实，", _what_follows(case, now))
    if state in _UNDER_WAY:
        waiting = next((pause for pause in pauses if pause.until is None), None)
        if waiting:
            return (_UNDER_WAY[state], f"等{waiting.ground_name}结果")
        due = promised.due_on if promised else None
        return (_UNDER_WAY[state], f"预计 {in_words(due, now)}前办结") if due else (_UNDER_WAY[state],)
    if state == S.CORRECTION_REQUIRED:
        return ("材料要补正，", "补齐以后接着办")
    if state == S.DELIVERED:
        return (_finished(case), f"{in_words(case.delivered_at, now)}已送达")
    if state == S.DECIDED and is_refused(case):
        return ("没有准予，", "正在办结")
    if state == S.CONCLUDED and case.conclusion == ConclusionKind.CONCLUDED:
        return ("已经办结，", "决定书正送往大厅")
    return (_finished(case), _how_it_comes(case)) if state == S.READY else _SPOKEN[state]


def _is_untrue(case: Any, state: CaseState) -> bool:
    return state in _GRANTED and conditions.is_untrue(case)


def _what_follows(case: Any, now: datetime) -> str:
    """请最迟在3月10日（周二）改正, and once that day is over that it was not; found untrue before there were orders, that it is to be revoked."""
    order = clocks.open_clock(clocks.carried(case), K.RECTIFICATION)
    if order is None:
        return "准予的决定应当撤销"
    if order.due_on is None:
        return "请限期改正"
    if order.due_on < moment.local_date(now):
        return "改正的期限已经过了"
    return f"请最迟在{in_words(order.due_on, now)}改正"


def is_refused(case: Any) -> bool:
    decision = getattr(case, "decision", None)
    return decision is not None and decision.kind == DecisionKind.REFUSE


def _finished(case: Any) -> str:
    return "没有准予，" if is_refused(case) else "办好了，"


def _how_it_comes(case: Any) -> str:
    if getattr(case, "shipment", None) is not None:
        return "结果已经寄出"
    ways = {DeliveryWay.COURIER: "等着寄给您", DeliveryWay.ELECTRONIC: "等着电子送达"}
    return ways.get(case.delivery_way, "可以来取")


_RIGHTS = "不服的，可以按文书上写的办法申请行政复议或者提起行政诉讼。"
_AT_THE_END = {
    S.DECLINED: _RIGHTS,
    S.NOT_REQUIRED: NOTHING_TO_DO,
    S.CORRECTION_LAPSED: "需要办的，可以重新申请。",
    S.FORWARDED_UP: "您现在不用做什么。上级机关的决定由上级机关送达。",
    S.WITHDRAWN: "需要办的，可以重新申请。",
    S.VOIDED: "有疑问的，请带收件凭证到大厅问。",
    S.REVOKED: "理由写在撤销决定书里；领到的证照请交回承办单位。" + _RIGHTS,
}
_GAPS_LAPSED = "您承诺后补的材料没有按期补交，承办单位将作出{refusal}的决定，并书面告诉您理由和救济途径。"
_LATER = {
    DeliveryWay.COUNTER: "办结后请带身份证到大厅综合出件窗口领取。",
    DeliveryWay.COURIER: "办结后寄到您填的地址。",
    DeliveryWay.ELECTRONIC: "办结后电子送达。",
}


def _sentence(case: Any, state: CaseState) -> str:
    if state in _AT_THE_END:
        return _AT_THE_END[state]
    if _is_untrue(case, state):
        return "承办单位依照核查结论处理，结果会书面告诉您。有疑问的，请向承办单位咨询。"
    if state == S.SUBMITTED:
        return "请带齐原件到大厅窗口，窗口核对后收件。"
    if state == S.DELIVERED:
        kept = "您现在不用做什么。请妥善保管领到的证照和文书。"
        return _RIGHTS if is_refused(case) else kept
    if state == S.READY:
        return _when_ready(case)
    return NOTHING_TO_DO + _LATER[DeliveryWay(case.delivery_way)]


def _when_ready(case: Any) -> str:
    sent = getattr(case, "shipment", None)
    if sent is not None:
        return f"请留意收件：{sent.courier}，运单号 {sent.tracking_number}。"
    if case.delivery_way == DeliveryWay.COUNTER:
        return "请带身份证和收件凭证到大厅综合出件窗口领取。"
    return NOTHING_TO_DO + ("结果很快寄出。" if case.delivery_way == DeliveryWay.COURIER else "结果很快电子送达。")
