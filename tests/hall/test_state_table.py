"""The table of states stands in the log before the first case, and anew whenever it changed."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from hall import states
from hall.actions import state_table
from hall.states import VERBS, CaseState
from supervision import moment
from supervision.models import Record
from tests import builders
from tests.outages import closed_log

pytestmark = [pytest.mark.ids("T49", "T55"), pytest.mark.django_db]


def recorded():
    rows = Record.objects.filter(kind="state_table").order_by("id")
    return [json.loads(bytes(row.body)) for row in rows]


def test_the_county_begins_with_the_table_of_the_code():
    (body,) = recorded()
    assert body["subject"] == {
        "table": "hall_case", "id": "00000000-0000-0000-0000-000000000000", "seq": None, "previous": "",
    }  # fmt: skip
    told = body["facts"]["verbs"]
    assert body["facts"]["table"] == "hall_case"
    assert told["submit"] == {"from": [""], "to": "submitted"}
    assert told["receive"] == {"from": ["", "submitted"], "to": "received"}
    assert told["hand_out"] == {"from": ["ready"], "to": "delivered"}
    assert told["pause"] == {"from": ["accepted", "reviewed"], "to": ""}, "the case stays where it is"
    assert all(set(row["from"]) | {row["to"]} <= {"", *CaseState} for row in told.values())
    assert set(told) == set(VERBS)
    first = Record.objects.order_by("id").first()
    assert first is not None
    assert first.kind == "state_table"


def test_it_is_written_again_only_when_it_changed(monkeypatch):
    assert not state_table.record_states(now=moment.now())
    shortcut = states.Verb("accept", "受理", (CaseState.RECEIVED,), CaseState.ACCEPTED, "acceptance")
    monkeypatch.setattr(state_table, "VERBS", VERBS | {"accept": shortcut})
    assert state_table.record_states(now=moment.now())
    assert not state_table.record_states(now=moment.now())
    told = [body["facts"]["verbs"]["accept"]["from"] for body in recorded()]
    assert told == [["received", "transferred"], ["received"]]


def test_each_step_of_a_case_stands_in_the_recorded_table():
    """What a verifier checks of every case, here of one that was filed online, stood still in between and went the whole way."""
    case = builders.bring(builders.act("receive", builders.make_submitted_case()), CaseState.ACCEPTED)
    case = builders.act("resume", builders.act("pause", case))
    case = builders.bring(case, CaseState.DELIVERED)
    told = recorded()[-1]["facts"]["verbs"]
    rows = Record.objects.filter(subject_id=case.id, seq__isnull=False).order_by("seq")
    before = ""
    for body in (json.loads(bytes(row.body)) for row in rows):
        assert body["from"] == before
        assert before in told[body["kind"]]["from"]
        assert body["to"] == (told[body["kind"]]["to"] or before)
        before = body["to"]
    assert before == "delivered"


def test_the_command_says_what_it_did_and_waits_while_the_log_is_closed(monkeypatch):
    said = StringIO()
    call_command("record_states", stdout=said)
    assert "没有变化" in said.getvalue()
    monkeypatch.setattr(state_table, "VERBS", {"submit": VERBS["submit"]})
    with closed_log(), pytest.raises(SystemExit) as ended:
        call_command("record_states", stderr=StringIO())
    assert ended.value.code == 3
    call_command("record_states", stdout=said)
    assert "已记入" in said.getvalue()
