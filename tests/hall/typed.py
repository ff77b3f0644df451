"""Forms as the pages send them, filled in as the office does it."""

import uuid
from typing import Any

from django.urls import reverse

from catalog.models import Department, ItemVersion
from hall.models import Case
from hall.states import VERBS, CaseState, verb_after
from tests import builders

Form = dict[str, Any]
_PERSON = ("kind", "name", "id_number", "phone", "address", "contact_name", "contact_id_number")
# The ordinary way of a case, whose buttons stand on its own page; every other verb has a page with a form.
ON_THE_WAY = ("transfer", "accept", "review", "grant", "conclude", "make_certificate", "make_ready", "hand_out")
GAP = 5  # 卫生管理制度 of 公共场所卫生许可, which may follow later
_TO_APPLICANT = ("hand_out", "confirm_courier")
_WORDS: dict[str, Form] = {
    "review": {"opinion": "材料齐全，建议准予。"},
    "grant": {"opinion": "符合法定条件。"},
    "settle_at_once": {"opinion": "材料齐全，符合法定条件。"},
    "accept_with_gaps": {"promised": "on", "days": "3"},
    "accept_on_declaration": {"content": "已知晓告知事项，符合全部条件。"},
    "request_corrections": {
        f"flaw-{GAP}": "on",
        f"problem-{GAP}": "没有提交",
        f"wanted-{GAP}": "提交加盖公章的制度一份",
        "days": "30",
    },
    "take_corrections": {f"originals-{GAP}": "1", f"copies-{GAP}": "0"},
    "supply_gaps": {f"originals-{GAP}": "1", f"copies-{GAP}": "0"},
    "decline": {
        "ground": "not_competent",
        "reason": "不属于本机关职权范围。",
        "basis": "公共场所卫生管理条例第三条",
        "authority": "湛江市卫生健康局",
    },
    "not_required": {"reason": "该活动不需要取得行政许可。", "basis": "公共场所卫生管理条例第二条"},
    "send_back": {"reason": "收错单位，应交县市场监督管理局。"},
    "countersign": {"opinion": "经共同核查，情况属实。"},
    "return_for_review": {"reason": "请补充现场核查的说明。"},
    "refuse": {"opinion": "经现场核查，经营场所面积达不到规定的标准。"},
    "forward_up": {"opinion": "经初审，符合条件，报上级审批。"},
    "pause": {"ground": "testing", "days": "20", "basis": "公共场所卫生管理条例"},
    "resume": {"result": "检测合格。"},
    "extend": {"days": "10", "reason": "案情复杂，需进一步核实。"},
    "ask_opinion": {"question": "请核对该场所的营业执照。", "days": "3"},
    "give_opinion": {"opinion": "营业执照真实有效。"},
    "charge": {"amount-0": "120"},
    "hand_over": {"to": "xulijun", "reason": "承办人出差。"},
    "take_back": {"reason": "承办人已回。"},
    "send_by_courier": {"courier": "邮政速递", "tracking_number": "1234567890123"},
    "post_check": {"opinion": "现场核查，承诺属实。"},
    "order_rectification": {"findings": "通风设施没有安装。", "wanted": "安装通风设施并通过检测。", "days": "10"},
    "confirm_rectification": {"opinion": "经复查，通风设施已经安装。"},
    "revoke": {"ground": "unqualified", "reason": "逾期未改正，不符合法定条件。"},
    "withdraw": {"reason": "申请人不再经营。"},
    "void": {"reason": "重复收件。"},
}


def state_before(verb: str) -> CaseState:
    """From which state a verb leads on as the ordinary next step."""
    return next(state for state in CaseState if verb_after(state) is VERBS[verb])


def page_of(verb: str, case: Case) -> str:
    """Where the verb's button posts to."""
    if verb == "receive":
        return f"{reverse('intake')}?case={case.number}"
    if verb in (*ON_THE_WAY, "settle_at_once"):
        return reverse("case", args=[case.number])
    return reverse("case_do", args=[case.number, verb])


def case_form(verb: str, case: Case) -> tuple[str, Form]:
    """Where the verb's button posts to, and what."""
    form: Form = {"verb": verb, "seq": case.record_seq, **_WORDS.get(verb, {})}
    if verb == "receive":
        form |= counts_of(case.version)
    if verb in _TO_APPLICANT:
        form |= {"recipient": case.applicant.name, "relation": "self"}
    if verb == "pause":
        form["approver"] = builders.approver_of(case)
    if verb == "ask_opinion":
        form["unit"] = Department.objects.get(slug=builders.OTHER_UNIT).number
    return page_of(verb, case), form


def intake_form(item: str = builders.ITEM, **changed: Any) -> Form:
    """A faultless intake; `changed` fields are typed otherwise."""
    version, person = builders.version_of(item), builders.make_applicant()
    form = {
        "verb": "receive",
        "item": item,
        "unit": version.item.department.number,
        "token": str(uuid.uuid4()),
        "delivery_way": "counter",
        **{field: getattr(person, field) for field in _PERSON},
        **counts_of(version),
    }
    return form | changed


def counts_of(version: ItemVersion) -> Form:
    told: Form = {}
    for row in builders.handed_in_full(version):
        told |= {
            f"originals-{row.seq}": row.originals,
            f"copies-{row.seq}": row.copies,
            f"electronic-{row.seq}": int(row.electronic),
        }
    return told
