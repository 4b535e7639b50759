"""A bureau that bills, for tests that go over all operations of the API: products, a contract, an invoice."""

import datetime as dt
from decimal import Decimal

from django.utils import timezone
from tests.support.workspace import invoice

from tilisilta.services.access import Actor
from tilisilta.services.billing import target
from tilisilta.services.billing.contracts import ContractContent, RowContent, save_contract
from tilisilta.services.billing.products import ProductContent, save_product
from tilisilta.services.billing.settings import switch_on
from tilisilta.services.practice import clients
from tilisilta.services.practice.settings import MEMBER_RIGHTS
from tilisilta.services.workspace import invoices
from tilisilta.store import vault
from tilisilta.store.models import BilledInvoice, BillingSettings, Connection, ConnectionState, PracticeSettings


def billing_ids(actor: Actor) -> dict[str, int]:
    """Return the ids by the names that samples use for them; accountants have every right of billing afterwards."""
    PracticeSettings.objects.filter(company=actor.company).update(member_rights=list(MEMBER_RIGHTS))
    switch_on(actor)
    books = Connection.objects.create(
        company=actor.company,
        vendor="merit",
        name="Oma Merit",
        state=ConnectionState.ACTIVE,
        sealed_credentials=vault.seal({"api_id": "id", "api_key": "key"}),
        settings={},
    )
    target.choose(actor, books)
    BillingSettings.objects.filter(company=actor.company).update(classifiers_at=timezone.now())
    target.activate(actor)
    client = clients.create_client(actor, clients.ClientContent(name="Arveldatav OÜ", register_mark="unchecked"))
    fee, spare = (
        save_product(actor, ProductContent(code=code, name=code, price=Decimal(10), vat_rate=Decimal(24)))
        for code in ("TASU", "VABA")
    )
    rows = [RowContent(product=fee)]
    first = ContractContent(client=client, starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 12, 31), rows=rows)
    later = ContractContent(client=client, starts_on=dt.date(2027, 1, 1), ends_on=dt.date(2027, 12, 31), rows=rows)
    contract, spare_contract = save_contract(actor, first), save_contract(actor, later)
    draft = invoices.save_invoice(actor, invoice())
    billed = BilledInvoice.objects.create(company=actor.company, invoice=draft, client=client)
    return {
        "own_books_id": books.pk,
        "billing_client_id": client.pk,
        "product_id": fee.pk,
        "spare_product_id": spare.pk,
        "contract_id": contract.pk,
        "spare_contract_id": spare_contract.pk,
        "billed_id": billed.pk,
    }
