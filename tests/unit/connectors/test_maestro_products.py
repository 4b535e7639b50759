"""Maestro's product export: letters, columns, and everything that spoils them."""

from decimal import Decimal

import pytest

from tilisilta.connectors.maestro.products import Product, read_products
from tilisilta.core.errors import Misconfigured

HEADER = "TuoteId;PääryhmäId;ToimittajaId;Tuotenumero;Nimi;Yksikkö;Alv;Aktiivinen\r\n"
TABLE = (
    HEADER
    + "A1;A;;SUU;Suunnittelutyö;h;25,5;K\r\n\r\nC1;C;;LIS;Lisenssi 10 €;kpl;13,5 %;E\r\nA/0;A;;;Yleistuote;;;\r\n"
)


def refused(content: bytes, encoding: str = "detect") -> tuple[str, str]:
    with pytest.raises(Misconfigured) as caught:
        read_products(content, file="in/products.csv", encoding=encoding)
    assert caught.value.code == "PRODUCTS_UNREADABLE"
    assert caught.value.params["file"] == "in/products.csv"
    return caught.value.params["line"], caught.value.params["rule"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "iso8859-15"])
def test_letters_are_told_apart(codec: str) -> None:
    products = read_products(TABLE.encode(codec), file="x")
    assert products == (
        Product(id="A1", group="A", number="SUU", name="Suunnittelutyö", unit="h", vat_rate=Decimal("25.5")),
        Product(
            id="C1",
            group="C",
            number="LIS",
            name="Lisenssi 10 €",
            unit="kpl",
            vat_rate=Decimal("13.5"),
            is_active=False,
        ),
        Product(id="A/0", group="A", name="Yleistuote"),
    )


@pytest.mark.parametrize("separator", [",", "\t"])
def test_separators_are_found_out_and_columns_come_in_any_order(separator: str) -> None:
    table = 'Nimi;TuoteId\n"Työ, ""hyvä""";A1\n'.replace(";", separator)
    assert read_products(table.encode(), file="x") == (Product(id="A1", name='Työ, "hyvä"'),)


def test_a_wrong_encoding_is_told_by_its_line() -> None:
    assert refused(TABLE.encode("cp1252"), "utf-8") == ("1", "byte 0xE4 is not utf-8")
    assert refused(TABLE.encode("utf-8"), "windows-1252") == ("1", "the letters are UTF-8, not windows-1252")
    assert refused(TABLE.encode("cp1252"), "iso-8859-15") == ("4", "a letter is not iso-8859-15")
    assert refused(TABLE.encode("utf-16"))[1].startswith("the encoding is UTF-16")


def test_what_a_spreadsheet_spoilt_is_told_by_its_line() -> None:
    twice = TABLE.encode("utf-8").decode("cp1252", "replace").encode("utf-8")
    assert refused(twice)[0] == "1"
    plain = "TuoteId;Nimi\nA1;Suunnittelu\nA2;Ty\ufffd\n"
    assert refused(plain.encode()) == ("3", "letters were lost before the file came here")


@pytest.mark.parametrize(
    ("table", "line", "rule"),
    [
        ("", "1", "the file is empty"),
        ("Nimi;Hinta\nTyö;5\n", "1", "there is no column TuoteId"),
        ("TuoteId;Hinta\nA1;5\n", "1", "there is no column Nimi"),
        ("TuoteId;Nimi\n;Työ\n", "2", "a product without TuoteId"),
        ("TuoteId;Nimi\nA1;Työ\nA1;Toinen\n", "3", "product A1 is there twice"),
        ("TuoteId;Nimi;Alv\nA1;Työ;paljon\n", "2", "paljon is not a VAT rate"),
        ("TuoteId;Nimi;Alv\nA1;Työ;255\n", "2", "255 is not a VAT rate"),
    ],
)
def test_rows_that_cannot_be_used_are_told_by_line(table: str, line: str, rule: str) -> None:
    assert refused(table.encode()) == (line, rule)
