"""Plays one case from receipt to hand-out in the prepared database, so that measurements have real records to copy. Run by servers.py."""

import json

from hall.actions.state_table import record_states
from hall.states import CaseState
from supervision import log, moment
from tests import builders


def main() -> None:
    record_states(now=moment.now())
    case = builders.make_case(CaseState.DELIVERED)
    played = log.records_of("hall_case", case.id)
    records = [{"kind": record.kind, "body": bytes(record.body).decode()} for record in played]
    print(json.dumps({"number": case.number, "id": str(case.id), "records": records}))


if __name__ == "__main__":
    main()
