"""The working-day strip shows what the deadline was computed from: each day, its number, pauses, today, the due day."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supervision.strips import MOST_DAYS, StripClock, build
from supervision.workdays import CalendarUnknown, Pause, due

from .county_calendar import CALENDAR


def on(text: str) -> date:
    return date.fromisoformat(text)


def clock(name: str, start: str, limit: int, unit: str = "workday", pauses=(), **more) -> StripClock:
    end = due(on(start), limit, unit, pauses, calendar=CALENDAR)
    return StripClock(name, on(start), limit, unit, end.due_on, tuple(pauses), provisional=end.provisional, **more)


def strip(*clocks: StripClock, today: str, **more):
    return build(clocks, on(today), calendar=CALENDAR, **more)


def texts(row) -> str:
    return " ".join(cell.text or "." for cell in row.cells)


def kinds(row) -> list[str]:
    return [cell.kind for cell in row.cells]


TESTING = (Pause(on("2026-02-26"), on("2026-03-06")),)


@pytest.fixture(scope="module")
def water():
    """Drinking-water licence: accepted 10 February 2026, testing 26 February to 6 March, seen on 10 March."""
    rows = (clock("承诺", "2026-02-10", 10, pauses=TESTING), clock("法定", "2026-02-10", 20, pauses=TESTING))
    return strip(*rows, today="2026-03-10", stop_words="停表（水质检测，行政许可法第45条）")


class TestTheWaterLicence:
    @pytest.mark.ids("L20", "L28")
    def test_each_working_day_bears_its_number(self, water):
        assert [row.label for row in water.rows] == ["承诺 10 日", "法定 20 日"]
        head = "起 1 2 3 4 . 5 6 停 停 停 . 停 停 停 停 停 . 7 8 9 10"
        assert texts(water.rows[0]) == head + " . . . . . . . . . . . ."
        assert texts(water.rows[1]) == head + " 11 . 12 13 14 15 16 . 17 18 19 20"

    def test_used_open_and_due_days_are_told_apart(self, water):
        promise, statute = map(kinds, water.rows)
        assert promise[0] == "event"
        assert promise[19:24] == ["used", "open", "due-day", "out", "rest"]
        assert statute[-1] == "due-day"
        assert statute.count("stop") == 8
        assert water.rows[0].cells[21].title == "到期日 3月12日（周四）"

    def test_today_is_marked_in_the_head_and_in_every_row(self, water):
        assert [day.title for day in water.days if day.now] == ["今天 3月10日（周二）"]
        assert all([cell.now for cell in row.cells].index(True) == 19 for row in water.rows)

    @pytest.mark.ids("L31")
    def test_weekends_feasts_and_make_up_days(self, water):
        assert [(day.label, day.title) for day in water.days if day.kind == "feast"] == [
            ("春节", "2月15日（周日）至2月23日（周一）放假")
        ]
        assert [day.title for day in water.days if day.kind == "made"] == [
            "2月14日（周六）调休上班",
            "2月28日（周六）调休上班",
        ]
        assert next(day.title for day in water.days if day.kind == "rest") == "3月1日（周日）起休息"
        assert water.made == ("14", "28")

    def test_months_begin_with_their_first_working_day(self, water):
        assert [(month.label, month.span) for month in water.months] == [("2月", 12), ("3月", 22)]

    def test_it_says_itself_in_a_sentence_and_a_legend(self, water):
        assert water.sentence == "2月10日受理，次个工作日为第 1 天；已用 8 日，停表 8 日"
        assert water.legend == (
            ("used", "已用"),
            ("open", "未用"),
            ("stop", "停表（水质检测，行政许可法第45条）"),
            ("due-day", "到期日"),
            ("now", "今天"),
        )


class TestOtherCases:
    def test_an_event_on_a_holiday_and_today_on_a_weekend_have_their_own_columns(self):
        shown = strip(clock("承诺", "2026-02-18", 9), today="2026-03-01")
        assert (shown.days[0].label, shown.days[0].title) == ("18", "2月18日（周三）春节休息")
        assert texts(shown.rows[0]) == "起 . 1 2 3 4 5 . 6 7 8 9"
        assert [(day.label, day.now) for day in shown.days][7] == ("1", True)

    def test_a_late_case_goes_on_counting(self):
        shown = strip(clock("承诺", "2026-03-02", 3), today="2026-03-09")
        assert texts(shown.rows[0]) == "起 1 2 3 4 . 5"
        assert kinds(shown.rows[0]) == ["event", "used", "used", "due-day", "used", "rest", "used"]

    def test_an_open_pause_ends_with_today(self):
        shown = strip(clock("承诺", "2026-03-02", 5, pauses=[Pause(on("2026-03-05"), None)]), today="2026-03-10")
        assert texts(shown.rows[0]) == "起 1 2 停 停 . 停 停"
        assert shown.sentence == "3月2日受理，次个工作日为第 1 天；已用 2 日，停表 4 日"

    @pytest.mark.ids("L20")
    def test_a_pause_of_the_promise_alone_leaves_the_statute_running(self):
        """现场踏勘 and 公示 stop the promised clock at most."""
        site_visit = [Pause(on("2026-03-04"), None)]
        shown = strip(
            clock("承诺", "2026-03-02", 3, pauses=site_visit), clock("法定", "2026-03-02", 5), today="2026-03-05"
        )
        assert kinds(shown.rows[0]) == ["event", "used", "stop", "stop", "out", "rest", "out"]
        assert texts(shown.rows[1]) == "起 1 2 3 4 . 5"

    def test_a_concluded_case_keeps_its_due_day(self):
        shown = strip(clock("承诺", "2026-03-02", 5, stopped_on=on("2026-03-04")), today="2026-06-01")
        assert texts(shown.rows[0]) == "起 1 2 . . . 5"
        assert kinds(shown.rows[0])[3:] == ["out", "out", "rest", "due-day"]
        assert not any(day.now for day in shown.days)
        assert shown.sentence.endswith("已用 2 日，3月4日停止计时")

    def test_natural_days_number_the_calendar_days(self):
        """15 days from 20 September 2024 end inside the holiday and roll to 8 October."""
        shown = strip(clock("法定", "2024-09-20", 15, "day"), today="2024-09-23")
        assert texts(shown.rows[0]) == "起 . 3 4 5 6 7 . 9 10 . 15"
        assert shown.rows[0].label == "法定 15 日"
        assert shown.sentence.startswith("9月20日受理，次日为第 1 天")

    def test_at_once(self):
        shown = strip(clock("承诺", "2026-03-10", 0, "immediate"), today="2026-03-10", event="收件")
        assert texts(shown.rows[0]) == "即"
        assert shown.rows[0].label == "承诺 即办"
        assert shown.sentence == "3月10日收件，当日办结"

    @pytest.mark.ids("L31", "T66")
    def test_days_beyond_the_known_calendar_say_so(self):
        shown = strip(clock("承诺", "2026-12-28", 5), today="2026-12-29")
        assert [(month.label, month.span) for month in shown.months] == [("12月", 4), ("2027年1月", 3)]
        assert shown.days[4].title == "2027年1月1日（周五），节假日安排尚未公布"
        assert shown.sentence.endswith("；2027年节假日安排尚未公布，到期日暂定为2027年1月4日")

    def test_a_start_outside_the_calendar_is_refused(self):
        outside = StripClock("承诺", on("2018-12-01"), 5, "workday", on("2018-12-08"))
        with pytest.raises(CalendarUnknown):
            strip(outside, today="2019-01-02")


class TestLongPeriods:
    def test_what_lies_more_than_ten_days_back_is_one_column(self):
        shown = strip(clock("法定", "2026-02-10", 60), today="2026-04-15")
        assert (shown.days[0].kind, shown.days[0].label) == ("front", "前 31 日")
        assert (shown.rows[0].cells[0].text, shown.rows[0].cells[0].title) == ("30", "已用 30 日")
        assert shown.months[0].label == "此前"
        place = [day.now for day in shown.days].index(True)
        assert sum(day.kind in ("day", "made") for day in shown.days[1:place]) == 10

    def test_what_does_not_fit_at_the_end_is_one_column_with_the_due_day(self):
        shown = strip(clock("法定", "2026-03-02", 90), today="2026-03-03")
        assert shown.days[-1].label == "后 46 日"
        last = shown.rows[0].cells[-1]
        assert (last.kind, last.text, last.title) == ("due-day", "90", "到期日 7月10日（周五）")

    @settings(max_examples=200, deadline=None)
    @given(
        st.dates(on("2019-01-02"), on("2026-12-31")),
        st.integers(1, 120),
        st.integers(0, 200),
        st.sampled_from(["workday", "day"]),
    )
    def test_any_strip_is_whole(self, start, limit, later, unit):
        today = date.fromordinal(start.toordinal() + later)
        row = clock("承诺", start.isoformat(), limit, unit)
        shown = build((row,), today, calendar=CALENDAR)
        assert sum(day.kind in ("day", "made") for day in shown.days) <= MOST_DAYS
        assert len(shown.rows[0].cells) == len(shown.days) == sum(month.span for month in shown.months)
        assert kinds(shown.rows[0]).count("due-day") == 1
        assert sum(day.now for day in shown.days) == 1
