"""Full checks from within: what they find, who is told, one at a time, once a night, whatever was dead meanwhile (T46, T49, T55)."""

import re
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from supervision import moment, tasks
from supervision.ledger import verification
from supervision.models import LogCheck
from supervision.sealing import checking, findings, reading
from supervision.sealing.findings import MOST, Finding

from .. import builders
from ..sealing_office import Office, administrator, count, notes
from ..together import in_threads


@pytest.fixture
def checked(office: Office, settings: Any) -> Office:
    """An office whose keys and heads are those of the product, so that its own check reads them."""
    settings.HEADS_FILE, settings.PUBLIC_KEYS_FILE = office.file.path, office.public_keys
    return office


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the comparisons of the rooms above, which have tests of their own."""
    monkeypatch.setattr(checking, "_replays", {})


def check_now(now: datetime | None = None) -> LogCheck:
    asked = checking.ask("潘国辉", now=now or moment.wall())
    checking.run_pending(now=now or moment.wall())
    asked.refresh_from_db()
    return asked


def reasons(check: LogCheck) -> list[str]:
    return [finding["reason"] for finding in check.findings]


def tamper(table: str, statement: str) -> None:
    with administrator() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor.execute(statement)


# What a check finds ----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46", "T55")
def test_a_check_of_a_log_in_order_finds_nothing(checked: Office) -> None:
    """T55: cases of every kind of act, sealed, read with the verifier's code, compared with what is stored."""
    builders.make_delivered_case()
    builders.make_submitted_case()
    checked.seal()
    found = check_now()
    assert found.findings == []
    assert found.size == found.done == count("supervision_leaf")
    assert found.started_at is not None
    assert found.ended_at is not None
    assert found.asked_by == "潘国辉"


TAMPERED = {
    "leaf_changed": ("supervision_record", "UPDATE supervision_record SET body = convert_to(replace(convert_from(body, 'UTF8'), 'sign_in', 'sign_up'), 'UTF8') WHERE id = (SELECT max(id) FROM supervision_record)"),
    "columns_changed": ("supervision_record", "UPDATE supervision_record SET unit = '999' WHERE id = (SELECT max(id) FROM supervision_record)"),
    "index_gap": ("supervision_record", "DELETE FROM supervision_record WHERE id = (SELECT max(id) - 1 FROM supervision_record)"),
    "leaf_without_record": ("supervision_record", "DELETE FROM supervision_record WHERE id = (SELECT max(id) - 1 FROM supervision_record)"),
    "unsealed_old": ("supervision_leaf", "DELETE FROM supervision_leaf WHERE index = (SELECT max(index) - 1 FROM supervision_leaf)"),
    "log_shorter": ("supervision_head", "DELETE FROM supervision_head WHERE size = (SELECT max(size) FROM supervision_head)"),
}  # fmt: skip


@pytest.mark.ids("T46", "T49")
@pytest.mark.parametrize("reason", TAMPERED)
def test_a_check_finds_what_the_owner_of_the_database_did(checked: Office, alone: None, reason: str) -> None:
    """T49 through our own check; T46: a record whose leaf is gone stands unsealed, a leaf whose record is gone stands bare."""
    notes(2)
    checked.seal()
    with transaction.atomic():  # under one head, so that what is missing is missed by the record after it
        notes(3)
    checked.seal()
    tamper(*TAMPERED[reason])
    if reason == "unsealed_old":
        tamper("supervision_record", "UPDATE supervision_record SET recorded_at = recorded_at - interval '11 minutes'")
    found = check_now()
    assert reason in reasons(found), found.findings
    assert all(finding["sentence"].endswith("。") for finding in found.findings)


@pytest.mark.ids("T49")
def test_the_first_bad_place_is_named(checked: Office, alone: None) -> None:
    notes(6)
    checked.seal()
    last = count("supervision_leaf") - 1
    tamper(
        "supervision_record",
        "UPDATE supervision_record SET kind = 'x' WHERE id = (SELECT record_id FROM supervision_leaf ORDER BY index DESC LIMIT 1)",
    )
    (found,) = check_now().findings
    assert found["index"] == last
    assert f"第 {last + 1:,} 条" in found["sentence"]


@pytest.mark.ids("T55")
def test_what_the_rooms_find_stands_with_the_check_and_a_flood_by_its_number(
    checked: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flood() -> Iterator[Finding]:
        yield from (Finding("stored_differs", f"第 {n} 处。") for n in range(MOST + 7))

    monkeypatch.setattr(checking, "_replays", {"flood": flood})
    checked.seal()
    found = check_now()
    assert len(found.findings) == MOST + 1
    assert found.findings[-1]["sentence"] == "另有 7 处不一致没有列出。"


def test_a_check_that_breaks_off_says_so_and_is_not_repeated_for_ever(
    checked: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Iterator[Finding]:
        raise ZeroDivisionError("a name in the message")
        yield

    monkeypatch.setattr(checking, "_replays", {"broken": broken})
    checked.seal()
    found = check_now()
    assert reasons(found) == ["broke_off"]
    assert "a name" not in str(found.findings)
    assert checking.unfinished() is None


@pytest.mark.ids("T55")
def test_a_part_that_breaks_off_is_named_and_hides_neither_its_own_findings_nor_those_of_the_others(
    checked: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Iterator[Finding]:
        yield Finding("stored_differs", "第一处。")
        raise ZeroDivisionError

    def fail(progress: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(checking, "_replays", {"甲": broken, "乙": lambda: [Finding("stored_differs", "第二处。")]})
    monkeypatch.setattr(reading, "verify_all", fail)
    checked.seal()
    assert sorted(finding["sentence"] for finding in check_now().findings) == [
        "核验程序出错，没有做完（甲，ZeroDivisionError）。",
        "核验程序出错，没有做完（签封的记录，ZeroDivisionError）。",
        "第一处。",
        "第二处。",
    ]


@pytest.mark.ids("T55")
def test_a_flood_of_one_part_hides_none_of_the_others(checked: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    flood = [Finding("stored_differs", "又一处。")] * (MOST + 7)
    monkeypatch.setattr(checking, "_replays", {"1": lambda: flood, "2": lambda: [Finding("broke_off", "最后一处。")]})
    checked.seal()
    told = check_now().findings
    assert [finding["sentence"] for finding in told[-2:]] == ["最后一处。", "另有 7 处不一致没有列出。"]


# Statements over whole tables ----------------------------------------------------------------------------------------------------
def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return str(cursor.fetchone()[0])


def test_a_check_takes_an_hour_for_a_statement_and_whoever_serves_people_half_a_minute(checked: Office) -> None:
    with checking.one_moment(unhurried=True):
        assert limit() == "1h"
    with checking.one_moment():
        assert limit() == "30s"
    assert limit() == "30s"


def test_all_that_a_check_reads_of_whole_tables_is_unhurried(checked: Office) -> None:
    """Whatever asks for more than the rows of one block does so in a snapshot that has an hour."""
    builders.make_received_case()
    checked.seal()
    asked = checking.ask("x", now=moment.wall())
    with CaptureQueriesContext(connection) as captured:
        checking.run_pending(now=moment.wall())
    asked.refresh_from_db()
    assert asked.findings == []
    statements = [query["sql"] for query in captured.captured_queries]
    snapshots = [n for n, sql in enumerate(statements) if sql.startswith("SET TRANSACTION ISOLATION")]
    assert len(snapshots) > 20
    assert {statements[n + 1] for n in snapshots} == {"SET LOCAL statement_timeout = '1h'"}
    ends, open_, hurried = ("COMMIT", "ROLLBACK"), False, []
    for sql in statements:
        open_ = (open_ or sql.startswith("BEGIN")) and sql not in ends
        hurried += [] if open_ else [sql]
    assert not [sql for sql in hurried if re.search("FROM .?(supervision_record|supervision_leaf|authorization_)", sql)]


def test_a_statement_that_runs_out_of_time_is_a_finding_and_ends_nothing(
    checked: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told by the database's own code (57014): as a lost database it would start the check over for ever."""

    def slow() -> Iterator[Finding]:
        with checking.one_moment(unhurried=True), connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(9)")
        yield from ()

    monkeypatch.setattr(checking, "_replays", {"1": slow, "2": lambda: [Finding("stored_differs", "第二处。")]})
    monkeypatch.setattr(checking, "UNHURRIED", "50ms")
    checked.seal()
    told = check_now()
    assert [finding["sentence"] for finding in told.findings] == [
        "核验程序出错，没有做完（1，OperationalError）。",
        "第二处。",
    ]
    assert told.ended_at is not None


@pytest.mark.ids("T57")
def test_a_database_that_goes_away_leaves_the_check_to_the_next_ring(
    checked: Office, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut() -> Iterator[Finding]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
            with administrator() as other:
                other.execute("SELECT pg_terminate_backend(%s)", [backend])
            cursor.execute("SELECT 1")
        yield from ()

    checked.seal()
    asked = checking.ask("x", now=moment.wall())
    with monkeypatch.context() as patch:
        patch.setattr(checking, "_replays", {"cut": cut})
        with pytest.raises(OperationalError):
            checking.run_pending(now=moment.wall())
    connection.close()
    assert checking.unfinished() == asked
    assert checking.run_pending(now=moment.wall()) == 1


def test_an_empty_log_is_in_order(checked: Office, alone: None) -> None:
    with administrator() as cursor:
        cursor.execute("SELECT min(recorded_at) FROM supervision_record")
        began = cursor.fetchone()[0]
    found = check_now(began + timedelta(minutes=1))
    assert (found.size, found.findings) == (0, [])


def test_without_the_public_keys_nothing_is_proved(checked: Office, alone: None, settings: Any, tmp_path) -> None:  # type: ignore[no-untyped-def]
    notes(1)
    checked.seal()
    settings.PUBLIC_KEYS_FILE = tmp_path / "none.json"
    assert reasons(check_now()) == ["key_unknown"]


# One at a time -----------------------------------------------------------------------------------------------------------------
def test_whoever_asks_while_one_waits_is_given_that_one(checked: Office, bell: list[str]) -> None:
    first, second = checking.ask("潘国辉", now=moment.wall()), checking.ask("别人", now=moment.wall())
    assert first == second
    assert bell == [checking.TASK]


def test_two_who_ask_at_once_get_one_check(checked: Office) -> None:
    def ask() -> None:
        checking.ask("x", now=moment.wall())
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert LogCheck.objects.count() == 1


def test_while_one_process_checks_another_does_nothing(checked: Office) -> None:
    checking.ask("x", now=moment.wall())
    with checking._alone() as mine:
        assert mine is not None
        assert checking.run_pending(now=moment.wall()) == 0
    assert checking.run_pending(now=moment.wall()) == 1


@pytest.mark.ids("T57")
def test_a_check_whose_process_was_killed_is_done_by_the_next(
    checked: Office, alone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes(2)
    checked.seal()
    asked = checking.ask("x", now=moment.wall())

    def lost(progress: object) -> None:
        raise OperationalError("the connection went away")

    with monkeypatch.context() as patch:
        patch.setattr(reading, "verify_all", lost)
        with pytest.raises(OperationalError):
            checking.run_pending(now=moment.wall())
    asked.refresh_from_db()
    assert asked.started_at is not None
    assert checking.unfinished() == asked
    assert checking.run_pending(now=moment.wall()) == 1


def test_progress_is_told_while_the_check_reads(checked: Office, alone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page sees it, though the reading transaction is still open."""
    monkeypatch.setattr(checking, "EVERY", 1000)
    monkeypatch.setattr(reading, "sealed_size", lambda: 5000)
    seen = []

    def slow(progress: Any) -> None:
        with checking.one_moment():
            for done in (500, 1000, 2000):
                progress(done)
                with administrator() as somebody_else:
                    somebody_else.execute("SELECT done FROM supervision_logcheck")
                    seen.append(somebody_else.fetchone()[0])

    monkeypatch.setattr(reading, "verify_all", slow)
    check_now()
    assert seen == [0, 1000, 2000]


# Every night -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("at", "night"),
    [("2026-03-10 01:59", "2026-03-09"), ("2026-03-10 02:00", "2026-03-10"), ("2026-03-10 23:00", "2026-03-10")],
)
def test_a_night_begins_at_two_in_the_county(at: str, night: str) -> None:
    assert checking.night_of(builders.at(at)).isoformat() == night


def test_each_night_is_checked_once_however_often_it_is_rung_for(checked: Office, alone: None) -> None:
    notes(1)
    checked.seal()
    at = builders.at("2026-03-10 02:00")
    for minutes in (0, 1, 2, 60 * 21):
        checking.nightly(now=at + timedelta(minutes=minutes))
        checking.run_pending(now=at)
    assert LogCheck.objects.filter(kind="nightly").count() == 1
    checking.nightly(now=at + timedelta(days=1))
    assert LogCheck.objects.filter(kind="nightly").count() == 2


@pytest.mark.ids("T64")
def test_after_days_in_which_every_job_was_dead_the_first_ring_checks_the_last_night(
    checked: Office, alone: None
) -> None:
    notes(1)
    checked.seal()
    checking.nightly(now=builders.at("2026-03-02 02:00"))
    checking.run_pending(now=builders.at("2026-03-02 02:00"))
    made = checking.nightly(now=builders.at("2026-03-09 16:00"))
    assert made is not None
    assert str(made.night) == "2026-03-09"
    assert checking.nightly(now=builders.at("2026-03-09 16:01")) is None


def test_before_anything_is_sealed_there_is_nothing_to_check_at_night(checked: Office) -> None:
    assert checking.nightly(now=datetime(2026, 3, 10, tzinfo=UTC)) is None


def test_the_task_does_the_night_and_what_was_asked_for(checked: Office, alone: None) -> None:
    notes(1)
    checked.seal()
    checking.ask("x", now=moment.wall())
    tasks.check_log()
    assert sorted(LogCheck.objects.values_list("kind", flat=True)) == ["asked", "nightly"]
    assert checking.unfinished() is None


# By hand -----------------------------------------------------------------------------------------------------------------------
def test_the_command_checks_at_once_and_says_what_it_found(checked: Office, capsys: pytest.CaptureFixture[str]) -> None:
    notes(2)
    checked.seal()
    call_command("check_log")
    assert "条签封的记录：一致。" in capsys.readouterr().out
    tamper(
        "supervision_record",
        "UPDATE supervision_record SET unit = '9' WHERE id = (SELECT max(id) FROM supervision_record)",
    )
    with pytest.raises(SystemExit) as ended:
        call_command("check_log", json=True)
    assert ended.value.code == 1
    assert '"ok": false' in (said := capsys.readouterr().out)
    assert "columns_changed" in said


def test_the_command_tells_what_another_process_found(checked: Office, alone: None) -> None:
    """The worker, which was woken by the command, may be quicker."""
    checked.seal()
    with checking._alone() as beside:
        command = threading.Thread(target=in_threads, args=(1, lambda number: call_command("check_log")))
        command.start()
        end = time.monotonic() + 20
        while (check := checking.unfinished()) is None and time.monotonic() < end:
            time.sleep(0.05)
        assert check
        assert beside
        checking._run(check, beside, moment.wall())
        command.join(20)
        assert not command.is_alive()
    assert LogCheck.objects.count() == 1


@pytest.mark.ids("T47")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE supervision_logcheck SET findings = '[]'",
        "UPDATE supervision_logcheck SET ended_at = NULL",
        "DELETE FROM supervision_logcheck",
        "TRUNCATE supervision_logcheck",
    ],
)
def test_what_a_check_has_found_stays_told(db: None, statement: str) -> None:
    at = moment.wall()
    LogCheck.objects.create(kind="asked", asked_by="x", asked_at=at, ended_at=at, findings=[{"reason": "leaf_changed"}])
    with pytest.raises(DatabaseError, match=r"permission denied|has ended"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_two_comparisons_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="办件"):
        checking.register("办件", list)


def test_every_reason_of_the_verifier_has_its_words_on_the_page() -> None:
    assert not set(verification.REASONS) - set(findings.WORDS)
