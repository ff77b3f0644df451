"""The parts of the intake page as finished values: a found item, the material rows, what can be done now."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from authorization.staff import Staff
from catalog.models import CaseKind, ItemVersion, Necessity
from hall.eligibility import refusal_at_window
from hall.forms import MaterialsForm
from hall.materials import Checked, MaterialStatus
from hall.states import VERBS
from hall.templatetags.face import day_weekday
from supervision.clocks import Rules
from supervision.models import ClockKind
from supervision.refusals import Refusal
from supervision.workdays import TimeUnit, due

_NOTES = {Necessity.REQUIRED: "必要", Necessity.OPTIONAL: "非必要", Necessity.DEFERRABLE: "次要"}


def found_row(version: ItemVersion, receivable: bool, windows: dict[str, str], staff: Staff) -> dict[str, Any]:
    """One item of the search with its verdict for this window."""
    unit = version.item.department
    return {
        "name": version.name,
        "url": f"?item={version.item.key}",
        "hint": version.initials,
        "unit": unit.short_name,
        "kind": version.item.get_kind_display(),
        "promised": _promised(version),
        "statutory": _statutory(version),
        "fee": "收费" if version.fees.all() else "不收费",
        "verdict": _verdict(version, receivable, windows, staff),
    }


def _verdict(version: ItemVersion, receivable: bool, windows: dict[str, str], staff: Staff) -> dict[str, Any]:
    """What stands beside the item: that this window may receive it, or the reason why not and where to go instead."""
    refusal = refusal_at_window(VERBS["receive"], version.item, staff, devolved=version.is_devolved)
    if refusal is not None:
        return {"ok": False, "words": "本窗口不能收", "note": f"{refusal.sentence}{refusal.remedy}"}
    if receivable:
        return {"ok": True, "words": "本窗口可收", "note": version.get_case_kind_display()}
    unit = version.item.department
    window = windows.get(unit.number)
    words = f"到{window}" if window else f"请问{unit.short_name}"
    return {"ok": False, "words": words, "note": "授权委托不含本窗口收件"}


def _promised(version: ItemVersion) -> str:
    return "即办" if version.case_kind == CaseKind.IMMEDIATE else f"承诺 {version.promised_limit} 个工作日"


def _statutory(version: ItemVersion) -> str:
    if version.statutory_limit is None:
        return ""
    units = {TimeUnit.WORKDAY: "个工作日", TimeUnit.DAY: "日", TimeUnit.MONTH: "个月", TimeUnit.IMMEDIATE: ""}
    if version.statutory_unit == TimeUnit.IMMEDIATE:
        return "法定即办"
    return f"法定 {version.statutory_limit} {units[TimeUnit(version.statutory_unit)]}"


def material_rows(
    checked: Sequence[Checked], counts: MaterialsForm, *, touched: bool, gaps: bool = False
) -> dict[str, Any]:
    """The rows of components/material.html. Before anything was counted nothing is called missing."""
    wanted = [row for row in checked if row.status != MaterialStatus.SHARED]
    received = sum(row.status == MaterialStatus.COMPLETE for row in wanted)
    waived = len(checked) - len(wanted)
    return {
        "rows": [_row(row, counts, touched, gaps) for row in checked],
        "counts": {
            "wanted": f"应收 {len(wanted)} 份",
            "received": f"已收 {received} 份",
            "waived": f"免交 {waived} 份" if waived else "",
        },
        "show_electronic": any(row.wanted.electronic for row in wanted),
    }


def _row(row: Checked, counts: MaterialsForm, touched: bool, gaps: bool) -> dict[str, Any]:
    wanted, shared = row.wanted, row.status == MaterialStatus.SHARED
    parts = [f"原件 {wanted.originals}" if wanted.originals else "", f"复印件 {wanted.copies}" if wanted.copies else ""]
    requirement = "免交" if shared else "，".join(part for part in parts if part) or "电子件"
    return {
        "key": str(wanted.seq),
        "name": wanted.name,
        "note": "共享，不向申请人收" if shared else _NOTES[Necessity(wanted.necessity)],
        "requirement": requirement,
        "originals": None if shared else _count(counts, "originals", row, wanted.originals),
        "copies": None if shared else _count(counts, "copies", row, wanted.copies),
        "electronic": _count(counts, "electronic", row, 0) if wanted.electronic and not shared else None,
        "result": _result(row, touched, gaps),
    }


def _count(counts: MaterialsForm, column: str, row: Checked, wanted: int) -> dict[str, Any]:
    name = f"{column}-{row.wanted.seq}"
    return {"name": name, "value": counts.values.get(name, "0"), "wanted": wanted, "fault": counts.faults.get(name, "")}


def _result(row: Checked, touched: bool, gaps: bool) -> dict[str, str]:
    if row.status == MaterialStatus.SHARED:
        return {"tone": "waived", "words": "免交"}
    if row.status == MaterialStatus.COMPLETE:
        return {"tone": "ok", "words": "收齐"}
    if row.wanted.necessity == Necessity.OPTIONAL:
        return {"tone": "waived", "words": "可不交"}
    words = "缺，可容缺" if gaps and _may_follow(row) else "缺"
    return {"tone": "missing" if touched else "waived", "words": words if touched else "待收"}


def outcome_of(
    version: ItemVersion,
    checked: Sequence[Checked],
    refusal: Refusal | None,
    today: date,
    now: datetime,
    rules: Rules,
    *,
    incomplete: bool = False,
) -> dict[str, Any]:
    """What can be done now: receive, with gaps, or why not yet, with the days that would run from today.

    `incomplete` says that the applicant insists on handing in what there is (行政许可法 32: it is then told once what is missing).
    """
    missing = [row.wanted.name for row in checked if row.holds_up]
    gaps = bool(missing) and version.accepts_with_gaps and all(_may_follow(row) for row in checked if row.holds_up)
    said = _said(refusal, missing, gaps=gaps, incomplete=incomplete, notice=rules.limit(ClockKind.NOTICE, today).words)
    return {
        **said,
        "facts": _days(version, missing, today, now, rules),
        "verbs": [
            {
                "name": "receive",
                "label": "容缺收件并打印凭证" if gaps else "收件并打印凭证",
                "primary": True,
                "allowed": refusal is None,
                "note": ""
                if not missing or gaps or incomplete
                else "材料收齐后再按；申请人坚持先交的，在材料下面勾选。",
                "reason": refusal.sentence if refusal else "",
                "why_url": "",
            }
        ],
        "power": _power(version, refusal),
    }


def _may_follow(row: Checked) -> bool:
    return row.wanted.necessity == Necessity.DEFERRABLE


def _said(refusal: Refusal | None, missing: list[str], *, gaps: bool, incomplete: bool, notice: str) -> dict[str, str]:
    if refusal is not None:
        return {"tone": "mind", "lead": "本窗口现在不能收", "text": f"{refusal.sentence}{refusal.remedy}"}
    if missing:
        names = "、".join(missing[:2]) + (f"等 {len(missing)} 份" if len(missing) > 2 else "")
        if gaps:
            text = f"还缺：{names}，是次要材料，可以后补；受理时申请人要签书面承诺。"
            return {"tone": "mind", "lead": "可以容缺收件", "text": text}
        if incomplete:
            text = f"还缺：{names}。收件后由承办单位在 {notice}内一次性告知要补的全部内容。"
            return {"tone": "mind", "lead": "可以先收件", "text": text}
        return {"tone": "fix", "lead": "还不能收件", "text": f"还缺：{names}。"}
    return {"tone": "ok", "lead": "可以收件", "text": "材料齐全，符合要求。"}


def _days(version: ItemVersion, missing: list[str], today: date, now: datetime, rules: Rules) -> list[tuple[str, str]]:
    limit = version.promise
    promised = due(today, limit.count, limit.unit, calendar=rules.calendar)
    told = [("承诺办结", f"{day_weekday(promised.due_on, now)}（今天受理的话）")]
    if version.statutory_limit is not None:
        end = due(today, version.statutory_limit, version.statutory_unit, calendar=rules.calendar)
        told.append(("法定期限", day_weekday(end.due_on, now)))
    if missing:
        told.insert(0, ("要补的", "、".join(missing)))
    return told


def _power(version: Any, refusal: Refusal | None) -> list[tuple[str, str]]:
    unit = version.item.department
    told = [("谁来决定", f"受理由{unit.name}{unit.section.name}决定。收件不等于受理。")]
    if refusal is None and version.line is not None:
        told.insert(0, ("凭什么收", f"{version.line['number']} 第 {version.line['seq']} 行：收件。"))
    return told
