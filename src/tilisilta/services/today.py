"""What needs a person today, and what an empty company does first."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Count, Max, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from tilisilta.services.approval.lists import waiting_for
from tilisilta.services.checklist import checklist, open_steps
from tilisilta.services.checklist_step import Step
from tilisilta.services.companies import UNDER_WAY
from tilisilta.services.workspace.settings import is_on
from tilisilta.store.models import (
    Company,
    Connection,
    ConnectionState,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Integration,
    IntegrationState,
    MatchProposal,
    MatchState,
    Notice,
    Run,
    RunMode,
    User,
)

_GROUPS: Final = 8
_RUNS: Final = 6


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Open problems that one answer solves; `problem_id`, `code` and `params` are of the newest of them."""

    problem_id: int
    code: str
    count: int
    integration: Integration
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Today:
    """Everything the first page shows. `first_step` is what an empty company does next, or empty."""

    problem_groups: list[ProblemGroup]
    problem_count: int
    more_groups: int
    reconnect: list[Connection]
    not_ready: list[tuple[Integration, Step | None]]
    under_way: list[Run]
    last_runs: list[Run]
    match_count: int
    parked_count: int
    drifted_count: int
    notices: list[Notice]
    first_step: str
    steps_done: int
    sent_this_week: int
    approve_count: int = 0
    has_workspace: bool = False

    @property
    def needs_nothing(self) -> bool:
        """Return whether nothing waits for a person."""
        return not (
            self.problem_groups
            or self.reconnect
            or self.not_ready
            or self.match_count
            or self.drifted_count
            or self.approve_count
        )


def open_problem_count(company: Company) -> int:
    """Return how many problems of a company wait for a person."""
    return DeliveryProblem.objects.filter(company=company, solved_at=None, severity="error").count()


def _problem_groups(company: Company) -> tuple[list[ProblemGroup], int]:
    open_problems = DeliveryProblem.objects.filter(company=company, solved_at=None, severity="error")
    counted = list(
        open_problems.values("group", "code", "integration_id")
        .annotate(count=Count("id"), newest=Max("id"))
        .order_by("-count", "group")
    )
    shown = counted[:_GROUPS]
    newest = {
        each.pk: each
        for each in DeliveryProblem.objects.filter(pk__in=[row["newest"] for row in shown]).select_related(
            "integration"
        )
    }
    groups = [
        ProblemGroup(
            problem_id=row["newest"],
            code=row["code"],
            count=row["count"],
            integration=newest[row["newest"]].integration,
            params=newest[row["newest"]].params,
        )
        for row in shown
    ]
    return groups, len(counted) - len(shown)


def _next_step(integration: Integration) -> Step | None:
    return next(iter(open_steps(checklist(integration))), None)


def _first_step(company: Company, integrations: list[Integration], has_run: bool) -> tuple[str, int]:
    """Return the next step of a company that has moved nothing yet, and how many of the four are done."""
    vendors = Connection.objects.filter(company=company, state=ConnectionState.ACTIVE, of_client=None).count()
    if has_run:
        return "", 4
    if vendors < 2:  # noqa: PLR2004  a source and a target
        return "connect", 0 if vendors == 0 else 1
    if not integrations:
        return "integrate", 2
    if all(each.state != IntegrationState.READY for each in integrations):
        return "checklist", 3
    return "import", 3


def today(company: Company, user: User) -> Today:
    """Return what a person should look at now, the most pressing first."""
    groups, more = _problem_groups(company)
    integrations = list(Integration.objects.filter(company=company).select_related("source", "target").order_by("name"))
    runs = Run.objects.filter(company=company).select_related("flow__integration", "requested_by")
    under_way = list(runs.filter(state__in=UNDER_WAY).order_by("-requested_at"))
    last_runs = list(runs.exclude(state__in=UNDER_WAY).order_by("-requested_at")[:_RUNS])
    has_workspace = is_on(company)
    first_step, steps_done = _first_step(company, integrations, bool(under_way or last_runs))
    own = Connection.objects.filter(company=company, of_client=None)  # clients' keys stand with the clients
    states = dict(
        Delivery.objects.filter(company=company, state__in=[DeliveryState.PARKED, DeliveryState.DRIFTED])
        .order_by()
        .values_list("state")
        .annotate(count=Count("id"))
    )
    return Today(
        problem_groups=groups,
        problem_count=open_problem_count(company),
        more_groups=more,
        reconnect=list(own.filter(state=ConnectionState.NEEDS_RECONNECT).order_by("name")),
        not_ready=[(each, _next_step(each)) for each in integrations if each.state == IntegrationState.SETUP],
        under_way=under_way,
        last_runs=last_runs,
        match_count=MatchProposal.objects.filter(company=company, state=MatchState.OPEN).count(),
        parked_count=states.get(DeliveryState.PARKED, 0),
        drifted_count=states.get(DeliveryState.DRIFTED, 0),
        notices=list(Notice.objects.filter(company=company, user=user, read_at=None).order_by("-pk")[:5]),
        first_step=first_step,
        steps_done=steps_done,
        # Runs know what they sent: counting the deliveries themselves would read each of a large company's.
        sent_this_week=runs.filter(
            mode__in=[RunMode.RUN, RunMode.RESEND], requested_at__gte=timezone.now() - timedelta(days=7)
        ).aggregate(sent=Coalesce(Sum("sent"), 0))["sent"],
        approve_count=waiting_for(company, user).count() if has_workspace else 0,
        has_workspace=has_workspace,
    )
