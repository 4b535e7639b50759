"""What Scoro is, as data. Sources name chapters of the vendor sheet."""

from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import (
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


_DOCUMENT = coverage(
    "number date due_date currency party net vat gross period_from period_to reference_number note dimensions "
    "lines.item_code lines.item_name lines.description lines.quantity lines.unit lines.unit_price "
    "lines.discount_percent lines.net lines.vat_rate lines.vat_code lines.ledger_account lines.dimensions "
    "lines.warehouse",
    ("exchange_rate", PARTLY, _("The rate at issue, when it is not 1.")),
    ("lines.vat", NOT, _("Scoro gives VAT for the whole document.")),
    ("vat_totals", NOT, _("Scoro gives VAT for the whole document.")),
    ("bank_account", NOT, ""),
    ("attachments", NOT, _("Scoro makes PDF files on demand; they are not copied.")),
    ("delivery_date", NOT, ""),
    ("order_number", NOT, ""),
)
_SALES = (
    *_DOCUMENT,
    *coverage(
        "paid is_sent interest_percent",
        ("prepaid", PARTLY, _("Where Scoro shows the prepaid sum.")),
        ("credits", PARTLY, _("On credit invoices that name what they credit.")),
    ),
)
_PURCHASES = (
    *_DOCUMENT,
    *coverage("", ("paid", NOT, _("Payments of bills are known from receipts only."))),
)
_PARTIES = coverage(
    "name is_person registry_code vat_number email phone bank_accounts reference_number address.street address.city "
    "address.county address.postal_code address.country",
    ("payment_term_days", NOT, ""),
    ("einvoice_address", NOT, ""),
    ("contact_name", NOT, ""),
)
_ITEMS = coverage(
    "code name description unit sales_price purchase_price vat_code tags is_active",
    ("stock_kind", PARTLY, _("Service or product; stock items are told by their tag.")),
    ("sales_account", PARTLY, _("Scoro's own id of the account.")),
    ("purchase_account", PARTLY, _("Scoro's own id of the account.")),
)
_PAYMENTS = coverage(
    "date amount currency party account allocations",
    ("number", NOT, ""),
    ("note", NOT, ""),
    ("bank_fee", NOT, ""),
)

_FACTS = (
    ("Every call is POST with the key in the JSON body.", "documented", "2"),
    ("Failures arrive with HTTP 200; only `status` tells.", "seen", "4"),
    ("Detailed lists have at most 25 rows a page, plain ones 100.", "seen", "3"),
    ("Rows deleted in the last 30 days can be listed.", "documented", "3"),
    ("The day's requests renew at midnight UTC; headers tell what is left.", "seen", "6"),
    ("40 requests in 2 seconds on the Pro plan.", "seen", "6"),
    ("Products carry tags as names in one text.", "documented", "11"),
    ("`payment_type` credit marks a credit invoice.", "inferred", "8"),
    ("The gross of a document is sum and vat_sum.", "inferred", "8"),
    ("Bounds of date ranges are inclusive.", "inferred", "5"),
    ("A bill's payment names the bill in invoice_id.", "inferred", "10"),
    ("Receipts are written as a group.", "inferred", "10"),
    ("Stamps of documents are in the site's time zone.", "inferred", "7"),
    ("Order of lists.", "unknown", "5"),
    ("How refunds are written.", "unknown", "10"),
)


def _error(match: str, code: str, fate: str = "refused") -> VendorError:
    return VendorError(match=match, code=code, fate=fate)


ERRORS = (
    _error(r"locked|lukus|closed period", "PERIOD_LOCKED", "parked"),
    _error(r"permission|no rights|not allowed|õigus", "RIGHT_MISSING", "misconfigured"),
    _error(r"\bplan\b|subscription|upgrade|pakett", "PLAN_TOO_LOW", "misconfigured"),
    _error(r"contact\w*.*(not found|unknown|does not exist)", "PARTY_GONE_AT_TARGET"),
    _error(r"(invoice|bill)\w*.*(not found|unknown|does not exist)", "PAID_DOCUMENT_GONE_AT_TARGET"),
    _error(r"receipt_account", "BANK_ACCOUNT_REFUSED"),
    _error(r"not found|does not exist", "NOT_FOUND_AT_SOURCE"),
    _error(r"required|must be|invalid|is not a", "TARGET_REFUSED"),
)

MANIFEST = Manifest(
    vendor="scoro",
    name="Scoro",
    service_code="SC",
    country="EE",
    abilities=(Ability.SOURCE, Ability.TARGET),
    reads=(
        DocumentKind.CUSTOMER,
        DocumentKind.SUPPLIER,
        DocumentKind.ITEM,
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
        DocumentKind.PURCHASE_INVOICE,
        DocumentKind.PURCHASE_CREDIT_NOTE,
        DocumentKind.PAYMENT,
    ),
    writes=(DocumentKind.PAYMENT,),
    credentials=(
        CredentialField(
            name="api_key",
            label=_("API key"),
            help=_("Begins with ScoroAPI_. It is kept encrypted and never shown again."),
            placeholder="ScoroAPI_...",
        ),
        CredentialField(
            name="company_account_id",
            label=_("Company account"),
            help=_("Stands beside the key on Scoro's API page. Often the first part of the site's address."),
            is_secret=False,
        ),
        CredentialField(
            name="user_token",
            label=_("User token"),
            help=_("Optional: calls then act with the rights of one user."),
            is_required=False,
        ),
    ),
    settings=(
        SettingField(
            name="site",
            label=_("Site"),
            help=_("Your Scoro address, as it stands in the browser: acme, acme.scoro.com or the whole address."),
            is_required=False,
            placeholder="acme.scoro.com",
        ),
        SettingField(
            name="base_url",
            label=_("Address"),
            help=_("Only for another server than Scoro's own; takes the place of the site."),
            is_required=False,
        ),
        SettingField(
            name="language",
            label=_("Language of texts"),
            is_required=False,
            default="est",
            choices=(
                ("est", _("Estonian")),
                ("eng", _("English")),
                ("fin", _("Finnish")),
                ("rus", _("Russian")),
            ),
        ),
        SettingField(
            name="time_zone",
            label=_("Time zone of the site"),
            help=_("Scoro gives times of change without a zone."),
            is_required=False,
            default="Europe/Tallinn",
        ),
        SettingField(
            name="prefetch",
            label=_("Pages read ahead"),
            help=_("How many pages of a long list are asked for at once."),
            is_required=False,
            default="4",
        ),
        *LIMITS_SETTINGS,
    ),
    default_host="https://{site}.scoro.com",
    key_steps=(
        _("Sign in to Scoro as an administrator of the site."),
        _("Open Settings > Site settings > Integrations > Scoro API (in older sites Settings > External connections)."),
        _("If the page shows no key, the API of your account is not activated: ask Scoro to activate it."),
        _("Copy the API key and the company account into the fields of this page."),
        _("Paste the site's address, then test the connection."),
    ),
    key_url="https://{site}.scoro.com/settings",
    rights=(
        _("Invoices, bills, receipts, contacts and products: read"),
        _("Receipts: add, when payments are sent to Scoro"),
    ),
    plans=_("The API must be activated for the account. How many requests a day it allows depends on the plan."),
    support_owner=_("Scoro support, for activating the API and for plans."),
    limits=Limits(
        per_window=40,
        window_s=2.0,
        concurrency=8,
        source="x-ratelimit and x-daily-requests headers; vendor sheet section 6",
    ),
    coverage={
        DocumentKind.CUSTOMER: _PARTIES,
        DocumentKind.SUPPLIER: _PARTIES,
        DocumentKind.ITEM: _ITEMS,
        DocumentKind.SALES_INVOICE: _SALES,
        DocumentKind.SALES_CREDIT_NOTE: _SALES,
        DocumentKind.PURCHASE_INVOICE: _PURCHASES,
        DocumentKind.PURCHASE_CREDIT_NOTE: _PURCHASES,
        DocumentKind.PAYMENT: _PAYMENTS,
    },
    errors=ERRORS,
    facts=tuple(
        Fact(text=text, confidence=Confidence(confidence), source=f"vendor sheet, section {section}")
        for text, confidence, section in _FACTS
    ),
)
