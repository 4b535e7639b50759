"""Writing of finance documents: defaults, lines, totals and numbers.

Source: vendor sheet, sections 8 and 9. `lines` replaces the whole set; without it lines stay as they are.
"""

import copy
import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tilisilta_emulators.scoro import ledger, totals
from tilisilta_emulators.scoro.modules import Module
from tilisilta_emulators.scoro.render import is_credit
from tilisilta_emulators.scoro.rows import Document, Expense, Invoice, Line, Product
from tilisilta_emulators.scoro.site import Site
from tilisilta_emulators.scoro.values import ZERO, check_digit_731, decimal, plain
from tilisilta_emulators.scoro.writing import (
    READ_ONLY,
    Problems,
    check_references,
    read_account,
    read_custom,
    read_fields,
    require_fields,
)

PURCHASES = frozenset(("bills", "expenses", "purchaseOrders"))
MONEY_FIELDS = frozenset(("lines", "discount", "discount2", "discount3", "vat", "sum", "vat_sum"))
DEADLINE_DAYS = 14
_NUMBER = re.compile(r"(\d{4})-(\d+)")


def write_document(site: Site, module: Module, row_id: int, request: Mapping[str, Any], account: str) -> Document:
    """Create (id 0) or change a document and return it.

    Raises:
        ApiError: 404 unknown id, 400 invalid fields or a locked period.

    """
    table = site.tables[module.name]
    row: Document = copy.copy(site.row(module.name, row_id, account)) if row_id else _fresh(site, module, account)
    if row_id:
        site.require_open(row.date)
    problems = Problems()
    computed = frozenset(("sum", "vat_sum")) if site.options.totals == "compute" else frozenset()
    skip = READ_ONLY | {"id"} | computed
    wanted = read_fields(module, module.row.__struct_fields__, request, problems, aliases=module.aliases, skip=skip)
    check_references(site, wanted, problems)
    read_account(site, wanted, problems)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.custom_fields = read_custom(request, row.custom_fields, problems)
    require_fields(module, row, problems)
    if request.get("lines") is not None:
        row.lines = _read_lines(site, module, request["lines"], row, problems)
    elif not row_id and not isinstance(row, Expense):
        problems.add("lines", "is required")
    problems.raise_any()
    site.require_open(row.date)
    _complete(site, module, row)
    _total(site, row, request, wanted, created=not row_id)
    money = not row_id or bool(MONEY_FIELDS & request.keys())
    row.modified_date = site.stamp(module)
    if row_id:
        table.forget(row_id)
    else:
        row.id = table.next_id
        row.created_date = row.modified_date
    ledger.settle(site, module.name, row, status=money and "status" not in wanted and "status" in module.enums)
    table.put(row)
    return row


def _fresh(site: Site, module: Module, account: str) -> Document:
    row: Any = module.row()
    row.account_id = account
    row.date = site.now().date().isoformat()
    row.currency = "EUR"
    return row  # type: ignore[no-any-return]


def _complete(site: Site, module: Module, row: Document) -> None:
    """Fill what a client may leave out."""
    if not row.date:
        row.date = site.now().date().isoformat()
    row.currency = row.currency or "EUR"
    if decimal(row.currency_rate) == ZERO:
        row.currency_rate = "1.00"
    if not row.deadline and module.name != "purchaseOrders":
        row.deadline = (date.fromisoformat(row.date) + timedelta(days=DEADLINE_DAYS)).isoformat()
    if not row.no:
        year = row.date[:4]
        row.no = f"{year}-{site.numbers[module.name, year] + 1:03d}"
    taken = _NUMBER.fullmatch(row.no)
    if taken:
        place = module.name, taken[1]
        site.numbers[place] = max(site.numbers[place], int(taken[2]))
    if isinstance(row, Invoice):
        if not row.reference_no:
            row.reference_no = check_digit_731(re.sub(r"\D", "", row.no) or str(site.tables["invoices"].next_id))
        if row.credited_invoices and row.payment_type == "banktransfer":
            row.payment_type = "credit"
        if site.options.credit_sign == "flag" and is_credit(row):
            _negate(row)


def _negate(row: Document) -> None:
    """Hold a credit invoice that came in positive numbers as the negative it means."""
    for line in row.lines:
        amount = decimal(line.amount)
        line.amount = plain(-abs(amount))


def _total(site: Site, row: Document, request: Mapping[str, Any], wanted: Mapping[str, Any], *, created: bool) -> None:
    if not created and not MONEY_FIELDS & request.keys():
        return
    totals.compute(row, site.options.vat_rounding)
    for name in ("sum", "vat_sum"):
        if name in wanted:
            setattr(row, name, wanted[name])


def _read_lines(site: Site, module: Module, given: object, row: Document, problems: Problems) -> list[Line]:
    if given is None:
        given = []
    if not isinstance(given, list) or not _is_rows(given):
        problems.add("lines", "must be an array of objects")
        return []
    return [_read_line(site, module, each, row, problems.under(f"lines[{place}].")) for place, each in enumerate(given)]


def _read_line(
    site: Site,
    module: Module,
    given: Mapping[str, Any],
    row: Document,
    problems: Problems,
) -> Line:
    if module.line is None:
        raise TypeError(module.name)
    skip = frozenset(("sum",))
    wanted = read_fields(module, module.line.__struct_fields__, given, problems, aliases=module.line_aliases, skip=skip)
    check_references(site, wanted, problems)
    if "depot_amounts" in wanted and not _is_rows(wanted["depot_amounts"]):
        problems.add("depot_amounts", "must be an array of objects")
    percent = wanted.get("vat")
    if percent is None or (wanted.get("vat_code_id") and not decimal(percent)):
        wanted.pop("vat", None)  # a code says more than a zero, which typed clients send for nothing
    line_id = wanted.pop("id", 0)
    known = next((each for each in row.lines if each.id == line_id), None)
    line = copy.copy(known) if known is not None else module.line(id=site.next_line_id())
    for name, value in wanted.items():
        setattr(line, name, value)
    line.custom_fields = read_custom(given, line.custom_fields, problems)
    if known is None:
        _fill_line(site, module, line, row, wanted)
    elif "vat_code_id" in wanted and "vat" not in wanted:
        line.vat = _percent(site, line.vat_code_id)
    return line


def _is_rows(value: object) -> bool:
    return not value or (isinstance(value, list) and all(isinstance(row, dict) for row in value))


def _fill_line(site: Site, module: Module, line: Line, row: Document, wanted: Mapping[str, Any]) -> None:
    """Take from the product what a new line leaves out (inferred)."""
    product: Product | None = site.tables["products"].rows.get(line.product_id)
    purchase = module.name in PURCHASES
    if product is not None:
        if "price" not in wanted:
            line.price = product.buying_price if purchase else product.price
        line.unit = line.unit or product.unit
        if "finance_account_id" not in wanted:
            line.finance_account_id = (
                product.purchases_finance_account_id if purchase else product.sales_finance_account_id
            )
        own_code = (product.default_purchases_tax_id if purchase else product.default_sales_tax_id) or (
            product.default_vat_code_id
        )
        if "vat" not in wanted and "vat_code_id" not in wanted:
            line.vat_code_id = own_code
    if "vat" not in wanted and line.vat_code_id:
        line.vat = _percent(site, line.vat_code_id)
    if line.vat is None and row.vat is None:
        line.vat = "0.00"


def _percent(site: Site, vat_code_id: int) -> str:
    code = site.tables["vatCodes"].rows.get(vat_code_id)
    return str(code.percent) if code else plain(Decimal(0))
