"""Load on the counters: clerks at their windows and a portal file applications, and send again what was not answered.

Nobody gives up: when the load is told to stop, each ends what it has begun. So every filing has its answer in the end.
"""

import json
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from .counters import Answer, Browser, Lost, Portal, hidden, wanted_counts
from .history import Filing, History

ITEM = "S081"  # 公共场所卫生许可: any window receives it, and it can be filed online
APPLICANT = {
    "kind": "enterprise",
    "name": "遂溪县遂城镇云舒美发店",
    "id_number": "92440823FAKE107725",
    "phone": "13700000915",
    "contact_name": "莫子荣",
    "contact_id_number": "440823199003072212",
}
ALREADY = re.compile(r"已经收过件，办件编号 (\d{18})")
MOVED_ON = 409
PATIENCE, THINKING, AGAIN = 150, 0.05, 0.2  # seconds


class Window:
    """A clerk at a window: receives and, of every second case, brings the papers to the unit."""

    online = False

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        page = browser.get(f"/window/intake/?item={ITEM}")
        self.form = {**hidden(page), **wanted_counts(page), **APPLICANT, "delivery_way": "counter", "verb": "receive"}

    def file(self, filing: Filing) -> bool:
        """One try; True when there is an answer. A second click is told the number of the first."""
        answer = self.browser.post("/window/intake/", self.form | {"token": filing.key})
        number = number_of(answer)
        if number:
            filing.acknowledge(number)
        return settled(filing, answer, bool(number))

    def go_on(self, filing: Filing, chance: random.Random) -> None:
        """Transfers: the answer to a repeated step is that the case has moved on."""
        if chance.random() < 0.5:
            fields = {name: self.form[name] for name in ("csrfmiddlewaretoken",)} | {"verb": "transfer", "seq": "1"}
            path, tries = f"/cases/{filing.told[-1]}/", len(filing.again)

            def transfer(filing: Filing) -> bool:
                answer = self.browser.post(path, fields)
                once_more = len(filing.again) > tries
                filing.transferred = answer.status == 302 or (once_more and answer.status == MOVED_ON)
                return settled(filing, answer, filing.transferred)

            insist(transfer, filing)


class Online:
    """The portal. Now and then it sends once more what was answered already, under the same key."""

    online = True

    def __init__(self, portal: Portal) -> None:
        self.portal, self.application = portal, application(portal)

    def file(self, filing: Filing) -> bool:
        answer = self.portal.submit(self.application | {"source_number": filing.key}, filing.key)
        if answer.status == 201:
            filing.acknowledge(json.loads(answer.text)["number"])
        return settled(filing, answer, answer.status == 201, busy="request_in_progress")

    def go_on(self, filing: Filing, chance: random.Random) -> None:
        if chance.random() < 0.3:
            insist(self.file, filing)


def application(portal: Portal) -> dict[str, Any]:
    """A complete application: everything that the guide asks of the applicant."""
    asked = [row for row in portal.item(ITEM)["materials"] if not row["is_shared"]]
    handed = [{name: row[name] for name in ("seq", "originals", "copies", "electronic")} for row in asked]
    return {"item": ITEM, "applicant": APPLICANT, "materials": handed, "delivery_way": "counter"}


def number_of(answer: Answer) -> str:
    """The number that a window is told: of the case just received, or of the one that a first click made."""
    if answer.status == 302:
        found = re.fullmatch(r"/cases/(\d{18})/", answer.headers["Location"])
    else:
        found = ALREADY.search(answer.text) if answer.status == MOVED_ON else None
    return found[1] if found else ""


def settled(filing: Filing, answer: Answer, good: bool, busy: str = "") -> bool:
    """Whether to stop asking: 5xx and "come back later" are asked again, anything else that is not good is a fault."""
    if good:
        return True
    if answer.status >= 500 or (busy and answer.status == MOVED_ON and busy in answer.text):
        filing.again.append(answer.said)
        return False
    filing.unexpected = answer.said
    return True


def insist(attempt: Callable[[Filing], bool], filing: Filing) -> None:
    """Until there is an answer, as a person or a program would that must know."""
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        try:
            if attempt(filing):
                return
        except Lost as fault:
            filing.again.append(str(fault))
        time.sleep(AGAIN)
    filing.unexpected = f"nothing but {filing.again[-1]} in {PATIENCE} seconds"


Counter = Window | Online


@contextmanager
def under_load(counters: Sequence[Counter], history: History, seed: int) -> Iterator[None]:
    """All counters work beside what the test does; at the end each has its last answer."""
    closing, broken = Event(), []

    def work(counter: Counter, chance: random.Random) -> None:
        try:
            while not closing.is_set():
                filing = history.begin(str(uuid.UUID(int=chance.getrandbits(128), version=4)), online=counter.online)
                insist(counter.file, filing)
                if not filing.unexpected:
                    counter.go_on(filing, chance)
                closing.wait(THINKING)
        except BaseException as fault:
            broken.append(fault)
            raise

    threads = [
        Thread(target=work, args=(counter, random.Random(f"{seed}/{place}")), daemon=True)
        for place, counter in enumerate(counters)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        closing.set()
        for thread in threads:
            thread.join(2 * PATIENCE)
    assert not broken, broken
    assert not any(thread.is_alive() for thread in threads), "a filing has no end"
