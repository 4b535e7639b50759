"""Which fields Procountor is given of each kind of document: exactly those of rows P61 to P77, and what they need."""

from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import NOT, PARTLY, FieldCoverage, coverage, gettext_noop

_ = gettext_noop

_BOTH_NOT = (
    ("dimensions", NOT, _("Dimensions do not move; they are chosen in Procountor.")),
    ("lines.dimensions", NOT, _("Dimensions do not move; they are chosen in Procountor.")),
    ("note", NOT, _("Notes do not move. Procountor's own notes bear the mark of this integration alone.")),
    ("attachments.other", NOT, _("Only the picture of the invoice moves.")),
    ("attachments.image", PARTLY, _("PDF, PNG, JPEG, GIF or TIFF of at most 10 MB.")),
    ("lines.ledger_account", PARTLY, _("On the accounting page, where the invoice is posted here.")),
    ("lines.description", PARTLY, _("As the product's name, where the row has no other.")),
    ("lines.unit", PARTLY, _("As one of Procountor's units; what has none goes as pieces.")),
    ("lines.vat", PARTLY, _("Procountor reckons the VAT of each row from its percentage.")),
    ("rounding", PARTLY, _("On a row of its own.")),
    ("prepaid", NOT, _("Procountor takes it only as a payment; the document says so in a warning.")),
    ("paid", NOT, _("Payments travel as documents of their own.")),
    ("our_reference", NOT, ""),
    ("your_reference", NOT, ""),
    ("order_number", NOT, ""),
    ("delivery_date", NOT, ""),
    ("entry_date", NOT, ""),
    ("period_from", NOT, ""),
    ("period_to", NOT, ""),
    ("lines.period_from", NOT, ""),
    ("lines.period_to", NOT, ""),
    ("lines.warehouse", NOT, ""),
    ("interest_percent", NOT, ""),
    ("payment_method", NOT, ""),
)
_BOTH = (
    "number date due_date currency exchange_rate net vat gross lines.item_name lines.quantity lines.unit_price "
    "lines.discount_percent lines.net lines.vat_rate lines.vat_code"
)
_REFERENCE = (
    "reference_number",
    PARTLY,
    _("When it is a valid Finnish or RF reference; Procountor joins the bank's payments by it."),
)
_SALES = coverage(
    _BOTH,
    ("party", PARTLY, _("Name and address.")),
    (
        "bank_account",
        PARTLY,
        _("The IBAN of the settings, one of the company's own in Procountor; its BIC stands there already."),
    ),
    _REFERENCE,
    ("lines.item_code", NOT, _("Sales rows have a name alone.")),
    *_BOTH_NOT,
)
_PURCHASES = coverage(
    f"{_BOTH} bank_account lines.item_code lines.product_area",
    ("party", PARTLY, _("Name, address, business id and VAT number.")),
    _REFERENCE,
    *_BOTH_NOT,
)
_CREDITS = FieldCoverage(
    field="credits", carried=NOT, note=_("Procountor has no credit notes of their own; quantities are negative.")
)
_PARTY = (
    "name registry_code email phone contact_name payment_term_days address.street address.city address.postal_code "
    "address.country"
)
_PARTY_OTHERS = (
    ("vat_number", PARTLY, _("Where there is no business id.")),
    ("address.county", NOT, ""),
    ("reference_number", NOT, ""),
)

COVERAGE: dict[str, tuple[FieldCoverage, ...]] = {
    DocumentKind.JOURNAL_ENTRY: coverage(
        "date postings.account postings.debit postings.credit postings.description postings.vat_rate postings.vat_code",
        ("description", PARTLY, _("80 characters; all of it in the notes, with our mark.")),
        ("number", PARTLY, _("In the notes; Procountor numbers journals itself.")),
        ("currency", PARTLY, _("Journals are in the company's currency.")),
        ("postings.vat", PARTLY, _("Procountor adds the VAT of a row by itself; cents left over stand on their own.")),
        ("postings.dimensions", NOT, _("Dimensions do not move; they are chosen in Procountor.")),
    ),
    DocumentKind.CUSTOMER: coverage(
        f"{_PARTY} einvoice_address einvoice_operator",
        *_PARTY_OTHERS,
        ("bank_accounts", NOT, ""),
        ("is_person", NOT, ""),
    ),
    DocumentKind.SUPPLIER: coverage(
        _PARTY,
        *_PARTY_OTHERS,
        ("bank_accounts", PARTLY, _("The first with an IBAN.")),
        ("einvoice_address", NOT, ""),
        ("einvoice_operator", NOT, ""),
        ("is_person", NOT, ""),
    ),
    DocumentKind.ITEM: coverage(
        "code name unit sales_price purchase_price vat_rate vat_code sales_account purchase_account is_active",
        ("description", PARTLY, _("As the name, where the item has no other.")),
        ("stock_kind", NOT, _("Procountor follows no stock here.")),
        ("tags", NOT, ""),
    ),
    DocumentKind.SALES_INVOICE: _SALES,
    DocumentKind.SALES_CREDIT_NOTE: (*_SALES, _CREDITS),
    DocumentKind.PURCHASE_INVOICE: _PURCHASES,
    DocumentKind.PURCHASE_CREDIT_NOTE: (*_PURCHASES, _CREDITS),
    DocumentKind.PAYMENT: coverage(
        "date amount currency direction allocations",
        ("number", PARTLY, _("In the words of a sales payment.")),
        ("is_reference_payment", NOT, _("Procountor gets reference payments from the bank itself.")),
        ("account", NOT, _("An invoice is marked paid elsewhere; no bank account is named.")),
        ("bank_fee", NOT, _("The document says so in a warning.")),
        ("reference_number", NOT, ""),
        ("note", NOT, ""),
        ("party", NOT, _("The paid invoice names it.")),
    ),
}
