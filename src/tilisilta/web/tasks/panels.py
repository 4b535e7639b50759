"""What other subjects show on a task's page: the counts of the monthly summary, the invoice it stands on."""

from typing import Final

from tilisilta.store.models import Task
from tilisilta.web.request import CompanyRequest
from tilisilta.web.slots import Given, ShownPanel, Slot, shown

PANELS: Final[Slot[[CompanyRequest, Task], Given]] = Slot()
add_panel = PANELS.put


def panels_of(request: CompanyRequest, task: Task) -> list[ShownPanel]:
    """Return the panels of a task's page. In a panel's template `panel` is its context, `task` the row."""
    return shown(PANELS.given(request, task))
