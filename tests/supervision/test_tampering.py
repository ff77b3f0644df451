"""Whoever owns the machine can write what he likes; an outsider with public keys, heads and a receipt names it (T49, T54, T56).

Everything here is done as a superuser who takes the fences down first, on records that were made by the hall's own verbs.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from hall.models import Case
from supervision import moment, receipts
from supervision.ledger.verification import ALGORITHMS, Frontier, leaf_hash
from supervision.models import Leaf, Receipt, Record
from supervision.sealing.signers import Signer
from tests import builders
from tests.sealing_office import Office, administrator

FENCES_DOWN = "".join(
    f"ALTER TABLE supervision_{table} DISABLE TRIGGER ALL;" for table in ("record", "leaf", "node", "head", "receipt")
)


@pytest.fixture
def case(office: Office) -> Case:
    """Two cases of four steps and more, under several heads; the second one in the middle of the log."""
    builders.make_accepted_case()
    office.seal()
    case = builders.make_accepted_case()
    office.seal()
    builders.make_accepted_case()
    office.seal()
    assert office.verify().code == 0  # no false alarm: whatever is found below was done below
    return case


def tamper(sql: str, *values: Any) -> None:
    with administrator() as cursor:
        cursor.execute(FENCES_DOWN)
        cursor.execute(sql, values)


def record_of(case: Case, seq: int) -> Record:
    return Record.objects.get(subject_id=case.id, seq=seq)


def rewritten(record: Record, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The record's body with something else in it, just as canonical as before."""
    body = json.loads(bytes(record.body))
    change(body)
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def another_actor(body: dict[str, Any]) -> None:
    body["actor"]["name"] = "别人"


def index_of(record: Record) -> int:
    return Leaf.objects.get(record_id=record.id).index


# The nine ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T49")
def test_1_a_bit_of_a_record(office: Office, case: Case) -> None:
    record = record_of(case, 2)
    tamper(
        "UPDATE supervision_record SET body = set_bit(body, 8 * 40, 1 - get_bit(body, 8 * 40)) WHERE id = %s", record.id
    )
    told = office.verify()
    assert told.says("leaf_changed")
    assert str(index_of(record)) in told.words


@pytest.mark.ids("T49")
def test_2_another_actor_with_a_leaf_that_fits(office: Office, case: Case) -> None:
    """The stored leaf was computed anew: then the roots of the heads that stood over it do not come out."""
    record = record_of(case, 3)
    body = rewritten(record, another_actor)
    tamper("UPDATE supervision_record SET body = %s WHERE id = %s", body, record.id)
    leaves = [leaf_hash(name, body) for name in ALGORITHMS]
    tamper("UPDATE supervision_leaf SET sha256 = %s, sm3 = %s WHERE record_id = %s", *leaves, record.id)
    assert office.verify().code == 1
    tamper("UPDATE supervision_record SET subject_id = gen_random_uuid() WHERE id = %s", record.id)
    assert office.verify().code == 1


@pytest.mark.ids("T49")
def test_3_a_record_is_gone(office: Office, case: Case) -> None:
    record = record_of(case, 2)
    index = index_of(record)
    tamper("DELETE FROM supervision_record WHERE id = %s", record.id)
    told = office.verify()
    assert told.says("index_gap") or told.says("heads_broken")  # the next record, or the next head, stands in its place
    assert str(index) in told.words


@pytest.mark.ids("T49")
def test_4_the_tail_is_gone_with_its_leaves_and_heads(office: Office, case: Case) -> None:
    """What is left is in order by itself: the published head says that there was more."""
    size = office.file.newest().size
    with administrator() as cursor:
        cursor.execute(FENCES_DOWN)
        cursor.execute("DELETE FROM supervision_head WHERE size = %s", [size])
        cursor.execute("SELECT max(size) FROM supervision_head")
        kept = cursor.fetchone()[0]
        cursor.execute(
            "DELETE FROM supervision_record WHERE id IN (SELECT record_id FROM supervision_leaf WHERE index >= %s)",
            [kept],
        )
        cursor.execute("DELETE FROM supervision_leaf WHERE index >= %s", [kept])
        cursor.execute("DELETE FROM supervision_node WHERE (index + 1) << level > %s", [kept])
    assert office.verify().says("log_shorter")


@pytest.mark.ids("T49")
def test_5_a_record_is_inserted_with_a_date_of_yesterday(office: Office, case: Case, clock: Any) -> None:
    record = record_of(case, 1)
    yesterday = rewritten(
        record, lambda body: body.update(at="2026-03-09T01:00:00.000000Z", subject={**body["subject"], "seq": None})
    )
    tamper(
        "INSERT INTO supervision_record (subject_table, subject_id, kind, to_state, unit, occurred_at, schema_version,"
        " hash_algorithm, body) SELECT subject_table, subject_id, kind, to_state, unit, '2026-03-09 01:00Z', schema_version,"
        " hash_algorithm, %s FROM supervision_record WHERE id = %s",
        yesterday,
        record.id,
    )
    office.seal()
    assert office.verify().says("back_dated")


@pytest.mark.ids("T49")
def test_6_two_records_change_places(office: Office, case: Case) -> None:
    first, second = record_of(case, 1), record_of(case, 2)
    places = {record.id: index_of(record) for record in (first, second)}
    tamper("UPDATE supervision_leaf SET record_id = -record_id WHERE record_id IN (%s, %s)", first.id, second.id)
    tamper("UPDATE supervision_leaf SET record_id = %s WHERE index = %s", second.id, places[first.id])
    tamper("UPDATE supervision_leaf SET record_id = %s WHERE index = %s", first.id, places[second.id])
    assert office.verify().says("leaf_changed")


@pytest.mark.ids("T49")
def test_7_all_hashes_are_built_anew(office: Office, case: Case) -> None:
    """Everything fits together again, but for the signature."""
    _rewrite_history(case)
    assert office.verify().says("signature_invalid")


@pytest.mark.ids("T49", "T54")
def test_7_all_hashes_are_built_anew_by_somebody_who_has_the_key(office: Office, case: Case) -> None:
    """Even then: the heads that were published speak of another history."""
    _rewrite_history(case, office.signer)
    assert office.verify().says("head_differs")
    office.file.path.unlink()
    assert office.verify().code == 0  # nothing inside the database could tell: this is what publishing is for


def _rewrite_history(case: Case, signer: Signer | None = None) -> None:
    record = record_of(case, 3)
    tamper("UPDATE supervision_record SET body = %s WHERE id = %s", rewritten(record, another_actor), record.id)
    _link_anew(case)
    _build_anew(signer)


def _link_anew(case: Case) -> None:
    """The chain of the case closes again behind the record that was changed."""
    link = ""
    for record in Record.objects.filter(subject_id=case.id, seq__isnull=False).order_by("seq"):
        body = rewritten(record, lambda told, link=link: told["subject"].update(previous=link))
        tamper("UPDATE supervision_record SET body = %s WHERE id = %s", body, record.id)
        link = hashlib.sha256(body).hexdigest()


def _build_anew(signer: Signer | None) -> None:
    """Leaves, roots and the chain of heads, as an insider would who knows the format."""
    trees, previous = {name: Frontier(name) for name in ALGORITHMS}, ""
    with administrator() as cursor:
        cursor.execute(FENCES_DOWN)
        cursor.execute("SELECT size, text FROM supervision_head ORDER BY size")
        heads = cursor.fetchall()
        cursor.execute(
            "SELECT index, body FROM supervision_leaf JOIN supervision_record ON id = record_id ORDER BY index"
        )
        bodies = [bytes(body) for _, body in cursor.fetchall()]
        for size, text in heads:
            for index in range(trees["sha256"].size, size):
                leaves = {name: leaf_hash(name, bodies[index]) for name in ALGORITHMS}
                for name in ALGORITHMS:
                    trees[name].add(leaves[name])
                cursor.execute(
                    "UPDATE supervision_leaf SET sha256 = %s, sm3 = %s WHERE index = %s", [*leaves.values(), index]
                )
            told = json.loads(text) | {name: trees[name].root().hex() for name in ALGORITHMS} | {"previous": previous}
            new = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            previous = hashlib.sha256(new.encode()).hexdigest()
            cursor.execute("UPDATE supervision_head SET text = %s WHERE size = %s", [new, size])
            if signer is not None:
                signature = signer.sign(new.encode())
                cursor.execute("UPDATE supervision_head SET signature = %s WHERE size = %s", [signature, size])


@pytest.mark.ids("T49", "T54")
def test_8_an_older_dump_is_shown(office: Office, case: Case) -> None:
    older = office.export().read_text()
    builders.make_received_case()
    office.seal()
    (office.folder / "older.ndjson").write_text(older)
    assert office.verify(log_file=office.folder / "older.ndjson").says("log_shorter")


@pytest.fixture
def receipt(office: Office, case: Case) -> Receipt:
    """In the hand of a citizen whose case is not sealed yet."""
    fresh = builders.make_received_case()
    return Receipt.objects.get(subject_id=fresh.id)


def as_file(office: Office, receipt: Receipt) -> str:
    path = office.folder / "receipt.json"
    path.write_text(receipts.as_json(receipt), encoding="utf-8")
    return str(path)


@pytest.mark.ids("T49", "T56")
def test_9_a_record_is_edited_in_the_second_before_its_seal(office: Office, receipt: Receipt) -> None:
    record = Record.objects.get(subject_id=receipt.subject_id, seq=1)
    tamper("UPDATE supervision_record SET body = %s WHERE id = %s", rewritten(record, another_actor), record.id)
    office.seal()
    assert office.verify().code == 0  # by itself it looks in order
    assert office.verify("--receipt", as_file(office, receipt)).says("receipt_changed")


@pytest.mark.ids("T56")
def test_a_record_that_disappears_before_its_seal_is_missed_by_the_receipt(
    office: Office, receipt: Receipt, monkeypatch: pytest.MonkeyPatch
) -> None:
    with administrator() as cursor:
        cursor.execute(FENCES_DOWN)
        cursor.execute("DELETE FROM supervision_record WHERE subject_id = %s", [str(receipt.subject_id)])
    office.seal()
    _seal_two_days_later(office, monkeypatch)
    assert office.verify().code == 0
    assert office.verify("--receipt", as_file(office, receipt)).says("receipt_omitted")


def _seal_two_days_later(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    builders.make_received_case()
    wall = moment.wall
    monkeypatch.setattr(moment, "wall", lambda: wall() + timedelta(days=2))
    office.seal()


@pytest.mark.ids("T56")
def test_a_receipt_of_a_sealed_record_names_its_place(office: Office, receipt: Receipt) -> None:
    office.seal()
    told = office.verify("--receipt", as_file(office, receipt))
    assert told.code == 0
    record = Record.objects.get(subject_id=receipt.subject_id, seq=1)
    assert str(index_of(record)) in told.words


@pytest.mark.ids("T49")
@pytest.mark.parametrize(
    ("column", "value"),
    [("unit", "'999'"), ("kind", "'withdraw'"), ("to_state", "'delivered'"), ("occurred_at", "'2026-01-01'")],
)
def test_a_column_beside_the_body_says_something_else(office: Office, case: Case, column: str, value: str) -> None:
    tamper(f"UPDATE supervision_record SET {column} = {value} WHERE id = %s", record_of(case, 2).id)
    assert office.verify().says("columns_changed")


@pytest.mark.ids("T49")
def test_one_case_is_checked_by_its_number(office: Office, case: Case) -> None:
    told = office.verify("--case", case.number)
    assert told.code == 0
    assert all(verb in told.words for verb in ("receive", "transfer", "accept"))


@pytest.mark.ids("T49", "T53")
def test_a_part_of_the_log_leads_to_the_newest_head(office: Office, case: Case) -> None:
    """One record, a stretch, and nothing but the way from an older head to the newest one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM supervision_head ORDER BY size")
        sizes = [size for (size,) in cursor.fetchall()]
    middle = index_of(record_of(case, 2))
    for start, end in ((middle, middle + 1), (3, middle), (sizes[0], sizes[0]), (0, 1), (sizes[-1] - 1, sizes[-1])):
        told = office.verify(log_file=office.export(start, end))
        assert told.code == 0, (start, end, told.words)
