"""The report's chart: one bar for each month, drawn here as an SVG that needs no script."""

import datetime as dt
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec
import pygal
from babel.dates import format_date
from babel.numbers import format_decimal
from django.utils.translation import get_language, gettext
from lxml import etree
from pygal.style import Style

from tilisilta.services.practice.settings import add_months
from tilisilta.services.tasks import report
from tilisilta.services.tasks.report import Column, ReportFilter
from tilisilta.store.models import Company

# Pygal adds a finder of an old kind for maps that are not used here; Python warns of it at every import after.
sys.meta_path[:] = [each for each in sys.meta_path if type(each).__module__ != "pygal"]

TASKS: Final = "tasks"  # the measure that counts the tasks themselves
MAX_MONTHS: Final = 120
_LOCALES: Final = {"en": "en_GB", "et": "et", "fi": "fi"}
# Colours of the style sheet: accent, ink, soft ink and line, in light and dark.
_LIGHT: Final = ("#0b5560", "#1b2426", "#566063", "#dcdcd2")
_DARK: Final = ("#6cc5c8", "#e6eaea", "#a3afb1", "#2f3a3c")
_FONT: Final = "system-ui, sans-serif"


class MonthBar(msgspec.Struct, frozen=True):
    """What one month has of the measure."""

    month: dt.date
    value: Decimal


def measures(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """Return what a chart can show: the number of tasks, and each column that is a number."""
    return [(TASKS, gettext("Number of tasks")), *((each.key, each.label) for each in columns if each.is_number)]


def bars(company: Company, wanted: ReportFilter, measure: str) -> list[MonthBar]:
    """Return a measure month by month, from the first month that has tasks to the last; those between may be 0.

    Raises:
        ServiceError: as `report.found_tasks`.
    """
    columns = [each for each in report.columns_of(company) if each.key == measure and each.is_number]
    summed = report.totals(report.found_tasks(company, wanted), columns, "month")
    found = {
        dt.date.fromisoformat(each.key): each.sums[measure] if columns else Decimal(each.count)
        for each in summed.groups
    }
    if not found:
        return []
    last = max(found)
    month = max(min(found), add_months(last, 1 - MAX_MONTHS))
    result = []
    while month <= last:
        result.append(MonthBar(month, found.get(month, Decimal(0))))
        month = add_months(month, 1)
    return result


def draw(shown: Sequence[MonthBar], title: str, *, theme: str = "auto") -> bytes:
    """Return bars as an SVG of its own: no script, nothing from elsewhere, in the reader's numbers and month names.

    Args:
        shown: One bar for each month.
        title: What is counted.
        theme: "light", "dark", or "auto" for the reader's device.
    """
    locale = _LOCALES.get((get_language() or "en").split("-")[0], "en_GB")
    chart = pygal.Bar(
        style=_style(_DARK if theme == "dark" else _LIGHT),
        js=[],
        css=["file://style.css", "file://graph.css", *([_dark_css()] if theme == "auto" else [])],
        title=title,
        show_legend=False,
        print_values=len(shown) <= 24,  # noqa: PLR2004  more would lie on top of each other
        print_values_position="top",
        print_zeroes=False,
        x_label_rotation=0 if len(shown) <= 12 else 45,  # noqa: PLR2004  a year fits side by side
        width=960,
        height=340,
        margin=8,
        include_x_axis=True,
        no_data_text=gettext("No tasks"),
        value_formatter=lambda value: str(format_decimal(Decimal(str(value)), locale=locale)),
    )
    chart.x_labels = [str(format_date(each.month, "LLL yyyy", locale=locale)) for each in shown]
    # Only where a bar ends is drawn from a float; the sums themselves stay decimals, in the table beside the chart.
    chart.add(title, [float(each.value) for each in shown])
    tree = chart.render_tree()
    # The library leaves its settings for its own script, which we do not ship, and a comment about itself.
    etree.strip_elements(tree, "{*}script", etree.Comment, with_tail=False)
    drawn: bytes = etree.tostring(tree, xml_declaration=True, encoding="utf-8")
    return drawn


def _style(colours: tuple[str, str, str, str]) -> Style:
    accent, ink, soft, line = colours
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground=soft,
        foreground_strong=ink,
        foreground_subtle=line,
        colors=(accent,),
        font_family=_FONT,
        title_font_size=15,
        label_font_size=12,
        major_label_font_size=12,
        value_font_size=12,
        value_colors=(ink,),
        transition="0s",
        opacity="1",
        guide_stroke_color=line,
        major_guide_stroke_color=line,
    )


def _dark_css() -> str:
    accent, ink, soft, line = _DARK
    rules = (
        f".title, .text-overlay text {{ fill: {ink} !important; }}"
        f" .axis text {{ fill: {soft} !important; }}"
        f" .axis .line, .axis .guide.line {{ stroke: {line} !important; }}"
        f" .color-0, .color-0 rect {{ fill: {accent} !important; stroke: {accent} !important; }}"
    )
    return f"inline:@media (prefers-color-scheme: dark) {{ {rules} }}"
