"""Every case beside its records: state, numbers, clocks, papers, acts, materials, and who applied (T55).

Cases go by in blocks, each read as it was at one instant, so that verbs go on meanwhile. A difference names the case and what
differs; of personal data never the value.
"""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from hall.models import Act, Applicant, Case, Decision, Delivery
from hall.replay import storing
from hall.replay.orphans import orphans
from hall.replay.rebuilding import Image, Row, rebuild
from hall.replay.storing import Stored
from hall.states import VERBS
from supervision import moment, protection
from supervision.models import Clock, ClockKind, Paper, PaperKind
from supervision.numbers import groups
from supervision.sealing.checking import one_moment
from supervision.sealing.findings import Finding

BLOCK = 500
SEALED = ("id_number", "phone", "address", "contact_id_number")
CLOCKS, PAPERS = dict(ClockKind.choices), dict(PaperKind.choices)
NAMES = {"name": "申请人姓名", "contact_name": "经办人姓名"}
# Of these a finding says that they differ and not how: personal data, keys and digests.
HIDDEN = {"opinion", "recipient", "record_digest", "facts_hash", "person", "post", "line", "handler"}


def compare_cases() -> Iterator[Finding]:
    """Every difference between what is stored and what the records say, and what stands without the other."""
    last = None
    while True:
        with one_moment():
            keys = storing.keys_after(last, BLOCK)
            found = list(_of_block(keys)) if keys else []
        yield from found
        if len(keys) < BLOCK:
            break
        last = keys[-1]
    with one_moment():
        found = list(orphans())
    yield from found


def compare_case(key: uuid.UUID) -> list[Finding]:
    """The same for one case, for the page that asks about it."""
    with one_moment():
        return list(_of_block([key]))


def _of_block(keys: list[uuid.UUID]) -> Iterator[Finding]:
    records, rows = storing.records_of(keys), storing.stored(keys)
    papers = [uuid.UUID(paper) for one in rows.values() for paper in one.image.papers]
    printed = storing.records_of(papers, "supervision_paper", kind="paper_rendered")
    for key in keys:
        for difference in _of_case(rows[key], records.get(key, []), printed):
            yield Finding("stored_differs", f"办件 {_named(rows[key].image.case['number'])}：{difference}。")


def _of_case(one: Stored, texts: list[bytes], printed: Mapping[uuid.UUID, list[bytes]]) -> Iterator[str]:
    if not texts:
        yield "存着这个办件，却没有它的记录"
        return
    bodies = [json.loads(text) for text in texts]
    try:
        told = rebuild(bodies, hashlib.sha256(texts[-1]).hexdigest())
    except (KeyError, TypeError, ValueError, AttributeError):
        yield "记录的内容不完整，推不出办件"
        return
    yield from _of_images(one.image, told)
    yield from _of_applicant(one.applicant, bodies[0]["facts"].get("applicant", {}))
    yield from _of_files(one, printed)


def _of_images(stored: Image, told: Image) -> Iterator[str]:
    yield from _of_rows(Case, "", stored.case, told.case)
    yield from _of_tables(Act, _by(stored.acts, _act), _by(told.acts, _act))
    yield from _of_tables(Clock, _by(stored.clocks, _clock), _by(told.clocks, _clock))
    yield from _of_tables(Paper, _by(stored.papers, _paper), _by(told.papers, _paper))
    for seq in sorted({*stored.materials, *told.materials}):
        if stored.materials.get(seq) != told.materials.get(seq):
            yield f"第 {seq} 步登记的材料与记录不一致"
    yield from _of_tables(Decision, stored.decision, told.decision)
    yield from _of_tables(Delivery, stored.delivery, told.delivery)


def _of_tables(model: type[Model], stored: Mapping[str, Row], told: Mapping[str, Row]) -> Iterator[str]:
    """Rows under the names by which people know them."""
    for name in sorted({*stored, *told}):
        if name not in told:
            yield f"存着{name}，记录里没有"
        elif name not in stored:
            yield f"记录里有{name}，没有存"
        else:
            yield from _of_rows(model, f"{name}的", stored[name], told[name])


def _of_rows(model: type[Model], lead: str, stored: Row, told: Row) -> Iterator[str]:
    for name in told:
        if stored[name] != told[name]:
            field: Any = model._meta.get_field(name)
            values = f"，存的是“{_shown(field, stored[name])}”，记录推出“{_shown(field, told[name])}”"
            yield f"{lead}{field.verbose_name}与记录不一致{'' if name in HIDDEN else values}"


def _of_applicant(row: Applicant, told: Mapping[str, str]) -> Iterator[str]:
    """Names and sealed values against the salted commitments of the first record: a swapped person is found (trust 2, trap 7)."""
    if row.kind != told.get("kind"):
        yield "申请人类别与记录不一致"
    for name in ("name", "contact_name"):
        if _committed(row.id_number, getattr(row, name)) != told.get(name):
            yield f"{NAMES[name]}与记录里的承诺不符"
    for column in SEALED:
        envelope, word = getattr(row, column), _word(column)
        try:
            value = protection.unseal(envelope, table="hall_applicant", column=column, row=row.id) if envelope else ""
        except protection.Unreadable:
            yield f"{word}的密文不属于这一行，或已损坏"
            continue
        if _committed(envelope, value) != told.get(column):
            yield f"{word}与记录里的承诺不符"
        if column == "id_number" and protection.blind_index(value, purpose="id_number") != row.id_number_index:
            yield f"{_word('id_number_index')}与证件号码不符"


def _committed(envelope: Any, value: str) -> str | None:
    return protection.commitment(envelope, value) if value else None


def _of_files(one: Stored, printed: Mapping[uuid.UUID, list[bytes]]) -> Iterator[str]:
    """What was printed is what the record of the printing says."""
    for key, paper in one.image.papers.items():
        hashes = [json.loads(text)["facts"]["pdf"] for text in printed.get(uuid.UUID(key), [])]
        if hashes != ([one.files[key]] if key in one.files else []):
            yield f"{_paper(key, paper)}的文件与制成记录不一致"


def _by(rows: Mapping[Any, Row], name: Callable[[Any, Row], str]) -> dict[str, Row]:
    return {name(key, row): row for key, row in rows.items()}


def _act(seq: int, row: Row) -> str:
    verb = VERBS.get(row["verb"])
    return f"第 {seq} 步“{verb.label if verb else row['verb']}”"


def _clock(kind: str, row: Row) -> str:
    return f"“{CLOCKS.get(kind, kind)}”时限"


def _paper(key: str, row: Row) -> str:
    return f"“{PAPERS.get(row['kind'], row['kind'])}”（…{key[-6:]}）"


def _word(column: str) -> str:
    return str(Applicant._meta.get_field(column).verbose_name).removesuffix("（密文）")  # type: ignore[union-attr]


def _shown(field: Any, value: Any) -> str:
    if isinstance(value, datetime):
        return f"{moment.local(value):%Y-%m-%d %H:%M:%S}"
    return str(dict(field.flatchoices).get(value, "无" if value in (None, "") else value))


def _named(number: str) -> str:
    parts = groups(number)
    return parts.spoken if parts else number
