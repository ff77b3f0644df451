"""Checks of numbers that people type: ID number (GB 11643), credit code (GB 32100, L46), mobile number.

What can be put right without asking is put right (full-width digits, spaces, a lower-case x); the rest is a fault that
says how.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from stdnum.cn import uscc

from supervision.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Checked:
    """The number as it is stored, or the faults. `birth_date` is known of a faultless ID number."""

    value: str
    faults: tuple[Refusal, ...] = ()
    birth_date: date | None = None

    @property
    def ok(self) -> bool:
        return not self.faults


def check_id_number(text: str, today: date) -> Checked:
    """18 characters: region, a birth date that exists and is not after `today`, sequence, check character."""
    number = _tidy(text).upper()
    fault = _id_shape_fault(number)
    if fault:
        return Checked(number, (fault,))
    born = _birth_date(number)
    if born is None:
        return Checked(number, (_fault("id_number_date", "身份证号第 7 至 14 位不是真实的出生日期，请再核对一遍。"),))
    if born > today:
        return Checked(number, (_fault("id_number_future", "身份证号里的出生日期在今天之后，请再核对一遍。"),))
    if number[17] != id_check_character(number):
        return Checked(number, (_fault("id_number_check_digit", "身份证号最后一位对不上，请再核对一遍。"),))
    return Checked(number, birth_date=born)


def id_check_character(number: str) -> str:
    """GB 11643: weights 2**(17-i) over the first 17 digits, modulo 11."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11]


def check_credit_code(text: str) -> Checked:
    """18 characters of 0-9 and A-Z without I O S V Z, the last one a check character (modulo 31)."""
    code = _tidy(text).upper()
    if not code:
        return Checked(code, (_fault("credit_code_missing", "请填写统一社会信用代码。"),))
    if re.fullmatch(r"[0-9A-Z]{8}-?[0-9X]", code):
        remedy = "请填营业执照或登记证书上 18 位的统一社会信用代码。"
        return Checked(code, (_fault("credit_code_old", "这是旧的 9 位组织机构代码，已经停用。", remedy),))
    if len(code) != 18:
        return Checked(code, (_fault("credit_code_length", f"统一社会信用代码是 18 位，{_counted(code, 18)}。"),))
    if not re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{18}", code):
        sentence = "统一社会信用代码只有数字和大写字母，且没有 I、O、S、V、Z，请看是不是 1、0、5、2 看错了。"
        return Checked(code, (_fault("credit_code_characters", sentence),))
    if code[17] != uscc.calc_check_digit(code):
        return Checked(code, (_fault("credit_code_check_digit", "统一社会信用代码最后一位对不上，请再核对一遍。"),))
    return Checked(code)


def check_mobile(text: str) -> Checked:
    """11 digits beginning with 1; a leading +86, spaces and hyphens are dropped."""
    number = re.sub(r"^(\+|00)86", "", _tidy(text).replace("-", ""))
    if not number:
        return Checked(number, (_fault("mobile_missing", "请填写手机号。"),))
    if not re.fullmatch(r"[0-9]+", number):
        return Checked(number, (_fault("mobile_characters", "手机号只能是数字，例如 13700000915。"),))
    if len(number) != 11:
        return Checked(number, (_fault("mobile_length", f"手机号是 11 位，{_counted(number, 11)}。"),))
    if number[0] != "1":
        return Checked(number, (_fault("mobile_first_digit", "手机号第一位是 1，请再核对一遍。"),))
    return Checked(number)


def check_name(text: str) -> Checked:
    """The name of a person or body: two signs or more, nothing that belongs to markup or can't be seen."""
    name = text.strip()
    if not name:
        return Checked(name, (_fault("name_missing", "请填写姓名或名称。"),))
    if len(name) < 2:
        return Checked(name, (_fault("name_short", "姓名或名称要有 2 个字以上。"),))
    if re.search(r"[\x00-\x1f<>{}\\]", name):
        return Checked(name, (_fault("name_characters", "姓名或名称不能有尖括号、花括号或反斜杠。"),))
    return Checked(name)


def _id_shape_fault(number: str) -> Refusal | None:
    if not number:
        return _fault("id_number_missing", "请填写身份证号。")
    if re.fullmatch(r"[0-9]{15}", number):
        remedy = "请按现在的居民身份证填写 18 位号码；只有旧证的，请先到公安户政窗口核实。"
        return _fault("id_number_old", "这是 15 位的旧号码，第一代身份证已经停用。", remedy)
    if len(number) != 18:
        return _fault("id_number_length", f"身份证号是 18 位，{_counted(number, 18)}。")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return _fault("id_number_characters", "身份证号前 17 位是数字，最后一位是数字或 X。")
    return None


def _birth_date(number: str) -> date | None:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born.year >= 1900 else None


def _tidy(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def _counted(number: str, wanted: int) -> str:
    return f"这里只有 {len(number)} 位" if len(number) < wanted else f"这里有 {len(number)} 位"


def _fault(code: str, sentence: str, remedy: str = "") -> Refusal:
    return Refusal(code, sentence, remedy=remedy)
