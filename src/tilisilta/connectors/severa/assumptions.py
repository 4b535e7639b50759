"""Every point of the wire that Severa's documents leave open, each as one value to change.

The chapter behind each is of the vendor sheet; the reason says why we read it so.
"""

import datetime as dt
import re

# A1, B: the hosts.
REST_HOST = "https://api.severa.visma.com"
REST_PATH = "/rest-api/v1"
SOAP_HOST = "https://sync.severa.com"
SOAP_PATH = "/webservice/S3/API.svc"

# A2: what we ask for, joined by the separator that most working clients use. Nothing asked for means all granted.
SCOPES = (
    "invoices:read",
    "invoices:write",
    "customers:read",
    "settings:read",
    "fees:read",
    "hours:read",
    "travels:read",
    "organization:read",
)
SCOPE_SEPARATOR = " "
FILES_SCOPE = "files:read"
# A2: a token's life is read from the answer; this is taken when it says nothing.
TOKEN_LIFE_S = 3600.0
# A token is renewed when this share of its life is left, at most so many seconds.
RENEW_SHARE = 0.1
RENEW_AT_MOST_S = 120.0

# A3: the most that every list allows; some say 1000.
PAGE_ROWS = 100
# A3: lists may give fewer than asked; pages of exactly these sizes are not taken for the last.
CLAMPED_ROWS = frozenset({20, 25, 50})
MOST_PAGES = 100_000
# A list that changed while it was read is read again at most so often.
MOST_WALKS = 3

# A3: registers listed without a filter on `active` hold what is out of use, too.
# A4: times of change include the moment asked for; clocks of both sides may differ.
CHANGE_OVERLAP = dt.timedelta(minutes=5)
# A4: bounds of days are sent as midnight and taken as inclusive; what comes is filtered again here.

# A5: a refusal for too many calls says no time in most answers.
THROTTLE_WAIT_S = 1.0

# A7: the pointer that moves an invoice on.
STATUS_POINTER = "/status/guid"

# A8: `currencyRate` is units of the invoice's currency for one of the books'.
RATE_IS_CURRENCY_PER_BASE = True
# A8: which register the codes of a row are from, by its `rowType`; a flat rate is from none.
ROW_KINDS = {"Hours": "work_type", "ProjectFees": "product", "TravelExpenses": "travel_expense"}
# D: an invoice's own country, for what a treatment of 0 % means.
OWN_COUNTRY = "FI"

# B: SOAP cannot list by change; invoices of so many days before it are looked at instead.
SOAP_CHANGE_DAYS = 400
# B: SOAP listings by day are asked for in ranges of so many days, so that no answer grows too large.
SOAP_RANGE_DAYS = 92
FIRST_DAY = dt.date(2000, 1, 1)
LAST_DAYS_AHEAD = 366
SOAP_CUSTOMERS = 100
# B: the option bit that brings what is out of use.
INCLUDE_INACTIVE = 2
# B: since then everything has changed.
EVER = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
SOAP_READ_TIMEOUT_S = 300.0
# B: to see whether the key may write, a log entry is offered to an invoice that cannot exist.
NO_GUID = "00000000-0000-0000-0000-000000000000"
# Answers longer than this are read beside the event loop.
LARGE_ANSWER_BYTES = 16 * 1024
FINVOICE_VERSION = "3.0"

# B: general failures say in words what is wrong.
NOT_ACTIVE_WORDS = re.compile(r"not active|inactive", re.IGNORECASE)
ADDON_WORDS = re.compile(r"add-?on|finvoice", re.IGNORECASE)
