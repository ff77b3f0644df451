"""What `script/verify-log` says: nothing about logs in order, and the fitting reason for each way to tamper (T46, T49, T53, T54, T56)."""

import json
import pickle
import random
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.ledger import verification
from supervision.ledger.verification import ALGORITHMS, REASONS, Report, Unusable, verify

from ..source_code import ROOT
from . import made_log as made
from .made_log import PATH, VERBS, MadeLog, Signer, canonical, made_log, spelled

NUMBER = "031202603101000003"


def checked(log: MadeLog, lines: list[str] | None = None, **asked: Any) -> Report:
    return verify(log.lines() if lines is None else lines, log.keys, **asked)


def texts(*told: dict[str, str]) -> list[str]:
    return [json.dumps(one, ensure_ascii=False) for one in told]


# No false alarms -----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46", "T49")
def test_a_log_in_order_is_in_order_beside_all_its_heads() -> None:
    log = made_log()
    report = checked(log, heads=log.head_lines())
    assert (report.reason, report.end, report.heads, report.published) == ("", 36, 8, 8)
    assert report.newest == json.loads(log.heads[-1]["head"])
    assert report.remarks == []


def test_an_empty_log_is_in_order() -> None:
    assert checked(MadeLog()).ok


@pytest.mark.ids("T53")
def test_every_part_and_every_proof_is_in_order() -> None:
    """A single record is an inclusion proof, no record at all between two heads a proof that one goes on from the other."""
    log = made_log(cases=3, every=3)
    parts = [(start, end) for start in range(log.size + 1) for end in range(start, log.size + 1)]
    assert {part: verdict.reason for part in parts if not (verdict := checked(log, log.lines(*part))).ok} == {}


def test_a_line_in_another_spelling_says_the_same() -> None:
    log = made_log()
    log.step(7)
    log.add("note", str(uuid.UUID(int=9)), numbered=False, facts={"said": 'a "quoted" word\nand a \\ stroke'})
    log.seal()
    respelled = [json.dumps(json.loads(line), sort_keys=True) for line in log.lines()]
    assert respelled != log.lines()
    assert checked(log).ok
    assert checked(log, respelled).ok


def test_windows_of_the_same_minute_may_be_a_little_out_of_order() -> None:
    log = made_log()
    log.add("sign_in", str(uuid.uuid4()), numbered=False, at=spelled(log.now - timedelta(minutes=9)))
    log.seal()
    assert checked(log).ok


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


def test_a_state_may_be_added_to_the_table_of_states() -> None:
    log = made_log()
    subject = str(uuid.UUID(int=77))
    log.add("reopen", subject, to="received")
    log.seal()
    assert checked(log).reason == "path_illegal"
    better = made_log()
    better.states({**VERBS, "reopen": {"from": [""], "to": "received"}})
    better.add("reopen", subject, to="received")
    better.seal()
    assert checked(better).ok


def test_records_from_before_the_first_table_of_states_are_no_alarm() -> None:
    log = MadeLog()
    log.step(1)
    log.states()
    log.step(1)
    log.seal()
    report = checked(log)
    assert report.ok
    assert "older than its table of states" in report.remarks[0]


# The nine ways to tamper ---------------------------------------------------------------------------------------------------
def bit_in_a_body(log: MadeLog) -> None:
    row = log.rows[9]
    row.body = row.body.replace("031", "032", 1)


def actor_in_a_body(log: MadeLog) -> None:
    """With its leaf made anew, so that only the roots can tell."""
    log.rows[9].change(actor={"name": "李四"})


def record_deleted(log: MadeLog) -> None:
    """A sign-in, so that no case has a gap; the records behind it move up."""
    del log.rows[7]


def back_dated_insert(log: MadeLog) -> None:
    log.rows.insert(
        9, made.Row.of(999, log.rows[8].told | {"subject": {"table": "x", "id": "y", "seq": None, "previous": ""}})
    )


def swapped(log: MadeLog) -> None:
    """Two sign-ins: nothing but their places changes."""
    log.rows[7], log.rows[14] = log.rows[14], log.rows[7]


@pytest.mark.ids("T49")
@pytest.mark.parametrize(
    ("tamper", "reason", "index"),
    [
        (bit_in_a_body, "leaf_changed", 9),
        (actor_in_a_body, "root_differs", 11),
        (record_deleted, "root_differs", 11),
        (back_dated_insert, "root_differs", 11),
        (swapped, "root_differs", 11),
    ],
    ids=lambda told: getattr(told, "__name__", told),
)
def test_what_an_administrator_changes_in_the_rows_is_named(tamper: Callable, reason: str, index: int) -> None:
    log = made_log()
    tamper(log)
    report = checked(log)
    assert (report.reason, report.index) == (reason, index), report.sentence


@pytest.mark.ids("T49")
def test_a_record_that_is_missing_in_the_export_is_named() -> None:
    log = made_log()
    lines = [line for line in log.lines() if not line.startswith('{"index":9,')]
    report = checked(log, lines)
    assert (report.reason, report.index) == ("index_gap", 9)


@pytest.mark.ids("T49")
def test_deleting_and_making_everything_anew_without_the_key_is_named() -> None:
    """Leaves, roots, the chain of heads: only the signature is out of reach."""
    log = made_log()
    genuine = log.keys
    del log.rows[7]
    log.seal_again(Signer())
    assert verify(log.lines(), genuine).reason == "key_unknown"
    log.seal_again(key=genuine[0]["key"])
    report = verify(log.lines(), genuine)
    assert (report.reason, report.index) == ("signature_invalid", log.size - 1)


@pytest.mark.ids("T49", "T54")
def test_who_also_has_the_head_key_is_given_away_by_a_head_from_outside() -> None:
    log = made_log()
    published = log.head_lines()
    log.rows[7].change(actor={"name": "李四"})  # a sign-in: no later record names it
    log.seal_again()
    assert checked(log).ok
    report = checked(log, heads=published[-1:])
    assert (report.reason, report.index) == ("head_differs", 35)
    report = checked(log, heads=published)
    assert (report.reason, report.index) == ("head_differs", 11)


@pytest.mark.ids("T49", "T54")
def test_who_also_has_the_head_key_must_change_the_later_records_too() -> None:
    log = made_log()
    log.rows[9].change(actor={"name": "李四"})
    log.seal_again()
    report = checked(log)
    assert (report.reason, report.index) == ("link_broken", 16)


@pytest.mark.ids("T49", "T54")
def test_an_older_log_is_given_away_by_a_head_from_outside() -> None:
    """The tail deleted with its leaves and heads, or the dump of yesterday: each is a log in order."""
    log = made_log()
    published = log.head_lines()
    del log.rows[28:]
    log.heads = [head for head in log.heads if made.size_of(head) <= 28]
    assert checked(log).ok
    assert checked(log, heads=published[:3]).ok
    report = checked(log, heads=published[-1:])
    assert (report.reason, report.index) == ("log_shorter", 28)


@pytest.mark.ids("T49")
def test_a_record_dated_back_is_named_although_it_was_sealed_in_order() -> None:
    log = made_log()
    log.add("sign_in", str(uuid.uuid4()), numbered=False, at=spelled(log.now - timedelta(minutes=11)))
    log.seal()
    report = checked(log)
    assert (report.reason, report.index) == ("back_dated", 36)


# The unsealed second -------------------------------------------------------------------------------------------------------
def with_receipt(tamper: Callable[[MadeLog], None] = lambda log: None) -> tuple[MadeLog, dict[str, str]]:
    """A log in which case 7 was received and something was done to its record before the next head."""
    log = made_log()
    receipt = log.receipt(log.step(7))
    tamper(log)
    log.now += timedelta(minutes=2)
    log.step(8)
    log.seal()
    return log, receipt


def removed(log: MadeLog) -> None:
    log.rows.pop()


def replaced(log: MadeLog) -> None:
    log.rows[-1].change(facts={"number": "031202603101000007", "item": "another"})


@pytest.mark.ids("T49", "T56")
@pytest.mark.parametrize(
    ("tamper", "reason", "index"),
    [(removed, "receipt_omitted", 37), (replaced, "receipt_changed", 36)],
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
@pytest.mark.parametrize(("late", "reason"), [(60, "receipt_not_yet_sealed"), (61, "receipt_omitted")])
def test_a_record_has_a_minute_to_be_sealed(late: int, reason: str) -> None:
    log = made_log()
    receipt = log.receipt(log.step(7), signed_at=spelled(log.now - timedelta(seconds=late - 1)))
    removed(log)
    log.step(8)
    log.now -= timedelta(seconds=1)
    log.seal()
    assert checked(log, receipts=texts(receipt)).reason == "receipt_not_yet_sealed" if late == 60 else reason


@pytest.mark.ids("T56")
def test_a_receipt_that_the_hall_never_signed_proves_nothing() -> None:
    log, receipt = with_receipt(removed)
    assert checked(log, receipts=texts(receipt | {"signature": "00" * 64})).reason == "receipt_signature"
    log.receipt_signer = Signer("receipt", log.signer.private)  # the head key signs no receipts
    forged = log.receipt(log.rows[-1])
    assert verify(log.lines(), [log.signer.row], receipts=texts(forged)).reason == "receipt_signature"


# Every other check ---------------------------------------------------------------------------------------------------------
def resealed(change: Callable[[MadeLog], None]) -> MadeLog:
    """A log whose hall itself sealed something that can't be."""
    log = made_log()
    log.heads, log.now = log.heads[:1], log.now
    change(log)
    log.heads = []
    log.seal()
    return log


def goes_on(log: MadeLog, **changes: Any) -> None:
    """One more step of case 1 with something wrong in it."""
    subject = str(uuid.UUID(int=1))
    seq, digest, _ = log.last[subject]
    told = {"table": "hall_case", "id": subject, "seq": seq + 1, "previous": digest} | changes.pop("subject", {})
    log.states(
        {**VERBS, "close": {"from": ["decided"], "to": "closed"}, "leap": {"from": ["received"], "to": "closed"}}
    )
    log.add(**({"kind": "close", "subject": subject, "to": "closed"} | changes)).change(subject=told)


@pytest.mark.ids("T49")
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({}, ""),
        ({"subject": {"seq": 7}}, "sequence_gap"),
        ({"subject": {"seq": 5}}, "record_twice"),
        ({"subject": {"seq": 1, "previous": ""}}, "record_twice"),
        ({"subject": {"previous": "00" * 32}}, "link_broken"),
        ({"subject": {"previous": ""}}, "link_broken"),
        ({"from": "reviewed"}, "path_illegal"),
        ({"to": "received"}, "path_illegal"),
        ({"kind": "leap"}, "path_illegal"),
        ({"kind": "unheard_of"}, "path_illegal"),
        ({"at": spelled(made.BEGIN + timedelta(seconds=30))}, "time_backwards"),
        ({"at": "some day"}, "not_a_log"),
    ],
    ids=str,
)
def test_a_step_that_does_not_follow_is_named(wrong: dict[str, Any], reason: str) -> None:
    report = checked(resealed(lambda log: goes_on(log, **wrong)))
    assert (report.reason, report.index) == (reason, 37 if reason else None), report.sentence


@pytest.mark.parametrize("seq", [2, 0])
def test_a_subject_begins_with_its_first_record(seq: int) -> None:
    subject = {"table": "supervision_paper", "id": str(uuid.uuid4()), "seq": seq, "previous": ""}
    log = resealed(lambda log: log.add("paper_rendered", subject["id"]).change(subject=subject))
    assert checked(log).reason == ("sequence_gap" if seq else "record_twice")


@pytest.mark.ids("T49")
@pytest.mark.parametrize("column", ["table", "subject", "seq", "kind", "to", "unit", "at", "schema", "hash"])
def test_a_column_that_says_something_else_than_its_body_is_named(column: str) -> None:
    log = made_log()
    log.rows[9].columns[column] = 7 if column in ("seq", "schema") else "other"
    report = checked(log)
    assert (report.reason, report.index) == ("columns_changed", 9)


@pytest.mark.ids("T46", "T50")
def test_a_record_that_was_sealed_twice_is_named() -> None:
    log = resealed(lambda log: log.rows.append(log.rows[7]))
    report = checked(log)
    assert (report.reason, report.index) == ("record_twice", 36)


@pytest.mark.ids("T50")
@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"previous": "00" * 32}, "does not name the head before it"),
        ({"previous": ""}, "does not name the head before it"),
        ({"sealed_at": spelled(made.BEGIN)}, "was sealed earlier"),
        ({"epoch": 0}, "of an earlier epoch"),
        ({"size": 36}, "stands after 37 records"),
        ({"size": 38}, "stands after 37 records"),
    ],
    ids=str,
)
def test_heads_that_are_no_chain_are_named(told: dict[str, Any], sentence: str) -> None:
    log = made_log()
    log.step(7)
    lines = [*log.lines(), *texts(log.seal(**told))]
    report = checked(log, lines)
    assert (report.reason, report.index) == ("heads_broken", 36 if "size" not in told else 37), report.sentence
    assert sentence in report.sentence


@pytest.mark.parametrize("name", ALGORITHMS)
def test_both_trees_are_checked(name: str) -> None:
    log = made_log()
    log.step(7)
    log.seal(**{name: "00" * 32})
    report = checked(log)
    assert report.reason == "root_differs"
    assert name in report.sentence
    log = made_log()
    log.rows[9].leaves[name] = b"\x00" * 32
    assert checked(log).reason == "leaf_changed"


def test_a_root_is_checked_at_every_head() -> None:
    for place in range(8):
        log = made_log()
        told = json.loads(log.heads[place]["head"]) | {"sm3": "00" * 32}
        log.heads[place] = {"head": canonical(told), "signature": log.signer.sign(canonical(told))}
        report = checked(log)
        assert (report.reason, report.index) == ("root_differs", told["size"] - 1)


def test_a_log_without_the_head_over_all_of_it_is_named() -> None:
    log = made_log()
    log.heads.pop()
    assert checked(log).reason == "heads_broken"


@pytest.mark.ids("T53")
def test_a_part_is_held_to_the_newest_head() -> None:
    log = made_log()
    for start, end in ((9, 10), (0, 9), (20, 36)):
        lines = log.lines(start, end)
        link = json.loads(lines[1])
        side = "before" if start else "after"
        hashes = link["link"]["sm3"][side]
        hashes[0] = "AAAA" + hashes[0][4:]
        assert checked(log, [lines[0], json.dumps(link), *lines[2:]]).reason == "root_differs"
    log.rows[9].change(actor={"name": "李四"})
    assert checked(log, [*log.lines(9, 10)]).reason == "root_differs"


def test_in_a_part_every_head_that_no_other_names_is_signed() -> None:
    log = made_log()
    before = next(place for place, head in enumerate(log.heads) if made.size_of(head) == 16)
    log.heads[before] = log.heads[before] | {"signature": "00" * 64}
    assert checked(log).ok, "the newest head vouches for those before it"
    assert checked(log, log.lines(14, 18)).reason == "signature_invalid"


@pytest.mark.ids("T54")
def test_a_head_from_outside_must_be_signed_itself() -> None:
    log = made_log()
    assert checked(log, heads=texts(log.heads[-1] | {"signature": "00" * 64})).reason == "signature_invalid"
    told = canonical(json.loads(log.heads[-1]["head"]) | {"key": "0" * 16})
    assert checked(log, heads=texts({"head": told, "signature": log.signer.sign(told)})).reason == "key_unknown"


def test_half_a_line_of_the_heads_file_is_passed_over() -> None:
    log = made_log()
    for torn in (
        [*log.head_lines()[:3], log.head_lines()[3][:90], *log.head_lines()[3:]],
        [*log.head_lines(), '{"head":"{'],
    ):
        report = checked(log, heads=torn)
        assert report.ok
        assert report.remarks == ["1 lines of the files of heads are no heads and were passed over"]


# Recovery ------------------------------------------------------------------------------------------------------------------
def recovered(lost_size: int = 36) -> tuple[MadeLog, list[str]]:
    """Two heads were lost by a restore and given up by a recorded ceremony; and every head that was ever published."""
    log = made_log()
    lost = log.heads
    del log.rows[28:]
    log.heads = [head for head in lost if made.size_of(head) <= 28]
    named = next(head for head in lost if made.size_of(head) == lost_size)
    log.last, log.epoch = {}, 2
    facts = {
        name: {"size": made.size_of(head), "head": made.digest(head["head"])}
        for name, head in (("lost", named), ("kept", log.heads[-1]))
    }
    log.add("recovery", str(uuid.UUID(int=1)), numbered=False, table="supervision_clearance", facts=facts)
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
    log.rows[28].change(facts=log.rows[28].told["facts"] | {"kept": {"size": 28, "head": "00" * 32}})
    log.heads.pop()
    log.seal()
    assert checked(log).reason == "heads_broken"
    log, _ = recovered()
    log.heads.pop()
    log.epoch = 1
    log.seal()
    assert checked(log).reason == "heads_broken"


# Trees ---------------------------------------------------------------------------------------------------------------------
# The leaves and roots that certificate transparency tests its implementations with.
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.ids("T53")
@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    tree = verification.Frontier("sha256")
    for text in LEAVES[:size]:
        tree.add(verification.leaf_hash("sha256", bytes.fromhex(text)))
    assert tree.root().hex() == ROOTS[size]


hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=80)


@pytest.mark.ids("T53")
@pytest.mark.parametrize("name", ALGORITHMS)
@given(leaves=hashes, seed=st.integers())
def test_a_tree_that_grows_in_any_way_has_the_root_of_the_definition(name: str, leaves: list[bytes], seed: int) -> None:
    one, many, step = verification.Frontier(name), verification.Frontier(name), random.Random(seed)
    completed = {(0, index): node for index, node in enumerate(leaves)}
    for node in leaves:
        completed |= {(level, index): made_node for level, index, made_node in one.add(node)}
    while many.size < len(leaves):
        many.extend(leaves[many.size : many.size + step.randint(1, 9)])
    whole = verification.Frontier(name, len(leaves), [node for _, node in one.stack])
    assert one.root() == many.root() == whole.root() == made.root(name, leaves)
    for (level, index), node in completed.items():
        assert node == made.root(name, leaves[index << level : (index + 1) << level])
    assert set(completed) == {(level, index) for level in range(8) for index in range(len(leaves) >> level) if leaves}


@given(hashes, st.integers(0, 80))
def test_a_tree_that_begins_in_the_middle_joins_what_stands_left_of_it(leaves: list[bytes], start: int) -> None:
    start = min(start, len(leaves))
    left, right, joined = verification.Frontier("sha256"), verification.Frontier("sha256", start), 0
    left.extend(leaves[:start])
    for end, node in enumerate(leaves[start:], start + 1):
        right.add(node)
        edge, fold = right.split()
        for level, piece in edge[joined:]:
            left.append(level, piece)
        joined = len(edge)
        assert left.root(fold) == made.root("sha256", leaves[:end])


@pytest.mark.ids("T53")
@given(st.integers(0, 300), st.integers(0, 300))
def test_the_pieces_of_a_range_are_the_largest_that_fit(start: int, end: int) -> None:
    found = [(index << level, 1 << level) for level, index in verification.pieces(start, end)]
    assert found == made.subtrees(start, end)


def test_a_frontier_needs_all_its_subtrees() -> None:
    with pytest.raises(ValueError, match="made up of 2 subtrees"):
        verification.Frontier("sha256", 3, [b"\x00" * 32])


# Signatures ----------------------------------------------------------------------------------------------------------------
VECTORS = (  # RFC 8032, 7.1: public key, message, signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)
L = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.ids("T49")
@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_signatures_of_the_standard_hold(public: str, message: str, signature: str) -> None:
    told = [bytes.fromhex(text) for text in (public, message, signature)]
    assert verification.verify_signature(*told)
    assert not verification.verify_signature(told[0], told[1] + b"x", told[2])
    for place in range(64):
        changed = bytearray(told[2])
        changed[place] ^= 1
        assert not verification.verify_signature(told[0], told[1], bytes(changed))


@pytest.mark.ids("T49")
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_what_cryptography_signs_holds_in_one_spelling_only(seed: bytes, message: bytes) -> None:
    private = made.Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert verification.verify_signature(public, message, signature)
    s = int.from_bytes(signature[32:], "little")
    assert not verification.verify_signature(public, message, signature[:32] + (s + L).to_bytes(32, "little"))
    assert not verification.verify_signature(public, message + b"x", signature)


@pytest.mark.parametrize(
    "public",
    [
        *(b"", bytes(31), (2**255 - 19 + 1).to_bytes(32, "little"), b"\xff" * 32),
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with a sign
        (2).to_bytes(32, "little"),  # no point of the curve
    ],
    ids=bytes.hex,
)
def test_what_is_no_key_verifies_nothing(public: bytes) -> None:
    assert not verification.verify_signature(public, b"", bytes(64))


def test_a_signature_of_another_length_is_none() -> None:
    signer = Signer()
    assert not verification.verify_signature(signer.public, b"", bytes.fromhex(signer.sign(""))[:63])
    assert not verification.verify_signature(signer.public, b"", b"")


# Command line --------------------------------------------------------------------------------------------------------------
def run(*words: str | Path, given_in: bytes | None = None) -> tuple[int, str, str]:
    """In a Python that sees no package and no settings of the product."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "script" / "verify-log"), *map(str, words)],
        input=given_in,
        capture_output=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def log() -> MadeLog:
    return made_log()


@pytest.fixture
def files(log: MadeLog, tmp_path: Path) -> list[str | Path]:
    export, keys = log.write(tmp_path)
    return [export, "--keys", keys]


@pytest.mark.ids("T53")
def test_the_command_needs_nothing_but_its_file_and_says_what_it_checked(
    log: MadeLog, files: list, tmp_path: Path
) -> None:
    heads = tmp_path / "heads.ndjson"
    heads.write_text("\n".join(log.head_lines()), encoding="utf-8")
    code, said, wrong = run(*files, "--head", heads, "--case", NUMBER)
    assert (code, wrong) == (0, "")
    assert "In order: 36 records (0 to 36 of 36), 8 heads, 8 published heads." in said
    newest = json.loads(log.heads[-1]["head"])
    for told in (newest["sha256"], newest["sm3"], newest["key"], newest["sealed_at"]):
        assert told in said
    for verb, source, target in PATH:
        assert f"{verb}: {source} → {target}" in said
    assert "王小明 综合窗口 031 遂委〔2026〕3号 row 2" in said


def test_the_command_reads_from_a_pipe(files: list) -> None:
    assert run("-", *files[1:], given_in=files[0].read_bytes())[0] == 0


def test_the_command_answers_in_json(files: list) -> None:
    code, said, _ = run(*files, "--json")
    told = json.loads(said)
    assert (code, told["ok"], told["end"], told["heads"]) == (0, True, 36, 8)
    code, said, _ = run(*files, "--case", "0", "--json")
    told = json.loads(said)
    assert (code, told["ok"], told["reason"]) == (1, False, "case_unknown")


@pytest.mark.ids("T49")
def test_the_command_names_the_first_bad_place(log: MadeLog, tmp_path: Path) -> None:
    bit_in_a_body(log)
    export, keys = log.write(tmp_path)
    code, said, wrong = run(export, "--keys", keys)
    assert (code, wrong) == (1, "")
    assert said.startswith("NOT IN ORDER at index 9: leaf_changed: the body of record 9")


@pytest.mark.ids("T56")
def test_the_command_takes_a_receipt(log: MadeLog, tmp_path: Path) -> None:
    log, receipt = with_receipt(removed)
    export, keys = log.write(tmp_path)
    paper = tmp_path / "receipt.json"
    paper.write_text(json.dumps(receipt, indent=1))
    code, said, _ = run(export, "--keys", keys, "--receipt", paper)
    assert code == 1
    assert "receipt_omitted" in said


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.ndjson", ""),
        ("log.ndjson", "hello\n"),
        ("log.ndjson", '{"log":{"format":2,"from":0,"to":0,"size":0}}\n'),
        ("log.ndjson", '{"log":{"format":1,"from":3,"to":2,"size":5}}\n'),
        ("log.ndjson", '{"log":{"format":1,"from":0,"to":2,"size":5}}\n{"link":{}}\n'),
        ("keys.json", ""),
        ("keys.json", '[{"key":"00","use":"head","algorithm":"Ed25519","public":"00"}]'),
        ("heads.ndjson", ""),
        ("heads.ndjson", "{}\n"),
        ("receipt.json", "{}"),
        ("receipt.json", "\x00"),
    ],
)
def test_what_can_not_be_used_is_said_in_one_sentence(
    log: MadeLog, files: list, tmp_path: Path, name: str, content: str
) -> None:
    for beside, told in (("heads.ndjson", log.head_lines()[0]), ("receipt.json", texts(log.receipt(log.rows[1]))[0])):
        (tmp_path / beside).write_text(told)
    (tmp_path / name).write_text(content)
    code, said, wrong = run(*files, "--head", tmp_path / "heads.ndjson", "--receipt", tmp_path / "receipt.json")
    assert (code, said) == (2, "")
    assert wrong.endswith(".\n")
    assert wrong.count("\n") == 1


@pytest.mark.parametrize("missing", range(2))
def test_a_file_that_is_not_there_is_said(files: list, tmp_path: Path, missing: int) -> None:
    files[missing * 2] = tmp_path / "nowhere"
    code, said, wrong = run(*files)
    assert (code, said) == (2, "")
    assert "nowhere" in wrong


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_that_was_cut_short_is_not_in_order(files: list, jobs: str) -> None:
    whole = files[0].read_bytes()
    lines = whole.splitlines(keepends=True)
    for cut, reason in (
        (b"".join(lines[:-2]), "index_gap"),
        (whole[: len(whole) // 2], "not_a_log"),
        (b"".join(lines[:-1]), "heads_broken"),
    ):
        files[0].write_bytes(cut)
        code, said, _ = run(*files, "--jobs", jobs)
        assert code == 1
        assert reason in said


def test_a_line_that_is_none_of_a_log_is_named(log: MadeLog, tmp_path: Path) -> None:
    lines = log.lines()
    for garbage in (
        "garbage",
        "[]",
        "{}",
        "7",
        '{"index":8,',
        "\udcff",
        "[" * 100_000,
        lines[8].replace("\\", ""),
        f"{lines[8]}{lines[8]}",
    ):
        told = [*lines[:8], garbage, *lines[8:]]
        report = checked(log, [line.encode(errors="surrogateescape") for line in told])  # type: ignore[misc]
        assert (report.reason, report.index) == ("not_a_log", 6), garbage[:80]


# Several processes ---------------------------------------------------------------------------------------------------------
def tampered(seed: int) -> MadeLog:
    """A long log in which something at a random place was changed in a random way, and then sealed anew or not."""
    chance = random.Random(seed)
    log = made_log(cases=chance.randint(3, 20), every=chance.randint(1, 9))
    place = chance.randrange(1, log.size)
    row, other = log.rows[place], log.rows[chance.randrange(1, log.size)]
    told = row.told
    ways: list[Callable[[], Any]] = [
        lambda: None,
        lambda: setattr(row, "body", row.body.replace("031", "032", 1)),
        lambda: row.change(actor={}),
        lambda: row.change(subject=told["subject"] | {"seq": 1}),
        lambda: row.change(subject=told["subject"] | {"seq": 4}),
        lambda: row.change(subject=told["subject"] | {"previous": ""}),
        lambda: row.change(**{"from": "reviewed"}),
        lambda: row.change(to="decided"),
        lambda: row.change(kind="unheard_of"),
        lambda: row.change(at=spelled(made.BEGIN + timedelta(seconds=2))),
        lambda: row.change(at=spelled(made.BEGIN - timedelta(minutes=20))),
        lambda: row.change(at=spelled(log.now + timedelta(minutes=20))),
        lambda: setattr(row, "id", other.id),
        lambda: log.rows.remove(row),
        lambda: log.rows.insert(place, other),
        lambda: row.columns.update(unit="999"),
        lambda: row.change(
            kind="state_table", facts={"table": "hall_case", "verbs": {}}, subject=told["subject"] | {"seq": None}
        ),
    ]
    chance.choice(ways)()
    if chance.random() < 0.8:
        log.seal_again()
    return log


@pytest.mark.ids("T49", "T53")
def test_several_processes_come_to_the_verdict_of_one(tmp_path: Path) -> None:
    reasons = set()
    for seed in range(120):
        log = tampered(seed)
        path, _ = log.write(tmp_path)
        receipts = texts(log.receipt(log.rows[1]))
        asked = verification.Asked(log.keys, log.head_lines(), receipts)
        alone = checked(log, heads=log.head_lines(), receipts=receipts)
        reasons.add(alone.reason)
        for jobs in (2, 3, 5):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(verification.multiprocessing, "Pool", _Pool)
                together = _together(jobs, path, asked, alone)
            assert (together.reason, together.index) == (alone.reason, alone.index), (
                seed,
                jobs,
                together.sentence,
                alone.sentence,
            )
            assert together.ok is False or together == alone
    assert {
        "",
        "leaf_changed",
        "root_differs",
        "record_twice",
        "sequence_gap",
        "link_broken",
        "path_illegal",
    } <= reasons
    assert {"time_backwards", "back_dated", "columns_changed"} <= reasons


def _together(jobs: int, path: Path, asked: verification.Asked, alone: Report) -> Report:
    try:
        return verification.verify_by(jobs, str(path), asked)
    except verification.SharedId:
        return alone  # the command reads once more in one go


def _sent(told: Any) -> Any:
    return pickle.loads(pickle.dumps(told))  # noqa: S301


class _Pool:
    """The processes one after the other, in this one; what they are given and give back goes through the same pipe."""

    def __init__(self, count: int) -> None:
        assert count > 0

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *told: object) -> None:
        pass

    def imap(self, work: Callable, tasks: list) -> list:
        return [_sent(work(_sent(task))) for task in tasks]


def test_every_range_begins_where_the_one_before_ends(tmp_path: Path) -> None:
    for cases in (1, 2, 5, 30):
        log = made_log(cases=cases, every=2)
        path, _ = log.write(tmp_path)
        with path.open("rb") as file:
            export = verification.Export.of(map(bytes.strip, iter(file.readline, b"")))
            ranges = verification._ranges(str(path), file, export, 4)
        assert len(ranges) > 1
        read = [line for place in ranges for line in place.lines() if line]
        assert read == [line.encode() for line in log.lines()[1:]]
        for place in ranges:
            indices = [json.loads(line)["index"] for line in place.lines() if line.startswith(b'{"index"')]
            assert indices == list(range(place.start, place.end))


@pytest.mark.ids("T49", "T53")
def test_the_command_reads_with_two_processes(log: MadeLog, files: list, tmp_path: Path) -> None:
    assert run(*files, "--jobs", "2") == run(*files)
    for tamper in (
        bit_in_a_body,
        actor_in_a_body,
        swapped,
        record_deleted,
        lambda log: setattr(log.rows[30], "id", log.rows[2].id),
    ):
        log = made_log()
        tamper(log)
        log.write(tmp_path)
        alone = run(*files)
        assert alone[0] == 1
        assert run(*files, "--jobs", "2") == alone


def test_a_part_is_read_with_two_processes(log: MadeLog, tmp_path: Path) -> None:
    for part in ((0, 20), (9, 36), (7, 29), (20, 20)):
        path, _ = log.write(tmp_path, log.lines(*part))
        asked = verification.Asked(log.keys, log.head_lines())
        assert verification.verify_by(2, str(path), asked) == checked(log, log.lines(*part), heads=log.head_lines())


# What the product uses -----------------------------------------------------------------------------------------------------
def test_progress_is_told_each_thousand_leaves() -> None:
    log = MadeLog()
    for number in range(2500):
        log.add("sign_in", str(uuid.UUID(int=number)), numbered=False)
    log.seal()
    seen: list[int] = []
    assert checked(log, progress=seen.append).ok
    assert seen == [1000, 2000]


def test_without_sm3_the_other_tree_is_checked_and_that_is_said(log: MadeLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "AVAILABLE", ("sha256",))
    report = checked(log)
    assert report.ok
    assert report.remarks == ["this Python has no SM3: the SHA-256 tree alone was checked"]


def test_every_reason_has_a_sentence_that_can_be_said() -> None:
    """Each test above names its reason; these are all that there are."""
    tested = Path(__file__).read_text(encoding="utf-8")
    assert [reason for reason in REASONS if f'"{reason}"' not in tested] == []
