"""Cards, lists of choices, periods and the ledger of the Merit connector."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.contract.emulators.conftest import End
from tests.contract.examples import item_draft, party_draft
from tests.contract.merit.drafts import GONE, VAT24, article, draft, entry, partners

from tilisilta.core.documents import Address, DocumentKind, PartyRole, StockKind
from tilisilta.core.errors import Misconfigured, Refused, Unsupported
from tilisilta.ports import (
    CatalogueKind,
    FilesTaker,
    FindCertainty,
    LedgerReader,
    PartyDirectory,
    PeriodLocks,
    PeriodReader,
    Source,
    Target,
    Totals,
    TotalsReader,
)
from tilisilta.ports.counts import EntriesReader
from tilisilta.ports.steps import StepTaker

D = Decimal


async def test_it_answers_the_protocols_it_names(merit: End) -> None:
    target = merit.connect()
    for protocol in (
        Target, Source, FilesTaker, StepTaker, PartyDirectory, TotalsReader, PeriodLocks, PeriodReader, LedgerReader,
        EntriesReader,
    ):  # fmt: skip
        assert isinstance(target, protocol), protocol


@pytest.mark.parametrize("role", list(PartyRole))
async def test_a_card_goes_in_once_and_is_found(merit: End, role: PartyRole) -> None:
    target = merit.connect()
    wanted = party_draft(role)
    sent = await target.send(wanted)
    found = await target.find([wanted])
    assert (found["party1"].sent.target_id, found["party1"].certainty) == (sent.target_id, FindCertainty.MARKED)
    same = msgspec.structs.replace(wanted, key="other")
    assert (await target.find([same]))["other"].certainty is FindCertainty.MATCHED
    stranger = msgspec.structs.replace(party_draft(role, registry_code="10000011", name="Muu OÜ"), key="x")
    assert await target.find([stranger]) == {}
    card = merit.emulator.state()["customers" if role is PartyRole.CUSTOMER else "vendors"][0]
    assert (card["name"], card["reg_no"], card["country"]) == ("Tamm ja Pojad OÜ", "10000003", "EE")
    assert (card["PaymentDeadLine"], card["City"]) == (14, "Tallinn")
    page = [each async for page in target.list_parties(role) for each in page]
    assert [(each.target_id, each.registry_code, each.email) for each in page] == [
        (sent.target_id, "10000003", "arved@tamm.example")
    ]
    clash = party_draft(role, registry_code="10000011")
    with pytest.raises(Refused) as caught:
        await target.send(clash)
    assert caught.value.code == "PARTY_NAME_TAKEN"


async def test_foreign_customers_and_people_stay_out_of_the_annex(merit: End) -> None:
    target = merit.connect()
    for name, fields in {
        "Kodumaine": {},
        "Inimene": {"is_person": True},
        "Võõras": {"address": Address(country="FI", city="Helsinki")},
        "Teadmata": {"address": Address(), "vat_number": "LV40003000003"},
        "Kaardita": {"address": Address()},
    }.items():
        sent = await target.send(party_draft(name=name, registry_code="", **fields))
        assert ("COUNTRY_OF_BOOKS" in sent.extra.get("warnings", "")) is (name == "Kaardita")
    cards = {row["name"]: row for row in merit.emulator.state()["customers"]}
    assert {name: (row["country"], row["NotTDCustomer"]) for name, row in cards.items()} == {
        "Kodumaine": ("EE", False),
        "Inimene": ("EE", True),
        "Võõras": ("FI", True),
        "Teadmata": ("LV", True),
        "Kaardita": ("EE", False),
    }


async def test_a_list_too_long_for_the_server_is_read_by_letters(merit: End) -> None:
    merit.reset(data="empty", customers_unfiltered_max=3)
    target = merit.connect()
    names = ["Õunapuu OÜ", "BMW", "Ühisuo AS", "7 Venda", "Kask"]
    for name in names:
        await target.send(party_draft(name=name, registry_code=""))
    found = [each.name async for page in target.list_parties(PartyRole.CUSTOMER) for each in page]
    assert sorted(found) == sorted(names)


async def test_articles_are_known_by_their_code(merit: End) -> None:
    target = merit.connect()
    assert (await target.send(article(code="T-1"))).target_id == "T-1"
    await target.send(article(code="T-12", stock_kind=StockKind.STOCK))
    drafts = [msgspec.structs.replace(item_draft(code=code), key=code) for code in ("T-1", "T", "t-12")]
    assert {key: each.sent.target_id for key, each in (await target.find(drafts)).items()} == {
        "T-1": "T-1",
        "t-12": "T-12",
    }
    assert [each.code async for page in target.list_items() for each in page] == ["T-1", "T-12"]
    kept = {row["code"]: (row["type"], row["unit"]) for row in merit.emulator.state()["items"]}
    assert kept == {"T-1": (3, "tk"), "T-12": (1, "tk")}
    with pytest.raises(Unsupported):
        await target.send(article(code="x" * 21))
    with pytest.raises(Refused) as caught:
        await target.send(article(code="T-1"))
    assert caught.value.code == "ALREADY_AT_TARGET"


async def test_lists_of_choices(merit: End) -> None:
    target = merit.connect()
    await target.send(article())
    lists = {kind: await target.catalogue(kind) for kind in CatalogueKind}
    taxes = {each.key: each for each in lists[CatalogueKind.VAT_CODES]}
    assert (taxes[VAT24].rate, taxes[VAT24].label, taxes[VAT24].is_active) == (D(24), "24% 24% käive", True)
    assert not next(each for each in taxes.values() if each.label.startswith("20%")).is_active
    banks = {each.label: each.extra["is_cash"] for each in lists[CatalogueKind.BANK_ACCOUNTS]}
    assert banks == {"Sularaha": "1", "Swedbank EE382200221020145685": "", "LHV EE247700771001234567": ""}
    assert "Pangakaart" in [each.key for each in lists[CatalogueKind.PAYMENT_METHODS]]
    keys = [each.key for each in lists[CatalogueKind.DIMENSIONS]]
    assert {"department:TRT", "project:P-1", "cost_center:KK-2"} <= set(keys)
    assert sum(key.startswith("3:") for key in keys) == 1
    closed = next(each for each in lists[CatalogueKind.DIMENSIONS] if each.key == "department:OLD")
    assert not closed.is_active
    assert next(each for each in lists[CatalogueKind.ACCOUNTS] if each.key == "3000").label == "3000 Müügitulu"
    assert "h" in [each.key for each in lists[CatalogueKind.UNITS]]
    assert [each.key for each in lists[CatalogueKind.WAREHOUSES]] == ["1", "2"]
    assert [each.key for each in lists[CatalogueKind.ITEMS]] == ["T-1"]
    assert len(lists[CatalogueKind.PERIODS]) == 4


async def test_the_connection_is_tested_and_periods_are_read(merit: End) -> None:
    target = merit.connect()
    info = await target.check_connection()
    assert info.details["country"] == "EE"
    year = dt.datetime.now(dt.UTC).year
    merit.reset(data="empty", locked_until=f"{year}-03-31")
    assert await target.locked_until() == dt.date(year, 3, 31)
    state = await target.read_period(dt.date(year, 3, 31), DocumentKind.SALES_INVOICE)
    assert (state.is_open, state.lock) == (False, "accounting")
    assert (await target.read_period(dt.date(year, 4, 1), DocumentKind.SALES_INVOICE)).is_open
    merit.reset(data="empty", plan="standard")
    with pytest.raises(Misconfigured) as caught:
        await target.check_connection()
    assert caught.value.code == "PLAN_TOO_LOW"


@pytest.mark.parametrize("country", ["FI", "PL"])
async def test_a_key_of_another_country_is_named(merit: End, country: str) -> None:
    merit.reset(data="empty", country=country)
    home = merit.connect(country=country)
    assert (await home.check_connection()).details["country"] == country
    abroad = merit.connect(base_url=f"{merit.started.base_url}/ee/api/v1", country="EE")
    with pytest.raises(Misconfigured) as caught:
        await abroad.check_connection()
    assert caught.value.code == "KEY_UNKNOWN_IN_COUNTRY"


async def test_a_wrong_version_is_named(merit: End) -> None:
    with pytest.raises(Misconfigured) as caught:
        await merit.connect(versions="gettaxes=2").check_connection()
    assert (caught.value.code, caught.value.params["endpoint"]) == ("ENDPOINT_UNKNOWN", "gettaxes")


# --- the ledger --------------------------------------------------------------------------------------------


async def test_an_entry_goes_in_is_found_and_read_back(merit: End) -> None:
    target = merit.connect()
    wanted = entry()
    sent = await target.send(wanted)
    found = await target.find([wanted, entry("je2")])
    assert {key: (each.sent.target_id, each.certainty) for key, each in found.items()} == {
        "je1": (sent.target_id, FindCertainty.MARKED)
    }
    assert await target.read_totals(DocumentKind.JOURNAL_ENTRY, [sent.target_id, GONE]) == {
        sent.target_id: Totals(gross=D(124))
    }
    rows = await target.read_ledger(dt.date(2026, 1, 1), dt.date(2026, 3, 31))
    assert [(row.account, row.debit, row.credit, row.vat_code, row.key) for row in rows] == [
        ("1020", D(124), D(0), "", "je1"),
        ("3000", D(0), D(100), VAT24, "je1"),
        ("2310", D(0), D(24), "", "je1"),
    ]
    assert merit.calls("GetGLBatchesFull") == 1 + 3  # a call a month, since no more than 31 days may be asked for


async def test_a_replaced_entry_is_reversed_once(merit: End) -> None:
    target = merit.connect()
    old = await target.send(entry())
    new = entry("je2", replaces=old.target_id, net="150")
    sent = await target.send(new)
    (step,) = target.steps_after(new)
    for _ in range(2):
        await target.take_step(step, new, sent.target_id)
    rows = await target.read_ledger(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[row.account] = sums.get(row.account, D(0)) + row.debit - row.credit
    assert sums == {"1020": D(186), "3000": D(-150), "2310": D(-36)}
    assert len({row.voucher_id for row in rows}) == 3
    gone = msgspec.structs.replace(entry("je3", replaces=sent.target_id))
    empty = msgspec.structs.replace(gone, entry=msgspec.structs.replace(gone.entry, postings=()))
    assert target.steps_after(empty) == ()
    await target.send(empty)
    assert set(await target.find([empty])) == {"je3"}
    rows = await target.read_ledger(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
    assert sum((row.debit - row.credit for row in rows if row.account == "3000"), D(0)) == 0


async def test_lists_that_take_get_alone_are_read_by_it(merit: End) -> None:
    from tilisilta.ports.counts import EntriesRequest, EntryKind

    merit.reset(data="empty", glbatches_get_only=True)
    target = merit.connect()
    await target.send(entry())
    request = EntriesRequest(
        date_from=dt.date(2026, 1, 1), date_to=dt.date(2026, 1, 31), kinds=frozenset({EntryKind.LEDGER_BATCH})
    )
    assert [one.number async for page in target.read_entries(request) for one in page] == ["PÄ-1"]


async def test_the_older_ways_of_signing_are_tried_only_when_allowed(merit: End) -> None:
    target: Any = merit.connect({"api_key": "wrong"})
    with pytest.raises(Misconfigured) as caught:
        await target.check_connection()
    assert caught.value.code == "KEY_REFUSED"
    assert merit.calls() == 1
    with pytest.raises(Misconfigured):
        await merit.connect({"api_key": "wrong"}, signing="lenient").check_connection()
    assert merit.calls() == 1 + 4
    customer, _ = await partners(merit.connect(signing="lenient"))
    assert (await merit.connect(signing="lenient").find([draft("k1", customer)])) == {}
