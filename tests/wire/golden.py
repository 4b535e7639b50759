"""Wire examples and what they read as. `python -m tests.wire.golden <vendor>/<name>` writes an expectation to be read
with one's own eyes; an expectation that exists is not overwritten without `--force`.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from tilisilta.connectors.merit import fates as merit_fates
from tilisilta.connectors.merit import ledger as merit_ledger
from tilisilta.connectors.merit import mapper as merit
from tilisilta.connectors.merit import shapes as merit_shapes
from tilisilta.connectors.merit import wire as merit_wire
from tilisilta.connectors.netvisor import ledger as netvisor_ledger
from tilisilta.connectors.netvisor import lists as netvisor_lists
from tilisilta.connectors.netvisor import reading as netvisor_reading
from tilisilta.connectors.netvisor import wire as netvisor_wire
from tilisilta.connectors.procountor import client as procountor_client
from tilisilta.connectors.procountor import fates as procountor_fates
from tilisilta.connectors.procountor import ledger as procountor_ledger
from tilisilta.connectors.procountor import lists as procountor_lists
from tilisilta.connectors.procountor import reading as procountor_reading
from tilisilta.connectors.procountor import rights as procountor_rights
from tilisilta.connectors.scoro import mapper as scoro
from tilisilta.connectors.scoro import read_others as scoro_others
from tilisilta.connectors.scoro import wire as scoro_wire
from tilisilta.connectors.severa import mapper as severa
from tilisilta.connectors.severa import rest_fates as severa_fates
from tilisilta.connectors.severa import rest_reading as severa_reading
from tilisilta.connectors.severa.registers import read_choice as severa_choice
from tilisilta.connectors.smartaccounts import mapper as smart
from tilisilta.connectors.smartaccounts import wire as smart_wire
from tilisilta.connectors.smartaccounts.client import the_list
from tilisilta.core.documents import Direction, PartyRole
from tilisilta.kit.values import loose_decoder
from tilisilta.ports.register import RegisterKind

HERE = Path(__file__).parent
ZONE = ZoneInfo("Europe/Tallinn")

SCORO: dict[str, tuple[type[Any], Callable[[Any], Any]]] = {
    "sales": (scoro_wire.Document, lambda wire: scoro.read_document(wire, Direction.SALES, ZONE)),
    "purchase": (scoro_wire.Document, lambda wire: scoro.read_document(wire, Direction.PURCHASE, ZONE)),
    "receipt": (scoro_wire.ReceiptGroup, lambda wire: scoro_others.read_receipt(wire, ZONE)),
    "contact": (scoro_wire.Contact, lambda wire: scoro_others.read_contact(wire, ZONE)),
    "product": (scoro_wire.Product, lambda wire: scoro_others.read_product(wire, ZONE)),
}
SMART: dict[str, tuple[type[Any], Callable[[Any], Any]]] = {
    "payment": (smart_wire.PaymentRead, smart.read_payment),
    "party": (smart_wire.PartnerRead, lambda wire: smart.read_party(wire, PartyRole.CUSTOMER)),
    "item": (smart_wire.ArticleRead, smart.read_item),
    "invoice": (smart_wire.InvoiceRead, smart.read_totals),
}
MERIT: dict[str, tuple[type[Any], Callable[[Any], Any]]] = {
    "invoices": (
        merit_wire.InvoiceRead,
        lambda row: (merit.sent_invoice(row), merit.read_paid(row), row.partner_id, row.h_comment),
    ),
    "detail": (merit_wire.InvoiceDetail, lambda each: (merit.read_totals(each.header), len(each.lines))),
    "batches": (merit_wire.BatchRead, lambda row: (merit.sent_batch(row), merit_ledger.ledger_rows(row))),
    "payments": (merit_wire.PaymentRead, merit.read_payment),
    "customers": (merit_wire.PartnerRead, lambda row: merit.read_party(row, PartyRole.CUSTOMER)),
    "items": (merit_wire.ItemRead, merit.read_item),
}
MERIT_LISTS: dict[str, Callable[[Any], Any]] = {
    "taxes": merit.vat_codes,
    "dimensions": merit.dimensions,
    "projects": merit.projects,
}
NETVISOR: dict[str, Callable[[Any], Any]] = {
    "status": netvisor_wire.read_status,
    "accounts": lambda root: [netvisor_lists.read_account(row) for row in netvisor_wire.everywhere(root, "account")],
    "calendar": netvisor_lists.read_calendar,
    "dimensions": lambda root: [
        netvisor_lists.read_dimension(row) for row in netvisor_wire.everywhere(root, "dimensionname")
    ],
    "vendors": lambda root: [netvisor_lists.read_vendor(row) for row in netvisor_wire.everywhere(root, "vendor")],
    "ledger": lambda root: [
        (voucher, list(netvisor_ledger.ledger_rows(voucher)))
        for voucher in map(netvisor_ledger.read_voucher, netvisor_wire.everywhere(root, "voucher"))
    ],
    "sales_list": lambda root: [
        netvisor_reading.read_invoice_row(row, netvisor_reading.KINDS[Direction.SALES])
        for row in netvisor_wire.everywhere(root, "salesinvoice")
    ],
    "sales_detail": lambda root: [
        netvisor_reading.read_invoice_detail(row, netvisor_reading.KINDS[Direction.SALES])
        for row in netvisor_wire.everywhere(root, "salesinvoice")
    ],
    "purchase_list": lambda root: [
        netvisor_reading.read_invoice_row(row, netvisor_reading.KINDS[Direction.PURCHASE])
        for row in netvisor_wire.everywhere(root, "purchaseinvoice")
    ],
    "purchase_detail": lambda root: [
        netvisor_reading.read_invoice_detail(row, netvisor_reading.KINDS[Direction.PURCHASE])
        for row in netvisor_wire.everywhere(root, "purchaseinvoice")
    ],
    "payments": netvisor_reading.read_payments,
    "customers": netvisor_reading.read_customers,
    "products": netvisor_reading.read_products,
}
PROCOUNTOR: dict[str, Callable[[Any], Any]] = {
    "invoices": lambda answer: [
        (procountor_reading.sent_invoice(row), procountor_reading.signed_total(row), procountor_reading.is_live(row))
        for row in _procountor_rows(answer)
    ],
    "events": lambda answer: [procountor_reading.read_event(row, "8801001") for row in _procountor_rows(answer)],
    "partners": lambda answer: [
        (procountor_reading.read_partner(row), procountor_reading.party_candidate(row))
        for row in _procountor_rows(answer)
    ],
    "products": lambda answer: [procountor_reading.item_candidate(row) for row in _procountor_rows(answer)],
    "pages": lambda answer: [
        (procountor_ledger.read_page(row), procountor_ledger.read_page(row).debit) for row in _procountor_rows(answer)
    ],
    "accounts": lambda answer: [procountor_lists.read_account(row) for row in _procountor_rows(answer)],
    "bank_accounts": lambda answer: [procountor_lists.read_own_account(row) for row in _procountor_rows(answer)],
    "vat": lambda answer: _sorted_vat(procountor_lists.read_vat(answer, "FINLAND")),
    "calendar": lambda answer: (
        procountor_lists.read_calendar(answer).years,
        procountor_lists.read_calendar(answer).periods,
        sorted(procountor_lists.read_calendar(answer).closed_years),
        procountor_lists.read_calendar(answer).locked_until(),
    ),
    "company": procountor_lists.read_company,
    "rights": lambda answer: procountor_rights.missing(answer, circulated=True),
    "errors": lambda answer: [procountor_fates.complaints(_encode_number(each)) for each in answer],
}


SEVERA: dict[str, Callable[[Any], Any]] = {
    "invoices": lambda answer: [_severa_invoice(row, answer) for row in answer["invoices"]],
    "statuses": lambda answer: [severa_reading.read_status(row) for row in answer],
    "customers": lambda answer: [severa.read_party(severa_reading.read_customer(row, None, "")) for row in answer],
    "addresses": lambda answer: [severa_reading.read_place(row) for row in answer],
    "products": lambda answer: _severa_entries(answer, RegisterKind.PRODUCT),
    "worktypes": lambda answer: _severa_entries(answer, RegisterKind.WORK_TYPE),
    "travelexpensetypes": lambda answer: _severa_entries(answer, RegisterKind.TRAVEL_EXPENSE),
    "errors": lambda answer: [severa_fates.read_refusal(_encode_number(each)) for each in answer],
}


def _severa_invoice(row: Any, answer: Any) -> Any:
    """Return an invoice with the rows of its own answer, which name no registers."""
    lines = [each for each in answer["rows"] if each["invoiceGuid"] == row["guid"]]
    read = [severa_reading.read_row(each, next(iter(severa_reading.row_codes(each)), ""), ()) for each in lines]
    return severa.read_invoice(severa_reading.read_bill(row, tuple(read), None, ("", ""), None), {})


def _severa_entries(answer: Any, kind: RegisterKind) -> Any:
    entries = [severa_reading.read_entry(row, kind) for row in answer]
    return [(entry, severa_choice(entry)) for entry in entries]


def _procountor_rows(answer: Any) -> list[Any]:
    answer = procountor_client.spelled(answer)
    return [answer] if isinstance(answer, dict) and "id" in answer else procountor_client.the_rows(answer)


def _sorted_vat(vat: procountor_lists.Vat) -> Any:
    return vat.statuses, sorted(vat.sales_percents), sorted(vat.purchase_percents)


def examples() -> list[Path]:
    return sorted(path for path in HERE.glob("*/*.json") if not path.name.endswith(".expected.json"))


def expected_path(example: Path) -> Path:
    return example.with_suffix(".expected.json")


def read(example: Path) -> Any:
    """Return what the connector reads from an example, as plain JSON values."""
    content = loose_decoder(dict).decode(example.read_bytes())
    kind, answer = content["kind"], content["answer"]
    if example.parent.name == "netvisor":
        return _plain(NETVISOR[kind](netvisor_wire.read_root("\n".join(answer).encode(), kind)))
    if example.parent.name == "procountor":
        return _plain(PROCOUNTOR[kind](answer))
    if example.parent.name == "severa":
        return _plain(SEVERA[kind](answer))
    if example.parent.name == "merit":
        return _plain(_read_merit(kind, _encode_number(answer)))
    if kind == "vat":
        return _plain(smart.vat_codes(the_list(answer)))
    if example.parent.name == "scoro":
        shape, reader = SCORO[kind]
        rows = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    else:
        shape, reader = SMART[kind]
        rows = the_list(answer)
    return _plain([reader(msgspec.convert(row, shape)) for row in rows])


def _read_merit(kind: str, body: bytes) -> Any:
    value = merit_shapes.spell(merit_fates.read_body(body))
    if kind in MERIT_LISTS:
        return MERIT_LISTS[kind](merit_shapes.rows_of(value))
    shape, reader = MERIT[kind]
    return [reader(row) for row in merit_shapes.convert_rows(value, shape, kind)]


def _plain(value: Any) -> Any:
    return msgspec.json.decode(_encode(value))


def _encode(value: Any) -> bytes:
    return msgspec.json.Encoder(decimal_format="string").encode(value)


def _encode_number(value: Any) -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(value)


def main(arguments: list[str]) -> int:
    force = "--force" in arguments
    names = [each for each in arguments if not each.startswith("--")]
    for example in examples():
        name = f"{example.parent.name}/{example.stem}"
        target = expected_path(example)
        if (names and name not in names) or (target.exists() and not force):
            continue
        target.write_bytes(msgspec.json.format(_encode(read(example)), indent=1) + b"\n")
        sys.stdout.write(f"wrote {target.relative_to(HERE)}: read it before you believe it\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
