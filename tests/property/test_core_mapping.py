import random

from hypothesis import event, given
from hypothesis import strategies as st
from tests.property.strategies import ENTRIES, IDS, INVOICES, ITEMS, PARTIES, PAYMENTS, RATES
from tests.property.test_core_documents import with_kind

from tilisilta.core.documents import Direction, LineKind, Party, PartyRole, decode_document, encode_document
from tilisilta.core.mapping import (
    ItemPolicy,
    Lookups,
    MappingEntry,
    MappingSettings,
    MappingTable,
    MappingTables,
    TextLines,
    apply,
    needs,
    rate_key,
    used_keys,
)
from tilisilta.core.matching import PartyIndex, propose_matches
from tilisilta.core.problems import stops
from tilisilta.ports import PartyCandidate

DOCUMENTS = st.one_of(INVOICES, PAYMENTS, PARTIES, ITEMS, ENTRIES).map(with_kind)
KEYS = IDS | RATES.map(rate_key) | st.just("*")
TABLE_ENTRIES = st.lists(
    st.builds(
        MappingEntry,
        table=st.sampled_from(MappingTable),
        source_key=KEYS,
        target_key=IDS,
        direction=st.none() | st.sampled_from(Direction),
        vat_rate=st.none() | RATES,
    ),
    max_size=12,
    unique_by=lambda each: (each.table, each.source_key, each.direction, each.vat_rate),
)
CHOICES = st.builds(
    MappingSettings,
    default_warehouse=IDS | st.just(""),
    default_item_sales=IDS | st.just(""),
    purchase_rows_item=IDS | st.just(""),
    item_policy=st.sampled_from(ItemPolicy),
    fallback_item=IDS | st.just(""),
    text_lines=st.sampled_from(TextLines),
    accounts_same=st.booleans(),
    payments_without_document=st.booleans(),
    skip_unimported_allocations=st.booleans(),
)
PARTY_IDS = st.dictionaries(st.tuples(st.sampled_from(PartyRole), IDS), IDS, max_size=4)
BOUND = st.builds(Lookups, party_ids=PARTY_IDS, item_ids=st.dictionaries(IDS, IDS, max_size=4))


@given(DOCUMENTS, TABLE_ENTRIES, BOUND, CHOICES, st.randoms())
def test_the_same_input_always_gives_the_same_draft(pair, entries, lookups, settings, shuffler: random.Random):
    kind, document = pair
    shuffled = entries.copy()
    shuffler.shuffle(shuffled)
    stored = decode_document(kind, encode_document(document))
    one = apply(kind, document, key="k", tables=MappingTables(entries), lookups=lookups, settings=settings)
    other = apply(kind, stored, key="k", tables=MappingTables(shuffled), lookups=lookups, settings=settings)
    assert one == other


@given(DOCUMENTS, TABLE_ENTRIES, BOUND, CHOICES)
def test_there_is_a_draft_or_a_reason(pair, entries, lookups, settings):
    kind, document = pair
    result = apply(kind, document, key="k", tables=MappingTables(entries), lookups=lookups, settings=settings)
    assert (result.draft is None) is stops(result.problems)


@given(INVOICES, TABLE_ENTRIES, CHOICES)
def test_no_code_is_invented(invoice, entries, settings):
    tables = MappingTables(entries)
    found = needs(invoice, settings, tables)
    lookups = Lookups(
        party_ids={(role, key): "P" for role, key, _ in found.parties}, item_ids={key: "I" for key, _ in found.items}
    )
    kind, _ = with_kind(invoice)
    draft = apply(kind, invoice, key="k", tables=tables, lookups=lookups, settings=settings).draft
    event(f"drafted: {draft is not None}")
    if draft is None:
        return
    chosen = {each.target_key for each in entries}
    own = {settings.default_item_sales, settings.purchase_rows_item, settings.fallback_item}
    for each in draft.lines:
        if each.line.kind is LineKind.TEXT:
            continue
        assert each.vat_code in chosen
        assert each.item_id in chosen | own | {"I"}
        assert each.account in chosen | ({each.line.ledger_account} if settings.accounts_same else {""})
        assert each.warehouse in chosen | {settings.default_warehouse, ""}


@given(INVOICES, TABLE_ENTRIES, CHOICES)
def test_rows_keep_their_amounts(invoice, entries, settings):
    kind, _ = with_kind(invoice)
    found = needs(invoice, settings, MappingTables(entries))
    lookups = Lookups(
        party_ids={(role, key): "P" for role, key, _ in found.parties}, item_ids={key: "I" for key, _ in found.items}
    )
    rates = [
        MappingEntry(
            table=MappingTable.VAT_CODES, source_key=rate_key(each.vat_rate, each.vat_treatment), target_key="V"
        )
        for each in invoice.lines
    ]
    tables = MappingTables([*entries, *rates])
    draft = apply(kind, invoice, key="k", tables=tables, lookups=lookups, settings=settings).draft
    event(f"drafted: {draft is not None}")
    if draft is None:
        return
    shown = [
        each
        for each in invoice.lines
        if not (each.kind is LineKind.ROUNDING and each.net == invoice.rounding) and each.kind is not LineKind.TEXT
    ]
    sent = [each.line for each in draft.lines if each.line.kind is not LineKind.TEXT]
    assert [(each.net, each.quantity, each.unit_price) for each in sent] == [
        (each.net, each.quantity, each.unit_price) for each in shown
    ]


@given(INVOICES, TABLE_ENTRIES)
def test_missing_vat_keys_are_those_that_stop_an_invoice(invoice, entries):
    tables = MappingTables(entries)
    missing = {
        (each.source_key, each.vat_rate)
        for each in tables.missing(used_keys(invoice))
        if each.table is MappingTable.VAT_CODES
    }
    kind, _ = with_kind(invoice)
    result = apply(kind, invoice, key="k", tables=tables, lookups=Lookups(), settings=MappingSettings())
    stopped = {each.params["key"] for each in result.problems if each.code == "VAT_CODE_UNMAPPED"}
    if not any(each.kind is LineKind.ROUNDING for each in invoice.lines):
        assert stopped == {key for key, _ in missing}


NAMES = st.lists(
    st.sampled_from(["OÜ", "AS", "Eesti", "Ehitus", "ehitus", "Ehitsu", "Mänty", "Oy", "Õun", "Puu"]), max_size=4
)
PARTY_PARTS = {
    "name": NAMES.map(" ".join),
    "registry_code": st.sampled_from(["", "12345678", "10000000", "2077474-0"]),
    "vat_number": st.sampled_from(["", "EE100207415", "FI20774740"]),
    "email": st.sampled_from(["", "a@b.ee", "A@B.ee"]),
}
CANDIDATES = st.lists(
    st.builds(PartyCandidate, target_id=IDS, **PARTY_PARTS), max_size=15, unique_by=lambda each: each.target_id
)


@given(PARTIES | st.sampled_from([None]), CANDIDATES, st.data())
def test_the_index_proposes_what_comparing_with_everyone_would(party, candidates, data):
    wanted = party or data.draw(st.builds(Party, **PARTY_PARTS))
    assert PartyIndex(candidates).propose(wanted) == propose_matches(wanted, candidates)


@given(CANDIDATES, st.data())
def test_an_equal_registry_code_is_always_proposed_and_confidence_has_its_bounds(candidates, data):
    wanted = data.draw(st.builds(Party, **PARTY_PARTS))
    proposals = propose_matches(wanted, candidates, limit=100)
    assert all(0 < each.confidence <= 1 and each.reasons for each in proposals)
    assert sorted(proposals, key=lambda each: (-each.confidence, each.target_id)) == list(proposals)
    if wanted.registry_code:
        equal = {each.target_id for each in candidates if each.registry_code == wanted.registry_code}
        assert equal <= {each.target_id for each in proposals}
