"""The verbs that begin a case: `receive` at a window, `submit` online, and `receive` of what was submitted (domain 4.1).

Receiving is the hall's busiest act: a lock, one look-up, the counter, one writing statement.
"""

import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import OuterRef

from authorization import power
from authorization.letters import CounterAct
from authorization.models import Letter, LetterKind, LetterLine
from authorization.staff import Staff
from catalog.models import ItemVersion, MaterialRequirement
from hall import materials, papers, policies, queries, receivable, requirements
from hall.actions.acting import Acting, finish
from hall.actions.begin import begin
from hall.actions.turning_points import start_statutory
from hall.materials import Asked, Checked, Handed
from hall.models import Act, Applicant, Case, CaseMaterial, Channel
from hall.states import VERBS, CaseState
from supervision import clocks, log, moment, numbers, protection, receipts
from supervision.models import ClockKind, PaperKind, Receipt
from supervision.papers import CHECK_ALPHABET
from supervision.refusals import Refusal, Refused, Unusable
from supervision.writing import write

TABLE = "hall_applicant"
SEALED = (
    *("id_number", "phone", "address", "contact_id_number"),
    *("postal_recipient", "postal_phone", "postal_address"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """Who applies, and to whom the result goes by post, as typed and checked: plain values that are sealed before anything is written."""

    kind: str
    name: str
    id_number: str
    phone: str
    address: str = ""
    contact_name: str = ""
    contact_id_number: str = ""
    postal_recipient: str = ""
    postal_phone: str = ""
    postal_address: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """One application as a form or the API brings it. `unit` is the number of the item's unit, under whose letter it is
    received; what is filed online is not received yet and leaves it empty.
    """

    item_key: str
    unit: str
    applicant: Person
    handed: Sequence[Handed]
    delivery_way: str
    source_system: str = ""
    source_number: str = ""
    incomplete: bool = False


def receive(application: Application, *, staff: Staff, now: datetime) -> Case:
    """Take in an application at the window: case, receipt slip, notice clock (行政许可法 32; D28, D37, L10). Not yet acceptance.

    Raises Unusable (`unknown_item`, `material_missing`), Forbidden (`letter_…`, `no_duty`, `window_…`), Refused
    `already_received` for a form that was sent twice.
    """
    try:
        return _receive(application, staff=staff, now=now)
    except IntegrityError as fault:
        raise _said_twice(fault, application) from fault


@transaction.atomic
def _receive(application: Application, *, staff: Staff, now: datetime) -> Case:
    power.share_letter(application.unit, LetterKind.SIGNING, LetterKind.COUNTER)
    claim = policies.claim_at_window(CounterAct.RECEIVE, staff)
    version = _version(application, claim, now)
    policies.require_window(VERBS["receive"], version.item, staff, devolved=version.is_devolved)
    line = _line(version, policies.claim(CounterAct.RECEIVE, version.item, staff), now)
    rules = clocks.rules_with(version)
    gaps = version.accepts_with_gaps
    checked = _checked(receivable.asked_of(version), application.handed, gaps=gaps, incomplete=application.incomplete)
    case, taken = _new_case(application, version, Channel.HALL, now)
    case.window_id, case.received_at = staff.window_id, now
    acting = Acting(VERBS["receive"], case, staff, line, rules, now, seq=1, taken=taken)
    rows = material_rows(case, checked, seq=1)
    return _take_in(acting, rows, new=True, told=_told_at_first(case, application))


@transaction.atomic
def receive_submitted(
    number: str,
    handed: Sequence[Handed],
    *,
    staff: Staff,
    now: datetime,
    incomplete: bool = False,
    seq: int | None = None,
) -> Case:
    """Take in at the window what was filed online: the papers are checked against the guide, the case keeps its number."""
    acting = begin("receive", number, staff=staff, now=now, seq=seq)
    case = acting.case
    if case.state != CaseState.SUBMITTED:
        raise Refused(Refusal("wrong_state", "这一件已经收过件了。", ("T63",), "请打开办件看看现在到了哪一步。"))
    asked = [_as_asked(row) for row in MaterialRequirement.objects.filter(version=case.version_id)]
    checked = _checked(asked, handed, gaps=case.version.accepts_with_gaps, incomplete=incomplete)
    rows = material_rows(case, checked, acting.seq)
    case.window_id, case.received_at = staff.window_id, acting.now
    return _take_in(acting, rows, new=False, told={})


@transaction.atomic
def submit(
    application: Application,
    *,
    actor: log.Actor,
    now: datetime,
    along: Callable[[Case, Receipt], Sequence[models.Model]] = lambda case, receipt: (),
) -> Case:
    """File an application online; it waits for a window to receive it. What `along` makes of the case and of the receipt for its
    record is written with it.

    Raises Unusable (`unknown_item`, `not_online`, `material_missing`, `material_unknown`), Refused `source_number_used`.
    """
    version = _version(application, power.Claim(OuterRef("item"), CounterAct.RECEIVE, uuid.UUID(int=0)), now)
    if not version.is_online or version.item.hall_exception:
        raise Unusable(
            Refusal("not_online", f"“{version.name}”不能网上申办。", ("L36", "D58"), "请到大厅窗口办理。", field="item")
        )
    checked = _checked(receivable.asked_of(version), application.handed)
    case, taken = _new_case(application, version, Channel.ONLINE, now)
    handed = material_rows(case, checked, seq=1)
    made = log.entry(
        "submit",
        log.Subject("hall_case", case.id),
        actor=actor,
        now=now,
        unit=version.item.department.number,
        to_state=CaseState.SUBMITTED,
        power={"kind": "applicant"},
        facts=_told(case, handed) | {"numbers": taken} | _told_at_first(case, application),
    )
    case.state, case.record_seq, case.record_digest = CaseState.SUBMITTED, 1, made.digest
    act, receipt = Act(case=case, verb="submit", at=now, record_seq=1), receipts.give(made, label=case.number)
    try:
        write(made.record, case.applicant, case, act, receipt, *handed, *along(case, receipt))
    except IntegrityError as fault:
        raise _source_number_used(fault) from fault
    return case


def _source_number_used(fault: IntegrityError) -> Exception:
    """The number that another system gave serves once for ever, whatever key the request carries (trust 4)."""
    if not _is_of_source(fault):
        return fault
    return Refused(
        Refusal(
            "source_number_used",
            "这个来源编号已经申办过，没有重复登记。",
            ("T32",),
            "请查原来那一件的进度；确实是另一件申办的，请换来源编号。",
            field="source_number",
        )
    )


def _said_twice(fault: IntegrityError, application: Application) -> Exception:
    """A second click meets the unique source number of the first: the answer names the case that exists."""
    if not _is_of_source(fault):
        return fault
    first = queries.case_of_source(application.source_system, application.source_number)
    return Refused(
        Refusal(
            "already_received", f"这张表已经收过件，办件编号 {first.number}。", ("T63",), "请打开这个办件，不用再收。"
        )
    )


def _is_of_source(fault: IntegrityError) -> bool:
    return getattr(getattr(fault.__cause__, "diag", None), "constraint_name", "") == "case_source_once"


def query_code_of(case: Case) -> str:
    """The secret code of the progress page, for the slip and for whoever may see it."""
    return protection.unseal(case.query_code, table="hall_case", column="query_code", row=case.id)


def _take_in(acting: Acting, handed: Sequence[CaseMaterial], *, new: bool, told: dict[str, Any]) -> Case:
    case = acting.case
    notice = acting.start(ClockKind.NOTICE, acting.limit(ClockKind.NOTICE))
    acting.start(ClockKind.TRANSFER, acting.limit(ClockKind.TRANSFER))
    changed = ["window", "received_at"]
    if case.version.clock_starts_on_receipt:
        case.statutory = start_statutory(acting)
        changed.append("statutory")
    facts = papers.receipt_slip(
        case,
        case.applicant,
        handed,
        receiver=acting.person.name,
        window=acting.person.window_name,
        code=query_code_of(case),
        notice_due=notice.due_on,
    )
    number = papers.receipt_number(case)
    paper = papers.register(
        PaperKind.RECEIPT_SLIP, case, paper_number=number, facts=facts, now=acting.now, seq=acting.seq
    )
    rows = [*handed, case.applicant] if new else list(handed)
    told = _told(case, handed) | told
    return finish(
        acting, act=acting.act(), facts=told, changed=changed, rows=rows, papers=[paper], new=new, receipt=True
    )


def _version(application: Application, claim: power.Claim, now: datetime) -> ItemVersion:
    version = receivable.version_to_receive(application.item_key, claim, now)
    if version is None or application.unit not in ("", version.item.department.number):
        raise Unusable(
            Refusal(
                "unknown_item", "没有找到这个事项，或它今天不在用。", ("D12",), "请重新搜索并选择事项。", field="item"
            )
        )
    return version


def _line(version: Any, claim: power.Claim, now: datetime) -> LetterLine:
    """The line that the look-up brought along; when there is none, one more look finds out why."""
    if version.line is None:
        return power.require_line(claim, now)
    told = version.line
    return LetterLine(
        id=uuid.UUID(told["id"]), seq=told["seq"], letter=Letter(id=told["letter_id"], number=told["number"])
    )


def _new_case(
    application: Application, version: ItemVersion, channel: Channel, now: datetime
) -> tuple[Case, dict[str, int]]:
    """A case under the next number, and the number as it was taken. Refused `postal_missing`, `postal_unneeded`."""
    requirements.require_postal(application.delivery_way, application.applicant)
    day = moment.local_date(now)
    taken = numbers.take([numbers.case_series(version.item.department.number, day)])
    number = numbers.case_number(taken)
    case = Case(
        number=number,
        channel=channel,
        state="",
        department=version.item.department,
        item=version.item,
        version=version,
        applicant=_sealed(application.applicant),
        delivery_way=application.delivery_way,
        source_system=application.source_system,
        source_number=application.source_number,
        opened_at=now,
        record_seq=0,
        record_digest=b"",
    )
    code = "".join(secrets.choice(CHECK_ALPHABET) for _ in range(8))
    case.query_code = protection.seal(code, table="hall_case", column="query_code", row=case.id)
    case.query_code_index = queries.query_code_index(number, code)
    return case, taken


def _sealed(person: Person) -> Applicant:
    applicant = Applicant(
        kind=person.kind,
        name=person.name,
        contact_name=person.contact_name,
        id_number_index=protection.blind_index(person.id_number, purpose="id_number"),
    )
    for column in SEALED:
        value = getattr(person, column)
        if value:
            setattr(applicant, column, protection.seal(value, table=TABLE, column=column, row=applicant.id))
    return applicant


def checked_again(asked: Sequence[MaterialRequirement], handed: Sequence[Handed]) -> list[Checked]:
    """What is brought later for these materials of a case: all of it, complete. Raises Unusable `material_missing`."""
    return _checked([_as_asked(row) for row in asked], handed)


def material_rows(case: Case, checked: Sequence[Checked], seq: int) -> list[CaseMaterial]:
    """One line a material, as the record with this number tells it."""
    return [_material(case, row, seq) for row in checked]


def _checked(
    asked: Sequence[Asked], handed: Sequence[Handed], *, gaps: bool = False, incomplete: bool = False
) -> list[Checked]:
    checked = materials.check(asked, handed)
    wrong = materials.unknown(asked, handed) or (() if incomplete else materials.faults(checked, gaps=gaps))
    if wrong:
        raise Unusable(*wrong)
    return checked


def _material(case: Case, row: Checked, seq: int) -> CaseMaterial:
    wanted, given = row.wanted, row.given
    requirement = MaterialRequirement(
        id=uuid.UUID(str(wanted.id)), seq=wanted.seq, name=wanted.name, necessity=wanted.necessity
    )
    return CaseMaterial(
        case=case,
        requirement=requirement,
        originals=given.originals,
        copies=given.copies,
        electronic=given.electronic,
        status=row.status,
        record_seq=seq,
    )


def _as_asked(row: MaterialRequirement) -> Asked:
    return Asked(str(row.id), row.seq, row.name, row.necessity, row.originals, row.copies, row.electronic, row.source)


def _told(case: Case, handed: Sequence[CaseMaterial]) -> dict[str, Any]:
    return {
        "number": case.number,
        "item": case.item.key,
        "version": case.version.number,
        "channel": case.channel,
        "delivery_way": case.delivery_way,
        "materials": [[row.requirement.seq, row.originals, row.copies, row.electronic, row.status] for row in handed],
    }


def _told_at_first(case: Case, application: Application) -> dict[str, Any]:
    """What the first record of a case says besides: who applies, from where it came, and by which code it is looked up."""
    told = _told_of_applicant(case.applicant, application.applicant)
    told["query_code"] = protection.commitment(case.query_code, query_code_of(case))
    if application.source_system:
        told["source_system"] = application.source_system
    if application.source_number:  # another system's number may say something of a person
        told["source_number"] = protection.commitment(case.applicant.id_number, application.source_number)
    return told


def _told_of_applicant(applicant: Applicant, person: Person) -> dict[str, Any]:
    """Commitments only: the log proves what was entered and names nobody (trust 2, trap 7)."""
    told = {
        column: protection.commitment(getattr(applicant, column), getattr(person, column))
        for column in SEALED
        if getattr(applicant, column)
    }
    names = {"name": person.name, "contact_name": person.contact_name}  # who applies, and who may take the result
    told |= {column: protection.commitment(applicant.id_number, name) for column, name in names.items() if name}
    return {"applicant": {**told, "kind": person.kind}}
