"""What only one of the two APIs has, and that both read the very same documents."""

import asyncio
import datetime as dt
import threading
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.contract.severa.conftest import TRANSFERRED, WAITING, Severa, read

from tilisilta.connectors.severa import soap_wsdl
from tilisilta.connectors.severa.soap import SoapClient
from tilisilta.core.documents import DocumentKind, Invoice, version_hash
from tilisilta.core.errors import BudgetSpent, Misconfigured, Refused, Retry
from tilisilta.ports import CatalogueKind
from tilisilta.ports.register import InvoiceLogger

D = Decimal


async def documents(severa: Severa, api: str, kinds: tuple[DocumentKind, ...], status: str = "") -> dict[str, Any]:
    records = await read(severa.source(api), kinds, status=status)
    return {record.source_id: record.document for record in records}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"credit_sign": "price", "vat_rounding": "rate", "codes": "none"},
        {"credit_sign": "positive", "codes": "all", "nulls": False, "soap_empty": "nil"},
    ],
)
async def test_both_apis_read_the_same_documents(emulated: Severa, options: dict[str, Any]) -> None:
    emulated.reset(**options)
    emulated.emulator.seed({"invoices": 6, "credits": 3})
    kinds = (DocumentKind.SALES_INVOICE, DocumentKind.SALES_CREDIT_NOTE)
    over_rest = await documents(emulated, "rest", kinds)
    over_soap = await documents(emulated, "soap", kinds)
    assert over_rest.keys() == over_soap.keys()
    assert len(over_rest) == 21
    for guid, invoice in over_rest.items():
        # Times of making and change are all that SOAP does not tell.
        assert version_hash(msgspec.structs.replace(invoice, created_at="")) == version_hash(over_soap[guid])
        assert (invoice.status, invoice.is_sent, invoice.paid) == tuple(
            getattr(over_soap[guid], name) for name in ("status", "is_sent", "paid")
        )
    parties = await documents(emulated, "rest", (DocumentKind.CUSTOMER,))
    assert parties == await documents(emulated, "soap", (DocumentKind.CUSTOMER,))
    items = await documents(emulated, "rest", (DocumentKind.ITEM,))
    others = await documents(emulated, "soap", (DocumentKind.ITEM,))
    assert {
        guid: msgspec.structs.replace(each, modified_at="", sales_account="") for guid, each in items.items()
    } == others


# --- REST ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["touch", "delete", "status"])
@pytest.mark.parametrize("page_tokens", ["keyset", "offset"])
async def test_lists_that_change_while_they_are_read_lose_nothing(
    emulated: Severa, action: str, page_tokens: str
) -> None:
    emulated.reset(data="empty", page_tokens=page_tokens)
    emulated.emulator.seed({"invoices": 110, "rows": 1})
    before = {each.guid for each in emulated.store.invoices}
    emulated.fault("change_between_pages", match={"path": "v1/invoices$"}, data={"action": action})
    emulated.fault("duplicate_row", match={"path": "v1/invoices$"}, after=1)
    records = await read(emulated.source("rest"), status=WAITING)
    waiting = {each.guid for each in emulated.store.invoices if each.status.data["name"] == WAITING}
    found = [record.source_id for record in records if record.document is not None]
    assert waiting <= set(found) <= before
    # One that was touched may come again, nothing else does.
    assert len(found) - len(set(found)) <= (action == "touch")


async def test_a_token_that_ends_is_renewed_once_for_all(emulated: Severa) -> None:
    source = emulated.source("rest")
    await source.catalogue(CatalogueKind.STATUSES)
    emulated.emulator.expire_tokens()
    emulated.emulator.log.clear()
    await asyncio.gather(*(source.catalogue(CatalogueKind.VAT_CODES) for _each in range(6)))
    assert emulated.calls("v1/token") == 1
    invoice = emulated.invoice(1003)
    emulated.emulator.expire_tokens()
    await source.write_status(DocumentKind.SALES_INVOICE, invoice.guid, TRANSFERRED)
    assert invoice.status.data["name"] == TRANSFERRED


async def test_a_key_taken_away_is_said_so(emulated: Severa) -> None:
    source = emulated.source("rest")
    await source.catalogue(CatalogueKind.STATUSES)
    emulated.reset(client_secret="another")
    with pytest.raises(Misconfigured, match="KEY_REFUSED"):
        await source.catalogue(CatalogueKind.STATUSES)


async def test_the_limit_is_kept(emulated: Severa) -> None:
    emulated.reset(limits=True, calls_per_second=10)
    source = emulated.source("rest", limits="on")
    assert len(await source.catalogue(CatalogueKind.ITEMS)) == 17
    await asyncio.gather(*(source.catalogue(CatalogueKind.VAT_CODES) for _each in range(12)))
    assert "429" not in emulated.emulator.log.statuses


async def test_rates_and_accounts_over_rest(emulated: Severa) -> None:
    source = emulated.source("rest")
    rates = {each.key: each.rate for each in await source.catalogue(CatalogueKind.VAT_CODES)}
    assert rates == {"25.5": D("25.5"), "13.5": D("13.5"), "14": D(14), "10": D(10), "0": D(0)}
    (account,) = await source.catalogue(CatalogueKind.BANK_ACCOUNTS)
    assert (account.key, account.extra) == ("FI2112345600000785", {"bic": "NDEAFIHH"})
    assert await source.catalogue(CatalogueKind.WAREHOUSES) == []


async def test_what_cannot_be_read_stands_alone(emulated: Severa) -> None:
    emulated.fault("drop_fields", match={"path": "v1/invoices$"}, data={"fields": ["date"]}, times=None)
    records = await read(emulated.source("rest"), status=WAITING)
    assert len(records) == 11
    assert all(record.document is None for record in records)
    assert {problem.where for record in records for problem in record.problems} == {"date"}
    assert all(record.number and "Kone" in records[0].raw for record in records)


# --- SOAP ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [{}, {"client_id": "", "client_secret": ""}])
async def test_the_log_of_an_invoice_is_written_once(emulated: Severa, keys: dict[str, str]) -> None:
    source, invoice = emulated.connect(keys), emulated.invoice(1003)
    assert isinstance(source, InvoiceLogger)
    for _twice in range(2):
        await source.log_invoice(invoice.guid, "Maestroon: 1003", context="abc")
    (entry,) = emulated.emulator.state()["invoices"][2]["log"]
    assert (entry["text"], entry["context"], entry["source"]) == ("Maestroon: 1003", "abc", "Tilisilta")
    with pytest.raises(Refused, match="NOT_FOUND_AT_SOURCE"):
        await source.log_invoice("0d7d4f1e-0000-4000-8000-0000000fffff", "x")


async def test_a_log_entry_whose_answer_is_lost_may_be_written_again(emulated: Severa) -> None:
    source, invoice = emulated.source("soap"), emulated.invoice(1003)
    await source.catalogue(CatalogueKind.STATUSES)
    emulated.fault("drop_after", match={"path": "API.svc"})
    with pytest.raises(Retry):
        await source.log_invoice(invoice.guid, "Maestroon: 1003")
    await source.log_invoice(invoice.guid, "Maestroon: 1003")
    assert len(invoice.log) == 1


async def test_both_keys_are_looked_at(emulated: Severa) -> None:
    info = await emulated.connect().check_connection()
    assert (info.environment, info.missing_rights) == ("Naava Suunnittelu Oy", ())
    assert info.details["api"] == "REST, SOAP"
    emulated.reset(soap_rights="read")
    assert (await emulated.connect().check_connection()).missing_rights == ("SOAP API: administrator",)
    with pytest.raises(Misconfigured, match="KEY_REFUSED"):
        await emulated.connect({"soap_key": "another"}).check_connection()


async def test_rest_alone_writes_no_log(emulated: Severa) -> None:
    assert not isinstance(emulated.source("rest"), InvoiceLogger)


async def test_the_days_quota_is_read_from_answers(emulated: Severa) -> None:
    emulated.reset(limits=True, soap_quota=3)
    source = emulated.source("soap", limits="on")
    for _each in range(3):
        await source.catalogue(CatalogueKind.STATUSES)
    emulated.emulator.log.clear()
    with pytest.raises(BudgetSpent) as caught:
        await read(source, status=WAITING)
    assert 0 < caught.value.after_s <= 86_400
    assert emulated.calls() == 0


async def test_a_description_in_parts_is_read_whole(emulated: Severa) -> None:
    """WCF gives its schemas as documents of their own."""
    from lxml import etree

    from tilisilta_emulators.severa import soap_contract

    address = "https://sync.example/webservice/S3/API.svc?wsdl"
    root = etree.fromstring(soap_contract.wsdl("https://sync.example/webservice/S3/API.svc"))
    parts = soap_contract.schemas()
    places = {namespace: f"https://sync.example/s?xsd={at}" for at, namespace in enumerate(parts)}
    for schema in parts.values():
        for each in schema.findall("{*}import"):
            each.set("schemaLocation", places[each.get("namespace")])
    types = root.find("{*}types")
    for child in list(types):
        types.remove(child)
    holder = etree.SubElement(types, f"{{{soap_contract.XS}}}schema", targetNamespace="urn:all")
    for namespace, url in {**places, "urn:x": "http://10.0.0.1/x.xsd"}.items():
        etree.SubElement(holder, f"{{{soap_contract.XS}}}import", namespace=namespace, schemaLocation=url)
    texts = {places[namespace]: etree.tostring(schema) for namespace, schema in parts.items()}
    texts[address] = etree.tostring(root)
    asked: list[str] = []

    async def fetch(url: str) -> bytes:
        asked.append(url)
        return texts[url]

    with pytest.raises(Misconfigured, match="INTERFACE_CHANGED"):
        await soap_wsdl.load_client(address, fetch)  # what lies on another host is never asked for
    assert sorted(asked) == sorted(texts)
    texts[address] = texts[address].replace(b'schemaLocation="http://10.0.0.1/x.xsd"', b"")
    client = await soap_wsdl.load_client(address, fetch)
    assert "GetInvoicesByStatus" in {name for binding in client.wsdl.bindings.values() for name in binding.all()}


@pytest.mark.parametrize("answer", [b"<html><body>Kirjaudu</body></html>", b"<wsdl:defin", b"<a/>"])
async def test_a_description_that_is_none_is_said_so(answer: bytes) -> None:
    async def fetch(_url: str) -> bytes:
        return answer

    with pytest.raises((Misconfigured, Retry)) as caught:
        await soap_wsdl.load_client("https://sync.example/API.svc?wsdl", fetch)
    assert caught.value.code in {"INTERFACE_CHANGED", "NOT_XML"}


async def test_long_answers_are_read_beside_the_loop(emulated: Severa, monkeypatch: pytest.MonkeyPatch) -> None:
    emulated.emulator.seed({"invoices": 20, "rows": 4})
    read_in: list[bool] = []
    plain = SoapClient._read

    def watched(self: SoapClient, *arguments: Any) -> Any:
        read_in.append(threading.current_thread() is threading.main_thread())
        return plain(self, *arguments)

    monkeypatch.setattr(SoapClient, "_read", watched)
    source = emulated.source("soap")
    await source.catalogue(CatalogueKind.STATUSES)
    assert read_in == [True]
    assert len(await read(source, status=WAITING)) == 31
    assert False in read_in


async def test_soap_days_are_walked_in_ranges(emulated: Severa) -> None:
    source = emulated.source("soap")
    await source.catalogue(CatalogueKind.STATUSES)
    emulated.emulator.log.clear()
    records = await read(source, date_from=dt.date(2026, 1, 1), date_to=dt.date(2026, 12, 31))
    assert {record.document.date for record in records if isinstance(record.document, Invoice)} >= {dt.date(2026, 9, 1)}
    assert emulated.calls() < 20
