from decimal import Decimal

import pytest
from tests.support.product import make_company
from tests.support.workspace import invoice, member
from tests.unit.services.approval.conftest import Firm, edit, user_of

from tilisilta.core.documents import DimensionValue
from tilisilta.services.access import Forbidden
from tilisilta.services.approval import circulation, defaults, handlers
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace.events import log_of
from tilisilta.services.workspace.invoices import save_invoice
from tilisilta.store.models import AuditEntry, DefaultHandler, Membership, Role, WorkspaceDimension, WorkspaceInvoice


def people(row: WorkspaceInvoice) -> list[tuple[str, str, bool]]:
    return [(each.user.email.partition("@")[0], each.role, each.is_mandatory) for each in handlers.handlers_of(row)]


def test_default_handlers_join_from_their_amount_on(firm: Firm):
    defaults.add_default(firm.owner, user_of(firm.checker), "checker", is_mandatory=True)
    defaults.add_default(firm.owner, user_of(firm.boss), "approver", is_mandatory=True)
    defaults.add_default(firm.owner, user_of(firm.chair), "approver", is_mandatory=True, from_amount=Decimal("1000.00"))
    small = [("kontrollija", "checker", True), ("juht", "approver", True)]
    assert people(firm.bill("100")) == small
    assert people(firm.bill("806.44")) == small  # 999.99 with VAT
    assert people(firm.bill("806.46")) == [*small, ("esimees", "approver", True)]  # 1000.01
    foreign = firm.bill("500", currency="USD", exchange_rate=Decimal(2))
    assert people(foreign) == [*small, ("esimees", "approver", True)]  # 1240 in the books


def test_an_amount_that_grows_brings_in_who_must_see_it(firm: Firm):
    defaults.add_default(firm.owner, user_of(firm.boss), "approver", is_mandatory=True)
    defaults.add_default(firm.owner, user_of(firm.chair), "approver", is_mandatory=True, from_amount=Decimal(1000))
    row = circulation.start(firm.clerk, firm.bill("100"))
    edit(firm, row, "2000")
    assert people(row) == [("juht", "approver", True), ("esimees", "approver", True)]
    circulation.accept(firm.boss, row)
    row.refresh_from_db()
    assert row.stage == "circulating"


@pytest.mark.parametrize(
    ("fields", "is_found"),
    [
        ({"our_reference": "Objekt P-17, tööd"}, True),
        ({"your_reference": "p-17"}, True),
        ({"order_number": "P-17"}, True),
        ({"note": "Töökäsk P-17."}, True),
        ({"dimensions": (DimensionValue("project", "P-17"),)}, True),
        ({"our_reference": "P-170"}, False),
        ({"our_reference": "XP-17"}, False),
        ({"number": "P-17"}, False),
    ],
)
def test_the_foreman_of_a_project_that_the_invoice_names_takes_part(firm: Firm, fields, is_found):
    WorkspaceDimension.objects.create(company=firm.company, axis="project", code="P-17", foreman=user_of(firm.boss))
    WorkspaceDimension.objects.create(company=firm.company, axis="project", code="P-18", foreman=user_of(firm.chair))
    firm.settings(foreman_part="both", foreman_is_mandatory=True)
    number = {"number": fields["number"]} if "number" in fields else {}
    firm.numbers += 1
    row = save_invoice(firm.clerk, invoice("purchase", **{"number": "A-9", **fields, **number}))
    assert people(row) == ([("juht", "checker", True), ("juht", "approver", True)] if is_found else [])
    if is_found:
        assert "juht@naidis.ee added as Checker: foreman of P-17" in [each.text for each in log_of(row)]


def test_one_who_is_default_and_foreman_is_added_once_and_waited_for(firm: Firm):
    WorkspaceDimension.objects.create(company=firm.company, axis="project", code="77", foreman=user_of(firm.boss))
    defaults.add_default(firm.owner, user_of(firm.boss), "approver")
    firm.settings(foreman_part="approver", foreman_is_mandatory=True)
    assert people(firm.bill("10", order_number="77")) == [("juht", "approver", True)]
    firm.settings(foreman_part="none")
    assert people(firm.bill("10", order_number="77")) == [("juht", "approver", False)]


def test_nobody_outside_of_the_company_joins(firm: Firm):
    _company, stranger = make_company("Võõras OÜ", "v@voeras.ee")
    for add in (
        lambda: defaults.add_default(firm.owner, user_of(stranger), "approver"),
        lambda: handlers.add_handler(firm.clerk, firm.bill(), user_of(stranger), "approver"),
    ):
        with pytest.raises(ServiceError) as told:
            add()
        assert told.value.code == "HANDLER_NOT_MEMBER"
    left = member(firm.company, Role.VIEWER, "lahkub@naidis.ee")
    defaults.add_default(firm.owner, user_of(left), "approver")
    Membership.objects.filter(user=left.user).delete()
    assert people(firm.bill()) == []


def test_default_handlers_are_an_administrators_matter_and_logged(firm: Firm):
    with pytest.raises(Forbidden):
        defaults.add_default(firm.clerk, user_of(firm.boss), "approver")
    added = defaults.add_default(firm.owner, user_of(firm.boss), "approver", from_amount=Decimal(50))
    for given, code in (
        ({"from_amount": Decimal(50)}, "DEFAULT_HANDLER_TWICE"),
        ({"from_amount": Decimal(-1)}, "AMOUNT_NEGATIVE"),
    ):
        with pytest.raises(ServiceError) as told:
            defaults.add_default(firm.owner, user_of(firm.boss), "approver", **given)
        assert told.value.code == code
    with pytest.raises(Forbidden):
        defaults.remove_default(firm.clerk, added)
    defaults.remove_default(firm.owner, added)
    assert not DefaultHandler.objects.exists()
    actions = list(AuditEntry.objects.filter(action__startswith="approval").values_list("action", flat=True))
    assert sorted(actions) == ["approval.default_added", "approval.default_removed"]
