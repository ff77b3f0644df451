"""Numbers of cases and papers: counter rows raised in the transaction that uses them (design decision 7; T57-T59, T68)."""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection
from stdnum.iso7064 import mod_11_10

_TAKE = """
INSERT INTO supervision_counter AS counter (series, value)
SELECT series || CASE WHEN series LIKE 'case:%%' THEN ':' || (SELECT max(epoch) FROM supervision_numberepoch) ELSE '' END, 1
FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (series, place) ORDER BY series
ON CONFLICT (series) DO UPDATE SET value = counter.value + 1
RETURNING series, value
"""
_SERIES = re.compile(r"case:[0-9]{3}:[0-9]{8}:[1-9]|paper:[0-9]{3}:[^:]{1,20}:[0-9]{4}|slip:[0-9]{3}:[0-9]{8}")
HIGHEST = 10_000_000  # more than any series ever counts to


def take(wanted: Sequence[str]) -> dict[str, int]:
    """The next number of each series; one statement, rows locked in name order. Case series come back with their epoch."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [list(wanted)])
        return dict(cursor.fetchall())


def case_series(unit: str, day: date) -> str:
    return f"case:{unit}:{day:%Y%m%d}"


def paper_series(unit: str, word: str, year: int) -> str:
    """Paper numbers run per unit, kind and year, without gaps and without leading zeros."""
    return f"paper:{unit}:{word}:{year}"


def is_series(text: object) -> bool:
    """Is this how a series is named here, with its epoch if it is one of case numbers?"""
    return isinstance(text, str) and _SERIES.fullmatch(text) is not None


def case_number(taken: dict[str, int]) -> str:
    """unit 3, day 8, epoch 1, serial 5, check 1 (ISO 7064 mod 11,10) from what `take` gave for a case series."""
    series, serial = next((key, value) for key, value in taken.items() if key.startswith("case:"))
    _, unit, day, epoch = series.split(":")
    body = f"{unit}{day}{epoch}{serial:05d}"
    return body + mod_11_10.calc_check_digit(body)


class CaseNumber(NamedTuple):
    """A case number in its groups; `serial` as people say it, four digits or more."""

    unit: str
    day: str
    epoch: str
    serial: str
    check: str

    @property
    def spoken(self) -> str:
        """20260209 0007: what is said at the window and shown in lists."""
        return f"{self.day} {self.serial}"


def groups(text: str) -> CaseNumber | None:
    """The groups of one of our own numbers; None for any other text, so that nothing is cut wrongly."""
    if not (len(text) == 18 and text.isascii() and text.isdigit()):
        return None
    return CaseNumber(text[:3], text[3:11], text[11], f"{int(text[12:17]):04d}", text[17])


class Spoken(NamedTuple):
    """What people mean by day and serial (202602090007), or by unit, day and serial of a slip: a day and a pattern."""

    day: date
    pattern: str


def spoken(digits: str) -> Spoken | None:
    """None for digits that name no day of the calendar, or are too few or too many."""
    unit, rest = (digits[:3], digits[3:]) if len(digits) > 13 else ("[0-9]{3}", digits)
    if not 9 <= len(rest) <= 13:
        return None
    try:
        day = date.fromisoformat(f"{rest[:4]}-{rest[4:6]}-{rest[6:8]}")
    except ValueError:
        return None
    return Spoken(day, f"^{unit}{rest[:8]}[0-9]{int(rest[8:]):05d}[0-9]$")


def is_case_number(text: str) -> bool:
    """18 digits with a right check digit; anything else was mistyped."""
    return groups(text) is not None and mod_11_10.is_valid(text)


def paper_number(prefix: str, word: str, year: int, serial: int) -> str:
    """遂卫受〔2026〕7号: hexagonal brackets, no leading zeros (domain 4.2)."""
    return f"{prefix}{word}〔{year}〕{serial}号"
