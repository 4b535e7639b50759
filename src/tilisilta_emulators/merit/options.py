"""Switches of the Merit emulator, given to `/_emulator/reset` or `/_emulator/options`."""

from datetime import date
from decimal import Decimal
from typing import Literal

from tilisilta_emulators.kit import Options

Country = Literal["EE", "FI", "PL"]
Plan = Literal["standard", "pro", "premium"]


class MeritOptions(Options, kw_only=True):
    """What may be set. Points that the vendor sheet leaves open are switches, the default being our reading.

    Args:
        country: Whose host the bare address stands for.
        data: `demo`: the bureau's own company with two years of books and its clients; `empty`: one company with
            settings only.
        companies: How many client companies the demo has (each with an API id and key of its own).
        years: How many years of books each demo company has, ending today.
        keep_companies: How many untouched client companies stay in memory; others are made again when asked for.
        plan: Plan of the bureau's own company; the API needs `pro` or `premium`.
        two_factor: Sign-in at the provisioning door is refused, as with two-factor login switched on.
        lenient_signing: Accept and record the signatures and local times, of any zone, that older clients send.
        signature_enforced: False: any signature passes and the key is flagged insecure, as the Finnish manual says.
        clock_skew_s: How far a timestamp may be off; 0 lets any pass. Unknown, five minutes by hearsay.
        bad_api_id: Answer to an unknown id: by the country's own manual, or one of the three seen.
        missing_parameter: Answer to a call that lacks a URL parameter: 404 by the manual, 401 as one client saw it.
        per_minute: Requests a minute and key; the manual says 60, one note 100.
        allow_get: Whether the historic GET (body signed, or in `Param4Net`) still works.
        glbatches_get_only: `getglbatches` takes GET alone; None: on the Finnish host only, as its manual prints it.
        period_months: Longest period of lists: 3 by the manual, 6 as observed.
        full_ledger_days: Longest period of GetGLBatchesFull, both ends counted.
        customers_unfiltered_max: More customers than this make an unfiltered getcustomers die; 0 for never.
        customers_shape: Answer one customer as a list or as a bare object.
        changed_date: Whether `ChangedDate` of partners means since or on that day.
        unpaid_filter: Whether `UnPaid` true shows unpaid ones only, or unpaid ones too.
        payment_bumps_invoice: A payment moves the ChangedDate of the invoice it pays.
        duplicate_numbers: Whether an InvoiceNo may come twice.
        row_limit: Most rows of a document: 200 by the manual, 500 by newer notes.
        too_long: Whether a text over its length is refused or cut.
        check_totals: Whether sums that do not match the rows are refused.
        vat_tolerance: How far the sum of VAT may be off before it is refused.
        empty_tax_amount: An empty TaxAmount is counted from the rows, or must match them as zero.
        malformed_body: Answer to a body that is not JSON: status 200 with a stack trace, or 500 with an error.
        string_wrapped: Answers are JSON strings that hold JSON, as before February 2024.
        batch_no: `No` of a ledger batch as text or as a number; both are printed.
        partial_sales_payments: Whether sendpayment may pay less than the whole (newer manual) or not (older).
        locked_until: Last day of the locked period in the bureau's company.
        sender_email: Whether the sender's address for invoices is filled in.
        einvoice_ready: Whether e-invoices are set up.
        report_rows: Rows of a report before it answers HasMore.
    """

    country: Country = "EE"
    data: Literal["demo", "empty"] = "demo"
    companies: int = 40
    years: int = 2
    keep_companies: int = 64
    plan: Plan = "premium"
    two_factor: bool = False
    lenient_signing: bool = False
    signature_enforced: bool = True
    clock_skew_s: float = 300
    bad_api_id: Literal["by_country", "empty_401", "text_401", "json_400"] = "by_country"
    missing_parameter: Literal["text_401", "empty_404"] = "empty_404"
    per_minute: int = 60
    allow_get: bool = True
    glbatches_get_only: bool | None = None
    period_months: int = 3
    full_ledger_days: int = 31
    customers_unfiltered_max: int = 10_000
    customers_shape: Literal["list", "object"] = "list"
    changed_date: Literal["since", "on"] = "since"
    unpaid_filter: Literal["only", "include"] = "only"
    payment_bumps_invoice: bool = False
    duplicate_numbers: Literal["allow", "refuse"] = "allow"
    row_limit: int = 200
    too_long: Literal["refuse", "cut"] = "refuse"
    check_totals: bool = True
    vat_tolerance: Decimal = Decimal(0)
    empty_tax_amount: Literal["count", "zero"] = "count"
    malformed_body: Literal["trace_200", "json_500"] = "trace_200"
    string_wrapped: bool = False
    batch_no: Literal["text", "number"] = "text"
    partial_sales_payments: bool = True
    locked_until: date | None = None
    sender_email: bool = False
    einvoice_ready: bool = False
    report_rows: int = 1000
