"""M02, M03, M07-M12, M23-M25: contract, rights, keys and statuses are settled before anything moves."""

from decimal import Decimal

import pytest

from tests.acceptance.maestro_house import TRANSFERRED, WAITING, House
from tests.support.pages import Pages
from tilisilta.store.models import Role, Run

_HINT = "gear icon > Settings > Invoicing > Invoice statuses"


@pytest.mark.feature("M02")
@pytest.mark.feature("M09")
@pytest.mark.feature("M10")
def test_the_soap_key_alone_moves_invoices(house: House):
    guide = house.pages.open("connections/new/severa/").text
    assert "SOAP: open Subscription > Integrations > Maestro, make an API key, copy it" in guide
    pages = house.connect_severa("soap")
    assert "The connection works" in pages.messages()
    assert house.severa.credentials["soap_key"] not in pages.source
    house.connect_maestro()
    house.pair()
    house.choose()
    house.ready()
    house.bring()
    waiting = house.invoices(WAITING)
    assert list(waiting) == ["1009"]  # 0 % whose reason nobody told
    entered, sold = house.entered(), house.invoices(TRANSFERRED)
    assert entered.keys() == sold.keys() - {"1001"}  # 1001 was there before
    assert Decimal(entered["1004"]["gross"]) == Decimal(sold["1004"]["gross"]) == Decimal("1611.05")
    # Severa's own API was asked, by its key; and the invoice's log tells where it went.
    assert any("API.svc" in path for path in house.severa.requests()["endpoints"])
    assert "Tilisilta" in str(sold["1004"]["log"])


@pytest.mark.feature("M11")
def test_without_a_key_or_with_a_wrong_one_nothing_moves(house: House):
    pages = house.pages.open("connections/new/severa/")
    pages.press("Save and test", setting_base_url=house.severa.base_url)
    assert "Enter the key" in pages.messages()
    assert "Severa" not in pages.open("connections/").rows("Severa")
    assert house.severa.requests()["total"] == 0
    pages = house.connect_severa("soap", credential_soap_key="11111111-2222-3333-4444-555555555555")
    assert "The key was not accepted" in pages.messages()
    house.connect_maestro()
    house.pair()
    house.ready()
    pages = house.pages.open(f"{house.home}import/").click("Import: Sales invoices")
    pages.press("Show what would be added", date_from="2026-10-01", date_to="2026-10-31")
    assert "cannot be used" in pages.messages()
    assert not Run.objects.exists()
    assert house.entered() == {}

    key = house.severa.credentials["soap_key"]
    source = house.integration.source
    pages.open(f"connections/{source.pk}/edit/").press("Save and test", credential_soap_key=key)
    assert "The connection works" in pages.messages()
    house.choose()
    house.bring()
    assert "1004" in house.entered()


@pytest.mark.feature("M03")
@pytest.mark.feature("M07")
def test_the_contract_comes_first_and_support_is_named(house: House):
    house.connect_severa()
    pages = house.connect_maestro()
    assert "Maestro's support, for the interface" in pages.text
    pages = house.pair()
    step = pages.row("The contract for the interface with Maestro is in force")
    assert "needs a contract with Maestro" in step
    assert "Maestro's support" in step
    house.choose()
    for title in ("I have read it",):
        house.pages.open(f"{house.home}coverage/").press(title)
    house.pages.open(f"{house.home}codes/").press("I have looked through them")
    house.bring_preview()
    pages = house.pages.open(f"{house.home}checklist/")
    assert "Activate" not in pages.buttons()
    pages.press("The contract is in force")
    pages.press("Activate")
    assert "is ready" in pages.messages()
    assert house.entered() == {}  # a checklist sends nothing
    house.bring()
    assert "1003" in house.entered()


@pytest.mark.feature("M08")
@pytest.mark.feature("M12")
def test_only_administrators_connect_and_the_keys_rights_are_looked_at(house: House):
    accountant = house.browser(Role.ACCOUNTANT)
    accountant.open("connections/new/severa/", status=403)
    assert house.severa.requests()["total"] == 0

    house.severa.call("POST", "options", {"soap_rights": "read"})
    house.connect_severa("soap")
    house.connect_maestro()
    pages = house.pair()
    step = pages.row("has the rights of an administrator")
    assert "These rights lack" in step
    house.choose()
    house.ready()
    house.bring()
    # Severa lets such a key read and not write: what went is in the books, and the page says what was not done.
    assert "1003" in house.entered()
    assert "1003" in house.invoices(WAITING)
    accountant.open(f"{house.home}settings/", status=403)

    house.severa.call("POST", "options", {"soap_rights": "admin"})
    house.pages.open(f"connections/{house.integration.source_id}/").press("Test the connection")
    step = house.pages.open(f"{house.home}checklist/").row("has the rights of an administrator")
    assert "done" in step
    before = house.books()["invoices"]
    house.bring()
    assert "1003" in house.invoices(TRANSFERRED)
    assert house.books()["invoices"] == before


@pytest.mark.feature("M23")
@pytest.mark.feature("M24")
@pytest.mark.feature("M25")
def test_statuses_are_chosen_from_severas_list_new_ones_and_old_ones(house: House):
    house.connect_severa()
    house.connect_maestro()
    house.pair()
    pages = house.pages.open(f"{house.home}settings/")
    choices = list(pages.choices("waiting_status").values())
    assert {WAITING, TRANSFERRED, "Lähetetty"} <= set(choices)
    assert "Valmis lähetettäväksi Netvisoriin" not in choices  # out of use in Severa
    assert _HINT in pages.text
    keys = {words: value for value, words in pages.choices("waiting_status").items()}
    pages.press("Save", status=422, waiting_status=keys[WAITING], written_status=keys[WAITING])
    assert "Choose another status than the one in which invoices wait" in pages.text

    # A new one is made in Severa and is here at once; the other one was there before.
    flags = {"isActive": True, "isReadOnly": True, "hasInvoiceNumber": True, "isSent": True}
    house.severa.seed(records={"invoicestatuses": [{"name": "Valmis Maestroon", **flags}]})
    number = house.put({"kind": "worktype", "code": "TYO-01", "price": 85}, status="Valmis Maestroon")
    pages = house.pages.open(f"{house.home}settings/")
    keys = {words: value for value, words in pages.choices("waiting_status").items()}
    pages.press("Save", waiting_status=keys["Valmis Maestroon"], written_status=keys["Lähetetty"])
    detail = house.pages.open(house.home).text
    assert "Invoices wait in Valmis Maestroon" in detail.replace("wait inValmis", "wait in Valmis")
    house.ready()
    house.bring()
    assert list(house.entered()) == [number]
    assert house.invoices()[number]["status"] == "Lähetetty"
    assert "Lähetetty" in house.page_of(number).text


def test_pages_of_the_pair_read_in_all_languages(tied: House):
    for language in ("et", "fi"):
        pages = Pages(tied.company, tied.owner.user, language)
        for page in ("settings/", "codes/", "checklist/", "import/", ""):
            assert pages.open(f"{tied.home}{page}").heading


def test_the_way_to_maestro_is_asked_before_what_it_needs(house: House):
    pages = house.pages.open("connections/new/maestro/")
    folded = pages.document.xpath("//main//details//*[@name]/@name")
    shown = [name for name in pages.document.xpath("//main//form//*[@name]/@name") if name.startswith(("set", "cre"))]
    assert shown[0] == "setting_route"
    assert "setting_route" not in folded
    assert "setting_sftp_port" in folded
