"""Real pages in a real Chromium, against a live server on the worker's own database; business time stands in March 2026."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django_otp.oath import totp
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from hall.views.sign_in import otp_key
from supervision import moment, papers
from tests import builders, database
from tests.browser.journeys import Journey
from tests.conftest import Clock

# Playwright keeps an event loop in the test's thread; the builders' statements are made beside it, never inside.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
QUIET = ("quic", "background-networking", "component-update", "sync", "dev-shm-usage", "gpu")
# What the policy forbids reaches the console as a complaint with the page's address, also where the browser itself keeps silent.
POLICY = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} at ${location.pathname}`))"""
PAGE = {False: {"width": 1366, "height": 768}, True: {"width": 390, "height": 844}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    chromium = os.environ.get("HALL_CHROMIUM", "/usr/bin/chromium")
    return {
        "executable_path": chromium,
        "args": ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in QUIET)],
    }


@dataclass
class Somebody:
    """One person at a browser of their own. Whatever the page complains about is kept in `complaints`."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Response | None:
        return self.page.goto(path if path.startswith("http") else self.home + path)

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label).click()

    def sees(self, words: str) -> None:
        self.page.get_by_text(words).first.wait_for()


class Hall:
    """The live hall: who comes in, and with scripts or without."""

    def __init__(self, url: str, browser: Browser) -> None:
        self.url, self.browser = url, browser
        self.contexts: list[BrowserContext] = []
        folder = database.Place.of(settings.VAR, settings.KEYS_FILE).folder
        self.accounts = {row["username"]: row for row in json.loads((folder / "accounts.json").read_text())}

    def visitor(self, *, scripts: bool = True, phone: bool = False) -> Somebody:
        context = self.browser.new_context(viewport=PAGE[phone], java_script_enabled=scripts, locale="zh-CN")  # type: ignore[arg-type]
        context.add_init_script(POLICY)
        self.contexts.append(context)
        who = Somebody(context.new_page(), self.url)

        def listen(message: ConsoleMessage) -> None:
            # an answer of 400 or 409 is the product's own and is named by the browser as an error
            if message.type in ("error", "warning") and "status of 4" not in message.text:
                who.complaints.append(message.text)

        who.page.on("console", listen)
        who.page.on("pageerror", lambda fault: who.complaints.append(str(fault)))
        return who

    def staff(self, username: str, *, scripts: bool = True, phone: bool = False) -> Somebody:
        """Signed in already, on the page where this person's day begins."""
        client = builders.staff_client(builders.member(username))
        who = self.visitor(scripts=scripts, phone=phone)
        session = client.cookies[settings.SESSION_COOKIE_NAME]
        who.page.context.add_cookies([{"name": session.key, "value": session.value, "url": self.url}])
        who.open("/")
        return who

    def signs_in(self, username: str, *, scripts: bool = True) -> Somebody:
        """Through the form, with the one-time code of this half minute."""
        account, who = self.accounts[username], self.visitor(scripts=scripts)
        who.open("/")
        who.page.fill("#id_username", username)
        who.page.fill("#id_password", account["password"])
        if account["otp_secret"]:
            who.page.fill("#id_code", f"{totp(otp_key(account['otp_secret'])):06d}")
        who.press("登录")
        who.page.get_by_role("button", name="退出").wait_for()
        return who

    def end(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def hall(live_server: Any, browser: Browser, settings: Any) -> Iterator[Hall]:
    settings.BASE_URL = live_server.url
    opened = Hall(live_server.url, browser)
    yield opened
    opened.end()


@pytest.fixture
def print_papers() -> Callable[[], int]:
    """What the worker does when the bell rings."""
    return lambda: papers.print_pending(now=moment.now())


@pytest.fixture
def begin(hall: Hall, clock: Clock, print_papers: Callable[[], int]) -> Callable[..., Journey]:
    """`begin(scripts=False)`: a journey that has not begun yet."""
    return lambda **how: Journey(hall, clock, print_papers, **how)
