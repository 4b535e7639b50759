"""The emulated books of the bureau's clients, and the business register that knows them: spoken to over HTTP only."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from tilisilta.cli.demo.emulated import Emulated, Emulators

COMPANIES: Final = 40
KEY_NAME: Final = "Tilisilta"
# A register of this many more companies is made and loaded in a second or two; the real one has 370,000.
_REGISTERED: Final = 5_000
# Kinds as the emulator counts them by month, and which of our counts add up to each.
KINDS: Final = {
    "sales_invoices": ("sales_invoice", "sales_credit"),
    "purchase_invoices": ("purchase_invoice", "purchase_credit"),
    "payments": ("payment_in", "payment_out"),
    "batches": ("ledger_batch",),
    "PK": ("payroll_run",),
}


def open_books(emulators: Emulators, *, is_stopped: bool = False) -> None:
    """Open the books of the bureau and its clients, and let the register know them, before anybody asks.

    With `is_stopped` the emulator's clock stands still, so that no entry comes in by itself while books are compared.
    """
    merit = emulators.get("merit")
    merit.reset(companies=COMPANIES, clock_skew_s=0 if is_stopped else 300)
    if is_stopped:
        merit.control("POST", "clock", {"now": dt.datetime.now(dt.UTC).isoformat()})
    known = {each["reg_no"]: each["name"] for each in reversed(companies(merit)) if _is_registered(each["reg_no"])}
    listed = [{"code": code, "name": name} for code, name in known.items()]
    emulators.get("register").reset(rows=_REGISTERED, companies=listed)


def _is_registered(code: str | None) -> bool:
    """Return whether the emulated register is to know a code: one is made up on purpose, some are foreign."""
    return code is not None and len(code) == 8 and code.isdigit() and not code.startswith("99")  # noqa: PLR2004


def companies(merit: Emulated) -> list[dict[str, Any]]:
    """Return all companies with their keys, the bureau's own first."""
    found: list[dict[str, Any]] = merit.control("GET", "companies")
    return found


def clients(merit: Emulated) -> list[dict[str, Any]]:
    """Return the companies of the bureau's clients with their keys."""
    return companies(merit)[1:]


def months(merit: Emulated, company: dict[str, Any], window: list[str]) -> Iterator[tuple[str, str, int]]:
    """Give month, kind and number of a company's entries, for the months of the window as YYYY-MM."""
    found = merit.control("GET", f"companies/{company['mark']}?summary=1")["months"]
    for month in window:
        counted = found.get(month, {})
        for kind in KINDS:
            if count := int(counted.get(kind, 0)):
                yield month, kind, count


def enter_late(merit: Emulated, company: dict[str, Any], days: list[dt.date]) -> None:
    """Let somebody enter ledger batches into a client's books now that are dated on these days."""
    now = merit.control("GET", "clock")["now"]
    batches = [{"date": day.isoformat(), "entered": now, "amount": "10.00"} for day in days]
    merit.control("POST", "seed", {"company": company["mark"], "batches": batches})


def sold(merit: Emulated) -> list[dict[str, Any]]:
    """Return the sales invoices that calls of the API entered into the bureau's own books."""
    rows: list[dict[str, Any]] = merit.books()["sales_invoices"]
    return [each for each in rows if each["user"] == "Merit API"]


def pay(merit: Emulated, invoice: dict[str, Any], amount: Decimal) -> None:
    """Enter a customer's payment of an invoice into the bureau's own books."""
    banks = merit.merit("v1/getbanks", {})
    merit.merit(
        "v1/sendpayment",
        {
            "BankId": banks[0]["BankId"],
            "IBAN": banks[0]["IBANCode"],
            "CustomerName": invoice["partner"]["name"],
            "InvoiceNo": invoice["number"],
            "PaymentDate": f"{dt.datetime.now(dt.UTC):%Y%m%d}000000",
            "RefNo": invoice["reference"] or "",
            "Amount": amount,
        },
    )
