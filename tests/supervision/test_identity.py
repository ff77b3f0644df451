"""Numbers that people type are put right where that is safe, else refused with a sentence that says how to do it."""

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from supervision.identity import check_credit_code, check_id_number, check_mobile, id_check_character

TODAY = date(2026, 3, 10)
PERSON = "440823198802292217"  # invented; 29 February 1988 existed
WOMAN = "44082319900101000X"
UNIT = "11440823FAKE00013X"  # demo unit: invented, its check character is right


def fault(checked) -> str | None:
    return checked.faults[0].code if checked.faults else None


def sentence(checked) -> str:
    return checked.faults[0].sentence


@st.composite
def id_numbers(draw):
    born = draw(st.dates(date(1900, 1, 1), TODAY))
    body = f"{draw(st.integers(110000, 829999))}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]  # as GB 11643 prints them
    rest = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True)) % 11
    return body + "10X98765432"[rest], born


class TestIdNumber:
    def test_a_right_number_gives_the_birth_date(self):
        checked = check_id_number(PERSON, TODAY)
        assert (checked.ok, checked.value, checked.birth_date) == (True, PERSON, date(1988, 2, 29))

    @pytest.mark.parametrize(
        "typed", ["44082319900101000x", " 440823 19900101 000X ", "４４０８２３１９９００１０１０００Ｘ"]
    )
    def test_small_x_spaces_and_full_width_digits_are_put_right(self, typed):
        assert check_id_number(typed, TODAY).value == WOMAN
        assert check_id_number(typed, TODAY).ok

    @pytest.mark.parametrize(
        ("typed", "code", "said"),
        [
            ("", "id_number_missing", "请填写身份证号。"),
            (PERSON[:-1], "id_number_length", "身份证号是 18 位，这里只有 17 位。"),
            (PERSON + "1", "id_number_length", "身份证号是 18 位，这里有 19 位。"),
            ("4408231988022A2219", "id_number_characters", "身份证号前 17 位是数字，最后一位是数字或 X。"),
            ("440823198902292210", "id_number_date", "身份证号第 7 至 14 位不是真实的出生日期，请再核对一遍。"),
            ("440823188802292210", "id_number_date", "身份证号第 7 至 14 位不是真实的出生日期，请再核对一遍。"),
            ("440823202603112210", "id_number_future", "身份证号里的出生日期在今天之后，请再核对一遍。"),
            (PERSON[:-1] + "8", "id_number_check_digit", "身份证号最后一位对不上，请再核对一遍。"),
        ],
    )
    def test_faults_say_how_to_put_them_right(self, typed, code, said):
        checked = check_id_number(typed, TODAY)
        assert (fault(checked), sentence(checked), checked.birth_date) == (code, said, None)

    def test_the_old_number_of_15_digits_is_refused_with_its_remedy(self):
        checked = check_id_number("440823880229221", TODAY)
        assert fault(checked) == "id_number_old"
        assert "18 位" in checked.faults[0].remedy

    def test_a_child_born_today_can_apply(self):
        body = "44082320260310001"
        assert check_id_number(body + id_check_character(body), TODAY).ok

    @given(id_numbers())
    def test_every_number_made_by_the_standard_is_accepted(self, made):
        number, born = made
        assert check_id_number(number, TODAY).birth_date == born

    @given(id_numbers(), st.integers(0, 17), st.sampled_from("0123456789"))
    def test_one_wrong_digit_is_always_found(self, made, place, digit):
        number, _ = made
        assume(number[place] != digit)
        assert not check_id_number(number[:place] + digit + number[place + 1 :], TODAY).ok

    @given(st.text(max_size=40))
    def test_nothing_that_is_typed_breaks_the_check(self, typed):
        for checked in (check_id_number(typed, TODAY), check_credit_code(typed), check_mobile(typed)):
            assert checked.ok or sentence(checked).endswith("。")


class TestCreditCode:
    @pytest.mark.ids("L46")
    @pytest.mark.parametrize("code", [UNIT, "11511301008778183N", "11511300MB1A21304N", "114507226724545230"])
    def test_right_codes(self, code):
        assert check_credit_code(code).ok
        assert check_credit_code(f" {code.lower()} ").value == code

    @pytest.mark.ids("L46")
    @pytest.mark.parametrize(
        ("typed", "code", "said"),
        [
            ("", "credit_code_missing", "请填写统一社会信用代码。"),
            (UNIT[:-1], "credit_code_length", "统一社会信用代码是 18 位，这里只有 17 位。"),
            ("11440823FAKE000I3X", "credit_code_characters", "1、0、5、2 看错"),
            ("11440823FAKE000-3X", "credit_code_characters", "数字和大写字母"),
            (UNIT[:-1] + "Y", "credit_code_check_digit", "统一社会信用代码最后一位对不上，请再核对一遍。"),
            ("113708012345678915", "credit_code_check_digit", "统一社会信用代码最后一位对不上，请再核对一遍。"),
            ("00877868-5", "credit_code_old", "这是旧的 9 位组织机构代码"),
            ("008778685", "credit_code_old", "这是旧的 9 位组织机构代码"),
        ],
    )
    def test_faults_say_how_to_put_them_right(self, typed, code, said):
        checked = check_credit_code(typed)
        assert fault(checked) == code
        assert said in sentence(checked)


class TestMobile:
    @pytest.mark.parametrize("typed", ["13700000915", "137 0000 0915", "+86 137-0000-0915", "１３７００００0915"])
    def test_a_right_number_however_it_is_typed(self, typed):
        assert (check_mobile(typed).ok, check_mobile(typed).value) == (True, "13700000915")

    @pytest.mark.parametrize(
        ("typed", "code", "said"),
        [
            ("", "mobile_missing", "请填写手机号。"),
            ("1370000091", "mobile_length", "手机号是 11 位，这里只有 10 位。"),
            ("137000009155", "mobile_length", "手机号是 11 位，这里有 12 位。"),
            ("1370000091a", "mobile_characters", "手机号只能是数字，例如 13700000915。"),
            ("07590001001", "mobile_first_digit", "手机号第一位是 1，请再核对一遍。"),
        ],
    )
    def test_faults_say_how_to_put_them_right(self, typed, code, said):
        assert (fault(check_mobile(typed)), sentence(check_mobile(typed))) == (code, said)
