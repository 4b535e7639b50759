"""Switches of the Netvisor emulator, given to `/_emulator/reset` or `/_emulator/options`."""

from datetime import date
from decimal import Decimal
from typing import Literal

from tilisilta_emulators.kit import Options

Choice = Literal["accept", "refuse"]


class NetvisorOptions(Options, kw_only=True):
    """What may be set. Points that the vendor sheet leaves open are switches, the default being our reading.

    The company:
        plan: Package of the company; only Professional, Premium and Payroll have the interface.
        rights: Resources (`accounting.nv`) granted to the integration; None for all of them.
        denied: Resources whose right was taken away.
        key_revoked: The customer's user lost their rights, so the customer key is dead.
        accounting_locked_until, vat_locked_until, purchase_locked_until: The three lock dates.
        demo: Start with customers, vendors, products and dimensions.
        fiscal_years: First and last calendar year of the list of accounting periods.
        extended_products: Extended product management is on, so products cannot be edited.
        maintenance: Every call is answered with the maintenance error.

    The door:
        public_urls: Addresses beside our own that a MAC may be made over.
        clock_skew_s: How far TimestampUnix may be off; None for not checked.
        legacy_mac: Whether plain SHA256 and MD5 are still taken.
        overlap: What happens to a call that comes while another one runs; kept while `limits` is true.
        processing_ms: How long each call occupies the company.
        per_minute: Requests a minute; None for no limit, as none is published.
        plan_code: Error code of a package without the interface.
        maintenance_code: The vendor's code is seen in two spellings.
        content_type: Content type of answers.

    Form of answers:
        period_placement: Periods beside or inside PeriodLockInformation.
        finnish_dates: Ledger, period list and sales payments use d.m.yyyy.
        amount_point: SalesInvoiceAmount with a point, as the one captured answer has it.
        vat_labels: Show VAT code 100 as `100%` and KAVE as `KÄVE`.
        voucher_class: Plain name, or abbreviation and name.
        voucher_class_key: VoucherClass carries a netvisorKey; one client in production needs it, one cannot read it.

    Vouchers:
        locked_code: Error code of a locked date.
        outside_periods: A date outside every accounting period.
        number_clash: A voucher or invoice number that is taken.
        inactive_account: Posting to an account that is not active.
        net_imbalance: A voucher in net mode that does not balance; `round` adds a rounding line.
        vat_rates: Check that code and rate go together (`strict`), or only that the code is known.
        vat_codes: Each resource takes the codes of its own DTD, or all take the widest list.
        create_dimensions: Unknown dimensions are created on the fly.
        invalidate_twice: Invalidating a voucher that is invalid already.
        order_without_dtd: Keep the order also in messages for which no DTD was found.
        attachment_limit: Bytes of one attachment.
        text_limit: Characters of a free text.

    Invoices and payments:
        total_tolerance: How far the given amount may be from the rows; None for any.
        line_sum: Whether a sales row's given sum is with VAT; `auto` takes what is nearer to the row.
        currency_rate: Euros are the amount divided by the rate, or multiplied.
        product_code_required: A sales row must name a product.
        valuedate_required: A purchase invoice must have a value date.
        manual_attachments: Attachments of a purchase invoice that is not from Finvoice.
        finvoice_delay_s: A purchase invoice with attachments can be read only after this long.
        purchase_duplicates: Same vendor, number and date again.
        purchase_posting: When a purchase invoice is posted; `ready` is when it says so or is accepted.
        payment_methods: Alternative payment methods must be known, or any name will do.
        vendor_page_size: Vendors on a page of getvendor.nv.
    """

    plan: Literal["Professional", "Premium", "Payroll", "Basic", "Starter", "Core"] = "Professional"
    rights: list[str] | None = None
    denied: list[str] = []
    key_revoked: bool = False
    accounting_locked_until: date | None = None
    vat_locked_until: date | None = None
    purchase_locked_until: date | None = None
    demo: bool = True
    fiscal_years: tuple[int, int] = (2024, 2027)
    extended_products: bool = False
    maintenance: bool = False

    public_urls: list[str] = []
    clock_skew_s: int | None = 600
    legacy_mac: bool = True
    overlap: Literal["refuse", "queue"] = "refuse"
    processing_ms: int = 0
    per_minute: int | None = None
    plan_code: Literal["SERVICE_ACCESS_ERROR", "AUTHENTICATION_FAILED"] = "SERVICE_ACCESS_ERROR"
    maintenance_code: Literal["SYSTEM_MAINTANANCE", "SYSTEM_MAINTENANCE"] = "SYSTEM_MAINTANANCE"
    content_type: Literal["text/html", "text/xml", "application/xml"] = "text/html"

    period_placement: Literal["beside", "inside"] = "beside"
    finnish_dates: bool = True
    amount_point: bool = True
    vat_labels: bool = False
    voucher_class: Literal["name", "abbreviated"] = "name"
    voucher_class_key: bool = False

    locked_code: Literal["PERIOD_LOCK", "INVALID_DATA"] = "PERIOD_LOCK"
    outside_periods: Choice = "accept"
    number_clash: Choice = "refuse"
    inactive_account: Choice = "refuse"
    net_imbalance: Literal["accept", "refuse", "round"] = "refuse"
    vat_rates: Literal["strict", "known"] = "strict"
    vat_codes: Literal["dtd", "widest"] = "dtd"
    create_dimensions: bool = True
    invalidate_twice: Choice = "refuse"
    order_without_dtd: bool = False
    attachment_limit: int = 20 * 1024 * 1024
    text_limit: int = 500

    total_tolerance: Decimal | None = None
    line_sum: Literal["auto", "net", "gross"] = "auto"
    currency_rate: Literal["divide", "multiply"] = "divide"
    product_code_required: bool = False
    valuedate_required: bool = True
    manual_attachments: Literal["ignore", "refuse", "accept"] = "ignore"
    finvoice_delay_s: int = 0
    purchase_duplicates: Choice = "accept"
    purchase_posting: Literal["ready", "always", "never"] = "ready"
    payment_methods: Literal["any", "known"] = "any"
    vendor_page_size: int = 500
