import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tilisilta.core.documents import Direction, DocumentKind, Invoice, InvoiceLine, Party, Payment, invoice_kind
from tilisilta.engine import lines
from tilisilta.engine.connect import manifest
from tilisilta.engine.context import RunContext, _load
from tilisilta.engine.lease import take_lease
from tilisilta.ports import SourceRecord
from tilisilta.store import vault
from tilisilta.store.models import Company, Connection, Flow, Integration, IntegrationState, Run, RunMode


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """What would have been handed to the durable engine: run ids with their takeovers."""
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr(lines, "_tell", lambda run_id, takeover: calls.append((run_id, takeover)))
    return calls


@pytest.fixture
def integration(db: None) -> Integration:
    company = Company.objects.create(name="Näidis OÜ", country="EE")
    keys = {
        "scoro": {"api_key": "k", "company_account_id": "naidis"},
        "smartaccounts": {"api_key": "public", "api_secret": "s"},
    }
    source, target = (
        Connection.objects.create(company=company, vendor=vendor, name=vendor, sealed_credentials=vault.seal(each))
        for vendor, each in keys.items()
    )
    return Integration.objects.create(
        company=company, source=source, target=target, name="Scoro → SmartAccounts", state=IntegrationState.READY
    )


@pytest.fixture
def make_run(integration: Integration, told: list[tuple[int, int]]) -> Callable[..., Run]:
    def make(kind: str = "sales_invoices", **fields: Any) -> Run:
        flow, _ = Flow.objects.get_or_create(integration=integration, company=integration.company, kind=kind)
        return Run.objects.create(company=integration.company, flow=flow, mode=RunMode.RUN, **fields)

    return make


def open_run(run: Run) -> RunContext:
    """Return the context of a run whose lease is taken, without connectors."""
    fence = take_lease(run.pk, run.takeovers)
    assert fence
    _, _, source, target, fields = _load(run.pk, fence)
    return RunContext(
        source=None,  # type: ignore[arg-type]
        target=None,  # type: ignore[arg-type]
        source_manifest=manifest(source.vendor),
        target_manifest=manifest(target.vendor),
        **fields,
    )


@pytest.fixture
def ctx(make_run: Callable[..., Run]) -> RunContext:
    return open_run(make_run())


def invoice(source_id: str = "1", *, total: str = "124.00", **fields: Any) -> Invoice:
    gross = Decimal(total)
    net = (gross / Decimal("1.24")).quantize(Decimal("0.01"))
    line = InvoiceLine(position=1, item_code="T", item_name="Töö", unit_price=net, net=net, vat_rate=Decimal(24))
    return Invoice(
        **{
            "source_id": source_id,
            "direction": Direction.SALES,
            "number": f"A-{source_id}",
            "date": dt.date(2026, 5, 4),
            "party": Party(source_id="7", name="Ostja OÜ", is_customer=True),
            "net": net,
            "vat": gross - net,
            "gross": gross,
            "lines": (line,),
            **fields,
        }
    )


def record(document: Invoice | Payment | None, source_id: str = "", **fields: Any) -> SourceRecord:
    kind = DocumentKind.SALES_INVOICE
    if isinstance(document, Invoice):
        kind = invoice_kind(document)
    elif document is not None:
        kind = DocumentKind.PAYMENT
    return SourceRecord(
        kind=kind, source_id=source_id or (document.source_id if document else ""), document=document, **fields
    )
