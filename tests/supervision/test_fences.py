"""Whatever a program does as hall_app, a record stays and a guarded row changes only together with its record (T47, T48).

The tests of T48 commit for real, because the guard speaks at the commit.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from catalog.models import ItemVersion, MaterialRequirement
from hall.models import Case
from supervision import log, moment, papers
from supervision.ledger.canonical import digest
from supervision.models import Paper, Record
from supervision.sealing.opening import RECOVERY_SUBJECT
from supervision.writing import Change, write
from tests import builders, database
from tests.outages import closed_log
from tests.sealing_office import administrator
from tests.together import in_threads

TAMPERING = {
    "update": "UPDATE supervision_record SET kind = 'accept'",
    "delete": "DELETE FROM supervision_record",
    "truncate": "TRUNCATE supervision_record",
    "truncate in passing": "TRUNCATE supervision_record CASCADE",
    "upsert": "INSERT INTO supervision_record (subject_table, subject_id, seq, kind, to_state, unit, occurred_at, schema_version,"
    " hash_algorithm, body) SELECT subject_table, subject_id, seq, kind, to_state, unit, occurred_at, schema_version,"
    " hash_algorithm, body FROM supervision_record ON CONFLICT (subject_table, subject_id, seq) DO UPDATE SET kind = 'accept'",
    "copy": "COPY supervision_record (kind) FROM PROGRAM 'true'",
    "replica role": "SET session_replication_role = replica",
    "disabled trigger": "ALTER TABLE supervision_record DISABLE TRIGGER ALL",
    "dropped trigger": "DROP TRIGGER supervision_record_frozen ON supervision_record",
    "replaced function": "CREATE OR REPLACE FUNCTION supervision_refuse() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NULL; END'",
    "other role": "SET ROLE hall_owner",
}
FORGED = "INSERT INTO supervision_record ({column}, subject_table, subject_id, kind, occurred_at, body) VALUES ({value}, 'x', %s, 'x', %s, '')"


def run(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@contextmanager
def refused(constraint: str) -> Iterator[None]:
    """A transaction of its own that the database refuses, at the latest when it commits, by this constraint."""
    with pytest.raises(IntegrityError) as fault, transaction.atomic():
        yield
    assert fault.value.__cause__.diag.constraint_name == constraint


def next_record(case: Case, *, to_state: str) -> Record:
    subject = log.subject_of(case)
    return log.entry(
        "forged", subject, actor=log.SYSTEM, now=moment.now(), from_state=case.state, to_state=to_state
    ).record


def record_after(record: Record, *, to_state: str) -> Record:
    """One more of the same subject, whose row need not know of the one before."""
    assert record.seq
    subject = log.Subject(record.subject_table, record.subject_id, record.seq, digest(bytes(record.body)))
    return log.entry(
        "forged", subject, actor=log.SYSTEM, now=record.occurred_at, from_state=record.to_state, to_state=to_state
    ).record


def guarded_tables() -> set[str]:
    """The tables whose guard is deferred to the commit and fires whatever the session says."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE proname = tgrelid::regclass || '_guard' AND tgenabled = 'A' AND tgdeferrable AND tginitdeferred"
        )
        return {name for (name,) in cursor.fetchall()}


# T47: records --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("way", TAMPERING)
def test_the_application_can_not_tamper_with_records(db: None, way: str) -> None:
    """T47: update, delete, truncate, upsert, copy, replica role, and the ways to lift the fence itself."""
    builders.make_received_case()
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner|must have privileges"),
        transaction.atomic(),
    ):
        run(TAMPERING[way])


@pytest.mark.parametrize(("column", "value"), [("xid", "'1'"), ("recorded_at", "'2020-01-01'"), ("id", "1")])
def test_the_application_names_neither_transaction_nor_time_nor_number_of_a_record(
    db: None, column: str, value: str
) -> None:
    """T47, T48: a forged `xid` would let a record of another transaction stand for this one."""
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run(FORGED.format(column=column, value=value), uuid.uuid4(), moment.now())


@pytest.mark.parametrize(
    "statement",
    ["UPDATE supervision_record SET kind = 'x'", "DELETE FROM supervision_record", "TRUNCATE supervision_record"],
)
def test_even_an_administrator_in_the_replica_role_meets_the_fence(db: None, statement: str) -> None:
    """T47: `ENABLE ALWAYS` triggers do not care for session_replication_role."""
    name = connection.settings_dict["NAME"]
    with (
        closing(psycopg2.connect(database.url("HALL_ADMIN_URL", name))) as administrator,
        administrator.cursor() as cursor,
    ):
        cursor.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg2.IntegrityError) as fault:
            cursor.execute(statement)
        assert fault.value.diag.constraint_name == "row_is_frozen"


def test_nothing_cascades_into_the_log(db: None) -> None:
    """T47: a foreign key would be a way to delete records by deleting something else."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = 'supervision_record'::regclass"
        )
        assert cursor.fetchall() == []


def test_every_row_that_names_a_record_is_guarded(db: None) -> None:
    """T48: a table with `record_seq` but without the guard would be a way around the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.columns WHERE column_name = 'record_seq'")
        naming = {name for (name,) in cursor.fetchall()}
    assert naming == guarded_tables() >= {"hall_case", "authorization_letter", "supervision_clock"}


# T49: what a record may say ------------------------------------------------------------------------------------------------
MISSPELLED: dict[str, Callable[[str], str]] = {
    "an instant without its fraction": lambda text: text.replace('.000000Z"', 'Z"'),
    "an instant of another zone": lambda text: text.replace("02:42:00.000000Z", "10:42:00.000000+08:00"),
    "a number with a fraction": lambda text: text.replace('"seq":1', '"seq":1.0'),
    "a number with an exponent": lambda text: text.replace('"seq":1', '"seq":1e0'),
    "a number as a text": lambda text: text.replace('"seq":1', '"seq":"1"'),
    "no number": lambda text: text.replace('"seq":1', '"seq":null'),
    "a schema with a fraction": lambda text: text.replace('"schema":1', '"schema":1.0'),
    "a schema as a text": lambda text: text.replace('"schema":1', '"schema":"1"'),
    "a text as a number": lambda text: text.replace('"unit":"021"', '"unit":021'),
    "another kind": lambda text: text.replace('"kind":"made"', '"kind":"accept"'),
    "another state": lambda text: text.replace('"to":"received"', '"to":"delivered"'),
    "another unit": lambda text: text.replace('"unit":"021"', '"unit":"022"'),
    "another table": lambda text: text.replace('"table":"trial"', '"table":"hall_case"'),
    "facts that are a list": lambda text: text.replace('"facts":{}', '"facts":[]'),
    "an actor that is nobody": lambda text: text.replace('"actor":{"name":"system"}', '"actor":null'),
    "no power": lambda text: text.replace('"power":{},', ""),
    "a fact that is told twice": lambda text: text.replace('"facts":{}', '"facts":{"a":{"b":1,"b":2}}'),
    "a part that is told twice": lambda text: text.replace('"kind":"made"', '"kind":"accept","kind":"made"'),
    "one part more": lambda text: text.replace('"unit":"021"', '"unit":"021","xid":1'),
    "a text that is no text": lambda text: text.replace('"facts":{}', '"facts":{"a":"\\ud800"}'),
    "a space between": lambda text: text.replace('"to":', '"to": '),
    "a space before": lambda text: " " + text,
    "a space behind": lambda text: text + " ",
    "something behind": lambda text: text + "{}",
    "half of it": lambda text: text[: len(text) // 2],
}
COLUMNS = {
    "seq": 2,
    "kind": "accept",
    "to_state": "delivered",
    "unit": "999",
    "occurred_at": "2026-01-01T00:00:00Z",
    "schema_version": 2,
    "hash_algorithm": "md5",
    "subject_table": "hall_case",
    "subject_id": uuid.UUID(int=7),
}


def first_record() -> Record:
    subject = log.Subject("trial", uuid.uuid4())
    return log.entry("made", subject, actor=log.SYSTEM, now=moment.now(), unit="021", to_state="received").record


def test_a_record_as_the_application_spells_it_is_taken(db: None) -> None:
    """The fence has a gate, whatever stands in the words."""
    subject = log.Subject("trial", uuid.uuid4())
    odd = '"\\\n\t\x01\x7f/é中𠮷\u2028'
    made = log.entry(
        odd,
        subject,
        actor=log.Actor(name=odd),
        now=moment.wall(),
        unit=odd,
        to_state=odd,
        power={odd: odd},
        facts={odd: [1, {odd: None}, True, '","from":"","kind":"made","power":{']},
    )
    write(made.record, record_after(made.record, to_state=odd))
    log.note("made", subject, actor=log.SYSTEM, now=moment.now(), facts={})


@pytest.mark.parametrize("spelling", MISSPELLED)
def test_a_record_that_is_not_spelled_as_its_columns_say_is_refused(db: None, spelling: str) -> None:
    """T49: what the verifier can't read, or reads otherwise than consumers do, would be in the log for ever."""
    made = first_record()
    whole = bytes(made.body).decode()
    made.body = MISSPELLED[spelling](whole).encode()
    assert made.body != whole.encode()
    with refused("record_fits_its_body"):
        made.save()


@pytest.mark.parametrize("body", [b"", b"x", b"{}", b"\xff\xfe", b"null"])
def test_a_body_that_is_no_record_is_refused(db: None, body: bytes) -> None:
    made = first_record()
    made.body = body
    with refused("record_fits_its_body"):
        made.save()


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_that_says_something_else_than_the_body_is_refused(db: None, column: str) -> None:
    made = first_record()
    setattr(made, column, COLUMNS[column])
    with refused("record_goes_on" if column == "seq" else "record_fits_its_body"):
        made.save()


def test_a_year_has_four_digits(db: None) -> None:
    """T49: of a year before Christ the text would be the same."""
    made = first_record()
    made.body = bytes(made.body).replace(b"2026-03-10", b"0044-03-15")
    with refused("record_fits_its_body"):
        run(
            "INSERT INTO supervision_record (subject_table, subject_id, seq, kind, to_state, unit, occurred_at, schema_version,"
            " hash_algorithm, body) VALUES ('trial', %s, 1, 'made', 'received', '021', '0044-03-15 02:42 UTC BC', 1, 'sha256', %s)",
            made.subject_id,
            made.body,
        )


# T49: how a subject goes on ------------------------------------------------------------------------------------------------
def going_on(**changed: Any) -> Record:
    """The second record of a subject, or one that deviates from it."""
    first = first_record()
    write(first)
    seq = changed.pop("seq", 2)
    previous = changed.pop("previous", digest(bytes(first.body)))
    subject = log.Subject("trial", changed.pop("id", first.subject_id), seq - 1, previous)
    words: dict[str, Any] = {"now": first.occurred_at, "from_state": "received", "to_state": "accepted"} | changed
    return log.entry("made", subject, actor=log.SYSTEM, **words).record


def test_a_record_that_goes_on_where_its_subject_stopped_is_taken(db: None) -> None:
    going_on().save()


@pytest.mark.parametrize(
    "changed",
    [
        {"previous": b""},
        {"previous": b"\x07" * 32},
        {"from_state": ""},
        {"from_state": "accepted"},
        {"now": builders.at("2026-03-10 10:41")},
        {"seq": 3},
        {"id": uuid.UUID(int=7)},
        {"id": uuid.UUID(int=7), "seq": 1},
        {"id": uuid.UUID(int=7), "seq": 1, "previous": b""},
        {"id": uuid.UUID(int=7), "seq": 0, "previous": b"", "from_state": ""},
        {"id": uuid.UUID(int=7), "seq": -1, "previous": b"", "from_state": ""},
    ],
    ids=str,
)
def test_a_record_goes_on_where_its_subject_stopped(db: None, changed: dict[str, Any]) -> None:
    """T49: link, state, instant and number; the first of a subject goes on from nothing."""
    made = going_on(**changed)
    with refused("record_goes_on"):
        made.save()


def test_a_record_without_number_links_to_nothing(db: None) -> None:
    subject = log.Subject("trial", uuid.uuid4(), previous=b"\x07" * 32)
    with refused("record_goes_on"):
        log.note("made", subject, actor=log.SYSTEM, now=moment.now(), facts={})


@pytest.mark.django_db(transaction=True)
def test_a_record_of_an_older_transaction_does_not_follow_one_of_a_younger() -> None:
    """T46: sealed order would not be the subject's own."""
    first = first_record()
    with refused("record_goes_on"):
        run("SELECT pg_current_xact_id()")
        in_threads(1, lambda number: write(first))
        write(record_after(first, to_state="accepted"))


# T49, T68: when a record may be written -------------------------------------------------------------------------------------
def test_nothing_is_recovered_while_the_log_is_open(db: None) -> None:
    """T68: an unsigned recovery would be named by every verifier from then on."""
    with refused("recovery_while_closed"):
        log.note("recovery", log.Subject(*RECOVERY_SUBJECT), actor=log.SYSTEM, now=moment.now(), facts={})
    with closed_log():
        log.note("recovery", log.Subject(*RECOVERY_SUBJECT), actor=log.SYSTEM, now=moment.now(), facts={})


def test_a_record_is_not_dated_ahead_of_the_clock(db: None) -> None:
    """T49: everything that is recorded later would look dated back. A rehearsal is ahead as a whole."""

    def dated(ahead: timedelta) -> None:
        log.note("made", log.Subject("trial", uuid.uuid4()), actor=log.SYSTEM, now=moment.wall() + ahead, facts={})

    dated(timedelta(days=300_000))
    _rehearse(False)
    try:
        dated(timedelta(minutes=9))
        with pytest.raises(OperationalError) as fault, transaction.atomic():
            dated(timedelta(minutes=11))
    finally:
        _rehearse(True)
    assert fault.value.__cause__.diag.constraint_name == "record_is_not_ahead"


def _rehearse(rehearsal: bool) -> None:
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET rehearsal = %s", [rehearsal])


# T48: rows and their records -----------------------------------------------------------------------------------------------
@pytest.fixture
def case(transactional_db: None) -> Case:
    return builders.make_accepted_case()


def test_a_state_without_a_record_does_not_commit(case: Case) -> None:
    """T48."""
    with refused("record_required"):
        run("UPDATE hall_case SET state = 'delivered' WHERE id = %s", case.id)
    assert Case.objects.get(pk=case.pk).state == "accepted"


def test_a_raised_number_without_a_record_does_not_commit(case: Case) -> None:
    """T48."""
    with refused("record_required"):
        run("UPDATE hall_case SET state = 'delivered', record_seq = record_seq + 1 WHERE id = %s", case.id)


def test_any_other_column_needs_a_record_too(case: Case) -> None:
    """T48."""
    with refused("record_required"):
        run("UPDATE hall_case SET handler_id = NULL WHERE id = %s", case.id)


def test_a_record_of_another_state_does_not_serve(case: Case) -> None:
    """T48: the record must say the state that the row shows."""
    with refused("record_required"):
        write(next_record(case, to_state="reviewed"))
        run("UPDATE hall_case SET state = 'delivered', record_seq = record_seq + 1 WHERE id = %s", case.id)


def test_a_second_silent_change_in_the_same_transaction_does_not_commit(case: Case) -> None:
    """T48: double update. The first has its record, the second hides behind it."""
    with refused("record_required"):
        write(next_record(case, to_state="reviewed"))
        run("UPDATE hall_case SET state = 'reviewed', record_seq = record_seq + 1 WHERE id = %s", case.id)
        run("UPDATE hall_case SET state = 'delivered' WHERE id = %s", case.id)


def test_a_row_does_not_pass_over_a_record(case: Case) -> None:
    """T48: two records in one statement, and only the second is the row's."""
    with refused("record_required"):
        first = next_record(case, to_state="reviewed")
        write(first, record_after(first, to_state="delivered"))
        run("UPDATE hall_case SET state = 'delivered', record_seq = record_seq + 2 WHERE id = %s", case.id)


def test_a_savepoint_hides_nothing(case: Case) -> None:
    """T48: a change inside a savepoint, its record undone with another one."""
    with refused("record_required"):
        with transaction.atomic():
            run("UPDATE hall_case SET state = 'reviewed', record_seq = record_seq + 1 WHERE id = %s", case.id)
        with transaction.atomic():
            write(next_record(case, to_state="reviewed"))
            transaction.set_rollback(True)


def test_constraints_set_immediate_do_not_open_the_fence(case: Case) -> None:
    """T48: `SET CONSTRAINTS` only decides when the guard speaks."""
    with refused("record_required"):
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run("UPDATE hall_case SET state = 'delivered' WHERE id = %s", case.id)
    with refused("record_required"):
        run("UPDATE hall_case SET state = 'delivered' WHERE id = %s", case.id)
        run("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_record_of_an_earlier_transaction_does_not_serve(case: Case) -> None:
    """T48: what was recorded yesterday covers no change of today."""
    write(next_record(case, to_state="reviewed"))
    with refused("record_required"):
        run("UPDATE hall_case SET state = 'reviewed', record_seq = record_seq + 1 WHERE id = %s", case.id)


def test_a_row_without_a_record_can_not_be_added(case: Case) -> None:
    """T48."""
    copied = Case.objects.get(pk=case.pk)
    applicant = copied.applicant
    applicant.id = uuid.uuid4()
    copied.id, copied.number, copied.applicant, copied.promised, copied.statutory = (
        uuid.uuid4(),
        "0" * 18,
        applicant,
        None,
        None,
    )
    with refused("record_required"):
        write(applicant, copied)


def test_a_change_with_its_record_commits(case: Case) -> None:
    """The fence has a gate, so that the tests above prove what they say."""
    record = next_record(case, to_state="reviewed")
    case.state, case.record_seq = "reviewed", case.record_seq + 1
    with transaction.atomic():
        write(record, Change(case, ("state", "record_seq")))
    assert Case.objects.get(pk=case.pk).state == "reviewed"


def test_no_guarded_row_changes_or_disappears_silently(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """T48, T42: on each guarded table, by the right that is missing or by the guard."""
    monkeypatch.setattr(papers, "typeset", lambda template, facts: b"%PDF")
    for verb in ("resume", "request_corrections", "give_opinion", "send_by_courier"):
        builders.act(verb, builders.make_case_for(verb))
    builders.make_first_contact()
    case = builders.make_delivered_case()
    for paper in Paper.objects.filter(subject_id=case.id):
        papers.render(paper.id, now=moment.now())
    tables = guarded_tables()
    assert tables >= {
        "supervision_clockpause",
        "hall_defect",
        "hall_jointopinion",
        "hall_couriershipment",
        "hall_regulatornotice",
        "hall_firstcontact",
    }
    for table in tables:
        with pytest.raises(DatabaseError), transaction.atomic():
            run(f"UPDATE {table} SET record_seq = record_seq")
            run("SET CONSTRAINTS ALL IMMEDIATE")
            pytest.fail(f"a silent change of {table} passed")
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                run(statement)


# Published versions --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE catalog_itemversion SET name = 'x', record_seq = record_seq + 1 WHERE id = %s",
        "UPDATE catalog_itemversion SET status = 'draft' WHERE id = %s",
        "UPDATE catalog_materialrequirement SET name = 'x' WHERE version_id = %s",
        "DELETE FROM catalog_procedurestep WHERE version_id = %s",
        "UPDATE catalog_faq SET version_id = (SELECT id FROM catalog_itemversion WHERE status = 'draft' LIMIT 1) WHERE version_id = %s",
        "INSERT INTO catalog_faq (id, version_id, question, answer) VALUES (gen_random_uuid(), %s, 'x', 'x')",
    ],
)
def test_a_published_version_and_its_parts_never_change(db: None, statement: str) -> None:
    """D5, T48: not even the unit's own clerk of the catalog, not even together with a record."""
    version = ItemVersion.objects.filter(status="published", faqs__isnull=False).first()
    assert version is not None
    with refused("version_stays"):
        run(statement, version.id)


def test_a_draft_may_still_be_written(db: None) -> None:
    draft = ItemVersion.objects.filter(status="draft").first()
    assert draft is not None
    with transaction.atomic():
        MaterialRequirement.objects.create(
            version=draft, seq=90, master="form", name="申请表", necessity="required", source="applicant"
        )
