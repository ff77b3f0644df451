"""Sealing: every committed record gets one leaf, in case order, whoever writes, waits, is killed or runs twice (T46, T50, T52)."""

import copy
import os
import random
import signal
import threading
import time
import uuid
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import psycopg2
import pytest
from django.db import IntegrityError, connection, connections, transaction

from hall.states import CaseState
from supervision import log, moment
from supervision.models import Clearance, Head, Leaf, Node, Record
from supervision.sealing import opening, sealer, standing
from supervision.sealing.heads import HeadsFile, SignedHead
from supervision.sealing.opening import EPOCH_SERIES
from supervision.writing import write
from tests import builders, database
from tests.sealing_office import Office, administrator, count, notes
from tests.together import in_threads

SERIES = "paper:031:受:2026"
SEEDS = range(20 if os.environ.get("HALL_FAULTS") == "all" else 3)


def in_order(table: str = "hall_case") -> list[tuple[uuid.UUID, int]]:
    """Subject and number of every sealed record of a table, as sealed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject_id, seq FROM supervision_leaf JOIN supervision_record ON id = record_id"
            " WHERE subject_table = %s AND seq IS NOT NULL ORDER BY index",
            [table],
        )
        return cursor.fetchall()


def everything_is_sealed_once() -> bool:
    indices = list(Leaf.objects.order_by("index").values_list("index", flat=True))
    return indices == list(range(len(indices))) and count("supervision_leaf") == count("supervision_record")


@contextmanager
def held_open(database_name: str, *statements: str):
    """A writing transaction that somebody leaves open; it commits at the end."""
    with closing(psycopg2.connect(database.url("HALL_ADMIN_URL", database_name))) as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            for statement in statements:
                cursor.execute(statement)
        yield
        other.commit()


INSERT = (
    "INSERT INTO supervision_record (subject_table, subject_id, kind, to_state, unit, occurred_at, schema_version, hash_algorithm,"
    " body) SELECT 'x', key, 'made', '', '', '2026-03-10 00:00Z', 1, 'sha256', convert_to("
    '\'{{"actor":{{}},"at":"2026-03-10T00:00:00.000000Z","facts":{{}},"from":"","kind":"made","power":{{}},"schema":1,"subject":{{"id":"\''
    ' || key || \'","previous":"","seq":null,"table":"x"}},"to":"","unit":""}}\', \'UTF8\')'
    " FROM (SELECT gen_random_uuid() AS key FROM generate_series(1, {})) AS made"
)


# One leaf each -------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46")
def test_a_head_stands_over_everything_that_was_committed(office: Office) -> None:
    builders.make_delivered_case()
    sealed = office.seal()
    assert sealed == count("supervision_record")
    assert everything_is_sealed_once()
    head = Head.objects.latest("size")
    assert (head.size, office.file.newest().text) == (sealed, head.text)
    assert office.verify().code == 0


@pytest.mark.ids("T46")
def test_nothing_new_makes_no_head(office: Office) -> None:
    notes(3)
    office.seal()
    heads = count("supervision_head")
    assert office.seal_now() == 0
    assert count("supervision_head") == heads


@pytest.mark.ids("T46")
def test_hundreds_of_writers_and_one_sealer_lose_nothing(office: Office) -> None:
    """T46: 500 acts from 20 connections while the sealer runs beside them."""
    office.seal()
    with office.sealing_beside():
        in_threads(20, lambda number: notes(25))
    office.seal()
    assert Record.objects.filter(kind="sign_in").count() == 500
    assert everything_is_sealed_once()
    assert office.verify().code == 0


@pytest.mark.ids("T46")
def test_a_late_committer_is_waited_for_and_sealed(office: Office) -> None:
    """T46: what began later and committed earlier waits too, so that no window is closed over a record that is still to come."""
    office.seal()
    before = count("supervision_leaf")
    with held_open(connection.settings_dict["NAME"], INSERT.format(1)):
        notes(5)
        assert office.seal_now() == 0
    assert office.seal() == 6
    assert count("supervision_leaf") == before + 6
    assert everything_is_sealed_once()


@pytest.mark.ids("T46")
def test_a_writer_in_another_database_delays_and_loses_nothing(office: Office) -> None:
    """T46: the oldest transaction counts for the whole cluster."""
    office.seal()
    with held_open("postgres"):
        notes(5)
        assert office.seal_now() == 0
    assert office.seal() == 5
    assert everything_is_sealed_once()


@pytest.mark.ids("T46")
def test_a_reader_that_stays_delays_nobody(office: Office) -> None:
    office.seal()
    with closing(psycopg2.connect(database.url("HALL_ADMIN_URL", connection.settings_dict["NAME"]))) as reader:
        reader.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM supervision_record")
            notes(5)
            assert office.seal() == 5


@pytest.mark.ids("T46")
def test_the_sealed_order_of_a_case_is_its_own_order(office: Office) -> None:
    """T46: cases are handled by several at once while the sealer runs; each case's records are sealed as they were numbered."""
    cases = [builders.make_transferred_case() for _ in range(6)]
    with office.sealing_beside(pause=0):
        in_threads(6, lambda number: builders.bring(cases[number], CaseState.CONCLUDED))
    office.seal()
    seen: dict[uuid.UUID, int] = {}
    for subject, seq in in_order():
        assert seq == seen.get(subject, 0) + 1
        seen[subject] = seq
    assert set(seen) == {case.id for case in cases}


@pytest.mark.ids("T46")
def test_whoever_waits_for_a_case_takes_his_transaction_number_after_the_wait(office: Office) -> None:
    """T46: the row lock is the first statement of a verb that takes a transaction number; hence sealed order is case order."""
    case = builders.make_transferred_case()
    with held_open(connection.settings_dict["NAME"], f"SELECT FROM hall_case WHERE id = '{case.id}' FOR UPDATE"):
        waiting = threading.Thread(target=in_threads, args=(1, lambda number: builders.act("accept", case)))
        waiting.start()
        _until(lambda: _waiters() == 1)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND backend_xid IS NOT NULL"
                " AND datname = current_database()"
            )
            assert cursor.fetchone() == (0,)
    waiting.join()


def _waiters() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def _until(true, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


@pytest.mark.ids("T46")
def test_many_records_become_several_heads_and_subtrees_are_kept(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealer, "BATCH", 100)
    with administrator() as cursor:
        for _ in range(6):  # six transactions
            cursor.execute(INSERT.format(150))
            cursor.connection.commit()
    heads, sealed = count("supervision_head"), office.seal()
    assert sealed >= 900
    assert count("supervision_head") - heads >= 6
    assert list(Node.objects.filter(level=8).order_by("index").values_list("index", flat=True)) == list(
        range(sealed >> 8)
    )
    assert office.new_sealer().open() == ""  # what was stored leads back to the same right edge
    assert everything_is_sealed_once()


@pytest.mark.ids("T46")
@pytest.mark.parametrize(
    "numbers",
    [
        *({SERIES: "x"}, {SERIES: True}, {SERIES: 10**30}, [SERIES], SERIES, None),
        *({"a": 1}, {"case:x": 9}, {EPOCH_SERIES: 9}, {f"paper:031:{n}:2026": 1 for n in range(100)}),
    ],
)
def test_whatever_stands_in_a_record_sealing_goes_on(office: Office, numbers: object) -> None:
    """T68: marks are what a ceremony relies on; nobody gets a number there that no act took."""
    office.seal()
    marks = office.file.marks()
    log.note("made", log.Subject("x", uuid.uuid4()), actor=log.SYSTEM, now=moment.now(), facts={"numbers": numbers})
    made = log.entry(
        "made", log.Subject("x", uuid.uuid4()), actor=log.SYSTEM, now=moment.now(), facts={"numbers": numbers}
    )
    with transaction.atomic():
        write(made.record)
    office.seal()
    assert everything_is_sealed_once()
    assert len(office.file.marks()) <= len(marks) + sealer.MOST_SERIES
    assert not {SERIES, "a", "case:x", EPOCH_SERIES} & set(office.file.marks())


# Runners -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T50")
def test_a_second_sealer_waits_and_takes_over(office: Office) -> None:
    notes(3)
    office.seal()
    with closing(connections.create_connection("sealer")) as other:
        second = sealer.Sealer(other, office.signer, office.file, office.sealer.keys)
        notes(3)
        assert second.step() == 0
        office.sealer.forget()  # the first one dies: its lock goes with its connection
        _until(second.step)
    assert everything_is_sealed_once()


@pytest.mark.ids("T50")
def test_two_sealers_that_both_believe_to_be_alone_meet_the_fence(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T50: the lock is a courtesy; the keys of leaves and heads let only one of them commit, even one that looks at nothing else."""
    notes(3)
    office.seal()
    with closing(connections.create_connection("sealer")) as other:
        second = sealer.Sealer(other, office.signer, office.file, office.sealer.keys)
        second.open()
        notes(3)
        assert office.seal() == 3
        notes(1)
        with pytest.raises(sealer.Forked):
            _until(second.seal)
        monkeypatch.setattr(second, "_require_no_fork", lambda place: None)
        with pytest.raises(IntegrityError):
            _until(second.seal)
    office.seal()
    assert everything_is_sealed_once()
    assert office.verify().code == 0


@pytest.mark.ids("T50")
def test_a_clock_that_goes_back_does_not_take_heads_along(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    notes(2)
    office.seal()
    first, wall = office.file.newest(), moment.wall
    monkeypatch.setattr(moment, "wall", lambda: wall() - timedelta(hours=1))
    notes(2)
    office.seal()
    assert office.file.newest().told["sealed_at"] >= first.told["sealed_at"]
    assert office.verify().code == 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.ids("T50")
def test_a_sealer_that_is_killed_at_any_moment_is_continued_by_the_next(office: Office, seed: int) -> None:
    """T50: ten kills a seed, at moments that include those between commit and publication."""
    chance = random.Random(seed)
    for _ in range(10):
        notes(chance.randrange(1, 30))
        _killed_after(office, chance.uniform(0.0, 0.06))
    office.seal()
    assert everything_is_sealed_once()
    published = [head.text for head in office.file]
    assert published == list(Head.objects.order_by("size").values_list("text", flat=True))
    assert office.verify().code == 0


def _killed_after(office: Office, seconds: float) -> None:
    connections.close_all()
    child = os.fork()
    if not child:
        try:
            office.new_sealer().run(lambda pause: bool(time.sleep(0.002)))
        finally:
            os._exit(1)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.ids("T50")
@pytest.mark.parametrize("left_behind", ["", '{"head":"{\\"si'])
def test_a_sealer_that_was_killed_before_it_published_its_very_first_head_is_continued(
    office: Office, monkeypatch: pytest.MonkeyPatch, left_behind: str
) -> None:
    """T50: the head is committed, the file outside holds nothing or half a line yet."""

    def killed(file: HeadsFile, *heads: SignedHead) -> None:
        file.path.write_text(file.path.read_text() + left_behind)
        raise KeyboardInterrupt

    notes(2)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(HeadsFile, "append", killed)
        _until(office.sealer.step)
    assert (count("supervision_head"), list(office.file)) == (1, [])
    office.sealer.forget()
    notes(2)
    office.seal()
    assert [head.text for head in office.file] == list(Head.objects.order_by("size").values_list("text", flat=True))
    assert office.verify().code == 0


@pytest.mark.ids("T50")
def test_half_a_line_of_a_killed_sealer_is_no_head(office: Office) -> None:
    notes(2)
    office.seal()
    whole = office.file.newest()
    with office.file.path.open("a") as file:
        file.write('{"head":"{\\"size\\":99')
    assert office.file.newest() == whole
    notes(2)
    office.sealer.forget()
    office.seal()
    assert office.file.newest().size > whole.size
    assert office.verify().code == 0


# Opening -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T54", "T68")
@pytest.mark.parametrize(
    ("tampering", "reason"),
    [
        ("DELETE FROM supervision_head WHERE size = (SELECT max(size) FROM supervision_head)", "database_older"),
        ("DELETE FROM supervision_head", "database_older"),
        ("UPDATE supervision_head SET text = replace(text, '\"epoch\":1', '\"epoch\":2')", "history_differs"),
    ],
)
def test_a_database_that_is_not_the_published_one_is_closed(office: Office, tampering: str, reason: str) -> None:
    for _ in range(2):
        notes(2)
        office.seal()
    office.sealer.forget()
    with administrator() as cursor:
        cursor.execute(
            "SET session_replication_role = replica; ALTER TABLE supervision_head DISABLE TRIGGER ALL;" + tampering
        )
    assert office.sealer.open() == reason
    with pytest.raises(Exception, match="the log is closed"):
        notes(1)
    assert office.seal_now() == 0


@pytest.mark.ids("T49", "T54")
def test_nobody_gets_a_signature_for_another_tree(office: Office) -> None:
    """T49: the rows of the tree were changed and the sealer started again: it signs nothing on top of them."""
    notes(5)
    office.seal()
    office.sealer.forget()
    with administrator() as cursor:
        cursor.execute(
            "ALTER TABLE supervision_leaf DISABLE TRIGGER ALL; UPDATE supervision_leaf SET sm3 = sha256"
            " WHERE index = (SELECT max(index) FROM supervision_leaf)"  # below a stored subtree nothing is hashed to go on
        )
    assert office.sealer.open() == "tree_differs"
    with pytest.raises(Exception, match="the log is closed"):
        notes(1)


@pytest.mark.ids("T48", "T54")
def test_a_closed_log_takes_no_act_under_another_name(office: Office) -> None:
    """Only the record of a ceremony is taken, and it is about nothing but the log itself."""
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET server_started = NULL")
    for subject in (log.Subject("hall_case", uuid.uuid4()), log.Subject("hall_case", uuid.uuid4(), 3)):
        with pytest.raises(Exception, match="the log is closed"):
            log.note("recovery", subject, actor=log.SYSTEM, now=moment.now(), facts={})


@pytest.mark.ids("T50")
@pytest.mark.parametrize("clock", ["", "/nowhere/clock"])
def test_the_sealer_tells_the_database_whether_this_is_a_rehearsal(office: Office, settings: Any, clock: str) -> None:
    """T50: in a rehearsal business time comes from a file and may be years ahead."""
    settings.CLOCK_FILE = clock
    assert office.sealer.open() == ""
    assert Clearance.objects.get().rehearsal == bool(clock)


@pytest.mark.ids("T54")
def test_without_the_published_heads_nothing_is_signed(office: Office) -> None:
    notes(2)
    office.seal()
    office.file.path.rename(office.folder / "elsewhere")
    office.sealer.forget()
    assert office.sealer.open() == "heads_file_missing"


@pytest.mark.ids("T50", "T54")
def test_a_runner_that_wakes_up_late_does_not_make_an_old_head_the_newest(office: Office) -> None:
    """T50: it was stopped between commit and publication, another one went on."""
    for _ in range(3):
        notes(2)
        office.seal()
    first, *_, newest = list(office.file)
    office.file.append(first)
    assert office.file.newest() == newest
    office.sealer.forget()
    notes(2)
    office.seal()
    assert office.verify().code == 0


@pytest.mark.ids("T54")
def test_a_file_of_heads_that_was_emptied_is_missed(office: Office) -> None:
    for _ in range(2):
        notes(2)
        office.seal()
    office.file.path.write_text("")
    office.sealer.forget()
    assert office.sealer.open() == "heads_file_missing"


@pytest.mark.ids("T54")
def test_a_forged_line_in_the_heads_file_is_not_believed(office: Office) -> None:
    notes(2)
    office.seal()
    newest = office.file.newest()
    office.file.append(type(newest)(newest.text.replace('"epoch":1', '"epoch":3'), newest.signature))
    office.sealer.forget()
    assert office.sealer.open() == "heads_file_forged"


@pytest.mark.ids("T68")
def test_after_a_restart_of_the_server_the_log_is_closed_until_it_was_compared(office: Office) -> None:
    notes(1)
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET server_started = server_started - interval '1 day'")
    with pytest.raises(Exception, match="the log is closed"):
        notes(1)
    office.sealer.forget()
    office.seal()
    notes(1)


@pytest.mark.ids("T47")
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO supervision_leaf (index, record_id, sha256, sm3) VALUES (0, 0, '', '')",
        "DELETE FROM supervision_leaf",
        "UPDATE supervision_head SET text = ''",
        "DELETE FROM supervision_node",
        "TRUNCATE supervision_head",
        "UPDATE supervision_clearance SET server_started = pg_postmaster_start_time()",
        "DELETE FROM supervision_clearance",
        "UPDATE supervision_receipt SET text = ''",
        "DELETE FROM supervision_receipt",
    ],
)
def test_the_application_can_not_touch_what_is_sealed(db: None, statement: str) -> None:
    with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.ids("T47")
@pytest.mark.parametrize("table", ["supervision_leaf", "supervision_node", "supervision_head"])
def test_not_even_the_sealer_changes_what_it_sealed(office: Office, table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(Exception, match="permission denied"), connections["sealer"].cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.ids("T38")
def test_the_sealer_reads_the_log_and_nothing_else(office: Office) -> None:
    for table in ("hall_applicant", "hall_case", "supervision_paper", "authorization_person"):
        with pytest.raises(Exception, match="permission denied"), connections["sealer"].cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")


@pytest.mark.ids("T68")
def test_a_copy_of_the_database_in_the_same_server_is_closed(office: Office) -> None:
    """T68: CREATE DATABASE … TEMPLATE keeps every row; a restored table is another one."""
    for column in ("database", "relation"):
        with administrator() as cursor:
            cursor.execute(f"UPDATE supervision_clearance SET {column} = {column} + 1")
        assert not opening.is_open(connection)
        with pytest.raises(Exception, match="the log is closed"):
            notes(1)
        assert office.sealer.open() == ""
        notes(1)


@pytest.mark.ids("T50", "T68")
def test_a_sealer_sees_that_another_table_was_restored_under_it(office: Office) -> None:
    """T50: whoever restores into the running database need not think of the sealer."""
    office.seal()
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET relation = relation + 1")
    office.sealer._beat -= timedelta(seconds=10)
    office.sealer.step()
    _until(lambda: office.sealer.step() >= 0 and opening.is_open(connection))
    notes(1)


@pytest.mark.ids("T52", "T68")
def test_the_log_closes_when_records_have_waited_ten_minutes_for_their_seal(office: Office) -> None:
    """T68: what a restore may lose without a published head to tell of it has a bound."""
    office.seal()
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET sealed_until = clock_timestamp() - interval '11 minutes'")
    with pytest.raises(Exception, match="the log is closed"):
        notes(1)
    assert standing.read(now=moment.wall()).reason == "not_sealed"
    office.sealer.forget()
    _until(lambda: office.sealer.step() >= 0 and opening.is_open(connection))
    notes(1)


@pytest.mark.ids("T46", "T52")
def test_the_sealer_tells_since_when_the_oldest_record_waits(office: Office) -> None:
    office.seal()
    with held_open(connection.settings_dict["NAME"]):
        notes(2)
        with connection.cursor() as cursor:
            cursor.execute("SELECT min(recorded_at) FROM supervision_record AS r WHERE kind = 'sign_in'")
            (waiting,) = cursor.fetchone()
        office.sealer._tell_beat(at_once=True)
        assert Clearance.objects.get().sealed_until == waiting
    office.seal()
    office.sealer._tell_beat(at_once=True)
    assert Clearance.objects.get().sealed_until > waiting


@pytest.mark.ids("T49", "T54")
@pytest.mark.parametrize("tables", [("record", "leaf", "node", "head"), ("file",)], ids=["database", "heads file"])
def test_a_running_sealer_signs_no_fork(office: Office, tables: tuple[str, ...]) -> None:
    """T54: a snapshot of the machine was put back under the running sealer, but not of everything."""
    notes(2)
    office.seal()
    before, place = office.file.path.read_text(), copy.deepcopy(office.sealer._place)
    notes(2)
    office.seal()
    published, size = list(office.file), office.file.newest().size
    if tables == ("file",):
        office.file.path.write_text(before)
    else:
        with administrator() as cursor:
            for table in tables:
                cursor.execute(f"ALTER TABLE supervision_{table} DISABLE TRIGGER supervision_{table}_frozen")
            cursor.execute("DELETE FROM supervision_head WHERE size = %s", [size])
            cursor.execute(
                "DELETE FROM supervision_record WHERE id IN (SELECT record_id FROM supervision_leaf WHERE index >= %s)",
                [place.size],
            )
            cursor.execute("DELETE FROM supervision_leaf WHERE index >= %s", [place.size])
            for table in tables:
                cursor.execute(f"ALTER TABLE supervision_{table} ENABLE ALWAYS TRIGGER supervision_{table}_frozen")
        office.sealer._place = place
    notes(2)
    with pytest.raises(sealer.Forked):
        _until(office.sealer.seal)
    office.sealer.step()
    if tables == ("file",):  # the file lost its last line: it is published again, nothing else
        _until(lambda: office.sealer.step() >= 0 and office.file.newest().size > size)
        assert list(office.file)[: len(published)] == published
        assert office.verify().code == 0
    else:
        assert list(office.file) == published
        assert office.sealer.open() == "database_older"


# Numbers -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T68")
def test_heads_carry_how_far_the_number_series_had_risen(office: Office) -> None:
    for _ in range(2):
        builders.make_accepted_case()
        office.seal()
    marks = office.file.marks()
    stored = dict(_counters())
    assert marks == {series: value for series, value in stored.items() if series in marks}
    assert any(series.startswith("paper:") for series in marks)
    assert "marks" in office.file.newest().told


def _counters() -> list[tuple[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT series, value FROM supervision_counter")
        return cursor.fetchall()


def test_every_reason_for_a_closed_log_has_a_sentence() -> None:
    assert all(sentence.endswith("。") for sentence in opening.REASONS.values())
    assert log.SYSTEM.name == "system"
