"""One shape for every error, and nothing of the inside in it."""

import json
import logging

import pytest
from django.db import OperationalError
from django.test import Client

from catalog import queries as catalog
from hall.config.access import AccessMiddleware
from hall.models import Case
from tests.hall.api.caller import PROBLEM, Caller, application, problem_of

pytestmark = [pytest.mark.ids("T09", "T18"), pytest.mark.django_db]


def test_an_address_that_does_not_exist(portal: Caller) -> None:
    for path in ("", "nothing/", "items/S001/extra/", "cases/031202603101000012/", "items/a%20b/"):
        problem_of(portal.get(path), 404, "not_found")
    problem_of(portal.get("items/%00/"), 400, "bad_request")
    response = Client().get("/api/v2/items/")
    assert (response.status_code, response.headers["Content-Type"]) == (404, PROBLEM)


def test_an_address_without_its_slash_leads_on_and_keeps_the_method(portal: Caller) -> None:
    """A 301 would turn the POST into a GET and lose the case."""
    sent = {"Authorization": portal.key, "Idempotency-Key": "k-1"}
    kind = "application/json"
    response = portal.http.post("/api/v1/cases", json.dumps(application()), content_type=kind, headers=sent)
    assert (response.status_code, response.headers["Location"]) == (308, "/api/v1/cases/")
    response = portal.http.post(
        "/api/v1/cases", json.dumps(application()), content_type=kind, headers=sent, follow=True
    )
    assert response.status_code == 201


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_a_method_that_is_not_documented(portal: Caller, method: str) -> None:
    response = getattr(portal.http, method)("/api/v1/items/", headers={"Authorization": portal.key})
    problem_of(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD"


def test_a_method_can_not_be_smuggled_in_a_header(portal: Caller) -> None:
    response = portal.submit(application(), X_HTTP_Method_Override="DELETE")
    assert response.status_code == 201


def test_an_answer_that_is_not_json(portal: Caller) -> None:
    problem_of(portal.get("items/", Accept="text/html"), 406, "not_acceptable")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_body_that_is_not_json(portal: Caller, kind: str) -> None:
    headers = {"Authorization": portal.key, "Idempotency-Key": "k"}
    response = portal.http.post("/api/v1/cases/", b"a=1", content_type=kind, headers=headers)
    problem_of(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"nothing", b'{"item": NaN}', b'{"item": Infinity}', b'{"item": "S001", "item": "S002"}', b"\xff\xfe{\x00}\x00",
        b'{"item": "\xe9"}', b"[" * 100_000, b'{"a":' * 100_000, b'{"\\ud800": 1}', b"1" * 5000,
    ],
)  # fmt: skip
def test_a_body_that_is_broken_json(portal: Caller, body: bytes) -> None:
    problem_of(portal.submit(body), 400, "parse_error")


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"12", b"true"])
def test_a_body_that_is_no_object(portal: Caller, body: bytes) -> None:
    assert portal.submit(body).status_code == 400


def test_a_body_beyond_the_limit_is_not_read(portal: Caller) -> None:
    body = application(source_number="x" * 3 * 1024 * 1024)
    problem_of(portal.submit(body), 413, "body_too_large")


def test_a_long_list_of_faults_is_cut(portal: Caller) -> None:
    body = application() | {f"field-{n}" + "x" * 500: n for n in range(400)}
    told = problem_of(portal.submit(body), 400, "invalid")
    assert len(told["errors"]) == 50
    assert max(len(fault["pointer"]) for fault in told["errors"]) < 220


def test_an_error_inside_tells_nothing_but_a_number(
    portal: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*args: object, **named: object) -> None:
        raise KeyError("the secret name of a column")

    monkeypatch.setattr(catalog, "feed", breaks)
    with caplog.at_level(logging.ERROR):
        response = portal.get("items/")
    told = problem_of(response, 500, "internal_error")
    assert "secret name" not in response.content.decode()
    assert told["instance"] in caplog.text


def test_an_error_before_any_view_is_told_the_same_way(portal: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: object) -> None:
        raise KeyError("the secret name of a column")

    monkeypatch.setattr(AccessMiddleware, "process_view", breaks)
    response = portal.get("items/")
    assert problem_of(response, 500, "internal_error")["instance"].startswith("urn:uuid:")
    assert "secret name" not in response.content.decode()


@pytest.mark.ids("T62")
def test_a_lost_database_asks_to_come_back(portal: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*args: object, **named: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(catalog, "feed", breaks)
    response = portal.get("items/")
    problem_of(response, 503, "store_unavailable")
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.ids("T08")
def test_a_forged_host_is_refused(portal: Caller) -> None:
    response = portal.http.get("/api/v1/items/", headers={"Authorization": portal.key, "Host": "evil.example"})
    problem_of(response, 400, "bad_request")


def test_answers_are_never_kept(portal: Caller) -> None:
    for response in (portal.get("items/?limit=1"), portal.get("nothing/")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_refused_requests_write_no_case(portal: Caller) -> None:
    before = Case.objects.count()
    portal.submit({"item": "S001"})
    portal.submit(application() | {"item": "NOTHING"})
    assert Case.objects.count() == before
