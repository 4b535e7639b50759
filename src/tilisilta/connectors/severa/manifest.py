"""What Severa is, as data. Sources name chapters of the vendor sheet."""

from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import (
    BASE_URL_SETTING,
    LIMITS_SETTINGS,
    NOT,
    PARTLY,
    Ability,
    Confidence,
    CredentialField,
    Fact,
    Limits,
    Manifest,
    SettingField,
    VendorError,
    coverage,
    gettext_noop,
)

_ = gettext_noop

_INVOICES = coverage(
    "number date due_date entry_date currency party net vat gross paid reference_number interest_percent note "
    "our_reference your_reference order_number dimensions is_sent lines.item_code lines.item_name lines.description "
    "lines.quantity lines.unit lines.unit_price lines.net lines.vat_rate lines.ledger_account lines.dimensions",
    ("exchange_rate", PARTLY, _("For currencies other than the euro.")),
    ("bank_account", PARTLY, _("When the organisation has just one in use.")),
    ("credits", PARTLY, _("On credit notes that name what they credit.")),
    (
        "lines.vat_treatment",
        PARTLY,
        _("For rows of 0 %, where the customer's settings say why; SOAP tells reverse charge."),
    ),
    ("lines.vat", NOT, _("Severa gives VAT for the whole document.")),
    ("vat_totals", NOT, _("Severa gives VAT for the whole document.")),
    ("attachments", PARTLY, _("Severa's PDF is fetched on demand.")),
    ("lines.discount_percent", NOT, ""),
    ("delivery_date", NOT, ""),
    ("period_from", NOT, ""),
    ("period_to", NOT, ""),
)
_CUSTOMERS = coverage(
    "name vat_number email phone contact_name einvoice_address einvoice_operator payment_term_days "
    "address.street address.city address.county address.postal_code address.country",
    ("registry_code", PARTLY, _("The business id that a Finnish VAT number holds.")),
    ("is_person", NOT, ""),
    ("bank_accounts", NOT, ""),
    ("reference_number", NOT, ""),
)
_ITEMS = coverage(
    "code name unit sales_price purchase_price vat_rate is_active",
    ("stock_kind", PARTLY, _("Materials are goods, all else is a service.")),
    ("sales_account", PARTLY, _("Over REST only.")),
    ("description", NOT, ""),
)

_FACTS = (
    ("REST: client id and secret give a token; calls bear it and the client id.", "documented", "A2"),
    ("Scopes left out of the token request mean all that were granted.", "inferred", "A2"),
    ("Lists go on by the header NextPageToken, or by first row and row count.", "documented", "A3"),
    ("Arrays are asked for as the same parameter again and again.", "documented", "A4"),
    ("10 calls a second; over it 429, mostly without a time to wait.", "seen", "A5"),
    ("Errors come in an envelope with a type; a flat shape is seen too.", "documented", "A6"),
    ("The pointer /status/guid moves an invoice on.", "inferred", "A7"),
    ("A row's codes are those of what it groups; a row has no total.", "documented", "A8"),
    ("Registers listed without a filter hold what is out of use, too.", "inferred", "A8"),
    ("The exchange rate is units of the invoice's currency for one euro.", "unknown", "A8"),
    ("SOAP: the key stands in the header WebServicePassword.", "seen", "B"),
    ("SOAP: 100 000 calls a day for an organisation; answers say how many are used.", "documented", "B"),
    ("SOAP knows statuses by name: one that is renamed must be chosen again.", "documented", "B"),
    ("SOAP lists invoices by status or by day, never by change.", "documented", "B"),
    ("Where the minus of a credit note stands.", "unknown", "D"),
    ("What several codes on one row mean: the row groups several things.", "inferred", "D"),
)


def _error(match: str, code: str, fate: str = "refused") -> VendorError:
    return VendorError(match=match, code=code, fate=fate)


# Types of REST's envelope and names of SOAP's faults; `rest_fates` and `soap_fates` sort them.
ERRORS = (
    _error(r"InsufficientApiScope|PermissionDenied|NoPermissionException", "RIGHT_MISSING", "misconfigured"),
    _error(r"AuthenticationRequired|AuthenticationFailureException", "KEY_REFUSED", "misconfigured"),
    _error(r"AddonMissing|FeatureIsNotEnabled|UserLicenseType|Trial", "PLAN_TOO_LOW", "misconfigured"),
    _error(r"TermsOfServiceNotApproved|TosNotApprovedException", "TERMS_NOT_APPROVED", "misconfigured"),
    _error(r"OrganizationNotActive|organization is not active", "ORGANISATION_NOT_ACTIVE", "misconfigured"),
    _error(r"DeserializationFailed|ActionNotSupported", "INTERFACE_CHANGED", "misconfigured"),
    _error(r"calls quota exceeded", "TARGET_BUSY", "retry"),
    _error(r"Quota limit", "DAILY_BUDGET_SPENT", "retry"),
    _error(r"NotFoundException|was not found", "NOT_FOUND_AT_SOURCE"),
    _error(r"InvalidOperation|InvalidParameter|InvalidRequest|ValidationException", "SOURCE_REFUSED"),
)
SOAP_LIMITS = Limits(per_day=100_000, concurrency=4, source="vendor help 77000464247; vendor sheet, section B")

MANIFEST = Manifest(
    vendor="severa",
    name="Severa",
    service_code="SV",
    country="FI",
    abilities=(Ability.SOURCE, Ability.STATUSES, Ability.REGISTERS),
    reads=(
        DocumentKind.CUSTOMER,
        DocumentKind.ITEM,
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
    ),
    credentials=(
        CredentialField(
            name="client_id",
            label=_("REST client id"),
            help=_("From Settings > Integrations > REST API. Leave empty when you use a SOAP API key."),
            is_secret=False,
            is_required=False,
        ),
        CredentialField(
            name="client_secret",
            label=_("REST client secret"),
            help=_("It is shown once, when the credential is made."),
            is_required=False,
        ),
        CredentialField(
            name="soap_key",
            label=_("SOAP API key"),
            help=_("The older interface, and the way into the log of invoices. Its user needs administrator rights."),
            is_required=False,
        ),
    ),
    settings=(
        SettingField(
            name="api",
            label=_("Interface"),
            help=_("Automatic takes REST when its keys are given, else SOAP."),
            is_required=False,
            default="auto",
            choices=(("auto", _("Automatic")), ("rest", "REST"), ("soap", "SOAP")),
        ),
        BASE_URL_SETTING,
        *LIMITS_SETTINGS,
    ),
    default_host="https://api.severa.visma.com",
    key_steps=(
        _("Make sure that the contract for the integration with the accounting software is in force."),
        _("Sign in to Severa as an administrator."),
        _("REST: open Settings > Integrations > REST API, make a credential with the scopes below, copy both parts."),
        _("SOAP: open Subscription > Integrations > Maestro, make an API key, copy it. Its user is an administrator."),
        _("Under Settings > Invoicing > Invoice statuses, make or choose a waiting and a transferred status."),
        _("Give products, work types and travel expense types the codes of the accounting software's products."),
        _("Paste the keys, then test the connection."),
    ),
    key_url="https://severa.visma.com",
    rights=(
        _(
            "REST scopes: invoices:read, invoices:write, customers:read, settings:read, fees:read, hours:read, "
            "travels:read, organization:read"
        ),
        _("REST scope files:read, when Severa's own PDF is wanted"),
        _("SOAP: administrator rights of the key's user"),
    ),
    plans=_("Ready Finvoice files need Severa's Finvoice add-on."),
    support_owner=_("Maestro, for the integration between Severa and Maestro; Severa support for keys and statuses."),
    limits=Limits(per_window=10, window_s=1.0, concurrency=8, source="clients seen; vendor sheet, section A5"),
    coverage={
        DocumentKind.CUSTOMER: _CUSTOMERS,
        DocumentKind.ITEM: _ITEMS,
        DocumentKind.SALES_INVOICE: _INVOICES,
        DocumentKind.SALES_CREDIT_NOTE: _INVOICES,
    },
    errors=ERRORS,
    facts=tuple(
        Fact(text=text, confidence=Confidence(confidence), source=f"vendor sheet, section {section}")
        for text, confidence, section in _FACTS
    ),
)
