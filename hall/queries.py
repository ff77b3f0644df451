"""Finished readings of the hall. Every case goes through `visible_cases`: who may see which case stands in hall/sight.py alone (T10, T11)."""

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Least

from authorization.staff import Staff
from catalog.models import CaseKind, Fee, GapOutcome, ServiceItem
from hall.lawful import lawful
from hall.models import (
    Act,
    Case,
    CaseMaterial,
    Channel,
    ConclusionKind,
    Defect,
    JointOpinion,
    RegulatorNotice,
)
from hall.sight import Sight, seen, sight_of, visible_cases
from hall.standing import BY_LAW
from hall.states import NEXT_CLOCK, OPEN_STATES, UNCONCLUDED_STATES, VERBS, CaseState
from supervision import clocks, log, moment, numbers, protection
from supervision.models import Clock, Paper, PaperFile, PaperKind, Receipt
from supervision.readings import Reading
from supervision.refusals import NotFound

PAGE = 50


def case_to_show(staff: Staff, number: str) -> Case:
    """One case with all that its page names; a foreign one is not found."""
    shown = _one(_TO_SHOW, staff, number)
    if shown is None:
        raise NotFound
    return shown


def case_to_act_on(staff: Staff, number: str) -> Any:
    """Fetch, authorize and lock in one statement: the first of a verb that takes a transaction id (design section 2)."""
    return _required(_one(_TO_ACT_ON, staff, number), lambda: _one(_TO_ACT_ON, staff, number))


def case_to_sweep(number: str) -> Any:
    """One case, locked, for what the law or a new calendar does to it; nobody asks for it, so nobody's sight limits it."""
    return _required(_TO_ACT_ON.first(Sight.ALL, number=number), lambda: _TO_ACT_ON.first(Sight.ALL, number=number))


def case_told_to_regulator(staff: Staff, number: str) -> Any:
    """The same for who signs for what his unit was told of a case, whether or not he may see the case itself (D158)."""
    told = RegulatorNotice.objects.filter(case=OuterRef("pk"), regulator_id=staff.department_id)
    may_see = Q(pk__in=visible_cases(staff).filter(number=number).values("pk"))
    asked = _locked(Case.objects.filter(may_see | Exists(told)), number)
    return _required(asked.first(), asked.first)


def _required(locked: Any, again: Callable[[], Any]) -> Any:
    """Whoever waited for the lock got the row as it is and all that it brings along as it was when he asked: he asks once more."""
    if locked is not None and locked.last_instant is None:
        locked = again()
    if locked is None:
        raise NotFound
    locked.version.item = locked.item
    return locked


def _one(reading: Reading[Case], staff: Staff, number: str) -> Any:
    """A case that this person sees."""
    sight, own = sight_of(staff)
    return reading.first(sight, number=number, **own)


def _to_show(sight: Sight, *, number: str, **own: uuid.UUID) -> QuerySet[Case]:
    shown: QuerySet[Case] = (
        seen(sight, **own)
        .select_related(*_JOINED, *_ENDS, "handler")
        .annotate(has_fees=Exists(Fee.objects.filter(version=OuterRef("version"))))
        .annotate(rule_revision=clocks.revision(), clock_rows=clocks.rows_of("hall_case"))
        .filter(number=number)
    )
    return shown


def _to_act_on(sight: Sight, *, number: str, **own: uuid.UUID) -> QuerySet[Case]:
    return _locked(seen(sight, **own), number)


def _locked(cases: QuerySet[Case], number: str) -> QuerySet[Case]:
    found: QuerySet[Case] = (
        cases.select_for_update(of=("self",))
        .select_related(*_JOINED)
        .annotate(rule_revision=clocks.revision(), clock_rows=clocks.rows_of("hall_case"))
        .annotate(last_instant=log.last_instant("hall_case"))
        .filter(number=number)
    )
    return found


_TO_SHOW, _TO_ACT_ON = Reading(_to_show), Reading(_to_act_on)


def case_of_client(client_id: str, number: str) -> Case:
    """One case that this program filed, with all that its answer names; anybody else's is not found (T10)."""
    shown = (
        Case.objects.filter(channel=Channel.ONLINE, source_system=client_id, number=number)
        .select_related(*_JOINED, *_ENDS)
        .annotate(rule_revision=clocks.revision(), clock_rows=clocks.rows_of("hall_case"))
        .first()
    )
    if shown is None:
        raise NotFound
    return shown


_ENDS = ("delivery", "shipment")
_JOINED = ("item__department__section", "version", "applicant", "promised", "statutory", "window", "decision")


def case_of_source(system: str, number: str) -> Case:
    """The case that a source opened under its own number: told to that source alone, when it asks a second time."""
    return Case.objects.get(source_system=system, source_number=number)


def listed(cases: QuerySet[Case]) -> QuerySet[Case]:
    """What a row of a list shows: one statement for any number of rows."""
    return cases.select_related(
        "item__department", "version", "applicant", "promised", "statutory", "handler", "window", "shipment"
    ).annotate(rule_revision=clocks.revision(), clock_rows=clocks.rows_of("hall_case"))


def most_pressing(cases: QuerySet[Case], until: date | None = None) -> QuerySet[Case]:
    """The rows of a list in the order of what is due next, so that a cut never hides the most pressing; `until` a day, or all."""
    asked = [models.When(state=state, then=clocks.due_of(kind, "hall_case")) for state, kind in NEXT_CLOCK.items()]
    due = models.Case(*asked, default=Least("promised__due_on", "statutory__due_on"))
    placed: Any = listed(cases).annotate(next_due=due).order_by(F("next_due").asc(nulls_last=True), "opened_at", "id")
    return placed.filter(next_due__lte=until) if until else placed


# Concluded without a certificate to be made: the window's next, not the unit's.
NOTHING_TO_CERTIFY = Q(state=CaseState.CONCLUDED, conclusion=ConclusionKind.CONCLUDED)
AT_WINDOW = Q(state__in=(CaseState.SUBMITTED, CaseState.RECEIVED, CaseState.CORRECTION_REQUIRED))
AT_WINDOW |= Q(state__in=(CaseState.CERTIFICATE_MADE, CaseState.READY)) | NOTHING_TO_CERTIFY


def at_window(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The cases on which the next step is a window's: intake, transfer, corrections, and everything after the certificate."""
    return cases.filter(AT_WINDOW)


def opinions_asked(unit: uuid.UUID) -> QuerySet[Case]:
    """The cases of other units on which this unit's opinion is awaited."""
    asked = JointOpinion.objects.filter(case=OuterRef("pk"), department_id=unit, answered_at__isnull=True)
    return Case.objects.filter(Exists(asked), state__in=VERBS["give_opinion"].sources)


def overtaken(today: date) -> list[str]:
    """The numbers of the cases that lawfully stand elsewhere today than it is written, for the sweep; found by their open clocks."""
    over = Clock.objects.filter(subject_table="hall_case", stopped_at__isnull=True, provisional=False, due_on__lt=today)
    passed = over.filter(kind__in=[rule.kind for rule in BY_LAW]).values("subject_id")
    cases = Case.objects.filter(pk__in=passed, state__in=OPEN_STATES)
    return list(lawful(cases, today).exclude(lawful_state=F("state")).order_by("id").values_list("number", flat=True))


def gaps_are_refused() -> Exists:
    """Of a supplement clock: gaps that do not come let the unit refuse and end nothing by themselves (the guide; domain 3.4)."""
    return Exists(Case.objects.filter(pk=OuterRef("subject_id"), version__gap_outcome=GapOutcome.REFUSED))


def counts_by_state(cases: QuerySet[Case], today: date) -> dict[str, int]:
    """How many cases lawfully stand in each state today, for tabs and rails."""
    return dict(lawful(cases, today).order_by().values_list("lawful_state").annotate(count=Count("id")))


def open_by_unit(today: date) -> dict[str, int]:
    """How many cases of each unit were received and are not concluded (在办), for supervision; keyed by unit number."""
    running = lawful(Case.objects.filter(state__in=UNCONCLUDED_STATES), today).filter(
        lawful_state__in=UNCONCLUDED_STATES
    )
    return dict(running.order_by().values_list("department__number").annotate(count=Count("id")))


def query_code_index(number: str, code: str) -> str:
    """The keyed index under which a case's number and its query code meet."""
    return protection.blind_index(f"{number}:{code}", purpose="query_code")


def case_of_code(number: str, index: str) -> Case | None:
    """The case that a citizen's number and query code open together; the number alone opens nothing (T37)."""
    found = Case.objects.filter(number=number, query_code_index=index)
    return (
        found.select_related(*_JOINED, *_ENDS)
        .annotate(rule_revision=clocks.revision(), clock_rows=clocks.rows_of("hall_case"))
        .first()
    )


def before(cases: QuerySet[Case], mark: tuple[datetime, str] | None, size: int = PAGE) -> list[Case]:
    """A keyset page, newest first: the index is entered at the mark and read in order (design decision 12).

    Asks for one row more than a page, so that the caller knows whether there is a next one.
    """
    if mark is not None:
        at, key = mark
        cases = cases.filter(opened_at__lte=at).filter(Q(opened_at__lt=at) | Q(id__lt=key))
    return list(cases.order_by("-opened_at", "-id")[: size + 1])


def find(staff: Staff, text: str) -> QuerySet[Case]:
    """Cases by number, by day and serial as people say it, by the number of a slip, or by a part of the applicant's name."""
    typed = text.strip()
    bare = typed.replace(" ", "").replace("-", "")
    wanted = Q(applicant__name__icontains=typed)
    if bare.isascii() and bare.isdigit():
        wanted |= Q(number=bare)
        said = numbers.spoken(bare)
        if said is not None:
            midnight = moment.midnight(said.day)
            of_day = Q(opened_at__gte=midnight, opened_at__lt=midnight + timedelta(days=1))
            wanted |= of_day & Q(number__regex=said.pattern)
    return visible_cases(staff).filter(wanted)


def materials_of(case: Case) -> list[CaseMaterial]:
    """The newest line of each required material, in the order of the guide."""
    newest = {row.requirement_id: row for row in _HANDED.rows(case=case.id)}
    return sorted(newest.values(), key=lambda row: row.requirement.seq)


def defects_of(case: Case) -> list[Defect]:
    """What the correction notices of a case told, in their order."""
    return list(Defect.objects.filter(case=case).select_related("requirement").order_by("round", "requirement__seq"))


def to_be_corrected(case: Case) -> list[CaseMaterial]:
    """The materials that a notice told and that were not handed in anew since, in the order of the guide."""
    told = {defect.requirement_id: defect.record_seq for defect in defects_of(case)}
    return [row for row in materials_of(case) if row.record_seq < told.get(row.requirement_id, 0)]


def is_of_kind(number: str, kind: CaseKind) -> bool:
    """Is this a case of that kind (即办件, 承诺件)? Whether it may be seen is for the verb to say."""
    return Case.objects.filter(number=number, version__case_kind=kind).exists()


def opinion_awaited(case: Case, staff: Staff) -> JointOpinion:
    """The question that this person's unit has not answered yet."""
    return JointOpinion.objects.get(case=case, department_id=staff.department_id, answered_at__isnull=True)


def acts_of(case: Case) -> list[Act]:
    """What was done with a case, in order, with who did it and by which line."""
    return _ACTS.rows(case=case.id)


def papers_of(case: Case) -> list[Paper]:
    """The papers of a case, newest first, each knowing whether the worker has printed it (`is_printed`) and whether its record has
    a receipt (`has_receipt`).
    """
    return _PAPERS.rows(case=case.id)


def _papers(*, case: uuid.UUID) -> QuerySet[Paper]:
    printed = Exists(PaperFile.objects.filter(paper=OuterRef("pk")))
    of_record = {name: OuterRef(name) for name in ("subject_table", "subject_id", "record_seq")}
    mine = Paper.objects.filter(subject_table="hall_case", subject_id=case)
    given = Exists(Receipt.objects.filter(**of_record))
    return mine.annotate(is_printed=printed, has_receipt=given).order_by("-issued_at", "-record_seq")


_HANDED = Reading(
    lambda *, case: CaseMaterial.objects.filter(case=case).select_related("requirement").order_by("record_seq")
)
_ACTS = Reading(
    lambda *, case: (
        Act.objects.filter(case=case)
        .select_related("person", "post__department", "line__letter", "window")
        .order_by("record_seq")
    )
)
_PAPERS = Reading(_papers)


def taken_back(paper: Paper) -> tuple[CaseState, datetime] | None:
    """How, and since when, what this paper grants or certifies holds no more (撤销, 作废); None where it stands, and for other papers."""
    if paper.kind not in (PaperKind.DECISION, PaperKind.CERTIFICATE):
        return None
    over = Case.objects.filter(pk=paper.subject_id, state__in=(CaseState.REVOKED, CaseState.VOIDED))
    found = over.first()
    return (CaseState(found.state), found.ended_at) if found and found.ended_at else None


def receipt_to_show(staff: Staff, number: str, seq: int) -> Receipt:
    """The receipt of one record of a case that this person may see; any other is not found."""
    mine = visible_cases(staff).filter(number=number).values("id")
    found = Receipt.objects.filter(subject_table="hall_case", subject_id__in=mine, record_seq=seq).first()
    if found is None:
        raise NotFound
    return found


def paper_to_show(staff: Staff, key: Any) -> Paper:
    """A paper of a case that this person may see; any other is not found."""
    paper = Paper.objects.filter(pk=key, subject_table="hall_case").first()
    if paper is None or not visible_cases(staff).filter(pk=paper.subject_id).exists():
        raise NotFound
    return paper


def subject_of_intake(number: str, item_key: str) -> log.Subject:
    """What a refused intake is about: the case filed online, else the item; neither is asked for more than its key."""
    case = Case.objects.filter(number=number).values_list("id", flat=True).first()
    if case is not None:
        return log.Subject("hall_case", case)
    item = ServiceItem.objects.filter(key=item_key[:12]).values_list("id", flat=True).first()
    return log.Subject("catalog_serviceitem", item or uuid.UUID(int=0))


__all__ = [
    "acts_of",
    "at_window",
    "before",
    "case_of_code",
    "case_of_source",
    "case_to_act_on",
    "case_to_show",
    "case_to_sweep",
    "case_told_to_regulator",
    "counts_by_state",
    "defects_of",
    "find",
    "gaps_are_refused",
    "is_of_kind",
    "listed",
    "materials_of",
    "open_by_unit",
    "opinion_awaited",
    "opinions_asked",
    "overtaken",
    "paper_to_show",
    "papers_of",
    "receipt_to_show",
    "subject_of_intake",
    "taken_back",
    "to_be_corrected",
    "visible_cases",
]
