"""One ordinary paper of each kind: its facts, as a verb would register them, and its words, as the press prints them."""

import io
import re
from typing import Any

import pypdf

from supervision import typesetting

SPECIAL_SEAL = "行政审批专用章"
LONGEST_ITEM = "预计参加人数在1000人以上5000人以下的大型群众性活动安全许可或变更"
UNSEALED = {  # slips are signed, promises are the applicant's own
    *("receipt_slip", "transfer_slip", "correction_slip", "gap_slip", "gap_promise", "declaration_promise"),
    "delivery_receipt",
}

COMMON: dict[str, Any] = {
    "unit": "遂溪县公安局",
    "number": "遂公受〔2026〕7号",
    "case_number": "110202602091000073",
    "check_code": "7F3K-9Q2M-X8WD",
    "check_url": "http://127.0.0.1:8000/check/7F3K9Q2MX8WD",
    "demo": True,
    "seal": SPECIAL_SEAL,
}
CASE = COMMON | {
    "applicant": "遂溪县城月镇清源旅馆",
    "item": "旅馆业特种行业许可证核发",
    "item_kind": "licence",
    "task_code": "11440823FAKE00101C4440199001000",
    "is_person": False,
    "received_on": "2026-02-09",
    "accepted_on": "2026-02-10",
}
LATER = CASE | {
    "agent": "陈珺",
    "materials": [
        {"name": "旅馆平面图", "originals": 1, "copies": 0, "electronic": 0, "status": "收齐"},
        {"name": "从业人员名册", "originals": 1, "copies": 1, "electronic": 0, "status": "收齐"},
    ],
    "receiver": "许丽君",
    "window": "3号综合服务窗口",
    "received_at": "2026-02-12T02:30:00+00:00",
    "consult_phone": "0759-0010001",
    "complaint_phone": "0759-0010002",
}
RIGHTS = {
    "review_body": "遂溪县人民政府",
    "court": "有管辖权的人民法院",
    "review_days": 60,
    "suit_months": 6,
    "complaint_phone": "0759-0010002",
}
FACTS: dict[str, dict[str, Any]] = {
    "receipt_slip": CASE
    | {
        "agent": "陈珺",
        "materials": [{"name": "营业执照", "originals": 0, "copies": 1, "electronic": None, "status": "已收"}] * 6,
        "receiver": "许丽君",
        "window": "3号综合服务窗口",
        "received_at": "2026-02-08T17:05:00+00:00",
        "notice_due": "2026-02-16",
        "query_code": "K7QP-42MD",
        "progress_url": "http://127.0.0.1:8000/progress/K7QP42MD",
        "consult_phone": "0759-0010001",
        "complaint_phone": "0759-0010002",
    },
    "transfer_slip": CASE
    | {
        "materials": [{"name": "营业执照", "originals": 0, "copies": 1, "electronic": 1, "status": "已收"}],
        "from_place": "3号综合服务窗口",
        "from_person": "许丽君",
        "to_place": "遂溪县公安局行政审批股",
        "to_person": None,
        "transferred_at": "2026-02-09T02:30:00+00:00",
    },
    "acceptance_notice": CASE
    | {"promised_due": "2026-03-02", "statutory_due": "2026-03-16", "contact": "许丽君", "phone": "0759-0031001"},
    "correction_notice": CASE
    | {
        "defects": [
            {"material": "营业执照", "fault": "未提交", "form": "复印件1份，核对原件"},
            {"material": "消防安全检查合格证", "fault": "已过有效期", "form": "原件1份，在有效期内"},
            {"material": "旅馆平面图", "fault": "未标明出入口和监控位置", "form": "A3纸1份，加盖公章"},
        ],
        "told_on": "2026-02-11",
        "due": "2026-03-13",
        "second": False,
        "reason": None,
        "phone": "0759-0031001",
    },
    "correction_slip": LATER,
    "gap_slip": LATER,
    "decline_notice": CASE
    | RIGHTS
    | {
        "reason": "申请地址在廉江市，不属于本机关职权范围。",
        "basis": "《旅馆业治安管理办法》第四条",
        "authority": "廉江市公安局",
        "declined_on": "2026-02-11",
        "phone": "0759-0031001",
    },
    "not_required_notice": CASE
    | RIGHTS
    | {
        "reason": "变更经营范围不涉及许可事项。",
        "basis": "《旅馆业治安管理办法》第四条",
        "told_on": "2026-02-11",
        "phone": "0759-0031001",
    },
    "gap_notice": CASE
    | {
        "missing": ["旅馆平面图", "从业人员名册"],
        "due": "2026-02-24",
        "basis": "《广东省优化营商环境条例》第三十二条",
        "promised_due": "2026-03-02",
        "statutory_due": "2026-03-16",
        "contact": "许丽君",
        "phone": "0759-0031001",
    },
    "gap_promise": CASE | {"missing": ["旅馆平面图", "从业人员名册"], "due": "2026-02-24", "promised_on": "2026-02-10"},
    "declaration_promise": CASE
    | {
        "content": "办理条件：经营场所符合消防安全要求，安装旅馆业治安管理信息系统。\n不实承诺的责任：依法撤销决定，记入信用记录。",
        "check_due": "2026-03-26",
        "promised_on": "2026-02-10",
    },
    "opinion_request": CASE
    | {
        "to_unit": "遂溪县消防救援大队",
        "question": "该旅馆的消防安全检查是否合格，有无需要整改的问题？",
        "asked_on": "2026-02-12",
        "due": "2026-02-24",
        "phone": "0759-0031001",
    },
    "special_notice": CASE
    | {
        "ground": "听证",
        "stops_statutory": True,
        "basis": "《中华人民共和国治安管理处罚法》第九十八条",
        "approver": "副局长陈国强",
        "told_on": "2026-02-11",
        "first_on": "2026-02-12",
        "expected_on": "2026-03-04",
        "phone": "0759-0031001",
    },
    "extension_notice": CASE
    | {
        "days": 10,
        "reason": "需要核实该旅馆与相邻学校的距离，核实工作尚未完成。",
        "approver": "遂溪县公安局局长陈国强",
        "extended_on": "2026-02-26",
        "promised_due": "2026-03-16",
        "statutory_due": "2026-03-30",
        "phone": "0759-0031001",
    },
    "payment_notice": CASE
    | {
        "lines": [
            {"name": "证书工本费", "standard": "每证10元", "basis": "粤价〔2007〕135号", "amount": "10.00"},
            {"name": "检验费", "standard": "每次260元", "basis": "粤发改价格〔2016〕180号", "amount": "260.00"},
        ],
        "total": "270.00",
        "account": "遂溪县财政局非税收入专户，中国农业银行遂溪县支行，账号44000000000000000",
        "told_on": "2026-02-11",
        "phone": "0759-0031001",
    },
    "refusal": CASE
    | RIGHTS
    | {
        "findings": "经审查，该旅馆未安装旅馆业治安管理信息系统，不符合法定条件。",
        "basis": "《旅馆业治安管理办法》第四条",
        "decided_on": "2026-02-27",
    },
    "end_notice": CASE
    | RIGHTS
    | {"ground": "correction_lapsed", "reason": None, "ended_on": "2026-03-16", "phone": "0759-0031001"},
    "rectification_order": CASE
    | RIGHTS
    | {
        "seal": "",
        "decided_on": "2026-02-27",
        "decision_number": "遂公准〔2026〕5号",
        "findings": "2026年3月3日现场核查，没有安装旅馆业治安管理信息系统。",
        "wanted": "安装该系统并接入公安机关。",
        "due": "2026-03-17",
        "ordered_on": "2026-03-04",
        "phone": "0759-0031001",
    },
    "revocation": CASE
    | RIGHTS
    | {
        "seal": "",
        "decided_on": "2026-02-27",
        "decision_number": "遂公准〔2026〕5号",
        "order_number": "遂公责改〔2026〕1号",
        "order_due": "2026-03-17",
        "ground": "unqualified",
        "findings": "2026年3月18日复查，信息系统仍没有安装。",
        "result_name": "特种行业许可证",
        "revoked_on": "2026-03-19",
        "phone": "0759-0031001",
    },
    "decision": CASE
    | {
        "findings": "经审查，申请材料齐全，符合法定条件、标准。",
        "basis": "《旅馆业治安管理办法》第四条",
        "decision": "准予你单位旅馆业特种行业许可。",
        "decided_on": "2026-02-27",
        "result_name": "特种行业许可证",
        "delivery_due": "2026-03-13",
    },
    "certificate": CASE | {"name": "特种行业许可证", "holder": "遂溪县城月镇清源旅馆", "issued_on": "2026-02-27"},
    "delivery_receipt": CASE
    | {
        "documents": [{"name": "准予行政许可决定书", "number": "遂公许准〔2026〕5号", "copies": 1}],
        "addressee": "遂溪县城月镇清源旅馆",
        "recipient": "陈珺",
        "relation": "委托代理人",
        "place": "遂溪县政务服务大厅综合出件窗口",
        "method": "直接送达",
        "server": "黄志明",
        "delivered_at": "2026-03-02T07:12:00+00:00",
    },
}
BY_THE_MAIN_SEAL = {"rectification_order", "revocation"}  # no approval: the seal of the unit itself (domain 9)
SEALED = sorted(set(FACTS) - UNSEALED)


def printed(template: str, **changed: Any) -> list[str]:
    """The text of each page without white space, for lines end anywhere."""
    pdf = typesetting.typeset(template, FACTS[template] | changed)
    return [squeezed(sheet.extract_text()) for sheet in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)
