"""The answer is lost after COMMIT: whoever asks again is told of the same case (T58). In-process: hall/api/test_idempotency.py."""

import json
import uuid

import pytest

from . import books
from .counters import Lost, Portal, hidden
from .hall_process import Hall
from .history import Filing
from .load import Online, Window, number_of
from .lossy_line import lossy_line

pytestmark = [pytest.mark.faults, pytest.mark.ids("T58")]


def numbers(hall: Hall, filing: Filing) -> list[str]:
    """Of the cases that were made of this filing."""
    return [case.number for case in books.read(hall).cases if case.key == filing.key]


def test_a_program_that_asks_again_is_told_the_same_number(hall: Hall, portal: Portal) -> None:
    filing = hall.history.begin(str(uuid.uuid4()), online=True)
    application = Online(portal).application | {"source_number": filing.key}
    with lossy_line(hall.address) as line, pytest.raises(Lost):
        portal.submit(application, filing.key, at=line)
    made = numbers(hall, filing)
    assert len(made) == 1
    again, once_more = (portal.submit(application, filing.key) for _ in range(2))
    assert (again.status, again.text) == (201, once_more.text)
    filing.acknowledge(json.loads(again.text)["number"])
    assert filing.told == made
    assert books.differences(hall) == []


def test_a_second_click_at_the_window_names_the_case_of_the_first(hall: Hall, windows: list[Window]) -> None:
    """The form brings the token that the page came with; the answer to the second click leads to the case."""
    window = windows[0]
    page = window.browser.get(f"/window/intake/?item={window.form['item']}")
    form = window.form | hidden(page)
    filing = hall.history.begin(form["token"], online=False)
    with lossy_line(hall.address) as line, pytest.raises(Lost):
        window.browser.post("/window/intake/", form, at=line)
    made = numbers(hall, filing)
    assert len(made) == 1
    again = window.browser.post("/window/intake/", form)
    assert again.status == 409
    filing.acknowledge(number_of(again))
    assert filing.told == made
    assert window.browser.get(f"/cases/{made[0]}/").status == 200
    assert books.differences(hall) == []


def test_a_step_that_is_taken_again_is_not_taken_twice(hall: Hall, windows: list[Window]) -> None:
    window, filing = windows[0], hall.history.begin(str(uuid.uuid4()), online=False)
    assert window.file(filing)
    fields = {"csrfmiddlewaretoken": window.form["csrfmiddlewaretoken"], "verb": "transfer", "seq": "1"}
    path = f"/cases/{filing.told[0]}/"
    with lossy_line(hall.address) as line, pytest.raises(Lost):
        window.browser.post(path, fields, at=line)
    filing.transferred = True
    assert window.browser.post(path, fields).status == 409
    assert books.differences(hall) == []
