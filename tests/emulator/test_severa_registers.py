"""Lists and registers: made, changed, deleted, and what refers to what. Sheet: A7, A8."""

import pytest
from tests.emulator.severa_client import WAITING, open_severa

from tilisilta_emulators.severa.records import make_guid

EURO = {"amount": 10, "currencyCode": "EUR"}
GOODS = {
    "invoicestatuses": {"name": "Odottaa"},
    "products": {"name": "Uusi", "code": "U-1", "type": "Materials", "unitPrice": EURO},
    "worktypes": {"name": "Uusi työ", "code": "U-2"},
    "travelexpensetypes": {"name": "Uusi kulu", "expenseClass": "Mileage", "unitCost": EURO},
    "vatrates": {"percentage": 24, "code": "24"},
    "salesaccounts": {"name": "Myynti", "number": "3100"},
    "costaccounts": {"name": "Kulu", "number": "7801"},
    "costcenters": {"name": "Oulu", "identifier": "200"},
    "productcategories": {"name": "Muu"},
    "businessunits": {"name": "Naava Oulu"},
    "customers": {
        "name": "Uusi Asiakas Oy",
        "headquarterAddress": {"addressline": "Katu 1", "city": "Oulu", "postalCode": "90100"},
    },
    "contactpersons": {"firstName": "Ulla", "lastName": "Uusi", "customer": {"guid": make_guid("customers", 1)}},
    "projects": {
        "name": "Projekti",
        "customer": {"guid": make_guid("customers", 1)},
        "projectOwner": {"guid": make_guid("users", 1)},
    },
}


@pytest.fixture
async def severa():
    async with open_severa(now="2026-11-02T08:00:00Z") as client:
        yield client


@pytest.mark.parametrize("kind", GOODS)
async def test_a_record_lives_and_dies(severa, kind):
    made = await severa.call("POST", kind, GOODS[kind])
    assert made.status == 201, made.raw
    path = f"{kind}/{made.body['guid']}"
    assert await severa.get(path) == made.body
    assert made.body["createdDateTime"] == "2026-11-02T08:00:00Z"
    await severa.control("POST", "clock", {"advance_s": 5})
    name = "firstName" if kind == "contactpersons" else "code" if kind == "vatrates" else "name"
    changed = await severa.patch(path, f"/{name}", "Toinen")
    assert changed.status == 200
    assert (changed.body[0][name], changed.body[0]["lastUpdatedDateTime"]) == ("Toinen", "2026-11-02T08:00:05Z")
    assert (await severa.patch(path, f"/{name}", None)).status in (200, 400)
    deleted = await severa.call("DELETE", path)
    assert (deleted.status, deleted.raw) == (204, b"")
    assert (await severa.call("GET", path)).status == 404


@pytest.mark.parametrize("kind", GOODS)
async def test_what_a_record_needs(severa, kind):
    answer = await severa.call("POST", kind, {})
    assert (answer.status, answer.error["type"]) == (400, "InvalidParameter")
    assert answer.error["details"][0]["location"]["type"] == "RequestBody"
    assert (await severa.call("POST", kind, [])).status == 400


async def test_what_is_in_use_stays(severa):
    for path in (
        f"invoicestatuses/{WAITING}",
        f"customers/{make_guid('customers', 1)}",
        f"products/{make_guid('products', 1)}",
        f"worktypes/{make_guid('worktypes', 1)}",
        f"projects/{make_guid('projects', 1)}",
        f"businessunits/{make_guid('businessunits', 1)}",
        f"salesaccounts/{make_guid('salesaccounts', 1)}",
        f"addresses/{make_guid('addresses', 1)}",
    ):
        answer = await severa.call("DELETE", path)
        assert (answer.status, answer.error["type"]) == (400, "InvalidOperation"), path


async def test_usages_move_to_another_work_type(severa):
    first, second = make_guid("worktypes", 1), make_guid("worktypes", 2)
    assert (await severa.call("DELETE", f"worktypes/{first}?moveUsagesToGuid={second}")).status == 204
    rows = await severa.get(f"invoices/{make_guid('invoices', 3)}/invoicerows")
    assert rows[0]["code"] == ["TYO-02"]


async def test_a_customer_with_address_contact_and_country_settings(severa):
    made = (await severa.call("POST", "customers", GOODS["customers"])).body
    assert (made["number"], made["headquarterAddress"]["city"]) == (109, "Oulu")
    assert (await severa.call("POST", "customers", {"name": "X", "number": 109})).status == 400
    assert (await severa.call("POST", "customers", {"name": "X", "kvkNumber": "1" * 26})).status == 400
    path = f"customers/{made['guid']}"
    address = {
        "addressline": "Laskukatu 2",
        "city": "Kemi",
        "isBillingAddress": True,
        "country": {"guid": make_guid("countries", 1)},
    }
    added = await severa.call("POST", f"{path}/addresses", address)
    assert (added.status, added.body["country"]["name"]) == (201, "Suomi")
    assert [one["city"] for one in await severa.get(f"{path}/addresses")] == ["Oulu", "Kemi"]
    contact = {"firstName": "A", "lastName": "B", "customer": {"guid": made["guid"]}, "addressGuid": added.body["guid"]}
    person = (await severa.call("POST", "contactpersons", contact)).body
    assert person["name"] == "A B"
    mail = {
        "value": "a@b.example",
        "contact": {"guid": person["guid"]},
        "communicationType": {"guid": make_guid("communicationtypes", 3)},
    }
    assert (await severa.call("POST", "contactcommunications", mail)).status == 201
    assert (await severa.get(f"contactpersons/{person['guid']}"))["emails"] == ["a@b.example"]
    assert len(await severa.get(f"contacts/{person['guid']}/contactcommunications")) == 1
    assert len(await severa.get(f"contactpersons/{person['guid']}/addresses")) == 1
    assert (await severa.get(f"addresses/{added.body['guid']}"))["contacts"][0]["guid"] == person["guid"]
    settings = {"customer": {"guid": made["guid"]}, "country": {"guid": make_guid("countries", 2)}, "isTaxFree": True}
    assert (await severa.call("POST", "customercountrysettings", settings)).status == 201
    assert (await severa.call("POST", "customercountrysettings", settings)).status == 400
    assert (await severa.get(f"{path}/customercountrysettings"))[0]["isTaxFree"] is True
    foreign = (await severa.get(f"customers/{make_guid('customers', 5)}/customercountrysettings"))[0]
    assert foreign["zeroVatCategoryCodeEn16931"] == "AE"


async def test_references_and_parts_are_replaced(severa):
    product = f"products/{make_guid('products', 1)}"
    other = make_guid("salesaccounts", 1)
    assert (await severa.patch(product, "/salesAccount/guid", other)).body[0]["salesAccount"]["number"] == "3000"
    assert (await severa.patch(product, "/unitPrice/amount", "12.5")).body[0]["unitPrice"]["amount"] == 12.5
    assert (await severa.patch(product, "/isActive", "false")).body[0]["isActive"] is False
    for pointer, value in (
        ("/salesAccount/guid", make_guid("salesaccounts", 99)),
        ("/salesAccount/name", "x"),
        ("/type", "Nothing"),
        ("/name", ""),
        ("/nothing", 1),
        ("/name/x", 1),
        ("name", 1),
        ("/createdBy/guid", other),
    ):
        assert (await severa.patch(product, pointer, value)).status == 400, pointer


async def test_one_default_of_each_list(severa):
    assert (await severa.patch(f"invoicestatuses/{WAITING}", "/isDefault", True)).status == 200
    defaults = [one["name"] for one in await severa.get("invoicestatuses") if one["isDefault"]]
    assert defaults == ["Odottaa siirtoa Maestroon"]


async def test_a_renamed_status_is_the_same_over_rest_and_lost_over_soap(severa):
    assert (await severa.patch(f"invoicestatuses/{WAITING}", "/name", "Maestroon")).status == 200
    assert len(await severa.get(f"invoices?invoiceStatusGuids={WAITING}")) == 11
    text = '<businessUnitGUID i:nil="true"/><status>{}</status>'
    lost = await severa.soap("IInvoice/GetInvoicesByStatus", text.format("Odottaa siirtoa Maestroon"))
    assert lost.fault[2] == "NotFoundException"
    assert (await severa.soap("IInvoice/GetInvoicesByStatus", text.format("Maestroon"))).status == 200


async def test_countries_by_every_name_and_the_organization(severa):
    for name in ("FI", "fin", "Suomi", "finland", make_guid("countries", 1)):
        assert (await severa.get(f"localization/countries/{name}"))["code2"] == "FI"
    assert (await severa.call("GET", "localization/countries/XX")).status == 404
    assert len(await severa.get("localization/languages?isInvoiceLanguage=true")) == 4
    details = await severa.get("organizationdetails")
    assert (details["vatNumber"], "Finvoice" in details["activeAddons"]) == ("FI29876548", True)
    assert (await severa.patch("organizationdetails", "/city", "Espoo")).body["city"] == "Espoo"
    assert (await severa.get("organizationsettings"))["nextInvoiceNumber"] == 1014
    krona = f"currencies/{make_guid('currencies', 2)}"
    assert (await severa.patch(krona, "/rate", 11.2)).body[0]["rate"] == 11.2
    assert (await severa.patch(krona, "/code", "NOK")).status == 400
    assert [rate["percentage"] for rate in await severa.get("vatrates?active=true")] == [25.5, 13.5, 14, 10, 0]


async def test_answers_without_nulls(severa):
    await severa.options(nulls=False)
    row = await severa.get(f"products/{make_guid('products', 6)}")
    assert "code" not in row
