"""Movements of goods that invoices cause; they cannot be made through the API (section 4.10)."""

from datetime import datetime
from decimal import Decimal

from tilisilta_emulators.smartaccounts import chart
from tilisilta_emulators.smartaccounts.books import Books, LedgerDraft
from tilisilta_emulators.smartaccounts.errors import Fault, fault
from tilisilta_emulators.smartaccounts.invoice_rows import Side, is_stock
from tilisilta_emulators.smartaccounts.money import euros, money
from tilisilta_emulators.smartaccounts.records import ZERO, Invoice, Movement, MovementRow, Row
from tilisilta_emulators.smartaccounts.stock import IN, OUT


def shortages(books: Books, invoice: Invoice, factor: int) -> list[Fault]:
    """Return a fault for every article of a sale of which less is in stock than is sold."""
    wanted: dict[str, Decimal] = {}
    for row in invoice.rows:
        if is_stock(books, invoice, row):
            wanted[row.code] = wanted.get(row.code, Decimal(0)) + factor * row.quantity
    warehouse = invoice.warehouse_id or ""
    return [
        fault("NOT-ENOUGH-IN-STOCK", value=code)
        for code, quantity in wanted.items()
        if quantity > books.stock.quantity(code, warehouse)
    ]


def move_goods(books: Books, invoice: Invoice, side: Side, factor: int, moment: datetime) -> None:
    """Enter the movement of an invoice's goods and, for sales, the entry of their cost."""
    rows = [row for row in invoice.rows if is_stock(books, invoice, row) and row.quantity]
    if not rows or invoice.warehouse_id is None:
        return
    total = sum((row.quantity for row in rows), Decimal(0)) * factor
    inward = (total > 0) == (side == "vendor")
    movement = Movement(
        **books.new(books.movements, moment),
        number=str(books.number("movement")),
        warehouse_id=invoice.warehouse_id,
        direction=IN if inward else OUT,
        date=invoice.entry_date,
        document=invoice.invoice_number,
        comment=None,
        rows=[],
    )
    draft = LedgerDraft("WAREHOUSE_MOVEMENT", invoice.entry_date, movement.number, invoice.invoice_number)
    for row in rows:
        line = _move_row(books, invoice, movement, row, (side, factor))
        movement.rows.append(line)
        if side == "client":
            _post_cost(books, draft, row, line, inward)
    books.movements.put(movement)
    invoice.movement_id = movement.id
    if side == "client":
        invoice.entry_ids = [*invoice.entry_ids, books.post(draft, moment)]


def _move_row(books: Books, invoice: Invoice, movement: Movement, row: Row, effect: tuple[Side, int]) -> MovementRow:
    side, factor = effect
    signed = row.quantity * factor
    direction = IN if (signed > 0) == (side == "vendor") else OUT
    quantity = abs(signed)
    cost = _unit_cost(books, invoice, row, side)
    total = books.stock.move(movement.id, movement.warehouse_id, direction, (row.code, quantity, cost))
    # Rows against the movement's direction are shown with a minus.
    sign = 1 if direction == movement.direction else -1
    article = books.articles.by_id[row.code]
    return MovementRow(
        row.code,
        row.description,
        money(total / quantity),
        sign * quantity,
        sign * total,
        row.account_warehouse or article.account_warehouse or chart.WAREHOUSE_ACCOUNT,
        row.object_id or invoice.object_id,
    )


def _unit_cost(books: Books, invoice: Invoice, row: Row, side: Side) -> Decimal:
    if side == "vendor":
        expenses = row.additional_expenses or ZERO
        return euros(abs(row.net), invoice.exchange_rate) / abs(row.quantity) + expenses / abs(row.quantity)
    # Goods that a credit invoice brings back come at the article's purchase price.
    return books.articles.by_id[row.code].price_purchase or ZERO


def _post_cost(books: Books, draft: LedgerDraft, row: Row, line: MovementRow, inward: bool) -> None:
    article = books.articles.by_id[row.code]
    expense = row.account_purchase or article.account_purchase or chart.PURCHASE_GOODS
    amount = -line.sum if inward else line.sum
    draft.add(expense, amount, row.description, line.object_id)
    draft.add(line.account or chart.WAREHOUSE_ACCOUNT, -amount, row.description)


def take_back_goods(books: Books, invoice: Invoice, moment: datetime) -> None:
    """Undo the movement of an invoice that is edited or deleted."""
    if invoice.movement_id is not None:
        movement = books.movements.by_id[invoice.movement_id]
        books.stock.take_back(movement)
        books.movements.remove(movement, moment)
        invoice.movement_id = None
