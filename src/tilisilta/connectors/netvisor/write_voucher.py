"""Journal entries as accounting.nv, accountingedit.nv and invalidatevouchers.nv take them (vendor sheet 6.1 to 6.6)."""

from base64 import b64encode
from collections.abc import Sequence
from decimal import Decimal

from tilisilta.connectors.netvisor import assumptions, vat_codes
from tilisilta.connectors.netvisor.options import Options
from tilisilta.connectors.netvisor.wire import Element, document, encode, group, leaf
from tilisilta.connectors.netvisor.write_text import Texts
from tilisilta.core.documents import Posting
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import JournalEntryDraft
from tilisilta.core.money import ZERO
from tilisilta.kit.marker import write_marker
from tilisilta.ports import AttachedFile

ACCOUNTING = "accounting.nv"
EDIT = "accountingedit.nv"
INVALIDATE = "invalidatevouchers.nv"
DIMENSION_SEPARATOR = "::"

# One line as it stands in the books: account, VAT code, debit positive.
Line = tuple[str, str, Decimal]


def lines_of(draft: JournalEntryDraft) -> list[Line]:
    """Return account, VAT code and signed amount of each posting.

    Raises:
        Unsupported: The entry does not balance, is not in euros, or a VAT code has no place in vouchers.

    """
    entry = draft.entry
    if entry.currency != "EUR":
        raise Unsupported(field="currency", rule="vouchers are in euros", value=entry.currency)
    if not entry.postings or entry.debit_total != entry.credit_total:
        difference = entry.debit_total - entry.credit_total
        raise Unsupported(field="postings", rule="debit and credit must be the same", value=str(difference))
    found: list[Line] = []
    for index, posting in enumerate(entry.postings):
        account = _at(draft.accounts, index)
        if not account:
            raise Unsupported(field=f"postings[{index}].account", rule="a row needs an account", value=posting.account)
        code = _at(draft.vat_codes, index) or vat_codes.NONE
        if not vat_codes.is_taken(code, vat_codes.ACCOUNTING):
            raise Unsupported(field=f"postings[{index}].vat_code", rule="not a VAT code of vouchers", value=code)
        found.append((account, code, posting.debit - posting.credit))
    return found


def is_withdrawal(draft: JournalEntryDraft) -> bool:
    """Return whether a draft only takes an older voucher out of the books."""
    return bool(draft.entry.replaces) and not draft.entry.postings


def write_voucher(
    draft: JournalEntryDraft, options: Options, texts: Texts, files: Sequence[AttachedFile] = (), *, replaces: str = ""
) -> bytes:
    """Return the body of accounting.nv, or of accountingedit.nv when `replaces` names a voucher.

    Raises:
        Unsupported: See `lines_of`.

    """
    entry = draft.entry
    root, voucher = document("voucher")
    if replaces and assumptions.EDIT_KEY_FIRST:
        leaf(voucher, "netvisorkey", replaces)
    leaf(voucher, "calculationmode", "net")
    leaf(voucher, "voucherdate", entry.date, format="ansi")
    leaf(voucher, "description", _description(draft, texts))
    leaf(voucher, "voucherclass", options.voucher_class)
    for index, ((account, code, amount), posting) in enumerate(zip(lines_of(draft), entry.postings, strict=True)):
        line = group(voucher, "voucherline")
        leaf(line, "linesum", amount, type="net")
        words = texts.cut(posting.description, f"postings[{index}].description", assumptions.DESCRIPTION_CHARS)
        leaf(line, "description", words)
        leaf(line, "accountnumber", account)
        leaf(line, "vatpercent", _rate(posting, code), vatcode=code)
        write_dimensions(line, [_at(draft.dimensions, index)])
    if files:
        frame = group(voucher, "voucherattachments")
        for each in files:
            write_file(group(frame, "voucherattachment"), each, texts)
    if replaces and not assumptions.EDIT_KEY_FIRST:
        leaf(voucher, "netvisorkey", replaces)
    return encode(root)


def write_invalidation(voucher_id: str) -> bytes:
    """Return the body of invalidatevouchers.nv for one voucher."""
    root, frame = document("invalidatevouchers")
    frame.set("identifier", "netvisorkey")
    leaf(frame, "comment", "Korvattu uudella aineistolla (Tilisilta)")
    leaf(frame, "invalidatevoucher", voucher_id)
    return encode(root)


def _description(draft: JournalEntryDraft, texts: Texts) -> str:
    entry = draft.entry
    words = " ".join(
        part for part in (texts.clean(entry.description, "description"), texts.clean(entry.number, "number")) if part
    )
    marked = write_marker(draft.key, words, limit=assumptions.DESCRIPTION_CHARS)
    if not marked.startswith(words):
        texts.warn("TEXT_CUT", "description", value=words, limit=assumptions.DESCRIPTION_CHARS)
    return marked


def _rate(posting: Posting, code: str) -> Decimal:
    # No VAT handling has no rate, whatever the source writes beside it.
    return ZERO if posting.vat_rate is None or code == vat_codes.NONE else posting.vat_rate


def _at(values: Sequence[str], index: int) -> str:
    return values[index] if index < len(values) else ""


# --- what all messages share ---------------------------------------------------------------------------------


def split_dimension(key: str) -> tuple[str, str]:
    """Return name and item of a dimension as the catalogue keys it: `Kustannuspaikka::Verkkokauppa`."""
    name, _, item = key.partition(DIMENSION_SEPARATOR)
    if not item:
        raise Unsupported(field="dimensions", rule="a dimension is its name, two colons and its item", value=key)
    return name, item


def write_dimensions(parent: Element, keys: Sequence[str]) -> None:
    """Add the dimensions of a row; empty keys are left out."""
    for key in dict.fromkeys(key for key in keys if key):
        name, item = split_dimension(key)
        frame = group(parent, "dimension")
        leaf(frame, "dimensionname", name)
        leaf(frame, "dimensionitem", item)


def write_file(parent: Element, file: AttachedFile, texts: Texts, **attributes: str) -> None:
    """Add the four elements of an attachment; `attributes` go to its data."""
    name = texts.clean(file.name, "attachments") or "liite"
    leaf(parent, "mimetype", file.media_type or "application/octet-stream")
    leaf(parent, "attachmentdescription", name)
    leaf(parent, "filename", name)
    leaf(parent, "documentdata", b64encode(file.content).decode(), **attributes)
