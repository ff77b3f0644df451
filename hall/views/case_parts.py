"""The parts of a case page as finished values for its template: at most ten statements, none in the template."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from authorization.staff import Staff
from catalog.models import MaterialSource
from hall import policies, queries
from hall.materials import MaterialStatus
from hall.models import Act, ApplicantKind, Case, CaseMaterial
from hall.standing import facts_of, standing_of_step
from hall.templatetags.face import day_weekday
from hall.views import rows
from hall.views.timeline_parts import timeline_parts
from supervision import clocks, moment, protection, strips
from supervision.judging import judge
from supervision.masking import mask_id_number, mask_phone
from supervision.models import Clock, ClockKind, Paper
from supervision.refusals import NotFound

DID = {
    "submit": "网上申办",
    "receive": "收件",
    "transfer": "中转到后台",
    "accept": "受理，承诺与法定时限起算",
    "review": "审核通过",
    "grant": "准予",
    "conclude": "办结",
    "make_certificate": "制证",
    "make_ready": "登记待领",
    "hand_out": "出件，已送达",
}
STRIP_NAMES = {ClockKind.PROMISED: "承诺", ClockKind.STATUTORY: "法定"}
MASKED = {"id_number": "证件号码", "phone": "手机", "contact_id_number": "经办人证件号码"}


@dataclass(frozen=True, slots=True)
class Page:
    """What the case page needs: the case, the verdict on the next step, and the template's inputs."""

    case: Case
    verdict: policies.Verdict | None
    parts: dict[str, Any]


def gather(staff: Staff, case: Case, now: datetime) -> Page:
    """All readings of the page, each one statement."""
    today, rules = moment.local_date(now), clocks.rules_with(case)
    materials, acts = queries.materials_of(case), list(queries.acts_of(case))
    running = list(clocks.of_subject(case))
    papers: list[Any] = list(queries.papers_of(case))
    for kind in (ClockKind.NOTICE, ClockKind.TRANSFER, ClockKind.DELIVERY):
        due = next((clock.due_on for clock in running if clock.kind == kind), None)
        setattr(case, f"{kind.value}_due", due)
    parts = {
        "crumb": _crumb(staff),
        "case": _head(case, staff, today, now, rules),
        "clocks": _clocks(running, today, now, rules),
        "materials": _materials(case, materials),
        "way": {"records": f"记录 1–{case.record_seq}", "rows": _way(acts, papers)},
        "papers": [_paper(paper) for paper in papers],
        "printing": "" if all(paper.is_printed for paper in papers) else reverse("case", args=[case.number]),
        "facts": _facts(case),
        "timeline": timeline_parts(case, acts, running, now, rules),
    }
    return Page(case, policies.next_step(staff, case, now), parts)


def masked_value(case: Case, column: str) -> str:
    """A protected value of the applicant as everybody sees it."""
    value = plain_value(case, column)
    if column == "phone":
        return mask_phone(value)
    if column == "id_number" and case.applicant.kind != ApplicantKind.NATURAL_PERSON:
        return value  # a credit code is public
    return mask_id_number(value)


def plain_value(case: Case, column: str) -> str:
    """The value itself: for unmasking and masking only. NotFound when the case has none."""
    envelope = getattr(case.applicant, column)
    if column not in MASKED or not envelope:
        raise NotFound
    return protection.unseal(envelope, table="hall_applicant", column=column, row=case.applicant.id)


def _head(case: Case, staff: Staff, today: date, now: datetime, rules: clocks.Rules) -> dict[str, Any]:
    standing = standing_of_step(case, today, rules)
    note = (
        f"{day_weekday(standing.due_on, now)}到期"
        if standing and standing.due_on and standing.state.value != "done"
        else ""
    )
    shown = [_masked(case, column, label) for column, label in MASKED.items() if getattr(case.applicant, column)]
    return {
        "name": case.version.name,
        "number": case.number,
        "state": rows.state_of(case),
        "due": rows.chip(standing),
        "due_note": note,
        "applicant": case.applicant.name,
        "agent": "" if case.applicant.contact_id_number else case.applicant.contact_name,
        "masked": shown,
    }


def _masked(case: Case, column: str, label: str) -> dict[str, str]:
    public = column == "id_number" and case.applicant.kind != ApplicantKind.NATURAL_PERSON
    agent = case.applicant.contact_name if column == "contact_id_number" else ""
    return {
        "lead": "信用代码" if public else f"经办 {agent}" if agent else label,
        "label": "统一社会信用代码" if public else label,
        "shown": masked_value(case, column),
        "unmask_url": "" if public else reverse("case_unmask", args=[case.number, column]),
    }


def _clocks(running: Sequence[Clock], today: date, now: datetime, rules: clocks.Rules) -> dict[str, Any] | None:
    """The strip of promise and statute once they run; before and after, the other limits as rows."""
    if not running:
        return None
    statutory = next((clock for clock in running if clock.kind == ClockKind.STATUTORY), None)
    told = sorted(
        (clock for clock in running if clock.kind in STRIP_NAMES), key=lambda clock: clock.kind != ClockKind.PROMISED
    )
    judged = [
        (clock, judge(facts_of(clock, statutory), today, calendar=rules.calendar, near=rules.near(today)))
        for clock in running
    ]
    others = [
        {"label": clock.get_kind_display(), "due": rows.chip(standing), "due_on": clock.due_on}
        for clock, standing in judged
        if not told or clock.kind not in STRIP_NAMES
    ]
    if not any(clock.kind == ClockKind.PROMISED for clock in told):
        return {"sentence": "受理后，承诺与法定时限起算", "strip": None, "rows": others, "foot": ""}
    strip = strips.build([_strip_clock(clock) for clock in told], today, calendar=rules.calendar)
    foot = "；".join(f"{row['label']}：{row['due']['words']}" for row in others if row["due"])  # type: ignore[index]
    return {"sentence": strip.sentence, "strip": strip, "rows": others, "foot": foot}


def _strip_clock(clock: Clock) -> strips.StripClock:
    return strips.StripClock(
        STRIP_NAMES[ClockKind(clock.kind)],
        clock.started_on,
        clock.limit,
        clock.time_unit,
        clock.due_on,
        stopped_on=clock.stopped_on,
        provisional=clock.provisional,
    )


def _materials(case: Case, handed: Sequence[CaseMaterial]) -> dict[str, Any]:
    missing = sum(row.status == MaterialStatus.MISSING for row in handed)
    return {
        "meta": f"{len(handed)} 份，{'齐全' if not missing else f'{missing} 份未交'}" if handed else "",
        "rows": [_material(case, row) for row in handed],
    }


def _material(case: Case, row: CaseMaterial) -> dict[str, Any]:
    shared = row.requirement.source == MaterialSource.GOVERNMENT
    tone = {MaterialStatus.COMPLETE: "ok", MaterialStatus.MISSING: "missing", MaterialStatus.SHARED: "waived"}
    words = {MaterialStatus.COMPLETE: "收齐", MaterialStatus.MISSING: "未交，非必要", MaterialStatus.SHARED: "免交"}
    status = MaterialStatus(row.status)
    return {
        "name": row.requirement.name,
        "originals": None if shared or not row.originals else row.originals,
        "copies": None if shared or not row.copies else row.copies,
        "electronic": row.electronic,
        "source": "政府共享" if shared else row.requirement.get_source_display(),
        "received_at": None if shared else case.received_at,
        "result": {"tone": tone[status], "words": words[status]},
    }


def _way(acts: Sequence[Act], papers: Sequence[Paper]) -> list[dict[str, Any]]:
    """Newest first; each step with who took it and the paper it left."""
    by_seq = {paper.record_seq: paper for paper in papers}
    shown = []
    for act in acts:
        paper = by_seq.get(act.record_seq)
        who = "，".join(part for part in (_who(act), paper.number if paper else "") if part)
        what = DID[act.verb] + (f"：{act.opinion}" if act.opinion else "")
        shown.append({"what": what, "who": who, "at": act.at, "when": "", "kind": ""})
    if shown:
        shown[-1]["kind"] = "now"
    return shown[::-1]


def _who(act: Act) -> str:
    if act.person is None:
        return "申请人"
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
        ("渠道", case.get_channel_display()),
        ("收件窗口", str(case.window) if case.window else None),
        ("出件方式", case.get_delivery_way_display()),
        ("省编号", case.provincial_number or None),
    ]
    return [(term, value) for term, value in told if value is not None]


def _crumb(staff: Staff) -> list[dict[str, str]]:
    if staff.is_clerk:
        place = {"label": "今日", "url": reverse("window_home")}
    elif staff.is_approver:
        place = {"label": "收件箱", "url": reverse("inbox")}
    elif staff.is_supervisor:
        place = {"label": "今日监察", "url": reverse("supervision_today")}
    else:
        place = {"label": "办件查询", "url": reverse("find")}
    return [place, {"label": "办件", "url": ""}]
