"""What citizens see without signing in: progress by number and code, and whether a paper is genuine (D41, T15, T37)."""

import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from redis.exceptions import ConnectionError as NoConnection

from hall.actions.intake import query_code_of
from hall.models import Case
from hall.states import CaseState
from supervision import log, moment, numbers, protection
from supervision.models import Paper, PaperFile
from supervision.writing import write
from tests import builders

from .contents import contents
from .pages import text_of, without_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
S = CaseState

NAME, AGENT = "欧阳金丝雀", "司徒代办"
SECRETS = {
    "id_number": "440823199003072212",
    "phone": "13700000915",
    "address": "遂城镇金丝雀路 7 号",
    "contact_id_number": "440823198805121219",
}
# What the page says first, in every state.
ANSWERS = {
    S.SUBMITTED: "已经提交，",
    S.RECEIVED: "正在转交承办单位",
    S.TRANSFERRED: "等承办单位决定是否受理",
    S.ACCEPTED: "正在审核，",
    S.REVIEWED: "正在审批，",
    S.DECIDED: "已经准予，",
    S.CONCLUDED: "正在制证",
    S.CERTIFICATE_MADE: "结果正送往大厅",
    S.READY: "可以来取",
    S.DELIVERED: "已送达",
    S.CORRECTION_REQUIRED: "材料要补正，",
    S.DECLINED: "没有受理，",
    S.NOT_REQUIRED: "不用办，",
    S.CORRECTION_LAPSED: "没有补正，",
    S.FORWARDED_UP: "已转报上级机关",
    S.WITHDRAWN: "申请已经撤回，",
    S.VOIDED: "已作废，",
    S.REVOKED: "准予的决定，",
}


def case_in(state: CaseState) -> Case:
    return builders.make_case(state, applicant=builders.make_applicant(name=NAME, contact_name=AGENT, **SECRETS))


def ask(client: Client, number: str, code: str) -> HttpResponse:
    return client.post(reverse("public_progress"), {"number": number, "code": code})


def page_of(case: Case) -> str:
    client = Client()
    opened = ask(client, case.number, query_code_of(case))
    assert (opened.status_code, opened["Location"]) == (302, reverse("public_progress_case", args=[case.number]))
    return text_of(client.get(opened["Location"]))


def other(code: str) -> str:
    """A code of the same shape that is not this one."""
    return ("3" if code[0] == "2" else "2") + code[1:]


# Progress -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D41", "T15")
@pytest.mark.parametrize("state", S)
def test_number_and_code_open_the_progress_in_every_state(state):
    case = case_in(state)
    page = page_of(case)
    headline = re.search(r"<h1>.*?</h1>", page, re.DOTALL)
    assert headline is not None
    assert [told for told, answer in ANSWERS.items() if answer in headline[0]] == [state]
    assert case.version.name in page
    assert "欧×××雀" in page
    for secret in (NAME, AGENT, *SECRETS.values(), query_code_of(case), "440823********2212"):
        assert secret not in page


def headline_of(page: str) -> str:
    found = re.search(r"<h1>.*?</h1>", page, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.ids("L20", "D41")
def test_time_that_stands_still_says_why_in_one_sentence():
    case = builders.make_case_for("resume")
    page = page_of(case)
    assert "等检测结果" in headline_of(page)
    assert (
        "3月10日（周二）起等检测结果，预计4月8日（周三）有结果；这段时间不计入办理期限（行政许可法第四十五条）。"
        in page
    )
    assert "已停表" in page
    builders.act("resume", case, now=builders.at("2026-03-20 10:00"))
    page = page_of(Case.objects.get(pk=case.pk))
    assert "3月10日（周二）至3月20日（周五）等检测结果" in page


@pytest.mark.ids("L20", "D41")
@pytest.mark.parametrize("verb", ["withdraw", "void"])
def test_of_a_case_that_ended_while_time_stood_still_no_result_is_awaited(verb):
    case = builders.make_case_for("resume")
    builders.act(verb, case)
    page = page_of(Case.objects.get(pk=case.pk))
    assert "等检测结果" not in page
    assert "停表" not in page
    staff = builders.staff_client(builders.make_section_head())
    assert "正在停表" not in text_of(staff.get(reverse("case", args=[case.number])))


@pytest.mark.ids("L10", "D41")
def test_what_has_to_be_brought_is_named_with_its_last_day():
    page = page_of(builders.make_case_for("take_corrections"))
    assert "请最迟在4月9日（周四）把要补正的材料交到大厅综合服务窗口：卫生管理制度" in page
    gaps = page_of(builders.make_case_for("supply_gaps"))
    assert "把您承诺后补的材料交到大厅综合服务窗口：卫生管理制度" in gaps


@pytest.mark.ids("L10", "T59")
def test_silence_accepts_before_anybody_writes_it_down(clock):
    case = case_in(S.TRANSFERRED)
    clock.set("2026-03-18 09:00")
    page = page_of(case)
    assert "正在审核，" in headline_of(page)
    assert "依法视为受理" in page
    assert Case.objects.get(pk=case.pk).state == S.TRANSFERRED


@pytest.mark.ids("T59")
def test_corrections_that_did_not_come_end_the_case_before_anybody_writes_it_down(clock):
    case = builders.make_case_for("take_corrections")
    clock.set("2026-05-20 09:00")
    assert "没有补正，" in headline_of(page_of(case))
    assert Case.objects.get(pk=case.pk).state == S.CORRECTION_REQUIRED


@pytest.mark.ids("L15")
def test_a_refusal_never_reads_as_granted():
    case = builders.act("refuse", builders.make_reviewed_case())
    assert "没有准予，" in headline_of(page_of(case))
    ready = builders.bring(builders.act("conclude", case), S.CONCLUDED)
    ready = builders.act("make_ready", ready)
    page = page_of(ready)
    assert "没有准予，" in headline_of(page)
    assert "可以来取" in headline_of(page)


@pytest.mark.ids("L19")
def test_what_is_on_its_way_is_told_with_its_number():
    page = page_of(builders.make_case_for("confirm_courier"))
    assert "已经寄出" in headline_of(page)
    assert "1234567890123" in page


@pytest.mark.ids("D44")
def test_the_page_names_the_day_by_which_it_will_be_done():
    case = case_in(S.ACCEPTED)
    assert case.promised.due_on.isoformat() == "2026-03-17"
    assert "3月17日" in page_of(case)


@pytest.mark.ids("T37")
def test_the_code_of_the_slip_opens_from_its_qr_and_stands_in_no_address_afterwards(client):
    case = case_in(S.RECEIVED)
    code = query_code_of(case)
    opened = client.get(reverse("public_progress_open", args=[case.number, code]))
    assert opened["Location"] == reverse("public_progress_case", args=[case.number])
    assert code not in opened["Location"]
    assert code not in opened.cookies[f"progress_{case.number}"].value
    assert client.get(opened["Location"]).status_code == 200


@pytest.mark.ids("T37")
def test_codes_are_read_as_people_write_them(client):
    case = case_in(S.RECEIVED)
    spaced = f"{case.number[:3]} {case.number[3:11]} {case.number[11:]}"
    assert ask(client, spaced, f" {query_code_of(case).lower()} ").status_code == 302


@pytest.mark.ids("T37")
def test_the_number_alone_reveals_nothing(client):
    """A case that exists and one that does not are answered alike, whatever is asked without the code."""
    case = case_in(S.ACCEPTED)
    body = case.number[:11] + "177777"
    unknown = next(body + digit for digit in "0123456789" if numbers.is_case_number(body + digit))
    told = []
    for number in (case.number, unknown):
        answers = [
            client.get(reverse("public_progress_case", args=[number])),
            client.get(reverse("public_progress_open", args=[number, "ABCDEFGH"])),
            ask(client, number, "ABCDEFGH"),
            ask(client, number, ""),
        ]
        told.append([(a.status_code, a.get("Location", ""), without_token(a).replace(number, "…")) for a in answers])
    assert told[0] == told[1]
    assert [status for status, _, _ in told[0]] == [302, 302, 400, 400]


@pytest.mark.ids("T37")
def test_a_wrong_code_is_said_at_its_field_and_what_was_typed_stays(client):
    case, before = case_in(S.RECEIVED), contents()
    answer = ask(client, case.number, other(query_code_of(case)))
    assert answer.status_code == 400
    assert "编号和查询码对不上" in text_of(answer)
    assert case.number in text_of(answer)
    assert contents() == before


@pytest.mark.ids("T37")
@pytest.mark.parametrize("by", ["form", "address"])
def test_ten_wrong_codes_close_the_number_even_to_the_right_one(client, by):
    case, free = case_in(S.RECEIVED), case_in(S.RECEIVED)
    right = query_code_of(case)
    for tried in range(1, 11):
        if by == "form":
            said = text_of(ask(client, case.number, other(right)))
            assert ("15 分钟后再试" if tried == 10 else "编号和查询码对不上") in said
        else:
            client.get(reverse("public_progress_open", args=[case.number, other(right)]))
    answer = ask(client, case.number, right)
    assert answer.status_code == 400
    assert "15 分钟后再试" in text_of(answer)
    assert client.get(reverse("public_progress_open", args=[case.number, right]))["Location"] == reverse(
        "public_progress"
    )
    assert ask(client, free.number, query_code_of(free)).status_code == 302
    cache.clear()
    assert ask(client, case.number, right).status_code == 302


@pytest.mark.ids("T37", "T60")
def test_without_the_broker_the_page_still_opens(client, monkeypatch):
    def gone(*args: Any, **words: Any) -> None:
        raise NoConnection

    case = case_in(S.RECEIVED)
    for name in ("get", "add", "incr"):
        monkeypatch.setattr(cache, name, gone)
    assert ask(client, case.number, other(query_code_of(case))).status_code == 400
    assert ask(client, case.number, query_code_of(case)).status_code == 302


@pytest.mark.ids("T37")
def test_the_cookie_opens_one_case_and_only_as_it_was_given(client):
    case, neighbour = case_in(S.RECEIVED), case_in(S.RECEIVED)
    ask(client, case.number, query_code_of(case))
    given = client.cookies[f"progress_{case.number}"].value
    page = reverse("public_progress_case", args=[case.number])
    client.cookies[f"progress_{neighbour.number}"] = given
    assert client.get(reverse("public_progress_case", args=[neighbour.number])).status_code == 302
    client.cookies[f"progress_{case.number}"] = given[:-1] + ("A" if given[-1] != "A" else "B")
    assert client.get(page).status_code == 302
    client.cookies[f"progress_{case.number}"] = given
    assert client.get(page).status_code == 200


@pytest.mark.ids("T37")
def test_every_case_has_a_code_of_its_own_that_can_not_be_guessed_from_it():
    cases = [case_in(S.RECEIVED) for _ in range(5)]
    codes = {query_code_of(case) for case in cases}
    assert len(codes) == 5
    assert all(re.fullmatch(r"[2-9A-HJKMNP-Z]{8}", code) for code in codes)
    assert not any(code in case.number for code in codes for case in cases)


# Papers ---------------------------------------------------------------------------------------------------------------------
PAPERS = ["receipt_slip", "transfer_slip", "acceptance_notice", "decision", "certificate", "delivery_receipt"]


def print_it(paper: Paper) -> str:
    """What the worker leaves: bytes under the paper's own key, with their record."""
    key = bytes.fromhex(protection.unseal(paper.file_key, table="supervision_paper", column="file_key", row=paper.id))
    made = log.entry("paper_rendered", log.Subject("supervision_paper", paper.id), actor=log.SYSTEM, now=moment.now())
    data = protection.encrypt_file(key, b"%PDF-1.7", row=paper.id)
    write(made.record, PaperFile(paper=paper, rendered_at=moment.now(), pdf_hash="ab" * 32, data=data))
    return "ab" * 32


@pytest.mark.ids("T15")
@pytest.mark.parametrize("kind", PAPERS)
def test_a_genuine_paper_is_confirmed_without_any_personal_data(client, kind):
    case = case_in(S.DELIVERED)
    paper = Paper.objects.get(subject_id=case.id, kind=kind)
    for answer in (
        client.get(reverse("public_paper", args=[paper.check_code])),
        client.get(reverse("public_check"), {"code": f" {paper.check_code.lower()} "}),
    ):
        page = text_of(answer)
        assert answer.status_code == 200
        assert "这份文书是本大厅发出的" in page
        assert paper.title in page
        assert paper.number in page
        assert "2026年3月10日" in page
        for secret in (NAME, AGENT, *SECRETS.values(), query_code_of(case)):
            assert secret not in page


def test_the_check_names_the_hash_of_the_file_once_it_is_printed(client):
    paper = Paper.objects.get(subject_id=case_in(S.RECEIVED).id)
    address = reverse("public_paper", args=[paper.check_code])
    assert "SHA-256" not in text_of(client.get(address))
    digest = print_it(paper)
    assert digest in re.sub(r"<[^>]+>|\s", "", text_of(client.get(address)))


@pytest.mark.parametrize("code", ["7F3K-9Q2M-X8WD", "7F3K", "-", "%"])
def test_a_code_that_no_paper_has_is_said_plainly(client, code):
    answer = client.get(reverse("public_check"), {"code": code})
    assert answer.status_code == 200
    assert "没有这个核验码" in text_of(answer)


def test_no_code_is_asked_for(client):
    assert "请填写核验码" in text_of(client.get(reverse("public_check"), {"code": " "}))


@pytest.mark.ids("T10", "T15")
def test_a_printed_paper_opens_to_who_may_see_its_case_and_to_nobody_else(client):
    case = case_in(S.RECEIVED)
    paper = Paper.objects.get(subject_id=case.id)
    address = reverse("paper", args=[paper.id])
    clerk, stranger = (
        builders.staff_client(who) for who in (builders.make_clerk(), builders.make_section_head("civil-affairs"))
    )
    assert clerk.get(address)["Location"] == reverse("case", args=[case.number])
    print_it(paper)
    shown = clerk.get(address)
    assert (shown.status_code, shown.content, shown["Content-Type"]) == (200, b"%PDF-1.7", "application/pdf")
    assert NAME not in shown["Content-Disposition"]
    assert stranger.get(address).status_code == 404
    assert client.get(address).status_code == 302


@pytest.mark.ids("T57", "D41")
def test_every_paper_of_a_case_has_a_code_and_a_number_of_its_own():
    case = case_in(S.DELIVERED)
    papers = list(Paper.objects.filter(subject_id=case.id))
    assert sorted(paper.kind for paper in papers) == sorted(PAPERS)
    assert len({paper.check_code for paper in papers}) == len({(paper.kind, paper.number) for paper in papers}) == 6
    told = [json.loads(bytes(record.body)) for record in log.records_of("hall_case", case.id)]
    registered = [row["facts"]["paper"] for row in told if "paper" in row["facts"]]
    assert {(row["number"], row["facts"]) for row in registered} == {
        (paper.number, paper.facts_hash) for paper in papers
    }
