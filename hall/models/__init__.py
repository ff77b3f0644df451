"""Tables of the hall."""

from .cases import (
    Act,
    Applicant,
    ApplicantKind,
    Case,
    CaseMaterial,
    Channel,
    DeliveryWay,
)
from .decisions import Decision, DecisionKind, Delivery, RecipientRelation
from .portal import ApiClient, IdempotentAnswer
from .windows import ServiceField, StaffSession, Window, WindowDuty, WindowKind

__all__ = [
    "Act",
    "ApiClient",
    "Applicant",
    "ApplicantKind",
    "Case",
    "CaseMaterial",
    "Channel",
    "Decision",
    "DecisionKind",
    "Delivery",
    "DeliveryWay",
    "IdempotentAnswer",
    "RecipientRelation",
    "ServiceField",
    "StaffSession",
    "Window",
    "WindowDuty",
    "WindowKind",
]
