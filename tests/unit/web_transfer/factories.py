"""Rows as the product itself would have written them, for tests of pages and services and for looking at pages."""

import datetime as dt
from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from tilisilta.core.documents import (
    Direction,
    DocumentKind,
    Invoice,
    InvoiceLine,
    Party,
    VatTotal,
    encode_document,
    invoice_kind,
    version_hash,
)
from tilisilta.core.money import amount_minor
from tilisilta.services.access import Actor
from tilisilta.services.integrations import create_integration
from tilisilta.store import vault
from tilisilta.store.models import (
    Company,
    Connection,
    ConnectionState,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Document,
    Event,
    Flow,
    Integration,
    Membership,
    Role,
    Run,
    RunMode,
    RunState,
    User,
)

_numbers = count(1)
PASSWORD = "a long enough password"


def company(name: str = "Õunapuu OÜ") -> Company:
    return Company.objects.create(name=name, registry_code="12345678")


def member(of: Company, role: str = Role.OWNER) -> User:
    user = User.objects.create_user(f"{role}{next(_numbers)}@example.ee", PASSWORD, name=str(role).title())
    Membership.objects.create(company=of, user=user, role=role)
    return user


def actor(of: Company, role: str = Role.OWNER) -> Actor:
    user = member(of, role)
    return Actor(company=of, role=str(role), user=user, label=user.email)


def connection(of: Company, vendor: str = "scoro", state: str = ConnectionState.ACTIVE, **fields: Any) -> Connection:
    values = {
        "name": {"scoro": "Scoro", "smartaccounts": "SmartAccounts", "files": "E-arved"}[vendor],
        "sealed_credentials": vault.seal({"api_key": "secret-key-1234"}),
        "hints": {"api_key": "…1234"},
        "environment": "Õunapuu OÜ (12345678)",
        "checked_at": timezone.now(),
        **fields,
    }
    return Connection.objects.create(company=of, vendor=vendor, state=state, **values)


def integration(by: Actor, source: str = "scoro", target: str = "smartaccounts") -> Integration:
    return create_integration(by, connection(by.company, source), connection(by.company, target))


def flow(of: Integration, kind: str = "sales_invoices") -> Flow:
    return Flow.objects.get(integration=of, kind=kind)


def invoice(number: str = "", gross: str = "124.00", **fields: Any) -> Invoice:
    """An invoice of one row at 24 %."""
    total = Decimal(gross)
    net = (total / Decimal("1.24")).quantize(Decimal("0.01"))
    values: dict[str, Any] = {
        "source_id": f"s{next(_numbers)}",
        "direction": Direction.SALES,
        "number": number or f"A-{next(_numbers)}",
        "date": dt.date(2026, 1, 8),
        "due_date": dt.date(2026, 1, 22),
        "party": Party(source_id="77", name="Kask & Pojad OÜ", registry_code="10000001"),
        "net": net,
        "vat": total - net,
        "gross": total,
        "lines": (
            InvoiceLine(
                position=1,
                item_code="KONS",
                item_name="Konsultatsioon",
                description="Konsultatsioon, jaanuar",
                quantity=Decimal("2.5"),
                unit="h",
                unit_price=net / Decimal("2.5"),
                net=net,
                vat_rate=Decimal(24),
                vat_code="24",
            ),
        ),
        "vat_totals": (VatTotal(rate=Decimal(24), net=net, vat=total - net),),
        "reference_number": "1234561",
        **fields,
    }
    return Invoice(**values)


def document(of: Connection, shown: Invoice | None = None) -> Document:
    shown = shown or invoice()
    return Document.objects.create(
        company=of.company,
        connection=of,
        kind=invoice_kind(shown).value,
        source_id=shown.source_id,
        number=shown.number,
        date=shown.date,
        due_date=shown.due_date,
        party_name=shown.party.name,
        party_key=shown.party.source_id,
        currency=shown.currency,
        net_minor=amount_minor(shown.net),
        vat_minor=amount_minor(shown.vat),
        gross_minor=amount_minor(shown.gross),
        version_hash=version_hash(shown),
        payload=encode_document(shown),
    )


def delivery(of: Flow, stored: Document | None = None, state: str = DeliveryState.CONFIRMED, **fields: Any) -> Delivery:
    stored = stored or document(of.integration.source)
    values = {
        "kind": stored.kind,
        "source_id": stored.source_id,
        "number": stored.number,
        "party_name": stored.party_name,
        "date": stored.date,
        "currency": stored.currency,
        "gross_minor": stored.gross_minor,
        "key": f"key{next(_numbers)}",
        "version_hash": stored.version_hash,
        **fields,
    }
    return Delivery.objects.create(company=of.company, flow=of, document=stored, state=state, **values)


def problem(of: Delivery, code: str = "VAT_CODE_UNMAPPED", group: str = "", **fields: Any) -> DeliveryProblem:
    values = {
        "params": {"direction": "sales", "key": "24", "rate": "24", "label": "24 %"},
        "where": "lines[0].vat_code",
        **fields,
    }
    return DeliveryProblem.objects.create(
        company=of.company,
        delivery=of,
        integration=of.flow.integration,
        code=code,
        group=group or f"{code}|sales|24",
        **values,
    )


def event(of: Delivery, code: str, **fields: Any) -> Event:
    return Event.objects.create(company=of.company, delivery=of, code=code, **fields)


def run(of: Flow, mode: str = RunMode.RUN, state: str = RunState.DONE, **fields: Any) -> Run:
    return Run.objects.create(company=of.company, flow=of, mode=mode, state=state, **fields)


def preview_result(rows: int = 3) -> dict[str, Any]:
    """A preview's result as the engine stores it."""
    shown = [
        {
            "kind": DocumentKind.SALES_INVOICE.value,
            "source_id": str(index),
            "number": f"P-{index}",
            "date": "2026-01-11",
            "party": "Kask & Pojad OÜ",
            "currency": "EUR",
            "net": "100.00",
            "vat": "24.00",
            "gross": "124.00",
            "action": "create",
            "problems": [],
        }
        for index in range(rows)
    ]
    stopped = {"code": "VAT_CODE_UNMAPPED", "params": {"key": "22"}, "where": "lines[0].vat_code", "severity": "error"}
    shown.append({**shown[0], "number": "P-STOP", "action": "problem", "problems": [stopped]})
    shown.append({**shown[0], "number": "P-KNOWN", "action": "known"})
    return {
        "rows": shown,
        "cut": 0,
        "totals": {
            "sales_invoice|EUR": {
                "kind": "sales_invoice",
                "currency": "EUR",
                "count": rows,
                "net": f"{100 * rows}.00",
                "vat": f"{24 * rows}.00",
                "gross": f"{124 * rows}.00",
            }
        },
        "actions": {"create": rows, "problem": 1, "known": 1},
        "new_parties": [{"kind": "customer", "key": "77", "name": "Kask & Pojad OÜ", "code": ""}],
        "new_items": [{"kind": "item", "key": "5", "name": "Konsultatsioon", "code": "KONS"}],
        "to_match": [
            {
                "kind": "customer",
                "key": "78",
                "name": "Mänd AS",
                "code": "",
                "candidate": "MÄND AS",
                "confidence": "0.95",
            }
        ],
    }
