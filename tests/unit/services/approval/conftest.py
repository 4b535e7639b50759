import msgspec
import pytest
from tests.support.workspace import invoice, line, make_workspace, member

from tilisilta.services.access import Actor
from tilisilta.services.workspace.invoices import save_invoice, stored_invoice
from tilisilta.services.workspace.settings import update_settings
from tilisilta.services.workspace.totals import sum_up
from tilisilta.store.models import Company, Role, WorkspaceInvoice


class Firm:
    """A company with an owner, a bookkeeper, a checker, two bosses; its purchase invoices go round."""

    def __init__(self) -> None:
        self.company: Company
        self.company, self.owner = make_workspace()
        self.clerk = member(self.company, Role.ACCOUNTANT, "raamatupidaja@naidis.ee")
        self.checker = member(self.company, Role.VIEWER, "kontrollija@naidis.ee")
        self.boss = member(self.company, Role.VIEWER, "juht@naidis.ee")
        self.chair = member(self.company, Role.ADMIN, "esimees@naidis.ee")
        self.numbers = 0

    def settings(self, **fields: object) -> None:
        update_settings(self.owner, **{"circulation_on": True, **fields})

    def bill(self, net: str = "100", **more: object) -> WorkspaceInvoice:
        self.numbers += 1
        return save_invoice(self.clerk, invoice("purchase", line(net), number=f"A-{self.numbers}", **more))


def user_of(actor: Actor):
    assert actor.user is not None
    return actor.user


def edit(firm: Firm, row: WorkspaceInvoice, net: str, **more: object) -> WorkspaceInvoice:
    sums = sum_up((line(net),))
    changed = msgspec.structs.replace(
        stored_invoice(row), lines=sums.lines, net=sums.net, vat=sums.vat, gross=sums.gross,
        vat_totals=sums.vat_totals, **more,
    )  # fmt: skip
    return save_invoice(firm.clerk, changed, row=row)


@pytest.fixture
def firm(db: None) -> Firm:
    firm = Firm()
    firm.settings()
    return firm
