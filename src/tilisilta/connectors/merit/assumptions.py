"""Every point of the wire that the vendor's manual leaves open, each as one value to change.

The number behind each is the section of the vendor sheet; the reason says why we read it so.
"""

import datetime as dt
from decimal import Decimal
from typing import Literal

from tilisilta.ports.counts import EntryKind

# 1: which version of the path each call is asked at; the setting `versions` overrides one for one connection.
VERSIONS: dict[str, int] = {
    "getcustomers": 1,
    "sendcustomer": 2,
    "getvendors": 1,
    "sendvendor": 2,
    "getinvoices": 2,
    "getinvoices2": 2,
    "getinvoice": 2,
    "sendinvoice": 2,
    "getpurchorders": 2,
    "getpurchorder": 2,
    "sendpurchinvoice": 2,
    "getpayments": 2,
    "sendpayment": 2,
    "sendPaymentV": 2,
    "getglbatches": 1,
    "GetGLBatchesFull": 1,
    "getglbatch": 1,
    "sendglbatch": 1,
    "gettaxes": 1,
    "getitems": 1,
    "senditems": 2,
    "getunits": 1,
    "getdimensions": 2,
    "getdepartments": 1,
    "getprojects": 1,
    "getcostcenters": 1,
    "getaccounts": 1,
    "getbanks": 1,
    "getpaymenttypes": 2,
    "getlocations": 2,
    "getaccperiods": 2,
}

# 6, 7: lists span at most three months (six were seen to pass), the full ledger 31 days.
LIST_MONTHS = 3
FULL_LEDGER_DAYS = 31

# 2: how far a stamp may be off; "about 5 minutes" by hearsay. Only used to tell a wrong clock from a wrong key.
CLOCK_TOLERANCE_S = 5 * 60

# 3: an answer without a body was seen for "nothing to return". It is believed when it comes twice.
EMPTY_ANSWERS_BELIEVED = 2

# 3: rows of a document; the manual page says 200, newer notes 500.
MOST_ROWS = 200

# 3, 6: numbers of decimals of the wire: quantity 18.3, price 18.7, rate 18.7.
QUANTITY_DECIMALS = 3
PRICE_DECIMALS = 7
RATE_DECIMALS = 7

# 6: whether CurrencyRate is what one euro costs (as the central bank prints it) or the other way round.
RATE_FORM: Literal["units_per_euro", "euros_per_unit"] = "units_per_euro"

# 6: AccountingDoc of an invoice and of a credit note; the rest of a credit note is said by negative quantities.
ACCOUNTING_DOC_INVOICE = 1
ACCOUNTING_DOC_CREDIT = 5

# 6: a credit's TaxAmount stays positive; quantities, discounts and totals are negative.
CREDIT_TAX_SIGN = Decimal(1)

# 6: Merit counts VAT row by row. A document whose VAT is off by at most this much a row goes with the rest as rounding.
VAT_DIFFERENCE_PER_ROW = Decimal("0.01")

# 6: an invoice that says it is paid is paid, whatever amount stands beside it.
PAID_FLAG_WINS = True

# 8: the purchase side pays in full only; the newer manual lets sales payments be partial.
PURCHASE_PAYMENTS_IN_FULL = True

# 8: which field of a listed payment is its own id.
PAYMENT_ID_FIELD = "PIHId"

# 8: how far back a payment is looked for of which only the id is known, in spans of three months.
PAYMENT_SPANS_BACK = 12

# 8: GETs of getglbatches (Finnish manual) carry the body in this parameter.
GET_BODY_PARAMETER = "Param4Net"

# 5: how many customers are asked for by name before the whole list is; and the letters that names are searched by when
# the whole list is too long for the server.
FEW = 4
LETTERS = "aeiouõäöübcdfghjklmnpqrsšzžtvwxy0123456789å"
EXTENSIONS = f"{LETTERS} .-&"

# 7: what stands behind the codes of ledger batches. The codes are a company's own settings: MA, MY and KD were seen,
# the others follow the names of the Estonian forms. The setting `batch_codes` adds to them.
BATCH_KINDS: dict[str, EntryKind] = {
    "PA": EntryKind.BANK_ENTRY,
    "KO": EntryKind.CASH_ENTRY,
    "PK": EntryKind.PAYROLL_RUN,
    "KD": EntryKind.VAT_RETURN,
    "PV": EntryKind.FIXED_ASSET_ENTRY,
    "LA": EntryKind.STOCK_ENTRY,
}

# 8: SourceType of a way of paying that is cash or bank, and BankType of cash among them.
SOURCE_CASH_OR_BANK = 1
BANK_TYPE_CASH = 1

# 8: words for yes in columns that are text in the reader's language.
YES = frozenset({"jah", "yes", "kyllä", "tak", "да", "true", "1"})

# 4: how long a payment's or invoice's listing may be kept while only we add to it.
DATES_KEPT = 20_000

# 3: days that stand for "never": the first was seen, the other is an empty moment of the server's own language.
NEVER_DAYS = frozenset({dt.date(1901, 1, 1), dt.date.min})

# 3: what a 400 says in Finland of an id that it does not know; the words are not printed.
BAD_ID_WORDS = r"\bapi-?id\b"

# 3: names that tell a failure of the server in JSON, looked for under status 200 too, since traces were seen there.
FAILURE_NAMES = frozenset({"stacktrace", "stacktracestring", "exceptiontype", "exceptionmessage"})

# 3: exceptions that the server throws while it reads the body, thus before it writes anything.
READING_ERRORS = r"FormatException|JsonReaderException|JsonSerializationException|OverflowException|ArgumentException"
