"""The bureau's own billing: classifiers of its books, products, contracts, a billing run, invoices that are paid."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from tilisilta.cli.demo import bureau_clients, runs
from tilisilta.cli.demo import clients_books as merit
from tilisilta.cli.demo.bureau import Bureau
from tilisilta.cli.demo.emulated import wait_until
from tilisilta.cli.output import CommandError
from tilisilta.core.billing import Period
from tilisilta.core.documents import DocumentKind
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services.billing import (
    classifiers,
    contracts,
    making,
    preview,
    products,
    sending,
    status,
    target,
)
from tilisilta.services.billing.settings import save_settings
from tilisilta.services.practice import clients
from tilisilta.services.practice.settings import add_months, last_day, month_of, today_of
from tilisilta.store.models import BilledInvoice, Contract, Delivery, DeliveryState, Product, WorkspaceInvoice

CLIENTS: Final = 15
_RATE: Final = Decimal(24)
_PART: Final = Decimal("20.00")
_LONGEST_S: Final = 120.0
_KINDS: Final = (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE)
_STUCK: Final = frozenset({DeliveryState.PROBLEM, DeliveryState.REFUSED})
_ENDED: Final = _STUCK | {DeliveryState.SENT, DeliveryState.CONFIRMED}
_ENTRY_TIERS: Final = (("1", "0.90"), ("51", "0.70"), ("101", "0.50"))
_INVOICE_TIERS: Final = (("1", "1.20"),)


def bill(bureau: Bureau) -> list[WorkspaceInvoice]:
    """Set billing up, bill the last month, and let its invoices arrive in the bureau's own books; return them."""
    _set_up(bureau)
    _agree(bureau, _products(bureau))
    return _run(bureau)


def _set_up(bureau: Bureau) -> None:
    """Choose the bureau's own company in Merit, import its classifiers, begin sending."""
    actor, books = bureau.actor, bureau.merit
    _made, check = target.connect(
        actor,
        vendor="merit",
        name="Merit Aktiva (büroo)",
        credentials=books.credentials,
        settings={"base_url": books.base_url},
    )
    if not check.ok:
        raise CommandError(f"The bureau's books cannot be connected: {check.code} {check.params}")
    save_settings(
        actor,
        payment_term_days=14,
        rounds_minutes_to=15,
        needs_classifiers=True,
        fetches_status=True,
        status_at=dt.time(6),
    )
    classifiers.import_classifiers(actor)
    target.activate(actor)


def _products(bureau: Bureau) -> list[Product]:
    lists = classifiers.lists_of(bureau.actor.company)
    items = list(lists[CatalogueKind.ITEMS])
    vat = next(each.key for each in lists[CatalogueKind.VAT_CODES].values() if _is_home(each))

    def codes(place: int) -> dict[str, str]:
        return {"item": items[place % len(items)], "vat_code": vat}

    fields, topics = bureau.fields, bureau.topics
    wanted: Sequence[dict[str, Any]] = (
        {"code": "KUU", "name": "Raamatupidamise kuutasu", "kind": "fixed", "price": Decimal(60)},
        {
            "code": "KANNE", "name": "Kanded", "kind": "per_piece", "field": fields["ledger_batch"],
            "tiers": _ENTRY_TIERS,
        },
        {
            "code": "ARVED", "name": "Müügiarved", "kind": "combined", "field": fields["sales_invoice"],
            "price": Decimal(25), "included": Decimal(3), "tiers": _INVOICE_TIERS,
        },
        {
            "code": "TUND", "name": "Nõustamine", "kind": "hourly", "price": Decimal(45),
            "topic": topics["Raamatupidamine"],
        },
    )  # fmt: skip
    return [
        products.save_product(bureau.actor, products.ProductContent(classifiers=codes(place), unit="tk", **each))
        for place, each in enumerate(wanted)
    ]


def _is_home(entry: CatalogueEntry) -> bool:
    return entry.rate == _RATE and entry.for_sales is not False


def _agree(bureau: Bureau, sold: Sequence[Product]) -> None:
    """Make contracts of a basic fee with the first clients, by the entry or by the invoice; some by the hour too."""
    monthly, by_entry, by_invoice, hourly = sold
    begins = add_months(month_of(today_of(bureau.actor.company)), -1)
    for place, client in enumerate(clients.active_clients(bureau.actor.company)[:CLIENTS]):
        rows = [
            contracts.RowContent(product=monthly, description="Raamatupidamine {month}"),
            contracts.RowContent(
                product=by_invoice if place % 3 == 0 else by_entry, description="{product}, {quantity}"
            ),
        ]
        if place % 4 == 0:
            rows.append(contracts.RowContent(product=hourly, discount_percent=Decimal(10)))
        content = contracts.ContractContent(
            client=client, starts_on=begins, rows=rows, number=f"L-{place + 1:03}", text="{period}"
        )
        contracts.save_contract(bureau.actor, content)


def _run(bureau: Bureau) -> list[WorkspaceInvoice]:
    """Bill the last month: preview, confirm, issue, send, and wait until the books have the invoices."""
    actor = bureau.actor
    today = today_of(actor.company)
    first = add_months(month_of(today), -1)
    window = Period(first, last_day(first))
    shown = preview.make(actor, window)
    made = making.confirm(actor, window, today, expected=shown.fingerprint)
    if made.failed or not made.invoices:
        raise CommandError(f"The billing run failed: {made.failed or shown.notes}")
    ids = [each.invoice_id for each in made.invoices]
    issued = sending.issue(actor, sending.invoices_of(actor.company, ids))
    sent = sending.send_to_books(actor, sending.invoices_of(actor.company, ids))
    if issued.left or sent.left:
        raise CommandError(f"Invoices stayed behind: {[each.reason for each in (*issued.left, *sent.left)]}")
    wait_until(lambda: _have_ended(bureau, len(ids)), _LONGEST_S, "Sending the bureau's invoices")
    return sending.invoices_of(actor.company, ids)


def _have_ended(bureau: Bureau, count: int) -> bool:
    """Return whether each invoice is in the books or waits for a person, as one whose customer's name is taken."""
    found = Delivery.objects.filter(company=bureau.actor.company, kind__in=_KINDS)
    return found.filter(state__in=_ENDED).count() >= count


def stayed_behind(bureau: Bureau) -> dict[str, str]:
    """Return why invoices are not in the books, by their ids here."""
    found = Delivery.objects.filter(company=bureau.actor.company, kind__in=_KINDS, state__in=_STUCK)
    return {each.source_id: f"{each.state}: {each.reason}" for each in found}


def pay_some(bureau: Bureau) -> None:
    """Let customers pay in Merit: every second invoice in full, one in part; then ask the books what is paid."""
    for place, invoice in enumerate(merit.sold(bureau.merit)):
        gross = Decimal(str(invoice["gross"]))
        if gross > 0 and place % 2 == 0:
            merit.pay(bureau.merit, invoice, gross if place else _PART)
    runs.wait_for_job(status.fetch_all(bureau.actor))


def billed(bureau: Bureau) -> list[BilledInvoice]:
    """Return the bureau's invoices with what is known of their payment."""
    return list(BilledInvoice.objects.filter(company=bureau.actor.company).select_related("invoice"))


def companies_of_contracts(bureau: Bureau) -> set[str]:
    """Return the companies in Merit whose clients have a contract."""
    wanted = set(Contract.objects.filter(company=bureau.actor.company).values_list("client_id", flat=True))
    return {company for company, client in bureau_clients.connected(bureau).items() if client.pk in wanted}
