"""The table of states goes on record whenever it changed, so that whoever verifies the log can judge each path by the table of its time."""

import json
import uuid
from datetime import datetime

from hall.states import VERBS
from supervision import log
from supervision.models import Record

SUBJECT = log.Subject("hall_case", uuid.UUID(int=0))
KIND = "state_table"


def table() -> dict[str, dict[str, object]]:
    """Each verb with the states it leads from, "" for a case that does not exist yet, and the one it leads to, "" where it stays."""
    return {
        verb.name: {"from": sorted(str(state or "") for state in verb.sources), "to": str(verb.target or "")}
        for verb in VERBS.values()
    }


def record_states(*, now: datetime) -> bool:
    """Write the table down unless the newest record says the same. True when it was written."""
    recorded = Record.objects.filter(subject_table=SUBJECT.table, subject_id=SUBJECT.id, kind=KIND)
    newest = recorded.order_by("-id").values_list("body", flat=True).first()
    if newest is not None and json.loads(bytes(newest))["facts"]["verbs"] == table():
        return False
    log.note(KIND, SUBJECT, actor=log.SYSTEM, now=now, facts={"table": SUBJECT.table, "verbs": table()})
    return True
