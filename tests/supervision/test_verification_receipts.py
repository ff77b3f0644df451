"""What a receipt alone proves: a record that was taken away or altered in the second before its seal (T49, T56)."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest

from supervision.ledger.verification import Unusable, verify

from .made_log import MadeLog, Signer, made_log, spelled
from .verdicts import checked, delete_last, texts, with_receipt


def replaced(log: MadeLog) -> None:
    log.rows[-1].change(facts={"number": "031202603101000007", "item": "another"})


@pytest.mark.ids("T49", "T56")
@pytest.mark.parametrize(
    ("tamper", "reason", "index"),
    [(delete_last, "receipt_omitted", 37), (replaced, "receipt_changed", 36)],
    ids=["removed", "replaced"],
)
def test_a_receipt_alone_proves_what_was_done_before_sealing(tamper: Callable, reason: str, index: int) -> None:
    log, receipt = with_receipt(tamper)
    assert checked(log).ok
    report = checked(log, receipts=texts(receipt))
    assert (report.reason, report.index) == (reason, index)


@pytest.mark.ids("T56")
def test_a_receipt_finds_its_record() -> None:
    log, receipt = with_receipt()
    found = {"case": "031202603101000007", "record": f"hall_case/{uuid.UUID(int=7)}/1", "index": 36}
    assert checked(log, receipts=texts(receipt)).receipts == [found]
    assert checked(log, log.lines(36, 37), receipts=texts(receipt)).receipts == [found]
    with pytest.raises(Unusable, match="export of the whole log"):
        checked(log, log.lines(0, 36), receipts=texts(receipt))


@pytest.mark.ids("T56")
@pytest.mark.parametrize(("seconds", "reason"), [(61, "receipt_not_yet_sealed"), (62, "receipt_omitted")])
def test_a_record_has_a_minute_to_be_sealed(seconds: int, reason: str) -> None:
    log = made_log()
    receipt = log.receipt(log.step(7), signed_at=spelled(log.now))
    delete_last(log)
    log.now += timedelta(seconds=seconds - 2)
    log.step(8)
    log.seal()
    assert checked(log, receipts=texts(receipt)).reason == reason


@pytest.mark.ids("T56")
def test_a_receipt_that_the_hall_never_signed_proves_nothing() -> None:
    log, receipt = with_receipt(delete_last)
    assert checked(log, receipts=texts(receipt | {"signature": "00" * 64})).reason == "receipt_signature"
    log.receipt_signer = Signer("receipt", log.signer.private)  # the head key signs no receipts
    forged = log.receipt(log.rows[-1])
    assert verify(log.lines(), [log.signer.row], receipts=texts(forged)).reason == "receipt_signature"
