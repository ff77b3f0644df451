"""Official papers as PDF: `typeset(template, facts)` makes of a verb's registered facts the sheet that a citizen holds.

**The contract.** `template` is a value of `PaperKind`. `facts` is plain JSON (str, int, bool, null, lists, dicts) with
at least the keys of the `TypedDict` that `FACTS` (paper_facts.py) names for it; further keys do no harm. Days are `YYYY-MM-DD`; instants
are ISO 8601 with an offset and are read on a clock in Shanghai; the template writes both in Chinese. Counts are
numbers: null is unknown and printed as "—", 0 is printed as 0. Every text is escaped and stands on the paper as it was
typed (T27). Call `check` in the verb: it refuses facts with a missing key, so that no paper is registered that can't be
printed. Same facts, same bytes, in every process (design decision 11): no time is read, and a reprint bears no mark.

The look follows GB/T 9704-2012 as `templates/print/paper.css` explains.
"""

import logging
import os
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from django.template import Context, Engine

from .paper_facts import FACTS as FACTS

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
TEMPLATE_VERSION = 3  # raised when a template changes what a paper says; the register keeps it beside the facts
BRIEF = {  # these have a shorter wording, or a higher head, for where the full one needs a second page (face, section 7)
    *("acceptance_notice", "correction_notice", "decline_notice", "not_required_notice", "opinion_request"),
    *("special_notice", "extension_notice", "payment_notice", "refusal", "end_notice"),
    *("rectification_order", "revocation"),
}
UNSEEN = {"Cc", "Cf", "Cs"}  # controls, direction marks, half characters: never visible, able to turn a line around
log = logging.getLogger(__name__)

# An engine of its own: papers look the same whatever the pages of the upper rooms add to theirs.
ENGINE = Engine(dirs=[str(TEMPLATES)], builtins=["supervision.imprints"])


class FactsMissing(ValueError):
    """The facts do not carry what the template prints; the message names each missing key."""


class PressNotReady(RuntimeError):
    """This machine can't print yet; the message says why. The paper stays registered and is printed later."""


def check(template: str, facts: Mapping[str, Any]) -> None:
    """Refuse facts that lack a key of the template, with the names of all that are missing."""
    missing = sorted(_missing(FACTS[template], facts))
    if missing:
        raise FactsMissing(f"{template}: {', '.join(missing)}")


def typeset(template: str, facts: Mapping[str, Any]) -> bytes:
    """The paper as PDF. A character without a glyph becomes a box and is reported to the log, as code point alone."""
    pdf, lacking = _print(template, facts)
    if lacking:
        log.error("%s lacks glyphs for %s", template, " ".join(sorted(f"U+{ord(char):04X}" for char in lacking)))
    return pdf


def missing_glyphs(template: str, facts: Mapping[str, Any]) -> set[str]:
    """The characters of a paper that no font of this machine can draw."""
    return _print(template, facts)[1]


def hindrance() -> str | None:
    """Why this machine can't print, in a sentence for `/readyz`; None when it can. Cheap: it does not start the press.

    Fonts come after the hall is open. A press that started before them would print in wrong faces as long as its
    process lives, and print evidence; so nothing is printed until the set-up has marked the fonts as complete.
    """
    fonts = os.environ.get("HALL_FONTS")
    if fonts and not (Path(fonts) / "ready").exists():
        return "文书字体尚未备齐，文书待字体到位后自动制成。"
    return None


def page(template: str, facts: Mapping[str, Any], *, brief: bool = False) -> str:
    """The paper as HTML before it goes to press, in its full or its brief wording."""
    check(template, facts)
    unsaid = dict.fromkeys(FACTS[template].__optional_keys__)
    context = Context({**unsaid, **_visible(facts), "brief": brief}, autoescape=True, use_l10n=False)
    return ENGINE.get_template(f"print/{template}.html").render(context)


def _print(template: str, facts: Mapping[str, Any]) -> tuple[bytes, set[str]]:
    wordings = [page(template, facts)]
    if template in BRIEF:
        wordings.append(page(template, facts, brief=True))
    if reason := hindrance():
        raise PressNotReady(reason)
    try:
        from . import press  # late: see there
    except OSError as fault:
        raise PressNotReady("缺少排版组件 pango：libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0。") from fault
    return press.print_pdf(wordings)


def _missing(shape: Any, facts: Mapping[str, Any], path: str = "") -> list[str]:
    required, lists = _keys(shape)
    missing = [path + key for key in required if key not in facts]
    for key, of_row in lists:
        for place, row in enumerate(facts.get(key) or []):
            missing += _missing(of_row, row, f"{path}{key}[{place}].")
    return missing


@cache
def _keys(shape: Any) -> tuple[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """The keys that must be there, and those that hold lists with the shape of their rows."""
    hints = get_type_hints(shape)
    lists = ((key, get_args(hint)[0]) for key, hint in hints.items() if get_origin(hint) is list)
    return tuple(key for key in hints if key in shape.__required_keys__), tuple(lists)


def _visible(value: Any) -> Any:
    """The facts without the characters that nobody sees; line breaks stay."""
    if isinstance(value, str):
        return "".join(char for char in value if char == "\n" or unicodedata.category(char) not in UNSEEN)
    if isinstance(value, Mapping):
        return {key: _visible(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_visible(item) for item in value]
    return value
