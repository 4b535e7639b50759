import datetime as dt
from collections.abc import Iterator

import pytest
from tests.support.workspace import invoice, line, make_workspace

from tilisilta.core.documents import DocumentKind
from tilisilta.ports import FetchRequest, SourceRecord
from tilisilta.services.access import Actor
from tilisilta.services.workspace.invoices import save_invoice
from tilisilta.services.workspace_port import listing
from tilisilta.store.models import Company, WorkspaceInvoice

SALES = (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE)
PURCHASES = (DocumentKind.PURCHASE_INVOICE, DocumentKind.PURCHASE_CREDIT_NOTE)
OCTOBER = {"date_from": dt.date(2026, 10, 1), "date_to": dt.date(2026, 10, 31)}


class Books:
    """A company with a workspace, and its listings as the engine walks them."""

    def __init__(self) -> None:
        self.company: Company
        self.actor: Actor
        self.company, self.actor = make_workspace()

    def sale(self, number: str, day: int = 5, net: str = "100", **more: object) -> WorkspaceInvoice:
        sold = invoice("sales", line(net), number=number, date=dt.date(2026, 10, day), **more)
        return save_invoice(self.actor, sold)

    def bill(self, number: str, day: int = 5, **more: object) -> WorkspaceInvoice:
        return save_invoice(self.actor, invoice("purchase", number=number, date=dt.date(2026, 10, day), **more))

    def pages(
        self, kinds: tuple[DocumentKind, ...], *, limit: int = 2, at_first: bool = False, **wanted: object
    ) -> Iterator[tuple[SourceRecord, ...]]:
        token = ""
        while True:
            request = FetchRequest(kinds=kinds, token=token, **wanted)
            page = listing.list_documents(self.company.pk, request, limit=limit, purchases_at_first_approval=at_first)
            yield page.records
            token = page.next_token
            if not token:
                return

    def listed(self, kinds: tuple[DocumentKind, ...], **wanted: object) -> list[SourceRecord]:
        return [record for page in self.pages(kinds, **wanted) for record in page]

    def numbers(self, kinds: tuple[DocumentKind, ...], **wanted: object) -> list[str]:
        return [record.number for record in self.listed(kinds, **wanted)]


@pytest.fixture
def books(db: None) -> Books:
    return Books()
