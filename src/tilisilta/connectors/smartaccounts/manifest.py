"""What SmartAccounts is, as data. Sources name chapters of the vendor sheet."""

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
    FieldCoverage,
    Limits,
    Manifest,
    SettingField,
    VendorError,
    coverage,
    gettext_noop,
)

_ = gettext_noop


_LINES = (
    "lines.item_code lines.description lines.quantity lines.unit lines.unit_price lines.net lines.vat_code "
    "lines.ledger_account"
)
_INVOICE_NOT = (
    ("prepaid", NOT, _("SmartAccounts has no prepaid amount on an invoice; the document says so in a warning.")),
    ("bank_account", NOT, _("The bank account printed on an invoice comes from SmartAccounts' own settings.")),
    ("delivery_date", NOT, ""),
    ("period_from", NOT, ""),
    ("period_to", NOT, ""),
    ("our_reference", NOT, ""),
    ("your_reference", NOT, ""),
    ("order_number", NOT, ""),
    ("lines.vat", NOT, _("SmartAccounts computes the VAT of a row from its VAT code.")),
    ("lines.period_from", NOT, ""),
    ("lines.period_to", NOT, ""),
    ("lines.warehouse", PARTLY, _("One warehouse for the whole document.")),
    ("lines.dimensions", PARTLY, _("One dimension for each row.")),
    ("dimensions", PARTLY, _("One dimension for the document.")),
    ("attachments", NOT, _("Files stay with the document in Tilisilta; add them in SmartAccounts by hand.")),
    ("paid", NOT, _("Payments travel as documents of their own.")),
    ("exchange_rate", PARTLY, _("Sent only for currencies without a rate of the European Central Bank.")),
    ("rounding", PARTLY, _("Inside the total, where SmartAccounts shows it as rounding.")),
)
_SALES = coverage(
    "number date due_date entry_date currency party net vat gross reference_number note interest_percent "
    f"lines.discount_percent {_LINES}",
    *_INVOICE_NOT,
)
_PURCHASES = coverage(
    f"number date due_date entry_date currency party net vat gross reference_number {_LINES}",
    *_INVOICE_NOT,
    ("note", PARTLY, _("Put into the comment.")),
    ("lines.discount_percent", PARTLY, _("Purchase rows have no discount; it is worked into the price.")),
    ("interest_percent", NOT, ""),
)
_PARTIES = coverage(
    "name registry_code vat_number email phone contact_name bank_accounts payment_term_days address.city "
    "address.county address.postal_code address.country",
    ("address.street", PARTLY, _("Two lines of 64 characters; what is longer is cut, with a warning.")),
    ("reference_number", PARTLY, _("Customers only.")),
    ("einvoice_address", NOT, ""),
    ("einvoice_operator", NOT, ""),
    ("is_person", NOT, ""),
)
_ITEMS = coverage(
    "code name unit stock_kind sales_price purchase_price vat_code sales_account purchase_account is_active",
    ("description", PARTLY, _("SmartAccounts has one text; the name goes first.")),
    ("tags", NOT, ""),
)
_PAYMENTS = coverage(
    "date amount currency party account is_cash allocations number note",
    ("bank_fee", PARTLY, _("When an account for bank fees is chosen.")),
    ("reference_number", NOT, ""),
)

_FACTS = (
    ("The query is signed percent-encoded, as it is sent, with the body behind it.", "documented", "2"),
    ("The stamp is in Estonian time and is refused when 15 minutes off.", "documented", "2"),
    ("60 requests a minute and 1000 in 24 hours; more are answered 503.", "documented", "3"),
    ("With totalAmount given, the difference to the server's own total goes to roundAmount.", "documented", "4.4"),
    ("An invoice is posted at once; there is no draft.", "documented", "4.4"),
    ("Stock movements arise from documents with a warehouse; none can be created.", "documented", "4.10"),
    ("Changes can be listed with seconds, with ids removed since.", "documented", "3"),
    ("Emoji make texts fail.", "seen", "3"),
    ("Address lines hold 64 characters.", "seen", "3"),
    ("Two rows of a netting payment are both positive.", "seen", "4.6"),
    ("A purchase credit note is an invoice with negative quantities.", "inferred", "4.5"),
    ("A credit note (CRE) has positive quantities and may lack its base.", "inferred", "4.4"),
    ("The list of warehouses is at settings/warehouses.", "inferred", "4.8"),
    ("A payment without rows for all of it goes out with a prepayment.", "inferred", "4.6"),
    ("How money paid back is entered.", "unknown", "4.6"),
    ("The exact shape of refusals.", "unknown", "3"),
)


def _error(match: str, code: str, fate: str = "refused") -> VendorError:
    return VendorError(match=match, code=code, fate=fate)


ERRORS = (
    _error(r"PERIOD-LOCKED|period\b.*\block|periood.*lukus|locked period", "PERIOD_LOCKED", "parked"),
    _error(r"NO-RIGHTS|no rights?\b|access denied|not permitted|puudub õigus", "RIGHT_MISSING", "misconfigured"),
    _error(r"package|pakett|\bplan\b.*\bAPI\b", "PLAN_TOO_LOW", "misconfigured"),
    _error(r"API (service )?(is )?not (activated|enabled|switched)", "API_NOT_ACTIVATED", "misconfigured"),
    _error(
        r"(CLIENT|VENDOR)-NOT-FOUND|(client|vendor)( by id)? not found|(klienti|hankijat) ei leitud",
        "PARTY_GONE_AT_TARGET",
    ),
    _error(r"ARTICLE-NOT-(FOUND|ACTIVE)|article not found|artiklit ei leitud", "ITEM_GONE_AT_TARGET"),
    _error(r"VAT-PC-NOT|VAT code (not found|.* is not)|käibemaksukood", "VAT_CODE_REFUSED"),
    _error(r"(BANK|CASH)-ACCOUNT-NOT-FOUND|(bank|cash) account not found", "BANK_ACCOUNT_REFUSED"),
    _error(r"ACCOUNT-NOT-FOUND|account not found|kontot ei leitud", "ACCOUNT_REFUSED"),
    _error(r"larger than outstanding|suurem kui tasumata", "PAYMENT_TOO_LARGE"),
    _error(r"PAYMENT-ROW-NOT-FOUND", "PAID_DOCUMENT_GONE_AT_TARGET"),
    _error(r"CREDIT-INVOICE-ENTRY-EARLIER-THAN-BASE", "CREDIT_BEFORE_INVOICE"),
    _error(r"NOT-ENOUGH-IN-STOCK|not enough in stock|laos ei ole piisavalt", "STOCK_TOO_LOW"),
    _error(r"WAREHOUSE-NOT-FOUND", "WAREHOUSE_REFUSED"),
    _error(r"OBJECT-NOT-FOUND", "DIMENSION_REFUSED"),
    _error(r"-EXISTS\b|already exists|juba olemas", "ALREADY_AT_TARGET"),
    _error(r"EXCHANGE-RATE-REQUIRED", "EXCHANGE_RATE_MISSING"),
    _error(r"\bNOT-FOUND\b|by id not found", "NOT_FOUND_AT_TARGET"),
    _error(r"REQUIRED|is required|INVALID-|TOO-LONG", "TARGET_REFUSED"),
)

MANIFEST = Manifest(
    vendor="smartaccounts",
    name="SmartAccounts",
    service_code="SA",
    country="EE",
    abilities=(Ability.TARGET, Ability.SOURCE),
    reads=(DocumentKind.PAYMENT,),
    writes=(
        DocumentKind.CUSTOMER,
        DocumentKind.SUPPLIER,
        DocumentKind.ITEM,
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
        DocumentKind.PURCHASE_INVOICE,
        DocumentKind.PURCHASE_CREDIT_NOTE,
        DocumentKind.PAYMENT,
    ),
    credentials=(
        CredentialField(
            name="api_key",
            label=_("Public key"),
            help=_("From Settings > Connected services in SmartAccounts."),
            is_secret=False,
        ),
        CredentialField(
            name="api_secret",
            label=_("Secret key"),
            help=_("Stands beside the public key. It is kept encrypted and never shown again."),
        ),
    ),
    settings=(
        BASE_URL_SETTING,
        SettingField(
            name="language",
            label=_("Language of SmartAccounts' messages"),
            is_required=False,
            default="en",
            choices=(("en", _("English")), ("et", _("Estonian"))),
        ),
        SettingField(
            name="warehouses",
            label=_("Warehouses"),
            help=_("Names of your warehouses, separated by commas. Fill in only when the list stays empty."),
            is_required=False,
        ),
        *LIMITS_SETTINGS,
    ),
    default_host="https://sa.smartaccounts.eu",
    key_steps=(
        _("Sign in to SmartAccounts as an administrator of the company."),
        _("Open Settings > Connected services (Seaded > Liidetud teenused)."),
        _("Switch the API service on. If it is not offered, the company's package does not include it."),
        _("Copy the public key and the secret key into the fields of this page."),
        _("Give the API user group the rights listed here, then test the connection."),
    ),
    key_url="https://sa.smartaccounts.eu",
    rights=(
        _("Clients and vendors: read and add"),
        _("Articles: read and add"),
        _("Sales and purchase invoices: read and add"),
        _("Payments: read and add"),
        _("Settings lists: read"),
    ),
    plans=_("The API is part of the Pro package; the Starter package does not have it."),
    support_owner=_("SmartAccounts support, for keys, packages and rights."),
    limits=Limits(
        per_minute=60, per_day=1000, concurrency=8, source="SmartAccounts API v1.7, limits; vendor sheet section 3"
    ),
    coverage={
        DocumentKind.CUSTOMER: _PARTIES,
        DocumentKind.SUPPLIER: _PARTIES,
        DocumentKind.ITEM: _ITEMS,
        DocumentKind.SALES_INVOICE: _SALES,
        DocumentKind.SALES_CREDIT_NOTE: (
            *_SALES,
            FieldCoverage(field="credits", carried=PARTLY, note=_("One credited invoice.")),
        ),
        DocumentKind.PURCHASE_INVOICE: _PURCHASES,
        DocumentKind.PURCHASE_CREDIT_NOTE: (
            *_PURCHASES,
            FieldCoverage(field="credits", carried=NOT, note=_("Purchases cannot name what they credit.")),
        ),
        DocumentKind.PAYMENT: _PAYMENTS,
    },
    errors=ERRORS,
    built_in_parties=("Maksu- ja Tolliamet",),
    facts=tuple(
        Fact(text=text, confidence=Confidence(confidence), source=f"vendor sheet, section {section}")
        for text, confidence, section in _FACTS
    ),
)
