"""How the hall is reached from outside: a browser with cookies, and a program with a key. Nothing but the standard library."""

import base64
import html
import http.client
import json
import re
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from django_otp.oath import totp

Address = tuple[str, int]
PATIENCE = 45  # seconds; while the web is started again, requests wait at its door


class Lost(Exception):
    """No answer came: the sender can't know whether anything was done."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Any
    text: str

    @property
    def said(self) -> str:
        """For people who must find out: the status and the gist of the page."""
        words = re.sub(r"<(style|script).*?</\1>|<[^>]+>|\s+", " ", self.text, flags=re.DOTALL)
        return f"{self.status} {' '.join(words.split())[:300]}"


def ask(address: Address, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())
    except (OSError, http.client.HTTPException) as fault:
        raise Lost(repr(fault)) from fault
    finally:
        connection.close()


@dataclass
class Browser:
    """One person's browser: it keeps cookies and posts forms with the token of the page they came from."""

    address: Address
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, {})

    def post(self, path: str, fields: dict[str, str], *, at: Address | None = None) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, kind, urlencode(fields).encode(), at)

    def sign_in(self, account: dict[str, Any]) -> None:
        """Password and the one-time code of this half minute."""
        fields = hidden(self.get("/sign-in/"))
        code = totp(base64.b32decode(account["otp_secret"]))
        fields |= {"username": account["username"], "password": account["password"], "code": f"{code:06d}"}
        answer = self.post("/sign-in/", fields)
        assert answer.status == 302, answer.said

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None, at: Address | None = None
    ) -> Answer:
        worn = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = ask(at or self.address, method, path, {"Cookie": worn, **headers}, body)
        for told in answer.headers.get_all("Set-Cookie") or ():
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(told).items()}
        return answer


@dataclass(frozen=True)
class Portal:
    """A program that files applications over the API."""

    address: Address
    client: dict[str, Any]

    def submit(self, application: dict[str, Any], key: str, *, at: Address | None = None) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.client['client_id']}.{self.client['secret']}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        return ask(at or self.address, "POST", "/api/v1/cases/", headers, json.dumps(application).encode())

    def item(self, key: str) -> dict[str, Any]:
        answer = ask(
            self.address,
            "GET",
            f"/api/v1/items/{key}/",
            {"Authorization": f"Bearer {self.client['client_id']}.{self.client['secret']}"},
        )
        told: dict[str, Any] = json.loads(answer.text)
        return told


def hidden(page: Answer) -> dict[str, str]:
    """What the forms of a page carry beside what is typed."""
    assert page.status == 200, page.said
    inputs = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page.text)
    return {_attribute(tag, "name"): _attribute(tag, "value") for tag in inputs}


def wanted_counts(page: Answer) -> dict[str, str]:
    """Everything that the guide wants, as wanted."""
    inputs = [tag for tag in re.findall(r"<input[^>]*>", page.text) if 'data-wanted="' in tag]
    return {_attribute(tag, "name"): _attribute(tag, "data-wanted") for tag in inputs}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""
