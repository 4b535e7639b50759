import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.support.workspace import SUPPLIER, invoice, line, make_workspace
from tests.unit.formats.official import broken_rules

from tilisilta.core.documents import Item
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.formats import Seller, read_file, write_finvoice, write_ubl
from tilisilta.services.workspace import invoices
from tilisilta.services.workspace.items import save_item
from tilisilta.store.models import WorkspaceInvoice, WorkspaceParty

SALES = {
    "party": "Ostja OÜ",
    "registry_code": "12345678",
    "country": "EE",
    "date": "2026-10-05",
    "due_date": "2026-10-19",
    "currency": "EUR",
    "rows": "1",
    "row-0-description": "Töö",
    "row-0-quantity": "2,5",
    "row-0-price": "40",
    "row-0-vat": "24|domestic",
}
PURCHASE = SALES | {"party": "Müüja OÜ", "number": "A-77", "registry_code": "10000024"}


def only() -> WorkspaceInvoice:
    return WorkspaceInvoice.objects.get()


def test_a_sales_invoice_from_the_form_to_the_customer(office):
    client = office.client()
    page = client.get(office.url("invoices/sales/new/"))
    assert page.status_code == 200
    response = client.post(office.url("invoices/sales/new/"), SALES)
    row = only()
    assert response["Location"] == office.url(f"invoices/{row.pk}/")
    assert (row.stage, row.net_minor, row.vat_minor, row.gross_minor) == ("draft", 10000, 2400, 12400)
    assert row.party.registry_code == "12345678"
    assert b"%PDF" in client.get(office.url(f"invoices/{row.pk}/preview/")).content
    client.post(office.url(f"invoices/{row.pk}/send/"))
    page = client.get(office.url(f"invoices/{row.pk}/")).content.decode()
    assert "Invoice 1001" in page
    assert "Sent with the number 1001" in page
    assert "1001.pdf" in page
    listed = client.get(office.url("invoices/sales/?due=open")).content.decode()
    assert "1001" in listed
    assert "Ostja OÜ" in listed
    totals = client.get(office.url("invoices/sales/totals/")).content.decode()
    assert "124.00" in totals
    table = client.get(office.url("invoices/sales/export/?format=csv")).content.decode("utf-8-sig")
    assert "1001;2026-10-05;2026-10-19;Ostja OÜ" in table
    assert client.get(office.url("invoices/sales/export/?format=xlsx")).content.startswith(b"PK")


def test_wrong_fields_are_told_beside_them_and_nothing_is_kept(office):
    client = office.client()
    wrong = SALES | {
        "row-0-price": "nelikümmend",
        "due_date": "2026-10-01",
        "currency": "E1",
        "country": "Eesti",
    }
    response = client.post(office.url("invoices/sales/new/"), wrong)
    page = response.content.decode()
    assert response.status_code == 422
    assert "Write a number, such as 12,50." in page
    assert "Three letters, such as EUR." in page
    response = client.post(office.url("invoices/sales/new/"), SALES | {"due_date": "2026-10-01"})
    assert "The due date is before the invoice&#x27;s date." in response.content.decode()
    response = client.post(office.url("invoices/sales/new/"), SALES | {"row-0-vat": "22|domestic"})
    assert response.status_code == 422  # not in force on that day
    form = response.context["form"]
    assert form.rows[0].errors["vat"]
    response = client.post(office.url("invoices/sales/new/"), SALES | {"rows": "0"})
    assert "An invoice needs a row at least." in response.content.decode()
    assert not WorkspaceInvoice.objects.exists()
    assert not WorkspaceParty.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("iban", "EE382200221020145686", "check digits"),
        ("reference_number", "1234567", "check digit"),
        ("stated", "124,01", "off"),
        ("row-0-account", "9999999", "no such account"),
        ("row-0-project", "X1", "no such code"),
        ("row-0-discount", "120", "more than 100"),
        ("row-0-price", "1e20", "too large"),
    ],
)
def test_bad_input_of_a_purchase_invoice(office, field, value, told):
    from tilisilta.store.models import LedgerAccount

    LedgerAccount.objects.get_or_create(
        company=office.company, number="4000", defaults={"name": "x", "type": "expense"}
    )
    given = PURCHASE | {field: value}
    if field == "stated":
        given |= {"stated": "125"}
    response = office.client().post(office.url("invoices/purchases/new/"), given)
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not WorkspaceInvoice.objects.exists()


def test_the_supplier_s_rounding_of_vat_is_taken_from_the_total(office):
    rows = {"rows": "2", "row-1-description": "b", "row-1-price": "0.02", "row-1-vat": "24|domestic"}
    given = PURCHASE | rows | {"row-0-quantity": "1", "row-0-price": "0.02", "stated": "0.04"}
    assert office.client().post(office.url("invoices/purchases/new/"), given).status_code == 302
    assert (only().net_minor, only().vat_minor, only().gross_minor) == (4, 0, 4)


def test_a_double_is_told_at_the_number(office):
    client = office.client()
    assert client.post(office.url("invoices/purchases/new/"), PURCHASE).status_code == 302
    response = client.post(office.url("invoices/purchases/new/"), PURCHASE)
    assert response.status_code == 422
    assert "is here already" in response.context["form"].head.errors["number"][0]


def test_totals_come_live_and_rows_fill_from_items(office):
    save_item(
        office.actors["accountant"],
        Item(code="T1", name="Töötund", unit="h", sales_price=Decimal("55.50"), vat_rate=Decimal(24)),
    )
    client = office.client()
    live = client.post(office.url("invoices/sales/rows/"), SALES, headers={"HX-Request": "true"}).content.decode()
    assert 'id="sums"' in live
    assert "124.00" in live
    assert 'id="row-0-net" hx-swap-oob="true">100.00' in live
    fresh = client.post(office.url("invoices/sales/rows/?add=1"), SALES).content.decode()
    assert 'name="row-1-description"' in fresh
    assert 'id="row-count" value="2"' in fresh
    asked = {"rows": "1", "row-0-item": "t1", "row-0-quantity": "2", "currency": "EUR"}
    filled = client.post(office.url("invoices/sales/rows/?fill=0"), asked).content.decode()
    for each in ('value="T1"', 'value="Töötund"', 'value="55.50"', 'value="h"', "137.64"):
        assert each in filled
    assert client.post(office.url("invoices/sales/rows/?fill=7"), SALES).status_code == 404
    # Without scripts the page comes back with one row more.
    page = client.post(office.url("invoices/sales/new/"), SALES | {"add_row": "1"}).content.decode()
    assert 'name="row-1-description"' in page
    assert not WorkspaceInvoice.objects.exists()


def test_a_change_keeps_what_no_field_shows(office):
    actor = office.actors["accountant"]
    before = invoice("purchase", line("10", source_id="r1", item_name="Kruvi", warehouse="W", description=""))
    before = msgspec.structs.replace(
        before, rounding=Decimal("0.02"), extra={"format_version": "3.0"}, entry_date=dt.date(2026, 10, 6)
    )
    row = invoices.save_invoice(actor, before)
    client = office.client()
    page = client.get(office.url(f"invoices/{row.pk}/edit/"))
    form = page.context["form"]
    given = {f.html_name: f.value() for each in (form.head, form.rows[0]) for f in each if f.value() not in (None, "")}
    given |= {"rows": "1", "version": row.version_hash, "date": "2026-10-05", "due_date": "2026-10-19"}
    given["row-0-price"] = "10"
    given["row-0-quantity"] = "1"
    assert client.post(office.url(f"invoices/{row.pk}/edit/"), given | {"note": "uus"}).status_code == 302
    after = invoices.stored_invoice(only())
    assert after.note == "uus"
    assert msgspec.structs.replace(after, note="") == msgspec.structs.replace(
        invoices.stored_invoice(row), note="", party=after.party
    )
    # A second editor with the old version is told.
    response = client.post(office.url(f"invoices/{row.pk}/edit/"), given | {"note": "teine"})
    assert "Somebody else has changed" in response.content.decode()
    assert invoices.stored_invoice(only()).note == "uus"


def test_crediting_and_copying_from_the_page(office):
    actor = office.actors["accountant"]
    sent = invoices.send_sales(actor, invoices.save_invoice(actor, invoice()))
    client = office.client()
    response = client.post(office.url(f"invoices/{sent.pk}/credit/"))
    note = WorkspaceInvoice.objects.get(is_credit_note=True)
    assert response["Location"] == office.url(f"invoices/{note.pk}/edit/")
    assert f"invoices/{note.pk}/" in client.get(office.url(f"invoices/{sent.pk}/")).content.decode()
    bought = invoices.save_invoice(actor, invoice("purchase"))
    response = client.post(office.url(f"invoices/{bought.pk}/credit/"))
    page = client.get(response["Location"])
    assert page.context["form"].head["is_credit_note"].value() is True
    assert page.context["form"].head["credits"].value() == "A-1"
    assert client.post(office.url(f"invoices/{sent.pk}/copy/")).status_code == 302
    assert WorkspaceInvoice.objects.filter(stage="draft", is_credit_note=False).count() == 1


SELLER = Seller(
    name=SUPPLIER.name, registry_code=SUPPLIER.registry_code, vat_number=SUPPLIER.vat_number,
    address=SUPPLIER.address, bank_accounts=SUPPLIER.bank_accounts, einvoice_address="0191:10000024",
)  # fmt: skip


def finvoice(number="F-1", **more) -> bytes:
    made = invoice("sales", number=number, **more)
    seller = msgspec.structs.replace(SELLER, einvoice_address="003720774740", einvoice_operator="BAWCFI22")
    buyer = msgspec.structs.replace(made.party, einvoice_address="003712345671", einvoice_operator="NDEAFIHH")
    return write_finvoice(msgspec.structs.replace(made, party=buyer), seller)


def upload(office, *files):
    given = [SimpleUploadedFile(name, content) for name, content in files]
    return office.client().post(office.url("invoices/purchases/upload/"), {"files": given})


def test_files_become_purchase_invoices_once(office):
    both = finvoice("F-1") + b"\n" + finvoice("F-2")
    page = upload(office, ("mitu.xml", both), ("sama.xml", finvoice("F-2")), ("pilt.pdf", b"%PDF-1.4 ..."))
    results = {(each.number, each.outcome) for each in page.context["results"]}
    assert results == {("F-1", "taken"), ("F-2", "taken"), ("F-2", "known"), ("", "refused")}
    assert set(WorkspaceInvoice.objects.values_list("number", "stage", "origin", "gross_minor")) == {
        ("F-1", "received", "file", 12400),
        ("F-2", "received", "file", 12400),
    }
    assert WorkspaceParty.objects.get().is_supplier
    page = upload(office, ("jalle.xml", finvoice("F-1")))
    assert page.context["counts"] == {"refused": 0, "known": 1, "taken": 0}
    assert WorkspaceInvoice.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "nothing in it"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'b'>]><Finvoice>&b;</Finvoice>", "entities"),
        (b"<TEAPPSXML/>", "TEAPPSXML"),
        (b"PK\x03\x04" + bytes(40), "ZIP"),
        (finvoice().replace(b"UTF-8", b"ISO-8859-15", 1).replace("Töö".encode(), b"T\xc3", 1), ""),
        (finvoice().replace(b"124,00", b"124,01"), "124"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(office, content, told):
    page = upload(office, ("fail.xml", content))
    if content:
        (result,) = page.context["results"]
        if told:
            assert result.outcome == "refused", result
            assert told in result.text
            assert not WorkspaceInvoice.objects.exists()
    else:
        assert page.status_code in {200, 302}


def test_a_file_of_our_own_invoice_is_a_sale_that_was_sent(office):
    own = msgspec.structs.replace(SELLER, registry_code=office.company.registry_code)
    made = write_ubl(msgspec.structs.replace(invoice("sales", number="S-9"), your_reference="x"), own)
    upload(office, ("oma.xml", made))
    row = only()
    assert (row.direction, row.stage, row.number) == ("sales", "sent", "S-9")


def test_attachments_are_kept_apart_from_the_picture(office):
    actor = office.actors["accountant"]
    row = invoices.save_invoice(actor, invoice("purchase"))
    client = office.client()
    add = office.url(f"invoices/{row.pk}/files/")
    client.post(add, {"file": SimpleUploadedFile("arve.pdf", b"%PDF-1.4 x"), "is_image": "on"})
    client.post(add, {"file": SimpleUploadedFile("leping.pdf", b"%PDF-1.4 y")})
    client.post(add, {"file": SimpleUploadedFile("viirus.exe", b"MZ....")})
    files = {each.name: each for each in row.attachments.all()}
    assert {name: each.is_image for name, each in files.items()} == {"arve.pdf": True, "leping.pdf": False}
    client.post(office.url(f"invoices/{row.pk}/files/{files['leping.pdf'].pk}/image/"))
    assert row.attachments.get(is_image=True).name == "leping.pdf"
    got = client.get(office.url(f"invoices/{row.pk}/files/{files['arve.pdf'].pk}/"))
    assert got.content == b"%PDF-1.4 x"
    assert got["Content-Disposition"].startswith("attachment")
    client.post(office.url(f"invoices/{row.pk}/files/{files['arve.pdf'].pk}/remove/"))
    assert row.attachments.count() == 1
    client.post(office.url(f"invoices/{row.pk}/note/"), {"text": "küsisin üle"})
    assert "küsisin üle" in client.get(office.url(f"invoices/{row.pk}/")).content.decode()


@pytest.mark.parametrize("country", ["EE", "FI"])
def test_every_output_stands_its_schema(db, country):
    company, actor = make_workspace("Arvete OÜ", "arved@naidis.ee", country)
    rate = "24" if country == "EE" else "25.5"
    rows = (line("100", rate), line("50", "0", treatment=VatTreatment.INTRA_EU_SUPPLY_GOODS, position=2))
    buyer = msgspec.structs.replace(
        invoice().party, vat_number="FI20774740", einvoice_address="0216:003720774740", einvoice_operator="NDEAFIHH"
    )
    made = invoice("sales", *rows, party=buyer, your_reference="PO 1", delivery_date=dt.date(2026, 10, 1))
    row = invoices.send_sales(actor, invoices.save_invoice(actor, made))
    client = Client()
    client.force_login(actor.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    for kind in ("estonian", "peppol") if country == "EE" else ("finvoice", "peppol"):
        got = client.get(f"/c/{company.pk}/invoices/{row.pk}/as/{kind}/")
        told = [str(each) for each in get_messages(got.wsgi_request)]
        assert got["Content-Type"] == "application/xml", (kind, told)
        # Reading validates against the schema of the format.
        (record,) = read_file(got.content, f"{kind}.xml").records
        assert record.document is not None, record.problems
        assert (record.document.number, record.document.gross) == ("1001", row.gross_minor / Decimal(100))
        if kind == "peppol":
            assert broken_rules(got.content) == set()
    assert client.get(f"/c/{company.pk}/invoices/{row.pk}/as/pdf/").content.startswith(b"%PDF")
    assert client.get(f"/c/{company.pk}/invoices/{row.pk}/as/word/").status_code == 404
