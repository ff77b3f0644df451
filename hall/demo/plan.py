"""The demo county as its files tell it (fixtures/README.md). Nothing here touches the database."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from supervision import moment

Tree = dict[str, Any]
FIXTURES: Path = settings.ROOT / "fixtures"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be loaded, as the files spell it. Every item knows its `unit`, every holding its `department`."""

    calendar: Tree
    rules: Tree
    departments: list[Tree]
    institutions: list[Tree]
    towns: list[Tree]
    items: list[Tree]
    letters: Tree
    sub_centers: list[Tree]
    windows: list[Tree]
    holdings: list[Tree]
    period: Tree
    qualified: Tree
    clients: list[Tree]

    @property
    def start(self) -> date:
        """The day on which the letters and the published items begin to hold."""
        first: date = self.letters["valid"]["first"]
        return first

    @property
    def start_instant(self) -> datetime:
        """The first moment of that day: the instant of all acts of the loading."""
        return datetime.combine(self.start, time.min, moment.SHANGHAI)

    def only(self, *units: str) -> "Plan":
        """The county with these units alone, and the institutions: a small one, for tests."""
        kept = {*units, *(institution["slug"] for institution in self.institutions)}
        sub_centers = [center for center in self.sub_centers if center["manager"] in kept]
        windows = [window for window in self.windows if window.get("department", units[0]) in kept]
        return replace(
            self,
            departments=[row for row in self.departments if row["slug"] in kept],
            items=[item for item in self.items if item["unit"] in kept],
            sub_centers=[center | {"units": [u for u in center["units"] if u in kept]} for center in sub_centers],
            windows=[window | {"units": [u for u in window.get("units", ()) if u in kept]} for window in windows],
            holdings=[holding for holding in self.holdings if holding["department"] in kept],
        )


def read(folder: Path = FIXTURES) -> Plan:
    """The whole county."""
    units, people = _file(folder / "departments.yaml"), _file(folder / "people.yaml")
    windows = _file(folder / "windows.yaml")
    return Plan(
        calendar=_file(folder / "calendar.yaml"),
        rules=_file(folder / "rules.yaml"),
        departments=units["departments"],
        institutions=units["institutions"],
        towns=_file(folder / "towns.yaml")["towns"],
        items=sorted(_items(folder / "items"), key=lambda item: str(item["key"])),
        letters=_file(folder / "letters.yaml"),
        sub_centers=windows["sub_centers"],
        windows=windows["windows"],
        holdings=[held | {"department": of["department"]} for of in people["people"] for held in of["holdings"]],
        period=people["period"],
        qualified=people["qualified"],
        clients=_file(folder / "clients.yaml")["clients"],
    )


def _items(folder: Path) -> Iterator[Tree]:
    for path in folder.glob("*.yaml"):
        content = _file(path)
        for item in content["items"]:
            yield item | {"unit": content["unit"]}


def _file(path: Path) -> Tree:
    content: Tree = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 -- one of the safe loaders
    return content
