"""Billing: products, contracts, runs that make invoices, their way into the bureau's own books, their payment."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Status

from tilisilta.api.billing_run_shapes import (
    BilledOut,
    BillingPreviewOut,
    BillQuery,
    BillsOut,
    DoneOut,
    IdsIn,
    MadeOut,
    PreviewIn,
    RunIn,
    StatusJobOut,
    billed_out,
    done_out,
    preview_out,
)
from tilisilta.api.billing_shapes import (
    BooksIn,
    ContractIn,
    ContractOut,
    ImportedOut,
    ProductIn,
    ProductOut,
    SettingsIn,
    SettingsOut,
    TextQuery,
    contract_out,
    product_out,
    settings_out,
)
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, ADMIN, ASKS_VENDOR, Id, Page, page_out
from tilisilta.core.billing import Period
from tilisilta.services import listings
from tilisilta.services.billing import (
    classifiers,
    contracts,
    lists,
    making,
    preview,
    products,
    sending,
    settings,
    status,
    target,
)
from tilisilta.services.practice.settings import today_of

router = Router(tags=["Billing"])
_SLOW: dict[str, Any] = {**ACCOUNTANT, **ASKS_VENDOR}


# --- the bureau's own books -----------------------------------------------------------------------------------


@router.get("/billing/settings", response=SettingsOut, summary="Show the settings of billing")
def get_billing_settings(request: HttpRequest) -> SettingsOut:
    """Return how the bureau bills, and which connection takes its invoices."""
    company = actor_of(request).company
    settings.require_on(company)
    return settings_out(company)


@router.put("/billing/settings", response=SettingsOut, summary="Change the settings of billing", openapi_extra=ADMIN)
def update_billing_settings(request: HttpRequest, given: SettingsIn) -> SettingsOut:
    """Set billing up when it is not yet, and store how the bureau bills."""
    actor = actor_of(request)
    settings.switch_on(actor)
    settings.save_settings(actor, **{**given.dict(), "status_at": dt.time.fromisoformat(given.status_at)})
    return settings_out(actor.company)


@router.post("/billing/books", response=SettingsOut, summary="Choose the bureau's own books", openapi_extra=ADMIN)
def choose_books(request: HttpRequest, given: BooksIn) -> SettingsOut:
    """Let a connection take the bureau's invoices; nothing is sent before that is activated."""
    actor = actor_of(request)
    target.choose(actor, target.get_choice(actor.company, given.connection_id))
    return settings_out(actor.company)


@router.post("/billing/books/activate", response=SettingsOut, summary="Begin sending invoices", openapi_extra=ADMIN)
def activate_books(request: HttpRequest) -> SettingsOut:
    """Let invoices that are made from now on go to the bureau's own books."""
    actor = actor_of(request)
    target.activate(actor)
    return settings_out(actor.company)


@router.post("/billing/books/pause", response=SettingsOut, summary="Stop sending invoices", openapi_extra=ADMIN)
def pause_books(request: HttpRequest) -> SettingsOut:
    """Send no invoices any more; what is in the books stays."""
    actor = actor_of(request)
    target.pause(actor)
    return settings_out(actor.company)


@router.post("/billing/classifiers", response=ImportedOut, summary="Import classifiers", openapi_extra=_SLOW)
def import_classifiers(request: HttpRequest) -> ImportedOut:
    """Read items, VAT codes, accounts, units and dimensions of the bureau's own books anew."""
    found = classifiers.import_classifiers(actor_of(request))
    return ImportedOut(
        counts={kind.value: count for kind, count in found.counts.items()},
        products_without=[each.pk for each in found.without],
    )


# --- products and contracts -----------------------------------------------------------------------------------


@router.get("/billing/products", response=Page[ProductOut], summary="List products", openapi_extra=ACCOUNTANT)
def list_products(request: HttpRequest, query: Query[TextQuery]) -> dict[str, Any]:
    """Return the products by code, those put aside included."""
    actor = actor_of(request)
    settings.require_on(actor.company)
    found = products.products(actor.company, text=query.text, is_active=None)
    return page_out(listings.page(found, ["code", "id"], cursor=query.cursor, limit=query.limit), product_out)


@router.post("/billing/products", response={201: ProductOut}, summary="Add a product", openapi_extra=ACCOUNTANT)
def create_product(request: HttpRequest, given: ProductIn) -> Status[ProductOut]:
    """Write a new product; its code must be free."""
    actor = actor_of(request)
    return Status(201, product_out(products.save_product(actor, given.content(actor.company))))


@router.put(
    "/billing/products/{int:product_id}", response=ProductOut, summary="Change a product", openapi_extra=ACCOUNTANT
)
def update_product(request: HttpRequest, product_id: Id, given: ProductIn) -> ProductOut:
    """Write a product anew; invoices that are there stay as they are."""
    actor = actor_of(request)
    row = products.get_product(actor.company, product_id)
    return product_out(products.save_product(actor, given.content(actor.company), row=row))


@router.delete(
    "/billing/products/{int:product_id}", response={204: None}, summary="Delete a product", openapi_extra=ACCOUNTANT
)
def delete_product(request: HttpRequest, product_id: Id) -> Status[None]:
    """Delete a product that stands in no contract."""
    actor = actor_of(request)
    products.delete_product(actor, products.get_product(actor.company, product_id))
    return Status(204, None)


@router.get("/billing/contracts", response=Page[ContractOut], summary="List contracts", openapi_extra=ACCOUNTANT)
def list_contracts(request: HttpRequest, query: Query[TextQuery]) -> dict[str, Any]:
    """Return the contracts, those put aside included, without their rows."""
    actor = actor_of(request)
    settings.require_on(actor.company)
    found = contracts.contracts(actor, text=query.text, is_active=None)
    page = listings.page(found, ["starts_on", "id"], cursor=query.cursor, limit=query.limit)
    return page_out(page, lambda row: contract_out(row, []))


@router.post("/billing/contracts", response={201: ContractOut}, summary="Add a contract", openapi_extra=ADMIN)
def create_contract(request: HttpRequest, given: ContractIn) -> Status[ContractOut]:
    """Write a contract of a client with its rows."""
    actor = actor_of(request)
    made = contracts.save_contract(actor, given.content(actor.company))
    return Status(201, contract_out(made, contracts.rows_of(made)))


@router.get(
    "/billing/contracts/{int:contract_id}", response=ContractOut, summary="Show a contract", openapi_extra=ACCOUNTANT
)
def get_contract(request: HttpRequest, contract_id: Id) -> ContractOut:
    """Return one contract with its rows."""
    row = contracts.get_contract(actor_of(request), contract_id)
    return contract_out(row, contracts.rows_of(row))


@router.put(
    "/billing/contracts/{int:contract_id}", response=ContractOut, summary="Change a contract", openapi_extra=ADMIN
)
def update_contract(request: HttpRequest, contract_id: Id, given: ContractIn) -> ContractOut:
    """Write a contract anew; a row keeps what was billed of it when its id is sent with it."""
    actor = actor_of(request)
    row = contracts.get_contract(actor, contract_id)
    saved = contracts.save_contract(actor, given.content(actor.company), row=row)
    return contract_out(saved, contracts.rows_of(saved))


@router.delete(
    "/billing/contracts/{int:contract_id}", response={204: None}, summary="Delete a contract", openapi_extra=ADMIN
)
def delete_contract(request: HttpRequest, contract_id: Id) -> Status[None]:
    """Delete a contract that was never billed."""
    actor = actor_of(request)
    contracts.delete_contract(actor, contracts.get_contract(actor, contract_id))
    return Status(204, None)


# --- runs and invoices ----------------------------------------------------------------------------------------


@router.post(
    "/billing/preview", response=BillingPreviewOut, summary="Show what would be billed", openapi_extra=ACCOUNTANT
)
def preview_billing(request: HttpRequest, given: PreviewIn) -> BillingPreviewOut:
    """Work out what would be billed of some days, and write nothing."""
    window = Period(given.date_from, given.date_to)
    return preview_out(preview.make(actor_of(request), window, client_ids=given.client_ids or None))


@router.post("/billing/runs", response={201: MadeOut}, summary="Make the invoices", openapi_extra=ACCOUNTANT)
def create_billing_run(request: HttpRequest, given: RunIn) -> Status[MadeOut]:
    """Make draft invoices of a preview; nothing is made when anything has changed since it was shown."""
    actor = actor_of(request)
    made = making.confirm(
        actor,
        Period(given.date_from, given.date_to),
        given.invoice_date or today_of(actor.company),
        expected=given.fingerprint,
        chosen=given.rows,
        client_ids=given.client_ids or None,
    )
    ids = [each.invoice_id for each in made.invoices]
    return Status(201, MadeOut(invoice_ids=ids, settled=made.settled, failed=list(made.failed)))


@router.get("/billing/invoices", response=Page[BilledOut], summary="List invoices of billing")
def list_billed_invoices(request: HttpRequest, query: Query[BillQuery]) -> dict[str, Any]:
    """Return the invoices that billing made, newest first, with what the books say of their payment."""
    company = actor_of(request).company
    settings.require_on(company)
    filters = lists.Filters(text=query.text, state=query.state or "", client_id=query.client_id)
    return page_out(lists.search(company, filters, cursor=query.cursor, size=query.limit), billed_out)


@router.post("/billing/invoices/issue", response=DoneOut, summary="Issue invoices", openapi_extra=ACCOUNTANT)
def issue_invoices(request: HttpRequest, given: IdsIn) -> DoneOut:
    """Give drafts their numbers and pictures; one that cannot be issued is named with the reason."""
    actor = actor_of(request)
    return done_out(sending.issue(actor, sending.require_invoices(actor.company, given.invoice_ids)))


@router.post(
    "/billing/invoices/send", response=BillsOut, summary="Send invoices to the books", openapi_extra=ACCOUNTANT
)
def send_invoices(request: HttpRequest, given: IdsIn) -> BillsOut:
    """Put invoices in line for the bureau's own books; one that may not go is named with the reason."""
    actor = actor_of(request)
    done = sending.send_to_books(actor, sending.require_invoices(actor.company, given.invoice_ids))
    return BillsOut(count=done.count, left=done_out(done).left)


@router.post(
    "/billing/invoices/{int:billed_id}/status", response=BilledOut, summary="Fetch payment status", openapi_extra=_SLOW
)
def fetch_invoice_status(request: HttpRequest, billed_id: Id) -> BilledOut:
    """Ask the books now what of one invoice is paid."""
    actor = actor_of(request)
    billed = status.fetch_now(actor, lists.get_billed(actor.company, billed_id))
    return billed_out(lists.shown(actor.company, [billed])[0])


@router.post(
    "/billing/status", response={202: StatusJobOut}, summary="Fetch all payment status", openapi_extra=ACCOUNTANT
)
def fetch_all_status(request: HttpRequest) -> Status[StatusJobOut]:
    """Have the payment of all open invoices asked for in the background."""
    job = status.fetch_all(actor_of(request))
    return Status(202, StatusJobOut(id=job.pk, state=job.state))
