"""首问负责: who is asked first writes it down, answers for it, and alone closes it or hands it over with a reason (D45)."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from authorization.models import Person, PostHolding
from hall import first_contacts, replay
from hall.actions import first_contact
from hall.models import FirstContact
from supervision import moment, protection
from supervision.models import Record
from supervision.refusals import NotFound, Refused
from tests import builders

from .contents import contents
from .pages import text_of
from .statements import of_request

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
REGISTER, ALL_OPEN = "first_contacts", "supervision_first_contacts"
QUESTION = "卫生许可证到期前多久要来办延续？"


def heard(action, *args, **words):
    """ "done", "404", or the code of the refusal; whatever was done is undone."""
    try:
        with transaction.atomic():
            action(*args, now=moment.now(), **words)
            transaction.set_rollback(True)
    except NotFound:
        return "404"
    except Refused as refused:
        return refused.refusal.code
    return "done"


def close(row, staff, **words):
    return heard(first_contact.close, row.id, staff=staff, **{"answer": "提前三十日申请。"} | words)


def hand_on(row, staff, **words):
    return heard(first_contact.hand_on, row.id, staff=staff, **{"to": "zhouminyi", "reason": "轮到午休。"} | words)


def take_over(row, staff, **words):
    return heard(first_contact.take_over, row.id, staff=staff, **{"reason": "林海燕已调离。"} | words)


def lose_account(username):
    person = Person.objects.get(username=username)
    person.is_active = False
    person.save()
    builders.announced(person)


def leave(username):
    """Tuesday 10 March 2026 is the last day in the post."""
    held = PostHolding.objects.get(person__username=username)
    held.during = (held.during.lower, date(2026, 3, 11))
    held.save()
    builders.announced(held)


def records(row):
    found = Record.objects.filter(subject_table="hall_firstcontact", subject_id=row.id, seq__isnull=False)
    return [json.loads(bytes(record.body)) for record in found.order_by("seq")]


def browser(username="linhaiyan"):
    return builders.staff_client(builders.member(username))


def page_of(row):
    return reverse("first_contact", args=[row.id])


# Registering ---------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D45")
def test_who_was_asked_first_is_on_record_with_post_window_and_the_day_of_the_answer():
    clerk = builders.make_clerk()
    row = FirstContact.objects.select_related("led_to", "item").get(pk=builders.make_first_contact().pk)
    assert (row.first_asked_id, row.post_id, row.window_id) == (clerk.person_id, clerk.post_id, clerk.window_id)
    assert (row.responsible_id, row.state, row.answer_by) == (clerk.person_id, "open", date(2026, 3, 13))
    assert (row.item.key, row.led_to.number) == (builders.ITEM, builders.OTHER_UNIT_NUMBER)
    (told,) = records(row)
    assert (told["kind"], told["to"], told["subject"]["seq"]) == ("register", "open", 1)
    assert told["actor"]["person"] == str(clerk.person_id)


@pytest.mark.ids("D45", "T38")
def test_who_asked_and_what_is_sealed_and_the_record_does_not_say_it():
    row = builders.make_first_contact(answer="提前三十日申请。")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row::text FROM hall_firstcontact AS row")
        stored = cursor.fetchone()[0]
    told = json.dumps(records(row), ensure_ascii=False)
    for said in (QUESTION, "莫子荣", "13700000915", "提前三十日申请。"):
        assert said not in stored
        assert said not in told


@pytest.mark.ids("D45")
def test_what_is_answered_at_once_is_closed_with_that():
    row = builders.make_first_contact(answer="提前三十日申请。", led_to="")
    assert (row.state, row.closed_at, row.answer_by) == ("closed", row.asked_at, None)
    assert [told["kind"] for told in records(row)] == ["register"]


@pytest.mark.ids("D45")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"answer_by": None}, "answer_or_day"),
        ({"answer_by": date(2026, 3, 9)}, "answer_by_day"),
        ({"answer_by": date(2026, 5, 10)}, "answer_by_day"),
        ({"answer_by": date(2026, 3, 10)}, "done"),
        ({"answer_by": date(2026, 5, 9)}, "done"),
        ({"item": "许可"}, "item_unclear"),
        ({"item": "没有这个事项"}, "item_unclear"),
        ({"item": ""}, "done"),
        ({"item": "ggcswsxk"}, "done"),
        ({"led_to": "999"}, "unknown_unit"),
        ({"led_to": ""}, "done"),
        ({"asker": "", "phone": ""}, "done"),
    ],
    ids=str,
)
def test_a_question_without_an_answer_needs_a_day_and_what_is_named_must_exist(given, code):
    asked = {"question": QUESTION, "answer_by": date(2026, 3, 13)} | given
    written = contents()
    assert heard(first_contact.register, first_contact.Question(**asked), staff=builders.make_clerk()) == code
    assert contents() == written


@pytest.mark.ids("D45", "T12")
def test_away_from_a_window_nothing_is_registered():
    off = replace(builders.make_clerk(), window_id=None)
    question = first_contact.Question(QUESTION, answer="是")
    assert heard(first_contact.register, question, staff=off) == "no_duty"


# Closing and handing over --------------------------------------------------------------------------------------------------
@pytest.mark.ids("D45")
def test_only_who_was_asked_first_closes_it(clock):
    row = builders.make_first_contact()
    clerk, colleague = builders.make_clerk(), builders.make_clerk("zhouminyi")
    assert close(row, colleague) == hand_on(row, colleague) == "404"
    assert close(row, builders.make_supervisor()) == hand_on(row, builders.make_supervisor()) == "not_responsible"
    clock.set("2026-03-11 09:00")
    first_contact.close(row.id, staff=clerk, now=clock.now(), answer="提前三十日申请。")
    row.refresh_from_db()
    assert (row.state, row.closed_at, row.record_seq) == ("closed", clock.now(), 2)
    assert close(row, clerk) == hand_on(row, clerk) == "already_closed"
    assert [told["kind"] for told in records(row)] == ["register", "close"]


@pytest.mark.ids("D45")
def test_whoever_it_was_handed_to_answers_for_it_and_the_first_asked_stays_on_record():
    row, clerk = builders.make_first_contact(), builders.make_clerk()
    colleague = builders.make_clerk("zhouminyi")
    first_contact.hand_on(row.id, staff=clerk, now=moment.now(), to="zhouminyi", reason="轮到午休。")
    row.refresh_from_db()
    assert (row.first_asked_id, row.responsible_id) == (clerk.person_id, colleague.person_id)
    assert close(row, clerk) == hand_on(row, clerk) == "not_responsible"
    assert close(row, colleague) == "done"
    told = records(row)[-1]
    assert (told["kind"], told["facts"]["responsible"]) == ("hand_on", str(colleague.person_id))
    assert "午休" not in json.dumps(told, ensure_ascii=False)


@pytest.mark.ids("D45")
@pytest.mark.parametrize("to", ["", "linhaiyan", "panguohui", "nobody"])
def test_it_is_handed_to_somebody_else_who_serves_a_window_today(to):
    assert hand_on(builders.make_first_contact(), builders.make_clerk(), to=to) == "no_colleague"


@pytest.mark.ids("D45")
def test_a_question_is_handed_to_nobody_whose_account_is_not_in_use():
    row, clerk = builders.make_first_contact(), builders.make_clerk()
    lose_account("zhouminyi")
    assert hand_on(row, clerk) == "no_colleague"


@pytest.mark.ids("D45", "T38", "T55")
def test_every_reason_is_kept_and_proved_by_its_record():
    row, clerk, colleague = builders.make_first_contact(), builders.make_clerk(), builders.make_clerk("zhouminyi")
    first_contact.hand_on(row.id, staff=clerk, now=moment.now(), to="zhouminyi", reason="轮到午休。")
    first_contact.hand_on(row.id, staff=colleague, now=moment.now(), to="chenxiaolin", reason="接错事项。")
    row.refresh_from_db()
    assert first_contacts.plain_reasons(row) == ["轮到午休。", "接错事项。"]
    told = [one["facts"]["reason"] for one in records(row) if one["kind"] == "hand_on"]
    assert told == list(map(protection.commitment, row.reasons, first_contacts.plain_reasons(row)))
    page = text_of(browser("chenxiaolin").get(page_of(row)))
    assert "轮到午休。" in page
    assert "接错事项。" in page
    assert list(replay.compare_first_contacts()) == []
    for other in ("reasons - 0", "reasons - 1", "jsonb_build_array(reasons->1, reasons->0)", "reasons || reasons"):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE hall_firstcontact SET reasons = {other}")
            (found,) = replay.compare_first_contacts()
            transaction.set_rollback(True)
        assert "移交和接手理由与记录不一致" in found.sentence


# Taking over ---------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D45")
@pytest.mark.parametrize("gone", [lose_account, leave])
def test_what_nobody_can_answer_any_more_is_taken_over_at_a_window_with_a_reason(gone, clock):
    row, clerk = builders.make_first_contact(), builders.make_clerk()
    colleague, office = builders.make_clerk("zhouminyi"), builders.make_supervisor()
    assert take_over(row, colleague) == "404"
    assert take_over(row, clerk) == "still_attended"
    assert take_over(row, office) == "no_duty"
    gone("linhaiyan")
    clock.set("2026-03-10 23:59" if gone is lose_account else "2026-03-11 00:01")
    assert take_over(row, replace(colleague, window_id=None)) == "404"
    assert take_over(row, office) == "no_duty"
    assert take_over(row, colleague, seq=2) == "stale_form"
    assert close(row, colleague) == hand_on(row, colleague, to="chenxiaolin") == "not_responsible"
    first_contact.take_over(row.id, staff=colleague, now=clock.now(), reason="林海燕已调离。", seq=1)
    row.refresh_from_db()
    assert (row.first_asked_id, row.responsible_id, row.state) == (clerk.person_id, colleague.person_id, "open")
    told = records(row)[-1]
    assert (told["kind"], told["facts"]["responsible"]) == ("take_over", str(colleague.person_id))
    assert told["actor"]["person"] == str(colleague.person_id)
    assert "调离" not in json.dumps(told, ensure_ascii=False)
    assert first_contacts.plain_reasons(row) == ["林海燕已调离。"]
    assert take_over(row, builders.make_clerk("chenxiaolin")) == "404"
    assert list(replay.compare_first_contacts()) == []
    assert close(row, colleague) == "done"


@pytest.mark.ids("D45")
def test_who_holds_another_post_goes_on_answering_and_a_closed_question_waits_for_nobody(clock):
    row, closed = builders.make_first_contact(), builders.make_first_contact(answer="提前三十日申请。")
    held = PostHolding.objects.get(person__username="linhaiyan")
    leave("linhaiyan")
    other = PostHolding(person=held.person, post_id=builders.make_section_head().post_id)
    other.during = (date(2026, 3, 11), None)
    other.save()
    builders.announced(other)
    clock.set("2026-03-11 09:00")
    assert take_over(row, builders.make_clerk("zhouminyi")) == "404"
    lose_account("linhaiyan")
    assert take_over(row, builders.make_clerk("zhouminyi")) == "done"
    assert take_over(closed, builders.make_clerk("zhouminyi")) == "404"


@pytest.mark.ids("D45", "T63")
def test_an_old_page_does_nothing():
    row, clerk = builders.make_first_contact(), builders.make_clerk()
    assert close(row, clerk, seq=0) == hand_on(row, clerk, seq=2) == "stale_form"
    assert close(row, clerk, seq=1) == hand_on(row, clerk, seq=1) == "done"


@pytest.mark.ids("T48")
@pytest.mark.django_db(transaction=True)
def test_no_question_changes_or_disappears_without_its_record():
    builders.make_first_contact()
    for sql in (
        "UPDATE hall_firstcontact SET record_seq = record_seq + 1",
        "UPDATE hall_firstcontact SET answer_by = '2027-01-01'",
        "DELETE FROM hall_firstcontact",
        "TRUNCATE hall_firstcontact",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.ids("D45", "T55")
def test_the_records_rebuild_every_question():
    row, clerk = builders.make_first_contact(), builders.make_clerk()
    builders.make_first_contact(answer="提前三十日申请。", asker="", phone="", item="", led_to="")
    first_contact.hand_on(row.id, staff=clerk, now=moment.now(), to="zhouminyi", reason="轮到午休。")
    first_contact.close(row.id, staff=builders.make_clerk("zhouminyi"), now=moment.now(), answer="已电话答复。")
    assert list(replay.compare_first_contacts()) == []


# Pages ---------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("D45")
def test_a_question_is_registered_answered_and_closed_through_the_pages(clock):
    client = browser()
    assert "登记一条咨询" in (page := text_of(client.get(reverse(REGISTER))))
    assert "群众问到您，您就是首问责任人" in page  # nothing is open: the page says what to do
    form = {"question": QUESTION, "asker": "莫子荣", "phone": "13700000915", "answer_by": "2026-03-13"}
    assert client.post(reverse(REGISTER), form).status_code == 302
    row = FirstContact.objects.get()
    page = text_of(client.get(reverse(REGISTER)))
    assert QUESTION in page
    assert "剩 3 日" in page
    assert "莫×荣" in page
    assert "莫子荣" not in page
    answer = client.post(page_of(row), {"verb": "close", "seq": 1, "answer": "提前三十日申请。"})
    assert (answer.status_code, answer.headers["Location"]) == (302, reverse(REGISTER))
    assert QUESTION not in text_of(client.get(reverse(REGISTER)))
    assert QUESTION in text_of(client.get(reverse(REGISTER), {"tab": "closed"}))
    page = text_of(client.get(page_of(row)))
    assert "提前三十日申请。" in page
    assert 'value="close"' not in page


@pytest.mark.ids("D45")
def test_what_was_typed_stays_when_something_is_missing():
    client = browser()
    for form, fault in (
        ({"question": QUESTION}, "当场没有答复的，请写明哪一天以前答复。"),
        ({"answer_by": "2026-03-13", "asker": "莫子荣"}, "请填写咨询内容。"),
        ({"question": QUESTION, "answer": "是", "item": "许可"}, "请写全名或事项号"),
        ({"question": QUESTION, "item": "许可"}, "有 2 处要改"),
    ):
        answer = client.post(reverse(REGISTER), form)
        page = text_of(answer)
        assert answer.status_code == 400
        assert fault in page
        assert all(value in page for value in form.values())
    assert FirstContact.objects.count() == 0


@pytest.mark.ids("D45", "T10", "T44")
def test_a_colleague_finds_no_question_of_somebody_else_and_the_supervision_office_finds_all(clock):
    row = builders.make_first_contact()
    clock.set("2026-03-14 09:00")
    assert QUESTION not in text_of(browser("zhouminyi").get(reverse(REGISTER)))
    assert browser("zhouminyi").get(page_of(row)).status_code == 404
    office = browser("panguohui")
    page = text_of(office.get(reverse(ALL_OPEN)))
    assert QUESTION in page
    assert "超答复期限 1 日" in page
    assert builders.make_clerk().name in page
    page = text_of(office.get(page_of(row)))
    assert QUESTION in page
    assert 'value="close"' not in page
    before = Record.objects.filter(kind="denied", subject_id=row.id).count()
    assert office.post(page_of(row), {"verb": "close", "seq": 1, "answer": "代答"}).status_code == 403
    assert Record.objects.filter(kind="denied", subject_id=row.id).count() == before + 1
    assert office.post(page_of(row), {"verb": "delete"}).status_code == 404
    first_contact.close(row.id, staff=builders.make_clerk(), now=moment.now(), answer="已答复")
    assert "没有未答复的咨询" in text_of(office.get(reverse(ALL_OPEN)))


@pytest.mark.ids("D45")
@pytest.mark.parametrize(("at", "words"), [("2026-03-13 23:59", "已答复"), ("2026-03-14 00:01", "逾期 1 日答复")])
def test_an_answer_after_its_day_stays_late(clock, at, words):
    row, clerk = builders.make_first_contact(), builders.make_clerk()
    clock.set(at)
    first_contact.close(row.id, staff=clerk, now=clock.now(), answer="提前三十日申请。")
    for page in (page_of(row), reverse(REGISTER) + "?tab=closed"):
        assert f">{words}</span>" in text_of(browser().get(page))


@pytest.mark.ids("D45", "T44")
def test_what_waits_to_be_taken_over_is_listed_at_the_windows_and_marked_for_the_supervision_office():
    row, client, office = builders.make_first_contact(), browser("zhouminyi"), browser("panguohui")
    waiting = reverse(REGISTER) + "?tab=unattended"
    assert QUESTION not in text_of(client.get(waiting))
    assert "待接手" not in text_of(office.get(reverse(ALL_OPEN)))
    lose_account("linhaiyan")
    assert "待接手" in text_of(office.get(reverse(ALL_OPEN)))
    assert "已不在岗，待接手" in text_of(office.get(page_of(row)))
    assert QUESTION in text_of(client.get(waiting))
    page = text_of(client.get(page_of(row)))
    assert "莫×荣" in page
    assert "莫子荣" not in page
    assert 'value="take_over"' in page
    assert 'value="close"' not in page
    assert 'value="take_over"' not in text_of(office.get(page_of(row)))
    form = {"verb": "take_over", "seq": 1}
    assert client.post(page_of(row), form).status_code == 400
    assert client.post(page_of(row), form | {"reason": "林海燕已调离。"}).status_code == 302
    assert QUESTION not in text_of(client.get(waiting))
    assert QUESTION in text_of(client.get(reverse(REGISTER)))
    page = text_of(client.get(page_of(row)))
    assert "莫子荣" in page
    assert "林海燕已调离。" in page
    assert "待接手" not in text_of(office.get(reverse(ALL_OPEN)))


@pytest.mark.ids("D45", "T15", "T44")
def test_the_phone_is_seen_in_full_for_a_reason_on_record_by_who_answers_for_it():
    row, client = builders.make_first_contact(), browser()
    page = text_of(client.get(page_of(row)))
    assert "137****0915" in page
    assert "13700000915" not in page
    assert client.post(page_of(row), {"verb": "look", "reason": "看"}).status_code == 400
    assert Record.objects.filter(kind="unmask").count() == 0
    assert "13700000915" in text_of(client.post(page_of(row), {"verb": "look", "reason": "回电答复"}))
    assert Record.objects.get(kind="unmask").subject_id == row.id
    answer = browser("panguohui").post(page_of(row), {"verb": "look", "reason": "回电答复"})
    assert answer.status_code == 404
    assert "13700000915" not in text_of(answer)


@pytest.mark.ids("D45")
def test_the_form_of_handing_over_offers_who_is_on_duty_and_asks_for_a_reason():
    row, client = builders.make_first_contact(), browser()
    page = text_of(client.get(page_of(row)))
    assert 'value="zhouminyi"' in page
    assert 'value="linhaiyan"' not in page
    answer = client.post(page_of(row), {"verb": "hand_on", "seq": 1, "to": "zhouminyi", "reason": ""})
    assert answer.status_code == 400
    answer = client.post(page_of(row), {"verb": "hand_on", "seq": 1, "to": "zhouminyi", "reason": "轮到午休。"})
    assert answer.status_code == 302
    assert QUESTION in text_of(browser("zhouminyi").get(reverse(REGISTER)))
    assert "轮到午休。" in text_of(browser("zhouminyi").get(page_of(row)))
    stale = client.post(page_of(row), {"verb": "close", "seq": 1, "answer": "迟到的答复"})
    assert stale.status_code == 409


@pytest.mark.ids("D45", "T36")
def test_the_lists_ask_the_same_for_three_rows_and_thirty_and_go_on_page_by_page(clock, monkeypatch):
    instant = moment.wall()
    monkeypatch.setattr(moment, "wall", lambda: instant)  # a session is prolonged once a minute
    monkeypatch.setattr("hall.first_contacts.PAGE", 20)
    monkeypatch.setattr("hall.queries.PAGE", 20)
    clients = {REGISTER: browser(), ALL_OPEN: browser("panguohui")}
    asked = {}
    for name, client in clients.items():
        client.get(reverse(name))
    for more, total in ((3, 3), (27, 30)):
        for minute in range(more):
            clock.set(f"2026-03-10 {10 + total // 10}:{minute:02d}")
            builders.make_first_contact()
        for name, client in clients.items():
            asked[name, total] = len(of_request(lambda client=client, name=name: client.get(reverse(name)), 200))
    assert asked == {(REGISTER, 3): 3, (REGISTER, 30): 3, (ALL_OPEN, 3): 1, (ALL_OPEN, 30): 1}
    keys = [str(key) for key in FirstContact.objects.order_by("asked_at", "id").values_list("id", flat=True)]
    assert walked(clients[REGISTER], reverse(REGISTER)) == walked(clients[ALL_OPEN], reverse(ALL_OPEN)) == keys
    for key in keys:
        first_contact.close(key, staff=builders.make_clerk(), now=moment.now(), answer="已答复")
    assert walked(clients[REGISTER], reverse(REGISTER) + "?tab=closed") == keys[::-1]


def walked(client, url):
    found, page = [], url
    while page:
        text = text_of(client.get(page))
        found += re.findall(r'href="/first-contacts/([0-9a-f-]{36})/"', text)
        more = re.search(r'href="(\?[^"]*after=[^"]*)"', text)
        page = url.partition("?")[0] + more[1].replace("&amp;", "&") if more else ""
    return found
