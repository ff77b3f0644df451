"""Whatever is sent, the answer is one of ours: filed, or a problem with a code. Never a 5xx, never an echo of a person."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hall.models import Case
from tests.hall.api.caller import ID_NUMBER, PROBLEM, Caller, applicant, application

pytestmark = [pytest.mark.ids("T14", "T15", "T18"), pytest.mark.django_db]
TIMES = settings(max_examples=60, suppress_health_check=list(HealthCheck))

NASTY = [
    "\x00", "a\x00b", "\u202eabc", "\u2066x\u2069", "\ud800", "\udfff\ud800", "\ufeff", "\uffff", "😀" * 50, "𠮷野家",
    "x" * 1_000_000, "' OR 1=1 --", "'; DROP TABLE hall_case; --", "{{7*7}}", "{% include 'x' %}", "{0.__class__}", "%(x)s", "%s%n",
    "<script>alert(1)</script>", "=1+1", "../../etc/passwd", "\r\nSet-Cookie: x=1", "１２３", "٣", "İ", "ﷺ" * 18, "", " ",
    "4" * 18, "1" * 5000, "-1", "NaN", "null", "true", "__class__", "$where",
]  # fmt: skip
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**40), 10**40), st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(NASTY), st.text(max_size=60),
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["item", "applicant", "materials", "delivery_way", "source_number", "extra", "__proto__"]
INNER = ["kind", "name", "id_number", "phone", "address", "contact_name", "contact_id_number", "id", "extra"]


def answered(portal: Caller, body: Any, key: str = "") -> None:
    cases = Case.objects.count()
    response = portal.submit(body, key=key)
    assert response.status_code < 500, response.content.decode()
    if response.status_code == 201:
        assert Case.objects.count() == cases + 1
    else:
        assert response.headers["Content-Type"] == PROBLEM
        assert Case.objects.count() == cases
        assert ID_NUMBER not in response.content.decode()


@TIMES
@given(place=st.sampled_from(FIELDS), value=values)
def test_anything_in_place_of_a_field(portal: Caller, place: str, value: Any) -> None:
    answered(portal, application() | {place: value})


@TIMES
@given(place=st.sampled_from(INNER), value=values)
def test_anything_in_place_of_a_field_of_the_applicant(portal: Caller, place: str, value: Any) -> None:
    answered(portal, application(applicant=applicant() | {place: value}))


@TIMES
@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from(["seq", "originals", "copies", "electronic", "id"]), leaves), max_size=6
    )
)
def test_anything_as_materials(portal: Caller, rows: list[Any]) -> None:
    answered(portal, application(materials=rows))


@TIMES
@given(body=values)
def test_any_json_at_all(portal: Caller, body: Any) -> None:
    answered(portal, body)


@TIMES
@given(body=st.binary(max_size=300))
def test_any_bytes_at_all(portal: Caller, body: bytes) -> None:
    answered(portal, body)


@TIMES
@given(body=st.binary(min_size=1, max_size=40), place=st.integers(0, 400))
def test_a_good_body_with_bytes_thrown_in(portal: Caller, body: bytes, place: int) -> None:
    good = json.dumps(application(), ensure_ascii=False).encode()
    answered(portal, good[:place] + body + good[place:])


@TIMES
@given(key=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), min_size=1, max_size=200))
def test_any_key(portal: Caller, key: str) -> None:
    answered(portal, application(), key=key)


@TIMES
@given(
    query=st.dictionaries(
        st.sampled_from(["since", "cursor", "limit", "page"]) | st.text(max_size=8),
        st.sampled_from(NASTY).filter(lambda text: len(text) < 9999 and text.isprintable()) | st.text(max_size=20),
        max_size=3,
    )
)
def test_any_query(portal: Caller, query: dict[str, str]) -> None:
    plain = {name.encode(errors="replace"): text.encode(errors="replace") for name, text in query.items()}
    response = portal.http.get("/api/v1/items/", plain, headers={"Authorization": portal.key})
    assert response.status_code in (200, 400)


@TIMES
@given(path=st.text(max_size=40))
def test_any_address(portal: Caller, path: str) -> None:
    for start in ("", "items/", "cases/"):
        address = f"/api/v1/{start}{quote(path.encode(errors='replace'))}/progress/"
        response = portal.http.get(address, headers={"Authorization": portal.key})
        assert response.status_code in (400, 404, 405)
