"""Tables of the catalog room."""

from catalog.codes import ItemKind

from .departments import ApprovalSection, Department, DepartmentKind, PointKind, ReceivingPoint, Town
from .items import (
    CaseKind,
    ClosingForm,
    ExceptionGround,
    Faq,
    Fee,
    GapOutcome,
    ItemVersion,
    MaterialRequirement,
    MaterialSource,
    Necessity,
    ProcedureStep,
    ServiceItem,
    StepHolder,
    VersionStatus,
)

__all__ = [
    "ApprovalSection",
    "CaseKind",
    "ClosingForm",
    "Department",
    "DepartmentKind",
    "ExceptionGround",
    "Faq",
    "Fee",
    "GapOutcome",
    "ItemKind",
    "ItemVersion",
    "MaterialRequirement",
    "MaterialSource",
    "Necessity",
    "PointKind",
    "ProcedureStep",
    "ReceivingPoint",
    "ServiceItem",
    "StepHolder",
    "Town",
    "VersionStatus",
]
