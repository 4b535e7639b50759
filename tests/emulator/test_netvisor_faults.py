"""Misbehaviour on order, generated data, and whatever nonsense is sent: the answer is always the vendor's own."""

import re

import aiohttp
import pytest
from tests.emulator.netvisor_client import Netvisor, bill, customer, file, invoice, payment, row, voucher
from tests.emulator.test_netvisor_parties import bank, product, vendor

ADD = "salesinvoice.nv?method=add"


async def test_a_lost_answer_leaves_the_voucher_in_the_books(netvisor: Netvisor):
    await netvisor.faults({"kind": "drop_after", "match": {"path": "accounting.nv"}})
    with pytest.raises(aiohttp.ClientError):
        await netvisor.call("accounting.nv", voucher())
    assert (await netvisor.summary())["vouchers"]["imported"] == 1
    await netvisor.faults({"kind": "error_before", "status": 503}, {"kind": "error_after"})
    answer = await netvisor.call("accounting.nv", voucher())
    assert (answer.status, answer.code) == (503, "SYSTEM_MAINTANANCE")
    answer = await netvisor.call("accounting.nv", voucher())
    assert (answer.status, answer.code) == (500, "TECHNICAL_ERROR")
    assert (await netvisor.summary())["vouchers"]["imported"] == 2
    await netvisor.faults({"kind": "throttle", "retry_after_s": 3}, {"kind": "unauthorized"})
    assert (await netvisor.call("accountlist.nv")).status == 429
    assert (await netvisor.call("accountlist.nv")).code == "AUTHENTICATION_FAILED"


async def test_a_period_locked_between_two_vouchers(netvisor: Netvisor):
    await netvisor.faults({"kind": "lock_period", "after": 1, "data": {"until": "2025-03-31"}})
    await netvisor.ok("accounting.nv", voucher())
    assert await netvisor.refused("accounting.nv", voucher()) == "PERIOD_LOCK"
    periods = await netvisor.ok("accountingperiodlist.nv")
    assert periods.one("AccountingPeriodList/PeriodLockInformation/AccountingPeriodLockDate") == "31.3.2025"


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"kind": "revoke_right", "data": {"resource": "accounting.nv"}}, "SERVICE_ACCESS_ERROR"),
        ({"kind": "revoke_key"}, "AUTHENTICATION_FAILED"),
        ({"kind": "downgrade_plan"}, "SERVICE_ACCESS_ERROR"),
        ({"kind": "remove_account", "data": {"number": "3000"}}, "INVALID_DATA"),
        ({"kind": "maintenance"}, "SYSTEM_MAINTANANCE"),
        ({"kind": "overlap"}, "TECHNICAL_ERROR"),
        ({"kind": "transaction_used"}, "REQUEST_NOT_UNIQUE"),
    ],
)
async def test_faults_of_the_vendor(netvisor: Netvisor, rule, code):
    await netvisor.faults(rule)
    assert await netvisor.refused("accounting.nv", voucher()) == code
    assert (await netvisor.summary())["vouchers"]["count"] == 0


async def test_lists_change_between_pages(netvisor: Netvisor):
    await netvisor.ok(ADD, invoice())
    await netvisor.faults({"kind": "change_between_pages", "data": {"delete": True}})
    first = await netvisor.ok("salesinvoicelist.nv")
    again = await netvisor.ok("salesinvoicelist.nv")
    assert len(first.all("SalesInvoiceList/SalesInvoice")) == 1
    assert not again.all("SalesInvoiceList/SalesInvoice")


async def test_generated_data_balances_and_is_listed(netvisor: Netvisor):
    await netvisor.reset(demo=False)
    spec = {"customers": 20, "vendors": 5, "products": 5, "sales_invoices": 200, "purchase_invoices": 100,
            "vouchers": 50, "paid": 0.5}  # fmt: skip
    made = await netvisor.control("POST", "seed", spec)
    assert made["sales_invoices"] == 200
    summary = await netvisor.summary()
    assert summary["vouchers"]["unbalanced"] == 0
    assert summary["sales_invoices"]["posted"] == 200
    assert summary["sales_payments"]["count"] == made["sales_payments"] > 50
    listed = await netvisor.ok("salesinvoicelist.nv?invoicesabovenetvisorkey=150")
    assert len(listed.all("SalesInvoiceList/SalesInvoice")) == 50
    sums = await netvisor.balance()
    assert sum(sums.values()) == 0
    await netvisor.state()


@pytest.mark.parametrize("action", [{}, {"do": "x"}, {"do": "delete_voucher", "key": 1}, {"do": "remove_account"},
                                    {"do": "pay_purchase_invoice", "key": 9},
                                    {"do": "delete_customer", "key": 99}])  # fmt: skip
async def test_actions_that_make_no_sense(netvisor: Netvisor, action):
    async with netvisor.session.post(f"{netvisor.base_url}/_emulator/act", json=action) as response:
        assert response.status == 400
        assert (await response.json())["error"]


NONSENSE = [
    "", "x", "Õ" * 700, "🍎", "0", "-1", "1e9", "999999999999", "²", "0001-01-01", "9999-12-31", "{code}", "<x/>",
]  # fmt: skip


def messages() -> dict[str, str]:
    files = file("voucherattachment")
    terms = (
        "<paymenttermnetdays>14</paymenttermnetdays><paymenttermcashdiscountdays>5</paymenttermcashdiscountdays>"
        '<paymenttermcashdiscount type="percentage">2</paymenttermcashdiscount>'
        "<expectpartialpayments>1</expectpartialpayments>"
    )
    rest = "<salesinvoiceproductlinediscountpercentage>5</salesinvoiceproductlinediscountpercentage>"
    return {
        "accounting.nv": voucher(tail=files, head="<number>5</number>"),
        "accountingedit.nv": voucher(tail=files).replace("<voucher>", "<voucher><netvisorkey>1</netvisorkey>"),
        "invalidatevouchers.nv": "<root><invalidatevouchers><comment>x</comment>"
        "<invalidatevoucher>1</invalidatevoucher>"
        "</invalidatevouchers></root>",
        "customer.nv?method=add": customer(base="<country>FI</country><isactive>1</isactive>"),
        "vendor.nv?method=add": vendor(account=bank("FI21")),
        "product.nv?method=add": product(),
        ADD: invoice(row(rest=rest), number="9", terms=terms, amount="1"),
        "salespayment.nv": payment("1007", "1"),
        "purchaseinvoice.nv": bill(
            tail=file("purchaseinvoiceattachment"), ready="<readyforaccounting>1</readyforaccounting>"
        ),
        "dimensionitem.nv?method=add": "<root><dimensionitem><name>Projekti</name><item>N</item><fatherid>0</fatherid>"
        "<ishidden>0</ishidden></dimensionitem></root>",
        "matchcreditnote.nv": "<root><matchcreditnote><creditnotenetvisorkey>1</creditnotenetvisorkey>"
        "<invoicenetvisorkey>1</invoicenetvisorkey></matchcreditnote></root>",
    }  # fmt: skip


@pytest.mark.parametrize("target", list(messages()))
async def test_nonsense_in_any_field_is_refused_or_taken_but_never_breaks(netvisor: Netvisor, target):
    await netvisor.reset(limits=False)
    await netvisor.ok("accounting.nv", voucher())
    await netvisor.ok(ADD, invoice(number="1007"))
    body = messages()[target]
    places = [found.span(1) for found in re.finditer(r'(?:>|=")([^<>"=]*)(?:</|")', body)]
    assert places
    for start, end in places:
        for value in NONSENSE:
            answer = await netvisor.call(target, body[:start] + value + body[end:])
            assert answer.status in {200, 400, 409}, (body[:start], value, answer.raw)
            assert answer.code in {"OK", "INVALID_DATA", "INVALID_DATA_SIZE", "DUPLICATE_DATA"}
    assert (await netvisor.summary())["vouchers"]["unbalanced"] == 0
    await netvisor.state()
    for path in ("accountingledger.nv?startdate=0001-01-01&enddate=9999-12-31", "customerlist.nv", "productlist.nv",
                 "salesinvoicelist.nv", "purchaseinvoicelist.nv", "dimensionlist.nv",
                 "getvendor.nv?changedsince=2000-01-01",
                 "salespaymentlist.nv", "getsalesinvoice.nv?netvisorkeylist=1,2,3,4,5,6,7,8,9"):  # fmt: skip
        await netvisor.ok(path)


async def test_nonsense_in_parameters(netvisor: Netvisor):
    await netvisor.reset(limits=False)
    await netvisor.ok(ADD, invoice(number="1007"))
    targets = {
        "accountingledger.nv": (
            "netvisorkey", "netvisorkeylist", "startdate", "changedsince", "voucherstatus", "vouchertype",
        ),
        "accountbalance.nv": ("netvisorkey", "balancedates", "intervaltype"),
        "customerlist.nv": ("keyword", "changedsince", "customercodelist"),
        "getcustomer.nv": ("id", "idlist"),
        "getvendor.nv": ("netvisorkey", "changedsince", "page"),
        "getproduct.nv": ("id", "code", "codelist", "replyoption"),
        "salesinvoicelist.nv": (
            "listtype", "invoicesabovenetvisorkey", "begininvoicedate", "lastmodifiedstart", "replyoption",
        ),
        "getsalesinvoice.nv": ("netvisorkey", "netvisorkeylist", "pdfimage"),
        "salespaymentlist.nv": ("abovenetvisorkey", "begindate", "limitbytype", "limitlinkedpayments"),
        "getpurchaseinvoice.nv": ("netvisorkey", "include", "version"),
        "deletedvouchers.nv": ("deletedsince",),
        "getvoucherattachments.nv": ("netvisorkey",),
        "dimensionlist.nv": ("showhidden",),
    }  # fmt: skip
    for target, names in targets.items():
        for name in names:
            for value in (
                "",
                "x",
                "-1",
                "%00",
                "%F0%9F%8D%8E",
                "999999999999",
                "2025-02-30",
                "0001-01-01",
                "%C2%B2",
                "1,x",
            ):
                answer = await netvisor.call(f"{target}?{name}={value}")
                assert answer.status in {200, 400}, (target, name, value, answer.raw)
