"""What a post may ever touch, as guardian rows derived from letters: menus and a first filter, never a verdict (design 2)."""

import uuid
from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from guardian.models import GroupObjectPermission

from authorization.models import LetterKind, LetterLine, LetterState, Person, Post, PostKind
from catalog.models import ServiceItem


def derive(items: Iterable[uuid.UUID] | None = None) -> int:
    """Write the rows of these items, or of all, anew from all letters in force. Returns how many rows there are of them."""
    content_type = ContentType.objects.get_for_model(ServiceItem)
    permissions = {row.codename: row for row in Permission.objects.filter(content_type=content_type)}
    clerks = list(Group.objects.filter(post__kind=PostKind.CLERK))
    lines = LetterLine.objects.filter(letter__state=LetterState.IN_FORCE)
    stale = GroupObjectPermission.objects.filter(content_type=content_type)
    if items is not None:
        wanted = set(items)
        lines = lines.filter(item__in=wanted)
        stale = stale.filter(object_pk__in=[str(item) for item in wanted])
    rows = [
        GroupObjectPermission(
            group=group, permission=permissions[power], content_type=content_type, object_pk=str(line.item_id)
        )
        for line in lines.select_related("letter", "post__group")
        for power in line.powers
        for group in _groups(line, clerks)
    ]
    with transaction.atomic():
        stale.delete()
        GroupObjectPermission.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def put_in_groups(people: Iterable[Person]) -> None:
    """A person's groups are the groups of the posts held."""
    for person in people:
        person.groups.set(Group.objects.filter(post__holdings__person=person))


def items_of(post: Post) -> list[str]:
    """Ids of the items that a post may ever touch."""
    return list(GroupObjectPermission.objects.filter(group=post.group).values_list("object_pk", flat=True).distinct())


def _groups(line: LetterLine, clerks: list[Group]) -> list[Group]:
    if line.letter.kind == LetterKind.COUNTER:
        return clerks
    return [line.post.group] if line.post else []
