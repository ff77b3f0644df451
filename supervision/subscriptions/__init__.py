"""Consumers of the sealed log: figures, reports, notices (design decision 4; T46, T57, T60, T61).

Each has a cursor, the next leaf it has not seen, and moves it in the transaction of its effect: whoever is killed in between did
nothing. Numbered records of a subject come in their order where the consumer asks for it. A record that fails is parked with an
alarm, and the others flow.
"""

from .delivery import deliver, deliver_all, restart, retry
from .registry import Sealed, register
from .watch import Alarm, Standing, alarms, parked_count, standings

__all__ = [
    "Alarm",
    "Sealed",
    "Standing",
    "alarms",
    "deliver",
    "deliver_all",
    "parked_count",
    "register",
    "restart",
    "retry",
    "standings",
]
