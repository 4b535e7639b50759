"""Every point of the wire that the vendor's documents leave open, each as one value to change.

The number behind each is the section of the vendor sheet; the reason says why we read it so.
"""

from decimal import Decimal

# 1: the default path; versions such as /v2408/api may be written into the connection's address.
DEFAULT_PATH = "/api"

# 2.1: a charset parameter is refused since 24.08; the redirect address is sent when there is one.
TOKEN_CONTENT_TYPE = "application/x-www-form-urlencoded"  # noqa: S105  a media type
# 2.1: three clients renew about a minute before the end; a token without a lifetime lives an hour.
RENEW_BEFORE_S = 60.0
TOKEN_LIFETIME_S = 3600.0

# 3: pages hold at most 200 rows; a page with fewer than asked for is the last one. No total is needed.
PAGE_SIZE = 200
IDS_A_CALL = 200

# 3: no figure is published; one plan states 90 a minute on the testing server.
REQUESTS_A_MINUTE = 60

# 4.2: what an imported invoice is sent by: nothing. It was sent by the source.
CHANNEL = "NO_SENDING"
PAYMENT_METHOD = "BANK_TRANSFER"
ORIGINAL_NUMBER_CHARS = 40
NAME_CHARS = 80
PRODUCT_NAME_CHARS = 100
PRODUCT_CODE_CHARS = 40
TEXT_CHARS = 255
ROW_COMMENT_CHARS = 512
STREET_CHARS = 80
ZIP_CHARS = 20
CITY_CHARS = 40
PRICE_DECIMALS = 8
RATE_DECIMALS = 8

# 4.2: no credit type is documented for either side; programs send negative quantities.
CREDIT_SIGN = Decimal(-1)

# 4.4: approved, or further on; nothing is left to approve there.
APPROVED = frozenset(
    (
        *("APPROVED", "PAID", "PARTLY_PAID", "MARKED_PAID", "PAYMENT_QUEUED", "PAYMENT_SENT_TO_BANK", "NOT_SENT"),
        *("SENT", "INVOICED", "PAYMENT_TRANSACTION_REMOVED"),
    )
)
SENT = frozenset(("SENT", "INVOICED", "PAID", "PARTLY_PAID", "MARKED_PAID"))
WITHDRAWN = frozenset(("INVALIDATED", "PAYMENT_DENIED", "DELETED", "OVERRIDDEN"))
OPEN = frozenset(("UNFINISHED", "RECEIVED", "VERIFIED", "EMPTY", "STARTED"))

# 4.4: with circulation in use an unfinished purchase goes into it before it can be approved.
CIRCULATE_BEFORE_APPROVAL = True

# 6: the balance-sheet row is Procountor's own, and the recipe of the vendor changes expense rows only.
KEEP_REVERSING_ACCOUNT = True
# 6: a cent a row may be left over; Procountor puts it on a rounding row of its own.
LEFTOVER_A_ROW = Decimal("0.01")
# 6: a page that nobody touched has the version it was made with; lists show both moments.
UNTOUCHED_WITHIN_S = 0.0
VAT_DEDUCTION_PERCENT = 100

# 7: numbers of VAT statuses are not public, so the two that we must know by meaning are told by their text.
NO_VAT_WORDS = r"no vat|ei alv|utan moms|ei k[äa]sitell"
# 7: the chart does not tell which accounts are the tax's own; these words in a balance-sheet account's name do.
VAT_ACCOUNT_WORDS = r"arvonlis[äa]vero|\balv\b|\balv-|\bvat\b|\bmoms"
VAT_ACCOUNT_BEGINNINGS = ("1", "2")

# 8: calling it twice books it twice, so an event of the same day and amount is the same payment.
EVENT_DEAD = frozenset(("DELETED", "INVALIDATED", "PAYMENT_TRANSACTION_REMOVED"))
PAYMENT_DESCRIPTION_CHARS = 140

# 6, 8: for counting. What was withdrawn or never saved is no entry; an order has a page but is not posted.
NOT_COUNTED = WITHDRAWN | {"EMPTY", "UNSAVED"}
NOT_POSTED = frozenset(("PURCHASE_ORDER", "SALES_ORDER"))
# 8: paying an invoice changes its version; nobody marks one paid with a date more than a year ahead.
PAID_AHEAD_DAYS = 366
EVENT_INVOICES_A_CALL = 100

# 9: 10,000,000 bytes; what an invoice's picture may be.
FILE_BYTES = 10_000_000
PICTURE_TYPES = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/tiff": (".tif", ".tiff"),
    "image/gif": (".gif",),
}

# 10: how long a busy gateway is left alone when it names no time.
BUSY_WAIT_S = 30.0
