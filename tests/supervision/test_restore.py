"""Dumps and restores: sealing goes on in a new cluster, an older database is closed, and no number comes twice (T54, T68, T69)."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction

from hall.models import Case
from supervision import log, moment, numbers
from supervision.ledger.canonical import canonical_bytes
from supervision.models import Head, NumberEpoch, Paper, Record
from supervision.refusals import Refused
from supervision.sealing import recovery
from supervision.sealing.heads import HeadsFile
from supervision.sealing.opening import RECOVERY_SUBJECT, stored_head
from supervision.sealing.sealer import Sealer
from supervision.sealing.signers import key_id
from tests import builders, second_cluster
from tests.sealing_office import Office, administrator, count, notes
from tests.second_cluster import SecondCluster
from tests.supervision.test_sealing import everything_is_sealed_once


@pytest.fixture(scope="module")
def cluster() -> Iterator[SecondCluster]:
    with second_cluster.started() as made:
        yield made


def recover(office: Office) -> dict:
    keys = {key_id(office.signer): office.signer.public}
    return recovery.recover(
        office.file, keys, office.signer, by="何志明", reason="磁盘损坏，恢复到昨天的备份", now=moment.now()
    )


def issued() -> tuple[set[str], set[tuple[str, str]]]:
    """All case numbers and paper numbers that were ever handed out here."""
    return set(Case.objects.values_list("number", flat=True)), set(Paper.objects.values_list("kind", "number"))


def transactions(upto: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text::bigint")
        while cursor.fetchone()[0] <= upto:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")


# A new cluster -------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T69")
def test_after_dump_and_restore_into_a_new_cluster_sealing_goes_on(office: Office, cluster: SecondCluster) -> None:
    """T69: transaction numbers begin anew there; records with numbers of the old cluster are sealed once, whenever they come by."""
    case = builders.make_accepted_case()
    office.seal()
    notes(7)  # not sealed when the dump is taken
    second_cluster.dump(office.folder / "whole.dump")
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(xid::text::bigint) FROM supervision_record")
        highest = cursor.fetchone()[0]
    with cluster.restored(office.folder / "whole.dump"):
        assert office.new_sealer().open() == ""
        office.sealer = office.new_sealer()
        office.seal()
        assert everything_is_sealed_once()
        builders.make_received_case()
        builders.act("review", case)  # its last record has a number of the old cluster
        office.seal()
        assert office.file.newest().told["epoch"] == 2
        transactions(upto=highest)
        notes(3)
        office.seal()
        assert everything_is_sealed_once()
        assert office.verify().code == 0


@pytest.mark.ids("T69")
def test_a_second_runner_of_the_new_cluster_stays_in_its_epoch(office: Office, cluster: SecondCluster) -> None:
    notes(2)
    office.seal()
    second_cluster.dump(office.folder / "again.dump")
    with cluster.restored(office.folder / "again.dump"):
        for _ in range(2):
            office.sealer = office.new_sealer()
            assert office.sealer.open() == ""
            notes(2)
            office.seal()
        assert office.file.newest().told["epoch"] == 2
        assert office.verify().code == 0


# An older database ---------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T54", "T68")
def test_an_older_database_is_read_only_until_the_ceremony_and_then_gives_no_number_twice(
    office: Office, cluster: SecondCluster, clock
) -> None:
    builders.make_delivered_case()
    office.seal()
    second_cluster.dump(office.folder / "older.dump")
    for _ in range(3):  # numbers that citizens hold in their hands
        builders.make_delivered_case()
    office.seal()
    builders.make_received_case()  # acknowledged, but not under any published head
    handed_out, lost = issued(), office.file.newest()
    with cluster.restored(office.folder / "older.dump"):
        office.sealer = office.new_sealer()
        assert office.sealer.open() == "database_older"
        for attempt in (builders.make_received_case, lambda: notes(1)):
            with pytest.raises(DatabaseError, match="the log is closed"):
                attempt()
        assert office.seal_now() == 0

        facts = recover(office)
        assert (facts["lost"]["size"], facts["number_epoch"]) == (lost.size, 2)
        assert office.sealer.open() == ""
        clock.forward(minutes=5)
        before = issued()
        builders.make_delivered_case()
        builders.make_received_case()
        new = tuple(after - early for after, early in zip(issued(), before, strict=True))
        assert new[0]
        assert new[1]
        assert not new[0] & handed_out[0]
        assert not new[1] & handed_out[1]
        office.seal()
        assert everything_is_sealed_once()
        told = office.verify()
        assert told.code == 0, told.words
        assert "recovery" in told.words
        assert office.file.newest().told["epoch"] == 2


@pytest.mark.ids("T68")
def test_a_second_restore_of_the_same_backup_gives_a_third_epoch(office: Office, cluster: SecondCluster, clock) -> None:
    """T68: the restored database knows nothing of the first ceremony; the published heads do."""
    builders.make_received_case()
    office.seal()
    second_cluster.dump(office.folder / "twice.dump")
    builders.make_delivered_case()
    office.seal()
    handed_out = issued()
    for restored, epoch in (("twice.dump", 2), ("once_more.dump", 3)):
        path = office.folder / restored
        if not path.exists():
            path.write_bytes((office.folder / "twice.dump").read_bytes())
        with cluster.restored(path):
            office.sealer = office.new_sealer()
            assert office.sealer.open() == "database_older"
            assert recover(office)["number_epoch"] == epoch
            assert office.sealer.open() == ""
            clock.forward(minutes=5)
            before = issued()
            builders.make_delivered_case()
            office.seal()
            for given, known, earlier in zip(issued(), before, handed_out, strict=True):
                assert given - known
                assert not (given - known) & earlier
            handed_out = tuple(known | given for known, given in zip(handed_out, issued(), strict=True))
            told = office.verify()
            assert told.code == 0, told.words


@pytest.mark.ids("T68")
def test_an_act_that_has_taken_a_number_is_waited_for(office: Office, cluster: SecondCluster) -> None:
    """T68: its number lies below the void ones, whether it commits or not."""
    notes(1)
    office.seal()
    second_cluster.dump(office.folder / "waited.dump")
    notes(1)
    office.seal()
    series, taken, go = "paper:031:受:2026", threading.Event(), threading.Event()

    def act() -> None:
        with transaction.atomic():
            numbers.take([series])
            taken.set()
            go.wait(30)
        connections.close_all()

    def ceremony() -> None:
        told.append(recover(office))
        connections.close_all()

    told: list[dict] = []
    with cluster.restored(office.folder / "waited.dump"):
        office.sealer = office.new_sealer()
        assert office.sealer.open() == "database_older"
        threads = [threading.Thread(target=act), threading.Thread(target=ceremony)]
        threads[0].start()
        assert taken.wait(30)
        threads[1].start()
        threads[1].join(0.5)
        assert not told
        go.set()
        for thread in threads:
            thread.join()
        assert told[0]["void"][series] == [2, 1 + recovery.MARGIN]


@pytest.mark.ids("T68")
def test_void_numbers_are_on_record(office: Office, cluster: SecondCluster) -> None:
    builders.make_accepted_case()
    office.seal()
    second_cluster.dump(office.folder / "void.dump")
    builders.make_accepted_case()
    office.seal()
    marks = office.file.marks()
    with cluster.restored(office.folder / "void.dump"):
        office.sealer = office.new_sealer()
        office.sealer.open()
        void = recover(office)["void"]
    series = next(series for series in void if ":受:" in series)
    first, last = void[series]
    assert (first, last) == (marks[series], marks[series] + recovery.MARGIN)  # one notice was lost, the margin follows


@pytest.mark.ids("T68")
def test_the_command_only_tells_until_it_is_confirmed(office: Office, cluster: SecondCluster, settings, capsys) -> None:
    notes(2)
    office.seal()
    settings.HEADS_FILE, settings.PUBLIC_KEYS_FILE = office.file.path, office.public_keys
    settings.HEAD_KEY_FILE = office.folder / "head_key.json"
    second_cluster.dump(office.folder / "told.dump")
    notes(2)
    office.seal()
    words = ("recover_log", "--by", "何志明", "--reason", "演练")
    with cluster.restored(office.folder / "told.dump"):
        with pytest.raises(SystemExit) as ended:
            call_command(*words)
        assert ended.value.code == 1
        assert not Record.objects.filter(kind="recovery").exists()
        call_command(*words, "--yes", "--json")
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["number_epoch"] == 2
        office.sealer = office.new_sealer()
        assert office.sealer.open() == ""


# A ceremony and what may come between -------------------------------------------------------------------------------------
@pytest.mark.ids("T50", "T68")
def test_a_sealer_that_ends_right_after_a_recovery_without_heads_file_changes_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T50: the old heads are published again, the recovery is not sealed yet; the next runner still begins a new epoch."""
    for _ in range(2):
        notes(2)
        office.seal()
    published = [head.text for head in office.file]
    office.file.path.unlink()
    office.sealer = office.new_sealer()
    assert office.sealer.open() == "heads_file_missing"
    recover(office)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Sealer, "seal", _killed)
        office.new_sealer().open()
    assert [head.text for head in office.file] == published
    office.sealer = office.new_sealer()
    office.seal()
    notes(2)
    office.seal()
    assert {head.told["epoch"] for head in list(office.file)[len(published) :]} == {2}
    told = office.verify()
    assert told.code == 0, told.words


@pytest.mark.ids("T50", "T68")
def test_the_first_head_after_a_recovery_is_published_by_whoever_comes_next(
    office: Office, cluster: SecondCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T50: committed and not published; the epoch rises once all the same, and no number was given meanwhile."""
    notes(2)
    office.seal()
    second_cluster.dump(office.folder / "unpublished.dump")
    notes(2)
    office.seal()
    published = list(office.file)
    with cluster.restored(office.folder / "unpublished.dump"):
        office.sealer = office.new_sealer()
        assert office.sealer.open() == "database_older"
        recover(office)
        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(HeadsFile, "append", _killed)
            office.new_sealer().open()
        with pytest.raises(DatabaseError, match="the log is closed"):
            notes(1)
        office.sealer = office.new_sealer()
        assert office.sealer.open() == ""
        notes(2)
        office.seal()
        mine = [head.text for head in office.file if head not in published]
        assert mine == list(Head.objects.filter(epoch=2).order_by("size").values_list("text", flat=True))
        assert Head.objects.latest("size").epoch == 2
        told = office.verify()
        assert told.code == 0, told.words
        assert "new database cluster" not in told.words


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.ids("T54")
@pytest.mark.parametrize("facts", ['{"a":' + "7" * 5000 + "}", '{"a":' + "[" * 3000 + "]" * 3000 + "}", "{}"])
def test_nothing_that_calls_itself_a_recovery_stops_the_sealer(office: Office, facts: str) -> None:
    notes(2)
    office.seal()
    table, key = RECOVERY_SUBJECT
    body = (
        f'{{"actor":{{}},"at":"2026-03-10T02:42:00.000000Z","facts":{facts},"from":"","kind":"recovery","power":{{}},"schema":1,'
        f'"subject":{{"id":"{key}","previous":"","seq":null,"table":"{table}"}},"to":"","unit":""}}'
    )
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET server_started = NULL")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO supervision_record (subject_table, subject_id, kind, to_state, unit, occurred_at, schema_version,"
            " hash_algorithm, body) VALUES (%s, %s, 'recovery', '', '', '2026-03-10 02:42Z', 1, 'sha256', %s)",
            [table, str(key), body.encode()],
        )
    office.sealer.forget()
    assert office.sealer.open() == ""


@pytest.mark.ids("T54", "T68")
def test_a_recovery_opens_only_the_database_that_it_speaks_of(office: Office, cluster: SecondCluster) -> None:
    """T54: signed, and naming the lost head, but the head that it kept is of another life of the database."""
    notes(2)
    office.seal()
    second_cluster.dump(office.folder / "foreign.dump")
    notes(2)
    office.seal()
    lost = office.file.newest()
    facts = {
        "lost": {"size": lost.size, "head": lost.digest},
        "kept": {"size": 2, "head": "00" * 32},
        "number_epoch": 2,
        "also_lost": [],
        "key": key_id(office.signer),
    }
    facts["signature"] = office.signer.sign(canonical_bytes(facts)).hex()
    with cluster.restored(office.folder / "foreign.dump"):
        office.sealer = office.new_sealer()
        assert office.sealer.open() == "database_older"
        log.note("recovery", log.Subject(*RECOVERY_SUBJECT), actor=log.SYSTEM, now=moment.now(), facts=facts)
        assert office.sealer.open() == "database_older"


@pytest.mark.ids("T68")
def test_the_margin_is_on_the_series_of_the_year_in_which_the_ceremony_is_held(
    office: Office, cluster: SecondCluster, clock
) -> None:
    """T68: what was given since the last published head may already be of the new year."""
    builders.make_accepted_case()
    office.seal()
    second_cluster.dump(office.folder / "year.dump")
    notes(1)
    office.seal()
    with cluster.restored(office.folder / "year.dump"):
        office.sealer = office.new_sealer()
        assert office.sealer.open() == "database_older"
        clock.set("2027-01-04 09:00")
        void = recover(office)["void"]
    assert void["paper:031:受:2027"] == [1, recovery.MARGIN]
    assert void["slip:031:20270104"] == [1, recovery.MARGIN]


@pytest.mark.ids("T68")
def test_papers_of_ten_minutes_without_a_seal_are_not_given_again(
    office: Office, cluster: SecondCluster, clock
) -> None:
    """T68: the sealer was away; the log closes after ten minutes, the margin is for what was given meanwhile."""
    builders.make_accepted_case()
    office.seal()
    second_cluster.dump(office.folder / "away.dump")
    notes(1)
    office.seal()
    before = issued()
    for _ in range(25):
        builders.make_accepted_case()
    handed_out = issued()
    with cluster.restored(office.folder / "away.dump"):
        office.sealer = office.new_sealer()
        assert office.sealer.open() == "database_older"
        recover(office)
        assert office.sealer.open() == ""
        clock.forward(minutes=5)
        builders.make_accepted_case()
        for new, old, known in zip(issued(), handed_out, before, strict=True):
            assert new - known
            assert not (new - known) & (old - known)


# Where nothing is to be recovered ------------------------------------------------------------------------------------------
@pytest.mark.ids("T68")
def test_a_log_that_is_in_order_is_not_recovered(office: Office) -> None:
    notes(2)
    office.seal()
    with pytest.raises(Refused) as refused:
        recover(office)
    assert refused.value.refusal.code == "nothing_to_recover"
    assert NumberEpoch.objects.count() == 1


@pytest.mark.ids("T54")
def test_a_recovery_of_other_heads_opens_nothing(office: Office) -> None:
    """Only the record that names the published head and the kept one opens the log."""
    for _ in range(2):
        notes(2)
        office.seal()
    office.sealer.forget()
    path: Path = office.file.path
    path.write_text(path.read_text().splitlines()[0] + "\n")
    foreign = Office.in_folder(_folder(office.folder / "foreign"))
    assert foreign.sealer.open() == "heads_file_missing"
    kept = stored_head(connection)
    assert kept
    for facts in (
        {"lost": {"size": 9, "head": "00" * 32}, "kept": {"size": 0, "head": ""}},
        {
            "lost": {"size": 0, "head": ""},
            "kept": {"size": kept.size, "head": kept.digest},
        },  # right, but nobody signed it
        {"lost": 7},
        {},
    ):
        log.note("recovery", log.Subject(*RECOVERY_SUBJECT), actor=log.SYSTEM, now=moment.now(), facts=facts)
        assert foreign.sealer.open() == "heads_file_missing"
    assert count("supervision_numberepoch") == 1


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
