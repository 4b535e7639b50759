"""What goes wrong between Severa and Maestro is named, harms nothing else, and can be mended."""

import base64
import json
from decimal import Decimal
from urllib.request import Request, urlopen

import pytest

from tests.acceptance.maestro_house import TRANSFERRED, WAITING, House
from tilisilta.services import deliveries, runs, tokens
from tilisilta.store.models import Delivery, Event, Role, Run, RunMode

WORK = {"kind": "worktype", "code": "TYO-01", "price": 85, "quantity": 2}


def put_answer(house: House, name: str, text: str = "") -> None:
    """Put an acknowledgement into Maestro's folder over its own HTTP door, as anybody with access could."""
    keys = house.maestro.credentials
    door = base64.b64encode(f"{keys['https_user']}:{keys['https_password']}".encode()).decode()
    request = Request(  # noqa: S310  loopback
        f"{keys['https_url']}/ack/{name}", data=text.encode(), method="PUT", headers={"authorization": f"Basic {door}"}
    )
    with urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 201


def test_a_customer_without_number_and_address_gets_a_number_of_the_series(tied: House):
    tied.bring()
    entered = tied.entered()["1010"]
    assert entered["customer"] == "900000"
    assert entered["customer_name"] == "Osoitteeton Asiakas Tmi"
    tied.put(WORK, customer="Osoitteeton Asiakas Tmi")
    tied.bring()
    assert [each["number"] for each in tied.books()["customers"]].count("900000") == 1


def test_a_row_without_quantity_and_codes_with_strokes_and_spaces_go(tied: House):
    number = tied.put(
        {"kind": "product", "code": "A101", "price": 89, "quantity": 0},
        {"kind": "product", "code": "TARVIKE 7", "price": "12.90"},
    )
    tied.bring()
    entered = tied.entered()[number]
    assert Decimal(entered["gross"]) == Decimal(tied.invoices()[number]["gross"])
    assert [each["product"] for each in entered["rows"]][-1] == "C2"


def test_foreign_vat_waits_for_its_reason_and_goes_on_when_it_is_told(tied: House):
    tied.bring()
    assert tied.delivery(1009).state == "problem"
    assert "1009" not in tied.entered()
    pages = tied.page_of(1009)
    assert "VAT code 0 % has no counterpart" in pages.text
    table = pages.open(f"{tied.home}mappings/vat_codes/")
    assert [row for row in table.rows() if "25" in row] == []  # nothing else is asked: the products bear the VAT
    (choice,) = [key for key, words in table.choices("target").items() if key == "export"]
    table.press("Save all", target=choice)
    tied.settle()
    assert Decimal(tied.entered()["1009"]["vat"]) == 0
    assert tied.invoices()["1009"]["status"] == TRANSFERRED


def test_a_renamed_status_stops_the_run_by_its_name_and_loses_nothing(house: House):
    house.connect_severa("soap")  # the SOAP interface knows statuses by name alone
    house.connect_maestro()
    house.pair()
    house.choose()
    house.ready()
    books = house.severa.books()
    (status,) = [each for each in books["invoicestatuses"] if each["name"] == WAITING]
    house.change(f"invoicestatuses/{status['guid']}", "/name", "Odottaa")
    run = house.run()
    assert (run.state, run.problem_code) == ("failed", "STATUS_NOT_FOUND")
    pages = house.pages.open(f"runs/{run.pk}/")
    assert WAITING in pages.text
    assert "Choose the status again in the settings" in pages.text
    assert house.entered() == {}
    settings = house.pages.open(f"{house.home}settings/")
    assert "(not in use)" in settings.choices("waiting_status")[WAITING]
    settings.press("Save", waiting_status="Odottaa")
    house.bring()
    assert {"1003", "1004"} <= house.entered().keys()


def test_an_invoice_renumbered_after_it_went_is_shown_and_not_sent_again(tied: House):
    tied.bring()
    before = tied.books()["invoices"]
    invoice = tied.invoices()["1004"]
    (status,) = [each for each in tied.severa.books()["invoicestatuses"] if each["name"] == WAITING]
    tied.change(f"invoices/{invoice['guid']}", "/status/guid", status["guid"])
    tied.severa.call("POST", "options", {"read_only": "none"})
    tied.change(f"invoices/{invoice['guid']}", "/number", 5004)
    run = tied.bring()
    assert tied.books()["invoices"] == before
    assert "Differ1" in run.text
    assert tied.invoices()["5004"]["status"] == TRANSFERRED  # it is in the books: its status says so again


@pytest.mark.parametrize("route", ["sftp"])
def test_another_host_key_stops_the_connection_until_it_is_compared(house: House, route: str):
    house.connect_severa()
    pages = house.connect_maestro(route)
    assert "The connection works" in pages.messages()
    house.pair()
    house.choose()
    house.ready()
    number = house.put(WORK)
    house.maestro.call("POST", "host_key")
    run = house.run()
    assert run.problem_code == "HOST_KEY_CHANGED"
    assert house.entered() == {}
    assert house.invoices()[number]["status"] == WAITING
    key = house.books()["host_key"]
    target = house.integration.target
    house.pages.open(f"connections/{target.pk}/edit/").press("Save and test", setting_sftp_host_key=key)
    house.bring()
    assert number in house.entered()
    assert house.invoices()[number]["status"] == TRANSFERRED


def test_a_full_disk_holds_invoices_back_and_doubles_none(house: House):
    house.connect_severa()
    house.connect_maestro("sftp")
    house.pair()
    house.choose()
    house.ready()
    house.maestro.faults({"kind": "disk_full", "match": {"method": "WRITE", "path": "invoices"}, "times": 1})
    house.pages.open(f"{house.home}import/")
    run = runs.request_run(house.owner, house.flow(), RunMode.RUN)
    house.until(lambda: Run.objects.get(pk=run.pk).state == "waiting")
    left = house.entered()
    assert len(left) == 9
    assert len(house.invoices(WAITING)) >= 1
    runs.cancel_run(house.owner, run)
    house.maestro.clear_faults()
    house.bring()
    entered = house.entered()
    assert len(entered) == 10
    assert {number: each["voucher"] for number, each in entered.items() if number in left} == {
        number: each["voucher"] for number, each in left.items()
    }


def test_a_product_list_in_a_wrong_encoding_stops_before_rows_land_on_wrong_products(tied: House):
    number = tied.put(WORK)
    spoilt = b"TuoteId;Nimi\r\nA1;\xff\xfe\x81\x8d\r\n"
    request = Request(f"{tied.maestro.base_url}/_emulator/export", data=spoilt, method="POST")  # noqa: S310  loopback
    with urlopen(request, timeout=30) as answer:  # noqa: S310  loopback
        assert answer.status == 200
    run = tied.run()
    assert run.problem_code == "PRODUCTS_UNREADABLE"
    assert "in/products.csv" in tied.pages.open(f"runs/{run.pk}/").text
    assert tied.entered() == {}
    tied.maestro.call("POST", "export")
    target = tied.integration.target
    tied.pages.open(f"connections/{target.pk}/").press("Test the connection")
    tied.bring()
    assert number in tied.entered()


def test_an_answer_for_a_delivery_of_nobody_is_shown_and_changes_nothing(tied: House):
    put_answer(tied, "00112233445566aa.ok", "number=9999\n")
    target = tied.integration.target
    tied.pages.open(f"connections/{target.pk}/edit/").press("Save and test", setting_delivered_when="confirmed")
    tied.maestro.call("POST", "options", {"auto_import": False})
    run = tied.bring()
    assert "Answers that belong to no document" in run.text
    assert "00112233445566aa" in run.text
    assert tied.delivery(1003).state == "sent"
    assert tied.invoices()["1003"]["status"] == WAITING


def test_a_customer_that_maestro_refuses_is_shown_and_goes_again(tied: House):
    rule = {"kind": "import_error", "match": {"path": "customers"}, "data": {"code": "NUMERO", "text": "Väärä numero"}}
    tied.maestro.faults({**rule, "times": 1})
    number = tied.put(WORK, status=WAITING)
    tied.bring()
    tied.books()  # Maestro reads what waits
    tied.bring()
    row = Delivery.objects.get(company=tied.company, kind="customer", state="refused")
    pages = tied.pages.open(f"documents/?q={row.party_name}")
    assert "refused" in pages.text.lower()
    assert Event.objects.filter(delivery=row, code="refused").count() == 1
    tied.bring()  # the next run sends the customer again before its invoices, or a person does
    if Delivery.objects.get(pk=row.pk).state == "refused":
        deliveries.retry(tied.owner, [row.pk])
        tied.settle()
    known = {each["number"] for each in tied.books()["customers"]}
    tied.bring()
    assert Delivery.objects.get(pk=row.pk).state == "sent"
    assert Delivery.objects.get(pk=row.pk).target_id in known
    assert number in tied.entered()


def test_a_person_confirms_what_maestro_never_answers(tied: House):
    target = tied.integration.target
    tied.pages.open(f"connections/{target.pk}/edit/").press("Save and test", setting_delivered_when="confirmed")
    tied.maestro.call("POST", "options", {"acknowledge": "none"})
    tied.bring()
    assert {"1003", "1004"} <= tied.entered().keys()
    assert tied.invoices()["1004"]["status"] == WAITING
    viewer = tied.browser(Role.VIEWER)
    viewer.open("documents/?q=1004").click("1004")
    assert "It is in the books: confirm" not in viewer.buttons()
    pages = tied.page_of(1004).press("It is in the books: confirm")
    assert "marked as confirmed" in pages.messages()
    tied.settle()
    assert tied.invoices()["1004"]["status"] == TRANSFERRED
    assert tied.invoices()["1003"]["status"] == WAITING
    assert "Marked by a person" in tied.page_of(1004).text
    assert Event.objects.filter(delivery=tied.delivery(1004), code="confirmed_by_hand").count() == 1

    # Over the API as well; what is confirmed already is passed over.
    token = tokens.create_token(tied.owner, name="kuittaus", role=Role.ACCOUNTANT)[1]
    ids = [tied.delivery(number).pk for number in (1003, 1004)]
    answer = pages.client.post(
        "/api/v1/deliveries/confirm",
        json.dumps({"delivery_ids": ids}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    assert json.loads(answer.content) == {"count": 1}
    tied.settle()
    assert tied.invoices()["1003"]["status"] == TRANSFERRED
    # The status may be let go as soon as the file lies there.
    tied.choose(status_after="accepted")
    number = tied.put(WORK)
    tied.bring()
    assert tied.delivery(number).state == "sent"
    assert tied.invoices()[number]["status"] == TRANSFERRED
