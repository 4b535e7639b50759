"""Notices when runs end: to whoever asked for the run, and to everyone when there is something to solve."""

from tilisilta.services.notices import notify
from tilisilta.services.runs import link_of
from tilisilta.store.models import MatchProposal, MatchState, NoticeLevel, Run, RunMode, RunState


def _code(run: Run) -> tuple[str, str]:
    """Return the notice's code and level."""
    ended = {
        RunState.FAILED: ("RUN_FAILED", NoticeLevel.ERROR),
        RunState.CANCELLED: ("RUN_CANCELLED", NoticeLevel.WARNING),
    }
    if run.state in ended:
        return ended[RunState(run.state)]
    if run.mode == RunMode.PREVIEW:
        return "PREVIEW_DONE", NoticeLevel.SUCCESS
    if run.mode == RunMode.RECONCILE:
        return "RECONCILE_DONE", NoticeLevel.WARNING if run.result.get("differences") else NoticeLevel.SUCCESS
    return _code_of_import(run)


def _code_of_import(run: Run) -> tuple[str, str]:
    if run.problems:
        return "RUN_DONE_WITH_PROBLEMS", NoticeLevel.WARNING
    if run.drifted:
        return "DRIFT_FOUND", NoticeLevel.WARNING
    return ("RUN_DONE", NoticeLevel.SUCCESS) if run.sent else ("RUN_NOTHING_NEW", NoticeLevel.INFO)


def run_ended(run: Run) -> None:
    """Tell people what became of a run. An automatic run that found nothing new disturbs nobody."""
    code, level = _code(run)
    if run.is_automatic and code == "RUN_NOTHING_NEW":
        return
    needs_people = level in {NoticeLevel.ERROR, NoticeLevel.WARNING} and run.state != RunState.CANCELLED
    asked_by = [run.requested_by] if run.requested_by is not None else []
    integration = run.flow.integration
    notify(
        run.company,
        code,
        level=level,
        link=link_of(run),
        users=None if needs_people else asked_by,
        flow=run.flow.kind,
        integration=integration.name,
        sent=run.sent,
        known=run.known,
        skipped=run.skipped,
        problems=run.problems,
        count=run.drifted,
        differs=run.result.get("differences", 0) if run.mode == RunMode.RECONCILE else run.drifted,
    )
    if run.mode == RunMode.RUN:
        _tell_matches(run)


def _tell_matches(run: Run) -> None:
    """Tell that matches wait, once for the run that found them."""
    count = MatchProposal.objects.filter(
        integration=run.flow.integration, state=MatchState.OPEN, delivery__run=run
    ).count()
    if count:
        notify(
            run.company,
            "MATCHES_TO_DECIDE",
            level=NoticeLevel.WARNING,
            link=f"/c/{run.company_id}/integrations/{run.flow.integration_id}/matches/",
            count=count,
            integration=run.flow.integration.name,
        )
