"""Who approves a pause: a post of the deciding unit with the power for the item, or the unit's head; never a typed name (domain 4.1)."""

import json
import uuid
from datetime import date

import pytest
from django.urls import reverse

from authorization.models import PostHolding
from hall import approvers, queries
from hall.states import VERBS
from supervision import papers
from supervision.models import ClockPause, Paper, PaperKind, Record
from tests import builders

from . import letter_office
from .pages import text_of
from .refusing import heard, lead
from .typed import case_form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = "2026-03-10 10:42"


def accepted(item=builders.ITEM):
    return builders.make_accepted_case(item, now=builders.at("2026-03-10 09:00"))


def offered(case, staff=None):
    """The list to choose from, in words."""
    shown = queries.case_to_show(staff or builders.make_section_head(), case.number)
    held = approvers.offered(shown, staff or builders.make_section_head(), builders.at(NOW))
    return [approvers.option(one)[1] for one in held]


def answer(case, staff, **words):
    return heard("pause", case, NOW, approver=builders.holding_of(staff), **words)


def leave(staff, last):
    """This person holds the post to the day before `last` and no longer."""
    held = PostHolding.objects.get(pk=builders.holding_of(staff))
    held.during = (held.during.lower, last)
    held.save()
    builders.announced(held)


# The list ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D22", "L20")
def test_the_posts_with_the_power_of_approval_are_offered_and_the_head_last():
    assert offered(accepted()) == ["分管副局长 麦康文", "分管副局长 符立成（B角）", "局长 范济民"]


@pytest.mark.ids("D26")
def test_who_left_the_post_or_the_house_is_offered_no_more():
    case = accepted()
    leave(builders.make_leader(), date(2026, 3, 10))
    stand_in = builders.member("fulicheng")
    person = PostHolding.objects.get(pk=builders.holding_of(stand_in)).person
    person.is_active = False
    person.save()
    builders.announced(person)
    assert offered(case) == ["局长 范济民"]


@pytest.mark.ids("D22", "D26", "L20", "R8")
def test_where_nobody_can_approve_the_page_and_the_verb_say_what_to_do():
    case, section = accepted(), builders.make_section_head()
    for staff in (builders.make_leader(), builders.member("fulicheng"), builders.make_main_leader()):
        leave(staff, date(2026, 3, 10))
    assert offered(case) == []
    assert heard("pause", case, NOW, approver="") == "no_approver"
    page = text_of(builders.staff_client(section).get(reverse("case_do", args=[case.number, "pause"])))
    assert "没有岗位能批准：请县卫生健康局补签授权委托书，或登记主要领导的现任人员" in page


# The check at the server ---------------------------------------------------------------------------------------------------
@pytest.mark.ids("D22", "D26", "L20", "T13")
def test_a_post_that_may_not_approve_is_refused_with_its_reason():
    case = accepted()
    assert answer(case, builders.make_leader()) == "done"
    assert answer(case, builders.member("fulicheng")) == "done"  # the stand-in holds the post as well
    assert answer(case, builders.make_main_leader()) == "done"
    assert answer(case, builders.make_leader("market-regulation")) == "approver_foreign"
    assert answer(case, builders.make_main_leader("market-regulation")) == "approver_foreign"
    assert answer(case, builders.make_representative()) == "approver_without_power"
    for key in ("", str(uuid.uuid4()), "分管副局长麦康文", "x" * 60):
        assert heard("pause", case, NOW, approver=key) == ("approver_unknown" if key else "pause_approval")


@pytest.mark.ids("D26")
def test_a_holding_that_ended_while_the_page_stood_open_is_refused():
    case, key = accepted(), builders.holding_of(builders.make_leader())
    leave(builders.make_leader(), date(2026, 3, 10))
    assert heard("pause", case, NOW, approver=key) == "approver_expired"


@pytest.mark.ids("D22", "T13")
def test_a_line_that_went_to_another_post_takes_the_approval_along():
    """The section's line is now the leader's, the leader's the main leader's."""
    case, leader = accepted(), builders.holding_of(builders.make_leader())
    letter_office.line_of_another_post(VERBS["pause"])
    assert heard("pause", case, NOW, approver=leader) == "approver_without_power"
    assert heard("pause", case, NOW) == "done"


# Four eyes -----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T17", "L20")
def test_who_pauses_does_not_approve_in_another_post():
    """郑启文 also holds the post of the leader in charge: the letter means two people."""
    case, section = accepted(), builders.make_section_head()
    leader = PostHolding.objects.get(pk=builders.holding_of(builders.make_leader()))
    own = PostHolding.objects.create(person_id=section.person_id, post=leader.post, during=leader.during)
    builders.announced(own)
    assert heard("pause", case, NOW, staff=section, approver=str(own.pk)) == "approver_self"
    assert offered(case, section) == ["分管副局长 麦康文", "分管副局长 符立成（B角）", "局长 范济民"]


@pytest.mark.ids("T17")
def test_a_post_that_examines_and_approves_may_approve_its_own_pause():
    """个体工商户: every stage is the section's, so its letter means one person."""
    case = builders.make_accepted_case(builders.AT_ONCE, now=builders.at("2026-03-10 09:00"))
    section = builders.make_section_head("market-regulation")
    shown, key = queries.case_to_show(section, case.number), builders.holding_of(section)
    assert approvers.require_approver(shown, key, staff=section, now=builders.at(NOW)).post_id == section.post_id
    assert "行政审批股股长" in offered(case, section)[0]


# What is kept and told -----------------------------------------------------------------------------------------------------
@pytest.mark.ids("L20", "D22")
def test_post_and_name_stand_on_the_notice_in_the_row_in_the_record_and_on_the_page():
    leader = builders.make_leader()
    case = lead(accepted(), ("pause", NOW, {"approver": builders.holding_of(leader)}))
    row = ClockPause.objects.get(subject_id=case.id)
    assert (row.approver, row.approver_post, row.approver_person) == (
        "分管副局长麦康文",
        leader.post_id,
        leader.person_id,
    )
    told = json.loads(bytes(Record.objects.filter(subject_id=case.id).latest("seq").body))["facts"]["pause"]
    assert [told[name] for name in ("approver", "approver_post", "approver_person")] == [
        "分管副局长麦康文",
        str(leader.post_id),
        str(leader.person_id),
    ]
    notice = Paper.objects.get(subject_id=case.id, kind=PaperKind.SPECIAL_NOTICE)
    assert json.loads(papers.facts_of(notice))["approver"] == "分管副局长麦康文"
    page = text_of(builders.staff_client(builders.make_section_head()).get(reverse("case", args=[case.number])))
    assert "批准人：分管副局长麦康文" in page


@pytest.mark.ids("L20")
def test_through_the_page_the_choice_is_kept_when_something_else_is_at_fault():
    case, section = accepted(), builders.make_section_head()
    client = builders.staff_client(section)
    url, form = case_form("pause", case)
    chosen = builders.holding_of(builders.make_leader())
    page = client.post(url, {**form, "approver": chosen, "days": "0"})
    assert page.status_code == 400
    assert f'<option value="{chosen}" selected>分管副局长 麦康文</option>' in page.content.decode()
    page = client.post(url, {**form, "approver": builders.holding_of(builders.make_leader("market-regulation"))})
    told = text_of(page)
    assert page.status_code == 400
    assert "不是县卫生健康局的岗位" in told
    assert "刚才选的岗位（现在不能选）" in told
    assert client.post(url, {**form, "approver": chosen}).status_code == 302
    assert ClockPause.objects.get(subject_id=case.id).approver == "分管副局长麦康文"
