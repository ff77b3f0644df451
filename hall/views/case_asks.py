"""What the page of a verb reads for its form: lists to choose from, the materials that are meant, the sentence about the law."""

from collections.abc import Callable, Sequence
from typing import Any

from authorization.models import PostHolding
from authorization.staff import Staff
from catalog.models import Department
from hall import approvers, policies, queries, requirements
from hall.forms import MaterialsForm
from hall.materials import Asked, MaterialStatus, check
from hall.models import CaseMaterial
from hall.views.intake_parts import material_rows
from supervision import clocks, moment
from supervision.models import ClockKind, PauseGround

LEADS = {
    "accept": "申请材料齐全、符合法定形式的，应当受理；承诺和法定时限从受理起算。",
    "accept_with_gaps": "主要材料已齐，次要材料限期补交；申请人要先签书面承诺，逾期不补的后果写在通知书里。",
    "accept_on_declaration": "申请人书面承诺符合条件，当场作出决定，事后核查；承诺不实的撤销决定。",
    "request_corrections": "要补正的全部内容一次告知；受理以后不能再要求补正（行政许可法第三十二条）。",
    "take_corrections": "告知书里的材料要一次收齐；到齐之日起重新计算告知期限。",
    "supply_gaps": "容缺的材料要一次收齐；补齐后才能作出决定。",
    "decline": "不属于本机关职权范围的，当场不予受理，并告诉申请人去哪里；通知书写明复议、诉讼的权利。",
    "not_required": "依法不需要取得许可的，当场告知申请人不受理（行政许可法第三十二条）。",
    "send_back": "收错的件退回窗口；告知期限照常计算。",
    "countersign": "须两名以上工作人员核查的，由第二名核查人员在这里签名（行政许可法第三十四条）。",
    "return_for_review": "退回承办人重新审核；承诺和法定时限照常计算。",
    "refuse": "不予许可要说明理由，决定书写明复议、诉讼的权利（行政许可法第三十八条）。",
    "forward_up": "初审完毕，报上级机关决定；本大厅的办理到此结束。",
    "pause": "只有行政许可法第四十五条所列的八种事由停承诺和法定时限；办事指南写明的其他事由，只停承诺时限。",
    "resume": "结果到达的次日起继续计时。",
    "extend": "只能延长一次：本机关负责人批准最多 10 日；统一、联合、集中办理的，由县政府负责人批准最多 15 日（行政许可法第四十二条）。",
    "ask_opinion": "会办单位另有时限；本件的承诺和法定时限照常计算。",
    "charge": "只能收办事指南公布的费用（行政许可法第五十八条）；不收的项目，金额留空。",
    "hand_over": "移交给同一岗位的另一位任职人员；时限照常计算。",
    "take_back": "由您接着承办；时限照常计算。",
    "send_by_courier": "申请人选择邮寄的，寄到登记的收件地址（写明理由查看），登记寄递企业和运单号；签收后才算送达。",
    "confirm_courier": "寄递回执已经签收的，登记签收人和签收日期；签收当日为送达日，送达期限按那一天算。",
    "deliver_electronically": "申请人同意电子送达的，结果从现在起可以在查询页领取，当日为送达日。",
    "post_check": "核查申请人承诺的内容；不实的，责令限期改正，逾期不改正的依法撤销决定（国办发〔2020〕42号）。",
    "order_rectification": "承诺不实的终止办理，责令限期改正；逾期不改正的，由审批岗位撤销准予的决定。通知书写明陈述申辩、复议、诉讼的权利。",
    "confirm_rectification": "复查已经改正的在这里登记，承诺按整改后属实了结，办件接着往下办。",
    "revoke": "逾期不改正的撤销准予的决定（行政许可法第六十九条）；撤销可能对公共利益造成重大损害的，不予撤销。决定书写明复议、诉讼的权利，加盖单位印章。",
    "acknowledge": "本单位负责监管；签收以后，事中事后监管由本单位接着做。",
    "withdraw": "作出决定以前，申请人可以随时撤回申请；所有时限停止。",
    "void": "登记有误的办件在这里终止；记录保留，不能恢复。",
}


def lead_of(verb: str, case: Any, staff: Staff) -> str:
    """What the law says about this verb, or what the other unit wants to know."""
    if verb != "give_opinion":
        return LEADS.get(verb, "")
    waiting = case.opinions.filter(department_id=staff.department_id, answered_at__isnull=True).first()
    return f"征求内容：{waiting.question}" if waiting else ""


def asks_of(verb: str, case: Any, staff: Staff, verdict: policies.Verdict) -> dict[str, Any]:
    """Keyword arguments for the form's `show`. Nothing is read for a form that is not shown."""
    read = _READ.get(verb)
    return read(case, staff, verdict) if read else {}


def missing_of(verb: str, case: Any) -> list[str]:
    """The secondary materials that are still to come, for an acceptance with gaps."""
    if verb != "accept_with_gaps":
        return []
    return [row.requirement.name for row in queries.materials_of(case) if row.is_missing]


def _corrections(case: Any, staff: Staff, verdict: policies.Verdict) -> dict[str, Any]:
    before = any(clock.kind == ClockKind.CORRECTION for clock in clocks.carried(case))
    return {"materials": queries.materials_of(case), "second": before}


def _to_be_corrected(case: Any, staff: Staff, verdict: policies.Verdict) -> dict[str, Any]:
    return {"materials": queries.to_be_corrected(case)}


def _gaps(case: Any, staff: Staff, verdict: policies.Verdict) -> dict[str, Any]:
    return {"materials": [row for row in queries.materials_of(case) if row.is_gap]}


def _pausing(case: Any, staff: Staff, verdict: policies.Verdict) -> dict[str, Any]:
    """The grounds, and the posts that may approve; where there is none, what to do."""
    held = approvers.offered(case, staff, moment.now())
    told = {"approvers": [approvers.option(one) for one in held], "nobody": "" if held else approvers.nobody(case)}
    return {"grounds": _grounds(case), **told}


def _grounds(case: Any) -> list[tuple[str, str]]:
    """Of a licence the eight of art. 45, and what the guide lets the promise alone wait for."""
    stops = {ground for ground in PauseGround if requirements.stops_statute(case.version, ground)}
    told = [(ground.value, str(ground.label)) for ground in PauseGround if ground in stops]
    own = [PauseGround(ground) for ground in case.version.pauses_promise_for if ground not in stops]
    return told + [(ground.value, f"{ground.label}（只停承诺时限）") for ground in own]


def _units(case: Any, staff: Staff, verdict: policies.Verdict) -> dict[str, Any]:
    others = Department.objects.filter(section__isnull=False).exclude(pk=case.department_id).order_by("number")
    return {"units": list(others.values_list("number", "short_name"))}


def _holders(case: Any, staff: Staff, verdict: policies.Verdict) -> dict[str, Any]:
    """Whoever else holds the post of the line today."""
    if verdict.line is None or verdict.line.post_id is None:
        return {}
    held = PostHolding.objects.filter(
        post_id=str(verdict.line.post_id), during__contains=moment.local_date(moment.now())
    ).exclude(person_id=case.handler_id)
    return {"holders": list(held.order_by("is_substitute", "id").values_list("person__username", "person__name"))}


def _fees(case: Any, staff: Staff, verdict: policies.Verdict) -> dict[str, Any]:
    return {"fees": list(case.version.fees.order_by("id"))}


_READ: dict[str, Callable[[Any, Staff, policies.Verdict], dict[str, Any]]] = {
    "request_corrections": _corrections,
    "take_corrections": _to_be_corrected,
    "supply_gaps": _gaps,
    "pause": _pausing,
    "ask_opinion": _units,
    "hand_over": _holders,
    "charge": _fees,
}


def counted(awaited: Sequence[CaseMaterial], counts: MaterialsForm, *, touched: bool) -> dict[str, Any]:
    """The awaited materials as the rows of hall/_materials.html."""
    asked = [_asked(row) for row in awaited]
    seen = {row.seq: row for row in counts.handed}
    checked = check(asked, list(seen.values()))
    return material_rows([row for row in checked if row.status != MaterialStatus.SHARED], counts, touched=touched)


def _asked(row: CaseMaterial) -> Asked:
    told = row.requirement
    return Asked(
        str(told.id), told.seq, told.name, told.necessity, told.originals, told.copies, told.electronic, told.source
    )
