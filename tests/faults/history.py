"""The history checker: what the counters were told, held against what the books of the hall hold afterwards (T57).

Everything here is plain data, so that `test_history.py` can show that each kind of loss is seen.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from threading import Lock


@dataclass
class Filing:
    """One application as its sender knows it: the key under which it is sent again, and every number it was told."""

    key: str
    online: bool
    told: list[str] = field(default_factory=list)
    acknowledged_at: float = 0.0
    transferred: bool = False
    again: list[str] = field(default_factory=list)  # why it had to be sent once more
    unexpected: str = ""

    def acknowledge(self, number: str) -> None:
        self.acknowledged_at = self.acknowledged_at or time.time()
        self.told.append(number)


@dataclass
class History:
    """All filings since the hall was started."""

    filings: list[Filing] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def begin(self, key: str, *, online: bool) -> Filing:
        filing = Filing(key, online)
        with self._lock:
            self.filings.append(filing)
        return filing


@dataclass(frozen=True)
class CaseRow:
    number: str
    key: str  # the source number
    state: str
    records: int  # how many the case says it has
    digest: str  # of its last record, as the case says
    id: str = ""


@dataclass(frozen=True)
class RecordRow:
    id: int
    subject: str  # "table/id"
    seq: int | None
    digest: str  # of the body
    previous: str  # as the body says


@dataclass(frozen=True)
class Books:
    """What was written: `issued` are the serials in use by series, `counters` the last one given."""

    cases: list[CaseRow]
    records: list[RecordRow]
    issued: dict[str, list[int]]
    counters: dict[str, int]
    answers: list[str]  # the keys of the kept answers of the API
    leaves: list[tuple[int, int]]  # (index, record)
    due: int  # the last record that had the time to be sealed


def faults(history: History, books: Books) -> list[str]:
    """Every way in which the books differ from what was acknowledged; empty when nothing was lost or done twice."""
    return [
        *_of_answers(history.filings),
        *_of_cases(history.filings, books),
        *_of_numbers(books),
        *_of_records(books),
        *_of_leaves(books),
    ]


def _of_answers(filings: list[Filing]) -> Iterator[str]:
    """Everybody was told one number in the end, and nobody the number of somebody else."""
    for filing in filings:
        if filing.unexpected:
            yield f"{filing.key} was answered {filing.unexpected}"
        elif len(set(filing.told)) != 1:
            yield f"{filing.key} was told {sorted(set(filing.told)) or 'nothing'}"
    for number in _twice(number for filing in filings for number in set(filing.told)):
        yield f"number {number} was told to two applicants"


def _of_cases(filings: list[Filing], books: Books) -> Iterator[str]:
    """Every acknowledged case exists once, as the one it was filed for, and none exists beside them."""
    cases = {case.number: case for case in books.cases}
    told = {number for filing in filings for number in filing.told}
    for filing in filings:
        for number in sorted(set(filing.told)):
            case = cases.get(number)
            if case is None:
                yield f"case {number} was acknowledged at {filing.acknowledged_at:.3f} and is lost"
            elif case.key != filing.key:
                yield f"case {number} belongs to {case.key} and not to {filing.key}"
            elif filing.transferred and case.state in ("submitted", "received"):
                yield f"case {number} was transferred and is {case.state}"
    yield from (f"nobody was told of case {number}" for number in sorted(cases.keys() - told))
    yield from (f"{key} became two cases" for key in _twice(case.key for case in books.cases))
    yield from (f"{key} has two answers" for key in _twice(books.answers))
    answered = set(books.answers)
    for filing in filings:
        if filing.online and filing.told and filing.key not in answered:
            yield f"the answer to {filing.key} was not kept"


def _of_numbers(books: Books) -> Iterator[str]:
    """Numbers are unique, and each series runs from 1 to its counter without a gap."""
    yield from (f"number {number} was issued twice" for number in _twice(case.number for case in books.cases))
    for series in sorted(books.issued.keys() | books.counters.keys()):
        serials = books.issued.get(series, [])
        for serial in _twice(serials):
            yield f"{series}: serial {serial} was issued twice"
        wanted = set(range(1, books.counters.get(series, 0) + 1))
        for serial in sorted(wanted ^ set(serials)):
            yield f"{series}: serial {serial} {'is missing' if serial in wanted else 'is above the counter'}"


def _of_records(books: Books) -> Iterator[str]:
    """Every case has its records 1 to n, each linked to the one before, the last as the case says; no record lacks its case."""
    chains: dict[str, list[RecordRow]] = defaultdict(list)
    for record in books.records:
        if record.seq is not None:
            chains[record.subject].append(record)
    for case in books.cases:
        chain = sorted(chains.pop(f"hall_case/{case.id}", []), key=lambda record: record.seq or 0)
        if [record.seq for record in chain] != list(range(1, case.records + 1)):
            yield f"case {case.number} has the records {[record.seq for record in chain]} and counts {case.records}"
        elif [record.previous for record in chain] != ["", *(record.digest for record in chain[:-1])]:
            yield f"the records of case {case.number} are not linked"
        elif case.digest != chain[-1].digest:
            yield f"the last record of case {case.number} is not the one it names"
    yield from (f"{subject} has records and does not exist" for subject in chains if subject.startswith("hall_case/"))


def _of_leaves(books: Books) -> Iterator[str]:
    """Every record is sealed once, and the places run from 0 without a gap."""
    leaves = books.leaves
    known, sealed = {record.id for record in books.records}, {record for _, record in leaves}
    yield from (f"record {record} is not sealed" for record in sorted(known - sealed) if record <= books.due)
    yield from (f"a leaf seals record {record}, which does not exist" for record in sorted(sealed - known))
    yield from (f"record {record} is sealed twice" for record in _twice(record for _, record in leaves))
    places = sorted(index for index, _ in leaves)
    if places != list(range(len(leaves))):
        gap = next(n for n, index in enumerate(places) if n != index)
        yield f"leaf {gap} is missing or double"


def _twice(values: Iterable[object]) -> list[object]:
    return [value for value, times in Counter(values).items() if times > 1]
