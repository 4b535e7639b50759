"""What happens to invoices: made from what a project has to bill, numbered, moved, credited, deleted.

Source: vendor sheet, A7, A8 and C. What the sheet does not say (numbering, grouping) follows Severa's own screens [I].
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from tilisilta_emulators.severa.errors import not_allowed
from tilisilta_emulators.severa.records import Entry, Invoice, Record, Row
from tilisilta_emulators.severa.store import Store
from tilisilta_emulators.severa.values import ZERO, money

ROW_TYPES = {"projectfees": "ProjectFees", "workhours": "Hours", "projecttravelexpenses": "TravelExpenses"}
CATEGORIES = {"Hours": "Hours", "ProjectFees": "ProjectFees", "TravelExpenses": "Travels", "FlatRate": "ProjectFees"}
LONGEST_TERM = 36_500
_WEIGHTS = (7, 3, 1)


def reference_number(number: int) -> str:
    """Return the Finnish reference number of an invoice number.

    >>> reference_number(1042)
    '10427'
    """
    digits = str(number).zfill(3)
    total = sum(int(digit) * _WEIGHTS[at % 3] for at, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def net_of(row: Row) -> Decimal:
    """Return a row's amount without tax, in cents."""
    return money(row.quantity * row.unit_price)


def vat_of(row: Row) -> Decimal:
    """Return a row's tax, in cents."""
    return money(net_of(row) * row.vat_rate / 100)


def add_up(store: Store, invoice: Invoice) -> None:
    """Let the totals follow the rows; tax is rounded per row or per rate, as the option says."""
    bases: dict[Decimal, Decimal] = {}
    for row in invoice.rows:
        bases[row.vat_rate] = bases.get(row.vat_rate, ZERO) + net_of(row)
    invoice.net = sum(bases.values(), ZERO)
    if store.options.vat_rounding == "rate":
        invoice.vat = sum((money(base * rate / 100) for rate, base in bases.items()), ZERO)
    else:
        invoice.vat = sum((vat_of(row) for row in invoice.rows), ZERO)
    if invoice.is_credit and store.options.credit_sign == "positive":
        invoice.net, invoice.vat = -abs(invoice.net), -abs(invoice.vat)


def new_invoice(store: Store, customer: Record, projects: Sequence[Record], status: Record, day: date) -> Invoice:
    """Keep an invoice without rows; it is numbered when its status says so."""
    table = store.invoices
    now = store.now()
    term = customer.data.get("paymentTerm")
    term = 14 if term is None else min(max(int(term), 0), LONGEST_TERM)
    unit = next((one.data["businessUnit"] for one in projects if one.data.get("businessUnit")), store.main_unit)
    invoice = Invoice(
        number_in_kind=table.next_number,
        created=now,
        updated=now,
        status=status,
        customer=customer,
        projects=tuple(projects),
        unit=unit,
        number=None,
        reference=None,
        day=day,
        due=add_days(day, term),
        term=term,
        interest=Decimal(str(customer.data.get("overdueInterest") or 8)),
        currency=customer.data.get("currency") or store.euro,
        creator=store.admin,
        entry_day=day,
    )
    table.add(invoice)
    store.place(invoice)
    number_if_due(store, invoice)
    return invoice


def add_days(day: date, days: int) -> date:
    """Return `day` plus `days`, the last day there is when that overflows."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


def number_if_due(store: Store, invoice: Invoice) -> None:
    """Give the invoice its number when its status has one and it has none yet."""
    if invoice.number is None and invoice.status.data.get("hasInvoiceNumber"):
        set_number(store, invoice, store.next_invoice_number, None)


def set_number(store: Store, invoice: Invoice, number: int, reference: str | None) -> None:
    """Number or renumber an invoice; without a reference it gets the one that belongs to the number."""
    drop_number(store, invoice)
    invoice.number = number
    invoice.reference = reference or reference_number(number)
    store.by_number.setdefault(number, []).append(invoice)
    store.next_invoice_number = max(store.next_invoice_number, number + 1)


def drop_number(store: Store, invoice: Invoice) -> None:
    """Take the invoice out of the index of numbers."""
    if invoice.number is not None:
        others = [one for one in store.by_number.get(invoice.number, []) if one is not invoice]
        if others:
            store.by_number[invoice.number] = others
        else:
            store.by_number.pop(invoice.number, None)


def add_row(store: Store, invoice: Invoice, row_type: str, first: Entry | None, **differs: object) -> Row:
    """Keep a row of `invoice`, shaped by its first entry where `differs` does not say otherwise."""
    table = store.rows
    now = store.now()
    fields: dict[str, object] = {
        "description": "",
        "quantity": Decimal(0),
        "unit_price": Decimal(0),
        "unit": "kpl",
        "vat_rate": Decimal(0),
        "account": None,
        "cost_center": None,
    }
    if first is not None:
        fields |= {
            "description": first.row_text or first.description,
            "unit_price": first.unit_price,
            "unit": first.unit,
            "vat_rate": first.vat_rate,
            "account": first.source.data.get("salesAccount") if first.source else None,
            "comment": bool(first.comment),
        }
    row = Row(
        number_in_kind=table.next_number,
        created=now,
        updated=now,
        invoice=invoice,
        row_type=row_type,
        sort_order=len(invoice.rows) + 1,
        **{**fields, **differs},  # type: ignore[arg-type]
    )
    table.add(row)
    invoice.rows.append(row)
    return row


def take_entries(store: Store, row: Row, entries: Iterable[Entry]) -> None:
    """Let `row` bill `entries`; they are no longer there to be invoiced."""
    taken = tuple(entries)
    row.entries += taken
    for entry in taken:
        entry.row = row
        waiting = store.uninvoiced.get(entry.project.number_in_kind)
        if waiting is not None:
            waiting.pop(entry.guid, None)


def release(store: Store, row: Row) -> None:
    """Give a row's entries back to their projects."""
    for entry in row.entries:
        if entry.row is not row:
            continue
        entry.row = None
        store.uninvoiced.setdefault(entry.project.number_in_kind, {})[entry.guid] = entry
    row.entries = ()


def bill(store: Store, invoice: Invoice, entries: Iterable[Entry]) -> None:
    """Make rows of `entries`: one for each kind, source, text, price, unit and rate, in the order met."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        source = entry.source.number_in_kind if entry.source else 0
        text = entry.row_text or entry.description
        key = (entry.kind, source, text, entry.unit_price, entry.unit, entry.vat_rate)
        groups.setdefault(key, []).append(entry)
    for group in groups.values():
        quantity = sum((one.quantity if one.billed_quantity is None else one.billed_quantity for one in group), ZERO)
        row = add_row(store, invoice, ROW_TYPES[group[0].kind], group[0], quantity=quantity)
        take_entries(store, row, group)
    add_up(store, invoice)


def set_status(store: Store, invoice: Invoice, status: Record) -> None:
    """Move an invoice to another status: number and payment date follow the status."""
    if status is not invoice.status:
        store.unplace(invoice)
        invoice.status = status
        store.place(invoice)
    if status.data.get("isPaid") and invoice.paid is None:
        invoice.paid = store.now().date()
    number_if_due(store, invoice)
    store.touch(invoice)


def delete_invoice(store: Store, invoice: Invoice) -> None:
    """Delete an invoice and free what it billed.

    Raises:
        ApiError: InvalidOperation, the invoice is sent or was credited.

    """
    if not can_delete(invoice):
        raise not_allowed("The invoice cannot be deleted in its present status")
    for row in list(invoice.rows):
        release(store, row)
        store.rows.remove(row)
    if invoice.credits is not None:
        invoice.credits.credited_by = None
    store.unplace(invoice)
    drop_number(store, invoice)
    store.invoices.remove(invoice)


def can_delete(invoice: Invoice) -> bool:
    """Tell whether the invoice may still go."""
    data = invoice.status.data
    return not (data.get("isSent") or data.get("isPaid") or data.get("isReadOnly")) and invoice.credited_by is None


def credit(store: Store, invoice: Invoice, status: Record | None = None) -> Invoice:
    """Make the credit note of `invoice` in full; the sign stands where the option puts it.

    Raises:
        ApiError: InvalidOperation, it is a credit note itself or was credited already.

    """
    if invoice.is_credit or invoice.credited_by is not None:
        raise not_allowed("The invoice has already been credited")
    statuses = list(store.tables["invoicestatuses"])
    chosen = status or next((one for one in statuses if one.data.get("isDefaultForCreditNote")), invoice.status)
    note = new_invoice(store, invoice.customer, invoice.projects, chosen, store.now().date())
    note.is_credit, note.credits, note.unit, note.texts = True, invoice, invoice.unit, invoice.texts
    note.currency, note.rate = invoice.currency, invoice.rate
    invoice.credited_by = note
    sign = store.options.credit_sign
    for row in invoice.rows:
        add_row(
            store,
            note,
            row.row_type,
            None,
            description=row.description,
            quantity=-row.quantity if sign == "quantity" else row.quantity,
            unit_price=-row.unit_price if sign == "price" else row.unit_price,
            unit=row.unit,
            vat_rate=row.vat_rate,
            account=row.account,
            cost_center=row.cost_center,
            # The credited entries stay with the invoice; the note shows them as reimbursed.
            entries=row.entries,
        )
    add_up(store, note)
    store.touch(invoice)
    return note
