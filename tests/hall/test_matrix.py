"""State × verb × role × letter: every verdict of the table in `hall/states.py`, and what each lawful act leaves behind.

The verbs and states come from the table; who may act comes from the county's letters and is told here a second time, in the
words of the office, so that the product is not its own witness.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from authorization.models import LetterKind
from authorization.staff import Staff
from hall import actions, policies, queries
from hall.models import Act, Case
from hall.states import (
    APPLICANT,
    ASKED_UNIT,
    BY_LAW,
    FINAL_STATES,
    HEAD,
    OPEN_STATES,
    REGULATOR,
    VERBS,
    WITHOUT_LINE,
    CaseState,
    Verb,
    power_of,
    verb_after,
)
from supervision import moment
from supervision.models import Clock, ClockKind, Paper, Record
from supervision.refusals import Forbidden, NotFound, Refused
from tests import builders

from . import cast, letter_office
from .cast import ROLES, staff_of
from .contents import contents, grown

pytestmark = pytest.mark.django_db

AFRESH = "receive afresh"
ON_CASES = [verb for verb in VERBS.values() if verb.power not in (APPLICANT, BY_LAW)]
OF_ANOTHER_UNIT = "charge"  # no item of the health bureau has a charge
STEPS = [*(verb.name for verb in ON_CASES), AFRESH]

# Who holds what on 公共场所卫生许可, by the letters of the demo county (D22, D29).
HOLDERS = {"acceptance": cast.SECTION, "review": cast.SECTION, "approval": cast.LEADER, "conclusion": cast.SECTION}
ONE_TIER_UP = {cast.SECTION: cast.LEADER, cast.LEADER: cast.MAIN_LEADER}
# What each window says to a counter act that is none of its own (D20, D36-D38, D106); whoever is not named has no window at all.
RECEIVING = {
    cast.GENERAL: "",
    cast.FIELD: "window_field",
    cast.HAND_OUT: "window_kind",
    cast.GUIDANCE: "window_kind",
    cast.COMPLAINT: "window_kind",
    cast.OWN_WINDOW_ELSEWHERE: "window_kind",
    cast.TRANSFER: "window_kind",
    cast.SUB_CENTER: "sub_center_unit",
    cast.POINT: "not_devolved",
}
# By verb, or by its power where the verb is not named.
AT_THE_COUNTER = {
    "receive": RECEIVING,
    "transfer": RECEIVING | {cast.TRANSFER: ""},
    "hand_out": {
        cast.GENERAL: "",
        cast.FIELD: "window_kind",
        cast.HAND_OUT: "",
        cast.GUIDANCE: "window_kind",
        cast.COMPLAINT: "window_kind",
        cast.OWN_WINDOW_ELSEWHERE: "window_kind",
        cast.TRANSFER: "window_kind",
    },
}
SITUATIONS: dict[str, tuple[Callable[[Verb], datetime], str]] = {
    "in force": (letter_office.in_force, ""),
    "other letter revoked": (letter_office.other_letter_revoked, ""),
    "guardian rows deleted": (letter_office.guardian_rows_deleted, ""),
    "line of another post": (letter_office.line_of_another_post, ""),
    "revoked": (letter_office.revoked, "letter_revoked"),
    "expired by date": (letter_office.expired, "letter_expired"),
    "not yet valid": (letter_office.not_yet, "letter_not_yet"),
    "no line": (letter_office.no_line, "letter_missing"),
}


def verb_of(step: str) -> Verb:
    return VERBS["receive" if step == AFRESH else step]


def case_before(step: str) -> Case | None:
    """A case on which the verb can be done next; None where the verb begins one."""
    return None if step == AFRESH else builders.make_case_for(step)


def attempt(step: str, case: Case | None, staff: Staff, now: datetime, **words: Any) -> str:
    """What the office hears: "done", "404", or status and code. Whatever was done is undone again."""
    try:
        with transaction.atomic():
            if case is None:
                application = builders.make_application()
                actions.receive(application, staff=staff, now=now)
            else:
                builders.act(step, case, staff=staff, now=now, **words)
            transaction.set_rollback(True)
    except NotFound:
        return "404"
    except Refused as refused:
        return f"{refused.status} {refused.refusal.code}"
    return "done"


def expected(step: str, role: str, situation: str, case: Case | None) -> str:
    verb, code = verb_of(step), SITUATIONS[situation][1]
    if role in cast.BLIND and step != AFRESH and not (role == cast.ASKED and verb.power == ASKED_UNIT):
        return "404"
    if verb.power in ROLES_THAT_MAY:
        return "done" if role in ROLES_THAT_MAY[verb.power] else f"403 {NOT_THAT_ROLE[verb.power]}"
    wanted = power_of(verb, case.state) if case else verb.power
    if wanted in AT_THE_COUNTER:
        heard = AT_THE_COUNTER.get(verb.name, AT_THE_COUNTER[wanted])
        refusal = heard.get(role, "no_duty") or code
        return f"403 {refusal}" if refusal else "done"
    holder = HOLDERS[wanted]
    if situation == "line of another post":
        holder = ONE_TIER_UP[holder]
    refusal = code or ("" if role == holder else "letter_stage_missing")
    return f"403 {refusal}" if refusal else BUT_FOR.get((step, situation), BUT_FOR.get((step, ""), "done"))


ROLES_THAT_MAY = {
    HEAD: (cast.MAIN_LEADER,),
    ASKED_UNIT: (cast.ASKED,),
    REGULATOR: (cast.SECTION, cast.LEADER, cast.MAIN_LEADER, cast.REPRESENTATIVE),  # the unit supervises what it grants
}
NOT_THAT_ROLE = {HEAD: "not_head", ASKED_UNIT: "not_asked", REGULATOR: "not_regulator"}
# What the holder of the power hears otherwise: who reviewed is not the second verifier; whoever is to take over must hold the post.
BUT_FOR = {
    ("countersign", ""): "403 same_verifier",
    ("countersign", "line of another post"): "done",
    ("hand_over", "line of another post"): "400 no_holder",
    ("take_back", "line of another post"): "done",
}


# The table -----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D37")
def test_a_case_goes_the_way_of_the_office():
    """收件 → 中转 → 受理 → 审核 → 审批 → 办结 → 制证 → 待领 → 出件, after 申办 online; every other state is beside this way."""
    way = [("", "submitted", "submit")]
    while (verb := verb_after(way[-1][1])) is not None:
        way.append((way[-1][1], verb.target, verb.name))
    names = [name for _, _, name in way]
    assert names == [
        *("submit", "receive", "transfer", "accept", "review", "grant", "conclude"),
        *("make_certificate", "make_ready", "hand_out"),
    ]
    beside = {CaseState.CORRECTION_REQUIRED, *FINAL_STATES} - {CaseState.DELIVERED}
    assert {state for _, state, _ in way} == set(CaseState) - beside


@pytest.mark.ids("T63")
@pytest.mark.parametrize("state", CaseState)
def test_out_of_its_state_no_verb_is_done_by_anybody(state):
    """After acceptance corrections are refused with the article, everything else with the state in which the case is."""
    case, now = builders.make_case(state), moment.now()
    outside = [verb for verb in ON_CASES if state not in verb.sources]
    before = contents()
    heard = {verb.name: attempt(verb.name, case, staff_of(_holder(verb)), now) for verb in outside}
    told = {"give_opinion": "404"}  # no opinion was asked: the case of another unit is not there
    if case.accepted_at:
        told["request_corrections"] = "409 correction_after_acceptance"
    assert heard == {verb.name: told.get(verb.name, "409 wrong_state") for verb in outside}
    assert contents() == before


@pytest.mark.parametrize("state", CaseState)
def test_every_open_state_can_be_left_and_no_final_one(state):
    """But for what was delivered: it can still be revoked (行政许可法 69)."""
    leading_on = [verb.name for verb in VERBS.values() if state in verb.sources and verb.target not in (None, state)]
    assert (leading_on == ["revoke"]) == (state == CaseState.DELIVERED)
    assert bool(leading_on) == (state in OPEN_STATES or state == CaseState.DELIVERED)


def _holder(verb: Verb) -> str:
    if verb.power in ROLES_THAT_MAY:
        return ROLES_THAT_MAY[verb.power][0]
    wanted = power_of(verb, next(state for state in verb.sources if state))
    return HOLDERS.get(wanted, cast.GENERAL)


@pytest.mark.ids("T63")
@pytest.mark.parametrize("verb", ON_CASES, ids=lambda verb: verb.name)
def test_a_page_that_was_overtaken_does_nothing(verb):
    case = case_before(verb.name)
    staff = builders.empowered(case, verb.name)
    before = contents()
    for seq in (case.record_seq - 1, case.record_seq + 1):
        assert attempt(verb.name, case, staff, moment.now(), seq=seq) == "409 stale_form"
    assert contents() == before
    assert attempt(verb.name, case, staff, moment.now(), seq=case.record_seq) == "done"


# Roles and letters ---------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D20", "D22", "D29", "D30", "D36", "D37", "D38", "D106", "T10", "T12", "T13")
@pytest.mark.parametrize("step", [step for step in STEPS if step != OF_ANOTHER_UNIT])
def test_every_role_hears_exactly_its_verdict(step):
    """In every situation of the letters; each is undone before the next."""
    case = case_before(step)
    for situation, (bring_about, _) in SITUATIONS.items():
        with transaction.atomic():
            now = bring_about(verb_of(step))
            before = contents()
            heard = {role: attempt(step, case, staff_of(role), now) for role in ROLES}
            assert heard == {role: expected(step, role, situation, case) for role in ROLES}, situation
            assert contents() == before, situation  # refusals wrote nothing; what was done was undone
            if case is not None:
                seeing = [role for role in ROLES if heard[role] != "404"]
                offered = {role: _offered(step, case, role, now) for role in seeing}
                assert offered == {role: _may(step, heard[role], situation, offered[role]) for role in seeing}, (
                    situation
                )
            transaction.set_rollback(True)


def _may(step: str, heard: str, situation: str, offered: str) -> str:
    """What is refused for the person who acts or for what is typed is said when it is tried; the page offers the verb. Where the
    power is lacking a verb beside the ordinary one is not shown, or shown with the same reason.
    """
    if heard == BUT_FOR.get((step, situation), BUT_FOR.get((step, ""))):
        return "done"
    return "403" if heard.startswith("403") and offered == "403" else heard


def _offered(step: str, case: Case, role: str, now: datetime) -> str:
    """What the page says of this verb: the ordinary one with its verdict, another one only where the power is there."""
    staff, verb = staff_of(role), verb_of(step)
    shown = queries.case_to_show(staff, case.number)
    first = policies.next_step(staff, shown, now)
    if first is not None and first.verb is verb:
        return f"403 {first.refusal.code}" if first.refusal else "done"
    others = {verdict.verb.name: verdict for verdict in policies.other_steps(staff, shown, now)}
    if step in others:
        return f"409 {others[step].refusal.code}" if others[step].refusal else "done"
    return "403"


@pytest.mark.ids("D26", "T13", "T59")
@pytest.mark.parametrize(
    ("instant", "heard"), [("2028-12-31 23:59", "done"), ("2029-01-01 00:00", "403 letter_expired")]
)
def test_a_letter_gives_power_to_the_end_of_its_last_day_in_the_county(instant, heard):
    case = builders.make_case(CaseState.DECIDED)
    assert attempt("conclude", case, builders.make_section_head(), builders.at(instant)) == heard


@pytest.mark.ids("D26", "T16")
def test_a_stand_in_acts_on_the_line_of_the_post():
    case = builders.make_case(CaseState.REVIEWED)
    done = builders.act("grant", case, staff=builders.member("fulicheng"))
    assert done.acts.get(verb="grant").line == builders.line_of(case.item_id, "approval")


@pytest.mark.ids("D36", "L1")
def test_at_its_own_window_a_unit_receives_and_hands_out_by_its_signing_letter():
    case = builders.make_case(CaseState.DELIVERED, builders.OWN_WINDOW)
    lines = {act.verb: act.line for act in case.acts.select_related("line__letter")}
    assert lines["receive"].powers[:1] == ["acceptance"]
    assert {line.letter.kind for line in lines.values()} == {LetterKind.SIGNING}


@pytest.mark.ids("D30", "D36", "T10")
def test_what_a_unit_did_not_delegate_stays_out_of_the_common_windows():
    clerk = builders.make_clerk()
    with pytest.raises(Forbidden) as heard:
        builders.make_received_case(builders.OWN_WINDOW, clerk=clerk)
    assert heard.value.refusal.code == "letter_missing"
    assert "专门窗口" in heard.value.refusal.remedy
    received = builders.make_received_case(builders.OWN_WINDOW)
    assert attempt("transfer", received, clerk, moment.now()) == "404"


# What an act leaves behind -------------------------------------------------------------------------------------------------
@pytest.mark.ids("D41", "T48", "D40")
@pytest.mark.parametrize("step", STEPS)
def test_a_lawful_act_leaves_its_record_its_act_its_paper_and_its_clocks(step):
    verb, case = verb_of(step), case_before(step)
    state_before = case.state if case else CaseState.RECEIVED
    staff = builders.empowered(case, step) if case else builders.make_clerk()
    before, open_before = contents(), _clocks(case) if case else {}
    done = _do(step, case, staff)
    case = Case.objects.get(number=done.number)
    record = Record.objects.filter(subject_table="hall_case", subject_id=case.id).latest("seq")
    act = Act.objects.select_related("line__letter").get(case=case, record_seq=record.seq)
    left = grown(before, contents())
    assert ("supervision_counter" in left) == bool(verb.papers and step != "receive")
    left.pop("supervision_counter", None)
    stopped = (
        {"supervision_clock": 0} if set(open_before) & {key for key in open_before if key[0] in verb.stops} else {}
    )
    assert left == stopped | _left_behind(step)
    target = verb.leads_to(state_before)
    assert (case.state, record.kind, record.to_state) == (target, verb.name, target)
    assert (record.seq, act.verb, act.person_id, act.post_id) == (
        case.record_seq,
        verb.name,
        staff.person_id,
        staff.post_id,
    )
    told = json.loads(bytes(record.body))
    wanted = power_of(verb, state_before)
    if verb.name in WITHOUT_LINE:
        assert act.line is None
        assert told["power"] == {"kind": wanted}
    else:
        assert act.line.item_id == case.item_id
        assert wanted in act.line.powers
        assert act.line.letter.kind == letter_office.kind_of(verb)
        assert told["power"]["line"] == str(act.line_id)
    assert sorted(paper.kind for paper in _papers(case, record.seq)) == sorted(verb.papers)
    _check_clocks(verb, open_before, _clocks(case))


def _do(step: str, case: Case | None, staff: Staff) -> Case:
    if case is None:
        return actions.receive(builders.make_application(), staff=staff, now=moment.now())
    return builders.act(step, case, staff=staff)


def _left_behind(step: str) -> dict[str, int]:
    """New rows by table: always one record and one act; 0 stands for rows that were changed."""
    verb, materials = verb_of(step), builders.version_of().materials.count()
    left = {"supervision_record": 1, "hall_act": 1, "hall_case": 0}
    if verb.papers:
        left["supervision_paper"] = len(verb.papers)
    if verb.starts or verb.name in {*MOVES, *ALSO_STARTED}:
        left["supervision_clock"] = len(verb.starts) + len(ALSO_STARTED.get(step, ()))
    if verb.name == "receive":
        left |= {"hall_casematerial": materials, "supervision_receipt": 1}
    if step == AFRESH:
        left |= {"hall_case": 1, "hall_applicant": 1}
    return left | OF_ITS_OWN.get(step, {})


# Of a licence the regulator is told, and of what becomes of it.
ALSO_STARTED = {"grant": {ClockKind.ACKNOWLEDGEMENT}, "revoke": {ClockKind.ACKNOWLEDGEMENT}}
MOVES = {"extend"}  # works due days out anew without starting or stopping a clock
OF_ITS_OWN = {
    "grant": {"hall_decision": 1, "hall_regulatornotice": 1},
    "acknowledge": {"hall_regulatornotice": 0},
    "revoke": {"hall_regulatornotice": 1},
    "refuse": {"hall_decision": 1},
    "request_corrections": {"hall_defect": 1},
    "take_corrections": {"hall_casematerial": 1},
    "supply_gaps": {"hall_casematerial": 1},
    "pause": {"supervision_clockpause": 1},
    "resume": {"supervision_clockpause": 0},
    "ask_opinion": {"hall_jointopinion": 1},
    "give_opinion": {"hall_jointopinion": 0},
    "hand_out": {"hall_delivery": 1},
    "confirm_courier": {"hall_delivery": 1},
    "deliver_electronically": {"hall_delivery": 1},
    "send_by_courier": {"hall_couriershipment": 1},
}


def _clocks(case: Case) -> dict[tuple[str, int], bool]:
    """The clocks of a case by kind and round, each with whether it still runs."""
    rows = Clock.objects.filter(subject_table="hall_case", subject_id=case.id)
    return {(row.kind, row.round): row.stopped_at is None for row in rows}


def _check_clocks(verb: Verb, before: dict[tuple[str, int], bool], after: dict[tuple[str, int], bool]) -> None:
    new = set(after) - set(before)
    assert {kind for kind, _ in new} == {str(kind) for kind in {*verb.starts, *ALSO_STARTED.get(verb.name, ())}}
    assert all(after[key] for key in new)
    stopped = {key for key in before if before[key] and not after[key]}
    assert stopped == {key for key in before if before[key] and key[0] in verb.stops}


def _papers(case: Case, seq: int) -> list[Paper]:
    return list(Paper.objects.filter(subject_table="hall_case", subject_id=case.id, record_seq=seq))


@pytest.mark.ids("D166", "D40")
def test_filing_online_needs_no_letter_and_starts_no_clock():
    before = contents()
    case = builders.make_submitted_case()
    left = grown(before, contents())
    materials = builders.version_of().materials.count()
    rows = {"supervision_record": 1, "hall_act": 1, "hall_case": 1, "hall_applicant": 1, "hall_casematerial": materials}
    assert left == rows | {"supervision_receipt": 1, "supervision_counter": 1}
    assert case.acts.get().line is None


@pytest.mark.ids("L16", "G19")
def test_the_statutory_clock_runs_from_the_day_the_law_names():
    on_receipt = builders.make_received_case(builders.ON_RECEIPT)
    assert {kind for kind, _ in _clocks(on_receipt)} == {ClockKind.NOTICE, ClockKind.TRANSFER, ClockKind.STATUTORY}
    accepted = builders.bring(on_receipt, CaseState.ACCEPTED)
    assert Clock.objects.filter(subject_id=accepted.id, kind=ClockKind.STATUTORY).get().record_seq == 1
    assert (ClockKind.STATUTORY, 1) not in _clocks(builders.make_accepted_case(builders.NO_STATUTE))
