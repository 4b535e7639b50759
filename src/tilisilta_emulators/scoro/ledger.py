"""What receipts do to the documents they pay (inferred: sheet, section 10).

A credit invoice settles nothing by itself: whether the vendor sets it off against what it credits is unknown.
"""

from tilisilta_emulators.scoro import totals
from tilisilta_emulators.scoro.rows import Bill, Document, Invoice, Receipt, ReceiptGroup
from tilisilta_emulators.scoro.site import Site
from tilisilta_emulators.scoro.values import ZERO, decimal, plain


def targets(receipt: Receipt) -> list[tuple[str, int]]:
    """Return the module and id of what a receipt pays."""
    paid = []
    if receipt.invoice_id:
        paid.append((receipt.sales_doc_type, receipt.invoice_id))
    if receipt.prepayment_id:
        paid.append(("prepayments", receipt.prepayment_id))
    return paid


def apply(site: Site, group: ReceiptGroup, sign: int) -> set[tuple[str, int]]:
    """Add (1) or take back (-1) a group's receipts; return the documents touched."""
    touched = set()
    for receipt in group.receipts:
        for target in targets(receipt):
            site.paid[target] += sign * decimal(receipt.sum)
            touched.add(target)
    return touched


def settle(site: Site, kind: str, row: Document, paid_on: str | None = None, *, status: bool = True) -> None:
    """Bring a document's paid and outstanding sums, and its status, in line with its receipts."""
    paid = site.paid.get((kind, row.id), ZERO)
    whole = totals.gross(row)
    outstanding = whole - paid
    if isinstance(row, Invoice):
        outstanding -= decimal(row.prepayment_sum)
        row.paid_sum = plain(paid)
        row.receivable_sum = plain(outstanding)
    if not status:
        return
    settled = outstanding <= ZERO if whole >= ZERO else outstanding >= ZERO
    row.status = "paid" if settled and row.lines else "unpaid"
    if isinstance(row, Bill):
        row.dateofpayment = (paid_on or row.dateofpayment) if row.status == "paid" else None


def settle_all(site: Site, touched: set[tuple[str, int]], paid_on: str | None) -> None:
    """Settle documents after a change of receipts and move their modified dates."""
    for kind, row_id in sorted(touched):
        table = site.tables[kind]
        row = table.rows.get(row_id)
        if row is not None:
            settle(site, kind, row, paid_on)
            table.touch(row, site.stamp(table.module))
