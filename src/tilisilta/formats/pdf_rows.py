"""The table of an invoice's rows, in print."""

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Table

from tilisilta.formats.pdf_page import INK, INNER, LINE, SOFT, marked, style
from tilisilta.formats.pdf_texts import Words
from tilisilta.formats.writing import Prepared, WrittenRow

_NUMBERS = {
    "quantity": 19 * mm,
    "unit": 15 * mm,
    "price": 23 * mm,
    "discount": 15 * mm,
    "rate": 14 * mm,
    "sum": 26 * mm,
}


def rows_table(prepared: Prepared, words: Words) -> Table:
    """Return rows, rows of words and the document's own discounts and charges; the head repeats on every page.

    The discount's column is there only when a row has one.
    """
    has_discount = any(row.line.discount_percent for row in prepared.rows)
    columns = [key for key in _NUMBERS if key != "discount" or has_discount]
    head_style, head_right = style(8, color=SOFT), style(8, color=SOFT, right=True)
    cells: list[list[object]] = [
        [
            Paragraph(words("item"), head_style),
            *(Paragraph(words(key), head_style if key == "unit" else head_right) for key in columns),
        ]
    ]
    spans: list[Any] = []
    for text in prepared.first_texts:
        spans.append(_span(cells))
        cells.append(_text(text, columns))
    for row in (*prepared.rows, *prepared.whole):
        cells.append(_row(prepared, row, words, columns))
        for text in row.texts:
            spans.append(_span(cells))
            cells.append(_text(text, columns))
    widths = [_NUMBERS[key] for key in columns]
    return Table(
        cells,
        colWidths=[INNER - sum(widths), *widths],
        repeatRows=1,
        style=[
            ("LINEBELOW", (0, 0), (-1, 0), 0.9, INK),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("LEFTPADDING", (1, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            *spans,
        ],
    )


def _span(cells: list[list[object]]) -> tuple[str, tuple[int, int], tuple[int, int]]:
    return ("SPAN", (0, len(cells)), (-1, len(cells)))


def _text(text: str, columns: list[str]) -> list[object]:
    return [Paragraph(marked(text), style(8.5, color=SOFT)), *("" for _ in columns)]


def _row(prepared: Prepared, row: WrittenRow, words: Words, columns: list[str]) -> list[object]:
    line = row.line
    is_item = row in prepared.rows
    name = marked(line.item_name or line.description)
    more = marked(line.description) if line.item_name and line.description else ""
    if line.item_code:
        name = f"{marked(line.item_code)} · {name}"
    if line.period_from or line.period_to:
        days = " – ".join(words.date(day) for day in (line.period_from, line.period_to) if day)
        more = f"{more}<br/>{days}" if more else days
    if more:
        name += f'<br/><font size="8" color="{SOFT.hexval().replace("0x", "#")}">{more}</font>'
    values = {
        "quantity": words.number(line.quantity) if is_item else "",
        "unit": marked(words.unit(line.unit)) if is_item else "",
        "price": words.number(line.unit_price, 2) if is_item else "",
        "discount": words.number(line.discount_percent) if line.discount_percent else "",
        "rate": words.number(line.vat_rate),
        "sum": words.money(line.net, prepared.invoice.currency),
    }
    right, left = style(9, right=True), style(9)
    return [Paragraph(name, left), *(Paragraph(values[key], left if key == "unit" else right) for key in columns)]
