"""The parts of a case page as finished values for its template: at most ten statements, none in the template."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from authorization.models import LetterLine
from authorization.staff import Staff
from catalog.models import MaterialSource
from hall import policies, queries, requirements
from hall.materials import MaterialStatus
from hall.models import Act, ApplicantKind, Case, CaseMaterial
from hall.standing import by_law, facts_of
from hall.states import CaseState
from hall.templatetags.face import day, day_weekday, full_day
from hall.views import case_notes, rows
from hall.views.timeline_parts import timeline_parts
from supervision import clocks, moment, protection, strips
from supervision.judging import judge
from supervision.masking import mask_address, mask_id_number, mask_name, mask_phone
from supervision.models import Clock, ClockKind, ClockPause, Paper, PaperKind
from supervision.refusals import NotFound, Refused

DID = {
    "submit": "网上申办",
    "receive": "收件",
    "transfer": "中转到后台",
    "send_back": "退回窗口",
    "accept": "受理，承诺与法定时限起算",
    "accept_with_gaps": "容缺受理，承诺与法定时限起算",
    "accept_on_declaration": "按告知承诺受理",
    "deem_accepted": "逾期未告知，视为受理",
    "request_corrections": "发出一次性告知书",
    "take_corrections": "收补正，告知期限重新起算",
    "lapse_corrections": "逾期未补正，视为撤回",
    "supply_gaps": "收容缺材料",
    "lapse_gaps": "容缺逾期未补，视为撤回",
    "decline": "不予受理",
    "not_required": "告知无需许可",
    "review": "审核通过",
    "countersign": "共同核查",
    "return_for_review": "退回重新审核",
    "grant": "准予",
    "refuse": "不予许可",
    "forward_up": "转报上级",
    "pause": "停表，开始特别程序",
    "resume": "结果到达，恢复计时",
    "extend": "批准延期",
    "recalculate": "按新日历重算到期日",
    "ask_opinion": "征求会办意见",
    "give_opinion": "回复会办意见",
    "charge": "出缴费通知书",
    "hand_over": "移交承办人",
    "take_back": "收回承办",
    "conclude": "办结",
    "make_certificate": "制证",
    "make_ready": "登记待领",
    "send_by_courier": "寄出",
    "confirm_courier": "妥投，已送达",
    "deliver_electronically": "电子送达",
    "hand_out": "出件，已送达",
    "post_check": "登记承诺核查结果",
    "order_rectification": "承诺不实，责令限期改正",
    "confirm_rectification": "登记已经改正",
    "revoke": "撤销准予的决定",
    "acknowledge": "监管部门签收",
    "withdraw": "申请人撤回",
    "void": "作废",
}
STRIP_NAMES = {ClockKind.PROMISED: "承诺", ClockKind.STATUTORY: "法定"}
MASKED = {
    "id_number": "证件号码",
    "phone": "手机",
    "contact_id_number": "经办人证件号码",
    "postal_recipient": "收件人",
    "postal_phone": "收件电话",
    "postal_address": "收件地址",
}
# To whom the result is sent: seen, masked as well, by those alone to whom the whole case is open.
_OF_HOLDERS = frozenset({"postal_recipient", "postal_phone", "postal_address"})
_MASKS = {
    "phone": mask_phone,
    "postal_phone": mask_phone,
    "postal_recipient": mask_name,
    "postal_address": mask_address,
}
WITH_QUERY_CODE = frozenset({PaperKind.RECEIPT_SLIP})  # opens the progress page


@dataclass(frozen=True, slots=True)
class Page:
    """What the case page needs: the case, the verdicts on what this person may do, and the template's inputs.

    `settling` is the line by which an 即办件 is settled at once; `offered` are the other verbs; `only_gaps` says that what is
    missing may follow later; `question` is what this person's unit is asked for an opinion.
    """

    case: Case
    verdict: policies.Verdict | None
    offered: list[policies.Verdict]
    settling: LetterLine | None
    only_gaps: bool
    question: str
    parts: dict[str, Any]


def gather(staff: Staff, case: Any, now: datetime) -> Page:
    """All readings of the page, each one statement; what only some cases have is read for these alone."""
    today, rules = moment.local_date(now), clocks.rules_with(case)
    materials, acts = queries.materials_of(case), queries.acts_of(case)
    special = case_notes.special_of(case)
    held = policies.is_holder(staff, case.item.department.number)
    papers: list[Any] = [paper for paper in queries.papers_of(case) if held or paper.kind not in WITH_QUERY_CODE]
    parts = {
        "crumb": [workspace_of(staff), {"label": "办件", "url": ""}],
        "case": head_of(case, staff, today, now, rules),
        "notes": case_notes.notes(case, special, materials, acts, now),
        "clocks": _clocks(case, special.pauses, today, now, rules),
        "materials": _materials(case, materials, acts),
        "corrections": case_notes.corrections(special, materials, acts, now),
        "opinions": case_notes.opinions(case, special, today, rules),
        "regulator_notices": case_notes.regulator_notices(case, special, today, rules),
        "way": {"records": f"记录 1–{case.record_seq}", "rows": _way(case, acts, papers, special.pauses, now)},
        "papers": [_paper(paper) for paper in papers],
        "printing": "" if all(paper.is_printed for paper in papers) else reverse("case", args=[case.number]),
        "facts": _facts(case),
        "timeline": timeline_parts(case, acts, clocks.carried(case), now, rules),
    }
    verdict = complete(policies.next_step(staff, case, now), materials)
    return Page(
        case,
        verdict,
        _offered(staff, case, now),
        policies.settling(staff, case, now),
        only_gaps=all(row.is_gap for row in materials if row.is_missing),
        question=_question(special, staff),
        parts=parts,
    )


def _question(special: case_notes.Special, staff: Staff) -> str:
    asked = (one for one in special.opinions if one.department_id == staff.department_id and one.answered_at is None)
    return next((f"征求内容：{one.question}" for one in asked), "")


def complete(verdict: policies.Verdict | None, materials: Sequence[CaseMaterial]) -> policies.Verdict | None:
    """Acceptance also waits for the materials: said before the button is pressed."""
    if verdict is None or not verdict.allowed or verdict.verb.name != "accept":
        return verdict
    try:
        requirements.require_complete(materials)
    except Refused as refused:
        return replace(verdict, refusal=refused.refusal)
    return verdict


def _offered(staff: Staff, case: Any, now: datetime) -> list[policies.Verdict]:
    """The other verbs, without those that make no sense for this person or this item."""
    senseless = set()
    if case.handler_id == staff.person_id:
        senseless.add("take_back")
    if not case.has_fees:
        senseless.add("charge")
    return [verdict for verdict in policies.other_steps(staff, case, now) if verdict.verb.name not in senseless]


def masked_value(case: Case, column: str) -> str:
    """A protected value of the applicant as everybody sees it."""
    value = plain_value(case, column)
    if column in _MASKS:
        return _MASKS[column](value)
    if column == "id_number" and case.applicant.kind != ApplicantKind.NATURAL_PERSON:
        return value  # a credit code is public
    return mask_id_number(value)


def plain_value(case: Case, column: str) -> str:
    """The value itself: for unmasking and masking only. NotFound when the case has none."""
    envelope = getattr(case.applicant, column)
    if column not in MASKED or not envelope:
        raise NotFound
    return protection.unseal(envelope, table="hall_applicant", column=column, row=case.applicant.id)


def head_of(case: Any, staff: Staff, today: date, now: datetime, rules: clocks.Rules) -> dict[str, Any]:
    """The head of every page about a case (hall/_case_head.html)."""
    standing = rows.standing_shown(case, today, rules)
    note = (
        f"{day_weekday(standing.due_on, now)}到期"
        if standing and standing.due_on and standing.state.value != "done"
        else ""
    )
    held = policies.is_holder(staff, case.item.department.number)
    columns = [column for column in MASKED if held or column not in _OF_HOLDERS]
    values = [(column, MASKED[column]) for column in columns if getattr(case.applicant, column)]
    shown = [_masked(case, column, label, may_unmask=held) for column, label in values]
    return {
        "name": case.version.name,
        "number": case.number,
        "state": rows.state_of(case, today),
        "due": rows.chip(standing),
        "due_note": note,
        "applicant": case.applicant.name,
        "agent": "" if case.applicant.contact_id_number else case.applicant.contact_name,
        "masked": shown,
    }


def _masked(case: Case, column: str, label: str, *, may_unmask: bool) -> dict[str, str]:
    public = column == "id_number" and case.applicant.kind != ApplicantKind.NATURAL_PERSON
    agent = case.applicant.contact_name if column == "contact_id_number" else ""
    return {
        "lead": "信用代码" if public else f"经办 {agent}" if agent else label,
        "label": "统一社会信用代码" if public else label,
        "shown": masked_value(case, column),
        "unmask_url": "" if public or not may_unmask else reverse("case_unmask", args=[case.number, column]),
    }


def _clocks(
    case: Any, pauses: Sequence[ClockPause], today: date, now: datetime, rules: clocks.Rules
) -> dict[str, Any] | None:
    """The strip of promise and statute once they run; before and after, the other limits as rows. Of each kind the latest round."""
    newest = {clock.kind: clock for clock in clocks.carried(case)}
    for clock in rows.clocks_of(case, today, rules):
        if clock is not None:
            newest[clock.kind] = clock  # accepted by law and not written down yet
    if case.accepted_at is None and _is_stopped(newest.get(ClockKind.STATUTORY)):
        del newest[ClockKind.STATUTORY]  # ran from the receipt; begins anew with the corrections
    if not newest:
        return None
    statutory = newest.get(ClockKind.STATUTORY)
    told = [newest[kind] for kind in STRIP_NAMES if kind in newest]
    judged = [
        (clock, judge(facts_of(clock, statutory), today, calendar=rules.calendar, near=rules.near(today)))
        for clock in newest.values()
    ]
    others = [
        {"label": clock.get_kind_display(), "due": rows.chip(standing), "due_on": clock.due_on}
        for clock, standing in judged
        if ClockKind.PROMISED not in newest or clock.kind not in STRIP_NAMES
    ]
    if ClockKind.PROMISED not in newest:
        from_receipt = case.version.clock_starts_on_receipt
        begins = "法定时限自收齐材料起算，承诺时限自受理起算" if from_receipt else "受理后，承诺与法定时限起算"
        return {"sentence": begins, "strip": None, "rows": others, "foot": ""}
    words = _stop_words(pauses)
    strip = strips.build([_strip_clock(clock) for clock in told], today, calendar=rules.calendar, stop_words=words)
    foot = "；".join(f"{row['label']}：{row['due']['words']}" for row in others if row["due"])  # type: ignore[index]
    return {"sentence": strip.sentence, "strip": strip, "rows": others, "foot": foot}


def _is_stopped(clock: Clock | None) -> bool:
    return clock is not None and clock.stopped_on is not None


def _stop_words(pauses: Sequence[ClockPause]) -> str:
    """停表（检测，行政许可法第四十五条）: the last one, for the legend."""
    if not pauses:
        return "停表"
    law = "行政许可法第四十五条" if pauses[-1].stops_statutory else "只停承诺时限"
    return f"停表（{pauses[-1].get_ground_display()}，{law}）"


def _strip_clock(clock: Clock) -> strips.StripClock:
    return strips.StripClock(
        STRIP_NAMES[ClockKind(clock.kind)],
        clock.started_on,
        clock.limit,
        clock.time_unit,
        clock.due_on,
        pauses=facts_of(clock).all_pauses,
        stopped_on=clock.stopped_on,
        extension=clock.extension,
        provisional=clock.provisional,
    )


def _materials(case: Case, handed: Sequence[CaseMaterial], acts: Sequence[Act]) -> dict[str, Any]:
    missing = sum(row.status == MaterialStatus.MISSING for row in handed)
    later = {act.record_seq: act.at for act in acts if act.verb in ("take_corrections", "supply_gaps")}
    return {
        "meta": f"{len(handed)} 份，{'齐全' if not missing else f'{missing} 份未交'}" if handed else "",
        "rows": [_material(case, row, later.get(row.record_seq, case.received_at)) for row in handed],
    }


def _material(case: Case, row: CaseMaterial, came_at: datetime | None) -> dict[str, Any]:
    shared = row.requirement.source == MaterialSource.GOVERNMENT
    absent = shared or row.status == MaterialStatus.MISSING
    return {
        "name": row.requirement.name,
        "originals": None if shared or not row.originals else row.originals,
        "copies": None if shared or not row.copies else row.copies,
        "electronic": row.electronic,
        "source": "政府共享" if shared else row.requirement.get_source_display(),
        "received_at": None if absent else came_at,
        "result": _conclusion(case, row),
    }


def _conclusion(case: Case, row: CaseMaterial) -> dict[str, str]:
    if row.status == MaterialStatus.COMPLETE:
        return {"tone": "ok", "words": "收齐"}
    if row.status == MaterialStatus.SHARED:
        return {"tone": "waived", "words": "免交"}
    if not row.is_missing:
        return {"tone": "waived", "words": "未交，非必要"}
    gap = row.is_gap and case.version.accepts_with_gaps
    return {"tone": "missing", "words": "容缺待补" if case.gaps_open else "缺，可容缺" if gap else "缺"}


def _way(
    case: Any, acts: Sequence[Act], papers: Sequence[Paper], pauses: Sequence[ClockPause], now: datetime
) -> list[dict[str, Any]]:
    """Newest first; each step with who took it, what it said or found, and the papers it left. What the law did and nobody wrote down yet comes on top."""
    by_seq: dict[int, list[str]] = {}
    for paper in papers:
        by_seq.setdefault(paper.record_seq, []).append(paper.number)
    results = {pause.record_seq: pause.result for pause in pauses if pause.last_on is not None}
    shown = []
    for act in acts:
        who = "，".join(part for part in (_who(act), *reversed(by_seq.get(act.record_seq, []))) if part)
        words = results.get(act.record_seq, "") if act.verb == "resume" else act.opinion
        what = DID[act.verb] + (f"：{words}" if words else "")
        kind = "stop" if act.verb == "pause" else ""
        shown.append({"what": what, "who": who, "at": act.at, "when": "", "kind": kind})
    happened = by_law(case, moment.local_date(now))
    if happened is not None:
        when = f"{day(happened.clock.due_on, now)}届满"
        shown.append({"what": DID[happened.verb.name], "who": "依法", "at": None, "when": when, "kind": ""})
    if shown and not shown[-1]["kind"]:
        shown[-1]["kind"] = "now"
    return shown[::-1]


def _who(act: Act) -> str:
    if act.person is None:
        return "申请人" if act.verb == "submit" else "依法"
    place = str(act.window) if act.window else str(act.post)
    return f"{act.person.name}，{place}"


def _paper(paper: Any) -> dict[str, Any]:
    url = reverse("paper", args=[paper.id]) if paper.is_printed else ""
    receipt_url = reverse("case_receipt", args=[paper.label, paper.record_seq]) if paper.has_receipt else ""
    told = {"title": paper.title, "number": paper.number, "issued_at": paper.issued_at}
    return told | {"url": url, "receipt_url": receipt_url}


def _facts(case: Case) -> list[tuple[str, Any]]:
    version = case.version
    told: list[tuple[str, Any]] = [
        ("实施单位", case.item.department.name),
        ("事项版本", f"第 {version.number} 版"),
        ("实施编码", version.task_code),
        ("承办人", case.handler.name if case.handler else None),
        ("渠道", case.get_channel_display()),
        ("收件窗口", str(case.window) if case.window else None),
        ("出件方式", case.get_delivery_way_display()),
        ("办结结果", _conclusion_of(case)),
        ("省编号", case.provincial_number or None),
    ]
    return [(term, value) for term, value in told if value is not None]


def _conclusion_of(case: Case) -> str | None:
    """How the case ended; what was granted and revoked later says both."""
    told = case.get_conclusion_display()
    revoked = case.concluded_at and case.ended_at and case.state == CaseState.REVOKED
    return f"{told}，{full_day(case.ended_at)}撤销" if revoked else told or None


def workspace_of(staff: Staff) -> dict[str, str]:
    """The place from which this person comes to a case."""
    if staff.is_clerk:
        return {"label": "今日", "url": reverse("window_home")}
    if staff.is_approver:
        return {"label": "收件箱", "url": reverse("inbox")}
    if staff.is_supervisor:
        return {"label": "今日监察", "url": reverse("supervision_today")}
    return {"label": "办件查询", "url": reverse("find")}
