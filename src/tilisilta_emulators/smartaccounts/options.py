"""Switches of the SmartAccounts emulator, given to `/_emulator/reset` or `/_emulator/options`."""

from datetime import date
from typing import Literal

from tilisilta_emulators.kit import Options
from tilisilta_emulators.smartaccounts.errors import ErrorShape

Right = Literal["none", "read", "full"]


class SmartOptions(Options, kw_only=True):
    """What may be set. Points that the vendor sheet leaves open are switches, the default being our reading.

    Args:
        page_size: Objects on a page.
        per_minute, per_day: Request limits, kept while `limits` is true.
        retry_after: Whether a limit answer carries `Retry-After`.
        check_clock: Whether a stale timestamp is refused.
        partners: Start with some clients, vendors and articles, for matching.
        unpaid_bill: Every call is answered 503 because the company owes SmartAccounts.
        rights: Rights by service path such as `purchasesales/payments`; `full` where nothing is said.
        rights_status: HTTP status of a missing right.
        locked_until: Last day of the locked period.
        numbers_as_json: Emit `number`, `invoiceNumber` and `referenceNumber` as JSON numbers.
        error_shape: Body of a refusal.
        pdf_answer: Raw bytes, or JSON with fileName and base64 fileContent.
        payment_bumps_invoice: A payment moves the modification time of the invoice it pays.
        negative_stock: Whether more may be sold than is in stock.
        payment_remainder: What happens to the part of a payment that no row names.
        client_vat_pc_required: Whether a client without vatPc is refused.
        refuse_inactive: Whether an article that is not active may not stand on a row.
        check_vat_dates: Whether a VAT code is refused on a day when the law did not know it.
        einvoices_enabled: Whether sending e-invoices is switched on in the settings.
        einvoice_receivers: Registry codes that accept e-invoices; None for everybody who has one.
        warehouse_ids: Show an id beside the name in the list of warehouses.
        due_days: Days to pay when neither invoice nor partner says.
    """

    page_size: int = 100
    per_minute: int = 60
    per_day: int = 1000
    retry_after: bool = True
    check_clock: bool = True
    partners: bool = False
    unpaid_bill: bool = False
    rights: dict[str, Right] = {}
    rights_status: int = 400
    locked_until: date | None = None
    numbers_as_json: bool = False
    error_shape: ErrorShape = "errors"
    pdf_answer: Literal["raw", "json"] = "raw"
    payment_bumps_invoice: bool = False
    negative_stock: Literal["allow", "refuse"] = "allow"
    payment_remainder: Literal["refuse", "prepayment"] = "refuse"
    client_vat_pc_required: bool = False
    refuse_inactive: bool = False
    check_vat_dates: bool = False
    einvoices_enabled: bool = True
    einvoice_receivers: list[str] | None = None
    warehouse_ids: bool = False
    due_days: int = 14
