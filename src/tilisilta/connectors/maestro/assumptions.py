"""Every point that Maestro's public material leaves open, each as one value to change.

The number behind each is the section of the vendor sheet; nearly all of it is agreed with the customer's Maestro, so
most of these are only what a new connection begins with.
"""

from typing import Literal

# 4.1: where things lie below the root.
INVOICES = "out/invoices"
CUSTOMERS = "out/customers"
JOURNAL = "out/journal"  # what we put there and when, one small file a delivery; nobody else's business
ACKNOWLEDGEMENTS = "ack"
PRODUCTS = "in/products.csv"

# 4: where an importer may move what it has read, below the folder of the files themselves.
READ_FOLDERS = ("done", "archive")

# 4.1: endings of acknowledgements: taken in charge, in the books, not taken.
ACCEPTED_ENDING, CONFIRMED_ENDING, ERROR_ENDING = ".acc", ".ok", ".err"

# 4: importers pass over names that begin with a dot, so a file under way bears such a name.
TEMPORARY = ".{name}.part"

# 3: the product that takes the rows which match none.
FALLBACK_PRODUCT = "A/0"

# 4.2: which of a product's two names stands in ArticleIdentifier.
PRODUCT_NAME: Literal["id", "number"] = "id"

# 3: columns of Maestro's product export, as its guide names them, and the plain words they may also have.
PRODUCT_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("tuoteid", "tuote id", "product_id", "id"),
    "group": ("pääryhmäid", "paaryhmaid", "pääryhmä", "group"),
    "supplier": ("toimittajaid", "toimittaja", "supplier"),
    "number": ("tuotenumero", "tuotenro", "number"),
    "name": ("nimi", "nimike", "tuotenimi", "selite", "name"),
    "unit": ("yksikkö", "yks", "unit"),
    "vat_rate": ("alv", "alv%", "alv-%", "alv %", "alvprosentti", "verokanta", "vat_rate"),
    "active": ("aktiivinen", "käytössä", "tila", "active"),
}
INACTIVE_WORDS = frozenset({"0", "ei", "e", "no", "false", "f", "poistettu", "passiivinen", "inactive"})
PRODUCT_SEPARATORS = (";", "\t", ",")

# 4.3: what the customer file is written like.
CUSTOMER_COLUMNS = (
    "customer_no;name;business_id;vat_id;street;postal_code;city;country;email;phone;einvoice_address;einvoice_operator;"
    "payment_term_days;overdue_interest;language;currency;active;changed_at"
)
# 4.1, route 3: a layout to begin an agreed one with.
ROW_COLUMNS = (
    "delivery_id;invoice_no;type;date;due_date;customer_no;customer_name;row_no;product;description;quantity;unit;"
    "unit_price;discount_percent;vat_rate;net;currency;reference"
)

# 4.3: where a source may keep its customer's number; the number of the series begins here when it has none.
CUSTOMER_NUMBER_FIELDS = ("customer_number", "customer_no", "number", "code")
CUSTOMER_SERIES = 900_000

# 4.5: lengths that the schema sets.
NAME_CHARS, DESCRIPTION_CHARS, UNIT_CHARS, PARTY_CHARS, STREET_CHARS = 100, 512, 14, 70, 35
INVOICE_NUMBER_CHARS = 20

# 4: a receiver over HTTPS keeps what it was sent by its name, so that the same file may be put there twice.
HTTPS_PUT_MAY_BE_REPEATED = True

# How long to wait for a disk that is full.
DISK_WAIT_S = 300.0
# Bytes that one file of theirs may have.
MAX_FILE_BYTES = 50 * 1024 * 1024
