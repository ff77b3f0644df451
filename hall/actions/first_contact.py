"""首问负责: who is asked first writes the question down and answers for it until it is closed, or hands it over with a reason (D45).

Who is not there any more can do neither: then anybody on window duty takes the question over.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from authorization.staff import Staff
from catalog import queries as catalog
from catalog.models import Department, ItemVersion
from hall import first_contacts
from hall.models import FirstContact, FirstContactState
from supervision import log, moment, protection
from supervision.refusals import Forbidden, Refusal, Refused, Unusable
from supervision.writing import Change, write

S = FirstContactState
LONGEST = 60  # calendar days within which there must be an answer


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, and what came of it: an answer at once, or a day by which there is one. `item` as typed, `led_to` a unit's number."""

    question: str
    asker: str = ""
    phone: str = ""
    item: str = ""
    answer: str = ""
    led_to: str = ""
    answer_by: date | None = None


@transaction.atomic
def register(asked: Question, *, staff: Staff, now: datetime) -> FirstContact:
    """The question is on record with who was asked first. Answered at once it is closed with that; else it waits for its day.

    Forbidden `no_duty` away from a window. Refused `item_unclear`, `unknown_unit`, `answer_or_day`, `answer_by_day`.
    """
    window = _require_duty(staff)
    today = moment.local_date(now)
    version, unit = _understood(asked, today)
    row = FirstContact(
        state=S.CLOSED if asked.answer else S.OPEN,
        item=version.item if version else None,
        asked_at=now,
        first_asked_id=staff.person_id,
        post_id=staff.post_id,
        window_id=window,
        responsible_id=staff.person_id,
        led_to=unit,
        answer_by=None if asked.answer else asked.answer_by,
        closed_at=now if asked.answer else None,
    )
    facts = {name: _put(row, name, getattr(asked, name)) for name in ("asker", "phone", "question", "answer")}
    told: dict[str, Any] = {"item": version.item.key if version else None, "led_to": unit.number if unit else None}
    told |= {"answer_by": row.answer_by}
    subject = log.Subject(first_contacts.TABLE, row.id)
    made = _entry("register", row, subject, staff, now, facts | told, row.state, came_from="")
    row.record_seq = 1
    write(made.record, row)
    return row


@transaction.atomic
def close(key: uuid.UUID, *, staff: Staff, now: datetime, answer: str, seq: int | None = None) -> FirstContact:
    """Whoever answers for the question writes down the answer that the asker got, and closes it. Refused `already_closed`."""
    row, subject, now = _begin(key, staff, now, seq)
    _require_own(row, staff)
    facts = {"answer": _put(row, "answer", answer)}
    row.closed_at = now
    made = _entry("close", row, subject, staff, now, facts, S.CLOSED)
    return _write(row, made, "answer", "closed_at")


@transaction.atomic
def hand_on(
    key: uuid.UUID, *, staff: Staff, now: datetime, to: str, reason: str, seq: int | None = None
) -> FirstContact:
    """Somebody else who serves a window today (by account) answers for it from now on, with the reason. Refused `no_colleague`."""
    row, subject, now = _begin(key, staff, now, seq)
    _require_own(row, staff)
    held = first_contacts.colleagues(staff, moment.local_date(now)).filter(person__username=to).first()
    if held is None:
        raise _unusable("no_colleague", "请选择今天在窗口值班的另一位人员。", "to")
    row.responsible_id = held.person_id
    made = _entry("hand_on", row, subject, staff, now, _now_answers(row, reason), S.OPEN)
    return _write(row, made, "responsible", "reasons")


@transaction.atomic
def take_over(key: uuid.UUID, *, staff: Staff, now: datetime, reason: str, seq: int | None = None) -> FirstContact:
    """Who serves a window answers from now on, with the reason, for what nobody can answer: the account of who did is not in use, or he
    holds no post today. Forbidden `no_duty`, `still_attended`.
    """
    row, subject, now = _begin(key, staff, now, seq)
    _require_duty(staff)
    if not first_contacts.to_take_over(moment.local_date(now)).filter(pk=row.pk).exists():
        sentence = "负责这一条咨询的人仍在岗，由其本人答复或移交。"
        raise Forbidden(Refusal("still_attended", sentence, ("D45",), f"请{row.responsible.name}办理。"))
    row.responsible_id = staff.person_id
    made = _entry("take_over", row, subject, staff, now, _now_answers(row, reason), S.OPEN)
    return _write(row, made, "responsible", "reasons")


# What they share -----------------------------------------------------------------------------------------------------------
def _begin(key: uuid.UUID, staff: Staff, now: datetime, seq: int | None) -> tuple[FirstContact, log.Subject, datetime]:
    """The row, locked; open, and as this person saw it. Refused `stale_form`, `already_closed`."""
    row = first_contacts.to_act_on(staff, key, moment.local_date(now))
    if seq is not None and seq != row.record_seq:
        sentence = "您打开这一页之后，这一条又有了新的动作。"
        raise Refused(Refusal("stale_form", sentence, ("T63",), "请先看最新的情况，再决定怎么办。"))
    if row.state != S.OPEN:
        raise Refused(Refusal("already_closed", "这一条咨询已经答复。", ("D45",), "再来问的请另行登记。"))
    subject = log.subject_of(row)
    return row, subject, max(now, subject.last or now)


def _require_own(row: FirstContact, staff: Staff) -> None:
    if row.responsible_id != staff.person_id:
        sentence = "这一条咨询不由您负责，只能由首问责任人答复或移交。"
        raise Forbidden(Refusal("not_responsible", sentence, ("D45",), "请首问责任人办理。"))


def _require_duty(staff: Staff) -> uuid.UUID:
    """The window that this person serves today. Forbidden `no_duty`."""
    if staff.window_id is None:
        sentence = "您今天没有窗口值班，首问登记在窗口办理。"
        raise Forbidden(Refusal("no_duty", sentence, ("D45",), "请先登记今天的值班。"))
    return staff.window_id


def _now_answers(row: FirstContact, reason: str) -> dict[str, Any]:
    """What the record says of a change of who answers; its reason is sealed beside those of earlier changes."""
    envelope = protection.seal(reason, table=first_contacts.TABLE, column=first_contacts.REASONS, row=row.id)
    row.reasons = [*row.reasons, envelope]
    return {"responsible": row.responsible_id, "reason": protection.commitment(envelope, reason)}


def _entry(
    kind: str,
    row: FirstContact,
    subject: log.Subject,
    staff: Staff,
    now: datetime,
    facts: Mapping[str, Any],
    to: str,
    *,
    came_from: str | None = None,
) -> log.Entry:
    before = row.state if came_from is None else came_from
    return log.entry(
        kind, subject, actor=staff.actor, now=now, unit=staff.unit, from_state=before, to_state=to, facts=facts
    )


def _write(row: FirstContact, made: log.Entry, *changed: str) -> FirstContact:
    row.state, row.record_seq = made.record.to_state, row.record_seq + 1
    write(made.record, Change(row, ("state", "record_seq", *changed)))
    return row


def _put(row: FirstContact, column: str, value: str) -> str | None:
    """Seals a value under its row; what the record says of it is a commitment."""
    if not value:
        return None
    envelope = protection.seal(value, table=first_contacts.TABLE, column=column, row=row.id)
    setattr(row, column, envelope)
    return protection.commitment(envelope, value)


def _understood(asked: Question, today: date) -> tuple[ItemVersion | None, Department | None]:
    """The item and the unit that were meant; everything that is wrong is said at once."""
    found: list[Any] = []
    faults: list[Refusal] = []
    for read in (
        lambda: _require_outcome(asked, today),
        lambda: _item(asked.item, today),
        lambda: _unit(asked.led_to),
    ):
        try:
            found.append(read())
        except Unusable as fault:
            faults += fault.refusals
    if faults:
        raise Unusable(*faults)
    _, version, unit = found
    return version, unit


def _require_outcome(asked: Question, today: date) -> None:
    if asked.answer:
        return
    if asked.answer_by is None:
        sentence = "当场没有答复的，请写明哪一天以前答复。"
        raise _unusable("answer_or_day", sentence, "answer_by")
    if not today <= asked.answer_by <= today + timedelta(days=LONGEST):
        raise _unusable("answer_by_day", f"答复期限在今天和 {LONGEST} 日以内。", "answer_by", "请改一个日期。")


def _item(typed: str, today: date) -> ItemVersion | None:
    """The one item in use that was meant; nothing typed means none."""
    if not typed:
        return None
    found = list(catalog.search(typed, today)[:9])
    exact = [version for version in found if typed in (version.name, version.item.key)]
    if len(exact or found) == 1:
        return (exact or found)[0]
    names = "、".join(version.name for version in found[:3])
    sentence = f"有几个事项符合：{names}。请写全名或事项号。" if found else "没有找到这个事项。"
    raise _unusable("item_unclear", sentence, "item", "不清楚的可以不填。")


def _unit(number: str) -> Department | None:
    if not number:
        return None
    found = Department.objects.filter(number=number).first()
    if found is None:
        raise _unusable("unknown_unit", "请选择引导到的单位。", "led_to")
    return found


def _unusable(code: str, sentence: str, field: str, remedy: str = "") -> Unusable:
    return Unusable(Refusal(code, sentence, ("D45",), remedy, field))
