"""The checklist of an integration: what must be settled before its first import, ending in "ready"."""

from collections.abc import Callable

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from tilisilta.core.mapping import MappingTable
from tilisilta.engine.directory import LISTED_KINDS, load_list
from tilisilta.services import audit, id_map, pair_steps
from tilisilta.services.access import Actor, require
from tilisilta.services.checklist_step import Step
from tilisilta.services.connections import manifest
from tilisilta.services.errors import ServiceError
from tilisilta.services.forwarding import steps as forwarding
from tilisilta.services.forwarding.level import is_switched
from tilisilta.services.integrations import LEVEL_PERIOD, level_of, set_state, settings_of
from tilisilta.services.mapping_lines import lines
from tilisilta.services.pairs import pair_of_integration
from tilisilta.services.vat_lines import names_used_vat
from tilisilta.store.models import (
    CatalogueSnapshot,
    Connection,
    ConnectionState,
    Flow,
    FlowKind,
    Integration,
    IntegrationState,
    MappingRow,
    MatchProposal,
    MatchState,
    Role,
    Run,
    RunMode,
    RunState,
)

_WITH_VAT = {FlowKind.SALES_INVOICES, FlowKind.PURCHASE_INVOICES, FlowKind.ITEMS}
_WITH_PARTIES = {FlowKind.SALES_INVOICES, FlowKind.PURCHASE_INVOICES, FlowKind.PARTIES, FlowKind.ITEMS}
_ENDED = (RunState.DONE, RunState.DONE_WITH_PROBLEMS)
TICKABLE = frozenset(
    {
        *("warehouse", "first_run_guard", "coverage_read", "contract", "rights", "statuses", "codes_read"),
        *("purchase_posting", "bank_connection", "same_company"),
    }
)


def checklist(integration: Integration) -> list[Step]:
    """Return the steps that this integration needs, in order; the last is its activation."""
    kinds = {
        FlowKind(kind)
        for kind in Flow.objects.filter(integration=integration, is_enabled=True).values_list("kind", flat=True)
    }
    is_period = level_of(integration) == LEVEL_PERIOD
    pair = pair_of_integration(integration)
    by_code = pair.finds_by_code
    one_by_one = forwarding.is_one_by_one(integration)
    makers: list[tuple[bool, Callable[[Integration], Step]]] = [
        (pair.has_registers, pair_steps.contract),
        (True, lambda each: _tested(each.source, "source_tested")),
        (pair.has_statuses, pair_steps.rights),
        (True, lambda each: _tested(each.target, "target_tested")),
        (is_switched(integration), forwarding.same_company),
        (is_switched(integration), forwarding.rights),
        (one_by_one, forwarding.earlier_periods),
        (one_by_one, forwarding.way_of_posting),
        (is_period or one_by_one, _accounts),
        (one_by_one, forwarding.bank_connection),
        (pair.has_statuses, pair_steps.statuses),
        (pair.has_registers, pair_steps.codes),
        (bool(kinds & _WITH_VAT) and not by_code, _vat_codes),
        (FlowKind.PAYMENTS in kinds and not one_by_one, _bank_accounts),
        (bool(kinds & _WITH_VAT) and not by_code and _has_warehouses(integration), _warehouse),
        (bool(kinds & _WITH_PARTIES) and not by_code, _first_run_guard),  # by code nothing is made but new numbers
        (True, _coverage_read),
        (not is_period and not one_by_one, _preview_made),  # a close shows its own before it sends
    ]
    steps = [make(integration) for is_needed, make in makers if is_needed]
    return [*steps, _activate(integration, steps)]


def _page(name: str, integration: Integration, *more: object) -> str:
    return reverse(name, args=[integration.company_id, integration.pk, *more])


def _tested(connection: Connection, code: str) -> Step:
    return Step(
        code=code,
        title=gettext("%(name)s answers with the entered keys") % {"name": connection.name},
        done=connection.state == ConnectionState.ACTIVE,
        link=reverse("connection-detail", args=[connection.company_id, connection.pk]),
        link_text=gettext("Test the connection"),
    )


def _mapping(integration: Integration, table: MappingTable) -> tuple[int, int]:
    """Return how many rows of a table are mapped and how many wait, those that nobody stored yet among them."""
    if names_used_vat(integration, table):
        found = lines(integration, table, only_missing=True)
        return MappingRow.objects.filter(integration=integration, table=table).exclude(target_key="").count(), len(
            found
        )
    rows = MappingRow.objects.filter(integration=integration, table=table.value)
    waiting = rows.filter(target_key="").count()
    return rows.count() - waiting, waiting


def _mapping_step(integration: Integration, table: MappingTable, title: str, help_text: str) -> Step:
    mapped, waiting = _mapping(integration, table)
    if waiting:
        help_text = ngettext("%(count)d row has no match yet.", "%(count)d rows have no match yet.", waiting) % {
            "count": waiting
        }
    return Step(
        code=table.value,
        title=title,
        done=bool(mapped) and not waiting,
        link=_page("mapping-table", integration, table.value),
        link_text=gettext("Open the table"),
        help=help_text,
    )


def _vat_codes(integration: Integration) -> Step:
    return _mapping_step(
        integration,
        MappingTable.VAT_CODES,
        gettext("Every VAT code in use has its match"),
        gettext("Choose the VAT code of %(target)s for each code or rate of %(source)s. Nothing is guessed.")
        % {"source": integration.source.name, "target": integration.target.name},
    )


def _accounts(integration: Integration) -> Step:
    """Every account that the company has posted to has its counterpart and its VAT codes (N06, N10)."""
    found = lines(integration, MappingTable.ACCOUNTS)
    waiting = sum(line.is_missing for line in found)
    mapped = sum(bool(line.target_key) and not line.is_missing for line in found)
    if waiting:
        help_text = ngettext(
            "%(count)d account has no match or no VAT code yet.",
            "%(count)d accounts have no match or no VAT code yet.",
            waiting,
        ) % {"count": waiting}
    else:
        help_text = gettext("Choose the account and the VAT codes of %(target)s for each account that you post to.") % {
            "target": integration.target.name
        }
    return Step(
        code=MappingTable.ACCOUNTS.value,
        title=gettext("Every account in use has its match and its VAT codes"),
        done=bool(mapped) and not waiting,
        link=_page("mapping-table", integration, MappingTable.ACCOUNTS.value),
        link_text=gettext("Open the table"),
        help=help_text,
    )


def _bank_accounts(integration: Integration) -> Step:
    return _mapping_step(
        integration,
        MappingTable.BANK_ACCOUNTS,
        gettext("Every bank and cash account of the payments has its match"),
        gettext("Choose where payments are entered in %(target)s.") % {"target": integration.target.name},
    )


def _has_warehouses(integration: Integration) -> bool:
    """Return whether the target may have warehouses: false only when its list was read and is empty."""
    snapshot = CatalogueSnapshot.objects.filter(connection=integration.target, kind="warehouses").first()
    return snapshot is None or bool(snapshot.entries)


def _warehouse(integration: Integration) -> Step:
    settings = settings_of(integration)
    return Step(
        code="warehouse",
        title=gettext("The warehouse of stock items is chosen"),
        done=bool(settings["warehouse"]) or "warehouse" in integration.checklist,
        link=_page("integration-settings", integration),
        link_text=gettext("Choose the warehouse"),
        help=gettext("Items with the tag “%(tag)s” become stock items; their rows need a warehouse.")
        % {"tag": settings["stock_tag"]},
        tick=gettext("We have no stock items"),
    )


def _target_holds(integration: Integration) -> int | None:
    """Return how many customers, suppliers and items the target holds as last listed; None when it never was listed.

    Those that every company of this system has from its first day do not count.
    """
    lists = [load_list(integration.target_id, kind) for kind in LISTED_KINDS]
    if any(read_at is None for _, read_at in lists):
        return None
    built_in = manifest(integration.target.vendor).built_in_parties
    return sum(row.name not in built_in for rows, _ in lists for row in rows)


def look_at_target(actor: Actor, integration: Integration) -> int:
    """Read the target's customers, suppliers and items anew, and return how many it holds.

    Raises:
        ServiceError: DIRECTORY_UNREADABLE, the target cannot be asked now.
    """
    for kind in LISTED_KINDS:
        id_map.read_target_list(actor, integration, kind)
    return _target_holds(integration) or 0


def _first_run_guard(integration: Integration) -> Step:
    """An empty target goes straight on (S24); one that holds anything is matched first (S25-S28)."""
    names = {"target": integration.target.name}
    is_open = MatchProposal.objects.filter(integration=integration, state=MatchState.OPEN).exists()
    held = _target_holds(integration)
    if held == 0:
        help_text = gettext("%(target)s holds no customers, suppliers or items yet: everything missing is created.")
    elif held is None:
        help_text = gettext(
            "If %(target)s already holds customers, suppliers or items, they are matched first, so that none is "
            "created twice. Read its lists to see what is there."
        )
    else:
        names["count"] = str(held)
        help_text = gettext(
            "%(target)s already holds %(count)s customers, suppliers and items. Match them, or bring in an id map "
            "file, so that none is created twice."
        )
    return Step(
        code="first_run_guard",
        title=gettext("Customers, suppliers and items will not be doubled"),
        done=held == 0 or ("first_run_guard" in integration.checklist and not is_open),
        link=_page("match-list", integration),
        link_text=gettext("Match with %(target)s") % names,
        help=help_text % names,
        tick=gettext("What is the same on both sides is matched"),
        links=((_page("id-map", integration), gettext("Id map")),),
        looks=held is None,
    )


def _coverage_read(integration: Integration) -> Step:
    return Step(
        code="coverage_read",
        title=gettext("The coverage report is read"),
        done="coverage_read" in integration.checklist,
        link=_page("integration-coverage", integration),
        link_text=gettext("Read the report"),
        help=gettext("It says which fields are carried, partly carried and left behind."),
    )


def _preview_made(integration: Integration) -> Step:
    previews = Run.objects.filter(flow__integration=integration, mode=RunMode.PREVIEW, state__in=_ENDED)
    return Step(
        code="preview_made",
        title=gettext("A first preview is made"),
        done=previews.exists(),
        link=_page("import", integration),
        link_text=gettext("Make a preview"),
        help=gettext("A preview writes nothing anywhere. It shows what an import would add."),
    )


def _activate(integration: Integration, steps: list[Step]) -> Step:
    return Step(
        code="activate",
        title=gettext("Ready"),
        done=integration.state != IntegrationState.SETUP,
        help=""
        if all(step.done for step in steps)
        else gettext("When the steps above are done, the integration can be activated here."),
    )


def open_steps(steps: list[Step]) -> list[Step]:
    """Return the steps that stand before activation."""
    return [step for step in steps if not step.done and step.code != "activate"]


def tick(actor: Actor, integration: Integration, code: str, *, done: bool = True) -> Integration:
    """Answer a step by hand, or take the answer back.

    Raises:
        ServiceError: STEP_NOT_BY_HAND.
    """
    require(actor, Role.ADMIN)
    if code not in TICKABLE:
        raise ServiceError("STEP_NOT_BY_HAND")
    answers = {name: at for name, at in integration.checklist.items() if name != code}
    if done:
        answers[code] = timezone.now().isoformat()
    integration.checklist = answers
    integration.save(update_fields=["checklist"])
    audit.record(
        actor,
        "integration.step_confirmed",
        subject=integration.name,
        link=_page("integration-checklist", integration),
        step=code,
        done=done,
    )
    return integration


def activate(actor: Actor, integration: Integration) -> Integration:
    """Make an integration ready: from now on its automatic imports run.

    Raises:
        ServiceError: CHECKLIST_NOT_DONE, with the titles of the steps that are open.
    """
    require(actor, Role.ADMIN)
    waiting = open_steps(checklist(integration))
    if waiting:
        raise ServiceError("CHECKLIST_NOT_DONE", steps="; ".join(step.title for step in waiting))
    return set_state(actor, integration, IntegrationState.READY)
