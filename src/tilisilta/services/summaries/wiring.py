"""What workers do for summaries: their jobs, and asking for them when the import day has come."""

from tilisilta.engine import jobs, rounds
from tilisilta.services.summaries.doer import SummaryDoer
from tilisilta.services.summaries.runs import KINDS, request_due


def wire() -> None:
    """Take part in the workers' jobs and look rounds; called again, it counts once."""
    for kind in KINDS:
        jobs.DOERS.setdefault(kind, SummaryDoer())
    if request_due not in rounds.also:
        rounds.also.append(request_due)
