"""What somebody may put into a log, a head, a receipt or a key file to mislead the verifier or to stop it (T46, T49, T54, T56)."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supervision.ledger.verification import Unusable, verify

from . import made_log as made
from .made_log import VERBS, MadeLog, Signer, canonical, made_log, spelled
from .verdicts import checked, delete_last, run, texts, verdict, with_receipt


# Tables of states ----------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46")
@pytest.mark.parametrize(
    "facts",
    [
        {},
        [],
        {"table": "hall_case", "verbs": []},
        {"table": "hall_case", "verbs": {"receive": 5}},
        {"table": "hall_case", "verbs": {"receive": {"from": 5, "to": "received"}}},
        {"table": "hall_case", "verbs": {"receive": {"from": [5], "to": "received"}}},
        {"table": "hall_case", "verbs": {"receive": {"from": "received", "to": "received"}}},
        {"table": "hall_case", "verbs": {"receive": {"from": [""], "to": []}}},
        {"table": [], "verbs": VERBS},
    ],
    ids=str,
)
def test_a_misshapen_table_of_states_is_named_where_it_stands(facts: Any) -> None:
    log = made_log()
    log.states().change(facts=facts)
    for number in range(40):
        log.add("sign_in", str(uuid.UUID(int=number)), numbered=False, table="authorization_person")
    log.step(7)
    log.seal()
    assert verdict(checked(log)) == ("not_a_log", 36)


# Heads and openings --------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T50")
def test_the_first_head_of_a_log_names_none_before_it() -> None:
    for every in (4, 100):
        log = made_log(every=every)
        first = json.loads(log.heads[0]["head"])
        log.heads = []
        log.heads = [log.head(first["size"], "", previous="00" * 32, sealed_at=first["sealed_at"])]
        if first["size"] < log.size:
            log.seal()
        assert verdict(checked(log)) == ("heads_broken", first["size"] - 1)


@pytest.mark.parametrize(
    "change",
    [
        {"format": 1.0},
        {"format": True},
        {"from": False},
        {"from": 0.0},
        {"to": 36.0},
        {"size": "36"},
        {"to": 0, "size": 0},
        {"to": 99, "size": -1},
    ],
    ids=str,
)
def test_an_opening_counts_in_whole_numbers(change: dict[str, Any]) -> None:
    log = made_log()
    opening = {"log": {"format": 1, "from": 0, "to": 36, "size": 36} | change}
    with pytest.raises(Unusable):
        verify([json.dumps(opening), *log.lines()[1:]], log.keys)


RESPELLED: list[Callable[[str], str]] = [
    lambda text: '{"size":1,' + text[1:],
    lambda text: text[:-1] + ',"size":1}',
    lambda text: f" {text}",
    lambda text: text.replace(":", ": ", 1),
    lambda text: text.replace('"marks":{}', '"marks":{"a":1.5}'),
    lambda text: text.replace('"marks":{}', '"marks":NaN'),
    lambda text: text.replace('"size":36', '"size":36.0'),
    lambda text: text.replace('"epoch":1', '"epoch":true'),
    lambda text: text.replace("T02:", "T24:"),
    lambda text: text.replace("-03-10T", "-02-30T"),
    lambda text: text.replace("2026-", "9999-"),
    lambda text: text.replace("2026-", "２０２６-"),
]


@pytest.mark.parametrize("number", range(len(RESPELLED)))
def test_a_head_that_two_readers_may_read_in_two_ways_is_none(number: int) -> None:
    log = made_log()
    text = RESPELLED[number](log.heads[-1]["head"])
    assert text != log.heads[-1]["head"]
    head = {"head": text, "signature": log.signer.sign(text)}
    with pytest.raises(Unusable):
        checked(log, heads=texts(head))
    lines = [*log.lines()[:-1], *texts(head)]
    assert verdict(checked(log, lines)) == ("not_a_log", 36)


# Receipts ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T56")
@pytest.mark.parametrize("told", [{"case": "031202603101099999"}, {"at": "2026-03-10T02:42:00.000000Z"}], ids=str)
def test_a_receipt_that_speaks_of_another_case_is_named(told: dict[str, str]) -> None:
    log, _ = with_receipt()
    report = checked(log, receipts=texts(log.receipt(log.rows[36], **told)))
    assert verdict(report) == ("receipt_changed", 36)
    assert "speaks of another" in report.sentence


@pytest.mark.ids("T56")
def test_a_sealer_that_has_fallen_behind_omitted_nothing() -> None:
    """Late heads over early records: a backlog of more than one window, or a clock that was set back."""
    log = made_log()
    receipt = log.receipt(log.step(7))
    delete_last(log)
    log.step(8)
    log.seal(sealed_at=spelled(log.now + timedelta(hours=1)))
    assert checked(log, receipts=texts(receipt)).reason == "receipt_not_yet_sealed"
    log.now += timedelta(hours=1, seconds=2)
    log.step(9)
    log.seal()
    assert checked(log, receipts=texts(receipt)).reason == "receipt_omitted"


@pytest.mark.ids("T56")
def test_the_clock_of_the_database_puts_nobody_off_for_more_than_a_day() -> None:
    for hours, reason in ((23, "receipt_not_yet_sealed"), (25, "receipt_omitted")):
        log, receipt = with_receipt(delete_last)
        log.now += timedelta(hours=hours)
        log.step(9).columns["recorded_at"] = json.loads(receipt["receipt"])["signed_at"]
        log.seal()
        assert checked(log, receipts=texts(receipt)).reason == reason


@pytest.mark.ids("T56")
@pytest.mark.parametrize("seq", ["²", "٣", "+1", "1_0", "01", "", "9" * 5000])
def test_the_number_in_a_receipt_is_spelled_in_one_way(seq: str) -> None:
    log, _ = with_receipt()
    receipt = log.receipt(log.rows[36], record=f"hall_case/{uuid.UUID(int=7)}/{seq}")
    assert checked(log, receipts=texts(receipt)).reason == "receipt_omitted"


@pytest.mark.ids("T56")
@pytest.mark.parametrize(
    "told",
    [
        {"signed_at": "9999-12-31T23:59:59.999999Z"},
        {"signed_at": "2026-99-31T23:59:59.999999Z"},
        {"signed_at": "2026-02-30T23:59:59.999999Z"},
        {"at": 7},
        {"case": None},
        {"extra": 1.5},
    ],
    ids=str,
)
def test_a_receipt_with_a_strange_word_is_none(told: dict[str, Any]) -> None:
    log = made_log()
    with pytest.raises(Unusable):
        checked(log, receipts=texts(log.receipt(log.rows[1], **told)))


# What stops a reader -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("flag", ["--keys", "--head", "--receipt"])
@pytest.mark.parametrize(
    "content",
    [
        b"[" * 200_000,
        b"\xff\xfe",
        b"7",
        b"[1]",
        b"null",
        b'{"head":"\\ud800","receipt":"\\ud800","signature":"00"}',
        b'[{"key":"\\ud800","use":"head","algorithm":"Ed25519","public":""}]',
    ],
    ids=lambda content: repr(content[:8]),
)
def test_no_file_beside_the_log_ends_in_a_traceback(flag: str, content: bytes, tmp_path: Path) -> None:
    export, keys = made_log().write(tmp_path)
    hostile = tmp_path / "hostile"
    hostile.write_bytes(content)
    for jobs in ("1", "2"):
        words = ["--keys", hostile] if flag == "--keys" else ["--keys", keys, flag, hostile]
        code, said, wrong = run(export, *words, "--jobs", jobs)
        assert (code, said, wrong.count("\n")) == (2, "", 1), wrong
        assert "Traceback" not in wrong


@pytest.mark.parametrize("kind", ["head", "receipt"])
def test_a_text_without_bytes_is_none(kind: str) -> None:
    log = made_log()
    line = log.heads[-1] if kind == "head" else log.receipt(log.rows[1])
    told = json.loads(line[kind]) | {"x": "\ud800"}
    with pytest.raises(Unusable):
        verify(log.lines(), log.keys, **{f"{kind}s": [json.dumps({kind: canonical(told), "signature": "00"})]})


@pytest.mark.ids("T49")
@pytest.mark.parametrize(
    "at",
    [
        "9999-99-99T99:99:99.000000Z",
        "2026-02-30T00:00:00.000000Z",
        "2026-13-10T00:00:00.000000Z",
        "2026-03-10T24:00:00.000000Z",
        "２０２６-03-10T02:00:00.000000Z",
        "2026-03-10T02:00:00.000000Z\n",
        7,
        None,
    ],
    ids=str,
)
def test_an_instant_that_is_none_is_named_where_it_stands(at: Any) -> None:
    log = made_log()
    log.add("sign_in", str(uuid.UUID(int=7)), numbered=False, table="authorization_person").change(at=at)
    for number in range(40):
        log.add("sign_in", str(uuid.UUID(int=number)), numbered=False, table="authorization_person")
    log.seal()
    assert verdict(checked(log)) == ("not_a_log", 36)


@pytest.mark.parametrize("seq", ["true", "1.0", "1e0", '"1"', "[]"])
def test_the_number_of_a_record_is_a_whole_number(seq: str) -> None:
    log = made_log()
    row = log.step(9)
    row.body = row.body.replace('"seq":1', f'"seq":{seq}')
    row.hash_again()
    log.seal()
    assert checked(log).reason in {"not_a_log", "columns_changed"}


@pytest.mark.ids("T49")
@pytest.mark.parametrize("more", ['"zz":NaN', '"zz":1.5', '"zz":-Infinity'])
def test_a_body_has_no_floats(more: str) -> None:
    log = made_log()
    row = log.step(9)
    row.body = f"{row.body[:-1]},{more}}}"
    row.hash_again()
    log.seal()
    assert verdict(checked(log)) == ("not_a_log", 36)


@pytest.mark.ids("T49", "T56")
def test_a_body_with_a_key_twice_is_no_answer_about_a_case() -> None:
    log = made_log()
    row = log.step(9)
    row.body = '{"actor":{"name":"another"},' + row.body[1:]
    row.hash_again()
    log.seal()
    assert verdict(checked(log, case="031202603101000009")) == ("not_a_log", 36)
    assert verdict(checked(log, receipts=texts(log.receipt(row)))) == ("not_a_log", 36)


@pytest.mark.ids("T49")
def test_a_second_column_can_not_hide_in_the_clock_of_the_database() -> None:
    log = made_log()
    lines = log.lines()
    place = next(place for place, line in enumerate(lines) if line.startswith('{"index":7,'))
    clock = json.loads(lines[place])["recorded_at"]
    hidden = '","kind":"denied","z":"aaaaa'[: len(clock)].ljust(len(clock), "a")
    lines[place] = lines[place].replace(f'"recorded_at":"{clock}', f'"recorded_at":"{hidden}', 1)
    assert json.loads(lines[place])["kind"] == "denied"
    assert verdict(checked(log, lines)) == ("columns_changed", 7)


@pytest.mark.ids("T49")
def test_what_stands_in_a_log_does_not_steer_the_terminal(tmp_path: Path) -> None:
    log = made_log()
    log.add("\x1b[2J\x1b[HIn order\n\x9b1m\u202e", str(uuid.UUID(int=99)), to="x")
    log.seal()
    export, keys = log.write(tmp_path)
    for words in ([], ["--json"]):
        code, said, _ = run(export, "--keys", keys, *words)
        assert code == 1
        assert not set(said) & set("\x1b\x9b\u202e")
        assert said.splitlines()[0].isprintable()


@pytest.mark.ids("T49")
@pytest.mark.parametrize("small", [1, 0, 2**255 - 20], ids=["identity", "order four", "order two"])
def test_a_key_under_which_anybody_can_sign_is_none(small: int) -> None:
    log, signer = made_log(), Signer()
    public = small.to_bytes(32, "little")
    row = signer.row | {"public": public.hex(), "key": made.hashlib.sha256(public).hexdigest()[:16]}
    with pytest.raises(Unusable):
        verify(log.lines(), [*log.keys, row])


# Faults that hide others ---------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46", "T49")
def test_a_record_with_a_fault_hides_nothing_that_comes_after_it() -> None:
    log = made_log()
    receipt = log.receipt(log.rows[1])
    published = log.head_lines()
    log.rows[7].change(kind="recovery", facts={})
    log.rows[14].body = log.rows[14].body.replace("031", "032", 1)
    log.seal_again()
    report = checked(log, heads=published, receipts=texts(receipt | {"signature": "00" * 64}))
    assert verdict(report) == ("recovery_unsigned", 7)
    named = [(told["reason"], told["index"]) for told in report.further]
    assert named == [("leaf_changed", 14), ("head_differs", 11), ("receipt_signature", 0)]
    assert report.heads == 8


@pytest.mark.ids("T46", "T49")
def test_a_changed_record_leaves_the_roots_to_the_others() -> None:
    log = made_log()
    log.rows[9].body = log.rows[9].body.replace("031", "032", 1)
    report = checked(log)
    assert verdict(report) == ("leaf_changed", 9)
    assert "root_differs" not in {told["reason"] for told in report.further}
    log.rows[30].change(actor={"name": "李四"})
    assert "root_differs" in {told["reason"] for told in checked(log).further}


def test_a_flood_of_faults_is_told_by_the_first_ones(tmp_path: Path) -> None:
    log = made_log()
    for row in log.rows[5:]:
        row.columns["unit"] = "999"
    report = checked(log)
    assert verdict(report) == ("columns_changed", 5)
    assert len(report.further) == 10
    export, keys = log.write(tmp_path)
    assert run(export, "--keys", keys)[1].count("perhaps because of it") == 10


def test_equal_illegal_steps_are_each_told() -> None:
    log = made_log()
    for number in range(20):
        log.add("unheard_of", str(uuid.UUID(int=100 + number)), to="received")
    log.seal()
    report = checked(log)
    assert verdict(report) == ("path_illegal", 36)
    assert [told["index"] for told in report.further] == list(range(37, 47))


# Lines that read in two ways -----------------------------------------------------------------------------------------------
def with_line(change: Callable[[str], str], body: str = '"note":"name u674e to"') -> tuple[MadeLog, list[str]]:
    """A log of 37 records, and its lines with that of the last record respelled; its body has the words of `body`."""
    log = made_log()
    row = log.add("note", str(uuid.UUID(int=9)), numbered=False)
    row.body = row.body.replace('"facts":{}', f'"facts":{{{body}}}')
    row.hash_again()
    log.seal()
    lines = log.lines()
    place = next(place for place, line in enumerate(lines) if line.startswith('{"index":36,'))
    lines[place] = change(lines[place])
    assert lines != log.lines()
    return log, lines


RESPELLED_LINES: list[tuple[Callable[[str], str], str]] = [
    (lambda line: line.replace("u674e", "\\u674e"), "leaf_changed"),
    (lambda line: line.replace("name u674e", "\\name u674e"), "leaf_changed"),
    (lambda line: line.replace(" to", " \\to"), "leaf_changed"),
    (lambda line: line.replace("name", "na\\me"), "not_a_log"),
    (lambda line: line.replace('\\"note\\"', '"note"'), "not_a_log"),
    (lambda line: line.replace('\\"note\\"', '"\\n\\ote"'), "not_a_log"),
    (lambda line: line.replace('\\"note', '"\\note'), "not_a_log"),
    (lambda line: line.replace('"id":137', '"id":1_37'), "not_a_log"),
    (lambda line: line.replace('"id":137', '"id":+137'), "not_a_log"),
    (lambda line: line.replace('"id":137', '"id":0137'), "not_a_log"),
    (lambda line: line.replace('"id":137', '"id":"137"'), "not_a_log"),
    (lambda line: line.replace("name", "\\u006eame"), ""),
]


@pytest.mark.ids("T49")
@pytest.mark.parametrize("number", range(len(RESPELLED_LINES)))
def test_a_line_says_what_every_reader_of_json_reads_in_it(number: int) -> None:
    change, reason = RESPELLED_LINES[number]
    report = checked(*with_line(change))
    assert (report.reason, report.index) == (reason, 36 if reason else None)


TYPES: list[tuple[str, Any]] = [
    *((name, value) for name in ("schema",) for value in (True, "1", 2, None)),
    *((name, value) for name in ("kind", "from", "to", "unit", "at") for value in (None, 31, [])),
    *((name, value) for name in ("actor", "power", "facts", "subject") for value in (None, [], "x")),
]


@pytest.mark.ids("T46", "T49")
@pytest.mark.parametrize(("name", "value"), TYPES, ids=str)
@pytest.mark.parametrize("numbered", [True, False])
def test_the_members_of_a_body_have_their_types(name: str, value: Any, numbered: bool) -> None:
    log = made_log()
    row = log.add("receive", str(uuid.UUID(int=99)), to="received", numbered=numbered)
    columns, told = row.columns, row.told | {name: value}
    row.body = canonical(told)
    row.columns = columns | ({name: value} if name in columns else {})
    row.hash_again()
    log.seal()
    assert verdict(checked(log)) == ("not_a_log", 36)
    if name in columns:
        row.columns[name] = "None" if value is None else 1 if name == "schema" else str(value)
        assert verdict(checked(log)) == ("not_a_log", 36)


@pytest.mark.ids("T46", "T49")
@pytest.mark.parametrize(
    ("name", "value"), [("table", 5), ("id", None), ("previous", None), ("seq", True), ("seq", "1")]
)
def test_the_members_of_a_subject_have_their_types(name: str, value: Any) -> None:
    log = made_log()
    row = log.add("receive", str(uuid.UUID(int=99)), to="received")
    row.change(subject=row.told["subject"] | {name: value})
    log.seal()
    assert verdict(checked(log)) == ("not_a_log", 36)


@pytest.mark.ids("T49")
@pytest.mark.parametrize(("column", "value"), [("schema", True), ("seq", True), ("schema", "1"), ("unit", 31)])
def test_a_column_of_another_type_is_another_column(column: str, value: Any) -> None:
    log = made_log()
    log.rows[1].columns[column] = value
    assert verdict(checked(log)) == ("columns_changed", 1)


@pytest.mark.ids("T50", "T56")
@pytest.mark.parametrize("schema", [2, True, "1", None])
def test_heads_and_receipts_of_another_schema_are_none(schema: Any) -> None:
    log = made_log()
    log.step(7)
    log.seal(schema=schema)
    assert verdict(checked(log)) == ("not_a_log", 37)
    log = made_log()
    with pytest.raises(Unusable):
        checked(log, receipts=texts(log.receipt(log.rows[1], schema=schema)))


@pytest.mark.ids("T50")
@pytest.mark.parametrize("signature", ["", "00", " ".join(["00"] * 64), "00" * 65, "z" * 128])
def test_a_signature_has_128_hex_digits(signature: str) -> None:
    log = made_log()
    log.heads[0]["signature"] = signature
    assert verdict(checked(log)) == ("not_a_log", json.loads(log.heads[0]["head"])["size"])


@pytest.mark.ids("T49")
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("[" * 798 + "]" * 798, ""),
        ("[" * 799 + "]" * 799, "not_a_log"),
        (json.dumps("[" * 5000), ""),
        ("9" * 4000, ""),
        ("9" * 4001, "not_a_log"),
        (json.dumps("9" * 5000), ""),
    ],
    ids=range(6),
)
def test_every_python_reads_bodies_to_the_same_depth_and_length(value: str, reason: str) -> None:
    log = made_log()
    row = log.step(9)
    row.body = row.body.replace('"number":', f'"x":{value},"number":')
    row.hash_again()
    log.seal()
    assert verdict(checked(log)) == (reason, 36 if reason else None)
