"""The only reader of time (design: one clock, two readings). Business time may be rehearsed; security and seal times may not."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

SHANGHAI = ZoneInfo("Asia/Shanghai")
_reached = [datetime.min.replace(tzinfo=UTC)]  # the latest rehearsed instant of this process


def wall() -> datetime:
    """The machine's own instant, UTC: sign-in, second factors, nonces, seal times."""
    return datetime.now(UTC)


def now() -> datetime:
    """Business time, UTC: the machine's, or the rehearsal clock's when HALL_CLOCK names a file that exists.

    A rehearsal moves forward only: a file with an earlier instant makes time stand still until it is passed.
    """
    if settings.CLOCK_FILE:
        _reached[0] = max(_reached[0], wall() + _shift(settings.CLOCK_FILE))
        return _reached[0]
    return wall()


def local_date(instant: datetime) -> date:
    """The day in Asia/Shanghai on which an instant falls, whatever TZ the process has (T59)."""
    return instant.astimezone(SHANGHAI).date()


def local(instant: datetime) -> datetime:
    """The same instant read on a clock in Asia/Shanghai."""
    return instant.astimezone(SHANGHAI)


def midnight(day: date) -> datetime:
    """The instant at which a day begins in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _shift(path: str) -> timedelta:
    file = Path(path)
    try:
        stamp = file.stat().st_mtime_ns
    except FileNotFoundError:
        return timedelta(0)
    return _shift_of(path, stamp)


@lru_cache(maxsize=4)
def _shift_of(path: str, stamp: int) -> timedelta:
    """How far the rehearsal stands from the wall clock: the file's instant counts from the moment the file was written."""
    written = datetime.fromtimestamp(stamp / 1e9, UTC)
    told = datetime.fromisoformat(Path(path).read_text().strip().strip('"'))
    if told.tzinfo is None:
        told = told.replace(tzinfo=SHANGHAI)
    return told.astimezone(UTC) - written


def now_or_end_of(day: date, now: datetime) -> datetime:
    """`now` where that is on this day; else the day's last second, for what came about on it at an hour that nobody knows."""
    return now if local_date(now) == day else midnight(day + timedelta(days=1)) - timedelta(seconds=1)


def has_no_hour(instant: datetime) -> bool:
    """Is this the last second of a day, as `now_or_end_of` gives it for what came about at some hour of it?"""
    return local(instant).time() == time(23, 59, 59)


def instant(text: str) -> datetime:
    """An instant as records spell it (ISO 8601 with zone)."""
    return datetime.fromisoformat(text)
