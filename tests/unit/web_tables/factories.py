"""A small company whose Scoro is tied to its SmartAccounts, as imports leave it."""

import datetime as dt
import itertools
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from django.test import Client

from tilisilta.core.documents import DocumentKind, Item, Party, encode_document, version_hash
from tilisilta.core.problems import Problem, problem
from tilisilta.engine.directory import ListedRow, save_list
from tilisilta.engine.log import problem_group
from tilisilta.ports import CatalogueEntry, CatalogueKind
from tilisilta.services.access import Actor, actor_of
from tilisilta.store.models import (
    Binding,
    CatalogueSnapshot,
    Company,
    Connection,
    ConnectionState,
    Delivery,
    DeliveryProblem,
    DeliveryState,
    Document,
    Flow,
    FlowKind,
    Integration,
    Membership,
    Role,
    User,
)

ROLES = ["viewer", "accountant", "admin", "owner"]
_numbers = itertools.count(1)

VAT_CODES = (
    CatalogueEntry(key="M24", label="Müük 24%", rate=Decimal(24), for_sales=True, for_purchases=False),
    CatalogueEntry(key="O24", label="Ost 24%", rate=Decimal(24), for_sales=False, for_purchases=True),
    CatalogueEntry(key="M9", label="Müük 9%", rate=Decimal(9), for_sales=True, for_purchases=False),
    CatalogueEntry(key="M13", label="Müük 13%", rate=Decimal(13), for_sales=True, for_purchases=False),
    CatalogueEntry(key="M13B", label="Majutus 13%", rate=Decimal(13), for_sales=True, for_purchases=False),
    CatalogueEntry(key="M20", label="Müük 20%", rate=Decimal(20), for_sales=True, for_purchases=False, is_active=False),
)
SOURCE_VAT = (
    CatalogueEntry(key="5", label="24%", rate=Decimal(24)),
    CatalogueEntry(key="6", label="13%", rate=Decimal(13), for_purchases=False),
)
CUSTOMERS = (
    ListedRow(target_id="c1", name="Õunapuu OÜ", registry_code="12345678", vat_number="EE123456789"),
    ListedRow(target_id="c2", name="Kase Kaubandus AS", registry_code="10000001", email="info@kase.example"),
    ListedRow(target_id="c3", name="Šokolaad & Žürii OÜ", registry_code="10000018"),
    ListedRow(target_id="c4", name="Liis Lepp", email="liis@example.com"),
)
SUPPLIERS = (ListedRow(target_id="s1", name="Elektrilevi OÜ", registry_code="11050857"),)
ITEMS = (
    ListedRow(target_id="a1", code="KONSULT", name="Konsultatsioon", unit="tund"),
    ListedRow(target_id="a2", code="001", name="Kruvi", unit="tk"),
)


@dataclass
class Shop:
    """One company's rows, for tests to act on."""

    company: Company
    people: dict[str, User]
    source: Connection
    target: Connection
    integration: Integration
    flows: dict[str, Flow] = field(default_factory=dict)

    def actor(self, role: str = "accountant") -> Actor:
        return actor_of(self.people[role], self.company.pk)

    def client(self, role: str) -> Client:
        client = Client()
        client.force_login(self.people[role], backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    def url(self, path: str) -> str:
        return f"/c/{self.company.pk}/{path}"

    def page(self, path: str) -> str:
        """Return the path of a page of the integration; some subjects stand before it in the address."""
        subject, _slash, rest = path.partition("/")
        if subject in {"id-map", "matches"}:
            return self.url(f"{subject}/{self.integration.pk}/{rest}")
        return self.url(f"integrations/{self.integration.pk}/{path}")

    def flow(self, kind: FlowKind) -> Flow:
        if kind not in self.flows:
            self.flows[kind] = Flow.objects.create(company=self.company, integration=self.integration, kind=kind)
        return self.flows[kind]

    def waiting(self, *problems: Problem, kind: DocumentKind = DocumentKind.SALES_INVOICE) -> Delivery:
        """Return a delivery of an invoice that these problems hold."""
        number = next(_numbers)
        document = Document.objects.create(
            company=self.company,
            connection=self.source,
            kind=kind,
            source_id=f"d{number}",
            number=f"2026-{number}",
            date=dt.date(2026, 10, 1),
            party_name="Õunapuu OÜ",
            currency="EUR",
            gross_minor=12400,
            version_hash="0" * 32,
            payload=b"{}",
        )
        flow_kind = FlowKind.SALES_INVOICES if kind is DocumentKind.SALES_INVOICE else FlowKind.PAYMENTS
        delivery = Delivery.objects.create(
            company=self.company,
            flow=self.flow(flow_kind),
            document=document,
            kind=kind,
            source_id=document.source_id,
            number=document.number,
            state=DeliveryState.PROBLEM,
            reason=problems[0].code if problems else "",
            key=f"key{number}",
        )
        for each in problems:
            DeliveryProblem.objects.create(
                company=self.company,
                integration=self.integration,
                delivery=delivery,
                code=each.code,
                severity=each.severity,
                params=each.params,
                group=problem_group(each),
            )
        return delivery

    def known(self, kind: DocumentKind, record: Party | Item) -> Document:
        """Return a customer, supplier or item as the source showed it."""
        return Document.objects.create(
            company=self.company,
            connection=self.source,
            kind=kind,
            source_id=record.source_id,
            party_name=record.name,
            version_hash=version_hash(record),
            payload=encode_document(record),
        )

    def tie(self, kind: DocumentKind, source_id: str, target_id: str, **more: str) -> Binding:
        return Binding.objects.create(
            company=self.company,
            source_connection=self.source,
            target_connection=self.target,
            kind=kind,
            source_id=source_id,
            target_id=target_id,
            **more,
        )


def vat_problem(key: str = "5", rate: str = "24", direction: str = "sales") -> Problem:
    return problem("VAT_CODE_UNMAPPED", where="lines[0].vat_code", key=key, label=key, rate=rate, direction=direction)


def not_bound(key: str, role: str = "customer") -> Problem:
    return problem("PARTY_NOT_BOUND", where="party", role=role, key=key, name=key)


def make_shop(name: str = "Raamatupidaja OÜ", domain: str = "example.com") -> Shop:
    """Return a company with people of every role, two connections with their lists, and an integration."""
    company = Company.objects.create(name=name, language="en")
    people = {}
    for role in ROLES:
        people[role] = User.objects.create_user(
            f"{role}@{domain}", "kolm-siili-metsas", name=role.title(), language="en"
        )
        Membership.objects.create(company=company, user=people[role], role=Role(role))
    source = Connection.objects.create(
        company=company, vendor="scoro", name="Scoro", state=ConnectionState.ACTIVE, environment="Naidis"
    )
    target = Connection.objects.create(
        company=company, vendor="smartaccounts", name="SmartAccounts", state=ConnectionState.ACTIVE
    )
    for kind in CatalogueKind:
        _snapshot(source, kind, SOURCE_VAT if kind is CatalogueKind.VAT_CODES else ())
        _snapshot(target, kind, VAT_CODES if kind is CatalogueKind.VAT_CODES else ())
    save_list(target.pk, DocumentKind.CUSTOMER, CUSTOMERS)
    save_list(target.pk, DocumentKind.SUPPLIER, SUPPLIERS)
    save_list(target.pk, DocumentKind.ITEM, ITEMS)
    integration = Integration.objects.create(
        company=company, source=source, target=target, name="Scoro → SmartAccounts"
    )
    return Shop(company=company, people=people, source=source, target=target, integration=integration)


def _snapshot(connection: Connection, kind: CatalogueKind, entries: tuple[CatalogueEntry, ...]) -> None:
    CatalogueSnapshot.objects.create(connection=connection, kind=kind, entries=msgspec.to_builtins(list(entries)))


def set_list(connection: Connection, kind: CatalogueKind, entries: tuple[CatalogueEntry, ...]) -> None:
    """Replace one of a connection's lists."""
    CatalogueSnapshot.objects.filter(connection=connection, kind=kind).update(
        entries=msgspec.to_builtins(list(entries))
    )


def make_files_connection(company: Company, name: str = "E-arved") -> Connection:
    return Connection.objects.create(company=company, vendor="files", name=name, state=ConnectionState.ACTIVE)
