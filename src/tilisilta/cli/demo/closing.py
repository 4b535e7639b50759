"""A Finnish company of the demo that keeps its invoices here and closes its months into Netvisor."""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from tilisilta.cli.demo import offices, proof, runs
from tilisilta.cli.demo.books import ZERO, Line
from tilisilta.cli.demo.emulated import Emulated
from tilisilta.cli.demo.offices import Office
from tilisilta.cli.demo.proof import FlowReport
from tilisilta.cli.output import CommandError
from tilisilta.core.documents import Address, BankAccount, Direction, Invoice, InvoiceLine, Party
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.core.money import amount_from_minor
from tilisilta.core.period import Period, add_months, month_of, today_in
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats.write_finvoice import write_finvoice
from tilisilta.formats.writing import Seller
from tilisilta.services import integrations, mappings
from tilisilta.services.access import Actor
from tilisilta.services.approval.circulation import approve_at_once
from tilisilta.services.closing import closing, history
from tilisilta.services.closing.books import Range
from tilisilta.services.ledger import bank_files
from tilisilta.services.ledger.postings import accept_proposals
from tilisilta.services.workspace.intake import take_files
from tilisilta.services.workspace.lifecycle import send_sales
from tilisilta.services.workspace.saving import save_invoice
from tilisilta.services.workspace.settings import switch_on, update_settings
from tilisilta.services.workspace.totals import sum_up
from tilisilta.store.models import Connection, FlowKind, InvoicePosting, Side, User, WorkspaceInvoice

_ZONE: Final = ZoneInfo("Europe/Helsinki")
_HOME: Final = VatTreatment.DOMESTIC
_RATE: Final = Decimal("25.5")
_EU: Final = VatTreatment.INTRA_EU_SUPPLY_GOODS
_BUILDING: Final = VatTreatment.CONSTRUCTION_REVERSE_CHARGE
_IBAN: Final = "FI2112345600000785"

_US: Final = Party(
    name="Saimaan Puutyö Oy",
    registry_code="2077474-0",
    vat_number="FI20774740",
    address=Address(street="Satamatie 3", city="Savonlinna", postal_code="57130", country="FI"),
    einvoice_address="003720774740",
    einvoice_operator="BAWCFI22",
)
_LAHTI: Final = Party(
    name="Järvenrannan Rakennus Oy",
    registry_code="2345678-4",
    email="talous@jarvenranta.example",
    address=Address(street="Rantakatu 12", city="Lahti", postal_code="15110", country="FI"),
)
_OULU: Final = Party(
    name="Pohjolan Puu Oy",
    registry_code="3456789-8",
    email="laskut@pohjolanpuu.example",
    address=Address(street="Sahatie 4", city="Oulu", postal_code="90100", country="FI"),
)
_TALLINN: Final = Party(
    name="Põhjala Puit OÜ",
    registry_code="10000024",
    vat_number="EE100594102",
    email="arved@pohjalapuit.example",
    address=Address(street="Kase 7", city="Tallinn", postal_code="10115", country="EE"),
)
_SAWMILL: Final = Seller(
    name="Varastotien Saha Oy",
    registry_code="7654321-2",
    vat_number="FI76543212",
    address=Address(street="Varastotie 9", city="Helsinki", postal_code="00100", country="FI"),
    bank_accounts=(BankAccount(iban="FI4250001510000023", bic="OKOYFIHH"),),
    einvoice_address="003776543212",
    einvoice_operator="BAWCFI22",
)
# Day, customer, what, price, and the VAT treatment.
_SOLD: Final = (
    (2, _LAHTI, "Keittiökalusteet asennettuna", "4820.00", _HOME),
    (6, _OULU, "Mänty, höylätty 22x100", "1312.45", _HOME),
    (11, _LAHTI, "Väliseinätyöt, urakka 3/5", "7600.00", _BUILDING),
    (17, _TALLINN, "Tammipöytä, 4 kpl", "3960.00", _EU),
    (24, _OULU, "Terassilaudat", "884.90", _HOME),
)
_BOUGHT: Final = ((3, "41077", "Koivuvaneri 18 mm", "1190.40"), (14, "41122", "Sahatavara", "2375.15"))
# Our account, then Netvisor's and its VAT codes of sales and of purchases, as the bookkeeper chose them.
_MAP: Final[dict[str, tuple[str, str, str]]] = {
    "1701": ("1701", "", ""), "1763": ("1763", "", ""), "1910": ("1910", "", ""), "2871": ("2871", "", ""),
    "2939": ("2939", "", ""), "3000": ("3010", "KOMY", ""), "3060": ("3200", "RAMY", ""), "3100": ("3360", "EUMY", ""),
    "4000": ("4000", "", "KOOS"), "7230": ("7230", "", "KOOS"),
}  # fmt: skip
_VAT_ROLES: Final = frozenset({"output_vat", "input_vat"})


def make(user: User, netvisor: Emulated) -> Office:
    """Make the company with its workspace on, tie it to Netvisor, and enter the last two months."""
    netvisor.reset()
    actor = offices.make_company(user, "FI", name=_US.name, registry_code=_US.registry_code, vat_number=_US.vat_number)
    switch_on(actor)
    update_settings(
        actor, bank_iban=_IBAN, bank_bic="NDEAFIHH", email="laskut@saimaanpuutyo.example",
        street=_US.address.street, city=_US.address.city, postal_code=_US.address.postal_code,
        einvoice_address=_US.einvoice_address, einvoice_operator=_US.einvoice_operator,
    )  # fmt: skip
    source = Connection.objects.get(company=actor.company, vendor="workspace")
    target = offices.connect(actor, netvisor, "Netvisor")
    office = Office(actor, integrations.create_integration(actor, source, target, "Tilisilta → Netvisor"), netvisor)
    _work(actor, *months())
    _map(office)
    offices.make_ready(office)
    return office


def months() -> tuple[Period, Period]:
    """Return the month that is closed and the one that is open: the last two that are over."""
    today = today_in(_ZONE, dt.datetime.now(dt.UTC))
    return month_of(add_months(today.replace(day=1), -2)), month_of(add_months(today.replace(day=1), -1))


# --- the work of two months ----------------------------------------------------------------------------------


def _work(actor: Actor, closed: Period, still_open: Period) -> None:
    """Sell and buy in both months; the first is approved, posted and paid, the second is in the middle of it."""
    done = [*_sell(actor, closed.first, len(_SOLD)), *_buy(actor, closed.first)]
    for row in done:
        if row.direction == Side.PURCHASES:
            approve_at_once(actor, row)
    _post(actor, done)
    _pay(actor, closed.first, done)
    later = _sell(actor, still_open.first, 3)
    _post(actor, later[:1])
    _buy(actor, still_open.first)
    save_invoice(actor, _document(Direction.SALES, _OULU, still_open.last, _row("Listat, tarjous 88", "412.00")))


def _sell(actor: Actor, month: dt.date, count: int) -> list[WorkspaceInvoice]:
    rows = []
    for day, customer, words, price, treatment in _SOLD[:count]:
        document = _document(Direction.SALES, customer, month.replace(day=day), _row(words, price, treatment))
        rows.append(send_sales(actor, save_invoice(actor, document)))
    return rows


def _buy(actor: Actor, month: dt.date) -> list[WorkspaceInvoice]:
    """Take the sawmill's Finvoice files in, and enter the rent by hand."""
    files = []
    for day, number, words, price in _BOUGHT:
        name = f"{number}-{month:%m}"
        document = _document(Direction.SALES, _US, month.replace(day=day), _row(words, price), name)
        files.append((f"{name}.xml", write_finvoice(document, _SAWMILL)))
    taken = take_files(actor, files)
    landlord = Party(name="Satamatien Kiinteistöt Oy", registry_code="1234567-1", address=Address(country="FI"))
    row = _row("Vuokra", "1450.00", account="7230")
    rent = _document(Direction.PURCHASE, landlord, month, row, f"V-{month:%m}")
    rows = [each.invoice for each in taken if each.invoice is not None]
    if len(rows) != len(files):
        raise CommandError(f"The sawmill's files were not taken: {taken}")
    return [*rows, save_invoice(actor, rent)]


def _row(words: str, price: str, treatment: VatTreatment = _HOME, account: str = "") -> InvoiceLine:
    rate = _RATE if treatment is _HOME else ZERO
    return InvoiceLine(
        position=1, description=words, unit_price=Decimal(price), vat_rate=rate, vat_treatment=treatment,
        ledger_account=account,
    )  # fmt: skip


def _document(direction: Direction, party: Party, day: dt.date, row: InvoiceLine, number: str = "") -> Invoice:
    sums = sum_up([row], "EUR", exemption_reason="" if row.vat_treatment is _HOME else "AVL 8 c §, 72 a §")
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
    )


def _post(actor: Actor, rows: Sequence[WorkspaceInvoice]) -> None:
    told = accept_proposals(actor, rows)
    if told.left:
        raise CommandError(f"Not posted: {[each.reason for each in told.left]}")


def _pay(actor: Actor, month: dt.date, rows: Sequence[WorkspaceInvoice]) -> None:
    """Take the bank's file: most customers paid with their reference number."""
    paid = [row for row in rows if row.direction == Side.SALES][:3]
    bank_files.take(actor, f"tiliote-{month:%Y-%m}.xml", _statement(month, paid))


def _statement(month: dt.date, rows: Iterable[WorkspaceInvoice]) -> bytes:
    """Return a bank statement (camt.053) with a payment of each invoice, three weeks into the month or later."""
    entries = "".join(
        f'<Ntry><Amt Ccy="EUR">{amount_from_minor(row.gross_minor, "EUR")}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<Sts>BOOK</Sts><BookgDt><Dt>{month.replace(day=21 + place)}</Dt></BookgDt>"
        f"<ValDt><Dt>{month.replace(day=21 + place)}</Dt></ValDt><AcctSvcrRef>{month:%Y%m}{place:04}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Nm>{row.party_name}</Nm>"
        f"</Dbtr></RltdPties><RmtInf><Strd><CdtrRefInf><Ref>{row.reference_number}</Ref></CdtrRefInf></Strd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>"
        for place, row in enumerate(rows)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>M{month:%Y%m}</MsgId></GrpHdr><Stmt><Id>S{month:%Y%m}</Id>"
        f"<Acct><Id><IBAN>{_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def _map(office: Office) -> None:
    lines = [each for each in mappings.lines(office.integration, MappingTable.ACCOUNTS) if each.source_key in _MAP]
    chosen = {each.ref: _MAP[each.source_key][0] for each in lines}
    codes = {
        each.ref: dict(zip(("vat_code_sales", "vat_code_purchases"), _MAP[each.source_key][1:], strict=True))
        for each in lines
    }
    mappings.save(office.actor, office.integration, MappingTable.ACCOUNTS, chosen, codes=codes)


# --- closing, and what both books say of it ------------------------------------------------------------------


def tell(office: Office) -> None:
    """Close the earlier month; the later one stays open."""
    for side in (Side.SALES, Side.PURCHASES):
        _close(office, side)


def prove(office: Office) -> list[FlowReport]:
    """Close the earlier month and compare Netvisor's ledger with our postings, per account and VAT code.

    Each is sent a second time before the books are read: what was sent again must stand there once.
    """
    found = []
    for side, kind in ((Side.SALES, FlowKind.PERIOD_SALES), (Side.PURCHASES, FlowKind.PERIOD_PURCHASES)):
        began = time.monotonic()
        before = {each["key"] for each in _vouchers(office)}
        _close(office, side, again=True)
        held = [each for each in _vouchers(office) if each["key"] not in before]
        source, target = _totalled(_posted(office, side)), _totalled(_held(held))
        found.append(proof.report(office, kind, source, target, time.monotonic() - began))
    return found


def _close(office: Office, side: Side, *, again: bool = False) -> None:
    month, _later = months()
    period = closing.close(office.actor, side, Range(month.first, month.last), per_day=side == Side.SALES)
    runs.wait_for_all(office.actor.company)
    if again:
        closing.resend(office.actor, history.get_period(office.actor.company, period.pk))
        runs.wait_for_all(office.actor.company)
    history.refreshed([history.get_period(office.actor.company, period.pk)])


def _posted(office: Office, side: Side) -> Iterator[tuple[str, str, Decimal]]:
    """Yield account and VAT code as Netvisor has them, and the amount, of each posting that is closed."""
    own = InvoicePosting.objects.filter(
        company=office.actor.company, invoice__direction=side, date__lte=months()[0].last
    ).select_related("account")
    for row in own:
        target, sales, purchases = _MAP[row.account.number]
        code = sales if side == Side.SALES else purchases
        is_base = row.vat_rate is not None and row.account.role not in _VAT_ROLES
        yield target, code if is_base and code else "NONE", amount_from_minor(row.debit_minor - row.credit_minor, "EUR")


def _vouchers(office: Office) -> list[dict[str, Any]]:
    """Return Netvisor's valid vouchers that bear a key of ours."""
    vouchers: list[dict[str, Any]] = office.target.books()["vouchers"]
    return [each for each in vouchers if each["status"] == "valid" and "[TS:" in each["description"]]


def _held(vouchers: Iterable[dict[str, Any]]) -> Iterator[tuple[str, str, Decimal]]:
    for voucher in vouchers:
        for row in voucher["lines"]:
            yield row["account"], row["vat_code"], Decimal(str(row["sum"]))


def _totalled(rows: Iterable[tuple[str, str, Decimal]]) -> list[Line]:
    """Return a line for each account, VAT code and side of it, debit or credit."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for account, code, amount in rows:
        sums[account, f"{code} {'debit' if amount > 0 else 'credit'}"] += abs(amount)
    return [Line(account, code, "EUR", amount, ZERO, amount) for (account, code), amount in sorted(sums.items())]
