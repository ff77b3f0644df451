"""Who may approve a pause: the posts of the deciding unit that hold 审批 for the item by the letter in force, and the unit's head.

Domain 4.1: the section pauses, with the approving post and paper. A choice is the key of a holding: a post, and who holds it today.
"""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from authorization import power
from authorization.letters import Stage
from authorization.models import LetterKind, LetterLine, PostHolding, PostKind
from authorization.staff import Staff
from supervision import moment
from supervision.refusals import Refusal, Unusable


def offered(case: Any, staff: Staff, now: datetime) -> list[PostHolding]:
    """Whom this person may name today, holders before stand-ins and the head of the unit last; one statement."""
    unit, lines = case.item.department_id, _lines(case, now)
    of_unit = PostHolding.objects.filter(
        Q(post__kind=PostKind.MAIN_LEADER) | Q(post__in=lines.values("post")),
        post__department=unit,
        during__contains=moment.local_date(now),
        person__is_active=True,
    )
    held = [one for one in of_unit.select_related("post", "person").order_by("id") if not _is_own(one, staff)]
    return sorted(held, key=lambda one: (one.post.kind == PostKind.MAIN_LEADER, one.is_substitute))


def require_approver(case: Any, key: str, *, staff: Staff, now: datetime) -> PostHolding:
    """The holding that was chosen, looked up anew under the letter's lock (L20, R8).

    Refused `pause_approval` and `no_approver` (nothing chosen, nobody to choose), `approver_unknown`, `approver_foreign`,
    `approver_expired`, `approver_without_power`, `approver_self`.
    """
    if not key:
        raise _refuse(_nothing_chosen(case, staff, now))
    found = _find(case, key, now)
    fault = _unknown() if found is None else _fault(found, case, staff, now)
    if fault is not None:
        raise _refuse(fault)
    assert found is not None
    return found


def named(holding: PostHolding) -> str:
    """分管副局长麦康文, as papers print it."""
    return f"{holding.post.title}{holding.person.name}"


def option(holding: PostHolding) -> tuple[str, str]:
    """A line of the list to choose from."""
    stands_in = "（B角）" if holding.is_substitute else ""
    return str(holding.pk), f"{holding.post.title} {holding.person.name}{stands_in}"


def nobody(case: Any) -> str:
    """What the page says where nobody can be named."""
    return f"没有岗位能批准：{_remedy(case)}"


def _find(case: Any, key: str, now: datetime) -> Any:
    try:
        wanted = uuid.UUID(key)
    except ValueError:
        return None
    empowered = Exists(_lines(case, now).filter(post=OuterRef("post")))
    held = PostHolding.objects.select_related("post__department", "person").annotate(decides=empowered)
    return held.filter(pk=wanted).first()


def _lines(case: Any, now: datetime) -> QuerySet[LetterLine]:
    """The lines in force that give 审批 for this item."""
    lines = power.in_force(now).filter(letter__kind=LetterKind.SIGNING, item=case.item)
    return lines.filter(powers__contains=[Stage.APPROVAL])


def _fault(found: Any, case: Any, staff: Staff, now: datetime) -> Refusal | None:
    """Why this holding may not approve; None when it may."""
    post, unit, name = found.post, case.item.department, found.person.name
    choose = f"请选择{unit.short_name}持有此事项审批权的岗位或主要领导。"
    if post.department_id != unit.id:
        sentence = f"{post}不是{unit.short_name}的岗位，不能批准停表。"
        return Refusal("approver_foreign", sentence, ("D22", "L20"), choose)
    if moment.local_date(now) not in found.during or not found.person.is_active:
        sentence = f"{name}今天不任{post.title}，不能批准停表。"
        return Refusal("approver_expired", sentence, ("D26", "L20"), "请刷新页面，选择现任人员。")
    if post.kind != PostKind.MAIN_LEADER and not found.decides:
        sentence = f"{post.title}现在没有此事项的审批权，不能批准停表。"
        return Refusal("approver_without_power", sentence, ("D22", "T13", "L20"), choose)
    if _is_own(found, staff):
        sentence = "停表由您办理，不能再由您以另一个岗位批准。"
        return Refusal("approver_self", sentence, ("T17", "L20"), "请选择另一位有权批准的人。")
    return None


def _is_own(found: PostHolding, staff: Staff) -> bool:
    """Whoever pauses approves himself only in the very post in which he pauses: there the letter means one person (T17)."""
    return found.person_id == staff.person_id and found.post_id != staff.post_id


def _nothing_chosen(case: Any, staff: Staff, now: datetime) -> Refusal:
    if offered(case, staff, now):
        return Refusal("pause_approval", "停表要有批准的岗位。", ("L20", "R8"), "请选择批准岗位，会写进告知书。")
    return Refusal("no_approver", "现在没有岗位能批准停表。", ("D22", "L20", "R8"), _remedy(case))


def _unknown() -> Refusal:
    return Refusal("approver_unknown", "没有这个批准岗位。", ("L20", "R8"), "请刷新页面，从名单里选择。")


def _remedy(case: Any) -> str:
    unit = case.item.department.short_name
    return f"请{unit}补签授权委托书，或登记主要领导的现任人员，再停表；时限继续计算。"


def _refuse(refusal: Refusal) -> Unusable:
    return Unusable(Refusal(refusal.code, refusal.sentence, refusal.rules, refusal.remedy, "approver"))
