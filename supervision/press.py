"""WeasyPrint, warmed once per process: one font configuration, one parsed style sheet, one fetcher for own assets.

Import this module late, from `typesetting` alone: it takes half a second and needs pango (design, section 1).
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML, URLFetcher
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcherResponse

STYLE_SHEET = Path(__file__).resolve().parent.parent / "templates" / "print" / "paper.css"
ASSETS = {"asset:paper.css": ("text/css", STYLE_SHEET.read_bytes())}


class AssetFetcher(URLFetcher):
    """Answers the names in `ASSETS` and nothing else: no file, no network, no data address, no redirect (T25)."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url not in ASSETS:
            raise ValueError(f"papers fetch nothing but their own assets: {url[:80]}")
        media_type, body = ASSETS[url]
        return URLFetcherResponse(url, body, {"Content-Type": f"{media_type}; charset=utf-8"})


FETCHER = AssetFetcher()
FONTS = FontConfiguration()
STYLE = CSS(url="asset:paper.css", url_fetcher=FETCHER, font_config=FONTS)


def print_pdf(wordings: Iterable[str]) -> tuple[bytes, set[str]]:
    """The PDF of the first wording that stands on one page, else of the first; and the characters that no font has.

    The file holds no date and no identifier: the same page gives the same bytes on every day and in every process
    (design decision 11).
    """
    documents = (_lay_out(html) for html in wordings)
    fullest = next(documents)
    chosen = fullest if _is_single(fullest) else next(filter(_is_single, documents), fullest)
    pdf = chosen.write_pdf()
    return pdf, {chr(codepoint) for font in chosen.fonts.values() for codepoint in font.missing}


def _lay_out(html: str) -> Any:
    return HTML(string=html, url_fetcher=FETCHER, base_url="asset:").render(FONTS, stylesheets=[STYLE])


def _is_single(document: Any) -> bool:
    return len(document.pages) == 1
