"""The checker itself: it is silent about good books and names each kind of loss and doubling."""

from dataclasses import replace

import pytest

from .history import Books, CaseRow, Filing, History, RecordRow, faults

FIRST, SECOND = "031202603101000012", "031202603101000024"
SERIES, SLIPS = "case:031:20260310:1", "slip:031:20260310"


def told(key: str, *numbers: str, online: bool = False, transferred: bool = False) -> Filing:
    return Filing(key, online, list(numbers), 1.0, transferred)


def case(number: str, key: str, state: str, records: int) -> CaseRow:
    return CaseRow(number, key, state, records, f"{key}-{records}", key)


def record(place: int, key: str, seq: int | None) -> RecordRow:
    previous = f"{key}-{seq - 1}" if seq and seq > 1 else ""
    return RecordRow(place, f"hall_case/{key}", seq, f"{key}-{seq}", previous)


HISTORY = [told("a", FIRST, FIRST, online=True), told("b", SECOND, transferred=True)]
BOOKS = Books(
    cases=[case(FIRST, "a", "submitted", 1), case(SECOND, "b", "transferred", 2)],
    records=[record(1, "a", 1), record(2, "b", 1), record(3, "b", None), record(5, "b", 2)],
    issued={SERIES: [1, 2], SLIPS: [1]},
    counters={SERIES: 2, SLIPS: 1},
    answers=["a"],
    leaves=[(0, 1), (1, 2), (2, 3), (3, 5)],
    due=5,
)
LOST = replace(BOOKS, cases=BOOKS.cases[:1], records=BOOKS.records[:1], leaves=BOOKS.leaves[:1])
DOUBLE = replace(
    BOOKS,
    cases=[*BOOKS.cases, case("031202603101000036", "b", "received", 0)],
    issued={SERIES: [1, 2, 3], SLIPS: [1]},
    counters={SERIES: 3, SLIPS: 1},
)


def found(history: list[Filing] = HISTORY, books: Books = BOOKS) -> list[str]:
    return faults(History(history), books)


def test_good_books_are_good() -> None:
    assert found() == []


def test_what_was_recorded_a_moment_ago_may_wait_for_its_leaf() -> None:
    assert found(books=replace(BOOKS, leaves=BOOKS.leaves[:3], due=3)) == []


@pytest.mark.ids("T57")
@pytest.mark.parametrize(
    ("history", "sentence"),
    [
        ([told("a", FIRST, SECOND, online=True), HISTORY[1]], f"a was told ['{FIRST}', '{SECOND}']"),
        ([*HISTORY, told("c")], "c was told nothing"),
        ([*HISTORY, told("c", SECOND)], f"number {SECOND} was told to two applicants"),
        ([*HISTORY, told("c", "099202603101000015")], "case 099202603101000015 was acknowledged at 1.000 and is lost"),
        ([*HISTORY, Filing("c", False, unexpected="403")], "c was answered 403"),
        (HISTORY[:1], f"nobody was told of case {SECOND}"),
        ([HISTORY[0], told("c", SECOND)], f"case {SECOND} belongs to b and not to c"),
        (
            [told("a", FIRST, online=True, transferred=True), HISTORY[1]],
            f"case {FIRST} was transferred and is submitted",
        ),
    ],
)
def test_what_was_told_differs_from_the_books(history: list[Filing], sentence: str) -> None:
    assert sentence in found(history)


@pytest.mark.ids("T57", "T59")
@pytest.mark.parametrize(
    ("books", "sentence"),
    [
        (LOST, f"case {SECOND} was acknowledged at 1.000 and is lost"),
        (DOUBLE, "b became two cases"),
        (DOUBLE, "nobody was told of case 031202603101000036"),
        (replace(BOOKS, answers=[]), "the answer to a was not kept"),
        (replace(BOOKS, answers=["a", "a"]), "a has two answers"),
        (replace(BOOKS, cases=[*BOOKS.cases, BOOKS.cases[0]]), f"number {FIRST} was issued twice"),
        (replace(BOOKS, issued={SERIES: [1, 2, 2], SLIPS: [1]}), f"{SERIES}: serial 2 was issued twice"),
        (replace(BOOKS, counters={SERIES: 3, SLIPS: 1}), f"{SERIES}: serial 3 is missing"),
        (replace(BOOKS, counters={SERIES: 1, SLIPS: 1}), f"{SERIES}: serial 2 is above the counter"),
        (replace(BOOKS, counters={SERIES: 2}), f"{SLIPS}: serial 1 is above the counter"),
    ],
)
def test_cases_and_numbers_that_are_lost_or_double(books: Books, sentence: str) -> None:
    assert sentence in found(books=books)


@pytest.mark.ids("T57")
@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        (BOOKS.records[1:], f"case {FIRST} has the records [] and counts 1"),
        (BOOKS.records[:3], f"case {SECOND} has the records [1] and counts 2"),
        ([*BOOKS.records, record(6, "b", 2)], f"case {SECOND} has the records [1, 2, 2] and counts 2"),
        ([*BOOKS.records[:3], replace(BOOKS.records[3], previous="x")], f"the records of case {SECOND} are not linked"),
        (
            [*BOOKS.records[:3], replace(BOOKS.records[3], digest="x")],
            f"the last record of case {SECOND} is not the one it names",
        ),
        ([*BOOKS.records, record(6, "z", 1)], "hall_case/z has records and does not exist"),
    ],
)
def test_records_that_do_not_fit_their_case(records: list[RecordRow], sentence: str) -> None:
    assert sentence in found(books=replace(BOOKS, records=records))


@pytest.mark.ids("T46", "T57")
@pytest.mark.parametrize(
    ("leaves", "sentence"),
    [
        ([(0, 1), (1, 2), (2, 3)], "record 5 is not sealed"),
        ([(0, 1), (1, 2), (2, 3), (3, 5), (4, 5)], "record 5 is sealed twice"),
        ([(0, 1), (1, 2), (2, 3), (3, 5), (4, 9)], "a leaf seals record 9, which does not exist"),
        ([(0, 1), (1, 2), (3, 3), (4, 5)], "leaf 2 is missing or double"),
        ([(0, 1), (1, 2), (1, 3), (2, 5)], "leaf 2 is missing or double"),
        ([], "record 1 is not sealed"),
    ],
)
def test_records_that_are_not_sealed_once(leaves: list[tuple[int, int]], sentence: str) -> None:
    assert sentence in found(books=replace(BOOKS, leaves=leaves))
