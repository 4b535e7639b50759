"""M01, M04-M06, M13, M14, M17, M20, M26-M29: what waits in Severa comes to Maestro, and Severa is told."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.acceptance.maestro_house import TRANSFERRED, WAITING, House
from tests.support.product import wait_for
from tilisilta.engine import rounds
from tilisilta.store.models import Flow, Run

WORK = {"kind": "worktype", "code": "TYO-01", "price": 85, "quantity": 2}


def products(house: House, number: str) -> list[tuple[str, str]]:
    """Return the rows of an invoice in Maestro's books: product and name."""
    return [(row["product"], row["name"]) for row in house.entered()[number]["rows"]]


@pytest.mark.feature("M01")
@pytest.mark.feature("M04")
@pytest.mark.feature("M26")
@pytest.mark.feature("M27")
def test_what_waits_goes_with_its_customers_and_nothing_else(tied: House):
    waits = tied.put(WORK, status=WAITING)
    stays = tied.put(WORK, status="Lähetetty")
    wanted = tied.invoices(WAITING)
    assert waits in wanted
    preview = tied.pages.open(f"{tied.home}import/").press("Import: Sales invoices", within="Sales invoices")
    preview.wait_for_run()
    assert waits in preview.text
    assert stays not in preview.text
    assert tied.entered() == {}
    run = preview.press("Import").wait_for_run()
    assert f"Went to the target{len(wanted) - 1}" in run.text  # one bears 0 % without a reason
    books = tied.books()
    assert {each["number"] for each in books["invoices"]} == wanted.keys() - {"1009"}
    for each in books["invoices"]:
        sold = wanted[each["number"]]
        assert Decimal(each["gross"]) == Decimal(sold["gross"])
        assert Decimal(each["net"]) == Decimal(sold["net"])
    assert len({each["number"] for each in books["customers"]}) == len(books["customers"]) == 8
    assert books["refused"] == []
    # Every invoice's customer came before it.
    numbers = {each["number"] for each in books["customers"]}
    assert {each["customer"] for each in books["invoices"]} <= numbers
    # Asked once more, nothing comes twice; there is nothing left that waits but the one.
    tied.bring()
    assert tied.books()["invoices"] == books["invoices"]


@pytest.mark.feature("M01")
def test_the_customer_register_moves_as_a_list_and_again_when_it_changes(tied: House):
    tied.import_("Customers and suppliers")
    first = {each["name"]: each for each in tied.books()["customers"]}
    assert len(first) == 8
    assert tied.entered() == {}
    kept = next(each for each in tied.severa.books()["customers"] if each["name"] == "Kallion Kone Oy")
    tied.rest(
        "PATCH", f"customers/{kept['guid']}", [{"op": "replace", "path": "/email", "value": "uusi@kallio.example"}]
    )
    # The next invoice takes the newer customer along, before itself.
    number = tied.put(WORK)
    tied.bring()
    again = {each["name"]: each for each in tied.books()["customers"]}
    assert again["Kallion Kone Oy"]["fields"]["email"] == "uusi@kallio.example"
    assert again["Kallion Kone Oy"]["times"] == 2
    assert again["Saimaan Puhdas Vesi ry"]["times"] == 1
    assert tied.entered()[number]["customer"] == first["Kallion Kone Oy"]["number"]
    assert len(again) == 8


@pytest.mark.feature("M05")
def test_the_schedule_fetches_by_itself(tied: House):
    flow = tied.flow()
    tied.pages.open(f"{tied.home}flows/{flow.pk}/").press("Save", is_automatic=True, rhythm="hourly")
    Flow.objects.filter(pk=flow.pk).update(next_due_at=timezone.now() - dt.timedelta(minutes=1))
    assert rounds.start_due_flows() == 1
    run = wait_for(Run.objects.get(flow=flow, is_automatic=True))
    assert run.state in {"done", "done_with_problems"}
    # What waits is taken whatever its day: somebody put it there to be taken.
    assert {"1003", "1004", "1011"} <= tied.entered().keys()
    assert "Schedule" in tied.pages.open(f"runs/{run.pk}/").text
    number = tied.put(WORK)
    Flow.objects.filter(pk=flow.pk).update(next_due_at=timezone.now() - dt.timedelta(minutes=1))
    rounds.start_due_flows()
    wait_for(Run.objects.filter(flow=flow).latest("pk"))
    assert number in tied.entered()
    assert tied.invoices()[number]["status"] == TRANSFERRED


@pytest.mark.feature("M06")
@pytest.mark.feature("M29")
def test_the_status_changes_after_success_and_not_before(tied: House):
    target = tied.integration.target
    tied.pages.open(f"connections/{target.pk}/edit/").press("Save and test", setting_delivered_when="confirmed")
    tied.maestro.faults({"kind": "import_error", "match": {"path": "1003"}, "data": {"code": "SCHEMA", "text": "ei"}})
    tied.maestro.call("POST", "options", {"auto_import": False})
    tied.bring()
    # Files lie there and nobody has read them: nothing is confirmed, so Severa shows nothing yet.
    assert tied.delivery(1003).state == "sent"
    assert {"1003", "1004"} <= tied.invoices(WAITING).keys()
    tied.maestro.call("POST", "import")
    tied.bring()
    assert tied.invoices()["1004"]["status"] == TRANSFERRED
    assert tied.delivery(1004).state == "confirmed"
    # The one that Maestro did not take stays waiting, with Maestro's own word on its page.
    assert tied.invoices()["1003"]["status"] == WAITING
    assert "1003" not in tied.entered()
    pages = tied.page_of(1003)
    assert "Maestro" in pages.text
    pages.press("Try again")
    tied.settle()
    tied.maestro.call("POST", "import")
    tied.bring()
    assert tied.invoices()["1003"]["status"] == TRANSFERRED
    assert tied.entered()["1003"]["times"] == 1


def test_an_answer_that_comes_while_customers_go_still_moves_the_status(tied: House):
    target = tied.integration.target
    tied.pages.open(f"connections/{target.pk}/edit/").press("Save and test", setting_delivered_when="confirmed")
    tied.maestro.call("POST", "options", {"auto_import": False})
    tied.bring()
    tied.maestro.call("POST", "import")
    tied.run("parties")  # it is not this flow's business to read what Maestro said of invoices
    tied.bring()
    assert tied.delivery(1004).state == "confirmed"
    assert tied.invoices()["1004"]["status"] == TRANSFERRED


@pytest.mark.feature("M06")
@pytest.mark.feature("M29")
@pytest.mark.parametrize("kind", ["revoke_rights", "drop_after"])
def test_a_status_that_could_not_be_written_waits_and_is_written_later(tied: House, kind: str):
    number = tied.put(WORK)
    tied.severa.faults({"kind": kind, "match": {"method": "PATCH", "path": "invoices"}, "times": 1})
    tied.bring()
    tied.severa.clear_faults()
    before = tied.entered()
    assert number in before
    if kind == "revoke_rights":  # such a connection waits until somebody looked at it
        tied.pages.open(f"connections/{tied.integration.source_id}/").press("Test the connection")
    tied.bring()
    assert tied.invoices()[number]["status"] == TRANSFERRED
    assert tied.entered() == before
    assert "Status written back to the source: Siirretty Maestroon" in tied.page_of(number).text


@pytest.mark.feature("M13")
@pytest.mark.feature("M17")
@pytest.mark.feature("M20")
def test_products_work_and_travel_find_their_products_by_code(tied: House):
    rows = (
        {"kind": "product", "code": "A101", "price": 89},
        {"kind": "product", "code": "B/20", "price": "42.50", "vat": "13.5"},
        {"kind": "product", "code": "TARVIKE 7", "price": "12.90"},
        {"kind": "worktype", "code": "TYO-02", "price": 110},
        {"kind": "travel", "code": "KM", "price": "0.55", "quantity": 100},
    )
    number = tied.put(*rows)
    tied.bring()
    # Equal, without the stroke, without the space; Maestro's own id stands in the file.
    assert [product for product, _ in products(tied, number)] == ["C1", "B20", "C2", "A2", "B1"]
    assert "went to the general product" not in tied.page_of(number).text
    # A code that is entered in Maestro's register later is found from then on.
    tied.maestro.seed(products=[{"id": "B3", "number": "MATKA", "name": "Matkaliput"}])
    later = tied.put({"kind": "travel", "code": "MATKA", "price": 64})
    tied.bring()
    assert products(tied, later)[0][0] == "B3"


@pytest.mark.feature("M14")
@pytest.mark.feature("M17")
@pytest.mark.feature("M20")
def test_what_finds_no_product_goes_to_the_general_one_and_is_told(tied: House):
    number = tied.put(
        {"kind": "product", "code": "A100", "price": 490},
        {"kind": "worktype", "code": "Koulutus", "price": 130},
        {"kind": "travel", "code": "MATKA", "price": 64},
        {"kind": "worktype", "code": "TYO-01", "price": 85},
        {"kind": "product", "code": "ALI-1", "price": 10, "vat": "13.5"},
    )
    run = tied.bring()
    assert [product for product, _ in products(tied, number)] == ["A/0", "A/0", "A/0", "A1", "A/0"]
    assert "A row went to the general product" in run.text
    text = tied.page_of(number).text
    assert "Row 1, “A100 Lisenssi, vuosi” (product): the target has no product of this code; it went to A/0" in text
    assert "Row 2, “Koulutus” (work type)" in text
    assert "Row 3, “MATKA Matkaliput” (travel expense)" in text
    assert "bears 13.5 %; product A/0 is of 25.5 %" in text
    assert tied.invoices()[number]["status"] == TRANSFERRED
    # The policy is a setting: with it off such an invoice stops and the others go on.
    tied.choose(item_policy="stop")
    stops, goes = tied.put({"kind": "travel", "code": "MATKA", "price": 64}), tied.put(WORK)
    tied.bring()
    assert goes in tied.entered()
    assert stops not in tied.entered()
    assert tied.invoices()[stops]["status"] == WAITING


@pytest.mark.feature("M28")
def test_reading_happens_on_maestros_side(tied: House):
    target = tied.integration.target
    tied.pages.open(f"connections/{target.pk}/edit/").press("Save and test", setting_delivered_when="confirmed")
    tied.maestro.call("POST", "options", {"auto_import": False})
    tied.bring()
    files = tied.books()["files"]
    assert any("_1004_" in name for name in files)
    assert tied.entered() == {}
    wait = [name for name in files if name.startswith("out/") and name.endswith((".xml", ".csv"))]
    assert tied.maestro.call("POST", "import")["read"] == len(wait)
    assert "1004" in tied.entered()
    tied.bring()
    assert tied.invoices()["1004"]["status"] == TRANSFERRED
    assert "Confirmed" in tied.page_of(1004).text


def test_a_credit_note_goes_as_one(tied: House):
    number = tied.put(WORK)
    tied.bring()
    told = tied.severa.seed(put=[{"customer": "Kallion Kone Oy", "credits": int(number), "date": "2026-10-25"}])
    credit = str(told["put"][0]["number"])
    tied.bring()
    entered = tied.entered()[credit]
    assert entered["kind"] == "credit"
    assert Decimal(entered["gross"]) == -Decimal(tied.entered()[number]["gross"])
    assert entered["credited"] == number
    assert tied.invoices()[credit]["status"] == TRANSFERRED
