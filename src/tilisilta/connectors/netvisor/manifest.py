"""What Netvisor is, as data. Sources name chapters of the vendor sheet."""

from tilisilta.connectors.netvisor.coverage import COVERAGE
from tilisilta.connectors.netvisor.options import (
    DEFAULT_PAYMENT_METHODS,
    DEFAULT_PRODUCT_GROUP,
    DEFAULT_VOUCHER_CLASS,
)
from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import (
    BASE_URL_SETTING,
    LIMITS_SETTINGS,
    Ability,
    Confidence,
    CredentialField,
    Fact,
    Limits,
    Manifest,
    SettingField,
    VendorError,
    gettext_noop,
)

_ = gettext_noop

_FACTS = (
    (
        "Ten values joined by & are signed with HMAC-SHA256 over both keys; the partner id is not among them.",
        "seen",
        "3",
    ),
    ("One request at a time for a company.", "documented", "2"),
    ("A transaction id serves once, over all customers of the partner.", "documented", "3"),
    ("Elements stand in the order of the DTD.", "documented", "2"),
    ("Comma and point are both taken as decimal mark; answers mostly have a comma.", "seen", "2"),
    ("Dates of answers come as 2025-03-31 and as 31.3.2025.", "seen", "2"),
    ("accounting.nv takes one voucher a request and knows no duplicates.", "documented", "6.1"),
    ("In net mode a voucher is stored as sent.", "documented", "6.1"),
    ("accountingedit.nv replaces the lines of a voucher; the old ones become invalidated.", "documented", "6.5"),
    ("The ledger shows each voucher's state, lines, VAT codes and description.", "documented", "6.2"),
    ("Unknown dimensions are made on the fly, so ours are looked up before.", "documented", "6.1"),
    (
        "A credit note is an invoice with negative quantity and total, matched by a call of its own.",
        "documented",
        "7.4",
    ),
    ("The sum of a row counts only together with its VAT.", "seen", "7.4"),
    ("Attachments of a purchase invoice need the source finvoice.", "documented", "7.6"),
    ("A vendor is chosen by code, name or business id, not by key.", "documented", "7.6"),
    ("The interface is in Professional, Premium and the payroll package.", "documented", "1"),
    ("A missing right is answered SERVICE_ACCESS_ERROR.", "inferred", "1"),
    ("A locked date is answered PERIOD_LOCK.", "inferred", "6.1"),
    ("Everything up to a lock date is closed; there are three such dates.", "inferred", "6.4"),
    ("Invoice numbers are whole numbers.", "inferred", "7.4"),
    ("A purchase credit note has negative quantity and sum.", "inferred", "7.6"),
    ("The value date is the date in the books.", "inferred", "7.4"),
    ("Which code a package without the interface is answered with.", "unknown", "5"),
    ("HTTP status of each error, and the texts.", "unknown", "5"),
    ("Rates that go with a VAT code.", "unknown", "8"),
    ("Lengths of texts in accounting.nv.", "unknown", "9.3"),
)


def _error(match: str, code: str, fate: str = "refused") -> VendorError:
    return VendorError(match=match, code=code, fate=fate)


# Matched over "CODE :: text", by the code alone. What INVALID_DATA means is found out by reading the lists again.
ERRORS = (
    _error(r"\APERIOD_LOCK\b", "PERIOD_LOCKED", "parked"),
    _error(r"\ASERVICE_ACCESS_ERROR\b", "RIGHT_MISSING", "misconfigured"),
    _error(r"\AAUTHENTICATION_FAILED\b", "KEY_REFUSED", "misconfigured"),
    _error(r"\AINVALID_DATA_SIZE\b", "DATA_TOO_LARGE_FOR_TARGET"),
    _error(r"\ADUPLICATE_DATA\b", "ALREADY_AT_TARGET"),
    _error(r"\AINVALID_DATA\b", "TARGET_REFUSED"),
    _error(r"\ASYSTEM_MAINT[AE]NANCE\b", "NETVISOR_MAINTENANCE", "retry"),
)

_CREDENTIALS = (
    CredentialField(
        name="customer_id",
        label=_("API id"),
        help=_("From your own user in Netvisor: API identifiers."),
        is_secret=False,
    ),
    CredentialField(
        name="customer_key",
        label=_("API key"),
        help=_("Shown beside the API id. It is kept encrypted and never shown again."),
    ),
    CredentialField(
        name="organisation_id",
        label=_("Business id of the company"),
        help=_("The company whose books these are."),
        is_secret=False,
        placeholder="1234567-8",
    ),
    CredentialField(
        name="partner_id",
        label=_("Partner id"),
        help=_("Issued by Netvisor for this integration."),
        is_secret=False,
    ),
    CredentialField(
        name="partner_key",
        label=_("Partner key"),
        help=_("Issued together with the partner id. Test keys do not work in production."),
    ),
    CredentialField(
        name="sender",
        label=_("Name of the integration"),
        help=_("Under which Netvisor knows the sender; plain letters without accents."),
        is_secret=False,
        placeholder="Tilisilta",
    ),
)

_SETTINGS = (
    BASE_URL_SETTING,
    SettingField(
        name="algorithm",
        label=_("Signature"),
        help=_("The older ones are being removed by Netvisor."),
        is_required=False,
        default="HMACSHA256",
        choices=(("HMACSHA256", "HMAC-SHA256"), ("SHA256", "SHA-256"), ("MD5", "MD5")),
    ),
    SettingField(
        name="language",
        label=_("Language of Netvisor's messages"),
        is_required=False,
        default="FI",
        choices=(("FI", _("Finnish")), ("EN", _("English")), ("SE", _("Swedish"))),
    ),
    SettingField(
        name="voucher_class",
        label=_("Voucher type of entries"),
        help=_("Full name as it stands in Netvisor."),
        is_required=False,
        default=DEFAULT_VOUCHER_CLASS,
    ),
    SettingField(
        name="replacing",
        label=_("When a voucher is sent again"),
        is_required=False,
        default="edit",
        choices=(
            ("edit", _("Replace the rows of the old voucher")),
            ("invalidate", _("Invalidate the old voucher and make a new one")),
        ),
    ),
    SettingField(
        name="invoice_status",
        label=_("Sales invoices begin as"),
        is_required=False,
        default="open",
        choices=(("open", _("Open: posted at once")), ("unsent", _("Unsent: posted when sent in Netvisor"))),
    ),
    SettingField(
        name="numbering",
        label=_("Invoice numbers that are not whole numbers"),
        is_required=False,
        default="stop",
        choices=(
            ("stop", _("Stop the invoice")),
            ("netvisor", _("Let Netvisor number it; ours goes to “our reference”")),
        ),
    ),
    SettingField(
        name="match_credit_notes",
        label=_("Match credit notes with their invoices"),
        is_required=False,
        default="on",
        choices=(("on", _("On")), ("off", _("Off"))),
    ),
    SettingField(
        name="rounding_product",
        label=_("Product for roundings"),
        help=_("NetvisorKey of a product for the rounding row of sales invoices."),
        is_required=False,
    ),
    SettingField(
        name="purchase_round",
        label=_("Purchase invoices begin as"),
        is_required=False,
        default="open",
        choices=(("open", _("Open")), ("approved", _("Approved")), ("accepted", _("Accepted"))),
    ),
    SettingField(
        name="purchase_ready",
        label=_("Purchase invoices are ready for accounting"),
        is_required=False,
        default="off",
        choices=(("on", _("On")), ("off", _("Off"))),
    ),
    SettingField(
        name="product_group",
        label=_("Product group of new products"),
        is_required=False,
        default=DEFAULT_PRODUCT_GROUP,
    ),
    SettingField(
        name="payment_methods",
        label=_("Payment methods and bank accounts"),
        help=_(
            "Names of payment methods as in Netvisor, and IBANs, separated by commas; Netvisor has no list to read."
        ),
        is_required=False,
        default=DEFAULT_PAYMENT_METHODS,
    ),
    *LIMITS_SETTINGS,
)

MANIFEST = Manifest(
    vendor="netvisor",
    name="Netvisor",
    service_code="NV",
    country="FI",
    abilities=(Ability.TARGET,),
    writes=(
        DocumentKind.CUSTOMER,
        DocumentKind.SUPPLIER,
        DocumentKind.ITEM,
        DocumentKind.SALES_INVOICE,
        DocumentKind.SALES_CREDIT_NOTE,
        DocumentKind.PURCHASE_INVOICE,
        DocumentKind.PURCHASE_CREDIT_NOTE,
        DocumentKind.PAYMENT,
        DocumentKind.JOURNAL_ENTRY,
    ),
    credentials=_CREDENTIALS,
    settings=_SETTINGS,
    default_host="https://integration.netvisor.fi",
    key_steps=(
        _("Sign in to Netvisor as a user whose rights this integration shall have; the keys live as long as they do."),
        _("Open your own user's settings and create API identifiers; copy the API id and the API key."),
        _("Let an administrator add the integration to the company and grant it every resource listed here."),
        _("Enter the partner id and key that Netvisor issued for the integration, and its name."),
        _("Enter the business id of the company, save, and test the connection."),
    ),
    key_url="https://login.netvisor.fi",
    rights=(
        _("accounting.nv, accountingedit.nv, invalidatevouchers.nv: write vouchers"),
        _("accountingledger.nv, accountlist.nv, accountingperiodlist.nv: read the books"),
        _("dimensionlist.nv, vouchertypelist.nv: read dimensions and voucher types"),
        _("customer.nv, customerlist.nv, getcustomer.nv: customers"),
        _("vendor.nv, getvendor.nv: suppliers"),
        _("product.nv, productlist.nv: products"),
        _("salesinvoice.nv, salesinvoicelist.nv, getsalesinvoice.nv, matchcreditnote.nv: sales invoices"),
        _("purchaseinvoice.nv, purchaseinvoicepostingdata.nv: write purchase invoices"),
        _("purchaseinvoicelist.nv, getpurchaseinvoice.nv: read purchase invoices"),
        _("salespayment.nv, salespaymentlist.nv: payments of sales invoices"),
    ),
    plans=_(
        "The interface is part of the Professional, Premium and payroll packages; Basic, Starter and Core lack it."
    ),
    support_owner=_("Netvisor support, for keys, packages, rights and locked periods."),
    limits=Limits(concurrency=1, source="vendor sheet section 2: one request at a time for a company"),
    coverage=COVERAGE,
    errors=ERRORS,
    facts=tuple(
        Fact(text=text, confidence=Confidence(confidence), source=f"vendor sheet, section {section}")
        for text, confidence, section in _FACTS
    ),
)
