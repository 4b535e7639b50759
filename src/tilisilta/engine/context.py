"""What one run holds in memory while a worker moves it: connectors, mapping tables, settings, known bindings.

Nothing here must survive the process: a new worker builds it again from the store.
"""

import datetime as dt
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max

from tilisilta.core.documents import Direction, DocumentKind, Item, PartyRole
from tilisilta.core.errors import TilisiltaError
from tilisilta.core.ledger import PostingLine
from tilisilta.core.mapping.products import ProductRegister
from tilisilta.core.mapping.settings import ItemPolicy, MappingSettings
from tilisilta.core.mapping.tables import MappingTables
from tilisilta.core.period import previous_hour
from tilisilta.engine.connect import manifest, open_connector
from tilisilta.engine.database import in_store
from tilisilta.engine.directory import Directory
from tilisilta.engine.identity import salt_of
from tilisilta.kit.manifest import Manifest
from tilisilta.ports import CatalogueKind, SourceRecord
from tilisilta.ports import Connection as Connector
from tilisilta.ports.register import StatusSource
from tilisilta.store.mapping_tables import load_tables, load_tables_back
from tilisilta.store.models import (
    Binding,
    CatalogueSnapshot,
    Connection,
    Flow,
    FlowKind,
    Integration,
    Run,
    RunMode,
    StoredFile,
)

PARTY_KINDS: dict[PartyRole, DocumentKind] = {
    PartyRole.CUSTOMER: DocumentKind.CUSTOMER,
    PartyRole.SUPPLIER: DocumentKind.SUPPLIER,
}

FLOW_KINDS: dict[str, tuple[DocumentKind, ...]] = {
    FlowKind.SALES_INVOICES: (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE),
    FlowKind.PURCHASE_INVOICES: (DocumentKind.PURCHASE_INVOICE, DocumentKind.PURCHASE_CREDIT_NOTE),
    FlowKind.PAYMENTS: (DocumentKind.PAYMENT,),
    FlowKind.PAYMENTS_BACK: (DocumentKind.PAYMENT,),
    FlowKind.PARTIES: (DocumentKind.CUSTOMER, DocumentKind.SUPPLIER),
    FlowKind.ITEMS: (DocumentKind.ITEM,),
    FlowKind.PERIOD_SALES: (DocumentKind.JOURNAL_ENTRY,),
    FlowKind.PERIOD_PURCHASES: (DocumentKind.JOURNAL_ENTRY,),
}

# Closed periods of the two sides are of one kind of document.
FLOW_SIDES: dict[str, Direction] = {
    FlowKind.PERIOD_SALES: Direction.SALES,
    FlowKind.PERIOD_PURCHASES: Direction.PURCHASE,
}

_LASTING_KINDS = frozenset({DocumentKind.CUSTOMER, DocumentKind.SUPPLIER, DocumentKind.ITEM})


@contextmanager
def at_source() -> Iterator[None]:
    """Name the source as the side at which whatever is raised here went wrong."""
    try:
        yield
    except TilisiltaError as error:
        error.params.setdefault("side", "source")
        raise


@dataclass
class Bindings:
    """Bindings that this run has seen, by kind and source key; absent keys are remembered as None."""

    source_connection_id: int
    target_connection_id: int
    is_reverse: bool = False
    known: dict[tuple[DocumentKind, str], str | None] = field(default_factory=dict)

    def load(self, kind: DocumentKind, keys: Iterable[str]) -> None:
        """Read the bindings of these keys from the store, unless they are known already. Runs in a store thread.

        A flow back (payments from the target to the source) reads the same id map from its other end.
        """
        wanted = sorted({key for key in keys if self.known.get((kind, key)) is None})
        ours, theirs = ("target_id", "source_id") if self.is_reverse else ("source_id", "target_id")
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            rows = Binding.objects.filter(
                source_connection_id=self.source_connection_id,
                target_connection_id=self.target_connection_id,
                kind=kind,
                **{f"{ours}__in": part},
            ).values_list(ours, theirs)
            found = dict(rows)
            for key in part:
                self.known[kind, key] = found.get(key)

    def get(self, kind: DocumentKind, key: str) -> str | None:
        return self.known.get((kind, key))

    def forget_documents(self) -> None:
        """Keep parties and items only: every document comes by once, and a long run must not grow with them."""
        self.known = {key: bound for key, bound in self.known.items() if key[0] in _LASTING_KINDS}

    def put(self, kind: DocumentKind, key: str, target_id: str) -> None:
        self.known[kind, key] = target_id


@dataclass
class RunContext:
    """One run in the hands of one worker; whoever holds an older `fence` may write nothing."""

    run_id: int
    mode: RunMode
    company_id: int
    time_zone: str
    country: str
    integration_id: int
    flow_id: int
    flow_kind: FlowKind
    party_flow_id: int
    item_flow_id: int
    fence: int
    started_at: dt.datetime
    source: Connector
    target: Connector
    source_manifest: Manifest
    target_manifest: Manifest
    source_connection_id: int
    target_connection_id: int
    bindings: Bindings
    tables: MappingTables
    settings: MappingSettings
    is_automatic: bool
    automatic_since: dt.datetime | None
    date_from: dt.date | None
    date_to: dt.date | None
    changes_until: dt.datetime | None
    selection: tuple[int, ...]
    items: dict[str, Item] = field(default_factory=dict)
    directories: dict[DocumentKind, Directory] = field(default_factory=dict)
    products: ProductRegister | None = None  # the target's, where rows are found by code
    # Documents that are spoken of by number only: party keys and source ids of what bears the number.
    numbered: dict[tuple[DocumentKind, str], list[tuple[str, str]]] = field(default_factory=dict)
    postings: dict[str, Sequence[PostingLine]] = field(default_factory=dict)  # ours, of the invoices at hand
    refused_parties: set[tuple[PartyRole, str]] = field(default_factory=set)  # by a target that completes invoices
    sent_in_periods: set[str] = field(default_factory=set)  # invoices and payments that went with a closed period
    unfinished: dict[str, str] = field(default_factory=dict)  # invoices that lack a step at the target, with its name
    superseded: set[str] = field(default_factory=set)  # vouchers of closed periods that newer ones took the place of
    integration_settings: dict[str, Any] = field(default_factory=dict)
    compared: set[str] = field(default_factory=set)  # customers that this run has compared with what was sent
    written_status_name: str = ""  # what people call the status that the source is to show
    salt: str = ""
    cursor_token: str = ""
    last_file_id: int = 0
    limits_off: bool = False
    has_recovered: bool = False
    moves: int = 0  # decisions stored so far, to tell a run that only waits from one that gets on
    waited: tuple[int, int] = (0, 0)  # `moves` at the last wait, and how many waits came at that
    listing: AsyncGenerator[tuple[list[SourceRecord], str], None] | None = None

    @property
    def changed_until(self) -> dt.datetime | None:
        """Return where an hourly flow back stops: the end of the last full hour; later payments are the next run's."""
        if not (self.is_reverse and self.is_automatic):
            return None
        return previous_hour(self.started_at, ZoneInfo(self.time_zone)).end

    @property
    def is_reverse(self) -> bool:
        return self.flow_kind == FlowKind.PAYMENTS_BACK

    @property
    def is_file_source(self) -> bool:
        """Return whether documents come in as files: listed in order of arrival, without dates of change."""
        return self.source_manifest.vendor == "files"

    @property
    def side(self) -> Direction | None:
        """Return the side of a flow of closed periods, and None for all others."""
        return FLOW_SIDES.get(self.flow_kind)

    @property
    def waiting_status(self) -> str:
        """Return the status in which invoices wait at the source until they are fetched; empty when all are taken."""
        if self.is_reverse or self.flow_kind != FlowKind.SALES_INVOICES or not isinstance(self.source, StatusSource):
            return ""
        return str(self.integration_settings.get("waiting_status") or "")

    @property
    def customers_again(self) -> bool:
        """Return whether a customer that changed at the source is sent again."""
        return not self.is_reverse and bool(self.integration_settings.get("customers_again"))

    @property
    def kinds(self) -> tuple[DocumentKind, ...]:
        """Return the kinds of the flow that the source has: some keep customers and no suppliers."""
        kinds = FLOW_KINDS[self.flow_kind]
        return tuple(kind for kind in kinds if kind in self.source_manifest.reads) or kinds

    def flow_for(self, kind: DocumentKind) -> int:
        """Return the flow whose deliveries are of this kind: parties and items have flows of their own."""
        if kind in {DocumentKind.CUSTOMER, DocumentKind.SUPPLIER}:
            return self.party_flow_id
        if kind is DocumentKind.ITEM:
            return self.item_flow_id
        return self.flow_id

    def wait_again(self) -> int:
        """Note that the run has to wait, and return how often it did so without getting on."""
        moves, waits = self.waited
        self.waited = (self.moves, waits + 1 if moves == self.moves else 1)
        return self.waited[1]

    async def drop_listing(self) -> None:
        """Close the listing that stayed open between slices."""
        if self.listing is not None:
            await self.listing.aclose()
            self.listing = None

    async def close(self) -> None:
        await self.drop_listing()
        await self.source.close()
        await self.target.close()


def mapping_settings(chosen: Mapping[str, Any], *, is_reverse: bool = False) -> MappingSettings:
    """Return the mapping settings of an integration's stored choices.

    What goes back to the source may leave its bank account unnamed: people map accounts for the way there.
    """

    def text(name: str, default: str = "") -> str:
        return str(chosen.get(name) or default)

    return MappingSettings(
        stock_tag=text("stock_tag", "Laoartikkel"),
        default_warehouse=text("warehouse"),
        needs_items=bool(chosen.get("needs_items", True)),
        items_by_code=bool(chosen.get("items_by_code")),
        code_prefixes={str(kind): str(prefix) for kind, prefix in dict(chosen.get("code_prefixes") or {}).items()},
        needs_vat_codes=bool(chosen.get("needs_vat_codes", True)),
        rows_in_words=bool(chosen.get("rows_in_words")),
        has_warehouses=bool(chosen.get("has_warehouses", True)),
        default_item_sales=text("default_item_sales") or text("default_item"),
        default_item_purchase=text("default_item_purchase") or text("default_item"),
        purchase_rows_item=text("purchase_rows_item"),
        item_policy=ItemPolicy(text("item_policy", ItemPolicy.STOP)),
        fallback_item=text("fallback_item"),
        allowance_item=text("allowance_item"),
        charge_item=text("charge_item"),
        rounding_item=text("rounding_item"),
        default_party_vat_code=text("party_vat_code"),
        allow_zero_rate_by_rate=bool(chosen.get("allow_zero_rate_by_rate", True)),
        payments_without_document=bool(chosen.get("payments_without_document")),
        skip_unimported_allocations=bool(chosen.get("skip_unimported_allocations")),
        payment_accounts_optional=is_reverse or bool(chosen.get("completes")),
        completes=bool(chosen.get("completes")) and chosen.get("level", "document") == "document",
        posts_sales=bool(chosen.get("completes")),  # P56
        posts_purchases=chosen.get("purchase_posting") == "source",  # P38
    )


def flow_of(integration: Integration, kind: FlowKind) -> Flow:
    """Return a flow of the integration; parties and items are made when first needed."""
    flow, _ = Flow.objects.get_or_create(
        integration=integration, kind=kind, defaults={"company_id": integration.company_id}
    )
    return flow


def status_name(connection_id: int, key: str) -> str:
    """Return what a source calls one of its statuses, as its list was last read; its key when it is not there."""
    kept = CatalogueSnapshot.objects.filter(connection_id=connection_id, kind=CatalogueKind.STATUSES).first()
    names = {str(each.get("key")): str(each.get("label") or "") for each in kept.entries} if kept and key else {}
    return names.get(key) or key


def _last_file_id(connection_id: int) -> int:
    """Return the newest file of a files connection: files up to it need not be listed again after this run."""
    return StoredFile.objects.filter(connection_id=connection_id).aggregate(last=Max("pk"))["last"] or 0


def _load(run_id: int, fence: int) -> tuple[Run, Integration, Connection, Connection, dict[str, Any]]:
    run = Run.objects.select_related(
        "flow__integration__source", "flow__integration__target", "flow__integration__company"
    ).get(pk=run_id)
    integration = run.flow.integration
    is_reverse = run.flow.kind == FlowKind.PAYMENTS_BACK
    source, target = (
        (integration.target, integration.source) if is_reverse else (integration.source, integration.target)
    )
    fields: dict[str, Any] = {
        "run_id": run.pk,
        "mode": RunMode(run.mode),
        "company_id": run.company_id,
        "time_zone": integration.company.time_zone,
        "country": integration.company.country,
        "integration_id": integration.pk,
        "flow_id": run.flow_id,
        "flow_kind": FlowKind(run.flow.kind),
        "party_flow_id": flow_of(integration, FlowKind.PARTIES).pk,
        "item_flow_id": flow_of(integration, FlowKind.ITEMS).pk,
        "fence": fence,
        "started_at": run.started_at or run.requested_at,
        "source_connection_id": source.pk,
        "target_connection_id": target.pk,
        "bindings": Bindings(integration.source_id, integration.target_id, is_reverse=is_reverse),
        "tables": load_tables_back(integration) if is_reverse else load_tables(integration),
        "settings": mapping_settings({**integration.settings, **run.flow.settings}, is_reverse=is_reverse),
        "integration_settings": dict(integration.settings),
        "written_status_name": status_name(source.pk, str(integration.settings.get("written_status") or "")),
        "is_automatic": run.is_automatic,
        "automatic_since": run.flow.automatic_since,
        "date_from": run.date_from,
        "date_to": run.date_to,
        "changes_until": run.flow.changes_until,
        "selection": tuple(run.selection),
        "salt": salt_of(integration),
        "cursor_token": run.flow.cursor_token,
        "last_file_id": _last_file_id(source.pk),
        "limits_off": not settings.VENDOR_LIMITS,
    }
    return run, integration, source, target, fields


async def open_context(run_id: int, fence: int) -> RunContext:
    """Return the context of a run whose lease this worker holds.

    Raises:
        Misconfigured: one of the connections cannot be used as it is.
    """
    _, _, source, target, fields = await in_store(_load, run_id, fence)
    return RunContext(
        source=open_connector(source),
        target=open_connector(target),
        source_manifest=manifest(source.vendor),
        target_manifest=manifest(target.vendor),
        **fields,
    )
