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
from .regulator_notice import RegulatorNotice, RegulatorNoticeKind
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
    "IdempotentAnswer",
    "JointOpinion",
    "RecipientRelation",
    "RegulatorNotice",
    "RegulatorNoticeKind",
    "RevocationGround",
    "ServiceField",
    "StaffSession",
    "SubCenter",
    "Window",
    "WindowDuty",
    "WindowKind",
]
