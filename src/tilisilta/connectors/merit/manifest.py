"""What Merit Aktiva is, as data. Sources name chapters of the vendor sheet."""

from tilisilta.connectors.merit.coverage import COVERAGE
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
    ("Each call has its own version of the path; a wrong one is answered 404.", "documented", "1"),
    ("The key is used as text, the body is signed as it is sent, the stamp is in UTC.", "documented", "2"),
    ("The interface needs the Pro or Premium plan; others are answered api-wronglicense.", "documented", "1"),
    ("Keys of one country do not work in another.", "documented", "1"),
    ("More than the limit is answered 429 with Retry-After.", "documented", "3"),
    ("Lists span three months, the full ledger 31 days; nothing is paged.", "documented", "3, 7"),
    ("The sums of an invoice must be those of its rows, each rounded to two decimals.", "documented", "6"),
    ("A credit note is an invoice with negative quantities and total; its VAT stays positive.", "documented", "6"),
    ("The printed number and the number in the ledger are two.", "documented", "6"),
    ("No call changes an invoice or a ledger batch.", "documented", "6, 7"),
    ("Purchase invoices are paid in full only.", "documented", "8"),
    ("A stack trace may come with status 200.", "seen", "3"),
    ("The same invoice number is taken twice.", "seen", "6"),
    ("An unfiltered list of customers fails in large companies.", "seen", "5"),
    ("A list is answered with an object when it has one row.", "documented", "5"),
    ("The rate of a currency is what one euro costs.", "inferred", "6"),
    ("A tax on a row of a ledger batch needs the amount of its VAT.", "inferred", "7"),
    ("What the codes of ledger batches stand for.", "inferred", "7"),
    ("How many requests a minute a key may make: 60 or 100.", "unknown", "3"),
    ("How far a stamp may be off.", "unknown", "2"),
    ("Whether UnPaid means unpaid ones only or unpaid ones too; both are asked for.", "unknown", "6"),
    ("Whether a payment changes its invoice's time of change.", "unknown", "6"),
)


def _error(match: str, code: str, fate: str = "refused") -> VendorError:
    return VendorError(match=match, code=code, fate=fate)


ERRORS = (
    _error(r"api-wronglicense", "PLAN_TOO_LOW", "misconfigured"),
    _error(r"api-(invalid|wrong)signature", "KEY_REFUSED", "misconfigured"),
    _error(r"api-missingurlparam", "KEY_UNKNOWN_IN_COUNTRY", "misconfigured"),
    _error(r"Periood liiga pikk", "PERIOD_TOO_LONG"),
    _error(r"periood.*(suletud|lukus)|period.*(locked|closed)", "PERIOD_LOCKED", "parked"),
    _error(r"(Kliendil|Hankijal) mõni kohustuslik väli puudu", "PARTY_FIELDS_MISSING"),
    _error(r"api-(cust|vend)exists", "PARTY_NAME_TAKEN"),
    _error(r"api-uomexsist|on juba olemas|api-\w*exists", "ALREADY_AT_TARGET"),
    _error(r"Tasutud arvet ei saa kustutada", "PAID_INVOICE_STAYS"),
    _error(r"saatja e-mail täitmata|puudub e-posti aadress", "EMAIL_NOT_SET_UP"),
    _error(r"api-noeinv|E-arve on juba saadetud", "EINVOICE_NOT_SENT"),
    _error(r"Puudub (klient|hankija) nimega|(Klienti|Hankijat) ei leitud", "PARTY_GONE_AT_TARGET"),
    _error(r"summa .* ei vasta", "SUMS_REFUSED"),
    _error(r"deebet .* kreedit .* ei ole võrdsed", "ENTRY_NOT_BALANCED"),
    _error(r"Tasuda saab ainult kogu summa", "PAYMENT_NOT_IN_FULL"),
    _error(r"Makse summa|on juba tasutud", "PAYMENT_TOO_LARGE"),
    _error(r"Käibemaksu .*ei leitud", "VAT_CODE_REFUSED"),
    _error(r"(Makseviisi|Pangakontot).*ei leitud", "BANK_ACCOUNT_REFUSED"),
    _error(r"Kontot .*ei leitud", "ACCOUNT_REFUSED"),
    _error(r"(Osakonda|Projekti|Kulukohta|Dimensiooni väärtust) .*ei leitud", "DIMENSION_REFUSED"),
    _error(r"Ladu .*ei leitud", "WAREHOUSE_REFUSED"),
    _error(r"Artiklit .*ei leitud", "ITEM_GONE_AT_TARGET"),
    _error(r"(Arvet|Kannet|Makset)( .*)? ei leitud", "NOT_FOUND_AT_TARGET"),
    _error(r"liiga pikk ?\(max|liiga palju ridu", "DATA_TOO_LARGE_FOR_TARGET"),
    _error(r"Valuutat .*ei leitud|Välisvaluuta", "CURRENCY_REFUSED"),
    _error(r"ItemCostAmount", "STOCK_COST_MISSING"),
    _error(r"kohustuslik väli puudu|väärtus ei ole lubatud", "TARGET_REFUSED"),
)

_SETTINGS = (
    SettingField(
        name="country",
        label=_("Country"),
        help=_("Whose Merit the company uses. Keys of one country do not work in another."),
        is_required=False,
        default="EE",
        choices=(
            ("EE", _("Estonia: Merit Aktiva")),
            ("FI", _("Finland: Passeli Merit")),
            ("FI_OLD", _("Finland: Merit Aktiva, the former address")),
            ("PL", _("Poland: 360 Księgowość")),
        ),
        leads=True,
    ),
    BASE_URL_SETTING,
    SettingField(
        name="signing",
        label=_("Signing of calls"),
        help=_("As the manual says; or, when that is refused, once more in the ways of older programs."),
        is_required=False,
        default="strict",
        choices=(("strict", _("Strict")), ("lenient", _("Lenient"))),
    ),
    SettingField(
        name="mark_sales",
        label=_("Our mark on sales invoices"),
        help=_("Put into the comment below the rows, where the customer sees it; it makes finding again certain."),
        is_required=False,
        default="off",
        choices=(("off", _("Off")), ("on", _("On"))),
    ),
    SettingField(
        name="read_back",
        label=_("Reading back"),
        help=_("Each invoice is looked at once it is in Merit, and its total compared. Off halves the requests."),
        is_required=False,
        default="on",
        choices=(("on", _("On")), ("off", _("Off"))),
    ),
    SettingField(
        name="batch_codes",
        label=_("Codes of ledger batches"),
        help=_("What your codes stand for, as in: PK=payroll_run, KD=vat_return. For counting only."),
        is_required=False,
        is_rare=True,
    ),
    SettingField(
        name="versions",
        label=_("Versions of calls"),
        help=_("Only when the maker says so, as in: getinvoices=1, sendinvoice=1."),
        is_required=False,
        is_rare=True,
    ),
    *LIMITS_SETTINGS,
)

MANIFEST = Manifest(
    vendor="merit",
    name="Merit Aktiva",
    service_code="MER",
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
        DocumentKind.JOURNAL_ENTRY,
    ),
    credentials=(
        CredentialField(
            name="api_id",
            label=_("API id"),
            help=_("From Settings > API settings in Merit."),
            is_secret=False,
        ),
        CredentialField(
            name="api_key",
            label=_("API key"),
            help=_("Stands beside the id. It is kept encrypted and never shown again."),
        ),
    ),
    settings=_SETTINGS,
    default_host="https://aktiva.merit.ee",
    key_steps=(
        _("Sign in to Merit as an administrator of the company."),
        _("Open Settings > API settings (Seaded > API seadistus)."),
        _("Make a key and give it a name that tells what it is for."),
        _("Copy the API id and the API key into the fields of this page, and choose the country."),
        _("Test the connection. If the plan is refused, the company needs Pro or Premium."),
    ),
    key_url="https://aktiva.merit.ee",
    rights=(_("A key of Merit may do everything in its company; there are no lesser ones."),),
    plans=_("The API is part of the Pro and Premium plans of the company's creator; Standard does not have it."),
    support_owner=_("Merit support, for keys and plans."),
    limits=Limits(per_minute=60, concurrency=4, source="vendor sheet section 3: 60 a minute for a key"),
    coverage=COVERAGE,
    errors=ERRORS,
    built_in_parties=(),
    facts=tuple(
        Fact(text=text, confidence=Confidence(confidence), source=f"vendor sheet, section {section}")
        for text, confidence, section in _FACTS
    ),
)
