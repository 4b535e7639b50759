"""The page that invoices are printed on: fonts, styles, margins, header and footer.

Noto Sans (SIL OFL) comes out of the package pymupdf-fonts and is embedded by its used letters only; it has all letters
of Europe, and figures of one width.
"""

import importlib
import io
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor, getAllNamedColors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from tilisilta.core.errors import Unsupported

WIDTH, HEIGHT = A4
MARGIN = 18 * mm
INNER = WIDTH - 2 * MARGIN
FOOTER = 26 * mm
INK, SOFT, LINE, SHADE = HexColor("#1c2430"), HexColor("#5d6978"), HexColor("#cfd6de"), HexColor("#f3f5f8")
PLAIN, BOLD = "Tilisilta-Sans", "Tilisilta-Sans-Bold"
# Made at first use otherwise, when two invoices that are drawn at once would find it half made.
getAllNamedColors()
_FILES = {PLAIN: "NotoSans_Regular", BOLD: "NotoSans_Bold"}


@lru_cache(maxsize=1)
def _fonts() -> dict[str, Any]:
    fonts = {}
    for name, module in _FILES.items():
        content = importlib.import_module(f"pymupdf_fonts.{module}").fontbuffer
        fonts[name] = TTFont(name, io.BytesIO(content))
        pdfmetrics.registerFont(fonts[name])
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    return fonts


def style(size: float = 9, *, bold: bool = False, color: Color = INK, right: bool = False) -> ParagraphStyle:
    """Return a style of our one font."""
    _fonts()
    return ParagraphStyle(
        "text",
        fontName=BOLD if bold else PLAIN,
        fontSize=size,
        leading=size * 1.36,
        textColor=color,
        alignment=TA_RIGHT if right else 0,
        splitLongWords=True,
    )


def require_letters(text: str, field: str) -> None:
    """Refuse a letter that the font has not, rather than print an empty box.

    Raises:
        Unsupported: with the field and the letter.

    """
    known = _fonts()[PLAIN].face.charToGlyph
    for letter in text:
        if ord(letter) not in known and not letter.isspace():
            raise Unsupported(field=field, rule="the font has no such letter", value=letter)


def marked(text: str) -> str:
    """Return text as it may stand in a paragraph, its line breaks kept."""
    return escape(text).replace("\n", "<br/>")


class InvoiceCanvas(Canvas):
    """A canvas that writes the footer when the number of pages is known."""

    footer: tuple[str, ...] = ()
    page_words = "{} / {}"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  reportlab's name
        """Keep the page until all are drawn."""
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # the stubs leave it out

    def save(self) -> None:
        """Write the pages, each with its footer."""
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self._draw_footer(number, len(self._pages))
            super().showPage()
        super().save()

    def _draw_footer(self, number: int, count: int) -> None:
        self.setStrokeColor(LINE)
        self.setLineWidth(0.6)
        self.line(MARGIN, FOOTER - 4 * mm, WIDTH - MARGIN, FOOTER - 4 * mm)
        self.setFillColor(SOFT)
        self.setFont(PLAIN, 7.5)
        for place, line in enumerate(self.footer):
            self.drawString(MARGIN, FOOTER - 8 * mm - place * 3.6 * mm, line)
        self.drawRightString(WIDTH - MARGIN, FOOTER - 8 * mm, self.page_words.format(number, count))
