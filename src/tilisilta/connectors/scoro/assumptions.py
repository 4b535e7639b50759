"""Every point of the wire that Scoro's documents leave open, each as one value to change.

The number behind each is the section of the vendor sheet; the reason says why we read it so.
"""

import datetime as dt

# 5: bounds of ranges are taken as whole days and perhaps exclusive, in an unknown zone: we ask a day more on each side.
DATE_OVERLAP = dt.timedelta(days=1)
# 7: documents bear stamps without a zone; the site's zone is a setting, a user's may differ, so we
# reread a day of changes.
CHANGE_OVERLAP = dt.timedelta(days=1)
DEFAULT_ZONE = "Europe/Tallinn"

# 5: most rows of a page, plain and with detailed_response.
PAGE_ROWS = 100
DETAILED_ROWS = 25

# 5: lists take `id` as an IN filter (seen for other ids); an answer that shows otherwise is asked for by view.
IDS_AS_FILTER = True

# 8: what marks a credit invoice, besides negative sums.
CREDIT_PAYMENT_TYPE = "credit"

# 8: the gross of a document is its net and VAT; no field says it.
# 8: `currency_rate` is units of the site's currency for one unit of the document's.
RATE_IS_BASE_PER_UNIT = True

# 9: the date of cost recognition is kept aside and does not move the entry date.
RECOGNITION_IS_ENTRY_DATE = False

# 10: a bill's payment names the bill in `invoice_id`, with sales_doc_type "bills".
BILL_ID_FIELD = "invoice_id"
# 10: receipts/view exists in API v1 only, so receipts are always listed.
RECEIPTS_HAVE_VIEW = False
# 10: a group's sum is the sum of its receipts; what a payment pays elsewhere is left out.
GROUP_SUM_IS_ITS_RECEIPTS = True
# 10: refunds (negative sums) are read, but not written: their form is unknown.
REFUNDS_ARE_WRITTEN = False

# 10: which kind of document a receipt pays, by sales_doc_type.
DOC_TYPE_DEFAULT = "invoices"

# 6: bounds of a wait after 429, and what a day's end is.
SHORTEST_WAIT_S = 1.0
LONGEST_WAIT_S = 10.0

# 4: texts of refusals are not published.
NOT_ACTIVATED_WORDS = r"not (been )?(activated|enabled)|inactive|disabled|ei ole aktiveeritud|api access"
COMPANY_WORDS = r"company[ _]account"
RIGHT_WORDS = r"permission|no rights|not allowed|forbidden|õigus"
PLAN_WORDS = r"\bplan\b|subscription|upgrade|pakett"
