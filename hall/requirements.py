"""What is typed for a verb, judged by law and by the guide: each fault is a refusal with the article and the remedy."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from authorization.models import LetterLine, PostHolding
from authorization.staff import Staff
from catalog.models import Department, Fee, ItemKind, ItemVersion
from hall import regulator_notices
from hall.models import (
    Act,
    Case,
    CaseMaterial,
    CourierShipment,
    DeliveryWay,
    JointOpinion,
    RegulatorNotice,
    RevocationGround,
)
from supervision import clocks
from supervision.models import OF_ARTICLE_45, Clock, ClockKind, ClockPause, PauseGround
from supervision.refusals import Forbidden, Refusal, Refused, Unusable

MOST_DAYS = {False: 10, True: 15}  # of an extension, by joint handling (行政许可法 42)
LONGEST_PAUSE = 250  # working days: a year
LONGEST_ORDER = 60  # working days


def _refuse(code: str, sentence: str, rules: str, remedy: str = "", field: str = "") -> Unusable:
    return Unusable(Refusal(code, sentence, tuple(rules.split()), remedy, field))


# Materials -----------------------------------------------------------------------------------------------------------------
def require_complete(materials: Iterable[CaseMaterial]) -> None:
    """Nothing necessary is missing (L11). Refused `material_missing`."""
    missing = [row.requirement.name for row in materials if row.is_missing]
    if missing:
        remedy = "请一次性告知要补的全部材料；次要材料可以容缺受理。"
        raise Refused(Refusal("material_missing", f"还缺{_listed(missing)}，不能受理。", ("L10", "L11"), remedy))


def require_gaps(version: ItemVersion, materials: Iterable[CaseMaterial], *, promised: bool) -> list[CaseMaterial]:
    """The secondary materials that are missing, when nothing else is and the applicant has promised in writing (L37).

    Refused `gap_main_material`, `no_gaps`, `gap_without_promise`.
    """
    missing = [row for row in materials if row.is_missing]
    main = [row.requirement.name for row in missing if not row.is_gap]
    if main:
        sentence = f"{_listed(main)}是主要材料，不能容缺。"
        raise Refused(Refusal("gap_main_material", sentence, ("L37",), "请一次性告知要补的全部材料。"))
    if not missing:
        raise Refused(Refusal("no_gaps", "材料齐全，不用容缺。", ("L37",), "请直接受理。"))
    if not promised:
        sentence = "容缺受理要有申请人签字的书面承诺。"
        raise _refuse("gap_without_promise", sentence, "L37", "请申请人签好承诺书再受理。", "promised")
    return missing


def require_flaws(seqs: Sequence[int], materials: Mapping[int, CaseMaterial], *, second: bool, reason: str) -> None:
    """A notice names at least one material, each once and of this guide; a second one says why (L10, R8)."""
    if not seqs:
        raise _refuse("no_defect", "请写明至少一份要补正的材料。", "L10", "没有缺陷就请受理。")
    unknown = [seq for seq in seqs if seq not in materials]
    if unknown or len(set(seqs)) < len(seqs):
        raise _refuse("material_unknown", "补正内容里有办事指南没有的、或重复的材料。", "G16", "请刷新页面重新填写。")
    if second and not reason:
        sentence = "补正内容要一次告知；再次告知请写明原因，并会留下记录。"
        raise _refuse("second_notice_reason", sentence, "L10 R8", field="reason")


# Delivery ------------------------------------------------------------------------------------------------------------------
_POSTAL = {"postal_recipient": "收件人", "postal_phone": "收件电话", "postal_address": "收件地址"}


def require_postal(way: str, applicant: Any) -> None:
    """What shall go by post has a recipient, a phone and an address; for another way nobody's address is kept (行政许可法 44).

    Refused `postal_missing`, one refusal a field; `postal_unneeded`.
    """
    given = {name: getattr(applicant, name) for name in _POSTAL}
    if way != DeliveryWay.COURIER:
        if any(given.values()):
            raise _refuse("postal_unneeded", "没有选择邮寄，不留收件地址。", "L19", "请去掉收件人、电话和地址，或改选邮寄。", "postal_address")  # fmt: skip
        return
    missing = [name for name, value in given.items() if not value.strip()]
    if missing:
        remedy = "请问清后填写；不便邮寄的，改选窗口领取。"
        raise Unusable(*(Refusal("postal_missing", f"选择邮寄的，请填写{_POSTAL[name]}。", ("L19",), remedy, name) for name in missing))  # fmt: skip


# Decisions -----------------------------------------------------------------------------------------------------------------
def verifiers_of(case: Case) -> set[Any]:
    """The people who have examined the case since it was last sent back."""
    acts = list(Act.objects.filter(case=case).order_by("record_seq").values_list("verb", "person_id"))
    sent_back = max((n for n, (verb, _) in enumerate(acts) if verb == "return_for_review"), default=-1)
    return {person for verb, person in acts[sent_back + 1 :] if verb in ("review", "countersign")}


def require_verified(case: Any) -> None:
    """Where the substance must be verified, two have done it (L13, L23). Refused `two_verifiers`."""
    if case.version.needs_two_verifiers and len(verifiers_of(case)) < 2:
        sentence = "这个事项要两名以上工作人员核查，现在只有一人签名。"
        raise Refused(Refusal("two_verifiers", sentence, ("L13", "L23"), "请第二名核查人员“共同核查并签名”后再决定。"))


def require_another_verifier(case: Case, staff: Staff) -> None:
    """Refused `same_verifier`: one person is not two."""
    if staff.person_id in verifiers_of(case):
        raise Forbidden(
            Refusal(
                "same_verifier", "您已经核查过，共同核查要另一个人签名。", ("L13",), "请同岗位的另一位任职人员签名。"
            )
        )


def require_order(*, findings: str, wanted: str, days: int) -> None:
    """An order says what was found, what is to be put right, and gives time for it: 1 to 60 working days [design].

    Refused `order_content`, `order_length`.
    """
    for field, text, label in (("findings", findings, "核查发现的问题"), ("wanted", wanted, "改正要求")):
        if not text.strip():
            raise _refuse("order_content", f"请写明{label}，会写进通知书。", "L38", field=field)
    if not 1 <= days <= LONGEST_ORDER:
        sentence = f"改正期限填 1 到 {LONGEST_ORDER} 个工作日之间的数字，例如 10。"
        raise _refuse("order_length", sentence, "L38", field="days")


def require_day(order: Clock) -> None:
    """An order names its last day: the calendar must reach so far (L31). Refused `order_beyond_calendar`."""
    if order.provisional:
        sentence = "改正期限超出已公布的日历，到期日还不能确定。"
        raise _refuse("order_beyond_calendar", sentence, "L31 L38", "请缩短改正期限。", "days")


def require_revocation(ground: str, reason: str) -> RevocationGround:
    """A revocation has a ground of 行政许可法 69 and its reasons. Refused `revocation_ground`, `revocation_reason`."""
    if ground not in RevocationGround.values:
        raise _refuse("revocation_ground", "请选择撤销的情形。", "L38", "行政许可依照第六十九条。", "ground")
    if not reason.strip():
        raise _refuse("revocation_reason", "请写明撤销的理由，会写进决定书。", "L15 L38", field="reason")
    return RevocationGround(ground)


def require_fees(version: ItemVersion, places: Sequence[int]) -> list[Fee]:
    """The charges at these places of the guide, which lists all that may be asked (L25, R7). Refused `fee_not_published`."""
    published = list(version.fees.order_by("id"))
    if not places or any(not 0 <= place < len(published) for place in places):
        raise _refuse("fee_not_published", "只能收办事指南公布的费用。", "L25 R7", "请从公布的收费项目里选择。")
    return [published[place] for place in places]


# Time ----------------------------------------------------------------------------------------------------------------------
def require_ground(version: ItemVersion, ground: str) -> None:
    """Art. 45 is a closed list, and for licences; beside it only what the published guide lets the promise wait for (L20).

    Refused `pause_ground`.
    """
    if stops_statute(version, ground) or ground in version.pauses_promise_for:
        return
    known = dict(PauseGround.choices).get(ground)
    sentence = (
        f"“{known}”不是行政许可法第四十五条所列的事由，办事指南也没有写明可以停表。" if known else "请选择停表事由。"
    )
    raise _refuse("pause_ground", sentence, "L20 R8", "时限继续计算；确需更多时间请报批延期。", "ground")


def stops_statute(version: ItemVersion, ground: str) -> bool:
    """Only 行政许可 is under that law, and only its list stops what it sets running."""
    return version.item.kind == ItemKind.LICENCE and ground in OF_ARTICLE_45


def require_pause(case: Any, *, days: int, first_on: date | None, basis: str, today: date) -> None:
    """Length 1 to 250 working days; it begins between acceptance and today, and today once a limit has passed: what was late stays
    late. Refused `pause_length`, `pause_first_day`, `pause_after_due`, `pause_basis`.
    """
    if not 1 <= days <= LONGEST_PAUSE:
        raise _refuse(
            "pause_length", f"所需时间填 1 到 {LONGEST_PAUSE} 个工作日之间的数字，例如 20。", "L20", field="days"
        )
    if first_on and not _accepted_on(case) <= first_on <= today:
        raise _refuse("pause_first_day", "停表始日在受理日和今天之间。", "L20", field="first_on")
    if first_on and first_on < today and any(is_over(clock, today) for clock in clocks.carried(case)):
        sentence = "已有时限届满，停表不能倒填日期。"
        raise _refuse("pause_after_due", sentence, "L20 R8", "请从今天起停表；已经超期的留在记录里。", "first_on")
    if not basis.strip():
        raise _refuse("pause_basis", "请写明停表的依据，会写进告知书。", "L20 R8", field="basis")


def is_over(clock: Clock, today: date) -> bool:
    """Does this clock still run, though its last day has passed?"""
    return clock.stopped_on is None and clock.due_on is not None and clock.due_on < today


def _accepted_on(case: Any) -> date:
    started = [clock.started_on for clock in clocks.carried(case) if clock.kind == ClockKind.PROMISED]
    return max(started)


def require_arrival(pause: ClockPause, arrived_on: date, today: date) -> None:
    """The result arrived after the procedure began and not later than today. Refused `resume_day`."""
    if not pause.first_on <= arrived_on <= today:
        raise _refuse("resume_day", "结果到达日在停表始日和今天之间。", "L20", field="arrived_on")


def require_signed(sent: CourierShipment, signed_on: date, today: date) -> None:
    """The slip was signed on the day of sending at the earliest and not later than today. Refused `signed_day`."""
    if not sent.sent_on <= signed_on <= today:
        sentence = f"签收日期在寄出日（{sent.sent_on:%Y-%m-%d}）和今天之间。"
        raise _refuse("signed_day", sentence, "L19", "请按寄递回执上的签收日期填写。", "signed_on")


def require_extension(case: Any, running: Iterable[Clock], *, days: int, today: date) -> None:
    """At most 10 working days, 15 of joint handling; decided while the time still runs (L16, L17).

    Refused `extension_too_long`, `extension_late`.
    """
    joint = case.version.is_handled_jointly
    most = MOST_DAYS[joint]
    if not 1 <= days <= most:
        who = "统一、联合、集中办理的，最多延长 15 日" if joint else "本机关负责人最多批准延长 10 日"
        raise _refuse(
            "extension_too_long", f"{who}，请填 1 到 {most} 之间的数字。", "L17" if joint else "L16", field="days"
        )
    statute = clocks.open_clock(running, ClockKind.STATUTORY)
    if statute is None or (statute.due_on and statute.due_on < today):
        sentence = "法定时限已经届满，不能再延期。"
        raise Refused(Refusal("extension_late", sentence, ("L16",), "请立即作出决定；超期会留在记录里。"))


# Working together ----------------------------------------------------------------------------------------------------------
def require_askable(unit: str, case: Any, opinions: Iterable[JointOpinion]) -> Department:
    """Another unit that is not already being asked. Refused `unknown_unit`, `own_unit`, `opinion_awaited`."""
    asked = Department.objects.filter(number=unit, section__isnull=False).first()
    if asked is None:
        raise _refuse("unknown_unit", "请选择会办单位。", "D150", field="unit")
    if asked.id == case.department_id:
        raise _refuse("own_unit", "不用向本单位征求意见。", "D150", "请选择另一个单位。", "unit")
    if any(opinion.department_id == asked.id and opinion.answered_at is None for opinion in opinions):
        raise _refuse(
            "opinion_awaited", f"{asked.short_name}还没有回复上一次征求意见。", "D150", "请等回复或催办。", "unit"
        )
    return asked


def require_waiting(case: Any, staff: Staff, round_: int | None) -> RegulatorNotice:
    """What waits for this unit's signature: in this round, else the oldest. Refused `nothing_told`."""
    waiting = regulator_notices.told_to(staff).filter(case=case, acknowledged_at__isnull=True).order_by("round")
    told = (waiting if round_ is None else waiting.filter(round=round_)).first()
    if told is None:
        sentence = "这一条审管信息已经签收，或没有推送给本单位。"
        raise Refused(Refusal("nothing_told", sentence, ("D158",), "请打开审管衔接看看签收过的。"))
    return told


def require_holder(line: LetterLine, username: str, today: date) -> PostHolding:
    """Somebody who holds the post of this line today. Refused `no_holder`."""
    held = PostHolding.objects.filter(post_id=str(line.post_id), person__username=username, during__contains=today)
    found = held.first()
    if found is None:
        raise _refuse("no_holder", "请选择这个岗位的另一位任职人员。", "D26 D47", field="to")
    return found


def require_not_handler(case: Case, staff: Staff) -> None:
    """Refused `already_handler`."""
    if case.handler_id == staff.person_id:
        raise Refused(Refusal("already_handler", "这一件已经由您承办。", ("D47",), "请直接办理。"))


def _listed(names: Sequence[str]) -> str:
    return "、".join(f"“{name}”" for name in names)
