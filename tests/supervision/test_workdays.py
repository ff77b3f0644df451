"""Deadlines are right to the day: worked examples, an independent slow count, a foreign calendar as a cross-check."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.workdays import CalendarUnknown, Due, Pause, TimeUnit, due, paused_days, used

from .county_calendar import CALENDAR, YEARS

ONE_DAY = timedelta(days=1)


def on(text: str) -> date:
    return date.fromisoformat(text)


def due_on(start: str, limit: int, unit: TimeUnit = TimeUnit.WORKDAY, pauses=(), extension: int = 0) -> str:
    end = due(on(start), limit, unit, pauses, extension, calendar=CALENDAR)
    assert not end.provisional
    assert end.due_on is not None
    return end.due_on.isoformat()


# The independent count: day by day, as one does it with a wall calendar and a pencil.


def works(day: date) -> bool:
    year = YEARS.get(day.year)
    if year is None:
        return day.weekday() < 5
    if day in [made["date"] for made in year["make_up_workdays"]]:
        return True
    return day not in year["off_days"] and day.weekday() < 5


def paused(day: date, pauses) -> bool:
    return any(first <= day <= last for first, last in pauses)


def slow_workday_due(start: date, budget: int, pauses) -> date:
    day = start
    while budget:
        day += ONE_DAY
        if works(day) and not paused(day, pauses):
            budget -= 1
    return day


def slow_natural_due(start: date, budget: int, pauses) -> date:
    day = start
    while budget:
        day += ONE_DAY
        if not paused(day, pauses):
            budget -= 1
    while not works(day):
        day += ONE_DAY
    return day


class TestWorkedExamples:
    """The domain's table, by its numbers."""

    @pytest.mark.ids("L16", "L28", "L29", "L31", "T66")
    @pytest.mark.parametrize(
        ("number", "accepted", "limit", "expected"),
        [
            (1, "2019-09-24", 5, "2019-09-30"),
            (2, "2020-01-17", 10, "2020-02-07"),
            (4, "2021-09-30", 1, "2021-10-08"),
            (7, "2024-02-08", 1, "2024-02-09"),
            (8, "2025-01-24", 5, "2025-02-07"),
            (10, "2026-02-13", 20, "2026-03-19"),
            (15, "2024-04-08", 10, "2024-04-22"),
            (17, "2022-09-01", 20, "2022-09-30"),
            (22, "2025-10-11", 3, "2025-10-15"),
            (23, "2026-02-10", 10, "2026-03-02"),
            (23, "2026-02-10", 5, "2026-02-24"),
        ],
    )
    def test_working_days_over_holidays_and_make_up_days(self, number, accepted, limit, expected):
        assert due_on(accepted, limit) == expected, f"example {number}"

    @pytest.mark.ids("L10", "R4")
    def test_missed_notice_sets_acceptance_back_to_the_receipt_day(self):
        """Example 13: the notice was due on 30 January; without it the 20 days run from the receipt."""
        assert due_on("2023-01-18", 5) == "2023-01-30"
        assert due_on("2023-01-18", 20) == "2023-02-20"

    @pytest.mark.ids("L20", "T67")
    def test_testing_does_not_count(self):
        """Example 15."""
        assert due_on("2024-04-08", 10) == "2024-04-22"
        assert due_on("2024-04-08", 10, pauses=[Pause(on("2024-04-11"), on("2024-05-08"))]) == "2024-05-17"

    @pytest.mark.ids("L16")
    def test_extension_of_ten_days(self):
        """Example 17."""
        assert due_on("2022-09-01", 20) == "2022-09-30"
        assert due_on("2022-09-01", 20, extension=10) == "2022-10-19"

    @pytest.mark.ids("L30")
    def test_natural_days_roll_out_of_the_holiday(self):
        """Example 19."""
        assert due_on("2024-09-20", 15, TimeUnit.DAY) == "2024-10-08"


class TestTheCalendar:
    @pytest.mark.ids("L31")
    @pytest.mark.parametrize("year", sorted(YEARS))
    def test_every_year_has_the_working_days_of_its_notice(self, year):
        before, last = date(year - 1, 12, 31), date(year, 12, 31)
        assert CALENDAR.count_workdays(before, last) == YEARS[year]["working_days"]

    @pytest.mark.ids("L31", "L32")
    def test_it_agrees_with_an_independent_calendar_on_every_day(self):
        days = [date.fromordinal(n) for n in range(CALENDAR.first.toordinal(), CALENDAR.last_known.toordinal() + 1)]
        differing = [day for day in days if CALENDAR.is_workday(day) != chinese_calendar.is_workday(day)]
        assert differing == []

    def test_spans_and_off_days_of_the_fixture_say_the_same(self):
        assert set(CALENDAR.names) == CALENDAR.off_days

    def test_next_workday_jumps_the_holiday_and_lands_on_a_make_up_day(self):
        assert CALENDAR.next_workday(on("2026-02-13")) == on("2026-02-14")
        assert CALENDAR.next_workday(on("2026-02-14")) == on("2026-02-24")
        assert CALENDAR.on_or_after(on("2026-02-14")) == on("2026-02-14")

    @given(st.dates(CALENDAR.first, on("2028-12-31")), st.integers(0, 300))
    def test_adding_and_counting_working_days_are_inverse(self, day, number):
        later = CALENDAR.add_workdays(day, number)
        assert CALENDAR.count_workdays(day, later) == number
        assert CALENDAR.count_workdays(later, day) == -number
        assert number == 0 or works(later)


class TestTheEndOfTheKnownCalendar:
    @pytest.mark.ids("L31", "T66")
    def test_an_end_beyond_is_monday_to_friday_and_provisional(self):
        assert due(on("2026-12-28"), 5, "workday", calendar=CALENDAR) == Due(on("2027-01-04"), provisional=True)

    def test_the_last_known_day_itself_is_not_provisional(self):
        assert due(on("2026-12-28"), 3, "workday", calendar=CALENDAR) == Due(on("2026-12-31"))

    @pytest.mark.ids("T66")
    @pytest.mark.parametrize("start", ["2018-12-31", "2027-01-01"])
    @pytest.mark.parametrize("unit", TimeUnit.values)
    def test_a_start_outside_is_refused(self, start, unit):
        with pytest.raises(CalendarUnknown) as refused:
            due(on(start), 5, unit, calendar=CALENDAR)
        assert refused.value.refusal.code == "calendar_unknown"
        assert "不在已知的工作日历" in refused.value.refusal.sentence

    def test_counting_before_the_calendar_is_refused_not_guessed(self):
        with pytest.raises(CalendarUnknown):
            CALENDAR.count_workdays(on("2018-12-01"), on("2019-01-10"))
        with pytest.raises(CalendarUnknown):
            CALENDAR.is_workday(on("2018-12-31"))


class TestPauses:
    def test_a_pause_over_the_end_moves_it_behind_the_pause(self):
        """The due day is no due day any more once the clock stands still on it."""
        assert due_on("2026-03-02", 3, pauses=[(on("2026-03-05"), on("2026-03-06"))]) == "2026-03-09"

    def test_a_pause_after_the_end_changes_nothing(self):
        for unit in (TimeUnit.WORKDAY, TimeUnit.DAY):
            pauses = [(on("2026-03-10"), on("2026-03-20"))]
            assert due_on("2026-03-02", 3, unit, pauses) == due_on("2026-03-02", 3, unit)

    @pytest.mark.ids("L20")
    def test_overlapping_pauses_count_once(self):
        twice = [(on("2026-03-03"), on("2026-03-06")), (on("2026-03-05"), on("2026-03-10"))]
        once = [(on("2026-03-03"), on("2026-03-10"))]
        for unit in (TimeUnit.WORKDAY, TimeUnit.DAY, TimeUnit.MONTH):
            assert due_on("2026-03-02", 3, unit, twice) == due_on("2026-03-02", 3, unit, once)

    def test_an_open_pause_leaves_no_due_day(self):
        for unit in (TimeUnit.WORKDAY, TimeUnit.DAY, TimeUnit.MONTH):
            assert due(on("2026-03-02"), 5, unit, [Pause(on("2026-03-05"), None)], calendar=CALENDAR) == Due(None)

    def test_an_open_pause_after_the_end_leaves_the_due_day(self):
        late = [Pause(on("2026-03-05"), None)]
        assert due(on("2026-03-02"), 2, "workday", late, calendar=CALENDAR) == Due(on("2026-03-04"))

    def test_natural_days_move_by_the_calendar_days_of_the_pause(self):
        """10 days from 2 March end on the 12th; a pause of 9 days moves that to Saturday the 21st, rolled to Monday."""
        assert due_on("2026-03-02", 10, TimeUnit.DAY, [(on("2026-03-04"), on("2026-03-12"))]) == "2026-03-23"

    def test_a_pause_that_ends_before_it_begins_is_refused(self):
        with pytest.raises(ValueError, match="ends before"):
            due(on("2026-03-02"), 5, "workday", [(on("2026-03-06"), on("2026-03-05"))], calendar=CALENDAR)


class TestUnits:
    def test_at_once_is_the_same_day_also_on_a_sunday(self):
        assert due(on("2026-03-08"), 0, "immediate", calendar=CALENDAR) == Due(on("2026-03-08"))

    @pytest.mark.ids("L30")
    @pytest.mark.parametrize(
        ("start", "months", "expected"),
        [
            ("2025-01-31", 1, "2025-02-28"),  # no 31 February: the month's last day
            ("2024-01-31", 1, "2024-02-29"),
            ("2025-03-14", 1, "2025-04-14"),
            ("2025-11-28", 3, "2026-02-28"),  # a Saturday on which one works
            ("2025-12-31", 2, "2026-02-28"),
            ("2025-01-08", 12, "2026-01-08"),
            ("2025-09-01", 1, "2025-10-09"),  # 1 October rolls over the whole holiday
        ],
    )
    def test_months_end_on_the_same_number_or_the_last_day(self, start, months, expected):
        assert due_on(start, months, TimeUnit.MONTH) == expected

    def test_natural_day_periods_stop_on_a_working_saturday(self):
        assert due_on("2026-02-13", 15, TimeUnit.DAY) == "2026-02-28"

    @pytest.mark.parametrize(("limit", "extension"), [(0, 0), (-1, 0), (5, -1)])
    def test_a_limit_without_days_is_refused(self, limit, extension):
        with pytest.raises(ValueError, match="at least"):
            due(on("2026-03-02"), limit, "workday", (), extension, calendar=CALENDAR)


starts = st.dates(on("2019-01-01"), on("2026-12-31"))
budgets = st.integers(1, 60)


@st.composite
def periods(draw, latest: int):
    """A start, a limit and up to four pauses that begin within `latest` days (or within the limit, for 0)."""
    start, limit = draw(starts), draw(budgets)
    begins = st.integers(1, latest or limit)
    pauses = draw(st.lists(st.tuples(begins, st.integers(0, 40)), max_size=4))
    spans = [(start + timedelta(days=n), start + timedelta(days=n + length)) for n, length in pauses]
    return start, limit, spans


class TestAgainstTheSlowCount:
    @pytest.mark.ids("L16", "L20", "L28", "T66", "T67")
    @settings(max_examples=1500, deadline=None)
    @given(periods(latest=120), st.integers(0, 15))
    def test_working_days(self, period, extension):
        start, limit, pauses = period
        expected = slow_workday_due(start, limit + extension, pauses)
        end = due(start, limit, "workday", pauses, extension, calendar=CALENDAR)
        assert end == Due(expected, provisional=expected > on("2026-12-31"))

    @pytest.mark.ids("L30", "T66", "T67")
    @settings(max_examples=1000, deadline=None)
    @given(periods(latest=0), st.integers(0, 15))
    def test_natural_days(self, period, extension):
        start, limit, pauses = period
        expected = slow_natural_due(start, limit + extension, pauses)
        end = due(start, limit, "day", pauses, extension, calendar=CALENDAR)
        assert end == Due(expected, provisional=expected > on("2026-12-31"))

    @settings(max_examples=500, deadline=None)
    @given(periods(latest=120), st.integers(0, 200))
    def test_used_and_paused_days_on_any_day(self, period, later):
        start, _, pauses = period
        day = start + timedelta(days=later)
        days = [start + timedelta(days=n) for n in range(1, later + 1)]
        for unit, counts in (("workday", works), ("day", lambda _: True)):
            free = [d for d in days if counts(d) and not paused(d, pauses)]
            still = [d for d in days if counts(d) and paused(d, pauses)]
            assert used(start, day, pauses, unit, CALENDAR) == len(free)
            assert paused_days(start, day, pauses, unit, CALENDAR) == len(still)

    @given(periods(latest=120))
    def test_a_pause_never_brings_the_due_day_nearer(self, period):
        start, limit, pauses = period
        for unit in ("workday", "day", "month"):
            with_pauses = due(start, limit, unit, pauses, calendar=CALENDAR).due_on
            assert with_pauses >= due(start, limit, unit, calendar=CALENDAR).due_on
