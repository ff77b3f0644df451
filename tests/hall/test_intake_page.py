"""The intake when something is missing: what may follow later, and the applicant who insists (行政许可法 32; L10, L37)."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from hall.models import Case
from hall.states import CaseState
from supervision import papers
from supervision.models import Paper
from tests import builders

from . import cast
from .pages import text_of
from .typed import GAP, intake_form

pytestmark = pytest.mark.django_db
WITHOUT_GAP = {f"originals-{GAP}": "0"}
WITHOUT_MAIN = {"originals-1": "0"}


@pytest.fixture
def desk() -> Client:
    return builders.staff_client(cast.staff_of(cast.GENERAL))


def preview(desk: Client, **changed: Any) -> str:
    return text_of(desk.post(reverse("intake_preview"), intake_form(**changed)))


def receive(desk: Client, **changed: Any) -> int:
    return desk.post(reverse("intake"), intake_form(**changed)).status_code


def materials_on_the_slip() -> dict[str, str]:
    facts = json.loads(papers.facts_of(Paper.objects.get(kind="receipt_slip")))
    return {row["name"]: row["status"] for row in facts["materials"]}


@pytest.mark.ids("L37")
def test_with_only_secondary_materials_missing_the_button_says_gaps_and_the_slip_lists_them(desk):
    page = preview(desk, **WITHOUT_GAP)
    assert "容缺收件并打印凭证" in page
    assert "卫生管理制度，是次要材料，可以后补" in page
    assert "缺，可容缺" in page
    assert receive(desk, **WITHOUT_GAP) == 302
    assert Case.objects.get().state == CaseState.RECEIVED
    assert materials_on_the_slip()["卫生管理制度"] == "缺"


@pytest.mark.ids("L10")
def test_with_a_main_material_missing_the_applicant_may_insist_and_is_told_what_follows(desk):
    assert "还不能收件" in preview(desk, **WITHOUT_MAIN)
    assert receive(desk, **WITHOUT_MAIN) == 400
    page = preview(desk, **WITHOUT_MAIN, incomplete="on")
    assert "可以先收件" in page
    assert "5 个工作日内一次性告知" in page
    assert receive(desk, **WITHOUT_MAIN, incomplete="on") == 302
    assert materials_on_the_slip()["公共场所卫生许可新办审批申请表"] == "缺"


@pytest.mark.ids("L10")
def test_the_tick_of_who_insists_stays_when_something_else_is_wrong(desk):
    form = intake_form(**WITHOUT_MAIN, incomplete="on", phone="1")
    page = text_of(desk.post(reverse("intake"), form))
    tick = page[page.index('id="id_incomplete"') :].split(">")[0]
    assert "checked" in tick


@pytest.mark.ids("L10")
def test_who_filed_online_may_insist_at_the_window(desk):
    case = builders.make_submitted_case()
    form = {"verb": "receive", "seq": case.record_seq, "item": builders.ITEM, "originals-1": "0"}
    address = f"{reverse('intake')}?case={case.number}"
    assert desk.post(address, form).status_code == 400
    assert desk.post(address, {**form, "incomplete": "on"}).status_code == 302


@pytest.mark.ids("L35", "L36")
def test_electronic_delivery_is_offered_and_kept(desk):
    page = text_of(desk.get(reverse("intake"), {"item": builders.ITEM}))
    assert "电子送达" in page
    assert receive(desk, delivery_way="electronic") == 302
    assert Case.objects.get().delivery_way == "electronic"
