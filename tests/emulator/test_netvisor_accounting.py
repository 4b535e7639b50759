from decimal import Decimal

import pytest
from tests.emulator.netvisor_client import SALE, Netvisor, file, line, number, voucher

ALL = "accountingledger.nv?startdate=2025-01-01&enddate=2025-12-31"


async def lines_of(netvisor: Netvisor, key: int) -> list[tuple[str, Decimal, str, str]]:
    answer = await netvisor.ok(f"accountingledger.nv?netvisorkey={key}")
    return [
        (item.findtext("AccountNumber"), number(item.findtext("LineSum")), item.findtext("VatPercent"),
         item.findtext("VatCode"))
        for item in answer.root.iterfind("Vouchers/Voucher/VoucherLine")
    ]  # fmt: skip


async def test_the_samples_voucher_can_be_read_back(netvisor: Netvisor):
    dimension = (
        "<dimension><dimensionname>Kustannuspaikka</dimensionname>"
        "<dimensionitem>Verkkokauppa</dimensionitem></dimension>"
    )
    lines = line("1701", "1255,00") + line("3000", "-1000,00", "25,5", "KOMY", dimension) + line("2939", "-255,00")
    tail = file("voucherattachment")
    answer = await netvisor.ok("accounting.nv", voucher(lines, tail=tail))
    assert await lines_of(netvisor, answer.key) == [
        ("1701", Decimal(1255), "0", "-"),
        ("3000", Decimal(-1000), "25,5", "KOMY"),
        ("2939", Decimal(-255), "0", "-"),
    ]
    read = await netvisor.ok(ALL + "&includeattachmentsmetadata=1&showgenerator=1")
    shown = read.root.find("Vouchers/Voucher")
    assert shown.get("Status") == "valid"
    assert read.one("Vouchers/Voucher/VoucherDate") == "31.3.2025"
    assert read.one("Vouchers/Voucher/VoucherNumber") == "1"
    assert read.one("Vouchers/Voucher/VoucherClass") == "Tuodut tapahtumat"
    assert read.one("Vouchers/Voucher/VoucherLine/Dimension/DimensionItem") == "Verkkokauppa"
    assert read.one("Vouchers/Voucher/Attachments/Attachment/SizeInBytes") == "9"
    files = await netvisor.ok(f"getvoucherattachments.nv?netvisorkey={answer.key}")
    assert files.one("Attachments/Attachment/Content") == "JVBERi0xLjQK"
    dimensions = await netvisor.ok("dimensionlist.nv")
    assert "Verkkokauppa" in dimensions.all("DimensionNameList/DimensionName/DimensionDetails/DimensionDetail/Name")


@pytest.mark.parametrize("dialect", ["lower", "pascal", "points", "latin", "declared"])
async def test_dialects_of_real_clients(netvisor: Netvisor, dialect):
    body = voucher(text="Myynti Äänekoski")
    sent: bytes = body.encode()
    if dialect == "pascal":
        for name in ("voucherline", "linesum", "accountnumber", "vatpercent", "voucher", "root", "voucherclass"):
            body = body.replace(f"<{name}", f"<{name.title()}").replace(f"</{name}", f"</{name.title()}")
        sent = body.replace("vatcode", "vatCode").replace(' format="ansi"', "").encode()
    elif dialect == "points":
        sent = body.replace(",00", ".00").replace("25,5", "25.5").replace("2025-03-31", "2025-3-31").encode()
    elif dialect == "latin":
        sent = body.encode("iso-8859-15")
    elif dialect == "declared":
        sent = b'<?xml version="1.0" encoding="utf-8"?>\n' + sent
    answer = await netvisor.ok("Accounting.nv", sent)
    read = await netvisor.ok(f"accountingledger.nv?netvisorkey={answer.key}")
    assert read.one("Vouchers/Voucher/VoucherDescription") == "Myynti Äänekoski"
    assert read.all("Vouchers/Voucher/VoucherLine/LineSum") == ["1255,00", "-1000,00", "-255,00"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "INVALID_DATA"),
        ("<root>", "INVALID_DATA"),
        ("<other/>", "INVALID_DATA"),
        ("<root/>", "INVALID_DATA"),
        ("<!DOCTYPE root [<!ENTITY a 'b'>]><root><voucher>&a;</voucher></root>", "INVALID_DATA"),
        (voucher().replace("<root>", "<root><voucher/>"), "INVALID_DATA"),
        (voucher(mode="both"), "INVALID_DATA"),
        (voucher(date="31.3.2025"), "INVALID_DATA"),
        (voucher(date="2025-02-30"), "INVALID_DATA"),
        (voucher(sort="PUMP"), "INVALID_DATA"),
        (voucher(sort=""), "INVALID_DATA"),
        (voucher(line("1701", "1,00") + line("9999", "-1,00")), "INVALID_DATA"),
        (voucher(line("1701", "1,00") + line("1990", "-1,00")), "INVALID_DATA"),
        (voucher(line("1701", "1,00") + line("3000", "-1,00", "25,5", "XXXX")), "INVALID_DATA"),
        (voucher(line("1701", "1,00") + line("3000", "-1,00", "25,5", "EUMY")), "INVALID_DATA"),
        (voucher(line("1701", "1,00") + line("3000", "-1,00", "21", "KOMY")), "INVALID_DATA"),
        (voucher(line("1701", "1,00") + line("3000", "-1,00", "0", "KOMY0")), "INVALID_DATA"),
        (voucher(line("1701", "1,00") + line("3000", "-2,00")), "INVALID_DATA"),
        (voucher(line("1701", "0,00") + line("3000", "0,00")), "INVALID_DATA"),
        (voucher(line("1701", "1,00")), "INVALID_DATA"),
        (voucher(line("1701", "x") + line("3000", "-1,00")), "INVALID_DATA"),
        (voucher(""), "INVALID_DATA"),
        (voucher(head="<number>x</number>"), "INVALID_DATA"),
        (voucher(tail="<number>1</number>"), "INVALID_DATA"),
        (voucher(head="<wrong>1</wrong>"), "INVALID_DATA"),
        (voucher(text="x" * 501), "INVALID_DATA_SIZE"),
        (voucher(tail=file("voucherattachment", data="***")), "INVALID_DATA"),
        (voucher(tail=file("voucherattachment", data="")), "INVALID_DATA"),
        (
            voucher(line("1701", "1,00", extra="<description>late</description>") + line("3000", "-1,00")),
            "INVALID_DATA",
        ),
    ],
)
async def test_what_is_refused(netvisor: Netvisor, body, code):
    assert await netvisor.refused("accounting.nv", body) == code
    assert (await netvisor.summary())["vouchers"]["count"] == 0


async def test_the_account_is_named_in_the_refusal(netvisor: Netvisor):
    answer = await netvisor.call("accounting.nv", voucher(line("1701", "1,00") + line("9999", "-1,00")), Language="FI")
    assert answer.text == "Aineiston muoto virheellinen:. Tiliä ei löydy tilikartasta: 9999"


async def test_net_imbalance_is_a_switch(netvisor: Netvisor):
    lines = line("1701", "10,00") + line("3000", "-9,99")
    await netvisor.options(net_imbalance="round")
    key = (await netvisor.ok("accounting.nv", voucher(lines))).key
    assert (await lines_of(netvisor, key))[-1][:2] == ("8570", Decimal("-0.01"))
    await netvisor.options(net_imbalance="accept")
    await netvisor.ok("accounting.nv", voucher(lines))
    assert (await netvisor.summary())["vouchers"]["unbalanced"] == 1


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            line("1701", "125,50") + line("3000", "-125,50", "25,5", "KOMY"),
            {"1701": "125.50", "3000": "-100.00", "2939": "-25.50"},
        ),
        (
            line("1701", "125,50") + line("3000", "-100,00", "25,5", "KOMY", sort="net"),
            {"1701": "125.50", "3000": "-100.00", "2939": "-25.50"},
        ),
        (
            line("4000", "125,50", "25,5", "KOOS") + line("2871", "-125,50"),
            {"4000": "100.00", "1763": "25.50", "2871": "-125.50"},
        ),
        (
            line("4110", "100,00", "25,5", "EUOS") + line("2871", "-100,00"),
            {"4110": "100.00", "1763": "25.50", "2939": "-25.50", "2871": "-100.00"},
        ),
        (
            line("4110", "100,00", "25,5", "EVTO") + line("2871", "-100,00"),
            {"4110": "125.50", "2939": "-25.50", "2871": "-100.00"},
        ),
        (
            line("1701", "100,00") + line("3000", "-99,97", "0", "NONE"),
            {"1701": "100.00", "3000": "-99.97", "8570": "-0.03"},
        ),
        (
            line("1701", "125,50") + line("3000", "-125,50", "25,5", None),
            {"1701": "125.50", "3000": "-100.00", "2939": "-25.50"},
        ),
    ],
)
async def test_gross_mode_makes_vat_and_rounding_lines(netvisor: Netvisor, lines, expected):
    await netvisor.ok("accounting.nv", voucher(lines, mode="gross"))
    assert await netvisor.balance() == {account: Decimal(amount) for account, amount in expected.items()}


async def test_locked_periods(netvisor: Netvisor):
    await netvisor.reset(accounting_locked_until="2025-02-28", vat_locked_until="2025-03-31")
    assert await netvisor.refused("accounting.nv", voucher(date="2025-02-28")) == "PERIOD_LOCK"
    assert await netvisor.refused("accounting.nv", voucher(date="2025-03-31")) == "PERIOD_LOCK"
    plain = line("1701", "1,00") + line("1910", "-1,00")
    await netvisor.ok("accounting.nv", voucher(plain, date="2025-03-01"))
    await netvisor.ok("accounting.nv", voucher(date="2025-04-01"))
    await netvisor.options(locked_code="INVALID_DATA", outside_periods="refuse")
    assert await netvisor.refused("accounting.nv", voucher(date="2025-02-28")) == "INVALID_DATA"
    assert await netvisor.refused("accounting.nv", voucher(date="2031-01-01")) == "INVALID_DATA"
    periods = await netvisor.ok("accountingperiodlist.nv")
    locks = "AccountingPeriodList/PeriodLockInformation/"
    assert periods.one(locks + "AccountingPeriodLockDate") == "28.2.2025"
    assert periods.one(locks + "PurchaseLockDate") == ""
    assert periods.all("AccountingPeriodList/Period/BeginDate")[0] == "1.1.2024"
    await netvisor.options(period_placement="inside", finnish_dates=False)
    periods = await netvisor.ok("accountingperiodlist.nv")
    assert periods.all(locks + "Period/EndDate")[-1] == "2027-12-31"
    assert periods.one(locks + "VatPeriodLockDate") == "2025-03-31"


async def test_numbers(netvisor: Netvisor):
    await netvisor.ok("accounting.nv", voucher(head="<number>7</number>"))
    assert await netvisor.refused("accounting.nv", voucher(head="<number>7</number>")) == "DUPLICATE_DATA"
    await netvisor.ok("accounting.nv", voucher(head="<number>7</number>", date="2026-01-01"))
    await netvisor.ok("accounting.nv", voucher())
    answer = await netvisor.ok(ALL)
    assert answer.all("Vouchers/Voucher/VoucherNumber") == ["7", "8"]
    await netvisor.options(number_clash="accept")
    await netvisor.ok("accounting.nv", voucher(head="<number>7</number>"))


async def test_posting_twice_makes_two(netvisor: Netvisor):
    for _ in range(2):
        await netvisor.ok("accounting.nv", voucher())
    summary = await netvisor.summary()
    assert summary["vouchers"]["imported"] == 2
    assert len(summary["duplicates"]["vouchers"]) == 1
    assert summary["ledger"]["3000"] == {"KOMY": "-2000.00"}


async def test_the_ledger_is_filtered(netvisor: Netvisor):
    await netvisor.reset(now="2025-04-01T09:00:00Z")
    stamp = {"TimestampUnix": "1743498000"}
    first = (await netvisor.ok("accounting.nv", voucher(date="2025-03-01"), **stamp)).key
    await netvisor.control("POST", "clock", {"now": "2025-04-02T09:00:00Z"})
    stamp = {"TimestampUnix": "1743584400"}
    bank = line("1910", "5,00") + line("1930", "-5,00")
    second = (await netvisor.ok("accounting.nv", voucher(bank, date="2025-03-02", sort="Pankki"), **stamp)).key

    async def keys(query: str) -> list[int]:
        answer = await netvisor.ok(f"accountingledger.nv?{query}", **stamp)
        return [int(key) for key in answer.all("Vouchers/Voucher/NetvisorKey")]

    assert await keys("startdate=2025-03-01&enddate=2025-03-01") == [first]
    assert await keys("startdate=2025-03-01&enddate=2025-03-31&accountnumberstart=1900&accountnumberend=1999") == [
        second
    ]
    assert await keys("changedsince=2025-04-02") == [second]
    assert await keys("lastmodifiedstart=2025-04-01T00:00:00&lastmodifiedend=2025-04-01T23:59:59") == [first]
    assert await keys(f"netvisorkeylist={second},{first},99") == [second, first]
    types = await netvisor.ok("vouchertypelist.nv", **stamp)
    bank_type = types.one("VoucherTypeList/DefaultVoucherTypes/BankStatementViewVouchers/NetvisorKey")
    assert await keys(f"startdate=2025-01-01&enddate=2025-12-31&vouchertype={bank_type}") == [second]
    for query in (
        "", "startdate=2025-01-01", "startdate=x&enddate=2025-01-01", "netvisorkey=1&startdate=2025-01-01",
        "voucherstatus=4&changedsince=2025-01-01", "netvisorkeylist=" + ",".join(map(str, range(501))),
        "vouchertype=99&changedsince=2025-01-01", "accountnumberstart=1",
        f"vouchertype={bank_type}&changedsince=2025-01-01", "netvisorkey=1&includetransactionhistory=1",
        "netvisorkeylist=1&includeattachmentsmetadata=1",
    ):  # fmt: skip
        assert await netvisor.refused(f"accountingledger.nv?{query}", **stamp) == "INVALID_DATA", query


async def test_an_empty_ledger_is_an_empty_element(netvisor: Netvisor):
    answer = await netvisor.ok(ALL)
    assert answer.root.find("Vouchers") is not None
    assert not len(answer.root.find("Vouchers"))


def edited(key: int, body: str, *, last: bool = False) -> str:
    place = "</voucher>" if last else "<voucher>"
    mark = f"<netvisorkey>{key}</netvisorkey>"
    return body.replace(place, mark + place if last else place + mark)


@pytest.mark.parametrize("last", [False, True])
async def test_an_edit_replaces_the_lines(netvisor: Netvisor, last):
    key = (await netvisor.ok("accounting.nv", voucher())).key
    lines = line("1701", "12,55") + line("3000", "-10,00", "25,5", "KOMY") + line("2939", "-2,55")
    await netvisor.ok("accountingedit.nv", edited(key, voucher(lines, date="2025-04-30"), last=last))
    assert await netvisor.balance() == {"1701": Decimal("12.55"), "3000": Decimal(-10), "2939": Decimal("-2.55")}
    await netvisor.ok("accountingedit.nv", f"<root><voucher><netvisorkey>{key}</netvisorkey>"
                                           "<description>Uusi</description></voucher></root>")  # fmt: skip
    read = await netvisor.ok(f"accountingledger.nv?netvisorkey={key}")
    assert read.one("Vouchers/Voucher/VoucherDescription") == "Uusi"
    assert read.one("Vouchers/Voucher/VoucherDate") == "30.4.2025"
    assert len(read.all("Vouchers/Voucher/VoucherLine")) == 3
    assert (await netvisor.summary())["vouchers"]["count"] == 1


async def test_edits_that_are_refused(netvisor: Netvisor):
    key = (await netvisor.ok("accounting.nv", voucher())).key
    await netvisor.ok("accounting.nv", voucher(date="2025-05-01"))
    assert await netvisor.refused("accountingedit.nv", voucher()) == "INVALID_DATA"
    assert await netvisor.refused("accountingedit.nv", edited(99, voucher())) == "INVALID_DATA"
    unbalanced = line("1701", "1,00") + line("3000", "-2,00")
    assert await netvisor.refused("accountingedit.nv", edited(key, voucher(unbalanced))) == "INVALID_DATA"
    await netvisor.options(accounting_locked_until="2025-03-31")
    assert await netvisor.refused("accountingedit.nv", edited(key, voucher(date="2025-06-01"))) == "PERIOD_LOCK"
    assert (await netvisor.balance())["3000"] == -2000


def invalidation(*keys: int, comment: str = "Korvattu") -> str:
    items = "".join(f"<invalidatevoucher>{key}</invalidatevoucher>" for key in keys)
    return (
        f'<root><invalidatevouchers identifier="netvisorkey"><comment>{comment}</comment>{items}'
        "</invalidatevouchers></root>"
    )


async def test_invalidated_vouchers_leave_the_balance(netvisor: Netvisor):
    keys = [(await netvisor.ok("accounting.nv", voucher(head=f"<number>{at}</number>"))).key for at in (1, 2, 3)]
    await netvisor.ok("invalidatevouchers.nv", invalidation(*keys[:2]))
    answer = await netvisor.ok(ALL + "&voucherstatus=1")
    assert [item.get("Status") for item in answer.root.iterfind("Vouchers/Voucher")] == [
        "invalidated", "invalidated", "valid",
    ]  # fmt: skip
    for query in (ALL, ALL + "&voucherstatus=2"):
        assert (await netvisor.ok(query)).all("Vouchers/Voucher/NetvisorKey") == [str(keys[2])]
    named = await netvisor.ok(f"accountingledger.nv?netvisorkey={keys[0]}")
    assert named.root.find("Vouchers/Voucher").get("Status") == "invalidated"
    assert len((await netvisor.ok(ALL + "&voucherstatus=3")).all("Vouchers/Voucher")) == 2
    assert (await netvisor.balance())["3000"] == -1000
    # The number is free again.
    await netvisor.ok("accounting.nv", voucher(head="<number>1</number>"))
    assert await netvisor.refused("invalidatevouchers.nv", invalidation(keys[2], keys[0])) == "INVALID_DATA"
    assert (await netvisor.balance())["3000"] == -2000
    await netvisor.options(invalidate_twice="accept")
    await netvisor.ok("invalidatevouchers.nv", invalidation(keys[0]))
    assert await netvisor.refused("invalidatevouchers.nv", invalidation(99)) == "INVALID_DATA"
    assert await netvisor.refused("invalidatevouchers.nv", invalidation(*range(1, 102))) == "INVALID_DATA"
    assert await netvisor.refused("invalidatevouchers.nv", invalidation(1, comment="x" * 256)) == "INVALID_DATA_SIZE"
    await netvisor.options(accounting_locked_until="2025-12-31")
    assert await netvisor.refused("invalidatevouchers.nv", invalidation(keys[2])) == "PERIOD_LOCK"


async def test_deleted_vouchers(netvisor: Netvisor):
    key = (await netvisor.ok("accounting.nv", voucher())).key
    await netvisor.act("delete_voucher", key=key)
    today = (await netvisor.control("GET", "clock"))["now"][:10]
    answer = await netvisor.ok(f"deletedvouchers.nv?deletedsince={today}")
    assert answer.one("DeletedVouchers/DeletedVoucher/NetvisorKey") == str(key)
    assert await netvisor.balance() == {}
    for query in ("", "?deletedsince=2020-01-01", "?deletedsince=x"):
        assert await netvisor.refused(f"deletedvouchers.nv{query}") == "INVALID_DATA"
    for name in (
        "salesinvoices",
        "salesorders",
        "purchaseinvoices",
        "salespayments",
        "purchasepayments",
        "purchaseorders",
    ):
        await netvisor.ok(f"deleted{name}.nv?deletedsince={today}")


async def test_accounts(netvisor: Netvisor):
    answer = await netvisor.ok("accountlist.nv")
    assert answer.one("AccountList/CompanyDefaultAccounts/SalesVATDebt") == "2939"
    accounts = answer.root.findall("AccountList/Accounts/Account")
    by_number = {item.findtext("Number"): item for item in accounts if item.findtext("Number")}
    assert by_number["3000"].findtext("AccountType") == "account"
    assert by_number["1990"].findtext("IsActive") == "0"
    assert {item.findtext("AccountType") for item in accounts} == {"account", "accountgroup"}
    keys = {item.findtext("NetvisorKey") for item in accounts}
    assert len(keys) == len(accounts)
    assert {item.findtext("FatherNetvisorKey") for item in accounts} <= keys | {"0"}
    defaults = answer.root.find("AccountList/CompanyDefaultAccounts")
    assert all(item.text in by_number for item in defaults)


async def test_an_account_that_was_removed_or_closed(netvisor: Netvisor):
    await netvisor.act("remove_account", number="3000")
    assert await netvisor.refused("accounting.nv", voucher()) == "INVALID_DATA"
    await netvisor.act("add_account", number="3000", name="Myynti", vat_code="KOMY")
    await netvisor.ok("accounting.nv", voucher())
    await netvisor.act("close_account", number="1701")
    assert await netvisor.refused("accounting.nv", voucher()) == "INVALID_DATA"
    await netvisor.options(inactive_account="accept")
    await netvisor.ok("accounting.nv", voucher())


async def test_balances(netvisor: Netvisor):
    await netvisor.ok("accounting.nv", voucher(SALE, date="2025-03-31"))
    await netvisor.ok("accounting.nv", voucher(SALE, date="2025-04-30"))
    accounts = await netvisor.ok("accountlist.nv")
    key = next(
        item.findtext("NetvisorKey") for item in accounts.root.iterfind("AccountList/Accounts/Account")
        if item.findtext("Number") == "3000"
    )  # fmt: skip
    answer = await netvisor.ok(f"accountbalance.nv?netvisorkey={key}&balancedates=2025-03-01,2025-03-31,2025-12-31")
    path = "AccountBalances/Account/AccountBalance/"
    assert answer.all(path + "Balance") == ["0,00", "-1000,00", "-2000,00"]
    assert answer.all(path + "Kredit") == ["0,00", "1000,00", "2000,00"]
    monthly = await netvisor.ok(
        f"accountbalance.nv?netvisorkey={key}&balancedates=2025-01-31,2025-06-15&intervaltype=3"
    )
    dates = [item.get("date") for item in monthly.root.iterfind("AccountBalances/Account/AccountBalance")]
    assert dates[0] == "2025-01-31"
    assert dates[-1] == "2025-06-15"
    assert dates[1:-1] == ["2025-02-28", "2025-03-28", "2025-04-28", "2025-05-28"]
    for query in ("", "balancedates=x", "balancedates=2025-01-01&intervaltype=9",
                  "netvisorkey=1&balancedates=2025-01-01",
                  "balancedates=0001-01-01,9999-12-31&intervaltype=1"):  # fmt: skip
        assert await netvisor.refused(f"accountbalance.nv?{query}") == "INVALID_DATA", query
