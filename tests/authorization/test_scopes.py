"""Guardian rows say what a post may ever touch: derived from letters, for menus, and never asked by an act (design 2)."""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from guardian.models import GroupObjectPermission, UserObjectPermission

from authorization import actions, power, scopes
from authorization.letters import CounterAct, Stage
from authorization.models import Letter, LetterKind, LetterLine, LetterState, Person, Post, PostKind
from authorization.power import Claim
from catalog.models import ServiceItem
from supervision import log, moment
from supervision.refusals import Forbidden

from .. import builders

pytestmark = pytest.mark.django_db
Row = tuple[Any, str, str]


def rows() -> set[Row]:
    told = GroupObjectPermission.objects.values_list("group_id", "object_pk", "permission__codename")
    return set(told)


def from_letters() -> set[Row]:
    """The same out of the letters, post by post."""
    clerks = [post.group_id for post in Post.objects.filter(kind=PostKind.CLERK)]
    told: set[Row] = set()
    for line in LetterLine.objects.filter(letter__state=LetterState.IN_FORCE).select_related("letter", "post"):
        groups = [line.post.group_id] if line.post else clerks
        told |= {(group, str(line.item_id), wanted) for group in groups for wanted in line.powers}
    return told


def letter_of(kind: LetterKind) -> Letter:
    return Letter.objects.select_related("department").get(kind=kind, department__slug=builders.UNIT)


def test_the_rows_are_item_times_post_as_the_letters_say_and_nothing_else() -> None:
    assert rows() == from_letters() != set()
    assert set(GroupObjectPermission.objects.values_list("content_type__model", flat=True)) == {"serviceitem"}
    assert set(GroupObjectPermission.objects.values_list("group_id", flat=True)) <= set(
        Post.objects.values_list("group_id", flat=True)
    )
    assert not UserObjectPermission.objects.exists()


def test_deriving_anew_changes_nothing() -> None:
    before = rows()
    assert scopes.derive() == len(before)
    assert rows() == before


@pytest.mark.ids("T13")
@pytest.mark.parametrize("kind", LetterKind)
def test_revoking_a_letter_takes_its_rows_away_and_no_others(kind: LetterKind) -> None:
    before = rows()
    actions.revoke(letter_of(kind), actor=log.SYSTEM, now=moment.now(), reason="换发")
    assert rows() == from_letters()
    gone = before - rows()
    items = {
        str(key) for key in ServiceItem.objects.filter(department__slug=builders.UNIT).values_list("id", flat=True)
    }
    assert {key for _, key, _ in gone} <= items
    powers = set(Stage.values) if kind == LetterKind.SIGNING else set(CounterAct.values)
    assert {wanted for _, _, wanted in gone} == powers


def test_a_post_knows_the_items_that_it_may_ever_touch() -> None:
    section = Post.objects.get(department__slug=builders.UNIT, kind=PostKind.SECTION)
    head = Post.objects.get(department__slug=builders.UNIT, kind=PostKind.CHIEF_REPRESENTATIVE)
    items = set(scopes.items_of(section))
    assert (
        items
        == {str(key) for key in LetterLine.objects.filter(post=section).values_list("item_id", flat=True)}
        != set()
    )
    assert scopes.items_of(head) == []


# Never a verdict -----------------------------------------------------------------------------------------------------------
def verdicts() -> dict[Row, str]:
    """The line or the refusal of every power of some posts on two items: one with a counter letter, one without."""
    now, told = moment.now(), {}
    items = ServiceItem.objects.filter(key__in=(builders.ITEM, builders.OWN_WINDOW)).select_related("department")
    staff = (
        builders.make_clerk(),
        builders.make_section_head(),
        builders.make_leader(),
        builders.make_dedicated_clerk(),
    )
    for item in items:
        for member in staff:
            for wanted in (*Stage, *CounterAct):
                told[member.post_id, item.key, str(wanted)] = verdict(Claim(item, wanted, member.post_id), now)
    return told


def verdict(claim: Claim, now: Any) -> str:
    try:
        return str(power.require_line(claim, now).id)
    except Forbidden as refused:
        return refused.refusal.code


@pytest.mark.ids("T13")
def test_without_a_single_row_every_verdict_stays_the_same() -> None:
    before = verdicts()
    assert {"letter_missing", "letter_stage_missing"} < set(before.values())
    GroupObjectPermission.objects.all().delete()
    assert verdicts() == before


@pytest.mark.ids("T12", "T13")
def test_a_row_that_somebody_added_gives_no_power() -> None:
    leader = builders.make_leader()
    before = verdicts()
    some = GroupObjectPermission.objects.filter(permission__codename=Stage.ACCEPTANCE.value).first()
    assert some is not None
    some.pk, some.group = None, Post.objects.get(pk=leader.post_id).group
    some.save(force_insert=True)
    assert verdicts() == before
    case = builders.make_transferred_case()
    with pytest.raises(Forbidden):
        builders.act("accept", case, staff=leader)


# People --------------------------------------------------------------------------------------------------------------------
def test_the_groups_of_a_person_are_those_of_the_posts_held() -> None:
    for person in Person.objects.prefetch_related("groups")[:20]:
        posts = Post.objects.filter(holdings__person=person)
        assert set(person.groups.all()) == {post.group for post in posts} != set()
    person = Person.objects.create(username="newcomer", name="新人")
    builders.announced(person)
    scopes.put_in_groups([person])
    assert not person.groups.exists()


@pytest.mark.ids("T07")
def test_nobody_is_above_the_letters() -> None:
    assert not Person.is_superuser
    assert "is_superuser" not in {field.name for field in Person._meta.get_fields()}
    assert not Group.objects.filter(post__isnull=True).exists()
