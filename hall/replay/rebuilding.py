"""What must be stored of a case, rebuilt from its records alone. Pure: parsed bodies in, plain values out (T55).

Values are as JSON has them: ids, days and digests are texts, instants are `datetime`, so that both sides compare without more ado.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from supervision import moment

# The verbs that leave an instant of their own on the case.
INSTANTS = {"grant": "decided_at", "conclude": "concluded_at", "hand_out": "delivered_at"}
POINTED = ("promised", "statutory")
DECISION, DELIVERY = "决定", "送达"

Row = dict[str, Any]


@dataclass(slots=True)
class Image:
    """A case as flat rows: by record number what was done, by kind its clocks, by id its papers; decision and delivery by that word."""

    case: Row = field(default_factory=dict)
    acts: dict[int, Row] = field(default_factory=dict)
    clocks: dict[str, Row] = field(default_factory=dict)
    papers: dict[str, Row] = field(default_factory=dict)
    materials: dict[int, list[Any]] = field(default_factory=dict)
    decision: dict[str, Row] = field(default_factory=dict)
    delivery: dict[str, Row] = field(default_factory=dict)


def rebuild(bodies: Sequence[Row], digest: str) -> Image:
    """`bodies` are the numbered records of one case in order, at least one; `digest` is that of the last (hex)."""
    image, first = Image(), bodies[0]
    image.case = {
        **{name: first["facts"].get(name) for name in ("number", "item", "version", "channel", "delivery_way")},
        **dict.fromkeys(("received_at", "accepted_at", "handler", "window", *INSTANTS.values())),
        "department": first["unit"],
        "opened_at": moment.instant(first["at"]),
        "state": bodies[-1]["to"],
        "record_seq": bodies[-1]["subject"]["seq"],
        "record_digest": digest,
    }
    for body in bodies:
        _take(image, body, body["subject"]["seq"])
    for kind in POINTED:
        image.case[kind] = kind if kind in image.clocks else None
    return image


def _take(image: Image, body: Row, seq: int) -> None:
    kind, at, facts, actor = body["kind"], moment.instant(body["at"]), body["facts"], body["actor"]
    since = image.case["received_at"] if facts.get("deemed") else at
    image.acts[seq] = {
        "verb": kind,
        "at": at,
        "person": actor.get("person"),
        "post": actor.get("post"),
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
        paper = facts["paper"]
        image.papers[paper["id"]] = {
            "kind": paper["kind"],
            "number": paper["number"],
            "facts_hash": paper["facts"],
            "issued_at": at,
            "label": image.case["number"],
            "record_seq": seq,
        }
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
            "kind": facts["decision"],
            "decided_on": facts["decided_on"],
            "paper_number": facts["paper"]["number"],
            "record_seq": seq,
        }
    if kind == "hand_out":
        told = {name: facts[name] for name in ("way", "relation", "recipient", "delivered_on")}
        image.delivery[DELIVERY] = told | {"record_seq": seq}


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
