import pytest
from tests.emulator.netvisor_client import Netvisor, customer

BASE = "Customer/CustomerBaseInformation/"


async def test_customers_are_added_read_and_edited(netvisor: Netvisor):
    rest = (
        "<customerfinvoicedetails><finvoiceaddress>003712345671</finvoiceaddress></customerfinvoicedetails>"
        "<customeradditionalinformation><comment>Hyvä</comment><balancelimit>200,3</balancelimit>"
        "</customeradditionalinformation><customerdimensiondetails><dimension><dimensionname>Projekti</dimensionname>"
        "<dimensionitem>P-100</dimensionitem></dimension></customerdimensiondetails>"
    )
    base = '<city>Tampere</city><country type="ISO-3166">fi</country><isactive>1</isactive>'
    key = (await netvisor.ok("customer.nv?method=add", customer("Äyräs &amp; Co", base=base, rest=rest))).key
    read = await netvisor.ok(f"getcustomer.nv?id={key}&replyoption=1")
    assert read.one(BASE + "Name") == "Äyräs & Co"
    assert read.one(BASE + "ExternalIdentifier") == "1234567-1"
    assert read.one(BASE + "Country") == "FI"
    assert read.one("Customer/CustomerAdditionalInformation/BalanceLimit") == "200,3"
    assert read.one("Customer/CustomerAdditionalInformation/CustomerDimensions/Dimension/DimensionItem") == "P-100"
    edit = "<root><customer><customerbaseinformation><city></city></customerbaseinformation></customer></root>"
    answer = await netvisor.ok(f"customer.nv?method=edit&id={key}", edit)
    assert answer.root.find("Replies") is None
    read = await netvisor.ok(f"getcustomer.nv?id={key}")
    assert read.one(BASE + "City") == ""
    assert read.one(BASE + "Name") == "Äyräs & Co"
    both = await netvisor.ok(f"getcustomer.nv?idlist=1,{key}")
    assert len(both.all("Customers/Customer")) == 2


async def test_customer_lists(netvisor: Netvisor):
    async def names(query: str) -> list[str]:
        return (await netvisor.ok(f"customerlist.nv?{query}")).all("Customerlist/Customer/Name")

    assert len(await names("")) == 5
    assert await names("Keyword=asiakas") == ["Asiakas Oy"]
    assert await names("keyword=2345678-4&changedsince=2099-01-01") == ["Järvenrannan Rakennus Oy"]
    assert await names("customercodelist=3,1,zz") == ["Pohjolan Puu Oy", "Asiakas Oy"]
    assert await names("changedsince=2020-01-01T00:00:00") == await names("")
    assert await names("changedsince=2099-01-01") == []
    answer = await netvisor.ok("customerlist.nv?keyword=nothing")
    assert not len(answer.root.find("Customerlist"))
    for query in ("changedsince=x", "customercodelist=" + ",".join(map(str, range(101)))):
        assert await netvisor.refused(f"customerlist.nv?{query}") == "INVALID_DATA"


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("customer.nv", customer(), "INVALID_DATA"),
        ("customer.nv?method=add", customer(name=""), "INVALID_DATA"),
        ("customer.nv?method=add", customer(code="1"), "DUPLICATE_DATA"),
        ("customer.nv?method=add", customer(base="<country>Suomi</country>"), "INVALID_DATA"),
        ("customer.nv?method=add", customer(base="<isactive>maybe</isactive>"), "INVALID_DATA"),
        ("customer.nv?method=add", customer(base="<isactive>1</isactive><city>x</city>"), "INVALID_DATA"),
        ("customer.nv?method=add", customer(base=f"<streetaddress>{'x' * 81}</streetaddress>"), "INVALID_DATA_SIZE"),
        ("customer.nv?method=edit&id=99", customer(), "INVALID_DATA"),
        ("customer.nv?method=edit&id=2", customer(code="1"), "DUPLICATE_DATA"),
    ],
)
async def test_customers_that_are_refused(netvisor: Netvisor, target, body, code):
    assert await netvisor.refused(target, body) == code
    assert (await netvisor.summary())["customers"]["count"] == 5


async def test_codes_are_given_and_unknown_dimensions_can_be_forbidden(netvisor: Netvisor):
    body = customer(code="").replace("<internalidentifier>", '<internalidentifier type="automatic">')
    key = (await netvisor.ok("customer.nv?method=add", body)).key
    assert (await netvisor.ok(f"getcustomer.nv?id={key}")).one(BASE + "InternalIdentifier") == "6"
    rest = (
        "<customerdimensiondetails><dimension><dimensionname>Uusi</dimensionname><dimensionitem>x</dimensionitem>"
        "</dimension></customerdimensiondetails>"
    )
    target = "customer.nv?method=add&useonlyexistingdimensions=1"
    assert await netvisor.refused(target, customer(rest=rest)) == "INVALID_DATA"
    await netvisor.ok("customer.nv?method=add", customer(rest=rest))


def vendor(name: str = "Uusi Toimittaja Oy", *, code: str = "T9", account: str = "") -> str:
    return (
        f"<root><vendor><vendorbaseinformation><code>{code}</code><name>{name}</name><city>Turku</city>"
        f'<country type="ISO-3166">FI</country><organizationid>1357924-6</organizationid>{account}'
        "</vendorbaseinformation><vendoradditionalinformation><defaultvatpercent>25,5</defaultvatpercent>"
        "<vendoraccountingaccounts><vendoraccountingaccount><accountnumber>4000</accountnumber><isdefault>1</isdefault>"
        "</vendoraccountingaccount></vendoraccountingaccounts></vendoradditionalinformation></vendor></root>"
    )


def bank(iban: str, key: str = "") -> str:
    mark = f"<netvisorkey>{key}</netvisorkey>" if key else ""
    return (
        f"<vendorbankaccounts><vendordomesticbankaccounts><vendordomesticbankaccount>{mark}<iban>{iban}</iban>"
        "<bankname>OP</bankname><isdefault>1</isdefault></vendordomesticbankaccount></vendordomesticbankaccounts>"
        "</vendorbankaccounts>"
    )


async def test_vendors(netvisor: Netvisor):
    accounts = "VendorBaseInformation/VendorBankAccounts/VendorDomesticBankAccounts/VendorDomesticBankAccount/"
    key = (await netvisor.ok("vendor.nv?method=add", vendor(account=bank("FI2112345600000785")))).key
    read = await netvisor.ok(f"getvendor.nv?netvisorkey={key}")
    assert read.one("Vendor/VendorBaseInformation/Name") == "Uusi Toimittaja Oy"
    assert read.one("Vendor/VendorAdditionalInformation/DefaultVatPercent") == "25,5"
    account = read.one("Vendor/" + accounts + "NetvisorKey")
    edited = vendor(account=bank("FI4250001510000023", account))
    assert (await netvisor.ok(f"vendor.nv?method=edit&netvisorkey={key}", edited)).key == key
    assert (await netvisor.ok(f"vendor.nv?method=edit&netvisorkey={key}", vendor(account=bank("FI29")))).key == key
    several = await netvisor.ok("getvendor.nv?changedsince=2000-01-01")
    assert len(several.all("Vendors/Vendor")) == 5
    assert several.all(f"Vendors/Vendor[NetvisorKey='{key}']/" + accounts + "IBAN") == ["FI4250001510000023", "FI29"]
    assert len((await netvisor.ok(f"getvendor.nv?netvisorkeylist=1,{key}")).all("Vendors/Vendor")) == 2
    answer = await netvisor.call("getvendor.nv?netvisorkeylist=1,99", Language="FI")
    assert answer.text == "Aineiston muoto virheellinen:. Toimittajaa ei löydy, netvisorkey 99"
    await netvisor.options(vendor_page_size=2)
    assert len((await netvisor.ok("getvendor.nv?changedsince=2000-01-01&page=3")).all("Vendors/Vendor")) == 1
    assert not (await netvisor.ok("getvendor.nv?changedsince=2099-01-01")).all("Vendors/Vendor")
    assert await netvisor.refused("getvendor.nv") == "INVALID_DATA"
    assert await netvisor.refused("vendor.nv?method=add", vendor(code="T1")) == "DUPLICATE_DATA"
    assert await netvisor.refused("vendor.nv?method=add", vendor("")) == "INVALID_DATA"
    assert await netvisor.refused(f"vendor.nv?method=edit&netvisorkey={key}", vendor(account=bank("x", "99"))) == (
        "INVALID_DATA"
    )
    await netvisor.act("delete_vendor", key=key)
    assert await netvisor.refused(f"getvendor.nv?netvisorkey={key}") == "INVALID_DATA"


def product(code: str = "N-1", *, price: str = "10,00", sort: str = "net", rate: str = "25,5", rest: str = "") -> str:
    return (
        f"<root><product><productbaseinformation><productcode>{code}</productcode><productgroup>Palvelut</productgroup>"
        f'<name>Kuukausimaksu</name><unitprice type="{sort}">{price}</unitprice><unit>kpl</unit><isactive>1</isactive>'
        f"<issalesproduct>1</issalesproduct>{rest}</productbaseinformation><productbookkeepingdetails>"
        f"<defaultvatpercentage>{rate}</defaultvatpercentage></productbookkeepingdetails></product></root>"
    )


async def test_products(netvisor: Netvisor):
    ean = "<primaryeancode>6412345678901</primaryeancode>"
    key = (await netvisor.ok("product.nv?method=add", product(rest=ean, sort="gross", price="12,55"))).key
    for query in (f"id={key}", "code=n-1", "eancode=6412345678901"):
        read = await netvisor.ok(f"getproduct.nv?{query}")
        assert read.one("Product/ProductBaseInformation/Name") == "Kuukausimaksu"
        assert read.root.find("Product/ProductBaseInformation/UnitPrice").get("type") == "gross"
        assert read.one("Product/ProductBookkeepingDetails/DefaultVatPercent") == "25,5"
    listed = await netvisor.ok("productlist.nv?keyword=n-1")
    assert listed.one("ProductList/Product/UnitPrice") == "10,0000"
    edit = product().replace(">1</isactive>", ">0</isactive>")
    await netvisor.ok(f"product.nv?method=edit&id={key}", edit)
    assert (await netvisor.ok("productlist.nv?unpublished=1")).all("ProductList/Product/ProductCode") == ["N-1"]
    assert len((await netvisor.ok("productlist.nv?published=1")).all("ProductList/Product")) == 3
    assert not len((await netvisor.ok(f"getproduct.nv?id={key}&replyoption=1")).root.find("Product"))
    assert len((await netvisor.ok(f"getproduct.nv?idlist=1,{key}&codelist=KONS-1")).all("Products/Product")) == 3
    assert not len((await netvisor.ok("getproduct.nv?id=99")).root.find("Product"))
    for target, body, code in (
        ("product.nv?method=add", product("HUB-1"), "DUPLICATE_DATA"),
        ("product.nv?method=add", product("X", price="x"), "INVALID_DATA"),
        ("product.nv?method=add", product("X", sort="brutto"), "INVALID_DATA"),
        ("product.nv?method=add", product("X", rate="21"), "INVALID_DATA"),
        ("product.nv?method=add", product().replace("<unit>kpl</unit>", "<weight>1</weight>"), "INVALID_DATA"),
        ("product.nv?method=edit&id=99", product(), "INVALID_DATA"),
    ):
        assert await netvisor.refused(target, body) == code
    await netvisor.options(extended_products=True)
    assert await netvisor.refused(f"product.nv?method=edit&id={key}", edit) == "INVALID_DATA"


async def test_dimensions(netvisor: Netvisor):
    def body(item: str, extra: str = "") -> str:
        return f"<root><DimensionItem><Name>Kustannuspaikka</Name><Item>{item}</Item>{extra}</DimensionItem></root>"

    details = "DimensionNameList/DimensionName/DimensionDetails/DimensionDetail/"
    answer = await netvisor.ok("DimensionItem.nv?method=add", body("Etelä", "<FatherItem>Myynti</FatherItem>"))
    assert answer.root.find("Replies") is None
    assert await netvisor.refused("dimensionitem.nv?method=add", body("Etelä")) == "DUPLICATE_DATA"
    await netvisor.ok("dimensionitem.nv?method=edit", body("Pohjoinen", "<olditem>Etelä</olditem>"))
    listed = await netvisor.ok("dimensionlist.nv")
    assert "Pohjoinen" in listed.all(details + "Name")
    assert "2" in listed.all(details + "Level")
    assert set(listed.all(details + "IsHidden")) == {"False"}
    await netvisor.ok("dimensiondelete.nv?dimensionname=Kustannuspaikka&dimensionsubname=Pohjoinen", "")
    assert "Pohjoinen" not in (await netvisor.ok("dimensionlist.nv")).all(details + "Name")
    assert "True" in (await netvisor.ok("dimensionlist.nv?showhidden=1")).all(details + "IsHidden")
    for target, text in (
        ("dimensionitem.nv?method=edit", body("x", "<olditem>none</olditem>")),
        ("dimensionitem.nv?method=add", body("")),
        ("dimensionitem.nv?method=add", body("y", "<fatherid>999</fatherid>")),
        ("dimensiondelete.nv", ""),
        ("dimensiondelete.nv?dimensionname=none", ""),
    ):
        assert await netvisor.refused(target, text) == "INVALID_DATA"
    await netvisor.ok("getaccountdimensionlist.nv")
