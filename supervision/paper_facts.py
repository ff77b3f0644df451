"""What every kind of paper has to know before it may be registered: one `TypedDict` a kind, gathered in `FACTS` (domain 4.2).

Days are `YYYY-MM-DD`, instants ISO 8601 with an offset; texts that people typed stand as they are, line breaks start paragraphs.
Pure: `typesetting.check` reads these shapes, the templates of the same names print them.
"""

from typing import Any, NotRequired, TypedDict


class Common(TypedDict):
    """On every paper: whose it is, and how anybody checks that it is real."""

    unit: str  # full name of the body in whose name the paper stands; never the service centre (行政许可法 24)
    number: str
    case_number: str  # 18 digits; printed also as 20260209 0007
    check_code: str  # 7F3K-9Q2M-X8WD
    check_url: str  # public check page of this paper, as QR
    demo: bool  # prints 演示文书，不具效力 beside the QR and 演示 in the seal


class Letter(Common):
    """On every sealed letter to the applicant. A licence names 行政许可法; no other kind of item does (domain 3.1)."""

    applicant: str
    is_person: bool  # 你 instead of 你单位
    item: str
    item_kind: str
    received_on: str
    seal: str  # 行政审批专用章; empty for the main seal


class Rights(TypedDict):
    """Where and how long the applicant may contest what the letter says (L15, L45)."""

    review_body: (
        str | None
    )  # null for a company, whose answer is no administrative act: the letter names the complaint phone
    court: str
    review_days: int  # natural days: 行政复议法 20
    suit_months: int  # 行政诉讼法 46
    complaint_phone: str


class Material(TypedDict):
    """One line of the list of what was handed in."""

    name: str
    originals: int | None
    copies: int | None
    electronic: int | None
    status: str  # in Chinese, as the clerk sees it: 已收 / 待补 / 共享获取 …


# At the window -------------------------------------------------------------------------------------------------------------
class ReceiptSlip(Common):
    """收件凭证 (document 01): what was taken in, by whom, and by when the unit answers."""

    applicant: str
    agent: str | None
    item: str
    item_kind: str
    task_code: str
    materials: list[Material]
    receiver: str
    window: str
    received_at: str
    notice_due: str | None  # last day for accepting, asking for corrections or declining
    query_code: str
    progress_url: str
    consult_phone: str
    complaint_phone: str
    ledger_receipt: NotRequired[
        str
    ]  # signed proof that the record exists (T56), as a third QR; added when it is printed


class TransferSlip(Common):
    """物料流转凭证: the papers leave the window for the section; both sides sign."""

    applicant: str
    item: str
    task_code: str
    materials: list[Material]
    from_place: str
    from_person: str
    to_place: str  # unit and section
    to_person: str | None
    transferred_at: str


class LaterSlip(Common):
    """What was taken in after the first time; the list is that of the notice (documents 05, 11, 13, 14)."""

    applicant: str
    agent: str | None
    item: str
    item_kind: str
    task_code: str
    materials: list[Material]
    receiver: str
    window: str
    received_at: str
    consult_phone: str
    complaint_phone: str


class CorrectionSlip(LaterSlip):
    """补正材料接收凭证."""


class GapSlip(LaterSlip):
    """容缺材料接收凭证."""


# Accepted or not -----------------------------------------------------------------------------------------------------------
class AcceptanceNotice(Letter):
    """受理通知书 (document 04)."""

    accepted_on: str
    promised_due: str | None
    statutory_due: str | None
    contact: str
    phone: str
    deemed: NotRequired[bool]  # accepted by law since the receipt, for nothing was said in the notice period (L10)
    declaration: NotRequired[bool]  # accepted on a 告知承诺书
    corrected: NotRequired[bool]  # accepted since the day on which all corrections were in (L11)
    told_on: NotRequired[str | None]  # the day that the letter bears, when it is not that of the acceptance


class Defect(TypedDict):
    """One material that is missing or not as the law wants it."""

    material: str
    fault: str
    form: str  # in which form it is to be handed in


class CorrectionNotice(Letter):
    """补正告知书 (document 02): everything at once, by when, and what happens otherwise (行政许可法 32 item (4); L10)."""

    defects: list[Defect]
    told_on: str
    due: str | None  # null when the calendar does not reach so far
    second: bool
    reason: str | None  # why a second notice is needed
    phone: str


class DeclineNotice(Letter, Rights):
    """不予受理通知书 (document 03)."""

    reason: str
    basis: str  # without final punctuation
    authority: str | None  # who is competent; then a licence names art. 32 item (2)
    declined_on: str
    phone: str


class NotRequiredNotice(Letter, Rights):
    """无需许可告知书: the matter needs nothing from us (行政许可法 32 item (1)); 无需办理告知书 for what is no licence."""

    reason: str
    basis: str
    told_on: str
    phone: str


# Accepted on a promise -----------------------------------------------------------------------------------------------------
class GapNotice(Letter):
    """容缺受理通知书: accepted, and what is still to come by when (domain 3.4)."""

    missing: list[str]
    due: str
    outcome: NotRequired[
        str | None
    ]  # what comes of gaps not supplied in time: withdrawn, which is also meant by none; refused
    accepted_on: str
    told_on: NotRequired[str | None]  # the day that the letter bears, when it is not that of the acceptance
    basis: str
    promised_due: str | None
    statutory_due: str | None
    contact: str
    phone: str


class Promise(Common):
    """A text that the applicant signs; no seal, no red head."""

    applicant: str
    is_person: bool  # 本人 instead of 本单位
    item: str
    promised_on: str


class GapPromise(Promise):
    """容缺受理承诺书."""

    missing: list[str]
    due: str
    item_kind: NotRequired[str]
    outcome: NotRequired[str | None]  # as in the notice


class DeclarationPromise(Promise):
    """告知承诺书 (国办发〔2020〕42号): what the unit told, and what the applicant promises of his free will (L38)."""

    content: str
    check_due: str | None


# On the way ----------------------------------------------------------------------------------------------------------------
class OpinionRequest(Common):
    """征求意见函: a question to another unit, whose answer has its own clock."""

    to_unit: str
    applicant: str
    item: str
    question: str
    asked_on: str
    due: str | None
    phone: str
    seal: str


class SpecialNotice(Letter):
    """特别程序告知书 (document 08): which procedure, on what basis, how long it takes, and which clock stands still."""

    ground: str  # 听证, 检验 …
    stops_statutory: bool  # false: the promise alone stands still (domain 3.1)
    basis: str
    approver: NotRequired[str | None]  # post and name; papers that were registered before do not know it
    told_on: str
    first_on: str  # the day on which the clock stops
    expected_on: str
    phone: str


class ExtensionNotice(Letter):
    """延长办理期限通知书 (行政许可法 42)."""

    days: int
    reason: str
    approver: str
    extended_on: str
    promised_due: str | None
    statutory_due: str | None
    phone: str


class Charge(TypedDict):
    name: str
    standard: str
    basis: str
    amount: str  # in yuan


class PaymentNotice(Letter):
    """缴费通知书."""

    lines: list[Charge]
    total: str | None  # in yuan; null where an amount is no number
    account: str
    told_on: str
    phone: str


# The end -------------------------------------------------------------------------------------------------------------------
class Decision(Letter):
    """准予行政许可决定书 for a licence, 准予办理决定书 for every other kind of item."""

    accepted_on: str
    findings: str  # what was examined and found, full sentences; a line break starts a paragraph
    basis: str | None  # 设定依据 as the item version has it; without final punctuation
    decision: str  # what is granted, full sentences
    decided_on: str
    valid_from: NotRequired[str | None]
    valid_until: NotRequired[str | None]
    result_name: NotRequired[str | None]  # the certificate that follows …
    delivery_due: NotRequired[str | None]  # … and the last day for handing it out (art. 44)


class RefusalDecision(Letter, Rights):
    """不予行政许可决定书 (document 07; 行政许可法 38), 不予办理决定书 for what is no licence."""

    accepted_on: str
    findings: str  # the reasons
    basis: str | None
    decided_on: str


class EndNotice(Letter, Rights):
    """终止办理告知书: the case ends without a decision."""

    ground: str  # withdrawn, correction_lapsed, gaps_lapsed or voided
    reason: str | None
    ended_on: str
    phone: str


class RectificationOrder(Letter, Rights):
    """责令限期改正通知书: what was promised proved untrue; what is to be put right by when, and what follows otherwise (国办发〔2020〕42号)."""

    decided_on: str
    decision_number: str  # of the decision that was granted on the promise
    findings: str  # how it was checked and what was found
    wanted: str  # what is to be put right
    due: str  # the last day
    ordered_on: str
    phone: str


class RevocationDecision(Letter, Rights):
    """撤销行政许可决定书 (行政许可法 69), 撤销准予办理决定书 for what is no licence. Bears the main seal (domain 9)."""

    decided_on: str
    decision_number: str
    order_number: str
    order_due: str
    ground: str  # unqualified or deceit
    findings: str  # the reasons
    result_name: str | None  # the certificate that is void along with the decision
    revoked_on: str
    phone: str


class Detail(TypedDict):
    label: str
    value: str


class Certificate(Common):
    """The result itself, as a plain sheet: 特种行业许可证 and the like."""

    name: str
    holder: str
    item: str
    issued_on: str
    seal: str
    holder_code: NotRequired[str | None]
    details: NotRequired[list[Detail]]  # further lines: 法定代表人, 地址, 许可范围 …
    valid_from: NotRequired[str | None]
    valid_until: NotRequired[str | None]


class Delivered(TypedDict):
    name: str
    number: str
    copies: int | None


class DeliveryReceipt(Common):
    """送达回证 (document 09): what was handed to whom, how and where; signed by the recipient."""

    documents: list[Delivered]
    addressee: str
    recipient: str
    relation: str  # 本人, 法定代表人, 委托代理人 …
    place: str
    method: str  # 直接送达, 邮寄送达, 留置送达, 电子送达
    server: str
    delivered_at: str  # an instant; of what a courier brought the day on which it was signed
    item: str
    note: NotRequired[str | None]
    courier: NotRequired[str | None]
    tracking_number: NotRequired[str | None]


FACTS: dict[str, Any] = {
    "receipt_slip": ReceiptSlip,
    "transfer_slip": TransferSlip,
    "acceptance_notice": AcceptanceNotice,
    "correction_notice": CorrectionNotice,
    "correction_slip": CorrectionSlip,
    "decline_notice": DeclineNotice,
    "not_required_notice": NotRequiredNotice,
    "gap_notice": GapNotice,
    "gap_promise": GapPromise,
    "gap_slip": GapSlip,
    "declaration_promise": DeclarationPromise,
    "opinion_request": OpinionRequest,
    "special_notice": SpecialNotice,
    "extension_notice": ExtensionNotice,
    "payment_notice": PaymentNotice,
    "decision": Decision,
    "refusal": RefusalDecision,
    "end_notice": EndNotice,
    "rectification_order": RectificationOrder,
    "revocation": RevocationDecision,
    "certificate": Certificate,
    "delivery_receipt": DeliveryReceipt,
}
