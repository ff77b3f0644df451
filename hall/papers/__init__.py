"""Which paper a verb leaves behind, under which number, with which facts. The print room knows only these facts."""

from .notices import (
    acceptance_notice,
    correction_notice,
    declaration_promise,
    decline_notice,
    extension_notice,
    gap_notice,
    gap_promise,
    not_required_notice,
    opinion_request,
    payment_notice,
    special_notice,
)
from .outcomes import certificate, decision, end_notice, rectification_order, refusal, revocation
from .registering import WORDS, number, receipt_number, register, series, title
from .slips import correction_slip, delivery_receipt, gap_slip, receipt_slip, transfer_slip

__all__ = [
    "WORDS",
    "acceptance_notice",
    "certificate",
    "correction_notice",
    "correction_slip",
    "decision",
    "declaration_promise",
    "decline_notice",
    "delivery_receipt",
    "end_notice",
    "extension_notice",
    "gap_notice",
    "gap_promise",
    "gap_slip",
    "not_required_notice",
    "number",
    "opinion_request",
    "payment_notice",
    "receipt_number",
    "receipt_slip",
    "rectification_order",
    "refusal",
    "register",
    "revocation",
    "series",
    "special_notice",
    "title",
    "transfer_slip",
]
