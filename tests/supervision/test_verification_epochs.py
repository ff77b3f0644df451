"""What the verifier says of epochs: a new cluster, and a branch of the log that was given up after a restore (T54, T68, T69)."""

import pytest

from . import made_log as made
from .made_log import MadeLog, made_log
from .verdicts import checked, texts


@pytest.mark.ids("T69")
def test_a_new_cluster_raises_the_epoch_by_one() -> None:
    log = made_log()
    log.epoch = 2
    log.step(7)
    log.seal()
    report = checked(log)
    assert report.ok
    assert report.remarks == ["epoch 2 begins after 36 records, with a new database cluster"]
    log.epoch = 4
    log.step(8)
    log.seal()
    assert checked(log).reason == "heads_broken"


def recovered(lost_size: int = 36) -> tuple[MadeLog, list[str]]:
    """Two heads were lost by a restore and given up by a recorded ceremony; and every head that was ever published."""
    log = made_log()
    lost = log.heads
    del log.rows[28:]
    log.heads = [head for head in lost if made.size_of(head) <= 28]
    named = next(head for head in lost if made.size_of(head) == lost_size)
    log.last, log.epoch = {}, 2
    log.recovery(named, log.heads[-1])
    log.step(9)
    log.seal()
    return log, [*texts(*lost), *texts(log.heads[-1])]


@pytest.mark.ids("T54", "T68")
def test_heads_of_a_branch_that_was_given_up_on_record_are_explained() -> None:
    log, published = recovered()
    report = checked(log, heads=published)
    assert report.ok, report.sentence
    assert report.remarks == [
        "recovery at index 28: a branch of 36 records was given up, 28 were kept",
        "epoch 2 begins after 28 records, with a recovery",
        "2 published heads lie on a branch that a recorded recovery gave up",
    ]


@pytest.mark.ids("T54", "T68")
def test_a_head_beyond_the_branch_that_was_given_up_is_not_explained() -> None:
    log, published = recovered(lost_size=32)
    report = checked(log, heads=published)
    assert (report.reason, report.index) == ("log_shorter", 30)
    assert [remark[:8] for remark in report.remarks] == ["recovery", "epoch 2 "]


@pytest.mark.ids("T68")
def test_a_recovery_goes_on_from_a_head_of_this_log_with_a_new_epoch() -> None:
    log, _ = recovered()
    facts = log.rows[28].told["facts"] | {"kept": {"size": 28, "head": "00" * 32}}
    log.rows[28].change(facts=log.signed(facts))
    log.heads.pop()
    log.seal()
    assert checked(log).reason == "heads_broken"
    log, _ = recovered()
    log.heads.pop()
    log.epoch = 1
    log.seal()
    assert checked(log).reason == "heads_broken"
