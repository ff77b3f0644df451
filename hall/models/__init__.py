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
from .first_contacts import FirstContact, FirstContactState
from .handling import Defect, JointOpinion
from .portal import ApiClient, IdempotentAnswer
from .supervision_hand_over import HandOverKind, SupervisionHandOver
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
    "FirstContact",
    "FirstContactState",
    "HandOverKind",
    "IdempotentAnswer",
    "JointOpinion",
    "RecipientRelation",
    "RevocationGround",
    "ServiceField",
    "StaffSession",
    "SubCenter",
    "SupervisionHandOver",
    "Window",
    "WindowDuty",
    "WindowKind",
]
