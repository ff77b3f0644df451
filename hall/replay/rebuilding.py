"""What must be stored of a case, rebuilt from its records alone. Pure: bodies of records in, plain values out (T55).

Values are as JSON has them: ids, days and digests are texts, instants are `datetime`, so that both sides compare without more ado.
Where a column can only be judged beside another one (a sealed value, a pointer), both sides say `FITS` when it is as it must be.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from supervision import moment, receipts

# The verbs that leave an instant of their own on the case, and those that give a receipt.
INSTANTS = {"grant": "decided_at", "conclude": "concluded_at", "hand_out": "delivered_at"}
RECEIPTED = ("submit", "receive")
POINTED = ("promised", "statutory")
DECISION, DELIVERY = "决定", "送达"
FITS = "fits"
# So stand on the case as the first record tells them; what it leaves out is empty.
_TOLD_AT_FIRST = ("number", "item", "version", "channel", "delivery_way", "query_code")
_EMPTY_UNLESS_TOLD = ("source_system", "source_number", "provincial_number")

Row = dict[str, Any]


@dataclass(slots=True)
class Image:
    """A case as flat rows, of its applicant what is committed to: by record number what was done and which receipt was given, by kind its clocks, by id its papers and
    their files; decision and delivery by that word.
    """

    case: Row = field(default_factory=dict)
    applicant: Row = field(default_factory=dict)
    acts: dict[int, Row] = field(default_factory=dict)
    clocks: dict[str, Row] = field(default_factory=dict)
    papers: dict[str, Row] = field(default_factory=dict)
    files: dict[str, Row] = field(default_factory=dict)
    receipts: dict[int, Row] = field(default_factory=dict)
    materials: dict[int, list[Any]] = field(default_factory=dict)
    decision: dict[str, Row] = field(default_factory=dict)
    delivery: dict[str, Row] = field(default_factory=dict)


def rebuild(texts: Sequence[bytes], printed: Mapping[str, Sequence[bytes]]) -> Image:
    """`texts` are the numbered records of one case in order, at least one; `printed` those of the printing of papers, by paper.

    Raises one of `MALFORMED` when a record is not as ours are.
    """
    bodies = [json.loads(text) for text in texts]
    image, first = Image(), bodies[0]
    image.case = {
        **{name: first["facts"].get(name) for name in _TOLD_AT_FIRST},
        **{name: first["facts"].get(name, "") for name in _EMPTY_UNLESS_TOLD},
        **dict.fromkeys(("received_at", "accepted_at", "handler", "window", *INSTANTS.values())),
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
        image.case[kind] = kind if kind in image.clocks else None
    for key in image.papers:
        for text in printed.get(key, ()):
            image.files[key] = _file(json.loads(text))
    return image


def _take(image: Image, body: Row, seq: int) -> None:
    kind, at, facts, actor = body["kind"], moment.instant(body["at"]), body["facts"], body["actor"]
    since = image.case["received_at"] if facts.get("deemed") else at
    image.acts[seq] = {
        "verb": kind,
        "at": at,
        "person": actor.get("person"),
        "post": actor.get("post"),
        "window": actor.get("window"),
        "line": body["power"].get("line"),
        "opinion": facts.get("opinion", ""),
    }
    _of_the_verb(image, kind, at, since, body)
    for clock in facts.get("clocks", ()):
        image.clocks[clock["kind"]] = _clock(clock, since, image.case["number"], body["unit"], seq)
    for stopped in facts.get("stopped", ()):
        clock = image.clocks.get(stopped)
        if clock is not None and clock["stopped_at"] is None:
            clock |= {"stopped_at": at, "stopped_on": moment.local_date(at).isoformat(), "record_seq": seq}
    if "paper" in facts:
        image.papers[facts["paper"]["id"]] = _paper(facts["paper"], at, image.case["number"], body["unit"], seq)
    if facts.get("materials"):
        image.materials[seq] = sorted(facts["materials"])


def _of_the_verb(image: Image, kind: str, at: Any, since: Any, body: Row) -> None:
    case, facts, seq = image.case, body["facts"], body["subject"]["seq"]
    if kind == "receive":
        case |= {"received_at": at, "window": body["actor"].get("window")}
    elif kind == "accept":
        case |= {"accepted_at": since, "handler": body["actor"].get("person")}
    elif kind in INSTANTS:
        case[INSTANTS[kind]] = at
    if "decision" in facts:
        image.decision[DECISION] = {
            "act": seq,
            "kind": facts["decision"],
            "decided_on": facts["decided_on"],
            "paper_number": facts["paper"]["number"],
            "record_seq": seq,
        }
    if kind == "hand_out":
        told = {name: facts[name] for name in ("way", "relation", "recipient", "delivered_on")}
        image.delivery[DELIVERY] = told | {"act": seq, "record_seq": seq}


def _clock(told: Row, since: Any, number: str, unit: str, seq: int) -> Row:
    return {
        "label": number,
        "unit": unit,
        "limit": told["limit"],
        "time_unit": told["unit"],
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
