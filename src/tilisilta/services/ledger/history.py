"""What was posted before for the same customer or supplier."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from tilisilta.core.ledger import Part, part_of_role
from tilisilta.core.vat import VatTreatment
from tilisilta.store.models import InvoicePosting, LedgerAccount, PostingStage, WorkspaceInvoice

_LOOK_BACK: Final = 300  # posted lines of a party that are looked through, newest first


def fold(text: str) -> str:
    """Return a row's text as it is compared with others: case and spacing do not count."""
    return " ".join(text.casefold().split())


class _Line(NamedTuple):
    """A posted base line."""

    text: str
    account: LedgerAccount
    treatment: str
    rate: Decimal | None


class History:
    """The newest posted bases of one party on one side."""

    def __init__(self, row: WorkspaceInvoice, accounts: Mapping[int, LedgerAccount]) -> None:
        self._lines: list[_Line] = []
        if row.party_id is None:
            return
        found = InvoicePosting.objects.filter(
            company_id=row.company_id,
            invoice__party_id=row.party_id,
            invoice__direction=row.direction,
            invoice__posting_stage=PostingStage.POSTED,
            payment=None,
        ).order_by("-date", "-pk")
        facts = found.values_list("description", "account_id", "vat_treatment", "vat_rate")
        for text, account_id, treatment, rate in facts[:_LOOK_BACK]:
            account = accounts.get(account_id)
            if account is not None and account.is_active and part_of_role(account.role) is Part.BASE:
                self._lines.append(_Line(fold(text), account, treatment, rate))

    def of_text(
        self, text: str, treatment: VatTreatment | None, rate: Decimal | None
    ) -> tuple[LedgerAccount, VatTreatment | None] | None:
        """Return where a row of the same words was posted last, with its VAT treatment.

        A line of another VAT treatment is no example for this one, nor is one of another rate whose account is that
        rate's own. `rate` is None where the invoice does not tell it, or where it is not posted with its rate.
        """
        wanted = fold(text)
        if not wanted:
            return None
        said = [each for each in self._lines if each.text == wanted and _fits(each, treatment, rate)]
        same = [each for each in said if rate is None or each.rate == rate]
        return _answer(same or said)

    def of_party(
        self, treatment: VatTreatment | None, rate: Decimal | None
    ) -> tuple[LedgerAccount, VatTreatment | None] | None:
        """Return the one account on which all lines of this treatment and rate were posted; None if there were several.

        Where nothing of the rate was posted, lines of other rates tell it, but for accounts of a rate of their own.
        """
        fitting = [each for each in self._lines if _fits(each, treatment, rate)]
        same = [each for each in fitting if rate is None or each.rate == rate] or fitting
        if len({(each.account.pk, each.treatment) for each in same}) != 1:
            return None
        return _answer(same)


def _fits(line: _Line, treatment: VatTreatment | None, rate: Decimal | None) -> bool:
    if treatment is not None and line.treatment != treatment:
        return False
    if rate is None or line.rate == rate:
        return True
    return line.account.vat_rate is None or line.account.vat_rate == rate


def _answer(lines: Sequence[_Line]) -> tuple[LedgerAccount, VatTreatment | None] | None:
    if not lines:
        return None
    newest = lines[0]
    return newest.account, VatTreatment(newest.treatment) if newest.treatment else None
