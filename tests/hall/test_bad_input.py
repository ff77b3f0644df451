"""What can't be used is refused with a sentence; what was typed stays, and nothing is half written (design 9; T10, T18, T19, T63)."""

import json
import re
from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from hall import actions
from hall.models import Case
from hall.states import ASKED_UNIT, BY_LAW, HEAD, REGULATOR, VERBS, CaseState
from supervision.identity import id_check_character
from supervision.models import Record
from tests import builders

from . import cast, letter_office
from .contents import contents, grown
from .pages import text_of, values_of
from .typed import case_form, intake_form

pytestmark = pytest.mark.django_db
S = CaseState


@pytest.fixture
def desk() -> Client:
    return signed_in(cast.GENERAL)


def signed_in(role: str) -> Client:
    return builders.staff_client(cast.staff_of(role))


def receive(client: Client, form: dict[str, Any]) -> HttpResponse:
    return client.post(reverse("intake"), form)


def denials(before: int = 0) -> list[dict[str, Any]]:
    rows = Record.objects.filter(kind="denied", id__gt=before).order_by("id")
    return [json.loads(bytes(row.body)) for row in rows]


# The intake form ------------------------------------------------------------------------------------------------------------
def id_number(born: str) -> str:
    body = f"440823{born}221"
    return body + id_check_character(body)


FAULTS = [
    ({"id_number": "440823199003072215"}, "最后一位对不上"),
    ({"id_number": id_number("20270101")}, "出生日期在今天之后"),
    ({"id_number": id_number("19900231")}, "不是真实的出生日期"),
    ({"id_number": "440823900307221"}, "15 位的旧号码"),
    ({"id_number": "44082319900307221"}, "18 位"),
    ({"id_number": ""}, "请填写证件号码"),
    ({"kind": "enterprise", "id_number": "91440823MA4X2B3C1R"}, "最后一位对不上"),
    ({"kind": "enterprise", "id_number": "440823199003072212"}, "统一社会信用代码"),
    ({"kind": "king"}, "申请人类别"),
    ({"phone": "1370000091"}, "手机号是 11 位"),
    ({"phone": "23700000915"}, "第一位是 1"),
    ({"name": "吴"}, "2 个字以上"),
    ({"name": "<b>吴晓明</b>"}, "不能有尖括号"),
    ({"name": "{{7*7}}"}, "花括号"),
    ({"contact_id_number": "440823199003072212"}, "也请填经办人姓名"),
    ({"delivery_way": "pigeon"}, "出件方式"),
    ({"originals-1": ""}, "还缺“公共场所卫生许可新办审批申请表”"),
    ({"originals-1": "many"}, "填 0 到 999 之间的数字"),
    ({"originals-1": "-1"}, "填 0 到 999 之间的数字"),
    ({"originals-1": "1000"}, "填 0 到 999 之间的数字"),
    ({"originals-1": "1e2"}, "填 0 到 999 之间的数字"),
    ({"originals-99": "1"}, "没有第 99 项材料"),
    ({"item": "S999"}, "没有找到这个事项"),
    ({"item": ""}, "没有找到这个事项"),
    ({"unit": "018"}, "没有找到这个事项"),
    ({"unit": "x"}, "没有找到这个事项"),
]


NOT_KEPT = {
    "item",
    "contact_id_number",
}  # a test of its own for an item that is gone; with an agent's name the agent's number is no fault


@pytest.mark.ids("L10", "G16", "T18")
@pytest.mark.parametrize(("wrong", "sentence"), FAULTS, ids=lambda told: str(told)[:60])
def test_a_fault_at_the_intake_is_named_and_nothing_is_written(desk, wrong, sentence):
    form, before = intake_form() | wrong, contents()
    answer = receive(desk, form)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert contents() == before


@pytest.mark.ids("T18")
@pytest.mark.parametrize("wrong", [wrong for wrong, _ in FAULTS if wrong.keys().isdisjoint(NOT_KEPT)], ids=str)
def test_what_was_typed_at_the_intake_is_still_there(desk, wrong):
    """Also the token, so that the mended form is the same form."""
    form = intake_form(contact_name="李代办") | wrong
    kept = values_of(receive(desk, form))
    rows = {name for name in form if re.fullmatch(r"(originals|copies|electronic)-\d+", name)}
    for name in form.keys() - {"verb", "kind", "delivery_way", "unit"} - rows:
        assert kept[name].replace("&lt;", "<").replace("&gt;", ">") == str(form[name]), name
    assert kept["unit"] == intake_form()["unit"]
    assert all(kept[name] == (str(form[name]) or "0") for name in rows if name in kept)


@pytest.mark.ids("D12", "T18")
def test_what_was_typed_is_still_there_when_the_item_is_gone(desk):
    kept, form = values_of(receive(desk, intake_form() | {"item": "NOTHING"})), intake_form()
    for name in ("name", "id_number", "phone", "address"):
        assert kept[name] == str(form[name]), name


@pytest.mark.ids("T63")
def test_an_opinion_for_a_step_that_somebody_else_took_stands_in_the_refusal():
    case = builders.make_accepted_case()
    builders.act("review", case)
    client = builders.staff_client(builders.make_section_head())
    typed = {"verb": "review", "seq": case.record_seq, "opinion": "现场已踏勘，符合要求。"}
    answer = client.post(reverse("case", args=[case.number]), typed)
    assert answer.status_code == 409
    assert "现场已踏勘，符合要求。" in text_of(answer)


@pytest.mark.ids("L10")
def test_all_that_is_missing_is_said_at_once(desk):
    """一次性告知: every missing material and every wrong field in one answer."""
    form = intake_form() | {"originals-1": "0", "originals-3": "0"}
    answer = text_of(receive(desk, form))
    assert answer.count("还缺“") >= 2
    answer = text_of(receive(desk, form | {"phone": "1", "id_number": "1"}))
    assert "11 位" in answer
    assert "18 位" in answer


@pytest.mark.ids("T63", "T58")
def test_a_double_click_is_told_the_number_of_the_first(desk):
    form = intake_form()
    assert receive(desk, form).status_code == 302
    first, before = Case.objects.get(), contents()
    answer = receive(desk, form)
    assert answer.status_code == 409
    assert first.number in text_of(answer)
    assert grown(before, contents()) == {"supervision_record": 1}
    assert [told["facts"]["code"] for told in denials()] == ["already_received"]


REFUSED_AT_THE_INTAKE = {
    "letter revoked": (cast.GENERAL, letter_office.revoked, "letter_revoked"),
    "letter not yet valid": (cast.GENERAL, letter_office.not_yet, "letter_not_yet"),
    "no line": (cast.GENERAL, letter_office.no_line, "letter_missing"),
    "window of another field": (cast.FIELD, letter_office.in_force, "window_field"),
    "hand-out window": (cast.HAND_OUT, letter_office.in_force, "window_kind"),
    "another unit's own window": (cast.OWN_WINDOW_ELSEWHERE, letter_office.in_force, "window_kind"),
}


@pytest.mark.ids("D30", "D36", "T13")
@pytest.mark.parametrize("name", REFUSED_AT_THE_INTAKE)
def test_a_refusal_at_the_intake_is_recorded_once_and_keeps_what_was_typed(name):
    role, happens, code = REFUSED_AT_THE_INTAKE[name]
    client, form = signed_in(role), intake_form()
    happens(VERBS["receive"])
    before = contents()
    answer = receive(client, form)
    assert answer.status_code == 403
    assert values_of(answer)["name"] == form["name"]
    assert grown(before, contents()) == {"supervision_record": 1}
    told = denials()
    assert [(row["facts"]["verb"], row["facts"]["code"]) for row in told] == [("receive", code)]
    assert told[0]["actor"]["name"] == cast.staff_of(role).name


@pytest.mark.ids("D26", "T13")
def test_an_expired_letter_is_named_with_its_last_day(desk, clock):
    letter_office.replace_letter(letter_office.LetterKind.COUNTER, valid=(date(2026, 3, 10), date(2026, 3, 12)))
    clock.set("2026-03-12 09:00")
    answer = receive(desk, intake_form())
    assert answer.status_code == 403
    assert "已于3月11日到期" in text_of(answer)
    assert [told["facts"]["code"] for told in denials()] == ["letter_expired"]


# The verbs of a case --------------------------------------------------------------------------------------------------------
ON_PAGES = [name for name, verb in VERBS.items() if verb.power != BY_LAW and name not in ("submit", "receive")]
MOVING = [name for name in ON_PAGES if VERBS[name].target and VERBS[name].target not in VERBS[name].sources]
REFUSED_AS = {
    "receive": "no_duty",
    "hand_out": "no_duty",
    HEAD: "not_head",
    ASKED_UNIT: "not_asked",
    REGULATOR: "not_regulator",
}


def press(client: Client, verb: str, case: Case, **changed: Any) -> HttpResponse:
    url, form = case_form(verb, case)
    return client.post(url, form | changed)


@pytest.mark.ids("T10")
@pytest.mark.parametrize("verb", [*ON_PAGES, "receive"])
def test_a_foreign_case_is_not_found_and_the_attempt_is_recorded(verb):
    case = builders.make_case_for(verb)
    client = signed_in(cast.ELSEWHERE if verb != "receive" else cast.OWN_WINDOW_ELSEWHERE)
    before = contents()
    answer = press(client, verb, case)
    assert answer.status_code == 404
    assert case.applicant.name not in text_of(answer)
    assert grown(before, contents()) == {"supervision_record": 1}
    assert [told["facts"]["code"] for told in denials()] == ["not_found"]


@pytest.mark.ids("T12", "T13")
@pytest.mark.parametrize("verb", ON_PAGES)
def test_who_sees_a_case_without_the_power_is_forbidden(verb):
    case = builders.make_case_for(verb)
    by_any_post = VERBS[verb].power == REGULATOR  # of the unit: then a clerk has no power
    staff = builders.make_clerk() if by_any_post else builders.make_representative(case.item.department.slug)
    client = builders.staff_client(staff)
    before = contents()
    answer = press(client, verb, case)
    assert answer.status_code == 403
    assert grown(before, contents()) == {"supervision_record": 1}
    (told,) = denials()
    assert told["facts"]["verb"] == verb
    assert told["facts"]["code"] == REFUSED_AS.get(VERBS[verb].power, "letter_stage_missing")
    assert (told["subject"]["table"], told["subject"]["id"]) == ("hall_case", str(case.id))
    assert told["facts"]["code"] in text_of(answer)


@pytest.mark.ids("T63")
@pytest.mark.parametrize("verb", [*MOVING, "receive"])
def test_in_the_wrong_state_or_from_an_old_page_nothing_is_done(verb):
    case = builders.make_case_for(verb)
    client = builders.staff_client(builders.empowered(case, verb))
    before = contents()
    stale = press(client, verb, case, seq=case.record_seq + 1)
    case = builders.act(verb, case)
    moved = contents()
    late = press(client, verb, case)
    assert (stale.status_code, late.status_code) == (409, 409)
    codes = [told["facts"]["code"] for told in denials()]
    assert codes == ["stale_form", "wrong_state"]
    assert before != moved
    assert grown(moved, contents()) == {"supervision_record": 1}


@pytest.mark.ids("T63")
def test_what_was_typed_stays_when_the_page_was_old_and_the_next_try_is_taken():
    case = builders.make_accepted_case()
    client = builders.staff_client(builders.make_section_head())
    answer = press(client, "review", case, seq=0, opinion="材料齐全，现场看过。")
    assert answer.status_code == 409
    assert "材料齐全，现场看过。" in text_of(answer)
    assert press(client, "review", case, seq=values_of(answer)["seq"]).status_code == 302


@pytest.mark.ids("T13")
def test_what_was_typed_stays_when_the_letter_was_revoked_meanwhile():
    case, client = builders.make_accepted_case(), signed_in(cast.SECTION)
    letter_office.revoke(letter_office.LetterKind.SIGNING)
    answer = press(client, "review", case, opinion="材料齐全，现场看过。")
    assert answer.status_code == 403
    assert "材料齐全，现场看过。" in text_of(answer)


@pytest.mark.parametrize(
    ("verb", "wrong", "sentence"),
    [
        ("review", {"opinion": ""}, "请填写意见"),
        ("grant", {"opinion": "字" * 2001}, "最多 2000 个字"),
        ("accept", {"opinion": "字" * 501}, "最多 500 个字"),
        ("hand_out", {"recipient": "王冒领"}, "领取人要与登记的一致"),
        ("hand_out", {"relation": "neighbour"}, "与申请人关系"),
        ("transfer", {"seq": "two"}, "整数"),
        ("transfer", {"seq": ""}, "必填"),
    ],
)
def test_a_fault_at_a_verb_is_named_and_nothing_is_written(verb, wrong, sentence):
    case = builders.make_case_for(verb)
    client = builders.staff_client(builders.empowered(case, verb))
    before = contents()
    answer = press(client, verb, case, **wrong)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert contents() == before


@pytest.mark.ids("T12")
@pytest.mark.parametrize("verb", ["", "submit", "delete", "_act", "__class__", "hand_out "])
def test_a_verb_that_does_not_exist_is_not_found(desk, verb):
    case = builders.make_received_case()
    assert desk.post(reverse("case", args=[case.number]), {"verb": verb, "seq": 1}).status_code == 404


@pytest.mark.ids("T14")
def test_fields_that_no_form_has_are_never_stored(desk):
    given = {
        "state": "delivered",
        "number": "1",
        "received_at": "2020-01-01",
        "promised": "x",
        "handler": "x",
        "channel": "online",
    }
    assert receive(desk, intake_form() | given).status_code == 302
    case = Case.objects.get()
    assert (case.state, case.channel, case.handler_id, case.promised_id) == (S.RECEIVED, "hall", None, None)
    assert press(desk, "transfer", case, **given, person_id="x", line_id="x").status_code == 302
    assert Case.objects.get().state == S.TRANSFERRED
    assert actions.intake.query_code_of(Case.objects.get()) not in ("", "x")
