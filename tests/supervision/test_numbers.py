"""Numbers of cases and papers: without gaps, never twice, by the county's own day."""

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from hall.models import Case
from supervision import log, moment, numbers
from supervision.models import Counter, NumberEpoch, Paper
from supervision.sealing.opening import RECOVERY_SUBJECT

from ..builders import at, make_accepted_case, make_applicant, make_clerk, make_received_case
from ..outages import closed_log
from ..together import in_threads

DAY = date(2026, 3, 10)
bodies = st.text("0123456789", min_size=17, max_size=17)


# What a number looks like --------------------------------------------------------------------------------------------------
def test_a_case_number_is_unit_day_epoch_serial_and_check_digit() -> None:
    number = numbers.case_number({"case:031:20260310:1": 7})
    assert number[:-1] == "031" + "20260310" + "1" + "00007"
    assert numbers.is_case_number(number)


@given(bodies, st.integers(0, 17), st.integers(1, 9))
def test_any_single_mistyped_digit_is_noticed(body: str, place: int, by: int) -> None:
    number = body + numbers.mod_11_10.calc_check_digit(body)
    mistyped = number[:place] + str((int(number[place]) + by) % 10) + number[place + 1 :]
    assert numbers.is_case_number(number)
    assert not numbers.is_case_number(mistyped)


@pytest.mark.parametrize(
    "text", ["", "031202603101000", "0312026031010000１7", "03120260310100001x", "031 2026031010000"]
)
def test_what_is_not_eighteen_plain_digits_is_no_case_number(text: str) -> None:
    assert not numbers.is_case_number(text)


def test_a_paper_number_has_hexagonal_brackets_and_no_leading_zeros() -> None:
    assert numbers.paper_number("遂卫", "受", 2026, 7) == "遂卫受〔2026〕7号"


# Without gaps --------------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_series_count_apart_and_are_given_in_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        first = numbers.take([numbers.case_series("031", DAY), "paper:031:受:2026", "paper:031:准:2026"])
    again = numbers.take(["paper:031:受:2026"])
    assert sorted(first.items()) == [("case:031:20260310:1", 1), ("paper:031:准:2026", 1), ("paper:031:受:2026", 1)]
    assert again == {"paper:031:受:2026": 2}


@pytest.mark.django_db(transaction=True)
def test_a_number_whose_act_was_undone_is_given_to_the_next() -> None:
    for _ in range(3):
        with transaction.atomic():
            make_received_case()
            transaction.set_rollback(True)
    assert make_received_case().number[12:17] == "00001"
    assert make_received_case().number[12:17] == "00002"


@pytest.mark.ids("T57", "T59")
@pytest.mark.django_db(transaction=True)
def test_twenty_threads_of_which_every_third_gives_up_leave_no_gap() -> None:
    def take(number: int) -> list[int]:
        kept = []
        for turn in range(6):
            gives_up = (number + turn) % 3 == 0
            with transaction.atomic():
                serial = numbers.take(["paper:031:受:2026"])["paper:031:受:2026"]
                transaction.set_rollback(gives_up)
            if not gives_up:
                kept.append(serial)
        return kept

    given_out = sorted(serial for kept in in_threads(20, take) for serial in kept)
    assert given_out == list(range(1, 81))


@pytest.mark.ids("T59", "T63")
@pytest.mark.django_db(transaction=True)
def test_twenty_windows_that_receive_at_once_get_twenty_numbers_in_a_row() -> None:
    clerk = make_clerk()
    cases = in_threads(
        20, lambda number: make_received_case(applicant=make_applicant(name=f"申请人{number}"), clerk=clerk)
    )
    serials = sorted(int(case.number[12:17]) for case in cases)
    assert serials == list(range(1, 21))
    assert Case.objects.values("number").distinct().count() == Paper.objects.values("number").distinct().count() == 20


def test_two_acts_that_need_the_same_series_lock_them_in_one_order(transactional_db: None) -> None:
    """Otherwise the two would wait for each other until one is thrown out."""
    wanted = ["paper:a", "paper:b", "paper:c"]

    def take(number: int) -> None:
        for _ in range(20):
            with transaction.atomic():
                numbers.take(wanted if number % 2 else wanted[::-1])

    in_threads(4, take)
    assert set(Counter.objects.filter(series__in=wanted).values_list("value", flat=True)) == {80}


# Day and year --------------------------------------------------------------------------------------------------------------
@pytest.mark.ids("T59")
@pytest.mark.django_db
def test_the_day_in_a_number_changes_at_midnight_in_the_county() -> None:
    late, early = at("2026-03-10 23:59"), at("2026-03-11 00:00")
    assert late.date() == early.date()  # it is the same day in UTC
    numbers_ = [make_received_case(now=instant).number for instant in (late, late, early)]
    assert [(number[3:11], number[12:17]) for number in numbers_] == [
        ("20260310", "00001"), ("20260310", "00002"), ("20260311", "00001"),
    ]  # fmt: skip


@pytest.mark.ids("T59")
@pytest.mark.django_db
def test_papers_begin_at_one_with_the_first_minute_of_the_county_year() -> None:
    just_begun = at("2026-01-01 00:00:30")
    assert just_begun.year == 2025  # in UTC
    case = make_accepted_case(now=just_begun)
    make_accepted_case(now=at("2026-06-30 12:00"))
    prefix = case.department.document_prefix
    issued = Paper.objects.filter(kind="acceptance_notice").order_by("issued_at")
    assert [paper.number for paper in issued] == [f"{prefix}受〔2026〕1号", f"{prefix}受〔2026〕2号"]


@pytest.mark.django_db
def test_every_year_has_a_series_of_its_own() -> None:
    years = (2025, 2026, 2026, 2027)
    taken = [numbers.take([series])[series] for series in (numbers.paper_series("031", "受", year) for year in years)]
    assert taken == [1, 1, 2, 1]


RECEIVING = """
import django
django.setup()
from supervision import moment
from tests import builders
case = builders.make_received_case(now=moment.now())
print(case.number, case.received_at.isoformat())
"""


@pytest.mark.ids("T59")
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_programs_in_any_time_zone_number_by_the_county_day(transactional_db: None, tmp_path: Path, zone: str) -> None:
    """Half past midnight of New Year's Day in the county, by a rehearsal clock: in UTC it is still the old year."""
    clock = tmp_path / "clock"
    clock.write_text("2026-01-01T00:30:00+08:00")
    done = subprocess.run(
        [sys.executable, "-c", RECEIVING],
        cwd=settings.ROOT,
        env=os.environ | {"TZ": zone, "HALL_CLOCK": str(clock), "DJANGO_SETTINGS_MODULE": "hall.config.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    number, received = done.stdout.split()
    assert number[3:11] == "20260101"
    assert datetime.fromisoformat(received).astimezone(moment.SHANGHAI).date() == date(2026, 1, 1)
    assert Case.objects.get().number == number


# After a restore -----------------------------------------------------------------------------------------------------------
def begin_epoch(epoch: int) -> None:
    """What a recovery leaves of numbers, with its record, which is written while the log is closed."""
    with closed_log(), transaction.atomic():
        NumberEpoch.objects.create(epoch=epoch, reason="恢复到 10:40")
        log.note("recovery", log.Subject(*RECOVERY_SUBJECT), actor=log.SYSTEM, now=moment.now(), facts={})


@pytest.mark.ids("T59", "T68")
@pytest.mark.django_db(transaction=True)
def test_an_epoch_of_numbers_needs_the_record_of_a_recovery() -> None:
    """T68: whoever could begin one at will would use them up, and with them the case numbers."""
    begin_epoch(2)
    with pytest.raises(IntegrityError, match="needs the record of a recovery"):
        NumberEpoch.objects.create(epoch=3, reason="")
    with pytest.raises(IntegrityError, match="needs the record of a recovery"), transaction.atomic():
        NumberEpoch.objects.create(epoch=3, reason="")
        log.note("sign_in", log.Subject(*RECOVERY_SUBJECT), actor=log.SYSTEM, now=moment.now(), facts={})
    assert set(NumberEpoch.objects.values_list("epoch", flat=True)) == {1, 2}


@pytest.mark.ids("T68")
@pytest.mark.django_db
@pytest.mark.parametrize("epoch", [0, 10, 77])
def test_an_epoch_has_one_digit_in_a_case_number(epoch: int) -> None:
    with pytest.raises(IntegrityError, match="number_epoch_one_digit"), transaction.atomic():
        NumberEpoch.objects.create(epoch=epoch, reason="")


@pytest.mark.ids("T68")
@pytest.mark.django_db(transaction=True)
def test_numbers_after_a_restore_never_meet_those_that_were_lost() -> None:
    """The restored database has forgotten what was given out after its point in time; a new epoch keeps the two apart."""
    given_out = {make_received_case().number}
    with transaction.atomic():
        given_out |= {make_received_case().number for _ in range(4)}
        transaction.set_rollback(True)  # handed to citizens, and gone with the restore
    begin_epoch(2)
    after = {make_received_case().number for _ in range(6)}
    assert {number[11] for number in after} == {"2"}
    assert {int(number[12:17]) for number in after} == set(range(1, 7))
    assert not given_out & after


@pytest.mark.ids("T68")
@pytest.mark.django_db
def test_without_a_new_epoch_they_would_meet() -> None:
    """What the epoch is for: the same counter gives the same number again."""
    with transaction.atomic():
        lost = make_received_case().number
        transaction.set_rollback(True)
    assert make_received_case().number == lost


@pytest.mark.ids("T47")
@pytest.mark.django_db
@pytest.mark.parametrize("table", ["supervision_counter", "supervision_numberepoch"])
def test_the_application_can_not_forget_what_was_given_out(table: str) -> None:
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(Exception, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
