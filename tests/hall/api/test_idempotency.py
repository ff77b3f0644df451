"""One effect for each key: repeated, raced, broken off, with another body."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hall.api import idempotency
from hall.models import Case, IdempotentAnswer
from supervision import prepared
from supervision.models import Record
from tests import builders
from tests.hall.api.caller import ID_NUMBER, Caller, application, make_caller, problem_of

pytestmark = [pytest.mark.ids("T31", "T32", "T58"), pytest.mark.django_db]


def test_a_key_is_needed(portal: Caller) -> None:
    told = problem_of(portal.post("cases/", application()), 400, "idempotency_key_missing")
    assert told["errors"][0]["header"] == "Idempotency-Key"


@pytest.mark.parametrize("key", ["x" * 121, "with space", "钥匙", '""', "a\x00b"])
def test_a_key_of_another_shape(portal: Caller, key: str) -> None:
    response = portal.submit(key=key.encode().decode("latin-1"))
    problem_of(response, 400, "idempotency_key_invalid")


def test_the_same_request_gets_the_same_answer(portal: Caller) -> None:
    body = application()
    first, second = portal.submit(body, key="k-1"), portal.submit(body, key="k-1")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["Location"] == second.headers["Location"]
    assert Case.objects.count() == Record.objects.filter(kind="submit").count() == 1


def test_a_key_in_quotes_is_the_same_key(portal: Caller) -> None:
    """The draft writes it as a structured field, most programs do not."""
    body = application()
    assert portal.submit(body, key='"k-1"').content == portal.submit(body, key="k-1").content


def test_the_same_key_for_another_body(portal: Caller) -> None:
    body = application()
    assert portal.submit(body, key="k-1").status_code == 201
    problem_of(portal.submit(body | {"delivery_way": "courier"}, key="k-1"), 422, "idempotency_key_reused")
    problem_of(portal.submit({"nothing": 1}, key="k-1"), 422, "idempotency_key_reused")
    assert Case.objects.count() == 1


def test_the_answer_stays_whatever_happens_to_the_case(portal: Caller) -> None:
    body = application()
    first = portal.submit(body, key="k-1")
    builders.act("receive", Case.objects.select_related("item").get(number=first.json()["number"]))
    assert portal.submit(body, key="k-1").content == first.content


def test_two_clients_may_use_the_same_key(portal: Caller) -> None:
    body = application()
    numbers = {caller.submit(body, key="k-1").json()["number"] for caller in (portal, make_caller("other-portal"))}
    assert len(numbers) == 2


def test_a_refusal_is_not_kept(portal: Caller) -> None:
    """The client mends its request and uses the same key."""
    body = application()
    problem_of(portal.submit(body | {"item": "NOTHING"}, key="k-1"), 400, "unknown_item")
    problem_of(portal.submit(body | {"applicant": {}}, key="k-1"), 400, "invalid")
    assert IdempotentAnswer.objects.count() == 0
    assert portal.submit(body, key="k-1").status_code == 201


@pytest.mark.ids("T38")
def test_the_kept_answer_is_sealed_and_its_fingerprint_keyed(portal: Caller) -> None:
    told = portal.submit(application(), key="k-1").json()
    row = IdempotentAnswer.objects.get()
    stored = json.dumps(row.body) + row.fingerprint
    assert told["query_code"] not in stored
    assert told["number"] not in stored
    assert ID_NUMBER not in stored
    assert len(row.fingerprint) == 64


@pytest.mark.django_db(transaction=True)
def test_a_request_that_breaks_off_before_the_end_leaves_the_key_free(
    portal: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = application()
    with monkeypatch.context() as patch:
        patch.setattr("hall.actions.intake.write", _breaks)
        problem_of(portal.submit(body, key="k-1"), 500, "internal_error")
    assert (Case.objects.count(), IdempotentAnswer.objects.count()) == (0, 0)
    assert portal.submit(body, key="k-1").status_code == 201


def _breaks(*parts: object) -> None:
    raise KeyError("power cut")


@pytest.mark.django_db(transaction=True)
def test_while_one_is_at_work_the_other_is_told_to_come_back(portal: Caller) -> None:
    """The lock is held by another connection, so the answer is at once 409, not a wait."""
    body, held, done = application(), Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                assert idempotency.claim(idempotency.Attempt(portal.row, "k-1", "")) is None
                held.set()
                done.wait(20)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(hold)
        assert held.wait(20)
        response = portal.submit(body, key="k-1")
        problem_of(response, 409, "request_in_progress")
        assert response.headers["Retry-After"] == "1"
        assert portal.submit(application(), key="k-2").status_code == 201
        done.set()
        working.result()
    assert portal.submit(body, key="k-1").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_one_case(portal: Caller) -> None:
    """Each gets the one answer or is told to come back; whoever comes back gets it, too."""
    body, start = application(), Barrier(20)

    def send(_: int) -> tuple[int, bytes]:
        try:
            start.wait(30)
            response = Caller(portal.row, portal.secret).submit(body, key="k-1")
            return response.status_code, response.content
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert {status for status, _ in answers} <= {201, 409}
    assert len({content for status, content in answers if status == 201}) == 1
    assert portal.submit(body, key="k-1").content in {content for _, content in answers}
    assert Case.objects.count() == IdempotentAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_source_number_under_ten_keys_at_once_makes_one_case(portal: Caller) -> None:
    body, start = application(), Barrier(10)

    def send(place: int) -> int:
        try:
            start.wait(30)
            return Caller(portal.row, portal.secret).submit(body, key=f"k-{place}").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        statuses = sorted(pool.map(send, range(10)))
    assert statuses == [201] + [409] * 9
    assert Case.objects.count() == 1


def test_case_and_answer_are_one_statement_and_the_lock_comes_first(portal: Caller) -> None:
    """Design 2: (1) the lock, which takes no transaction id; (5) one writing statement with the answer in it (6)."""
    with CaptureQueriesContext(connection) as found:
        assert portal.submit().status_code == 201
    said = [prepared.text_of(query["sql"]) for query in found]
    own = [sql for sql in said if not sql.startswith(("SAVEPOINT", "RELEASE"))]
    start = next(place for place, sql in enumerate(own) if "hall_claim" in sql)
    assert "hall_apiclient" in own[start - 1]
    writing = [sql for sql in own[start:] if "INSERT" in sql]
    assert [
        ("supervision_counter" in sql, "hall_case" in sql and "hall_idempotentanswer" in sql) for sql in writing
    ] == [
        (True, False),
        (False, True),
    ]
