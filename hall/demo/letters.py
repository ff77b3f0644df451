"""The letters of every unit that has items in use: who signs what inside it, and what the common windows may do for it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from django.db import transaction

from authorization.actions import take_effect
from authorization.letters import CounterAct, Stage, Tier
from authorization.models import Letter, LetterKind, LetterLine, Post, PostKind
from catalog.models import Department, ItemVersion
from catalog.queries import in_use
from hall.demo.plan import Plan
from hall.demo.rows import period
from supervision import numbers
from supervision.log import Actor

_STAGES = {str(stage.label): stage for stage in Stage}
_POST_OF_TIER = {
    Tier.SECTION: PostKind.SECTION,
    Tier.LEADER_IN_CHARGE: PostKind.LEADER_IN_CHARGE,
    Tier.MAIN_LEADER: PostKind.MAIN_LEADER,
}


@transaction.atomic
def load_letters(plan: Plan, *, actor: Actor, now: datetime) -> int:
    """Put in force the signing and the counter letters that are missing; their days are those of the files."""
    return _load_signing_letters(plan, actor, now) + _load_counter_letters(plan, actor, now)


def signing_lines(versions: Sequence[ItemVersion], posts: Iterable[Post]) -> list[LetterLine]:
    """The table of annex 4 in its three groups: the steps of each guide, at the tier of the one who holds them (D22, D25)."""
    by_kind = {post.kind: post for post in posts}
    lines: list[LetterLine] = []
    for tier in Tier:
        for version in versions:
            powers = [
                _STAGES[step.name] for step in version.steps.all() if step.holder == tier.value and step.name in _STAGES
            ]
            if powers:
                post = by_kind[_POST_OF_TIER[tier]]
                lines.append(LetterLine(seq=len(lines) + 1, item=version.item, tier=tier, post=post, powers=powers))
    return lines


def counter_lines(versions: Sequence[ItemVersion], empty_scope: Iterable[str]) -> list[LetterLine]:
    """The table of annex 5: 收件 and 出件 of each item, or nothing where its scope is left empty (D29, D30)."""
    nothing = set(empty_scope)
    return [
        LetterLine(seq=seq, item=version.item, powers=[] if version.item.key in nothing else list(CounterAct))
        for seq, version in enumerate(versions, start=1)
    ]


def _load_signing_letters(plan: Plan, actor: Actor, now: datetime) -> int:
    drawn = 0
    for unit, versions in _units_without(LetterKind.SIGNING, plan):
        letter, taken = _letter(plan, LetterKind.SIGNING, unit, grantee=unit)
        take_effect(letter, signing_lines(versions, unit.posts.all()), actor=actor, now=now, taken=taken)
        drawn += 1
    return drawn


def _load_counter_letters(plan: Plan, actor: Actor, now: datetime) -> int:
    told = plan.letters["counter"]
    center = Department.objects.get(slug=told["grantee"])
    drawn = 0
    for unit, versions in _units_without(LetterKind.COUNTER, plan):
        if unit.slug not in told["without_letter"]:
            letter, taken = _letter(plan, LetterKind.COUNTER, unit, grantee=center)
            lines = counter_lines(versions, told["empty_scope"])
            take_effect(letter, lines, actor=actor, now=now, taken=taken)
            drawn += 1
    return drawn


def _units_without(kind: LetterKind, plan: Plan) -> list[tuple[Department, list[ItemVersion]]]:
    """The units that have items in use and never had a letter of this kind, each with these items in the order of their keys."""
    having = set(Letter.objects.filter(kind=kind).values_list("department_id", flat=True))
    versions = in_use(plan.start).prefetch_related("steps").order_by("item__department__number", "item__key")
    grouped = groupby(versions, key=lambda version: version.item.department)
    return [(unit, list(of_unit)) for unit, of_unit in grouped if unit.id not in having]


def _letter(plan: Plan, kind: LetterKind, unit: Department, *, grantee: Department) -> tuple[Letter, dict[str, int]]:
    """A letter under the next number of its unit, kind and year, and the number as it was taken."""
    word, year = plan.letters[kind.value]["word"], plan.start.year
    series = numbers.paper_series(unit.number, word, year)
    taken = numbers.take([series])
    letter = Letter(
        kind=kind,
        number=numbers.paper_number(unit.document_prefix, word, year, taken[series]),
        department=unit,
        grantee=grantee,
        valid_during=period(plan.letters["valid"]),
        signed_on=plan.letters["signed_on"],
    )
    return letter, taken
