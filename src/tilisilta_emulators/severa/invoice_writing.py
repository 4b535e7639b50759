"""Writes to invoices and their rows over REST. Source: vendor sheet, A7 and A8."""

from decimal import Decimal
from typing import Any

from tilisilta_emulators.severa import invoicing
from tilisilta_emulators.severa.errors import bad_body, not_allowed
from tilisilta_emulators.severa.patch import Change, merged, read_changes
from tilisilta_emulators.severa.records import Entry, Invoice, Record, Row
from tilisilta_emulators.severa.render import party_texts
from tilisilta_emulators.severa.store import Store
from tilisilta_emulators.severa.writing import resolve

Values = dict[str, Any]
_TEXTS = frozenset(
    {
        "receiverCustomerName",
        "receiverContactGuid",
        "receiverContactName",
        "receiverContactEmail",
        "receiverAddress",
        "receiverVatNumber",
        "receiverKvkNumber",
        "senderName",
        "senderContactName",
        "senderContactGuid",
        "senderAddress",
        "senderVatNumber",
        "senderKvkNumber",
        "ourReference",
        "yourReference",
        "orderNumber",
        "notes",
        "freeText1",
        "freeText2",
        "language",
    }
)
_PLAIN = {"paymentDate": "paid", "entryDate": "entry_day", "overdueInterest": "interest", "currencyRate": "rate"}
_FIELDS = _TEXTS | frozenset(_PLAIN) | {"number", "referenceNumber", "date", "dueDate", "paymentTerm", "status"}
_ROW_FIELDS = {
    "description": "description",
    "quantity": "quantity",
    "measurementUnit": "unit",
    "vatRate": "vat_rate",
    "sortOrder": "sort_order",
    "hasInvoiceComment": "comment",
}


def create_invoices(store: Store, body: Values) -> list[Invoice]:
    """Make invoices of what the named projects have to bill; one together when `groupProjects` says so.

    Raises:
        ApiError: 400, a project, status or customer does not exist, or customers differ in one group.

    """
    projects = [resolve(store, "project", one, f"projects[{at}]") for at, one in enumerate(body["projects"])]
    if not projects:
        raise bad_body("projects", "At least one project is required")
    status = _status(store, body.get("invoiceStatusGuid"))
    customer = None
    if body.get("billingCustomerGuid"):
        customer = resolve(store, "customer", {"guid": body["billingCustomerGuid"]}, "billingCustomerGuid")
    groups = [projects] if body.get("groupProjects") else [[one] for one in projects]
    for group in groups:
        if customer is None and len({one.data["customer"].number_in_kind for one in group}) > 1:
            raise not_allowed("Projects of different customers cannot be on one invoice without a billing customer")
    day = body.get("date") or store.now().date()
    made = []
    for group in groups:
        invoice = invoicing.new_invoice(store, customer or group[0].data["customer"], group, status, day)
        waiting = [
            entry
            for project in group
            for entry in list(store.uninvoiced.get(project.number_in_kind, {}).values())
            if entry.billable
        ]
        invoicing.bill(store, invoice, waiting)
        made.append(invoice)
    return made


def _status(store: Store, guid: str | None) -> Record:
    if guid is not None:
        found = store.find("invoicestatuses", guid)
        if found is None:
            raise bad_body("invoiceStatusGuid", f"status {guid} does not exist")
        return check_status(found)
    statuses = list(store.tables["invoicestatuses"])
    default = next((one for one in statuses if one.data.get("isDefault")), statuses[0] if statuses else None)
    if default is None:
        raise not_allowed("There is no invoice status")
    return default


def check_status(status: Record) -> Record:
    """Return `status` unless it is out of use.

    Raises:
        ApiError: InvalidOperation.

    """
    if not status.data.get("isActive", True):
        raise not_allowed(f"Invoice status {status.text('name')} is not active")
    return status


def patch_invoice(store: Store, invoice: Invoice, body: object) -> None:
    """Replace properties of an invoice, all or none.

    Raises:
        ApiError: 400, see `read_changes`; the status is read-only, out of use or unknown.

    """
    status, others = _split_status(store, invoice, body)
    changes = read_changes(others, "InvoiceOutputModel")
    wrong = next((one.name for one in changes if one.name not in _FIELDS), None)
    if wrong is not None:
        raise bad_body(wrong, f"{wrong} cannot be replaced")
    guard = store.options.read_only
    if invoice.status.data.get("isReadOnly") and guard != "none" and (changes or guard == "all"):
        raise not_allowed(f"The invoice is read-only in status {invoice.status.text('name')}")
    shown = party_texts(store, invoice)
    texts = {one.name: one for one in changes if one.name in _TEXTS}
    new_texts = {name: merged(store, shown.get(name), one) for name, one in texts.items()}
    for one in changes:
        _check_plain(one)
    for one in changes:
        _set_plain(store, invoice, one)
    if new_texts:
        invoice.texts = {**(invoice.texts or {}), **new_texts}
    if status is not None:
        invoicing.set_status(store, invoice, status)
    store.touch(invoice)


def _split_status(store: Store, invoice: Invoice, body: object) -> tuple[Record | None, object]:
    """Take the change of status out of the operations; only pointers that the option names move an invoice."""
    if not isinstance(body, list):
        return None, body
    status, others = None, []
    pointers = {one.lower() for one in store.options.status_pointers}
    for at, step in enumerate(body):
        path = {str(key).lower(): part for key, part in step.items()}.get("path") if isinstance(step, dict) else None
        if not isinstance(path, str) or not path.lower().startswith("/status"):
            others.append(step)
            continue
        if path.lower() not in pointers:
            raise bad_body(f"[{at}].path", f"{path[:60]!r} cannot be replaced")
        (change,) = read_changes([step], "InvoiceOutputModel")
        found = merged(store, invoice.status, change)
        if not isinstance(found, Record):
            raise bad_body("status.guid", "An invoice needs a status")
        status = check_status(found)
    return status, others


def _check_plain(change: Change) -> None:
    if change.name in _TEXTS:
        return
    if change.part:
        raise bad_body(change.name, f"{change.name}/{change.part} does not exist")
    if change.value is None and change.name not in {"paymentDate", "entryDate", "referenceNumber"}:
        raise bad_body(change.name, f"{change.name} must not be null")
    whole = change.name in {"number", "paymentTerm"}
    if whole and not 0 <= change.value <= (2**31 - 1 if change.name == "number" else invoicing.LONGEST_TERM):
        raise bad_body(change.name, "The number is out of range")


def _set_plain(store: Store, invoice: Invoice, change: Change) -> None:
    name, value = change.name, change.value
    if name in _PLAIN:
        setattr(invoice, _PLAIN[name], value)
    elif name == "number":
        invoicing.set_number(store, invoice, value, None)
    elif name == "referenceNumber":
        invoice.reference = value
    elif name == "dueDate":
        invoice.due = value
    elif name == "date":
        invoice.day, invoice.due = value, invoicing.add_days(value, invoice.term)
    elif name == "paymentTerm":
        invoice.term, invoice.due = value, invoicing.add_days(invoice.day, value)


def require_open(invoice: Invoice) -> None:
    """Refuse changes to rows of an invoice whose status is read-only.

    Raises:
        ApiError: InvalidOperation.

    """
    if invoice.status.data.get("isReadOnly"):
        raise not_allowed(f"The invoice is read-only in status {invoice.status.text('name')}")


def patch_row(store: Store, row: Row, body: object) -> None:
    """Replace properties of a row, all or none; the invoice's totals follow.

    Raises:
        ApiError: 400.

    """
    changes = read_changes(body, "InvoiceRowOutputModel")
    require_open(row.invoice)
    news: Values = {}
    for one in changes:
        if one.name in _ROW_FIELDS and not one.part:
            if one.value is None:
                raise bad_body(one.name, f"{one.name} must not be null")
            news[_ROW_FIELDS[one.name]] = one.value
        elif one.name == "unitPrice":
            price = one.value.get("amount") if isinstance(one.value, dict) else one.value
            if one.part not in {"", "amount"} or not isinstance(price, Decimal):
                raise bad_body("unitPrice", "An amount is expected")
            news["unit_price"] = price
        else:
            raise bad_body(one.name, f"{one.name} cannot be replaced")
    for name, value in news.items():
        setattr(row, name, value)
    store.touch(row)
    invoicing.add_up(store, row.invoice)
    store.touch(row.invoice)


def delete_row(store: Store, row: Row, *, not_billable: bool) -> None:
    """Take a row off its invoice; its entries go back to their projects, or are no longer billed.

    Raises:
        ApiError: InvalidOperation.

    """
    require_open(row.invoice)
    for entry in row.entries:
        entry.billable = entry.billable and not not_billable
    invoicing.release(store, row)
    row.invoice.rows.remove(row)
    store.rows.remove(row)
    invoicing.add_up(store, row.invoice)
    store.touch(row.invoice)


def remove_project(store: Store, invoice: Invoice, project: Record) -> None:
    """Take a project and what it bills off an invoice.

    Raises:
        ApiError: InvalidOperation.

    """
    require_open(invoice)
    if len(invoice.projects) < 2:
        raise not_allowed("The last project of an invoice cannot be removed")
    invoice.projects = tuple(one for one in invoice.projects if one is not project)
    for row in list(invoice.rows):
        if row.entries and all(entry.project is project for entry in row.entries):
            delete_row(store, row, not_billable=False)
    store.touch(invoice)


_SOURCES = {"projectfees": "product", "workhours": "workType", "projecttravelexpenses": "travelExpense"}
_ENTRY_FIELDS = {
    "description": "description",
    "quantity": "quantity",
    "measurementUnit": "unit",
    "vatRate": "vat_rate",
    "eventDate": "day",
    "isBillable": "billable",
    "invoiceRowDescription": "row_text",
    "invoiceRowComment": "comment",
    "invoiceQuantity": "billed_quantity",
}


def create_entry(store: Store, kind: str, body: Values) -> Entry:
    """Keep a fee, hours or a travel expense; with `invoice` it goes onto that invoice at once.

    Raises:
        ApiError: 400, a reference does not exist or the invoice is read-only.

    """
    if body.get("project") is None and body.get("phase") is not None:
        project = resolve(store, "phase", body["phase"]).data["project"]
    elif body.get("project") is not None:
        project = resolve(store, "project", body["project"])
    else:
        raise bad_body("project", "project is required")
    source = resolve(store, _SOURCES[kind], body.get(_SOURCES[kind]))
    user = resolve(store, "user", body.get("user"))
    invoice = resolve(store, "invoice", body.get("invoice"))
    if invoice is not None:
        require_open(invoice)
    entry = add_entry(store, kind, project, source, user=user, body=body)
    if invoice is not None:
        invoicing.bill(store, invoice, [entry])
        store.touch(invoice)
    return entry


def add_entry(
    store: Store, kind: str, project: Record, source: Record | None, *, user: Record | None, body: Values
) -> Entry:
    """Keep an entry; what `body` leaves open comes from its product or type."""
    data = source.data if source else {}
    name = data.get("name") or ""
    unit = data.get("measurementUnit") or ("h" if kind == "workhours" else "kpl")
    table, now = store.entries[kind], store.now()
    rate = body.get("vatRate")
    entry = Entry(
        number_in_kind=table.next_number,
        created=now,
        updated=now,
        kind=kind,
        source=source,
        project=project,
        user=user or store.admin,
        description=body.get("description") or body.get("name") or name,
        quantity=_or(body.get("quantity"), Decimal(1)),
        unit_price=_or(_amount(body.get("unitPrice")), _or(_amount(data.get("unitPrice")), Decimal(0))),
        unit_cost=_or(_amount(body.get("unitCost")), _or(_amount(data.get("unitCost")), Decimal(0))),
        vat_rate=_or(rate, _or(data.get("vatRate"), default_vat(store))),
        unit=body.get("measurementUnit") or unit,
        day=body.get("eventDate") or now.date(),
        billable=body.get("isBillable") is not False,
        row_text=body.get("invoiceRowDescription"),
        comment=body.get("invoiceRowComment"),
        billed_quantity=body.get("invoiceQuantity"),
    )
    table.add(entry)
    store.uninvoiced.setdefault(project.number_in_kind, {})[entry.guid] = entry
    return entry


def _or(value: Any, other: Any) -> Any:
    return other if value is None else value


def default_vat(store: Store) -> Decimal:
    """Return the default VAT percentage."""
    rates = list(store.tables["vatrates"])
    chosen = next((one for one in rates if one.data.get("isDefault")), None)
    return chosen.data["percentage"] if chosen else Decimal(0)


def _amount(money: Any) -> Decimal | None:
    return money.get("amount") if isinstance(money, dict) else None


def patch_entry(store: Store, entry: Entry, body: object, model: str) -> None:
    """Replace properties of an entry that may still change; a row that bills it alone follows.

    Raises:
        ApiError: 400.

    """
    changes = read_changes(body, model)
    if entry.row is not None:
        require_open(entry.row.invoice)
    news: Values = {}
    for one in changes:
        if one.name in _ENTRY_FIELDS and not one.part:
            if one.value is None and one.name in {"quantity", "vatRate", "eventDate", "isBillable"}:
                raise bad_body(one.name, f"{one.name} must not be null")
            news[_ENTRY_FIELDS[one.name]] = one.value if one.value is not None or one.part else None
        elif one.name in {"unitPrice", "unitCost"}:
            price = one.value if one.part == "amount" else _amount(one.value)
            if not isinstance(price, Decimal):
                raise bad_body(one.name, "An amount is expected")
            news["unit_price" if one.name == "unitPrice" else "unit_cost"] = price
        elif one.name == _SOURCES[entry.kind]:
            news["source"] = merged(store, entry.source, one)
        else:
            raise bad_body(one.name, f"{one.name} cannot be replaced")
    for name, value in news.items():
        setattr(entry, name, "" if value is None and name in {"description", "unit"} else value)
    store.touch(entry)
    row = entry.row
    if row is not None and row.entries == (entry,):
        row.quantity = entry.quantity if entry.billed_quantity is None else entry.billed_quantity
        row.unit_price, row.vat_rate, row.unit = entry.unit_price, entry.vat_rate, entry.unit
        row.description = entry.row_text or entry.description
        store.touch(row)
        invoicing.add_up(store, row.invoice)
        store.touch(row.invoice)


def delete_entry(store: Store, entry: Entry) -> None:
    """Delete an entry that is on no invoice.

    Raises:
        ApiError: InvalidOperation.

    """
    if entry.row is not None:
        raise not_allowed("What is on an invoice cannot be deleted")
    store.uninvoiced.get(entry.project.number_in_kind, {}).pop(entry.guid, None)
    store.entries[entry.kind].remove(entry)
