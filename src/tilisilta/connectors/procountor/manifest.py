"""What Procountor is, as data. Sources name chapters of the vendor sheet."""

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.coverage import COVERAGE
from tilisilta.connectors.procountor.errors import ERRORS
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
    gettext_noop,
)

_ = gettext_noop

_FACTS = (
    ("An API key is exchanged for a token; one key opens one company.", "documented", "2.1"),
    ("The redirect address is sent when there is one; programs do it either way.", "inferred", "2.1"),
    ("A token lives an hour and is asked for again with the key.", "seen", "2.1"),
    ("Names and business ids are searched by header and never stand in an address.", "documented", "3"),
    ("Lists have at most 200 rows a page; keys below the last one go on.", "documented", "3"),
    ("A record is changed with the version that was read, byte for byte.", "documented", "3"),
    ("No idempotency key and no request limit are published.", "unknown", "3"),
    ("An invoice is always made unfinished; its rows have no account.", "documented", "4"),
    ("Accounts stand on the accounting page; it is rewritten whole, before approval.", "documented", "6"),
    ("Rows of the page follow the rows of the invoice.", "inferred", "6"),
    ("Values are net and VAT is added by row; debit is positive.", "documented", "6"),
    ("Editing an invoice makes its accounting page anew under another id.", "documented", "6"),
    ("A page that nobody saved has the version it was made with.", "inferred", "6"),
    ("A credit note is an invoice with negative quantities.", "inferred", "4.2"),
    ("With circulation in use, a purchase goes into it before it is approved.", "inferred", "4.4"),
    ("A sale that is approved and marked sent leaves Procountor nowhere when its channel is none.", "unknown", "4.4"),
    ("Numbers of VAT statuses differ; they are read from the company and never written here.", "documented", "7"),
    ("An event marked paid cannot be undone by a program; a person must confirm it.", "documented", "2.4"),
    ("Marking paid twice books it twice.", "inferred", "8"),
    ("Paying an invoice changes its version, so that its payments are found by it.", "inferred", "8"),
    ("Attachments hold at most 10,000,000 bytes.", "documented", "9"),
    ("The vendor's page of all error codes was not to be had; unknown ones are shown as they come.", "unknown", "10"),
)

_CREDENTIALS = (
    CredentialField(
        name="client_id",
        label=_("Client id"),
        help=_("Issued by Procountor for this integration; the API key is made for it."),
        is_secret=False,
    ),
    CredentialField(
        name="client_secret",
        label=_("Client secret"),
        help=_("Issued together with the client id."),
    ),
    CredentialField(
        name="redirect_uri",
        label=_("Redirect address"),
        help=_("Fixed by Procountor for the client id. Leave empty when none was issued."),
        is_secret=False,
        is_required=False,
    ),
    CredentialField(
        name="api_key",
        label=_("API key"),
        help=_("Made in Procountor for the client id. It is kept encrypted and never shown again."),
    ),
)

_SETTINGS = (
    BASE_URL_SETTING,
    SettingField(
        name="bank_account",
        label=_("Bank account of sales invoices"),
        help=_("IBAN of one of the company's own accounts in Procountor. Leave empty for its default account."),
        is_required=False,
    ),
    SettingField(
        name="language",
        label=_("Language of sales invoices"),
        is_required=False,
        default="FINNISH",
        choices=(
            ("FINNISH", _("Finnish")),
            ("SWEDISH", _("Swedish")),
            ("ENGLISH", _("English")),
            ("ESTONIAN", _("Estonian")),
            ("NORWEGIAN", _("Norwegian")),
            ("DANISH", _("Danish")),
        ),
    ),
    SettingField(
        name="circulation",
        label=_("Approvers of purchase invoices"),
        help=_("Where approval circulation is in use in Procountor."),
        is_required=False,
        default="company",
        choices=(
            ("company", _("As the company or the supplier has them")),
            ("key_user", _("The user of the key alone")),
            ("nobody", _("Nobody")),
        ),
    ),
    SettingField(
        name="journal_status",
        label=_("Journals begin as"),
        is_required=False,
        default="approved",
        choices=(("approved", _("Approved")), ("unfinished", _("Unfinished"))),
    ),
    SettingField(
        name="vat_accounts",
        label=_("Accounts of the VAT itself"),
        help=_(
            "Procountor adds the VAT of each row by itself, so lines on these accounts are not sent again. Leave empty "
            "to have them told by their names in the chart."
        ),
        is_required=False,
    ),
    SettingField(
        name="no_vat_status",
        label=_("VAT status of rows without VAT handling"),
        help=_("Its number in Procountor. Leave empty to have it told by its name."),
        is_required=False,
    ),
    *LIMITS_SETTINGS,
)

MANIFEST = Manifest(
    vendor="procountor",
    name="Procountor",
    service_code="PC",
    country="FI",
    abilities=(Ability.TARGET, Ability.POSTINGS, Ability.OWN_BANK, Ability.FILES_ONCE),
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
    default_host="https://api.procountor.com",
    key_steps=(
        _("In Procountor, open Management > Company info > Usage settings and allow invoiceable API clients."),
        _("Make a technical user that may only log in by API, with the rights listed here; accountant is enough."),
        _("Open Basics > API keys > New API key, and choose that user. The company shown there is the key's company."),
        _("Enter the client id of this integration, press Create, and copy the key; it is shown once."),
        _("Paste the key here, save, and test the connection: the company of the key is shown."),
    ),
    key_url="https://web.procountor.com",
    # i18n: Procountor's own names of rights stand in front.
    rights=(
        _("sales.salesOrGroupInvoices: sales invoices"),
        _("sales.customerRegister: customers"),
        _("sales.productRegister: products that are sold"),
        _("purchases.purchaseInvoices: purchase invoices"),
        _("purchases.supplierRegister: suppliers"),
        _("purchases.productRegister: products that are bought"),
        _("invoiceCirculation.approval: approve purchase invoices, where circulation is in use"),
        _("payments.markAsPaid: mark invoices paid"),
        _("payments.payment: read payments, for counting"),
        _("accounting.journalReceipts: journals"),
        _("accounting.preventEditingAccountingPage off: rewrite accounting pages"),
        _("accounting.preventCreatingEditingInvoices off: create invoices"),
    ),
    plans=_("The API is an add-on of Procountor, and each connected program has a monthly fee of its own."),
    support_owner=_("Procountor support, for keys, rights and closed periods."),
    limits=Limits(
        per_minute=assumptions.REQUESTS_A_MINUTE,
        concurrency=4,
        source="vendor sheet section 3: no figure is published; 60 a minute is our own caution",
    ),
    coverage=COVERAGE,
    errors=ERRORS,
    facts=tuple(
        Fact(text=text, confidence=Confidence(confidence), source=f"vendor sheet, section {section}")
        for text, confidence, section in _FACTS
    ),
)
