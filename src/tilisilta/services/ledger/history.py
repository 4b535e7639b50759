"""What was posted before for the same customer or supplier."""

from collections.abc import Mapping
from typing import Final

from tilisilta.core.ledger import Part, part_of_role
from tilisilta.core.vat import VatTreatment
from tilisilta.store.models import InvoicePosting, LedgerAccount, PostingStage, WorkspaceInvoice

_LOOK_BACK: Final = 300  # posted lines of a party that are looked through, newest first


def fold(text: str) -> str:
    """Return a row's text as it is compared with others: case and spacing do not count."""
    return " ".join(text.casefold().split())


class History:
    """The newest posted bases of one party on one side."""

    def __init__(self, row: WorkspaceInvoice, accounts: Mapping[int, LedgerAccount]) -> None:
        self._lines: list[tuple[str, LedgerAccount, str]] = []
        if row.party_id is None:
            return
        found = InvoicePosting.objects.filter(
            company_id=row.company_id,
            invoice__party_id=row.party_id,
            invoice__direction=row.direction,
            invoice__posting_stage=PostingStage.POSTED,
            payment=None,
        ).order_by("-date", "-pk")
        for text, account_id, treatment in found.values_list("description", "account_id", "vat_treatment")[:_LOOK_BACK]:
            account = accounts.get(account_id)
            if account is not None and account.is_active and part_of_role(account.role) is Part.BASE:
                self._lines.append((fold(text), account, treatment))

    def of_text(self, text: str, treatment: VatTreatment | None) -> tuple[LedgerAccount, VatTreatment | None] | None:
        """Return where a row of the same words was posted last, with its VAT treatment.

        A line of another VAT treatment is no example for this one.
        """
        wanted = fold(text)
        for said, account, its_treatment in self._lines:
            if wanted and said == wanted and (treatment is None or its_treatment == treatment):
                return account, VatTreatment(its_treatment) if its_treatment else None
        return None

    def of_party(self, treatment: VatTreatment | None) -> tuple[LedgerAccount, VatTreatment | None] | None:
        """Return the one account on which all lines of this treatment were posted; None when there were several."""
        same = [each for each in self._lines if treatment is None or each[2] == treatment]
        if len({(account.pk, its_treatment) for _said, account, its_treatment in same}) != 1:
            return None
        _said, account, its_treatment = same[0]
        return account, VatTreatment(its_treatment) if its_treatment else None
