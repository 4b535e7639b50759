"""What e-invoice files are as a source, as data. Sources are the schemas and the standards' descriptions."""

from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import (
    NOT,
    PARTLY,
    Ability,
    Confidence,
    Fact,
    Manifest,
    SettingField,
    coverage,
    gettext_noop,
)

_ = gettext_noop


_INVOICES = coverage(
    "number date due_date delivery_date period_from period_to currency party net vat gross rounding prepaid vat_totals "
    "reference_number bank_account payment_method note our_reference your_reference order_number "
    "lines.item_code lines.item_name lines.description lines.quantity lines.unit lines.unit_price lines.net lines.vat "
    "lines.vat_rate lines.vat_treatment lines.period_from lines.period_to",
    ("credits", PARTLY, _("The credited invoice's number, where the credit note gives it.")),
    ("attachments", PARTLY, _("Files inside the e-invoice; Finvoice sends attachments as messages of their own.")),
    ("paid", PARTLY, _("Finvoice alone says that an invoice was paid.")),
    ("interest_percent", PARTLY, _("Finvoice alone gives a yearly rate.")),
    ("exchange_rate", PARTLY, _("UBL alone gives a rate that can be used.")),
    ("lines.discount_percent", PARTLY, _("A discount in euros becomes a percent; the row's net is always the file's.")),
    ("lines.vat_code", NOT, _("The letter of the VAT category becomes a VAT treatment.")),
    ("lines.ledger_account", NOT, _("A proposed account is shown with the row and never used by itself.")),
    ("lines.dimensions", NOT, _("A project or cost objective is shown with the row and never used by itself.")),
    ("dimensions", NOT, ""),
    ("lines.stock_kind", NOT, ""),
    ("lines.warehouse", NOT, ""),
    ("entry_date", NOT, ""),
    ("status", NOT, ""),
)
_PARTIES = coverage(
    "name registry_code vat_number email phone address.street address.city address.county address.postal_code "
    "address.country bank_accounts einvoice_address contact_name",
    ("einvoice_operator", PARTLY, _("Finvoice alone names the operator.")),
    ("is_person", NOT, ""),
    ("reference_number", NOT, ""),
    ("payment_term_days", NOT, ""),
)

_FACTS = (
    ("Finvoice 1.0 to 1.3, 2.0, 2.01 and 3.0 are told by the Version attribute.", "documented", "schemas/finvoice"),
    (
        "A bank's file holds a SOAP frame before each Finvoice, each with its own charset.",
        "seen",
        "Finvoice guidelines",
    ),
    ("The sign of a Finvoice credit note differs by sender.", "seen", "Finvoice guidelines"),
    ("InvoiceTotalRoundoffAmount stands beside the total or inside of it.", "inferred", "Finvoice guidelines"),
    ("Sub-rows of Finvoice repeat the money of rows unless the rows have none.", "inferred", "Finvoice guidelines"),
    ("EpiInstructedAmount is an order to the bank and may differ from the total.", "inferred", "Finvoice guidelines"),
    ("A unit price per c/kWh or snt/kWh is in cents.", "seen", "published samples of energy companies"),
    ("PayableAmount = TaxInclusiveAmount - PrepaidAmount + PayableRoundingAmount.", "documented", "EN 16931, BR-CO-16"),
    ("An invoice with a negative total credits.", "documented", "Peppol BIS Billing 3.0"),
    ("Whether TotalSum holds additions, penalty and rounding differs by sender.", "inferred", "Estonian e-invoice 1.2"),
    ("TotalToPay above TotalSum holds an older debt.", "inferred", "Estonian e-invoice 1.2"),
)

MANIFEST = Manifest(
    vendor="files",
    name="E-invoice files",
    service_code="EF",
    country="",
    abilities=(Ability.SOURCE,),
    reads=(
        DocumentKind.PURCHASE_INVOICE,
        DocumentKind.PURCHASE_CREDIT_NOTE,
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
    ),
    settings=(
        SettingField(
            name="own_registry_codes",
            label=_("Your company's registry codes"),
            help=_(
                "Invoices whose seller has one of these codes are your sales invoices; all others are purchases. "
                "Several are separated by commas."
            ),
            is_required=False,
        ),
    ),
    key_steps=(
        _(
            "Ask your e-invoice operator or bank for the invoices as Finvoice, UBL (Peppol BIS 3) or "
            "Estonian e-invoice."
        ),
        _("Upload the files, send them over the API, or let them be put into the watched folder."),
    ),
    rights=(_("No keys are needed."),),
    support_owner=_("Your e-invoice operator answers for the files; we answer for reading them."),
    coverage={
        DocumentKind.PURCHASE_INVOICE: _INVOICES,
        DocumentKind.PURCHASE_CREDIT_NOTE: _INVOICES,
        DocumentKind.SALES_INVOICE: _INVOICES,
        DocumentKind.SALES_CREDIT_NOTE: _INVOICES,
        DocumentKind.SUPPLIER: _PARTIES,
        DocumentKind.CUSTOMER: _PARTIES,
    },
    facts=tuple(Fact(text=text, confidence=Confidence(sure), source=source) for text, sure, source in _FACTS),
)
