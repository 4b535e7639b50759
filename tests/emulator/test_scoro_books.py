"""The demo company's books, and generated ones."""

import time
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from stdnum.ee import ik, kmkr, registrikood
from stdnum.fi import alv, ytunnus
from tests.emulator.scoro_client import Client, open_site

from tilisilta_emulators.kit import encode_exact
from tilisilta_emulators.scoro import ScoroEmulator

FULL = {"invoices": 2000, "bills": 300, "receipts": 500, "rows": 3, "customers": 40, "suppliers": 10, "items": 25}
SPAN = {"from": "2025-01-01", "to": "2026-10-31", "seed": 7, "credits": 50}


@pytest.fixture
async def site() -> AsyncIterator[Client]:
    async with open_site() as client:
        yield client


def test_the_demo_is_the_same_every_time():
    assert encode_exact(ScoroEmulator().state()) == encode_exact(ScoroEmulator().state())


async def test_summary_tells_the_demo_to_the_cent(site):
    summary = await site.control("GET", "state?summary=1")
    assert summary["invoices"] == {"count": 15, "net": "16110.28", "vat": "2593.03", "gross": "18703.31"}
    assert summary["credit_invoices"] == {"count": 2, "net": "-260.50", "vat": "-47.56", "gross": "-308.06"}
    assert summary["bills"] == {"count": 10, "net": "5049.49", "vat": "858.12", "gross": "5907.61"}
    assert summary["receipts"] == {"count": 18, "net": "15590.95", "vat": "0.00", "gross": "15590.95"}
    assert summary["receipt_groups"] == {"count": 16}
    assert (summary["contacts"], summary["products"]) == ({"count": 13}, {"count": 15})
    assert set(summary["duplicates"].values()) == {0}


async def test_state_adds_up_to_the_summary(site):
    state = await site.control("GET", "state")
    summary = await site.control("GET", "state?summary=1")
    invoices = [row for row in state["invoices"] if row["payment_type"] != "credit"]
    assert str(sum(Decimal(row["sum"]) for row in invoices)) == summary["invoices"]["net"]
    for row in state["invoices"]:
        gross = Decimal(row["sum"]) + Decimal(row["vat_sum"])
        assert gross - Decimal(row["paid_sum"]) == Decimal(row["receivable_sum"])
    assert state["deleted"]["invoices"] == [515]


async def test_the_demo_has_what_a_first_import_meets(site):
    state = await site.control("GET", "state")
    invoices = {row["no"]: row for row in state["invoices"]}
    assert {line["vat"] for row in invoices.values() for line in row["lines"]} >= {"24.00", "22.00", "13.00", "9.00"}
    assert invoices["2026-046"]["currency"] == "USD"
    assert invoices["2026-044"]["discount"] == "5.00"
    assert invoices["2026-044"]["status"] == "unpaid"
    assert Decimal(invoices["2026-044"]["paid_sum"]) == 500
    assert invoices["2026-051"]["credited_invoices"] == [invoices["2026-047"]["id"]]
    assert max(row["date"] for row in state["invoices"]) == "2026-10-30"
    assert {row["status"] for row in state["bills"]} == {"paid", "unpaid"}


async def test_registry_codes_and_vat_numbers_are_right(site):
    contacts = (await site.control("GET", "state"))["contacts"]
    companies = [row for row in contacts if row["contact_type"] == "company"]
    estonian = [row for row in companies if row["addresses"][0]["country"] == "est"]
    assert len(estonian) == 6
    assert all(registrikood.is_valid(row["id_code"]) for row in estonian)
    assert all(kmkr.is_valid(row["vatno"]) for row in estonian if row["vatno"])
    finnish = [row for row in companies if row["addresses"][0]["country"] == "fin"]
    assert len(finnish) == 2
    assert all(ytunnus.is_valid(row["id_code"]) and alv.is_valid(row["vatno"]) for row in finnish)
    assert all(ik.is_valid(row["id_code"]) for row in contacts if row["contact_type"] == "person" and row["id_code"])


async def test_twice_written_things_are_found(site):
    request = {"company_id": 34, "no": "2026-041", "lines": [{"price": 1}]}
    await site.data("invoices/modify", request)
    await site.data("bills/modify", {**request, "company_id": 40, "no": "7741"})
    await site.data("contacts/modify", {"name": "Põhjala Puit", "id_code": "19900120"})
    await site.data("products/modify", {"name": "Laud", "code": "LAUD-01"})
    summary = await site.control("GET", "state?summary=1")
    assert summary["duplicates"] == {"invoices": 1, "bills": 1, "receipts": 0, "contacts": 1, "products": 1}


async def test_seeded_books_are_consistent_and_the_same(site):
    await site.reset(data="empty")
    added = await site.control("POST", "seed", {**FULL, **SPAN})
    assert {name: each["count"] for name, each in added.items()} == {
        "invoices": 2000,
        "bills": 300,
        "receipts": 500,
        "contacts": 50,
        "products": 25,
    }
    state = await site.control("GET", "state")
    for row in state["invoices"] + state["bills"]:
        lines = [(Decimal(line["sum"]), Decimal(line["vat"])) for line in row["lines"]]
        assert len(lines) == 3
        assert sum(net for net, _ in lines) == Decimal(row["sum"])
        assert all(Decimal(li["price"]) * Decimal(li["amount"]) == Decimal(li["sum"]) for li in row["lines"])
        vat = sum(net * rate for net, rate in lines) / 100
        assert abs(vat - Decimal(row["vat_sum"])) <= Decimal("0.02")
        standard = {line["vat"] for line in row["lines"]} & {"22.00", "24.00"}
        assert standard <= {"24.00" if row["date"] >= "2025-07-01" else "22.00"}
    assert sum(row["status"] == "paid" for row in state["invoices"] + state["bills"]) == 500
    assert set((await site.control("GET", "state?summary=1"))["duplicates"].values()) == {0}
    assert all(registrikood.is_valid(row["id_code"]) for row in state["contacts"])
    await site.reset(data="empty")
    await site.control("POST", "seed", {**FULL, **SPAN})
    again = await site.control("GET", "state")
    assert [(row["no"], row["sum"]) for row in again["invoices"]] == [
        (row["no"], row["sum"]) for row in state["invoices"]
    ]


async def test_few_documents_were_modified_since_yesterday(site):
    await site.reset(data="empty")
    await site.control("POST", "seed", {"invoices": 6690, "from": "2025-01-01", "to": "2026-10-31"})
    late = await site.data("invoices/list", per_page=100, filter={"modified_date": {"from_date": "2026-10-30"}})
    assert 10 <= len(late) <= 30
    assert all(row["modified_date"][:10] == row["date"] for row in late)


async def test_a_long_list_is_read_quickly(site):
    await site.reset(data="empty")
    await site.control("POST", "seed", {"invoices": 10000, "customers": 200})
    await site.call("invoices/list", detailed_response=True)
    started = time.perf_counter()
    for page in range(2, 42):
        rows = await site.data("invoices/list", detailed_response=True, per_page=25, page=page)
        assert len(rows) == 25
    # Far above what it takes (about 1 ms a page), so that a busy machine does not fail it.
    assert (time.perf_counter() - started) / 40 < 0.03


async def test_seeding_pays_what_is_outstanding(site):
    added = await site.control("POST", "seed", {"receipts": 3})
    assert added == {"receipts": {"count": 3, "first_id": 896, "last_id": 898}}
    assert [(await site.data(f"invoices/view/{row_id}"))["status"] for row_id in (505, 508)] == ["paid", "paid"]


async def test_literal_rows_go_in_unchecked(site):
    odd = {
        "no": "IMELIK-1",
        "date": "2026-10-31",
        "company_id": 31,
        "status": "half",
        "sum": "100.00",
        "vat_sum": "24.01",
        "lines": [{"price": "10.00", "sum": "9.99", "vat": "17.00"}],
    }
    added = await site.control("POST", "seed", {"put": {"invoices": [odd, {"no": "TYHI", "company_id": 31}]}})
    assert added["put"] == {"invoices": 2}
    rows = await site.data("invoices/list", detailed_response=True, filter={"id": [519, 520]})
    assert (rows[0]["status"], rows[0]["sum"], rows[0]["vat_sum"]) == ("half", "100.00", "24.01")
    assert (rows[0]["lines"][0]["sum"], rows[0]["lines"][0]["vat"]) == ("9.99", "17.00")
    assert (rows[1]["lines"], rows[1]["date"], rows[1]["status"]) == ([], None, "unpaid")
    changed = {"contact_id": 31, "name": "Põhjala Puit AS"}
    await site.control("POST", "seed", {"put": {"contacts": [changed]}})
    assert (await site.data("contacts/view/31"))["name"] == "Põhjala Puit AS"


@pytest.mark.parametrize(
    "spec",
    [
        {"unicorns": 1},
        {"invoices": -1},
        {"invoices": 2_000_000},
        {"invoices": 1, "rows": 0},
        {"invoices": 1, "from": "2026-02-01", "to": "2026-01-01"},
        {"put": {"unicorns": [{}]}},
        {"put": {"invoices": [{"colour": "red"}]}},
        {"put": {"invoices": [{"lines": [{"colour": "red"}]}]}},
    ],
)
async def test_a_wrong_seed_is_refused(site, spec):
    async with site.session.post(f"{site.base_url}/_emulator/seed", json=spec) as response:
        assert response.status == 400
        assert (await response.json())["error"]
