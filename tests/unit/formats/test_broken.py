"""Files that must be refused, each by its own name."""

import json
import zipfile
from io import BytesIO

import pytest
from tests.unit.formats.crafted import SOAP, fin_row, finvoice, priced

from tilisilta.core.errors import BadInput
from tilisilta.formats import MAX_BYTES, read_file

ROW = fin_row(*priced("2", "50,00", "24", "100,00", "24,00"), name="Sähkö")
GOOD = finvoice([ROW])


def refusal(content: bytes) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_file(content, "bad.xml")
    assert caught.value.params["file"] == "bad.xml"
    return caught.value


def line_of(text: str, needle: str) -> str:
    return str(next(at for at, each in enumerate(text.splitlines(), start=1) if needle in each))


@pytest.mark.parametrize("content", [b"", b"  \n\t", b"\xef\xbb\xbf", b"\x00\x00"])
def test_empty(content: bytes):
    error = refusal(content)
    assert (error.code, error.params["check"]) == ("UNREADABLE", "empty")


def archive(name: str) -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr(name, "<Finvoice/>")
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (archive("invoice.xml"), "ZIP archive"),
        (archive("xl/workbook.xml"), "XLSX spreadsheet"),
        (archive("META-INF/container.xml"), "ASiC container"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n", "PNG image"),
        (b"<!DOCTYPE html><html><body>Login</body></html>", "HTML page"),
        (b"  <HTML><p>", "HTML page"),
        (json.dumps({"invoice": 1}).encode(), "JSON"),
        (b"number;date\n1;2", "text, not XML"),
        (b"<INVOICE_CENTER><x/></INVOICE_CENTER>", "TEAPPSXML"),
        (b'<x:CrossIndustryInvoice xmlns:x="urn:un"/>', "UN/CEFACT CII (Factur-X, ZUGFeRD)"),
        (b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>', "UBL Order"),
        (b'<Reminder xmlns="urn:oasis:names:specification:ubl:schema:xsd:Reminder-2"/>', "UBL Reminder"),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>', "ISO 20022 camt.053"),
        (b"<Something/>", "XML <Something>"),
        (SOAP.encode(), "SOAP frame without an invoice"),
    ],
)
def test_wrong_kinds_by_name(content: bytes, kind: str):
    error = refusal(content)
    assert (error.code, error.params["kind"]) == ("FILE_WRONG_KIND", kind)


def test_too_large():
    error = refusal(b"<" + b" " * MAX_BYTES)
    assert error.code == "FILE_TOO_LARGE"
    assert error.params["limit"] == "50 MB"
    assert error.params["size_bytes"] == str(MAX_BYTES + 1)


def test_one_huge_value():
    error = refusal(GOOD.replace("Sähkö", "A" * 10_100_000).encode())
    assert (error.code, error.params["limit"]) == ("FILE_TOO_LARGE", "10 MB (one attachment)")


def test_truncated():
    error = refusal(GOOD[: len(GOOD) // 2].encode())
    assert (error.code, error.params["check"]) == ("UNREADABLE", "well-formed")
    assert int(error.params["line"]) > 1


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE Finvoice [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE Finvoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE Finvoice [<!ENTITY % p SYSTEM "http://127.0.0.1:9/evil.dtd"> %p;]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities(doctype: str, encoding: str):
    text = f"<?xml version='1.0' encoding='{encoding}'?>\n{doctype}\n<Finvoice Version='3.0'>&a;</Finvoice>"
    error = refusal(text.encode(encoding))
    assert (error.code, error.params["check"], error.params["line"]) == ("UNREADABLE", "no-entities", "2")


def test_undeclared_entity():
    assert refusal(GOOD.replace("LASKU", "&lasku;").encode()).params["check"] == "well-formed"


@pytest.mark.parametrize("depth", [150, 5000])
def test_deep_nesting(depth: int):
    text = f"<Finvoice Version='3.0'>{'<a>' * depth}{'</a>' * depth}</Finvoice>"
    error = refusal(text.encode())
    assert error.code == "UNREADABLE"
    assert error.params["check"] in {"depth", "well-formed"}


def test_declared_utf8_but_latin():
    error = refusal(GOOD.encode("iso-8859-15"))
    assert (error.code, error.params["check"]) == ("UNREADABLE", "charset")
    assert error.params["line"] == line_of(GOOD, "Sähkö")
    assert "0xE4" in error.params["rule"]


def test_declared_latin_but_utf8():
    text = finvoice([ROW], declaration='<?xml version="1.0" encoding="ISO-8859-15"?>')
    error = refusal(text.encode())
    assert (error.code, error.params["check"]) == ("UNREADABLE", "charset")
    assert error.params["line"] == line_of(text, "Sähkö")
    (good,) = read_file(text.encode("iso-8859-15"), "f.xml").records
    assert good.document is not None
    assert good.document.lines[0].item_name == "Sähkö"


@pytest.mark.parametrize("name", ["utf-7", "rot13", "punycode", "x-unknown", "ebcdic-cp-us"])
def test_charsets_that_are_not_taken(name: str):
    error = refusal(f'<?xml version="1.0" encoding="{name}"?><Finvoice/>'.encode())
    assert error.params["check"] == "charset"
    assert name in error.params["rule"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks(encoding: str):
    text = GOOD.replace("UTF-8", encoding.removesuffix("-sig"))
    (found,) = read_file(text.encode(encoding), "f.xml").records
    assert found.document is not None
    assert found.document.lines[0].item_name == "Sähkö"


def test_blank_lines_before_the_declaration_keep_the_line_numbers():
    text = "\n\n\n" + GOOD.replace(">20240301</InvoiceDate>", ">x</InvoiceDate>")
    (found,) = read_file(text.encode(), "f.xml").records
    assert found.document is None
    assert found.problems[0].params["line"] == line_of(text, ">x</InvoiceDate>")


def test_external_dtd_is_ignored():
    text = GOOD.replace("<Finvoice ", '<!DOCTYPE Finvoice SYSTEM "http://127.0.0.1:9/Finvoice.dtd">\n<Finvoice ')
    (found,) = read_file(text.encode(), "f.xml").records
    assert found.document is not None


def test_schema_errors_are_bounded():
    rows = [ROW.replace("100,00", "sata")] * 100
    (found,) = read_file(finvoice(rows).encode(), "f.xml").records
    assert len(found.problems) == 10


def test_missing_parts_of_a_root():
    (found,) = read_file(b'<Finvoice Version="3.0"><SellerPartyDetails/></Finvoice>', "f.xml").records
    assert found.document is None
    assert found.problems[0].code == "SCHEMA_VIOLATION"
    assert found.problems[0].params["line"] == "1"


def test_absurd_amounts_do_not_break_the_reader():
    text = GOOD.replace("100,00", "999999999999999,99999")
    (found,) = read_file(text.encode(), "f.xml").records
    assert found.document is not None
