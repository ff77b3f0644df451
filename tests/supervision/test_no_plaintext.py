"""T38: whoever steals the database, the broker or the log files learns no number, telephone, address, code or password."""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction

from authorization.models import Person
from hall import actions
from hall.actions.intake import query_code_of
from hall.models import Applicant, Case
from hall.states import CaseState
from supervision import doorbell, efficiency, log, moment, papers, protection
from supervision.models import Paper, Record
from supervision.refusals import Forbidden

from ..builders import act, announced, bring, make_applicant, make_clerk, make_leader, make_received_case, staff_client
from ..sealing_office import Office

RING = doorbell._send
ID_NUMBER, PHONE, ADDRESS, AGENT_ID = (
    "440823199003072216",
    "13712340915",
    "城月镇金丝雀路七十七号",
    "440823198805121219",
)
POSTAL = {
    "postal_recipient": "金丝雀丙",
    "postal_phone": "13700007353",
    "postal_address": "遂城镇金丝雀路八十八号",
}
NAMES = ("金丝雀甲", "金丝雀乙")
PASSWORD, SEED = "Canary-Password-7351", "CANARYSEED234567"
# Where a name may stand readable: on the two rows that are erased with the person (PIPL 47).
MAY_NAME = {"hall_applicant", "hall_delivery"}


@pytest.fixture
def secrets_of_a_case(
    office: Office, clock: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[tuple[Case, dict[str, str], str]]:
    """A whole case by an agent, with everything around it: rings to the real broker, a printed paper, a sign-in, a page, a
    refusal, an unmasked value, the figures. Gives the case, its secrets, and all that was written to log files."""
    caplog.set_level("DEBUG")
    broker().flushdb()
    monkeypatch.setattr(doorbell, "_send", RING)
    seed = Person(username="canary", name="测试员")
    seed.otp_secret = protection.seal(SEED, table="authorization_person", column="otp_secret", row=seed.id)
    seed.set_password(PASSWORD)
    with transaction.atomic():
        seed.save(force_insert=True)
        announced(seed)
    case = make_received_case(
        delivery_way="courier",
        applicant=make_applicant(
            name=NAMES[0],
            id_number=ID_NUMBER,
            phone=PHONE,
            address=ADDRESS,
            contact_name=NAMES[1],
            contact_id_number=AGENT_ID,
            **POSTAL,
        ),
    )
    client = staff_client(make_clerk())
    assert client.post(f"/cases/{case.number}/unmask/id_number/", {"reason": "核对证件"}).status_code == 200
    with pytest.raises(Forbidden) as refused:
        act("transfer", case, staff=make_leader())
    log.denied(
        "transfer",
        log.Subject("hall_case", case.id),
        refused.value.refusal,
        actor=make_leader().actor,
        now=moment.now(),
    )
    case = bring(case, CaseState.READY)
    case = actions.hand_out(case.number, staff=make_clerk(), now=moment.now(), recipient=NAMES[1], relation="agent")
    assert papers.render(Paper.objects.filter(subject_id=case.id).latest("issued_at").id, now=moment.now())
    office.seal()
    efficiency.roll_up(now=moment.wall())
    case.refresh_from_db()
    told = {
        "ID number": ID_NUMBER, "telephone": PHONE, "address": ADDRESS, "agent's ID number": AGENT_ID,
        **POSTAL, "query code": query_code_of(case), "password": PASSWORD, "seed": SEED,
    }  # fmt: skip
    yield case, told, caplog.text
    broker().flushdb()


def broker() -> Any:
    return redis.Redis.from_url(settings.REDIS_URL)


def spellings(secret: str) -> list[str]:
    """The ways in which a value can be read out of a dump: as it is, as bytes, or guessed from an unsalted hash."""
    raw = secret.encode()
    hashes = [hashlib.new(name, raw, usedforsecurity=False).hexdigest() for name in ("md5", "sha1", "sha256", "sm3")]
    return [secret, raw.hex(), base64.b64encode(raw).decode().rstrip("="), json.dumps(secret)[1:-1], *hashes]


def rows() -> Iterator[tuple[str, str]]:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row::text FROM "{table}" AS row')
            yield from ((table, text) for (text,) in cursor.fetchall())


def found_in(text: str, secret: str) -> bool:
    return any(spelling in text for spelling in spellings(secret))


def broker_contents() -> str:
    """Everything in Valkey: messages of the worker, the cache of the pages."""
    valkey = broker()
    told = []
    for key in valkey.scan_iter():
        reader = {
            b"list": lambda k: valkey.lrange(k, 0, -1),
            b"hash": valkey.hgetall,
            b"set": valkey.smembers,
            b"string": valkey.get,
        }
        read = reader.get(valkey.type(key), lambda k: valkey.zrange(k, 0, -1))
        told.append(f"{key!r} {read(key)!r}")
    return "\n".join(told)


@pytest.mark.ids("T38")
def test_no_table_holds_a_readable_secret(secrets_of_a_case: Any) -> None:
    _, told, _ = secrets_of_a_case
    everything = list(rows())
    assert {table for table, _ in everything} >= {
        "hall_applicant",
        "supervision_paper",
        "supervision_paperfile",
        "hall_staffsession",
    }
    faults = {(what, table) for table, row in everything for what, secret in told.items() if found_in(row, secret)}
    assert not faults


@pytest.mark.ids("T38", "T43")
def test_a_name_stands_only_on_rows_that_are_erased_with_the_person(secrets_of_a_case: Any) -> None:
    where = {table for table, row in rows() for name in NAMES if found_in(row, name)}
    assert where == MAY_NAME


@pytest.mark.ids("T38", "T43")
def test_no_record_says_anything_about_a_citizen(secrets_of_a_case: Any) -> None:
    """Records are never erased: they hold salted commitments, which tell nothing once the salt is gone (trust 2, trap 7)."""
    _, told, _ = secrets_of_a_case
    bodies = [bytes(record.body).decode() for record in Record.objects.all()]
    assert {"receive", "denied", "unmask", "hand_out", "paper_rendered"} <= {
        json.loads(body)["kind"] for body in bodies
    }
    secrets = [*told.values(), *NAMES]
    assert not [body for body in bodies for secret in secrets if found_in(body, secret)]


@pytest.mark.ids("T38", "T45")
def test_neither_the_broker_nor_the_log_files_hear_a_secret(secrets_of_a_case: Any) -> None:
    case, told, written = secrets_of_a_case
    heard = broker_contents()
    assert "supervision.render_papers" in heard  # messages name the task, and nothing else
    for what, secret in [*told.items(), ("name", NAMES[0]), ("agent", NAMES[1]), ("case", case.number)]:
        assert not found_in(heard, secret), what
    for what, secret in [*told.items(), ("name", NAMES[0]), ("agent", NAMES[1])]:
        assert not found_in(written, secret), what


@pytest.mark.ids("T38", "T43")
def test_the_commitments_prove_what_was_entered_as_long_as_the_salt_is_there(secrets_of_a_case: Any) -> None:
    case, _, _ = secrets_of_a_case
    first = json.loads(bytes(log.records_of("hall_case", case.id)[0].body))["facts"]["applicant"]
    applicant = Applicant.objects.get(pk=case.applicant_id)
    entered = {"id_number": ID_NUMBER, "phone": PHONE, "address": ADDRESS, "contact_id_number": AGENT_ID}
    for column, value in entered.items():
        assert first[column] == protection.commitment(getattr(applicant, column), value)
    assert first["name"] == protection.commitment(applicant.id_number, NAMES[0])
    assert first["phone"] != protection.commitment(applicant.phone, "13712340916")


def test_the_hunt_finds_what_is_there(secrets_of_a_case: Any) -> None:
    """A hunt that can't find anything would never fail."""
    _, told, _ = secrets_of_a_case
    with connection.cursor() as cursor:
        cursor.execute("UPDATE supervision_subscription SET name = %s", [f"x{told['telephone']}"])
    assert ("telephone", "supervision_subscription") in {
        (what, table) for table, row in rows() for what, secret in told.items() if found_in(row, secret)
    }
