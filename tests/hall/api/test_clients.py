"""Who may call: a program with its key, while it is in use, for what its scopes say."""

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as NoBroker

from hall.api import edge
from tests.hall.api.caller import Caller, denials, held, make_caller, problem_of, save

pytestmark = [pytest.mark.ids("T12", "T29"), pytest.mark.django_db]

CALLS = [
    ("get", "items/", "items:read"),
    ("get", "items/S001/", "items:read"),
    ("post", "cases/", "cases:submit"),
    ("get", "cases/031202603101000012/progress/", "cases:read"),
]


def call(caller: Caller, method: str, path: str, **headers: str):
    return caller.get(path, **headers) if method == "get" else caller.post(path, {}, **headers)


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_without_a_key_nothing_answers(method: str, path: str, scope: str) -> None:
    response = held(getattr(Client(), method)(f"/api/v1/{path}"))
    problem_of(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert denials() == []


@pytest.mark.parametrize(("method", "path", "scope"), CALLS)
def test_each_operation_needs_its_own_scope(method: str, path: str, scope: str) -> None:
    caller = make_caller(scopes=tuple({"items:read", "cases:submit", "cases:read"} - {scope}))
    told = problem_of(call(caller, method, path), 403, "scope_missing")
    assert scope in told["detail"]
    assert [denial["facts"]["code"] for denial in denials()] == ["scope_missing"]


@pytest.mark.parametrize(
    ("key", "cause"),
    [
        ("Bearer city-portal.{wrong}", "wrong_secret"),
        ("Bearer other-portal.{secret}", "unknown_client"),
        ("Bearer nobody.{secret}", "unknown_client"),
        ("Bearer {secret}", "malformed"),
        ("Bearer city-portal.", "malformed"),
        ("Bearer city-portal.{secret} ", None),
        ("bearer city-portal.{secret}", None),
        ("Basic Y2l0eS1wb3J0YWw6eA==", "malformed"),
        ("Bearer city-portal.{secret}\x00", "malformed"),
        ("Bearer ' OR 1=1 --.{secret}", "malformed"),
        ("Bearer " + "x" * 9000 + ".{secret}", "malformed"),
        ("Bearer 门户.{secret}", "malformed"),
    ],
)
def test_only_the_right_key_opens(portal: Caller, key: str, cause: str | None) -> None:
    wrong = portal.secret[:-1] + ("a" if portal.secret[-1] != "a" else "b")
    header = key.format(secret=portal.secret, wrong=wrong).encode().decode("latin-1")
    response = held(Client().get("/api/v1/items/?limit=1", headers={"Authorization": header}))
    if cause is None:
        assert response.status_code == 200
        return
    told = problem_of(response, 401, "credentials_invalid")
    assert [denial["facts"]["code"] for denial in denials()] == [cause]
    assert portal.secret not in str(denials()) + str(told)


def test_every_wrong_key_is_answered_alike(portal: Caller) -> None:
    """Nobody learns whether a client exists or was switched off."""
    off = make_caller("switched-off", active=False)
    keys = [off.key, f"Bearer {portal.row.client_id}.{off.secret}", f"Bearer nobody.{off.secret}"]
    answers = {Client().get("/api/v1/items/", headers={"Authorization": key}).content for key in keys}
    assert len(answers) == 1


def test_a_client_that_is_switched_off_is_out_at_once(portal: Caller) -> None:
    assert portal.get("items/?limit=1").status_code == 200
    portal.row.is_active = False
    save(portal.row)
    problem_of(portal.get("items/?limit=1"), 401, "credentials_invalid")
    assert [denial["facts"]["code"] for denial in denials()] == ["client_inactive"]


def test_a_secret_moved_to_another_client_does_not_open(portal: Caller) -> None:
    """T39: the envelope is bound to its row."""
    thief = make_caller("thief")
    thief.row.secret = portal.row.secret
    save(thief.row)
    response = held(thief.http.get("/api/v1/items/", headers={"Authorization": f"Bearer thief.{portal.secret}"}))
    problem_of(response, 500, "internal_error")


@pytest.mark.ids("T08")
def test_the_log_names_the_peer_not_what_a_header_claims(portal: Caller) -> None:
    portal.submit({"item": "nothing"}, X_Forwarded_For="10.9.8.7", X_Real_IP="10.9.8.7")
    caller = make_caller("reader", scopes=())
    caller.get("items/", X_Forwarded_For="10.9.8.7")
    assert denials()[-1]["actor"] == {"name": "市政务服务网", "client": "reader", "terminal": "127.0.0.1"}


def test_nobody_without_a_key_can_fill_the_log(empty_cache: None, portal: Caller) -> None:
    for _ in range(edge.MOST_BAD_KEYS + 5):
        response = Client().get("/api/v1/items/", headers={"Authorization": "Bearer nobody.0123456789abcdef"})
        assert response.status_code == 401
    assert len(denials()) == edge.MOST_BAD_KEYS
    assert portal.get("items/?limit=1").status_code == 200


@pytest.mark.ids("T60")
def test_bad_keys_are_refused_and_recorded_without_the_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*args: object) -> None:
        raise NoBroker

    monkeypatch.setattr(cache, "add", gone)
    response = Client().get("/api/v1/items/", headers={"Authorization": "Bearer nobody.0123456789abcdef"})
    problem_of(response, 401, "credentials_invalid")
    assert len(denials()) == 1
