"""What is special about a case, as notices and panels of its page: time that stands still, gaps, promises, corrections, opinions,
what the regulator was told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hall import queries, standing
from hall.materials import MaterialStatus
from hall.models import Act, Case, CaseMaterial, DeclarationState, Defect, JointOpinion, RegulatorNotice
from hall.standing import facts_of
from hall.states import FINAL_STATES, CaseState
from hall.templatetags.face import day, day_weekday
from hall.views import rows
from supervision import clocks, moment
from supervision.judging import days_in_words, judge
from supervision.models import Clock, ClockKind, ClockPause

S, K = CaseState, ClockKind
Note = dict[str, str]


@dataclass(frozen=True, slots=True)
class Special:
    """What only some cases have; nothing is read for a case whose clocks show that it has none."""

    pauses: Sequence[ClockPause]
    defects: Sequence[Defect]
    opinions: Sequence[JointOpinion]
    regulator_notices: Sequence[RegulatorNotice]


def special_of(case: Any) -> Special:
    had = {clock.kind for clock in clocks.carried(case)}
    told = case.regulator_notices.select_related("regulator", "person").order_by("round")
    opinions = case.opinions.select_related("department", "person").order_by("round")
    return Special(
        list(clocks.pauses_of(case)) if K.SPECIAL in had else [],
        queries.defects_of(case) if K.CORRECTION in had else [],
        list(opinions) if K.JOINT_OPINION in had else [],
        list(told) if K.ACKNOWLEDGEMENT in had else [],
    )


def notes(
    case: Any, special: Special, materials: Sequence[CaseMaterial], acts: Sequence[Act], now: datetime
) -> list[Note]:
    """The notices near the head of the page, the most pressing first; the law is named where time stops."""
    today = moment.local_date(now)
    ended = standing.effective_state(case, today) in FINAL_STATES
    found = [
        _by_law(case, now),
        *([] if ended else [_paused(special, now), _corrections(case, now), _gaps(case, materials, now)]),
        _extended(case, now),
        _declared(case, now),
        None if case.delivered_at else _sent(case, now),
        _ended(case, acts, now),
    ]
    return [note for note in found if note]


def _note(tone: str, lead: str, text: str) -> Note:
    return {"tone": tone, "lead": lead, "text": text}


def _by_law(case: Any, now: datetime) -> Note | None:
    """What the passing of a day did, whether or not somebody has written it down yet."""
    happened = standing.by_law(case, moment.local_date(now))
    name = happened.verb.name if happened else ("deem_accepted" if case.deemed else "")
    if name == "deem_accepted":
        since = day(standing.accepted_since(case), now)
        what = "补正到齐" if case.corrected_at else "收到申请材料"
        text = f"告知期限内没有告知，依照行政许可法第三十二条，自{since}{what}之日起即为受理；各项时限从那一天起算。"
        return _note("mind", "已视为受理", text)
    if happened is None:
        return None
    over = day(happened.clock.due_on, now)
    if name == "lapse_corrections":
        return _note("mind", "逾期未补正，视为撤回申请", f"补正期限{over}届满，材料没有补来。申请人可以重新申请。")
    return _note("mind", "容缺材料逾期未补，视为撤回申请", f"补交期限{over}届满，材料没有补来。申请人可以重新申请。")


def _paused(special: Special, now: datetime) -> Note | None:
    pause = next((pause for pause in special.pauses if pause.last_on is None), None)
    if pause is None:
        return None
    if pause.stops_statutory:
        law = "依照行政许可法第四十五条，所需时间不计入承诺和法定时限"
    else:
        law = "办事指南写明可以等，只停承诺时限；法定时限照常计算"
    since, until = day(pause.first_on, now), day_weekday(pause.expected_on, now)
    text = f"{law}。{since}起停表，预计{until}出结果；依据：{pause.basis}，批准人：{pause.approver}。"
    return _note("stop", f"正在停表：{pause.get_ground_display()}", text)


def _corrections(case: Any, now: datetime) -> Note | None:
    clock = clocks.open_clock(clocks.carried(case), K.CORRECTION)
    if clock is None or case.state != S.CORRECTION_REQUIRED:
        return None
    text = f"一次性告知书已发出，申请人最迟{day_weekday(clock.due_on, now)}补齐；到期不来视为撤回申请。"
    return _note("fix", "等申请人补正", text)


def _gaps(case: Any, materials: Sequence[CaseMaterial], now: datetime) -> Note | None:
    if not case.gaps_open:
        return None
    names = "、".join(row.requirement.name for row in materials if row.is_gap)
    lapsed = standing.gaps_to_refuse(case, moment.local_date(now))
    if lapsed:
        text = f"{names}，补交期限{day(lapsed.due_on, now)}届满，没有补来；依照容缺受理通知书，本件只能{standing.refusal_name(case)}。"
        return _note("fix", "容缺材料逾期未补", text)
    clock = clocks.open_clock(clocks.carried(case), K.SUPPLEMENT)
    until = f"最迟{day_weekday(clock.due_on, now)}补交" if clock else "限期补交"
    return _note(
        "fix",
        "容缺受理，还有材料待补",
        f"{names}，{until}；补齐以前不能作出决定，逾期不补{case.version.gap_end.label}。",
    )


def _extended(case: Any, now: datetime) -> Note | None:
    longest = max((clock for clock in clocks.carried(case)), key=lambda clock: clock.extension, default=None)
    if longest is None or not longest.extension:
        return None
    lead = f"已延期 {days_in_words(longest.extension, 'workday')}"
    until = [
        f"{clock.get_kind_display()}延至{day_weekday(clock.due_on, now)}"
        for clock in clocks.carried(case)
        if clock.kind in (K.PROMISED, K.STATUTORY) and clock.extension and clock.due_on
    ]
    return _note("mind", lead, f"依照行政许可法第四十二条，只能延长一次。{'，'.join(until)}{'。' if until else ''}")


def _declared(case: Any, now: datetime) -> Note | None:
    if not case.declaration or case.ended_at:  # how it ended is told by notes of its own
        return None
    state = DeclarationState(case.declaration)
    if state == DeclarationState.UNTRUE:
        return _ordered(case, now)
    clock = clocks.open_clock(clocks.carried(case), K.POST_CHECK)
    until = f"最迟{day_weekday(clock.due_on, now)}核查。" if clock else ""
    tone = {DeclarationState.REVOKED: "fix", DeclarationState.PROMISED: ""}.get(state, "ok")
    text = f"{state.label}。{until}" if state != DeclarationState.PROMISED or until else "已承诺；作出决定后核查。"
    return _note(tone, "告知承诺办理", text)


def _ordered(case: Any, now: datetime) -> Note:
    """What was promised is not true; by when it is to be put right, and what comes then."""
    order = clocks.open_clock(clocks.carried(case), K.RECTIFICATION)
    due = order.due_on if order else None
    if due and due < moment.local_date(now):
        text = f"改正期限{day(due, now)}届满，还没有登记改正；没有改正的，由审批岗位撤销准予的决定。"
        return _note("fix", "承诺不实，逾期未改正", text)
    until = f"最迟{day_weekday(due, now)}改正" if due else "限期改正"
    return _note("fix", "承诺不实，责令限期改正", f"{until}；改正以前不再往下办，逾期不改正的依法撤销准予的决定。")


def _sent(case: Any, now: datetime) -> Note | None:
    sent = rows.shipment_of(case)
    if sent is None or case.ended_at:
        return None
    text = f"{sent.courier} {sent.tracking_number}，{day(sent.sent_on, now)}寄出；收到寄递回执后登记妥投，是否按期送达以签收日期为准。"
    return _note("", "结果已寄出", text)


def _ended(case: Case, acts: Sequence[Act], now: datetime) -> Note | None:
    if case.ended_at is None:
        return None
    last = next((act for act in reversed(acts) if act.at == case.ended_at), None)
    if case.state == S.REVOKED:
        return _revoked(case, last.opinion if last else "", now)
    reason = f"理由：{last.opinion}" if last and last.opinion else "这一件不再往下办。"
    kind = f"，{case.get_conclusion_display()}" if case.conclusion else ""
    return _note("", f"{day(case.ended_at, now)}{S(case.state).label}{kind}", reason)


def _revoked(case: Any, reason: str, now: datetime) -> Note:
    """What was granted, and that it no longer is."""
    granted = f"{day(case.decided_at, now)}准予的决定（{case.decision.paper_number}）从{day(case.ended_at, now)}起撤销"
    return _note("mind", f"{day(case.ended_at, now)}已撤销", f"{granted}。理由：{reason}")


# Panels --------------------------------------------------------------------------------------------------------------------
def corrections(
    special: Special, materials: Sequence[CaseMaterial], acts: Sequence[Act], now: datetime
) -> list[dict[str, Any]]:
    """The correction notices, newest first: what each told, and what of it has come since."""
    at = {act.record_seq: act for act in acts}
    held = {row.requirement_id: row for row in materials}
    told: dict[int, list[Defect]] = {}
    for defect in special.defects:
        told.setdefault(defect.round, []).append(defect)
    return [
        {
            "title": "一次性告知" if round_ == 1 else f"第 {round_} 次告知",
            "at": at[defects[0].record_seq].at if defects[0].record_seq in at else None,
            "reason": at[defects[0].record_seq].opinion if defects[0].record_seq in at else "",
            "rows": [_defect(defect, held.get(defect.requirement_id)) for defect in defects],
        }
        for round_, defects in sorted(told.items(), reverse=True)
    ]


def _defect(defect: Defect, held: CaseMaterial | None) -> dict[str, Any]:
    came = held is not None and held.record_seq > defect.record_seq and held.status != MaterialStatus.MISSING
    return {
        "name": defect.requirement.name,
        "problem": defect.problem,
        "wanted": defect.wanted,
        "late": defect.seen_before,
        "result": {"tone": "ok", "words": "已补"} if came else {"tone": "missing", "words": "待补"},
    }


def opinions(case: Any, special: Special, today: date, rules: clocks.Rules) -> list[dict[str, Any]]:
    """Whom the unit has asked for an opinion, since when, by when, and what they said; newest first."""
    running = {clock.round: clock for clock in clocks.carried(case) if clock.kind == K.JOINT_OPINION}
    return [_opinion(opinion, running.get(opinion.round), today, rules) for opinion in reversed(special.opinions)]


def _opinion(opinion: JointOpinion, clock: Clock | None, today: date, rules: clocks.Rules) -> dict[str, Any]:
    judged = judge(facts_of(clock), today, calendar=rules.calendar, near=rules.near(today)) if clock else None
    return {
        "unit": opinion.department.short_name,
        "question": opinion.question,
        "asked_at": opinion.asked_at,
        "due": rows.chip(judged),
        "answer": opinion.answer,
        "answered_at": opinion.answered_at,
        "person": opinion.person.name if opinion.person else "",
    }


def regulator_notices(case: Any, special: Special, today: date, rules: clocks.Rules) -> list[dict[str, Any]]:
    """What the regulator was told of this case and who has signed for it; newest first (D158)."""
    running = {clock.round: clock for clock in clocks.carried(case) if clock.kind == K.ACKNOWLEDGEMENT}
    return [_regulator_notice(told, running[told.round], today, rules) for told in reversed(special.regulator_notices)]


def _regulator_notice(told: RegulatorNotice, clock: Clock, today: date, rules: clocks.Rules) -> dict[str, Any]:
    return {
        "unit": told.regulator.short_name,
        "kind": told.get_kind_display(),
        "document": told.document_number,
        "told_at": told.told_at,
        "due": rows.chip(judge(facts_of(clock), today, calendar=rules.calendar, near=rules.near(today))),
        "acknowledged_at": told.acknowledged_at,
        "person": told.person.name if told.person else "",
    }
