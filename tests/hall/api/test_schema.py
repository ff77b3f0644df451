"""The description of the API is the API: every address in it, nothing beside it, every error told."""

import json
from collections.abc import Iterator

import pytest
import yaml
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from jsonschema import Draft202012Validator

from hall.config.access import ACCESS

pytestmark = pytest.mark.ids("T35")
ALLOWED = {"/api/v1/schema/", "/api/v1/docs/"}
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict:
    response = Client().get("/api/v1/schema/")
    assert (response.status_code, response.headers["Content-Type"]) == (200, "application/json")
    told: dict = response.json()
    return told


def addresses() -> Iterator[tuple[str, URLPattern]]:
    """Every address under /api/ that the resolver knows."""

    def walk(patterns: list, prefix: str) -> Iterator[tuple[str, URLPattern]]:
        for pattern in patterns:
            path = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, path)
            elif path.startswith("/api/"):
                yield path.replace("<slug:", "{").replace(">", "}"), pattern

    return walk(get_resolver().url_patterns, "/")


def test_the_resolver_knows_what_the_schema_tells_and_no_more(document: dict) -> None:
    served = {
        (path, method)
        for path, pattern in addresses()
        if path not in ALLOWED
        for method in METHODS
        if hasattr(pattern.callback.cls, method)  # type: ignore[attr-defined]
    }
    told = {
        (path, method) for path, operations in document["paths"].items() for method in operations if method in METHODS
    }
    assert served == told


def test_every_address_stands_in_the_access_table() -> None:
    rules = {path: ACCESS[str(pattern.name)] for path, pattern in addresses()}
    assert {rule for path, rule in rules.items() if path not in ALLOWED} == {"client"}
    assert {rules[path] for path in ALLOWED} == {"public"}


def test_every_operation_needs_the_key_and_tells_its_errors(document: dict) -> None:
    assert document["components"]["securitySchemes"]["client"]["scheme"] == "bearer"
    for operations in document["paths"].values():
        for operation in operations.values():
            assert operation["security"] == [{"client": []}]
            assert {"400", "401", "403", "406", "500", "503"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                kinds = set(response["content"])
                assert kinds == ({"application/problem+json"} if status >= "400" else {"application/json"})


def test_objects_that_come_in_take_no_unknown_fields(document: dict) -> None:
    shapes = document["components"]["schemas"]
    for name in ("ApplicationIn", "ApplicantIn", "MaterialIn"):
        assert shapes[name]["additionalProperties"] is False
        Draft202012Validator.check_schema(shapes[name])


def test_the_version_is_3_1_and_yaml_says_the_same(document: dict) -> None:
    assert document["openapi"] == "3.1.0"
    response = Client().get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi"})
    assert yaml.safe_load(response.content) == document


@pytest.mark.parametrize("query", ["version=%0d%0aSet-Cookie:x", "lang=../../etc", "format=exe", "lang=%01"])
def test_the_schema_takes_no_hint_from_outside(document: dict, query: str) -> None:
    response = Client().get(f"/api/v1/schema/?{query}")
    assert response.status_code in (200, 404)
    if response.status_code == 200:
        assert json.loads(response.content) == document


@pytest.mark.ids("T09")
def test_the_page_has_nothing_inline() -> None:
    response = Client().get("/api/v1/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "<style" not in page
    assert all(tag.startswith("src=") for tag in page.split("<script ")[1:])
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy
