"""M28: reading happens on Maestro's side. A stranger with zeep fetches from us what waits in Severa."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from zeep.exceptions import Fault

from tests.acceptance.maestro_house import TRANSFERRED, WAITING, House
from tests.support.soap import Fetcher, fetcher, rows_of
from tilisilta.store.models import AuditEntry, Connection, DeliveryState, Integration, IntegrationState

WORK = {"kind": "worktype", "code": "TYO-01", "price": 85, "quantity": 2}


@pytest.fixture
def pulled(house: House, live_server, settings) -> House:
    """Severa tied to the pull service; statuses chosen, active, the key made on the connection's page."""
    settings.PULL_SERVICE = True
    settings.BASE_URL = live_server.url
    house.connect_severa()
    pages = house.pages.open("connections/new/pull/").press("Save and test")
    assert "The pull service has no key yet" in pages.text
    return house


@pytest.fixture
def maestro(pulled: House) -> Iterator[Fetcher]:
    pages = pulled.pages.press("Make the key")
    key = pages.document.get_element_by_id("pull-key").get("value")
    assert len(key) >= 32
    address = re.search(r"http://\S+/API\.svc", pages.text).group(0)
    pages.press("I have copied it; test the connection")
    assert Connection.objects.get(company=pulled.company, vendor="pull").state == "active"
    assert key not in pages.source
    pages = pulled.pages.open("integrations/new/")
    pick = {name: {words: value for value, words in pages.choices(name).items()} for name in ("source", "target")}
    pages.press("Go on to the checklist", source=pick["source"]["Severa"], target=pick["target"]["Pull service"])
    pulled.choose()
    Integration.objects.filter(company=pulled.company).update(state=IntegrationState.READY)
    with fetcher(address, key) as made:
        yield made


@pytest.mark.feature("M28")
def test_maestro_fetches_from_us_and_severa_is_told(pulled: House, maestro: Fetcher):
    number = pulled.put(WORK, status=WAITING)
    waiting = pulled.invoices(WAITING)
    wanted = {each: sold for each, sold in waiting.items() if each != "1009"}  # 0 % without a reason waits for a person
    pulled.run()
    # Nothing is confirmed and nothing moves in Severa before Maestro has fetched.
    assert pulled.invoices(WAITING) == waiting
    assert pulled.delivery(number).state == DeliveryState.SENT
    found = {str(each["Number"]): each for each in maestro.waiting(WAITING)}
    assert found.keys() == wanted.keys()
    for each, sold in wanted.items():
        details = found[each]["InvoiceDetails"]
        assert details["invoiceTotalVatIncludedAmount"] == Decimal(sold["gross"])
        assert (
            sum(row["rowVatExcludedAmount"] for row in rows_of(found[each])) == details["invoiceTotalVatExcludedAmount"]
        )
    (row,) = rows_of(found[number])
    assert row["articleIdentifier"] == "TYO-01"
    names = {each["GUID"]: each["Name"] for each in maestro.customers()}
    assert names[found[number]["AccountGUID"]] == "Kallion Kone Oy"
    assert "TYO-01" in [each["Code"] for each in maestro.register()["work"]]
    # Asked again, the same lie there once.
    pulled.run()
    assert len(maestro.waiting(WAITING)) == len(found)

    maestro.move(found[number]["GUID"], TRANSFERRED)
    maestro.move(found[number]["GUID"], TRANSFERRED)
    assert number not in {str(each["Number"]) for each in maestro.waiting(WAITING)}
    pulled.run()
    assert pulled.delivery(number).state == DeliveryState.CONFIRMED
    assert number in pulled.invoices(TRANSFERRED)
    assert pulled.invoices(WAITING).keys() == waiting.keys() - {number}
    page = pulled.pages.open("connections/").click("Pull service")
    assert "SetInvoiceStatus" in page.text
    assert f"{TRANSFERRED}1 invoice" in page.text
    told = AuditEntry.objects.get(company=pulled.company, action="pull.status_set")
    assert (told.subject, told.details["changed"]["status"]) == (number, [WAITING, TRANSFERRED])


@pytest.mark.feature("M28")
def test_one_renumbered_while_it_lies_ready_is_shown_and_lies_there_once(pulled: House, maestro: Fetcher):
    number = pulled.put(WORK, status=WAITING)
    sold = pulled.invoices()[number]
    pulled.run()
    before = {each["GUID"]: each["Number"] for each in maestro.waiting(WAITING)}
    pulled.severa.call("POST", "options", {"read_only": "none"})
    pulled.change(f"invoices/{sold['guid']}", "/number", 5004)
    assert "Differ1" in pulled.bring().text
    assert {each["GUID"]: each["Number"] for each in maestro.waiting(WAITING)} == before
    assert pulled.invoices()["5004"]["status"] == WAITING


@pytest.mark.feature("M28")
def test_another_status_is_told_and_moves_nothing_in_severa(pulled: House, maestro: Fetcher):
    pulled.pages.open("connections/").click("Pull service").click("Change").press(
        "Save and test", setting_other_statuses="Tarkistettava"
    )
    number = pulled.put(WORK, status=WAITING)
    pulled.run()
    guid = next(each["GUID"] for each in maestro.waiting(WAITING) if str(each["Number"]) == number)
    maestro.move(guid, "Tarkistettava")
    with pytest.raises(Fault, match="was not found"):
        maestro.move(guid, "Muu")
    pulled.run()
    assert pulled.delivery(number).state == DeliveryState.SENT
    assert number in pulled.invoices(WAITING)
    assert "Tarkistettava1 invoice" in pulled.pages.open("connections/").click("Pull service").text
