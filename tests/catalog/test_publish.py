"""Publishing: what a draft lacks is said, what is published stays, and every day has at most one version of an item."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from catalog import actions, queries
from catalog.models import Faq, ItemVersion, MaterialRequirement, ProcedureStep, VersionStatus
from catalog.uniformity import Content, lacks
from hall import replay
from supervision import log, moment
from supervision.refusals import Refused
from supervision.writing import Change, write

from .. import builders
from ..builders import version_of

pytestmark = pytest.mark.django_db

OFFICE = log.Actor(name="县行政审批制度改革办公室")
TODAY = date(2026, 3, 10)
APRIL = date(2026, 4, 1)
WHOLE = Content(1, 1, 1, 1, "11440823…", "许可证", "", "0759-0010001", "0759-0010002", 0)
COPIED = (
    "item", "name", "initials", "sort_key", "task_code", "case_kind", "promised_limit", "statutory_limit", "statutory_unit",
    "legal_basis", "serves", "visits", "result_name", "closing_form", "consult_phone", "complaint_phone",
)  # fmt: skip


def draft(number: int = 2, **changed: Any) -> ItemVersion:
    """A draft beside the live version of ITEM, with the same words and no parts yet."""
    live = version_of()
    version = ItemVersion(number=number, **{name: getattr(live, name) for name in COPIED} | changed)
    return actions.draft(version, actor=OFFICE, now=moment.now())


def with_parts(version: ItemVersion) -> ItemVersion:
    MaterialRequirement.objects.create(
        version=version, seq=1, master="form", name="申请表", necessity="required", originals=1, source="applicant"
    )
    ProcedureStep.objects.create(version=version, order=1, name="受理", holder="section", workdays=0)
    return version


def publish(version: ItemVersion, on: date = APRIL) -> ItemVersion:
    return actions.publish(version, actor=OFFICE, now=moment.now(), effective_on=on)


def run(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        connection.check_constraints()


# What a draft lacks --------------------------------------------------------------------------------------------------------
@pytest.mark.ids("G16", "D5")
def test_a_whole_content_lacks_nothing() -> None:
    assert lacks(WHOLE) == []


@pytest.mark.ids("G16", "D5")
@pytest.mark.parametrize(
    ("field", "empty", "said"),
    [
        ("task_code", "", "实施编码"), ("legal_basis", 0, "设定依据"), ("serves", 0, "服务对象"), ("materials", 0, "申请材料"),
        ("steps", 0, "办理流程"), ("result_name", "", "办理结果"), ("visits", None, "到现场次数"),
        ("consult_phone", "", "咨询电话"), ("complaint_phone", "", "投诉电话"),
    ],
)  # fmt: skip
def test_each_part_that_is_missing_is_said_by_its_name(field: str, empty: Any, said: str) -> None:
    told = {name: getattr(WHOLE, name) for name in WHOLE.__slots__}
    assert lacks(Content(**told | {field: empty})) == [said]


def test_a_closing_form_is_a_result_and_no_visit_at_all_is_a_number_of_visits() -> None:
    told = {name: getattr(WHOLE, name) for name in WHOLE.__slots__}
    assert lacks(Content(**told | {"result_name": "", "closing_form": "concluded", "visits": 0})) == []


@pytest.mark.ids("G16")
def test_a_draft_that_lacks_parts_is_refused_with_their_names_and_stays_a_draft() -> None:
    version = draft(consult_phone="")
    with pytest.raises(Refused) as refused:
        publish(version)
    told = refused.value.refusal
    assert (told.code, told.sentence) == ("version_incomplete", "还不能发布，缺：申请材料、办理流程、咨询电话。")
    assert told.remedy
    version.refresh_from_db()
    assert (version.status, version.valid_during, version.record_seq) == (VersionStatus.DRAFT, None, 1)
    assert [record.kind for record in log.records_of("catalog_itemversion", version.id)] == ["draft"]


@pytest.mark.ids("D41")
def test_publishing_is_on_record_with_the_day_from_which_it_holds() -> None:
    version = publish(with_parts(draft()))
    assert (version.status, version.valid_during) == (VersionStatus.PUBLISHED, (APRIL, None))
    record = log.records_of("catalog_itemversion", version.id)[-1]
    assert (record.kind, record.seq, record.to_state) == ("publish", 2, "published")
    facts = json.loads(bytes(record.body))["facts"]
    assert facts.pop("content") == queries.content_digests([version])[version.id]
    assert facts == {"item": builders.ITEM, "number": 2, "effective_on": "2026-04-01"}


def test_a_version_is_published_once() -> None:
    version = publish(with_parts(draft()))
    with pytest.raises(Refused) as refused:
        publish(version)
    assert refused.value.refusal.code == "version_not_draft"


# What is published stays ---------------------------------------------------------------------------------------------------
@pytest.mark.ids("D5", "D82")
@pytest.mark.parametrize(
    "change",
    [
        "promised_limit = 99", "name = 'x'", "status = 'draft'", "legal_basis = '{}'", "item_id = gen_random_uuid()",
        "number = 9", "record_seq = record_seq + 1, consult_phone = ''",
    ],
)  # fmt: skip
def test_no_word_of_a_published_version_changes_in_the_database(change: str) -> None:
    with pytest.raises(IntegrityError, match="a published version never changes"):
        run(f"UPDATE catalog_itemversion SET {change} WHERE id = %s", version_of().id)


@pytest.mark.ids("D5", "D82")
@pytest.mark.parametrize("table", ["materialrequirement", "procedurestep", "faq", "fee"])
def test_no_part_of_a_published_version_is_changed_taken_away_or_added(table: str) -> None:
    live = version_of()
    values = {
        "materialrequirement": "(id, version_id, seq, master, name, necessity, originals, copies, electronic, source, basis)"
        " VALUES (gen_random_uuid(), %s, 99, '', '', 'required', 1, 0, false, 'applicant', '')",
        "procedurestep": "(id, version_id, \"order\", name, holder, workdays) VALUES (gen_random_uuid(), %s, 99, '', 'section', 0)",
        "faq": "(id, version_id, question, answer) VALUES (gen_random_uuid(), %s, '', '')",
        "fee": "(id, version_id, name, standard, basis, online_pay, can_be_reduced) VALUES (gen_random_uuid(), %s, '', '', '', false, false)",
    }
    with pytest.raises(IntegrityError, match="a published version never changes"):
        run(f"INSERT INTO catalog_{table} {values[table]}", live.id)
    if table != "fee":  # no item of the county costs anything
        for statement in (f"UPDATE catalog_{table} SET version_id = version_id", f"DELETE FROM catalog_{table}"):
            with pytest.raises(IntegrityError, match="a published version never changes"):
                run(f"{statement} WHERE version_id = %s", live.id)


@pytest.mark.ids("D82")
def test_a_part_can_not_be_moved_into_a_published_version_or_out_of_it() -> None:
    live, other = version_of(), with_parts(draft())
    for row, target in ((other.materials.get(), live), (live.materials.first(), other)):
        assert row is not None
        with pytest.raises(IntegrityError, match="a published version never changes"):
            run("UPDATE catalog_materialrequirement SET version_id = %s, seq = 50 WHERE id = %s", target.id, row.id)


def test_a_draft_and_its_parts_may_still_be_changed_and_taken_away() -> None:
    version = with_parts(draft())
    version.materials.update(name="申请表（一式两份）")
    version.steps.all().delete()
    Faq.objects.create(version=version, question="?", answer="!")
    assert lacks(actions.content_of(version)) == ["办理流程"]


def entry(kind: str, version: ItemVersion) -> log.Entry:
    """The next record of a published version."""
    subject, state = log.subject_of(version), version.status
    return log.entry(kind, subject, actor=OFFICE, now=moment.now(), from_state=state, to_state=state)


@pytest.mark.ids("T48")
def test_the_end_of_a_period_moves_only_with_a_record() -> None:
    live = version_of()
    end = (live.valid_during.lower, APRIL)
    with pytest.raises(IntegrityError, match="needs the next record"):
        run("UPDATE catalog_itemversion SET valid_during = daterange(%s, %s) WHERE id = %s", *end, live.id)
    made = entry("end", live)
    live.valid_during, live.record_seq = end, live.record_seq + 1
    write(made.record, Change(live, ("valid_during", "record_seq")))
    assert queries.on_day(builders.ITEM, APRIL) is None


# One version a day ---------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D82")
def test_the_next_version_is_drafted_beside_the_live_one_and_follows_it_on_its_day() -> None:
    first = version_of()
    second = publish(with_parts(draft()))
    days = [APRIL - timedelta(days=1), APRIL, date(2030, 1, 1)]
    assert [queries.on_day(builders.ITEM, day) for day in days] == [first, second, second]
    record = log.records_of("catalog_itemversion", first.id)[-1]
    assert (record.kind, json.loads(bytes(record.body))["facts"]["before"]) == ("end", "2026-04-01")


@pytest.mark.ids("T50")
def test_a_version_is_not_ended_before_it_was_published() -> None:
    """Another machine's clock may be ahead of ours."""
    ahead = moment.now() + timedelta(seconds=5)
    actions.publish(with_parts(draft()), actor=OFFICE, now=ahead, effective_on=APRIL)
    following = actions.draft(
        ItemVersion(number=3, **{name: getattr(version_of(), name) for name in COPIED}), actor=OFFICE, now=ahead
    )
    actions.publish(with_parts(following), actor=OFFICE, now=moment.now(), effective_on=date(2026, 5, 1))
    ended = queries.on_day(builders.ITEM, APRIL)
    assert ended
    for version in (ended, following):
        assert {record.occurred_at for record in log.records_of("catalog_itemversion", version.id)[1:]} == {ahead}


@pytest.mark.ids("D82")
def test_a_case_keeps_the_version_under_which_it_was_received() -> None:
    case = builders.make_received_case()
    publish(with_parts(draft()))
    case.refresh_from_db()
    assert case.version.number == 1
    later = builders.make_received_case(now=builders.at("2026-04-01 09:00"))
    assert later.version.number == 2


@pytest.mark.ids("D82")
def test_a_correction_on_the_same_day_leaves_the_wrong_version_an_empty_period() -> None:
    wrong = publish(with_parts(draft()))
    right = publish(with_parts(draft(3)))
    wrong.refresh_from_db()
    assert wrong.valid_during.isempty
    assert (wrong.status, wrong.materials.count()) == (VersionStatus.PUBLISHED, 1)
    assert queries.on_day(builders.ITEM, APRIL) == right
    assert queries.on_day(builders.ITEM, TODAY) == version_of()
    assert list(replay.compare_versions()) == []


@pytest.mark.ids("D82")
def test_no_version_is_pushed_in_before_one_that_is_published_already() -> None:
    publish(with_parts(draft()), on=date(2026, 5, 1))
    with pytest.raises(Refused) as refused:
        publish(with_parts(draft(3)), on=APRIL)
    assert refused.value.refusal.code == "version_follows"


def move(version: ItemVersion, first: date, end: date | None) -> None:
    """What no verb does: another period for a published version, with a record; the database judges it at once."""
    made = entry("move", version)
    version.valid_during, version.record_seq = (first, end), version.record_seq + 1
    with transaction.atomic():
        write(made.record, Change(version, ("valid_during", "record_seq")))
        connection.check_constraints()


@pytest.mark.ids("D82")
def test_the_database_lets_no_two_periods_of_an_item_overlap() -> None:
    publish(with_parts(draft()))
    ended = version_of()
    with pytest.raises(IntegrityError, match="version_periods_apart"):
        move(ended, ended.valid_during.lower, None)


@pytest.mark.ids("D82")
def test_the_day_on_which_a_version_began_never_moves() -> None:
    live = version_of()
    with pytest.raises(IntegrityError, match="a published version never changes"):
        move(live, live.valid_during.lower + timedelta(days=1), None)
    wrong = publish(with_parts(draft()))
    publish(with_parts(draft(3)))
    wrong.refresh_from_db()
    with pytest.raises(IntegrityError, match="a published version never changes"):
        move(wrong, APRIL, None)  # its period is empty and stays so


# What can be found ---------------------------------------------------------------------------------------------------------
def found(text: str, day: date = TODAY) -> list[str]:
    return [version.item.key for version in queries.search(text, day)]


@pytest.mark.parametrize(
    "typed",
    [
        lambda version: version.name,
        lambda version: version.name[2:6],
        lambda version: version.initials,
        lambda version: version.initials[:4].upper(),
        lambda version: version.task_code,
        lambda version: version.task_code[:20],
        lambda version: f" {version.item.key.lower()} ",
    ],
    ids=["name", "part of the name", "initials", "first initials", "code", "beginning of the code", "item number"],
)
def test_an_item_is_found_by_whatever_people_type(typed: Callable[[ItemVersion], str]) -> None:
    assert builders.ITEM in found(typed(version_of()))


@pytest.mark.parametrize("typed", ["不存在的事项", "qqqqqq", "S999", "%", "_", "\\", "公共场所_生"])
def test_what_no_item_is_called_finds_nothing(typed: str) -> None:
    assert found(typed) == []


def test_only_what_is_in_use_on_the_day_is_found_in_the_order_of_a_dictionary() -> None:
    versions = list(queries.in_use(TODAY))
    assert len(versions) == 58
    assert [version.sort_key for version in versions] == sorted(version.sort_key for version in versions)
    assert "S003" not in found("民用爆炸物品购买许可")  # known, its guide is not complete
    assert found(version_of().name, date(2025, 12, 31)) == []
    draft(name="只是草稿")
    assert found("只是草稿") == []


def test_a_page_of_the_catalogue_is_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert all(version.item.department.short_name for version in queries.in_use(TODAY))
