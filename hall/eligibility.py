"""What each window may do with which item, as plain rules over finished values (domain 7; D20, D35, D36, D38, D101).

The first rule that says no gives the refusal. Whether a letter gives the power is asked afterwards, by `authorization.power`.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q

from authorization.letters import CounterAct
from authorization.staff import Staff
from catalog.models import ServiceItem
from hall.models import WindowKind
from hall.states import Verb
from supervision.refusals import Refusal

K = WindowKind
# Which kinds of window take a verb; a verb that is not named goes by its counter act. Areas stay apart (D37): who receives at a point or
# at a field window hands nothing out, the output windows receive nothing, the transfer station passes papers on and does nothing else.
TAKES: dict[str, frozenset[str]] = {
    CounterAct.RECEIVE: frozenset({K.GENERAL, K.FIELD, K.DEDICATED, K.POINT}),
    "transfer": frozenset({K.GENERAL, K.FIELD, K.DEDICATED, K.POINT, K.TRANSFER}),
    CounterAct.HAND_OUT: frozenset({K.GENERAL, K.HAND_OUT, K.DEDICATED}),
}
ELSEWHERE = "请引导到综合服务窗口。"


@dataclass(frozen=True, slots=True)
class Asked:
    """One verb on one item, at the window of the one who asks. `devolved` is said by the item's version."""

    verb: Verb
    item: ServiceItem
    staff: Staff
    devolved: bool


def refusal_at_window(verb: Verb, item: ServiceItem, staff: Staff, *, devolved: bool) -> Refusal | None:
    """Why this window may not take this verb on this item; None when it may, or when the verb is done at no counter."""
    if verb.power not in CounterAct.values:
        return None
    refusal = refusal_of_window(verb, staff)
    if refusal is not None:
        return refusal
    asked = Asked(verb, item, staff, devolved)
    return next((found for rule in _OF_ITEM if (found := rule(asked)) is not None), None)


def refusal_of_window(verb: Verb, staff: Staff) -> Refusal | None:
    """Why this person takes this counter act on no item at all today."""
    act = CounterAct(verb.power)
    return next((found for rule in _OF_WINDOW if (found := rule(verb.name, act, staff)) is not None), None)


def covered_versions(verb: Verb, staff: Staff) -> Q:
    """The same rules over item versions, for counting many of them without asking one by one."""
    if refusal_of_window(verb, staff) is not None:
        return Q(pk__in=())
    covered = Q(item__hall_exception="")
    if staff.window_kind == K.POINT:
        covered &= Q(is_devolved=True)
    for units in _units_of(staff):
        covered &= Q(item__department__in=units)
    return covered


def _units_of(staff: Staff) -> list[frozenset[uuid.UUID | None]]:
    """The sets of units to which a window is held, by its place and by its kind; an item's unit must be in each of them."""
    held: list[frozenset[uuid.UUID | None]] = []
    if staff.place_units is not None:
        held.append(frozenset(staff.place_units))
    if staff.window_kind == K.FIELD:
        held.append(frozenset(staff.window_units))
    if staff.window_kind == K.DEDICATED:
        held.append(frozenset({staff.window_department_id}))
    return held


# What is asked of the window, in this order --------------------------------------------------------------------------------
def _on_duty(verb: str, act: CounterAct, staff: Staff) -> Refusal | None:
    if staff.window_id is not None:
        return None
    remedy = "请当班的窗口人员办理。"
    if staff.duty_ended:
        return Refusal("duty_over", f"您在{staff.duty_ended}的值班期已过，不能再办“{act.label}”。", ("D30",), remedy)
    return Refusal("no_duty", f"“{act.label}”在窗口办理，您今天没有窗口值班。", ("D30",), remedy)


def _qualified(verb: str, act: CounterAct, staff: Staff) -> Refusal | None:
    if staff.is_qualified:
        return None
    until = staff.qualified_until
    why = f"您的窗口上岗资格已于{until.year}年{until.month}月{until.day}日到期" if until else "您没有窗口上岗资格"
    remedy = "请先参加培训并登记证书；今天请有资格的窗口人员办理。"
    return Refusal("not_qualified", f"{why}，不能办“{act.label}”。", ("D101",), remedy)


def _open(verb: str, act: CounterAct, staff: Staff) -> Refusal | None:
    if staff.window_open:
        return None
    return Refusal("window_closed", f"{staff.window_name}今天不开放。", ("D36",), "请引导到开放的窗口。")


def _inside(verb: str, act: CounterAct, staff: Staff) -> Refusal | None:
    if staff.place_lawful:
        return None
    sentence = f"{staff.window_place}没有获准收件、出件，{staff.window_name}今天不能办“{act.label}”。"
    return Refusal("outside_hall", sentence, ("D28", "D35", "D38"), "请引导到县政务服务大厅。")


def _kind_takes(verb: str, act: CounterAct, staff: Staff) -> Refusal | None:
    if staff.window_kind in TAKES.get(verb, TAKES[act]):
        return None
    return Refusal("window_kind", f"{staff.window_name}不办“{act.label}”。", ("D36", "D106"), ELSEWHERE)


# What is asked of the item, in this order ----------------------------------------------------------------------------------
def _in_hall(asked: Asked) -> Refusal | None:
    """What was received before an item left the hall is brought to its end there."""
    if asked.verb.name != "receive" or not asked.item.hall_exception:
        return None
    sentence = f"这个事项不进大厅：{asked.item.get_hall_exception_display()}。"
    return Refusal("not_in_hall", sentence, ("D34",), f"请引导到{asked.item.department.short_name}办理。")


def _of_sub_center(asked: Asked) -> Refusal | None:
    units = asked.staff.place_units
    if units is None or asked.item.department_id in units:
        return None
    sentence = f"{asked.staff.window_place}没有获准办理{asked.item.department.short_name}的事项。"
    return Refusal("sub_center_unit", sentence, ("D38", "D132"), "请引导到县政务服务大厅综合服务窗口。")


def _of_point(asked: Asked) -> Refusal | None:
    if asked.staff.window_kind != K.POINT or asked.devolved:
        return None
    sentence = f"这个事项没有下放，{asked.staff.window_place}不能办。"
    return Refusal("not_devolved", sentence, ("D20",), "请引导到县政务服务大厅，或网上申办。")


def _of_own_unit(asked: Asked) -> Refusal | None:
    if asked.staff.window_kind != K.DEDICATED or asked.staff.window_department_id == asked.item.department_id:
        return None
    return Refusal("window_kind", f"{asked.staff.window_name}只办本单位的事项。", ("D36",), ELSEWHERE)


def _of_field(asked: Asked) -> Refusal | None:
    if asked.staff.window_kind != K.FIELD or asked.item.department_id in asked.staff.window_units:
        return None
    sentence = f"“{asked.item}”不属于{asked.staff.window_name}的领域。"
    return Refusal("window_field", sentence, ("D36", "D96"), ELSEWHERE)


_OF_WINDOW: tuple[Callable[[str, CounterAct, Staff], Refusal | None], ...] = (
    *(_on_duty, _qualified, _open, _inside, _kind_takes),
)
_OF_ITEM: tuple[Callable[[Asked], Refusal | None], ...] = (
    *(_in_hall, _of_sub_center, _of_point, _of_own_unit, _of_field),
)
