"""One act, one statement: everything is written or nothing."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from catalog import actions as catalog
from catalog.models import ItemVersion, ServiceItem
from hall.models import Applicant, WindowDuty
from supervision import log, moment
from supervision.models import ClockKind, EfficiencyDay, Subscription, TimeParameter
from supervision.workdays import TimeUnit
from supervision.writing import Change, NotWritten, Update, write

from ..builders import announced, version_of

pytestmark = pytest.mark.django_db


def applicant(name: str, **given: Any) -> Applicant:
    return Applicant(
        kind="natural_person",
        name=name,
        id_number={"ct": "…"},
        phone={"ct": "'\"%s"},
        id_number_index=uuid4().hex,
        **given,
    )


def test_new_rows_changes_and_updates_are_one_statement() -> None:
    known = Subscription.objects.create(name="known")
    known.cursor = 7
    parts = [
        applicant("甲"),
        Subscription(name="new"),
        applicant("乙"),
        Change(known, ("cursor",)),
        Update("UPDATE supervision_rulebook SET revision = revision + %s", (1,)),
    ]
    with CaptureQueriesContext(connection) as queries:
        write(*parts)
    assert len(queries) == 1
    assert Applicant.objects.filter(name__in=("甲", "乙")).count() == 2
    assert dict(Subscription.objects.values_list("name", "cursor")) == {"known": 7, "new": 0}


@pytest.mark.ids("T51")
def test_one_row_that_can_not_be_written_takes_all_with_it() -> None:
    Subscription.objects.create(name="known")
    with pytest.raises(IntegrityError), transaction.atomic():
        write(applicant("甲"), Subscription(name="known"))
    assert not Applicant.objects.filter(name="甲").exists()


@pytest.mark.ids("T63")
def test_a_change_of_a_row_that_is_gone_is_told_and_nothing_stays() -> None:
    with pytest.raises(NotWritten, match="wrote"), transaction.atomic():
        write(applicant("甲"), Change(Subscription(name="gone", cursor=1), ("cursor",)))
    assert not Applicant.objects.filter(name="甲").exists()


def test_an_update_may_touch_no_row_or_many() -> None:
    for name in ("a", "b"):
        Subscription.objects.create(name=name)
    stop = Update("UPDATE supervision_subscription SET cursor = %s WHERE name = ANY(%s)", (3, ["a", "b"]))
    write(applicant("甲"), stop, Update("DELETE FROM supervision_subscription WHERE name = %s", ("nobody",)))
    assert list(Subscription.objects.order_by("name").values_list("cursor", flat=True)) == [3, 3]
    write(stop)


def test_a_number_that_the_database_gives_is_left_to_it() -> None:
    write(
        EfficiencyDay(day=date(2026, 3, 10), unit="031", received=2), EfficiencyDay(day=date(2026, 3, 11), unit="031")
    )
    assert list(EfficiencyDay.objects.order_by("day").values_list("received", "accepted")) == [(2, 0), (0, 0)]


def test_objects_and_nothing_at_all_come_back_as_they_were_given() -> None:
    given = applicant("引号'与%s\\", address=None, contact_id_number={"deep": [1, {"null": None}]})
    write(given)
    read = Applicant.objects.get(pk=given.pk)
    assert (read.name, read.address, read.contact_id_number, read.phone) == (
        "引号'与%s\\", None, {"deep": [1, {"null": None}]}, {"ct": "'\"%s"},
    )  # fmt: skip


def test_the_json_value_null_is_not_the_absence_of_a_value() -> None:
    given = applicant("甲")
    write(given)
    assert Applicant.objects.filter(pk=given.pk, address__isnull=True).exists()


def test_arrays_and_ranges_come_back_as_they_were_given() -> None:
    live = version_of()
    draft = ItemVersion(
        item=ServiceItem.objects.get(pk=live.item_id), number=99, name="数组", initials="sz", sort_key="shu4 zu3",
        case_kind="promised", promised_limit=3, legal_basis=["《办法》第4条", "逗号,引号\""], serves=[],
    )  # fmt: skip
    catalog.draft(draft, actor=log.SYSTEM, now=moment.now())
    read = ItemVersion.objects.get(pk=draft.pk)
    assert (read.legal_basis, read.serves, read.valid_during, read.visits) == (
        ["《办法》第4条", '逗号,引号"'],
        [],
        None,
        None,
    )


def test_a_changed_range_is_written_with_its_bounds() -> None:
    duty = WindowDuty.objects.order_by("id").first()
    assert duty is not None
    last = duty.during.upper - timedelta(days=1)
    duty.during = (duty.during.lower, last)
    write(Change(duty, ("during",)))
    announced(duty)
    read = WindowDuty.objects.get(pk=duty.pk)
    assert (read.during.upper, read.during.upper_inc) == (last, False)


def test_a_choice_is_stored_as_its_value() -> None:
    row = TimeParameter(
        kind=ClockKind.DELIVERY, limit=4, time_unit=TimeUnit.WORKDAY, holds_from=date(2030, 1, 1), basis=""
    )
    write(row)
    announced(row)
    assert TimeParameter.objects.filter(pk=row.pk, kind="delivery", time_unit="workday").exists()
