"""The feed of items: what is in use, what changed, what ended; in pages of equal cost."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg2.extras import DateRange

from catalog import queries as catalog
from catalog.models import ItemVersion
from hall.api import items
from supervision import log, moment
from supervision.writing import Change, write
from tests.hall.api.caller import Caller, problem_of

pytestmark = [pytest.mark.ids("D5", "T36"), pytest.mark.django_db]
TODAY = date(2026, 3, 10)


def keys_of(told: dict) -> list[str]:
    return [item["key"] for item in told["items"]]


def end(key: str, on: date) -> None:
    """Take an item out of use on a day, with the record that the database asks for."""
    version = ItemVersion.objects.select_related("item").get(item__key=key, valid_during__contains=TODAY)
    subject, state = log.subject_of(version), version.status
    made = log.entry("withdraw", subject, actor=log.SYSTEM, now=moment.now(), from_state=state, to_state=state)
    version.valid_during = DateRange(version.valid_during.lower, on)
    version.record_seq += 1
    write(made.record, Change(version, ("valid_during", "record_seq")))


def test_all_items_in_use_come_once_in_pages(portal: Caller) -> None:
    keys, cursor, pages = [], "", 0
    while cursor is not None:
        told = portal.get(f"items/?limit=40{f'&cursor={cursor}' if cursor else ''}").json()
        keys += keys_of(told)
        cursor, pages = told["next_cursor"], pages + 1
    assert keys == sorted(catalog.in_use(TODAY).values_list("item__key", flat=True))
    assert pages == -(-len(keys) // 40)
    assert told["withdrawn"] == []


def test_an_item_says_what_a_portal_needs(portal: Caller) -> None:
    told = portal.get("items/S001/").json()
    assert told["name"] == "旅馆业特种行业许可证核发"
    assert told["kind"] == {"value": "licence", "name": "行政许可", "scheme": "guangdong", "code": "01"}
    assert told["promised_limit"] == {"count": 7, "unit": "workday"}
    assert told["statutory_limit"] == {"count": 20, "unit": "workday"}
    assert told["task_code"] == "11440823FAKE00101C4440199001000"
    assert [material["seq"] for material in told["materials"]] == list(range(1, len(told["materials"]) + 1))
    assert [material["is_shared"] for material in told["materials"]].count(True) == 2
    assert told["consult_phone"]
    assert told["complaint_phone"]


def test_a_public_service_and_another_power_are_told_apart_by_the_scheme(portal: Caller) -> None:
    """20 is 公共服务 nationally and 其他行政权力 in Guangdong (domain 1.2)."""
    codes = {}
    for item in portal.get("items/?limit=200").json()["items"]:
        assert item["kind"]["scheme"] == "guangdong"
        codes[item["kind"]["value"]] = item["kind"]["code"]
    assert codes["public_service"] == "21"
    assert codes["other_power"] == "20"


def test_an_immediate_item_has_its_limit_in_its_own_unit(portal: Caller) -> None:
    items = portal.get("items/?limit=200").json()["items"]
    limits = {item["promised_limit"]["unit"] for item in items if item["case_kind"] == "immediate"}
    assert limits == {"immediate"}


def test_a_page_costs_the_same_for_3_and_for_30_items(portal: Caller) -> None:
    def statements(limit: int) -> list[str]:
        with CaptureQueriesContext(connection) as found:
            assert len(portal.get(f"items/?limit={limit}").json()["items"]) == limit
        return [query["sql"] for query in found]

    # the client; items with their units; versions in use; their materials
    assert len(statements(3)) == len(statements(30)) == 4


@pytest.mark.parametrize("limit", ["1000000", "6", "5"])
def test_a_page_never_grows_beyond_its_cap(portal: Caller, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(items, "LARGEST_PAGE", 5)
    assert len(portal.get(f"items/?limit={limit}").json()["items"]) == 5


def test_since_gives_only_what_began_and_what_ended(portal: Caller) -> None:
    tomorrow = TODAY + timedelta(days=1)
    assert keys_of(portal.get(f"items/?since={tomorrow}").json()) == []
    end("S001", on=TODAY)
    end("S002", on=tomorrow)
    told = portal.get(f"items/?since={TODAY}").json()
    assert (keys_of(told), told["withdrawn"], told["as_of"]) == ([], ["S001"], "2026-03-10")
    assert "S001" not in keys_of(portal.get("items/?limit=200").json())
    problem_of(portal.get("items/S001/"), 404, "not_found")
    assert portal.get("items/S002/").status_code == 200


def test_since_the_beginning_gives_everything(portal: Caller) -> None:
    first = portal.get("items/?limit=200").json()
    assert keys_of(portal.get("items/?limit=200&since=2000-01-01").json()) == keys_of(first)


def test_an_item_that_was_withdrawn_on_its_first_day_is_a_tombstone(portal: Caller) -> None:
    """A same-day correction leaves the empty period (design decision 3)."""
    version = ItemVersion.objects.get(item__key="S002", valid_during__contains=TODAY)
    end("S002", on=version.valid_during.lower)
    assert portal.get(f"items/?since={TODAY}").json()["withdrawn"] == ["S002"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("since=yesterday", "since_invalid"),
        ("since=2026-02-30", "since_invalid"),
        ("since=%01", "since_invalid"),
        ("limit=0", "limit_invalid"),
        ("limit=-1", "limit_invalid"),
        ("limit=ten", "limit_invalid"),
        ("limit=" + "9" * 5000, "limit_invalid"),
        ("limit=%D9%A3", "limit_invalid"),
        ("cursor=", "cursor_invalid"),
        ("cursor=%01", "cursor_invalid"),
        ("cursor=%E4%BA%8B", "cursor_invalid"),
        ("cursor=JyBPUiAxPTEgLS0", "cursor_invalid"),
        ("page=2", "unknown_parameter"),
        ("page_size=1000000", "unknown_parameter"),
        ("department__slug=health", "unknown_parameter"),
    ],
)
def test_a_parameter_that_can_not_be_used_is_named(portal: Caller, query: str, code: str) -> None:
    told = problem_of(portal.get(f"items/?{query}"), 400, code)
    assert told["errors"][0]["parameter"] == query.split("=")[0]


def test_head_answers_like_get_without_a_body(portal: Caller) -> None:
    response = portal.http.head("/api/v1/items/", headers={"Authorization": portal.key})
    assert (response.status_code, response.content) == (200, b"")
