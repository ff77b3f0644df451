"""What an insider, a citizen or a program with the application's own login could try beyond the pages (T05, T13, T17, T47, T48)."""

from contextlib import closing
from dataclasses import replace

import psycopg2
import pytest
from django.core.cache import cache
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP

from authorization.models import Person
from hall import actions, policies, queries
from hall.models import Case
from hall.states import CaseState
from hall.views import sign_in
from supervision import moment, protection
from supervision.models import Clock, Record
from supervision.refusals import Forbidden, Refused
from tests import builders, database

from . import cast

pytestmark = pytest.mark.django_db


def facts_of(case: Case, kind: str) -> str:
    return bytes(Record.objects.get(subject_id=case.id, kind=kind).body).decode()


def day_of(clock: Clock) -> str:
    return str(clock.started_on)


def run(sql: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


# Deadlines ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("L10", "T64")
def test_after_a_missed_notice_all_time_runs_from_the_receipt(clock):
    """行政许可法 32 item 4: received on 10 March, told nothing until the 17th, so accepted since the 10th."""
    case = builders.make_transferred_case()
    clock.set("2026-03-18 09:00")
    with pytest.raises(Refused) as refused:
        actions.accept(case.number, staff=builders.empowered(case, "accept"), now=moment.now())
    assert refused.value.refusal.code == "wrong_state"
    builders.act("review", case, staff=builders.make_section_head())
    done = Case.objects.select_related("promised", "statutory").get(pk=case.pk)
    assert done.promised is not None
    assert done.statutory is not None
    assert {day_of(done.promised), day_of(done.statutory)} == {"2026-03-10"}
    assert (str(done.promised.due_on), str(done.statutory.due_on)) == ("2026-03-17", "2026-04-08")
    assert str(moment.local_date(done.accepted_at)) == "2026-03-10"
    assert '"deemed":true' in facts_of(case, "deem_accepted")


@pytest.mark.ids("L10")
def test_on_the_last_day_of_the_notice_time_still_runs_from_the_acceptance(clock):
    case = builders.make_transferred_case()
    clock.set("2026-03-17 16:00")
    done = actions.accept(case.number, staff=builders.empowered(case, "accept"), now=moment.now())
    assert done.promised is not None
    assert day_of(done.promised) == "2026-03-17"
    assert '"deemed":false' in facts_of(case, "accept")


@pytest.mark.ids("L10")
def test_no_other_kind_of_item_is_accepted_by_silence(clock):
    """行政许可法 speaks of licences: a benefit that nobody answered is accepted on the day on which it is."""
    case = builders.make_transferred_case(builders.NO_STATUTE)
    clock.set("2026-03-18 09:00")
    done = actions.accept(case.number, staff=builders.empowered(case, "accept"), now=moment.now())
    assert day_of(done.promised) == "2026-03-18"
    assert '"deemed":false' in facts_of(case, "accept")


# Four eyes ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T17")
def test_who_reviewed_in_one_post_does_not_approve_in_another():
    case = builders.make_case(CaseState.REVIEWED)
    reviewer = case.acts.get(verb="review")
    leader = builders.empowered(case, "grant")
    assert reviewer.post_id != leader.post_id
    both = replace(leader, person_id=reviewer.person_id)
    with pytest.raises(Forbidden) as refused:
        actions.grant(case.number, staff=both, now=moment.now(), opinion="同意。")
    assert refused.value.refusal.code == "four_eyes"
    verdict = policies.next_step(both, queries.case_to_show(both, case.number), moment.now())
    assert verdict is not None
    assert verdict.refusal.code == "four_eyes"
    assert actions.grant(case.number, staff=leader, now=moment.now(), opinion="同意。").state == CaseState.DECIDED


# Power ----------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T13", "D30")
def test_a_unit_s_own_post_at_a_common_window_has_no_power_of_the_centre():
    """The counter letter empowers the posts of the centre, not whoever sits at a window."""
    clerk, section = builders.make_clerk(), builders.make_section_head()
    stranger = replace(clerk, post_id=section.post_id)
    with pytest.raises(Forbidden):
        actions.receive(builders.make_application(), staff=stranger, now=moment.now())


# Second factor --------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T05")
@pytest.mark.parametrize("late", [-1, 0, 1])
def test_a_code_takes_its_own_step_and_no_other(monkeypatch, late):
    person = Person.objects.get(username="linhaiyan")
    secret = "JBSWY3DPEHPK3PXP"
    person.otp_secret = protection.seal(secret, table="authorization_person", column="otp_secret", row=person.id)
    person.otp_step = 0
    person.save()
    builders.announced(person)
    totp, now = TOTP(sign_in.otp_key(secret)), moment.wall()
    monkeypatch.setattr(moment, "wall", lambda: now)
    totp.time = now.timestamp()
    totp.drift = -late
    step, code = totp.t(), f"{totp.token():06d}"
    assert sign_in._code_is_right(person, code)
    person.refresh_from_db()
    assert person.otp_step == step
    assert not sign_in._code_is_right(person, code)


@pytest.mark.ids("T01")
@pytest.mark.parametrize("username", ["linhaiyan", "nobody-here"])
def test_a_failed_sign_in_is_on_record_and_the_fifth_locks(client: Client, empty_cache, username):
    told = {"username": username, "password": "not the password", "code": "000000"}
    answers = [client.post(reverse("sign_in"), told).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    assert "账号已锁定" in client.post(reverse("sign_in"), told).content.decode()
    failed = Record.objects.filter(kind="sign_in_failed")
    assert failed.count() == 6
    assert all(b"not the password" not in bytes(record.body) for record in failed)
    assert all(username.encode() not in bytes(record.body) for record in failed)


# The application's own login ------------------------------------------------------------------------------------------------
@pytest.mark.ids("T47", "T48")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE hall_applicant SET contact_name = '同伙'",
        "DELETE FROM hall_applicant",
        "UPDATE supervision_counter SET value = value - 1",
        "UPDATE supervision_counter SET series = series || 'x', value = value + 1",
        "UPDATE supervision_numberepoch SET epoch = 0",
        "UPDATE catalog_itemversion SET valid_during = '[2020-01-01,)', record_seq = record_seq + 1 WHERE status = 'published'",
    ],
)
def test_the_application_can_not_rewrite_what_was_fixed(sql):
    builders.make_received_case()
    with pytest.raises(DatabaseError):
        run(sql)


@pytest.mark.ids("T48")
def test_types_of_a_session_do_not_deceive_the_guard():
    case = builders.make_received_case()
    with pytest.raises(IntegrityError), transaction.atomic():
        run("CREATE DOMAIN pg_temp.xid8 AS pg_catalog.text")
        run("SET LOCAL search_path = pg_temp, public")
        run("UPDATE public.hall_case SET state = 'delivered', record_seq = record_seq + 1 WHERE id = %s", case.id)
        run("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.ids("T38")
@pytest.mark.parametrize(
    ("variable", "table"),
    [
        ("HALL_SEALER_URL", "authorization_person"),
        ("HALL_SEALER_URL", "hall_staffsession"),
        ("HALL_AUDIT_URL", "hall_staffsession"),
    ],
)
def test_who_seals_or_audits_reads_no_session_and_the_sealer_nobody(variable, table):
    name = connection.settings_dict["NAME"]
    with closing(psycopg2.connect(database.url(variable, str(name)))) as other, other.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM supervision_record")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute(f"SELECT * FROM {table}")


# What a record proves -------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T48", "T55")
def test_a_record_commits_to_who_may_take_the_result_and_to_what_was_said():
    applicant = builders.make_applicant(contact_name="陈代办", contact_id_number="440823199003072212")
    case = builders.make_received_case(applicant=applicant)
    stored = Case.objects.select_related("applicant").get(pk=case.pk).applicant
    assert protection.commitment(stored.id_number, "陈代办") in facts_of(case, "receive")
    assert '"delivery_way":"counter"' in facts_of(case, "receive")
    reviewed = builders.make_case(CaseState.REVIEWED)
    opinion = reviewed.acts.get(verb="review").opinion
    stored = Case.objects.select_related("applicant").get(pk=reviewed.pk).applicant
    assert protection.commitment(stored.id_number, opinion) in facts_of(reviewed, "review")
    assert opinion not in facts_of(reviewed, "review")


# Addresses ------------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T18")
@pytest.mark.parametrize(
    "at", ["2026-01-01T00:00:00%2B23:59", "0001-01-01T00:00:00%2B10:00", "9999-12-31T23:59:59-10:00"]
)
def test_a_mark_of_an_impossible_instant_starts_the_list_anew(at):
    desk = builders.staff_client(cast.staff_of(cast.GENERAL))
    answer = desk.get(f"{reverse('window_queue')}?after={at}_00000000-0000-7000-8000-000000000000")
    assert answer.status_code == 200


@pytest.mark.ids("T37")
def test_wrong_codes_for_numbers_that_can_not_exist_are_not_counted(client: Client, empty_cache):
    client.get("/public/progress/no-number/ABCDEFGH/")
    assert cache.get("progress:no-number") is None
