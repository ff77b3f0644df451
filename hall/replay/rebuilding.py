"""What must be stored of a case, rebuilt from its records alone. Pure: bodies of records in, plain values out (T55).

Values are as JSON has them: ids, days and digests are texts, instants are `datetime`, so that both sides compare without more ado.
Where a column can only be judged beside another one (a sealed value, a pointer), both sides say `FITS` when it is as it must be.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hall.states import FINAL_STATES, CaseState
from supervision import moment, receipts

# The end of a case that was not delivered.
ENDS = FINAL_STATES - {CaseState.DELIVERED}
RECEIPTED = ("submit", "receive")
POINTED = ("promised", "statutory")
DECISION, DELIVERY, SHIPMENT = "决定", "送达", "寄递"
FITS = "fits"
APPROVAL = ("approver_post", "approver_person")  # of a pause; records of typed names do not tell them
# So stand on the case as the first record tells them; what it leaves out is empty.
_TOLD_AT_FIRST = ("number", "item", "version", "channel", "delivery_way", "query_code")
_EMPTY_UNLESS_TOLD = ("source_system", "source_number", "provincial_number")
# What only later records bring about, as it stands before them.
_INSTANTS = ("received_at", "accepted_at", "decided_at", "concluded_at", "delivered_at", "corrected_at", "ended_at")
_BEFOREHAND = {
    **dict.fromkeys((*_INSTANTS, "handler", "window")),
    "gaps_open": False,
    "deemed": False,
    "declaration": "",
    "conclusion": "",
}

Row = dict[str, Any]
Numbered = tuple[str, int]  # kind and round of a clock


@dataclass(slots=True)
class Image:
    """A case as flat rows, of its applicant what is committed to: by record number what was done and which receipt was given, by
    kind and round its clocks, by round its pauses, the opinions of other units and what the regulator was told, by round and place in the guide its defects, by
    id its papers and their files; decision, delivery and shipment by that word.
    """

    case: Row = field(default_factory=dict)
    applicant: Row = field(default_factory=dict)
    acts: dict[int, Row] = field(default_factory=dict)
    clocks: dict[Numbered, Row] = field(default_factory=dict)
    pauses: dict[int, Row] = field(default_factory=dict)
    defects: dict[Any, Row] = field(default_factory=dict)
    opinions: dict[int, Row] = field(default_factory=dict)
    regulator_notices: dict[int, Row] = field(default_factory=dict)
    papers: dict[str, Row] = field(default_factory=dict)
    files: dict[str, Row] = field(default_factory=dict)
    receipts: dict[int, Row] = field(default_factory=dict)
    materials: dict[int, list[Any]] = field(default_factory=dict)
    decision: dict[str, Row] = field(default_factory=dict)
    delivery: dict[str, Row] = field(default_factory=dict)
    shipment: dict[str, Row] = field(default_factory=dict)


def rebuild(texts: Sequence[bytes], printed: Mapping[str, Sequence[bytes]]) -> Image:
    """`texts` are the numbered records of one case in order, at least one; `printed` those of the printing of papers, by paper.

    Raises one of `MALFORMED` when a record is not as ours are.
    """
    bodies = [json.loads(text) for text in texts]
    image, first = Image(), bodies[0]
    image.case = {
        **{name: first["facts"].get(name) for name in _TOLD_AT_FIRST},
        **{name: first["facts"].get(name, "") for name in _EMPTY_UNLESS_TOLD},
        **_BEFOREHAND,
        "query_code_index": FITS,
        "department": first["unit"],
        "opened_at": moment.instant(first["at"]),
        "state": bodies[-1]["to"],
        "record_seq": bodies[-1]["subject"]["seq"],
        "record_digest": hashlib.sha256(texts[-1]).hexdigest(),
    }
    image.applicant = dict(first["facts"].get("applicant", {}))
    for body, text in zip(bodies, texts, strict=True):
        _take(image, body, body["subject"]["seq"])
        if body["kind"] in RECEIPTED:
            image.receipts[body["subject"]["seq"]] = _receipt(body, text)
    for kind in POINTED:
        image.case[kind] = max((key for key in image.clocks if key[0] == kind), default=None)
    for key in image.papers:
        for text in printed.get(key, ()):
            image.files[key] = _file(json.loads(text))
    return image


def _take(image: Image, body: Row, seq: int) -> None:
    kind, at, facts, actor = body["kind"], moment.instant(body["at"]), body["facts"], body["actor"]
    image.acts[seq] = {
        "verb": kind,
        "at": at,
        "person": actor.get("person"),
        "post": actor.get("post"),
        "window": actor.get("window"),
        "line": body["power"].get("line"),
        "opinion": facts.get("opinion", ""),
    }
    # Before clocks told their own start, those of an acceptance by silence ran from the receipt.
    began = image.case["received_at"] if facts.get("deemed") and "since" not in facts else at
    _of_the_verb(image, kind, at, began, body)
    _of_clocks(image, at, began, body)
    _of_handling(image, at, body)
    _of_regulator_notices(image, at, body)
    _of_results(image, body)
    for paper in (*([facts["paper"]] if "paper" in facts else ()), *facts.get("more_papers", ())):
        image.papers[paper["id"]] = _paper(paper, at, image.case["number"], body["unit"], seq)
    if facts.get("materials"):
        image.materials[seq] = sorted(facts["materials"])


def _of_the_verb(image: Image, kind: str, at: Any, began: Any, body: Row) -> None:
    """What the verb changes on the case itself. An acceptance that came by law has had a verb of its own since the column is there."""
    case, facts, person = image.case, body["facts"], body["actor"].get("person")
    if kind == "receive":
        case |= {"received_at": at, "window": body["actor"].get("window")}
    if "accepted_on" in facts:
        since = moment.instant(facts["since"]) if "since" in facts else began
        case |= {"accepted_at": since, "handler": person, "deemed": kind == "deem_accepted"}
    if "handler" in facts:
        case["handler"] = facts["handler"]
    if kind == "take_corrections":
        case["corrected_at"] = at
    if kind in ("accept_with_gaps", "supply_gaps"):
        case["gaps_open"] = kind == "accept_with_gaps"
    if "decision" in facts:
        case |= {"decided_at": at, "gaps_open": False}
    if kind == "conclude":
        case["concluded_at"] = at
    if "delivered_on" in facts:
        case["delivered_at"] = moment.now_or_end_of(date.fromisoformat(facts["delivered_on"]), at)
    if body["to"] in ENDS and case["ended_at"] is None:  # what comes later is no second end
        case |= {"ended_at": _over(facts, at)[0], "gaps_open": False}
    case |= {name: facts[name] for name in ("declaration", "conclusion") if name in facts}


def _of_clocks(image: Image, at: Any, began: Any, body: Row) -> None:
    """Clocks that started, moved and stopped; what has just started is not stopped by the same act."""
    facts, seq = body["facts"], body["subject"]["seq"]
    stopped, only = facts.get("stopped", ()), facts.get("stopped_round")
    for (kind, round_), clock in image.clocks.items():
        if kind in stopped and clock["stopped_at"] is None and only in (None, round_):
            over, day = _over(facts, at, kind)
            clock |= {"stopped_at": over, "stopped_on": day, "record_seq": seq}
    of_others = {"opinion_asked": "joint_opinion", "told_regulator": "acknowledgement"}
    asked = {clock: facts[name]["unit"] for name, clock in of_others.items() if name in facts}
    for told in facts.get("clocks", ()):
        since = moment.instant(told["since"]) if "since" in told else began
        unit = asked[told["kind"]] if told["kind"] in asked else body["unit"]
        image.clocks[told["kind"], told.get("round", 1)] = _clock(told, since, image.case["number"], unit, seq)
    for told in facts.get("moved", ()):
        image.clocks[told["kind"], told["round"]] |= {
            "extension": told["extension"],
            "due_on": told["due"],
            "provisional": told["provisional"],
            "pauses": days(told["pauses"]),
            "paused_since": told["since"],
            "record_seq": seq,
        }


def _over(facts: Row, at: Any, kind: str = "") -> tuple[Any, str]:
    """Instant and day of an end: of what the law did the day that did it, of what came by courier the day of the signature
    (hall/actions/acting.py: `ends`).
    """
    if "ran_out" not in facts:
        return at, facts.get("delivered_on") or moment.local_date(at).isoformat()
    day = date.fromisoformat(facts["by"])
    return moment.midnight(day + timedelta(days=1)), str(day + timedelta(days=kind == facts["ran_out"]))


def _of_handling(image: Image, at: Any, body: Row) -> None:
    """Pauses, defects and the opinions of other units."""
    facts, seq, person = body["facts"], body["subject"]["seq"], body["actor"].get("person")
    if "pause" in facts:
        of_case = {"label": image.case["number"], "unit": body["unit"]}
        told = dict.fromkeys(APPROVAL) | _without_round(facts["pause"])
        image.pauses[facts["pause"]["round"]] = told | of_case | {"last_on": None, "result": "", "record_seq": seq}
    if "resumed" in facts:
        image.pauses[facts["resumed"]["round"]] |= _without_round(facts["resumed"]) | {"record_seq": seq}
    for place, problem, wanted, seen_before in facts.get("defects", ()):
        row = {"problem": problem, "wanted": wanted, "seen_before": seen_before, "record_seq": seq}
        image.defects[facts["round"], place] = row
    if "opinion_asked" in facts:
        told = facts["opinion_asked"]
        asked = {"department": told["unit"], "question": told["question"], "asked_at": at, "record_seq": seq}
        image.opinions[told["round"]] = asked | {"answer": "", "answered_at": None, "person": None}
    if "opinion_given" in facts:
        told = facts["opinion_given"]
        given = {"answer": told["answer"], "answered_at": at, "person": person, "record_seq": seq}
        image.opinions[told["round"]] |= given


def _of_regulator_notices(image: Image, at: Any, body: Row) -> None:
    """What the regulator was told, and who signed for it."""
    facts, seq = body["facts"], body["subject"]["seq"]
    if "told_regulator" in facts:
        told = facts["told_regulator"]
        image.regulator_notices[told["round"]] = {
            **{name: told[name] for name in ("kind", "decided_on")},
            "regulator": told["unit"],
            "document_number": told["document"],
            "told_at": at,
            "acknowledged_at": None,
            "person": None,
            "record_seq": seq,
        }
    if "acknowledged" in facts:
        signed = {"acknowledged_at": at, "person": body["actor"].get("person"), "record_seq": seq}
        image.regulator_notices[facts["acknowledged"]["round"]] |= signed


def _of_results(image: Image, body: Row) -> None:
    """What was decided, and how it went out."""
    facts, of_step = body["facts"], dict.fromkeys(("act", "record_seq"), body["subject"]["seq"])
    if "decision" in facts:
        paper = {"paper_number": facts["paper"]["number"]}
        image.decision[DECISION] = {"kind": facts["decision"], "decided_on": facts["decided_on"], **paper, **of_step}
    if "delivered_on" in facts:
        told = {name: facts[name] for name in ("way", "relation", "recipient", "delivered_on")}
        image.delivery[DELIVERY] = told | of_step
    if "shipment" in facts:
        image.shipment[SHIPMENT] = {**facts["shipment"], **of_step}


def _without_round(told: Row) -> Row:
    return {name: value for name, value in told.items() if name != "round"}


def days(told: Sequence[str]) -> str:
    """Several days as one text."""
    return "、".join(told)


def _clock(told: Row, since: Any, number: str, unit: str, seq: int) -> Row:
    return {
        "label": number,
        "unit": unit,
        "limit": told["limit"],
        "time_unit": told["unit"],
        "extension": 0,
        "pauses": "",
        "paused_since": None,
        "started_at": since,
        "started_on": told["from"],
        "due_on": told["due"],
        "provisional": told["provisional"],
        "stopped_at": None,
        "stopped_on": None,
        "record_seq": seq,
    }


def _paper(told: Row, at: Any, number: str, unit: str, seq: int) -> Row:
    """The sealed facts must have the hash that was told; the check code is one of them."""
    return {
        "kind": told["kind"],
        "title": told["title"],
        "number": told["number"],
        "template_version": told["template"],
        "facts_hash": told["facts"],
        "facts": told["facts"],
        "check_code": FITS,
        "issued_at": at,
        "unit": unit,
        "label": number,
        "record_seq": seq,
    }


def _file(body: Row) -> Row:
    told = body["facts"]
    return {
        "pdf_hash": told["pdf"],
        "data": told["stored"],
        "rendered_at": moment.instant(body["at"]),
        "record_seq": body["subject"]["seq"],
    }


def _receipt(body: Row, text: bytes) -> Row:
    subject, number = body["subject"], body["facts"]["number"]
    record = f"{subject['table']}/{subject['id']}/{subject['seq']}"
    return {
        "label": number,
        "text": {"case": number, "record": record, "leaf": receipts.leaf_of(text), "at": body["at"]},
        "signature": FITS,
    }
