import random
from decimal import ROUND_HALF_UP, Decimal

import pytest
from tests.emulator.merit_client import VAT24, Merit, period, row, sale

CENT = Decimal("0.01")


@pytest.mark.parametrize(
    ("country", "code", "rate", "currency"), [("FI", "MY", "25.5", "EUR"), ("PL", "SP", "23", "PLN")]
)
async def test_a_host_of_another_country(merit: Merit, country, code, rate, currency):
    await merit.reset(country=country, data="demo", companies=1, now="2026-04-16T09:00:00Z", clock_skew_s=0)
    found = await merit.ok("v2/getinvoices", period("20260301", "20260331"))
    assert {one["BatchInfo"].partition("-")[0] for one in found} == {code}
    assert {one["CurrencyCode"] for one in found} == {currency}
    tax = next(one["Id"] for one in await merit.ok("v1/gettaxes") if str(one["TaxPct"]) == rate)
    made = await merit.sale(
        CurrencyCode=None, InvoiceRow=[row(TaxId=tax, Quantity=1, Price=100)], TotalAmount=100,
        TaxAmount=[{"TaxId": tax, "Amount": rate}],
    )  # fmt: skip
    header = (await merit.invoice(made["InvoiceId"]))["Header"]
    assert (header["TaxAmount"], header["CurrencyCode"]) == (Decimal(rate), currency)
    # A standard tax of Estonia is no tax there.
    assert "ei leitud" in await merit.refused("v2/sendinvoice", sale(CurrencyCode=None))
    for host in ("/ee", "/fi", "/pl"):
        answer = await merit.call("v1/gettaxes", host=host)
        assert (answer.status == 200) == (host[1:].upper() == country)


async def test_invoices_made_up_at_random_balance_and_add_up(merit: Merit):
    chance = random.Random(5)
    taxes = [
        one for one in await merit.ok("v1/gettaxes") if "pöörd" not in one["Name"] and "reverse" not in one["NameEN"]
    ]
    total = {"net": Decimal(0), "vat": Decimal(0), "gross": Decimal(0)}
    for number in range(40):
        sign = chance.choice((1, 1, -1))
        rows, sums, net = [], {}, Decimal(0)
        for _ in range(chance.randint(1, 6)):
            tax = chance.choice(taxes)
            quantity, price = Decimal(chance.randint(1, 5000)) / 1000, Decimal(chance.randint(1, 10**7)) / 10**4
            amount = (quantity * price * sign).quantize(CENT, ROUND_HALF_UP)
            vat = (amount * tax["TaxPct"] / 100).quantize(CENT, ROUND_HALF_UP)
            rows.append(row(TaxId=tax["Id"], Quantity=str(quantity * sign), Price=str(price)))
            sums[tax["Id"]] = sums.get(tax["Id"], Decimal(0)) + vat
            net += amount
        rounding = Decimal(chance.randint(-2, 2)) / 100
        await merit.sale(
            InvoiceNo=str(number + 1), InvoiceRow=rows, TotalAmount=str(net), RoundingAmount=str(rounding),
            TaxAmount=[{"TaxId": tax, "Amount": str(abs(amount))} for tax, amount in sums.items()],
        )  # fmt: skip
        vat = sum(sums.values())
        for name, value in (("net", net), ("vat", vat), ("gross", net + vat + rounding)):
            total[name] += value
    summary = await merit.summary()
    for name, value in total.items():
        assert Decimal(summary["sales_invoices"][name]) + Decimal(summary["credit_invoices"][name]) == value
    assert summary["batches"]["unbalanced"] == 0
    assert summary["duplicates"]["sales_invoices"] == []
    balances = {one["AccountCode"]: one["Balance"] for one in (await merit.ok("v1/getbalancerep"))["Rows"]}
    assert (balances["1200"], balances["2310"]) == (total["gross"], -total["vat"])


async def test_years_of_documents_for_one_company(merit: Merit):
    spec = {"start": "2025-01-01", "end": "2025-12-31", "sales": 400, "purchases": 50, "customers": 50, "late": 0}
    added = await merit.control("POST", "seed", {"history": spec})
    assert (added["history"]["sales"], added["history"]["purchases"]) == (4800, 600)
    summary = await merit.summary()
    assert summary["sales_invoices"]["count"] + summary["credit_invoices"]["count"] == 4800
    assert summary["batches"]["unbalanced"] == 0
    assert len(await merit.ok("v2/getinvoices", period("20250101", "20250331"))) == 1200
    assert VAT24 in {one["Id"] for one in await merit.ok("v1/gettaxes")}
