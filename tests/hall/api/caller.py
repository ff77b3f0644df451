"""A program that calls the API, as a test sees it: every answer is held against the published schema."""

import json
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from jsonschema import Draft202012Validator

from hall.api.schema import described
from hall.models import ApiClient
from supervision import protection
from supervision.models import Record
from tests import builders

PROBLEM = "application/problem+json"
ALL_SCOPES = ("items:read", "cases:submit", "cases:read")
ID_NUMBER, CREDIT_CODE = "440823199003072212", "91440823MA4X2B3C1Q"
_serial = count(1)


@dataclass
class Caller:
    """One registered program with its secret. `get` and `post` send its key along."""

    row: ApiClient
    secret: str
    http: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    @property
    def key(self) -> str:
        return f"Bearer {self.row.client_id}.{self.secret}"

    def get(self, path: str, **headers: str) -> HttpResponse:
        return held(self.http.get(f"/api/v1/{path}", headers={"Authorization": self.key} | _named(headers)))

    def post(self, path: str, body: Any, **headers: str) -> HttpResponse:
        """`body` is sent as JSON, bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Authorization": self.key} | _named(headers)
        return held(self.http.post(f"/api/v1/{path}", raw, content_type="application/json", headers=sent))

    def submit(self, body: Any = None, key: str = "", **headers: str) -> HttpResponse:
        """File a case under a key of its own unless one is given."""
        sent = {"Idempotency-Key": key or secrets.token_hex(8)} | _named(headers)
        return self.post("cases/", application() if body is None else body, **sent)


def make_caller(client_id: str = "city-portal", scopes: tuple[str, ...] = ALL_SCOPES, *, active: bool = True) -> Caller:
    secret = secrets.token_urlsafe(32)
    row = ApiClient(
        client_id=client_id, name="市政务服务网", scopes=list(scopes), key_id=f"{client_id}-1", is_active=active
    )
    row.secret = protection.seal(secret, table="hall_apiclient", column="secret", row=row.id)
    save(row)
    return Caller(row, secret)


def save(row: ApiClient) -> None:
    """Written as a verb of the office would: announced in the same transaction."""
    with transaction.atomic():
        row.save()
        builders.announced(row)


def application(item: str = builders.ITEM, **given: Any) -> dict[str, Any]:
    """A complete application as a portal sends it."""
    handed = builders.handed_in_full(builders.version_of(item))
    body = {
        "item": item,
        "applicant": applicant(),
        "materials": [
            {"seq": row.seq, "originals": row.originals, "copies": row.copies, "electronic": row.electronic}
            for row in handed
        ],
        "delivery_way": "counter",
        "source_number": f"P-{next(_serial)}",
    }
    return body | given


def applicant(**given: Any) -> dict[str, Any]:
    typed = {"kind": "natural_person", "name": "吴晓明", "id_number": ID_NUMBER, "phone": "13700000915"}
    return typed | given


def held(response: HttpResponse) -> HttpResponse:
    """The answer, after it was held against the schema of its operation; errors against the shape of all errors."""
    kind = response.headers["Content-Type"]
    if response.status_code >= 400:
        assert kind == PROBLEM, (response.status_code, kind)
    shape = _shape(response)
    if shape is not None:
        _validator(shape).validate(response.json())
    return response


def problem_of(response: HttpResponse, status: int, code: str) -> dict[str, Any]:
    """The problem of an answer with this status and code."""
    assert (response.status_code, response.json()["code"]) == (status, code), response.content.decode()
    assert response.headers["Content-Type"] == PROBLEM
    told: dict[str, Any] = response.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    return told


def pointers_of(told: dict[str, Any]) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in told["errors"]}


def denials() -> list[dict[str, Any]]:
    """What the log says of refused requests, oldest first."""
    rows = Record.objects.filter(kind="denied", subject_table="hall_apiclient").order_by("id")
    return [json.loads(bytes(row.body)) for row in rows]


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _shape(response: HttpResponse) -> str | None:
    """The name of the schema that the document gives for this operation and status."""
    request = response.wsgi_request  # type: ignore[attr-defined]
    match = request.resolver_match
    if match is None or match.url_name in ("api_schema", "api_docs"):
        return "ProblemOut" if response.status_code >= 400 else None
    path = "/" + match.route.replace("<slug:", "{").replace(">", "}")
    operation = described()["paths"][path].get(request.method.lower())
    if operation is None:
        return "ProblemOut"
    documented = operation["responses"].get(str(response.status_code))
    assert documented is not None, f"{response.status_code} of {path} is not documented"
    reference: str = documented["content"][response.headers["Content-Type"]]["schema"]["$ref"]
    return reference.rsplit("/", 1)[1]


@lru_cache
def _validator(shape: str) -> Draft202012Validator:
    document = described()
    return Draft202012Validator({"$ref": f"#/components/schemas/{shape}", "components": document["components"]})
