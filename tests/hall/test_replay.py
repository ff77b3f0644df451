"""Replay: what is stored of every case is what its records say, and whatever is changed behind their back is found (T55)."""

from collections.abc import Iterator

import pytest

from authorization.models import LetterKind
from hall import replay
from hall.replay import comparing
from hall.states import CaseState
from supervision import moment, papers
from supervision.sealing.findings import Finding
from tests import builders
from tests.sealing_office import administrator

from . import letter_office
from .statements import noted

S = CaseState
PLAIN = pytest.mark.django_db
COMMITTED = pytest.mark.django_db(transaction=True)


def sentences(found: Iterator[Finding]) -> list[str]:
    return [finding.sentence for finding in found]


def tamper(*statements: str) -> None:
    """As the owner of the machine: the fences are taken down, the rows changed."""
    with administrator() as cursor:
        for statement in statements:
            table = next(word for word in statement.split() if "_" in word)
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            cursor.execute(statement)
            assert cursor.rowcount > 0, f"changed nothing: {statement}"


# In order ------------------------------------------------------------------------------------------------------------------
@PLAIN
@pytest.mark.ids("T55")
def test_what_every_verb_stores_is_what_its_record_says(clock):
    """T55: cases in every state, of every kind of item, through every kind of window, days apart."""
    for state in S:
        builders.make_case(state)
    for item in (builders.OWN_WINDOW, builders.NO_STATUTE, builders.AT_ONCE, builders.ON_RECEIPT):
        case = builders.make_case(S.TRANSFERRED, item)
        clock.forward(days=1)
        builders.bring(case, S.DELIVERED)
        clock.forward(days=-1)
    filed = builders.make_submitted_case(
        applicant=builders.make_applicant(contact_name="莫子荣", contact_id_number="440823199003072212")
    )
    builders.act("receive", filed)
    late = builders.make_case(S.TRANSFERRED)
    clock.forward(days=30)
    builders.bring(late, S.DELIVERED)
    assert sentences(replay.compare_cases()) == []


@PLAIN
@pytest.mark.ids("T55")
def test_what_was_printed_is_what_the_record_of_the_printing_says():
    builders.make_accepted_case()
    papers.print_pending(now=moment.now())
    assert sentences(replay.compare_cases()) == []


@PLAIN
@pytest.mark.ids("T55", "T42")
def test_the_county_is_in_order_and_so_is_a_letter_that_was_replaced():
    assert sentences(replay.compare_cases()) == []
    assert sentences(replay.compare_letters()) == []
    letter_office.revoke(LetterKind.COUNTER)
    assert sentences(replay.compare_letters()) == []


@PLAIN
@pytest.mark.ids("T55")
def test_cases_go_by_in_blocks_each_with_the_same_few_statements(monkeypatch):
    monkeypatch.setattr(comparing, "BLOCK", 4)
    for _ in range(9):
        builders.make_received_case()
    with noted() as asked:
        assert sentences(replay.compare_cases()) == []
    assert len([sql for sql in asked if 'FROM "hall_case"' in sql and "ORDER BY" in sql]) == 3
    assert len(asked) <= 3 * 12 + 3


# Changed behind the records' back ---------------------------------------------------------------------------------------------
CASE = "UPDATE hall_case SET {} WHERE number = '{{number}}'"
OF_CASE = "WHERE case_id = (SELECT id FROM hall_case WHERE number = '{number}')"
OF_SUBJECT = "WHERE subject_id = (SELECT id FROM hall_case WHERE number = '{number}')"
TAMPERED = {
    "a state": (CASE.format("state = 'ready'"), "状态与记录不一致，存的是“待出件”，记录推出“已送达”"),
    "a number": (CASE.format("number = '031202603101999992'"), "办件编号与记录不一致"),
    "an item": (CASE.format("item_id = (SELECT id FROM catalog_serviceitem WHERE key = 'S082')"), "事项与记录不一致"),
    "a record number": (CASE.format("record_seq = 11"), "记录序号与记录不一致"),
    "the digest of the last record": (CASE.format("record_digest = ''"), "末条记录杂凑与记录不一致"),
    "when it was received": (CASE.format("received_at = received_at - interval '1 day'"), "收件时间与记录不一致"),
    "when it was concluded": (CASE.format("concluded_at = concluded_at - interval '1 day'"), "办结时间与记录不一致"),
    "the channel": (CASE.format("channel = 'online'"), "渠道与记录不一致"),
    "the handler": (CASE.format("handler_id = NULL"), "承办人与记录不一致"),
    "the window": (CASE.format("window_id = NULL"), "收件窗口与记录不一致"),
    "a pointer to a clock": (CASE.format("promised_id = statutory_id"), "承诺时钟与记录不一致"),
    "a due date": (
        f"UPDATE supervision_clock SET due_on = due_on + 5 {OF_SUBJECT} AND kind = 'promised'",
        "“承诺办结”时限的到期日与记录不一致，存的是“2026-03-22”，记录推出“2026-03-17”",
    ),
    "a limit": (f'UPDATE supervision_clock SET "limit" = 99 {OF_SUBJECT} AND kind = \'statutory\'', "期限与记录不一致"),
    "the start of a clock": (
        f"UPDATE supervision_clock SET started_at = started_at + interval '1 hour' {OF_SUBJECT} AND kind = 'promised'",
        "起算时间与记录不一致",
    ),
    "the stop of a clock": (
        f"UPDATE supervision_clock SET stopped_at = NULL, stopped_on = NULL {OF_SUBJECT} AND kind = 'promised'",
        "停止时间与记录不一致",
    ),
    "a clock that is gone": (f"DELETE FROM supervision_clock {OF_SUBJECT} AND kind = 'notice'", "记录里有“一次性告知”时限"),
    "the number of a paper": (
        f"UPDATE supervision_paper SET number = '遂卫受〔2026〕99号' {OF_SUBJECT} AND kind = 'acceptance_notice'",
        "“受理通知书”",
    ),
    "the facts of a paper": (
        f"UPDATE supervision_paper SET facts_hash = repeat('0', 64) {OF_SUBJECT} AND kind = 'decision'",
        "内容杂凑与记录不一致",
    ),
    "who acted": (f"UPDATE hall_act SET person_id = NULL {OF_CASE} AND verb = 'grant'", "人员与记录不一致"),
    "by which line": (
        f"UPDATE hall_act SET line_id = (SELECT max(id::text)::uuid FROM authorization_letterline) {OF_CASE} AND verb = 'review'",
        "授权依据与记录不一致",
    ),
    "an opinion": (f"UPDATE hall_act SET opinion = '不同意' {OF_CASE} AND verb = 'grant'", "意见与记录不一致"),
    "an opinion that was none": (f"UPDATE hall_act SET opinion = '同意' {OF_CASE} AND verb = 'accept'", "意见与记录不一致"),
    "a material": (
        f"UPDATE hall_casematerial SET originals = originals + 1 {OF_CASE}",
        "第 1 步登记的材料与记录不一致",
    ),
    "a decision": (f"UPDATE hall_decision SET kind = 'refuse' {OF_CASE}", "决定与记录不一致，存的是“不予”，记录推出“准予”"),
    "the day of a decision": (f"UPDATE hall_decision SET decided_on = decided_on - 1 {OF_CASE}", "决定日与记录不一致"),
    "who took the result": (f"UPDATE hall_delivery SET recipient = '别人' {OF_CASE}", "领取人与记录不一致"),
    "a delivery that is gone": (f"DELETE FROM hall_delivery {OF_CASE}", "记录里有送达，没有存"),
    "the applicant's name": (
        "UPDATE hall_applicant SET name = '冒名者' WHERE id = (SELECT applicant_id FROM hall_case WHERE number = '{number}')",
        "申请人姓名与记录里的承诺不符",
    ),
    "the agent's name": (
        "UPDATE hall_applicant SET contact_name = '冒名者' WHERE id = (SELECT applicant_id FROM hall_case WHERE number = '{number}')",
        "经办人姓名与记录里的承诺不符",
    ),
    "a sealed value of another applicant": (
        "UPDATE hall_applicant AS row SET phone = other.phone FROM hall_applicant AS other WHERE other.id <> row.id",
        "手机的密文不属于这一行",
    ),
    "the index of the ID number": (
        "UPDATE hall_applicant SET id_number_index = repeat('0', 64)",
        "证件号码检索值与证件号码不符",
    ),
}  # fmt: skip


@COMMITTED
@pytest.mark.ids("T55")
@pytest.mark.parametrize("what", TAMPERED)
def test_replay_finds_that_somebody_changed(what):
    case = builders.make_delivered_case()
    builders.make_submitted_case()
    statement, said = TAMPERED[what]
    tamper(statement.format(number=case.number))
    found = sentences(replay.compare_cases())
    assert any(said in sentence for sentence in found), found
    assert not any("冒名者" in sentence or "别人" in sentence for sentence in found), "no finding names anybody"


@COMMITTED
@pytest.mark.ids("T55")
def test_replay_finds_a_case_with_another_ones_applicant():
    first = builders.make_received_case()
    second = builders.make_received_case(applicant=builders.make_applicant(name="陆一鸣"))
    with administrator() as cursor:
        cursor.execute("ALTER TABLE hall_case DROP CONSTRAINT hall_case_applicant_id_key")
    swapped = f"CASE applicant_id WHEN '{first.applicant_id}' THEN '{second.applicant_id}'::uuid ELSE '{first.applicant_id}' END"
    tamper(f"UPDATE hall_case SET applicant_id = {swapped}")
    assert sum("申请人姓名与记录里的承诺不符" in sentence for sentence in sentences(replay.compare_cases())) == 2


@COMMITTED
@pytest.mark.ids("T55")
def test_replay_finds_cases_without_records_and_records_without_a_case():
    case, other = builders.make_received_case(), builders.make_received_case()
    tamper(f"DELETE FROM supervision_record WHERE subject_id = '{case.id}'")
    assert any("存着这个办件，却没有它的记录" in sentence for sentence in sentences(replay.compare_cases()))
    parts = [f"DELETE FROM hall_{table} WHERE case_id = '{other.id}'" for table in ("act", "casematerial")]
    tamper(*parts, f"DELETE FROM hall_case WHERE id = '{other.id}'")
    found = sentences(replay.compare_cases())
    for said in ("有 1 个办件有记录，却没有存着", "1 个不存在的办件还有时钟", "1 个不存在的办件还有文书"):
        assert any(said in sentence for sentence in found), found


@COMMITTED
@pytest.mark.ids("T55", "T38")
def test_replay_finds_another_file_under_a_paper():
    case = builders.make_received_case()
    papers.print_pending(now=moment.now())
    tamper("UPDATE supervision_paperfile SET pdf_hash = repeat('0', 64)")
    assert [sentence.partition("（")[0] for sentence in sentences(replay.compare_cases())] == [
        f"办件 {comparing._named(case.number)}：“收件凭证”"
    ]


LETTERS = {
    "a state": ("UPDATE authorization_letter SET state = 'revoked' WHERE kind = 'counter'", "状态与记录不一致"),
    "a power": ("UPDATE authorization_letterline SET powers = '{{approval}}' WHERE seq = 1", "行与记录不一致"),
    "a post": ("UPDATE authorization_letterline SET post_id = (SELECT max(id::text)::uuid FROM authorization_post) WHERE seq = 2", "行与记录不一致"),
    "how long": ("UPDATE authorization_letterline SET in_force = tstzrange(lower(in_force), '2026-03-01') WHERE seq = 1", "行与记录不一致"),
    "a line": ("DELETE FROM authorization_letterline WHERE seq = 1", "行委托记录在案，却没有存着"),
    "a version": ("UPDATE catalog_itemversion SET status = 'draft' WHERE number = 1", "事项版本"),
}  # fmt: skip


@COMMITTED
@pytest.mark.ids("T42", "T55")
@pytest.mark.parametrize("what", LETTERS)
def test_replay_finds_a_letter_of_which_somebody_changed(what):
    statement, said = LETTERS[what]
    tamper(statement.replace("{{", "{").replace("}}", "}"))
    found = sentences(replay.compare_letters())
    assert any(said in sentence for sentence in found), found
