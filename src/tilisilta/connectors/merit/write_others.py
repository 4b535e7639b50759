"""Drafts of parties, items and journal entries as Merit takes them."""

import datetime as dt
from base64 import b64encode
from collections.abc import Sequence
from decimal import Decimal

from tilisilta.connectors.merit import assumptions
from tilisilta.connectors.merit.options import Options
from tilisilta.connectors.merit.places import places_of
from tilisilta.connectors.merit.wire import (
    BatchSend,
    Comment,
    EntryRow,
    File,
    ItemSend,
    PartnerSend,
    plain_decimal,
    wire_date,
)
from tilisilta.connectors.merit.write_invoice import CODE_CHARS, ITEM_TYPES, UNIT_CHARS
from tilisilta.connectors.merit.write_text import Texts
from tilisilta.core.documents import Item, Party, PartyRole, StockKind
from tilisilta.core.errors import Unsupported
from tilisilta.core.mapping.draft import ItemDraft, JournalEntryDraft, PartyDraft
from tilisilta.core.money import vat_amount
from tilisilta.kit.marker import write_marker
from tilisilta.ports import AttachedFile

NAME_CHARS = 150
ITEM_NAME_CHARS = 100
DOCUMENT_CHARS = 35
MEMO_CHARS = 150
SALES, PURCHASES, BOTH = 1, 2, 3


def write_party(draft: PartyDraft, options: Options, texts: Texts, today: dt.date) -> PartnerSend:
    """Return the body of sendcustomer or sendvendor.

    Raises:
        Unsupported: The party has no name, or one longer than Merit takes: names are what tells cards apart there.

    """
    party, is_customer = draft.party, draft.role is PartyRole.CUSTOMER
    if not party.name.strip():
        raise Unsupported(field="name", rule="a party needs a name")
    if len(party.name.strip()) > NAME_CHARS:
        raise Unsupported(field="name", rule=f"at most {NAME_CHARS} characters", value=party.name)
    country = country_of(party, options, texts)
    address = party.address
    account = next((each.iban for each in party.bank_accounts if each.iban), "")
    return PartnerSend(
        name=party.name.strip(),
        country_code=country,
        not_td_customer=_is_outside_return(party, country, options) if is_customer else None,
        vat_accountable=None if is_customer else bool(party.vat_number),
        reg_no=texts.cut(party.registry_code, "registry_code", 30),
        vat_reg_no=texts.cut(party.vat_number, "vat_number", 30),
        payment_dead_line=party.payment_term_days,
        ref_no_base=texts.cut(party.reference_number, "reference_number", 36) if is_customer else "",
        address=texts.cut(" ".join(address.street.split()), "address.street", 100),
        city=texts.cut(address.city, "address.city", 30),
        county=texts.cut(address.county, "address.county", 100),
        postal_code=texts.cut(address.postal_code, "address.postal_code", 15),
        phone_no=texts.cut(party.phone, "phone", 50),
        email=texts.cut(party.email, "email", 80),
        contact=texts.cut(party.contact_name, "contact_name", 35),
        bank_account=texts.cut(account, "bank_accounts", 50),
        comments=[Comment(wire_date(today), write_marker(draft.key, "Tilisilta"))],
    )


def country_of(party: Party, options: Options, texts: Texts) -> str:
    """Return the country that Merit demands: of the address, else of the VAT number, else of the books, with a warning.

    >>> country_of(Party(vat_number="FI12345671"), Options(), Texts())
    'FI'
    """
    if party.address.country:
        return party.address.country
    prefix = party.vat_number[:2].upper()
    if prefix.isalpha() and len(prefix) == 2:  # noqa: PLR2004
        return "GR" if prefix == "EL" else prefix
    texts.warn("COUNTRY_OF_BOOKS", "address.country", name=party.name, country=options.country.code)
    return options.country.code


def _is_outside_return(party: Party, country: str, options: Options) -> bool:
    """Return NotTDCustomer: whether sales to this customer stay out of the annex of the VAT return."""
    is_foreign = options.country.code not in {country, "PL"}
    return party.is_person or is_foreign


def item_code(item: Item, extra: dict[str, str]) -> str:
    """Return the code under which the item stands in Merit: the draft's own, the item's, else its source id.

    Raises:
        Unsupported: There is none of the three, or it is longer than Merit takes.

    """
    code = (extra.get("code") or item.code or item.source_id).strip()
    if not code:
        raise Unsupported(field="code", rule="an item needs a code")
    if len(code) > CODE_CHARS:
        raise Unsupported(field="code", rule=f"at most {CODE_CHARS} characters", value=code)
    return code


def write_item(draft: ItemDraft, texts: Texts) -> ItemSend:
    """Return one article of senditems.

    Raises:
        Unsupported: The item has no code or too long a one, or goods in stock have no unit.

    """
    item = draft.item
    code = item_code(item, draft.extra)
    if item.stock_kind is StockKind.STOCK and not item.unit:
        raise Unsupported(field="unit", rule="goods in stock need a unit")
    usage = {(True, False): SALES, (False, True): PURCHASES}.get(
        (bool(draft.sales_account), bool(draft.purchase_account)), BOTH
    )
    return ItemSend(
        type=ITEM_TYPES[item.stock_kind],
        usage=usage,
        code=code,
        description=texts.cut(item.name or item.description or code, "name", ITEM_NAME_CHARS),
        uom_name=item.unit[:UNIT_CHARS],
        tax_id=draft.vat_code,
        sales_price=None if item.sales_price is None else plain_decimal(item.sales_price),
        sales_acc_code=draft.sales_account,
        purchase_acc_code=draft.purchase_account,
        inventory_acc_code=draft.warehouse_account,
    )


def write_batch(
    draft: JournalEntryDraft, options: Options, texts: Texts, files: Sequence[AttachedFile] = ()
) -> BatchSend:
    """Return the body of sendglbatch; our key stands in the memo of the first row.

    Raises:
        Unsupported: An entry without postings, with too many, or with a posting without account.

    """
    entry = draft.entry
    if not entry.postings:
        raise Unsupported(field="postings", rule="an entry needs postings")
    if len(entry.postings) > assumptions.MOST_ROWS:
        rule = f"at most {assumptions.MOST_ROWS} rows"
        raise Unsupported(field="postings", rule=rule, value=str(len(entry.postings)))
    version = options.version("sendglbatch")
    rows: list[EntryRow] = []
    for index, posting in enumerate(entry.postings):
        where = f"postings[{index}]"
        account, tax, dimension = (_at(each, index) for each in (draft.accounts, draft.vat_codes, draft.dimensions))
        if not account:
            raise Unsupported(field=f"{where}.account", rule="a posting needs an account")
        places = places_of([dimension] if dimension else [], version, texts, f"{where}.dimensions")
        memo = texts.cut(posting.description or entry.description, f"{where}.description", MEMO_CHARS)
        rows.append(
            EntryRow(
                account_code=account,
                debit=plain_decimal(posting.debit) if posting.debit else None,
                credit=plain_decimal(posting.credit) if posting.credit else None,
                memo=memo if index else write_marker(draft.key, memo or "Tilisilta", limit=MEMO_CHARS),
                department_code=places.department,
                project_code=places.project,
                cost_center_code=places.cost_center,
                tax_id=tax,
                # A tax without its amount makes the server fail; the amount itself is posted by its own row.
                vat_amount=_vat(posting.debit or posting.credit, posting.vat_rate, entry.currency) if tax else None,
            )
        )
    if len(files) > 1:
        texts.warn("ATTACHMENTS_NOT_CARRIED", "attachments", count=len(files) - 1)
    number = entry.number or entry.description or entry.source_id
    return BatchSend(
        doc_no=texts.cut(number, "number", DOCUMENT_CHARS) or "Tilisilta",
        batch_date=wire_date(entry.date),
        currency_code=entry.currency,
        entry_row=rows,
        attachment=File(files[0].name[-100:], b64encode(files[0].content).decode()) if files else None,
    )


def _at(values: Sequence[str], index: int) -> str:
    return values[index] if index < len(values) else ""


def _vat(net: Decimal, rate: Decimal | None, currency: str) -> Decimal:
    return plain_decimal(vat_amount(net, rate or Decimal(0), currency))


def reversal_key(key: str) -> str:
    """Return the key that the reversal of a replaced entry bears."""
    return f"{key}-r"
