"""What Maestro is, as data. The vendor publishes no interface; sources are its guides and the vendor sheet."""

from tilisilta.connectors.maestro import assumptions
from tilisilta.core.documents import DocumentKind
from tilisilta.kit.manifest import (
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

_SALES = coverage(
    "number date due_date delivery_date period_from period_to currency party net vat gross rounding prepaid vat_totals "
    "reference_number bank_account payment_method interest_percent note our_reference your_reference order_number "
    "exchange_rate lines.item_code lines.item_name lines.description lines.quantity lines.unit lines.unit_price "
    "lines.discount_percent lines.net lines.vat lines.vat_rate lines.vat_treatment lines.period_from lines.period_to",
    ("attachments", NOT, _("The invoice's own picture goes along as a PDF; other files do not.")),
    (
        "lines.vat_code",
        PARTLY,
        _("As the letter of its VAT category and its rate; Maestro's product decides the account."),
    ),
    ("lines.ledger_account", NOT, _("The account comes from the product's main group in Maestro.")),
    ("lines.dimensions", PARTLY, _("The cost centre, in an agreed CSV layout.")),
    ("dimensions", PARTLY, _("The cost centre, in an agreed CSV layout.")),
    ("lines.stock_kind", NOT, ""),
    ("lines.warehouse", NOT, ""),
    ("entry_date", NOT, ""),
    ("status", NOT, ""),
    ("paid", NOT, ""),
)
_CUSTOMERS = coverage(
    "name registry_code vat_number email phone address.street address.city address.county address.postal_code "
    "address.country einvoice_address einvoice_operator payment_term_days contact_name is_person reference_number",
    ("bank_accounts", NOT, ""),
)
_FACTS = (
    ("Severa's invoices and customers come to Maestro one way.", "documented", "3"),
    ("All products, work types and travel expenses are products of one register in Maestro.", "documented", "3"),
    ("A row without a match is imported on product A/0, with a line in the log.", "documented", "3"),
    ("A product is known by TuoteId, a main-group letter and a number.", "documented", "3"),
    ("VAT and accounts hang on a product's main group.", "documented", "3"),
    ("The product register can be taken out as CSV.", "documented", "3"),
    ("Severa is set up and supported by Maestro.", "documented", "3"),
    ("There is no public interface of Maestro's own.", "documented", "2"),
    ("A/0 is number 0 of main group A.", "inferred", "3"),
    ("Sales invoices are taken as Finvoice 3.0 files.", "unknown", "4"),
    ("Acknowledgements come back as files named by the delivery.", "unknown", "4.1"),
    ("Columns, separator and encoding of the product export.", "unknown", "3"),
    ("Columns and key of a customer file.", "unknown", "4.3"),
    ("The sign of a credit note's amounts.", "unknown", "6"),
)


def _error(match: str, code: str) -> VendorError:
    return VendorError(match=match, code=code, fate="refused")


# First lines of `.err` files, and words that people write there.
ERRORS = (
    _error(r"\A(SCHEMA|TOTALS|FORMAT)", "MAESTRO_REFUSED"),  # first, as their words may hold any other
    _error(r"\ADUPLICATE|already (exists|imported)|\bon jo\b", "ALREADY_AT_TARGET"),
    _error(r"\ACUSTOMER|asiakasta ei", "CUSTOMER_NOT_IN_MAESTRO"),
    _error(r"\APERIOD|kausi.*(lukit|sulje)", "PERIOD_LOCKED"),
    _error(r"\APRODUCT|tuotetta ei", "ITEM_GONE_AT_TARGET"),
)


def _switch(name: str, label: str, help: str = "", *, default: str = "on") -> SettingField:  # noqa: A002  the field's name
    return SettingField(
        name=name,
        label=label,
        help=help,
        is_required=False,
        default=default,
        choices=(("on", _("On")), ("off", _("Off"))),
    )


def _text(
    name: str,
    label: str,
    help: str = "",  # noqa: A002
    *,
    required: bool = False,
    placeholder: str = "",
    default: str = "",
) -> SettingField:
    return SettingField(
        name=name, label=label, help=help, is_required=required, placeholder=placeholder, default=default
    )


def _choice(
    name: str,
    label: str,
    *choices: tuple[str, str],
    help: str = "",  # noqa: A002
    leads: bool = False,
) -> SettingField:
    return SettingField(
        name=name, label=label, help=help, is_required=False, default=choices[0][0], choices=choices, leads=leads
    )


_ROUTE = (
    _choice(
        "route",
        _("How files reach Maestro"),
        ("sftp", _("SFTP server")),
        ("folder", _("Folder of this machine")),
        ("https", _("HTTPS address")),
        leads=True,
    ),
    _text("sftp_host", _("SFTP server"), placeholder="sftp.example.fi"),
    _text("sftp_port", _("Port of the SFTP server"), default="22"),
    _text("sftp_user", _("SFTP user")),
    _text(
        "sftp_host_key",
        _("Host key of the SFTP server"),
        _(
            "Its fingerprint, which begins with SHA256:, as the server's keeper tells it. Several are separated by "
            "commas. Test the connection to see which one the server shows."
        ),
        placeholder="SHA256:...",
    ),
    _text("sftp_folder", _("Folder on the SFTP server"), _("Leave empty for the folder where the sign-in leads.")),
    _text(
        "folder", _("Folder of this machine"), _("Only below the directories that the operator of this program allows.")
    ),
    _text("https_url", _("HTTPS address"), placeholder="https://files.example.fi/maestro"),
    _text("https_user", _("HTTPS user")),
)
_SELLER = (
    _text("seller_name", _("Your company's name"), required=True),
    _text("seller_registry_code", _("Business id"), required=True, placeholder="1234567-1"),
    _text("seller_vat_number", _("VAT number"), placeholder="FI12345671"),
    _text("seller_street", _("Street")),
    _text("seller_postal_code", _("Postal code")),
    _text("seller_city", _("Town")),
    _text("seller_iban", _("Account to be paid to (IBAN)"), _("Finvoice needs it unless each invoice names its own.")),
    _text("seller_bic", _("The bank's BIC"), _("Leave empty to find it by the account.")),
)
_DOCUMENTS = (
    _choice(
        "delivered_when",
        _("An invoice counts as delivered"),
        ("accepted", _("When its file lies in its place")),
        ("confirmed", _("When Maestro has acknowledged it")),
        help=_("Only then its status changes at the source."),
    ),
    _choice("layout", _("Files of invoices"), ("finvoice30", _("Finvoice 3.0")), ("csv", _("Agreed CSV layout"))),
    _switch("with_pdf", _("A PDF beside each Finvoice")),
    _choice("finvoice_encoding", _("Letters of Finvoice files"), ("UTF-8", "UTF-8"), ("ISO-8859-15", "ISO-8859-15")),
    _choice(
        "language",
        _("Language of the invoices' titles"),
        ("fi", _("Finnish")),
        ("en", _("English")),
        ("et", _("Estonian")),
    ),
    _text("company", _("Name of your company in file names"), _("Leave empty for the business id.")),
)
_LAYOUTS = (
    _text(
        "csv_columns",
        _("Columns of the CSV layout"),
        _("Header=field with semicolons between; the headers alone where they are the fields' names."),
        default=assumptions.ROW_COLUMNS,
    ),
    _text(
        "customer_columns",
        _("Columns of the customer file"),
        _("Header=field with semicolons between; the headers alone where they are the fields' names."),
        default=assumptions.CUSTOMER_COLUMNS,
    ),
    _choice(
        "csv_separator",
        _("Separator of CSV files"),
        ("semicolon", _("Semicolon")),
        ("comma", _("Comma")),
        ("tab", _("Tab")),
    ),
    _choice(
        "csv_encoding",
        _("Letters of CSV files"),
        ("utf-8", "UTF-8"),
        ("windows-1252", "Windows-1252"),
        ("iso-8859-15", "ISO-8859-15"),
    ),
    _choice("csv_decimal_mark", _("Decimal mark of CSV files"), ("comma", _("Comma")), ("point", _("Point"))),
    _text(
        "customer_series",
        _("First number for customers without one"),
        default=str(assumptions.CUSTOMER_SERIES),
    ),
    _text("products_file", _("Maestro's product export"), default=assumptions.PRODUCTS),
    _choice(
        "products_encoding",
        _("Letters of the product export"),
        ("detect", _("Found out by the file")),
        ("utf-8", "UTF-8"),
        ("windows-1252", "Windows-1252"),
        ("iso-8859-15", "ISO-8859-15"),
    ),
    _choice("product_name", _("Products are named by"), ("id", "TuoteId"), ("number", "Tuotenumero")),
)

MANIFEST = Manifest(
    vendor="maestro",
    name="Maestro",
    service_code="MA",
    country="FI",
    abilities=(Ability.TARGET, Ability.PRODUCTS_BY_CODE, Ability.ANSWERS_LATER),
    writes=(DocumentKind.CUSTOMER, DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE),
    credentials=(
        CredentialField(
            name="sftp_key",
            label=_("Private key for SFTP"),
            help=_("In OpenSSH's form. Leave empty when you sign in with a password, or without SFTP."),
            is_required=False,
        ),
        CredentialField(
            name="sftp_key_passphrase",
            label=_("Passphrase of the private key"),
            is_required=False,
        ),
        CredentialField(name="sftp_password", label=_("Password for SFTP"), is_required=False),
        CredentialField(name="https_password", label=_("Password for HTTPS"), is_required=False),
    ),
    settings=(*_ROUTE, *_SELLER, *_DOCUMENTS, *_LAYOUTS),
    key_steps=(
        _("Make a contract with Maestro for the interface; without it nothing is read there."),
        _("Agree with Maestro on the folder or SFTP server from which it reads, and on acknowledgements."),
        _("Enter the server, the user and the key; compare the host key's fingerprint with the one Maestro tells you."),
        _(
            "In Maestro, open Hallinto > Rekisterit > Tuoterekisterit > Vie tuotetietoja and save the export as "
            "in/products.csv in the folder. Do not open it in a spreadsheet before."
        ),
        _("Test the connection: it puts and removes a file and reads the products."),
    ),
    rights=(_("The SFTP user may create, rename and remove files in the folder."),),
    plans=_("The interface needs a contract with Maestro and exists in Finland only."),
    support_owner=_("Maestro's support, for the interface and everything on Maestro's side."),
    limits=Limits(concurrency=4),
    coverage={
        DocumentKind.CUSTOMER: _CUSTOMERS,
        DocumentKind.SALES_INVOICE: _SALES,
        DocumentKind.SALES_CREDIT_NOTE: (*_SALES, *coverage("credits")),
    },
    errors=ERRORS,
    facts=tuple(
        Fact(text=text, confidence=Confidence(sure), source=f"vendor sheet, section {section}")
        for text, sure, section in _FACTS
    ),
)
