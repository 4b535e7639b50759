"""Which fields Netvisor takes of each kind of document."""

from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import FieldCoverage, gettext_noop

_ = gettext_noop
CARRIED, PARTLY, NOT = "carried", "partly", "not carried"


def _fields(carried: str, *others: tuple[str, str, str]) -> tuple[FieldCoverage, ...]:
    return (
        *(FieldCoverage(field=field, carried=CARRIED) for field in carried.split()),
        *(FieldCoverage(field=field, carried=how, note=note) for field, how, note in others),
    )


_LINES = (
    "lines.item_code lines.description lines.quantity lines.unit lines.unit_price lines.discount_percent lines.net "
    "lines.vat lines.vat_code lines.ledger_account lines.dimensions"
)
_INVOICE_NOT = (
    ("prepaid", NOT, _("Netvisor has no prepaid amount on an invoice; the document says so in a warning.")),
    ("paid", NOT, _("Payments travel as documents of their own.")),
    ("period_from", NOT, ""),
    ("period_to", NOT, ""),
    ("lines.period_from", NOT, ""),
    ("lines.period_to", NOT, ""),
    ("lines.warehouse", NOT, _("Netvisor's warehouses are not moved by invoices sent from here.")),
    ("interest_percent", NOT, ""),
)
_SALES = _fields(
    "date due_date entry_date delivery_date currency exchange_rate party net vat gross reference_number note "
    f"our_reference your_reference order_number attachments {_LINES}",
    ("number", PARTLY, _("Whole numbers; for others the connection's settings say what happens.")),
    ("rounding", PARTLY, _("On a row of its own when a product for roundings is set in the connection.")),
    ("bank_account", NOT, _("The bank account printed on an invoice comes from Netvisor's own settings.")),
    ("dimensions", PARTLY, _("On the rows.")),
    *_INVOICE_NOT,
)
_PURCHASES = _fields(
    "number date due_date entry_date delivery_date currency party net vat gross rounding reference_number bank_account "
    f"our_reference your_reference attachments {_LINES}",
    ("note", PARTLY, _("Put into the comment.")),
    ("order_number", NOT, ""),
    ("exchange_rate", NOT, _("Netvisor uses its own rate.")),
    ("dimensions", PARTLY, _("On the rows.")),
    *_INVOICE_NOT,
)
_PARTY = "name registry_code email phone contact_name address.city address.postal_code address.country"
_PARTY_NOT = (
    ("vat_number", NOT, _("Netvisor keeps the business id.")),
    ("address.street", PARTLY, _("80 characters; what is longer is cut, with a warning.")),
    ("address.county", NOT, ""),
    ("reference_number", NOT, ""),
)
COVERAGE: dict[str, tuple[FieldCoverage, ...]] = {
    DocumentKind.JOURNAL_ENTRY: _fields(
        "date postings.account postings.debit postings.credit postings.description postings.vat_rate "
        "postings.vat_code attachments",
        ("description", PARTLY, _("250 characters, our mark at the end.")),
        ("number", PARTLY, _("Inside the description; Netvisor numbers vouchers itself.")),
        ("currency", PARTLY, _("Vouchers are in euros.")),
        ("postings.dimensions", PARTLY, _("One dimension for each row.")),
    ),
    DocumentKind.CUSTOMER: _fields(
        f"{_PARTY} einvoice_address einvoice_operator is_person",
        *_PARTY_NOT,
        ("bank_accounts", NOT, ""),
        ("payment_term_days", NOT, _("Each invoice names its due date.")),
    ),
    DocumentKind.SUPPLIER: _fields(
        f"{_PARTY} payment_term_days",
        *_PARTY_NOT,
        ("bank_accounts", PARTLY, _("Accounts with an IBAN.")),
        ("einvoice_address", NOT, ""),
        ("einvoice_operator", NOT, ""),
        ("is_person", NOT, ""),
    ),
    DocumentKind.ITEM: _fields(
        "code name description unit sales_price purchase_price vat_rate is_active",
        ("sales_account", PARTLY, _("When the item has a VAT rate.")),
        ("purchase_account", NOT, ""),
        ("vat_code", NOT, _("Products have a VAT rate; the code stands on the rows.")),
        ("stock_kind", NOT, ""),
        ("tags", NOT, ""),
    ),
    DocumentKind.SALES_INVOICE: _SALES,
    DocumentKind.SALES_CREDIT_NOTE: (
        *_SALES,
        FieldCoverage(field="credits", carried=PARTLY, note=_("One credited invoice; the two are matched.")),
    ),
    DocumentKind.PURCHASE_INVOICE: _PURCHASES,
    DocumentKind.PURCHASE_CREDIT_NOTE: (
        *_PURCHASES,
        FieldCoverage(field="credits", carried=NOT, note=_("Purchases cannot name what they credit.")),
    ),
    DocumentKind.PAYMENT: _fields(
        "date amount currency party account allocations",
        ("direction", PARTLY, _("Payments of sales invoices only; outgoing ones are paid in Netvisor.")),
        ("bank_fee", NOT, _("The document says so in a warning.")),
        ("number", NOT, ""),
        ("reference_number", NOT, ""),
        ("note", NOT, ""),
    ),
}
