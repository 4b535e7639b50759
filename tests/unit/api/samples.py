"""One good call of every operation, for tests that go over all of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from tests.unit.api.firm import Api, Firm, csv_file
from tests.unit.formats.banking import camt, entry, payment, statement

from tilisilta.api import api

Body = Callable[[dict[str, int]], Any]


@dataclass(frozen=True)
class Sample:
    """What fills an operation's address and body. `names` swaps a parameter's row for another of the firm's.

    `statuses` are the answers that a token of the right role may get: vendors are busy in these tests.
    """

    body: Body | None = None
    files: Callable[[], dict[str, Any]] | None = None
    query: str = ""
    path: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = (200,)


def _mapping_file() -> dict[str, Any]:
    return {"file": csv_file("kmk.csv", ["Source key", "Side", "Target key"], [["9", "sales", "M9"]])}


def _id_file() -> dict[str, Any]:
    headers = ["ID", "Nimi", "Liidetud teenus", "Liidetud teenuse ID"]
    return {"file": csv_file("kliendid.csv", headers, [["c4", "x", "SC", "504"]])}


def _invoice_file() -> dict[str, Any]:
    return {"file": SimpleUploadedFile("uus.xml", b"<Finvoice Version='3.0'/>", content_type="application/xml")}


def _chart_file() -> dict[str, Any]:
    return {"file": csv_file("kontoplaan.csv", ["Number", "Name", "Type"], [["4999", "Uus", "expense"]])}


def _bank_file() -> dict[str, Any]:
    content = camt(statement(entry("7.00", payment(message="y"), ref="zzz")))
    return {"file": SimpleUploadedFile("pank.xml", content, content_type="application/xml")}


def _key_list() -> dict[str, Any]:
    headers = ["Registrikood", "Nimi", "API ID", "API võti"]
    return {"file": csv_file("võtmed.csv", headers, [["10000018", "Näidis OÜ", "id-1", "key-1"]])}


def _client_table() -> dict[str, Any]:
    return {"file": csv_file("kliendid.csv", ["Nimi", "Registrikood"], [["Uus OÜ", "10000024"]])}


def _client_key(_ids: dict[str, int]) -> dict[str, Any]:
    return {"credentials": {"api_key": "key-0002"}}


ACCOUNT = {"number": "5999", "name": "Muu", "type": "expense"}


def _attachment() -> dict[str, Any]:
    return {"file": SimpleUploadedFile("leping.pdf", b"%PDF-1.4 leping", content_type="application/pdf")}


def _invoice(ids: dict[str, int]) -> dict[str, Any]:
    row = {"description": "Töö", "quantity": "2", "unit_price": "50.00", "vat_rate": "24"}
    return {"direction": "sales", "party_id": ids["party_id"], "date": "2026-10-05", "rows": [row], "total": "124.00"}


TABLE, KIND = {"table": "vat_codes"}, {"kind": "customer"}
BUSY = (503,)
SAMPLES: dict[str, Sample] = {
    "get_company": Sample(),
    "update_company": Sample(body=lambda _: {"name": "Uus nimi OÜ"}),
    "list_connectors": Sample(),
    "list_connections": Sample(),
    "create_connection": Sample(
        body=lambda _: {
            "vendor": "scoro",
            "name": "Uus",
            "credentials": {"api_key": "abcdefghijklmnop", "company_account_id": "naidis"},
            "settings": {"site": "naidis"},
        },
        statuses=(201,),
    ),
    "get_connection": Sample(),
    "update_connection": Sample(body=lambda _: {"name": "Muudetud"}, names={"connection_id": "files_id"}),
    "check_connection": Sample(),
    "deactivate_connection": Sample(names={"connection_id": "spare_id"}),
    "reactivate_connection": Sample(names={"connection_id": "spare_id"}),
    "list_catalogue": Sample(path={"kind": "vat_codes"}, names={"connection_id": "target_id"}),
    "refresh_catalogue": Sample(path={"kind": "vat_codes"}, statuses=BUSY),
    "get_pull_service": Sample(statuses=(404,)),  # neither of these two systems fetches
    "make_pull_key": Sample(statuses=(404,)),
    "list_integrations": Sample(),
    "create_integration": Sample(
        body=lambda ids: {"source_id": ids["spare_id"], "target_id": ids["target_id"]}, statuses=(201,)
    ),
    "get_integration": Sample(),
    "update_integration": Sample(body=lambda _: {"name": "Muudetud", "settings": {"warehouse": "LADU"}}),
    "remove_integration": Sample(statuses=(409,)),
    "get_codes": Sample(statuses=(422,)),  # these two systems keep no registers
    "refresh_codes": Sample(statuses=(422,)),
    "get_checklist": Sample(),
    "answer_step": Sample(body=lambda _: {"is_done": True}, path={"step": "coverage_read"}),
    "get_coverage": Sample(),
    "activate_integration": Sample(statuses=(409,)),
    "pause_integration": Sample(),
    "resume_integration": Sample(statuses=(409,)),
    "list_flows": Sample(),
    "get_flow": Sample(),
    "update_flow": Sample(body=lambda _: {"is_automatic": True, "schedule": "0 6 * * *"}),
    "propose_window": Sample(),
    "create_run": Sample(
        body=lambda ids: {
            "flow_id": ids["flow_id"],
            "mode": "preview",
            "date_from": "2026-01-01",
            "date_to": "2026-01-31",
        },
        statuses=(202,),
    ),
    "list_runs": Sample(),
    "get_run": Sample(),
    "get_run_result": Sample(names={"run_id": "preview_id"}),
    "confirm_run": Sample(names={"run_id": "preview_id"}, statuses=(202,)),
    "cancel_run": Sample(),
    "list_documents": Sample(query="?text=Kask&direction=sales&gross_from=1.00"),
    "get_totals": Sample(),
    "get_document": Sample(),
    "list_versions": Sample(),
    "list_document_events": Sample(),
    "list_document_deliveries": Sample(),
    "list_deliveries": Sample(),
    "get_delivery": Sample(),
    "list_delivery_events": Sample(),
    "retry_deliveries": Sample(body=lambda ids: {"delivery_ids": [ids["delivery_id"]]}),
    "skip_deliveries": Sample(body=lambda ids: {"delivery_ids": [ids["delivery_id"]], "reason": "topelt"}),
    "confirm_deliveries": Sample(body=lambda ids: {"delivery_ids": [ids["delivery_id"]]}),
    "list_problems": Sample(),
    "get_problem": Sample(),
    "solve_problems": Sample(body=lambda ids: {"problem_ids": [ids["problem_id"]]}),
    "retry_problems": Sample(body=lambda ids: {"problem_ids": [ids["problem_id"]]}),
    "skip_problems": Sample(body=lambda ids: {"problem_ids": [ids["problem_id"]], "reason": "topelt"}),
    "list_groups": Sample(),
    "retry_group": Sample(),
    "skip_group": Sample(body=lambda _: {"reason": "topelt"}),
    "list_tables": Sample(),
    "list_lines": Sample(path=TABLE),
    "update_lines": Sample(
        path=TABLE, body=lambda _: {"lines": [{"source_key": "24", "direction": "sales", "target_key": "M24"}]}
    ),
    "export_lines": Sample(path=TABLE, query="?format=xlsx"),
    "import_lines": Sample(path=TABLE, files=_mapping_file, statuses=(201,)),
    "get_import": Sample(),
    "list_import_rows": Sample(),
    "confirm_import": Sample(),
    "list_ties": Sample(path=KIND),
    "tie": Sample(path=KIND, body=lambda _: {"source_id": "505", "target_id": "c3"}),
    "untie": Sample(path=KIND, query="?source_id=501", statuses=(204, 409)),
    "refresh_list": Sample(path=KIND, statuses=(502,)),
    "export_ties": Sample(path=KIND, query="?format=csv"),
    "import_ties": Sample(path=KIND, files=_id_file, statuses=(201,)),
    "get_tie_import": Sample(names={"import_id": "id_import_id"}),
    "list_tie_import_rows": Sample(names={"import_id": "id_import_id"}),
    "confirm_tie_import": Sample(names={"import_id": "id_import_id"}, body=lambda _: {}),
    "list_matches": Sample(),
    "get_match": Sample(),
    "accept_match": Sample(body=lambda _: {"target_id": "c2"}),
    "accept_best": Sample(body=lambda ids: {"match_ids": [ids["match_id"]]}),
    "accept_sure": Sample(body=lambda ids: {"integration_id": ids["integration_id"]}),
    "create_records": Sample(body=lambda ids: {"match_ids": [ids["match_id"]]}),
    "search_matches": Sample(body=lambda ids: {"integration_id": ids["integration_id"], "kind": "customer"}),
    "upload_file": Sample(body=lambda ids: {"connection_id": ids["files_id"]}, files=_invoice_file, statuses=(201,)),
    "list_files": Sample(),
    "get_file": Sample(),
    "download_file": Sample(),
    "read_file_again": Sample(),
    "list_approvals": Sample(query="?view=circulating"),
    "get_approval": Sample(),
    "take_approval_step": Sample(body=lambda _: {"step": "accept"}),
    "add_handler": Sample(body=lambda ids: {"person_id": ids["person_id"], "role": "approver"}, statuses=(201,)),
    "hand_on": Sample(body=lambda ids: {"person_id": ids["person_id"]}),
    "remove_handler": Sample(),
    "list_default_handlers": Sample(),
    "add_default_handler": Sample(
        body=lambda ids: {"person_id": ids["person_id"], "role": "approver", "from_amount": "500.00"}, statuses=(201,)
    ),
    "remove_default_handler": Sample(statuses=(204,)),
    "list_accounts": Sample(),
    "create_account": Sample(body=lambda _: ACCOUNT, statuses=(201,)),
    "update_account": Sample(body=lambda _: ACCOUNT),
    "delete_account": Sample(statuses=(204,)),
    "apply_chart_template": Sample(body=lambda _: {"template": "FI"}),
    "export_accounts": Sample(query="?format=xlsx"),
    "import_accounts": Sample(files=_chart_file),
    "list_unforwarded": Sample(query="?side=sales"),
    "forward_invoices": Sample(body=lambda ids: {"invoice_ids": [ids["ledger_invoice_id"]]}, statuses=(422,)),
    "get_forwarding": Sample(names={"invoice_id": "ledger_invoice_id"}),
    "get_postings": Sample(names={"invoice_id": "ledger_invoice_id"}),
    "post_invoice": Sample(names={"invoice_id": "ledger_invoice_id"}, body=lambda _: {}),
    "unpost_invoice": Sample(names={"invoice_id": "posted_invoice_id"}),
    "accept_proposals": Sample(body=lambda ids: {"invoice_ids": [ids["ledger_invoice_id"]]}),
    "list_payments": Sample(names={"invoice_id": "paid_invoice_id"}),
    "add_payment": Sample(
        names={"invoice_id": "ledger_invoice_id"},
        body=lambda _: {"date": "2026-10-20", "amount": "100.00"},
        statuses=(201,),
    ),
    "remove_payment": Sample(names={"invoice_id": "paid_invoice_id"}, statuses=(204,)),
    "set_bank_state": Sample(names={"invoice_id": "approved_invoice_id"}, body=lambda _: {"action": "send"}),
    "upload_bank_file": Sample(files=_bank_file, statuses=(201,)),
    "list_bank_entries": Sample(query="?state=proposed"),
    "post_bank_entry": Sample(body=lambda _: {}, statuses=(201,)),
    "undo_bank_entry": Sample(names={"entry_id": "matched_entry_id"}),
    "leave_bank_entry_out": Sample(),
    "list_periods": Sample(query="?side=sales"),
    "propose_period": Sample(query="?side=purchase"),
    "preview_period": Sample(query="?side=sales&date_from=2026-01-01&date_to=2026-01-31", statuses=(200, 409)),
    "close_period": Sample(
        body=lambda _: {"side": "purchase", "date_from": "2026-01-01", "date_to": "2026-01-31"}, statuses=(201, 409)
    ),
    "get_period": Sample(),
    "list_vouchers": Sample(),
    "resend_period": Sample(statuses=(409,)),
    "reopen_period": Sample(body=lambda _: {"reason": "vale kuupäev"}),
    "compare_period": Sample(statuses=(409,)),
    "list_invoices": Sample(query="?direction=purchase&text=A"),
    "create_invoice": Sample(body=_invoice, statuses=(201,)),
    "get_invoice": Sample(),
    "update_invoice": Sample(body=_invoice),
    "delete_invoice": Sample(statuses=(204,)),
    "send_invoice": Sample(),
    "credit_invoice": Sample(body=lambda _: {}, names={"invoice_id": "sent_invoice_id"}, statuses=(201,)),
    "copy_invoice": Sample(body=lambda _: {}, statuses=(201,)),
    "output_invoice": Sample(query="?format=pdf", names={"invoice_id": "sent_invoice_id"}),
    "list_invoice_events": Sample(),
    "upload_invoices": Sample(files=_invoice_file, statuses=(201,)),
    "list_attachments": Sample(names={"invoice_id": "sent_invoice_id"}),
    "add_attachment": Sample(body=lambda _: {"is_image": "false"}, files=_attachment, statuses=(201,)),
    "download_attachment": Sample(names={"invoice_id": "sent_invoice_id"}),
    "list_parties": Sample(query="?role=customer"),
    "create_party": Sample(body=lambda _: {"name": "Uus OÜ", "is_customer": True}, statuses=(201,)),
    "get_party": Sample(),
    "update_party": Sample(body=lambda _: {"name": "Muudetud OÜ", "is_customer": True}),
    "list_items": Sample(),
    "create_item": Sample(body=lambda _: {"code": "UUS", "name": "Uus", "sales_price": "12.50"}, statuses=(201,)),
    "update_item": Sample(body=lambda _: {"code": "MUU", "name": "Muudetud", "vat_rate": "24"}),
    "get_workspace_settings": Sample(),
    "update_workspace_settings": Sample(body=lambda _: {"payment_term_days": 21, "interest_percent": "8.50"}),
    "list_series": Sample(),
    "list_dimensions": Sample(query="?axis=project"),
    "create_dimension": Sample(body=lambda _: {"axis": "project", "code": "P-9", "name": "Uus"}, statuses=(201,)),
    "update_dimension": Sample(body=lambda _: {"axis": "project", "code": "P-1", "is_active": False}),
    "list_custom_fields": Sample(query="?subject=client"),
    "create_custom_field": Sample(
        body=lambda _: {"subject": "task", "type": "choice", "title": "Linn", "choices": ["Tartu"]}, statuses=(201,)
    ),
    "update_custom_field": Sample(body=lambda _: {"title": "Uus pealkiri"}),
    "delete_custom_field": Sample(statuses=(204,)),
    "list_client_groups": Sample(),
    "create_client_group": Sample(body=lambda _: {"name": "Uus grupp"}, statuses=(201,)),
    "update_client_group": Sample(body=lambda _: {"name": "Teine nimi"}),
    "delete_client_group": Sample(statuses=(204,)),
    "list_clients": Sample(query="?text=Kask&status=all"),
    "create_client": Sample(body=lambda _: {"name": "Uus Klient OÜ", "registry_code": "10000024"}, statuses=(201,)),
    "get_client": Sample(),
    "update_client": Sample(body=lambda _: {"name": "Muudetud OÜ", "country": "EE"}),
    "change_clients": Sample(body=lambda ids: {"client_ids": [ids["client_id"]], "action": "inactive"}),
    "list_client_contacts": Sample(),
    "create_client_contact": Sample(body=lambda _: {"name": "Mari", "email": "mari@naidis.ee"}, statuses=(201,)),
    "update_client_contact": Sample(body=lambda _: {"name": "Mari", "birthday": "1980-02-03"}),
    "delete_client_contact": Sample(statuses=(204,)),
    "list_systems": Sample(),
    "activate_system": Sample(path={"vendor": "netvisor"}),
    "deactivate_system": Sample(path={"vendor": "merit"}),
    "list_client_keys": Sample(),
    "list_unconnected_clients": Sample(),
    "list_topics": Sample(),
    "create_topic": Sample(body=lambda _: {"name": "Palk"}, statuses=(201,)),
    "update_topic": Sample(body=lambda _: {"name": "Käibemaks", "is_active": False}),
    "list_tasks": Sample(),
    "create_task": Sample(
        body=lambda ids: {"client_id": ids["client_id"], "title": "Aruanne", "due_date": "2026-12-31"}, statuses=(201,)
    ),
    "get_task": Sample(),
    "update_task": Sample(
        body=lambda ids: {"client_id": ids["client_id"], "title": "Aruanne", "due_date": "2026-12-31"}
    ),
    "set_task_status": Sample(body=lambda _: {"status": "done"}),
    "set_task_values": Sample(body=lambda _: {"values": {}}),
    "delete_task": Sample(),
    "list_time": Sample(),
    "add_time": Sample(
        body=lambda _: {"started_at": "2026-01-05T08:00:00Z", "ended_at": "2026-01-05T09:30:00Z"}, statuses=(201,)
    ),
    "start_timer": Sample(statuses=(409, 422)),  # the maker of the tokens has one that runs already
    "stop_timer": Sample(names={"task_id": "timed_task_id"}),
    "list_plan_rows": Sample(),
    "create_plan_row": Sample(body=lambda _: {"title": "KMD", "starts_on": "2090-01-01"}, statuses=(201,)),
    "update_plan_row": Sample(body=lambda _: {"title": "KMD", "starts_on": "2090-01-01", "due_day": 15}),
    "delete_plan_row": Sample(),
    "list_planned": Sample(query="?due_to=2090-02-01"),
    "task_report": Sample(query="?group_by=month"),
    "save_client_key": Sample(path={"vendor": "merit"}, names={"client_id": "books_client_id"}, body=_client_key),
    "check_client_key": Sample(path={"vendor": "merit"}, names={"client_id": "books_client_id"}),
    "delete_client_key": Sample(path={"vendor": "merit"}, names={"client_id": "books_client_id"}, statuses=(204,)),
    "list_client_imports": Sample(),
    "import_client_keys": Sample(body=lambda _: {"vendor": "merit"}, files=_key_list, statuses=(202,)),
    "import_client_table": Sample(files=_client_table, statuses=(202,)),
    "get_client_import": Sample(),
    "list_client_import_rows": Sample(),
    "confirm_client_import": Sample(body=lambda _: {}),
    "cancel_client_import": Sample(),
    "list_notices": Sample(),
    "mark_read": Sample(body=lambda ids: {"notice_id": ids["notice_id"]}),
    "list_entries": Sample(),
    "list_codes": Sample(),
    "get_code": Sample(path={"code": "VAT_CODE_UNMAPPED"}),
    "get_summary_settings": Sample(path={"vendor": "merit"}),
    "update_summary_settings": Sample(path={"vendor": "merit"}, body=lambda _: {"title": "Muu", "import_day": 3}),
    "list_summaries": Sample(query="?vendor=merit"),
    "get_summary": Sample(),
    "list_summary_entries": Sample(query="?kind=sales_invoice"),
    "list_summary_imports": Sample(path={"vendor": "merit"}),
    "create_summary_import": Sample(
        path={"vendor": "merit"},
        body=lambda ids: {"kind": "reload", "client_ids": [ids["books_client_id"]]},
        statuses=(202,),
    ),
    "get_summary_import": Sample(),
    "cancel_summary_import": Sample(),
    "get_billing_settings": Sample(),
    "update_billing_settings": Sample(body=lambda _: {"payment_term_days": 10, "rounds_minutes_to": 15}),
    "choose_books": Sample(body=lambda ids: {"connection_id": ids["own_books_id"]}),
    "activate_books": Sample(),
    "pause_books": Sample(),
    "import_classifiers": Sample(statuses=(422,)),  # the books are busy
    "list_products": Sample(),
    "create_product": Sample(
        body=lambda _: {"code": "UUS", "name": "Uus toode", "price": "5.50", "vat_rate": "24"}, statuses=(201,)
    ),
    "update_product": Sample(body=lambda _: {"code": "TASU", "name": "Kuutasu", "price": "12", "vat_rate": "24"}),
    "delete_product": Sample(names={"product_id": "spare_product_id"}, statuses=(204,)),
    "list_contracts": Sample(),
    "create_contract": Sample(
        body=lambda ids: {
            "client_id": ids["billing_client_id"],
            "starts_on": "2028-01-01",
            "rows": [{"product_id": ids["product_id"]}],
        },
        statuses=(201,),
    ),
    "get_contract": Sample(),
    "update_contract": Sample(
        body=lambda ids: {
            "client_id": ids["billing_client_id"],
            "starts_on": "2026-01-01",
            "ends_on": "2026-12-31",
            "rows": [{"product_id": ids["product_id"], "price": "11.00"}],
        }
    ),
    "delete_contract": Sample(names={"contract_id": "spare_contract_id"}, statuses=(204,)),
    "preview_billing": Sample(body=lambda _: {"date_from": "2026-10-01", "date_to": "2026-10-31"}),
    "create_billing_run": Sample(
        body=lambda _: {"date_from": "2026-10-01", "date_to": "2026-10-31", "fingerprint": "0" * 32},
        statuses=(409,),  # something else was looked at
    ),
    "list_billed_invoices": Sample(),
    "issue_invoices": Sample(body=lambda ids: {"invoice_ids": [ids["sent_invoice_id"]]}),
    "send_invoices": Sample(body=lambda ids: {"invoice_ids": [ids["sent_invoice_id"]]}),
    "fetch_invoice_status": Sample(statuses=(409,)),  # it is not in the books yet
    "fetch_all_status": Sample(statuses=(202,)),
}


@dataclass(frozen=True)
class Operation:
    """An operation of the OpenAPI document with its sample."""

    name: str
    method: str
    path: str
    details: dict[str, Any]

    @property
    def sample(self) -> Sample:
        return SAMPLES[self.name]

    @property
    def role(self) -> str:
        return str(self.details.get("x-role", ""))

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def takes_json(self) -> bool:
        return "application/json" in self.details.get("requestBody", {}).get("content", {})

    def address(self, ids: dict[str, int]) -> str:
        path = self.path.removeprefix("/api/v1")
        for each in self.details["parameters"]:
            if each.get("in") == "path":
                name = each["name"]
                value = self.sample.path.get(name) or str(ids[self.sample.names.get(name, name)])
                path = path.replace(f"{{{name}}}", value)
        return path + self.sample.query

    def names_ids(self) -> bool:
        """Return whether the sample names a row: then another company's token finds nothing."""
        marks = _Marks()
        if self.sample.body:
            self.sample.body(marks)
        self.address(marks)
        return marks.was_asked

    def call(self, caller: Api, firm: Firm, **headers: str) -> HttpResponse:
        body = self.sample.body(firm.ids) if self.sample.body else None
        files = self.sample.files() if self.sample.files else None
        return caller.call(self.method, self.address(firm.ids), body, files=files, **headers)


class _Marks(dict[str, int]):
    was_asked = False

    def __getitem__(self, name: str) -> int:
        self.was_asked = True
        return 1


def operations() -> list[Operation]:
    """Return every operation that the OpenAPI document lists."""
    return [
        Operation(name=details["operationId"], method=method.upper(), path=path, details=details)
        for path, methods in api.get_openapi_schema()["paths"].items()
        for method, details in methods.items()
    ]


OPERATIONS = operations()
PRIVATE = [each for each in OPERATIONS if each.role]
