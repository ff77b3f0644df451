"""监察 › 记录核验: what the page says of a log in order, running, faulty, empty and closed; one case, one receipt, and the downloads."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as product
from django.test import Client
from django.urls import reverse

from hall.states import CaseState
from hall.views import log_parts
from supervision import moment, receipts
from supervision.ledger.verification import pieces
from supervision.models import LogCheck, Receipt, Record
from supervision.sealing import checking, standing
from tests import builders
from tests.sealing_office import Office, administrator, count, notes

from . import cast
from .cast import staff_of
from .statements import of_request, short

PAGE = "supervision_log"


@pytest.fixture
def log(office: Office, settings: Any) -> Office:
    settings.HEADS_FILE, settings.PUBLIC_KEYS_FILE = office.file.path, office.public_keys
    return office


@pytest.fixture
def supervisor(db: None) -> Client:
    return builders.staff_client(staff_of(cast.SUPERVISOR))


def page(client: Client) -> str:
    return _plain(client.get(reverse(PAGE)).content.decode())


def posted(client: Client, verb: str, status: int = 200, **typed: str) -> str:
    answer = client.post(reverse(PAGE), {"verb": verb, **typed})
    assert answer.status_code == status
    return _plain(answer.content.decode())


def _plain(html: str) -> str:
    """The words of a page without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main")[2])).replace("&quot;", '"')


def verdict(client: Client, asked: str) -> str:
    """As htmx asks: the verdict alone comes back."""
    answer = client.post(reverse(PAGE), {"verb": "verify", "asked": asked}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert b"<main" not in answer.content
    return re.sub(r"<[^>]+>", " ", answer.content.decode())


def tamper(statement: str, table: str = "supervision_record") -> None:
    with administrator() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        cursor.execute(statement)
        assert cursor.rowcount > 0


def checked() -> LogCheck:
    asked = checking.ask("潘国辉", now=moment.wall())
    checking.run_pending(now=moment.wall())
    asked.refresh_from_db()
    return asked


# What stands -----------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T46")
def test_an_empty_log_says_what_comes_next(supervisor: Client) -> None:
    words = page(supervisor)
    for said in ("还没有全部核验过", "还没有签封。", "还没有签封点。", "还没有做完的核验。", "现在全部核验"):
        assert said in words
    assert "下载全部记录" not in words


def test_a_log_in_order_shows_both_roots_the_key_and_the_heads(log: Office, supervisor: Client) -> None:
    for _ in range(9):
        notes(1)
        log.seal()
    checked()
    words, head = page(supervisor), log.file.newest()
    assert head is not None
    grouped = " ".join(head.told["sm3"][n : n + 4] for n in range(0, 64, 4))
    for said in ("记录完整，前后一致", "✓ 有效", grouped, f"{head.size:,}", "✓ 一致", "潘国辉"):
        assert said in words
    assert f"已写到 {head.size:,} 条" in words
    assert words.count("✓ 相接") == log_parts.HEADS
    assert "✕" not in words


@pytest.mark.ids("T49")
def test_a_failed_check_says_what_was_found_and_what_to_do(log: Office, supervisor: Client) -> None:
    notes(3)
    log.seal()
    tamper("UPDATE supervision_record SET unit = '9' WHERE id = (SELECT max(id) FROM supervision_record)")
    checked()
    words = page(supervisor)
    for said in ("发现 1 处问题", "检索列与记录内容不一致", "请保留现状", "✕ 记录旁的检索列"):
        assert said in words


@pytest.mark.ids("T49", "T54")
def test_a_head_that_was_forged_and_a_file_that_differs_are_seen_at_once(log: Office, supervisor: Client) -> None:
    notes(1)
    log.seal()
    notes(1)
    log.seal()
    newest = "(SELECT max(size) FROM supervision_head)"
    forged = 'replace(text, \'"previous":"\', \'"previous":"00\')'
    tamper(f"UPDATE supervision_head SET text = {forged} WHERE size = {newest}", "supervision_head")
    words = page(supervisor)
    for said in ("✕ 无效", "✕ 不相接", "处与这里不同"):
        assert said in words


@pytest.mark.ids("T51", "T68")
def test_a_closed_log_and_a_late_seal_are_told_first(
    log: Office, supervisor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET server_started = NULL, reason = 'database_older'")
    assert "记录没有开放，办件系统只读：数据库比已公布的存证头旧" in page(supervisor)
    real = standing.read
    monkeypatch.setattr(standing, "read", lambda now: real(now=now + timedelta(seconds=90)))
    words = page(supervisor)
    assert "报警线是 60 秒" in words
    assert "签封程序已" in words


# A check ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_button_asks_for_one_check_however_often_it_is_pressed(supervisor: Client, bell: list[str]) -> None:
    for _ in range(2):
        answer = supervisor.post(reverse(PAGE), {"verb": "check"})
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse(PAGE))
    assert LogCheck.objects.values_list("kind", "asked_by").get() == ("asked", "潘国辉")
    html = supervisor.get(reverse(PAGE)).content.decode()
    assert "现在全部核验" not in html
    assert f'hx-get="{reverse("supervision_log_progress")}"' in html
    assert "X-Poll" in html


@pytest.mark.django_db
def test_the_progress_of_a_check_is_asked_for_until_it_has_ended(supervisor: Client) -> None:
    now = moment.wall()
    made = LogCheck.objects.create(kind="asked", asked_by="潘国辉", asked_at=now)
    told = []
    for size, done in ((0, 0), (1_204_518, 120_000), (1_204_518, 1_204_518)):
        if size:
            made.started_at, made.size, made.done = now, size, done
            made.save()
        told.append(supervisor.get(reverse("supervision_log_progress"), headers={"X-Poll": "1"}).content.decode())
    assert [
        word in words
        for word, words in zip(("等后台进程", "已核验 120,000 / 1,204,518 条", "正在比对"), told, strict=True)
    ] == [True] * 3
    made.ended_at = now
    made.save()
    assert supervisor.get(reverse("supervision_log_progress")).headers["HX-Refresh"] == "true"


# One case, one receipt -------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T49", "T55")
def test_a_case_is_proved_by_its_number_as_people_say_it(log: Office, supervisor: Client) -> None:
    case = builders.make_delivered_case()
    assert "其中 9 条还没有签封" in verdict(supervisor, case.number)
    log.seal()
    for asked in (case.number, "20260310 0001", "202603100001", f"http://x/public/progress/{case.number}/ABCD/"):
        said = verdict(supervisor, asked)
        assert "9 条记录，第 1 到第 9 条连号，状态合法，时间递增" in said
        assert "全部已签封；存储的办件与记录一致" in said
    whole = posted(supervisor, "verify", asked=case.number)
    assert "9 条记录" in whole
    assert "历次全部核验" in whole


@pytest.mark.ids("T49")
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE supervision_record SET body = body || ' ' WHERE seq = 3", "第 3 条记录有问题"),
        ("DELETE FROM supervision_record WHERE seq = 2", "缺号"),
        ("UPDATE supervision_record SET to_state = 'x' WHERE seq = 4", "检索列与记录内容不一致"),
    ],
)
def test_a_case_whose_records_were_changed_is_not_proved(
    log: Office, supervisor: Client, statement: str, said: str
) -> None:
    case = builders.make_accepted_case()
    builders.bring(case, CaseState.REVIEWED)
    log.seal()
    tamper(f"{statement} AND subject_id = '{case.id}'")
    assert said in verdict(supervisor, case.number)


@pytest.mark.ids("T55")
def test_a_case_that_was_changed_beside_its_records_is_told_apart(log: Office, supervisor: Client) -> None:
    case = builders.make_accepted_case()
    log.seal()
    tamper("UPDATE hall_case SET state = 'delivered'", "hall_case")
    said = verdict(supervisor, case.number)
    assert "记录本身完好，存储的办件与记录不一致" in said
    assert "状态与记录不一致" in said


@pytest.mark.ids("T56")
def test_a_receipt_is_proved_as_it_is_scanned(log: Office, supervisor: Client) -> None:
    case = builders.make_received_case()
    scanned = receipts.as_json(Receipt.objects.get(subject_id=case.id))
    forged = json.loads(scanned)
    forged["receipt"] = forged["receipt"].replace(case.number, "031202603101000025")
    assert "签名有效，记录在案，还没有签封" in verdict(supervisor, scanned)
    assert "回执的签名无效" in verdict(supervisor, json.dumps(forged))
    log.seal()
    assert "签名有效，记录还在" in verdict(supervisor, scanned)
    assert f"路径 {log_path(case)} 步" in verdict(supervisor, scanned)
    assert "回执的签名无效" in verdict(supervisor, json.dumps(forged))


def log_path(case: Any) -> int:
    size = count("supervision_leaf")
    index = size - 1
    return len(pieces(0, index)) + len(pieces(index + 1, size))


@pytest.mark.ids("T56")
@pytest.mark.parametrize("sealed", [True, False])
def test_a_receipt_proves_a_record_that_was_taken_away_or_changed(
    log: Office, supervisor: Client, sealed: bool
) -> None:
    """T56: the receipt alone tells, also of what was changed before it was sealed."""
    gone, changed = builders.make_received_case(), builders.make_received_case()
    scanned = {case.id: receipts.as_json(Receipt.objects.get(subject_id=case.id)) for case in (gone, changed)}
    if sealed:
        log.seal()
    tamper(f"DELETE FROM supervision_record WHERE subject_id = '{gone.id}'")
    tamper(f"UPDATE supervision_record SET body = body || ' ' WHERE subject_id = '{changed.id}'")
    assert "回执证明有过这条记录，现在记录里没有" in verdict(supervisor, scanned[gone.id])
    said = verdict(supervisor, scanned[changed.id])
    assert "被改过" in said


def claim(record: str) -> str:
    """Shaped like a receipt; nobody signed it."""
    told = {"at": "2026-03-10T02:42:00.000000Z", "case": "1", "key": "0" * 16, "leaf": "0" * 64, "record": record}
    text = json.dumps(told | {"schema": 1, "signed_at": "2026-03-10T02:42:00.000000Z"}, separators=(",", ":"))
    return json.dumps({"receipt": text, "signature": "00" * 64})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "这不是办件编号，也不是回执"),
        ("吴晓明", "这不是办件编号，也不是回执"),
        ("031202603101999992", "没有找到"),
        ("20260310 0001", "有不止一个办件"),
        ('{"receipt": 1}', "这不是大厅的记录回执"),
        ('{"receipt": "{}", "signature": ""}', "这不是大厅的记录回执"),
        ('{"receipt": "{\\"record\\":\\"a/b/c\\",\\"case\\":\\"\\",\\"leaf\\":\\"\\",\\"key\\":\\"\\",\\"signed_at\\":\\"\\"}", "signature": ""}', "这不是大厅的记录回执"),
        (claim("hall\0case/d3be011b-d5f2-4a83-bac5-dc5c4d2eaf21/1"), "这不是大厅的记录回执"),
        (claim("hall\ud800case/d3be011b-d5f2-4a83-bac5-dc5c4d2eaf21/1"), "这不是大厅的记录回执"),
        (claim("hall_case/d3be011b-d5f2-4a83-bac5-dc5c4d2eaf21/²"), "这不是大厅的记录回执"),
        ("{" * 5000, "这不是大厅的记录回执"),
        ("9" * 5000, "没有找到"),
    ],
)  # fmt: skip
def test_what_is_neither_is_answered_by_a_sentence(supervisor: Client, asked: str, said: str) -> None:
    builders.make_received_case()
    builders.make_received_case(builders.AT_ONCE)
    assert said in verdict(supervisor, asked)


# Downloads -------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T44", "T49")
def test_the_log_leaves_the_house_with_a_reason_on_record_and_is_what_the_verifier_takes(
    log: Office, supervisor: Client
) -> None:
    builders.make_accepted_case()
    log.seal()
    answer = supervisor.post(reverse(PAGE), {"verb": "export", "reason": "送县纪委监委离线核验"})
    assert answer.streaming
    assert answer.headers["Content-Disposition"].startswith("attachment")
    path = log.folder / "downloaded.ndjson"
    path.write_bytes(b"".join(answer.streaming_content))
    assert log.verify(log_file=path).code == 0
    told = json.loads(bytes(Record.objects.get(kind="log_exported").body))
    assert told["facts"]["reason"] == "送县纪委监委离线核验"
    assert told["actor"]["name"] == "潘国辉"


@pytest.mark.ids("T44")
def test_without_a_reason_nothing_leaves(log: Office, supervisor: Client) -> None:
    notes(1)
    log.seal()
    assert "还没有下载：有 1 处要改" in posted(supervisor, "export", 400, reason="看看")
    assert not Record.objects.filter(kind="log_exported").exists()


@pytest.mark.ids("T51")
def test_while_the_log_is_closed_no_download_is_on_record_and_so_there_is_none(log: Office, supervisor: Client) -> None:
    notes(1)
    log.seal()
    supervisor.get(reverse(PAGE))
    with administrator() as cursor:
        cursor.execute("UPDATE supervision_clearance SET server_started = NULL")
    assert supervisor.post(reverse(PAGE), {"verb": "export", "reason": "离线核验记录"}).status_code == 503


def test_heads_and_keys_are_downloaded_as_they_stand_outside(log: Office, supervisor: Client) -> None:
    notes(1)
    log.seal()
    for name, path in (("supervision_log_heads", log.file.path), ("supervision_log_keys", product.PUBLIC_KEYS_FILE)):
        assert b"".join(supervisor.get(reverse(name)).streaming_content) == path.read_bytes()


@pytest.mark.django_db
def test_an_unknown_verb_does_nothing(supervisor: Client) -> None:
    assert supervisor.post(reverse(PAGE), {"verb": "erase"}).status_code == 404


# Statements ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T36")
def test_the_page_asks_the_same_for_three_heads_and_for_thirty(
    log: Office, supervisor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    instant = moment.wall()
    asked = []
    for more in (3, 27):
        for _ in range(more):
            notes(1)
            log.seal()
            checked()
        monkeypatch.setattr(moment, "wall", lambda: instant)
        supervisor.get(reverse(PAGE))
        asked.append(of_request(lambda: supervisor.get(reverse(PAGE)), 200))
        monkeypatch.undo()
    assert len(asked[0]) == len(asked[1]) <= 9, short(asked[1])
