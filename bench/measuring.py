"""What a measurement says: both sides round by round, their medians and spread, the aim beside them; as a table or as JSON."""

import math
import os
import platform
import ssl
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Side:
    """One side of a comparison: what it is called, and its value in each round."""

    name: str
    values: Sequence[float]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.values), max(self.values)

    def per(self, other: "Side") -> "Side":
        """This side divided by the other one, round by round: what disturbs a round disturbs both of its sides."""
        return Side("ratio", [mine / its for mine, its in zip(self.values, other.values, strict=True) if its])

    def above(self, other: "Side") -> "Side":
        return Side("difference", [mine - its for mine, its in zip(self.values, other.values, strict=True)])

    def told(self) -> dict[str, Any]:
        low, high = self.spread
        return {"name": self.name, "median": self.median, "low": low, "high": high, "rounds": list(self.values)}


@dataclass(frozen=True)
class Aim:
    """What the figure should reach: at least (`least`) or at most so much."""

    figure: float
    least: bool

    def met(self, value: float) -> bool:
        return value >= self.figure if self.least else value <= self.figure

    def __str__(self) -> str:
        return f"{'≥' if self.least else '≤'} {number(self.figure)}"


def at_least(figure: float) -> Aim:
    return Aim(figure, least=True)


def at_most(figure: float) -> Aim:
    return Aim(figure, least=False)


@dataclass(frozen=True)
class Row:
    """One line of the result. The figure held against the aim is the ratio where there is one and nothing else is `judged`."""

    part: str
    what: str
    unit: str
    ours: Side
    theirs: Side | None = None
    ratio: Side | None = None
    aim: Aim | None = None
    note: str = ""
    judged: str = "ratio"

    @property
    def met(self) -> bool | None:
        figure = self.ratio if self.ratio and self.judged == "ratio" else self.ours
        return self.aim.met(figure.median) if self.aim else None

    def told(self) -> dict[str, Any]:
        sides = {name: side.told() for name in ("ours", "theirs", "ratio") if (side := getattr(self, name))}
        aim = str(self.aim) if self.aim else None
        return {"part": self.part, "what": self.what, "unit": self.unit, **sides} | {
            "aim": aim,
            "met": self.met,
            "note": self.note,
        }


@dataclass
class Result:
    """All rows of a run, with what they were measured on."""

    settings: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        return {
            "machine": machine(),
            "settings": self.settings,
            "rows": [row.told() for row in self.rows],
            "remarks": self.remarks,
        }

    def text(self) -> str:
        """The table for people: median (lowest–highest round)."""
        head = ("", "what", "ours", "other side", "ratio", "aim", "met")
        lines = [head, *(_cells(row) for row in self.rows)]
        widths = [max(len(line[n]) for line in lines) for n in range(len(head))]
        shown = [
            "  ".join(cell + " " * (width - len(cell)) for cell, width in zip(line, widths, strict=True))
            for line in lines
        ]
        shown.insert(1, "  ".join("─" * width for width in widths))
        notes = [f"{row.part}: {row.note}" for row in self.rows if row.note]
        about = [f"{name}: {value}" for name, value in {**machine(), **self.settings}.items()]
        return "\n".join(line.rstrip() for line in (*shown, "", *dict.fromkeys(notes), *self.remarks, "", *about))


def machine() -> dict[str, Any]:
    """What the figures depend on; nothing that would tell which machine it was."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return {"cores": os.cpu_count(), "python": platform.python_version(), "openssl": ssl.OPENSSL_VERSION, "load": load}


def in_rounds(rounds: int, sides: Sequence[str], measure: Callable[[int, str], float]) -> dict[str, list[float]]:
    """A B C, B C A, C A B …: every side once a round, each as often first as last."""
    values: dict[str, list[float]] = {side: [] for side in sides}
    for turn in range(rounds):
        first = turn % len(sides)
        for side in (*sides[first:], *sides[:first]):
            values[side].append(measure(turn, side))
    return values


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least this share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def number(value: float) -> str:
    """Three digits that matter, thousands apart."""
    if not value or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {None: "", True: "yes", False: "NO"}[row.met]
    theirs, ratio = (_shown(side) if side else "" for side in (row.theirs, row.ratio))
    other = f"{row.theirs.name} {theirs}" if row.theirs else ""
    return row.part, row.what, f"{_shown(row.ours)} {row.unit}", other, ratio, str(row.aim or ""), verdict


def _shown(side: Side) -> str:
    low, high = side.spread
    spread = f" ({number(low)}–{number(high)})" if len(side.values) > 1 else ""
    return f"{number(side.median)}{spread}"
