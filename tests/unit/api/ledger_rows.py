"""Rows of the ledger for tests that go over all operations of the API."""

import datetime as dt
from decimal import Decimal

from tests.support.workspace import CUSTOMER, SUPPLIER
from tests.unit.formats.banking import camt, entry, payment, statement
from tests.unit.web_transfer import factories as make

from tilisilta.core.documents import Direction, Invoice, encode_document
from tilisilta.services.access import Actor
from tilisilta.services.ledger import bank_files, chart, payments, postings
from tilisilta.services.ledger.proposals import propose
from tilisilta.store.models import BankEntry, InvoiceStage, LedgerAccount, WorkspaceInvoice, WorkspaceSettings

DAY = dt.date(2026, 10, 5)


def ledger_invoice(actor: Actor, direction: Direction, stage: InvoiceStage) -> WorkspaceInvoice:
    """A row as the workspace would have saved it, without the picture that sending makes."""
    party = CUSTOMER if direction is Direction.SALES else SUPPLIER
    document: Invoice = make.invoice(direction=direction, party=party, date=DAY, source_id="")
    return WorkspaceInvoice.objects.create(
        company=actor.company,
        direction=direction.value,
        number=document.number,
        date=document.date,
        party_name=party.name,
        net_minor=10000,
        vat_minor=2400,
        gross_minor=12400,
        stage=stage,
        payload=encode_document(document),
    )


def ledger_ids(actor: Actor) -> dict[str, int]:
    """Return the ids of rows of the ledger by the names that samples use for them."""
    settings, _made = WorkspaceSettings.objects.get_or_create(company=actor.company)
    WorkspaceSettings.objects.filter(pk=settings.pk).update(is_on=True)
    chart.make_chart(actor.company, "EE")
    plain, posted, paid = (ledger_invoice(actor, Direction.SALES, InvoiceStage.SENT) for _ in range(3))
    postings.post(actor, posted, propose(posted))
    payment_row = payments.add_payment(actor, paid, DAY, Decimal(24))
    approved = ledger_invoice(actor, Direction.PURCHASE, InvoiceStage.APPROVED)
    waiting = entry("124.00", payment(message=plain.number), ref=f"a{plain.pk}")
    matched = entry("1.00", payment(message="x"), ref=f"b{plain.pk}")
    bank_files.take(actor, "pank.xml", camt(statement(waiting, matched)))
    first, second = BankEntry.objects.filter(company=actor.company).order_by("pk")
    bank_files.post_entry(actor, second, paid)
    return {
        "account_id": LedgerAccount.objects.get(company=actor.company, number="5000").pk,
        "ledger_invoice_id": plain.pk,
        "posted_invoice_id": posted.pk,
        "paid_invoice_id": paid.pk,
        "approved_invoice_id": approved.pk,
        "payment_id": payment_row.pk,
        "entry_id": first.pk,
        "matched_entry_id": second.pk,
    }
