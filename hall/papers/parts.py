"""What the facts of several papers share: whom a letter speaks to, the list of materials, the rights of the applicant."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from catalog.models import DepartmentKind
from hall.materials import MaterialStatus
from hall.models import ApplicantKind, Case, CaseMaterial
from supervision import moment

SEAL = "行政审批专用章"
MAIN_SEAL = ""  # what is no approval, and what revokes one, bears the seal of the unit itself (domain 9)
# L45: 行政复议法 20 (natural days), 行政诉讼法 46. Which court is competent depends on where the applicant sues.
REVIEW_DAYS, SUIT_MONTHS, COURT = 60, 6, "有管辖权的人民法院"


def letter(case: Case) -> dict[str, Any]:
    """Of every sealed letter to the applicant."""
    return {
        **addressee(case),
        "received_on": moment.local_date(case.received_at or case.opened_at),
        "seal": SEAL,
    }


def addressee(case: Case) -> dict[str, Any]:
    return {
        "applicant": case.applicant.name,
        "is_person": case.applicant.kind == ApplicantKind.NATURAL_PERSON,
        "item": case.version.name,
        "item_kind": case.version.item.kind,
    }


def rights(case: Case) -> dict[str, Any]:
    """Where the answer of this unit may be contested (L15).

    Units under vertical leadership are reviewed by their superiors (行政复议法 27), all others by the county government; a
    company's answer is no administrative act.
    """
    above = {
        DepartmentKind.COMPANY: None,
        DepartmentKind.VERTICALLY_MANAGED: "上一级主管部门或者其他有管辖权的行政复议机关",
    }
    return {
        "review_body": above.get(DepartmentKind(case.item.department.kind), settings.REVIEW_BODY),
        "court": COURT,
        "review_days": REVIEW_DAYS,
        "suit_months": SUIT_MONTHS,
        "complaint_phone": case.version.complaint_phone,
    }


def materials(handed: Sequence[CaseMaterial]) -> list[dict[str, Any]]:
    """What was handed in, in the order given; nothing is counted of what the government gives itself (L34)."""
    return [_material(row) for row in handed]


def _material(row: CaseMaterial) -> dict[str, Any]:
    shared = row.status == MaterialStatus.SHARED
    return {
        "name": row.requirement.name,
        "originals": None if shared else row.originals,
        "copies": None if shared else row.copies,
        "electronic": None if shared else int(row.electronic),
        "status": "免交" if shared else row.get_status_display(),
    }
