"""How a clock stands on a day: state, words and numbers, computed when read and never stored (design decision 4).

The words are those of the deadline chip: always said, never colour alone, in the unit of the limit.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from supervision.workdays import Calendar, Pause, TimeUnit, paused_days, used


class DueState(StrEnum):
    """What the chip shows; the value is its `data-due`."""

    CALM = "calm"
    NEAR = "near"
    TODAY = "today"
    LATE = "late"
    UNLAWFUL = "unlawful"
    PAUSED = "paused"
    DONE = "done"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class NearRule:
    """R1: near when the days left are at most `share` percent of the limit, rounded up, and at least `at_least`.

    A limit of one day is near on its due day only. Past days are never near: they are late. The numbers are a row of
    the card rules.
    """

    share: int = 20
    at_least: int = 1

    def holds(self, days_left: int, limit: int) -> bool:
        if limit <= 1:
            return days_left == 0
        return 0 <= days_left <= self.reach(limit)

    def reach(self, limit: int) -> int:
        """The most days left at which a limit of this length is near."""
        return max(self.at_least, -(-limit * self.share // 100))


def first_near_day(
    due_on: date,
    *,
    started_on: date,
    limit: int,
    unit: TimeUnit | str,
    calendar: Calendar,
    nearness: Iterable[tuple[date, NearRule]],
) -> date | None:
    """The first day on which R1 held or will hold of a period that ends on `due_on`, by the rules as they held day by day (newest
    first); None when it never does. `limit` in the days in which the days left are counted, as for `NearRule.holds`.
    """
    until = date.max
    first = None
    for holds_from, rule in nearness:
        begins = max(_near_from(rule, due_on, limit, unit, calendar), holds_from, started_on)
        if begins <= due_on and begins < until:
            first = begins
        until = holds_from
    return first


def _near_from(rule: NearRule, due_on: date, limit: int, unit: TimeUnit | str, calendar: Calendar) -> date:
    """The first day that is near by one rule, if it had always held."""
    left = rule.reach(limit) if limit > 1 else 0
    if unit not in (TimeUnit.WORKDAY, TimeUnit.IMMEDIATE):
        return due_on - timedelta(days=left)
    place = calendar.position(due_on.toordinal()) - left
    return date.fromordinal(calendar.nth(place)) if place >= 1 else calendar.first


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What is stored of a clock, and the due day of its statutory twin where it has one.

    `pauses` are closed; `paused_since` is the first day of an open one, during which `due_on` is None.
    """

    kind: str
    start: date
    limit: int
    unit: TimeUnit | str
    due_on: date | None
    provisional: bool = False
    pauses: tuple[Pause, ...] = ()
    paused_since: date | None = None
    stopped_on: date | None = None
    extension: int = 0
    statutory_due: date | None = None
    statutory_unit: TimeUnit | str = TimeUnit.WORKDAY

    @property
    def all_pauses(self) -> tuple[Pause, ...]:
        return (*self.pauses, Pause(self.paused_since, None)) if self.paused_since else self.pauses


@dataclass(frozen=True, slots=True)
class Standing:
    """`days_left` in days of the unit: 0 on the due day, negative afterwards; when done, how early; None if unknown.

    `used` never counts pauses. `due_on` is the day that binds: the earlier of promise and statute. `breach` ("late" or
    "unlawful") stays with a clock that was stopped too late; an open one says the same by its state.
    """

    state: DueState
    words: str
    days_left: int | None
    used: int
    due_on: date | None
    breach: str = ""


@dataclass(frozen=True, slots=True)
class _Wording:
    today: str
    over: str
    finished: str


_WORDING = {
    "promised": _Wording("今天到期", "超承诺", "办结"),
    "statutory": _Wording("今天到期", "超法定", "办结"),
    "notice": _Wording("今天须告知", "超告知期限", "告知"),
    "transfer": _Wording("今天须中转", "超中转时限", "中转"),
    "delivery": _Wording("今天须送达", "超送达期限", "送达"),
    "step": _Wording("今天到期", "超环节时限", "完成"),
    "special": _Wording("今天应有结果", "超特别程序预计", "收到结果"),
    "joint_opinion": _Wording("今天须回复", "超会办时限", "回复"),
    "correction": _Wording("今天到期", "超补正期限", "补正"),
    "supplement": _Wording("今天到期", "超补交期限", "补交"),
    "post_check": _Wording("今天须核查", "超核查期限", "核查"),
    "rectification": _Wording("今天改正期满", "超改正期限", "了结"),  # put right or revoked
    "acknowledgement": _Wording("今天须签收", "超签收期限", "签收"),
    "call_back": _Wording("今天须回访", "超回访期限", "回访"),
}


def judge(clock: ClockFacts, today: date, *, calendar: Calendar, near: NearRule | None) -> Standing:
    """The standing of a clock on `today`. `near` is rule R1 as it holds that day; without it nothing is ever near.

    A breach of the statute goes before everything else, also while only the promise is paused (R3); a provisional day
    makes nobody late.
    """
    day = clock.stopped_on or today
    facts = _Reading(clock, day, used(clock.start, day, clock.all_pauses, clock.unit, calendar), calendar)
    if clock.stopped_on:
        return facts.finished()
    return facts.unlawful() or facts.paused() or facts.unknown() or facts.provisional() or facts.running(near)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A clock read on one day. Each method answers for its own states and returns None when they do not apply."""

    clock: ClockFacts
    day: date
    used: int
    calendar: Calendar

    def finished(self) -> Standing:
        """`done` whatever happened; a breach stays in the words and in `breach`."""
        over = self.unlawful() or (self._late() if self._past_due else None)
        if over:
            breach = "unlawful" if over.state is DueState.UNLAWFUL else "late"
            return replace(over, state=DueState.DONE, words=over.words + self._wording.finished, breach=breach)
        due_on = self.clock.due_on
        if due_on is None or (self.clock.provisional and not self.calendar.knows(self.day)):
            return self._standing(DueState.DONE, f"已{self._wording.finished}", None)
        early = self._days(self.day, due_on, self.clock.unit)
        if self.clock.provisional:
            return self._standing(DueState.DONE, f"提前{self._wording.finished}", early)
        words = f"提前 {early} 日{self._wording.finished}" if early > 0 else f"按期{self._wording.finished}"
        return self._standing(DueState.DONE, words, max(early, 0))

    def unlawful(self) -> Standing | None:
        due_on, unit = self._statute
        if due_on is None or self.day <= due_on or not self.calendar.knows(due_on):
            return None
        days = self._days(due_on, self.day, unit)
        return self._standing(DueState.UNLAWFUL, _over("超法定", days, unit), -days)

    def paused(self) -> Standing | None:
        clock = self.clock
        if clock.paused_since is None or (clock.due_on and clock.due_on < clock.paused_since):
            return None
        stopped = paused_days(clock.start, self.day, (Pause(clock.paused_since, None),), clock.unit, self.calendar)
        counted = clock.unit != TimeUnit.MONTH
        left = clock.limit + clock.extension - self.used if counted else None
        return self._standing(DueState.PAUSED, f"已停表 {stopped} 日" if stopped else "已停表", left)

    def unknown(self) -> Standing | None:
        return self._standing(DueState.CALM, "—", None) if self._binding_due is None else None

    def provisional(self) -> Standing | None:
        due_on = self.clock.due_on
        if not self.clock.provisional or due_on is None or self._binding_due != due_on:
            return None
        left = self._days(self.day, due_on, self.clock.unit)
        if self.day > due_on:
            words = "已过暂定到期日"
        else:
            words = f"剩 {days_in_words(left, self.clock.unit)}（暂定）" if left else "今天到期（暂定）"
        return self._standing(DueState.PROVISIONAL, words, left)

    def running(self, near: NearRule | None) -> Standing:
        if self._past_due:
            return self._late()
        due_on = self._binding_due or self.day
        if self.day == due_on:
            return self._standing(DueState.TODAY, self._wording.today, 0)
        left = self._days(self.day, due_on, self.clock.unit)
        state = DueState.NEAR if near and near.holds(left, self._length) else DueState.CALM
        return self._standing(state, f"剩 {days_in_words(left, self.clock.unit)}", left)

    def _late(self) -> Standing:
        due_on = self.clock.due_on or self.day
        days = self._days(due_on, self.day, self.clock.unit)
        return self._standing(DueState.LATE, _over(self._wording.over, days, self.clock.unit), -days)

    def _standing(self, state: DueState, words: str, days_left: int | None) -> Standing:
        return Standing(state, words, days_left, self.used, self._binding_due)

    @property
    def _wording(self) -> _Wording:
        return _WORDING[str(self.clock.kind)]

    @property
    def _statute(self) -> tuple[date | None, TimeUnit | str]:
        if self.clock.kind == "statutory":
            return (None if self.clock.provisional else self.clock.due_on), self.clock.unit
        return self.clock.statutory_due, self.clock.statutory_unit

    @property
    def _binding_due(self) -> date | None:
        """A promise in working days can outlast a statute in natural days over a holiday: the earlier day binds."""
        if self.clock.due_on is None or self.clock.statutory_due is None:
            return self.clock.due_on
        return min(self.clock.due_on, self.clock.statutory_due)

    @property
    def _past_due(self) -> bool:
        return self.clock.due_on is not None and self.day > self.clock.due_on and not self.clock.provisional

    @property
    def _length(self) -> int:
        """The limit in the days in which the days left are counted: a month is as long as its own calendar days."""
        if self.clock.unit == TimeUnit.MONTH and self.clock.due_on:
            return (self.clock.due_on - self.clock.start).days
        return self.clock.limit

    def _days(self, after: date, to: date, unit: TimeUnit | str) -> int:
        if unit in (TimeUnit.WORKDAY, TimeUnit.IMMEDIATE):
            return self.calendar.count_workdays(after, to)
        return (to - after).days


def days_in_words(number: int, unit: TimeUnit | str) -> str:
    return f"{number} 个工作日" if unit in (TimeUnit.WORKDAY, TimeUnit.IMMEDIATE) else f"{number} 日"


def _over(words: str, days: int, unit: TimeUnit | str) -> str:
    """On the rest days right after the due day no working day has passed yet, but the limit is over."""
    return f"{words} {days_in_words(days, unit)}" if days > 0 else f"{words}不足 1 个工作日"
