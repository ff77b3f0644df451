"""`script/verify-log` as an outsider runs it, by one process or several, and the document that explains the format (T49, T53, T56)."""

import json
import random
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supervision.ledger import verification
from supervision.ledger.verification import ALGORITHMS, REASONS, verify

from ..source_code import ROOT
from . import made_log as made
from .made_log import PATH, MadeLog, made_log, spelled
from .verdicts import change_actor, change_bit, checked, delete_last, delete_record, swap_records, texts, with_receipt

NUMBER = "031202603101000003"


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
    change_bit(log)
    export, keys = log.write(tmp_path)
    code, said, wrong = run(export, "--keys", keys)
    assert (code, wrong) == (1, "")
    assert said.startswith("NOT IN ORDER at index 9: leaf_changed: the body of record 9")


@pytest.mark.ids("T56")
def test_the_command_takes_a_receipt(log: MadeLog, tmp_path: Path) -> None:
    log, receipt = with_receipt(delete_last)
    export, keys = log.write(tmp_path)
    paper = tmp_path / "receipt.json"
    paper.write_text(json.dumps(receipt, indent=1))
    code, said, _ = run(export, "--keys", keys, "--receipt", paper)
    assert code == 1
    assert "receipt_omitted" in said


@pytest.mark.ids("T54", "T56")
def test_the_command_takes_a_head_over_several_lines_and_the_answer_that_has_a_receipt(tmp_path: Path) -> None:
    log, receipt = with_receipt()
    export, keys = log.write(tmp_path)
    head, answer = tmp_path / "head.json", tmp_path / "answer.json"
    head.write_text(json.dumps(log.heads[2], indent=1))
    answer.write_text(json.dumps({"number": "031202603101000007", "receipt": receipt}))
    code, said, wrong = run(export, "--keys", keys, "--head", head, "--receipt", answer)
    assert (code, wrong) == (0, "")
    assert "1 published heads" in said
    assert "stands at index 36" in said


@pytest.mark.parametrize("jobs", ["0", "-1"])
def test_the_command_reads_with_one_process_at_least(files: list, jobs: str) -> None:
    assert run(*files, "--jobs", jobs) == (2, "", "--jobs takes a number of at least 1.\n")


@pytest.mark.ids("T53")
def test_a_case_outside_of_a_part_is_not_judged(log: MadeLog, tmp_path: Path) -> None:
    export, keys = log.write(tmp_path, log.lines(20, 30))
    code, said, wrong = run(export, "--keys", keys, "--case", NUMBER)
    assert (code, said) == (2, "")
    assert "export of the whole log" in wrong


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
def test_several_processes_come_to_the_verdict_of_one() -> None:
    """As in every other test that asks `checked`."""
    reasons = set()
    for seed in range(120):
        log = tampered(seed)
        received = [row for row in log.rows if "number" in row.told["facts"]]
        receipts = texts(log.receipt(received[0]), log.receipt(received[-1]))
        reasons.add(checked(log, heads=log.head_lines(), receipts=receipts).reason)
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


@pytest.mark.ids("T49", "T53")
def test_a_broken_chain_of_heads_is_seen_wherever_ranges_meet() -> None:
    for place in range(1, 16):
        log = made_log(every=2)
        told = json.loads(log.heads[place]["head"]) | {"previous": "00" * 32}
        log.heads[place] = {"head": made.canonical(told), "signature": log.signer.sign(made.canonical(told))}
        report = checked(log)
        assert (report.reason, report.index) == ("heads_broken", told["size"] - 1)


@pytest.mark.ids("T49")
def test_a_record_that_is_older_than_one_before_its_range_is_seen() -> None:
    for place in range(1, 12):
        log = MadeLog()
        for number in range(12):
            log.now += timedelta(minutes=4)
            at = log.now - timedelta(minutes=15 * (number == place))
            log.add("sign_in", str(uuid.UUID(int=number)), numbered=False, at=spelled(at))
        log.seal()
        report = checked(log)
        assert (report.reason, report.index) == ("back_dated", place)


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
        change_bit,
        change_actor,
        swap_records,
        delete_record,
        lambda log: setattr(log.rows[30], "id", log.rows[2].id),
    ):
        log = made_log()
        tamper(log)
        log.write(tmp_path)
        alone = run(*files)
        assert alone[0] == 1
        assert run(*files, "--jobs", "2") == alone


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


# The document --------------------------------------------------------------------------------------------------------------
DOCUMENT = (ROOT / "docs" / "log-format.md").read_text(encoding="utf-8")


def block(name: str) -> list[str]:
    found = re.search(rf"```\w+ {name}\n(.*?)\n```", DOCUMENT, re.DOTALL)
    assert found
    return found[1].split("\n")


@pytest.mark.ids("T49", "T53")
def test_the_example_of_the_document_is_in_order() -> None:
    keys, receipt = json.loads("".join(block("keys"))), block("receipt")
    report = verify(
        block("log"), keys, heads=[line for line in block("log") if "head" in json.loads(line)], receipts=receipt
    )
    assert (report.reason, report.end, report.receipts[0]["index"]) == ("", 3, 1)
    assert verify(block("part"), keys, receipts=receipt).ok


def test_the_hashes_of_the_document_are_those_of_its_example() -> None:
    told = [json.loads(line) for line in block("log")]
    bodies = [line["body"] for line in told if "body" in line]
    leaves = {name: [made.leaf(name, body.encode()) for body in bodies] for name in ALGORITHMS}
    first, last = (line["head"] for line in told if "head" in line)
    shown = [
        bodies[1],
        f"sha256(0x00 || body) = {leaves['sha256'][1].hex()}",
        f"sm3(0x00 || body)    = {leaves['sm3'][1].hex()}",
        f"sha256(body)         = {made.digest(bodies[1])}",
        *(f"leaf {place}     {leaf.hex()}" for place, leaf in enumerate(leaves["sha256"])),
        f"node 0..1  {made.root('sha256', leaves['sha256'][:2]).hex()}",
        f"root       {made.root('sha256', leaves['sha256']).hex()}",
        f"`{made.digest(first)}`",
    ]
    assert [text for text in shown if text not in DOCUMENT] == []
    assert json.loads(last)["previous"] == made.digest(first)
    for name in ALGORITHMS:
        assert json.loads(last)[name] == made.root(name, leaves[name]).hex()
    assert [made.canonical(json.loads(text)) for text in (*bodies, first, last)] == [*bodies, first, last]


def test_the_document_explains_every_reason_and_no_other() -> None:
    assert set(re.findall(r"^\| `(\w+)` \| (?!1\b)", DOCUMENT.partition("## Checks")[2], re.MULTILINE)) == set(REASONS)
