"""Problems: gathered into groups that one answer solves, and settled one by one or all at once."""

import datetime as dt
from collections.abc import Callable
from urllib.parse import urlencode

import msgspec
from django.db.models import Count, Max, Min, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.core.mapping import MappingTable
from tilisilta.engine.states import MAY_RETRY, TRANSITIONS
from tilisilta.services import deliveries
from tilisilta.services import transfer_texts as _transfer_texts  # noqa: F401  makes the texts of its codes known
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.problem_catalogue import CATALOGUE, Link
from tilisilta.store.models import Company, Delivery, DeliveryProblem, DeliveryState, Role

PAGE_SIZE = 50
MAX_AT_ONCE = 10_000


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Open problems of one code that one answer solves; `sample` is the newest of them and names the group in links."""

    sample: DeliveryProblem
    documents: int
    since: dt.datetime


class GroupFilters(msgspec.Struct, frozen=True, kw_only=True):
    integration_id: int | None = None
    code: str = ""
    severity: str = ""
    run_id: int | None = None


def open_problems(company: Company) -> QuerySet[DeliveryProblem]:
    """Return a company's problems that nobody settled yet."""
    return DeliveryProblem.objects.filter(company=company, solved_at=None)


def groups(company: Company, filters: GroupFilters | None = None) -> list[Group]:
    """Return the groups of open problems, the one that holds up most documents first."""
    chosen = filters or GroupFilters()
    found = open_problems(company)
    if chosen.integration_id is not None:
        found = found.filter(integration_id=chosen.integration_id)
    if chosen.code:
        found = found.filter(code=chosen.code)
    if chosen.severity:
        found = found.filter(severity=chosen.severity)
    if chosen.run_id is not None:
        found = found.filter(delivery__run_id=chosen.run_id)
    counted = list(
        found.values("integration_id", "code", "group")
        .annotate(documents=Count("delivery_id", distinct=True), newest=Max("pk"), since=Min("created_at"))
        .order_by("-documents", "code")
    )
    samples = _with_names(DeliveryProblem.objects.all()).in_bulk([row["newest"] for row in counted])
    return [
        Group(sample=samples[row["newest"]], documents=row["documents"], since=row["since"])
        for row in counted
        if row["newest"] in samples
    ]


def _with_names(problems: QuerySet[DeliveryProblem]) -> QuerySet[DeliveryProblem]:
    return problems.select_related(
        "integration", "integration__source", "integration__target", "delivery", "delivery__flow"
    )


def get_problem(company: Company, problem_id: int) -> DeliveryProblem:
    """Return one problem of a company, settled or not; raises DeliveryProblem.DoesNotExist for any other."""
    return _with_names(DeliveryProblem.objects.filter(company=company)).get(pk=problem_id)


def group_of(problem: DeliveryProblem) -> QuerySet[DeliveryProblem]:
    """Return the open problems that stand in a problem's group."""
    return _with_names(
        open_problems(problem.company).filter(
            integration_id=problem.integration_id, code=problem.code, group=problem.group
        )
    )


def group_page(problem: DeliveryProblem, before_id: int | None = None) -> tuple[list[DeliveryProblem], int | None]:
    """Return a page of a group, newest first, and the id before which the next page begins (None at the end)."""
    found = group_of(problem).order_by("-id")
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    rows = list(found[: PAGE_SIZE + 1])
    return rows[:PAGE_SIZE], rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None


# --- where a problem is solved -------------------------------------------------------------------------------


class Solution(msgspec.Struct, frozen=True, kw_only=True):
    """The page that solves a problem, and what to press to get there."""

    link: str
    text: str


_TABLES: dict[str, MappingTable] = {
    "ACCOUNT_UNMAPPED": MappingTable.ACCOUNTS,
    "ACCOUNT_VAT_CODE_UNMAPPED": MappingTable.ACCOUNTS,
    "ACCOUNT_NOT_IN_NETVISOR": MappingTable.ACCOUNTS,
    "ACCOUNT_OR_VAT_UNMAPPED": MappingTable.ACCOUNTS,
    "ACCOUNT_VAT_COMBINATION_REFUSED": MappingTable.ACCOUNTS,
    "VAT_STATUS_PERCENT_REFUSED": MappingTable.ACCOUNTS,
    "ACCOUNT_UNKNOWN_AT_TARGET": MappingTable.ACCOUNTS,
    "ACCOUNT_REFUSED": MappingTable.ACCOUNTS,
    "BANK_ACCOUNT_UNMAPPED": MappingTable.BANK_ACCOUNTS,
    "BANK_ACCOUNT_REFUSED": MappingTable.BANK_ACCOUNTS,
    "BANK_ACCOUNT_NOT_OURS": MappingTable.BANK_ACCOUNTS,
    "DIMENSION_UNMAPPED": MappingTable.DIMENSIONS,
    "DIMENSION_REFUSED": MappingTable.DIMENSIONS,
    "PAYMENT_METHOD_UNMAPPED": MappingTable.PAYMENT_METHODS,
    "WAREHOUSE_UNMAPPED": MappingTable.WAREHOUSES,
    "WAREHOUSE_REFUSED": MappingTable.WAREHOUSES,
    "ITEM_NOT_BOUND": MappingTable.ITEMS,
}


def _mapping_link(problem: DeliveryProblem) -> str:
    table = _TABLES.get(problem.code, MappingTable.VAT_CODES)
    link = reverse("mapping-table", args=[problem.company_id, problem.integration_id, table.value])
    query = {"missing": "1", "q": problem.params.get("key") or problem.params.get("account") or ""}
    return f"{link}?{urlencode({name: value for name, value in query.items() if value})}"


def _match_link(problem: DeliveryProblem) -> str:
    return reverse("match-list", args=[problem.company_id, problem.integration_id])


def _id_map_link(problem: DeliveryProblem) -> str:
    kind = "item" if problem.code.startswith("ITEM") else "customer"
    if kind == "customer" and problem.delivery.kind.startswith("purchase"):
        kind = "supplier"
    return reverse("id-map", args=[problem.company_id, problem.integration_id]) + f"?kind={kind}"


_PLACES: dict[Link, tuple[Callable[[DeliveryProblem], str], Promise]] = {
    Link.MAPPINGS: (_mapping_link, _("Open the mapping table")),
    Link.MATCHES: (_match_link, _("Match with the target")),
    Link.ID_MAP: (_id_map_link, _("Open the id map")),
    Link.SETTINGS: (
        lambda each: reverse("integration-settings", args=[each.company_id, each.integration_id]),
        _("Open the integration's settings"),
    ),
    Link.CONNECTION: (
        lambda each: reverse("connection-detail", args=[each.company_id, each.integration.target_id]),
        _("Open the connection"),
    ),
    Link.IMPORT: (
        lambda each: reverse("import", args=[each.company_id, each.integration_id]),
        _("Open the import page"),
    ),
    Link.FILES: (lambda each: reverse("file-list", args=[each.company_id]), _("Open the files")),
}


def solution(problem: DeliveryProblem) -> Solution | None:
    """Return the page where a problem is solved, or None when it is solved outside of this product."""
    text = CATALOGUE.get(problem.code)
    place = _PLACES.get(text.link) if text else None
    if place is None:
        return None
    address, words = place
    try:
        return Solution(link=address(problem), text=str(words))
    except NoReverseMatch:
        return None


# --- settling ------------------------------------------------------------------------------------------------


def _delivery_ids(problem: DeliveryProblem, states: set[DeliveryState]) -> list[int]:
    found = Delivery.objects.filter(
        company_id=problem.company_id, pk__in=group_of(problem).values("delivery_id"), state__in=states
    )
    return list(found.order_by("id").values_list("pk", flat=True)[:MAX_AT_ONCE])


def retry_group(actor: Actor, problem: DeliveryProblem) -> int:
    """Try again every document that a group holds up; return how many. At most 10,000 at once.

    Raises:
        ServiceError: NOTHING_TO_RETRY.
    """
    require(actor, Role.ACCOUNTANT)
    ids = _delivery_ids(problem, set(MAY_RETRY))
    if not ids:
        raise ServiceError("NOTHING_TO_RETRY")
    count = deliveries.retry(actor, ids)
    if not count:
        raise ServiceError("NOTHING_TO_RETRY")
    return count


def skip_group(actor: Actor, problem: DeliveryProblem, reason: str) -> int:
    """Leave out every document that a group holds up, for one reason; return how many. At most 10,000 at once.

    Raises:
        ServiceError: REASON_MISSING, NOTHING_TO_SKIP.
    """
    require(actor, Role.ACCOUNTANT)
    if not reason.strip():
        raise ServiceError("REASON_MISSING")
    may_skip = {state for state, after in TRANSITIONS.items() if DeliveryState.SKIPPED in after}
    ids = _delivery_ids(problem, may_skip)
    if not ids:
        raise ServiceError("NOTHING_TO_SKIP")
    return deliveries.skip(actor, ids, reason.strip())


def counts_by_integration(company: Company) -> dict[int, int]:
    """Return how many documents wait for somebody, by integration."""
    rows = (
        open_problems(company)
        .filter(severity="error")
        .values("integration_id")
        .annotate(documents=Count("delivery_id", distinct=True))
    )
    return {row["integration_id"]: row["documents"] for row in rows}
