"""What happens to the letters of 县卫生健康局 before somebody acts: each situation brings it about and says when to act."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from guardian.models import GroupObjectPermission

from authorization import actions
from authorization.letters import Tier
from authorization.models import Letter, LetterKind, LetterLine, LetterState, Post, PostKind
from hall.states import Verb
from supervision import log, moment
from supervision.writing import Change, write
from tests import builders

OFFICE = log.Actor(name="县卫生健康局办公室", unit="021")
COUNTER_ACTS = {"receive", "hand_out"}


def kind_of(verb: Verb) -> LetterKind:
    return LetterKind.COUNTER if verb.power in COUNTER_ACTS else LetterKind.SIGNING


def letter_in_force(kind: LetterKind) -> Letter:
    return Letter.objects.get(department__slug=builders.UNIT, kind=kind, state=LetterState.IN_FORCE)


def revoke(kind: LetterKind) -> None:
    actions.revoke(letter_in_force(kind), actor=OFFICE, now=moment.now(), reason="换发")


def replace_letter(
    kind: LetterKind, *, valid: tuple[date, date], post_of: Callable[[LetterLine], Post | None] = lambda line: line.post
) -> Letter:
    """Revoke the letter and put another with the same table in force, valid from the first to before the second day."""
    old = letter_in_force(kind)
    told = list(old.lines.select_related("item", "post"))
    revoke(kind)
    letter = Letter(
        kind=kind, number=f"{old.number}续", department=old.department, grantee=old.grantee, valid_during=valid, signed_on=valid[0]
    )  # fmt: skip
    lines = [
        LetterLine(seq=line.seq, item=line.item, tier=line.tier, post=post_of(line), powers=line.powers)
        for line in told
    ]
    return actions.take_effect(letter, lines, actor=OFFICE, now=moment.now())


def one_tier_up(line: LetterLine) -> Post | None:
    """What the section held goes to the leader in charge, what that one held to the main leader."""
    kinds = {Tier.SECTION: PostKind.LEADER_IN_CHARGE, Tier.LEADER_IN_CHARGE: PostKind.MAIN_LEADER}
    return Post.objects.filter(department__slug=builders.UNIT, kind=kinds.get(Tier(line.tier), line.tier)).first()


def empty_the_scope(kind: LetterKind, item_key: str) -> None:
    """The line of the item stays in the letter and grants nothing, as annex 5 shows it (D30)."""
    letter = letter_in_force(kind)
    subject, state = log.subject_of(letter), letter.state
    made = log.entry("amend", subject, actor=OFFICE, now=moment.now(), unit="021", from_state=state, to_state=state)
    letter.record_seq += 1
    lines = list(letter.lines.filter(item__key=item_key))
    for line in lines:
        line.powers, line.record_seq = [], letter.record_seq
    changes = [Change(line, ("powers", "record_seq")) for line in lines]
    write(made.record, Change(letter, ("record_seq",)), *changes)


# Situations: what happened to the letter that the verb needs. Each answers when the act is tried. ---------------------------
def in_force(verb: Verb) -> datetime:
    return moment.now()


def revoked(verb: Verb) -> datetime:
    revoke(kind_of(verb))
    return moment.now()


def other_letter_revoked(verb: Verb) -> datetime:
    kinds: Any = set(LetterKind) - {kind_of(verb)}
    revoke(kinds.pop())
    return moment.now()


def expired(verb: Verb) -> datetime:
    """Its last day was yesterday; no notice period is over yet."""
    replace_letter(kind_of(verb), valid=(date(2026, 3, 10), date(2026, 3, 11)))
    return builders.at("2026-03-11 09:00")


def not_yet(verb: Verb) -> datetime:
    replace_letter(kind_of(verb), valid=(date(2026, 4, 1), date(2028, 1, 1)))
    return moment.now()


def line_of_another_post(verb: Verb) -> datetime:
    replace_letter(LetterKind.SIGNING, valid=(date(2026, 1, 1), date(2028, 1, 1)), post_of=one_tier_up)
    return moment.now()


def no_line(verb: Verb) -> datetime:
    empty_the_scope(kind_of(verb), builders.item_for(verb.name))
    return moment.now()


def guardian_rows_deleted(verb: Verb) -> datetime:
    assert GroupObjectPermission.objects.exists()
    GroupObjectPermission.objects.all().delete()
    return moment.now()
