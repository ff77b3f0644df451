"""监察 › 工作日历: who would move is seen before anything is saved; what was saved stands in history with its notice and reason (L31, T66)."""

import re
from datetime import date

import pytest
from django.urls import reverse

from hall.actions.recalculate import recalculate_all
from supervision import clocks, extended_hours, moment
from supervision.models import CalendarChange, Clock
from tests import builders
from tests.supervision.test_calendar_changes import INVENTED, SOURCE

from .contents import contents

pytestmark = pytest.mark.django_db
URL = reverse("calendar")


@pytest.fixture
def office():
    return builders.staff_client(builders.make_supervisor())


def day(**more):
    typed = {"verb": "day", "day": "2026-03-12", "works": "no", "name": "停电", "source": SOURCE, "reason": "全县停电"}
    return typed | more


def year(**more):
    return {"verb": "year", "year": "2027", "source": SOURCE, "text": INVENTED, "reason": "通知已公布"} | more


def seen(page: str) -> str:
    return re.search(r'name="seen" value="(\w+)"', page).group(1)


@pytest.mark.ids("L31")
def test_the_page_shows_a_year_its_notice_and_its_history(office):
    page = office.get(URL).content.decode()
    assert "2026年，248 个工作日；国办发明电" in page
    assert page.count('<table class="month">') == 12
    assert "录入 2026 年：放假 33 天，调休上班 6 天" in page
    assert "2025年，248 个工作日" in office.get(URL, {"year": "2025"}).content.decode()
    assert "2019年，250 个工作日" in office.get(URL, {"year": "1066"}).content.decode()
    assert "每周六" in page


@pytest.mark.ids("L31", "T66")
def test_the_preview_saves_nothing_and_the_second_look_saves_with_reason(office, bell):
    case = builders.make_accepted_case()
    before = contents()
    page = office.post(URL, day()).content.decode()
    assert contents() == before
    assert "会移动 1 件的 3 个时限" in page
    assert reverse("case", args=[case.number]) in page
    assert "3月17日 周二" in page
    assert "3月18日 周三" in page
    answer = office.post(URL, day(seen=seen(page)))
    assert answer.status_code == 302
    made = CalendarChange.objects.order_by("-made_at").first()
    assert (made.by, made.source, made.reason, made.person) == (
        "潘国辉",
        SOURCE,
        "全县停电",
        builders.make_supervisor().person_id,
    )
    assert not clocks.current_calendar().is_workday(date(2026, 3, 12))
    page = office.get(URL).content.decode()
    assert "还有 1 件按原来的日历计时" in page
    assert "按星期 → 2026年3月12日（周四）放假（停电）" in page
    recalculate_all(now=moment.now())
    assert "按原来的日历计时" not in office.get(URL).content.decode()


@pytest.mark.ids("T66")
def test_when_others_would_move_meanwhile_the_preview_comes_again(office):
    builders.make_accepted_case()
    page = office.post(URL, day()).content.decode()
    builders.make_accepted_case()
    again = office.post(URL, day(seen=seen(page)))
    assert again.status_code == 200
    assert "会移动 2 件的 6 个时限" in again.content.decode()
    other = office.post(URL, day(seen=seen(again.content.decode()), name="台风"))
    assert other.status_code == 200  # another day than the one that was seen
    assert CalendarChange.objects.filter(kind="correct").count() == 0


@pytest.mark.ids("L31", "T66")
def test_a_year_is_loaded_from_its_notice(office, clock):
    clock.set("2026-12-28 09:00")
    builders.make_accepted_case()
    page = office.post(URL, year()).content.decode()
    assert "由暂定改为确定" in page
    assert "2027年，" in page
    office.post(URL, year(seen=seen(page)))
    assert clocks.current_calendar().last_known == date(2027, 12, 31)
    recalculate_all(now=moment.now())
    assert not Clock.objects.filter(stopped_at=None, provisional=True).exists()
    assert "录入 2028 年" in office.get(URL).content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (year(year="2026"), "2026 年的安排已经录入"),
        (year(text="春节放假七天"), "读不懂这一行"),
        (year(text=INVENTED.replace("共8天", "共9天")), "春节写的是 9 天"),
        (year(source=""), "请填写依据"),
        (year(reason=""), "请填写说明"),
        (day(day="2026-03-14"), "本来就休息"),
        (day(works="yes"), "本来就上班"),
        (day(day="12.3.2026"), "请写成 2026-02-10 的样子"),
        (day(works=""), "请选上班或休息"),
        (day(name=""), "请填节日"),
        (day(reason=""), "请填写说明"),
        (day(day="2027-03-12"), "还没有录入"),
    ],
)
def test_bad_input_is_said_with_a_remedy_and_kept(office, typed, sentence):
    before = contents()
    answer = office.post(URL, typed)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert "还没有保存" in page
    kept = [value for name, value in typed.items() if name in ("source", "reason") and value]
    assert all(value in page for value in kept)
    assert contents() == before


def test_unknown_verbs_are_not_found(office):
    assert office.post(URL, {"verb": "x"}).status_code == 404
    assert office.post(URL, {"verb": "end_hours", "hours": "x"}).status_code == 404


@pytest.mark.ids("D122")
def test_extended_hours_are_added_and_ended(office, clock):
    typed = {"verb": "add_hours", "weekday": "7", "day": "", "opens": "09:00", "closes": "11:00", "note": "周日办证"}
    assert office.post(URL, typed).status_code == 302
    assert "周日办证" in office.get(URL).content.decode()
    added = extended_hours.in_force(date(2026, 3, 10)).get(note="周日办证")
    assert office.post(URL, {"verb": "end_hours", "hours": str(added.pk)}).status_code == 302
    assert "至2026年3月10日" in office.get(URL).content.decode()
    clock.forward(days=1)
    assert "周日办证" not in office.get(URL).content.decode()
    late = office.post(URL, typed | {"closes": "08:00"})
    assert (late.status_code, "结束时间要晚于开始时间" in late.content.decode()) == (400, True)
