"""The verbs of a case: one function each, named as the office says it."""

from hall.materials import Handed

from .closing import hand_out, make_certificate, make_ready
from .handling import accept, conclude, grant, review, transfer
from .intake import Application, Person, receive, receive_submitted, submit

__all__ = [
    "Application",
    "Handed",
    "Person",
    "accept",
    "conclude",
    "grant",
    "hand_out",
    "make_certificate",
    "make_ready",
    "receive",
    "receive_submitted",
    "review",
    "submit",
    "transfer",
]
