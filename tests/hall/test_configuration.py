"""Rows that give power or move days are announced in the log; a silent change does not commit, or shows up in the comparison."""

import json
from contextlib import closing, contextmanager
from datetime import date
from io import StringIO
from uuid import UUID

import psycopg2
import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from authorization.models import Person, Post, PostHolding, Qualification
from catalog.models import Department, ServiceItem
from hall import replay
from hall.demo import plan
from hall.demo.county import load
from hall.models import ApiClient, SubCenter, Window, WindowDuty
from hall.replay.configuration import MODELS
from supervision import configuration, log, moment
from supervision.ledger.canonical import canonical_bytes, digest
from supervision.models import CalendarDay, CardRule, Record, TimeParameter
from supervision.sealing import checking
from tests import database
from tests.sealing_office import administrator

pytestmark = [pytest.mark.ids("T42", "T48"), pytest.mark.django_db]

OFFICE = log.Actor(name="县政务服务中心")


@contextmanager
def refused():
    """A transaction of its own that the database refuses for want of an announcement, at the latest when it commits."""
    with pytest.raises(IntegrityError) as fault, transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert fault.value.__cause__.diag.constraint_name == "announcement_required"


def announced(model):
    rows = Record.objects.filter(kind="configuration", subject_table=model._meta.db_table).order_by("id")
    return [json.loads(bytes(row.body)) for row in rows]


def fenced_tables():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid"
            " WHERE proname = 'supervision_announced' AND tgenabled = 'A' AND tgdeferrable AND tginitdeferred"
        )
        return {name for (name,) in cursor.fetchall()}


# What stands on record ------------------------------------------------------------------------------------------------------
def test_the_tables_that_are_compared_are_those_behind_the_fence():
    assert fenced_tables() == {model._meta.db_table for model in MODELS}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_row_of_the_county_was_announced_once(model):
    (told,) = announced(model)
    assert {key for key, _ in told["facts"]["rows"]} == {
        str(key) for key in model._default_manager.values_list("pk", flat=True)
    }
    assert told["facts"]["table"] == told["subject"]["table"] == model._meta.db_table
    assert told["actor"] == {"name": "初始化"}
    assert configuration.unlike(model) == configuration.Unlike([], [])


def test_loading_again_announces_nothing():
    before = Record.objects.count()
    load(plan.read())
    assert Record.objects.count() == before


@pytest.mark.ids("T38")
def test_neither_secrets_nor_personal_data_are_digested():
    for model in MODELS:
        classes = getattr(model, "data_class", {})
        assert not {name for name in configuration.fields_of(model) if classes.get(name) in ("personal", "sensitive")}
    assert set(configuration.fields_of(Person)) == {"id", "username", "is_active"}
    assert "secret" not in configuration.fields_of(ApiClient)


def test_a_row_that_an_older_product_announced_keeps_its_digest():
    """What came later is told only where it says something; what it says is told all the same."""
    window = Window.objects.get(number=3)
    of_old = ("id", "number", "kind", "field", "department")
    told = {name: Window._meta.get_field(name).value_to_string(window) for name in of_old}
    ((_, announced_now),) = [row for row in announced(Window)[0]["facts"]["rows"] if row[0] == str(window.pk)]
    assert announced_now == digest(canonical_bytes(told)).hex()
    for later in ({"sub_center": SubCenter.objects.get()}, {"open_during": (date(2026, 1, 1), date(2026, 2, 1))}):
        with transaction.atomic():
            Window.objects.filter(pk=window.pk).update(**later)
            assert configuration.unlike(Window).keys == [str(window.pk)], later
            transaction.set_rollback(True)
        assert configuration.unlike(Window).keys == []


def test_fields_that_came_later_exist_and_have_a_default():
    later = [(model, name) for model in MODELS for name in getattr(model, "later_fields", ())]
    assert {(Window, "point"), (ServiceItem, "hall_exception")} <= set(later)
    for model, name in later:
        field = model._meta.get_field(name)
        assert name in configuration.fields_of(model)
        assert field.null or field.has_default()


# The fence ------------------------------------------------------------------------------------------------------------------
CHANGES = {
    "a holiday more": lambda: CalendarDay.objects.create(day=date(2026, 3, 12), kind="off_day", name="春游"),
    "a holiday less": lambda: CalendarDay.objects.filter(day=date(2026, 1, 1)).delete(),
    "a longer notice": lambda: TimeParameter.objects.filter(kind="notice").update(limit=50),
    "a later warning": lambda: CardRule.objects.update(at_least=0),
    "another head": lambda: PostHolding.objects.filter(post__kind="section").update(is_substitute=True),
    "a holder less": lambda: WindowDuty.objects.all().delete(),
    "a post of another kind": lambda: Post.objects.filter(kind="clerk").update(kind="main_leader"),
    "an account again": lambda: Person.objects.filter(username="linhaiyan").update(is_active=False),
    "another second factor": lambda: Person.objects.filter(username="linhaiyan").update(otp_secret=None),
    "another duty": lambda: WindowDuty.objects.update(window=Window.objects.get(number=2)),
    "a longer certificate": lambda: Qualification.objects.update(valid_during=(date(2025, 12, 15), date(2099, 1, 1))),
    "a wider sub-centre": lambda: SubCenter.objects.get().units.add(Department.objects.first()),
    "an earlier approval": lambda: SubCenter.objects.update(approved_on=date(2020, 1, 1)),
    "a window elsewhere": lambda: Window.objects.filter(number=3).update(sub_center=SubCenter.objects.get()),
    "an item out of the hall": lambda: ServiceItem.objects.filter(key="S081").update(hall_exception="law"),
    "a wider window": lambda: Window.objects.get(number=3).units.add(Department.objects.first()),
    "more scopes": lambda: ApiClient.objects.update(scopes=["cases:read"]),
    "another prefix": lambda: Department.objects.filter(number="001").update(document_prefix="遂"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_silent_change_does_not_commit(change):
    with refused():
        CHANGES[change]()


def test_a_record_of_another_table_does_not_serve():
    with refused():
        configuration.announce(Post, [Post.objects.first().pk], actor=OFFICE, now=moment.now())
        CHANGES["a longer notice"]()


@pytest.mark.django_db(transaction=True)
def test_an_announcement_of_an_earlier_transaction_does_not_serve():
    configuration.announce(CardRule, [CardRule.objects.first().pk], actor=OFFICE, now=moment.now())
    with refused():
        CHANGES["a later warning"]()


def test_a_change_with_its_announcement_commits_and_stands_on_record():
    rule = CardRule.objects.first()
    with transaction.atomic():
        CardRule.objects.filter(pk=rule.pk).update(at_least=3)
        configuration.announce(CardRule, [rule.pk], actor=OFFICE, now=moment.now())
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    first, last = (dict(told["facts"]["rows"]) for told in announced(CardRule))
    assert first[str(rule.pk)] != last[str(rule.pk)]
    assert configuration.unlike(CardRule) == configuration.Unlike([], [])


def test_a_row_that_is_gone_is_announced_as_gone():
    day = CalendarDay.objects.first()
    CalendarDay.objects.filter(pk=day.pk).delete()
    configuration.announce(CalendarDay, [day.pk], actor=OFFICE, now=moment.now())
    assert announced(CalendarDay)[-1]["facts"]["rows"] == [[str(day.day), ""]]
    assert configuration.unlike(CalendarDay) == configuration.Unlike([], [])


@pytest.mark.django_db(transaction=True)
def test_signing_in_changes_no_account():
    """The last sign-in, the code that was used and a stronger hash of the same password are no change of an account."""
    Person.objects.filter(username="linhaiyan").update(last_login=moment.wall(), otp_step=7, password="scrypt$")
    assert configuration.unlike(Person) == configuration.Unlike([], [])


@pytest.mark.parametrize("table", [model._meta.db_table for model in MODELS])
def test_no_table_of_the_configuration_is_emptied_at_once(table):
    with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db(transaction=True)
def test_a_large_load_is_checked_in_little_time():
    """20,000 rows and one record; a fence that looked for it in all records of the transaction would still be at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '20s'")
        cursor.execute(
            "INSERT INTO supervision_calendarday (day, kind, name)"
            " SELECT day, 'off_day', 'x' FROM generate_series('2100-01-01'::date, '2154-10-04', '1 day') AS day"
        )
        configuration.announce(CalendarDay, ["2100-01-01"], actor=OFFICE, now=moment.now())
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert CalendarDay.objects.filter(day__year__gte=2100).count() == 20_000


# The comparison -------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T49")
@pytest.mark.django_db(transaction=True)
def test_what_was_changed_past_the_fence_shows_up():
    """By the owner, who can lift it; the command says so and so does every check of the log."""
    said = StringIO()
    call_command("check_configuration", stdout=said)
    assert "一致" in said.getvalue()
    holding = PostHolding.objects.filter(person__username="linhaiyan").get()
    url = database.url("HALL_ADMIN_URL", connection.settings_dict["NAME"])
    with closing(psycopg2.connect(url)) as administrator, administrator, administrator.cursor() as cursor:
        cursor.execute("ALTER TABLE authorization_postholding DISABLE TRIGGER ALL")
        cursor.execute("UPDATE authorization_postholding SET is_substitute = true WHERE id = %s", [str(holding.pk)])
        cursor.execute("ALTER TABLE authorization_postholding ENABLE TRIGGER ALL")
    told = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_configuration", stderr=told)
    assert str(holding.pk) in told.getvalue()
    assert told.getvalue().count("\n") == 1
    asked = checking.ask("监察", now=moment.wall())
    checking.run_pending(now=moment.wall())
    asked.refresh_from_db()
    differing = [finding["sentence"] for finding in asked.findings if finding["reason"] == "stored_differs"]
    assert [str(holding.pk) in sentence for sentence in differing] == [
        True
    ]  # the county's own records may wait for a seal


ILLEGIBLE = {
    "nothing": {},
    "a number": {"rows": 7},
    "half a row": {"rows": [["a"]]},
    "numbers in rows": {"rows": [[1, 2]]},
    "rows in rows": {"rows": [[["a"], "b"]]},
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.ids("T42", "T55")
@pytest.mark.parametrize("what", ILLEGIBLE)
def test_an_announcement_that_nobody_can_read_is_named_and_hides_no_row(what):
    """It is written by whoever has the application's rights; rows of this table and of others are compared all the same."""
    log.note(
        "configuration",
        log.Subject("catalog_town", UUID(int=0)),
        actor=log.SYSTEM,
        now=moment.now(),
        facts=ILLEGIBLE[what],
    )
    newest = Record.objects.latest("id").id
    with administrator() as cursor:
        for table, change in (("catalog_town", "region_code = '1'"), ("hall_window", "number = 99")):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            cursor.execute(f"UPDATE {table} SET {change} WHERE id = (SELECT min(id::text)::uuid FROM {table})")
    told = [finding.sentence.partition("：")[0] for finding in replay.compare_configuration()]
    assert told == [
        "配置“镇（街道）”有 1 行与最近一次登记不一致",
        "配置“镇（街道）”有 1 条登记读不懂，没有算进去",
        "配置“窗口”有 1 行与最近一次登记不一致",
    ]
    assert any(str(newest) in finding.sentence for finding in replay.compare_configuration())


@pytest.mark.ids("T55")
def test_a_table_that_cannot_be_compared_hides_no_other(monkeypatch):
    def broken(model):
        if model is Person:
            raise ZeroDivisionError
        return configuration.Unlike(["x"] if model is Window else [], [])

    monkeypatch.setattr(configuration, "unlike", broken)
    assert [finding.sentence for finding in replay.compare_configuration()] == [
        "核验程序出错，没有做完（配置“人员”，ZeroDivisionError）。",
        "配置“窗口”有 1 行与最近一次登记不一致：x。",
    ]
