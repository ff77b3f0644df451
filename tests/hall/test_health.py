"""What a monitor is told: whether people can be served, whether the log is open and sealed, and figures without personal data."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from supervision import moment
from supervision.models import LogCheck
from supervision.sealing import standing
from tests import builders
from tests.sealing_office import Office, administrator, notes

from .statements import noted


@pytest.fixture
def sealed(office: Office) -> Office:
    """A log that was sealed a moment ago, its sealer awake, its last check in order."""
    builders.make_received_case(applicant=builders.make_applicant(name="金丝雀"))
    office.seal()
    _owner(f"UPDATE supervision_clearance SET beat_at = '{moment.wall().isoformat()}'")
    checked()
    return office


def checked(*reasons: str) -> None:
    """A check that has just ended."""
    now, findings = moment.wall(), [{"reason": reason} for reason in reasons]
    LogCheck.objects.create(
        kind="asked", asked_by="潘国辉", asked_at=now, started_at=now, ended_at=now, findings=findings
    )


def _owner(statement: str) -> None:
    with administrator() as cursor:
        cursor.execute(statement)


def readyz(client: Client, status: int) -> dict[str, Any]:
    answer = client.get("/readyz")
    assert answer.status_code == status
    return answer.json()


def metrics(client: Client) -> dict[str, float]:
    """Name with its labels → value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(answer.content.decode())
    return {
        one.name + "".join(f"[{value}]" for value in one.labels.values()): one.value
        for family in families
        for one in family.samples
    }


def later(monkeypatch: pytest.MonkeyPatch, **lapse: float) -> None:
    """The wall clock goes on at once."""
    at = moment.wall() + timedelta(**lapse)
    monkeypatch.setattr(moment, "wall", lambda: at)


# Ready -----------------------------------------------------------------------------------------------------------------------
def test_an_open_and_sealed_log_is_ready(sealed: Office, client: Client) -> None:
    body = readyz(client, 200)
    assert body["ready"] is True
    assert {name: body["checks"][name] for name in ("log", "sealing", "self_check")} == {
        "log": True,
        "sealing": True,
        "self_check": True,
    }
    assert body["log_closed_because"] == ""


@pytest.mark.ids("T51", "T54", "T68")
def test_a_closed_log_is_not_ready_and_says_why(sealed: Office, client: Client) -> None:
    _owner("UPDATE supervision_clearance SET server_started = NULL, reason = 'database_older'")
    body = readyz(client, 503)
    assert (body["ready"], body["degraded"], body["checks"]["log"]) == (False, False, False)
    assert (body["alarms"], body["log_closed_because"]) == (["log_closed"], "database_older")


@pytest.mark.ids("T46", "T52")
def test_a_late_seal_and_a_silent_sealer_degrade(
    sealed: Office, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes(1)
    later(monkeypatch, seconds=62)
    body = readyz(client, 200)
    assert (body["ready"], body["degraded"], body["checks"]["sealing"]) == (True, True, False)
    assert {"seal_late", "sealer_silent"} <= set(body["alarms"])


@pytest.mark.ids("T55")
def test_a_check_that_found_something_and_one_that_is_missing_degrade(sealed: Office, client: Client) -> None:
    checked("leaf_changed")
    assert readyz(client, 200)["checks"]["self_check"] is False
    _owner("DELETE FROM supervision_logcheck")
    _owner("ALTER TABLE supervision_record DISABLE TRIGGER ALL")
    _owner(f"UPDATE supervision_record SET recorded_at = '{moment.wall().isoformat()}'")
    assert readyz(client, 200)["checks"]["self_check"] is True
    _owner("UPDATE supervision_record SET recorded_at = recorded_at - interval '27 hours'")
    body = readyz(client, 200)
    assert body["checks"]["self_check"] is False
    assert "check_missing" in body["alarms"]


# Figures ---------------------------------------------------------------------------------------------------------------------
def test_the_figures_of_a_log_in_order(sealed: Office, client: Client) -> None:
    told = metrics(client)
    head = sealed.file.newest()
    assert head is not None
    wanted = {
        "hall_up": 1,
        "hall_log_open": 1,
        "hall_log_records_sealed": head.size,
        "hall_log_unsealed_records": 0,
        "hall_log_oldest_unsealed_seconds": 0,
        "hall_log_last_check_ok": 1,
        "hall_log_parked_records": 0,
        **{f"hall_alarms[{code}]": 0 for code in standing.CODES},
    }
    assert {name: told[name] for name in wanted} == wanted
    assert 0 <= told["hall_log_sealer_beat_age_seconds"] < 60
    assert 0 <= told["hall_log_last_check_age_seconds"] < 60
    assert told["hall_subscription_behind[efficiency]"] == head.size


@pytest.mark.ids("T46", "T52")
def test_what_waits_and_what_is_wrong_is_counted(
    sealed: Office, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes(2)
    checked("leaf_changed")
    later(monkeypatch, seconds=62)
    told = metrics(client)
    assert told["hall_log_unsealed_records"] == 2
    assert 60 < told["hall_log_oldest_unsealed_seconds"] < 90
    assert (told["hall_log_last_check_ok"], told["hall_alarms[seal_late]"], told["hall_alarms[check_failed]"]) == (
        0,
        1,
        1,
    )


@pytest.mark.django_db
def test_what_is_unknown_is_left_out(client: Client) -> None:
    """A log that was never checked and a sealer that never reported are no zeros."""
    told = metrics(client)
    assert told["hall_up"] == 1
    assert not {"hall_log_last_check_ok", "hall_log_sealer_beat_age_seconds"} & set(told)


@pytest.mark.ids("T15", "T38")
def test_figures_and_checks_name_nobody(sealed: Office, client: Client) -> None:
    for path in ("/metrics", "/readyz"):
        said = client.get(path).content.decode()
        assert "金丝雀" not in said
        assert "潘国辉" not in said


@pytest.mark.ids("T36")
def test_a_scrape_asks_a_few_statements(sealed: Office, client: Client) -> None:
    client.get("/metrics")
    with noted() as asked:
        client.get("/metrics")
    assert len(asked) <= 6


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(**words: Any) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(standing, "read", gone)


@pytest.mark.ids("T62")
@pytest.mark.django_db
def test_while_the_database_is_away_a_scrape_is_answered(client: Client, away: None) -> None:
    assert metrics(client) == {"hall_up": 0}
    assert readyz(client, 503)["checks"]["log"] is False
