"""The whole life of a case on one screen. Buttons, actions and the test matrix read this table (domain 4.1).

The power of a verb is a stage of the unit's signing letter, an act of its counter letter, or the applicant's own.
"""

from dataclasses import dataclass

from django.db import models

from authorization.letters import CounterAct, Stage
from supervision.models import ClockKind, PaperKind


class CaseState(models.TextChoices):
    SUBMITTED = "submitted", "已申办"
    RECEIVED = "received", "已收件"
    TRANSFERRED = "transferred", "已中转"
    ACCEPTED = "accepted", "已受理"
    REVIEWED = "reviewed", "已审核"
    DECIDED = "decided", "已决定"
    CONCLUDED = "concluded", "已办结"
    CERTIFICATE_MADE = "certificate_made", "已制证"
    READY = "ready", "待出件"
    DELIVERED = "delivered", "已送达"


APPLICANT = "applicant"


@dataclass(frozen=True, slots=True)
class Verb:
    """One act: what it is called on a button, where it leads from and to, whose power it needs, what it leaves behind."""

    name: str
    label: str
    sources: tuple[CaseState | None, ...]
    target: CaseState
    power: str
    paper: PaperKind | None = None
    starts: tuple[ClockKind, ...] = ()
    stops: tuple[ClockKind, ...] = ()


S, K, P = CaseState, ClockKind, PaperKind
_TABLE = (
    Verb("submit", "网上申办", (None,), S.SUBMITTED, APPLICANT),
    Verb("receive", "收件并打印凭证", (None, S.SUBMITTED), S.RECEIVED, CounterAct.RECEIVE, P.RECEIPT_SLIP, (K.NOTICE, K.TRANSFER)),
    Verb("transfer", "中转到审批股", (S.RECEIVED,), S.TRANSFERRED, CounterAct.RECEIVE, P.TRANSFER_SLIP, (), (K.TRANSFER,)),
    Verb(
        "accept", "受理并出通知书", (S.TRANSFERRED,), S.ACCEPTED, Stage.ACCEPTANCE, P.ACCEPTANCE_NOTICE,
        (K.PROMISED, K.STATUTORY), (K.NOTICE,),
    ),
    Verb("review", "审核通过，送审批", (S.ACCEPTED,), S.REVIEWED, Stage.REVIEW),
    Verb("grant", "准予并出决定书", (S.REVIEWED,), S.DECIDED, Stage.APPROVAL, P.DECISION, (K.DELIVERY,), (K.STATUTORY,)),
    Verb("conclude", "办结此件", (S.DECIDED,), S.CONCLUDED, Stage.CONCLUSION, None, (), (K.PROMISED,)),
    Verb("make_certificate", "制证并打印", (S.CONCLUDED,), S.CERTIFICATE_MADE, Stage.CONCLUSION, P.CERTIFICATE),
    Verb("make_ready", "登记待领", (S.CERTIFICATE_MADE,), S.READY, CounterAct.HAND_OUT),
    Verb("hand_out", "出件并打印回证", (S.READY,), S.DELIVERED, CounterAct.HAND_OUT, P.DELIVERY_RECEIPT, (), (K.DELIVERY,)),
)  # fmt: skip
VERBS: dict[str, Verb] = {verb.name: verb for verb in _TABLE}

OPEN_STATES = frozenset(CaseState) - {S.DELIVERED}
UNCONCLUDED_STATES = frozenset({S.RECEIVED, S.TRANSFERRED, S.ACCEPTED, S.REVIEWED, S.DECIDED})  # 在办

# Which clock asks for the next step; in all other states the promise does, with the statute beside it.
NEXT_CLOCK: dict[CaseState, ClockKind] = {
    S.RECEIVED: K.TRANSFER,
    S.TRANSFERRED: K.NOTICE,
    S.CONCLUDED: K.DELIVERY,
    S.CERTIFICATE_MADE: K.DELIVERY,
    S.READY: K.DELIVERY,
}


def verb_after(state: CaseState | str) -> Verb | None:
    """The one verb that leads on from a state on this path; None when the case is at its end."""
    return next((verb for verb in _TABLE if state in verb.sources), None)
