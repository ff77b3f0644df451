"""The verbs of a case: one function each, named as the office says it."""

from hall.materials import Handed

from .acceptance import (
    DeclineGround,
    Flaw,
    accept,
    accept_on_declaration,
    accept_with_gaps,
    decline,
    not_required,
    request_corrections,
    send_back,
    supply_gaps,
    take_corrections,
)
from .at_once import settle_at_once
from .closing import (
    confirm_courier,
    deliver_electronically,
    hand_out,
    make_certificate,
    make_ready,
    send_by_courier,
)
from .declared import confirm_rectification, order_rectification, post_check, revoke
from .ending import forward_up, void, withdraw
from .handling import charge, conclude, countersign, grant, refuse, return_for_review, review, transfer
from .intake import Application, Person, receive, receive_submitted, submit
from .special import extend, pause, resume
from .to_regulator import acknowledge
from .together import ask_opinion, give_opinion, hand_over, take_back

__all__ = [
    "Application",
    "DeclineGround",
    "Flaw",
    "Handed",
    "Person",
    "accept",
    "accept_on_declaration",
    "accept_with_gaps",
    "acknowledge",
    "ask_opinion",
    "charge",
    "conclude",
    "confirm_courier",
    "confirm_rectification",
    "countersign",
    "decline",
    "deliver_electronically",
    "extend",
    "forward_up",
    "give_opinion",
    "grant",
    "hand_out",
    "hand_over",
    "make_certificate",
    "make_ready",
    "not_required",
    "order_rectification",
    "pause",
    "post_check",
    "receive",
    "receive_submitted",
    "refuse",
    "request_corrections",
    "resume",
    "return_for_review",
    "review",
    "revoke",
    "send_back",
    "send_by_courier",
    "settle_at_once",
    "submit",
    "supply_gaps",
    "take_back",
    "take_corrections",
    "transfer",
    "void",
    "withdraw",
]
