"""Makes what the requests of http.py need, by the product's own verbs: people who are signed in, a program, cases in every state.

Its answer holds each request ready to be sent, and how many statements such a request asks. Run by http.py on the prepared database.
"""

import argparse
import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client
from django.urls import reverse

from authorization.staff import Staff
from hall.actions.state_table import record_states
from hall.models import Case
from hall.states import CaseState
from supervision import moment
from tests import builders
from tests.hall import typed
from tests.hall.api.caller import Caller, application, make_caller
from tests.hall.statements import noted

SECRET = "b" * 32  # what Django's CSRF cookie holds and the form repeats
LISTED = 20
LIST_UNIT, LIST_ITEM = "civil-affairs", builders.NO_STATUTE  # a unit whose inbox holds just the listed cases
VERBS = ("transfer", "accept", "review")
FORM = "application/x-www-form-urlencoded"
Request = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, required=True, help="how many requests of each kind will be sent")
    each = parser.parse_args().each
    record_states(now=moment.now())
    desk = Desk()
    made = {name: list(requests) for name, requests in desk.requests(each + 2)}
    counted = {name: desk.statements(requests.pop) for name, requests in made.items()}
    print(json.dumps({"requests": made, "statements": counted, "materials": desk.materials, "acts": desk.acts}))


class Desk:
    """Who asks: a clerk at the common window, the section that accepts and reviews, another unit's section, a program."""

    def __init__(self) -> None:
        self.clerk = _cookie(builders.make_clerk())
        self.section = _cookie(builders.make_section_head())
        self.elsewhere = _cookie(builders.make_section_head(LIST_UNIT))
        self.caller: Caller = make_caller("bench")
        self.shown = builders.make_accepted_case()
        self.acts = self.shown.acts.count()
        self.materials = [row.requirement.name for row in self.shown.materials.select_related("requirement")]
        for _ in range(LISTED):
            builders.make_case(CaseState.TRANSFERRED, LIST_ITEM)

    def requests(self, count: int) -> Iterator[tuple[str, Iterator[Request]]]:
        """Every kind by its name; a state is left once, so there is a case for each request that leads on from it."""
        yield "submit", (self.submit() for _ in range(count))
        yield "receive", (form(self.clerk, reverse("intake"), typed.intake_form()) for _ in range(count))
        for verb in VERBS:
            print(f"making {count} cases for {verb}", flush=True)
            who = self.clerk if verb == "transfer" else self.section
            yield verb, (form(who, *typed.case_form(verb, case)) for case in _cases(verb, count))
        page = reverse("case", args=[self.shown.number])
        yield "case page", (look(self.section, page) for _ in range(count))
        yield "list of 20", (look(self.elsewhere, reverse("inbox")) for _ in range(count))

    def submit(self) -> Request:
        """A portal files a case under a key of its own."""
        body = json.dumps(application(source_number=str(uuid.uuid4())), ensure_ascii=False)
        headers = {
            "Authorization": self.caller.key,
            "Idempotency-Key": str(uuid.uuid4()),
            "Content-Type": "application/json",
        }
        return {"method": "POST", "path": reverse("api_cases"), "headers": headers, "body": body, "status": 201}

    @staticmethod
    def statements(take: Any) -> int:
        """What one request asks of the database when the one before it has warmed the process; transactions' frames are not counted."""
        for _ in range(2):
            with noted() as asked:
                _sent(take())
        return len(asked)


def _cases(verb: str, count: int) -> Iterator[Case]:
    for _ in range(count):
        yield builders.make_case(typed.state_before(verb))


def form(session: str, path: str, told: dict[str, Any]) -> Request:
    """As a browser posts it: session, CSRF cookie and the token in the form."""
    body = urlencode(told | {"csrfmiddlewaretoken": SECRET})
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={SECRET}"
    return {
        "method": "POST",
        "path": path,
        "headers": {"Cookie": cookies, "Content-Type": FORM},
        "body": body,
        "status": 302,
    }


def look(session: str, path: str) -> Request:
    return {
        "method": "GET",
        "path": path,
        "headers": {"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"},
        "body": "",
        "status": 200,
    }


def _cookie(staff: Staff) -> str:
    return builders.staff_client(staff).cookies[settings.SESSION_COOKIE_NAME].value


def _sent(request: Request) -> None:
    """The same request inside this process."""
    headers = {**request["headers"]}
    kind = headers.pop("Content-Type", FORM)
    answer = Client(SERVER_NAME="127.0.0.1").generic(
        request["method"], request["path"], request["body"], kind, headers=headers
    )
    assert answer.status_code == request["status"], answer.content.decode()[:2000]


if __name__ == "__main__":
    main()
