"""The accounts of a company as proposals choose them: by number, by id, by what they stand for."""

from decimal import Decimal
from typing import Final

from tilisilta.core.documents import Direction
from tilisilta.core.ledger import Chosen, Part
from tilisilta.core.vat import VatTreatment
from tilisilta.services.ledger.history import History
from tilisilta.store.models import AccountRole, AccountType, Company, LedgerAccount, WorkspaceInvoice

NOTHING: Final = Chosen(account="", why="missing")
_ROLES: Final = {
    Part.OUTPUT_VAT: (AccountRole.OUTPUT_VAT,),
    Part.INPUT_VAT: (AccountRole.INPUT_VAT,),
    Part.BANK: (AccountRole.BANK, AccountRole.CASH),
    Part.PREPAID: (AccountRole.PREPAYMENTS,),
    Part.ROUNDING: (AccountRole.ROUNDING,),
}


class AccountBook:
    """A company's accounts, loaded once; of several in use that fit equally the first by number is taken.

    It keeps the history of each party that it was asked for, so that many invoices of one party ask once.
    """

    def __init__(self, company: Company) -> None:
        self.company = company
        rows = list(LedgerAccount.objects.filter(company=company).order_by("number"))
        self.by_number = {row.number: row for row in rows}
        self.by_id = {row.pk: row for row in rows}
        self._by_role: dict[str, list[LedgerAccount]] = {}
        self._histories: dict[tuple[int | None, str], History] = {}
        for row in rows:
            if row.is_active and row.role:
                self._by_role.setdefault(row.role, []).append(row)

    def usable(self, pk: int | None) -> LedgerAccount | None:
        """Return an account by id while it is in use; None otherwise."""
        row = self.by_id.get(pk) if pk else None
        return row if row is not None and row.is_active else None

    def of_number(self, number: str) -> LedgerAccount | None:
        """Return an account by number while it is in use; None otherwise."""
        row = self.by_number.get(number.strip())
        return row if row is not None and row.is_active else None

    def history_of(self, row: WorkspaceInvoice) -> History:
        """Return what was posted before for the party of an invoice, on its side."""
        key = (row.party_id, row.direction)
        if key not in self._histories:
            self._histories[key] = History(row, self.by_id)
        return self._histories[key]

    def base(self, direction: Direction, treatment: VatTreatment | None, rate: Decimal) -> LedgerAccount | None:
        """Return the usual account of sales or purchases for a VAT treatment and rate; None when the chart has none.

        An account of another treatment is never taken: it would carry the wrong VAT code into the books.
        """
        role = AccountRole.SALES if direction is Direction.SALES else AccountRole.PURCHASES
        return self._fitting(self._by_role.get(role, []), treatment, rate)

    def part(
        self,
        part: Part,
        direction: Direction,
        treatment: VatTreatment | None = None,
        rate: Decimal | None = None,
    ) -> Chosen:
        """Return the account of any other part of an invoice or payment."""
        if part is Part.PARTY:
            roles: tuple[AccountRole, ...] = (
                (AccountRole.RECEIVABLES,) if direction is Direction.SALES else (AccountRole.PAYABLES,)
            )
        else:
            roles = _ROLES[part]
        found = [row for role in roles for row in self._by_role.get(role, [])]
        if part is Part.PREPAID:
            # What customers paid in advance is owed to them; what we paid in advance is owed to us.
            wanted = AccountType.LIABILITY if direction is Direction.SALES else AccountType.ASSET
            found.sort(key=lambda row: row.type != wanted)
        row = self._fitting(found, treatment, rate) if part.is_vat else next(iter(found), None)
        return Chosen(account=row.number, why="role") if row is not None else NOTHING

    @staticmethod
    def _fitting(
        found: list[LedgerAccount], treatment: VatTreatment | None, rate: Decimal | None
    ) -> LedgerAccount | None:
        same = [row for row in found if treatment is not None and row.vat_treatment == treatment]
        exact = [row for row in same if row.vat_rate == rate]
        unbound = [row for row in found if not row.vat_treatment]
        return next(iter(exact or same or unbound), None)
