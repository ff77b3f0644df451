"""The one look-up of power: which letter line empowers this post for this item, now (design decision 2; T13)."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from authorization.letters import CounterAct, Stage, Tier
from authorization.models import LetterKind, LetterLine, LetterState
from supervision import moment
from supervision.readings import Reading
from supervision.refusals import Forbidden, Refusal

COUNTER_ACTS = frozenset(CounterAct.values)
_LOCKS = {LetterKind.SIGNING: 7101, LetterKind.COUNTER: 7102}
_STAGE_OF_ACT = {CounterAct.RECEIVE: Stage.ACCEPTANCE, CounterAct.HAND_OUT: Stage.CONCLUSION}


@dataclass(frozen=True, slots=True)
class Claim:
    """What is asked for: a power on an item, by a post. `own_window` is the unit's own dedicated window.

    At its own window a unit's staff receive and hand out by their signing letter, since nothing was delegated (domain 4.1).
    `section_of` is the unit whose section's line the chief representative uses, for what is settled at once (D116).
    """

    item: Any  # a ServiceItem, or an OuterRef to one where the look-up is part of a larger statement
    power: str
    post_id: uuid.UUID
    own_window: bool = False
    section_of: uuid.UUID | None = None

    @property
    def kind(self) -> LetterKind:
        return LetterKind.COUNTER if self.power in COUNTER_ACTS and not self.own_window else LetterKind.SIGNING

    @property
    def stage(self) -> str:
        return _STAGE_OF_ACT[CounterAct(self.power)] if self.power in COUNTER_ACTS and self.own_window else self.power

    @property
    def label(self) -> str:
        return str(CounterAct(self.power).label if self.power in COUNTER_ACTS else Stage(self.power).label)


def share_letter(unit: str, *kinds: LetterKind) -> None:
    """Hold the unit's letters of these kinds still until the act commits; revoking waits for it, and the other way round.

    A statement of its own, and the first: it takes no transaction id, so sealed order stays case order.
    """
    _lock("pg_advisory_xact_lock_shared", unit, kinds)


def own_letter(unit: str, kind: LetterKind) -> None:
    """Hold the letter alone, to change or end it."""
    _lock("pg_advisory_xact_lock", unit, (kind,))


def in_force(now: datetime) -> QuerySet[LetterLine]:
    """All lines that give power at this instant, by their own range, their letter's days and its state."""
    return in_force_on(now, moment.local_date(now))


def in_force_on(now: datetime, today: date) -> QuerySet[LetterLine]:
    """The same where the day of the instant is known already."""
    return LetterLine.objects.filter(
        in_force__contains=now, letter__state=LetterState.IN_FORCE, letter__valid_during__contains=today
    )


def lines_in_force(claim: Claim, now: datetime) -> QuerySet[LetterLine]:
    """The lines that empower this claim at this instant: at most one under a letter that passed the coverage rule."""
    if claim.section_of:
        held = in_force(now).filter(item=claim.item, powers__contains=[claim.stage], letter__kind=claim.kind)
        return held.filter(tier=Tier.SECTION, letter__department_id=claim.section_of).select_related("letter")
    return lines_by(claim.kind, claim.stage, item=claim.item, post=claim.post_id, now=now, today=moment.local_date(now))


def lines_by(
    kind: LetterKind, stage: str, *, item: Any, post: uuid.UUID, now: datetime, today: date
) -> QuerySet[LetterLine]:
    """The same from the single parts of a claim in the person's own post."""
    held = in_force_on(now, today).filter(item=item, powers__contains=[stage], letter__kind=kind)
    of_post = {"post_id": post} if kind == LetterKind.SIGNING else {"letter__grantee__posts": post}
    return held.filter(**of_post).select_related("letter")


_LINE = Reading(lambda kind, stage, **asked: lines_by(kind, stage, **asked)[:1])


def lines_of(item: Any, post_id: uuid.UUID, section_of: uuid.UUID | None, now: datetime) -> list[LetterLine]:
    """Every line on an item by which a post may act now, for what a page offers; `empowers` picks among them."""
    asked = {"item": item.pk, "post": post_id, "now": now, "today": moment.local_date(now)}
    return _LINES.rows(**asked, section_of=section_of) if section_of else _LINES.rows(**asked)


def _lines_of(
    *, item: uuid.UUID, post: uuid.UUID, now: datetime, today: date, section_of: uuid.UUID | None = None
) -> QuerySet[LetterLine]:
    mine = Q(letter__kind=LetterKind.SIGNING, post_id=post)
    mine |= Q(letter__kind=LetterKind.COUNTER, letter__grantee__posts=post)
    if section_of:
        mine |= Q(letter__kind=LetterKind.SIGNING, tier=Tier.SECTION, letter__department_id=section_of)
    return in_force_on(now, today).filter(mine, item=item).select_related("letter").distinct()


_LINES = Reading(_lines_of)


def empowers(line: LetterLine, claim: Claim) -> bool:
    """Does this line, which the claimant may act by, give what is claimed?"""
    return line.letter.kind == claim.kind and claim.stage in line.powers


def require_line(claim: Claim, now: datetime) -> LetterLine:
    """The line in force, under the letter's shared lock; without it the refusal says why and who may."""
    if claim.section_of:
        line = lines_in_force(claim, now).first()
    else:
        asked = {"item": claim.item.pk, "post": claim.post_id, "now": now, "today": moment.local_date(now)}
        line = _LINE.first(claim.kind, claim.stage, **asked)
    if line is None:
        raise Forbidden(why_not(claim, now))
    return line


def why_not(claim: Claim, now: datetime) -> Refusal:
    """Why no line empowers the claim: another post holds it, the letter has ended or not begun, or it was never given."""
    same = Q(item=claim.item, powers__contains=[claim.stage], letter__kind=claim.kind)
    lines = list(LetterLine.objects.filter(same).select_related("letter", "post").order_by("-letter__valid_during"))
    today = moment.local_date(now)
    for line in lines:
        if line.letter.state == LetterState.IN_FORCE and _holds(line, now) and _covers(line, today):
            return _held_by_another(claim, line)
    ended = next((line for line in lines if line.letter.state != LetterState.DRAFT), None)
    if ended is None:
        return _never_given(claim)
    return _not_in_force(claim, ended, today)


def _held_by_another(claim: Claim, line: LetterLine) -> Refusal:
    holder = line.post.title if line.post else "综合服务窗口"
    return Refusal(
        "letter_stage_missing",
        f"本岗位没有此事项的“{claim.label}”权。可办：{holder}岗位。",
        ("D22", "D25", "T13"),
        f"请交{holder}岗位办理。",
        facts=(
            ("规定", "每个环节只能由委托书授权的岗位办理"),
            ("依据", f"{line.letter.number} 第 {line.seq} 行"),
            ("谁可以办", holder),
        ),
    )


def _never_given(claim: Claim) -> Refusal:
    if claim.kind == LetterKind.COUNTER:
        sentence = f"“{claim.item}”没有委托综合窗口{claim.label}。"
        remedy = f"请引导到{claim.item.department.short_name}专门窗口办理。"
    else:
        sentence = f"“{claim.item}”的“{claim.label}”没有授权给任何岗位。"
        remedy = f"请{claim.item.department.short_name}补签授权委托书。"
    return Refusal("letter_missing", sentence, ("D22", "D30", "T13"), remedy)


def _not_in_force(claim: Claim, line: LetterLine, today: date) -> Refusal:
    letter, unit = line.letter, claim.item.department.short_name
    facts = (("委托书", letter.number),)
    first, end = letter.valid_during.lower, letter.valid_during.upper
    remedy = f"请{unit}续签后再办。"
    if letter.state == LetterState.REVOKED:
        sentence, code = f"{letter.number}已撤销，“{claim.label}”不能再办。", "letter_revoked"
    elif first and today < first:
        sentence, code = f"{letter.number}要到{first.month}月{first.day}日才生效。", "letter_not_yet"
        remedy = "请到那一天再办。"
    elif end and today >= end:
        last = end.fromordinal(end.toordinal() - 1)
        sentence, code = f"授权委托书{letter.number}已于{last.month}月{last.day}日到期。", "letter_expired"
    else:
        sentence, code = f"{letter.number}现在不再有效。", "letter_superseded"
    if claim.kind == LetterKind.COUNTER:
        remedy += f"今天可引导到{unit}的专门窗口。"
    return Refusal(code, sentence, ("D26", "T13"), remedy, facts=facts)


def _holds(line: LetterLine, now: datetime) -> bool:
    return (line.in_force.lower is None or line.in_force.lower <= now) and (
        line.in_force.upper is None or now < line.in_force.upper
    )


def _covers(line: LetterLine, today: date) -> bool:
    days = line.letter.valid_during
    return (days.lower is None or days.lower <= today) and (days.upper is None or today < days.upper)


def _lock(function: str, unit: str, kinds: tuple[LetterKind, ...]) -> None:
    calls = ", ".join(f"{function}(%s, %s)" for _ in kinds)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {calls}", [part for kind in kinds for part in (_LOCKS[kind], int(unit))])
