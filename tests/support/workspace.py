"""A company that keeps its invoices here, and invoices as a person would write them."""

import datetime as dt
from decimal import Decimal
from typing import Any

from tests.support.product import make_company
from tilisilta.core.documents import Address, BankAccount, Direction, Invoice, InvoiceLine, Party
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services.access import Actor
from tilisilta.services.workspace.settings import switch_on, update_settings
from tilisilta.services.workspace.totals import sum_up
from tilisilta.store.models import Company, Membership, Role, User

CUSTOMER = Party(
    name="Ostja OÜ",
    registry_code="12345678",
    email="ostja@example.ee",
    address=Address(street="Pikk 1", city="Tartu", postal_code="51003", country="EE"),
)
SUPPLIER = Party(
    name="Müüja OÜ",
    registry_code="10000024",
    vat_number="EE100594102",
    address=Address(street="Lai 2", city="Tallinn", postal_code="10133", country="EE"),
    bank_accounts=(BankAccount(iban="EE382200221020145685", bic="HABAEE2X"),),
)


def make_workspace(
    name: str = "Näidis OÜ", email: str = "omanik@naidis.ee", country: str = "EE"
) -> tuple[Company, Actor]:
    """Return a company whose workspace is on, and its owner."""
    company, actor = make_company(name, email)
    company.country = country
    company.vat_number = "EE100594102" if country == "EE" else "FI20774740"
    company.registry_code = "10000018" if country == "EE" else "2077474-0"
    company.save()
    switch_on(actor)
    iban, bic = ("EE382200221020145685", "HABAEE2X") if country == "EE" else ("FI2112345600000785", "NDEAFIHH")
    update_settings(
        actor, bank_iban=iban, bank_bic=bic, street="Näituse 3", city="Tartu", postal_code="50409",
        einvoice_address="0191:10000018" if country == "EE" else "003720774740",
        einvoice_operator="" if country == "EE" else "BAWCFI22", email="arved@naidis.ee",
    )  # fmt: skip
    return company, actor


def member(company: Company, role: str, email: str) -> Actor:
    """Return a new member of a company as an actor."""
    user, _ = User.objects.get_or_create(email=email)
    Membership.objects.create(company=company, user=user, role=role)
    return Actor(company=company, role=Role(role).value, user=user, label=email)


def line(net: str = "100", rate: str = "24", *, treatment: VatTreatment | None = None, **more: Any) -> InvoiceLine:
    """Return a row of one piece."""
    chosen = treatment or (VatTreatment.DOMESTIC if Decimal(rate) else VatTreatment.ZERO_RATED)
    given = {"position": 1, "description": "Töö", "unit_price": Decimal(net), "vat_rate": Decimal(rate)} | more
    return InvoiceLine(vat_treatment=chosen, **given)


def invoice(direction: str = "sales", *lines: InvoiceLine, **more: Any) -> Invoice:
    """Return an invoice whose totals its rows make; without rows, one row of 100 at 24 %."""
    sums = sum_up(lines or (line(),), more.get("currency", "EUR"), exemption_reason=more.pop("reason", ""))
    is_sales = direction == "sales"
    given: dict[str, Any] = {
        "source_id": "",
        "direction": Direction(direction),
        "number": "" if is_sales else "A-1",
        "date": dt.date(2026, 10, 5),
        "due_date": dt.date(2026, 10, 19),
        "party": CUSTOMER if is_sales else SUPPLIER,
        "net": sums.net,
        "vat": sums.vat,
        "gross": sums.gross,
        "lines": sums.lines,
        "vat_totals": sums.vat_totals,
    }
    return Invoice(**(given | more))
