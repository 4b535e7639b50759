"""An installation whose firm has a month of thousands of invoices, closed into Netvisor.

Run as a program like `tests.recovery.closing`, with verbs of its own beside that one's.
"""

import datetime as dt
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from tests.recovery import closing, installation
from tests.recovery.installation import ROOT, Installation

FIRST: Final = dt.date(2026, 10, 1)
FINNISH: Final = frozenset(Decimal(rate) for rate in ("0", "10", "13.5", "14", "22", "23", "24", "25.5"))
SAMPLES: Final = (ROOT.parent / "shared" / "samples", ROOT / "tests" / "contract" / "files" / "samples")
# Kind of trade: our account of the base, its rate, and what of the VAT is owed and deducted.
Kind = tuple[str, str, str]
SALES: Final[tuple[Kind, ...]] = (
    ("3000", "25.5", "domestic"), ("3010", "13.5", "domestic"), ("3060", "0", "construction_reverse_charge"),
    ("3100", "0", "intra_eu_supply_goods"), ("3200", "0", "export"),
)  # fmt: skip
PURCHASES: Final[tuple[Kind, ...]] = (
    ("4000", "25.5", "domestic"), ("8540", "25.5", "domestic"), ("4460", "25.5", "construction_reverse_charge"),
    ("4100", "25.5", "intra_eu_acquisition_goods"), ("4210", "25.5", "import_services"), ("8570", "0", "exempt"),
)  # fmt: skip
# What a treatment is called in Netvisor, by side.
CODES: Final = {
    "domestic": ("KOMY", "KOOS"), "construction_reverse_charge": ("RAMY", "RAOS"), "reverse_charge": ("MUUL", "KAVE"),
    "intra_eu_supply_goods": ("EUMY", ""), "intra_eu_acquisition_goods": ("", "EUOS"), "export": ("EUUM", ""),
    "intra_eu_acquisition_services": ("", "EUPO"), "import_services": ("", "EUUO"), "import_goods": ("", "EUUO"),
}  # fmt: skip
TARGETS: Final = {"1701": "1701", "1763": "1763", "1910": "1910", "2871": "2871", "2939": "2939", "8680": "8570"}
BASES: Final = {
    "3000": "3010", "3010": "3020", "3060": "3200", "3100": "3360", "3200": "3380",
    "4000": "4000", "4100": "4110", "4210": "4130", "4460": "4450", "8540": "7680",
}  # fmt: skip


class ThousandsInstallation(Installation):
    """An installation that knows how to fill a month and to close it."""

    def command(self, verb: str, **params: Any) -> list[str]:
        return [sys.executable, "-m", "tests.recovery.thousands", verb, json.dumps(params)]


# --- inside the installation -------------------------------------------------------------------------------


def _set_up(netvisor: dict[str, Any], sales: int, purchases: int) -> dict[str, Any]:
    """Make the firm with its month: generated invoices in bulk, published ones as the product reads and posts them."""
    from tests.support.closing import Firm
    from tests.support.emulators import Emulated
    from tests.support.workspace import make_workspace
    from tilisilta.services.workspace.settings import settings_of

    company, actor = make_workspace("Yritys Oy", "omistaja@yritys.fi", country="FI")
    assert settings_of(company).is_on
    firm = Firm(company, actor, {each.number: each for each in company.ledger_accounts.all()})
    for side, kinds, count in (("sales", SALES, sales), ("purchase", PURCHASES, purchases)):
        _generate(firm, side, kinds, count)
    samples = _published(actor)
    integration = firm.connect(Emulated(**netvisor), mapped=False)
    _map(firm, integration)
    return {"company": company.pk, "samples": samples}


def _generate(firm: Any, side: str, kinds: tuple[Kind, ...], count: int) -> None:
    from django.utils import timezone

    from tests.support.workspace import invoice, line
    from tilisilta.core.vat.treatment import VatTreatment
    from tilisilta.services.workspace.parties import find_or_create
    from tilisilta.services.workspace.saving import write_columns
    from tilisilta.store.models import InvoicePosting, WorkspaceInvoice, WorkspacePayment

    example = invoice(side)
    party = find_or_create(firm.company, example.party, "customer" if side == "sales" else "supplier")
    made, lines = [], []
    for at in range(count):
        kind = kinds[at % len(kinds)]
        _base, rate, treatment = kind
        is_credit = at % 17 == 16
        row = line(
            f"{(-1 if is_credit else 1) * (1000 + at * 37) / Decimal(100)}", rate, treatment=VatTreatment(treatment)
        )
        day = FIRST + dt.timedelta(days=at % 31)
        document = invoice(
            side, row, number=f"{'M' if side == 'sales' else 'O'}{at:05}", date=day, reason="AVL",
            is_credit_note=is_credit,
        )  # fmt: skip
        stage = "sent" if side == "sales" else "approved"
        own = WorkspaceInvoice(
            company=firm.company, direction=side, stage=stage, posting_stage="posted", sent_at=timezone.now()
        )
        write_columns(own, document, party)
        made.append(own)
        lines.append(list(_lines(side, kind, own.net_minor, own.gross_minor)))
    kept = WorkspaceInvoice.objects.bulk_create(made, batch_size=500)
    paid = WorkspacePayment.objects.bulk_create(
        WorkspacePayment(company=firm.company, invoice=each, date=each.date, amount_minor=each.gross_minor)
        for each in kept[::3]
        if not each.is_credit_note
    )
    sign, other = (1, "1701") if side == "sales" else (-1, "2871")
    sets: list[tuple[Any, Any, list[Any]]] = [(each, None, own) for each, own in zip(kept, lines, strict=True)]
    for payment in paid:
        bank = [("1910", sign * payment.amount_minor, "", None), (other, -sign * payment.amount_minor, "", None)]
        sets.append((payment.invoice, payment, bank))
    InvoicePosting.objects.bulk_create(_postings(firm, sets), batch_size=500)


def _lines(side: str, kind: Kind, net: int, gross: int) -> Iterator[tuple[str, int, str, Decimal | None]]:
    """Yield account, amount with debit positive, treatment and rate."""
    base, rate, treatment = kind[0], Decimal(kind[1]), kind[2]
    sign, owed, tax = (1, "1701", "2939") if side == "sales" else (-1, "2871", "1763")
    yield owed, sign * gross, "", None
    yield base, -sign * net, treatment, rate
    if gross != net:
        yield tax, -sign * (gross - net), treatment, rate
    elif rate:
        reckoned = int((net * rate / 100).quantize(Decimal(1)))
        yield "2939", sign * reckoned, treatment, rate
        yield "1763", -sign * reckoned, treatment, rate


def _postings(firm: Any, sets: Iterable[tuple[Any, Any, list[Any]]]) -> Iterator[Any]:
    from tilisilta.store.models import InvoicePosting

    for row, payment, lines in sets:
        for place, (number, amount, treatment, rate) in enumerate(lines):
            yield InvoicePosting(
                company=firm.company, invoice=row, payment=payment, position=place, date=row.date,
                account=firm.accounts[number], debit_minor=max(amount, 0), credit_minor=max(-amount, 0),
                vat_treatment=treatment, vat_rate=rate,
            )  # fmt: skip


def _published(actor: Any) -> int:
    """Keep, approve and post the published samples as purchases of the month; return how many were posted."""
    import msgspec

    from tilisilta.core.documents import Direction
    from tilisilta.formats import read_file
    from tilisilta.services.approval.circulation import approve_at_once
    from tilisilta.services.errors import ServiceError
    from tilisilta.services.ledger.postings import accept_proposals
    from tilisilta.services.workspace.saving import save_invoice

    folder: Path = next(each for each in SAMPLES if each.is_dir())
    rows = []
    for place, path in enumerate(sorted(folder.rglob("*.xml"))):
        for record in read_file(path.read_bytes(), path.name).records:
            if record.document is None or not {line.vat_rate for line in record.document.lines} <= FINNISH:
                continue  # another country's VAT belongs into no Finnish return
            own = msgspec.structs.replace(
                record.document, direction=Direction.PURCHASE, date=FIRST + dt.timedelta(days=place), due_date=None,
                entry_date=None, attachments=(),
            )  # fmt: skip
            try:
                kept = save_invoice(actor, own, origin="file", origin_id=f"{path.name}-{record.index}")
            except ServiceError:
                continue  # what breaks a rule is refused in words elsewhere
            rows.append(approve_at_once(actor, kept))
    told = accept_proposals(actor, rows)
    for left in told.left:
        left.invoice.delete()
    return told.posted


def _map(firm: Any, integration: Any) -> None:
    """Map every account that has postings, as a bookkeeper would on the page."""
    from tilisilta.store.models import InvoicePosting, MappingRow

    used = InvoicePosting.objects.filter(company=firm.company).values_list(
        "account__number", "account__type", "vat_treatment"
    )
    rows = {}
    for number, kind, treatment in used.distinct():
        sales, purchases = CODES.get(treatment, ("MUUL", "NONE")) if treatment else ("", "")
        usual = "3100" if kind == "income" else "7680"
        row = rows.setdefault(number, {"target": TARGETS.get(number) or BASES.get(number, usual)})
        if number not in TARGETS and treatment:
            row.update(vat_code_sales=sales, vat_code_purchases=purchases)
    MappingRow.objects.bulk_create(
        MappingRow(
            company=firm.company, integration=integration, table="accounts", source_key=number,
            target_key=row.pop("target"), extra=row,
        )
        for number, row in rows.items()
    )  # fmt: skip


def _expected(company: int) -> list[list[Any]]:
    """Return what our postings say under Netvisor's accounts and VAT codes: debit less credit, in cents."""
    from tilisilta.store.models import InvoicePosting, MappingRow

    tables = {row.source_key: row for row in MappingRow.objects.filter(company_id=company, table="accounts")}
    sums: dict[tuple[str, str], int] = defaultdict(int)
    own = InvoicePosting.objects.filter(company_id=company).values_list(
        "account__number", "account__role", "invoice__direction", "vat_rate", "debit_minor", "credit_minor"
    )
    for number, role, side, rate, debit, credit in own:
        row = tables[number]
        field = "vat_code_sales" if side == "sales" else "vat_code_purchases"
        code = row.extra.get(field, "") if rate is not None and role not in {"output_vat", "input_vat"} else ""
        sums[row.target_key, code or "NONE"] += debit - credit
    return sorted([*key, amount] for key, amount in sums.items() if amount)


def _both(company: int, do: str) -> list[int]:
    """Close both sides of October with a voucher for each day, or send both again; return the runs."""
    from tests.support.closing import OCTOBER
    from tilisilta.engine.lease import ENDED
    from tilisilta.services.access import system_actor
    from tilisilta.services.closing import closing as service
    from tilisilta.services.closing import history
    from tilisilta.store.models import Company, Run

    actor = system_actor(Company.objects.get(pk=company))
    if do == "close":
        for side in ("sales", "purchase"):
            service.close(actor, side, OCTOBER, per_day=True)
    else:
        for period in history.list_periods(actor.company):
            service.resend(actor, period)
    return list(Run.objects.exclude(state__in=ENDED).values_list("pk", flat=True))


def _periods(company: int) -> list[dict[str, Any]]:
    from tilisilta.services.access import system_actor
    from tilisilta.services.closing import history, reconcile
    from tilisilta.store.models import Company

    actor = system_actor(Company.objects.get(pk=company))
    found = [history.get_period(actor.company, each.pk) for each in history.list_periods(actor.company)]
    return [
        {
            "state": each.state,
            "problem": f"{each.problem_code} {each.problem_params}" if each.problem_code else "",
            "revision": each.revision,
            "documents": each.document_count,
            "equal": reconcile.reconcile(actor, each).is_equal,
        }
        for each in found
    ]


def main() -> None:
    installation.VERBS.update({"fill_month": _set_up, "both": _both, "periods": _periods, "expected": _expected})
    closing.main()


if __name__ == "__main__":
    main()
