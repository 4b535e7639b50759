from decimal import Decimal

import pytest
from tests.emulator.merit_client import VAT24, Merit


async def test_a_customer_comes_back_as_the_sheet_lists_it(merit: Merit):
    identity = await merit.customer(
        RegNo="12345678", VatRegNo="EE100000001", PaymentDeadLine="21", OverDueCharge=0.05, CustGrCode="PYSI",
        Dimensions=[{"DimId": 2, "DimCode": "KK-1"}], Comments=[{"CommDate": "20260105", "Comment": "Helista"}],
    )  # fmt: skip
    (card,) = await merit.ok("v1/getcustomers", {"Id": identity, "Name": "not asked when an id is given"})
    assert card["CustomerId"] == identity
    assert (card["PaymentDeadLine"], card["OverdueCharge"], card["CountryName"]) == (21, Decimal("0.05"), "Eesti")
    assert (card["CustomerGroupName"], card["FaxNo"], card["Address"]) == ("Püsikliendid", None, None)
    assert card["Dimensions"][0]["DimCode"] == "KK-1"
    assert card["Comments"] is None
    (card,) = await merit.ok("v1/getcustomers", {"WithComments": "true"})
    assert card["Comments"] == [{"CommDate": "2026-01-05T00:00:00", "Comment": "Helista"}]


async def test_filters(merit: Merit):
    await merit.customer("Õunapuu OÜ", RegNo="12345678", VatRegNo="EE100000001")
    await merit.customer("Pirnipuu AS", RegNo="10000018")
    for body, names in (
        ({"RegNo": "12345678"}, ["Õunapuu OÜ"]),
        ({"RegNo": "1234567"}, []),
        ({"VatRegNo": "EE100000001"}, ["Õunapuu OÜ"]),
        ({"Name": "PUU"}, ["Õunapuu OÜ", "Pirnipuu AS"]),
        ({"Name": "pirni", "RegNo": "12345678"}, []),
        ({}, ["Õunapuu OÜ", "Pirnipuu AS"]),
        ({"Id": "0b0b0b0b-0000-4000-8000-000000000001"}, []),
    ):
        assert [one["Name"] for one in await merit.ok("v1/getcustomers", body)] == names
    await merit.options(customers_shape="object")
    assert (await merit.ok("v1/getcustomers", {"RegNo": "12345678"}))["Name"] == "Õunapuu OÜ"


async def test_changed_date_since_or_on(merit: Merit):
    await merit.options(now="2026-03-10T10:00:00Z", clock_skew_s=0)
    identity = await merit.customer()
    await merit.options(now="2026-03-12T10:00:00Z")
    assert await merit.ok("v1/updatecustomer", {"Id": identity, "Email": "a@b.example"}) == "updated"
    for since, count in (("20260311", 1), ("20260312", 1), ("20260313", 0)):
        assert len(await merit.ok("v1/getcustomers", {"ChangedDate": since})) == count
    await merit.options(changed_date="on")
    for since, count in (("20260311", 0), ("20260312", 1)):
        assert len(await merit.ok("v1/getcustomers", {"ChangedDate": since})) == count


async def test_an_unfiltered_list_of_a_large_company_dies_with_a_trace(merit: Merit):
    await merit.control("POST", "seed", {"customers": 12})
    await merit.options(customers_unfiltered_max=10)
    answer = await merit.call("v1/getcustomers")
    assert answer.status == 200
    assert "System.OutOfMemoryException" in answer.text
    assert len(await merit.ok("v1/getcustomers", {"ChangedDate": "20200101"})) == 12


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"Name": None}, "Kliendil mõni kohustuslik väli puudu.\r\n"),
        ({"CountryCode": ""}, "Kliendil mõni kohustuslik väli puudu.\r\n"),
        ({"Name": "õunapuu OÜ"}, "api-custexists"),
        ({"Name": "x" * 151}, "Välja Name väärtus on liiga pikk (max 150)"),
        ({"RegNo": "1" * 31}, "Välja RegNo väärtus on liiga pikk (max 30)"),
        ({"SalesInvLang": "XX"}, "Välja SalesInvLang väärtus ei ole lubatud: XX"),
        ({"EInvOperator": 5}, "Välja EInvOperator väärtus ei ole lubatud: 5"),
        ({"CustGrCode": "EI"}, "Gruppi EI ei leitud"),
        ({"CurrencyCode": "XXX"}, "Valuutat XXX ei leitud"),
    ],
)
async def test_refused_customers(merit: Merit, fields, message):
    await merit.customer()
    body = {"Name": "Uus", "CountryCode": "EE", **fields}
    assert await merit.refused("v2/sendcustomer", body) == message
    assert (await merit.summary())["customers"]["count"] == 1


async def test_long_texts_may_be_cut(merit: Merit):
    await merit.options(too_long="cut")
    assert (await merit.ok("v2/sendcustomer", {"Name": "x" * 200, "CountryCode": "EE"}))["Name"] == "x" * 150


async def test_updates(merit: Merit):
    identity = await merit.customer(RegNo="1", Address="Pikk 1")
    other = await merit.customer("Teine")
    await merit.ok("v1/updatecustomer", {"Id": identity, "Name": "Uus nimi", "RegNo": "2"})
    (card,) = await merit.ok("v1/getcustomers", {"RegNo": "2"})
    assert (card["Name"], card["Address"]) == ("Uus nimi", "Pikk 1")
    assert await merit.ok("v1/getcustomers", {"RegNo": "1"}) == []
    assert await merit.refused("v1/updatecustomer", {"Id": other, "Name": "uus NIMI"}) == "api-custexists"
    assert (await merit.call("v2/updatecustomer", {"Id": other})).status == 404
    await merit.refused("v1/updatecustomer", {"Id": "0b0b0b0b-0000-4000-8000-000000000001"})
    assert (await merit.call("v1/updatecustomer", {"Name": "x"})).status == 500


async def test_vendors_mirror_customers(merit: Merit):
    made = await merit.ok("v2/sendvendor", {"Name": "Hankija", "CountryCode": "FI", "VatAccountable": True})
    (card,) = await merit.ok("v1/getvendors", {"Name": "hank"})
    assert (card["VendorId"], card["VendorType"], card["VatAccountable"]) == (made["Id"], 1, True)
    assert "NotTDCustomer" not in card
    for version in (1, 2):
        assert await merit.ok(f"v{version}/updatevendor", {"Id": made["Id"], "ReferenceNo": "77"}) == "updated"
    assert (await merit.ok("v1/getvendors"))[0]["ReferenceNo"] == "77"
    assert await merit.refused("v2/sendvendor", {"Name": "HANKIJA", "CountryCode": "EE"}) == "api-vendexists"


async def test_groups(merit: Merit):
    made = await merit.ok("v2/sendcustomergroup", {"Name": "Suured", "Code": "SUUR"})
    await merit.customer(CustGrId=made["Id"])
    assert made in await merit.ok("v2/getcustomergroups")
    assert (await merit.ok("v1/getcustomers"))[0]["CustomerGroupName"] == "Suured"
    await merit.refused("v2/sendcustomergroup", {"Name": "Suured", "Code": "SUUR"})
    assert [one["Code"] for one in await merit.ok("v2/getvendorlist")] == ["KULU"]
    assert (await merit.ok("v2/getvendorgroups"))[0]["Code"] == "KULU"


async def test_items(merit: Merit):
    body = {"Type": 1, "Usage": 1, "Code": "LAUD-1", "Description": "Laud", "UOMName": "tk", "TaxId": VAT24}
    other = {**body, "Code": "LAUD-10", "Usage": 2, "DefLocationCode": "2"}
    made = await merit.ok("v2/senditems", {"Items": [body, other]})
    assert [one["Code"] for one in made] == ["LAUD-1", "LAUD-10"]
    # The search for a code is a search in it.
    assert len(await merit.ok("v1/getitems", {"Code": "LAUD-1"})) == 2
    (shown,) = await merit.ok("v1/getitems", {"Id": made[0]["ItemId"]})
    assert (shown["Type0"], shown["Usage0"], shown["InventoryAccountCode"]) == (1, 1, "1300")
    assert [one["Code"] for one in await merit.ok("v1/getitems", {"Usage": 2})] == ["LAUD-10"]
    assert [one["Code"] for one in await merit.ok("v1/getitems", {"LocationCode": "2"})] == ["LAUD-10"]
    assert await merit.ok("v1/getitems", {"Type": 2}) == []
    assert await merit.ok("v1/updateitem", {"Id": made[0]["ItemId"], "Description": "Suur laud"}) == "updated"
    assert (await merit.ok("v1/getitems", {"Description": "suur"}))[0]["ItemId"] == made[0]["ItemId"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"Code": None}, "Kohustuslik väli puudu: Code"),
        ({"Type": None}, "Kohustuslik väli puudu: Type"),
        ({"Type": 4}, "Välja Type väärtus ei ole lubatud: 4"),
        ({"UOMName": None}, "Kohustuslik väli puudu: UOMName"),
        ({"TaxId": "0b0b0b0b-0000-4000-8000-000000000001"}, "ei leitud"),
        ({"Code": "KEEGI"}, "on juba olemas"),
    ],
)
async def test_refused_items_make_none_of_the_list(merit: Merit, change, message):
    body = {"Type": 1, "Usage": 1, "Code": "A", "Description": "Laud", "UOMName": "tk"}
    await merit.ok("v2/senditems", {"Items": [{**body, "Code": "Keegi"}]})
    assert message in await merit.refused("v2/senditems", {"Items": [body, {**body, "Code": "B", **change}]})
    assert (await merit.summary())["items"]["count"] == 1


async def test_units_and_item_groups(merit: Merit):
    assert await merit.ok("v2/senduom", {"Name": "pakk"}) == {"Code": "pakk", "Name": "pakk"}
    assert await merit.refused("v2/senduom", {"Name": "pakk"}) == "api-uomexsist"
    assert "pakk" in [one["Code"] for one in (await merit.call("v1/getunits", raw=b"null")).json]
    await merit.ok("v2/senditemgroups", {"ItemGroups": [{"Code": "G", "Name": "Grupp"}]})
    assert "G" in [one["Code"] for one in await merit.ok("v2/getitemgroups")]
    # Another company does not see them.
    key = (await merit.control("POST", "seed", {"companies": 1}))["keys"][0]["keys"][0]
    units = await merit.ok("v1/getunits", credentials=(key["api_id"], key["api_key"]))
    assert "pakk" not in [one["Code"] for one in units]


async def test_classifiers_have_the_fields_of_the_sheet(merit: Merit):
    expected = {
        "v1/gettaxes": "Id Code Name NameEN NameRU TaxPct NonActive",
        "v1/getbanks": "Name IBANCode Description BankId CurrencyCode AccountCode",
        "v1/getunits": "Code Name NonActive",
        "v2/getdimensions": "DimId DimName Id Code Name EndDate NonActive DebitPositive",
        "v1/getdepartments": "Code Name NonActive",
        "v1/getprojects": "Code Name EndDate",
        "v1/getcostcenters": "Code Name EndDate",
        "v1/getaccounts": "AccountID Code Name NonActive TaxName IsParent LinkedVendorName",
        "v2/getlocations": "CompanyId LocationId Code Name",
        "v2/getitemgroups": "Id Code Name",
    }
    for path, names in expected.items():
        rows = await merit.ok(path)
        assert rows, path
        assert set(names.split()) <= set(rows[0]), path
    standard = next(one for one in await merit.ok("v1/gettaxes") if one["Id"] == VAT24)
    assert (standard["Code"], standard["TaxPct"]) == ("24%", 24)
    assert len(await merit.ok("v2/getdimensions", {"AllValues": True})) > len(await merit.ok("v2/getdimensions"))
    assert [one["Code"] for one in await merit.ok("v1/getaccounts", {"UsageFilter": 3})] == ["2315"]
    methods = await merit.ok("v2/getpaymenttypes", {"Type": 2})
    assert {one["SourceType"] for one in methods} == {1, 2}
    assert (await merit.call("v2/getpaymenttypes")).status == 500
    periods = await merit.ok("v2/getaccperiods")
    assert set(periods["AccPeriods"][0]) == {"AccPeriodId", "StartDate", "EndDate", "Active"}


async def test_stock_movements(merit: Merit):
    item = {"Type": 1, "Usage": 3, "Code": "LAUD", "Description": "Laud", "UOMName": "tk"}
    await merit.ok("v2/senditems", {"Items": [item]})
    body = {"Type": 1, "DocDate": "20260416", "Rows": [{"ItemCode": "laud", "Quantity": 5, "Cost": 50}]}
    await merit.ok("v2/SendInvMovement", body)
    await merit.ok("v1/SendInvMovement", {**body, "Type": 2, "Rows": [{"ItemCode": "LAUD", "Quantity": 2}]})
    assert (await merit.ok("v1/getitems", {"Code": "LAUD"}))[0]["InventoryQty"] == 3
    assert len(await merit.ok("v2/getinvmovements", {"PeriodStart": "20260401", "PeriodEnd": "20260430"})) == 2
    await merit.refused("v2/SendInvMovement", {**body, "Type": 3})
    await merit.refused("v2/SendInvMovement", {**body, "Rows": [{"ItemCode": "EI", "Quantity": 1}]})
