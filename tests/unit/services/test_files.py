import os
from pathlib import Path

import pytest
from tests.unit.web_tables.factories import make_files_connection, make_shop

from tilisilta.core.errors import BadInput
from tilisilta.engine import folder
from tilisilta.engine.database import close_store
from tilisilta.engine.files import clean_name, document_keys
from tilisilta.engine.inbox import DbInbox
from tilisilta.formats import read_file
from tilisilta.services import files
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import AuditEntry, Document, FileOrigin, FileState, StoredFile

pytestmark = pytest.mark.django_db


def invoice(number="A-1", note="Teenus"):
    """A UBL invoice of one row, its totals right."""
    return UBL.format(number=number, note=note).encode()


UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
<cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
<cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-10-01</cbc:IssueDate><cbc:DueDate>2026-10-15</cbc:DueDate>
<cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Müüja OÜ</cbc:Name></cac:PartyName>
<cac:PostalAddress><cac:Country><cbc:IdentificationCode>EE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
<cac:PartyLegalEntity><cbc:RegistrationName>Müüja OÜ</cbc:RegistrationName><cbc:CompanyID>12345678</cbc:CompanyID>
</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity><cbc:RegistrationName>Ostja OÜ</cbc:RegistrationName>
<cbc:CompanyID>87654321</cbc:CompanyID></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">24.00</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">24.00</cbc:TaxAmount>
<cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>24</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
</cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">124.00</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">124.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">1</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>{note}</cbc:Name>
<cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>24</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID>
</cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item><cac:Price>
<cbc:PriceAmount currencyID="EUR">100.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine></Invoice>
"""
BROKEN = UBL.format(number="B-1", note="x").replace(
    "<cbc:IssueDate>2026-10-01</cbc:IssueDate>", "<cbc:IssueDate>eile</cbc:IssueDate>"
)
NOT_XML = UBL.format(number="B-2", note="x").replace("</cac:InvoiceLine></Invoice>", "")


@pytest.fixture
def shop():
    return make_shop()


@pytest.fixture
def inbox(shop):
    return make_files_connection(shop.company)


@pytest.fixture
def store_threads():
    """The threads of the store end with the test: PostgreSQL drops no database that somebody holds open."""
    yield
    close_store()


@pytest.fixture
def watched(inbox, settings, tmp_path):
    settings.FOLDER_ROOT = str(tmp_path / "in")
    path = folder.folder_of(inbox)
    path.mkdir(parents=True)
    return path


def put(path: Path, content: bytes, age_s: float = 60.0) -> Path:
    path.write_bytes(content)
    moment = path.stat().st_mtime - age_s
    os.utime(path, (moment, moment))
    return path


# --- taking ------------------------------------------------------------------------------------------------


def test_the_sample_of_these_tests_is_a_whole_invoice():
    reading = read_file(invoice(), "a.xml")
    assert reading.records[0].problems == ()


def test_a_file_is_taken_with_what_it_holds(shop, inbox):
    file = files.upload(shop.actor(), inbox, "arve.xml", invoice())
    assert (file.state, file.format, file.document_count, file.problems) == (FileState.READ, "ubl", 1, [])
    assert (file.origin, file.received_by, file.size_bytes) == (
        FileOrigin.UPLOAD,
        shop.people["accountant"],
        len(invoice()),
    )
    assert files.original(file) == invoice()
    assert AuditEntry.objects.get(action="file.uploaded").subject == "arve.xml"


def test_the_same_content_is_taken_once_and_said_so(shop, inbox):
    results = files.upload_many(
        shop.actor(), inbox, [("a.xml", invoice()), ("b.xml", invoice()), ("c.xml", invoice("A-2"))]
    )
    assert [each.outcome for each in results] == ["taken", "known", "taken"]
    assert "a.xml" in results[1].text
    assert StoredFile.objects.count() == 2
    assert AuditEntry.objects.count() == 2


def test_each_connection_takes_its_own(shop, inbox):
    second = make_files_connection(shop.company, "Teine")
    first = files.upload(shop.actor(), inbox, "a.xml", invoice())
    assert files.upload(shop.actor(), second, "a.xml", invoice()).pk != first.pk


def test_a_bad_file_is_refused_with_line_and_rule_and_stops_no_other(shop, inbox):
    results = files.upload_many(
        shop.actor(),
        inbox,
        [
            ("hea.xml", invoice()),
            ("vale.xml", BROKEN.encode()),
            ("pool.xml", NOT_XML.encode()),
            ("pilt.png", b"\x89PNG\r\n\x1a\n" + bytes(50)),
            ("tühi.xml", b""),
            ("teine.xml", invoice("A-9")),
        ],
    )
    assert [each.outcome for each in results] == ["taken", "refused", "refused", "refused", "refused", "taken"]
    assert str(results[4].text) == "tühi.xml: the file is empty."
    schema, half, picture = (files.shown_problems(each.file)[0] for each in results[1:4])
    assert schema.line == "7"
    assert "IssueDate" in schema.rule
    assert half.line == "28"
    assert "PNG" in picture.cause
    assert [each.file.state for each in results[1:4]] == [FileState.REFUSED] * 3


async def test_the_inbox_gives_the_connections_files_in_order(store_threads, shop, inbox):
    await _store(shop, inbox)
    box = DbInbox(inbox.pk)
    found = await box.list_files(after_id=0, limit=10)
    assert [each.name for each in found] == ["a.xml", "vale.xml", "b.xml"], "pictures are left out, broken invoices not"
    assert [each.name for each in await box.list_files(after_id=found[0].file_id, limit=1)] == ["vale.xml"]
    assert await box.load_file(found[0].file_id) == invoice("A-1")
    with pytest.raises(BadInput):
        await DbInbox(inbox.pk + 1).load_file(found[0].file_id)
    assert await DbInbox(inbox.pk + 1).list_files(after_id=0, limit=10) == []


async def _store(shop, inbox):
    from asgiref.sync import sync_to_async

    for name, content in (
        *(("a.xml", invoice("A-1")), ("pilt.png", b"\x89PNG\r\n\x1a\n" + bytes(50))),
        *(("vale.xml", BROKEN.encode()), ("b.xml", invoice("A-2"))),
    ):
        await sync_to_async(files.upload)(await sync_to_async(shop.actor)(), inbox, name, content)


test_the_inbox_gives_the_connections_files_in_order.pytestmark = [pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\arve.xml", "arve.xml"),
        ("a\x00b\n.xml", "ab.xml"),
        ("..", ""),
        ("/", ""),
        ("õ" * 300 + ".xml", "õ" * 251 + ".xml"),
    ],
)
def test_names_are_stripped_of_folders_and_signs(name, clean):
    assert clean_name(name) == clean


def test_a_nameless_file_is_refused(shop, inbox):
    with pytest.raises(ServiceError) as caught:
        files.upload(shop.actor(), inbox, "..", invoice())
    assert caught.value.code == "FILE_NAME_INVALID"


def test_too_big_a_file_and_too_many_are_refused(shop, inbox, monkeypatch):
    monkeypatch.setattr("tilisilta.engine.files.MAX_BYTES", 100)
    assert files.upload_many(shop.actor(), inbox, [("a.xml", invoice())])[0].outcome == "refused"
    with pytest.raises(ServiceError) as caught:
        files.require_count(501)
    assert str(caught.value) == "Up to 500 files can be uploaded at once. You chose 501."
    with pytest.raises(ServiceError):
        files.require_count(0)


def test_only_a_files_connection_of_the_company_takes_files(shop, inbox):
    other = make_shop("Võõras AS", "vooras.example")
    for connection, actor in ((shop.source, shop.actor()), (inbox, other.actor())):
        with pytest.raises(ServiceError) as caught:
            files.upload(actor, connection, "a.xml", invoice())
        assert caught.value.code == "FILE_CONNECTION_WRONG"
    with pytest.raises(Forbidden):
        files.upload(shop.actor("viewer"), inbox, "a.xml", invoice())


def test_own_codes_tell_sales_from_purchases(shop, inbox):
    inbox.settings = {"own_registry_codes": "12345678"}
    assert document_keys(inbox, "a.xml", invoice())[0][0] == "sales_invoice"
    inbox.settings = {}
    assert document_keys(inbox, "a.xml", invoice())[0][0] == "purchase_invoice"


def test_the_page_of_a_file_leads_to_its_documents(shop, inbox):
    file = files.upload(shop.actor(), inbox, "a.xml", invoice())
    assert files.detail(file).waiting == 1
    kind, source_id = document_keys(inbox, "a.xml", invoice())[0]
    document = Document.objects.create(
        company=shop.company, connection=inbox, kind=kind, source_id=source_id, version_hash="0", payload=b"{}"
    )
    detail = files.detail(file)
    assert (detail.documents, detail.waiting) == ((document,), 0)


def test_lists_are_kept_apart_and_filtered(shop, inbox):
    other = make_shop("Võõras AS", "vooras.example")
    for number in range(55):
        files.upload(shop.actor(), inbox, f"arve-{number}.xml", invoice(f"A-{number}"))
    files.upload(shop.actor(), inbox, "vale.xml", BROKEN.encode())
    rows, before = files.files(shop.company)
    assert (len(rows), rows[0].name) == (50, "vale.xml")
    older, end = files.files(shop.company, before_id=before)
    assert (len(older), end) == (6, None)
    assert [each.name for each in files.files(shop.company, state="refused")[0]] == ["vale.xml"]
    assert [each.name for each in files.files(shop.company, text="vale")[0]] == ["vale.xml"]
    assert files.files(other.company) == ([], None)
    assert files.counts(shop.company) == {"read": 55, "refused": 1}
    with pytest.raises(StoredFile.DoesNotExist):
        files.find_file(other.company, rows[0].pk)


def test_reading_again_follows_what_changed(shop, inbox):
    file = files.upload(shop.actor(), inbox, "a.xml", invoice())
    StoredFile.objects.filter(pk=file.pk).update(state=FileState.REFUSED, format="", document_count=0)
    again = files.read_again(shop.actor(), files.find_file(shop.company, file.pk))
    assert (again.state, again.document_count) == (FileState.READ, 1)


# --- the watched folder ------------------------------------------------------------------------------------


def test_files_of_the_folder_are_taken_and_moved(shop, inbox, watched):
    put(watched / "a.xml", invoice())
    put(watched / "b.xml", invoice())
    scanned = files.scan_folder(shop.actor(), inbox)
    assert ([each.file.name for each in scanned.taken], len(scanned.known)) == (["a.xml"], 1)
    assert sorted(path.name for path in (watched / "done").iterdir()) == ["a.xml", "b.xml"]
    assert StoredFile.objects.get().origin == FileOrigin.FOLDER
    put(watched / "a.xml", invoice("A-2"))
    files.scan_folder(shop.actor(), inbox)
    assert "a (2).xml" in {path.name for path in (watched / "done").iterdir()}


def test_what_cannot_be_read_stays_with_a_note_until_it_changes(shop, inbox, watched):
    bad = put(watched / "vale.xml", BROKEN.encode())
    assert files.scan_folder(shop.actor(), inbox).left == ("vale.xml",)
    note = watched / "vale.xml.problem.txt"
    assert "line 7" in note.read_text().lower()
    assert files.scan_folder(shop.actor(), inbox).left == (), "not looked at again while it is the same"
    bad.write_bytes(invoice())
    later = note.stat().st_mtime + 10
    os.utime(bad, (later, later))
    assert [each.file.name for each in folder.scan_folder(inbox, now=later + 60).taken] == ["vale.xml"]
    assert not note.exists()


def test_a_file_still_being_written_waits(shop, inbox, watched):
    put(watched / "uus.xml", invoice(), age_s=0)
    put(watched / "pool.xml.part", invoice("A-2"))
    put(watched / ".peidus.xml", invoice("A-3"))
    assert files.scan_folder(shop.actor(), inbox).taken == ()


def test_links_and_folders_are_passed_over(shop, inbox, watched, tmp_path):
    outside = put(tmp_path / "saladus.xml", invoice())
    (watched / "viide.xml").symlink_to(outside)
    (watched / "kaust.xml").mkdir()
    scanned = files.scan_folder(shop.actor(), inbox)
    assert (scanned.taken, scanned.left) == ((), ())
    assert not StoredFile.objects.exists()
    assert outside.exists()


def test_a_linked_folder_is_no_folder(shop, inbox, settings, tmp_path):
    settings.FOLDER_ROOT = str(tmp_path / "in")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    put(elsewhere / "a.xml", invoice())
    path = folder.folder_of(inbox)
    path.parent.mkdir(parents=True)
    path.symlink_to(elsewhere)
    assert files.scan_folder(shop.actor(), inbox).taken == ()


def test_a_folder_is_below_the_companys_own_root(shop, inbox, settings, tmp_path):
    settings.FOLDER_ROOT = str(tmp_path)
    inbox.settings = {"folder": "../../etc"}
    inbox.name = "../../etc"
    assert folder.folder_of(inbox) == tmp_path / str(shop.company.pk) / str(inbox.pk)


def test_without_a_folder_nothing_is_scanned(shop, inbox, settings, tmp_path):
    settings.FOLDER_ROOT = str(tmp_path / "in")
    with pytest.raises(ServiceError) as caught:
        files.scan_folder(shop.actor(), inbox)
    assert caught.value.code == "FOLDER_NOT_SET"
    with pytest.raises(Forbidden):
        files.open_folder(shop.actor("accountant"), inbox)
    assert files.open_folder(shop.actor("admin"), inbox).exists
    assert folder.folder_of(inbox).stat().st_mode & 0o777 == 0o700


def test_a_scan_takes_so_many_and_no_more(inbox, watched, monkeypatch):
    monkeypatch.setattr(folder, "MAX_FILES", 2)
    for number in range(3):
        put(watched / f"{number}.xml", invoice(f"A-{number}"))
    assert len(folder.scan_folder(inbox).taken) == 2
    assert len(folder.scan_folder(inbox).taken) == 1


def test_workers_look_into_the_folders_of_all_companies(shop, inbox, watched, tmp_path):
    other = make_shop("Võõras AS", "vooras.example")
    second = make_files_connection(other.company)
    theirs = folder.folder_of(second)
    theirs.mkdir(parents=True)
    put(watched / "a.xml", invoice())
    put(theirs / "a.xml", invoice())
    make_files_connection(other.company, "Ilma kaustata")
    assert files.scan_all() == 2
    assert set(StoredFile.objects.values_list("company", "connection")) == {
        (shop.company.pk, inbox.pk),
        (other.company.pk, second.pk),
    }
    assert AuditEntry.objects.filter(action="file.uploaded", actor="Tilisilta").count() == 2
    assert files.scan_all() == 0


def test_a_folder_that_cannot_be_written_to_stops_no_other(shop, inbox, watched, monkeypatch):
    put(watched / "a.xml", invoice())
    monkeypatch.setattr(folder, "_move_to_done", _disk_full)
    assert files.scan_all() == 0
    monkeypatch.undo()


def _disk_full(path):
    raise OSError("No space left on device")
