import datetime as dt
import re
from pathlib import Path

import msgspec
import pytest
from tests.unit.web_transfer import factories as make

from tilisilta.core.documents import Direction, encode_document
from tilisilta.services import documents
from tilisilta.services.documents import Filters
from tilisilta.services.event_texts import event_codes, event_level, event_text
from tilisilta.services.field_texts import field_text
from tilisilta.store.models import Document, DocumentVersion

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    return make.integration(make.actor(make.company()))


def _numbers(page):
    return [row.document.number for row in page.rows]


def _stored(pair, number, **fields):
    return make.document(pair.source, make.invoice(number, **fields))


def test_pages_hold_every_document_once_also_on_one_day(pair):
    for index in range(23):
        _stored(pair, f"N{index}", date=dt.date(2026, 1, 1 + index // 5))
    seen, key = [], ""
    for _ in range(10):
        page = documents.search(pair.company, Filters(), key, size=4)
        seen += _numbers(page)
        key = page.next_key
        if not key:
            break
    assert len(seen) == 23
    assert len(set(seen)) == 23
    assert seen[0].startswith("N2")


def test_a_key_that_is_not_ours_begins_at_the_start(pair):
    _stored(pair, "N1")
    for key in ("nonsense", "2026-99-99_4", "_x", "2026-01-01_"):
        assert _numbers(documents.search(pair.company, Filters(), key)) == ["N1"]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(text="A-1"), {"A-1"}),
        (Filters(text="õunap"), {"Ö-2"}),
        (Filters(text="ÕUNAP"), {"Ö-2"}),
        (Filters(kind="purchase_invoice"), {"P-3"}),
        (Filters(direction="sales"), {"A-1", "Ö-2", "C-4"}),
        (Filters(kind="sales_credit_note"), {"C-4"}),
        (Filters(date_from=dt.date(2026, 2, 1)), {"P-3"}),
        (Filters(date_to=dt.date(2026, 1, 8)), {"A-1", "C-4"}),
        (Filters(gross_from=20000, gross_to=30000), {"Ö-2"}),
        (Filters(party="kask"), {"A-1", "P-3", "C-4"}),
        (Filters(state="problem"), {"A-1"}),
        (Filters(state="confirmed"), {"P-3"}),
        (Filters(text="no such thing"), set()),
    ],
)
def test_filters_narrow(pair, filters, found):
    party = make.invoice().party
    make.delivery(make.flow(pair), _stored(pair, "A-1"), "problem")
    _stored(
        pair, "Ö-2", gross="248.00", date=dt.date(2026, 1, 20), party=msgspec.structs.replace(party, name="Õunapuu")
    )
    purchase = _stored(pair, "P-3", direction=Direction.PURCHASE, date=dt.date(2026, 2, 3))
    make.delivery(make.flow(pair, "purchase_invoices"), purchase, "confirmed")
    _stored(pair, "C-4", is_credit_note=True)

    assert set(_numbers(documents.search(pair.company, filters))) == found
    assert sum(each.count for each in documents.totals(pair.company, filters)) == len(found)


def test_a_document_is_found_by_its_id_at_the_source(pair):
    stored = _stored(pair, "N1", source_id="987654")
    _stored(pair, "N2", source_id="1")
    assert [row.document.pk for row in documents.search(pair.company, Filters(text="987654")).rows] == [stored.pk]


def test_very_many_matches_still_come_in_order(pair, monkeypatch):
    monkeypatch.setattr(documents, "MANY", 2)
    for index in range(6):
        _stored(pair, f"2026-{index}", date=dt.date(2026, 1, 1 + index))
    for text in ("2026-", "026-", "kask"):
        shown = _numbers(documents.search(pair.company, Filters(text=text), size=4))
        assert shown == ["2026-5", "2026-4", "2026-3", "2026-2"]


def test_totals_are_apart_by_kind_and_currency(pair):
    _stored(pair, "1", gross="124.00")
    _stored(pair, "2", gross="0.10")
    _stored(pair, "3", gross="124.00", currency="USD")
    rows = {(each.kind, each.currency): each for each in documents.totals(pair.company, Filters())}

    assert rows["sales_invoice", "EUR"].gross == 12410
    assert rows["sales_invoice", "EUR"].net + rows["sales_invoice", "EUR"].vat == 12410
    assert rows["sales_invoice", "USD"].count == 1


def test_another_company_finds_nothing(pair):
    stored = _stored(pair, "N1")
    other = make.company("Teine OÜ")
    assert documents.search(other, Filters()).rows == ()
    assert documents.totals(other, Filters()) == []
    with pytest.raises(Document.DoesNotExist):
        documents.detail(other, stored.pk)


def test_a_changed_document_shows_what_changed(pair):
    now = make.invoice("N1", source_id="s1", note="pärast")
    before = msgspec.structs.replace(now, note="enne", due_date=None)
    stored = make.document(pair.source, now)
    DocumentVersion.objects.create(document=stored, version=1, version_hash="x", payload=encode_document(before))

    (change,) = documents.detail(pair.company, stored.pk).versions
    changed = {each.path: (each.before, each.after) for each in change.differences}
    assert changed == {"note": ("enne", "pärast"), "due_date": ("", "2026-01-22")}
    assert change.version == 2


def test_a_payload_that_cannot_be_read_does_not_take_the_page(pair):
    stored = _stored(pair, "N1")
    Document.objects.filter(pk=stored.pk).update(payload=b"{broken")
    assert documents.detail(pair.company, stored.pk).canonical is None


@pytest.mark.parametrize(
    ("state", "may_retry", "may_skip"),
    [
        ("problem", True, True),
        ("refused", True, True),
        ("parked", True, True),
        ("skipped", True, False),
        ("ready", False, True),
        ("sending", False, False),
        ("uncertain", False, False),
        ("confirmed", False, False),
        ("drifted", False, True),
    ],
)
def test_what_may_be_done_follows_the_state(pair, state, may_retry, may_skip):
    found = documents.delivery_detail(make.delivery(make.flow(pair), state=state))
    assert (found.may_retry, found.may_skip) == (may_retry, may_skip)


def test_an_event_says_what_it_knows_and_a_hole_reads_as_a_hole():
    assert event_text("sent", {"number": "2026-7", "target_id": "uuid"}) == "Sent; the target calls it 2026-7"
    assert event_text("sent", {"number": "", "target_id": "uuid"}) == "Sent; the target calls it uuid"
    assert event_text("sent", {}) == "Sent; the target calls it ?"
    assert event_text("something_new", {}) == "something new"
    assert (event_level("refused"), event_level("drafted"), event_level("sent", "error")) == ("error", "info", "error")


def test_fields_are_named_for_people():
    assert field_text("party.address.city") == "Customer or supplier · Address · City"
    assert field_text("lines[0].extra.own_thing") == "Rows 1 · Other fields · own thing"


def test_every_event_that_the_code_writes_has_a_text():
    import tilisilta

    root = Path(tilisilta.__file__).parent
    written = set()
    for path in (*root.glob("engine/*.py"), *root.glob("services/*.py")):
        written.update(re.findall(r'EventLine\([^,()]+, "(\w+)"', path.read_text()))
        written.update(re.findall(r'Event\([^)]*?code="(\w+)"', path.read_text(), re.DOTALL))
    assert {"drafted", "skipped", "matched"} <= written
    assert written <= event_codes()
