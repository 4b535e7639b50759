import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.property.strategies import ENTRIES, INVOICES, ITEMS, PARTIES, PAYMENTS

from tilisilta.core.checks import check_invoice, check_journal_entry, check_party, check_payment
from tilisilta.core.documents import (
    DocumentKind,
    Invoice,
    JournalEntry,
    Party,
    Payment,
    decode_document,
    document_key,
    encode_document,
    invoice_kind,
    version_hash,
)


def with_kind(document):
    if isinstance(document, Invoice):
        return invoice_kind(document), document
    if isinstance(document, Party):
        return DocumentKind.CUSTOMER, document
    if isinstance(document, Payment):
        return DocumentKind.PAYMENT, document
    return (DocumentKind.JOURNAL_ENTRY if isinstance(document, JournalEntry) else DocumentKind.ITEM), document


DOCUMENTS = st.one_of(INVOICES, PAYMENTS, PARTIES, ITEMS, ENTRIES).map(with_kind)


@given(DOCUMENTS)
def test_every_document_comes_back_as_it_was_stored(pair):
    kind, document = pair
    payload = encode_document(document)
    again = decode_document(kind, payload)
    assert again == document
    assert encode_document(again) == payload
    assert version_hash(again) == version_hash(document)
    assert document_key(again) == document_key(document)


@given(INVOICES, st.decimals("0", "100", places=2), st.booleans())
def test_being_paid_or_touched_is_no_new_version(invoice, paid, is_sent):
    touched = msgspec.structs.replace(invoice, paid=paid, status="paid", is_sent=is_sent, modified_at="2026-01-01")
    assert version_hash(touched) == version_hash(invoice)


@given(INVOICES)
def test_another_amount_is_a_new_version(invoice):
    assert version_hash(msgspec.structs.replace(invoice, gross=invoice.gross + 1)) != version_hash(invoice)


@given(DOCUMENTS)
def test_checks_answer_for_whatever_comes_and_always_the_same(pair):
    _, document = pair
    if isinstance(document, Invoice):
        found = [check_invoice(document, own_country="EE") for _ in range(2)]
    elif isinstance(document, Party):
        found = [check_party(document) for _ in range(2)]
    elif isinstance(document, Payment):
        found = [check_payment(document) for _ in range(2)]
    elif isinstance(document, JournalEntry):
        found = [check_journal_entry(document) for _ in range(2)]
    else:
        return
    assert found[0] == found[1]
    assert all(
        each.code.isupper() and all(isinstance(value, str) for value in each.params.values()) for each in found[0]
    )
