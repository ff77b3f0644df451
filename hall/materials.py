"""Whether what was handed in is what the guide asks for. Pure: values in, conclusions out (L10, L34, D129, G17)."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import models

from catalog.models import MaterialSource, Necessity
from supervision.refusals import Refusal


class MaterialStatus(models.TextChoices):
    COMPLETE = "complete", "收齐"
    MISSING = "missing", "缺"
    SHARED = "shared", "免交（共享）"


@dataclass(frozen=True, slots=True)
class Asked:
    """A material that the version asks for, as the intake look-up brings it."""

    id: str
    seq: int
    name: str
    necessity: str
    originals: int
    copies: int
    electronic: bool
    source: str


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed in for the material with this number in the guide."""

    seq: int
    originals: int = 0
    copies: int = 0
    electronic: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """A material as the guide asks for it, what was given, and whether that is enough."""

    wanted: Asked
    given: Handed
    status: MaterialStatus

    @property
    def holds_up(self) -> bool:
        """Missing and not optional: the application is not complete."""
        return self.status == MaterialStatus.MISSING and self.wanted.necessity != Necessity.OPTIONAL


def check(asked: Sequence[Asked], handed: Sequence[Handed]) -> list[Checked]:
    """Every material of the guide with its conclusion, in the guide's order."""
    by_seq = {row.seq: row for row in handed}
    return [_judged(wanted, by_seq.get(wanted.seq, Handed(wanted.seq))) for wanted in asked]


def faults(checked: Sequence[Checked], *, gaps: bool = False) -> tuple[Refusal, ...]:
    """One refusal `material_missing` for each material that holds the application up; with `gaps` what may follow later does not."""
    return tuple(
        Refusal("material_missing", f"还缺“{row.wanted.name}”。", ("L10", "D129"), field=f"material-{row.wanted.seq}")
        for row in checked
        if row.holds_up and not (gaps and row.wanted.necessity == Necessity.DEFERRABLE)
    )


def unknown(asked: Sequence[Asked], handed: Sequence[Handed]) -> tuple[Refusal, ...]:
    """One refusal `material_unknown` for each line that the guide does not have: the guide was changed, or the line is a slip."""
    known = {row.seq for row in asked}
    return tuple(
        Refusal(
            "material_unknown",
            f"办事指南里没有第 {row.seq} 项材料。",
            ("G16",),
            "请按现行指南重新列材料。",
            field=f"material-{row.seq}",
        )
        for row in handed
        if row.seq not in known
    )


def _judged(wanted: Asked, given: Handed) -> Checked:
    """Nothing is asked of the citizen that data sharing gives; an e-file serves where the guide takes one."""
    enough = given.originals >= wanted.originals and given.copies >= wanted.copies
    if wanted.source == MaterialSource.GOVERNMENT:
        return Checked(wanted, given, MaterialStatus.SHARED)
    if (enough and given.originals + given.copies > 0) or (given.electronic and wanted.electronic):
        return Checked(wanted, given, MaterialStatus.COMPLETE)
    return Checked(wanted, given, MaterialStatus.MISSING)
