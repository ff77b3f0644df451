"""Readings of the catalog: what can be applied for on a day."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects

from catalog.models import ItemVersion, ServiceItem, VersionStatus
from supervision import log

PARTS = ("materials", "steps", "fees", "faqs")
# What moves after the publication, or names the version: the record of each move tells it.
_MOVING = {"id", "status", "valid_during", "record_seq"}
# Columns that came later: told only where they say something, so that older publications keep the digest on their record.
_LATER = {
    *("accepts_declaration", "post_check_workdays", "correction_days", "pauses_promise_for", "needs_two_verifiers"),
    *("is_handled_jointly", "is_decided_above", "is_devolved", "gap_margin_workdays", "gap_outcome", "regulator"),
}


def in_use(day: date) -> QuerySet[ItemVersion]:
    """The versions in force on a day, with item and unit, in the order of their names."""
    return (
        ItemVersion.objects.filter(status=VersionStatus.PUBLISHED, valid_during__contains=day)
        .select_related("item", "item__department")
        .order_by("sort_key", "id")
    )


def search(text: str, day: date) -> QuerySet[ItemVersion]:
    """Versions in use whose pinyin initials, name or code hold what was typed; a 6-letter typo finds nothing, honestly."""
    typed = text.strip()
    words = Q(initials__contains=typed.lower()) | Q(name__icontains=typed) | Q(task_code__istartswith=typed)
    return in_use(day).filter(words | Q(item__key__iexact=typed))


def on_day(item_key: str, day: date) -> ItemVersion | None:
    """The version of an item in force on a day, with its materials fetched along."""
    return in_use(day).prefetch_related("materials").filter(item__key=item_key).first()


def feed(day: date, *, since: date | None, after: str) -> QuerySet[ServiceItem]:
    """Items in the order of their keys, for programs that keep a copy; `in_use` holds the version in force, if any.

    Without `since` all that can be applied for on the day; with it what began on or after that day, and what ended since
    (`in_use` is empty: a tombstone, domain 8.3). A version with an empty period was withdrawn on the day it began.
    """
    published = ItemVersion.objects.filter(item=OuterRef("pk"), status=VersionStatus.PUBLISHED)
    live = Exists(published.filter(valid_during__contains=day))
    items = ServiceItem.objects.filter(key__gt=after)
    if since is None:
        items = items.filter(live)
    else:
        began = published.filter(valid_during__contains=day, valid_during__startswith__gte=since)
        ended = published.filter(Q(valid_during__endswith__range=(since, day)) | Q(valid_during__isempty=True))
        items = items.filter(Exists(began) | (Exists(ended) & ~live))
    versions = in_use(day).order_by().select_related(None).prefetch_related("materials")
    return items.select_related("department").prefetch_related(Prefetch("versions", versions, "in_use")).order_by("key")


def content_digests(versions: Sequence[ItemVersion]) -> dict[uuid.UUID, str]:
    """One digest a version over all that it says, its parts included, as the record of its publication tells it."""
    prefetch_related_objects(versions, *PARTS)
    return {version.id: log.fingerprint(_content(version)) for version in versions}


def _content(version: ItemVersion) -> dict[str, Any]:
    parts = {name: sorted(_texts(row, {"version"}) for row in getattr(version, name).all()) for name in PARTS}
    return {"version": _texts(version, _MOVING), **parts}


def _texts(row: Model, without: Iterable[str]) -> list[str]:
    """The values of a row as Django spells them, the same in every process."""
    fields: Any = row._meta.concrete_fields
    told = [field for field in fields if field.name not in without]
    return [
        f"{field.name}={field.value_to_string(row)}"
        for field in told
        if field.name not in _LATER or getattr(row, field.attname)
    ]
