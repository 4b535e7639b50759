"""Invoices and credit notes: document + tables + lookups -> draft + problems."""

import msgspec

from tilisilta.core.documents import (
    Direction,
    DocumentKind,
    Invoice,
    InvoiceLine,
    LineKind,
    PartyRole,
    is_shown_rounding,
    party_key,
)
from tilisilta.core.mapping.draft import InvoiceDraft, LineDraft
from tilisilta.core.mapping.invoice_postings import completion
from tilisilta.core.mapping.rows import RowMapper
from tilisilta.core.mapping.settings import Lookups, Mapped, MappingSettings, TextLines, finish, party_not_bound
from tilisilta.core.mapping.tables import MappingTable, MappingTables
from tilisilta.core.problems import Severity, problem


def invoice_role(invoice: Invoice) -> PartyRole:
    """Return whom an invoice is with."""
    return PartyRole.CUSTOMER if invoice.direction is Direction.SALES else PartyRole.SUPPLIER


def apply_invoice(
    invoice: Invoice, *, key: str, tables: MappingTables, lookups: Lookups, settings: MappingSettings
) -> Mapped:
    """Return the draft of an invoice or credit note.

    The draft's `lines` are what goes: rows of words are merged or kept as the settings say, and a rounding row that
    only shows `invoice.rounding` is left out. `draft.invoice` stays as the source gave it.
    """
    rows = RowMapper(direction=invoice.direction, tables=tables, lookups=lookups, settings=settings)
    role, of_party = invoice_role(invoice), party_key(invoice.party)
    party_id = lookups.party_ids.get((role, of_party), "")
    # A target that completes invoices takes a supplier's invoice without its register too (P93, P94).
    goes_without = settings.completes and (role, of_party) in lookups.refused_parties and role is PartyRole.SUPPLIER
    if not party_id and not goes_without:
        rows.add([party_not_bound(role, invoice.party)])
    shared = rows.map_dimensions(invoice.dimensions, "dimensions")
    lines = [
        rows.map_row(line, f"lines[{index}]", shared=invoice.dimensions)
        for index, line in enumerate(invoice.lines)
        if not is_shown_rounding(invoice, line)
    ]
    if settings.text_lines is TextLines.MERGE:
        lines = merge_text_rows(lines)
    warehouses = {each.warehouse for each in lines if each.warehouse}
    draft = InvoiceDraft(
        key=key,
        invoice=invoice,
        party_id=party_id,
        lines=tuple(lines),
        credited_id=_credited_id(invoice, lookups, rows),
        warehouse=warehouses.pop() if len(warehouses) == 1 else "",
        dimension=next(iter(shared.values()), ""),
        dimensions=shared,
        payment_method=_payment_method(invoice, rows),
        extra=completion(invoice, rows),
    )
    return finish(draft, rows.problems)


def _payment_method(invoice: Invoice, rows: RowMapper) -> str:
    """Return the target's payment method; it is only asked for once any method is mapped."""
    method, tables = invoice.payment_method, rows.tables
    found = tables.target(MappingTable.PAYMENT_METHODS, method, invoice.direction) or ""
    if method and not found and tables.has(MappingTable.PAYMENT_METHODS):
        where, warning = "payment_method", Severity.WARNING
        rows.add([problem("PAYMENT_METHOD_UNMAPPED", where=where, severity=warning, key=method)])
    return found


def merge_text_rows(lines: list[LineDraft]) -> list[LineDraft]:
    """Return the rows with each row of words joined to the row above, or to the first below when none is above.

    An invoice of words alone keeps them.
    """
    if all(each.line.kind is LineKind.TEXT for each in lines):
        return lines
    merged: list[LineDraft] = []
    waiting: list[str] = []
    for each in lines:
        words = _words(each.line)
        if each.line.kind is not LineKind.TEXT:
            merged.append(_described(each, [*waiting, words]) if waiting else each)
            waiting = []
        elif merged:
            merged[-1] = _described(merged[-1], [_words(merged[-1].line), words])
        else:
            waiting.append(words)
    return merged


def _words(line: InvoiceLine) -> str:
    return line.description or line.item_name


def _described(each: LineDraft, texts: list[str]) -> LineDraft:
    description = "\n".join(text for text in texts if text)
    return msgspec.structs.replace(each, line=msgspec.structs.replace(each.line, description=description))


def _credited_id(invoice: Invoice, lookups: Lookups, rows: RowMapper) -> str:
    """Return the target's id of the one invoice that a credit note credits; empty when it is not known."""
    if not invoice.is_credit_note or len(invoice.credits) != 1:
        return ""
    sales = invoice.direction is Direction.SALES
    kind = DocumentKind.SALES_INVOICE if sales else DocumentKind.PURCHASE_INVOICE
    credited = invoice.credits[0]
    found = lookups.document_id(kind, credited.source_id, credited.number)
    if not found:
        number = credited.number or credited.source_id
        rows.add(
            [problem("CREDITED_INVOICE_NOT_IMPORTED", where="credits[0]", severity=Severity.WARNING, number=number)]
        )
    return found
