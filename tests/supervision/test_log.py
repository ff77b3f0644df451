"""The log: bytes that are hashed as they are, one chain a case, and what a record says and never says."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hall import actions
from hall.models import Case
from hall.states import VERBS, CaseState, verb_after
from supervision import log, moment
from supervision.ledger.canonical import canonical_bytes, digest
from supervision.models import Paper, Record
from supervision.refusals import Forbidden, Refused

from .. import builders
from ..builders import act, at, make_clerk, make_leader, make_received_case, make_transferred_case

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner, max_size=4)
    ),
    max_leaves=20,
)


# The bytes -----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T53")
@given(plain)
def test_what_was_parsed_again_has_the_same_bytes(value: Any) -> None:
    first = canonical_bytes({"facts": value})
    assert canonical_bytes(json.loads(first)) == first


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), st.integers(), min_size=2))
def test_the_order_in_which_a_body_was_put_together_does_not_show(told: dict[str, int]) -> None:
    assert canonical_bytes(told) == canonical_bytes(dict(reversed(told.items())))


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-12, 14))
def test_an_instant_has_one_spelling_in_every_time_zone(instant: datetime, hours: int) -> None:
    try:
        elsewhere = instant.astimezone(timezone(timedelta(hours=hours)))
    except OverflowError:
        return
    assert canonical_bytes({"at": elsewhere}) == canonical_bytes({"at": instant})


def test_the_spelling_of_a_body_is_fixed_for_ever() -> None:
    """Verifiers outside the product read these bytes: this line may never need to change."""
    told = {
        "b": [date(2026, 3, 10), None, True],
        "a": "受理",
        "at": at("2026-03-10 10:42"),
        "digest": b"\x00\xff",
        "set": {"b", "a"},
    }
    assert canonical_bytes(told).decode() == (
        '{"a":"受理","at":"2026-03-10T02:42:00.000000Z","b":["2026-03-10",null,true],"digest":"00ff","set":["a","b"]}'
    )


@pytest.mark.parametrize("value", [1.5, object(), float("nan")])
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no canonical form"):
        canonical_bytes({"facts": [value]})


# A whole case --------------------------------------------------------------------------------------------------------------
@pytest.fixture
def whole_way(db: None, clock: Any) -> Case:
    """A case that went from filing to delivery, an hour a step; in the middle it stood still for a testing."""
    case = builders.make_submitted_case()
    for verb in WAY[1:]:
        clock.forward(hours=1)
        case = act(verb, case)
    return case


def _way() -> list[str]:
    """Every ordinary next step in turn, with a pause after acceptance."""
    way, state = ["submit"], VERBS["submit"].target
    while state and (verb := verb_after(state)):
        way.append(verb.name)
        state = verb.target
    after = way.index("accept") + 1
    return [*way[:after], "pause", "resume", *way[after:]]


WAY = _way()


def bodies(case: Case) -> list[dict[str, Any]]:
    return [json.loads(bytes(record.body)) for record in log.records_of("hall_case", case.id)]


@pytest.mark.ids("D41", "T46", "T53")
def test_every_verb_of_a_case_leaves_one_record_and_each_names_the_one_before(whole_way: Case) -> None:
    records = log.records_of("hall_case", whole_way.id)
    told = bodies(whole_way)
    assert [record.kind for record in records] == WAY
    assert (
        [record.seq for record in records] == [body["subject"]["seq"] for body in told] == list(range(1, len(WAY) + 1))
    )
    links = [""] + [digest(bytes(record.body)).hex() for record in records]
    assert [body["subject"]["previous"] for body in told] == links[:-1]
    assert bytes(Case.objects.get(pk=whole_way.id).record_digest).hex() == links[-1]


@pytest.mark.ids("T53")
def test_the_stored_bytes_of_every_record_are_canonical(whole_way: Case) -> None:
    for record in Record.objects.all():
        assert canonical_bytes(json.loads(bytes(record.body))) == bytes(record.body)


@pytest.mark.ids("T49")
def test_the_states_of_the_records_join_into_one_path_and_time_only_goes_on(whole_way: Case) -> None:
    told = bodies(whole_way)
    assert [body["from"] for body in told] == ["", *(body["to"] for body in told[:-1])]
    assert told[-1]["to"] == CaseState.DELIVERED
    assert [body["at"] for body in told] == sorted({body["at"] for body in told})


@pytest.mark.ids("T49")
def test_the_columns_beside_a_body_repeat_it(whole_way: Case) -> None:
    """Guards and roll-ups read the columns, verifiers the body."""
    for record in Record.objects.filter(subject_table="hall_case"):
        body = json.loads(bytes(record.body))
        beside = (record.subject_table, str(record.subject_id), record.seq, record.kind, record.to_state, record.unit)
        subject = body["subject"]
        assert beside == (subject["table"], subject["id"], subject["seq"], body["kind"], body["to"], body["unit"])
        assert moment.instant(body["at"]) == record.occurred_at
        assert (record.schema_version, record.hash_algorithm) == (body["schema"], "sha256")


def test_a_record_says_who_acted_in_which_post_at_which_window_and_terminal(db: None) -> None:
    clerk = make_clerk()
    body = bodies(make_received_case(clerk=clerk))[0]
    assert body["actor"] == {
        "person": str(clerk.person_id),
        "name": clerk.name,
        "post": str(clerk.post_id),
        "post_title": clerk.post_title,
        "unit": clerk.unit,
        "window": clerk.window_name,
        "terminal": "127.0.0.1",
    }
    assert body["unit"] != body["actor"]["unit"]  # the case's own unit, not the centre's


@pytest.mark.ids("D41", "T13")
def test_a_record_names_the_letter_line_that_empowered_the_act(whole_way: Case) -> None:
    told = bodies(whole_way)
    assert told[0]["power"] == {"kind": "applicant"}
    for body, stored in zip(told[1:], whole_way.acts.order_by("record_seq")[1:], strict=True):
        line = stored.line
        assert line is not None
        assert body["power"] == {
            "kind": VERBS[body["kind"]].power,
            "line": str(line.id),
            "letter": line.letter.number,
            "row": line.seq,
        }


@pytest.mark.ids("D44", "L10")
def test_a_record_tells_which_clocks_began_and_ended(whole_way: Case) -> None:
    told = {body["kind"]: body["facts"] for body in bodies(whole_way)}
    assert told["accept"]["stopped"] == ["notice", "transfer"]
    promised = told["accept"]["clocks"][0]
    assert promised == {
        "kind": "promised",
        "round": 1,
        "limit": whole_way.version.promised_limit,
        "unit": "workday",
        "from": "2026-03-10",
        "due": "2026-03-17",
        "provisional": False,
    }
    for verb in (VERBS[name] for name in WAY):
        of_regulator = ["acknowledgement"] if verb.name == "grant" else []
        started = [clock["kind"] for clock in told[verb.name].get("clocks", [])]
        assert started == [kind.value for kind in verb.starts] + of_regulator
        assert told[verb.name].get("stopped", []) == [kind.value for kind in verb.stops]


@pytest.mark.ids("L20", "T67")
def test_a_record_tells_how_each_clock_moved(whole_way: Case) -> None:
    """While it stands still a clock has no due day; afterwards the days of the pause are its own."""
    told = {body["kind"]: body["facts"] for body in bodies(whole_way)}
    still = {"round": 1, "extension": 0, "due": None, "provisional": False, "pauses": [], "since": "2026-03-10"}
    kinds = ("promised", "statutory", "step")
    assert sorted(told["pause"]["moved"], key=lambda one: one["kind"]) == [{"kind": kind} | still for kind in kinds]
    moved = {one["kind"]: one for one in told["resume"]["moved"]}
    assert set(moved) == set(kinds)
    assert all(one["since"] is None and one["pauses"] == ["2026-03-10", "2026-03-10"] for one in moved.values())
    assert moved["promised"]["due"] == str(whole_way.promised.due_on)


def test_a_record_binds_the_paper_that_the_verb_registered(whole_way: Case) -> None:
    papers = {str(paper.id): paper for paper in Paper.objects.filter(subject_id=whole_way.id)}
    told = {body["kind"]: body["facts"] for body in bodies(whole_way)}
    for verb in (VERBS[name] for name in WAY):
        assert ("paper" in told[verb.name]) == bool(verb.papers)
        assert "more_papers" not in told[verb.name]
        for kind in verb.papers:
            paper = papers.pop(told[verb.name]["paper"]["id"])
            assert told[verb.name]["paper"] == {
                "id": str(paper.id), "kind": kind, "number": paper.number, "facts": paper.facts_hash,
                "title": paper.title, "template": paper.template_version,
            }  # fmt: skip
    assert not papers


def test_a_record_binds_every_paper_of_a_verb_that_has_two(db: None) -> None:
    case = act("accept_with_gaps", builders.make_case_for("accept_with_gaps"))
    facts = bodies(case)[-1]["facts"]
    told = [facts["paper"], *facts["more_papers"]]
    assert [paper["kind"] for paper in told] == list(VERBS["accept_with_gaps"].papers)
    for one in told:
        paper = Paper.objects.get(pk=one["id"])
        assert (one["number"], one["facts"]) == (paper.number, paper.facts_hash)


# Records without a number --------------------------------------------------------------------------------------------------
@pytest.mark.ids("T10", "T13")
def test_a_refused_attempt_is_on_record_without_a_number_and_leaves_the_chain_alone(db: None) -> None:
    case, stranger = make_transferred_case(), make_leader()
    with pytest.raises(Forbidden) as refused:
        act("accept", case, staff=stranger)
    before = Record.objects.count()
    log.denied(
        "accept", log.Subject("hall_case", case.id), refused.value.refusal, actor=stranger.actor, now=moment.now()
    )
    record = Record.objects.latest("id")
    assert (Record.objects.count() - before, record.seq, record.kind, record.to_state) == (1, None, "denied", "")
    body = json.loads(bytes(record.body))
    assert (body["facts"]["verb"], body["facts"]["code"]) == ("accept", "letter_stage_missing")
    assert body["actor"]["name"] == stranger.name
    assert record not in log.records_of("hall_case", case.id)
    act("accept", case)  # the next number was not taken


@pytest.mark.ids("T15", "T44")
def test_an_unmasked_read_is_on_record_before_the_value_is_shown(db: None, staff_client: Any) -> None:
    clerk = make_clerk()
    case = make_received_case(clerk=clerk)
    page = staff_client(clerk).post(f"/cases/{case.number}/unmask/phone/", {"reason": "核对联系电话"})
    assert "13700000915" in page.content.decode()
    record = Record.objects.get(kind="unmask")
    assert (record.seq, record.subject_table, record.subject_id) == (None, "hall_applicant", case.applicant_id)
    assert json.loads(bytes(record.body))["facts"] == {"case": case.number, "field": "phone", "reason": "核对联系电话"}


def test_a_refused_verb_writes_nothing_at_all(db: None) -> None:
    case = make_received_case()
    before = Record.objects.count()
    with pytest.raises(Refused):
        actions.review(case.number, staff=builders.make_section_head(), now=moment.now(), opinion="可以。")
    assert Record.objects.count() == before
    assert Case.objects.get(pk=case.id).state == CaseState.RECEIVED


def test_filing_the_same_way_twice_makes_two_chains(db: None) -> None:
    first, second = make_transferred_case(), make_received_case()
    assert bodies(first)[0]["subject"]["id"] != bodies(second)[0]["subject"]["id"]
    assert bodies(second)[0]["subject"]["previous"] == ""
