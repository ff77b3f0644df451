"""容缺 as the guide of an item has it: how long before the promise the gaps are due, and what comes of those not supplied (domain 3.4)."""

import json
from datetime import date

import pytest
from django.db import transaction
from django.urls import reverse

from catalog import actions as catalog
from catalog import queries as guides
from catalog.models import GapOutcome, ItemVersion
from hall import progress, queries, standing
from hall.actions import by_law
from hall.lawful import lawful
from hall.models import Case, ConclusionKind
from hall.replay import compare_case
from hall.states import CaseState
from supervision import clocks, milestones, moment, papers
from supervision.log import Actor
from supervision.models import ClockKind, MilestoneKind, Paper, PaperKind
from supervision.refusals import Refused
from tests import builders

from .pages import text_of
from .refusing import clock_of, due, heard, lead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
K, M = ClockKind, MilestoneKind
OFFICE = Actor(name="县行政审批制度改革办公室")
MORNING = "2026-03-10 10:42"
PARTS = ("materials", "steps", "fees", "faqs")


def guide(**changed) -> ItemVersion:
    """The guide of 公共场所卫生许可 with these words changed, in use from 10 March on."""
    live = builders.version_of()
    parts = [row for part in PARTS for row in getattr(live, part).all()]
    words = {field.attname: getattr(live, field.attname) for field in ItemVersion._meta.concrete_fields}
    fresh = {name: ItemVersion._meta.get_field(name).get_default() for name in ("id", "status", "valid_during")}
    version = ItemVersion(**words | fresh | {"number": live.number + 1, "record_seq": 0} | changed)
    with transaction.atomic():
        catalog.draft(version, actor=OFFICE, now=builders.at(MORNING))
        for row in parts:
            row.id, row.version = type(row)._meta.get_field("id").get_default(), version
            row._state.adding = True
            row.save(force_insert=True)
    return catalog.publish(version, actor=OFFICE, now=builders.at(MORNING), effective_on=date(2026, 3, 10))


def with_gap(*steps) -> Case:
    """Accepted on Tuesday 10 March with a gap: five working days, the promise is due on the 17th."""
    case = builders.make_transferred_case(handed=builders.handed_without_gap())
    return lead(case, ("accept_with_gaps", "2026-03-10 11:00"), *steps)


def facts(case: Case, kind: PaperKind) -> dict:
    return json.loads(papers.facts_of(Paper.objects.get(subject_id=case.id, kind=kind)))


def told(case: Case, *kinds: MilestoneKind) -> set[tuple[str, str]]:
    found = milestones.of_subject(case).filter(kind__in=kinds)
    return {(one.kind, f"{moment.local(one.legal_at):%m-%d %H:%M}") for one in found}


def sweep(now: str) -> None:
    milestones.sweep(now=builders.at(now))


# The margin ----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L37", "D89")
def test_gaps_are_due_so_many_working_days_before_the_promise():
    guide(gap_margin_workdays=2)
    assert due(with_gap(), K.SUPPLEMENT, K.PROMISED) == ["2026-03-13", "2026-03-17"]


@pytest.mark.ids("L37", "D89")
@pytest.mark.parametrize(
    ("margin", "days", "at", "said"),
    [
        (0, 5, "2026-03-10 11:00", "done"),
        (2, 3, "2026-03-10 11:00", "done"),
        (2, 4, "2026-03-10 11:00", "gap_too_long"),
        (4, None, "2026-03-10 11:00", "done"),
    ],
)
def test_no_supplement_period_reaches_into_the_margin(margin, days, at, said):
    guide(gap_margin_workdays=margin)
    case = builders.make_transferred_case(handed=builders.handed_without_gap())
    assert heard("accept_with_gaps", case, at, days=days) == said


@pytest.mark.ids("L37")
def test_whoever_asks_for_too_long_is_told_how_long_is_left():
    guide(gap_margin_workdays=2)
    case = builders.make_transferred_case(handed=builders.handed_without_gap())
    with pytest.raises(Refused) as refused:
        builders.act("accept_with_gaps", case, now=builders.at("2026-03-10 11:00"), days=4)
    told = refused.value.refusal
    assert told.sentence == "补交期限不能晚于承诺办结日前 2 个工作日，从今天起最多 3 个工作日。"
    assert (told.field, told.rules, told.remedy) == ("days", ("L37",), "请把补交期限改短。")


@pytest.mark.ids("L37", "D89")
def test_a_margin_as_long_as_the_promise_is_not_published():
    with pytest.raises(Refused) as refused:
        guide(gap_margin_workdays=5)
    assert refused.value.refusal.code == "gap_margin"
    assert guide(gap_margin_workdays=5, accepts_with_gaps=False, number=3).status == "published"


# What the digest of a version tells ----------------------------------------------------------------------------------------
@pytest.mark.ids("D82", "T55")
def test_a_guide_that_says_nothing_of_it_keeps_the_digest_it_had():
    version = builders.version_of()
    texts = guides._content(version)["version"]
    assert not [text for text in texts if text.startswith("gap_")]
    changed = guide(gap_margin_workdays=2, gap_outcome=GapOutcome.REFUSED)
    texts = guides._content(changed)["version"]
    assert {"gap_margin_workdays=2", "gap_outcome=refused"} <= set(texts)


# Withdrawn -----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L37", "L44")
@pytest.mark.parametrize("outcome", ["", GapOutcome.WITHDRAWN])
def test_of_itself_the_application_counts_as_withdrawn(outcome):
    guide(gap_outcome=outcome)
    case = with_gap()
    assert facts(case, PaperKind.GAP_NOTICE)["outcome"] == "withdrawn"
    assert lawful_state(case, date(2026, 3, 18)) == (CaseState.WITHDRAWN, CaseState.WITHDRAWN)
    assert by_law.carry_out(case.number, now=builders.at("2026-03-18 00:00"))
    case.refresh_from_db()
    assert (case.state, case.conclusion) == (CaseState.WITHDRAWN, ConclusionKind.RETURNED)


def lawful_state(case: Case, today: date) -> tuple[str, str]:
    """As Python says, and as SQL says."""
    shown = queries.case_to_show(builders.make_clerk(), case.number)
    return standing.effective_state(shown, today), lawful(Case.objects.filter(pk=case.pk), today).get().lawful_state


# To be refused -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def refusing():
    guide(gap_outcome=GapOutcome.REFUSED)


LATE = "2026-03-18 09:00"


@pytest.mark.ids("L37")
@pytest.mark.usefixtures("refusing")
def test_notice_and_promise_tell_what_will_come_of_it():
    case = with_gap()
    assert facts(case, PaperKind.GAP_NOTICE)["outcome"] == "refused"
    assert facts(case, PaperKind.GAP_PROMISE)["outcome"] == "refused"
    shown = queries.case_to_show(builders.make_clerk(), case.number)
    told = progress.told(shown, builders.at("2026-03-11 09:00"), clocks.rules_with(shown))
    assert told.to_do is not None
    assert told.to_do.sentence.endswith("到期不补，将不予许可。")


@pytest.mark.ids("L15", "L37")
@pytest.mark.usefixtures("refusing")
def test_the_case_stays_with_the_unit_which_can_only_refuse():
    case = with_gap(("review", "2026-03-12 09:00"))
    assert heard("refuse", case, "2026-03-17 23:59") == "gaps_open"
    assert heard("supply_gaps", case, "2026-03-17 23:59") == "done"
    assert not by_law.carry_out(case.number, now=builders.at(LATE))
    assert lawful_state(case, date(2026, 3, 18)) == (CaseState.REVIEWED, CaseState.REVIEWED)
    closed = ("supply_gaps", "grant", "pause", "extend")
    assert {verb: heard(verb, case, LATE) for verb in closed} == dict.fromkeys(closed, "gaps_lapsed")
    open_ = ("refuse", "return_for_review", "withdraw", "void")
    assert {verb: heard(verb, case, LATE) for verb in open_} == dict.fromkeys(open_, "done")
    case = lead(case, ("refuse", LATE))
    assert (case.state, case.gaps_open) == (CaseState.DECIDED, False)
    assert str(clock_of(case, K.SUPPLEMENT).stopped_on) == "2026-03-18"
    assert Paper.objects.filter(subject_id=case.id, kind=PaperKind.REFUSAL).count() == 1
    assert [finding.sentence for finding in compare_case(case.id) if "签名" not in finding.sentence] == []


@pytest.mark.ids("L37")
@pytest.mark.usefixtures("refusing")
def test_before_the_review_it_is_reviewed_first():
    case = with_gap()
    assert heard("ask_opinion", case, LATE) == "gaps_lapsed"
    case = lead(case, ("review", LATE), ("refuse", "2026-03-18 10:00"))
    assert case.state == CaseState.DECIDED


@pytest.mark.ids("L37", "D41")
@pytest.mark.usefixtures("refusing")
def test_pages_and_the_citizen_are_told_so(clock):
    case = with_gap(("review", "2026-03-12 09:00"))
    clock.set(LATE)
    leader = builders.staff_client(builders.empowered(case, "refuse"))
    page = text_of(leader.get(reverse("case", args=[case.number])))
    assert "容缺材料逾期未补" in page
    assert "本件只能不予许可" in page
    assert f"/cases/{case.number}/do/refuse/" in page
    shown = queries.case_to_show(builders.make_clerk(), case.number)
    told = progress.told(shown, moment.now(), clocks.rules_with(shown))
    assert (told.to_do, told.state) == (None, CaseState.REVIEWED)
    assert "不予许可的决定" in told.sentence


@pytest.mark.ids("L37", "T64")
@pytest.mark.usefixtures("refusing")
@pytest.mark.parametrize("refused", [None, "2026-03-19 09:00", "2026-03-23 09:00"])
def test_it_is_announced_once_and_the_limits_run_on(refused):
    """Promise due on the 17th, too: it is late as well, since nothing has ended. The statute passes on 7 April."""
    case = with_gap(("review", "2026-03-12 09:00"))
    if refused:
        case = lead(case, ("refuse", refused))
    for now in ("2026-03-20 09:00", "2026-04-20 09:00", "2026-04-20 09:01"):
        sweep(now)
    assert told(case, M.GAPS_LAPSED, M.PROMISED_PASSED) == {
        ("gaps_lapsed", "03-18 00:00"),
        ("promised_passed", "03-18 00:00"),
    }
    assert bool(told(case, M.STATUTORY_PASSED)) == (refused is None)
    assert fresh(case).state == (CaseState.DECIDED if refused else CaseState.REVIEWED)


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)
