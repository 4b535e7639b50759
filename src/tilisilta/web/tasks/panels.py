"""What other subjects show on a task's page: the counts of the monthly summary, the invoice it stands on.

A subject appends its own when its addresses are loaded (`web/<subject>/urls.py`), so that the page knows none of them.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from tilisilta.store.models import Task
from tilisilta.web.request import CompanyRequest

# A panel gives its template and the context for it; None when it has nothing to say about the task.
Panel = Callable[[CompanyRequest, Task], tuple[str, dict[str, Any]] | None]

PANELS: Final[list[Panel]] = []


class ShownPanel(msgspec.Struct, frozen=True):
    """A panel as the page includes it: `{% include each.template with panel=each.context %}`."""

    template: str
    context: dict[str, Any]


def add_panel(panel: Panel) -> Panel:
    """Add a panel to all tasks' pages, in the order of adding; the same one twice stands once."""
    if panel not in PANELS:
        PANELS.append(panel)
    return panel


def panels_of(request: CompanyRequest, task: Task) -> list[ShownPanel]:
    """Return the panels of a task's page. In a panel's template `panel` is its context, `task` the row."""
    shown = (panel(request, task) for panel in PANELS)
    return [ShownPanel(*each) for each in shown if each is not None]
