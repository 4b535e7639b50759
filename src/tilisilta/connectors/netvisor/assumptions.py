"""Every point of the wire that the vendor's documents leave open, each as one value to change.

The number behind each is the section of the vendor sheet; the reason says why we read it so.
"""

from decimal import Decimal
from typing import Literal

# 2: docs ask for ISO-8859-15 "and UTF-8 if that fails"; five clients in production send UTF-8.
REQUEST_CHARSET = "utf-8"
REQUEST_CONTENT_TYPE = "text/xml; charset=utf-8"

# 3.2: the docs' charset of the hashed text; the sender name must be ASCII here, so that the question disappears.
MAC_CHARSET = "iso-8859-15"

# 2: comma and point are both accepted; the vendor's own examples mostly write a comma.
DECIMAL_MARK = ","

# 2: use at least 120 seconds; the longest silence that we wait through.
READ_TIMEOUT_S = 150.0

# 9.1: the allowed difference of clocks is unknown; beyond this one a refused signature is put down to the clock.
CLOCK_TOLERANCE_S = 5 * 60

# 5: which code a package without the interface is answered with is unknown, and texts are not to be matched. These
# words only choose between two remedies; a connection test also tells it by every resource being refused.
PLAN_WORDS = r"paket|package|\bBasic\b|\bStarter\b|\bCore\b|Professional|Premium|tuoteversio"

# 5: how long maintenance is waited for.
MAINTENANCE_WAIT_S = 600.0

# 6.1: lengths in accounting.nv are unknown; the free texts of invoices hold 500, names 50 (9.10).
DESCRIPTION_CHARS = 250
FREE_TEXT_CHARS = 500
PRODUCT_NAME_CHARS = 50
STREET_CHARS = 80
COMMENT_CHARS = 255

# 6.4: everything up to and including a lock date is closed.
LOCK_DATE_IS_LOCKED = True

# 6.5: accountingedit.nv was seen with the key first (docs), and its reply is not used by the client that was read.
EDIT_KEY_FIRST = True

# 6.10: an item with a code is listed as code, space, label; the listed name is what is sent.
DIMENSION_NAME_AS_LISTED = True

# 6.2: a voucher without Status is valid.
STATUS_WHEN_ABSENT = "valid"

# 7.1: the next free code is asked for by this attribute on an empty element.
CUSTOMER_CODE_TYPE = "automatic"

# 7.2: names inside VendorBankAccounts have no published schema; these are the ones a client in production sends.
VENDOR_ACCOUNTS = ("vendorbankaccounts", "vendordomesticbankaccounts", "vendordomesticbankaccount")

# 7.2: pages of getvendor.nv count from 1 and have 500 vendors by the vendor's page; what follows the last one is
# unknown, so an empty or repeated page ends the list.
FIRST_VENDOR_PAGE = 1
BEGINNING = "2000-01-01"

# 7.4: invoice numbers are whole numbers (every sample and the reference number built on them); others are refused.
SALES_NUMBER_IS_WHOLE = True

# 7.4: a given line sum and VAT sum count only together (one client); the sum is without VAT for a net price.
LINE_SUM: Literal["net", "gross"] = "net"

# 7.4, 7.6: the date under which the books take an invoice is its value date.
ENTRY_DATE_ELEMENT = "salesinvoicevaluedate"

# 7.4: a row's price may have up to 12 decimals in answers; more are never sent.
PRICE_DECIMALS = 8

# 7.4: matchcreditnote.nv has no published schema: a frame of its own name with the two keys.
MATCH_FRAME = "matchcreditnote"

# 7.6: no form of a purchase credit note is documented; negative quantity and sum as in sales.
PURCHASE_CREDIT_SIGN = Decimal(-1)

# 7.6: a purchase message names no VAT code; these follow from a domestic rate, others need posting data.
PURCHASE_DEFAULT_CODES = frozenset({"", "KOOS"})

# 7.6: what `status` of posting data may be is unknown, so it is left out.
SEND_POSTING_STATUS = False

# 7.5: money paid back and credit notes have no documented form as sales payments.
REFUND_FORM: Literal["none"] = "none"

# 7.6: an invoice with attachments can be read "about one minute" later; until this long nobody may say it is absent.
VISIBLE_AFTER_S = 90.0
