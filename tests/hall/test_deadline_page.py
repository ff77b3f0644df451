"""期限试算: any period with its due day and the reasons; what is typed stays, what can't be meant is said with a remedy."""

import pytest
from django.urls import reverse

from tests import builders

from .contents import contents

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask():
    client = builders.staff_client(builders.make_section_head())

    def asked(**typed):
        return client.get(reverse("deadline_calculator"), typed)

    return asked


def typed(**more):
    return {"start": "2024-04-08", "limit": "10", "unit": "workday", "extension": ""} | more


@pytest.mark.ids("L16", "L20", "L28", "T67")
def test_the_due_day_stands_with_strip_and_reasons(ask):
    before = contents()
    page = ask(**typed(first_1="2024-04-11", last_1="2024-05-08")).content.decode()
    assert "2024年5月17日 星期五到期" in page
    assert "期限 10 个工作日" in page
    assert 'class="strip' in page
    assert "不计入期限" in page
    assert "调休上班 5月11日" in page
    assert contents() == before


def test_it_opens_on_today_without_a_result(ask):
    page = ask().content.decode()
    assert 'value="2026-03-10"' in page
    assert "到期</h2>" not in page


@pytest.mark.ids("L31", "T66")
def test_a_provisional_end_and_an_open_pause_say_so(ask):
    assert "暂定：节假日安排尚未公布" in ask(**typed(start="2026-12-28", limit="20")).content.decode()
    assert "正在停表，还没有到期日" in ask(**typed(first_1="2024-04-11")).content.decode()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"start": "30.2.2026"}, "请写成 2026-02-10 的样子"),
        ({"start": ""}, "请填起算日"),
        ({"start": "2027-01-04"}, "请先录入这一年的节假日安排"),
        ({"start": "2018-12-31"}, "请先录入这一年的节假日安排"),
        ({"limit": "0"}, "请填 1 到 3650 之间的数字"),
        ({"limit": "viele"}, "请填 1 到 3650 之间的数字"),
        ({"limit": ""}, "请填期限，例如 20"),
        ({"unit": "week"}, "请从列出的单位里选"),
        ({"extension": "-1"}, "请填 0 到 3650 之间的数字"),
        ({"last_2": "2024-04-20"}, "填了末日，也请填首日"),
        ({"first_2": "2024-04-20", "last_2": "2024-04-19"}, "末日不能早于首日"),
    ],
)
def test_bad_input_is_said_with_a_remedy_and_kept(ask, change, sentence):
    answer = ask(**typed(first_1="2024-04-11", last_1="2024-05-08") | change)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in page
    assert 'value="2024-04-11"' in page
    assert all(value in page for name, value in change.items() if name != "unit")  # a list shows its own words only


@pytest.mark.parametrize("unit", ["workday", "day", "month", "immediate"])
@pytest.mark.parametrize("start", ["2019-01-01", "2026-03-10", "2026-12-31"])
@pytest.mark.parametrize("limit", ["1", "60", "3650"])
def test_every_unit_near_and_far_has_a_page(ask, unit, start, limit):
    answer = ask(**typed(start=start, unit=unit, limit=limit))
    assert answer.status_code == (400 if (unit, limit) == ("month", "3650") else 200)
    assert "到期</h2>" in answer.content.decode() or answer.status_code == 400


FAR = {
    "a pause that ends far away": {"first_1": "2024-04-11", "last_1": "2044-05-08"},
    "a pause that begins far away": {"first_2": "2044-05-08"},
    "a pause that began long ago": {"first_1": "1924-04-11", "last_1": "2024-05-08"},
    "a limit": {"unit": "month", "limit": "241"},
    "a limit with its extension": {"limit": "3650", "extension": "2000"},
    "an end beyond what the limit itself says": {"first_1": "2024-04-11", "last_1": "2043-04-11", "limit": "500"},
}


@pytest.mark.ids("T67")
@pytest.mark.parametrize("change", FAR.values(), ids=FAR)
def test_nothing_is_counted_farther_than_twenty_years(ask, change):
    answer = ask(**typed(**change))
    assert answer.status_code == 400
    assert "20 年" in answer.content.decode()


def test_twenty_years_are_counted_and_what_is_refused_beforehand_is_not(ask, monkeypatch):
    assert ask(**typed(unit="month", limit="239")).status_code == 200
    monkeypatch.setattr("hall.views.deadline.explaining.explain", lambda *_, **__: pytest.fail("was counted"))
    assert ask(**typed(first_1="2024-04-11", last_1="9999-12-30")).status_code == 400
    assert ask(**typed(unit="month", limit="3650")).status_code == 400
