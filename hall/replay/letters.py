"""Letters beside their records, and the lines of each letter beside what was signed (T42, T55).

Whoever gives himself a power by hand in the database stands in no record.
"""

from collections.abc import Iterator
from datetime import datetime

from authorization.models import Letter, LetterLine, LetterState
from hall.replay.announcing import EMPTY, Row, last_told, period, unequal
from supervision import moment
from supervision.sealing.checking import one_moment
from supervision.sealing.findings import Finding

LETTER = "authorization_letter"


def compare_letters() -> Iterator[Finding]:
    """Every letter that does not stand as its records say, and every line that was not signed."""
    with one_moment(unhurried=True):
        told, found = last_told(LETTER, _take)
        found += _of_letters(told)
        found += _of_lines(told)
    yield from found


def _take(told: Row, body: Row) -> None:
    """A letter is told whole when it takes effect; later records move its state, and end its lines with it."""
    facts, at, seq = body["facts"], moment.instant(body["at"]), body["subject"]["seq"]
    lines = {line["id"]: line | {"lower": at, "record_seq": seq} for line in facts.get("lines", ())}
    if lines:
        told["lines"] = told.get("lines", {}) | lines
        first, end = facts["valid"]
        told |= {name: facts[name] for name in ("kind", "number", "grantee", "signed_on")}
        told |= {"department": body["unit"], "valid_during": (first, end, "[)")}
    elif body["to"] != LetterState.IN_FORCE:
        told |= {"ended": at, "ended_by": seq}
    told |= {"state": body["to"], "record_seq": seq}


def _of_letters(told: dict[str, Row]) -> Iterator[Finding]:
    gone = {key: one.get("number", key) for key, one in told.items()}
    for letter in Letter.objects.select_related("department", "grantee").order_by("number"):
        gone.pop(str(letter.id), None)
        stored = _stored(letter)
        for name in unequal(stored, told.get(str(letter.id), {})):
            word = Letter._meta.get_field(name).verbose_name  # type: ignore[union-attr]
            yield Finding("stored_differs", f"委托书“{letter.number}”的{word}与记录不一致。")
    for number in sorted(gone.values()):
        yield Finding("stored_differs", f"委托书“{number}”有记录，却没有存着。")


def _of_lines(told: dict[str, Row]) -> Iterator[Finding]:
    """Each line as it was signed, in force from the record that put it in force to the one that ended its letter."""
    signed = {
        key: _ended(line, one) | {"letter": letter}
        for letter, one in told.items()
        for key, line in one.get("lines", {}).items()
    }
    for row in LetterLine.objects.select_related("letter", "item").order_by("letter__number", "seq").iterator():
        line = signed.pop(str(row.id), {})
        names = unequal(_stored_line(row), line)
        if names:
            words = "、".join(str(LetterLine._meta.get_field(name).verbose_name) for name in names)  # type: ignore[union-attr]
            yield Finding("stored_differs", f"委托书“{row.letter.number}”第 {row.seq} 行与记录不一致：{words}。")
    if signed:
        yield Finding("stored_differs", f"有 {len(signed):,} 行委托记录在案，却没有存着。")


def _ended(line: Row, letter: Row) -> Row:
    """A line that ended at the instant at which it began is stored as an empty period."""
    ended: datetime | None = letter.get("ended")
    upper = max(ended, line["lower"]) if ended else None
    period = (line["lower"], upper, "[)") if upper != line["lower"] else EMPTY
    return line | {"in_force": period, "record_seq": letter.get("ended_by", line["record_seq"])}


def _stored(letter: Letter) -> Row:
    return {
        "kind": letter.kind,
        "number": letter.number,
        "department": letter.department.number,
        "grantee": letter.grantee.number,
        "state": letter.state,
        "valid_during": period(letter.valid_during, str),
        "signed_on": letter.signed_on.isoformat(),
        "record_seq": letter.record_seq,
    }


def _stored_line(line: LetterLine) -> Row:
    return {
        "letter": str(line.letter_id),
        "seq": line.seq,
        "item": line.item.key,
        "tier": line.tier,
        "post": str(line.post_id) if line.post_id else None,
        "powers": list(line.powers),
        "in_force": period(line.in_force),
        "record_seq": line.record_seq,
    }
