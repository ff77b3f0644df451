"""The chip says in words how a clock stands, in the unit of its limit, on any day and without any job."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.judging import ClockFacts, DueState, NearRule, judge
from supervision.models import ClockKind
from supervision.workdays import Pause, TimeUnit, due

from .county_calendar import CALENDAR

R1 = NearRule(share=20, at_least=1)


def on(text: str) -> date:
    return date.fromisoformat(text)


def promised(start: str = "2026-03-02", limit: int = 10, unit: str = "workday", **facts) -> ClockFacts:
    """A running promise with its computed due day; Monday 2 March 2026 + 10 working days ends on Monday the 16th."""
    pauses = facts.get("pauses", ())
    if "paused_since" in facts:
        pauses = (*pauses, Pause(facts["paused_since"], None))
    end = due(on(start), limit, unit, pauses, facts.get("extension", 0), calendar=CALENDAR)
    return ClockFacts(
        **{
            "kind": "promised",
            "start": on(start),
            "limit": limit,
            "unit": TimeUnit(unit),
            "due_on": end.due_on,
            "provisional": end.provisional,
            **facts,
        }
    )


def standing(clock: ClockFacts, today: str, near: NearRule | None = R1):
    return judge(clock, on(today), calendar=CALENDAR, near=near)


def said(clock: ClockFacts, today: str) -> tuple[str, str]:
    stands = standing(clock, today)
    return stands.state.value, stands.words


class TestRunning:
    @pytest.mark.parametrize(
        ("today", "state", "words"),
        [
            ("2026-03-02", "calm", "剩 10 个工作日"),
            ("2026-03-06", "calm", "剩 6 个工作日"),
            ("2026-03-11", "calm", "剩 3 个工作日"),
            ("2026-03-12", "near", "剩 2 个工作日"),
            ("2026-03-14", "near", "剩 1 个工作日"),  # a Saturday
            ("2026-03-16", "today", "今天到期"),
            ("2026-03-17", "late", "超承诺 1 个工作日"),
            ("2026-03-18", "late", "超承诺 2 个工作日"),
        ],
    )
    def test_a_promise_from_its_start_to_past_its_end(self, today, state, words):
        assert said(promised(), today) == (state, words)

    def test_numbers_go_with_the_words(self):
        stands = standing(promised(), "2026-03-12")
        assert (stands.days_left, stands.used, stands.due_on) == (2, 8, on("2026-03-16"))
        assert standing(promised(), "2026-03-18").days_left == -2

    def test_the_weekend_after_the_due_day_is_late_without_a_working_day_passed(self):
        assert said(promised(limit=4), "2026-03-07") == ("late", "超承诺不足 1 个工作日")

    def test_natural_days_are_counted_in_natural_days(self):
        clock = promised(limit=15, unit="day")  # ends on Tuesday 17 March
        assert said(clock, "2026-03-07") == ("calm", "剩 10 日")
        assert said(clock, "2026-03-14") == ("near", "剩 3 日")
        assert said(clock, "2026-03-19") == ("late", "超承诺 2 日")

    def test_a_month_is_near_by_its_own_length(self):
        clock = promised(limit=1, unit="month")  # 31 days to 2 April: 20 % are 7 days
        assert said(clock, "2026-03-25") == ("calm", "剩 8 日")
        assert said(clock, "2026-03-26") == ("near", "剩 7 日")

    def test_at_once_is_due_today(self):
        assert said(promised(limit=0, unit="immediate"), "2026-03-02") == ("today", "今天到期")
        assert said(promised(limit=0, unit="immediate"), "2026-03-03") == ("late", "超承诺 1 个工作日")

    @pytest.mark.parametrize(
        ("kind", "today_words", "late_words"),
        [
            ("notice", "今天须告知", "超告知期限 1 个工作日"),
            ("transfer", "今天须中转", "超中转时限 1 个工作日"),
            ("delivery", "今天须送达", "超送达期限 1 个工作日"),
            ("step", "今天到期", "超环节时限 1 个工作日"),
        ],
    )
    def test_other_clocks_say_what_must_be_done(self, kind, today_words, late_words):
        clock = promised(limit=5, kind=kind)
        assert said(clock, "2026-03-09") == ("today", today_words)
        assert said(clock, "2026-03-10") == ("late", late_words)

    @pytest.mark.parametrize("kind", ClockKind.values)
    def test_no_kind_of_clock_is_without_words(self, kind):
        for today in ("2026-03-16", "2026-03-17"):
            assert said(promised(kind=kind), today)[1]
            assert said(promised(kind=kind, stopped_on=on(today)), today)[1]


class TestTheStatute:
    def test_the_statutory_clock_itself(self):
        clock = promised(kind="statutory")
        assert said(clock, "2026-03-17") == ("unlawful", "超法定 1 个工作日")

    @pytest.mark.ids("R2", "R3")
    def test_past_the_promise_then_past_the_statute(self):
        clock = promised(limit=5, statutory_due=on("2026-03-16"))
        assert said(clock, "2026-03-10") == ("late", "超承诺 1 个工作日")
        assert said(clock, "2026-03-16") == ("late", "超承诺 5 个工作日")
        assert said(clock, "2026-03-17") == ("unlawful", "超法定 1 个工作日")

    def test_a_promise_that_outlasts_a_statute_in_natural_days(self):
        """3 日 from a Friday end on Monday; 2 working days end on Tuesday: the statute binds."""
        statutory = due(on("2026-03-06"), 3, "day", calendar=CALENDAR).due_on
        clock = promised("2026-03-06", limit=2, statutory_due=statutory, statutory_unit="day")
        assert clock.due_on == on("2026-03-10")
        assert said(clock, "2026-03-09") == ("today", "今天到期")
        assert said(clock, "2026-03-10") == ("unlawful", "超法定 1 日")
        assert standing(clock, "2026-03-08").due_on == on("2026-03-09")

    @pytest.mark.ids("L20")
    def test_a_pause_of_the_promise_alone_does_not_hide_the_statute(self):
        """公示 and 现场踏勘 stop the promised clock at most."""
        clock = promised(limit=5, paused_since=on("2026-03-04"), statutory_due=on("2026-03-10"))
        assert said(clock, "2026-03-10") == ("paused", "已停表 5 日")
        assert said(clock, "2026-03-11") == ("unlawful", "超法定 1 个工作日")


class TestNear:
    """R1: remaining promised <= max(1, ceil(20 % of the limit)), limit 1 on the due day."""

    @pytest.mark.ids("R1")
    @pytest.mark.parametrize(
        ("limit", "nearest_calm"), [(2, 2), (3, 2), (5, 2), (6, 3), (10, 3), (11, 4), (20, 5), (30, 7)]
    )
    def test_from_which_day_on(self, limit, nearest_calm):
        assert not R1.holds(nearest_calm, limit)
        assert R1.holds(nearest_calm - 1, limit)

    @pytest.mark.ids("R1")
    def test_a_limit_of_one_day_is_near_on_its_due_day_only(self):
        assert said(promised(limit=1), "2026-03-02") == ("calm", "剩 1 个工作日")
        assert said(promised(limit=1), "2026-03-03") == ("today", "今天到期")
        assert not R1.holds(1, 1)
        assert R1.holds(0, 1)

    def test_past_days_are_not_near(self):
        assert not R1.holds(-1, 10)

    def test_the_threshold_is_a_row_not_a_constant(self):
        assert standing(promised(), "2026-03-06", NearRule(share=60, at_least=1)).state == DueState.NEAR
        assert standing(promised(), "2026-03-13", NearRule(share=1, at_least=0)).state == DueState.NEAR
        assert standing(promised(), "2026-03-13", None).state == DueState.CALM


class TestPaused:
    @pytest.mark.ids("L20")
    def test_an_open_pause_says_how_long_it_has_lasted(self):
        clock = promised(paused_since=on("2026-03-05"))
        assert clock.due_on is None
        assert said(clock, "2026-03-10") == ("paused", "已停表 4 日")
        stands = standing(clock, "2026-03-10")
        assert (stands.used, stands.days_left, stands.due_on) == (2, 8, None)

    def test_paused_on_a_rest_day(self):
        assert said(promised(paused_since=on("2026-03-07")), "2026-03-08") == ("paused", "已停表")

    def test_a_closed_pause_counts_no_more(self):
        clock = promised(pauses=(Pause(on("2026-03-04"), on("2026-03-06")),))
        assert clock.due_on == on("2026-03-19")
        stands = standing(clock, "2026-03-10")
        assert (stands.words, stands.used) == ("剩 7 个工作日", 3)

    def test_a_pause_that_began_too_late_does_not_hide_that(self):
        clock = replace(promised(limit=3), paused_since=on("2026-03-09"))
        assert said(clock, "2026-03-10") == ("late", "超承诺 3 个工作日")


class TestProvisional:
    @pytest.mark.ids("L31", "T66")
    def test_a_due_day_beyond_the_known_calendar(self):
        clock = promised("2026-12-21", limit=15)
        assert clock.provisional
        assert said(clock, "2026-12-21") == ("provisional", "剩 15 个工作日（暂定）")

    @pytest.mark.ids("T66")
    def test_nobody_is_late_by_a_provisional_day(self):
        clock = promised("2026-12-21", limit=15)
        assert clock.due_on == on("2027-01-11")
        assert said(clock, "2027-01-11") == ("provisional", "今天到期（暂定）")
        assert said(clock, "2027-02-01") == ("provisional", "已过暂定到期日")
        assert said(replace(clock, kind="statutory"), "2027-02-01")[0] == "provisional"
        assert standing(replace(clock, stopped_on=on("2027-02-01")), "2027-02-01").breach == ""


class TestDone:
    @pytest.mark.parametrize(
        ("stopped", "words", "breach"),
        [
            ("2026-03-11", "提前 3 日办结", ""),
            ("2026-03-16", "按期办结", ""),
            ("2026-03-18", "超承诺 2 个工作日办结", "late"),
            ("2026-03-31", "超法定 1 个工作日办结", "unlawful"),
        ],
    )
    def test_a_breach_stays_with_a_concluded_case(self, stopped, words, breach):
        clock = promised(statutory_due=on("2026-03-30"), stopped_on=on(stopped))
        stands = standing(clock, "2026-06-30")
        assert (stands.state.value, stands.words, stands.breach) == ("done", words, breach)

    def test_other_clocks_are_done_in_their_own_word(self):
        assert said(promised(kind="notice", stopped_on=on("2026-03-16")), "2026-03-20")[1] == "按期告知"
        assert said(promised(kind="delivery", stopped_on=on("2026-03-13")), "2026-03-20")[1] == "提前 1 日送达"

    def test_used_days_end_with_the_stop(self):
        assert standing(promised(stopped_on=on("2026-03-11")), "2026-06-30").used == 7

    def test_done_before_a_provisional_day(self):
        clock = promised("2026-12-21", limit=15, stopped_on=on("2026-12-24"))
        assert said(clock, "2027-01-05") == ("done", "提前办结")


class TestOnAnyDay:
    @pytest.mark.ids("T64")
    @given(st.dates(on("2019-01-02"), on("2026-06-30")), st.integers(1, 30), st.integers(0, 90))
    def test_the_state_follows_from_the_day_alone(self, start, limit, later):
        clock = promised(start.isoformat(), limit)
        today = start + timedelta(days=later)
        state = judge(clock, today, calendar=CALENDAR, near=R1).state
        assert (state == DueState.LATE) == (today > clock.due_on)
        assert (state == DueState.TODAY) == (today == clock.due_on)
        assert (state in (DueState.CALM, DueState.NEAR)) == (today < clock.due_on)

    @given(st.dates(on("2019-01-02"), on("2026-06-30")), st.integers(1, 30), st.integers(0, 90))
    def test_left_and_used_days_make_the_limit(self, start, limit, later):
        stands = judge(promised(start.isoformat(), limit), start + timedelta(days=later), calendar=CALENDAR, near=R1)
        assert stands.days_left + stands.used == limit
