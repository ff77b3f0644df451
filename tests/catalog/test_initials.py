"""An item is found by the first letters of its name's sounds, and stands where a dictionary would put it."""

import pytest

from catalog.initials import initials, sort_key

pytestmark = pytest.mark.ids("D9")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("食品经营许可核发", "spjyxkhf"),
        ("旅馆业特种行业许可证核发", "lgytzhyxkzhf"),
        ("行政许可", "xzxk"),
        ("城乡居民参保登记", "cxjmcbdj"),
        ("《出生医学证明》首次签发", "csyxzmscqf"),
        ("拖拉机/联合收割机注册登记", "tljlhsgjzcdj"),
        ("80周岁以上老年人高龄津贴发放", "80zsyslnrgljtff"),
        ("设立KTV审批", "slktvsp"),
        ("ＫＴＶ", "ktv"),
        ("", ""),
    ],
)
def test_initials_are_the_first_letters_of_the_syllables(name, expected):
    assert initials(name) == expected


def test_marks_do_not_count_in_the_order_of_names():
    names = [
        "户口迁移审批",
        "《出生医学证明》首次签发",
        "80周岁以上老年人高龄津贴发放",
        "残疾人证新办",
        "城镇污水排入排水管网许可",
    ]

    ordered = [names[2], "残疾人证新办", "城镇污水排入排水管网许可", "《出生医学证明》首次签发", "户口迁移审批"]
    assert sorted(names, key=sort_key) == ordered


def test_a_character_without_a_sound_spells_itself():
    assert initials("\U00020002村登记") == "\U00020002cdj"
