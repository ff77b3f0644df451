"""Lists and pages show of personal data only what one needs to tell people apart (T15)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supervision.masking import mask_address, mask_id_number, mask_name, mask_phone, phone_tail

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
    ("number", "shown", "tail"),
    [
        ("13700000915", "137****0915", "0915"),
        ("0759-0010915", "****-****915", "0915"),
        ("110", "***", ""),
        ("", "", ""),
    ],
)
def test_phones(number, shown, tail):
    assert (mask_phone(number), phone_tail(number)) == (shown, tail)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("吴明", "吴×"), ("吴晓明", "吴×明"), ("欧阳晓明", "欧××明"), ("李", "×"), ("𠮷野家", "𠮷×家"), ("", "")],
)
def test_names_of_persons(name, shown):
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("广东省湛江市遂溪县城月镇建设路12号", "广东省湛江市遂溪县城月镇****"),
        ("遂溪县遂城镇", "遂溪县遂城镇"),
        ("遂城街道湛川路8号3栋501", "遂城街道****"),
        ("广东省湛江市遂溪县农林路3号", "广东省湛江市遂溪县****"),
        ("建设路1号农贸市场旁", "****"),
        ("李家村12号", "****"),
        ("李家村3队乡道旁", "****"),
        ("", ""),
    ],
)
def test_addresses_go_down_to_the_town(address, shown):
    assert mask_address(address) == shown


@given(st.text("0123456789X", min_size=15, max_size=18))
def test_the_birth_date_is_never_shown(number):
    assert set(mask_id_number(number)[6:-4]) == {"*"}
    assert len(mask_id_number(number)) == len(number)


@given(st.text(max_size=60))
def test_house_numbers_are_never_shown(address):
    shown = mask_address(address + "12号")
    assert "12" not in shown
    assert shown.endswith("****")
