"""What the pull service is as a target, as data. It speaks as Severa's SOAP API does; see the vendor sheet."""

from tilisilta.connectors.pull.options import TRANSFERRED, WAITING
from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import (
    NOT,
    PARTLY,
    Ability,
    Confidence,
    Fact,
    Limits,
    Manifest,
    SettingField,
    coverage,
    gettext_noop,
)

_ = gettext_noop

_INVOICES = coverage(
    "number date due_date entry_date currency exchange_rate party net vat gross rounding reference_number bank_account "
    "interest_percent note our_reference your_reference order_number lines.item_code lines.item_name lines.description "
    "lines.quantity lines.unit lines.unit_price lines.net lines.vat lines.vat_rate lines.ledger_account",
    ("lines.discount_percent", PARTLY, _("In the unit price, which is told after the discount.")),
    ("lines.vat_treatment", PARTLY, _("Reverse charge as a mark of the customer, other reasons for no VAT in words.")),
    ("lines.dimensions", PARTLY, _("The cost centre.")),
    ("dimensions", PARTLY, _("The cost centre, on rows without one of their own.")),
    ("delivery_date", PARTLY, _("As the date of each row.")),
    ("prepaid", NOT, _("A prepayment is told as a warning.")),
    ("vat_totals", NOT, _("VAT is told by row and for the whole document.")),
    ("attachments", NOT, _("The invoice's own picture is drawn when it is asked for; other files do not go along.")),
    ("lines.vat_code", NOT, _("Severa's rows have a rate and no code.")),
    ("lines.period_from", NOT, ""),
    ("lines.period_to", NOT, ""),
    ("lines.stock_kind", NOT, ""),
    ("lines.warehouse", NOT, ""),
    ("period_from", NOT, ""),
    ("period_to", NOT, ""),
    ("payment_method", NOT, ""),
    ("paid", NOT, ""),
    ("status", NOT, _("The status on the shelf is the service's own.")),
)
_CUSTOMERS = coverage(
    "name vat_number email phone contact_name einvoice_address einvoice_operator payment_term_days "
    "address.street address.city address.county address.postal_code address.country",
    ("registry_code", PARTLY, _("On invoices.")),
    ("is_person", NOT, ""),
    ("bank_accounts", NOT, ""),
    ("reference_number", NOT, ""),
)
_ITEMS = coverage(
    "code name description unit sales_price purchase_price vat_rate is_active",
    ("stock_kind", PARTLY, _("Goods are materials, all else is a service.")),
    ("sales_account", NOT, ""),
    ("purchase_account", NOT, ""),
    ("vat_code", NOT, ""),
    ("tags", NOT, ""),
)
_FACTS = (
    ("Operations, entities, namespaces and faults are those of Severa's SOAP API.", "B"),
    ("The key stands in the SOAP header WebServicePassword.", "B"),
    ("Members of an entity stand in their DataContract order.", "B"),
    ("Statuses are addressed by name.", "B"),
    ("A fetched invoice is moved to the transferred status by who fetched it.", "C"),
)

MANIFEST = Manifest(
    vendor="pull",
    name=_("Pull service"),
    service_code="PL",
    country="FI",
    abilities=(Ability.TARGET, Ability.ROWS_AS_THEY_ARE, Ability.ANSWERS_LATER),
    writes=(
        DocumentKind.CUSTOMER,
        DocumentKind.ITEM,
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
    ),
    settings=(
        SettingField(
            name="waiting_status",
            label=_("Status of what waits to be fetched"),
            help=_("Enter the same name in the system that fetches."),
            is_required=False,
            default=WAITING,
        ),
        SettingField(
            name="transferred_status",
            label=_("Status of what was fetched"),
            help=_("The system that fetches sets it; only then the invoice counts as delivered."),
            is_required=False,
            default=TRANSFERRED,
        ),
        SettingField(
            name="other_statuses",
            label=_("Further statuses"),
            help=_(
                "Names that the fetching system may set too, semicolons between. They are shown and change nothing."
            ),
            is_required=False,
        ),
    ),
    key_steps=(
        _("Ask the operator of this program to switch the pull service on, with TILISILTA_PULL_SERVICE."),
        _("Save the connection, then make its key on its page. The key is shown once."),
        _("In the system that fetches (Maestro), enter the address and the key in place of Severa's."),
        _("Enter the two statuses there, under the names that they have here."),
        _("Test the connection, then let the other system fetch. Its calls are shown on the connection's page."),
    ),
    rights=(_("The key reads what lies ready over this connection and moves it to another status; nothing else."),),
    plans=_("The system that fetches must be able to read Severa and let its address be changed."),
    support_owner=_("We answer for the service; who fetches is answered for by its own support."),
    limits=Limits(concurrency=4),
    coverage={
        DocumentKind.CUSTOMER: _CUSTOMERS,
        DocumentKind.ITEM: _ITEMS,
        DocumentKind.SALES_INVOICE: _INVOICES,
        DocumentKind.SALES_CREDIT_NOTE: (*_INVOICES, *coverage("credits")),
    },
    facts=tuple(
        Fact(text=text, confidence=Confidence.DOCUMENTED, source=f"vendor sheet of Severa, section {section}")
        for text, section in _FACTS
    ),
)
