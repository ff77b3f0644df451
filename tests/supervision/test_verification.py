"""What `script/verify-log` says: nothing about logs in order, and the fitting reason for each way to tamper (T46, T49, T53, T54, T56)."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supervision.ledger.verification import ALGORITHMS, REASONS, Unusable, verify

from . import made_log as made
from .made_log import VERBS, MadeLog, Signer, canonical, made_log, spelled
from .verdicts import change_actor, change_bit, checked, delete_record, insert_record, swap_records, texts


# No false alarms -----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46", "T49")
def test_a_log_in_order_is_in_order_beside_all_its_heads() -> None:
    log = made_log()
    report = checked(log, heads=log.head_lines())
    assert (report.reason, report.end, report.heads, report.published) == ("", 36, 8, 8)
    assert report.newest == json.loads(log.heads[-1]["head"])
    assert report.remarks == []


def test_a_log_in_which_nothing_is_sealed_proves_nothing() -> None:
    with pytest.raises(Unusable):
        checked(MadeLog())


@pytest.mark.ids("T53")
def test_every_part_and_every_proof_is_in_order_beside_all_heads() -> None:
    """A single record is an inclusion proof, no record at all between two heads a proof that one goes on from the other."""
    log = made_log(cases=3, every=3)
    parts = [(start, end) for start in range(log.size + 1) for end in range(start, log.size + 1)]
    verdicts = {part: checked(log, log.lines(*part), heads=log.head_lines()).reason for part in parts}
    assert {part: reason for part, reason in verdicts.items() if reason} == {}


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
@pytest.mark.ids("T49")
@pytest.mark.parametrize(
    ("tamper", "reason", "index"),
    [
        (change_bit, "leaf_changed", 9),
        (change_actor, "root_differs", 11),
        (delete_record, "root_differs", 11),
        (insert_record, "root_differs", 11),
        (swap_records, "root_differs", 11),
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


def test_a_record_more_than_was_announced_is_named() -> None:
    log = made_log()
    lines = [log.lines()[0].replace("36", "35"), *log.lines()[1:]]
    for spelled_so in (lines, [json.dumps(json.loads(line)) for line in lines]):
        report = checked(log, spelled_so)
        assert (report.reason, report.index) == ("index_gap", 35)


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
        {
            **VERBS,
            "close": {"from": ["decided"], "to": "closed"},
            "leap": {"from": ["received"], "to": "closed"},
            "stay": {"from": ["decided", "reviewed"], "to": ""},
            "stay_before": {"from": ["reviewed"], "to": ""},
        }
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
        ({"kind": "stay", "to": "decided"}, ""),
        ({"kind": "stay", "to": "reviewed"}, "path_illegal"),
        ({"kind": "stay", "to": ""}, "path_illegal"),
        ({"kind": "stay", "from": "reviewed", "to": "reviewed"}, "path_illegal"),
        ({"kind": "stay_before", "to": "decided"}, "path_illegal"),
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


@pytest.mark.parametrize("start", [0, 30, 36])
def test_the_first_record_of_a_subject_names_none_before_it(start: int) -> None:
    subject = {"table": "supervision_paper", "id": str(uuid.uuid4()), "seq": 1, "previous": "00" * 32}
    log = resealed(lambda log: log.add("paper_rendered", subject["id"]).change(subject=subject))
    report = checked(log, log.lines(start))
    assert (report.reason, report.index) == ("link_broken", 36)


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


def test_two_heads_over_the_same_records_are_named() -> None:
    log = made_log()
    log.seal()
    report = checked(log)
    assert (report.reason, report.index) == ("heads_broken", 35)


def test_the_key_of_every_head_is_known() -> None:
    log = made_log()
    log.seal_again(key="0" * 16)
    newest = log.head(36, log.heads[-2]["head"])
    log.heads[-1] = newest
    report = checked(log)
    assert (report.reason, report.index) == ("key_unknown", 3)


def test_states_join_also_where_no_table_of_states_is_kept() -> None:
    log, version = MadeLog(), str(uuid.uuid4())
    log.add("draft", version, to="draft", table="catalog_itemversion")
    log.add("publish", version, to="published", table="catalog_itemversion", **{"from": "published"})
    log.seal()
    report = checked(log)
    assert (report.reason, report.index) == ("path_illegal", 1)


def test_a_body_is_one_record_and_no_more() -> None:
    log = made_log()
    log.rows[7].body += "{}"
    log.rows[7].hash_again()
    log.seal_again()
    report = checked(log)
    assert (report.reason, report.index) == ("not_a_log", 7)


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


@pytest.mark.parametrize(("size", "start", "end"), [(16, 14, 18), (20, 14, 22)])
def test_in_a_part_every_head_that_no_other_names_is_signed(size: int, start: int, end: int) -> None:
    log = made_log()
    last = next(place for place, head in enumerate(log.heads) if made.size_of(head) == size)
    log.heads[last] = log.heads[last] | {"signature": "00" * 64}
    assert checked(log).ok, "the newest head vouches for those before it"
    assert checked(log, log.lines(start, end)).reason == "signature_invalid"


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


def test_every_reason_was_named_above_or_in_the_files_beside_this_one() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    beside = {
        "recovery_unsigned",
        "case_unknown",
        "receipt_signature",
        "receipt_omitted",
        "receipt_changed",
        "receipt_not_yet_sealed",
    }
    assert [reason for reason in REASONS if f'"{reason}"' not in tested and reason not in beside] == []
