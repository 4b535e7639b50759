"""Records as REST answers: every property of the operation's model, in its order."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from tilisilta_emulators.severa.contract import Type, contract
from tilisilta_emulators.severa.invoicing import CATEGORIES, can_delete
from tilisilta_emulators.severa.records import Base, Entry, Invoice, Record, Row
from tilisilta_emulators.severa.store import Store
from tilisilta_emulators.severa.values import ZERO, stamp

Values = dict[str, Any]


@cache
def _fields(model: str) -> tuple[tuple[str, Type, Any], ...]:
    return tuple((name, kind, _absent(kind)) for name, kind in contract().models[model].items())


_AS_IT_IS = frozenset({str, int, bool, Decimal})


class Renderer:
    """Writes one organization's records."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._references: dict[tuple[int, str], Values] = {}
        """References already written: a page names the same few again and again. A renderer serves one call."""

    def show(self, record: Base, model: str) -> Values:
        """Return `record` as `model`."""
        shown = self.shape(self.values(record), model)
        return shown if self.store.options.nulls else without_nulls(shown)

    def values(self, record: Base) -> Values:
        """Return what a record has under the API's names; references are still records."""
        if isinstance(record, Record):
            stamps = self.stamps(record, record.data.get("createdBy"))
            computed = _COMPUTED.get(record.kind)
            return {**record.data, **stamps, **(computed(self.store, record) if computed else {})}
        if isinstance(record, Invoice):
            return {**invoice_values(self.store, record), **self.stamps(record, record.creator)}
        if isinstance(record, Row):
            return {**row_values(self.store, record), **self.stamps(record, record.invoice.creator)}
        if isinstance(record, Entry):
            return {**entry_values(record), **self.stamps(record, record.user)}
        raise TypeError(type(record))

    def stamps(self, record: Any, creator: Record | None) -> Values:
        """Return guid and stamps."""
        by = creator or getattr(self.store, "admin", None)
        return {
            "guid": record.guid,
            "createdDateTime": record.created,
            "createdBy": by,
            "lastUpdatedDateTime": record.updated,
            "lastUpdatedBy": by,
        }

    def shape(self, values: Values, model: str) -> Values:
        """Return `values` with exactly the properties of `model`."""
        shown: Values = {}
        for name, kind, absent in _fields(model):
            value = values.get(name)
            if value is None:
                shown[name] = [] if kind.array else absent
            elif type(value) in _AS_IT_IS and kind.name != "string":
                shown[name] = value
            else:
                shown[name] = self.wire(value, kind)
        return shown

    def wire(self, value: Any, kind: Type) -> Any:
        """Return one value as it goes out."""
        if value is None:
            return _absent(kind)
        if kind.array:
            one = Type(kind.name)
            return [self.wire(part, one) for part in value]
        if isinstance(value, Record):
            return value.guid if kind.scalar else self.reference(value, kind.name)
        if isinstance(value, Invoice):
            return self.shape({"guid": value.guid, "number": value.number, "date": value.day}, kind.name)
        return self.shape(value, kind.name) if isinstance(value, dict) else _plain(value, kind)

    def reference(self, record: Record, model: str) -> Values:
        """Return the few properties of `record` that a reference shows."""
        key = (id(record), model)
        shown = self._references.get(key)
        if shown is None:
            shown = self._references[key] = self.shape({**record.data, "guid": record.guid}, model)
        return shown


def _plain(value: Any, kind: Type) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if kind.name == "string" and not isinstance(value, str) else value


def _absent(kind: Type) -> Any:
    if kind.array:
        return []
    if kind.nullable or kind.name not in {"bool", "number", "int"}:
        return None
    return False if kind.name == "bool" else 0


def without_nulls(value: Any) -> Any:
    """Return a copy of a JSON value without null properties."""
    if isinstance(value, dict):
        return {name: without_nulls(part) for name, part in value.items() if part is not None}
    if isinstance(value, list):
        return [without_nulls(part) for part in value]
    return value


def amount(value: Decimal, currency: Record) -> Values:
    """Return an amount with its currency."""
    return {"amount": value, "currencyCode": currency.text("code")}


def party_texts(store: Store, invoice: Invoice) -> Values:
    """Return what stands on the invoice of receiver, sender and references, unless the invoice says otherwise."""
    customer, seller = invoice.customer.data, store.organization.data
    address = store.billing_address(invoice.customer)
    contact = next((one for one in store.contacts(invoice.customer) if one.data.get("isActive", True)), None)
    project = invoice.projects[0].data if invoice.projects else {}
    texts = {
        "receiverCustomerName": customer.get("name"),
        "receiverVatNumber": customer.get("vatNumber"),
        "receiverKvkNumber": customer.get("kvkNumber"),
        "receiverContactGuid": contact.guid if contact else None,
        "receiverContactName": contact.data.get("name") if contact else None,
        "receiverContactEmail": (contact.data.get("emails") or [None])[0] if contact else customer.get("email"),
        "receiverAddress": address_text(address) if address else None,
        "senderName": seller.get("name"),
        "senderVatNumber": seller.get("vatNumber"),
        "senderAddress": {
            "addressline": seller.get("address"),
            "postalCode": seller.get("postalCode"),
            "city": seller.get("city"),
            "country": seller["country"].data.get("name") if seller.get("country") else None,
        },
        "senderContactName": store.admin.data.get("name"),
        "senderContactGuid": store.admin.guid,
        "ourReference": project.get("ourReference"),
        "yourReference": project.get("yourReference"),
        "orderNumber": project.get("orderNumber"),
        "notes": project.get("invoiceNotes"),
        "language": customer.get("language"),
    }
    return {**texts, **(invoice.texts or {})}


def address_text(address: Record) -> Values:
    """Return an address with the country's name as text."""
    country = address.data.get("country")
    return {
        "guid": address.guid,
        "addressline": address.data.get("addressline"),
        "postalCode": address.data.get("postalCode"),
        "city": address.data.get("city"),
        "country": country.data.get("name") if isinstance(country, Record) else None,
    }


def invoice_values(store: Store, invoice: Invoice) -> Values:
    """Return the properties of an invoice."""
    currency = invoice.currency
    parts = {"Hours": ZERO, "ProjectFees": ZERO, "TravelExpenses": ZERO, "FlatRate": ZERO}
    hours = Decimal(0)
    for row in invoice.rows:
        parts[row.row_type] += row.quantity * row.unit_price
        hours += row.quantity if row.row_type == "Hours" else 0
    templates = store.tables["invoicetemplates"]
    return {
        **party_texts(store, invoice),
        "number": invoice.number,
        "referenceNumber": invoice.reference,
        "status": invoice.status,
        "customer": invoice.customer,
        "billingCustomer": invoice.customer,
        "projects": invoice.projects,
        "date": invoice.day,
        "dueDate": invoice.due,
        "paymentDate": invoice.paid,
        "entryDate": invoice.entry_day,
        "paymentTerm": invoice.term,
        "overdueInterest": invoice.interest,
        "currency": currency,
        "currencyRate": invoice.rate,
        "totalExcludingTax": amount(invoice.net, currency),
        "totalTax": amount(invoice.vat, currency),
        "totalIncludingTax": amount(invoice.gross, currency),
        "workHoursTotalExcludingTax": amount(round(parts["Hours"], 2), currency),
        "projectFeesTotalExcludingTax": amount(round(parts["ProjectFees"], 2), currency),
        "projectTravelExpensesTotalExcludingTax": amount(round(parts["TravelExpenses"], 2), currency),
        "flatRatesTotalExcludingTax": amount(round(parts["FlatRate"], 2), currency),
        "workHoursQuantity": hours,
        "isCreditNote": invoice.is_credit,
        "reimburseInvoice": invoice.credits,
        "creditNoteInvoice": invoice.credited_by,
        "invoiceNumberBusinessUnitGuid": invoice.unit.guid,
        "invoiceTemplate": next(iter(templates), None),
        "culture": {"name": "suomi (Suomi)", "englishName": "Finnish (Finland)", "code": "fi-FI"},
        "canBeDeleted": can_delete(invoice),
    }


def codes_of(row: Row, how: str) -> list[str]:
    """Return the codes of what a row groups, as the option `codes` says."""
    codes = [entry.code for entry in row.entries if entry.code]
    if how == "none":
        return []
    return codes if how == "all" else list(dict.fromkeys(codes))


def row_values(store: Store, row: Row) -> Values:
    """Return the properties of an invoice row."""
    rate = next(
        (one for one in store.tables["vatrates"] if one.data.get("percentage") == row.vat_rate),
        None,
    )
    return {
        "invoiceGuid": row.invoice.guid,
        "rowType": row.row_type,
        "category": CATEGORIES[row.row_type],
        "description": row.description,
        "quantity": row.quantity,
        "unitPrice": amount(row.unit_price, row.invoice.currency),
        "measurementUnit": row.unit,
        "vatRate": row.vat_rate,
        "sortOrder": row.sort_order,
        "salesAccount": row.account,
        "costCenter": None
        if row.cost_center is None
        else {"number": row.cost_center.data.get("identifier"), "name": row.cost_center.data.get("name")},
        "vatAccount": {"number": "2939", "name": "Arvonlisäverovelka"} if rate is not None else None,
        "salesReceivableAccount": {"number": "1701", "name": "Myyntisaamiset"},
        "hasInvoiceComment": row.comment,
        "code": codes_of(row, store.options.codes),
    }


def entry_values(entry: Entry) -> Values:
    """Return the properties of a fee, hours or a travel expense; each model takes its own."""
    row = entry.row
    project, currency = entry.project, entry.project.data["currency"]
    return {
        "name": entry.source.data.get("name") if entry.source else entry.description,
        "project": project,
        "phase": project.data.get("rootPhase"),
        "customer": project.data["customer"],
        "product": entry.source,
        "productType": entry.source.data.get("type") if entry.source else None,
        "workType": entry.source,
        "travelExpense": entry.source,
        "user": entry.user,
        "description": entry.description,
        "quantity": entry.quantity,
        "unitPrice": amount(entry.unit_price, currency),
        "unitCost": amount(entry.unit_cost, currency),
        "unitCostExcludingPurchaseVat": amount(entry.unit_cost, currency),
        "measurementUnit": entry.unit,
        "vatRate": entry.vat_rate,
        "eventDate": entry.day,
        "billingSchedule": "Immediately",
        "isBillable": entry.billable,
        "billableStatus": "Billable" if entry.billable else "NotBillable",
        "isProductive": entry.source.data.get("isProductive") if entry.source else None,
        "isApproved": True,
        "isModifiable": row is None,
        "invoice": row.invoice if row else None,
        "invoiceGuid": row.invoice.guid if row else None,
        "invoiceRowGuid": row.guid if row else None,
        "invoiceRowDescription": entry.row_text,
        "invoiceRowComment": entry.comment,
        "invoiceQuantity": entry.quantity if entry.billed_quantity is None else entry.billed_quantity,
        "salesAccount": entry.source.data.get("salesAccount") if entry.source else None,
        "travelReimbursementRequired": entry.kind == "projecttravelexpenses",
    }


def _customer(store: Store, record: Record) -> Values:
    address = store.headquarters(record)
    return {"headquarterAddress": address_text(address) if address else None}


def _address(store: Store, record: Record) -> Values:
    people = store.contacts(record.data["customer"])
    return {"contacts": [one for one in people if one.data.get("addressGuid") == record.guid]}


def _travel_type(_store: Store, record: Record) -> Values:
    kind = record.data.get("expenseClass")
    return {"isMileage": kind == "Mileage", "isDailyAllowance": kind == "DailyAllowance"}


def _status(_store: Store, record: Record) -> Values:
    return {"sortOrder": record.data.get("sortOrder") or record.number_in_kind}


_COMPUTED: dict[str, Callable[[Store, Record], Values]] = {
    "customers": _customer,
    "addresses": _address,
    "travelexpensetypes": _travel_type,
    "invoicestatuses": _status,
}
