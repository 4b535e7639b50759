"""Scoro's documents in Merit's books by way of the whole product, once and to the cent; and Merit's payments back."""

import asyncio
import datetime as dt
from decimal import Decimal
from typing import Any

from tests.contract.emulators.conftest import RealClock
from tests.contract.merit.test_payments import paying
from tests.support.emulators import Emulators
from tests.support.product import PURCHASE_VAT, Office, make_company

from tilisilta.connectors import load
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.ports import CatalogueKind
from tilisilta.services import connections
from tilisilta.services.connections import catalogue
from tilisilta.store.models import Connection, Integration, IntegrationState, MappingRow, RunState

# Which of Merit's codes a person chose for Scoro's.
SALES = {"24": "24%", "22": "22%", "20": "20%", "13": "13%", "9": "9%", "0EU": "ELT0", "0EX": "EXP0", "MV": "MVAB"}
PURCHASES = {"24O": "24%", "22O": "22%", "20O": "20%", "9O": "9%", "PM": "ELTPK24"}


def pair(emulators: Emulators) -> Office:
    """Return a company whose Scoro is tied to Merit, mapped as a person would."""
    company, actor = make_company()
    emulators["merit"].reset(data="empty")
    made: dict[str, Connection] = {}
    for vendor in ("scoro", "merit"):
        one = emulators[vendor]
        settings = {"base_url": one.base_url}
        made[vendor] = connections.create_connection(
            actor, vendor=vendor, name=vendor, credentials=one.credentials, settings=settings
        )
        check = connections.check_connection(actor, made[vendor])
        assert check.ok, check
    source, target = made["scoro"], made["merit"]
    integration = Integration.objects.create(
        company=company,
        source=source,
        target=target,
        name="Scoro → Merit",
        state=IntegrationState.READY,
        settings={"warehouse": "1", "default_item": "", "stock_tag": "Laoartikkel"},
    )
    taxes = {entry.extra["code"]: entry.key for entry in catalogue(target, CatalogueKind.VAT_CODES)}
    taxes["-"] = taxes["MAKSUTA"]
    rows: list[tuple[str, str, str, str]] = []
    for entry in catalogue(source, CatalogueKind.VAT_CODES):
        code = entry.extra["code"]
        if entry.for_sales and code in {*SALES, "-"}:
            rows.append(("vat_codes", entry.key, taxes[SALES.get(code, "-")], "sales"))
        if entry.for_purchases and code in PURCHASE_VAT:
            rows.append(("vat_codes", entry.key, taxes[PURCHASES.get(code, "-")], "purchase"))
    ways = {entry.extra["is_cash"]: entry.key for entry in reversed(catalogue(target, CatalogueKind.BANK_ACCOUNTS))}
    banks = catalogue(source, CatalogueKind.BANK_ACCOUNTS)
    rows += [("bank_accounts", entry.key, ways[entry.extra.get("is_cash", "")], "") for entry in banks]
    MappingRow.objects.bulk_create(
        MappingRow(company=company, integration=integration, table=table, source_key=key, target_key=to, direction=way)
        for table, key, to, way in rows
    )
    return Office(company, actor.user, actor, source, target, integration, emulators["scoro"], emulators["merit"])  # type: ignore[arg-type]


def test_scoro_arrives_in_merit_and_its_payments_come_back(engine: None, emulators: Emulators) -> None:
    office = pair(emulators)
    month = {"date_from": dt.date(2026, 6, 1), "date_to": dt.date(2026, 6, 30)}
    sold = office.scoro.books()["invoices"]
    expected = {each["no"]: Decimal(each["sum"]) + Decimal(each["vat_sum"]) for each in sold if in_june(each["date"])}
    assert len(expected) >= 2
    for _ in range(2):
        assert office.run("sales_invoices", **month).state == RunState.DONE
        kept = {row["number"]: row["gross"] for row in office.smartaccounts.books()["sales_invoices"]}
        assert {number: Decimal(str(gross)) for number, gross in kept.items()} == expected
    assert {each.state for each in office.deliveries(document__kind="sales_invoice")} == {"confirmed"}
    run = office.run("sales_invoices", mode="reconcile", **month)
    assert (run.state, run.problem_code) == (RunState.DONE, "")
    paid = next(each for each in office.smartaccounts.books()["sales_invoices"] if each["number"] == "2026-042")
    left = Decimal(str(paid["gross"])) - Decimal(str(paid["paid"]))
    asyncio.run(pay_in_merit(office, paid["id"], left))
    for _ in range(2):
        assert office.run("payments_back").state == RunState.DONE
        assert [each.state for each in office.deliveries(document__kind="payment")] == ["confirmed"]


async def pay_in_merit(office: Office, invoice_id: str, amount: Decimal) -> None:
    clock = RealClock()
    made: Any = load("merit").build(
        office.smartaccounts.credentials,
        {"base_url": office.smartaccounts.base_url},
        transport=None,
        budget=MemoryBudgetStore(clock),
        clock=clock,
    )
    ways = await made.catalogue(CatalogueKind.BANK_ACCOUNTS)
    await made.send(paying("p", invoice_id, ways[0].key, amount=str(amount)))
    await made.close()


def in_june(day: str) -> bool:
    return day.startswith("2026-06")
