"""Lists and pages show of personal data only what one needs to tell people apart (T15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.masking import mask_id_number, mask_name, mask_phone

pytestmark = pytest.mark.ids("T15")


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("440823198802292216", "440823********2216"),
        ("440823880229221", "440823*****9221"),
        ("E12345678", "E1*****78"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_id_numbers(number, shown):
    assert mask_id_number(number) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [("13700000915", "137****0915"), ("0759-0010915", "****-****915"), ("110", "***"), ("", "")],
)
def test_phones(number, shown):
    assert mask_phone(number) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [("吴明", "吴×"), ("吴晓明", "吴×明"), ("欧阳晓明", "欧××明"), ("李", "×"), ("𠮷野家", "𠮷×家"), ("", "")],
)
def test_names_of_persons(name, shown):
    assert mask_name(name) == shown


@given(st.text("0123456789X", min_size=15, max_size=18))
def test_the_birth_date_is_never_shown(number):
    assert set(mask_id_number(number)[6:-4]) == {"*"}
    assert len(mask_id_number(number)) == len(number)
