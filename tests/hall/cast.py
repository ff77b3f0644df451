"""Everybody who may stand before a case of 县卫生健康局, by role: what the matrix of verdicts runs over."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from authorization.staff import Staff
from tests import builders

GENERAL, FIELD, HAND_OUT = "general clerk", "clerk of a field without the unit", "hand-out clerk"
GUIDANCE, COMPLAINT, OFF_DUTY = "guidance clerk", "complaint clerk", "clerk off duty"
SECTION, LEADER, MAIN_LEADER = "section head", "leader in charge", "main leader"
REPRESENTATIVE, ELSEWHERE = "chief representative", "section head of another unit"
OWN_WINDOW_ELSEWHERE = "clerk at another unit's own window"
ASKED = "section head of the unit whose opinion was asked"
TRANSFER, SUB_CENTER, POINT = "clerk of the transfer station", "clerk at another unit's sub-centre", "clerk at a point"
SUPERVISOR, COUNTY_HEAD = "supervisor", "county head"

# Who does not get to see a case of the health bureau that came through a common window or online.
BLIND = {OFF_DUTY, ELSEWHERE, OWN_WINDOW_ELSEWHERE, SUB_CENTER, POINT, COUNTY_HEAD, ASKED}


def off_duty(clerk: Staff) -> Staff:
    """The same person on a day without a window."""
    return replace(clerk, window_id=None, window_name="", window_kind="", window_department_id=None)


ROLES: dict[str, Callable[[], Staff]] = {
    GENERAL: builders.make_clerk,
    FIELD: builders.make_field_clerk,
    HAND_OUT: builders.make_hand_out_clerk,
    GUIDANCE: lambda: builders.member("liangyongshi"),
    COMPLAINT: lambda: builders.member("shaowenjuan"),
    OFF_DUTY: lambda: off_duty(builders.make_clerk()),
    SECTION: builders.make_section_head,
    LEADER: builders.make_leader,
    MAIN_LEADER: builders.make_main_leader,
    REPRESENTATIVE: builders.make_representative,
    ELSEWHERE: lambda: builders.make_section_head("civil-affairs"),
    ASKED: lambda: builders.make_section_head(builders.OTHER_UNIT),
    OWN_WINDOW_ELSEWHERE: builders.make_dedicated_clerk,
    TRANSFER: builders.make_transfer_clerk,
    SUB_CENTER: builders.make_sub_center_clerk,
    POINT: builders.make_point_clerk,
    SUPERVISOR: builders.make_supervisor,
    COUNTY_HEAD: lambda: builders.member("rongzhijian"),
}


@cache
def staff_of(role: str) -> Staff:
    """A plain value, the same in every test: all databases of a run are copies of one template."""
    return ROLES[role]()
