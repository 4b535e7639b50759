"""Documents that are wrong in themselves: each stops with a named reason, the others go."""

from typing import Any

import pytest

from tests.faults.proof import assert_done, at_target, open_codes, prove
from tests.support.product import Office, wait_for
from tests.support.vendors import Scoro
from tilisilta.services import deliveries
from tilisilta.store.models import Delivery, DocumentVersion, MappingRow, Run

DAY = "2026-03-15"


def _plain(office: Office) -> dict[str, Any]:
    """Return one good invoice of the source, as a row to spoil."""
    books = office.scoro.books()["invoices"]
    return dict(next(each for each in books if len(each["lines"]) == 2))


def _put(office: Office, **changes: Any) -> str:
    good = _plain(office)
    names = ("company_id", "currency", "sum", "vat_sum", "discount", "account_id")
    row = {name: good[name] for name in names if name in good}
    row |= {"id": 9001, "no": "VIGA-1", "date": DAY, "deadline": "2026-03-29", "lines": _lines(good), **changes}
    office.scoro.seed(put={"invoices": [row]})
    return "VIGA-1"


def _lines(good: dict[str, Any]) -> list[dict[str, Any]]:
    names = ("product_id", "price", "amount", "unit", "discount", "sum", "vat_code_id", "comment", "vat")
    return [{name: each[name] for name in names if each.get(name) is not None} for each in good["lines"]]


STOPPED: dict[str, tuple[dict[str, Any], str]] = {
    "without rows": ({"lines": []}, "INVOICE_WITHOUT_ROWS"),
    "rows that do not add up": ({"sum": "12345.67"}, "ROWS_DO_NOT_ADD_UP"),
    "an unknown VAT code": ({"lines": "vat"}, "VAT_CODE_UNMAPPED"),
    "nonsense for a currency": ({"currency": "KALA"}, "CURRENCY_UNKNOWN"),
    "nonsense for a deadline": ({"deadline": "2026-02-31"}, "UNREADABLE"),
    "an unknown customer": ({"company_id": 987654}, "PARTY_NOT_BOUND"),
}


@pytest.mark.parametrize(("changes", "code"), STOPPED.values(), ids=STOPPED.keys())
def test_a_wrong_document_stops_alone(shop: Office, changes: dict[str, Any], code: str):
    if changes.get("lines") == "vat":
        lines = _lines(_plain(shop))
        for line in lines:
            line["vat_code_id"] = 4711
        changes = {"lines": lines}
    _put(shop, **changes)
    run = shop.run("sales_invoices")
    assert (run.state, run.sent, run.problems) == ("done_with_problems", 40, 1), open_codes(shop)
    target = at_target(shop)
    assert len(target) == 40
    assert "VIGA-1" not in target
    (stopped,) = shop.deliveries(state="problem")
    assert (stopped.reason, stopped.source_id) == (code, "9001")
    # The same again changes nothing and doubles no problem.
    assert open_codes(shop) == {code: 1}
    again = shop.run("sales_invoices")
    assert (again.sent, again.known) == (0, 41)
    assert open_codes(shop) == {code: 1}
    assert len(at_target(shop)) == 40


CARRIED: dict[str, dict[str, Any]] = {
    "an unknown status": {"status": "võib-olla"},
    "an unknown way of paying": {"payment_type": "teokarbid"},
    "no deadline": {"deadline": None},
    "no description": {"description": None},
    "a sign that no database keeps": {"description": "enne\x00pärast", "no": "VIGA-1"},
    "an endless description": {"description": "pikk " * 3000},
    "a reference number with a wrong check digit": {"reference_no": "1234560"},
}


@pytest.mark.parametrize("changes", CARRIED.values(), ids=CARRIED.keys())
def test_what_is_odd_but_harmless_goes(shop: Office, changes: dict[str, Any]):
    _put(shop, **changes)
    run = shop.run("sales_invoices")
    assert_done(run)
    assert run.sent == 41
    assert prove(shop) == {}


def test_a_foreign_currency_goes_to_the_cent_in_its_own(shop: Office):
    _put(shop, currency="USD", currency_rate="1.10")
    shop.run("sales_invoices")
    listed = {each.number: each for each in shop.deliveries(kind="sales_invoice")}
    if listed["VIGA-1"].state == "problem":
        assert listed["VIGA-1"].reason
        assert len(at_target(shop)) == 40
        return
    prove(shop)
    (found,) = [each for each in shop.smartaccounts.books()["client_invoices"] if each["invoiceNumber"] == "VIGA-1"]
    assert found["currency"] == "USD"


def test_a_document_set_right_at_the_source_goes_with_the_next_import(shop: Office):
    good = _plain(shop)
    _put(shop, sum="12345.67")
    assert shop.run("sales_invoices").problems == 1
    Scoro(shop.scoro).write("invoices", 9001, lines=_lines(good))
    run = shop.run("sales_invoices")
    assert_done(run)
    assert run.sent == 1
    assert prove(shop) == {}
    assert not open_codes(shop)
    assert DocumentVersion.objects.count() == 1


def test_a_mapping_that_was_missing_sets_its_documents_free(shop: Office):
    rows = MappingRow.objects.filter(integration=shop.integration, table="vat_codes", direction="sales")
    kept = list(rows.values())
    rows.delete()
    run = shop.run("sales_invoices")
    assert (run.state, run.sent, run.problems) == ("done_with_problems", 0, 40)
    assert set(open_codes(shop)) == {"VAT_CODE_UNMAPPED"}
    assert at_target(shop) == {}
    MappingRow.objects.filter(integration=shop.integration, table="vat_codes", direction="sales").delete()
    MappingRow.objects.bulk_create(MappingRow(**each) for each in kept)
    deliveries.retry(shop.actor, [each.pk for each in shop.deliveries(kind="sales_invoice", state="problem")])
    assert_done(wait_for(Run.objects.latest("pk")))
    assert prove(shop) == {}
    assert not open_codes(shop)


def test_what_was_deleted_at_the_source_and_comes_back_goes(shop: Office):
    _put(shop, sum="12345.67")
    shop.run("sales_invoices")
    good = _plain(shop)
    scoro = Scoro(shop.scoro)
    scoro.delete("invoices", 9001)
    run = shop.run("sales_invoices")
    assert run.sent == 0
    (left,) = Delivery.objects.filter(number="VIGA-1")
    assert (left.state, left.reason) == ("skipped", "DELETED_AT_SOURCE")
    assert not open_codes(shop)
    assert prove(shop) == {}
    assert good["no"] in at_target(shop)
