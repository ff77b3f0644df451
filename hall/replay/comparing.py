"""Every case beside its records: state, numbers, clocks, pauses, papers and their files, receipts, acts, materials, defects, opinions of
other units, what the regulator was told, how the result went out, and who applied (T55).

Cases go by in blocks, each read as it was at one instant, so that verbs go on meanwhile. A difference names the case and what
differs; of personal data never the value.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import Model

from hall.models import (
    Act,
    Applicant,
    Case,
    CourierShipment,
    Decision,
    Defect,
    Delivery,
    JointOpinion,
    RegulatorNotice,
)
from hall.replay import storing
from hall.replay.orphans import orphans
from hall.replay.rebuilding import FITS, POINTED, Image, Numbered, Row, rebuild
from hall.replay.storing import Stored, committed
from hall.states import VERBS
from supervision import moment, protection, receipts
from supervision.models import Clock, ClockKind, ClockPause, Paper, PaperFile, PaperKind, Receipt
from supervision.numbers import groups
from supervision.sealing.checking import one_moment, unbroken
from supervision.sealing.findings import MALFORMED, Finding

BLOCK = 500
TABLE = "hall_applicant"
SEALED = (
    *("id_number", "phone", "address", "contact_id_number"),
    *("postal_recipient", "postal_phone", "postal_address"),
)
CLOCKS, PAPERS = dict(ClockKind.choices), dict(PaperKind.choices)
NAMES = {"name": "申请人姓名", "contact_name": "经办人姓名"}
# Of these a finding says that they differ and not how: personal data, keys and digests.
HIDDEN = {
    *("opinion", "recipient", "person", "post", "line", "handler", "source_number", "query_code", "query_code_index"),
    *("problem", "wanted", "question", "answer", "result", "approver_post", "approver_person"),
    *("record_digest", "facts_hash", "facts", "check_code", "pdf_hash", "data", "text", "signature"),
}
Keys = Mapping[str, bytes]


def compare_cases() -> Iterator[Finding]:
    """Every difference between what is stored and what the records say, and what stands without the other."""
    published = receipts.published()
    if not published and Receipt.objects.exists():
        yield Finding("broke_off", "没有读到公布的回执公钥，回执的签名没有核对。")
    last = None
    while keys := storing.keys_after(last, BLOCK):
        yield from unbroken("办件", partial(_of_one_moment, keys, published))
        last = keys[-1]
    yield from orphans()


def compare_case(key: uuid.UUID) -> list[Finding]:
    """The same for one case, for the page that asks about it."""
    with one_moment():
        return list(_of_block([key], receipts.published()))


def _of_one_moment(keys: Sequence[uuid.UUID], published: Keys) -> list[Finding]:
    with one_moment(unhurried=True):
        return list(_of_block(keys, published))


def _of_block(keys: Sequence[uuid.UUID], published: Keys) -> Iterator[Finding]:
    records, rows = storing.records_of(keys), storing.stored(keys, published)
    papers = [uuid.UUID(paper) for one in rows.values() for paper in one.image.papers]
    printed = storing.records_of(papers, "supervision_paper", kind="paper_rendered")
    files = {str(paper): texts for paper, texts in printed.items()}
    for key in keys:
        if key not in rows:
            yield Finding("stored_differs", f"办件（标识 {key}）指向的申请人、事项或版本不在，或它刚才不见了。")
            continue
        for difference in _of_case(rows[key], records.get(key, []), files, bool(published)):
            yield Finding("stored_differs", f"办件 {_named(rows[key].image.case['number'])}：{difference}。")


def _of_case(one: Stored, texts: list[bytes], files: Mapping[str, list[bytes]], judged: bool) -> Iterator[str]:
    if not texts:
        yield "存着这个办件，却没有它的记录"
        return
    try:
        told = rebuild(texts, files)
    except MALFORMED:
        yield "记录的内容不完整，推不出办件"
        return
    try:
        yield from _of_images(one.image, told, judged)
        yield from _of_applicant(one.applicant, told.applicant)
    except MALFORMED:
        yield "记录或存储的内容不成样子，没有比完"
    for word in sorted(one.twice):
        yield f"同一个{word}存着不止一行"


def _of_images(stored: Image, told: Image, judged: bool) -> Iterator[str]:
    """`judged` is false when no receipt key was published: signatures then say nothing."""
    yield from _of_rows(Case, "", stored.case, told.case)
    yield from _of_tables(Act, stored.acts, told.acts, _act)
    yield from _of_tables(Clock, stored.clocks, told.clocks, lambda key, row: _clock(key))
    yield from _of_tables(ClockPause, stored.pauses, told.pauses, lambda round_, row: f"第 {round_} 次停表")
    yield from _of_tables(Defect, stored.defects, told.defects, _defect)
    yield from _of_tables(JointOpinion, stored.opinions, told.opinions, lambda round_, row: f"第 {round_} 次会办意见")
    yield from _of_tables(
        RegulatorNotice, stored.regulator_notices, told.regulator_notices, lambda round_, row: f"第 {round_} 次审管推送"
    )
    yield from _of_tables(Paper, stored.papers, told.papers, _paper)
    papers = told.papers | stored.papers
    yield from _of_tables(PaperFile, stored.files, told.files, lambda key, row: f"{_paper(key, papers[key])}的文件")
    for row in () if judged else stored.receipts.values():
        row["signature"] = FITS
    yield from _of_tables(Receipt, stored.receipts, told.receipts, lambda seq, row: f"第 {seq} 步的回执")
    for seq in sorted({*stored.materials, *told.materials}):
        if stored.materials.get(seq) != told.materials.get(seq):
            yield f"第 {seq} 步登记的材料与记录不一致"
    yield from _of_tables(Decision, stored.decision, told.decision, lambda word, row: word)
    yield from _of_tables(Delivery, stored.delivery, told.delivery, lambda word, row: word)
    yield from _of_tables(CourierShipment, stored.shipment, told.shipment, lambda word, row: word)


def _of_tables(
    model: type[Model], stored: Mapping[Any, Row], told: Mapping[Any, Row], named: Callable[[Any, Row], str]
) -> Iterator[str]:
    """Rows by their keys, told under the names by which people know them."""
    for key in sorted({*stored, *told}):
        name = named(key, told.get(key) or stored[key])
        if key not in told:
            yield f"存着{name}，记录里没有"
        elif key not in stored:
            yield f"记录里有{name}，没有存"
        else:
            yield from _of_rows(model, f"{name}的", stored[key], told[key])


def _of_rows(model: type[Model], lead: str, stored: Row, told: Row) -> Iterator[str]:
    for name in told:
        if stored[name] != told[name]:
            field: Any = model._meta.get_field(name)
            yield f"{lead}{field.verbose_name}与记录不一致{_values(field, stored[name], told[name])}"


def _of_applicant(row: Applicant, told: Mapping[str, str]) -> Iterator[str]:
    """Names and sealed values against the salted commitments of the first record: a swapped person is found (trust 2, trap 7)."""
    if row.kind != told.get("kind"):
        yield "申请人类别与记录不一致"
    for name in ("name", "contact_name"):
        if committed(row.id_number, getattr(row, name)) != told.get(name):
            yield f"{NAMES[name]}与记录里的承诺不符"
    for column in SEALED:
        envelope, word = getattr(row, column), _word(column)
        try:
            value = "" if envelope is None else protection.unseal(envelope, table=TABLE, column=column, row=row.id)
        except protection.Unreadable:
            yield f"{word}的密文不属于这一行，或已损坏"
            continue
        if committed(envelope, value) != told.get(column):
            yield f"{word}与记录里的承诺不符"
        if column == "id_number" and protection.blind_index(value, purpose="id_number") != row.id_number_index:
            yield f"{_word('id_number_index')}与证件号码不符"


def _act(seq: int, row: Row) -> str:
    verb = VERBS.get(row["verb"])
    return f"第 {seq} 步“{verb.label if verb else row['verb']}”"


def _clock(key: Numbered) -> str:
    kind, round_ = key
    return f"“{CLOCKS.get(kind, kind)}”时限" + (f"（第 {round_} 次）" if round_ > 1 else "")


def _defect(key: tuple[int, int], row: Row) -> str:
    round_, place = key
    return f"第 {round_} 次告知补正的第 {place} 项材料"


def _paper(key: str, row: Row) -> str:
    return f"“{PAPERS.get(row['kind'], row['kind'])}”（…{key[-6:]}）"


def _word(column: str) -> str:
    return str(Applicant._meta.get_field(column).verbose_name).removesuffix("（密文）")  # type: ignore[union-attr]


def _values(field: Any, stored: Any, told: Any) -> str:
    if field.name in HIDDEN:
        return ""
    return f"，存的是“{_shown(field, stored)}”，记录推出“{_shown(field, told)}”"


def _shown(field: Any, value: Any) -> str:
    if isinstance(value, datetime):
        return f"{moment.local(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.name in POINTED and value:
        return _clock(value)
    return str(dict(field.flatchoices).get(value, "无" if value in (None, "") else value))


def _named(number: str) -> str:
    parts = groups(number)
    return parts.spoken if parts else number
