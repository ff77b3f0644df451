"""What the paper templates may call: round seal and QR codes as SVG, and the Chinese way of writing days and numbers.

Pure: the same arguments give the same text. Nothing here reads time, files or the database.
"""

import math
from datetime import date, datetime

import segno
from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from . import numbers
from .moment import local

register = Library()
RING_RADIUS = 15.6  # mm from the centre to the middle of the characters, in a seal of 42 mm
RING_HALF_ARC = 112  # degrees each side of the top; below stands the name of the seal
RING_HEIGHT = 4.9  # mm, of a character
RING_STEP = 30  # degrees between the characters of a short name
TYPE_AREA = 432  # points, a little under 156 mm
HEAD_PITCH = 1.12  # em, from character to character of the red head
HEAD_SIZES = (34, 32, 29, 27, 25, 24, 22)  # points, a class each in paper.css
NARROWEST = 0.6  # a long name gets narrow characters first, small ones only then


@register.simple_tag
def qr(text: str, error: str = "m") -> SafeString:
    """An address as a square without a margin, for the paper leaves the quiet zone; level M survives a crease.

    A text of half a thousand characters takes level `l`: its squares are as large as the sheet allows.
    """
    code = segno.make(text, error=error, micro=False)
    return SafeString(code.svg_inline(border=0, omitsize=True, svgclass="qr", lineclass=None))


@register.simple_tag
def seal(unit: str, label: str, *, demo: bool) -> SafeString:
    """A round seal of 42 mm with a star (1999 rules on seals): the unit on the ring, the seal's own name below.

    `label` is 行政审批专用章, or empty for the main seal. A demo seal says 演示, so that it never passes for a real one.
    """
    return format_html(
        '<svg class="seal" viewBox="0 0 42 42" xmlns="http://www.w3.org/2000/svg">'
        '<g fill="#c8161d" fill-opacity=".82" font-weight="700"'
        ' font-family="SimSun, Noto Serif SC, Noto Serif CJK SC, serif">'
        '<circle cx="21" cy="21" r="20.3" fill="none" stroke="#c8161d" stroke-opacity=".82" stroke-width="1.1"/>'
        '<polygon points="{}"/>{}{}{}</g></svg>',
        _star(radius=7.0),
        _ring(unit),
        _below(label, y=32.4, size=3.5),
        _below("演示" if demo else "", y=36.6, size=2.6),
    )


def _ring(unit: str) -> SafeString:
    """The characters of the unit along the upper ring, each upright to the centre."""
    step = min(RING_STEP, 2 * RING_HALF_ARC / max(len(unit) - 1, 1))
    pitch = math.radians(step) * RING_RADIUS
    width = min(RING_HEIGHT, 0.96 * pitch)
    height = min(RING_HEIGHT, width / NARROWEST)
    first = -step * (len(unit) - 1) / 2
    return format_html_join(
        "",
        '<text transform="translate({} {}) rotate({}) scale({} 1)" text-anchor="middle" dominant-baseline="middle"'
        ' font-size="{}">{}</text>',
        (
            (*_on_ring(angle), f"{angle:.2f}", f"{width / height:.3f}", f"{height:.2f}", character)
            for angle, character in ((first + step * place, character) for place, character in enumerate(unit))
        ),
    )


def _on_ring(angle: float) -> tuple[str, str]:
    turn = math.radians(angle)
    return f"{21 + RING_RADIUS * math.sin(turn):.2f}", f"{21 - RING_RADIUS * math.cos(turn):.2f}"


def _below(text: str, *, y: float, size: float) -> SafeString:
    if not text:
        return SafeString("")
    return format_html('<text x="21" y="{}" text-anchor="middle" font-size="{}">{}</text>', y, size, text)


def _star(*, radius: float) -> str:
    """Ten corners of a five-pointed star about the centre, the first at the top."""
    corners = []
    for corner in range(10):
        turn = math.radians(36 * corner)
        reach = radius if corner % 2 == 0 else radius * 0.382
        corners.append(f"{21 + reach * math.sin(turn):.2f},{21 - reach * math.cos(turn):.2f}")
    return " ".join(corners)


@register.filter
def chinese_day(day: str) -> str:
    """2026-02-09, or an instant on that day in Shanghai → 2026年2月9日, as official papers write it."""
    read = _read(day)
    return f"{read.year}年{read.month}月{read.day}日"


@register.filter
def chinese_minute(instant: str) -> str:
    return f"{chinese_day(instant)} {_read(instant):%H:%M}"


@register.filter
def short_case_number(number: str) -> str:
    found = numbers.groups(number)
    return found.spoken if found else number


@register.filter
def count(number: int | None) -> str:
    return "—" if number is None else str(number)


@register.filter
def paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


@register.filter
def lines_of(unit: str, longest: int) -> list[str]:
    """A name in as few lines as hold it, each about as long as the others."""
    rows = math.ceil(len(unit) / longest) or 1
    length = math.ceil(len(unit) / rows)
    return [unit[start : start + length] for start in range(0, len(unit), length)]


@register.filter
def head_size(lines: list[str]) -> int:
    """Points of the red head, as a size that the style sheet has: the largest that one line of 156 mm holds."""
    longest = max(len(line) for line in lines)
    fitting = [size for size in HEAD_SIZES if size * HEAD_PITCH * longest <= TYPE_AREA]
    return fitting[0] if fitting else HEAD_SIZES[-1]


@register.simple_tag
def validity(valid_from: str | None, valid_until: str | None) -> str:
    """自…至…, 自…起 or 至…, as far as the facts know it."""
    if not valid_until:
        return f"自{chinese_day(valid_from)}起" if valid_from else ""
    return f"{'自' + chinese_day(valid_from) if valid_from else ''}至{chinese_day(valid_until)}"


def _read(text: str) -> date:
    """A day as it is; an instant as the clock in Shanghai shows it."""
    return local(datetime.fromisoformat(text)) if len(text) > len("2026-02-09") else date.fromisoformat(text)
