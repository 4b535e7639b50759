"""Our postings on Procountor's accounting page (vendor sheet section 6).

`InvoiceDraft.extra["postings"]` is a JSON list of lines in the books' currency:

    {"account": "4000", "vat_status": "1", "vat_rate": "25.5", "vat_treatment": "domestic",
     "debit": "125.00", "credit": "0", "description": "Pahvilaatikko", "part": "base"}

`account` and `vat_status` are Procountor's own. `part` is what `core.ledger.Part` says: lines of the tax itself and of
the receivable or payable may stand among them; Procountor makes those itself, so they are compared and not sent. Where
`part` is empty, the account tells. Amounts are text, or numbers without fractions.
"""

import hashlib
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tilisilta.connectors.procountor import assumptions
from tilisilta.connectors.procountor.amounts import HUNDRED, money_lines, percent_of, sign_of, text_of
from tilisilta.connectors.procountor.client import Row, number, the_rows
from tilisilta.connectors.procountor.lists import Account, Vat
from tilisilta.core.documents import Direction, LineKind
from tilisilta.core.errors import BadInput, Refused
from tilisilta.core.mapping.draft import InvoiceDraft
from tilisilta.core.money import ZERO, round_amount
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.kit.marker import read_marker, write_marker
from tilisilta.kit.values import identity, text

OURS = "Tilisilta"
ENTRY, REVERSING, RECONCILIATION = "ENTRY", "REVERSING_ENTRY", "RECONCILIATION_ENTRY"
VAT_TYPES = {Direction.SALES: "SALES", Direction.PURCHASE: "PURCHASE"}
_TAX = frozenset(("output_vat", "input_vat"))
_OPPOSITE = frozenset(("party", "prepaid", "bank"))


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One posting line as it is handed over."""

    account: str
    vat_status: str = ""
    vat_rate: Decimal | None = None
    vat_treatment: VatTreatment | None = None
    debit: Decimal = ZERO
    credit: Decimal = ZERO
    description: str = ""
    part: str = ""

    @property
    def value(self) -> Decimal:
        """The amount as Procountor has it: debit positive."""
        return self.debit - self.credit

    @property
    def percent(self) -> Decimal:
        """The percentage that Procountor reckons with."""
        return percent_of(self.vat_rate, self.vat_treatment)


class Sorted(msgspec.Struct, frozen=True, kw_only=True):
    """Lines by what becomes of them: rows of the page, the tax, and the balance-sheet side."""

    base: tuple[Line, ...]
    tax: tuple[Line, ...]
    opposite: tuple[Line, ...]


_decode = msgspec.json.Decoder(list[Line]).decode


def has_postings(draft: InvoiceDraft) -> bool:
    """Return whether our postings are to stand on the page."""
    return bool(draft.extra.get("postings"))


def read_lines(draft: InvoiceDraft) -> list[Line]:
    """Return the lines of a draft.

    Raises:
        BadInput: UNREADABLE; they are not as the module says.

    """
    try:
        return _decode(draft.extra.get("postings") or "[]")
    except msgspec.MsgspecError as error:
        raise BadInput("UNREADABLE", field="postings", rule="posting lines", value=str(error)[:200]) from None


def sort_lines(lines: Sequence[Line], *, vat_accounts: Collection[str], opposite_account: str = "") -> Sorted:
    """Return the lines by what becomes of them; those without an amount are left out."""
    base: list[Line] = []
    tax: list[Line] = []
    opposite: list[Line] = []
    for line in lines:
        if not line.value:
            continue
        is_tax = line.part in _TAX or (not line.part and line.vat_rate is None and line.account in vat_accounts)
        is_opposite = line.part in _OPPOSITE or (not line.part and bool(opposite_account == line.account))
        (tax if is_tax else opposite if is_opposite else base).append(line)
    return Sorted(base=tuple(base), tax=tuple(tax), opposite=tuple(opposite))


def require_known(lines: Sequence[Line], accounts: dict[str, Account], vat: Vat, direction: Direction) -> None:
    """Raise unless Procountor has every account and VAT status of lines that become rows; all wrong ones are named.

    Raises:
        Refused: ACCOUNT_OR_VAT_UNMAPPED.

    """
    wrong: list[str] = []
    for at, line in enumerate(lines, 1):
        account, status = accounts.get(line.account), vat.statuses.get(line.vat_status)
        if account is None or not account.is_active:
            wrong.append(f"row {at}: account {line.account or '-'}")
        elif status is None or not status.stands_on(direction):
            wrong.append(f"row {at}: account {line.account}, VAT status {line.vat_status or '-'}")
        elif line.percent and line.percent not in vat.percents(direction):
            wrong.append(f"row {at}: account {line.account}, {line.percent} %")
    if wrong:
        raise Refused("ACCOUNT_OR_VAT_UNMAPPED", field="postings", message="; ".join(wrong)[:400])


def require_sums(draft: InvoiceDraft, found: Sorted) -> None:
    """Raise unless the rows of the postings add up to the rows of the invoice; asked before anything is sent.

    Only where both are in one currency: converted amounts are compared with Procountor's own.

    Raises:
        Refused: POSTINGS_DIFFER.

    """
    invoice = draft.invoice
    if invoice.exchange_rate not in {None, 1}:
        return
    rows = [each.line for each in money_lines(draft)]
    shown = sum((row.net for row in rows if row.kind is LineKind.ROUNDING), ZERO)
    net = sum((row.net for row in rows), ZERO) + (ZERO if shown == invoice.rounding else invoice.rounding)
    wanted = net * sign_of(invoice) * (1 if invoice.direction is Direction.PURCHASE else -1)
    _require_near(sum((line.value for line in found.base), ZERO), wanted, len(rows))


def _require_near(ours: Decimal, theirs: Decimal, rows: int) -> None:
    if abs(ours - theirs) > assumptions.LEFTOVER_A_ROW * max(rows, 1):
        raise Refused("POSTINGS_DIFFER", ours=ours, theirs=theirs)


# --- the page ------------------------------------------------------------------------------------------------


def transactions(receipt: Row, kind: str = ENTRY) -> list[Row]:
    """Return the rows of one kind on a page, in their order."""
    return [row for row in the_rows(receipt.get("transactions")) if text(row.get("transactionType")) == kind]


def vat_of(row: Row) -> Decimal:
    """Return the tax that Procountor adds to a row: its values are net."""
    if text(row.get("transactionType")) != ENTRY:
        return ZERO
    return round_amount(number(row, "accountingValue") * number(row, "vatPercent") / HUNDRED)


def opposite_account(receipt: Row) -> str:
    """Return the account of the balance-sheet row that Procountor made."""
    return next((text(row.get("account")) for row in transactions(receipt, REVERSING)), "")


def _sign(account: str, value: Decimal, percent: Decimal, status: str) -> tuple[str, Decimal, Decimal, str]:
    return account, value, percent, status


def _signs(receipt: Row) -> list[tuple[str, Decimal, Decimal, str]]:
    return sorted(
        _sign(
            text(row.get("account")), number(row, "accountingValue"), number(row, "vatPercent"), _status(row, receipt)
        )
        for row in transactions(receipt)
        if number(row, "accountingValue")
    )


def holds(receipt: Row, found: Sorted) -> bool:
    """Return whether a page shows our rows: account, value, percentage and VAT status of each."""
    ours = sorted(_sign(line.account, line.value, line.percent, line.vat_status) for line in found.base)
    return _signs(receipt) == ours


def _own_mark(key: str, receipt: Row) -> str:
    shown = ";".join(
        "/".join((account, f"{value:.2f}", text_of(percent), status))
        for account, value, percent, status in _signs(receipt)
    )
    return f"{key}/{hashlib.sha256(shown.encode()).hexdigest()[:12]}"


def is_ours(receipt: Row, key: str) -> bool:
    """Return whether a page stands as we last wrote it, whatever is to stand there now."""
    return read_marker(receipt.get("accountantsNotes")) == _own_mark(key, receipt)


def _status(row: Row, receipt: Row) -> str:
    return identity(row.get("vatStatus")) or identity(receipt.get("vatStatus"))


def rewrite(receipt: Row, found: Sorted, direction: Direction, key: str) -> Row:
    """Return the page with our rows in the place of its own; ids and all else are echoed.

    The accountant's notes tell what we wrote, unless somebody else wrote there.

    Raises:
        Refused: POSTINGS_DIFFER when our sums are not those of the invoice.

    """
    entries = [row for row in transactions(receipt) if number(row, "accountingValue")]
    empty = [row for row in transactions(receipt) if not number(row, "accountingValue")]
    rows = max(len(entries), len(found.base))
    _require_near(
        sum((line.value for line in found.base), ZERO),
        sum((number(row, "accountingValue") for row in entries), ZERO),
        rows,
    )
    made = [_entry(entries[at] if at < len(entries) else {}, line, direction) for at, line in enumerate(found.base)]
    others = [*transactions(receipt, REVERSING), *transactions(receipt, RECONCILIATION)]
    if found.opposite and others:
        reversing = sum((number(row, "accountingValue") for row in transactions(receipt, REVERSING)), ZERO)
        _require_near(sum((line.value for line in found.opposite), ZERO), reversing, rows)
    if found.tax:
        _require_near(sum((line.value for line in found.tax), ZERO), sum(map(vat_of, made), ZERO), rows)
    status = made[0]["vatStatus"] if made else receipt.get("vatStatus")
    head = {name: value for name, value in receipt.items() if name not in {"attachments", "transactions"}}
    page = {**head, "vatStatus": status, "transactions": [*others, *made, *empty]}
    notes = text(receipt.get("accountantsNotes"))
    if not notes or read_marker(notes):
        page["accountantsNotes"] = write_marker(_own_mark(key, page), OURS, limit=assumptions.TEXT_CHARS)
    return page


def _entry(held: Row, line: Line, direction: Direction) -> dict[str, Any]:
    value = number(held, "accountingValue") if held else None
    kept = dict(held) if value == line.value else {name: held[name] for name in ("id",) if name in held}
    made = {
        **kept,
        "transactionType": ENTRY,
        "account": line.account,
        "accountingValue": line.value,
        "vatPercent": line.percent,
        "vatType": VAT_TYPES[direction],
        "vatStatus": int(line.vat_status),
    }
    if line.description and not made.get("description"):
        made["description"] = " ".join(line.description.split())[: assumptions.TEXT_CHARS]
    if direction is Direction.PURCHASE:
        made.setdefault("vatDeductionPercent", assumptions.VAT_DEDUCTION_PERCENT)
    return made
