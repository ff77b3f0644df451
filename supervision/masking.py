"""What is shown of personal data to people who need not see all of it (T15). Unmasking takes a reason and is recorded.

A credit code is public and is not masked; the number of a person who trades under his own ID is an ID number and is.
"""

import re


def mask_id_number(number: str) -> str:
    """440823********2216. Shorter papers (a passport) show two characters at each end, the shortest nothing."""
    if len(number) >= 15:
        return _middle_hidden(number, 6, 4)
    if len(number) >= 7:
        return _middle_hidden(number, 2, 2)
    return "*" * len(number)


def mask_phone(number: str) -> str:
    """137****0915; of any other number only the last three digits."""
    if re.fullmatch(r"1[0-9]{10}", number):
        return _middle_hidden(number, 3, 4)
    hidden = re.sub(r"[0-9]", "*", number)
    return hidden[:-3] + number[-3:] if len(number) >= 7 else hidden


def mask_name(name: str) -> str:
    """吴×明, 李×: first and last character from three characters on, of two only the first. For natural persons."""
    if len(name) <= 2:
        return name[:1] + "×" if len(name) == 2 else "×" * len(name)
    return _middle_hidden(name, 1, 1, "×")


def mask_address(address: str) -> str:
    """广东省湛江市遂溪****: of an address its first third, at most nine characters; street and number never."""
    shown = address[: min(9, len(address) // 3)]
    return f"{shown}****" if address else ""


def _middle_hidden(text: str, head: int, tail: int, mark: str = "*") -> str:
    return text[:head] + mark * (len(text) - head - tail) + text[-tail:]
