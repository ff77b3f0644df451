"""Readings of the catalog: what can be applied for on a day."""

from datetime import date

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from catalog.models import ItemVersion, ServiceItem, VersionStatus


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
