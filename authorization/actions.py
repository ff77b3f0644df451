"""Acts on letters. One function per verb; each writes its records in the same transaction."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from psycopg2.extras import DateTimeTZRange

from authorization import power, scopes
from authorization.letters import LetterRow, Stage, Tier, check_letter
from authorization.models import Letter, LetterKind, LetterLine, LetterState
from supervision import log, moment
from supervision.refusals import Refusal, Refused
from supervision.writing import Change, write


def take_effect(
    letter: Letter,
    lines: Sequence[LetterLine],
    *,
    actor: log.Actor,
    now: datetime,
    taken: Mapping[str, int] | None = None,
) -> Letter:
    """Put a signed letter with its lines in force; lines give power from now to the end of the letter's last day (L1-L4).

    `taken` are the numbers that were taken for it in this transaction, by series: the record says so (T68).

    Refused: `letter_foreign` for an item or a post of another unit (D22, D29), `letter_coverage` when a signing letter leaves a
    stage of an item without holder or gives it twice (D25).
    """
    unit = letter.department.number
    _require_own(letter, lines)
    if letter.kind == LetterKind.SIGNING:
        _require_coverage(lines)
    with transaction.atomic():
        power.own_letter(unit, LetterKind(letter.kind))
        letter.state, letter.record_seq = LetterState.IN_FORCE, 0
        told = _told_of_letter(letter) | {"lines": [_told(line) for line in lines]}
        if taken:
            told["numbers"] = dict(taken)
        made = _entry("take_effect", letter, "", actor, now, told)
        letter.record_seq = 1
        for line in lines:
            line.letter = letter
            line.in_force = DateTimeTZRange(now, None)
            line.record_seq = 1
        write(made.record, letter, *lines)
    scopes.derive(line.item_id for line in lines)
    return letter


def revoke(letter: Letter, *, actor: log.Actor, now: datetime, reason: str) -> Letter:
    """End a letter at this instant: the next click finds no power (T13). Open cases stay where they are.

    Waits for acts that are using the letter; acts that come later wait for it. Refused: `letter_not_in_force`.
    """
    with transaction.atomic():
        power.own_letter(letter.department.number, LetterKind(letter.kind))
        now = max(now, moment.now())  # acts that were waited for came before the end, also by their instants
        letter = Letter.objects.select_for_update(of=("self",)).select_related("department").get(pk=letter.pk)
        if letter.state != LetterState.IN_FORCE:
            raise Refused(Refusal("letter_not_in_force", f"{letter.number}现在不是有效的委托书，不用撤销。", ("D26",)))
        letter.state = LetterState.REVOKED
        made = _entry("revoke", letter, LetterState.IN_FORCE, actor, now, {"reason": reason})
        letter.record_seq += 1
        lines = list(letter.lines.all())
        ended = [_ended(line, letter, made.record.occurred_at) for line in lines]
        write(made.record, Change(letter, ("state", "record_seq")), *ended)
    scopes.derive(line.item_id for line in lines)
    return letter


def _ended(line: LetterLine, letter: Letter, now: datetime) -> Change:
    line.in_force = DateTimeTZRange(line.in_force.lower, max(now, line.in_force.lower or now))
    line.record_seq = letter.record_seq
    return Change(line, ("in_force", "record_seq"))


def _require_own(letter: Letter, lines: Sequence[LetterLine]) -> None:
    """A unit gives away its own items only: a signing letter to its own posts, a counter letter to no post by name."""
    for line in lines:
        posts = (letter.department_id,) if letter.kind == LetterKind.SIGNING else (None,)
        if line.item.department_id != letter.department_id or _unit_of(line) not in posts:
            raise Refused(
                Refusal(
                    "letter_foreign",
                    f"第 {line.seq} 行“{line.item}”的事项或岗位不是{letter.department.short_name}能授权的。",
                    ("D22", "D29"),
                    "请改正授权事项表。",
                )
            )


def _unit_of(line: LetterLine) -> uuid.UUID | None:
    return line.post.department_id if line.post else None


def _require_coverage(lines: Sequence[LetterLine]) -> None:
    rows = [
        LetterRow(
            Tier(line.tier), line.item.main_item, line.item.sub_item, tuple(Stage(stage) for stage in line.powers)
        )
        for line in lines
    ]
    found = check_letter(rows)
    if found.covers_every_stage:
        return
    defects = [f"{defect.sub_item}缺“{defect.stage.label}”" for defect in found.missing]
    defects += [f"{defect.sub_item}的“{defect.stage.label}”给了不止一个岗位" for defect in found.doubled]
    raise Refused(
        Refusal("letter_coverage", f"委托书还不能生效：{'；'.join(defects[:3])}。", ("D25",), "请补全授权事项表。")
    )


def _entry(verb: str, letter: Letter, before: str, actor: log.Actor, now: datetime, facts: dict[str, Any]) -> log.Entry:
    return log.entry(
        verb,
        log.subject_of(letter),
        actor=actor,
        now=now,
        unit=letter.department.number,
        from_state=before,
        to_state=letter.state,
        facts={"number": letter.number, "kind": letter.kind, **facts},
    )


def _told_of_letter(letter: Letter) -> dict[str, Any]:
    """Who is empowered, for which days (the second is the first day after them), and when it was signed."""
    days = letter.valid_during
    first, end = days if isinstance(days, tuple) else (days.lower, days.upper)
    return {"grantee": letter.grantee.number, "valid": [first, end], "signed_on": letter.signed_on}


def _told(line: LetterLine) -> dict[str, object]:
    return {
        "id": line.id,
        "seq": line.seq,
        "item": line.item.key,
        "tier": line.tier,
        "post": line.post_id,
        "powers": list(line.powers),
    }
