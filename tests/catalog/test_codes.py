"""Task codes are judged as the province does: real codes, wrong ones in the order of the checks, the schemes' traps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.codes import SCHEMES, CodeScheme, ItemKind, check_task_code, explain

pytestmark = pytest.mark.ids("D5", "L47")

DEMO = "11440823FAKE00101C4440199001000"  # a demo item of this county: credit code with FAKE, right check character

REAL = [
    ("11440100007483172Q3440106043001", "guangdong", ItemKind.LICENCE, "3", None),
    ("114403006939513773344201505200801", "guangdong", ItemKind.OTHER_POWER, "3", "01"),
    ("12441500196720244T3442199806003", "guangdong", ItemKind.PUBLIC_SERVICE, "3", None),
    ("11440300MB2C94128A3440217281000", "guangdong", ItemKind.PENALTY, "3", None),
    ("11440300MB2D0722464440127028001", "guangdong", ItemKind.LICENCE, "4", None),
    ("11650000010183859F2650116013001", "national", ItemKind.LICENCE, "2", None),
    ("11370800MB285591847370118009002", "national", ItemKind.LICENCE, "7", None),
    ("11370800MB28559184337011505600001", "national", ItemKind.LICENCE, "3", "01"),
    ("11370800MB23415709400011513300501", "national", ItemKind.LICENCE, "4", "01"),
    ("11370800MB28559184300011710900202", "national", ItemKind.LICENCE, "3", "02"),
    ("11370800MB28559184337108000900101", "national", ItemKind.OTHER_POWER, "3", "01"),
    ("11370800MB28559184300011711200001", "national", ItemKind.LICENCE, "3", "01"),
    ("11370800MB285591846370117000003", "national", ItemKind.LICENCE, "6", None),
    ("11370827MB2857833K4371017058000", "national", ItemKind.OTHER_POWER, "4", None),
]


@pytest.mark.ids("L46", "D8")
@pytest.mark.parametrize(("code", "scheme", "kind", "level", "item"), REAL)
def test_real_codes_are_valid_and_taken_apart(code, scheme, kind, level, item):
    check = check_task_code(code, CodeScheme(scheme))
    assert (check.reason, check.kind) == (None, kind)
    assert (check.parts.level, check.parts.handling_item) == (level, item)
    parts = check.parts
    assert parts.credit_code + parts.level + parts.catalog_code + (parts.handling_item or "") == code


@pytest.mark.ids("L46")
def test_a_placeholder_with_a_wrong_check_digit_is_rejected():
    """It fits the pattern and reached production elsewhere."""
    check = check_task_code("1137080123456789154370115056000", CodeScheme.NATIONAL)
    assert check.reason == "credit_code_check_digit"
    assert check.parts.credit_code == "113708012345678915"


class TestErrorsInTheirOrder:
    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("", "length"),
            (DEMO[1:], "length"),  # dirty data: a digit of the credit code lost
            (DEMO + "0", "length"),
            ("00877868-5", "length"),
            (DEMO.replace("FAKE", "FAIL"), "pattern"),
            (DEMO.lower(), "pattern"),
            (DEMO[:18] + "0" + DEMO[19:], "pattern"),
            (DEMO[:-1] + "x", "pattern"),
            (DEMO[:-1] + "\n", "pattern"),
            (DEMO[:-1] + "０", "pattern"),  # a full-width digit is no digit here
            (DEMO[:17] + "D" + DEMO[18:21] + "99" + DEMO[23:], "credit_code_check_digit"),
            (DEMO[:21] + "99" + DEMO[23:] + "00", "item_type_not_in_scheme"),
            (DEMO + "00", "handling_item_serial"),
            (DEMO, None),
            (DEMO + "01", None),
            (DEMO + "99", None),
        ],
    )
    def test_the_first_error_names_the_verdict(self, code, reason):
        check = check_task_code(code, CodeScheme.GUANGDONG)
        assert (check.reason, check.valid) == (reason, reason is None)
        assert check.warnings == ()
        assert reason is None or explain(reason, code).endswith("。")

    def test_nothing_is_claimed_of_a_code_that_does_not_fit(self):
        check = check_task_code("x" * 31, CodeScheme.NATIONAL)
        assert (check.parts, check.kind) == (None, None)

    def test_a_lost_part_is_guessed_at_in_words(self):
        assert explain("length", DEMO[:-3]) == "编码 28 位，应为 31 或 33 位。可能漏了子项三位“000”。"
        assert explain("length", DEMO[1:]) == "编码 30 位，应为 31 或 33 位。可能信用代码少了 1 位。"

    @given(st.text(max_size=36), st.sampled_from(CodeScheme))
    def test_no_text_breaks_the_check(self, text, scheme):
        check = check_task_code(text, scheme)
        assert check.valid or explain(check.reason, text)


class TestWarnings:
    def warnings(self, code, scheme="guangdong", **guide):
        check = check_task_code(code, CodeScheme(scheme), **guide)
        assert check.valid
        return check.warnings

    def test_a_code_of_this_hall_has_none(self):
        assert self.warnings(DEMO, levels=[4], kind="licence") == ()

    def test_development_zones_carry_levels_6_and_7(self):
        assert "level_unusual" in self.warnings("11370800MB285591847370118009002", "national")
        assert "level_unusual" in self.warnings("11370800MB285591846370117000003", "national")

    def test_level_and_kind_differ_from_the_guide(self):
        assert self.warnings(DEMO, levels=[3], kind="penalty") == ("level_differs", "type_differs")
        assert self.warnings(DEMO, levels=[3, 4]) == ()

    def test_region_and_province_of_others(self):
        shandong = "11370827MB2857833K4371017058000"
        assert self.warnings(shandong, "national") == ("region_not_hall", "origin_foreign_province")
        assert self.warnings(shandong, "national", region="370827", province="37") == ()

    def test_the_national_origin_is_not_foreign(self):
        assert "origin_foreign_province" not in self.warnings("11370800MB23415709400011513300501", "national")


class TestSchemes:
    @pytest.mark.ids("D8")
    def test_20_is_public_service_nationally_and_other_power_in_guangdong(self):
        code = DEMO[:21] + "20" + DEMO[23:]
        assert check_task_code(code, CodeScheme.NATIONAL).kind == ItemKind.PUBLIC_SERVICE
        assert check_task_code(code, CodeScheme.GUANGDONG).kind == ItemKind.OTHER_POWER
        assert check_task_code(code, CodeScheme.LEGACY).reason == "item_type_not_in_scheme"

    @pytest.mark.ids("D8")
    def test_the_table_of_the_four_schemes(self):
        order = ["licence", "penalty", "coercion", "levy", "benefit", "inspection", "confirmation", "reward"]
        order += ["adjudication", "other_power", "public_service"]
        table = {
            "national": "01 02 03 04 05 06 07 08 09 10 20",
            "guangdong": "01 02 -- -- 05 -- 07 08 09 20 21",
            "legacy": "01 02 03 04 05 09 07 06 08 10 11",
            "other": "01 03 04 05 06 -- 08 09 07 10 14",
        }
        for scheme, digits in table.items():
            expected = dict(zip(digits.split(), order, strict=True))
            expected.pop("--", None)
            assert SCHEMES[CodeScheme(scheme)] == expected

    def test_a_table_of_ones_own(self):
        assert check_task_code(DEMO, {"01": ItemKind.REWARD}).kind == ItemKind.REWARD
