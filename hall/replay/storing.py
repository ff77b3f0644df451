"""What is stored of many cases, read in a few statements and put into the same shape as what is rebuilt (T55)."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from hall.models import Act, Applicant, Case, CaseMaterial, Decision, Delivery, Window
from hall.replay.rebuilding import DECISION, DELIVERY, POINTED, Image, Row
from supervision import protection
from supervision.models import Clock, Paper, PaperFile, Record

TABLE = "hall_case"
_INSTANTS = ("opened_at", "received_at", "accepted_at", "decided_at", "concluded_at", "delivered_at")
_PLAIN = ("number", "channel", "delivery_way", "state", "record_seq")


@dataclass(slots=True)
class Stored:
    """One case with its applicant; `files` are the hashes of printed papers by paper id."""

    image: Image
    applicant: Applicant
    files: dict[str, str]


def keys_after(last: uuid.UUID | None, size: int) -> list[uuid.UUID]:
    """The next keys of all cases, in their order."""
    cases = Case.objects.order_by("id").values_list("id", flat=True)
    return list((cases.filter(id__gt=last) if last else cases)[:size])


def records_of(keys: Sequence[uuid.UUID], table: str = TABLE, **more: Any) -> dict[uuid.UUID, list[bytes]]:
    """The bodies of the numbered records of these subjects, each in order."""
    rows = Record.objects.filter(subject_table=table, subject_id__in=keys, seq__isnull=False, **more)
    found: dict[uuid.UUID, list[bytes]] = defaultdict(list)
    for key, body in rows.order_by("subject_id", "seq").values_list("subject_id", "body"):
        found[key].append(bytes(body))
    return found


def stored(keys: Sequence[uuid.UUID]) -> dict[uuid.UUID, Stored]:
    """Nine statements for any number of cases."""
    cases = Case.objects.filter(id__in=keys).select_related(
        "applicant", "item__department", "version", "window", "promised", "statutory"
    )
    found = {case.id: Stored(Image(case=_case(case)), case.applicant, {}) for case in cases}
    _add_acts(found, keys)
    _add_clocks(found, _of_subjects(Clock.objects.all(), keys))
    _add_papers(found, _of_subjects(Paper.objects.defer("file_key"), keys))
    _add_materials(found, keys)
    _add_ends(found, keys)
    return found


def _case(case: Any) -> Row:
    row = {name: getattr(case, name) for name in (*_INSTANTS, *_PLAIN)}
    of_its_own = case.department_id == case.item.department_id and case.version.item_id == case.item_id
    return row | {
        "item": case.item.key if of_its_own else "",
        "version": case.version.number,
        "department": case.item.department.number,
        "handler": _text(case.handler_id),
        "window": _window(case.window),
        "record_digest": bytes(case.record_digest).hex(),
        **{kind: _pointed(case, getattr(case, kind)) for kind in POINTED},
    }


def _pointed(case: Any, clock: Clock | None) -> str | None:
    """The kind of clock that the case points to; another case's clock is no kind at all."""
    return None if clock is None else clock.kind if clock.subject_id == case.id else "foreign"


def _add_acts(found: dict[uuid.UUID, Stored], keys: Sequence[uuid.UUID]) -> None:
    columns = ("case_id", "record_seq", "verb", "at", "person_id", "post_id", "line_id", "opinion")
    for key, seq, verb, at, person, post, line, opinion in Act.objects.filter(case__in=keys).values_list(*columns):
        row = {"verb": verb, "at": at, "person": _text(person), "post": _text(post), "line": _text(line)}
        row["opinion"] = protection.commitment(found[key].applicant.id_number, opinion) if opinion else ""
        found[key].image.acts[seq] = row


def _add_clocks(found: dict[uuid.UUID, Stored], clocks: Iterable[Clock]) -> None:
    for clock in clocks:
        found[clock.subject_id].image.clocks[clock.kind] = {
            **{name: getattr(clock, name) for name in ("label", "unit", "limit", "time_unit", "provisional")},
            **{name: _text(getattr(clock, name)) for name in ("started_on", "due_on", "stopped_on")},
            **{name: getattr(clock, name) for name in ("started_at", "stopped_at", "record_seq")},
        }


def _add_papers(found: dict[uuid.UUID, Stored], papers: QuerySet[Paper]) -> None:
    columns = ("id", "subject_id", "kind", "number", "facts_hash", "issued_at", "label", "record_seq")
    for key, case, kind, number, facts, issued_at, label, seq in papers.values_list(*columns):
        row = {"kind": kind, "number": number, "facts_hash": facts}
        found[case].image.papers[str(key)] = row | {"issued_at": issued_at, "label": label, "record_seq": seq}
    files = PaperFile.objects.filter(paper__in=papers.values("id"))
    for key, case, hashed in files.values_list("paper_id", "paper__subject_id", "pdf_hash"):
        found[case].files[str(key)] = hashed


def _add_materials(found: dict[uuid.UUID, Stored], keys: Sequence[uuid.UUID]) -> None:
    columns = ("case_id", "record_seq", "requirement__seq", "originals", "copies", "electronic", "status")
    for key, seq, *told in CaseMaterial.objects.filter(case__in=keys).values_list(*columns):
        found[key].image.materials.setdefault(seq, []).append(told)
    for one in found.values():
        for rows in one.image.materials.values():
            rows.sort()


def _add_ends(found: dict[uuid.UUID, Stored], keys: Sequence[uuid.UUID]) -> None:
    decided = ("case_id", "record_seq", "kind", "decided_on", "paper_number")
    for key, seq, kind, on, number in Decision.objects.filter(case__in=keys).values_list(*decided):
        row = {"kind": kind, "decided_on": _text(on), "paper_number": number, "record_seq": seq}
        found[key].image.decision[DECISION] = row
    handed = ("case_id", "record_seq", "way", "relation", "delivered_on", "recipient")
    for key, seq, way, relation, on, name in Delivery.objects.filter(case__in=keys).values_list(*handed):
        row = {"way": way, "relation": relation, "delivered_on": _text(on), "record_seq": seq}
        recipient = protection.commitment(found[key].applicant.id_number, name)
        found[key].image.delivery[DELIVERY] = row | {"recipient": recipient}


def _of_subjects(rows: QuerySet[Any], keys: Sequence[uuid.UUID]) -> QuerySet[Any]:
    return rows.filter(subject_table=TABLE, subject_id__in=keys)


def _window(window: Window | None) -> str | None:
    return str(window) if window else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
