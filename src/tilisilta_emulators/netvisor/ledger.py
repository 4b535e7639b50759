"""How vouchers come into the ledger: their lines from a message, their numbers, their VAT."""

from datetime import date
from decimal import Decimal

from tilisilta_emulators.netvisor import chart, vat
from tilisilta_emulators.netvisor.call import Call
from tilisilta_emulators.netvisor.errors import Refused
from tilisilta_emulators.netvisor.records import Line, Voucher
from tilisilta_emulators.netvisor.shape import Node
from tilisilta_emulators.netvisor.values import ZERO, cents, decimal

_HUNDRED = Decimal(100)

# The VAT of one line: account, amount, text.
_Extra = tuple[str, Decimal, str]


def vat_of(amount: Decimal, rate: Decimal, *, gross: bool) -> Decimal:
    """Return the VAT in (`gross`) or on top of `amount`, in whole cents."""
    if gross:
        return cents(amount * rate / (_HUNDRED + rate))
    return cents(amount * rate / _HUNDRED)


def read_lines(call: Call, nodes: list[Node], mode: str, allowed: frozenset[str]) -> list[Line]:
    """Return the lines of `voucherline` elements; in gross mode with their VAT on lines of its own.

    Args:
        call: The request.
        nodes: The elements.
        mode: Calculation mode: net stores lines as they are, gross computes VAT.
        allowed: VAT codes that the message knows.

    Raises:
        Refused: An account, VAT code, sum or dimension is wrong.

    """
    lines: list[Line] = []
    for node in nodes:
        lines += _read_line(call, node, mode, allowed)
    return lines


def _read_line(call: Call, node: Node, mode: str, allowed: frozenset[str]) -> list[Line]:
    books = call.books
    account = books.account(node.get("accountnumber"), call.options)
    sum_node = node.child("linesum")
    amount = cents(decimal("linesum", sum_node.text if sum_node else ""))
    sort = (sum_node.attributes.get("type") or mode).lower() if sum_node else mode
    rate_node = node.child("vatpercent")
    rate = decimal("vatpercent", rate_node.text if rate_node else "")
    code = rate_node.attributes.get("vatcode") if rate_node else None
    code = vat.check(code or account.vat_code, rate, call.options, allowed)
    dimensions = books.named_dimensions(node.all("dimension"), create=call.options.create_dimensions)
    text = call.fit("description", node.get("description"))
    extra: list[_Extra] = []
    if mode == "gross":
        amount, extra = split(account.number, amount, code, rate, gross=sort == "gross")
    line = books.line(account.number, amount, text, (code, rate), dimensions)
    line.follow_up = call.fit("accountdimension", node.get("accountdimension"))
    return [line, *(books.line(number, value, name) for number, value, name in extra if value)]


def split(account: str, amount: Decimal, code: str, rate: Decimal, *, gross: bool) -> tuple[Decimal, list[_Extra]]:
    """Return what goes to the account, and the VAT lines beside it.

    Args:
        account: The account itself; VAT that may not be deducted goes there too.
        amount: Debit positive.
        code: VAT code.
        rate: Percent.
        gross: Whether `amount` has VAT in it; reverse-charge amounts never have.

    """
    treatment = vat.treatment(code)
    receivable, debt = chart.DEFAULTS["PurchaseVATReceivable"], chart.DEFAULTS["SalesVATDebt"]
    text = f"ALV {rate.normalize():f} %".replace(".", ",")
    if not rate or treatment == "none":
        return amount, []
    if treatment in {"sale", "purchase"}:
        tax = vat_of(amount, rate, gross=gross)
        return amount - tax if gross else amount, [(debt if treatment == "sale" else receivable, tax, text)]
    tax = vat_of(amount, rate, gross=False)
    return amount, [(receivable if treatment == "reverse" else account, tax, text), (debt, -tax, text)]


def take_number(call: Call, sort: str, day: date, wanted: int | None) -> int:
    """Return the number of a new voucher: the wanted one, or the next of its type and year.

    Raises:
        Refused: The wanted one is taken and that is refused.

    """
    books = call.books
    if wanted is None:
        return books.number(f"voucher {sort} {day.year}")
    if (sort, day.year, wanted) in books.voucher_numbers and call.options.number_clash == "refuse":
        raise Refused("DUPLICATE_DATA", "duplicate", name="number", value=wanted)
    return wanted


def enter(call: Call, sort: str, day: date, text: str, lines: list[Line], *, source: tuple[str, int]) -> Voucher:
    """Enter the voucher that a document makes and return it; the lines must balance.

    Args:
        call: The request.
        sort: Voucher type.
        day: Accounting date; must be open.
        text: Description.
        lines: Lines; a difference of cents goes to the rounding account.
        source: Kind of document (salesinvoice, purchaseinvoice or empty) and its key.

    """
    books = call.books
    difference = sum((line.sum for line in lines), ZERO)
    lines = [line for line in lines if line.sum]
    if difference:
        lines.append(books.line(chart.DEFAULTS["RoundingOffDifference"], -difference, "Pyöristys"))
    voucher = Voucher(
        key=books.vouchers.next_key(),
        modified=call.now,
        created=call.now,
        type=sort,
        number=take_number(call, sort, day, None),
        date=day,
        description=text,
        lines=lines,
        source=source[0],
        source_key=source[1],
    )
    return books.post(voucher)


def has_vat(lines: list[Line]) -> bool:
    """Return whether the VAT lock concerns these lines."""
    return any(line.vat_code != "NONE" for line in lines)
