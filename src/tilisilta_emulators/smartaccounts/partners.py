"""Clients and vendors: sections 4.1 and 4.2 of the vendor sheet."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal

from tilisilta_emulators.smartaccounts.call import Call, change_window, envelope, page_of_range, plain
from tilisilta_emulators.smartaccounts.dates import parse_date, show_date
from tilisilta_emulators.smartaccounts.errors import Fault, Refused, fault
from tilisilta_emulators.smartaccounts.files import listed_files
from tilisilta_emulators.smartaccounts.form import Form
from tilisilta_emulators.smartaccounts.money import reference_number
from tilisilta_emulators.smartaccounts.records import ZERO, Invoice, Partner, fields, stamps, view
from tilisilta_emulators.smartaccounts.table import MODIFIED, Table

Side = Literal["client", "vendor"]

_COMMON = fields(
    "id",
    "name",
    "vatPc",
    "group",
    "regCode",
    "vatNumber",
    "bankAccount",
    "referenceNumber",
    "ignoreOnVatDeclaration",
    "invoiceDueDate",
    "invoiceInterest",
    "accountUnpaid",
    "accountPrepayment",
)
_CLIENT_ONLY = fields("discount", "pdfAdditionaldata", "pdfTemplateInvoice", "pdfTemplateOffer", "pdfTemplateOrder")
_ADDRESS = ("country", "county", "city", "address1", "address2", "postalCode")
_CONTACTS = ("EMAIL", "PHONE", "FAX", "WWW", "SKYPE", "OTHER", "PERSON", "POST_ADDRESS")
_ADDRESS_LIMIT = 64


class Partners:
    """The service of one side."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self.key = f"{side}s"
        self.label = side.capitalize()
        self.pairs = _COMMON + (_CLIENT_ONLY if side == "client" else ())

    def table(self, call: Call) -> Table[Partner]:
        """Return the records of this side."""
        return call.books.clients if self.side == "client" else call.books.vendors

    def methods(self) -> dict[str, Callable[[Call], Any]]:
        """Return the handlers by method name."""
        return {
            "get": self.get,
            "add": self.add,
            "edit": self.edit,
            "delete": self.delete,
            "getbalance": self.balance,
        }

    def get(self, call: Call) -> dict[str, Any]:
        """List partners; name matches in part, registry code from its beginning."""
        low, high = change_window(call)
        removed = None if low is None else self.table(call).removed_since(low)
        identity, wanted = call.query.text("id"), call.query.text("nameOrRegCode")
        if identity is not None:
            found = self.table(call).by_id.get(identity)
            return envelope(call, self.key, [self.show(call, found)] if found else [], False, removed)
        keep: Callable[[Partner], bool] | None = None
        if wanted is not None:
            folded = wanted.casefold()

            def matches(partner: Partner) -> bool:
                return folded in partner.folded or (partner.reg_code or "").startswith(wanted)

            keep = matches
        records, more = page_of_range(call, self.table(call), MODIFIED, (low, high), keep)
        return envelope(call, self.key, [self.show(call, record) for record in records], more, removed)

    def show(self, call: Call, partner: Partner) -> dict[str, Any]:
        """Return a partner; address, contacts, comment and files only when asked for."""
        shown = view(partner, self.pairs) | stamps(partner)
        if call.wants("fetchAddresses"):
            shown["address"] = partner.address
        if call.wants("fetchContacts"):
            shown["contacts"] = partner.contacts
        if call.wants("fetchComments"):
            shown["comment"] = partner.comment
        if call.wants("fetchDocuments"):
            shown["documents"] = listed_files(call.books, self.side.upper(), partner.id)
        if self.side == "client" and call.wants("fetchAcceptsEinvoices"):
            shown["acceptsEinvoices"] = accepts_einvoices(call, partner)
        return shown

    def add(self, call: Call) -> dict[str, Any]:
        """Enter a partner; the reference number is made when none is given."""
        form = call.form()
        values = self.read(call, form)
        _refuse_if(self.check(call, values))
        if values["reference_number"] is None:
            values["reference_number"] = reference_number(str(1000 + call.books.number(self.key)))
        partner = Partner(**call.books.new(self.table(call), call.moment), **values)
        self.table(call).put(partner)
        return {f"{self.side}Id": partner.id, "referenceNumber": partner.reference_number}

    def edit(self, call: Call) -> dict[str, Any]:
        """Put a whole partner in the place of the old one. The connected-service columns stay."""
        form = call.form()
        identity = form.need("id")
        values = self.read(call, form)
        partner = self.find(call, identity)
        _refuse_if(self.check(call, values))
        if values["reference_number"] is None:
            values["reference_number"] = partner.reference_number
        # Documents point at the record, so it is changed where it is.
        for name, value in values.items():
            setattr(partner, name, value)
        self.table(call).touch(partner, call.moment)
        return {f"{self.side}Id": partner.id, "referenceNumber": partner.reference_number}

    def delete(self, call: Call) -> dict[str, Any]:
        """Delete a partner that no document uses."""
        partner = self.find(call, call.deleted_id())
        if partner.built_in:
            raise Refused(fault("BUILT-IN", what=partner.name))
        if partner.documents:
            raise Refused(fault("IN-USE", what=partner.name))
        self.table(call).remove(partner, call.moment)
        return {f"{self.side}Id": partner.id}

    def balance(self, call: Call) -> dict[str, Any]:
        """Return what a partner owes, or is owed, at the end of a day; the answer's form is inferred."""
        partner = self.find(call, call.query.text("id", required=True) or "")
        text = call.query.text("balanceDate")
        try:
            day = parse_date(text) if text else call.today
        except ValueError:
            raise Refused(fault("INVALID-DATE", field="balanceDate", value=text)) from None
        table = call.books.client_invoices if self.side == "client" else call.books.vendor_invoices
        open_ones = [
            (invoice, amount)
            for invoice in table
            if invoice.partner is partner and invoice.entry_date <= day
            for amount in [_open_on(call, invoice, day)]
            if amount
        ]
        answer: dict[str, Any] = {
            f"{self.side}Id": partner.id,
            "balanceDate": show_date(day),
            "balance": sum((amount for _, amount in open_ones), ZERO),
        }
        if call.wants("fetchDetails"):
            answer["details"] = [
                {"id": invoice.id, "invoiceNumber": invoice.invoice_number, "outstandingAmount": amount}
                for invoice, amount in open_ones
            ]
        return answer

    def find(self, call: Call, identity: str) -> Partner:
        """Return a partner by id.

        Raises:
            Refused: There is none.
        """
        partner = self.table(call).by_id.get(identity)
        if partner is None:
            raise Refused(fault("NOT-FOUND", what=self.label))
        return partner

    def read(self, call: Call, form: Form) -> dict[str, Any]:
        """Return the fields of a partner; the basic stage."""
        required = call.options.client_vat_pc_required
        name = form.need("name")
        values: dict[str, Any] = {
            "name": name,
            "folded": name.casefold(),
            "vat_pc": form.text("vatPc", required=required),
            "ignore_on_vat_declaration": form.boolean("ignoreOnVatDeclaration"),
            "invoice_due_date": form.integer("invoiceDueDate"),
            "invoice_interest": plain(form.decimal("invoiceInterest")),
            "address": _address(form.child("address")),
            "contacts": _contacts(form.children("contacts")),
        }
        for wire, attribute in fields(
            "group", "regCode", "vatNumber", "bankAccount", "referenceNumber", "accountUnpaid",
            "accountPrepayment", "comment",
        ):  # fmt: skip
            values[attribute] = form.text(wire)
        if self.side == "client":
            values["discount"] = plain(form.decimal("discount"))
            for wire, attribute in _CLIENT_ONLY[1:]:
                values[attribute] = form.text(wire)
        return values

    def check(self, call: Call, values: dict[str, Any]) -> list[Fault]:
        """Return everything the complex stage finds."""
        faults: list[Fault] = []
        vat_pc = values["vat_pc"]
        if vat_pc is not None and vat_pc not in call.books.vat_codes:
            faults.append(fault("VAT-PC-NOT-FOUND", value=vat_pc))
        group = values["group"]
        if group is not None and not call.books.named["groups"].get(group, {}).get(self.key):
            faults.append(fault("GROUP-NOT-FOUND", value=group))
        call.books.check_account(values["account_unpaid"], faults)
        call.books.check_account(values["account_prepayment"], faults)
        return faults


def accepts_einvoices(call: Call, client: Partner) -> bool:
    """Return whether a client takes e-invoices."""
    receivers = call.options.einvoice_receivers
    return bool(client.reg_code) if receivers is None else client.reg_code in receivers


def _open_on(call: Call, invoice: Invoice, day: Any) -> Decimal:
    later = ZERO
    for payment in call.books.payments.indexes["date"].between(day):
        if payment.date > day:
            later += sum((row.amount for row in payment.rows if row.id == invoice.id), ZERO)
    return invoice.direction * (invoice.remaining + later)


def _address(form: Form | None) -> dict[str, Any] | None:
    if form is None:
        return None
    limited = {"address1", "address2"}
    return {
        name: form.text(name, limit=_ADDRESS_LIMIT if name in limited else None)
        if name != "country"
        else form.text(name, limit=2)
        for name in _ADDRESS
    }


def _contacts(forms: list[Form]) -> list[dict[str, Any]]:
    return [
        {
            "type": form.need_choice("type", _CONTACTS),
            # Not marked as required, and plugins send a shop's empty telephone field along.
            "value": form.text("value") or "",
            "description": form.text("description"),
        }
        for form in forms
    ]


def _refuse_if(faults: list[Fault]) -> None:
    if faults:
        raise Refused(*faults)
