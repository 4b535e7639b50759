"""Recovery points: the named moments between two commits at which a worker may die.

The recovery suite starts a real worker with `TILISILTA_CRASH_AT=<point>:<n>` and the process kills itself with
SIGKILL the n-th time it gets there. Without that variable a point costs one dictionary look-up.
"""

import os
import signal
from enum import StrEnum


class Point(StrEnum):
    LEASE_TAKEN = "lease_taken"
    PAGE_FETCHED = "page_fetched"
    DOCUMENTS_STORED = "documents_stored"
    DEPENDENCIES_STAGED = "dependencies_staged"
    BATCH_STAGED = "batch_staged"
    BATCH_LOOKED_UP = "batch_looked_up"
    MARKED_SENDING = "marked_sending"
    DOCUMENT_SENT = "document_sent"
    ANSWERS_RECEIVED = "answers_received"
    RESULTS_COMMITTED = "results_committed"
    UNCERTAIN_RESOLVED = "uncertain_resolved"
    STEP_TAKEN = "step_taken"  # at the target, and not stored yet
    FOLLOWED_UP = "followed_up"
    SLICE_ENDED = "slice_ended"
    RUN_FINISHED = "run_finished"
    JOB_ITEM_ASKED = "job_item_asked"  # answered by the other side, and not stored yet
    JOB_ITEM_DONE = "job_item_done"


def _plan() -> dict[str, int]:
    name, _, count = os.environ.get("TILISILTA_CRASH_AT", "").partition(":")
    return {name: int(count or 1)} if name else {}


_left = _plan()


def reached(point: Point) -> None:
    """Note that the worker is at a recovery point."""
    if point not in _left:
        return
    _left[point] -= 1
    if _left[point] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)
