"""The books as tests read them: everything in full, or counts and totals, and what is there twice."""

from collections import Counter
from collections.abc import Hashable, Iterator
from decimal import Decimal
from typing import Any

from tilisilta_emulators.scoro.modules import MODULES
from tilisilta_emulators.scoro.render import Renderer, is_credit
from tilisilta_emulators.scoro.site import Site
from tilisilta_emulators.scoro.values import decimal

KINDS = ("invoices", "bills", "receipts", "contacts", "products")
LANGUAGE = "est"


def state(site: Site) -> dict[str, Any]:
    """Return live rows of the kinds the books are about, in view form, deleted ids and duplicates."""
    renderer = Renderer(site, LANGUAGE)
    out: dict[str, Any] = {
        kind: [renderer.row(MODULES[kind], row, "detail", modified=True) for row in site.tables[kind].live()]
        for kind in KINDS
    }
    out["prepayments"] = [
        renderer.row(MODULES["prepayments"], row, "detail") for row in site.tables["prepayments"].live()
    ]
    out["deleted"] = {
        kind: sorted(row_id for row_id, row in site.tables[kind].rows.items() if row.is_deleted) for kind in KINDS
    }
    out["duplicates"] = duplicates(site)
    return out


def summary(site: Site) -> dict[str, Any]:
    """Return per kind count, net, vat and gross (Decimals; credit invoices apart and negative).

    `receipts` counts parts of groups; `duplicates` counts rows beyond the first with the same key.
    """
    sums = {
        "invoices": _documents(row for row in site.tables["invoices"].live() if not is_credit(row)),
        "credit_invoices": _documents(row for row in site.tables["invoices"].live() if is_credit(row)),
        "bills": _documents(site.tables["bills"].live()),
        "receipts": _receipts(site, None),
        "receipts_invoices": _receipts(site, "invoices"),
        "receipts_bills": _receipts(site, "bills"),
    }
    counts: dict[str, Any] = {
        kind: {"count": sum(1 for _ in site.tables[kind].live())} for kind in ("contacts", "products", "prepayments")
    }
    counts["receipt_groups"] = {"count": sum(1 for _ in site.tables["receipts"].live())}
    return {**sums, **counts, "duplicates": {kind: len(keys) for kind, keys in duplicates(site).items()}}


def _documents(rows: Iterator[Any]) -> dict[str, Any]:
    count, net, vat = 0, Decimal("0.00"), Decimal("0.00")
    for row in rows:
        count += 1
        net += decimal(row.sum)
        vat += decimal(row.vat_sum)
    return {"count": count, "net": net, "vat": vat, "gross": net + vat}


def _receipts(site: Site, kind: str | None) -> dict[str, Any]:
    count, total = 0, Decimal("0.00")
    for group in site.tables["receipts"].live():
        for receipt in group.receipts:
            if kind in (None, receipt.sales_doc_type):
                count += 1
                total += decimal(receipt.sum)
    return {"count": count, "net": total, "vat": Decimal("0.00"), "gross": total}


def duplicates(site: Site) -> dict[str, list[str]]:
    """Return per kind the keys met more than once, each as often as there are rows too many.

    Keys: number of an invoice; supplier and number of a bill; document, date and sum of a receipt;
    registry code, else names, of a contact; code, else name, of a product.
    """
    tables = site.tables
    return {
        "invoices": _repeated((row.account_id, row.no) for row in tables["invoices"].live()),
        "bills": _repeated((row.company_id, row.no) for row in tables["bills"].live()),
        "receipts": _repeated(
            (part.sales_doc_type, part.invoice_id, part.prepayment_id, part.date, part.sum)
            for group in tables["receipts"].live()
            for part in group.receipts
        ),
        "contacts": _repeated((row.id_code or (row.name, row.lastname),) for row in tables["contacts"].live()),
        "products": _repeated((row.code or row.name,) for row in tables["products"].live()),
    }


def _repeated(keys: Iterator[tuple[Hashable, ...]]) -> list[str]:
    extra = Counter(keys)
    return sorted(
        " / ".join(str(part) for part in key) for key, times in extra.items() if times > 1 for _ in range(times - 1)
    )
