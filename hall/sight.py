"""Who may see which case: here alone (T10, T11). Every list, search and page starts with `visible_cases`."""

import uuid
from enum import Enum
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from authorization.models import PostKind
from authorization.staff import Staff
from hall.models import Case, JointOpinion, Window, WindowKind
from hall.states import IN_HAND_STATES


def visible_cases(staff: Staff) -> QuerySet[Case]:
    """The cases that may be known to this person at all; every list, search and page starts here.

    Supervision sees all; a clerk what came through the common windows or online, at a sub-centre only of the units there, at a point
    only what its own window took in; the staff of a unit what is its own, and what waits for its opinion, until that is given or the
    case is decided (D150); the head of the county what is handled jointly while it may be extended. What of a case is for its own
    unit alone says `policies.is_holder`.
    """
    sight, own = sight_of(staff)
    return seen(sight, **own)


class Sight(Enum):
    """How far somebody sees; belongs to the text of a statement, while whose unit or window it is are its values."""

    ALL = "all"
    POINT = "own window"
    COMMON = "common windows and online"
    SUB_CENTER = "the same of the units that its sub-centre was approved for"
    APPROVER = "own unit and what waits for its opinion"
    UNIT = "own unit"
    JOINT = "handled jointly"
    NOTHING = "nothing"


def sight_of(staff: Staff) -> tuple[Sight, dict[str, uuid.UUID]]:
    if staff.is_supervisor:
        return Sight.ALL, {}
    if staff.window_id is not None and staff.window_kind == WindowKind.POINT:
        return Sight.POINT, {"window": staff.window_id}
    if staff.window_id is not None and staff.window_kind != WindowKind.DEDICATED:
        return (Sight.COMMON, {}) if staff.place_units is None else (Sight.SUB_CENTER, {"window": staff.window_id})
    if staff.is_approver:
        return Sight.APPROVER, {"unit": staff.department_id}
    if staff.is_clerk:
        return Sight.UNIT, {"unit": staff.department_id}
    return (Sight.JOINT, {}) if staff.post_kind == PostKind.COUNTY_HEAD else (Sight.NOTHING, {})


def seen(sight: Sight, *, unit: Any = None, window: Any = None) -> QuerySet[Case]:
    match sight:
        case Sight.ALL:
            return Case.objects.all()
        case Sight.POINT:
            return Case.objects.filter(window_id=window)
        case Sight.COMMON:
            return _common()
        case Sight.SUB_CENTER:
            units = Window.objects.filter(pk=window).values("sub_center__units")
            return _common().filter(department__in=units)
        case Sight.APPROVER:
            asked = JointOpinion.objects.filter(case=OuterRef("pk"), department_id=unit, answered_at__isnull=True)
            return Case.objects.filter(Q(department_id=unit) | Q(Exists(asked), state__in=IN_HAND_STATES))
        case Sight.UNIT:
            return Case.objects.filter(department_id=unit)
        case Sight.JOINT:  # who alone extends what is handled jointly (行政许可法 42)
            return Case.objects.filter(version__is_handled_jointly=True, state__in=IN_HAND_STATES)
    return Case.objects.none()


def _common() -> QuerySet[Case]:
    return Case.objects.exclude(window__kind=WindowKind.DEDICATED)
