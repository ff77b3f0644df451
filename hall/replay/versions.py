"""Item versions beside their records: what was published is what is stored, with all its parts (T55)."""

from collections.abc import Iterator
from itertools import islice

from catalog import queries as catalog
from catalog.models import ItemVersion
from hall.replay.announcing import EMPTY, Row, last_told, period, unequal
from supervision.sealing.checking import one_moment
from supervision.sealing.findings import Finding

TABLE = "catalog_itemversion"
BLOCK = 500
CONTENT = "内容、材料、环节、收费或问答"


def compare_versions() -> Iterator[Finding]:
    """Every version that does not stand as its records say. What a draft holds is on no record: nothing comes of it."""
    with one_moment(unhurried=True):
        told, found = last_told(TABLE, _take)
        found += _of_versions(told)
    yield from found


def _take(told: Row, body: Row) -> None:
    kind, facts = body["kind"], body["facts"]
    if not told:
        told |= {"item": facts["item"], "number": facts["number"], "valid_during": None}
    told |= {"status": body["to"], "record_seq": body["subject"]["seq"]}
    if kind == "publish":
        told |= {"valid_during": (facts["effective_on"], None, "[)"), "content": facts["content"]}
    elif kind == "end":
        first, end = told["valid_during"][0], facts["before"]
        told["valid_during"] = (first, end, "[)") if first != end else EMPTY


def _of_versions(told: dict[str, Row]) -> Iterator[Finding]:
    gone = {key: f"{one.get('item')} 第 {one.get('number')} 版" for key, one in told.items()}
    rows = ItemVersion.objects.select_related("item").order_by("item__key", "number").iterator(chunk_size=BLOCK)
    while block := list(islice(rows, BLOCK)):
        contents = catalog.content_digests(block)
        for version in block:
            gone.pop(str(version.id), None)
            one = told.get(str(version.id), {})
            stored = _stored(version) | ({"content": contents[version.id]} if "content" in one else {})
            for name in unequal(stored, one):
                word = CONTENT if name == "content" else ItemVersion._meta.get_field(name).verbose_name  # type: ignore[union-attr]
                sentence = (
                    f"事项版本“{version.name}”（{version.item.key} 第 {version.number} 版）的{word}与记录不一致。"
                )
                yield Finding("stored_differs", sentence)
    for name in sorted(gone.values()):
        yield Finding("stored_differs", f"事项版本 {name}有记录，却没有存着。")


def _stored(version: ItemVersion) -> Row:
    return {
        "item": version.item.key,
        "number": version.number,
        "status": version.status,
        "valid_during": period(version.valid_during, str),
        "record_seq": version.record_seq,
    }
