"""Maestro's files: Finvoice by its schema, agreed CSV layouts, settings, names and acknowledgements."""

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import asyncssh
import msgspec
import pytest
from lxml import etree
from tests.contract.maestro.conftest import SELLER, draft, party
from tests.contract.recorded import Recorded, StillClock, json_response

from tilisilta.connectors import load
from tilisilta.connectors.maestro.acknowledgements import read_answer
from tilisilta.connectors.maestro.manifest import ERRORS
from tilisilta.connectors.maestro.options import Column, CsvStyle, Options, key_lines, read_options
from tilisilta.connectors.maestro.write_csv import CUSTOMER_FIELDS, ROW_FIELDS, customer_values, row_values, write_table
from tilisilta.connectors.maestro.write_invoice import prepared_invoice, write_document, write_picture
from tilisilta.connectors.maestro.write_text import Texts
from tilisilta.core.documents import AttachmentRef, Direction, InvoiceLine, LineKind
from tilisilta.core.errors import Misconfigured, Refused, Unsupported
from tilisilta.kit.budget import MemoryBudgetStore
from tilisilta.ports.answers import AckState
from tilisilta.ports.own import OwnStores

D = Decimal


def options(**settings: str) -> Options:
    return read_options({**SELLER, **settings}, customer_fields=CUSTOMER_FIELDS, row_fields=ROW_FIELDS)


def with_row(**fields: Any) -> Any:
    made = draft()
    row = msgspec.structs.replace(made.lines[0].line, **fields)
    lines = (msgspec.structs.replace(made.lines[0], line=row),)
    return msgspec.structs.replace(made, lines=lines)


def written(given: Any, **settings: str) -> tuple[Any, list[str]]:
    texts = Texts()
    content = write_document(prepared_invoice(given, texts), given.party_id, options(**settings))
    return etree.fromstring(content), [each.code for each in texts.warnings]


# --- Finvoice ------------------------------------------------------------------------------------------------


def test_the_finvoice_names_customer_product_and_seller() -> None:
    root, warnings = written(draft("0123456789abcdef", "A/0", "A12"))
    assert warnings == []
    assert root.findtext("InvoiceDetails/SellersBuyerIdentifier") == "120"
    assert [each.text for each in root.iter("ArticleIdentifier")] == ["A/0", "A12"]
    assert root.findtext("SellerPartyDetails/SellerOrganisationName") == "Esimerkki Konsultit Oy"
    assert root.find(".//SellerBic").text == "NDEAFIHH"
    assert root.find("MessageTransmissionDetails") is None


def test_quantities_stand_as_delivered_and_as_invoiced() -> None:
    root, _ = written(draft())
    for row in root.findall("InvoiceRow"):
        delivered, invoiced = row.find("DeliveredQuantity"), row.find("InvoicedQuantity")
        assert (delivered.text, dict(delivered.attrib)) == (invoiced.text, dict(invoiced.attrib))
        assert delivered.text


def test_the_same_invoice_gives_the_same_bytes() -> None:
    first, second = (write_document(prepared_invoice(draft(), Texts()), "120", options()) for _ in range(2))
    assert first == second
    pictures = [write_picture(prepared_invoice(draft(), Texts()), options()) for _ in range(2)]
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"%PDF")


def test_long_texts_go_on_in_the_next_place() -> None:
    name, said = "Suunnittelu ja toteutus " * 6, "Erittely kohdittain. " * 40
    root, _ = written(with_row(item_name=name, description=said))
    assert len(root.findtext("InvoiceRow/ArticleName")) <= 100
    assert len(root.findtext("InvoiceRow/ArticleDescription")) <= 512
    rows = root.findall("InvoiceRow")
    texts = [rows[0].findtext("ArticleName"), rows[0].findtext("ArticleDescription"), rows[1].findtext("RowFreeText")]
    assert "".join("".join(texts).split()) == "".join((name + said).split())


def test_letters_stay_in_the_other_encoding() -> None:
    content = write_document(
        prepared_invoice(with_row(item_name="Äänitys €"), Texts()), "", options(finvoice_encoding="ISO-8859-15")
    )
    assert b"ISO-8859-15" in content[:60]
    assert "Äänitys €".encode("iso8859-15") in content


def test_a_row_of_zero_pieces_keeps_its_money() -> None:
    root, _ = written(with_row(quantity=D(0), unit_price=D(0)))
    row = root.find("InvoiceRow")
    assert (row.findtext("InvoicedQuantity"), row.findtext("UnitPriceAmount")) == ("1", "80,00")
    free = with_row(quantity=D(0), unit_price=D("80.00"), net=D(0))
    nothing = msgspec.structs.replace(
        free.invoice, net=D(0), vat=D(0), gross=D(0), lines=tuple(each.line for each in free.lines)
    )
    root, _ = written(msgspec.structs.replace(free, invoice=nothing))
    assert (root.findtext("InvoiceRow/InvoicedQuantity"), root.findtext("InvoiceRow/RowVatExcludedAmount")) == (
        "0",
        "0,00",
    )


def test_what_does_not_fit_is_told() -> None:
    files = (AttachmentRef(source_id="1", name="tunnit.pdf"),)
    given = msgspec.structs.replace(
        draft(), invoice=msgspec.structs.replace(draft().invoice, attachments=files, party=party(name="K" * 90))
    )
    _, warnings = written(given)
    assert warnings == ["ATTACHMENTS_NOT_CARRIED", "TEXT_CUT"]
    _, warnings = written(with_row(unit="henkilötyöpäivä"))
    assert warnings == ["TEXT_CUT"]


@pytest.mark.parametrize(
    ("fields", "field"), [({"number": "1" * 21}, "number"), ({"direction": Direction.PURCHASE}, "direction")]
)
def test_what_finvoice_cannot_say_is_unsupported(fields: dict[str, Any], field: str) -> None:
    given = draft()
    given = msgspec.structs.replace(given, invoice=msgspec.structs.replace(given.invoice, **fields))
    with pytest.raises(Unsupported) as caught:
        written(given)
    assert caught.value.params["field"] == field


def test_a_row_without_product_is_unsupported_and_broken_sums_are_refused() -> None:
    given = draft()
    bare = msgspec.structs.replace(given, lines=(msgspec.structs.replace(given.lines[0], item_id=""),))
    with pytest.raises(Unsupported):
        written(bare)
    wrong = msgspec.structs.replace(given, invoice=msgspec.structs.replace(given.invoice, gross=D("999.00")))
    with pytest.raises(Refused):
        written(wrong)


# --- CSV -----------------------------------------------------------------------------------------------------


def test_columns_are_named_and_chosen() -> None:
    chosen = options(csv_columns="Lasku=invoice_no;Tyhjä=;product;Summa=net", csv_decimal_mark="point")
    assert chosen.row_columns[:2] == (Column("Lasku", "invoice_no"), Column("Tyhjä", ""))
    rows = row_values(prepared_invoice(draft(), Texts()), delivery="d1", customer_number="120", dimension={})
    content = write_table(chosen.row_columns, rows, chosen.style, Texts())
    assert content == "\ufeffLasku;Tyhjä;product;Summa\r\n1042;;A1;80.00\r\n".encode()


def test_a_customer_file_is_quoted_only_where_needed_and_starts_no_formula() -> None:
    chosen = options(csv_separator="comma", csv_encoding="windows-1252")
    values = customer_values(party(name='=cmd|"x"', email="a,b@example.fi", phone="+358 40 (1) 23"), "120")
    texts = Texts()
    content = write_table(chosen.customer_columns, [values], chosen.style, texts)
    (row,) = csv.DictReader(io.StringIO(content.decode("cp1252"), newline=""))
    assert (row["name"], row["email"], row["phone"]) == ('\'=cmd|"x"', "a,b@example.fi", "+358 40 (1) 23")
    assert (row["customer_no"], row["active"], row["payment_term_days"]) == ("120", "1", "")
    assert texts.warnings == []


def test_letters_that_an_encoding_lacks_are_told() -> None:
    texts = Texts()
    style = CsvStyle(encoding="windows-1252")
    content = write_table([Column("n", "name")], [{"name": "Łódź"}], style, texts)
    assert content == b"n\r\n?\xf3d?\r\n"
    assert [(each.code, each.params["encoding"]) for each in texts.warnings] == [("LETTERS_LOST", "windows-1252")]


def test_a_table_of_rows_cannot_say_a_discount_on_the_whole() -> None:
    invoice = prepared_invoice(draft(), Texts())
    whole = InvoiceLine(position=2, kind=LineKind.ALLOWANCE, description="Alennus", net=D(-5))
    words = InvoiceLine(position=3, kind=LineKind.TEXT, description="Kiitos")
    with pytest.raises(Unsupported):
        row_values(
            msgspec.structs.replace(invoice, lines=(*invoice.lines, whole)),
            delivery="d",
            customer_number="1",
            dimension={},
        )
    (row,) = row_values(
        msgspec.structs.replace(invoice, is_credit_note=True, lines=(*invoice.lines, words)),
        delivery="d",
        customer_number="1",
        dimension={1: "KP1"},
    )
    assert (row["description"], row["net"], row["cost_centre"]) == ("Työ 1 Kiitos", D("-80.00"), "KP1")
    assert row["date"] == dt.date(2026, 1, 5)


# --- settings ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("route", "pigeon"),
        ("layout", "word"),
        ("delivered_when", "perhaps"),
        ("seller_iban", "FI2112345600000786"),
        ("csv_columns", "Lasku=invoice_number"),
        ("csv_columns", "a=net;a=vat_rate"),
        ("customer_columns", "secret"),
        ("products_file", "../../etc/passwd"),
        ("sftp_host_key", "aa:bb:cc"),
        ("sftp_port", "22a"),
        ("customer_series", "-4"),
    ],
)
def test_a_wrong_setting_is_named(field: str, value: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        build({field: value})
    assert (caught.value.code, caught.value.params["field"]) == ("SETTING_WRONG", field)


@pytest.mark.parametrize(
    "field", ["seller_name", "seller_registry_code", "sftp_host", "sftp_user", "sftp_key", "folder", "https_url"]
)
def test_a_missing_setting_is_named(field: str) -> None:
    routes = {"folder": "folder", "https_url": "https"}
    with pytest.raises(Misconfigured) as caught:
        build({field: "", "route": routes.get(field, "sftp")}, secret="" if field == "sftp_key" else "x" * 9)
    assert (caught.value.code, caught.value.params["field"]) == ("KEY_MISSING", field)


def test_keys_and_addresses_are_looked_at_at_once() -> None:
    for settings, code in (
        ({"sftp_key": "no key"}, "SFTP_KEY_UNREADABLE"),
        ({"route": "https", "https_url": "http://example.com/drop"}, "ADDRESS_NOT_SAFE"),
        ({"route": "folder", "folder": "/etc"}, "FOLDER_NOT_ALLOWED"),
    ):
        with pytest.raises(Misconfigured) as caught:
            build(settings)
        assert caught.value.code == code


@pytest.mark.parametrize("form", ["openssh", "pkcs8-pem"])
def test_a_key_may_come_in_one_line(form: str) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    text = key.export_private_key(form).decode()
    for given in (text, text.strip(), text.replace("\n", ""), text.replace("\n", " "), text.replace("\n", "\r\n")):
        read = asyncssh.import_private_key(key_lines(given))
        assert read.get_fingerprint() == key.get_fingerprint()


async def test_a_private_address_is_not_called_where_only_public_ones_may_be() -> None:
    maestro = build({"sftp_host_key": "SHA256:" + "a" * 43}, public_only=True)
    with pytest.raises(Misconfigured) as caught:
        await maestro.check_connection()
    assert caught.value.code == "ADDRESS_NOT_PUBLIC"


def build(settings: dict[str, str], *, secret: str = "x" * 9, public_only: bool = False) -> Any:
    clock = StillClock()
    common = {**SELLER, "sftp_host": "127.0.0.1", "sftp_user": "tilisilta"}
    return load("maestro").build(
        {"sftp_password": secret},
        {**common, **settings},
        transport=Recorded(json_response({})),
        budget=MemoryBudgetStore(clock),
        clock=clock,
        own=OwnStores(folders=("/srv/maestro",), public_only=public_only),
    )


# --- acknowledgements ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        ("DUPLICATE_NUMBER\nInvoice 1042 is there", "ALREADY_AT_TARGET", "DUPLICATE_NUMBER"),
        ("CUSTOMER_UNKNOWN\r\nAsiakasta ei ole", "CUSTOMER_NOT_IN_MAESTRO", "CUSTOMER_UNKNOWN"),
        ("E17\nTuntematon virhe", "MAESTRO_REFUSED", "E17"),
        ("", "MAESTRO_REFUSED", ""),
    ],
)
def test_an_error_is_told_by_its_first_line(text: str, code: str, reason: str) -> None:
    answer = read_answer(("\ufeff" + text).encode(), AckState.REFUSED, ERRORS)
    assert answer.problem is not None
    assert (answer.problem.code, answer.problem.params["reason"]) == (code, reason)


def test_totals_of_a_confirmation_are_read_where_they_are_told() -> None:
    told = read_answer(b"number = 77\ngross=1 234,50\nnet=much\n", AckState.CONFIRMED, ERRORS)
    assert (told.number, told.totals.gross, told.totals.net) == ("77", D("1234.5"), None)
    assert read_answer(b"", AckState.CONFIRMED, ERRORS).totals.gross is None
