"""The frame on which all tests stand is able to fail, and leaves nothing of one test to the next."""

from datetime import timedelta

import pytest
from django.contrib.staticfiles import storage
from django.db import IntegrityError, connection, transaction
from django.template import Context, engines

from hall.models import Case
from hall.states import CaseState
from supervision import clocks, moment
from supervision.refusals import Refusal
from supervision.typesetting import ENGINE

from . import builders
from .conftest import Clock, optional_inputs

CASTING = (
    builders.make_clerk,
    builders.make_field_clerk,
    builders.make_hand_out_clerk,
    builders.make_dedicated_clerk,
    builders.make_section_head,
    builders.make_leader,
    builders.make_main_leader,
    builders.make_representative,
    builders.make_supervisor,
)


# Pages ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("source", ["{{ nobody }}", "{{ nobody.name|default:'–' }}", "{% include nobody %}"])
def test_an_undefined_variable_fails_in_pages_and_papers(source: str) -> None:
    for engine in (engines["django"].engine, ENGINE):
        with pytest.raises(pytest.fail.Exception, match="nobody"):
            engine.from_string(source).render(Context())


def test_an_undefined_name_fails_in_a_condition_too() -> None:
    """`{% if fautls %}` would be false for ever; an input that its component calls optional may be left out."""
    summary = engines["django"].get_template("components/error_summary.html")
    with pytest.raises(pytest.fail.Exception, match="faults"):
        summary.render({"undone": "还没有收件"})
    told = {"faults": [{"href": "", "label": "", "sentence": "请填写申请人。"}], "undone": "还没有收件"}
    assert "请填写申请人。" in summary.render(told)


def test_optional_inputs_are_read_from_the_header() -> None:
    header = "{# Terms. Inputs: facts = list of (term, value) · wide bool, optional: two a row · note str, optional #}"
    assert optional_inputs(header) == {"wide", "note"}


def test_a_static_file_that_does_not_exist_fails() -> None:
    assert storage.staticfiles_storage.url("hall/theme.css") == "/static/hall/theme.css"
    with pytest.raises(pytest.fail.Exception, match="no such static file"):
        storage.staticfiles_storage.url("hall/them.css")


@pytest.mark.parametrize(
    "words",
    [
        ("WrongState", "已经收过件了。"),
        ("wrong_state", "Not now."),
        ("wrong_state", "已经收过件了"),
        ("ok", "好。", (), "重来"),
    ],
)
def test_a_refusal_that_is_no_sentence_fails(words) -> None:
    with pytest.raises(pytest.fail.Exception):
        Refusal(*words)


# Time and database ----------------------------------------------------------------------------------------------------
def test_business_time_stands_still_until_it_is_moved(clock: Clock) -> None:
    """The wall clock goes on by itself (design decision 5)."""
    assert moment.now() == moment.now() == builders.at("2026-03-10 10:42")
    clock.forward(days=2, hours=1)
    assert moment.local(moment.now()).isoformat() == "2026-03-12T11:42:00+08:00"
    assert moment.wall() - moment.now() > timedelta(days=1)


def test_the_clock_begins_anew_in_every_test(clock: Clock) -> None:
    assert moment.local_date(clock.now()).isoformat() == "2026-03-10"


def test_a_builder_that_writes_silently_is_found_out(db: None) -> None:
    """T48: what the teardown of every test asks, asked by hand."""
    case = builders.make_received_case()
    connection.check_constraints()
    with pytest.raises(IntegrityError, match="record"), transaction.atomic():
        Case.objects.filter(pk=case.pk).update(state=CaseState.DELIVERED)
        connection.check_constraints()


@pytest.mark.parametrize("time", ["first", "second"])
def test_committed_rows_are_gone_in_the_next_test(transactional_db: None, bell: list[str], time: str) -> None:
    assert not Case.objects.exists()
    builders.make_received_case()
    assert Case.objects.count() == 1
    assert bell == ["supervision.render_papers"]


def test_no_rules_are_kept_from_another_test(db: None) -> None:
    assert clocks._kept == {}


# Builders -------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", CASTING, ids=lambda make: make.__name__)
def test_everybody_of_the_cast_can_sign_in(db: None, make) -> None:
    staff = make()
    page = builders.staff_client(staff).get("/", follow=True)
    assert page.status_code == 200
    assert staff.name in page.content.decode()


@pytest.mark.parametrize("state", CaseState)
def test_a_case_can_be_made_in_every_state(db: None, state: CaseState) -> None:
    case = builders.make_case(state)
    assert Case.objects.get(pk=case.pk).state == state
    assert case.acts.count() == case.record_seq


@pytest.mark.parametrize("item", [builders.AT_ONCE, builders.OWN_WINDOW, builders.ON_RECEIPT, builders.NO_STATUTE])
def test_the_other_items_of_the_cast_go_the_whole_way(db: None, item: str) -> None:
    assert builders.make_delivered_case(item).state == CaseState.DELIVERED


def test_an_online_case_goes_the_whole_way(db: None) -> None:
    assert builders.bring(builders.make_submitted_case(), CaseState.DELIVERED).provincial_number == ""
