"""What `demo --check` proves of invoices sent one by one: each in Procountor once, its postings ours, paid if paid."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from tilisilta.cli.demo import one_by_one, proof, runs
from tilisilta.cli.demo.books import ZERO, Line
from tilisilta.cli.demo.offices import Office
from tilisilta.cli.demo.proof import FlowReport
from tilisilta.core.money import amount_from_minor
from tilisilta.services.forwarding.by_person import send_now
from tilisilta.services.ledger.payments import open_amount, payments_of
from tilisilta.store.models import AccountRole, FlowKind, InvoicePosting, Side, WorkspaceInvoice

_WITHDRAWN: Final = "INVALIDATED"
# Lines that Procountor makes by itself: the receivable or payable, and the tax.
_THEIRS: Final = (AccountRole.RECEIVABLES, AccountRole.PAYABLES, AccountRole.OUTPUT_VAT, AccountRole.INPUT_VAT)
_OPEN: Final = {Side.SALES: "SENT", Side.PURCHASES: "APPROVED"}
_KINDS: Final = {Side.SALES: FlowKind.SALES_INVOICES, Side.PURCHASES: FlowKind.PURCHASE_INVOICES}

Held = dict[str, Any]


def prove(office: Office) -> list[FlowReport]:
    """Let two months happen, give the account that lacked, send everything once more, and compare with Procountor."""
    began = time.monotonic()
    one_by_one.tell(office)
    waited = len(_own(office)) - len(_live(office.target.books()))
    one_by_one.solve(office)
    # What stands there already stays as it is.
    send_now(office.actor, _own(office))
    runs.wait_for_all(office.actor.company)
    seconds, books = time.monotonic() - began, office.target.books()
    found = [_invoices(office, side, books, seconds) for side in Side]
    if waited != 1:
        found[-1] = _differing(found[-1], [f"waited for an account: {waited} instead of 1"])
    return [*found, _payments(office, books)]


def _own(office: Office) -> list[WorkspaceInvoice]:
    return [row for side in Side for row in one_by_one.own(office.actor, side)]


def _live(books: dict[str, Any]) -> list[Held]:
    return [each for each in books["invoices"] if each["status"] != _WITHDRAWN]


def _differing(made: FlowReport, more: Sequence[str]) -> FlowReport:
    return msgspec.structs.replace(made, ok=False, differences=(*made.differences, *more)) if more else made


def _invoices(office: Office, side: Side, books: dict[str, Any], seconds: float) -> FlowReport:
    """Each invoice of a side stands there once, to the cent, posted as here, and as paid as here."""
    rows = one_by_one.own(office.actor, side)
    held = [each for each in _live(books) if each["type"].startswith("SALES") == (side == Side.SALES)]
    made = proof.report(office, _KINDS[side], [_ours(row) for row in rows], [_theirs(each) for each in held], seconds)
    by_number = {each["originalInvoiceNumber"]: each for each in held}
    receipts = {each["id"]: each for each in books["ledger_receipts"]}
    there = [(row, by_number[row.number]) for row in rows if row.number in by_number]
    return _differing(made, [told for row, each in there for told in _told(row, each, receipts)])


def _told(row: WorkspaceInvoice, held: Held, receipts: dict[int, Held]) -> Iterator[str]:
    """Say what differs in an invoice that stands there: its postings, its state, what is still open of it."""
    ours, theirs = _posted(row), _entered(receipts[held["ledgerReceiptId"]])
    if ours != theirs:
        yield f"posted otherwise: {row.number} {ours} here, {theirs} there"
    still_open = open_amount(row)
    unpaid = still_open == amount_from_minor(row.gross_minor, row.currency)
    wanted = _OPEN[Side(row.direction)] if unpaid else "PARTLY_PAID" if still_open else "MARKED_PAID"
    if (held["status"], Decimal(str(held["openSum"]))) != (wanted, still_open):
        yield f"open: {row.number} {wanted} {still_open} here, {held['status']} {held['openSum']} there"


def _posted(row: WorkspaceInvoice) -> dict[str, Decimal]:
    """Return our own base lines under Procountor's accounts."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    rows = InvoicePosting.objects.filter(invoice=row, payment=None).exclude(account__role__in=_THEIRS)
    for each in rows.select_related("account"):
        account = one_by_one.ACCOUNTS[each.account.number][0]
        sums[account] += amount_from_minor(each.debit_minor - each.credit_minor, row.currency)
    return dict(sums)


def _entered(receipt: Held) -> dict[str, Decimal]:
    """Return the values of an invoice's accounting page by account, without those that Procountor adds."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for each in receipt["transactions"]:
        if each["transactionType"] == "ENTRY":
            sums[each["account"]] += Decimal(str(each["accountingValue"]))
    return dict(sums)


def _ours(row: WorkspaceInvoice) -> Line:
    net, vat, gross = (
        amount_from_minor(each, row.currency) for each in (row.net_minor, row.vat_minor, row.gross_minor)
    )
    return Line(row.number, row.party_name, row.currency, net, vat, gross, row.date.isoformat(), str(row.pk))


def _theirs(held: Held) -> Line:
    sums = held["invoiceSumInfo"][0]
    net, vat, gross = (Decimal(str(sums[name])) for name in ("excludingVatTotal", "vatSumTotal", "invoiceSumTotal"))
    party = held["counterParty"]["counterPartyAddress"]["name"]
    return Line(held["originalInvoiceNumber"], party, sums["currency"], net, vat, gross, held["date"])


def _payments(office: Office, books: dict[str, Any]) -> FlowReport:
    """Each payment that was entered here is an event of its invoice there, once, of its day and amount."""
    numbers = {each["id"]: each["originalInvoiceNumber"] for each in _live(books)}
    source = [
        _payment(row.number, each.date.isoformat(), amount_from_minor(each.amount_minor, each.currency), str(each.pk))
        for row in _own(office)
        for each in payments_of(row)
    ]
    target = [
        _payment(numbers[each["invoiceId"]], each["paymentDate"], Decimal(str(each["amount"])))
        for each in books["payment_events"]
    ]
    return proof.report(office, FlowKind.PAYMENTS, source, target, 0.0)


def _payment(number: str, day: str, amount: Decimal, source_id: str = "") -> Line:
    return Line(number, "", "EUR", amount, ZERO, amount, day, source_id)
