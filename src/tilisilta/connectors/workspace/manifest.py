"""What the invoice workspace is as a source and a target, as data."""

from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import (
    NOT,
    PARTLY,
    Ability,
    Confidence,
    Fact,
    FieldCoverage,
    Manifest,
    SettingField,
    coverage,
    gettext_noop,
)

_ = gettext_noop

AT_FIRST, WHEN_APPROVED = "first_approval", "approved"

PURCHASES_WHEN = SettingField(
    name="purchases_when",
    label=_("Purchase invoices go on"),
    help=_("An invoice in circulation may go on as soon as one approver has approved it, or when all have."),
    is_required=False,
    default=WHEN_APPROVED,
    choices=((WHEN_APPROVED, _("When they are approved")), (AT_FIRST, _("At the first approval"))),
)

_INVOICES = coverage(
    "number date due_date delivery_date entry_date period_from period_to currency exchange_rate party net vat gross "
    "rounding prepaid vat_totals reference_number bank_account payment_method interest_percent note our_reference "
    "your_reference order_number attachments "
    "lines.item_code lines.item_name lines.description lines.quantity lines.unit lines.unit_price "
    "lines.discount_percent lines.net lines.vat lines.vat_rate lines.vat_treatment lines.period_from lines.period_to",
    ("paid", PARTLY, _("What is paid comes from the payments that the workspace has.")),
    ("lines.ledger_account", PARTLY, _("An account that the mapping names; others are proposed when posting.")),
    ("dimensions", PARTLY, _("Dimensions that the mapping names.")),
    ("lines.dimensions", PARTLY, _("Dimensions that the mapping names.")),
    ("lines.vat_code", NOT, _("The workspace keeps the rate and what it means, and no codes.")),
    ("lines.stock_kind", NOT, _("The workspace follows no stock.")),
    ("lines.warehouse", NOT, _("The workspace follows no stock.")),
    ("status", NOT, ""),
)
_CREDITS = (FieldCoverage(field="credits", carried=PARTLY, note=_("One credited invoice is tied; others stay words.")),)
_PARTIES = coverage(
    "name is_person registry_code vat_number email phone address.street address.city address.county "
    "address.postal_code address.country bank_accounts einvoice_address einvoice_operator reference_number "
    "contact_name payment_term_days"
)
_ITEMS = coverage(
    "code name description unit sales_price purchase_price vat_rate tags is_active",
    ("sales_account", PARTLY, _("An account that the mapping names.")),
    ("purchase_account", PARTLY, _("An account that the mapping names.")),
    ("stock_kind", PARTLY, _("Told to others, and not followed here.")),
    ("vat_code", NOT, _("The workspace keeps the rate and what it means, and no codes.")),
)
_PAYMENTS = coverage(
    "date amount currency party allocations number reference_number is_reference_payment note",
    ("account", PARTLY, _("The company's own bank account.")),
    ("is_cash", NOT, ""),
    ("bank_fee", NOT, _("Bank fees are posted by themselves.")),
)
_ENTRIES = coverage("date description number currency postings period_from period_to side replaces")

_INVOICE_KINDS = (
    DocumentKind.SALES_INVOICE,
    DocumentKind.SALES_CREDIT_NOTE,
    DocumentKind.PURCHASE_INVOICE,
    DocumentKind.PURCHASE_CREDIT_NOTE,
)
_FACTS = (
    "Sales invoices are listed once they are sent, purchase invoices once they are approved.",
    "Journal entries are those of closed periods, each period's newest revision.",
    "A record that another system made bears that system's key, and no second one can bear it.",
    "A period that is closed takes no invoice any more.",
)

MANIFEST = Manifest(
    vendor="workspace",
    name="Tilisilta",
    service_code="WS",
    country="",
    is_own=True,
    abilities=(Ability.SOURCE, Ability.TARGET),
    reads=(
        DocumentKind.CUSTOMER,
        DocumentKind.SUPPLIER,
        DocumentKind.ITEM,
        *_INVOICE_KINDS,
        DocumentKind.PAYMENT,
        DocumentKind.JOURNAL_ENTRY,
    ),
    writes=(
        DocumentKind.CUSTOMER,
        DocumentKind.SUPPLIER,
        DocumentKind.ITEM,
        *_INVOICE_KINDS,
        DocumentKind.PAYMENT,
    ),
    settings=(PURCHASES_WHEN,),
    key_steps=(_("Switch the invoice workspace on in the company's settings. The connection is made with it."),),
    rights=(_("No keys are needed."),),
    support_owner=_("We answer for it."),
    coverage={
        DocumentKind.CUSTOMER: _PARTIES,
        DocumentKind.SUPPLIER: _PARTIES,
        DocumentKind.ITEM: _ITEMS,
        DocumentKind.SALES_INVOICE: _INVOICES,
        DocumentKind.SALES_CREDIT_NOTE: (*_INVOICES, *_CREDITS),
        DocumentKind.PURCHASE_INVOICE: _INVOICES,
        DocumentKind.PURCHASE_CREDIT_NOTE: (*_INVOICES, *_CREDITS),
        DocumentKind.PAYMENT: _PAYMENTS,
        DocumentKind.JOURNAL_ENTRY: _ENTRIES,
    },
    facts=tuple(Fact(text=text, confidence=Confidence.DOCUMENTED, source="this page") for text in _FACTS),
)
