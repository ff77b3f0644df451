"""A working week around 春节 2026 with every job dead: each page and answer is right meanwhile, one sweep tells all of it afterwards.

What is expected is counted by hand: 15 to 23 February are days off, one works on Saturday the 14th and on Saturday the 28th.
"""

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hall.actions.intake import query_code_of
from hall.models import Case
from hall.states import CaseState
from supervision import milestones, moment
from supervision.models import Milestone, Record
from tests import builders

from .api.caller import make_caller
from .pages import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
S = CaseState
FIRST, LAST = 13, 28  # days of February
PORTAL = "city-portal"

Since = list[tuple[int, str]]  # from this day of February on


@dataclass(frozen=True)
class Expected:
    """Of one case: what its limit says, where it lawfully stands, since when it is pressing, and its milestones with their legal day."""

    words: Since
    states: Since
    pressing: tuple[int, int]
    milestones: set[tuple[str, str]]


def late(over: str, first: int) -> Since:
    """From this day on one working day more each day."""
    return [(day, f"{over} {day - first + 1} 个工作日") for day in range(first, LAST + 1)]


EXPECTED = {
    # accepted on Wednesday the 11th: five working days, 12 13 14 24 25
    "accepted": Expected(
        [(13, "剩 3 个工作日"), (14, "剩 2 个工作日"), (24, "剩 1 个工作日"), (25, "今天到期"), *late("超承诺", 26)],
        [(13, "accepted")],
        (24, 28),
        {("reminder", "02-24"), ("step_passed", "02-25"), ("promised_passed", "02-26")},
    ),
    # received on Tuesday the 10th, nothing said: notice 11 12 13 14 24, then accepted since the 10th with the same five days
    "silent": Expected(
        [(13, "剩 2 个工作日"), (14, "剩 1 个工作日"), (24, "今天须告知"), *late("超承诺", 25)],
        [(13, "transferred"), (25, "accepted")],
        (14, 28),
        {
            *(("notice_passed", "02-25"), ("deemed_accepted", "02-25")),
            *(("reminder", "02-14"), ("step_passed", "02-15"), ("promised_passed", "02-25")),
        },
    ),
    # received on Friday the 13th and left lying at the window: transfer by the 14th, notice 14 24 25 26 27
    "lying": Expected(
        [
            *((13, "剩 1 个工作日"), (14, "今天须中转"), (15, "超中转时限不足 1 个工作日")),
            *late("超中转时限", 24)[:4],
            (28, "超承诺 1 个工作日"),
        ],
        [(13, "received"), (28, "accepted")],
        (14, 28),
        {
            *(("transfer_passed", "02-15"), ("notice_passed", "02-28"), ("deemed_accepted", "02-28")),
            *(("reminder", "02-26"), ("step_passed", "02-27"), ("promised_passed", "02-28")),
        },
    ),
    # told on 22 January what is to be corrected within 30 days: 21 February, rolled to Tuesday the 24th
    "corrections": Expected(
        [*((day, f"剩 {24 - day} 日") for day in range(13, 24)), (24, "今天到期"), (25, "")],
        [(13, "correction_required"), (25, "correction_lapsed")],
        (18, 24),
        {("correction_lapsed", "02-25")},
    ),
    # accepted with gaps on the 10th: promise and supplement 11 12 13 14 24, then over
    "gaps": Expected(
        [(13, "剩 2 个工作日"), (14, "剩 1 个工作日"), (24, "今天到期"), (25, "")],
        [(13, "accepted"), (25, "withdrawn")],
        (14, 24),
        {("reminder", "02-14"), ("step_passed", "02-15"), ("gaps_lapsed", "02-25")},
    ),
    # decided on Tuesday the 3rd, to be delivered within ten: 4 5 6 9 10 11 12 13 14 24
    "ready": Expected(
        [(13, "剩 2 个工作日"), (14, "剩 1 个工作日"), (24, "今天须送达"), *late("超送达期限", 25)],
        [(13, "ready")],
        (13, 28),
        {("acknowledgement_passed", "02-07"), ("delivery_passed", "02-25")},
    ),
}


def on(since: Since, day: int) -> str:
    return next(words for first, words in reversed(since) if first <= day)


@pytest.fixture
def cases(clock: Any) -> dict[str, Case]:
    """Two of them filed online by a program, made on the days that `EXPECTED` names."""

    def made(day: str, make: Any) -> Case:
        clock.set(f"{day} 10:00")
        case: Case = make()
        return Case.objects.get(pk=case.pk)

    def filed(state: CaseState) -> Case:
        number = f"P-{state.value}"
        return builders.bring(builders.make_submitted_case(source_system=PORTAL, source_number=number), state)

    return {
        "corrections": made("2026-01-22", lambda: builders.make_case_for("take_corrections")),
        "ready": made("2026-02-03", lambda: builders.make_case(S.READY)),
        "silent": made("2026-02-10", lambda: filed(S.TRANSFERRED)),
        "gaps": made("2026-02-10", lambda: builders.make_case_for("supply_gaps")),
        "accepted": made("2026-02-11", lambda: filed(S.ACCEPTED)),
        "lying": made("2026-02-13", lambda: builders.make_received_case()),
    }


def told(case: Case) -> set[tuple[str, str]]:
    """Kind and legal day; every legal time is the first instant of a day in the county."""
    found = [(one.kind, moment.local(one.legal_at)) for one in milestones.of_subject(case)]
    assert all((at.hour, at.minute, at.second) == (0, 0, 0) for _, at in found)
    return {(kind, f"{at:%m-%d}") for kind, at in found}


@pytest.mark.ids("T64", "T66", "L10", "L28", "L31")
def test_one_sweep_after_a_week_of_dead_jobs_tells_each_milestone_once(cases, clock):
    assert Milestone.objects.count() == 0
    now = clock.set("2026-02-28 17:00")
    assert milestones.sweep(now=now) == 16
    assert {name: told(case) for name, case in cases.items()} == {
        name: one.milestones for name, one in EXPECTED.items()
    }
    assert Milestone.objects.count() == Record.objects.filter(kind="milestone").count() == 20
    assert milestones.sweep(now=clock.forward(minutes=1)) == 0
    assert Milestone.objects.count() == 20
    assert {name: Case.objects.get(pk=case.pk).state for name, case in cases.items()} == {
        name: on(one.states, LAST) for name, one in EXPECTED.items()
    }


@pytest.mark.ids("T64")
def test_jobs_that_live_tell_the_same_as_jobs_that_were_dead(cases, clock):
    """Swept three times a day from the day of the last case."""
    for day in range(FIRST, LAST + 1):
        for hour in ("00:12", "12:00", "23:50"):
            milestones.sweep(now=clock.set(f"2026-02-{day} {hour}"))
    assert {name: told(case) for name, case in cases.items()} == {
        name: one.milestones for name, one in EXPECTED.items()
    }


# What people and programs see meanwhile ------------------------------------------------------------------------------------
def listed(client: Client, page: str, cases: dict[str, Case]) -> set[str]:
    """Which of the cases a list shows."""
    text = text_of(client.get(reverse(page)))
    return {name for name, case in cases.items() if reverse("case", args=[case.number]) in text}


def standing(day: int, *states: str) -> set[str]:
    return {name for name, one in EXPECTED.items() if on(one.states, day) in states}


def public_page(case: Case) -> str:
    client = Client()
    asked = {"number": case.number, "code": query_code_of(case)}
    return text_of(client.get(client.post(reverse("public_progress"), asked)["Location"]))


@pytest.mark.ids("T64", "L10", "D43")
def test_every_page_and_answer_is_right_day_by_day_without_any_job(cases, clock):
    portal = make_caller(PORTAL)
    before = Record.objects.count()
    for day in range(FIRST, LAST + 1):
        clock.set(f"2026-02-{day} 10:30")
        supervisor, section, clerk = (
            builders.staff_client(staff)
            for staff in (builders.make_supervisor(), builders.make_section_head(), builders.make_clerk())
        )
        for name, case in cases.items():
            page = text_of(supervisor.get(reverse("case", args=[case.number])))
            assert on(EXPECTED[name].words, day) in page, (name, day)
            if on(EXPECTED[name].words, day) == "":
                assert "超承诺" not in page.partition("<main")[2].partition("经过")[0], (name, day)
        pressing = {name for name, one in EXPECTED.items() if one.pressing[0] <= day <= one.pressing[1]}
        assert listed(supervisor, "supervision_due", cases) == pressing, day
        assert listed(section, "inbox", cases) == standing(day, "transferred", "accepted"), day
        assert listed(clerk, "window_transfer", cases) == standing(day, "received"), day
        assert listed(clerk, "window_hand_out", cases) == {"ready"}, day
        for name in ("accepted", "silent"):
            answer = portal.get(f"cases/{cases[name].number}/progress/").json()
            lawful = on(EXPECTED[name].states, day)
            assert answer["state"] == lawful, (name, day)
            promised = on(EXPECTED[name].words, day) if lawful == "accepted" else None
            assert (answer["promised"] and answer["promised"]["words"]) == promised, (name, day)
            said = {"accepted": "正在审核", "transferred": "等承办单位决定是否受理"}[lawful]
            assert said in public_page(cases[name]), (name, day)
        assert ("等您补正" in public_page(cases["corrections"])) == (day <= 24), day
    assert Record.objects.count() == before
    assert Milestone.objects.count() == 0
