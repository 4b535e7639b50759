"""A company with a row of every kind that the API shows, and a client that speaks to the API for one token."""

import datetime as dt
import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from tests.support.workspace import invoice
from tests.unit.api.approval_rows import approval_ids
from tests.unit.api.billing_rows import billing_ids
from tests.unit.api.books_rows import books_ids
from tests.unit.api.ledger_rows import ledger_ids, ledger_invoice
from tests.unit.api.practice_rows import practice_ids
from tests.unit.api.summary_rows import summary_ids
from tests.unit.api.task_rows import task_ids
from tests.unit.web_tables.factories import CUSTOMERS, ITEMS, SUPPLIERS, VAT_CODES, _snapshot
from tests.unit.web_transfer import factories as make

from tilisilta.core.documents import Direction, DocumentKind, Item, Party, encode_document, version_hash
from tilisilta.engine.directory import save_list
from tilisilta.ports import CatalogueKind
from tilisilta.services import files, id_map_files, mapping_files
from tilisilta.services.access import Actor
from tilisilta.services.mappings import MappingTable
from tilisilta.services.notices import notify
from tilisilta.services.tables import write_csv
from tilisilta.services.tokens import create_token
from tilisilta.services.workspace import attachments, invoices
from tilisilta.services.workspace.dimensions import save_dimension
from tilisilta.services.workspace.items import save_item
from tilisilta.services.workspace.settings import switch_on
from tilisilta.store.models import (
    ApiToken,
    Binding,
    ClosedPeriod,
    Company,
    Connection,
    DeliveryState,
    Document,
    Flow,
    Integration,
    InvoiceStage,
    MappingRow,
    MatchProposal,
    PeriodState,
    RunMode,
    RunState,
    Side,
)

ROLES = ("viewer", "accountant", "admin", "owner")
SECRET = "secret-key-1234"
_numbers = itertools.count(1)


@dataclass
class Api:
    """Calls of the API with one token; answers are Django's test responses."""

    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, *, files: dict[str, Any] | None = None, **headers: str):
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        client = Client(raise_request_exception=False)
        address = f"/api/v1{path}"
        if files is not None:
            return client.post(address, {**(body or {}), **files}, headers=sent)
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = sent.pop("Content-Type", "application/json")
        return client.generic(method, address, data, content_type=kind, headers=sent)

    def get(self, path: str, **headers: str):
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str):
        return self.call("POST", path, {} if body is None else body, **headers)


@dataclass
class Firm:
    """One company's rows by the names that addresses use for their ids."""

    company: Company
    actor: Actor
    ids: dict[str, int]
    tokens: dict[str, str]
    rows: dict[str, ApiToken]
    integration: Integration
    flow: Flow
    target: Connection

    def api(self, role: str = "owner", **headers: str) -> Api:
        return Api(self.tokens[role], headers)


def _tokens(actor: Actor) -> tuple[dict[str, str], dict[str, ApiToken]]:
    made = {role: create_token(actor, name=f"token of {role}", role=role) for role in ROLES}
    return {role: plain for role, (_row, plain) in made.items()}, {role: row for role, (row, _plain) in made.items()}


def _match(flow: Flow, name: str) -> MatchProposal:
    """A customer that waits for a decision: like one of the target's, and not tied yet."""
    number = next(_numbers)
    party = Party(source_id=f"p{number}", name=name, registry_code="10000001")
    stored = Document.objects.create(
        company=flow.company,
        connection=flow.integration.source,
        kind=DocumentKind.CUSTOMER,
        source_id=party.source_id,
        party_name=name,
        version_hash=version_hash(party),
        payload=encode_document(party),
    )
    delivery = make.delivery(flow, stored, state=DeliveryState.PROBLEM)
    make.problem(delivery, "PARTY_MATCH_NEEDED", group=f"match|{party.source_id}")
    candidate = {"target_id": "c2", "name": "Kase Kaubandus AS", "confidence": 0.97, "reasons": ["registry_code"]}
    return MatchProposal.objects.create(
        company=flow.company,
        integration=flow.integration,
        delivery=delivery,
        candidates=[candidate],
        best_confidence=0.97,
    )


def workspace_ids(actor: Actor) -> dict[str, int]:
    """Return the ids of a draft, a sent invoice with its picture, a customer and an item of the workspace."""
    switch_on(actor)
    draft = invoices.save_invoice(actor, invoice())
    sent = invoices.save_invoice(actor, invoice("sales", number="901"), origin="api")  # without printing it
    picture = attachments.keep(sent, "901.pdf", b"%PDF-1.4", is_image=True)
    return {
        "invoice_id": draft.pk,
        "sent_invoice_id": sent.pk,
        "attachment_id": picture.pk,
        "party_id": draft.party_id or 0,
        "item_id": save_item(actor, Item(code="T1", name="Töö")).pk,
        "dimension_id": save_dimension(actor, axis="project", code="P-1", name="Maja").pk,
    }


def make_firm(name: str = "Õunapuu OÜ") -> Firm:
    """Return a company with one row of everything, made by its owner."""
    company = make.company(name)
    actor = make.actor(company)
    integration = make.integration(actor)
    target = integration.target
    for kind in CatalogueKind:
        _snapshot(integration.source, kind, ())
        _snapshot(target, kind, VAT_CODES if kind is CatalogueKind.VAT_CODES else ())
    for kind, rows in (
        (DocumentKind.CUSTOMER, CUSTOMERS),
        (DocumentKind.SUPPLIER, SUPPLIERS),
        (DocumentKind.ITEM, ITEMS),
    ):
        save_list(target.pk, kind, rows)
    sales = make.flow(integration)
    run = make.run(sales, state=RunState.QUEUED, seen=3)
    preview = make.run(sales, RunMode.PREVIEW, result=make.preview_result(), seen=5)
    confirmed = make.delivery(sales, run=run)
    waiting = make.delivery(sales, state=DeliveryState.PROBLEM, run=run)
    problem = make.problem(waiting, evidence={"status": 400, "body": "no such code"})
    make.event(waiting, "problem", level="error", params={"reason": "VAT_CODE_UNMAPPED"})
    make.event(confirmed, "sent", params={"target": "M-1"})
    Binding.objects.create(
        company=company,
        source_connection=integration.source,
        target_connection=target,
        kind=DocumentKind.CUSTOMER,
        source_id="501",
        target_id="c1",
        target_label="Õunapuu OÜ",
    )
    period = ClosedPeriod.objects.create(
        company=company,
        side=Side.SALES,
        date_from=dt.date(2025, 12, 1),
        date_to=dt.date(2025, 12, 31),
        state=PeriodState.CLOSED,
        closed_by=actor.user,
    )
    MappingRow.objects.create(
        company=company, integration=integration, table="vat_codes", source_key="24", direction="sales"
    )
    mapping_file = write_csv(["Source key", "Side", "Target key"], [["24", "sales", "M24"]])
    id_file = write_csv(["ID", "Nimi", "Liidetud teenus", "Liidetud teenuse ID"], [["c3", "x", "SC", "503"]])
    files_connection = make.connection(company, "files", sealed_credentials=b"", hints={})
    stored = files.upload(actor, files_connection, f"arve-{next(_numbers)}.xml", b"<Finvoice/>")
    notify(company, "RUN_FAILED", users=[actor.user], flow="sales_invoices", integration=integration.name)
    tokens, rows = _tokens(actor)
    notice = actor.user.notices.order_by("-pk").first()
    return Firm(
        company=company,
        actor=actor,
        ids={
            "connection_id": integration.source_id,
            "target_id": target.pk,
            "files_id": files_connection.pk,
            "spare_id": make.connection(company).pk,
            "integration_id": integration.pk,
            "flow_id": sales.pk,
            "run_id": run.pk,
            "preview_id": preview.pk,
            "document_id": waiting.document_id,
            "delivery_id": waiting.pk,
            "problem_id": problem.pk,
            "match_id": _match(sales, "Kase Kaubandus").pk,
            "import_id": mapping_files.stage_file(
                actor, integration, MappingTable.VAT_CODES, name="kmk.csv", content=mapping_file
            ).pk,
            "id_import_id": id_map_files.stage_file(
                actor, integration, DocumentKind.CUSTOMER, name="kliendid.csv", content=id_file
            ).pk,
            "file_id": stored.pk,
            "notice_id": notice.pk,
            "period_id": period.pk,
            **workspace_ids(actor),
            **ledger_ids(actor),
            **(practice := practice_ids(actor)),
            **task_ids(actor, practice["client_id"]),
            **(books := books_ids(actor)),
            **summary_ids(actor, books["books_client_id"]),
            **billing_ids(actor),
            **approval_ids(actor, ledger_invoice(actor, Direction.PURCHASE, InvoiceStage.RECEIVED)),
        },
        tokens=tokens,
        rows=rows,
        integration=integration,
        flow=sales,
        target=target,
    )


def csv_file(name: str, headers: list[str], rows: list[list[str]]) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, write_csv(headers, rows), content_type="text/csv")


def problem_of(response: HttpResponse, status: int, code: str = "") -> dict[str, Any]:
    """Return an error's body after checking that it has the one shape that all errors have."""
    assert response.status_code == status, (response.status_code, response.content[:500])
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    wanted = {"type", "title", "status", "detail", "code", "params", "remedy"}
    assert set(body) - {"errors"} == wanted
    assert body["status"] == status
    assert body["type"].endswith(f"/api/v1/problem-codes/{body['code']}")
    for text in ("title", "detail", "remedy"):
        assert body[text].strip(), text
        assert "%(" not in body[text]
    for each in body.get("errors", []):
        assert set(each) == {"field", "code", "message"}
        assert each["message"]
    assert isinstance(body["params"], dict)
    assert response["Content-Language"] in {"et", "fi", "en"}
    if code:
        assert body["code"] == code
    return body
