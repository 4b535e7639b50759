"""Opens the books of the demo company through the same writes that clients use, at the moments they happened."""

from datetime import datetime, time, timedelta
from typing import Any

from tilisilta_emulators.scoro import catalogue_rows as small
from tilisilta_emulators.scoro import demo_catalogue as data
from tilisilta_emulators.scoro import demo_documents as documents
from tilisilta_emulators.scoro import totals
from tilisilta_emulators.scoro.catalogue import delete_row
from tilisilta_emulators.scoro.documents import write_document
from tilisilta_emulators.scoro.modules import MODULES
from tilisilta_emulators.scoro.receipts import write_group
from tilisilta_emulators.scoro.rows import Contact, Product, Row
from tilisilta_emulators.scoro.site import ZONE, Site, stamp_of
from tilisilta_emulators.scoro.values import ZERO, plain

OPENED = datetime(2026, 1, 5, 9, 0, tzinfo=ZONE)
FIRST_INVOICE_ID = 501


def open_site(site: Site, *, documents: bool) -> None:
    """Fill a new site: the catalogues always, contacts, products and documents when asked."""
    _catalogues(site)
    if documents:
        for contact in data.CONTACTS:
            _put(site, "contacts", Contact(**contact))
        for product in data.PRODUCTS:
            _put(site, "products", Product(**product))
        _projects(site)
        _documents(site)


def _put(site: Site, name: str, row: Row) -> None:
    row.created_date = row.modified_date = stamp_of(OPENED, iso=MODULES[name].iso)
    site.tables[name].put(row)


def _catalogues(site: Site) -> None:
    site.custom_field_types = {owner: dict(fields) for owner, fields in data.CUSTOM_FIELDS.items()}
    for row_id, account in enumerate(site.options.accounts, 1):
        _put(site, "companyAccount", small.CompanyAccount(id=row_id, company_account_id=account, **data.COMPANY))
    for code_id, code, name, percent, sales, purchases in data.VAT_CODES:
        row = small.VatCode(vat_code_id=code_id, vat_code=code, vat_name=name, percent=percent)
        row.is_sales, row.is_purchases = sales, purchases
        row.is_not_applicable = int(code_id == data.NOT_APPLICABLE)
        _put(site, "vatCodes", row)
    for row_id, name, kind in data.RECEIPT_ACCOUNTS:
        _put(site, "receiptAccounts", small.ReceiptAccount(id=row_id, name=name, type=kind))
    for row_id, name in data.DEPOTS:
        _put(site, "depot", small.Depot(depot_id=row_id, depot_name=name))
    for row_id, name in data.TAGS:
        _put(site, "tags", small.Tag(tag_id=row_id, tag_name=name))
    _accounts(site)
    _settings(site)


def _accounts(site: Site) -> None:
    for row_id, symbol, name, sales, purchases in data.FINANCE_ACCOUNTS:
        finance = small.FinanceAccount(id=row_id, account_symbol=symbol, name=name)
        finance.is_sales_account, finance.is_purchases_account = sales, purchases
        _put(site, "financeAccounts", finance)
    for row_id, symbol, name in data.FINANCE_OBJECTS:
        _put(site, "financeObjects", small.FinanceObject(object_id=row_id, object_symbol=symbol, name=name))


def _settings(site: Site) -> None:
    for row_id, name in data.PRODUCT_GROUPS:
        _put(site, "productGroups", small.ProductGroup(id=row_id, name=name))
    for row_id, name, days, discount in data.CLIENT_PROFILES:
        profile = small.ClientProfile(id=row_id, name=name, deadline_days=days, discount=discount)
        _put(site, "clientProfiles", profile)
    for place, (module, status_id, name, default) in enumerate(data.STATUSES, 1):
        status = small.Status(id=place, status_id=status_id, status_name=name, module=module, is_default=default)
        _put(site, "statuses", status)
    for user in data.USERS:
        _put(site, "users", small.User(full_name=f"{user['firstname']} {user['lastname']}", **user))
    for bookmark in data.BOOKMARKS:
        _put(site, "bookmarks", small.Bookmark(**bookmark))


def _projects(site: Site) -> None:
    project = small.Project(project_id=11, no="1", project_name="Kontori sisustus", company_id=31, manager_id=1)
    project.date, project.deadline, project.account_id = "2026-06-01", "2026-12-31", site.main_account
    project.tags = ["Püsiklient"]
    _put(site, "projects", project)


def _documents(site: Site) -> None:
    """Write all documents and payments in the order of their days, then the deletion."""
    site.tables["invoices"].next_id = FIRST_INVOICE_ID
    site.tables["bills"].next_id = 301
    site.tables["receipts"].next_id = 880
    numbers: dict[str, int] = {}
    events: list[tuple[str, int, str, Any]] = [(each["date"], 0, "invoices", each) for each in documents.SALES]
    events += [(each["date"], 1, "bills", each) for each in documents.PURCHASES]
    events += [(payment[0], 2, "receipts", payment) for payment in documents.PAYMENTS]
    for place, (day, _, name, event) in enumerate(sorted(events, key=lambda each: each[:2])):
        site.moment = _moment(day, place)
        if name == "receipts":
            _pay(site, event, numbers)
        else:
            credited = [numbers[number] for number in event.get("credited_invoices", [])]
            request = {**event, **({"credited_invoices": credited} if credited else {})}
            row = write_document(site, MODULES[name], 0, request, site.main_account)
            numbers[row.no or ""] = row.id
    deleted = site.tables["invoices"].rows[numbers[documents.DELETED]]
    site.moment = _moment(deleted.date, 0) + timedelta(days=1)
    delete_row(site, MODULES["invoices"], deleted.id, site.main_account)
    site.moment = None


def _moment(day: str, place: int) -> datetime:
    """Working hours of the day, a little later for each thing that happened."""
    morning = datetime.combine(datetime.fromisoformat(day), time(10, 0), ZONE)
    return morning + timedelta(minutes=7 * (place % 50), seconds=place)


def _pay(site: Site, payment: documents.Payment, numbers: dict[str, int]) -> None:
    day, kind, account, parts = payment
    receipts = []
    rows = site.tables[kind].rows
    for number, amount in parts:
        row = rows[numbers[number]]
        open_sum = totals.gross(row) - site.paid.get((kind, row.id), ZERO)
        receipts.append({"invoice_id": row.id, "sum": amount or plain(open_sum), "sales_doc_type": kind})
    currency = rows[numbers[parts[0][0]]].currency
    request = {"date": day, "sales_doc_type": kind, "receipt_account_id": account, "currency": currency}
    write_group(site, 0, {**request, "receipts": receipts}, site.main_account)
