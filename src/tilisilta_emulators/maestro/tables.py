"""CSV files: the product export, customers, and the agreed layout of invoice rows."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from tilisilta_emulators.maestro.finvoice import number_of
from tilisilta_emulators.maestro.records import Customer, Invoice, Product, Refused, Row

PRODUCT_HEADER = (
    "TuoteId",
    "PääryhmäId",
    "ToimittajaId",
    "Tuotenumero",
    "Nimi",
    "Yksikkö",
    "Alv",
    "Tili",
    "Aktiivinen",
)
_HUNDRED, _CENT = Decimal(100), Decimal("0.01")


def write_products(products: Iterable[Product], encoding: str) -> bytes:
    """Return the register as Maestro's own export has it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(PRODUCT_HEADER)
    for each in products:
        rate = f"{each.vat_rate:f}".replace(".", ",")
        cells = (each.id, each.group, each.supplier, each.number, each.name, each.unit, rate, each.account)
        writer.writerow((*cells, "K" if each.is_active else "E"))
    return out.getvalue().encode(encoding)


def read_table(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a file by header; UTF-8 with its mark, else Windows-1252."""
    text = content.decode("utf-8-sig") if content.startswith(b"\xef\xbb\xbf") else content.decode("cp1252")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";", restkey="", restval=""))
    if any("" in row for row in rows):
        raise Refused("FORMAT", "a row has more cells than the header")
    return rows


def read_customers(content: bytes, file: str) -> list[Customer]:
    """Return the customers of a file. Raises Refused when a number or name is missing."""
    customers = []
    for row in read_table(content):
        if not row.get("customer_no") or not row.get("name"):
            raise Refused("FORMAT", "a customer needs number and name")
        customers.append(
            Customer(
                number=row["customer_no"],
                name=row["name"],
                business_id=row.get("business_id", ""),
                fields=dict(row),
                file=file,
            )
        )
    return customers


def read_rows(content: bytes) -> Invoice:
    """Return the invoice that a file of the agreed layout holds."""
    rows = read_table(content)
    if not rows or not rows[0].get("invoice_no"):
        raise Refused("FORMAT", "there is no invoice in it")
    first = rows[0]
    lines = [
        Row(
            product="",
            code=row.get("product", ""),
            name=row.get("description", ""),
            quantity=number_of(row.get("quantity", "")),
            unit=row.get("unit", ""),
            price=number_of(row.get("unit_price", "")),
            net=number_of(row.get("net", "")),
            vat_rate=number_of(row.get("vat_rate", "")),
        )
        for row in rows
    ]
    net = sum((line.net for line in lines), Decimal(0))
    by_rate: dict[Decimal, Decimal] = {}
    for line in lines:
        by_rate[line.vat_rate] = by_rate.get(line.vat_rate, Decimal(0)) + line.net
    vat = sum(((total * rate / _HUNDRED).quantize(_CENT) for rate, total in by_rate.items()), Decimal(0))
    return Invoice(
        number=first["invoice_no"],
        kind=first.get("type", "invoice"),
        date=date.fromisoformat(first.get("date", "")),
        due_date=date.fromisoformat(first["due_date"]) if first.get("due_date") else None,
        customer=first.get("customer_no", ""),
        customer_name=first.get("customer_name", ""),
        currency=first.get("currency", "EUR"),
        net=net,
        vat=vat,
        gross=net + vat,
        rounding=Decimal(0),
        delivery="",
        sha256="",
        file="",
        rows=lines,
        reference=first.get("reference", ""),
    )
