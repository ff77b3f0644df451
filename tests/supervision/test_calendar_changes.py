"""The calendar as dated rows with a history: a year from its pasted notice, a day corrected, who would move before it is saved (L31, T66)."""

import json
from dataclasses import replace
from datetime import date, time

import pytest
from django.db import IntegrityError, connection, transaction

from supervision import arrangements, calendar_changes, clocks, configuration, extended_hours, log, moment
from supervision.arrangements import Differing
from supervision.models import (
    CalendarChange,
    CalendarDay,
    CalendarYear,
    Clock,
    ClockKind,
    ExtendedHours,
    Record,
    RuleBook,
    Workday,
)
from supervision.refusals import Unusable
from tests import builders

from .county_calendar import CALENDAR, YEARS

OFFICE = log.Actor(name="潘国辉")
SOURCE = "国办发明电〔2026〕0号（演示）"
# As the notice for 2025 and that for 2026 were published.
NOTICES = {
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。""",
    2026: """一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。""",
}
# Invented: the arrangement of 2027 is not known.
INVENTED = """元旦：2027年1月1日至3日放假，共3天。
春节：2月5日至12日放假调休，共8天。1月30日、2月14日上班。
清明节：4月3日至5日放假，共3天。
劳动节：5月1日至5日放假调休，共5天。5月8日上班。
端午节：6月9日放假1天。
中秋节：9月15日放假1天。
国庆节：10月1日至7日放假调休，共7天。9月26日、10月9日上班。"""


def known_until(year: int):
    return replace(CALENDAR, last_known=date(year, 12, 31))


def refused(act) -> set[str]:
    with pytest.raises(Unusable) as fault:
        act()
    assert all(refusal.remedy for refusal in fault.value.refusals)
    return {refusal.code for refusal in fault.value.refusals}


# A year --------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L31")
@pytest.mark.parametrize("year", NOTICES)
def test_the_notice_of_a_year_is_read_as_it_was_published(year):
    told = arrangements.read(year, SOURCE, NOTICES[year], known_until(year - 1))
    assert {each.day for each in told.off_days} == set(YEARS[year]["off_days"])
    assert {each.day for each in told.make_up_days} == {row["date"] for row in YEARS[year]["make_up_workdays"]}
    after = arrangements.with_year(known_until(year - 1), told)
    assert after.count_workdays(date(year - 1, 12, 31), date(year, 12, 31)) == YEARS[year]["working_days"]


@pytest.mark.ids("L31", "T66")
@pytest.mark.parametrize(
    ("wrong", "right", "code"),
    [
        ("元旦：2027年1月1日至3日", "元旦：一月一号", "arrangement_illegible"),
        ("元旦：", "元旦 ", "arrangement_illegible"),
        ("2月5日至12日", "2月12日至5日", "arrangement_illegible"),
        ("2月5日", "2月30日", "arrangement_illegible"),
        ("共8天。1月30日", "共8天，1月30日", "arrangement_illegible"),
        ("共8天", "共9天", "days_miscounted"),
        ("2027年1月1日", "2028年1月1日", "day_of_another_year"),
        ("9月15日放假", "2026年9月15日放假", "day_of_another_year"),
        ("5月8日上班", "5月7日上班", "make_up_on_weekday"),
        ("6月9日放假1天", "6月9日、4月5日放假", "day_twice"),
        ("中秋节：9月15日放假1天。", "", "festival_missing"),
        (INVENTED, "", "festival_missing"),
        (INVENTED, "随便写写", "arrangement_illegible"),
    ],
)
def test_a_notice_that_cannot_be_meant_is_refused_with_its_remedy(wrong, right, code):
    assert wrong in INVENTED
    text = INVENTED.replace(wrong, right)
    assert refused(lambda: arrangements.read(2027, SOURCE, text, CALENDAR)) == {code}


@pytest.mark.ids("L31")
@pytest.mark.parametrize(
    ("year", "code"), [(2026, "year_known"), (2019, "year_known"), (2028, "year_not_next"), (2018, "year_not_next")]
)
def test_years_are_loaded_once_and_without_gaps(year, code):
    assert refused(lambda: arrangements.read(year, SOURCE, INVENTED, CALENDAR)) == {code}


def test_every_fault_of_a_notice_is_told_at_once():
    text = INVENTED.replace("元旦：", "元旦 ").replace("共7天", "共6天")
    assert refused(lambda: arrangements.read(2027, SOURCE, text, CALENDAR)) == {
        "arrangement_illegible",
        "days_miscounted",
    }


def test_a_weekend_day_of_the_festival_in_the_year_before_changes_nothing():
    text = INVENTED.replace("元旦：2027年1月1日至3日放假，共3天", "元旦：2026年12月27日、1月1日至3日放假，共4天")
    told = arrangements.read(2027, SOURCE, text, CALENDAR)
    assert {each.day.year for each in told.days} == {2027}


# A day ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L31")
@pytest.mark.parametrize(
    ("day", "works", "name", "code"),
    [
        ("2026-03-12", True, "春节", "make_up_on_weekday"),
        ("2026-03-14", False, "春节", "off_day_on_weekend"),
        ("2026-02-16", False, "春节", "day_unchanged"),
        ("2026-02-14", True, "春节", "day_unchanged"),
        ("2026-03-12", False, "", "festival_missing"),
        ("2027-03-12", False, "春节", "year_unknown"),
        ("2018-03-12", False, "春节", "year_unknown"),
    ],
)
def test_a_correction_without_sense_is_refused(day, works, name, code):
    wanted = Differing(date.fromisoformat(day), works, name)
    assert refused(lambda: arrangements.corrected(CALENDAR, wanted)) == {code}


@pytest.mark.ids("T66")
def test_as_in_2020_a_make_up_day_becomes_a_holiday():
    before = arrangements.with_day(CALENDAR, told := Differing(date(2020, 2, 1), True, "春节"), told)
    assert before.is_workday(date(2020, 2, 1))
    wanted = Differing(date(2020, 2, 1), False, "春节")
    row = arrangements.corrected(before, wanted)
    assert arrangements.with_day(before, wanted, row) == CALENDAR


def test_a_holiday_taken_back_is_a_plain_weekday():
    wanted = Differing(date(2026, 2, 23), True, "")
    assert arrangements.corrected(CALENDAR, wanted) is None
    assert arrangements.with_day(CALENDAR, wanted, None).is_workday(date(2026, 2, 23))


# Saved ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
class TestSaved:
    def load(self) -> CalendarChange:
        change = calendar_changes.loading(2027, SOURCE, INVENTED)
        return calendar_changes.apply(change, reason="通知已公布", by="潘国辉", actor=OFFICE, now=moment.now())

    @pytest.mark.ids("L31", "T66", "T42")
    def test_a_loaded_year_is_known_at_once_and_stands_in_history_and_log(self):
        before = RuleBook.objects.get().revision
        made = self.load()
        calendar = clocks.current_calendar()
        assert calendar.last_known == date(2027, 12, 31)
        assert not calendar.is_workday(date(2027, 2, 5))
        assert calendar.is_workday(date(2027, 1, 30))
        assert calendar.names[date(2027, 2, 5)] == "春节"
        assert RuleBook.objects.get().revision == before + 1
        assert Workday.objects.filter(day__year=2027, works=True).count() == calendar.count_workdays(
            date(2026, 12, 31), date(2027, 12, 31)
        )
        assert calendar_changes.history().first() == made
        assert (made.by, made.source, made.before, made.made_at) == ("潘国辉", SOURCE, [], moment.now())
        assert ["2027-02-05", "off_day", "春节"] in made.after
        told = [json.loads(bytes(row.body)) for row in Record.objects.filter(kind="configuration").order_by("-id")[:3]]
        assert {one["facts"]["table"] for one in told} == {
            "supervision_calendaryear", "supervision_calendarday", "supervision_calendarchange",
        }  # fmt: skip
        for model in (CalendarYear, CalendarDay, CalendarChange):
            assert configuration.unlike(model) == configuration.Unlike([], [])

    @pytest.mark.ids("L31", "T66")
    def test_a_corrected_day_keeps_what_stood_there_before(self):
        change = calendar_changes.correcting(date(2026, 2, 23), works=True, name="", source=SOURCE)
        made = calendar_changes.apply(change, reason="通知改期", by="潘国辉", actor=OFFICE, now=moment.now())
        assert (made.before, made.after) == ([["2026-02-23", "off_day", "春节"]], [])
        assert clocks.current_calendar().is_workday(date(2026, 2, 23))
        change = calendar_changes.correcting(date(2026, 2, 23), works=False, name="春节", source=SOURCE)
        made = calendar_changes.apply(change, reason="又改回来", by="潘国辉", actor=OFFICE, now=moment.now())
        assert (made.before, made.after) == ([], [["2026-02-23", "off_day", "春节"]])
        assert clocks.current_calendar() == CALENDAR
        assert configuration.unlike(CalendarDay) == configuration.Unlike([], [])

    def test_the_second_of_two_that_prepared_the_same_change_is_refused(self):
        first, second = (calendar_changes.loading(2027, SOURCE, INVENTED) for _ in range(2))
        calendar_changes.apply(first, reason="通知已公布", by="潘国辉", actor=OFFICE, now=moment.now())
        again = lambda: calendar_changes.apply(second, reason="通知已公布", by="别人", actor=OFFICE, now=moment.now())  # noqa: E731
        assert refused(again) == {"year_known"}
        one, two = (
            calendar_changes.correcting(date(2026, 3, 12), works=False, name="春节", source=SOURCE) for _ in range(2)
        )
        calendar_changes.apply(one, reason="改", by="潘国辉", actor=OFFICE, now=moment.now())
        twice = lambda: calendar_changes.apply(two, reason="改", by="别人", actor=OFFICE, now=moment.now())  # noqa: E731
        assert refused(twice) == {"day_unchanged"}

    @pytest.mark.ids("T42", "T47")
    def test_history_is_announced_and_never_changes(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            CalendarChange.objects.create(
                kind="correct", year=2026, source="x", reason="x", by="x", made_at=moment.now()
            )
            self.require()
        for act in (lambda rows: rows.update(reason="别的"), lambda rows: rows.delete()):
            with pytest.raises(Exception, match=r"permission denied|never|frozen|refuse"), transaction.atomic():
                act(CalendarChange.objects.all())

    def require(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    # Moves -----------------------------------------------------------------------------------------------------------------
    @pytest.mark.ids("L31", "T66")
    def test_the_preview_names_the_clocks_that_would_move_and_saves_nothing(self, clock):
        case = builders.make_accepted_case()  # promised five days: Tuesday 17 March; statute 20: 7 April
        before = list(Clock.objects.order_by("pk").values())
        change = calendar_changes.correcting(date(2026, 3, 12), works=False, name="停电", source=SOURCE)
        moved = {
            move.kind: (move.label, move.old, move.new, move.provisional) for move in calendar_changes.preview(change)
        }
        assert moved[ClockKind.PROMISED] == (case.number, date(2026, 3, 17), date(2026, 3, 18), False)
        assert moved[ClockKind.STATUTORY] == (case.number, date(2026, 4, 8), date(2026, 4, 9), False)
        assert list(Clock.objects.order_by("pk").values()) == before
        assert not CalendarDay.objects.filter(day=date(2026, 3, 12)).exists()

    @pytest.mark.ids("T66")
    def test_a_year_that_becomes_known_takes_the_mark_from_provisional_days(self, clock):
        clock.set("2026-12-28 09:00")
        builders.make_accepted_case()
        moved = {move.kind: move for move in calendar_changes.preview(calendar_changes.loading(2027, SOURCE, INVENTED))}
        statutory = moved[ClockKind.STATUTORY]
        assert statutory.was_provisional
        assert not statutory.provisional
        assert (
            statutory.new
            == clocks.end_of(
                Clock(started_on=date(2026, 12, 28), limit=20, time_unit="workday", pauses=[]),
                calendar_changes.loading(2027, SOURCE, INVENTED).calendar,
            ).due_on
        )


@pytest.mark.ids("T66")
def test_a_day_that_stays_loses_its_mark_all_the_same():
    """7 natural days from 28 December end on Monday 4 January, whatever the arrangement says."""
    after = arrangements.with_year(CALENDAR, arrangements.read(2027, SOURCE, INVENTED, CALENDAR))
    due_on = date(2027, 1, 4)
    facts = {"kind": "correction", "limit": 7, "time_unit": "day", "pauses": [], "started_on": date(2026, 12, 28)}
    (move,) = calendar_changes.moves([Clock(**facts, due_on=due_on, provisional=True)], after)
    assert (move.old, move.new, move.was_provisional, move.provisional) == (due_on, due_on, True, False)
    assert calendar_changes.moves([Clock(**facts, due_on=due_on, provisional=False)], after) == []


# Extended hours -------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.ids("D122")
class TestExtendedHours:
    def add(self, **given):
        typed = {"weekday": 7, "day": None, "opens": time(9), "closes": time(11), "note": "周日办证"}
        return extended_hours.add(**typed | given, actor=OFFICE, now=moment.now(), today=date(2026, 3, 10))

    def test_they_are_shown_from_their_day_on_and_count_no_working_day(self):
        before = clocks.current_calendar()
        made = self.add()
        assert made in extended_hours.in_force(date(2026, 3, 10))
        assert not clocks.current_calendar().is_workday(date(2026, 3, 15))
        assert clocks.current_calendar() == before
        assert configuration.unlike(ExtendedHours) == configuration.Unlike([], [])

    def test_they_are_ended_not_taken_back(self):
        made = self.add()
        extended_hours.end(made, last_day=date(2026, 3, 31), actor=OFFICE, now=moment.now())
        assert made in extended_hours.in_force(date(2026, 3, 31))
        assert made not in extended_hours.in_force(date(2026, 4, 1))
        assert configuration.unlike(ExtendedHours) == configuration.Unlike([], [])

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"day": date(2026, 4, 4)}, "hours_of_weekday_or_day"),
            ({"weekday": None}, "hours_of_weekday_or_day"),
            ({"closes": time(9)}, "hours_end_too_early"),
            ({"weekday": None, "day": date(2026, 3, 9)}, "hours_in_the_past"),
        ],
    )
    def test_hours_without_sense_are_refused(self, given, code):
        assert refused(lambda: self.add(**given)) == {code}
