"""Replay: what is stored of every case is what its records say, and whatever is changed behind their back is found (T55)."""

import base64
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from authorization.models import LetterKind
from hall import actions, replay
from hall.actions import by_law
from hall.actions.recalculate import recalculate
from hall.models import Case
from hall.replay import comparing
from hall.replay.rebuilding import APPROVAL, Image, rebuild
from hall.states import BY_LAW, VERBS, CaseState
from supervision import calendar_changes, clocks, log, moment, papers
from supervision.ledger.canonical import canonical_bytes
from supervision.models import Record
from supervision.sealing.findings import Finding
from supervision.sealing.signers import FileSigner, publish
from tests import builders
from tests.sealing_office import administrator

from . import letter_office
from .statements import noted, short

S = CaseState
PLAIN = pytest.mark.django_db
COMMITTED = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _receipt_keys_are_published(settings: Any, tmp_path: Path) -> None:
    settings.PUBLIC_KEYS_FILE = tmp_path / "public_keys.json"
    publish(settings.PUBLIC_KEYS_FILE, "receipt", FileSigner(settings.RECEIPT_KEY_FILE))


def sentences(found: Iterable[Finding]) -> list[str]:
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
    assert by_law.carry_out(late.number, now=moment.now())
    builders.bring(Case.objects.get(pk=late.pk), S.DELIVERED)
    assert sentences(replay.compare_cases()) == []


@PLAIN
@pytest.mark.ids("T55")
@pytest.mark.parametrize("verb", VERBS)
def test_whatever_a_verb_leaves_follows_from_its_record(verb, clock):
    """An hour, or for what the law does a quarter of a year, after what was done before: no instant stands for another."""
    if verb == "submit":
        case = builders.make_submitted_case()
    else:
        case = builders.make_accepted_case() if verb == "recalculate" else builders.make_case_for(verb)
        clock.forward(hours=1)
        _do(verb, case)
    assert Record.objects.filter(subject_id=case.id, seq__isnull=False).latest("seq").kind == verb
    assert sentences(replay.compare_cases()) == []


def _do(verb: str, case: Case) -> None:
    if verb == "recalculate":
        change = calendar_changes.correcting(date(2026, 3, 12), works=False, name="停电", source="粤府办〔2026〕1号")
        calendar_changes.apply(change, reason="停电", by="潘国辉", actor=log.Actor(name="潘国辉"), now=moment.now())
        assert recalculate(case.number, now=moment.now())
    elif VERBS[verb].power == BY_LAW:
        assert by_law.carry_out(case.number, now=moment.now() + timedelta(days=90))
    else:
        builders.act(verb, case)


@PLAIN
@pytest.mark.ids("T55", "L11", "L16", "L20")
def test_what_happened_twice_to_a_case_is_told_apart(clock):
    """Two notices, two pauses and an extension, two reviews, two opinions; the statute ran from the receipt twice."""
    case = builders.make_case(S.TRANSFERRED, builders.ON_RECEIPT)
    section, clerk = builders.make_section_head(), builders.make_clerk()
    for place, reason in ((1, ""), (2, "核对时又发现一处")):
        clock.forward(hours=1)
        flaw = actions.Flaw(place, "没有签名")
        actions.request_corrections(case.number, [flaw], staff=section, now=moment.now(), reason=reason)
    clock.forward(hours=1)
    actions.take_corrections(case.number, builders.handed_in_full(case.version), staff=clerk, now=moment.now())
    for verb in (
        *("accept", "ask_opinion", "give_opinion", "ask_opinion", "give_opinion", "pause", "resume", "extend", "pause"),
        *("resume", "hand_over", "take_back", "review", "return_for_review", "review", "refuse", "conclude"),
    ):
        clock.forward(hours=1)
        case = builders.act(verb, Case.objects.get(pk=case.pk))
    rounds = Counter(clocks.of_subject(case).values_list("kind", flat=True))
    assert {rounds[kind] for kind in ("correction", "notice", "statutory", "joint_opinion", "special")} == {2}
    assert sentences(replay.compare_cases()) == []


@PLAIN
@pytest.mark.ids("T55", "D65")
def test_what_is_settled_at_once_follows_from_its_four_records():
    case = builders.make_received_case(builders.AT_ONCE)
    staff = builders.empowered(case, "accept")
    actions.settle_at_once(case.number, staff=staff, now=moment.now(), opinion="符合条件。")
    assert sentences(replay.compare_cases()) == []


# What an older product did not tell -------------------------------------------------------------------------------------------
def texts_of(case: Case) -> list[bytes]:
    return [bytes(row.body) for row in log.records_of("hall_case", case.id)]


LATER_CLOCKS = ("step", "acknowledgement")


def as_before(text: bytes, **changed: Any) -> bytes:
    """The record as it was told when steps had no clock and each clock ran once, acceptance knew no other instant, a case ended in
    one way and no regulator was told.
    """
    body = json.loads(text) | changed
    body["facts"] = {
        name: told for name, told in body["facts"].items() if name not in ("since", "conclusion", "told_regulator")
    }
    if "clocks" in body["facts"]:
        newer = ("round", "since")
        body["facts"]["clocks"] = [
            {name: told for name, told in one.items() if name not in newer}
            for one in body["facts"]["clocks"]
            if one["kind"] not in LATER_CLOCKS
        ]
    return canonical_bytes(body)


def without_steps(image: Image) -> dict[Any, Any]:
    return {key: clock for key, clock in image.clocks.items() if key[0] not in LATER_CLOCKS}


@PLAIN
@pytest.mark.ids("T55")
def test_records_of_an_older_product_say_the_same():
    texts = texts_of(builders.make_delivered_case())
    older = [as_before(text) for text in texts]
    assert all(b'"round"' in text for text in texts if b'"clocks"' in text)
    assert not any(word in text for text in older for word in (b'"round"', b'"since"'))
    now, before = rebuild(texts, {}), rebuild(older, {})
    now.clocks = without_steps(now)
    for part in ("acts", "clocks", "papers", "materials", "decision", "delivery"):
        assert getattr(before, part) == getattr(now, part), part
    differ = {name for name in now.case if now.case[name] != before.case[name]}
    assert differ == {"conclusion"}
    assert before.case["conclusion"] == ""


@PLAIN
@pytest.mark.ids("T55", "L20")
def test_an_older_pause_told_a_typed_name_and_no_keys():
    texts = texts_of(builders.act("pause", builders.make_case_for("pause")))
    body = json.loads(texts[-1])
    told = {name: value for name, value in body["facts"]["pause"].items() if name not in APPROVAL}
    body["facts"]["pause"] = told | {"approver": "赵局长"}
    now, before = rebuild(texts, {}).pauses[1], rebuild([*texts[:-1], canonical_bytes(body)], {}).pauses[1]
    assert all(now[name] for name in APPROVAL)
    assert before == now | {"approver": "赵局长", **dict.fromkeys(APPROVAL)}


@PLAIN
@pytest.mark.ids("T55", "L10")
def test_an_older_acceptance_by_silence_ran_from_the_receipt(clock):
    """It was an `accept` of the section with `deemed` and no `since`; the case itself did not say so."""
    case = builders.make_received_case()
    clock.forward(hours=1)
    builders.act("transfer", case)
    assert by_law.carry_out(case.number, now=moment.now() + timedelta(days=20))
    *first, last = texts_of(case)
    now, before = rebuild([*first, last], {}), rebuild([*first, as_before(last, kind="accept")], {})
    assert before.clocks == without_steps(now)
    assert before.clocks["promised", 1]["started_at"] == case.received_at != moment.instant(json.loads(last)["at"])
    assert before.case["accepted_at"] == now.case["accepted_at"] == case.received_at
    assert (before.case["deemed"], now.case["deemed"]) == (False, True)


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
    assert sentences(replay.compare_versions()) == []
    letter_office.revoke(LetterKind.COUNTER)
    assert sentences(replay.compare_letters()) == []


@PLAIN
@pytest.mark.ids("T55")
def test_a_letter_that_ends_at_the_instant_at_which_it_began_is_in_order():
    letter_office.replace_letter(LetterKind.COUNTER, valid=(date(2026, 1, 1), date(2028, 1, 1)))
    letter_office.revoke(LetterKind.COUNTER)
    assert sentences(replay.compare_letters()) == []


@PLAIN
@pytest.mark.ids("T55")
def test_cases_go_by_in_blocks_each_with_the_same_few_statements(monkeypatch):
    monkeypatch.setattr(comparing, "BLOCK", 4)
    for _ in range(9):
        builders.make_received_case()
    papers.print_pending(now=moment.now())
    with noted() as asked:
        assert sentences(replay.compare_cases()) == []
    assert len([sql for sql in asked if 'FROM "hall_case"' in sql and "ORDER BY" in sql]) == 4, "the last finds none"
    assert len(asked) == 4 + 3 * 16 + 7, short(asked)


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
    "a receipt that is gone": (f"DELETE FROM supervision_receipt {OF_SUBJECT}", "记录里有第 1 步的回执，没有存"),
    "what a receipt says": (
        f"UPDATE supervision_receipt SET text = regexp_replace(text, '\"leaf\":\"....', '\"leaf\":\"0000') {OF_SUBJECT}",
        "第 1 步的回执的回执原文与记录不一致",
    ),
    "who signed a receipt": (
        f"UPDATE supervision_receipt SET signature = set_byte(signature, 9, 255 - get_byte(signature, 9)) {OF_SUBJECT}",
        "第 1 步的回执的签名与记录不一致",
    ),
    "a sealed paper": (
        f"UPDATE supervision_paper SET facts = '\\x00' {OF_SUBJECT} AND kind = 'decision'",
        "的内容（密文）与记录不一致。",
    ),
    "the facts and key of a paper": (
        "UPDATE supervision_paper AS row SET facts = other.facts, file_key = other.file_key FROM supervision_paper AS other"
        " WHERE row.kind = 'decision' AND other.kind = 'certificate'",
        "的内容（密文）与记录不一致。",
    ),
    "the check code of a paper": (
        f"UPDATE supervision_paper SET check_code = 'AAAA-BBBB-CCCC' {OF_SUBJECT} AND kind = 'decision'",
        "的核验码与记录不一致。",
    ),
    "what a paper is called": (
        f"UPDATE supervision_paper SET title = '不予行政许可决定书' {OF_SUBJECT} AND kind = 'decision'",
        "的名称与记录不一致，存的是“不予行政许可决定书”，记录推出“准予行政许可决定书”",
    ),
    "whose paper it is": (
        f"UPDATE supervision_paper SET unit = '999' {OF_SUBJECT} AND kind = 'decision'",
        "的单位编号与记录不一致，存的是“999”",
    ),
    "of which case a paper speaks": (
        f"UPDATE supervision_paper SET label = '031202603101999992' {OF_SUBJECT} AND kind = 'decision'",
        "的编号与记录不一致",
    ),
    "a paper of something else": (
        f"UPDATE supervision_paper SET subject_table = 'hall_window' {OF_SUBJECT} AND kind = 'decision'",
        "有 1 个不存在的办件还有文书",
    ),
    "the index of the query code": (CASE.format("query_code_index = repeat('0', 64)"), "查询码检索值与记录不一致。"),
    "the query code": (CASE.format("query_code = jsonb_build_object('salt', 1)"), "查询码（密文）与记录不一致。"),
    "from where it came": (CASE.format("source_system = 'evil'"), "来源系统与记录不一致，存的是“evil”，记录推出“无”"),
    "its number elsewhere": (CASE.format("source_number = '冒名者'"), "来源编号与记录不一致。"),
    "the province's number": (CASE.format("provincial_number = '44082300'"), "省申办流水号与记录不一致"),
    "the window of an act": (f"UPDATE hall_act SET window_id = NULL {OF_CASE} AND verb = 'transfer'", "窗口与记录不一致"),
    "the act of a decision": (
        f"UPDATE hall_decision SET act_id = (SELECT id FROM hall_act {OF_CASE} AND verb = 'transfer') {OF_CASE}",
        "决定的动作与记录不一致，存的是“2”，记录推出“5”",
    ),
    "a material of another guide": (
        "UPDATE hall_casematerial AS row SET requirement_id = (SELECT other.id FROM catalog_materialrequirement AS mine"
        " JOIN catalog_materialrequirement AS other ON other.seq = mine.seq AND other.version_id <> mine.version_id"
        f" WHERE mine.id = row.requirement_id LIMIT 1) {OF_CASE}",
        "第 1 步登记的材料与记录不一致",
    ),
    "an envelope beyond recognition": (
        "UPDATE hall_applicant SET id_number = '[1]' WHERE id = (SELECT applicant_id FROM hall_case WHERE number = '{number}')",
        "证件号码的密文不属于这一行，或已损坏",
    ),
    "where the applicant stands": (
        CASE.format("applicant_id = gen_random_uuid()"),
        "指向的申请人、事项或版本不在",
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


# By the verb that left the row: what is changed, and what is said of it.
BETWEEN = {
    "pause": ("UPDATE supervision_clockpause SET first_on = first_on - 1", "第 1 次停表的停表始日与记录不一致，存的是“2026-03-09”"),
    "resume": ("UPDATE supervision_clockpause SET result = '冒名者'", "第 1 次停表的结果与记录不一致。"),
    "extend": (
        "UPDATE supervision_clock SET extension = 0 WHERE kind = 'promised'",
        "“承诺办结”时限的延长与记录不一致，存的是“0”，记录推出“10”",
    ),
    "request_corrections": (
        "UPDATE hall_defect SET problem = problem || left(wanted, 1), wanted = substr(wanted, 2)",
        "第 1 次告知补正的第 5 项材料的问题与记录不一致。",
    ),
    "give_opinion": ("UPDATE hall_jointopinion SET answer = '冒名者'", "第 1 次会办意见的会办意见与记录不一致。"),
    "ask_opinion": ("DELETE FROM hall_jointopinion", "记录里有第 1 次会办意见，没有存"),
    "send_by_courier": ("UPDATE hall_couriershipment SET sent_on = sent_on + 1", "寄递的寄出日与记录不一致，存的是“2026-03-11”"),
    "return_for_review": (
        'UPDATE supervision_clock SET "limit" = 9 WHERE kind = \'step\' AND round = 3',
        "“环节”时限（第 3 次）的期限与记录不一致，存的是“9”",
    ),
    "take_corrections": ("UPDATE hall_case SET corrected_at = NULL", "补正到齐时间与记录不一致，存的是“无”"),
    "accept_with_gaps": ("DELETE FROM supervision_paper WHERE kind = 'gap_promise'", "记录里有“容缺受理承诺书”"),
    "withdraw": ("UPDATE hall_case SET ended_at = NULL", "终止时间与记录不一致，存的是“无”"),
    "void": ("UPDATE hall_case SET conclusion = 'returned'", "办结结果与记录不一致，存的是“退回办结”，记录推出“作废办结”"),
    "post_check": ("UPDATE hall_case SET declaration = 'revoked'", "告知承诺与记录不一致，存的是“承诺不实，撤销决定”"),
    "order_rectification": ("UPDATE supervision_clock SET due_on = due_on + 1 WHERE kind = 'rectification'", "“责令改正”时限的到期日与记录不一致"),
    "confirm_rectification": ("UPDATE hall_case SET declaration = 'untrue'", "告知承诺与记录不一致，存的是“承诺不实，责令限期改正”"),
    "revoke": ("UPDATE hall_case SET state = 'delivered', ended_at = NULL", "终止时间与记录不一致，存的是“无”"),
    "supply_gaps": ("UPDATE hall_case SET gaps_open = true", "容缺未补与记录不一致，存的是“是”，记录推出“否”"),
}  # fmt: skip


@COMMITTED
@pytest.mark.ids("T55")
@pytest.mark.parametrize("verb", BETWEEN)
def test_replay_finds_what_was_changed_of_the_life_between(verb):
    builders.act(verb, builders.make_case_for(verb))
    assert sentences(replay.compare_cases()) == []
    statement, said = BETWEEN[verb]
    tamper(statement)
    found = sentences(replay.compare_cases())
    assert any(said in sentence for sentence in found), found
    assert not any("冒名者" in sentence for sentence in found), "no finding names anybody"


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


FILES = {
    "its hash": ("pdf_hash = repeat('0', 64)", "文件杂凑"),
    "its bytes": ("data = data || '\\x00'", "文件（密文）"),
    "when it was printed": ("rendered_at = rendered_at - interval '1 day'", "制成时间"),
}


@COMMITTED
@pytest.mark.ids("T55", "T38")
@pytest.mark.parametrize("what", FILES)
def test_replay_finds_another_file_under_a_paper(what):
    case = builders.make_received_case()
    papers.print_pending(now=moment.now())
    change, column = FILES[what]
    tamper(f"UPDATE supervision_paperfile SET {change}")
    (sentence,) = sentences(replay.compare_cases())
    assert sentence.startswith(f"办件 {comparing._named(case.number)}：“收件凭证”")
    assert f"的文件的{column}与记录不一致" in sentence


@COMMITTED
@pytest.mark.ids("T56")
def test_without_published_keys_no_receipt_is_judged_and_that_is_said_once(settings, tmp_path):
    builders.make_received_case()
    builders.make_submitted_case()
    settings.PUBLIC_KEYS_FILE.write_text('[{"key": 1}]')
    (finding,) = replay.compare_cases()
    assert (finding.reason, finding.sentence) == ("broke_off", "没有读到公布的回执公钥，回执的签名没有核对。")


@COMMITTED
@pytest.mark.ids("T56")
def test_a_receipt_that_was_signed_with_another_key_is_found(settings, tmp_path):
    case = builders.make_received_case()
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"algorithm": "Ed25519", "seed": base64.b64encode(bytes(32)).decode()}))
    publish(tmp_path / "others.json", "receipt", FileSigner(other))
    settings.PUBLIC_KEYS_FILE = tmp_path / "others.json"
    assert sentences(replay.compare_cases()) == [
        f"办件 {comparing._named(case.number)}：第 1 步的回执的签名与记录不一致。"
    ]


@COMMITTED
@pytest.mark.ids("T55")
def test_replay_finds_people_receipts_and_files_that_belong_to_nothing():
    builders.make_received_case()
    papers.print_pending(now=moment.now())
    tamper(
        "UPDATE supervision_paperfile SET paper_id = gen_random_uuid()",
        "UPDATE supervision_receipt SET subject_id = gen_random_uuid()",
        "INSERT INTO hall_applicant SELECT gen_random_uuid(), kind, name, id_number, id_number_index, phone, address, contact_name,"
        " contact_id_number FROM hall_applicant",
    )
    found = sentences(replay.compare_cases())
    for said in ("1 份不存在的文书还有文件", "1 个不存在的办件还有回执", "1 个申请人没有办件"):
        assert any(said in sentence for sentence in found), found


@COMMITTED
@pytest.mark.ids("T55")
def test_replay_finds_what_stands_twice():
    case = builders.make_received_case()
    with administrator() as cursor:
        cursor.execute("ALTER TABLE hall_act DROP CONSTRAINT act_once_a_record")
    columns = "case_id, verb, at, person_id, post_id, line_id, window_id, opinion, record_seq"
    tamper(f"INSERT INTO hall_act (id, {columns}) SELECT gen_random_uuid(), {columns} FROM hall_act")
    assert sentences(replay.compare_cases()) == [f"办件 {comparing._named(case.number)}：同一个办理动作存着不止一行。"]


# One fault hides no other -------------------------------------------------------------------------------------------------------
MALFORMED = {
    "no facts": "{}",
    "facts of another kind": '{"facts": [], "kind": 5, "subject": 7}',
    "no JSON": "x",
    "a number that is too long": '{"facts": ' + "7" * 5000 + "}",
    "too deep": "[" * 3000 + "]" * 3000,
}


def spoil(where: str, what: str) -> None:
    tamper(f"UPDATE supervision_record SET body = convert_to('{MALFORMED[what]}', 'UTF8') WHERE {where}")


@COMMITTED
@pytest.mark.ids("T55")
@pytest.mark.parametrize("what", MALFORMED)
def test_a_record_beyond_recognition_hides_no_other_case(what):
    spoiled, other = builders.make_received_case(), builders.make_received_case()
    spoil(f"subject_id = '{spoiled.id}'", what)
    tamper(f"UPDATE hall_case SET state = 'ready' WHERE id = '{other.id}'")
    first, second = sentences(replay.compare_cases())
    assert first == f"办件 {comparing._named(spoiled.number)}：记录的内容不完整，推不出办件。"
    assert second.startswith(f"办件 {comparing._named(other.number)}：状态与记录不一致")


@COMMITTED
@pytest.mark.ids("T55")
@pytest.mark.parametrize("what", MALFORMED)
def test_a_letter_and_a_version_beyond_recognition_hide_no_others(what):
    for table in ("authorization_letter", "catalog_itemversion"):
        spoil(f"id = (SELECT min(id) FROM supervision_record WHERE subject_table = '{table}' AND seq = 1)", what)
    tamper(
        "UPDATE authorization_letter SET signed_on = signed_on + 1",
        "UPDATE catalog_itemversion SET consult_phone = '110'",
    )
    for compare in (replay.compare_letters, replay.compare_versions):
        found = sentences(compare())
        assert "的内容不成样子，没有算进去" in found[0]
        assert len(found) > 10, found


@PLAIN
@pytest.mark.ids("T55")
def test_a_block_that_cannot_be_compared_hides_no_other(monkeypatch):
    for _ in range(3):
        builders.make_received_case()
    compared, block = [], comparing._of_block

    def broken_once(keys, published):
        compared.append(keys)
        return block(keys, published) if len(compared) > 1 else 1 / 0

    monkeypatch.setattr(comparing, "BLOCK", 1)
    monkeypatch.setattr(comparing, "_of_block", broken_once)
    assert sentences(replay.compare_cases()) == ["核验程序出错，没有做完（办件，ZeroDivisionError）。"]
    assert len(compared) == 3


LETTERS = {
    "a state": ("UPDATE authorization_letter SET state = 'revoked' WHERE kind = 'counter'", "状态与记录不一致"),
    "a power": ("UPDATE authorization_letterline SET powers = '{{approval}}' WHERE seq = 1", "行与记录不一致"),
    "a post": ("UPDATE authorization_letterline SET post_id = (SELECT max(id::text)::uuid FROM authorization_post) WHERE seq = 2", "行与记录不一致"),
    "how long": ("UPDATE authorization_letterline SET in_force = tstzrange(lower(in_force), '2026-03-01') WHERE seq = 1", "行与记录不一致"),
    "a line": ("DELETE FROM authorization_letterline WHERE seq = 1", "行委托记录在案，却没有存着"),
    "to whom": ("UPDATE authorization_letter SET grantee_id = (SELECT max(id::text)::uuid FROM catalog_department)", "被授权单位与记录不一致"),
    "until when": ("UPDATE authorization_letter SET valid_during = daterange(lower(valid_during), upper(valid_during) + 365)", "有效期与记录不一致"),
    "when it was signed": ("UPDATE authorization_letter SET signed_on = signed_on - 1", "签署日期与记录不一致"),
    "whose line": ("UPDATE authorization_letterline SET seq = 999, letter_id = (SELECT max(id::text)::uuid FROM authorization_letter) WHERE id = (SELECT min(id::text)::uuid FROM authorization_letterline)", "行与记录不一致：委托书"),
    "a letter that is gone": ("DELETE FROM authorization_letter WHERE kind = 'counter'", "有记录，却没有存着"),
    "a promise": ("UPDATE catalog_itemversion SET promised_limit = promised_limit + 1 WHERE number = 1", "内容、材料、环节、收费或问答与记录不一致"),
    "a requirement": ("UPDATE catalog_materialrequirement SET originals = originals + 1", "内容、材料、环节、收费或问答与记录不一致"),
    "a fee": ("DELETE FROM catalog_fee", "内容、材料、环节、收费或问答与记录不一致"),
    "from which day": ("UPDATE catalog_itemversion SET valid_during = daterange(lower(valid_during) - 9, upper(valid_during)) WHERE number = 1", "有效期与记录不一致"),
    "a version": ("UPDATE catalog_itemversion SET status = 'draft' WHERE number = 1", "事项版本"),
}  # fmt: skip


@COMMITTED
@pytest.mark.ids("T42", "T55")
@pytest.mark.parametrize("what", LETTERS)
def test_replay_finds_a_letter_of_which_somebody_changed(what):
    statement, said = LETTERS[what]
    tamper(statement.replace("{{", "{").replace("}}", "}"))
    found = sentences([*replay.compare_letters(), *replay.compare_versions()])
    assert any(said in sentence for sentence in found), found
