"""The time statement of a case as the page tells it: its lines, its sum, and how each clock comes out of it (D41, D44, D123, D150)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from hall import standing
from hall.models import Act, Case
from hall.states import VERBS, CaseState
from hall.templatetags.face import day
from hall.timeline import Holder, Reckoning, Row, Run, Statement, Step, Stop, statement
from supervision import clocks, moment
from supervision.models import Clock, ClockKind
from supervision.workdays import TimeUnit, used

K = ClockKind
# Which clock ran out when the law acted: its last day is the day that counts, whenever it was written down.
RAN_OUT = {rule.verb.name: rule.kind for rule in standing.BY_LAW}
ENDED = {
    CaseState.DELIVERED: "送达",
    CaseState.DECLINED: "不予受理",
    CaseState.NOT_REQUIRED: "告知无需许可",
    CaseState.CORRECTION_LAPSED: "补正期满",
}
WORDS = {TimeUnit.WORKDAY: "个工作日", TimeUnit.DAY: "日", TimeUnit.MONTH: "日"}


def timeline_parts(
    case: Any, acts: Sequence[Act], running: Sequence[Clock], now: datetime, rules: clocks.Rules
) -> dict[str, Any]:
    """Inputs of `hall/_timeline.html`. Pauses and opinions are read only of a case that had any."""
    today = moment.local_date(now)
    happened = standing.by_law(case, today)
    steps = [_step(case, act, running) for act in acts]
    promised, statutory = case.promised, case.statutory
    if happened is not None:
        assert happened.clock.due_on is not None
        steps.append(Step(happened.verb.name, happened.clock.due_on))
        if happened.state == CaseState.ACCEPTED:
            promised, statutory = standing.expected_clocks(case, rules)
    told = statement(
        steps,
        promised=_run(promised),
        statutory=_run(statutory),
        stops=_stops(case, running),
        calendar=rules.calendar,
        today=today,
    )
    state = happened.state if happened else CaseState(case.state)
    return {
        "sentence": _sentence(case, told, steps[0].verb, state),
        "rows": [_line(case, row, now) for row in told.rows],
        "workdays": told.workdays,
        "paused": told.paused,
        "notes": [
            *_set_back(case, promised, happened, running, now),
            *_reckoned(told, promised, statutory, case),
            *_opinions(case, running, now, rules),
            *_put_right(case, running, now),
        ],
    }


def _step(case: Case, act: Act, running: Sequence[Clock]) -> Step:
    """An act on the day it took effect: what a courier brought was delivered when it was signed, not when the slip was back."""
    if VERBS[act.verb].target == CaseState.DELIVERED and case.delivered_at:
        return Step(act.verb, moment.local_date(case.delivered_at))
    kind = RAN_OUT.get(act.verb)
    over = next((clock for clock in running if clock.kind == kind and clock.record_seq == act.record_seq), None)
    return Step(act.verb, over.due_on if over and over.due_on else moment.local_date(act.at))


def _run(clock: Clock | None) -> Run | None:
    return Run(clock.started_on, clock.stopped_on, clock.time_unit) if clock else None


def _stops(case: Case, running: Sequence[Clock]) -> list[Stop]:
    if not any(clock.kind == K.SPECIAL for clock in running):
        return []
    return [
        Stop(pause.first_on, pause.last_on, pause.get_ground_display(), pause.stops_statutory)
        for pause in clocks.pauses_of(case)
    ]


# The sentence and the lines ------------------------------------------------------------------------------------------------
def _sentence(case: Case, told: Statement, first: str, state: CaseState) -> str:
    """从收件到办结 7 个工作日：…；办结后到送达 1 个工作日：…; of a case that runs, 从收件到今天."""
    begin = "申办" if first == "submit" else "收件"
    until, later = [row for row in told.rows if not row.concluded], [row for row in told.rows if row.concluded]
    if case.delivered_at:
        state = CaseState.DELIVERED  # what was revoked afterwards had come to its end before
    end = ENDED.get(state, state.label.removeprefix("已")) if told.ended else "今天"
    said = f"从{begin}到{'办结' if later else end} {_shares(case, until)}"
    if later:
        said += f"；办结后到{end} {_shares(case, later)}"
    return f"{said}。"


def _shares(case: Case, rows: Sequence[Row]) -> str:
    """7 个工作日：综合服务窗口 3 号 1 日，县卫生健康局 6 日（其中停表 2 日：检测，行政许可法第四十五条）"""
    by_holder: dict[Holder, list[Row]] = {}
    for row in rows:
        by_holder.setdefault(row.holder, []).append(row)
    took = "，".join(_share(case, holder, mine) for holder, mine in by_holder.items() if any(r.workdays for r in mine))
    whole = f"{sum(row.workdays for row in rows)} 个工作日"
    return f"{whole}：{took}" if took else whole


def _share(case: Case, holder: Holder, rows: Sequence[Row]) -> str:
    days, paused = sum(row.workdays for row in rows), sum(row.paused for row in rows)
    stood = f"（其中停表 {paused} 日：{_grounds(rows)}）" if paused else ""
    return f"{_name(case, holder)} {days} 日{stood}"


def _grounds(rows: Sequence[Row]) -> str:
    stops = dict.fromkeys(stop for row in rows for stop in row.stops)
    return "；".join(dict.fromkeys(_ground(stop) for stop in stops))


def _ground(stop: Stop) -> str:
    return f"{stop.ground}，{'行政许可法第四十五条' if stop.of_article_45 else '办事指南写明，只停承诺时限'}"


def _name(case: Case, holder: Holder) -> str:
    if holder is Holder.WINDOW and case.window:
        return str(case.window)
    return str(case.item.department.short_name if holder is Holder.UNIT else holder.label)


def _line(case: Case, row: Row, now: datetime) -> dict[str, Any]:
    return {
        "holder": _name(case, row.holder),
        "from": row.after,
        "to": row.to,
        "workdays": row.workdays,
        "paused": row.paused,
        "doing": _doing(row),
        "stops": [f"停表：{_ground(stop)}，{day(stop.first, now)}–{_until(stop, now)}" for stop in row.stops],
    }


def _doing(row: Row) -> str:
    """审核 4 日，审批 1 日; what lies before the start of the clocks says so."""
    parts = [f"{doing} {days} 日" if len(row.doing) > 1 and row.workdays else doing for doing, days in row.doing]
    return "，".join(parts)


def _until(stop: Stop, now: datetime) -> str:
    return day(stop.last, now) if stop.last else "结果未到"


# What the clocks make of it ------------------------------------------------------------------------------------------------
def _set_back(
    case: Any, promised: Clock | None, happened: Any, running: Sequence[Clock], now: datetime
) -> list[tuple[str, str]]:
    """Why the clocks start before the act of acceptance: by law (L10) or because all corrections were in (L11)."""
    if promised is None:
        return []
    since = day(promised.started_on, now)
    if case.deemed or (happened and happened.state == CaseState.ACCEPTED):
        notice = max((clock for clock in running if clock.kind == K.NOTICE), key=lambda clock: clock.round)
        of_what = "补正材料到齐" if case.corrected_at else "收件"
        ended = day(notice.due_on, now)
        words = f"到{ended}没有告知，依行政许可法第三十二条视为受理；承诺与法定时限从{of_what}的{since}起算。"
        return [("视为受理", words)]
    if case.corrected_at:
        return [("补正", f"补正材料{since}到齐，时限从这一天起算，补正用的时间不计。")]
    return []


def _reckoned(told: Statement, promised: Clock | None, statutory: Clock | None, case: Any) -> list[tuple[str, str]]:
    before = "起算前" if case.version.clock_starts_on_receipt else "受理前"
    notes = []
    if told.promised and promised:
        notes.append(("承诺时限", _reckoning(told.promised, promised, "受理前", "办结后")))
    if told.statutory and statutory:
        notes.append(("法定时限", _reckoning(told.statutory, statutory, before, "决定后")))
    return notes


def _reckoning(made: Reckoning, clock: Clock, before: str, after: str) -> str:
    """全程 12 个工作日，减受理前 3 日（其中申请人补正 2 日）、停表 2 日、办结后 1 日，计 6 个工作日；时限 20 个工作日。"""
    if made.unit is TimeUnit.IMMEDIATE:
        return "即办件，当场办结。"
    unit = WORDS[made.unit]
    corrected = f"（其中申请人补正 {made.corrections} 日）" if made.corrections else ""
    named = ((before, made.before, corrected), ("停表", made.paused, ""), (after, made.after, ""))
    less = "、".join(f"{name} {days} 日{more}" for name, days, more in named if days)
    limit = clocks.Limit(clock.limit, clock.time_unit).words
    extended = f"，延期 {clock.extension} 日" if clock.extension else ""
    whole = f"全程 {made.whole} {unit}"
    reason = f"{whole}，减{less}，" if less else f"{whole}，"
    return f"{reason}用去 {made.used} {unit}；时限 {limit}{extended}。"


def _put_right(case: Case, running: Sequence[Clock], now: datetime) -> list[tuple[str, str]]:
    """That what was granted had to be put right, and that it was revoked: after the decision, beside what the clocks count."""
    notes = [("责令改正", _order(clock, now)) for clock in running if clock.kind == K.RECTIFICATION]
    if case.state == CaseState.REVOKED and case.decided_at and case.ended_at:
        words = f"{day(case.decided_at, now)}准予，{day(case.ended_at, now)}撤销；用时照准予时计，撤销不改变它。"
        notes.append(("撤销", words))
    return notes


def _order(clock: Clock, now: datetime) -> str:
    until = f"，期限到{day(clock.due_on, now)}" if clock.due_on else ""
    ended = f"；{day(clock.stopped_on, now)}了结" if clock.stopped_on else "；还没有了结"
    return f"{day(clock.started_on, now)}责令限期改正{until}{ended}。"


def _opinions(case: Case, running: Sequence[Clock], now: datetime, rules: clocks.Rules) -> list[tuple[str, str]]:
    """How long each asked unit took, beside the case's own days, which run on (D123, D150)."""
    by_round = {clock.round: clock for clock in running if clock.kind == K.JOINT_OPINION}
    if not by_round:
        return []
    asked = case.opinions.select_related("department").order_by("round")
    return [
        ("会办", f"{opinion.department.short_name}{_answered(by_round[opinion.round], now, rules)}")
        for opinion in asked
    ]


def _answered(clock: Clock, now: datetime, rules: clocks.Rules) -> str:
    end: date = clock.stopped_on or moment.local_date(now)
    took = used(clock.started_on, end, (), TimeUnit.WORKDAY, rules.calendar)
    asked = f"{day(clock.started_on, now)}征求"
    limit = clocks.Limit(clock.limit, clock.time_unit).words
    answered = f"{day(end, now)}回复，用" if clock.stopped_on else "还没有回复，已"
    return f" {asked}，{answered} {took} 个工作日；时限 {limit}。与审核同时进行，不另计。"
