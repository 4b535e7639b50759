"""Which canonical fields Merit carries, by kind."""

from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import NOT, PARTLY, FieldCoverage, coverage, gettext_noop

_ = gettext_noop

_LINES = (
    "lines.item_code lines.quantity lines.unit lines.unit_price lines.net lines.vat_code lines.ledger_account "
    "lines.discount_percent lines.dimensions lines.warehouse"
)
_COMMON = f"date due_date entry_date currency exchange_rate party net gross reference_number rounding {_LINES}"
_COMMON_NOT = (
    ("number", PARTLY, _("At most 35 characters; a longer one stops the document.")),
    ("vat", PARTLY, _("Merit counts VAT row by row; cents that differ go as rounding, with a warning.")),
    ("lines.description", PARTLY, _("At most 150 characters; what is longer is cut, with a warning.")),
    ("lines.vat", NOT, _("Merit computes the VAT of a row from its VAT code.")),
    ("dimensions", PARTLY, _("Departments, and the dimensions of version 2.")),
    ("prepaid", NOT, _("Merit has no prepaid amount on an invoice; the document says so in a warning.")),
    ("paid", NOT, _("Payments travel as documents of their own.")),
    ("bank_account", NOT, ""),
    ("delivery_date", NOT, ""),
    ("period_from", NOT, ""),
    ("period_to", NOT, ""),
    ("our_reference", NOT, ""),
    ("your_reference", NOT, ""),
    ("interest_percent", NOT, ""),
    ("lines.period_from", NOT, ""),
    ("lines.period_to", NOT, ""),
)
_SALES = coverage(
    f"note {_COMMON}",
    *_COMMON_NOT,
    ("order_number", PARTLY, _("As the contract number, 35 characters.")),
    ("attachments", PARTLY, _("One PDF with the document; the others stay behind, with a warning.")),
)
_PURCHASES = coverage(
    f"note {_COMMON}",
    *_COMMON_NOT,
    ("order_number", NOT, ""),
    ("attachments", PARTLY, _("One file with the document; the others stay behind, with a warning.")),
)
_CREDITS = FieldCoverage(field="credits", carried=PARTLY, note=_("The numbers stand in the comment above the rows."))
_NO_CREDITS = FieldCoverage(field="credits", carried=NOT, note=_("Purchases cannot name what they credit."))
_PARTIES = coverage(
    "name registry_code vat_number email phone contact_name payment_term_days address.street address.city "
    "address.county address.postal_code is_person",
    ("address.country", PARTLY, _("Merit demands one: without it the VAT number's, else the country of the books.")),
    ("bank_accounts", PARTLY, _("The first one.")),
    ("reference_number", PARTLY, _("Customers only.")),
    ("einvoice_address", NOT, ""),
    ("einvoice_operator", NOT, ""),
)
_ITEMS = coverage(
    "unit stock_kind sales_price vat_code sales_account purchase_account",
    ("code", PARTLY, _("At most 20 characters; a longer one stops the item.")),
    ("name", PARTLY, _("At most 100 characters; what is longer is cut, with a warning.")),
    ("description", PARTLY, _("Merit has one text; the name goes first.")),
    ("purchase_price", NOT, ""),
    ("is_active", NOT, ""),
    ("tags", NOT, ""),
)
_PAYMENTS = coverage(
    "date amount currency party account allocations",
    ("is_cash", PARTLY, _("By the chosen way of paying.")),
    ("number", NOT, ""),
    ("note", NOT, ""),
    ("bank_fee", NOT, _("The document says so in a warning.")),
    ("reference_number", NOT, ""),
)
_ENTRIES = coverage(
    "date currency postings.account postings.debit postings.credit postings.vat_code postings.description",
    ("number", PARTLY, _("As the document's number, 35 characters; Merit numbers its batches itself.")),
    ("description", PARTLY, _("On rows without a description of their own.")),
    ("postings.dimensions", PARTLY, _("Departments, projects and cost centres.")),
    ("replaces", PARTLY, _("The replaced batch stays, with a reversal beside it.")),
)

COVERAGE: dict[str, tuple[FieldCoverage, ...]] = {
    DocumentKind.CUSTOMER: _PARTIES,
    DocumentKind.SUPPLIER: _PARTIES,
    DocumentKind.ITEM: _ITEMS,
    DocumentKind.SALES_INVOICE: _SALES,
    DocumentKind.SALES_CREDIT_NOTE: (*_SALES, _CREDITS),
    DocumentKind.PURCHASE_INVOICE: _PURCHASES,
    DocumentKind.PURCHASE_CREDIT_NOTE: (*_PURCHASES, _NO_CREDITS),
    DocumentKind.PAYMENT: _PAYMENTS,
    DocumentKind.JOURNAL_ENTRY: _ENTRIES,
}
