"""What is stored of many cases, read in a few statements and put into the same shape as what is rebuilt (T55)."""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BinaryField, F, Func, Model, QuerySet

from hall import queries
from hall.models import (
    Act,
    Applicant,
    Case,
    CaseMaterial,
    CourierShipment,
    Decision,
    Defect,
    Delivery,
    JointOpinion,
    RegulatorNotice,
    Window,
)
from hall.replay.rebuilding import APPROVAL, DECISION, DELIVERY, FITS, POINTED, SHIPMENT, Image, Numbered, Row, days
from supervision import papers, protection, receipts
from supervision.models import Clock, ClockPause, Paper, PaperFile, Receipt, Record

TABLE = "hall_case"
UNREADABLE = "unreadable"
FOREIGN = ("另一件的", 1)  # the clock of another case
_INSTANTS = (
    *("opened_at", "received_at", "accepted_at", "decided_at", "concluded_at", "delivered_at"),
    *("corrected_at", "ended_at"),
)
_PLAIN = (
    *("number", "provincial_number", "channel", "delivery_way", "state", "source_system", "record_seq"),
    *("gaps_open", "deemed", "declaration", "conclusion"),
)


@dataclass(slots=True)
class Stored:
    """One case with its applicant. `twice` names what stands more than once where one row must stand."""

    image: Image
    applicant: Applicant
    twice: set[str] = field(default_factory=set)

    def put(self, rows: dict[Any, Row], key: Any, row: Row, model: type[Model]) -> None:
        if key in rows:
            self.twice.add(str(model._meta.verbose_name))
        rows[key] = row


Found = dict[uuid.UUID, Stored]


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


def stored(keys: Sequence[uuid.UUID], published: Mapping[str, bytes]) -> Found:
    """Fourteen statements for any number of cases. `published` are the public receipt keys.

    A case that points to an applicant, item or version that is not there is left out.
    """
    cases = Case.objects.filter(id__in=keys).select_related(
        "applicant", "item__department", "version", "window", "promised", "statutory"
    )
    found = {case.id: Stored(Image(case=_case(case)), case.applicant) for case in cases}
    _add_acts(found)
    _add_clocks(found)
    _add_pauses(found)
    _add_defects(found)
    _add_opinions(found)
    _add_regulator_notices(found)
    _add_papers(found)
    _add_receipts(found, published)
    _add_materials(found)
    _add_ends(found)
    return found


def committed(envelope: Any, value: str) -> str | None:
    """The commitment to a value; None for no value. Under a damaged envelope nothing was committed to."""
    if not value:
        return None
    try:
        return protection.commitment(envelope, value)
    except protection.Unreadable:
        return UNREADABLE


def _case(case: Any) -> Row:
    row = {name: getattr(case, name) for name in (*_INSTANTS, *_PLAIN)}
    of_its_own = case.department_id == case.item.department_id and case.version.item_id == case.item_id
    return row | {
        "item": case.item.key if of_its_own else "",
        "version": case.version.number,
        "department": case.item.department.number,
        "handler": _text(case.handler_id),
        "window": _window(case.window),
        "source_number": committed(case.applicant.id_number, case.source_number) or "",
        "record_digest": bytes(case.record_digest).hex(),
        **_of_query_code(case),
        **{kind: _pointed(case, getattr(case, kind)) for kind in POINTED},
    }


def _of_query_code(case: Case) -> Row:
    try:
        code = protection.unseal(case.query_code, table=TABLE, column="query_code", row=case.id)
    except protection.Unreadable:
        return {"query_code": UNREADABLE, "query_code_index": UNREADABLE}
    fits = case.query_code_index == queries.query_code_index(case.number, code)
    return {"query_code": committed(case.query_code, code), "query_code_index": FITS if fits else ""}


def _pointed(case: Any, clock: Clock | None) -> Numbered | None:
    """Kind and round of the clock that the case points to; another case's clock is none of its own."""
    return None if clock is None else (clock.kind, clock.round) if clock.subject_id == case.id else FOREIGN


def _add_acts(found: Found) -> None:
    for act in Act.objects.filter(case__in=found).select_related("window"):
        one = found[act.case_id]
        row = {"verb": act.verb, "at": act.at, "window": _window(act.window)}
        row |= {name: _text(getattr(act, f"{name}_id")) for name in ("person", "post", "line")}
        row["opinion"] = _said(one, act.opinion)
        one.put(one.image.acts, act.record_seq, row, Act)


def _add_clocks(found: Found) -> None:
    for clock in _of_subjects(Clock.objects.all(), found):
        one = found[clock.subject_id]
        row = {
            **{
                name: getattr(clock, name)
                for name in ("label", "unit", "limit", "time_unit", "extension", "provisional")
            },
            **{name: _text(getattr(clock, name)) for name in ("started_on", "due_on", "paused_since", "stopped_on")},
            **{name: getattr(clock, name) for name in ("started_at", "stopped_at", "record_seq")},
            "pauses": days([str(day) for day in clock.pauses]),
        }
        one.put(one.image.clocks, (clock.kind, clock.round), row, Clock)


def _add_pauses(found: Found) -> None:
    plain = ("label", "unit", "ground", "stops_statutory", "basis", "approver", "record_seq")
    for pause in _of_subjects(ClockPause.objects.all(), found):
        one = found[pause.subject_id]
        row = {name: getattr(pause, name) for name in plain}
        row |= {name: _text(getattr(pause, name)) for name in ("first_on", "expected_on", "last_on", *APPROVAL)}
        one.put(one.image.pauses, pause.round, row | {"result": _said(one, pause.result)}, ClockPause)


def _add_defects(found: Found) -> None:
    """As with materials: one of another version than the case's is none of its guide."""
    defects = Defect.objects.filter(case__in=found).select_related("requirement", "case")
    for defect in defects:
        one, wanted = found[defect.case_id], defect.requirement
        place = wanted.seq if wanted.version_id == defect.case.version_id else -1
        row: Row = {"problem": _said(one, defect.problem), "wanted": _said(one, defect.wanted)}
        row |= {"seen_before": defect.seen_before, "record_seq": defect.record_seq}
        one.put(one.image.defects, (defect.round, place), row, Defect)


def _add_opinions(found: Found) -> None:
    for opinion in JointOpinion.objects.filter(case__in=found).select_related("department"):
        one = found[opinion.case_id]
        row = {name: getattr(opinion, name) for name in ("asked_at", "answered_at", "record_seq")}
        row |= {"department": opinion.department.number, "person": _text(opinion.person_id)}
        row |= {"question": _said(one, opinion.question), "answer": _said(one, opinion.answer)}
        one.put(one.image.opinions, opinion.round, row, JointOpinion)


def _add_regulator_notices(found: Found) -> None:
    for told in RegulatorNotice.objects.filter(case__in=found).select_related("regulator"):
        one = found[told.case_id]
        plain = ("kind", "document_number", "told_at", "acknowledged_at", "record_seq")
        row: Row = {name: getattr(told, name) for name in plain}
        row |= {"regulator": told.regulator.number, "person": _text(told.person_id)}
        one.put(one.image.regulator_notices, told.round, row | {"decided_on": _text(told.decided_on)}, RegulatorNotice)


def _add_papers(found: Found) -> None:
    """The bytes of files stay where they are: the database hashes them."""
    told = ("kind", "title", "number", "template_version", "facts_hash", "issued_at", "unit", "label", "record_seq")
    for paper in _of_subjects(Paper.objects.all(), found):
        row = {name: getattr(paper, name) for name in told} | _of_facts(paper)
        found[paper.subject_id].image.papers[str(paper.id)] = row
    files = PaperFile.objects.filter(paper__subject_table=TABLE, paper__subject_id__in=found)
    hashed = Func(F("data"), function="sha256", output_field=BinaryField())
    columns = ("paper_id", "paper__subject_id", "pdf_hash", "rendered_at", "record_seq", hashed)
    for key, case, pdf, at, seq, data in files.values_list(*columns):
        row = {"pdf_hash": pdf, "data": bytes(data).hex(), "rendered_at": at, "record_seq": seq}
        found[case].image.files[str(key)] = row


def _of_facts(paper: Paper) -> Row:
    try:
        facts = papers.facts_of(paper)
        fits = json.loads(facts)["check_code"] == paper.check_code
    except (protection.Unreadable, LookupError, TypeError, ValueError, RecursionError):
        return {"facts": UNREADABLE, "check_code": UNREADABLE}
    return {"facts": hashlib.sha256(facts).hexdigest(), "check_code": FITS if fits else ""}


def _add_receipts(found: Found, published: Mapping[str, bytes]) -> None:
    for receipt in _of_subjects(Receipt.objects.all(), found):
        one, (told, signed) = found[receipt.subject_id], receipts.judge(receipt, published)
        row = {"label": receipt.label, "text": told, "signature": FITS if signed else ""}
        one.put(one.image.receipts, receipt.record_seq, row, Receipt)


def _add_materials(found: Found) -> None:
    """A material of another version than the case's is no material of its guide."""
    columns = ("originals", "copies", "electronic", "status", "case_id", "record_seq")
    requirement = ("requirement__seq", "requirement__version_id", "case__version_id")
    rows = CaseMaterial.objects.filter(case__in=found).values_list(*columns, *requirement)
    for *told, key, seq, place, version, of_case in rows:
        place = place if version == of_case else -1
        found[key].image.materials.setdefault(seq, []).append([place, *told])
    for one in found.values():
        for materials in one.image.materials.values():
            materials.sort()


def _add_ends(found: Found) -> None:
    for decision in Decision.objects.filter(case__in=found).select_related("act"):
        one = found[decision.case_id]
        row: Row = {name: getattr(decision, name) for name in ("kind", "paper_number", "record_seq")}
        row |= {"act": _step(decision), "decided_on": _text(decision.decided_on)}
        one.put(one.image.decision, DECISION, row, Decision)
    for delivery in Delivery.objects.filter(case__in=found).select_related("act"):
        one = found[delivery.case_id]
        row = {name: getattr(delivery, name) for name in ("way", "relation", "record_seq")}
        row |= {"act": _step(delivery), "delivered_on": _text(delivery.delivered_on)}
        row["recipient"] = committed(one.applicant.id_number, delivery.recipient)
        one.put(one.image.delivery, DELIVERY, row, Delivery)
    for sent in CourierShipment.objects.filter(case__in=found).select_related("act"):
        one = found[sent.case_id]
        row = {name: getattr(sent, name) for name in ("courier", "tracking_number", "record_seq")}
        row |= {"act": _step(sent), "sent_on": _text(sent.sent_on)}
        one.put(one.image.shipment, SHIPMENT, row, CourierShipment)


def _step(end: Decision | Delivery | CourierShipment) -> int | None:
    """The step of the case that the row points to; another case's act is none."""
    return end.act.record_seq if end.act.case_id == end.case_id else None


def _of_subjects(rows: QuerySet[Any], found: Found) -> QuerySet[Any]:
    return rows.filter(subject_table=TABLE, subject_id__in=found)


def _said(one: Stored, text: str) -> str:
    """The commitment to what was said about the applicant; nothing said is committed to."""
    return committed(one.applicant.id_number, text) or ""


def _window(window: Window | None) -> str | None:
    return str(window) if window else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
