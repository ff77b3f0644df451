"""Every verb of the table through its page: the form is offered, posted, done; what is refused keeps what was typed (D28, T63)."""

import json
import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hall import policies, queries, standing
from hall.models import Case
from hall.states import APPLICANT, BY_LAW, VERBS, CaseState
from supervision import clocks, moment, papers
from supervision.models import Paper, PaperKind, Record
from tests import builders

from . import cast
from .contents import contents, grown
from .pages import text_of, values_of
from .typed import ON_THE_WAY, case_form, page_of

pytestmark = pytest.mark.django_db
S = CaseState
BY_PEOPLE = [verb.name for verb in VERBS.values() if verb.power not in (APPLICANT, BY_LAW) and verb.name != "receive"]
ON_THEIR_OWN = [verb for verb in BY_PEOPLE if verb not in ON_THE_WAY]


def before(verb: str) -> tuple[Case, Client]:
    """A case on which the verb can be done next, and the browser of whoever may do it."""
    case = builders.make_case_for(verb)
    return case, builders.staff_client(builders.empowered(case, verb))


def press(client: Client, verb: str, case: Case, **changed: Any) -> HttpResponse:
    url, form = case_form(verb, case)
    return client.post(url, form | changed)


def look(client: Client, case: Case) -> str:
    return text_of(client.get(reverse("case", args=[case.number])))


@pytest.mark.ids("D28", "D121")
@pytest.mark.parametrize("verb", BY_PEOPLE)
def test_every_verb_is_offered_on_its_page_and_done_from_there(verb):
    case, client = before(verb)
    url = page_of(verb, case)
    page = text_of(client.get(url))
    assert VERBS[verb].label in page
    assert f'name="verb" value="{verb}"' in page
    if verb in ON_THEIR_OWN:
        assert url in look(client, case) or f'value="{verb}"' in look(client, case)
    target = VERBS[verb].leads_to(case.state)
    answer = press(client, verb, case)
    asked_only = verb == "give_opinion"  # who has answered for another unit sees the case no more
    onwards = reverse("inbox_opinions") if asked_only else reverse("case", args=[case.number])
    assert (answer.status_code, answer.headers.get("Location")) == (302, onwards), text_of(answer)
    assert Case.objects.get(pk=case.pk).state == target
    assert client.get(onwards).status_code == 200


# What else may be done ------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D65", "D116")
def test_the_chief_representative_settles_what_is_settled_at_once_with_one_button():
    case = builders.make_received_case(builders.AT_ONCE)
    staff = builders.make_representative(case.item.department.slug)
    client = builders.staff_client(staff)
    page = look(client, case)
    assert 'value="settle_at_once"' in page
    assert page.count("btn-primary") == 1
    assert press(client, "settle_at_once", case).status_code == 302
    assert Case.objects.get(pk=case.pk).state == S.CONCLUDED


@pytest.mark.ids("D116")
def test_nobody_settles_at_once_what_is_promised_or_without_every_power():
    promised = builders.make_received_case()
    assert "settle_at_once" not in look(builders.staff_client(builders.make_representative()), promised)
    at_once = builders.make_received_case(builders.AT_ONCE)
    clerk = builders.staff_client(builders.make_clerk())
    assert "settle_at_once" not in look(clerk, at_once)
    assert press(clerk, "settle_at_once", at_once).status_code == 403
    assert press(builders.staff_client(builders.make_section_head()), "settle_at_once", promised).status_code == 409


@pytest.mark.ids("L20")
def test_while_time_stands_still_the_result_comes_first_and_the_next_step_says_why_it_waits():
    case = builders.make_case_for("resume")
    page = look(builders.staff_client(builders.make_section_head()), case)
    assert 'name="verb" value="resume"' in page
    assert page.count("btn-primary") == 1
    assert "正在停表：检测" in page
    assert "行政许可法第四十五条" in page
    assert 'id="why-review"' in page


@pytest.mark.ids("L25", "R7")
@pytest.mark.parametrize(("typed", "amount"), [("120", "120.00"), ("120.5", "120.50"), ("0.05", "0.05")])
def test_the_payment_notice_adds_up_what_was_typed_and_names_the_account_of_the_treasury(typed, amount, settings):
    settings.FEE_ACCOUNT = "财政专户 44"
    case, client = before("charge")
    assert press(client, "charge", case, **{"amount-0": typed, "account": "自己的账户"}).status_code == 302
    told = json.loads(papers.facts_of(Paper.objects.get(subject_id=case.id, kind=PaperKind.PAYMENT_NOTICE)))
    assert [line["amount"] for line in told["lines"]] == [amount]
    assert (told["total"], told["account"]) == (amount, "财政专户 44")


@pytest.mark.ids("L10", "L37")
def test_what_is_missing_closes_acceptance_and_opens_what_the_guide_allows():
    case = builders.make_case_for("accept_with_gaps")
    page = look(builders.staff_client(builders.make_section_head()), case)
    assert "还缺“卫生管理制度”" in page
    assert page.index(page_of("accept_with_gaps", case)) < page.index('id="why-accept"')
    assert page_of("request_corrections", case) in page


@pytest.mark.ids("T10")
@pytest.mark.parametrize("verb", ON_THEIR_OWN)
def test_the_page_of_a_verb_is_as_foreign_as_its_case(verb):
    case = builders.make_case_for(verb)
    answer = builders.staff_client(cast.staff_of(cast.ELSEWHERE)).get(page_of(verb, case))
    assert answer.status_code == 404
    assert case.applicant.name not in text_of(answer)


@pytest.mark.ids("T12")
@pytest.mark.parametrize(
    "verb", ["", "deem_accepted", "lapse_gaps", "recalculate", "submit", "settle_at_once", "delete"]
)
def test_what_people_can_not_do_has_no_page(verb):
    case, client = before("void")
    address = reverse("case", args=[case.number]) + f"do/{verb}/"
    assert {client.get(address).status_code, client.post(address, {"seq": case.record_seq}).status_code} == {404}


@pytest.mark.parametrize("verb", ON_THEIR_OWN)
def test_a_closed_verb_says_why_and_asks_for_nothing(verb):
    case = builders.make_case(S.SUBMITTED)
    client = builders.staff_client(builders.make_clerk())
    written = contents()
    page = text_of(client.get(page_of(verb, case)))
    if f'value="{verb}"' not in page:
        assert 'aria-disabled="true"' in page
        assert "现在不能这样办" in page
    else:
        assert policies.verdict_on(VERBS[verb], builders.make_clerk(), shown(case), moment.now()).allowed
    assert contents() == written


def shown(case: Case) -> Any:
    return queries.case_to_show(builders.make_clerk(), case.number)


# What the clocks would say ---------------------------------------------------------------------------------------------------
@pytest.mark.ids("L20", "T67")
def test_a_pause_is_told_beforehand_what_it_does_to_each_clock_and_nothing_is_written():
    case, client = before("pause")
    url, form = case_form("pause", case)
    written = contents()
    page = text_of(client.post(url, {**form, "verb": "preview", "basis": "", "approver": ""}))
    assert contents() == written
    assert "结果4月8日 周三到达的话" in page
    told = told_moves(page)
    assert press(client, "pause", case).status_code == 302
    builders.act("resume", Case.objects.get(pk=case.pk), now=builders.at("2026-04-08 10:00"))
    running = clocks.of_subject(case).filter(stopped_at=None, kind__in=clocks.PAUSABLE)
    assert {f"{clock.due_on.month}月{clock.due_on.day}日" for clock in running} == told


@pytest.mark.ids("L16")
def test_an_extension_is_told_beforehand(clock):
    case, client = before("extend")
    url, form = case_form("extend", case)
    page = text_of(client.post(url, {**form, "verb": "preview", "reason": ""}))
    told = told_moves(page)
    assert press(client, "extend", case).status_code == 302
    running = clocks.of_subject(case).filter(stopped_at=None, kind__in=clocks.PAUSABLE)
    assert {f"{one.due_on.month}月{one.due_on.day}日" for one in running} == told


def told_moves(page: str) -> set[str]:
    """The days to which the clocks would move."""
    moves = page[page.index('id="moves"') : page.index("</table>", page.index('id="moves"'))]
    return set(re.findall(r"<b>(\d+月\d+日)", moves))


@pytest.mark.ids("L16", "L20")
@pytest.mark.parametrize(
    ("verb", "typed", "sentence"),
    [
        ("pause", {"ground": "rectification"}, "第四十五条"),
        ("pause", {"days": "251"}, "1 到 250"),
        ("extend", {"days": "11"}, "最多批准延长 10 日"),
        ("extend", {"days": ""}, "填好天数"),
    ],
)
def test_what_would_not_be_lawful_is_said_before_it_is_sent(verb, typed, sentence):
    case, client = before(verb)
    url, form = case_form(verb, case)
    answer = client.post(url, {**form, **typed, "verb": "preview"})
    assert answer.status_code == 200
    assert sentence in text_of(answer)


# Bad input -------------------------------------------------------------------------------------------------------------------
FAULTS = [
    ("pause", {"ground": "rectification"}, "第四十五条", "L20"),
    ("pause", {"ground": "coffee"}, "请选择停表事由", "L20"),
    ("pause", {"days": "0"}, "例如 20", ""),
    ("pause", {"days": "twenty"}, "例如 20", ""),
    ("pause", {"approver": ""}, "请选择批准岗位", ""),
    ("pause", {"approver": "somebody"}, "没有这个批准岗位", "L20"),
    ("pause", {"first_on": "2027-01-01"}, "受理日和今天之间", "L20"),
    ("pause", {"first_on": "yesterday"}, "例如 2026-03-10", ""),
    ("resume", {"arrived_on": "2026-03-30"}, "停表始日和今天之间", "L20"),
    ("extend", {"days": "11"}, "最多批准延长 10 日", "L16"),
    ("accept_with_gaps", {"promised": ""}, "申请人签字的书面承诺", "L37"),
    ("accept_with_gaps", {"days": "30"}, "不能晚于承诺办结日", "L37"),
    ("request_corrections", {"flaw-5": "", "problem-5": ""}, "至少一份", "L10"),
    ("request_corrections", {"problem-5": ""}, "请写明问题", ""),
    ("request_corrections", {"flaw-5": ""}, "还没有勾选", ""),
    ("request_corrections", {"days": "91"}, "1 到 90 日", "L10"),
    ("request_corrections", {"flaw-99": "on", "problem-99": "没有"}, "指南没有的", "G16"),
    ("take_corrections", {"originals-5": "0"}, "还缺“卫生管理制度”", "L10"),
    ("take_corrections", {"originals-5": "many"}, "0 到 999", ""),
    ("supply_gaps", {"originals-5": "0"}, "还缺“卫生管理制度”", "L10"),
    ("ask_opinion", {"unit": "999"}, "请选择会办单位", "D150"),
    ("ask_opinion", {"unit": "031"}, "不用向本单位", "D150"),
    ("charge", {"amount-0": ""}, "办事指南公布的费用", "L25"),
    *(
        ("charge", {"amount-0": odd}, "例如 120", "")
        for odd in ("many", "1e5", "1.005", "-1", "123456789", "NaN", "1.")
    ),
    ("charge", {"amount-7": "1"}, "办事指南公布的费用", "L25"),
    ("hand_over", {"to": "linhaiyan"}, "另一位任职人员", "D26"),
    ("order_rectification", {"findings": ""}, "请填写核查发现的问题", ""),
    ("order_rectification", {"days": "61"}, "改正期限填 1 到 60 个工作日", "L38"),
    ("revoke", {"ground": "because"}, "请选择撤销的情形", ""),
    ("revoke", {"reason": ""}, "请填写撤销的理由", ""),
    ("confirm_courier", {"recipient": "王冒领"}, "与登记的一致", ""),
    ("decline", {"basis": ""}, "请填写依据", ""),
    ("decline", {"ground": ""}, "请选择不予受理的情形", ""),
    ("decline", {"ground": "coffee"}, "请选择不予受理的情形", ""),
    ("decline", {"authority": ""}, "要告诉申请人向哪个机关申请", "L8"),
    ("not_required", {"basis": ""}, "请填写依据", ""),
    ("void", {"reason": "字" * 501}, "最多 500 个字", ""),
]
KEPT = "刚刚写的一句话"


@pytest.mark.ids("L10", "L16", "L20", "L25", "L37", "T18")
@pytest.mark.parametrize(("verb", "wrong", "sentence", "rule"), FAULTS, ids=str)
def test_bad_input_is_named_with_article_and_remedy_and_what_was_typed_stays(verb, wrong, sentence, rule):
    case, client = before(verb)
    url, form = case_form(verb, case)
    free = next((name for name in ("reason", "basis", "opinion", "question") if name in form and name not in wrong), "")
    written = contents()
    answer = client.post(url, {**form, **({free: KEPT} if free else {}), **wrong})
    page = text_of(answer)
    assert answer.status_code == 400
    assert sentence in page
    assert rule in page
    assert KEPT in page or not free
    assert "您填的内容都还在" in page
    assert values_of(answer)["seq"] == str(case.record_seq)
    assert contents() == written


REFUSED: dict[str, tuple[str, Any, str, str]] = {
    "a second extension": ("extend", lambda case: builders.act("extend", case), "extension_again", "L16"),
    "a second pause": ("pause", lambda case: builders.act("pause", case), "already_paused", "L20"),
    "a correction notice after acceptance": (
        "request_corrections",
        lambda case: builders.act("accept_with_gaps", case),
        "correction_after_acceptance",
        "L10",
    ),
}


@pytest.mark.ids("L10", "L16", "L20", "T63")
@pytest.mark.parametrize("name", REFUSED)
def test_what_the_case_forbids_is_refused_as_a_dialog_over_what_was_typed(name):
    verb, happens, code, rule = REFUSED[name]
    case, client = before(verb)
    happens(case)
    case = Case.objects.get(pk=case.pk)
    url, form = case_form(verb, case)
    free = "problem-5" if verb == "request_corrections" else "basis" if verb == "pause" else "reason"
    written = contents()
    answer = client.post(url, {**form, free: KEPT})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "<dialog open" in page
    assert code in page
    assert rule in page
    assert KEPT in page
    assert grown(written, contents()) == {"supervision_record": 1}


@pytest.mark.ids("L16")
def test_an_extension_after_the_time_is_over_is_refused(clock):
    case, client = before("extend")
    clock.set("2026-05-20 09:00")
    page = text_of(press(client, "extend", case))
    assert "extension_late" in page
    assert "法定时限已经届满" in page


@pytest.mark.ids("L37")
def test_a_main_material_can_not_follow_later():
    handed = [row for row in builders.handed_in_full(builders.version_of()) if row.seq != 1]
    case = builders.make_case(S.TRANSFERRED, handed=handed, incomplete=True)
    answer = press(builders.staff_client(builders.make_section_head()), "accept_with_gaps", case)
    assert answer.status_code == 409
    assert "gap_main_material" in text_of(answer)


@pytest.mark.ids("L13")
@pytest.mark.parametrize("verb", ["grant", "refuse"])
def test_one_person_does_not_decide_what_two_must_verify(verb):
    case = builders.make_case(S.REVIEWED, builders.TWO_VERIFIERS)
    answer = press(builders.staff_client(builders.empowered(case, verb)), verb, case)
    assert answer.status_code == 409
    assert "two_verifiers" in text_of(answer)


@pytest.mark.ids("L10", "R8")
def test_a_second_notice_asks_for_its_reason():
    case = builders.make_case_for("take_corrections")
    client = builders.staff_client(builders.make_section_head())
    assert "再次告知的理由" in text_of(client.get(page_of("request_corrections", case)))
    answer = press(client, "request_corrections", case)
    assert answer.status_code == 400
    assert "再次告知请写明原因" in text_of(answer)
    assert press(client, "request_corrections", case, reason="又发现平面图没有盖章。").status_code == 302


# The law goes ahead of the record --------------------------------------------------------------------------------------------
@pytest.mark.ids("L10", "T59")
def test_silence_accepts_on_every_page_before_anybody_writes_it_down(clock):
    case = builders.make_transferred_case()
    clock.set("2026-03-18 09:00")
    client = builders.staff_client(builders.make_section_head())
    assert Case.objects.get(pk=case.pk).state == S.TRANSFERRED
    assert standing.effective_state(shown(case), moment.local_date(moment.now())) == S.ACCEPTED
    page = look(client, case)
    assert "已视为受理" in page
    assert "行政许可法第三十二条" in page
    assert "审核中" in page
    assert 'value="review"' in page
    inbox = text_of(client.get(reverse("inbox"), {"stage": "review"}))
    assert case.number in inbox
    assert "逾期未告知，已视为受理" in inbox
    assert case.number not in text_of(client.get(reverse("inbox"), {"stage": "acceptance"}))
    assert Record.objects.filter(kind="deem_accepted").count() == 0


@pytest.mark.ids("D121")
def test_corrections_that_do_not_come_end_the_case_on_every_list(clock):
    case = builders.make_case_for("take_corrections")
    clerk = builders.staff_client(builders.make_clerk())
    assert case.number in text_of(clerk.get(reverse("window_corrections")))
    clock.set("2026-05-20 09:00")
    assert case.number not in text_of(clerk.get(reverse("window_corrections")))
    page = look(clerk, case)
    assert "视为撤回申请" in page
    assert "补正不来" in page


# Lists -----------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D150")
def test_the_asked_unit_finds_the_question_in_its_inbox_and_answers_it_there():
    case = builders.make_case_for("give_opinion")
    client = builders.staff_client(builders.make_section_head(builders.OTHER_UNIT))
    page = text_of(client.get(reverse("inbox_opinions")))
    assert case.number in page
    assert "剩 3 个工作日" in page
    assert '会办意见 <b class="num">1</b>' in page
    assert "请核对该场所的营业执照" in look(client, case)
    assert press(client, "give_opinion", case).status_code == 302
    assert case.number not in text_of(client.get(reverse("inbox_opinions")))
    assert "营业执照真实有效" in look(builders.staff_client(builders.make_section_head()), case)


@pytest.mark.ids("L19")
def test_what_has_no_certificate_and_what_is_under_way_stand_in_the_hand_out_list():
    refused = builders.act("conclude", builders.act("refuse", builders.make_reviewed_case()))
    certified, sent = builders.make_concluded_case(), builders.make_case_for("confirm_courier")
    page = text_of(builders.staff_client(cast.staff_of(cast.HAND_OUT)).get(reverse("window_hand_out")))
    assert refused.number in page
    assert certified.number not in page
    assert sent.number in page
    assert "登记妥投" in page
    inbox = text_of(builders.staff_client(builders.make_section_head()).get(reverse("inbox")))
    assert refused.number not in inbox
    assert certified.number in inbox
