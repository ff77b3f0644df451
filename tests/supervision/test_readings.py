"""A reading is composed once and asked with any values: it gives what the ORM would give, or refuses to be composed."""

import threading
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, connection, connections
from django.db.models import F, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Concat
from django.db.transaction import TransactionManagementError, atomic
from django.test.utils import CaptureQueriesContext

from supervision import prepared
from supervision.models import CalendarDay, DayKind
from supervision.readings import NotComposable, Reading

pytestmark = pytest.mark.django_db
SPRING, LABOUR = date(2026, 2, 17), date(2026, 5, 1)


def make_reading() -> Reading[CalendarDay]:
    """The days of one kind from a day on; in words that no session has heard before."""
    never_heard = Value(uuid4().hex)
    return Reading(
        lambda kind, *, since: (
            CalendarDay.objects.filter(kind=kind, day__gte=since).annotate(words=never_heard).order_by("day")
        )
    )


def sent(reading: Reading[Any], *shape: Any, **values: Any) -> tuple[list[Any], list[str]]:
    with CaptureQueriesContext(connection) as captured:
        rows = reading.rows(*shape, **values)
    return rows, [query["sql"] for query in captured.captured_queries]


def test_it_gives_what_the_orm_gives_with_other_values_and_another_shape():
    reading = make_reading()
    for kind in (DayKind.OFF_DAY, DayKind.MAKE_UP_WORKDAY, DayKind.OFF_DAY):
        for since in (SPRING, LABOUR):
            rows = list(CalendarDay.objects.filter(kind=kind, day__gte=since).order_by("day"))
            assert reading.rows(kind, since=since) == rows
            assert rows


def test_a_value_left_out_makes_another_statement():
    days = CalendarDay.objects.order_by("day")
    reading = Reading(
        lambda *, since, until=None: days.filter(day__gte=since, **({} if until is None else {"day__lt": until}))
    )
    assert reading.rows(since=SPRING) == list(days.filter(day__gte=SPRING))
    assert reading.rows(since=SPRING, until=LABOUR) == list(days.filter(day__gte=SPRING, day__lt=LABOUR))


def test_it_is_planned_once_a_session_and_never_asked_twice():
    reading = make_reading()
    texts = [sent(reading, DayKind.OFF_DAY, since=day)[1] for day in (SPRING, LABOUR)]
    assert [len(asked) for asked in texts] == [1, 1]
    (first,), (again,) = texts
    assert first.startswith("PREPARE hall_")
    assert again.startswith("EXECUTE hall_")
    assert 'FROM "supervision_calendarday"' in prepared.text_of(again)


@pytest.mark.django_db(transaction=True)
def test_a_new_session_plans_anew():
    reading = make_reading()
    rows = reading.rows(DayKind.OFF_DAY, since=SPRING)
    connection.close()
    again, (text,) = sent(reading, DayKind.OFF_DAY, since=SPRING)
    assert again == rows
    assert text.startswith("PREPARE")


def test_what_never_changes_is_planned_with_and_may_hold_any_sign():
    reading = Reading(
        lambda *, since: CalendarDay.objects.filter(day__gte=since).annotate(
            said=Concat(F("name"), Value("%s 100% '", output_field=TextField()))
        )
    )
    first = reading.first(since=SPRING)
    again = reading.first(since=SPRING)
    for day in (first, again):
        assert day is not None
        assert day.said == f"{day.name}%s 100% '"  # type: ignore[attr-defined]


def test_what_is_worked_into_the_text_is_noticed_at_the_first_use():
    of_year: Reading[CalendarDay] = Reading(lambda *, day: CalendarDay.objects.filter(day__year=day.year, day__gte=day))
    with pytest.raises(NotComposable):
        of_year.rows(day=SPRING)
    of_age: Reading[CalendarDay] = Reading(
        lambda *, day: CalendarDay.objects.filter(day=day, kind="off_day" if day < SPRING else "make_up_workday")
    )
    with pytest.raises(NotComposable):
        of_age.rows(day=SPRING)
    idle: Reading[CalendarDay] = Reading(lambda *, day: CalendarDay.objects.all())
    with pytest.raises(NotComposable):
        idle.rows(day=SPRING)


@pytest.mark.parametrize("value", [None, True, 1.5])
def test_a_value_that_has_no_specimen_belongs_to_the_shape(value):
    with pytest.raises(NotComposable):
        Reading(lambda *, name: CalendarDay.objects.filter(name=name)).rows(name=value)


def test_a_list_may_hold_a_value():
    reading: Reading[CalendarDay] = Reading(
        lambda *, day: CalendarDay.objects.annotate(days=RawSQL("%s::date[]", [[day, SPRING]])).filter(day=day)
    )
    for day in (SPRING, LABOUR):
        found = reading.first(day=day)
        assert found is not None
        assert found.days == [day, SPRING]  # type: ignore[attr-defined]


def test_nothing_is_asked_where_nothing_can_come():
    assert sent(Reading(lambda *, day: CalendarDay.objects.filter(day=day).none()), day=SPRING) == ([], [])


@pytest.mark.django_db(transaction=True)
def test_a_lock_outside_a_transaction_is_refused_each_time():
    locking: Reading[CalendarDay] = Reading(lambda *, day: CalendarDay.objects.select_for_update().filter(day=day))
    with atomic():
        assert locking.first(day=SPRING) is not None
    with pytest.raises(TransactionManagementError):
        locking.first(day=SPRING)


def test_what_failed_once_is_asked_as_it_is():
    """Whether the database has kept it nobody knows: a second PREPARE would fail, and so would an EXECUTE."""
    halves: Reading[CalendarDay] = Reading(
        lambda *, by: CalendarDay.objects.filter(day=SPRING).annotate(share=RawSQL("60 / %s::int", [by]))
    )
    with pytest.raises(DataError), atomic():
        halves.rows(by=0)
    rows, (text,) = sent(halves, by=2)
    assert [row.share for row in rows] == [30]
    assert text.startswith("SELECT")


def test_a_session_keeps_only_so_many(monkeypatch):
    monkeypatch.setattr(prepared, "MOST", 0)
    rows, (text,) = sent(make_reading(), DayKind.OFF_DAY, since=LABOUR)
    assert rows
    assert text.startswith("SELECT")


@pytest.mark.django_db(transaction=True)
def test_threads_ask_the_same_reading_on_their_own_sessions():
    reading, wrong = make_reading(), []
    expected = {
        day: list(CalendarDay.objects.filter(kind="off_day", day__gte=day).order_by("day")) for day in (SPRING, LABOUR)
    }

    def ask(day: date) -> None:
        try:
            wrong.extend(day for _ in range(50) if reading.rows("off_day", since=day) != expected[day])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(day,)) for day in (SPRING, LABOUR) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
