"""The county's working calendar as the fixture has it, for tests of pure rules: no database."""

from datetime import date
from pathlib import Path

import yaml

from supervision.workdays import Calendar

FIXTURE = Path(__file__).resolve().parents[2] / "fixtures" / "calendar.yaml"


def load() -> tuple[Calendar, dict[int, dict]]:
    """The calendar, and the years as they stand in the file."""
    content = yaml.safe_load(FIXTURE.read_text(encoding="utf-8"))
    years = content["years"]
    names = {
        date.fromordinal(day): span["name"]
        for year in years.values()
        for span in year["spans"]
        for day in range(span["first"].toordinal(), span["last"].toordinal() + 1)
    }
    calendar = Calendar(
        off_days=frozenset(day for year in years.values() for day in year["off_days"]),
        make_up_workdays=frozenset(day["date"] for year in years.values() for day in year["make_up_workdays"]),
        first=date(min(years), 1, 1),
        last_known=content["last_known_day"],
        names=names,
    )
    return calendar, years


CALENDAR, YEARS = load()
