"""WeasyPrint, warmed once per process: one font configuration, one parsed style sheet, one fetcher that knows the product's own assets only.

Import this module late, from `typesetting` alone: it takes half a second and needs pango (design, section 1).
"""

from collections.abc import Iterable
from pathlib import Path

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


def print_pdf(pages: Iterable[str]) -> tuple[bytes, set[str]]:
    """The PDF of the first wording that stands on one page, else of the first; and the characters for which no font had a glyph.

    The file holds no date and no identifier: the same page gives the same bytes on every day and in every process (design decision 11).
    """
    documents = (HTML(string=html, url_fetcher=FETCHER, base_url="asset:").render(FONTS, stylesheets=[STYLE]) for html in pages)
    fullest = next(documents)
    chosen = fullest if len(fullest.pages) == 1 else next((brief for brief in documents if len(brief.pages) == 1), fullest)
    pdf = chosen.write_pdf()
    return pdf, {chr(codepoint) for font in chosen.fonts.values() for codepoint in font.missing}
