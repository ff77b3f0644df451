"""How the log stands now: what is unsealed, who is silent, what the last check said; and each alarm at its own second (T46, T52)."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.db import connection

from supervision import moment
from supervision.models import LogCheck, ParkedRecord, Subscription
from supervision.sealing import standing
from supervision.sealing.standing import Standing

from .. import database
from ..sealing_office import Office, administrator, notes

CLEARANCE = "UPDATE supervision_clearance SET "


def codes(now: datetime | None = None) -> list[str]:
    return [alarm.code for alarm in standing.read(now=now or moment.wall()).alarms]


def later(**lapse: float) -> datetime:
    return moment.wall() + timedelta(**lapse)


def as_owner(statement: str) -> None:
    with administrator() as cursor:
        cursor.execute(statement)


def beat(at: datetime) -> None:
    as_owner(f"{CLEARANCE} beat_at = '{at.isoformat()}'")


@contextmanager
def held_open() -> Iterator[None]:
    """A writing transaction that somebody leaves open in another database: sealing waits for it."""
    with closing(psycopg2.connect(database.url("HALL_ADMIN_URL", "postgres"))) as other:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        yield
        other.rollback()


# In order ------------------------------------------------------------------------------------------------------------------
def test_a_sealed_log_is_open_and_without_alarm(office: Office) -> None:
    notes(3)
    office.seal()
    now = moment.wall()
    beat(now)
    check(now)  # the county itself may have been recorded days ago
    found = standing.read(now=now)
    assert (found.is_open, found.unsealed, found.waiting, found.alarms) == (True, 0, timedelta(0), ())
    assert found.head is not None
    assert found.head.text == office.file.newest().text  # type: ignore[union-attr]


def test_how_the_log_stands_takes_a_few_statements_however_long_it_is(
    office: Office, django_assert_max_num_queries
) -> None:
    notes(20)
    office.seal()
    with django_assert_max_num_queries(2 + 3 + len(standing.read(now=moment.wall()).readers)):
        standing.read(now=moment.wall())


# What waits ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46", "T52")
def test_a_record_that_waits_is_counted_and_alarmed_after_a_minute(office: Office) -> None:
    """T46: while a transaction is held open somewhere in the cluster, nothing can be sealed; T52: that is told after 60 seconds."""
    office.seal()
    check(moment.wall())
    with held_open():
        notes(2)
        office.seal_now()
        beat(later(seconds=61))
        found = standing.read(now=later(seconds=30))
        assert found.unsealed == 2
        assert 25 < found.waiting.total_seconds() < 40
        assert "seal_late" not in codes(later(seconds=50))
        assert codes(later(seconds=61)) == ["seal_late"]
        assert codes(later(minutes=1, seconds=58)) == ["seal_late"]
        beat(later(minutes=10))
        assert codes(later(minutes=10, seconds=5))[:2] == ["seal_late", "unsealed_old"]
    office.seal()
    assert standing.read(now=later(minutes=10)).unsealed == 0


@pytest.mark.ids("T69")
def test_in_another_cluster_what_is_unsealed_is_looked_for_everywhere(office: Office) -> None:
    notes(2)
    office.seal()
    notes(3)
    as_owner("ALTER TABLE supervision_head DISABLE TRIGGER ALL")
    as_owner("UPDATE supervision_head SET system = 1, xid_to = 9223372036854775807")
    assert standing.read(now=moment.wall()).unsealed == 3


# Who is silent ---------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T50", "T52")
def test_a_silent_sealer_is_alarmed_after_a_minute(office: Office) -> None:
    started = _server_started()
    beat(started + timedelta(hours=1))
    assert "sealer_silent" not in codes(started + timedelta(hours=1, seconds=59))
    assert "sealer_silent" in codes(started + timedelta(hours=1, seconds=61))


def test_after_a_start_of_the_server_the_sealer_gets_its_minute(office: Office) -> None:
    started = _server_started()
    as_owner(f"{CLEARANCE} beat_at = NULL")
    assert "sealer_silent" not in codes(started + timedelta(seconds=59))
    assert "sealer_silent" in codes(started + timedelta(seconds=61))
    beat(started - timedelta(days=3))
    assert "sealer_silent" not in codes(started + timedelta(seconds=59))


@pytest.mark.ids("T51", "T54", "T68")
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("server_started = server_started - interval '1 second'", "not_compared"),
        ("relation = 1", "not_compared"),
        ("server_started = NULL, reason = 'database_older'", "database_older"),
    ],
)
def test_a_clearance_that_does_not_fit_this_start_and_this_table_is_none(
    office: Office, change: str, reason: str
) -> None:
    as_owner(f"{CLEARANCE} {change}")
    found = standing.read(now=moment.wall())
    assert (found.is_open, found.reason) == (False, reason)
    assert found.has_alarm("log_closed")


# The last check --------------------------------------------------------------------------------------------------------------
def check(at: datetime, *findings: str) -> None:
    LogCheck.objects.create(
        kind="asked", asked_by="x", asked_at=at, started_at=at, ended_at=at, findings=list(findings)
    )


@pytest.mark.django_db
def test_the_newest_check_that_ended_counts() -> None:
    now = moment.wall()
    check(now - timedelta(hours=2), "leaf_changed")
    assert "check_failed" in codes(now)
    check(now - timedelta(hours=1))
    LogCheck.objects.create(kind="asked", asked_by="x", asked_at=now)
    found = standing.read(now=now)
    assert found.check_ok
    assert found.checked_at == now - timedelta(hours=1)
    assert not found.has_alarm("check_failed")


@pytest.mark.django_db
def test_a_missing_check_is_alarmed_once_the_log_is_older_than_a_day() -> None:
    began = _asked("SELECT min(recorded_at) FROM supervision_record")
    now = began + timedelta(hours=27)
    assert "check_missing" in codes(now)
    assert "check_missing" not in codes(began + timedelta(hours=25))
    check(now - timedelta(hours=25))
    assert "check_missing" not in codes(now)
    assert "check_missing" in codes(now + timedelta(hours=2))


# Readers ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T61")
def test_readers_that_are_late_or_set_records_aside_are_alarmed(office: Office) -> None:
    notes(1)
    office.seal()
    found: Standing = standing.read(now=later(minutes=11))
    name = found.readers[0].name
    assert found.has_alarm("subscription_behind")
    Subscription.objects.update_or_create(name=name, defaults={"cursor": found.head.size})  # type: ignore[union-attr]
    assert "subscription_behind" not in codes(later(minutes=11))
    ParkedRecord.objects.create(
        subscription_id=name, index=0, subject_table="x", subject_id=_nobody(), attempts=1, parked_at=moment.wall()
    )
    assert "records_parked" in codes()


# Today's longest wait ----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T52")
def test_the_longest_delay_of_the_day_is_that_of_the_slowest_head(office: Office) -> None:
    office.seal()
    begin = moment.wall()
    assert standing.longest_delay(begin) is None
    with held_open():
        notes(1)
        office.seal_now()
    as_owner("ALTER TABLE supervision_record DISABLE TRIGGER ALL")
    as_owner(
        "UPDATE supervision_record SET recorded_at = recorded_at - interval '40 seconds' WHERE id = (SELECT max(id) FROM supervision_record)"
    )
    office.seal()
    notes(2)
    office.seal()
    found = standing.longest_delay(begin)
    assert found is not None
    assert 40 <= found.lapse.total_seconds() < 60
    assert found.at >= begin


@pytest.mark.parametrize(
    ("lapse", "said"), [(0, "0 秒"), (119, "119 秒"), (600, "10 分钟"), (7200, "2 小时"), (200000, "2 天")]
)
def test_a_lapse_is_said_as_people_say_it(lapse: int, said: str) -> None:
    assert standing.seconds(timedelta(seconds=lapse)) == said


def _server_started() -> datetime:
    return _asked("SELECT pg_postmaster_start_time()")


def _asked(statement: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0].astimezone(UTC)


def _nobody() -> str:
    return "00000000-0000-0000-0000-000000000000"
