"""A firm that closes its months into Netvisor: accounts, invoices with their postings, payments, and the mapping."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from tests.support.emulators import Emulated
from tilisilta.services import connections, integrations
from tilisilta.services.access import Actor
from tilisilta.services.closing.books import Range
from tilisilta.store import vault
from tilisilta.store.models import (
    Company,
    Connection,
    ConnectionState,
    Integration,
    IntegrationState,
    InvoicePosting,
    InvoiceStage,
    LedgerAccount,
    MappingRow,
    Membership,
    PostingStage,
    Role,
    Side,
    User,
    WorkspaceInvoice,
    WorkspacePayment,
    WorkspaceSettings,
)

OCTOBER = Range(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
RATE = Decimal("25.5")
# Number, name, type, role; then Netvisor's account and its VAT codes of sales and of purchases.
ACCOUNTS: dict[str, tuple[str, str, str, str, str, str]] = {
    "1700": ("Myyntisaamiset", "asset", "receivables", "1701", "", ""),
    "1763": ("Alv-saaminen", "asset", "input_vat", "1763", "", ""),
    "1910": ("Pankki", "asset", "bank", "1910", "", ""),
    "2870": ("Ostovelat", "liability", "payables", "2871", "", ""),
    "2939": ("Alv-velka", "liability", "output_vat", "2939", "", ""),
    "3000": ("Myynti", "income", "sales", "3000", "KOMY", ""),
    "3360": ("Yhteisömyynti", "income", "", "3360", "EUMY", ""),
    "4000": ("Ostot", "expense", "purchases", "4000", "", "KOOS"),
    "4110": ("Yhteisöhankinnat", "expense", "", "4110", "", "EUOS"),
}
_numbers = count(1)


@dataclass
class Firm:
    """A company with its workspace on. Amounts are in cents."""

    company: Company
    actor: Actor
    accounts: dict[str, LedgerAccount]
    integration: Integration | None = None
    netvisor: Emulated | None = None
    made: list[WorkspaceInvoice] = field(default_factory=list)

    def as_role(self, role: str) -> Actor:
        user, _ = User.objects.get_or_create(email=f"{role}@yritys.fi")
        Membership.objects.get_or_create(company=self.company, user=user, defaults={"role": role})
        return Actor(company=self.company, role=role, user=user, label=user.email)

    def invoice(
        self, day: dt.date, net: int = 10000, *, side: str = Side.SALES, posted: bool = True, kind: str = "domestic",
        credit: bool = False, **fields: Any,
    ) -> WorkspaceInvoice:  # fmt: skip
        """Make one invoice, sent or approved, with its postings."""
        is_sales = side == Side.SALES
        vat = round(net * 255 / 1000) if kind == "domestic" else 0
        row = WorkspaceInvoice.objects.create(
            **{
                "company": self.company,
                "direction": side,
                "is_credit_note": credit,
                "number": f"{'M' if is_sales else 'O'}{next(_numbers)}",
                "date": day,
                "party_name": "Asiakas Oy" if is_sales else "Toimittaja Oy",
                "net_minor": net,
                "vat_minor": vat,
                "gross_minor": net + vat,
                "stage": InvoiceStage.SENT if is_sales else InvoiceStage.APPROVED,
                "posting_stage": PostingStage.POSTED if posted else PostingStage.NONE,
                "payload": b"{}",
                **fields,
            }
        )
        if posted:
            self.post(row, day, _lines(side, kind, net, vat, credit=credit))
        self.made.append(row)
        return row

    def post(
        self, row: WorkspaceInvoice, day: dt.date, lines: list[tuple[str, int, str, Decimal | None]],
        payment: WorkspacePayment | None = None,
    ) -> None:  # fmt: skip
        """Enter lines (account, amount with debit positive, treatment, rate)."""
        InvoicePosting.objects.bulk_create(
            InvoicePosting(
                company=self.company,
                invoice=row,
                payment=payment,
                position=place,
                account=self.accounts[number],
                date=day,
                debit_minor=max(amount, 0),
                credit_minor=max(-amount, 0),
                vat_treatment=treatment,
                vat_rate=rate,
            )
            for place, (number, amount, treatment, rate) in enumerate(lines)
        )

    def pay(self, row: WorkspaceInvoice, day: dt.date, amount: int, *, posted: bool = True) -> WorkspacePayment:
        payment = WorkspacePayment.objects.create(company=self.company, invoice=row, date=day, amount_minor=amount)
        if posted:
            sign, other = (1, "1700") if row.direction == Side.SALES else (-1, "2870")
            self.post(row, day, [("1910", sign * amount, "", None), (other, -sign * amount, "", None)], payment)
        return payment

    # --- Netvisor ------------------------------------------------------------------------------------------

    def connect(self, netvisor: Emulated, *, replacing: str = "edit", mapped: bool = True) -> Integration:
        """Tie the workspace to Netvisor as people would, and map its accounts."""
        source = Connection.objects.get(company=self.company, vendor="workspace")
        target = connections.create_connection(
            self.actor,
            vendor="netvisor",
            name="Netvisor",
            credentials=netvisor.credentials,
            settings={"base_url": netvisor.base_url, "replacing": replacing},
        )
        check = connections.check_connection(self.actor, target)
        assert check.ok, check
        self.netvisor = netvisor
        self.integration = integrations.create_integration(self.actor, source, target)
        Integration.objects.filter(pk=self.integration.pk).update(state=IntegrationState.READY)
        self.integration.refresh_from_db()
        if mapped:
            self.map_accounts()
        return self.integration

    def map_accounts(self) -> None:
        MappingRow.objects.bulk_create(
            MappingRow(
                company=self.company,
                integration=self.integration,
                table="accounts",
                source_key=number,
                target_key=target,
                extra={"vat_code_sales": sales, "vat_code_purchases": purchases},
            )
            for number, (_, _, _, target, sales, purchases) in ACCOUNTS.items()
        )

    def expected(self, side: str) -> dict[tuple[str, str], int]:
        """Return what our postings say in Netvisor's accounts and VAT codes: debit less credit, in cents."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        rows = InvoicePosting.objects.filter(company=self.company, invoice__direction=side).select_related("account")
        for row in rows:
            _, _, role, target, sales, purchases = ACCOUNTS[row.account.number]
            code = (sales if side == Side.SALES else purchases) if row.vat_rate is not None else ""
            code = "" if role in {"output_vat", "input_vat"} else code
            sums[target, code or "NONE"] += row.debit_minor - row.credit_minor
        return {key: value for key, value in sums.items() if value}

    def held(self) -> dict[tuple[str, str], int]:
        """Return what Netvisor's valid vouchers of ours say, by account and VAT code, in cents."""
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for voucher in self.vouchers():
            for line in voucher["lines"]:
                sums[line["account"], line["vat_code"]] += int(Decimal(str(line["sum"])) * 100)
        return {key: value for key, value in sums.items() if value}

    def vouchers(self, status: str = "valid") -> list[dict[str, Any]]:
        """Return Netvisor's vouchers that bear a key of ours."""
        assert self.netvisor is not None
        return [
            each
            for each in self.netvisor.books()["vouchers"]
            if each["status"] == status and "[TS:" in each["description"]
        ]


def _lines(side: str, kind: str, net: int, vat: int, *, credit: bool) -> list[tuple[str, int, str, Decimal | None]]:
    sign = (1 if side == Side.SALES else -1) * (-1 if credit else 1)
    if kind == "eu":
        account, treatment = ("3360", "intra_eu_supply_goods") if side == Side.SALES else ("4110", "")
        if side == Side.SALES:
            return [("1700", sign * net, "", None), (account, -sign * net, treatment, Decimal(0))]
        own = round(net * 255 / 1000)
        return [
            ("2870", sign * net, "", None),
            (account, -sign * net, "intra_eu_acquisition_goods", RATE),
            ("2939", sign * own, "intra_eu_acquisition_goods", RATE),
            ("1763", -sign * own, "intra_eu_acquisition_goods", RATE),
        ]
    owed, base, tax = ("1700", "3000", "2939") if side == Side.SALES else ("2870", "4000", "1763")
    return [
        (owed, sign * (net + vat), "", None),
        (base, -sign * net, "domestic", RATE),
        (tax, -sign * vat, "domestic", RATE),
    ]


def make_firm(name: str = "Yritys Oy", email: str = "omistaja@yritys.fi") -> Firm:
    """Return a company whose workspace is on, with its chart of accounts."""
    company = Company.objects.create(
        name=name, country="FI", registry_code="1234567-1", time_zone="Europe/Helsinki", language="fi"
    )
    user, _ = User.objects.get_or_create(email=email)
    Membership.objects.create(company=company, user=user, role=Role.OWNER)
    actor = Actor(company=company, role=Role.OWNER, user=user, label=email)
    WorkspaceSettings.objects.create(company=company, is_on=True)
    Connection.objects.create(
        company=company,
        vendor="workspace",
        name="Tilisilta",
        state=ConnectionState.ACTIVE,
        sealed_credentials=vault.seal({}),
    )
    accounts = LedgerAccount.objects.bulk_create(
        LedgerAccount(company=company, number=number, name=told[0], type=told[1], role=told[2])
        for number, told in ACCOUNTS.items()
    )
    return Firm(company, actor, {each.number: each for each in accounts})


def fill(firm: Firm) -> None:
    """Give a firm a month of both sides: domestic, EU, a credit note, payments in whole and in part."""

    def day(number: int) -> dt.date:
        return dt.date(2026, 10, number)

    first = firm.invoice(day(2), 10000)
    firm.invoice(day(2), 33333)
    firm.invoice(day(15), 20001, kind="eu")
    firm.invoice(day(31), 5000, credit=True)
    firm.pay(first, day(20), 12550)
    bought = firm.invoice(day(5), 40000, side=Side.PURCHASES)
    firm.invoice(day(6), 77777, side=Side.PURCHASES, kind="eu")
    firm.pay(bought, day(30), 10000)
