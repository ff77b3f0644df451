"""What the verifier says of epochs: a new cluster, and a branch of the log that was given up after a restore (T54, T68, T69)."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from supervision.ledger.verification import Report

from . import made_log as made
from .made_log import MadeLog, Signer, made_log
from .verdicts import checked, run, texts, verdict


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


# Recoveries ----------------------------------------------------------------------------------------------------------------
class Restored:
    """A log that was restored to its first head, once and again; and everything that was ever published."""

    def __init__(self) -> None:
        self.log = made_log(cases=2, every=4)
        self.kept, self.published = self.log.heads[0], list(self.log.heads)

    def restore(self, **told: Any) -> None:
        log, lost = self.log, self.log.heads[-1]
        del log.rows[made.size_of(self.kept) :], log.heads[1:]
        log.last = {}
        log.epoch += 1
        log.recovery(lost, self.kept, **({"number_epoch": log.epoch} | told))
        self.published.append(log.seal())

    def report(self) -> Report:
        return checked(self.log, heads=texts(*self.published))


@pytest.mark.ids("T54", "T68")
def test_one_backup_may_be_restored_twice() -> None:
    place = Restored()
    tip = made.digest(place.log.heads[-1]["head"])
    place.restore()
    assert place.report().ok
    place.restore(also_lost=[tip])
    report = place.report()
    assert report.ok, report.sentence
    assert report.recoveries == 1


@pytest.mark.ids("T54", "T68")
def test_a_branch_that_the_second_recovery_does_not_name_is_not_explained() -> None:
    place = Restored()
    place.restore()
    place.restore()
    assert place.report().reason == "log_shorter"


@pytest.mark.ids("T54")
def test_the_first_line_tells_of_recoveries(tmp_path: Path) -> None:
    place = Restored()
    place.restore()
    export, keys = place.log.write(tmp_path)
    assert run(export, "--keys", keys)[1].startswith("In order, with 1 recovery: 9 records")
    place.log.recovery(place.kept, place.kept, number_epoch=7)
    place.log.seal()
    place.log.write(tmp_path)
    assert run(export, "--keys", keys)[1].startswith("In order, with 2 recoveries: 10 records")


MISSHAPEN: list[Callable[[MadeLog, dict[str, Any]], Any]] = [
    lambda log, facts: {**facts, "signature": "00" * 64},
    lambda log, facts: {**facts, "reason": "another"},
    lambda log, facts: {**facts, "also_lost": ["00" * 32]},
    lambda log, facts: {name: value for name, value in facts.items() if name != "signature"},
    lambda log, facts: MadeLog(signer=Signer()).signed(facts),
    lambda log, facts: MadeLog(signer=log.receipt_signer).signed(facts),
    lambda log, facts: log.signed(facts | {"lost": {}}),
    lambda log, facts: log.signed(facts | {"kept": {"size": "x", "head": ""}}),
    lambda log, facts: log.signed(facts | {"lost": {"size": 1, "head": []}}),
    lambda log, facts: log.signed(facts | {"also_lost": 7}),
    lambda log, facts: log.signed(facts | {"also_lost": "00"}),
    lambda log, facts: log.signed(facts | {"also_lost": [{}]}),
    lambda log, facts: log.signed(facts | {"number_epoch": "3"}),
    lambda log, facts: log.signed(facts | {"number_epoch": True}),
    lambda log, facts: {"lost": {}, "kept": {}},
    lambda log, facts: {},
]


@pytest.mark.ids("T46", "T54")
@pytest.mark.parametrize("number", range(len(MISSHAPEN)))
def test_a_recovery_that_no_head_key_signed_explains_nothing(number: int) -> None:
    log = made_log()
    log.epoch = 2
    row = log.recovery(log.heads[-1], log.heads[-1])
    row.change(facts=MISSHAPEN[number](log, row.told["facts"]))
    log.seal()
    assert verdict(checked(log)) == ("recovery_unsigned", 36)


@pytest.mark.ids("T54", "T68")
def test_a_signed_recovery_can_not_be_copied() -> None:
    log = made_log()
    row = log.recovery(log.heads[-1], log.heads[-1])
    log.epoch = 2
    log.seal()
    assert checked(log).ok
    for number in range(20):
        log.add("sign_in", str(uuid.UUID(int=number)), numbered=False, table="authorization_person")
    log.add("recovery", str(uuid.UUID(int=1)), numbered=False, facts=row.told["facts"])
    log.seal()
    assert verdict(checked(log)) == ("recovery_unsigned", 57)


# Parts ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T53", "T69")
def test_a_part_is_not_asked_how_the_epoch_rose_where_it_holds_no_heads() -> None:
    log = made_log()
    for number in (7, 8):
        log.epoch += 1
        log.step(number)
        log.seal()
    assert checked(log).ok
    for start, end in ((1, 2), (0, 1), (36, 36), (33, 37), (0, 37)):
        report = checked(log, log.lines(start, end), heads=log.head_lines())
        assert report.ok, report.sentence
    log.epoch += 2
    log.step(9)
    log.seal()
    assert verdict(checked(log, log.lines(20, 39))) == ("heads_broken", 38)


@pytest.mark.ids("T53", "T68")
def test_a_part_may_end_between_a_recovery_and_the_head_over_it() -> None:
    log, _ = recovered()
    log.step(8)
    log.seal()
    log.heads.pop(-2)
    log.heads[-1] = log.head(log.size, log.heads[-2]["head"])
    assert checked(log, log.lines(20, 29)).ok


@pytest.mark.ids("T53", "T54", "T68")
def test_a_part_without_the_recovery_accuses_no_head_of_the_branch_that_it_gave_up() -> None:
    log, published = recovered()
    for number in range(10, 18):
        log.step(number)
    log.seal()
    for part in ((0, 26), (29, 38), (30, 30), (38, 38)):
        report = checked(log, log.lines(*part), heads=published)
        assert report.ok, report.sentence
        told = [remark for remark in report.remarks if "can be explained only by the whole log" in remark]
        assert len(told) == (part == (29, 38)), report.remarks
    fork = log.head(30, log.heads[-3]["head"], marks={"a": 1})
    assert verdict(checked(log, log.lines(29, 38), heads=texts(fork))) == ("head_differs", 29)
    older = log.head(20, log.heads[3]["head"], marks={"a": 1}, epoch=1)
    assert verdict(checked(log, log.lines(0, 26), heads=texts(older))) == ("head_differs", 19)
    longer = log.head(38, log.heads[-2]["head"], size=50)
    assert verdict(checked(log, log.lines(29, 38), heads=texts(longer))) == ("log_shorter", 38)
