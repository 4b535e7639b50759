"""Writing of receipts, grouped or flat, and what they do to the documents they pay.

Source: vendor sheet, section 10. Which id key a bill's payment needs is unknown: the bill's id in `invoice_id`
with `sales_doc_type: bills` is what works here. Sums are taken in the document's currency, unconverted.
"""

import copy
from collections.abc import Mapping
from typing import Any

import msgspec

from tilisilta_emulators.scoro import ledger
from tilisilta_emulators.scoro.errors import ApiError
from tilisilta_emulators.scoro.modules import MODULES, PAYABLE
from tilisilta_emulators.scoro.rows import Receipt, ReceiptGroup
from tilisilta_emulators.scoro.site import Site
from tilisilta_emulators.scoro.values import ZERO, decimal, identifier, plain
from tilisilta_emulators.scoro.writing import Problems, check_references, read_custom, read_fields

MODULE = MODULES["receipts"]
FLAT = ("invoice_id", "prepayment_id")
RECEIPT_FIELDS = Receipt.__struct_fields__


def write_group(site: Site, row_id: int, request: Mapping[str, Any], account: str) -> ReceiptGroup:
    """Create (id 0) or change a receipt group from a grouped or a flat write, and settle what it pays.

    Raises:
        ApiError: 404 unknown id, 400 invalid fields, unknown document or a locked period.

    """
    table = site.tables["receipts"]
    request, row_id = _grouped(site, request, row_id)
    held: ReceiptGroup | None = site.row("receipts", row_id, account) if row_id else None
    group = copy.copy(held) if held else ReceiptGroup(account_id=account, date=site.now().date().isoformat())
    site.require_open(group.date if held else None)
    problems = Problems()
    wanted = read_fields(MODULE, ReceiptGroup.__struct_fields__, request, problems, skip=_GROUP_SKIP)
    check_references(site, wanted, problems)
    for name, value in wanted.items():
        setattr(group, name, value)
    group.date = group.date or site.now().date().isoformat()
    group.currency = group.currency or "EUR"
    group.custom_fields = read_custom(request, group.custom_fields, problems)
    if request.get("receipts") is not None or held is None:
        group.receipts = _read_receipts(site, request.get("receipts"), group, problems)
    elif "sum" in wanted and len(group.receipts) == 1:
        group.receipts = [msgspec.structs.replace(group.receipts[0], sum=group.sum)]
    problems.raise_any()
    site.require_open(group.date)
    _sum_up(site, group, wanted)
    touched = ledger.apply(site, held, -1) if held else set()
    group.modified_date = site.stamp(MODULE)
    if held:
        table.forget(row_id)
        for receipt in held.receipts:
            site.receipt_groups.pop(receipt.receipt_id, None)
    else:
        group.created_date = group.modified_date
    table.put(group)
    for receipt in group.receipts:
        site.receipt_groups[receipt.receipt_id] = group.id
    touched |= ledger.apply(site, group, 1)
    ledger.settle_all(site, touched, group.date)
    return group


_GROUP_SKIP = frozenset(("id", "receipts", "account_id", "created_date", "modified_date", "is_deleted", "deleted_date"))


def take_back(site: Site, group: ReceiptGroup) -> None:
    """Undo what a group paid, when it is deleted.

    Raises:
        ApiError: 400, its day is locked.

    """
    site.require_open(group.date)
    touched = ledger.apply(site, group, -1)
    ledger.settle_all(site, touched, None)


def _grouped(site: Site, request: Mapping[str, Any], row_id: int) -> tuple[Mapping[str, Any], int]:
    """Turn the flat form of API v1 into a group of one; its id is the receipt's."""
    if request.get("receipts") or not any(name in request for name in (*FLAT, "receipt_id")):
        return request, row_id
    receipt_id = identifier(request.get("receipt_id") or 0)
    if not row_id and receipt_id:
        row_id = site.receipt_groups.get(receipt_id, 0)
        if not row_id:
            raise ApiError(404, f"receipts with ID {receipt_id} was not found")
    part = {name: request[name] for name in RECEIPT_FIELDS if name in request}
    if row_id and row_id in site.tables["receipts"].rows:
        kept = site.tables["receipts"].rows[row_id].receipts
        old = next((each for each in kept if receipt_id in (0, each.receipt_id)), None)
        if old is not None:
            part = {**{name: getattr(old, name) for name in RECEIPT_FIELDS}, **part}
        others = [{name: getattr(each, name) for name in RECEIPT_FIELDS} for each in kept if each is not old]
        return {**{k: v for k, v in request.items() if k != "sum" or not others}, "receipts": [*others, part]}, row_id
    return {**request, "receipts": [part]}, row_id


def _read_receipts(site: Site, given: object, group: ReceiptGroup, problems: Problems) -> list[Receipt]:
    if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
        problems.add("receipts", "is required")
        return []
    known = {receipt.receipt_id for receipt in group.receipts}
    receipts = []
    for place, each in enumerate(given):
        own = problems.under(f"receipts[{place}].")
        wanted = read_fields(MODULE, RECEIPT_FIELDS, each, own, skip=frozenset())
        check_references(site, wanted, own)
        if wanted.get("receipt_id", 0) not in known:
            wanted.pop("receipt_id", None)
        receipt = Receipt(**{"sales_doc_type": group.sales_doc_type, "date": group.date, **wanted})
        if "sum" not in wanted and len(given) == 1:
            receipt.sum = group.sum
        receipt.date = receipt.date or group.date
        receipt.receipt_id = receipt.receipt_id or site.next_receipt_id()
        _check_target(site, receipt, own)
        receipts.append(receipt)
    return receipts


def _check_target(site: Site, receipt: Receipt, problems: Problems) -> None:
    """Refuse a payment of nothing, or of a document that is not there; take its partner as contact."""
    if decimal(receipt.sum) == ZERO:
        problems.add("sum", "is required")
    paid = ledger.targets(receipt)
    if not paid:
        problems.add("invoice_id", "is required")
    for kind, row_id in paid:
        if kind not in PAYABLE:
            continue
        row = site.tables[PAYABLE[kind]].rows.get(row_id)
        if row is None or row.is_deleted:
            field = "prepayment_id" if kind == "prepayments" else "invoice_id"
            problems.add(field, f"with ID {row_id} was not found")
        elif not receipt.contact_id:
            receipt.contact_id = row.company_id


def _sum_up(site: Site, group: ReceiptGroup, wanted: Mapping[str, Any]) -> None:
    if "sum" not in wanted:
        group.sum = plain(sum((decimal(each.sum) for each in group.receipts), ZERO))
    if not group.contact_id and group.receipts:
        group.contact_id = group.receipts[0].contact_id
    if not group.receipt_account_id:
        group.receipt_account_id = min(site.tables["receiptAccounts"].rows, default=0)
