"""One behaviour over REST and SOAP: every test here runs over each, against the same books."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from tests.contract.severa.conftest import INVOICES, TRANSFERRED, WAITING, Severa, read

from tilisilta.core.checks import check_invoice
from tilisilta.core.documents import DocumentKind, Invoice, Item, Party
from tilisilta.core.errors import Misconfigured, Refused, Retry, TilisiltaError, Unsupported
from tilisilta.core.problems import Severity
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.ports import (
    AttachmentGiver,
    CatalogueKind,
    Connection,
    FetchRequest,
    Source,
    StatusWriter,
    Totals,
    TotalsReader,
)
from tilisilta.ports.register import FinvoiceGiver, InvoiceLogger, RegisterKind, RegisterReader, StatusSource
from tilisilta_emulators.severa import invoicing

D = Decimal
NOBODY = "0d7d4f1e-0000-4000-8000-0000000fffff"


def books(severa: Severa, status: str = "") -> dict[str, dict[str, Any]]:
    """Return the books' numbered invoices by guid."""
    return {
        each["guid"]: each
        for each in severa.emulator.state()["invoices"]
        if each["number"] is not None and status in {"", each["status"]}
    }


async def invoices(severa: Severa, status: str = "", **request: Any) -> dict[str, Invoice]:
    records = await read(severa.source(), status=status, **request)
    assert not [record.problems for record in records if record.problems]
    assert len({record.source_id for record in records}) == len(records)
    return {record.source_id: record.document for record in records}


async def test_it_has_the_abilities(severa: Severa) -> None:
    source = severa.source()
    for ability in (
        Connection,
        Source,
        StatusSource,
        StatusWriter,
        RegisterReader,
        TotalsReader,
        FinvoiceGiver,
        AttachmentGiver,
    ):
        assert isinstance(source, ability), ability
    assert isinstance(source, InvoiceLogger) is (severa.api == "soap")


# --- listings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("credit_sign", "vat_rounding"), [("quantity", "row"), ("price", "rate"), ("positive", "rate")]
)
async def test_every_document_arrives_to_the_cent(severa: Severa, credit_sign: str, vat_rounding: str) -> None:
    severa.reset(data="empty", credit_sign=credit_sign, vat_rounding=vat_rounding)
    severa.emulator.seed({"invoices": 105, "rows": 3, "credits": 20})
    found = await invoices(severa, WAITING)
    assert len(found) == 105 + 5
    shown = books(severa)
    for guid, invoice in found.items():
        own = shown[guid]
        assert (invoice.net, invoice.vat, invoice.gross) == tuple(abs(own[name]) for name in ("net", "vat", "gross"))
        assert invoice.is_credit_note is own["is_credit"]
        assert sum((line.net for line in invoice.lines), D(0)) == invoice.net
        assert all(line.net == line.quantity * line.unit_price for line in invoice.lines)
        problems = check_invoice(invoice, own_country="FI")
        assert not [each for each in problems if each.severity is Severity.ERROR], problems
    notes = [invoice for invoice in found.values() if invoice.is_credit_note]
    assert len(notes) == 5
    assert all(note.gross > 0 and int(note.credits[0].number) == shown[note.source_id]["credits"] for note in notes)


async def test_only_what_waits_is_taken(severa: Severa) -> None:
    found = await invoices(severa, WAITING)
    assert set(found) == set(books(severa, WAITING))
    assert {invoice.status for invoice in found.values()} == {WAITING}
    assert set(await invoices(severa)) == set(books(severa))
    assert not any(record.document is None for record in await read(severa.source()))


async def test_days_bound_a_listing(severa: Severa) -> None:
    first, last = dt.date(2026, 10, 3), dt.date(2026, 10, 8)
    expected = {guid for guid, each in books(severa).items() if first <= each["date"] <= last}
    assert set(await invoices(severa, date_from=first, date_to=last)) == expected
    assert set(await invoices(severa, WAITING, date_from=first, date_to=last)) == expected
    assert len(expected) == 4
    assert await invoices(severa, WAITING, date_from=dt.date(2031, 1, 1)) == {}


async def test_what_changed_is_among_what_is_listed(severa: Severa) -> None:
    severa.store.touch(severa.invoice(1001))
    found = await invoices(severa, changed_since=dt.datetime.now(dt.UTC))
    assert severa.invoice(1001).guid in found
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=900)
    assert await invoices(severa, changed_since=later) == {}
    # What waits is listed whenever it changed.
    assert set(await invoices(severa, WAITING, changed_since=later)) == set(books(severa, WAITING))


async def test_an_invoice_without_a_number_is_a_problem_where_it_waits(severa: Severa) -> None:
    (record,) = await read(severa.source(), status="Luonnos")
    assert record.document is None
    assert record.problems[0].code == "INVOICE_NUMBER_MISSING"
    assert record.problems[0].params == {"status": "Luonnos"}


async def test_chosen_invoices_come_whatever_their_status(severa: Severa) -> None:
    moved, waiting = severa.invoice(1001), severa.invoice(1003)
    ids = (moved.guid, waiting.guid.upper(), NOBODY, "17")
    records = {each.source_id: each for each in await read(severa.source(), status=WAITING, source_ids=ids)}
    assert records[moved.guid].document.status == TRANSFERRED
    assert records[waiting.guid].number == "1003"
    assert records[NOBODY].is_deleted
    assert records["17"].is_deleted
    assert len(records) == 4


async def test_a_renumbered_and_a_deleted_invoice_are_noticed(severa: Severa) -> None:
    source = severa.source()
    renumbered, deleted = severa.invoice(1004), severa.invoice(1005)
    ids = (renumbered.guid, deleted.guid)
    before = {each.source_id: each.number for each in await read(source, source_ids=ids)}
    assert set(before.values()) == {"1004", "1005"}
    invoicing.set_number(severa.store, renumbered, 2004, None)
    deleted.status = severa.store.status_named("Luonnos")
    invoicing.delete_invoice(severa.store, deleted)
    after = {each.source_id: each for each in await read(source, source_ids=ids)}
    assert after[renumbered.guid].number == "2004"
    assert after[renumbered.guid].document.reference_number == "20048"
    assert after[deleted.guid].is_deleted
    totals = await source.read_totals(DocumentKind.SALES_INVOICE, ids)
    assert totals == {renumbered.guid: Totals(net=renumbered.net, vat=renumbered.vat, gross=renumbered.gross)}


# --- rows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("codes", ["distinct", "all", "none"])
async def test_rows_tell_their_register_and_code(severa: Severa, codes: str) -> None:
    severa.reset(codes=codes)
    by_number = {invoice.number: invoice for invoice in (await invoices(severa, WAITING)).values()}
    shown = [
        (line.extra["severa_kind"], line.item_code, line.item_name, line.ledger_account)
        for line in by_number["1004"].lines
    ]
    assert shown == [
        ("work_type", "TYO-01", "Suunnittelu", "3000"),
        ("work_type", "TYO-02", "Projektinhallinta", "3000"),
        ("product", "A101", "Palvelinpaketti", "3010"),
        ("travel_expense", "MATKA", "Matkaliput", "3020"),
        ("travel_expense", "", "Pysäköinti", "3020"),
    ]
    # The same code in two registers, one of the entries out of use.
    twice = by_number["1008"].lines
    assert [(line.item_code, line.extra["severa_kind"]) for line in twice] == [
        ("A099", "product"),
        ("A100", "work_type"),
    ]
    assert [line.item_code for line in by_number["1005"].lines] == ["B/20", "TARVIKE 7"]
    (mixed,) = by_number["1012"].lines
    assert (mixed.item_code, mixed.item_source_id) == ("", "")
    assert mixed.extra["severa_codes"] == "TYO-01, TYO-02"
    (flat,) = by_number["1013"].lines
    assert (flat.extra["severa_kind"], flat.item_code, flat.description) == ("other", "", "Kiinteähintainen vaihe 1")
    zero = by_number["1009"].lines[1]
    assert (zero.item_code, zero.quantity, zero.net) == ("A101", D(0), D(0))


async def test_what_stands_on_an_invoice(severa: Severa) -> None:
    by_number = {invoice.number: invoice for invoice in (await invoices(severa, WAITING)).values()}
    invoice = by_number["1003"]
    assert (invoice.net, invoice.vat, invoice.gross) == (D(400), D(102), D(502))
    assert (invoice.date, invoice.due_date) == (dt.date(2026, 10, 1), dt.date(2026, 10, 15))
    assert (invoice.reference_number, invoice.currency, invoice.interest_percent) == ("10032", "EUR", D(8))
    assert (invoice.our_reference, invoice.order_number) == ("Aino Rautio", "PO-0001")
    assert invoice.bank_account is not None
    assert (invoice.bank_account.iban, invoice.bank_account.bic) == ("FI2112345600000785", "NDEAFIHH")
    party = invoice.party
    assert (party.name, party.registry_code, party.extra["number"]) == ("Kallion Kone Oy", "1234567-1", "101")
    assert (party.address.street, party.address.country) == ("Konekatu 3", "FI")
    assert (party.einvoice_address, party.einvoice_operator) == ("003712345671", "BAWCFI22")
    abroad = by_number["1007"]
    assert abroad.party.address.country == "EE"
    assert {line.vat_treatment for line in abroad.lines} == {VatTreatment.INTRA_EU_SUPPLY_SERVICES}
    # Nobody says why there is no VAT, so nobody guesses.
    assert {line.vat_treatment for line in by_number["1009"].lines} == {None}
    nowhere = by_number["1010"].party
    assert (nowhere.name, nowhere.address.street, nowhere.extra) == ("Osoitteeton Asiakas Tmi", "", {})


async def test_both_ways_of_saying_nothing_are_nothing(severa: Severa) -> None:
    plain = await invoices(severa, WAITING)
    severa.reset(nulls=False, soap_empty="nil", soap_missing="nil")
    assert [each.lines for each in (await invoices(severa, WAITING)).values()] == [
        each.lines for each in plain.values()
    ]
    source = severa.source()
    assert (await read(source, source_ids=(NOBODY,)))[0].is_deleted
    assert await source.fetch_parties([NOBODY, "x"]) == {}


# --- customers and registers ---------------------------------------------------------------------------------


async def test_customers_with_addresses_and_contacts(severa: Severa) -> None:
    source = severa.source()
    records = await read(source, (DocumentKind.CUSTOMER,))
    assert len(records) == 8
    parties: dict[str, Party] = {record.document.name: record.document for record in records}
    kallio = parties["Kallion Kone Oy"]
    assert (kallio.contact_name, kallio.email, kallio.payment_term_days) == (
        "Pekka Kallio",
        "laskut@asiakas1.example",
        14,
    )
    assert (kallio.address.postal_code, kallio.address.city, kallio.address.country) == ("00530", "Helsinki", "FI")
    assert kallio.extra == {"number": "101", "overdue_interest": "8", "language": "fi", "currency": "EUR"}
    assert parties["Põhjala Disain OÜ"].address.country == "EE"
    assert parties["Fjordkraft Verkstad AS"].address.country == "NO"
    bare = parties["Osoitteeton Asiakas Tmi"]
    assert (bare.address.street, bare.extra.get("number", ""), bare.vat_number) == ("", "", "")
    some = await source.fetch_parties([kallio.source_id, bare.source_id, NOBODY])
    assert some == {kallio.source_id: kallio, bare.source_id: bare}


async def test_customers_change_with_their_addresses(severa: Severa) -> None:
    source = severa.source()
    later = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10)
    assert await read(source, (DocumentKind.CUSTOMER,), changed_since=later) == []
    address = next(each for each in severa.store.tables["addresses"] if each.data["city"] == "Tampere")
    address.updated = later
    (record,) = await read(source, (DocumentKind.CUSTOMER,), changed_since=later)
    assert record.document.name == "Lumme Digital Oy"
    assert record.document.address.street == "Hämeenkatu 11 B 4"


async def test_many_customers_come_once_each(severa: Severa) -> None:
    severa.reset(data="empty")
    severa.emulator.seed({"invoices": 1, "customers": 120})
    severa.emulator.log.clear()
    records = await read(severa.source(), (DocumentKind.CUSTOMER,))
    assert len({record.source_id for record in records}) == len(records) == 120
    assert severa.calls() < 20


async def test_registers_hold_what_is_out_of_use_too(severa: Severa) -> None:
    source = severa.source()
    entries = await source.read_register()
    kinds = {kind: [each for each in entries if each.kind is kind] for kind in RegisterKind}
    assert [len(kinds[kind]) for kind in RegisterKind] == [7, 6, 4, 0]
    assert {each.code for each in entries if not each.is_active} == {"A099", "TYO-09"}
    assert {each.name for each in entries if not each.code} == {"Muu veloitus", "Koulutus", "Pysäköinti"}
    assert [each.kind for each in entries if each.code == "A100"] == [RegisterKind.PRODUCT, RegisterKind.WORK_TYPE]
    choices = {each.key: each for each in await source.catalogue(CatalogueKind.ITEMS)}
    assert len(choices) == 17
    old = next(each for each in choices.values() if each.extra["code"] == "TYO-09")
    assert (old.is_active, old.extra["kind"], old.label) == (False, "work_type", "TYO-09 Vanha työlaji")
    items: dict[str, Item] = await source.fetch_items(list(choices)[:3])
    assert {item.source_id for item in items.values()} == set(list(choices)[:3])
    listed = await read(source, (DocumentKind.ITEM,))
    assert {record.document.extra["severa_kind"] for record in listed} == {"product", "work_type", "travel_expense"}


# --- statuses ------------------------------------------------------------------------------------------------


async def test_statuses_are_listed(severa: Severa) -> None:
    choices = {each.label: each for each in await severa.source().catalogue(CatalogueKind.STATUSES)}
    assert len(choices) == 6
    assert choices[WAITING].extra == {"has_number": "1", "is_sent": "1", "is_read_only": "1"}
    assert not choices["Valmis lähetettäväksi Netvisoriin"].is_active
    assert (choices[WAITING].key == WAITING) is (severa.api == "soap")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("Odottaa siirtoa Marsiin", "STATUS_NOT_FOUND"),
        ("Valmis lähetettäväksi Netvisoriin", "STATUS_NOT_ACTIVE"),
        ("Kahdesti", "STATUS_NOT_UNIQUE"),
    ],
)
async def test_a_status_must_be_there_in_use_and_alone(severa: Severa, status: str, code: str) -> None:
    for _twice in range(2):
        severa.emulator.seed({"records": {"invoicestatuses": [{"name": "Kahdesti", "isActive": True}]}})
    source = severa.source()
    with pytest.raises(Misconfigured) as caught:
        await read(source, status=status)
    assert caught.value.code == code
    assert caught.value.params["status"] == status
    with pytest.raises(Misconfigured, match=code):
        await source.write_status(DocumentKind.SALES_INVOICE, severa.invoice(1003).guid, status)


async def test_a_renamed_status_is_an_error_by_its_old_name(severa: Severa) -> None:
    severa.store.status_named(WAITING).data["name"] = "Uusi nimi"
    with pytest.raises(Misconfigured, match="STATUS_NOT_FOUND") as caught:
        await read(severa.source(), status=WAITING)
    assert "Uusi nimi" in caught.value.params["known"]


async def test_a_status_is_written_once(severa: Severa) -> None:
    source, invoice = severa.source(), severa.invoice(1003)
    keys = {each.label: each.key for each in await source.catalogue(CatalogueKind.STATUSES)}
    await source.write_status(DocumentKind.SALES_INVOICE, invoice.guid, keys[TRANSFERRED])
    assert books(severa)[invoice.guid]["status"] == TRANSFERRED
    severa.emulator.log.clear()
    await source.write_status(DocumentKind.SALES_INVOICE, invoice.guid, f" {TRANSFERRED.upper()} ")
    assert severa.calls() == 1
    assert invoice.guid not in await invoices(severa, WAITING)


async def test_what_cannot_be_moved_is_refused_by_name(severa: Severa) -> None:
    source = severa.source()
    with pytest.raises(Refused, match="NOT_FOUND_AT_SOURCE"):
        await source.write_status(DocumentKind.SALES_INVOICE, NOBODY, TRANSFERRED)
    with pytest.raises(Refused, match="NOT_FOUND_AT_SOURCE"):
        await source.write_status(DocumentKind.SALES_INVOICE, "no guid", TRANSFERRED)
    with pytest.raises(Unsupported):
        await source.write_status(DocumentKind.CUSTOMER, NOBODY, TRANSFERRED)
    severa.reset(read_only="all")
    invoice = severa.invoice(1003)
    with pytest.raises(Refused, match="STATUS_REFUSED") as caught:
        await severa.source().write_status(DocumentKind.SALES_INVOICE, invoice.guid, TRANSFERRED)
    assert caught.value.params["status"] == TRANSFERRED
    assert books(severa)[invoice.guid]["status"] == WAITING


async def test_a_status_renamed_during_a_run_is_noticed(severa: Severa) -> None:
    source = severa.source()
    await source.write_status(DocumentKind.SALES_INVOICE, severa.invoice(1003).guid, TRANSFERRED)
    severa.store.status_named(TRANSFERRED).data |= {"name": "Toinen", "isActive": False}
    with pytest.raises(Misconfigured, match="STATUS_NOT"):
        await source.write_status(DocumentKind.SALES_INVOICE, severa.invoice(1004).guid, TRANSFERRED)


@pytest.mark.parametrize("kind", ["drop_after", "error_after", "half", "html", "drop_before", "error_before"])
async def test_whatever_happens_to_the_answer_the_status_is_known(severa: Severa, kind: str) -> None:
    source, invoice = severa.source(), severa.invoice(1003)
    await source.write_status(DocumentKind.SALES_INVOICE, invoice.guid, WAITING)  # nothing to do, all is known
    severa.fault_of_write(kind, status=500)
    severa.emulator.log.clear()
    try:
        await source.write_status(DocumentKind.SALES_INVOICE, invoice.guid, TRANSFERRED)
    except Retry:
        assert books(severa)[invoice.guid]["status"] == WAITING
        await source.write_status(DocumentKind.SALES_INVOICE, invoice.guid, TRANSFERRED)
    assert books(severa)[invoice.guid]["status"] == TRANSFERRED


# --- files ---------------------------------------------------------------------------------------------------


async def test_a_ready_finvoice(severa: Severa) -> None:
    from lxml import etree

    source, invoice = severa.source(), severa.invoice(1004)
    root = etree.fromstring(await source.fetch_finvoice(invoice.guid))
    assert (root.tag, root.get("Version")) == ("Finvoice", "3.0")
    assert root.findtext("InvoiceDetails/InvoiceNumber") == "1004"
    assert root.findtext("BuyerPartyDetails/BuyerOrganisationName") == "Tammisto Rakennus Oy"
    with pytest.raises(Unsupported, match="FINVOICE_NOT_GIVEN"):
        await source.fetch_finvoice(severa.invoice(1005).guid)  # its customer takes no e-invoices
    with pytest.raises(Refused, match="NOT_FOUND_AT_SOURCE"):
        await source.fetch_finvoice(NOBODY)
    severa.reset(finvoice_addon=False)
    with pytest.raises(Unsupported, match="FINVOICE_NOT_GIVEN"):
        await severa.source().fetch_finvoice(severa.invoice(1004).guid)


async def test_the_picture_of_an_invoice(severa: Severa) -> None:
    assert (await severa.source().fetch_attachment(severa.invoice(1004).guid)).startswith(b"%PDF-")


# --- what goes wrong -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"terms_approved": False}, "TERMS_NOT_APPROVED"),
        ({"organization_active": False}, "ORGANISATION_NOT_ACTIVE"),
        ({"client_secret": "another", "soap_key": "another"}, "KEY_REFUSED"),
    ],
)
async def test_a_door_that_is_shut_names_why(severa: Severa, options: dict[str, Any], code: str) -> None:
    source = severa.source()
    severa.reset(**options)
    with pytest.raises(Misconfigured) as caught:
        await source.check_connection()
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("html", {"HTML_ANSWER"}),
        ("half", {"NOT_JSON", "NOT_XML", "TARGET_BUSY"}),
        ("error_before", {"TARGET_BUSY"}),
        ("internal_error", {"TARGET_BUSY"}),
        ("throttle", {"TARGET_BUSY"}),
        ("quota_spent", {"TARGET_BUSY", "DAILY_BUDGET_SPENT"}),
    ],
)
async def test_failing_reads_may_be_tried_again(severa: Severa, kind: str, codes: set[str]) -> None:
    source = severa.source()
    await source.catalogue(CatalogueKind.STATUSES)
    severa.fault(kind, status=500 if kind == "error_before" else None)
    with pytest.raises(Retry) as caught:
        await source.catalogue(CatalogueKind.STATUSES)
    assert caught.value.code in codes


async def test_no_secret_is_in_an_error(severa: Severa) -> None:
    source = severa.source()
    secrets = [value for name, value in severa.started.credentials.items() if name != "client_id"]
    severa.reset(client_secret="another", soap_key="another")
    severa.fault("internal_error", after=1)
    for _try in range(2):
        with pytest.raises(TilisiltaError) as caught:
            await source.check_connection()
        error = caught.value
        told = repr((str(error), error.params, error.evidence))
        assert not any(secret in told for secret in secrets)


async def test_check_names_the_organisation(severa: Severa) -> None:
    info = await severa.source().check_connection()
    assert (info.environment, info.registry_code, info.missing_rights) == ("Naava Suunnittelu Oy", "2987654-8", ())
    assert info.details["api"].lower() == severa.api


async def test_missing_rights_are_named(severa: Severa) -> None:
    granted = ["invoices:read", "customers:read", "settings:read", "fees:read", "hours:read", "travels:read"]
    severa.reset(scopes=granted, soap_rights="read")
    source = severa.source()
    info = await source.check_connection()
    expected = ("invoices:write", "organization:read") if severa.api == "rest" else ("SOAP API: administrator",)
    assert info.missing_rights == expected
    assert len(await read(source, status=WAITING)) == 11
    with pytest.raises(Misconfigured, match="RIGHT_MISSING"):
        await source.write_status(DocumentKind.SALES_INVOICE, severa.invoice(1003).guid, TRANSFERRED)


async def test_unknown_kinds_are_said_so(severa: Severa) -> None:
    with pytest.raises(Unsupported):
        await read(severa.source(), (DocumentKind.PAYMENT,))
    with pytest.raises(Unsupported):
        await severa.source().read_totals(DocumentKind.CUSTOMER, [NOBODY])


async def test_a_listing_goes_on_from_its_token(severa: Severa) -> None:
    severa.reset(data="empty")
    severa.emulator.seed({"invoices": 115, "from": "2026-01-01", "to": "2026-12-31"})
    source = severa.source()
    request = {"kinds": INVOICES, "date_from": dt.date(2026, 1, 1), "date_to": dt.date(2026, 12, 31)}
    pages = source.fetch(FetchRequest(**request))
    first = await anext(pages)
    await pages.aclose()
    assert first.next_token
    rest = await read(source, token=first.next_token, **{name: request[name] for name in ("date_from", "date_to")})
    ids = {record.source_id for record in (*first.records, *rest)}
    assert len(ids) == 115


async def test_customers_go_on_from_their_token(severa: Severa) -> None:
    severa.reset(data="empty")
    severa.emulator.seed({"invoices": 1, "customers": 120})
    source = severa.source()
    kinds = (DocumentKind.CUSTOMER,)
    pages = source.fetch(FetchRequest(kinds=kinds))
    first = await anext(pages)
    await pages.aclose()
    rest = await read(source, kinds, token=first.next_token)
    ids = [record.source_id for record in (*first.records, *rest)]
    assert len(ids) == len(set(ids)) == 120


async def test_what_waits_is_asked_for_again_when_a_listing_goes_on(severa: Severa) -> None:
    severa.reset(data="empty")
    severa.emulator.seed({"invoices": 103, "rows": 1})
    source = severa.source()
    pages = source.fetch_by_status(WAITING, FetchRequest(kinds=INVOICES))
    first = await anext(pages)
    await pages.aclose()
    transferred = severa.store.status_named(TRANSFERRED)
    for record in first.records:
        invoicing.set_status(severa.store, severa.invoice(int(record.number)), transferred)
    rest = await read(source, status=WAITING, token=first.next_token)
    assert {record.source_id for record in rest} == set(books(severa, WAITING))
    assert len(first.records) + len(rest) == 103


async def test_a_storm_leaves_every_status_known(severa: Severa) -> None:
    source = severa.source()
    kinds = ("drop_before", "drop_after", "error_before", "error_after", "html", "half", "throttle", "internal_error")
    for seed, kind in enumerate(kinds):
        status = 500 if kind.startswith("error") else None
        severa.fault(kind, times=None, probability=0.015, seed=seed, status=status, retry_after_s=0)
    severa.fault("expire_token", times=3, after=5)
    for _round in range(100):
        try:
            waiting = [record.source_id for record in await read(source, status=WAITING)]
        except Retry:
            continue
        for guid in waiting:
            try:
                await source.write_status(DocumentKind.SALES_INVOICE, guid, TRANSFERRED)
            except Retry:
                pass  # it waits, and is met again
            else:
                assert books(severa)[guid]["status"] == TRANSFERRED
        if not waiting:
            break
    assert books(severa, WAITING) == {}
    assert sum(rule.fired for rule in severa.emulator.faults.rules) > 5
    severa.emulator.faults.clear()
    assert await read(source, status=WAITING) == []
