import msgspec
import pytest
from tests.support.workspace import SUPPLIER, invoice, make_workspace, member

from tilisilta.formats import Embedded, Seller, write_estonian, write_finvoice, write_ubl
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import intake
from tilisilta.services.workspace.invoices import stored_invoice
from tilisilta.store.models import Role, WorkspaceInvoice

pytestmark = pytest.mark.django_db
SELLER = Seller(
    name=SUPPLIER.name, registry_code=SUPPLIER.registry_code, vat_number=SUPPLIER.vat_number,
    address=SUPPLIER.address, bank_accounts=SUPPLIER.bank_accounts, einvoice_address="003720774740",
    einvoice_operator="BAWCFI22",
)  # fmt: skip
FRAME = (
    b'<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"><SOAP-ENV:Header/>'
    b"<SOAP-ENV:Body/></SOAP-ENV:Envelope>\n"
)


@pytest.fixture
def actor(db):
    return make_workspace()[1]


def made(number="F-1", **more):
    given = invoice("sales", number=number, **more)
    party = msgspec.structs.replace(
        given.party, einvoice_address="003712345671", einvoice_operator="NDEAFIHH", vat_number="EE100594102"
    )
    return msgspec.structs.replace(given, party=party, your_reference="PO 1")


def finvoice(number="F-1", **more):
    return write_finvoice(made(number, **more), SELLER)


def take(actor, *files):
    return [(each.number, each.outcome, each.code) for each in intake.take_files(actor, files)]


def test_every_format_is_taken_and_known_again_whatever_it_comes_in(actor):
    ubl = write_ubl(made(), msgspec.structs.replace(SELLER, einvoice_address="0191:10000024"))
    first = take(actor, ("a.xml", write_estonian(made(), SELLER)))
    assert first == [("F-1", "taken", "")]
    same = [("b.xml", ubl), ("c.xml", finvoice())]
    assert take(actor, *same) == [("F-1", "known", "INVOICE_DUPLICATE")] * 2
    assert WorkspaceInvoice.objects.get().gross_minor == 12400


def test_several_in_one_file_in_a_bank_s_frame_and_in_latin_letters(actor):
    latin = write_finvoice(made("F-3", note="Žürii õlu"), SELLER, encoding="ISO-8859-15")
    content = FRAME + finvoice("F-1") + b"\n" + FRAME + finvoice("F-2") + b"\n" + finvoice("F-1")
    assert take(actor, ("pank.xml", content), ("latin.xml", latin)) == [
        ("F-1", "taken", ""),
        ("F-2", "taken", ""),
        ("F-1", "known", "INVOICE_DUPLICATE"),
        ("F-3", "taken", ""),
    ]
    assert stored_invoice(WorkspaceInvoice.objects.get(number="F-3")).party.name == SUPPLIER.name


def test_one_broken_invoice_stops_no_other(actor):
    broken = finvoice("F-2").replace(b"<InvoiceTotalVatIncludedAmount", b"<Wrong", 1)
    broken = broken.replace(b"</InvoiceTotalVatIncludedAmount>", b"</Wrong>", 1)
    results = take(actor, ("a.xml", finvoice("F-1") + b"\n" + broken + b"\n" + finvoice("F-3")))
    assert results == [("F-1", "taken", ""), ("F-2", "refused", "SCHEMA_VIOLATION"), ("F-3", "taken", "")]


def test_what_is_inside_is_kept_and_the_file_itself_too(actor):
    from tilisilta.core.documents import AttachmentRef

    files = {"1": Embedded(name="arve.pdf", content=b"%PDF-1.4 x", media_type="application/pdf")}
    with_file = msgspec.structs.replace(
        made(), attachments=(AttachmentRef(source_id="1", name="arve.pdf", media_type="application/pdf"),)
    )
    seller = msgspec.structs.replace(SELLER, einvoice_address="0191:10000024")
    (result,) = intake.take_files(actor, [("ubl.xml", write_ubl(with_file, seller, files=files))])
    assert set(result.invoice.attachments.values_list("name", flat=True)) == {"arve.pdf", "ubl.xml"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "FILE_EMPTY"),
        (b"%PDF-1.7 ...", "FILE_WRONG_KIND"),
        (b"PK\x03\x04" + bytes(60), "FILE_WRONG_KIND"),
        (b"<TEAPPSXML/>", "FILE_WRONG_KIND"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'b'>]><Finvoice>&b;</Finvoice>", "UNREADABLE"),
        (b"<a>" * 5000, "UNREADABLE"),
        (b"\xff\xfe\x00<Finvoice", "UNREADABLE"),
    ],
)
def test_files_that_are_none_are_refused_by_name(actor, content, code):
    assert take(actor, ("fail.xml", content)) == [("", "refused", code)]


def test_a_file_over_the_limit_and_too_many_of_them(actor, monkeypatch):
    monkeypatch.setattr(intake, "MAX_BYTES", 10)
    assert take(actor, ("suur.xml", b"<" * 11)) == [("", "refused", "FILE_TOO_LARGE")]
    monkeypatch.setattr(intake, "MAX_FILES", 1)
    with pytest.raises(ServiceError) as told:
        take(actor, ("a", b""), ("b", b""))
    assert told.value.code == "FILES_TOO_MANY"
    with pytest.raises(ServiceError) as told:
        take(actor)
    assert told.value.code == "FILE_NOT_CHOSEN"


def test_totals_off_by_a_cent_are_refused_with_the_difference(actor):
    wrong = finvoice().replace(b">124,00<", b">124,01<")
    (result,) = intake.take_files(actor, [("a.xml", wrong)])
    assert (result.outcome, result.code) == ("refused", "INVOICE_INVALID")
    assert "124.01" in result.text


def test_a_credit_note_without_its_original_is_taken_with_a_remark(actor):
    (result,) = intake.take_files(actor, [("a.xml", finvoice("K-1", is_credit_note=True))])
    assert result.outcome == "taken"
    assert (result.invoice.is_credit_note, result.invoice.gross_minor) == (True, 12400)


def test_viewers_take_nothing_in(actor):
    viewer = member(actor.company, Role.VIEWER, "v@naidis.ee")
    with pytest.raises(Forbidden):
        take(viewer, ("a.xml", finvoice()))
