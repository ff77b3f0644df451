"""What every test stands on: a database of its own as hall_app, a clock that stands still, a bell that only notes its rings."""

import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.cache import cache, caches
from django.db import connections
from django.template import Context, engines
from django.template.base import FilterExpression
from django.test import Client, TransactionTestCase

from authorization.staff import Staff
from hall.actions import sweep
from supervision import clocks, doorbell, moment, typesetting
from supervision.refusals import Refusal

from . import builders, database
from .sealing_office import Office

hypothesis.settings.register_profile("hall", deadline=None)
hypothesis.settings.load_profile("hall")


# Database ------------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: Any
) -> Iterator[None]:
    """Each worker has a clone of the template; tests with real transactions get a new one instead of a flush."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    name = f"hall_test_{worker}"
    source = database.template(database.Place.of(settings.VAR, settings.KEYS_FILE))
    # programs that a test starts find the same database
    for variable, alias in {"DATABASE_URL": "default", "HALL_SEALER_URL": "sealer"}.items():
        os.environ[variable] = database.url(variable, name)
        connections.settings[alias]["NAME"] = name

    def renew(test: Any = None) -> None:
        connections.close_all()
        database.clone(name, source)

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(TransactionTestCase, "_fixture_teardown", renew)
        patch.setattr(TransactionTestCase, "_post_teardown", tidily(TransactionTestCase._post_teardown))
        renew()
        yield
        connections.close_all()
        database.drop(name)


def tidily(end: Callable[[Any], None]) -> Callable[[Any], None]:
    """A test that fails at its end gives back the databases that were forbidden to it; pytest-django would leave them forbidden."""

    def ended(test: Any) -> None:
        try:
            end(test)
        except BaseException:
            test.doClassCleanups()
            raise

    return ended


@pytest.fixture(autouse=True)
def _rules_are_read_anew() -> Iterator[None]:
    """Processes keep the rule book by its revision; a revision that was rolled back must not outlive its test."""
    yield
    clocks._kept.clear()
    sweep._followed.clear()


# Sealing -------------------------------------------------------------------------------------------------------------------
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the sealer shall see must be committed, and it comes by a login of its own."""
    for item in items:
        if "office" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(transaction=True, databases=["default", "sealer"]))


@pytest.fixture
def office(db: None, tmp_path: Path) -> Iterator[Office]:
    """A sealer with keys and heads file of its own, on a database that is thrown away after the test."""
    yield Office.in_folder(tmp_path)
    connections["sealer"].close()


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


# Broker --------------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session", autouse=True)
def _broker_of_its_own(request: pytest.FixtureRequest) -> None:
    """Each worker counts and rings in a database of its own of Valkey: limits and messages of the others stay out of it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    address = urlsplit(settings.REDIS_URL)._replace(path=f"/{int(worker.removeprefix('gw')) + 1}").geturl()
    os.environ["REDIS_URL"] = settings.REDIS_URL = settings.CELERY_BROKER_URL = address
    settings.CACHES["default"]["LOCATION"] = address
    if caches.all(initialized_only=True):
        del caches["default"]  # whoever asked earlier was given the common one


# Doorbell ------------------------------------------------------------------------------------------------------------------
@pytest.fixture(autouse=True)
def bell(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that committed acts have rung for; no broker is asked. Tests of the worker start a real one."""
    rung: list[str] = []
    monkeypatch.setattr(doorbell, "_send", rung.append)
    return rung


# Passwords -----------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="session", autouse=True)
def _passwords_are_quick() -> None:
    """A thousand rounds instead of a million; the county's own were hashed so, too (tests/database.py)."""
    PBKDF2PasswordHasher.iterations = 1000


# Refusals ------------------------------------------------------------------------------------------------------------------
CODE, SENTENCE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*"), re.compile(r".*[\u4e00-\u9fff].*[。？！]", re.DOTALL)


@pytest.fixture(scope="session", autouse=True)
def _refusals_are_sentences() -> None:
    """Whatever refusal comes up in any test has a code for programs and whole Chinese sentences for people."""
    made = Refusal.__init__

    def checked(self: Refusal, *args: Any, **words: Any) -> None:
        made(self, *args, **words)
        if not CODE.fullmatch(self.code):
            pytest.fail(f"a refusal's code is snake_case: {self.code!r}")
        for text in filter(None, (self.sentence, self.remedy)):
            if not SENTENCE.fullmatch(text):
                pytest.fail(f"what a refusal says is a Chinese sentence: {self.code}: {text!r}")

    Refusal.__init__ = checked  # type: ignore[method-assign]


# Pages ---------------------------------------------------------------------------------------------------------------------
class Undefined(str):
    """What Django puts in place of a variable that no view gave: here it ends the test with the variable's name."""

    def __mod__(self, variable: object) -> str:
        pytest.fail(f"undefined template variable: {variable}")


def optional_inputs(source: str) -> set[str]:
    """The inputs that a component's header comment calls optional; all others its users must give."""
    header = "".join(re.findall(r"\{#.*?#\}", source))
    return set(re.findall(r"(\w+) [^·]*?\boptional\b", header.replace("Inputs:", "·")))


def strictly(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """`{% if %}` takes an unknown name for false; here it must at least be an optional input of its template."""

    def resolved(self: FilterExpression, context: Context, ignore_failures: bool = False) -> Any:
        template = context.render_context.template
        if ignore_failures and self.is_var and template and str(database.ROOT) in str(template.origin):
            name = (self.var.lookups or ("",))[0]
            if name and name not in context and name not in optional_inputs(template.source):
                pytest.fail(f"undefined template variable: {self.var} in {template.name}")
        return resolve(self, context, ignore_failures)

    return resolved


class ExistingStatic(StaticFilesStorage):
    """The plain address of a static file, without collecting; a file that does not exist ends the test."""

    def url(self, name: str | None) -> str:
        if name is None or finders.find(name) is None:
            pytest.fail(f"no such static file: {name}")
        return super().url(name)


@pytest.fixture(scope="session", autouse=True)
def _strict_pages() -> None:
    FilterExpression.resolve = strictly(FilterExpression.resolve)  # type: ignore[method-assign]
    for engine in (engines["django"].engine, typesetting.ENGINE):  # type: ignore[attr-defined]
        engine.string_if_invalid = Undefined("%s")
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # else WhiteNoise warns that nothing was collected
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
