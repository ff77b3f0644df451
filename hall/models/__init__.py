"""Tables of the hall."""

from .cases import (
    Act,
    Applicant,
    ApplicantKind,
    Case,
    CaseMaterial,
    Channel,
    ConclusionKind,
    DeclarationState,
    DeliveryWay,
)
from .decisions import CourierShipment, Decision, DecisionKind, Delivery, RecipientRelation, RevocationGround
from .handling import Defect, JointOpinion
from .portal import ApiClient, IdempotentAnswer
from .windows import ServiceField, StaffSession, SubCenter, Window, WindowDuty, WindowKind

__all__ = [
    "Act",
    "ApiClient",
    "Applicant",
    "ApplicantKind",
    "Case",
    "CaseMaterial",
    "Channel",
    "ConclusionKind",
    "CourierShipment",
    "Decision",
    "DecisionKind",
    "DeclarationState",
    "Defect",
    "Delivery",
    "DeliveryWay",
    "IdempotentAnswer",
    "JointOpinion",
    "RecipientRelation",
    "RevocationGround",
    "ServiceField",
    "StaffSession",
    "SubCenter",
    "Window",
    "WindowDuty",
    "WindowKind",
]
