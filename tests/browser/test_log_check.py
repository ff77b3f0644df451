"""The supervision office checks the log: by key, by scan, with scripts and without; the running check tells how far it is."""

from typing import Any

import pytest

from supervision import moment, receipts
from supervision.models import LogCheck, Receipt
from supervision.sealing import checking
from tests import builders
from tests.browser.conftest import Hall, Somebody
from tests.browser.test_axe import look_at
from tests.sealing_office import Office

PAGE = "/supervision/log/"


@pytest.fixture
def log(office: Office, settings: Any) -> Office:
    settings.HEADS_FILE, settings.PUBLIC_KEYS_FILE = office.file.path, office.public_keys
    return office


def checked() -> None:
    """What the worker does when the bell rings."""
    assert checking.run_pending(now=moment.wall()) == 1


@pytest.mark.ids("T46", "T49")
def test_a_check_is_asked_for_by_a_key_and_its_result_comes_by_itself(hall: Hall, log: Office) -> None:
    builders.make_accepted_case()
    log.seal()
    who = hall.staff("panguohui")
    who.open(PAGE)
    who.page.keyboard.press("F9")
    who.sees("正在全部核验")
    look_at(who, [PAGE])
    checked()
    who.sees("记录完整，前后一致")
    who.page.get_by_role("button", name="现在全部核验").wait_for()
    assert who.complaints == []


@pytest.mark.ids("T49")
def test_with_scripts_off_one_loads_the_page_again(hall: Hall, log: Office) -> None:
    log.seal()
    who = hall.staff("panguohui", scripts=False)
    who.open(PAGE)
    who.press("现在全部核验")
    who.sees("要看进度，请重新载入本页。")
    checked()
    who.page.reload()
    who.sees("记录完整，前后一致")


@pytest.mark.ids("T56")
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_scanned_receipt_and_a_spoken_number_are_answered_in_place(hall: Hall, log: Office, scripts: bool) -> None:
    case = builders.make_received_case()
    log.seal()
    who = hall.staff("panguohui", scripts=scripts)
    who.open(PAGE)
    scan(who, receipts.as_json(Receipt.objects.get(subject_id=case.id)))
    who.sees("签名有效，记录还在")
    scan(who, "20260310 0001")
    who.sees("1 条记录，第 1 到第 1 条连号")
    assert who.complaints == []


def scan(who: Somebody, text: str) -> None:
    """A scanner types what it reads, and Enter."""
    who.page.fill("#asked", text)
    who.page.press("#asked", "Enter")


@pytest.mark.ids("T49")
def test_a_page_with_findings_and_alarms_is_fit_to_be_read(hall: Hall, log: Office) -> None:
    log.seal()
    now = moment.wall()
    findings = [{"reason": "leaf_changed", "sentence": "第 3 条：记录的内容被改过。", "index": 2}] * 12
    LogCheck.objects.create(
        kind="nightly", asked_by=checking.NIGHTLY, asked_at=now, started_at=now, ended_at=now, size=9, findings=findings
    )
    look_at(hall.staff("panguohui"), [PAGE])
