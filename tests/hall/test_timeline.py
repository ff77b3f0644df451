"""办理用时说明: who had a case for how many working days. Its parts add up to the whole, and to what each clock says (D41, D44, trap 8)."""

import random
from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from hall import queries
from hall.actions import by_law
from hall.states import FINAL_STATES, VERBS, CaseState
from hall.timeline import HELD, Phase, Run, Step, Stop, reckon, spans_of, statement
from hall.views.timeline_parts import timeline_parts
from supervision import clocks, moment
from supervision.models import Clock, ClockKind, ClockPause
from tests import builders
from tests.supervision.county_calendar import CALENDAR

from .refusing import lead

D = date.fromisoformat


def told(steps, *, promised=None, statutory=None, stops=(), today="2026-04-30"):
    return statement(
        [Step(verb, D(day)) for verb, day in steps],
        promised=promised,
        statutory=statutory,
        stops=stops,
        calendar=CALENDAR,
        today=D(today),
    )


def run(start, stop=None, unit="workday"):
    return Run(D(start), D(stop) if stop else None, unit)


def held(statement_):
    return [(row.holder.label, row.workdays) for row in statement_.rows]


ORDINARY = [
    ("receive", "2026-03-02"),
    ("transfer", "2026-03-03"),
    ("accept", "2026-03-05"),
    ("review", "2026-03-09"),
    ("grant", "2026-03-10"),
    ("conclude", "2026-03-10"),
    ("make_certificate", "2026-03-11"),
    ("make_ready", "2026-03-12"),
    ("hand_out", "2026-03-16"),
]


# Rules ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D41", "D44")
def test_each_holder_has_the_days_that_began_in_his_hands():
    """Received Monday, transferred Tuesday: Tuesday is the window's. A weekend is nobody's."""
    made = told(ORDINARY, promised=run("2026-03-05", "2026-03-10"))
    assert held(made) == [("综合窗口", 1), ("实施单位", 2), ("实施单位", 3), ("实施单位", 1), ("出件窗口", 3)]
    assert made.ended
    assert made.workdays == CALENDAR.count_workdays(D("2026-03-02"), D("2026-03-16")) == 10
    assert made.rows[2].doing == (("审核", 2), ("审批", 1))
    assert [row.phase for row in made.rows] == [Phase.BEFORE, Phase.BEFORE, Phase.COUNTED, Phase.AFTER, Phase.AFTER]


@pytest.mark.ids("D44", "L28")
def test_the_clocks_come_out_of_the_whole_way_by_what_is_named():
    made = told(ORDINARY, promised=run("2026-03-05", "2026-03-10"), statutory=run("2026-03-05", "2026-03-10"))
    promised = made.promised
    assert (promised.whole, promised.before, promised.paused, promised.after, promised.used) == (10, 3, 0, 4, 3)


@pytest.mark.ids("L20", "L11")
def test_corrections_and_pauses_are_named_and_taken_out():
    """Art. 45 stops both clocks, a site visit the promise alone; the applicant's days lie before both."""
    steps = [
        ("receive", "2026-03-02"),
        ("transfer", "2026-03-02"),
        ("request_corrections", "2026-03-04"),
        ("take_corrections", "2026-03-06"),
        ("accept", "2026-03-06"),
        ("review", "2026-03-20"),
        ("grant", "2026-03-20"),
        ("conclude", "2026-03-20"),
    ]
    stops = [
        Stop(D("2026-03-10"), D("2026-03-12"), "检测", of_article_45=True),
        Stop(D("2026-03-17"), D("2026-03-17"), "现场踏勘", of_article_45=False),
    ]
    made = told(
        steps,
        promised=run("2026-03-06", "2026-03-20"),
        statutory=run("2026-03-06", "2026-03-20"),
        stops=stops,
        today="2026-03-20",
    )
    promised, statutory = made.promised, made.statutory
    assert (promised.whole, promised.before, promised.corrections, promised.paused, promised.used) == (14, 4, 2, 4, 6)
    assert (statutory.whole, statutory.before, statutory.corrections, statutory.paused, statutory.used) == (
        *(14, 4, 2),
        *(3, 7),
    )
    assert made.paused == 4
    counted = next(row for row in made.rows if row.phase is Phase.COUNTED)
    assert [stop.ground for stop in counted.stops] == ["检测", "现场踏勘"]
    assert ("申请人", 2) in held(made)


@pytest.mark.ids("L10")
def test_acceptance_by_law_counts_from_the_receipt():
    """Domain 3.3, 13: received 18 January 2023, silence to 30 January; nothing lies before the start of the clocks."""
    steps = [("receive", "2023-01-18"), ("transfer", "2023-01-19"), ("deem_accepted", "2023-01-30")]
    made = told(steps, promised=run("2023-01-18"), statutory=run("2023-01-18"), today="2023-02-20")
    assert made.statutory.before == 0
    assert made.statutory.used == 20
    assert held(made) == [("综合窗口", 1), ("实施单位", 19)]


def test_while_a_courier_carries_the_result_nobody_else_has_it():
    steps = [*ORDINARY[:-1], ("send_by_courier", "2026-03-13"), ("confirm_courier", "2026-03-18")]
    assert held(told(steps, promised=run("2026-03-05", "2026-03-10")))[-2:] == [("出件窗口", 2), ("寄递企业", 3)]


def test_what_leaves_the_case_where_it_is_changes_no_holder():
    more = [*ORDINARY[:4], ("hand_over", "2026-03-09"), ("charge", "2026-03-09"), *ORDINARY[4:]]
    run_ = run("2026-03-05", "2026-03-10")
    assert told(more, promised=run_).rows == told(ORDINARY, promised=run_).rows


def test_a_case_that_is_passed_on_within_a_day_shows_all_its_holders_with_nought():
    steps = [(verb, "2026-03-02") for verb, _ in ORDINARY]
    made = told(steps, promised=run("2026-03-02", "2026-03-02"))
    assert held(made) == [("综合窗口", 0), ("实施单位", 0), ("实施单位", 0), ("实施单位", 0), ("出件窗口", 0)]
    assert made.promised.used == 0


def test_a_limit_in_natural_days_is_reckoned_in_natural_days():
    made = told(ORDINARY, promised=run("2026-03-05", "2026-03-10"), statutory=run("2026-03-05", "2026-03-10", "day"))
    statutory = made.statutory
    assert (statutory.whole, statutory.before, statutory.after, statutory.used) == (14, 3, 6, 5)


def test_what_is_settled_at_once_uses_no_days():
    assert told(ORDINARY, promised=run("2026-03-05", "2026-03-10", "immediate")).promised.used == 0


def test_every_state_in_which_a_case_can_wait_has_a_holder():
    assert set(HELD) == set(CaseState) - FINAL_STATES


# Properties ----------------------------------------------------------------------------------------------------------------
DAYS = st.dates(min_value=D("2019-01-02"), max_value=D("2026-08-31"))
MOVES = {state: [v.name for v in VERBS.values() if state in v.sources] for state in CaseState}


@st.composite
def histories(draw):
    """Lawful ways through the table with random days between; accepted ones with random pauses while the clocks run."""
    random_ = random.Random(draw(st.integers(0, 2**32)))
    day = draw(DAYS)
    steps, state, accepted, stopped = [Step(random_.choice(["submit", "receive"]), day)], None, None, {}
    state = VERBS[steps[0].verb].target
    for _ in range(draw(st.integers(0, 14))):
        if state in FINAL_STATES:
            break
        verb = VERBS[random_.choice(MOVES[state])]
        day += timedelta(days=random_.choice([0, 0, 1, 1, 2, 3, 5, 9]))
        steps.append(Step(verb.name, day))
        if ClockKind.PROMISED in verb.starts:
            accepted = steps[0].on + timedelta(days=random_.randint(0, (day - steps[0].on).days))
        if accepted:
            for kind in verb.stops:
                stopped.setdefault(kind, day)
        state = verb.leads_to(state)
    today = day + timedelta(days=random_.choice([0, 1, 4, 20]))
    return steps, accepted, stopped, pauses_within(random_, accepted, today), today


def pauses_within(random_, accepted, today):
    if accepted is None or (today - accepted).days < 2:
        return []
    stops = []
    for _ in range(random_.choice([0, 1, 2, 3])):
        first = accepted + timedelta(days=random_.randint(0, (today - accepted).days))
        last = first + timedelta(days=random_.randint(0, 12))
        stops.append(Stop(first, last, "检测", of_article_45=random_.random() < 0.5))
    if random_.random() < 0.3:
        stops.append(Stop(stops[-1].last if stops else accepted, None, "听证", of_article_45=True))
    return stops


@pytest.mark.ids("D41", "D44")
@given(history=histories())
def test_however_a_case_goes_the_parts_are_the_whole(history):
    steps, accepted, stopped, stops, today = history
    promised = Run(accepted, stopped.get(ClockKind.PROMISED), "workday") if accepted else None
    made = statement(steps, promised=promised, statutory=None, stops=stops, calendar=CALENDAR, today=today)
    end = made.rows[-1].to
    assert made.workdays == CALENDAR.count_workdays(steps[0].on, end)
    assert made.rows[0].after == steps[0].on
    assert all(before.to == after.after for before, after in zip(made.rows, made.rows[1:], strict=False))
    for row in made.rows:
        assert row.workdays == CALENDAR.count_workdays(row.after, row.to)
        assert 0 <= row.paused <= row.workdays
        assert sum(days for _, days in row.doing) == row.workdays


@pytest.mark.ids("D44", "L20", "L28")
@given(history=histories(), unit=st.sampled_from(["workday", "day", "immediate"]))
def test_what_a_clock_uses_is_what_is_left_of_the_whole(history, unit):
    """The statement is made of acts and pauses, the clock of what the verbs projected on it: both say the same."""
    steps, accepted, stopped, stops, today = history
    if accepted is None:
        return
    spans, ended = spans_of(steps, today)
    for kind in (ClockKind.PROMISED, ClockKind.STATUTORY):
        end = stopped.get(kind) or (spans[-1].to if ended else today)
        mine = [stop for stop in stops if kind == ClockKind.PROMISED or stop.of_article_45]
        made = reckon(spans, Run(accepted, stopped.get(kind), unit), mine, CALENDAR)
        assert made.used == clocks.used_days(projected(kind, accepted, unit, stops), end, CALENDAR)
        assert made.whole - made.before - made.paused - made.after == made.used
        assert made.corrections <= made.before


def projected(kind, start, unit, stops):
    """A clock as the verbs leave it under these pauses, far from its end."""
    rows = [ClockPause(first_on=stop.first, last_on=stop.last, stops_statutory=stop.of_article_45) for stop in stops]
    clock = Clock(kind=kind, started_on=start, limit=400, time_unit=unit)
    return clocks.project(clock, rows, seq=2, calendar=CALENDAR)


# The page ------------------------------------------------------------------------------------------------------------------
def statement_of(case, staff, now):
    """The inputs of the panel, and the panel itself as words."""
    shown = queries.case_to_show(staff, case.number)
    rules = clocks.rules_with(shown)
    told = timeline_parts(shown, list(queries.acts_of(shown)), list(clocks.of_subject(shown)), now, rules)
    html = render_to_string("hall/_timeline.html", {"timeline": told, "now": now})
    return told, html


def rows_of(told):
    return [(row["holder"], row["workdays"], row["paused"]) for row in told["rows"]]


@pytest.mark.ids("D41", "D44", "L20")
@pytest.mark.django_db
def test_the_case_page_says_who_had_it_and_what_stood_still(clock):
    """Corrections, a test by art. 45, the opinion of another unit: real verbs, and the clocks they left behind."""
    clock.set("2026-04-03 16:00")
    case = builders.make_received_case(now=builders.at("2026-03-02 10:00"), handed=builders.handed_without_gap())
    case = lead(
        case,
        ("transfer", "2026-03-03 09:00", {}),
        ("request_corrections", "2026-03-04 09:00", {}),
        ("take_corrections", "2026-03-06 09:00", {}),
        ("accept", "2026-03-09 09:00", {}),
        ("ask_opinion", "2026-03-09 10:00", {}),
        ("pause", "2026-03-10 09:00", {"days": 5}),
        ("give_opinion", "2026-03-11 10:00", {}),
        ("resume", "2026-03-16 09:00", {}),
        ("review", "2026-03-17 09:00", {}),
        ("grant", "2026-03-18 09:00", {}),
        ("conclude", "2026-03-18 09:30", {}),
        ("make_certificate", "2026-03-19 09:00", {}),
        ("make_ready", "2026-03-19 15:00", {}),
        ("hand_out", "2026-03-23 09:00", {}),
    )
    told, html = statement_of(case, builders.make_clerk(), clock.now())
    assert told["sentence"] == (
        "从收件到办结 12 个工作日：综合服务窗口 3 号 1 日，县卫生健康局 9 日"
        "（其中停表 5 日：检测，行政许可法第四十五条），申请人 2 日；办结后到送达 3 个工作日：县卫生健康局 1 日，出件窗口 2 日。"
    )
    assert rows_of(told)[-3:] == [("县卫生健康局", 8, 5), ("县卫生健康局", 1, 0), ("出件窗口", 2, 0)]
    notes = dict(told["notes"])
    assert notes["承诺时限"] == (
        "全程 15 个工作日，减受理前 4 日（其中申请人补正 2 日）、停表 5 日、办结后 3 日，用去 3 个工作日；时限 5 个工作日。"
    )
    assert notes["会办"].startswith("县市场监督管理局 3月9日征求，3月11日回复，用 2 个工作日")
    assert "补正材料3月6日到齐" in notes["补正"]
    for kind in (case.promised, case.statutory):
        kind.refresh_from_db()
        assert f"用去 {clocks.used_days(kind, kind.stopped_on, CALENDAR)} 个工作日" in html


@pytest.mark.ids("L10", "T64")
@pytest.mark.django_db
@pytest.mark.parametrize("written", [False, True])
def test_acceptance_by_silence_is_told_whether_or_not_anybody_wrote_it_down(clock, written):
    """Trap 6, around the spring festival of 2026: the statement is the same before the sweep and after it."""
    clock.set("2026-03-06 10:00")
    case = builders.make_received_case(now=builders.at("2026-02-13 10:00"))
    case = builders.act("transfer", case, now=builders.at("2026-02-14 10:00"))
    if written:
        assert by_law.carry_out(case.number, now=builders.at("2026-03-04 08:00"))
    told, _ = statement_of(case, builders.make_clerk(), clock.now())
    assert rows_of(told) == [("综合服务窗口 3 号", 1, 0), ("县卫生健康局", 10, 0)]
    notes = dict(told["notes"])
    assert notes["视为受理"] == (
        "到2月27日没有告知，依行政许可法第三十二条视为受理；承诺与法定时限从收件的2月13日起算。"
    )
    assert notes["法定时限"] == "全程 11 个工作日，用去 11 个工作日；时限 20 个工作日。"


@pytest.mark.ids("D41", "T64")
@pytest.mark.django_db
@pytest.mark.parametrize("written", [False, True])
def test_corrections_that_never_came_end_the_statement_on_their_last_day(clock, written):
    clock.set("2026-03-02 10:00")
    began = builders.at("2026-01-05 10:00")
    case = builders.act("request_corrections", builders.make_transferred_case(now=began), now=began)
    if written:
        assert by_law.carry_out(case.number, now=builders.at("2026-02-27 08:00"))
    told, _ = statement_of(case, builders.make_clerk(), clock.now())
    assert told["rows"][-1]["to"] == D("2026-02-04")
    assert told["sentence"] == "从收件到补正期满 22 个工作日：申请人 22 日。"


@pytest.mark.django_db
@pytest.mark.parametrize("state", CaseState)
def test_the_page_of_every_state_has_its_statement(state):
    case = builders.make_case(state)
    told, html = statement_of(case, builders.make_supervisor(), moment.now())
    assert told["sentence"].startswith("从")
    assert told["workdays"] == sum(row["workdays"] for row in told["rows"])
    assert "合计" in html


@pytest.mark.ids("D44")
@pytest.mark.django_db
def test_the_statement_stands_on_the_case_page(clock):
    clock.set("2026-03-12 10:00")
    case = builders.make_accepted_case(now=builders.at("2026-03-09 10:00"))
    page = builders.staff_client(builders.make_clerk()).get(reverse("case", args=[case.number])).content.decode()
    assert "从收件到今天 3 个工作日：县卫生健康局 3 日。" in page
