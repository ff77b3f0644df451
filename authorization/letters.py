"""The two rules of a signing letter, over plain rows: the main leader's share (D23) and the coverage of stages (D25).

Both are reported, never made impossible: the plan says 原则上, and a draft has gaps until it is finished.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices


class Stage(TextChoices):
    """Stages of a signing letter, in the order of a case."""

    ACCEPTANCE = "acceptance", "受理"
    REVIEW = "review", "审核"
    APPROVAL = "approval", "审批"
    CONCLUSION = "conclusion", "办结"


class CounterAct(TextChoices):
    """Acts of a counter letter: all that the comprehensive window may do (D29)."""

    RECEIVE = "receive", "收件"
    HAND_OUT = "hand_out", "出件"


class Tier(TextChoices):
    """The three tiers among which a unit divides its signing power (D22)."""

    SECTION = "section", "股室"
    LEADER_IN_CHARGE = "leader_in_charge", "分管领导"
    MAIN_LEADER = "main_leader", "主要领导"


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One row of the annexed table. An item stands in several rows; what counts is its 大项 and 小项 together."""

    tier: Tier
    main_item: str
    sub_item: str
    stages: tuple[Stage, ...]
    kind: str = ""

    @property
    def item(self) -> tuple[str, str]:
        return self.main_item.strip(), self.sub_item.strip()


@dataclass(frozen=True, slots=True)
class StageDefect:
    """A stage of an item that nobody holds, or that is held more than once."""

    main_item: str
    sub_item: str
    stage: Stage


@dataclass(frozen=True, slots=True)
class LetterCheck:
    """Both verdicts with the numbers and places they rest on. Numbers count distinct items, never rows."""

    total_items: int
    leader_items: int
    missing: tuple[StageDefect, ...] = ()
    doubled: tuple[StageDefect, ...] = ()

    @property
    def allowed_leader_items(self) -> int:
        return self.total_items // 10

    @property
    def exceeds_ten_percent(self) -> bool:
        return self.leader_items * 10 > self.total_items

    @property
    def covers_every_stage(self) -> bool:
        return not self.missing and not self.doubled


def check_letter(rows: Iterable[LetterRow]) -> LetterCheck:
    """Leader's items = items whose 审批 sits at the main leader's tier: reviewing or concluding does not count (D23).

    Coverage: every item has each of the four stages exactly once over all tiers (D25). Defects come in the order of
    the rows.
    """
    rows = list(rows)
    held: dict[tuple[str, str], Counter[Stage]] = {row.item: Counter() for row in rows}
    for row in rows:
        held[row.item].update(row.stages)
    return LetterCheck(
        total_items=len(held),
        leader_items=len({row.item for row in rows if row.tier == Tier.MAIN_LEADER and Stage.APPROVAL in row.stages}),
        missing=tuple(StageDefect(*item, stage) for item, times in held.items() for stage in Stage if not times[stage]),
        doubled=tuple(StageDefect(*item, stage) for item, times in held.items() for stage in Stage if times[stage] > 1),
    )
