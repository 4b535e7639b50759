from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client
from tests.support.workspace import invoice, make_workspace
from tests.unit.formats.banking import camt, entry, payment, statement
from tests.unit.web_transfer.factories import member

from tilisilta.services.ledger import bank_files, payments, postings
from tilisilta.services.ledger.proposals import propose
from tilisilta.services.workspace.invoices import save_invoice, send_sales
from tilisilta.store.models import BankEntry, LedgerAccount, Role, WorkspaceInvoice


@pytest.fixture(autouse=True)
def _plain(settings, monkeypatch):
    """Pages are rendered without a collected manifest, and sending makes no picture."""
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    monkeypatch.setattr("tilisilta.services.workspace.outputs.make_image", lambda *_told: None)
    cache.clear()


@pytest.fixture
def firm(db):
    """A company with a sale, a posted purchase that is partly paid, and two bank entries."""
    company, actor = make_workspace()
    sale = send_sales(actor, save_invoice(actor, invoice("sales")))
    bought = save_invoice(actor, invoice("purchase"))
    WorkspaceInvoice.objects.filter(pk=bought.pk).update(stage="approved")
    bought.refresh_from_db()
    postings.post(actor, bought, propose(bought))
    paid = payments.add_payment(actor, bought, bought.date, invoice("purchase").net)
    waiting = entry("124.00", payment(role="Dbtr", name="Ostja OÜ"), ref="b1")
    lost = entry("9.00", payment(role="Dbtr", name="Keegi"), ref="b2")
    bank_files.take(actor, "pank.xml", camt(statement(waiting, lost)))
    proposed, unmatched = BankEntry.objects.order_by("pk")
    return SimpleNamespace(
        company=company,
        actor=actor,
        sale=sale,
        bought=bought,
        payment=paid,
        proposed=proposed,
        unmatched=unmatched,
        account=LedgerAccount.objects.get(company=company, number="5000"),
        unused=LedgerAccount.objects.get(company=company, number="5010"),
    )


@pytest.fixture
def as_role(firm):
    def sign_in(role: str = Role.OWNER, company=None) -> Client:
        client = Client()
        client.force_login(member(company or firm.company, role))
        return client

    return sign_in
