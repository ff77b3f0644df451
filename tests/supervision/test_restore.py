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
from supervision.models import NumberEpoch, Paper, Record
from supervision.refusals import Refused
from supervision.sealing import recovery
from supervision.sealing.opening import RECOVERY_SUBJECT, stored_head
from supervision.sealing.signers import key_id
from tests import builders, second_cluster
from tests.sealing_office import Office, count, notes
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
    builders.make_accepted_case()
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
