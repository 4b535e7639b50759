"""Where closed periods go: the integration that carries them, and what its target says before anything is sent."""

import datetime as dt
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

from asgiref.sync import async_to_sync

from tilisilta.core.documents import DocumentKind, JournalEntry
from tilisilta.core.mapping.tables import MappingTables, UsedKey, posting_account_keys, rate_text
from tilisilta.core.problems import Problem, problem
from tilisilta.engine.connect import open_connector
from tilisilta.ports import CatalogueEntry, CatalogueKind, PeriodReader, PeriodState
from tilisilta.ports import Connection as Connector
from tilisilta.services.errors import ServiceError
from tilisilta.services.integrations import LEVEL_PERIOD, level_of
from tilisilta.store.mapping_tables import load_tables
from tilisilta.store.models import (
    Company,
    Connection,
    ConnectionState,
    Flow,
    FlowKind,
    Integration,
    IntegrationState,
    Side,
)

FLOWS: Final[dict[str, FlowKind]] = {
    Side.SALES: FlowKind.PERIOD_SALES,
    Side.PURCHASES: FlowKind.PERIOD_PURCHASES,
}
WORKSPACE: Final = "workspace"
Answer = TypeVar("Answer")


def integrations_for(company: Company, side: str) -> list[Integration]:
    """Return the integrations that carry closed periods of a side, oldest first."""
    rows = Integration.objects.filter(
        company=company, source__vendor=WORKSPACE, flows__kind=FLOWS[side]
    ).select_related("company", "source", "target")
    rows = rows.exclude(target__state=ConnectionState.INACTIVE)  # put aside: nothing goes over it any more (P16)
    return [each for each in rows.order_by("pk") if level_of(each) == LEVEL_PERIOD]


def sending_integration(company: Company, side: str, *, wanted: int | None = None) -> Integration | None:
    """Return the integration that a close sends by; None when closing sends nothing (no target, or document level).

    Args:
        company: Whose period.
        side: Which side.
        wanted: The one that the period went by before; it is kept while it still carries periods.

    Raises:
        ServiceError: NOT_ACTIVATED_YET (N05).
    """
    found = integrations_for(company, side)
    ready = [each for each in found if each.state != IntegrationState.SETUP]
    if found and not ready:
        raise ServiceError("NOT_ACTIVATED_YET")
    return next((each for each in ready if each.pk == wanted), ready[0] if ready else None)


def flow_of_side(integration: Integration, side: str) -> Flow:
    """Return the flow by which closed periods of a side travel."""
    return Flow.objects.select_related("company", "integration__source", "integration__target").get(
        integration=integration, kind=FLOWS[side]
    )


def used_keys_of(entries: Sequence[JournalEntry]) -> list[UsedKey]:
    """Return the account keys of vouchers, each once."""
    first: dict[tuple[object, ...], UsedKey] = {}
    for entry in entries:
        for used in posting_account_keys(entry):
            first.setdefault((used.source_key, used.vat_rate, used.treatment), used)
    return list(first.values())


def unmapped(tables: MappingTables, used: Sequence[UsedKey]) -> tuple[UsedKey, ...]:
    """Return the accounts that lack their counterpart or their VAT code, all of them at once (N10)."""
    return tables.missing(used)


def shown_key(used: UsedKey) -> str:
    """Return an account as messages name it: `3000 (24 %)`."""
    return f"{used.source_key} ({rate_text(used.vat_rate)} %)" if used.vat_rate is not None else used.source_key


def check_target(integration: Integration, entries: Sequence[JournalEntry]) -> list[Problem]:
    """Ask the target, before anything is sent, whether it takes these vouchers: accounts, fiscal years, locks.

    Raises:
        TilisiltaError: the target cannot be asked now, for the reason that it names.
    """
    is_netvisor = integration.target.vendor == "netvisor"
    tables = load_tables(integration)
    accounts, states = ask(integration.target, lambda target: _read(target, _days_to_ask(entries)))
    known = {entry.key for entry in accounts if entry.is_active}
    gone: list[str] = []
    for used in used_keys_of(entries):
        row = tables.account(used.source_key, used.direction, rate=used.vat_rate, treatment=used.treatment)
        if row is not None and accounts and row.target_key not in known:
            gone.append(f"{used.source_key} → {row.target_key}")
    found: list[Problem] = []
    if gone:
        code = "ACCOUNT_NOT_IN_NETVISOR" if is_netvisor else "ACCOUNT_UNKNOWN_AT_TARGET"
        named = ", ".join(dict.fromkeys(gone))
        found.append(problem(code, where="accounts", account=named, message=named))
    closed = [state for state in states if not state.is_open]
    if closed:
        days = ", ".join(state.day.isoformat() for state in closed)
        until = max((state.locked_until for state in closed if state.locked_until), default=None)
        if all(state.fiscal_period is None for state in closed):
            code = "DAY_IN_NO_FISCAL_YEAR"
        else:
            code = "SENDING_TO_NETVISOR_FAILED" if is_netvisor else "PERIOD_LOCKED"
        found.append(problem(code, where="date", date=days, until=until or "", target=integration.target.name))
    return found


def _days_to_ask(entries: Sequence[JournalEntry]) -> list[dt.date]:
    """Return the days of the vouchers, one for each month and the last: locks and fiscal years change no faster."""
    days = sorted({entry.date for entry in entries})
    first_of_month: dict[tuple[int, int], dt.date] = {}
    for day in days:
        first_of_month.setdefault((day.year, day.month), day)
    return sorted({*first_of_month.values(), *days[-1:]})


async def _read(target: Connector, days: Sequence[dt.date]) -> tuple[Sequence[CatalogueEntry], list[PeriodState]]:
    accounts = await target.catalogue(CatalogueKind.ACCOUNTS)
    if not isinstance(target, PeriodReader):
        return accounts, []
    return accounts, [await target.read_period(day, DocumentKind.JOURNAL_ENTRY) for day in days]


def ask(connection: Connection, question: Callable[[Connector], Awaitable[Answer]]) -> Answer:
    """Return what a connection's system answers to a question.

    Raises:
        TilisiltaError: it cannot be asked now.
    """
    connector = open_connector(connection)

    async def put() -> Answer:
        try:
            return await question(connector)
        finally:
            await connector.close()

    return async_to_sync(put)()
