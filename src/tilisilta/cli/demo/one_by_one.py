"""A Finnish company of the demo that keeps its invoices here and sends each of them into Procountor as it happens."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from tilisilta.cli.demo import offices, runs
from tilisilta.cli.demo.books import ZERO
from tilisilta.cli.demo.emulated import Emulated
from tilisilta.cli.demo.offices import Office
from tilisilta.cli.output import CommandError
from tilisilta.core.documents import Address, BankAccount, Direction, Invoice, InvoiceLine, Party
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.core.money import amount_from_minor
from tilisilta.core.period import add_months, today_in
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services import integrations, mappings
from tilisilta.services.access import Actor
from tilisilta.services.approval.circulation import approve_at_once
from tilisilta.services.forwarding.by_person import send_now
from tilisilta.services.ledger.payments import add_payment
from tilisilta.services.ledger.postings import accept_proposals
from tilisilta.services.ledger.settings import set_posts_on_sending
from tilisilta.services.workspace.lifecycle import send_sales
from tilisilta.services.workspace.saving import save_invoice
from tilisilta.services.workspace.settings import switch_on, update_settings
from tilisilta.services.workspace.totals import sum_up
from tilisilta.store.models import Connection, Side, User, WorkspaceInvoice

_ZONE: Final = ZoneInfo("Europe/Helsinki")
_HOME: Final = VatTreatment.DOMESTIC
_EU: Final = VatTreatment.INTRA_EU_SUPPLY_GOODS
_FULL, _REDUCED = Decimal("25.5"), Decimal("13.5")
_PART: Final = Decimal("500.00")

_KUOPIO: Final = Party(
    name="Järvi-Suomen Rakennus Oy",
    registry_code="1902002-8",
    email="laskut@jarvisuomenrakennus.example",
    address=Address(street="Laiturikatu 3", city="Kuopio", postal_code="70100", country="FI"),
)
_TURKU: Final = Party(
    name="Turun Telakkapalvelu Oy",
    registry_code="1902004-4",
    email="talous@telakkapalvelu.example",
    address=Address(street="Telakkatie 1", city="Turku", postal_code="20100", country="FI"),
)
_TALLINN: Final = Party(
    name="Põhjala Puit OÜ",
    registry_code="10000024",
    vat_number="EE100594102",
    email="arved@pohjalapuit.example",
    address=Address(street="Kase 7", city="Tallinn", postal_code="10115", country="EE"),
)


def _supplier(name: str, code: str, street: str, city: str, iban: str) -> Party:
    address = Address(street=street, city=city, postal_code="33100", country="FI")
    return Party(
        name=name, registry_code=code, address=address, bank_accounts=(BankAccount(iban=iban, bic="NDEAFIHH"),)
    )


_STEEL: Final = _supplier("Teräs-Tampere Oy", "7654321-2", "Terästie 4", "Tampere", "FI2112345600000785")
_HALLS: Final = _supplier("Vuokratalo Hämeenkatu Oy", "1902012-4", "Hämeenkatu 20", "Tampere", "FI4250001510000023")
# Months back, day, customer, what, price, VAT rate and treatment, and how it was paid.
_SOLD: Final = (
    (1, 3, _KUOPIO, "Hitsattu kehikko, 4 kpl", "1680.00", _FULL, _HOME, "whole"),
    (1, 9, _TURKU, "Asennustyö, 16 h", "1088.45", _FULL, _HOME, "whole"),
    (1, 13, _KUOPIO, "Huolto-ohjekirja", "145.10", _REDUCED, _HOME, ""),
    (1, 15, _TALLINN, "Kaiteet, 12 m", "2315.20", ZERO, _EU, "part"),
    (0, 1, _TURKU, "Kannakkeet, erä 2", "764.35", _FULL, _HOME, ""),
    (0, 1, _KUOPIO, "Portaikko asennettuna", "5890.00", _FULL, _HOME, ""),
)
# The same of purchases, with the supplier's number and the account that the row is posted to.
_BOUGHT: Final = (
    (1, 2, _STEEL, "880142", "Teräsputki 60x60", "932.16", "", "whole"),
    (1, 5, _HALLS, "V-1001", "Hallin vuokra", "1850.00", "7230", "whole"),
    (1, 12, _STEEL, "880177", "Teräslevy 3 mm", "611.77", "", "part"),
    (1, 20, _STEEL, "880203", "Polttoleikkaus alihankintana", "640.00", "4450", ""),
    (0, 1, _HALLS, "V-1002", "Hallin vuokra", "1850.00", "7230", ""),
)
# Posted to an account that nobody has given a counterpart yet: it stops, and the table of accounts asks for it.
_NEW: Final = (0, 1, _HALLS, "V-1003", "Mainostaulu hallin seinään", "275.00", "8050", "")
# Our account, then Procountor's and its VAT status of sales and of purchases, as the bookkeeper chose them.
ACCOUNTS: Final[dict[str, tuple[str, str, str]]] = {
    "3000": ("3000", "1", ""), "3010": ("3010", "1", ""), "3100": ("3360", "5", ""), "4000": ("4000", "", "1"),
    "4450": ("4450", "", "1"), "7230": ("7200", "", "1"), "8050": ("8000", "", "1"),
}  # fmt: skip
MISSING: Final = "8050"
_STATUSES: Final = {_HOME.value: "1", _EU.value: "5"}


def make(user: User, procountor: Emulated) -> Office:
    """Make the company as the guide tells: the key, the workspace, its bank account, the level of documents.

    A month of invoices is there before; it goes when the checklist is done.
    """
    procountor.reset(data="empty")
    held = procountor.books()
    bank, code = held["bank_accounts"][0], held["company"]["businessIdentifier"]["code"]
    actor = offices.make_company(
        user, "FI", name=held["company"]["name"], registry_code=code, vat_number=f"FI{code.replace('-', '')}"
    )
    target = offices.connect(actor, procountor, "Procountor")
    switch_on(actor)
    update_settings(
        actor, bank_iban=bank["iban"], bank_bic=bank["bic"], email="laskut@konepaja.example",
        street="Konepajankuja 4", city="Tampere", postal_code="33100",
    )  # fmt: skip
    set_posts_on_sending(actor, is_on=True)
    actor.company.refresh_from_db()
    source = Connection.objects.get(company=actor.company, vendor="workspace")
    integration = integrations.create_integration(actor, source, target, "Tilisilta → Procountor")
    integrations.update_settings(actor, integration, {"level": "document", "purchase_posting": "source"})
    office = Office(actor, integration, procountor)
    earlier = [*_sell(actor, months_back=1), *_buy(actor, months_back=1)]
    _map(office)
    offices.make_ready(office)
    _send(actor, earlier)
    return office


def tell(office: Office) -> None:
    """Work on: sales go as they are sent, purchases by their button; one waits for an account, some are paid."""
    actor = office.actor
    _sell(actor, months_back=0)
    _send(actor, [*_buy(actor, months_back=0), _receive(actor, _NEW)])
    runs.wait_for_all(actor.company)
    _pay(actor)
    runs.wait_for_all(actor.company)


def solve(office: Office) -> None:
    """Give the account that lacks its counterpart in the table; what waited for it goes by itself."""
    _map(office, only=MISSING)
    runs.wait_for_all(office.actor.company)


# --- the work --------------------------------------------------------------------------------------------------


def _day(months_back: int, day: int) -> dt.date:
    this_month = today_in(_ZONE, dt.datetime.now(dt.UTC)).replace(day=1)
    return add_months(this_month, -months_back).replace(day=day)


def _sell(actor: Actor, *, months_back: int) -> list[WorkspaceInvoice]:
    """Write and send the sales of a month; sending posts them."""
    found = []
    for back, day, customer, words, price, rate, treatment, _paid in _SOLD:
        if back == months_back:
            row = InvoiceLine(
                position=1, description=words, unit_price=Decimal(price), vat_rate=rate, vat_treatment=treatment
            )
            written = save_invoice(actor, _document(Direction.SALES, customer, _day(back, day), row))
            found.append(send_sales(actor, written))
    return found


def _buy(actor: Actor, *, months_back: int) -> list[WorkspaceInvoice]:
    return [_receive(actor, each) for each in _BOUGHT if each[0] == months_back]


def _receive(actor: Actor, given: tuple[int, int, Party, str, str, str, str, str]) -> WorkspaceInvoice:
    """Enter a purchase invoice, approve it and post it as proposed."""
    back, day, supplier, number, words, price, account, _paid = given
    row = InvoiceLine(
        position=1, description=words, unit_price=Decimal(price), vat_rate=_FULL, vat_treatment=_HOME,
        ledger_account=account,
    )  # fmt: skip
    written = save_invoice(actor, _document(Direction.PURCHASE, supplier, _day(back, day), row, number))
    told = accept_proposals(actor, [approve_at_once(actor, written)])
    if told.left:
        raise CommandError(f"Not posted: {[each.reason for each in told.left]}")
    written.refresh_from_db()
    return written


def _document(direction: Direction, party: Party, day: dt.date, row: InvoiceLine, number: str = "") -> Invoice:
    sums = sum_up([row], "EUR", exemption_reason="" if row.vat_treatment is _HOME else "AVL 72 a §")
    return Invoice(
        source_id="",
        direction=direction,
        number=number,
        date=day,
        due_date=day + dt.timedelta(days=14),
        party=party,
        net=sums.net,
        vat=sums.vat,
        gross=sums.gross,
        lines=sums.lines,
        vat_totals=sums.vat_totals,
        bank_account=party.bank_accounts[0] if party.bank_accounts else None,
    )


def _send(actor: Actor, rows: Sequence[WorkspaceInvoice]) -> None:
    """Press "Send to Procountor" for many at once."""
    put = send_now(actor, rows)
    if put.left:
        raise CommandError(f"Not sent: {[each.reason for each in put.left]}")


def _pay(actor: Actor) -> None:
    """Enter by hand what the bank shows: invoices paid whole or in part some days after they came."""
    for rows, given in ((own(actor, Side.SALES), _SOLD), (own(actor, Side.PURCHASES), _BOUGHT)):
        for row, each in zip(rows, given, strict=False):
            if way := each[-1]:
                amount = _PART if way == "part" else amount_from_minor(row.gross_minor, "EUR")
                add_payment(actor, row, row.date + dt.timedelta(days=9), amount)


def own(actor: Actor, side: Side) -> list[WorkspaceInvoice]:
    """Return the company's invoices of one side, in the order in which they were entered."""
    return list(WorkspaceInvoice.objects.filter(company=actor.company, direction=side).order_by("pk"))


# --- the tables ------------------------------------------------------------------------------------------------


def _map(office: Office, *, only: str = "") -> None:
    """Fill the table of accounts and of VAT codes by what they mean; `only` is the one account to fill in."""
    wanted = {only: ACCOUNTS[only]} if only else {key: each for key, each in ACCOUNTS.items() if key != MISSING}
    lines = [each for each in mappings.lines(office.integration, MappingTable.ACCOUNTS) if each.source_key in wanted]
    chosen = {each.ref: wanted[each.source_key][0] for each in lines}
    names = ("vat_code_sales", "vat_code_purchases")
    codes = {each.ref: dict(zip(names, wanted[each.source_key][1:], strict=True)) for each in lines}
    mappings.save(office.actor, office.integration, MappingTable.ACCOUNTS, chosen, codes=codes)
    rates = mappings.lines(office.integration, MappingTable.VAT_CODES, only_missing=True)
    statuses = {each.ref: _STATUSES[each.treatment or _HOME.value] for each in rates}
    if statuses:
        mappings.save(office.actor, office.integration, MappingTable.VAT_CODES, statuses)
