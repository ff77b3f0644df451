"""即办件: the chief representative settles it at the window in one go, one record each step, all of them or none (D65, D116; 行政许可法 34)."""

import pytest

from hall import actions
from hall.states import CaseState
from supervision.models import Clock, ClockKind, Paper, PaperKind, Record
from supervision.refusals import NotFound, Refused
from tests import builders

from .contents import contents
from .refusing import heard

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
UNIT = "market-regulation"
NOW = "2026-03-10 10:42"


@pytest.fixture
def case():
    return builders.make_received_case(builders.AT_ONCE, now=builders.at("2026-03-10 10:30"))


def settle(case, staff, **words):
    return actions.settle_at_once(
        case.number, staff=staff, now=builders.at(NOW), opinion="当场核对，符合条件。", **words
    )


def code(case, staff, **words):
    with pytest.raises(Refused) as told:
        settle(case, staff, **words)
    return told.value.refusal.code


@pytest.mark.ids("D65", "D116", "T49")
@pytest.mark.parametrize("who", [builders.make_representative, builders.make_section_head])
def test_every_step_has_its_record_and_its_paper_at_one_instant(case, who):
    done = settle(case, who(UNIT))
    assert done.state == CaseState.CONCLUDED
    steps = ["accept", "review", "grant", "conclude"]
    records = Record.objects.filter(subject_id=case.id).order_by("seq")
    assert [record.kind for record in records][1:] == steps
    assert [record.seq for record in records] == [1, 2, 3, 4, 5]
    acts = list(case.acts.filter(verb__in=steps).select_related("line"))
    assert {act.at for act in acts} == {builders.at(NOW)}
    assert all(act.line.item_id == case.item_id for act in acts)
    kinds = set(Paper.objects.filter(subject_id=case.id).values_list("kind", flat=True))
    assert {PaperKind.ACCEPTANCE_NOTICE, PaperKind.DECISION} <= kinds
    promised = Clock.objects.get(subject_id=case.id, kind=ClockKind.PROMISED)
    assert (promised.time_unit, promised.due_on, promised.stopped_on) == (
        "immediate",
        *(builders.at(NOW).date(), builders.at(NOW).date()),
    )


@pytest.mark.ids("D65", "T63")
def test_when_the_last_step_fails_none_was_done(case, monkeypatch):
    def fails(*given, **words):
        raise RuntimeError("the power went out")

    monkeypatch.setattr("hall.actions.at_once.conclude", fails)
    before = contents()
    with pytest.raises(RuntimeError):
        settle(case, builders.make_representative(UNIT))
    assert contents() == before


@pytest.mark.ids("D65")
def test_what_takes_days_is_not_settled_at_once():
    promised = builders.make_received_case(now=builders.at("2026-03-10 10:30"))
    before = contents()
    assert code(promised, builders.make_representative()) == "not_at_once"
    assert contents() == before


@pytest.mark.ids("D116")
def test_the_representative_decides_nothing_else(case):
    """On an ordinary case the line of the section is not hers."""
    ordinary = builders.make_transferred_case(now=builders.at("2026-03-10 10:30"))
    assert heard("accept", ordinary, NOW, staff=builders.make_representative()) == "letter_stage_missing"
    with pytest.raises(NotFound):
        settle(case, builders.make_representative())  # of another unit


def test_a_page_that_was_overtaken_settles_nothing(case):
    representative = builders.make_representative(UNIT)
    assert code(case, representative, seq=case.record_seq + 1) == "stale_form"
    settle(case, representative, seq=case.record_seq)
    assert code(case, representative) == "wrong_state"


@pytest.mark.ids("L11")
def test_what_is_incomplete_is_not_settled():
    version = builders.version_of(builders.AT_ONCE)
    required = [
        row.seq for row in version.materials.all() if row.necessity == "required" and row.source != "government"
    ]
    handed = [row for row in builders.handed_in_full(version) if row.seq != required[0]]
    case = builders.make_received_case(
        builders.AT_ONCE, now=builders.at("2026-03-10 10:30"), handed=handed, incomplete=True
    )
    assert code(case, builders.make_representative(UNIT)) == "material_missing"
