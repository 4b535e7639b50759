"""What mapping is handed beside the document: the flow's settings, the known bindings, and the shape of its answer."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import StrEnum

import msgspec

from tilisilta.core.documents import DocumentKind, Item, Party, PartyRole, party_key
from tilisilta.core.ledger import PostingLine
from tilisilta.core.mapping.draft import Draft
from tilisilta.core.mapping.products import ProductRegister
from tilisilta.core.problems import Problem, problem, stops


class ItemPolicy(StrEnum):
    """What happens to a row whose item the target does not know."""

    STOP = "stop"  # the document waits until the item is bound
    FALLBACK = "fallback"  # the row goes to the fallback item, with a warning


class TextLines(StrEnum):
    """What happens to rows of words."""

    MERGE = "merge"  # joined to the description of the row above (of the row below when it is the first)
    KEEP = "keep"  # a row of their own, without item, VAT code or account


class MappingSettings(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A flow's choices. Items, warehouses and VAT codes are the target's own codes."""

    stock_tag: str = "Laoartikkel"
    default_warehouse: str = ""
    needs_items: bool = True  # the target's rows stand on items
    items_by_code: bool = False  # rows are found in the target's register by their codes; nothing is created or bound
    code_prefixes: dict[str, str] = {}  # by the source's register: what stands before its codes at the target
    needs_vat_codes: bool = True  # the target's rows bear VAT codes of its own
    rows_in_words: bool = False  # a row that names no item by id or code goes as its words
    has_warehouses: bool = True  # the target follows stock
    default_item_sales: str = ""  # for sales rows that name no item
    default_item_purchase: str = ""
    purchase_rows_item: str = ""  # one item for all purchase rows that have no entry in the item table
    item_policy: ItemPolicy = ItemPolicy.STOP
    fallback_item: str = ""
    allowance_item: str = ""
    charge_item: str = ""
    rounding_item: str = ""
    default_party_vat_code: str = ""
    item_needs_vat_code: bool = False
    allow_zero_rate_by_rate: bool = True  # 0 % may be mapped by its rate alone
    accounts_required: bool = False  # a row's account must be mapped even while the account table is empty
    accounts_same: bool = False  # both sides share one chart: an account without an entry keeps its number
    text_lines: TextLines = TextLines.MERGE
    payments_need_party: bool = True
    payment_accounts_optional: bool = False  # the target takes a payment that names no bank account
    payments_without_document: bool = False  # prepayments and payments on account may go
    skip_unimported_allocations: bool = False  # send the part of a payment whose documents are known
    completes: bool = False  # the target approves invoices and, of sales, marks them sent
    posts_sales: bool = False  # our postings go with sales invoices to a target that completes them
    posts_purchases: bool = False

    def default_item(self, *, sales: bool) -> str:
        """Return the item of rows that name none."""
        return self.default_item_sales if sales else self.default_item_purchase

    def posts(self, *, sales: bool) -> bool:
        """Return whether invoices of a side take our postings along."""
        return self.completes and (self.posts_sales if sales else self.posts_purchases)


class Lookups(msgspec.Struct, frozen=True, kw_only=True):
    """What is already bound, gathered before mapping.

    `items` are the source's items by key; they tell which rows are stock. `document_numbers` serves sources
    that name a paid or credited document by number only; leave out numbers that are not unique.
    """

    party_ids: Mapping[tuple[PartyRole, str], str] = msgspec.field(default_factory=dict)
    item_ids: Mapping[str, str] = msgspec.field(default_factory=dict)
    document_ids: Mapping[tuple[DocumentKind, str], str] = msgspec.field(default_factory=dict)
    document_numbers: Mapping[tuple[DocumentKind, str], str] = msgspec.field(default_factory=dict)
    items: Mapping[str, Item] = msgspec.field(default_factory=dict)
    refused_parties: AbstractSet[tuple[PartyRole, str]] = frozenset()  # the target did not take these into its register
    products: ProductRegister | None = None  # the target's, where rows are found by code
    postings: Mapping[str, Sequence[PostingLine]] = msgspec.field(default_factory=dict)  # by the invoice's source id

    def document_id(self, kind: DocumentKind, source_id: str, number: str) -> str:
        """Return the target's id of a document, by source id, else by number; empty when it is not bound."""
        if source_id:
            return self.document_ids.get((kind, source_id), "")
        return self.document_numbers.get((kind, number), "") if number else ""


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """A draft, or what stops it. Warnings may stand beside a draft."""

    draft: Draft | None = None
    problems: tuple[Problem, ...] = ()


class Needs(msgspec.Struct, frozen=True, kw_only=True):
    """What must be bound before a document can go; items are as far as the row tells about them."""

    parties: tuple[tuple[PartyRole, str, Party], ...] = ()
    items: tuple[tuple[str, Item], ...] = ()


def finish(draft: Draft, problems: tuple[Problem, ...]) -> Mapped:
    """Return the draft unless a problem stops it."""
    return Mapped(draft=None if stops(problems) else draft, problems=problems)


def party_not_bound(role: PartyRole, party: Party) -> Problem:
    """Return the problem of a document whose customer or supplier is not known at the target."""
    return problem("PARTY_NOT_BOUND", where="party", role=role, key=party_key(party), name=party.name)
