"""How a name is found by typing and where it stands in a list: pinyin initials and sort key. Pure."""

import unicodedata

from pypinyin import Style, lazy_pinyin


def initials(name: str) -> str:
    """食品经营许可 is found by `spjyxk`: the first letter of each syllable; letters and digits of the name stay, marks go."""
    return "".join(syllable[0] if _is_han(sign) else sign.lower() for sign, syllable in _spelt(name))


def sort_key(name: str) -> str:
    """Syllables with their tones, so that names stand in the order of a dictionary; marks don't count."""
    return " ".join(syllable for _, syllable in _spelt(name))


def _spelt(name: str) -> list[tuple[str, str]]:
    """Each letter, digit or Han character with its syllable; characters that no dictionary knows spell themselves.

    The whole name is spelt at once: a character with two sounds takes the one of its word. Wide letters become plain ones.
    """
    name = unicodedata.normalize("NFKC", name)
    syllables = lazy_pinyin(
        name,
        style=Style.TONE3,
        neutral_tone_with_five=True,
        errors=list,  # type: ignore[arg-type]  # what is not Han comes back sign by sign
    )
    return [(sign, syllable.lower()) for sign, syllable in zip(name, syllables, strict=True) if sign.isalnum()]


def _is_han(sign: str) -> bool:
    return sign.isalpha() and not sign.isascii()
