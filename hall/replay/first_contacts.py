"""首问登记 beside its records: who was asked first and who answers, to whom it was led, and that what was said is what was written (T55)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from hall.first_contacts import REASONS, SEALED, TABLE
from hall.models import FirstContact
from hall.replay.announcing import Row, last_told, unequal
from supervision import moment, protection
from supervision.sealing.checking import one_moment
from supervision.sealing.findings import Finding

BLOCK = 500
UNREADABLE = "unreadable"


def compare_first_contacts() -> Iterator[Finding]:
    """Every question that does not stand as its records say; a finding names the column, never what stands in it."""
    with one_moment(unhurried=True):
        told, found = last_told(TABLE, _take)
        found += _of_rows(told)
    yield from found


def _take(told: Row, body: Row) -> None:
    facts, at, actor = body["facts"], moment.instant(body["at"]), body["actor"]
    if body["kind"] == "register":
        person = actor.get("person")
        told |= {"asked_at": at, "first_asked": person, "responsible": person, "post": actor.get("post")}
        told |= {"window": actor.get("window"), "closed_at": at if facts["answer"] else None, REASONS: []}
        told |= {name: facts[name] for name in ("item", "led_to", "answer_by")}
    elif body["kind"] == "close":
        told["closed_at"] = at
    else:
        told |= {"responsible": facts["responsible"], REASONS: [*told[REASONS], facts["reason"]]}
    told |= {name: facts[name] for name in SEALED if name in facts}
    told |= {"state": body["to"], "record_seq": body["subject"]["seq"]}


def _of_rows(told: dict[str, Row]) -> Iterator[Finding]:
    gone = set(told)
    rows = FirstContact.objects.select_related("item", "window", "led_to").order_by("asked_at", "id")
    rows_in_blocks = rows.iterator(chunk_size=BLOCK)
    while block := list(islice(rows_in_blocks, BLOCK)):
        for row in block:
            gone.discard(str(row.id))
            for name in unequal(_stored(row), told.get(str(row.id), {})):
                word = str(FirstContact._meta.get_field(name).verbose_name).removesuffix("（密文）")  # type: ignore[union-attr]
                yield Finding("stored_differs", f"首问登记（标识 {row.id}）的{word}与记录不一致。")
    for key in sorted(gone):
        yield Finding("stored_differs", f"首问登记（标识 {key}）有记录，却没有存着。")


def _stored(row: FirstContact) -> Row:
    return {
        **{name: getattr(row, name) for name in ("state", "asked_at", "closed_at", "record_seq")},
        **{name: str(getattr(row, f"{name}_id")) for name in ("first_asked", "post", "responsible")},
        "window": str(row.window),
        "item": row.item.key if row.item else None,
        "led_to": row.led_to.number if row.led_to else None,
        "answer_by": row.answer_by.isoformat() if row.answer_by else None,
        **{name: _committed(row, name, getattr(row, name)) for name in SEALED},
        REASONS: _every(row, row.reasons),
    }


def _every(row: FirstContact, envelopes: Any) -> Any:
    if not isinstance(envelopes, list):
        return UNREADABLE
    return [_committed(row, REASONS, envelope) for envelope in envelopes]


def _committed(row: FirstContact, column: str, envelope: Any) -> Any:
    """The commitment to what the envelope holds, which must be this row's."""
    if envelope is None:
        return None
    try:
        return protection.commitment(envelope, protection.unseal(envelope, table=TABLE, column=column, row=row.id))
    except protection.Unreadable:
        return UNREADABLE
