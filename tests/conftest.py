"""What every test stands on: a database of its own as hall_app, a clock that stands still, a bell that only notes its rings."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.cache import cache
from django.db import connections
from django.template import engines
from django.test import Client, TransactionTestCase

from authorization.staff import Staff
from supervision import clocks, doorbell, moment, typesetting

from . import builders, database

hypothesis.settings.register_profile("hall", deadline=None)
hypothesis.settings.load_profile("hall")


# Database ------------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Each worker has a clone of the template; tests with real transactions get a new one instead of a flush."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    name = f"hall_test_{worker}"
    source = database.template(database.Place.of(settings.VAR, settings.KEYS_FILE))
    # programs that a test starts find the same database
    os.environ["DATABASE_URL"] = database.url("DATABASE_URL", name)
    connections.settings["default"]["NAME"] = name

    def renew(test: Any = None) -> None:
        connections.close_all()
        database.clone(name, source)

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(TransactionTestCase, "_fixture_teardown", renew)
        renew()
        yield
        connections.close_all()
        database.drop(name)


@pytest.fixture(autouse=True)
def _rules_are_read_anew() -> Iterator[None]:
    """Processes keep the rule book by its revision; a revision that was rolled back must not outlive its test."""
    yield
    clocks._kept.clear()


# Time ----------------------------------------------------------------------------------------------------------------------
class Clock:
    """Business time of a test. It stands still until the test moves it; the wall clock goes on."""

    def __init__(self) -> None:
        self.set("2026-03-10 10:42")

    def now(self) -> datetime:
        return self._now

    def set(self, text: str) -> datetime:
        """`2026-03-10 10:42` in the county."""
        self._now = builders.at(text)
        return self._now

    def forward(self, **lapse: float) -> datetime:
        """`days=1, hours=2` on, as `timedelta` takes them."""
        self._now += timedelta(**lapse)
        return self._now


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Tuesday 10 March 2026, 10:42, unless the test says otherwise."""
    told = Clock()
    monkeypatch.setattr(moment, "now", told.now)
    return told


# Doorbell ------------------------------------------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def bell(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that committed acts have rung for; no broker is asked. Tests of the worker start a real one."""
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "_send", rung.append)
    return rung


# Pages ---------------------------------------------------------------------------------------------------------------------
class Undefined(str):
    """What Django puts in place of a variable that no view gave: here it ends the test with the variable's name."""

    def __mod__(self, variable: object) -> str:
        pytest.fail(f"undefined template variable: {variable}")


class ExistingStatic(StaticFilesStorage):
    """The plain address of a static file, without collecting; a file that does not exist ends the test."""

    def url(self, name: str | None) -> str:
        if name is None or finders.find(name) is None:
            pytest.fail(f"no such static file: {name}")
        return super().url(name)


@pytest.fixture(scope="session", autouse=True)
def _strict_pages() -> None:
    for engine in (engines["django"].engine, typesetting.ENGINE):  # type: ignore[attr-defined]
        engine.string_if_invalid = Undefined("%s")
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "tests.conftest.ExistingStatic"}}


@pytest.fixture
def staff_client() -> Callable[[Staff], Client]:
    """`staff_client(make_clerk())`: a browser in which this person is signed in."""
    return builders.staff_client


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """For tests of limits that count in Valkey."""
    cache.clear()
    yield
    cache.clear()
