"""Finding a case by what people have at hand: the number, what is said at the window, the slip, a part of the name."""

import pytest

from hall import papers, queries
from tests import builders

pytestmark = pytest.mark.django_db


def found(text: str) -> list[str]:
    return [case.number for case in queries.find(builders.make_clerk(), text)]


def test_a_case_is_found_by_its_number_and_by_what_is_said_of_it() -> None:
    case = builders.make_received_case()
    day, serial = case.number[3:11], int(case.number[12:17])
    for typed in (case.number, f"{day} {serial:04d}", f"{day}{serial}", papers.receipt_number(case), "晓明"):
        assert case.number in found(typed), typed


def test_another_serial_another_day_and_another_unit_are_other_cases() -> None:
    number = builders.make_received_case().number
    for typed in (f"{number[3:11]} 9999", f"20260309 {number[12:17]}", f"999-{number[3:11]}-{number[12:17]}"):
        assert found(typed) == [], typed


@pytest.mark.parametrize("typed", ["20261399 0001", "123456789", "1" * 40, "０１２", "%", "_"])
def test_what_names_no_case_finds_none(typed: str) -> None:
    builders.make_received_case()
    assert found(typed) == []
