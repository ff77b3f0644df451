"""Readings of the catalog: what can be applied for on a day."""

from datetime import date

from django.db.models import Q, QuerySet

from catalog.models import ItemVersion, VersionStatus


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
