"""Filing a case from outside: what is written, what is refused, what the log says."""

import json
from datetime import date

import pytest

from catalog import queries as catalog
from catalog.models import MaterialSource, Necessity
from hall import actions
from hall.models import Act, Applicant, ApplicantKind, Case, CaseMaterial, Channel, IdempotentAnswer
from hall.states import CaseState
from supervision import identity, moment, protection, receipts
from supervision.models import Receipt, Record
from tests import builders
from tests.hall.api.caller import (
    CREDIT_CODE,
    ID_NUMBER,
    Caller,
    applicant,
    application,
    denials,
    make_caller,
    pointers_of,
    problem_of,
)  # fmt: skip

pytestmark = pytest.mark.django_db
POSTAL = {"recipient": "吴晓明", "phone": "+86 13700000915", "address": "遂溪县遂城镇金丝雀路 88 号"}
OF_A_PERSON_NOT_YET_BORN = "44082320260311001"


def test_a_filed_case_waits_for_a_window(portal: Caller) -> None:
    body = application()
    response = portal.submit(body)
    assert response.status_code == 201, response.content.decode()
    told = response.json()
    case = Case.objects.select_related("applicant").get(number=told["number"])
    assert (case.state, case.channel, case.opened_at) == (CaseState.SUBMITTED, Channel.ONLINE, moment.now())
    assert (case.source_system, case.source_number) == ("city-portal", body["source_number"])
    assert case.applicant.name == "吴晓明"
    assert told == {
        "number": case.number,
        "state": "submitted",
        "item": {"key": builders.ITEM, "name": builders.version_of().name},
        "source_number": body["source_number"],
        "opened_at": "2026-03-10T10:42:00+08:00",
        "query_code": actions.intake.query_code_of(case),
        "progress": f"/api/v1/cases/{case.number}/progress/",
        "receipt": receipts.told(Receipt.objects.get(subject_id=case.id, record_seq=1)),
    }
    assert response.headers["Location"] == told["progress"]


def test_the_window_receives_what_was_filed(portal: Caller) -> None:
    number = portal.submit().json()["number"]
    case = builders.act("receive", Case.objects.select_related("item").get(number=number))
    assert case.state == CaseState.RECEIVED


@pytest.mark.ids("T38", "T44")
def test_the_record_names_the_program_and_nobody_else(portal: Caller) -> None:
    number = portal.submit().json()["number"]
    body = bytes(Record.objects.get(kind="submit", subject_id=Case.objects.get(number=number).id).body).decode()
    assert json.loads(body)["actor"] == {"name": "市政务服务网", "client": "city-portal", "terminal": "127.0.0.1"}
    assert ID_NUMBER not in body
    assert "吴晓明" not in body


def test_an_enterprise_files_with_its_credit_code_and_an_agent(portal: Caller) -> None:
    firm = applicant(
        kind="enterprise", name="遂溪县示例旅馆有限公司", id_number=CREDIT_CODE,
        contact_name="吴晓明", contact_id_number=ID_NUMBER,
    )  # fmt: skip
    response = portal.submit(application(applicant=firm, delivery_way="courier", postal=POSTAL))
    assert response.status_code == 201, response.content.decode()
    case = Case.objects.select_related("applicant").get(number=response.json()["number"])
    assert (case.applicant.kind, case.applicant.contact_name) == (ApplicantKind.ENTERPRISE, "吴晓明")


@pytest.mark.ids("D167", "L19")
def test_what_shall_come_by_post_names_to_whom_and_where(portal: Caller) -> None:
    """Each of the three that is missing is named; nobody's address is kept for another way."""
    told = problem_of(portal.submit(application(delivery_way="courier")), 400, "postal_missing")
    assert pointers_of(told) == dict.fromkeys(
        ("#/postal/recipient", "#/postal/phone", "#/postal/address"), "postal_missing"
    )
    told = problem_of(
        portal.submit(application(delivery_way="courier", postal=POSTAL | {"address": ""})), 400, "postal_missing"
    )
    assert pointers_of(told) == {"#/postal/address": "postal_missing"}
    told = problem_of(portal.submit(application(postal=POSTAL)), 400, "postal_unneeded")
    assert pointers_of(told) == {"#/postal/address": "postal_unneeded"}
    told = problem_of(
        portal.submit(application(delivery_way="courier", postal=POSTAL | {"phone": "1"})), 400, "invalid"
    )
    assert pointers_of(told) == {"#/postal/phone": "mobile_length"}
    assert Case.objects.count() == 0
    number = portal.submit(application(delivery_way="courier", postal=POSTAL)).json()["number"]
    found = Applicant.objects.get(case__number=number)
    sealed = {"table": "hall_applicant", "column": "postal_phone", "row": found.id}
    assert protection.unseal(found.postal_phone, **sealed) == "13700000915"


def test_what_can_be_put_right_is_put_right(portal: Caller) -> None:
    typed = applicant(id_number="４４０８２３ 19900307 2212", phone="+86 137-0000-0915", name=" 吴晓明 ")
    number = portal.submit(application(applicant=typed)).json()["number"]
    found = Applicant.objects.get(case__number=number)
    assert found.id_number_index == protection.blind_index(ID_NUMBER, purpose="id_number")
    assert found.name == "吴晓明"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"id_number": "440823199003072215"}, "id_number_check_digit"),
        ({"id_number": "440823199002302212"}, "id_number_date"),
        ({"id_number": OF_A_PERSON_NOT_YET_BORN + identity.id_check_character(OF_A_PERSON_NOT_YET_BORN)}, "id_number_future"),
        ({"id_number": "440823900307221"}, "id_number_old"),
        ({"id_number": CREDIT_CODE}, "id_number_characters"),
        ({"kind": "enterprise", "id_number": ID_NUMBER}, "credit_code_check_digit"),
        ({"kind": "enterprise", "id_number": "00877868-5"}, "credit_code_old"),
        ({"phone": "1370000091"}, "mobile_length"),
        ({"phone": "0759-0010001"}, "mobile_first_digit"),
        ({"name": "<b>吴</b>"}, "name_characters"),
        ({"name": "吴"}, "name_short"),
        ({"contact_id_number": "1", "contact_name": "吴晓明"}, "id_number_length"),
        ({"contact_id_number": ID_NUMBER}, "contact_name_missing"),
        ({"kind": "robot"}, "invalid_choice"),
        ({"name": "吴\x00晓明"}, "unseen"),
        ({"name": "吴\u202e明晓"}, "unseen"),
        ({"name": "吴\ud800"}, "unseen"),
        ({"name": "吴" * 201}, "max_length"),
        ({"name": "x" * 1_048_576}, "max_length"),
        ({"name": 12}, "invalid"),
        ({"name": None}, "null"),
        ({"name": ["吴晓明"]}, "invalid"),
        ({"phone": 13700000915}, "invalid"),
    ],
)  # fmt: skip
@pytest.mark.ids("T18")
def test_a_fault_of_the_applicant_is_named_by_its_place(portal: Caller, given: dict, code: str) -> None:
    told = problem_of(portal.submit(application(applicant=applicant(**given))), 400, "invalid")
    place = {"contact_name_missing": "contact_name"}.get(code, next(iter(given)))
    place = "id_number" if "id_number" in given else place
    assert pointers_of(told) == {f"#/applicant/{place}": code}
    assert Case.objects.count() == 0


def test_an_id_number_of_tomorrow_is_good_tomorrow(portal: Caller, clock) -> None:  # type: ignore[no-untyped-def]
    number = OF_A_PERSON_NOT_YET_BORN + identity.id_check_character(OF_A_PERSON_NOT_YET_BORN)
    clock.forward(days=1)
    assert moment.local_date(moment.now()) == date(2026, 3, 11)
    assert portal.submit(application(applicant=applicant(id_number=number))).status_code == 201


@pytest.mark.parametrize("missing", ["item", "applicant", "delivery_way", "source_number"])
def test_a_field_that_is_needed_is_named(portal: Caller, missing: str) -> None:
    body = {name: value for name, value in application().items() if name != missing}
    assert pointers_of(problem_of(portal.submit(body), 400, "invalid")) == {f"#/{missing}": "required"}


@pytest.mark.ids("T14")
def test_no_field_of_a_row_can_be_slipped_in(portal: Caller) -> None:
    """Every field of every model that filing writes, at the top and inside: refused by name, nothing stored."""
    own = {"item", "applicant", "delivery_way", "postal", "source_number", "materials"}
    told = problem_of(portal.submit(application() | _fields(Case, own)), 400, "invalid")
    assert pointers_of(told) == dict.fromkeys((f"#/{name}" for name in _fields(Case, own)), "unknown_field")
    own = set(applicant()) | {"address", "contact_name", "contact_id_number"}
    told = problem_of(portal.submit(application(applicant=applicant() | _fields(Applicant, own))), 400, "invalid")
    assert set(pointers_of(told).values()) == {"unknown_field"}
    for model in (CaseMaterial, Act, IdempotentAnswer):
        row = {"seq": 1, "originals": 1} | _fields(model, {"seq", "originals", "copies", "electronic"})
        told = problem_of(portal.submit(application(materials=[row])), 400, "invalid")
        assert all(pointer.startswith("#/materials/0/") for pointer in pointers_of(told))
    assert Case.objects.count() == 0


def _fields(model: type, own: set[str]) -> dict[str, str]:
    return {field.name: "delivered" for field in model._meta.concrete_fields if field.name not in own}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"seq": 0}, "min_value"),
        ({"seq": "1"}, "invalid"),
        ({"seq": 1.0}, "invalid"),
        ({"seq": True}, "invalid"),
        ({"seq": 10**30}, "max_value"),
        ({"seq": 1, "originals": -1}, "min_value"),
        ({"seq": 1, "copies": 40_000}, "max_value"),
        ({"seq": 1, "electronic": "yes"}, "invalid"),
        ({"seq": 1, "electronic": 1}, "invalid"),
        ({}, "required"),
        ([], "invalid"),
    ],
)
def test_a_fault_of_a_material_is_named_by_its_place(portal: Caller, row: object, code: str) -> None:
    told = problem_of(portal.submit(application(materials=[row])), 400, "invalid")
    assert [fault["code"] for fault in told["errors"]] == [code]
    assert told["errors"][0]["pointer"].startswith("#/materials/0")


def test_a_material_told_twice(portal: Caller) -> None:
    told = problem_of(portal.submit(application(materials=[{"seq": 1}, {"seq": 4}, {"seq": 1}])), 400, "invalid")
    assert pointers_of(told) == {"#/materials/2/seq": "material_twice"}


@pytest.mark.ids("L34", "D118", "G16")
def test_what_is_missing_is_told_at_once(portal: Caller) -> None:
    """All that is missing in one answer, by its place if it was named; what the government holds is not asked for."""
    asked = (
        builders.version_of().materials.exclude(necessity=Necessity.OPTIONAL).exclude(source=MaterialSource.GOVERNMENT)
    )
    _, second, *others = asked.values_list("seq", flat=True)
    told = problem_of(portal.submit(application(materials=[{"seq": second}])), 400, "material_missing")
    assert {fault["pointer"] for fault in told["errors"]} == {"#/materials/0", "#/materials"}
    assert len(told["errors"]) == 2 + len(others)
    assert told["rules"]


def test_a_material_that_the_guide_does_not_have(portal: Caller) -> None:
    body = application()
    body["materials"].append({"seq": 99, "copies": 1})
    told = problem_of(portal.submit(body), 400, "material_unknown")
    assert pointers_of(told) == {f"#/materials/{len(body['materials']) - 1}": "material_unknown"}


def test_an_item_that_nobody_knows(portal: Caller) -> None:
    told = problem_of(portal.submit(application() | {"item": "NOTHING"}), 400, "unknown_item")
    assert (pointers_of(told), told["rules"]) == ({"#/item": "unknown_item"}, ["D12"])
    assert [(row["facts"]["verb"], row["facts"]["code"]) for row in denials()] == [("submit", "unknown_item")]


def test_an_item_that_is_not_online(portal: Caller) -> None:
    offline = catalog.in_use(date(2026, 3, 10)).filter(is_online=False).values_list("item__key", flat=True).first()
    assert offline
    told = problem_of(portal.submit(application(offline)), 400, "not_online")
    assert told["remedy"]


@pytest.mark.ids("T32")
def test_a_source_number_serves_once_for_ever(portal: Caller) -> None:
    body = application()
    assert portal.submit(body).status_code == 201
    told = problem_of(portal.submit(body), 409, "source_number_used")
    assert pointers_of(told) == {"#/source_number": "source_number_used"}
    assert Case.objects.count() == 1
    other = make_caller("other-portal")
    assert other.submit(body).status_code == 201


def test_bad_input_leaves_no_trace_in_the_log(portal: Caller) -> None:
    portal.submit(application(applicant=applicant(phone="1")))
    assert denials() == []
