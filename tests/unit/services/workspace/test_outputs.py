import msgspec
import pytest
from tests.support.workspace import CUSTOMER, invoice, line, make_workspace

from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import attachments, invoices, outputs
from tilisilta.services.workspace.attachments import image_of
from tilisilta.services.workspace.settings import update_settings
from tilisilta.store.models import ClosedPeriod, WorkspaceInvoice

pytestmark = pytest.mark.django_db


def test_a_draft_and_a_purchase_are_not_given_out():
    _company, actor = make_workspace()
    for row, code in (
        (invoices.save_invoice(actor, invoice()), "INVOICE_NOT_SENT"),
        (invoices.save_invoice(actor, invoice("purchase")), "INVOICE_NOT_SALES"),
    ):
        with pytest.raises(ServiceError) as told:
            outputs.write_output(row, outputs.PEPPOL)
        assert told.value.code == code


def test_what_a_format_needs_is_named():
    _company, actor = make_workspace()
    # Whoever sends to an operator's address needs an operator of their own.
    buyer = msgspec.structs.replace(CUSTOMER, einvoice_address="003712345671", einvoice_operator="NDEAFIHH")
    row = invoices.send_sales(actor, invoices.save_invoice(actor, invoice("sales", party=buyer)))
    with pytest.raises(ServiceError) as told:
        outputs.write_output(row, outputs.FINVOICE)
    assert told.value.code == "OUTPUT_FAILED"
    assert "Finvoice 3.0" in str(told.value)
    assert "seller.einvoice_operator" in str(told.value)


def test_an_exempt_row_needs_its_reason_before_it_can_be_sent():
    _company, actor = make_workspace()
    free = line("100", "0", treatment=VatTreatment.EXEMPT)
    row = invoices.save_invoice(actor, invoice("sales", free))
    with pytest.raises(ServiceError) as told:
        invoices.send_sales(actor, row)
    assert told.value.code == "OUTPUT_FAILED"
    row.refresh_from_db()
    assert (row.stage, row.number) == ("draft", "")  # and the number is not used up
    invoices.save_invoice(actor, invoice("sales", free, reason="KMS § 16"), row=row)
    assert invoices.send_sales(actor, row).number == "1001"


def test_the_picture_speaks_the_receiver_s_language():
    _company, actor = make_workspace()
    row = invoices.send_sales(actor, invoices.save_invoice(actor, invoice()))
    assert outputs.receiver_language(invoices.canonical(row), "FI") == "et"
    first = outputs.write_output(row, outputs.PDF).content
    assert first == outputs.write_output(row, outputs.PDF).content
    assert first != outputs.write_output(row, outputs.PDF, language="fi").content


def test_a_wrong_account_number_is_no_setting():
    _company, actor = make_workspace()
    with pytest.raises(ServiceError) as told:
        update_settings(actor, bank_iban="EE382200221020145686")
    assert told.value.code == "IBAN_INVALID"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"", "FILE_EMPTY"),
        ("a.exe", b"MZ", "ATTACHMENT_KIND"),
        ("a.xlsx", b"not a zip", "ATTACHMENT_KIND"),
        ("a.txt", b"PK\x03\x04", "ATTACHMENT_KIND"),
        ("a.html", b"<html>", "ATTACHMENT_KIND"),
    ],
)
def test_files_that_are_not_kept(name, content, code):
    _company, actor = make_workspace()
    row = invoices.save_invoice(actor, invoice("purchase"))
    with pytest.raises(ServiceError) as told:
        attachments.add_attachment(actor, row, name, content)
    assert told.value.code == code
    with pytest.raises(ServiceError):
        attachments.add_attachment(actor, row, "a.txt", b"words", is_image=True)


def test_a_file_over_the_limit_and_the_same_one_twice(monkeypatch):
    _company, actor = make_workspace()
    row = invoices.save_invoice(actor, invoice("purchase"))
    first = attachments.add_attachment(actor, row, "a.pdf", b"%PDF-1")
    assert attachments.add_attachment(actor, row, "b.pdf", b"%PDF-1").pk == first.pk
    attachments.add_attachment(actor, row, "b.pdf", b"%PDF-1", is_image=True)
    attachments.add_attachment(actor, row, "c.pdf", b"%PDF-2", is_image=True)
    assert [(each.name, each.role.value) for each in invoices.attachment_refs(row)] == [
        ("c.pdf", "image"),
        ("a.pdf", "other"),
    ]
    monkeypatch.setattr(attachments, "MAX_BYTES", 4)
    with pytest.raises(ServiceError) as told:
        attachments.add_attachment(actor, row, "d.pdf", b"%PDF-3")
    assert told.value.code == "ATTACHMENT_TOO_BIG"
    monkeypatch.setattr(attachments, "MAX_BYTES", 10)
    monkeypatch.setattr(attachments, "MOST_FILES", 2)
    with pytest.raises(ServiceError) as told:
        attachments.add_attachment(actor, row, "e.pdf", b"%PDF-3")
    assert told.value.code == "ATTACHMENTS_FULL"


def test_the_picture_brought_again_as_another_file_stays_the_picture():
    _company, actor = make_workspace()
    row = invoices.save_invoice(actor, invoice("purchase"))
    first = attachments.add_attachment(actor, row, "a.pdf", b"%PDF-1", is_image=True)
    assert attachments.add_attachment(actor, row, "b.pdf", b"%PDF-1").pk == first.pk
    assert image_of(row) == first


def test_what_the_customer_got_stays():
    _company, actor = make_workspace()
    row = invoices.send_sales(actor, invoices.save_invoice(actor, invoice()))
    picture = image_of(row)
    assert picture is not None
    with pytest.raises(ServiceError) as told:
        attachments.remove_attachment(actor, picture)
    assert told.value.code == "IMAGE_STAYS"
    assert image_of(row) == picture


def test_a_closed_period_lets_nothing_be_added_by_who_opened_the_page_before():
    company, actor = make_workspace()
    row = invoices.save_invoice(actor, invoice("purchase"))
    stale = WorkspaceInvoice.objects.select_related("closed_period").get(pk=row.pk)
    file = attachments.add_attachment(actor, row, "a.pdf", b"%PDF-1")
    period = ClosedPeriod.objects.create(
        company=company, side="purchase", date_from="2026-10-01", date_to="2026-10-31", state="sent"
    )
    WorkspaceInvoice.objects.filter(pk=row.pk).update(closed_period=period)
    for act in (
        lambda: attachments.add_attachment(actor, stale, "b.pdf", b"%PDF-2"),
        lambda: attachments.set_image(actor, file),
        lambda: attachments.remove_attachment(actor, file),
    ):
        with pytest.raises(ServiceError) as told:
            act()
        assert told.value.code == "PERIOD_CLOSED"
