import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from tests.support.workspace import CUSTOMER, SUPPLIER, invoice, line, make_workspace, member

from tilisilta.core.documents import Party
from tilisilta.core.identifiers import reference_number
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.workspace import hooks, invoices, numbering
from tilisilta.services.workspace.attachments import image_of
from tilisilta.services.workspace.events import log_of
from tilisilta.services.workspace.settings import is_on, switch_off, switch_on
from tilisilta.store.models import (
    AuditEntry,
    ClosedPeriod,
    NumberSeries,
    PeriodState,
    Role,
    WorkspaceInvoice,
    WorkspaceParty,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def workspace():
    return make_workspace()


def refused(code, act, *args, **kwargs):
    with pytest.raises(ServiceError) as told:
        act(*args, **kwargs)
    assert told.value.code == code
    assert str(told.value) != code  # it has words
    return told.value


def test_switching_on_is_an_administrators_act_and_makes_series_once(workspace):
    company, actor = workspace
    assert is_on(company)
    assert [each.prefix for each in numbering.series_of(company)] == ["", "K"]
    switch_on(actor)
    assert NumberSeries.objects.filter(company=company).count() == 2
    assert AuditEntry.objects.filter(company=company, action="workspace.on").count() == 1
    accountant = member(company, Role.ACCOUNTANT, "k@naidis.ee")
    with pytest.raises(Forbidden):
        switch_on(accountant)
    switch_off(actor)
    assert not is_on(company)
    refused("WORKSPACE_OFF", invoices.save_invoice, accountant, invoice())


def test_a_sales_invoice_is_a_draft_until_it_is_sent(workspace):
    _company, actor = workspace
    row = invoices.save_invoice(actor, invoice("sales", line("100", quantity=Decimal(3), discount_percent=Decimal(10))))
    assert (row.stage, row.number, row.net_minor, row.vat_minor, row.gross_minor) == ("draft", "", 27000, 6480, 33480)
    sent = invoices.send_sales(actor, row)
    assert (sent.stage, sent.number) == ("sent", "1001")
    assert reference_number.is_valid(sent.reference_number, "EE")
    picture = image_of(sent)
    assert picture is not None
    assert bytes(picture.content).startswith(b"%PDF")
    read = invoices.canonical(WorkspaceInvoice.objects.get(pk=row.pk))
    assert (read.source_id, read.party.source_id, read.number) == (str(row.pk), str(row.party_id), "1001")
    assert read.is_sent is True
    assert [(each.source_id, each.role.value) for each in read.attachments] == [(str(picture.pk), "image")]
    assert read.attachments[0].size_bytes == len(picture.content)
    assert [each.text for each in log_of(sent)][:1] == ["Sent with the number 1001"]
    refused("INVOICE_NOT_DRAFT", invoices.send_sales, actor, row)


def test_numbers_go_on_without_holes_and_step_over_taken_ones(workspace):
    _company, actor = workspace
    invoices.save_invoice(actor, invoice("sales", number="1002"), origin="api")
    numbers = [invoices.send_sales(actor, invoices.save_invoice(actor, invoice())).number for _ in range(2)]
    assert numbers == ["1001", "1003"]
    references = {each.reference_number for each in WorkspaceInvoice.objects.filter(sent_at__isnull=False)} - {""}
    assert len(references) == 2


def test_what_a_sent_invoice_has_told_cannot_change_but_its_accounts_can(workspace):
    _company, actor = workspace
    row = invoices.send_sales(actor, invoices.save_invoice(actor, invoice()))
    now = invoices.stored_invoice(row)
    other = invoice("sales", line("90"), number=now.number, reference_number=now.reference_number)
    assert "VAT" in str(refused("INVOICE_IS_SENT", invoices.save_invoice, actor, other, row=row))
    reworded = msgspec.structs.replace(
        now, lines=tuple(msgspec.structs.replace(each, description="Muu") for each in now.lines)
    )
    assert "rows" in str(refused("INVOICE_IS_SENT", invoices.save_invoice, actor, reworded, row=row))
    lines = tuple(msgspec.structs.replace(each, ledger_account="3000") for each in now.lines)
    kept = invoices.save_invoice(actor, msgspec.structs.replace(now, lines=lines), row=row)
    assert invoices.canonical(kept).lines[0].ledger_account == "3000"
    assert log_of(kept)[0].text == "Changed: rows"


def test_credit_notes_and_copies(workspace):
    _company, actor = workspace
    refused("INVOICE_NOT_SENT", invoices.credit, actor, invoices.save_invoice(actor, invoice()))
    row = invoices.send_sales(actor, invoices.save_invoice(actor, invoice()))
    note = invoices.credit(actor, row)
    assert (note.is_credit_note, note.stage, note.gross_minor, note.credits_id) == (True, "draft", 12400, row.pk)
    note = invoices.send_sales(actor, note)
    assert (note.number, note.reference_number) == ("K0001", "")
    assert invoices.canonical(note).credits[0].number == row.number
    assert "K0001" in str(refused("CREDITED_ALREADY", invoices.credit, actor, row))
    again = invoices.copy(actor, row)
    assert (again.stage, again.number, again.date) == ("draft", "", invoices.today_of(actor.company))
    assert again.due_date - again.date == dt.timedelta(days=14)


def test_purchase_invoices_are_told_apart_from_their_doubles(workspace):
    _company, actor = workspace
    row = invoices.save_invoice(actor, invoice("purchase"))
    assert row.stage == "received"
    error = refused("INVOICE_DUPLICATE", invoices.save_invoice, actor, invoice("purchase", number="a-1 "))
    assert error.params["id"] == row.pk
    # Another day, another supplier or a credit note is another document.
    invoices.save_invoice(actor, invoice("purchase", date=dt.date(2026, 10, 6)))
    invoices.save_invoice(actor, invoice("purchase", party=Party(name="Teine OÜ", registry_code="10000032")))
    invoices.save_invoice(actor, invoice("purchase", is_credit_note=True))
    assert WorkspaceParty.objects.filter(is_supplier=True).count() == 2
    refused("INVOICE_NUMBER_MISSING", invoices.save_invoice, actor, invoice("purchase", number=" "))


def test_the_same_origin_gives_the_same_row(workspace):
    _company, actor = workspace
    first = invoices.save_invoice(actor, invoice("purchase"), origin="source", origin_id="draft-1")
    assert invoices.save_invoice(actor, invoice("purchase"), origin="source", origin_id="draft-1").pk == first.pk


def test_an_invoice_that_does_not_add_up_is_refused_with_its_place(workspace):
    _company, actor = workspace
    off = msgspec.structs.replace(invoice("purchase"), gross=Decimal("124.01"))
    error = refused("INVOICE_INVALID", invoices.save_invoice, actor, off)
    assert [(each.code, each.where) for each in error.problems] == [("GROSS_DOES_NOT_ADD_UP", "gross")]
    old_rate = invoice("sales", line("100", "20", treatment=VatTreatment.DOMESTIC))
    error = refused("INVOICE_INVALID", invoices.save_invoice, actor, old_rate)
    assert [each.code for each in error.problems] == ["VAT_RATE_NOT_VALID"]
    bare = invoice("sales", line("100", "0"))
    bare = msgspec.structs.replace(bare, lines=(msgspec.structs.replace(bare.lines[0], vat_treatment=None),))
    error = refused("INVOICE_INVALID", invoices.save_invoice, actor, bare)
    assert error.problems[0].where == "lines[0].vat_treatment"


def test_a_closed_period_holds_its_invoices(workspace):
    company, actor = workspace
    row = invoices.save_invoice(actor, invoice("purchase"))
    period = ClosedPeriod.objects.create(
        company=company, side="purchase", date_from=dt.date(2026, 10, 1), date_to=dt.date(2026, 10, 31), state="sent"
    )
    WorkspaceInvoice.objects.filter(pk=row.pk).update(closed_period=period)
    row.refresh_from_db()
    refused("PERIOD_CLOSED", invoices.save_invoice, actor, invoice("purchase", note="x"), row=row)
    refused("PERIOD_CLOSED", invoices.delete_draft, actor, row)
    period.state = PeriodState.REOPENED
    period.save()
    kept = invoices.save_invoice(actor, invoice("purchase", note="x"), row=WorkspaceInvoice.objects.get(pk=row.pk))
    assert invoices.canonical(kept).note == "x"


def test_two_editors_the_second_is_told(workspace):
    _company, actor = workspace
    row = invoices.save_invoice(actor, invoice("purchase"))
    seen = row.version_hash
    invoices.save_invoice(actor, invoice("purchase", note="one"), row=row, expected_version=seen)
    changed = invoice("purchase", note="two")
    refused("INVOICE_CHANGED_MEANWHILE", invoices.save_invoice, actor, changed, row=row, expected_version=seen)


def test_viewers_read_only_and_companies_are_apart(workspace):
    company, actor = workspace
    viewer = member(company, Role.VIEWER, "v@naidis.ee")
    row = invoices.save_invoice(actor, invoice())
    for act in (invoices.send_sales, invoices.copy, invoices.delete_draft):
        with pytest.raises(Forbidden):
            act(viewer, row)
    with pytest.raises(Forbidden):
        invoices.save_invoice(viewer, invoice())
    _other, stranger = make_workspace("Võõras OÜ", "voor@example.ee")
    with pytest.raises(WorkspaceInvoice.DoesNotExist):
        invoices.send_sales(stranger, row)
    with pytest.raises(WorkspaceInvoice.DoesNotExist):
        invoices.save_invoice(stranger, invoice(), row=row)
    assert invoices.save_invoice(stranger, invoice()).party_id != row.party_id


def test_parties_are_found_by_what_identifies_them(workspace):
    _company, actor = workspace
    first = invoices.save_invoice(actor, invoice("purchase"))
    bare = Party(name="MÜÜJA OÜ", registry_code=SUPPLIER.registry_code)
    by_code = invoices.save_invoice(actor, invoice("purchase", number="2", party=bare))
    by_name = invoices.save_invoice(actor, invoice("purchase", number="3", party=Party(name=SUPPLIER.name)))
    contradicts = Party(name=SUPPLIER.name, registry_code="10000032")
    other = invoices.save_invoice(actor, invoice("purchase", number="4", party=contradicts))
    assert first.party_id == by_code.party_id == by_name.party_id != other.party_id
    # As a customer it is the same party, now with both roles.
    sale = invoices.save_invoice(actor, invoice("sales", party=SUPPLIER))
    assert sale.party_id == first.party_id
    party = WorkspaceParty.objects.get(pk=first.party_id)
    assert (party.is_customer, party.is_supplier) == (True, True)
    assert CUSTOMER.name not in set(WorkspaceParty.objects.values_list("name", flat=True))


def test_other_subjects_are_told_what_happened(workspace, monkeypatch):
    _company, actor = workspace
    told = []
    monkeypatch.setattr(hooks, "saved", [lambda _actor, change: told.append((change.is_new, change.is_amount_changed))])
    monkeypatch.setattr(hooks, "sent", [lambda _actor, row: told.append(row.number)])
    row = invoices.save_invoice(actor, invoice())
    invoices.save_invoice(actor, invoice("sales", note="muu"), row=row)
    invoices.save_invoice(actor, invoice("sales", line("90")), row=row)
    invoices.send_sales(actor, row)
    assert told == [(True, False), (False, False), (False, True), "1001"]


def test_deleting(workspace):
    _company, actor = workspace
    draft = invoices.save_invoice(actor, invoice())
    invoices.delete_draft(actor, draft)
    assert not WorkspaceInvoice.objects.exists()
    sent = invoices.send_sales(actor, invoices.save_invoice(actor, invoice()))
    refused("INVOICE_NOT_DRAFT", invoices.delete_draft, actor, sent)


def test_a_posted_purchase_is_not_deleted_with_its_postings(workspace):
    from tilisilta.services.ledger import postings, wiring
    from tilisilta.services.ledger.proposals import propose

    wiring.wire()
    _company, actor = workspace
    row = invoices.save_invoice(actor, invoice("purchase"))
    postings.post(actor, row, propose(row))
    refused("POSTING_DONE", invoices.delete_draft, actor, row)
    postings.unpost(actor, row)
    invoices.delete_draft(actor, row)
    assert not WorkspaceInvoice.objects.exists()
