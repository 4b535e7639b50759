"""Every point of the wire that the vendor's document leaves open, each as one value to change.

The number behind each is the section of the vendor sheet; the reason says why we read it so.
"""

from decimal import Decimal
from typing import Literal

# 4.4: a credit note is type CRE; its rows carry positive quantities, since payments of credit notes are positive too.
SALES_CREDIT_QUANTITY_SIGN = Decimal(1)

# 4.4: baseForCreditInvoiceId is marked optional, so a credit note without a known base is sent as CRE without it.
SALES_CREDIT_MAY_LACK_BASE = True

# 4.5: no CRE type is documented for purchases; negative quantity is the likely form.
PURCHASE_CREDIT_QUANTITY_SIGN = Decimal(-1)

# 4.4: entryDate defaults to today, which would post January's invoice in May; we always name it.
SEND_ENTRY_DATE = True

# 4.4, 4.8: where the list of warehouses is (the document prints no address) and which field names one elsewhere.
WAREHOUSES_SERVICE = "settings/warehouses"
WAREHOUSE_KEY_FIELDS = ("id", "name")

# 4.4: how many decimals a price may have; the document sets no bound.
PRICE_DECIMALS = 8

# 3: at most this many characters in address lines (a plugin cuts there).
ADDRESS_LINE_CHARS = 64

# 4.5: purchases have no invoiceNote; the note goes into the comment, whose length nobody states.
COMMENT_CHARS = 1000

# 4.6: money paid back has no documented form (rows must be positive), so it is not sent.
REFUND_FORM: Literal["none"] = "none"

# 4.6: the part of a payment that no document takes goes out as a prepayment, so that rows and amount agree.
REMAINDER_AS_PREPAYMENT = True

# 4.5: the account of a stock row is the stock account, not the expense account.
STOCK_PURCHASE_ACCOUNT_FIELD: Literal["accountWarehouse", "accountPurchase"] = "accountWarehouse"

# 3: a 503 is a limit or an unpaid bill, told apart by text only; these words mean the bill.
BILLING_WORDS = r"unpaid|overdue|billing|tasumata|maksmata|võlgnevus|suspended|peatatud"
# 3: these words in a limit answer mean the whole day.
DAY_WORDS = r"24[ -]?h|24 hours|per day|daily|a day|ööpäev|päeva"
LIMIT_WAIT_S = 30.0
DAY_WAIT_S = 3600.0
# 3: a named wait above this is not the minute's.
LONGEST_MINUTE_WAIT_S = 120.0

# 2: these words in a 401 mean the clock.
STALE_WORDS = r"timestamp|stale|expired|too old|ajatempel|aegunud"
CLOCK_TOLERANCE_S = 15 * 60

# 4.4: currencies whose rate SmartAccounts takes from the European Central Bank; others need exchangeRate.
_ECB = (
    "EUR USD JPY CZK DKK GBP HUF PLN RON SEK CHF ISK NOK TRY AUD BRL CAD CNY HKD IDR ILS INR KRW MXN MYR NZD PHP SGD",
    "THB ZAR BGN",
)
ECB_CURRENCIES = frozenset(currency for row in _ECB for currency in row.split())

# 3: characters beyond the basic plane (emoji) make a document fail.
LAST_ALLOWED_CHARACTER = "\uffff"

# 4.6: what the rows of a payment may be, and what we call them.
PAYMENT_ROW_SALES = "CLIENT_INVOICE"
PAYMENT_ROW_PURCHASE = "VENDOR_INVOICE"
