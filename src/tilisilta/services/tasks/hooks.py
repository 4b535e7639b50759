"""What other subjects do when something happens to a task: they append their functions when they are wired.

All run inside the transaction of what happened, so that one that raises undoes it.
"""

from collections.abc import Callable
from typing import Final

from tilisilta.services.access import Actor
from tilisilta.store.models import Task, TimeEntry

deleting: Final[list[Callable[[Actor, Task], None]]] = []
status_changed: Final[list[Callable[[Actor, Task, str], None]]] = []  # the task and the status it had
time_changing: Final[list[Callable[[Actor, TimeEntry], None]]] = []  # changed or deleted
