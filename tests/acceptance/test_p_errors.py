"""P79 to P94: what Procountor says is told at the invoice with its code and remedy, and what was mended goes on."""

import datetime as dt
from typing import Any

import msgspec
import pytest

from tests.acceptance.procountor_firm import OWN_IBAN, SELLER, ProcountorFirm
from tests.support.pages import words
from tests.support.workspace import line
from tilisilta.core.documents import BankAccount, LineKind, encode_document
from tilisilta.services.approval.circulation import approve_at_once
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.services.workspace.settings import update_settings as update_workspace
from tilisilta.store.models import Binding, Connection, Delivery, MappingRow, WorkspaceInvoice


def replace_party(**changes: Any) -> Any:
    """Return the supplier, otherwise."""
    return msgspec.structs.replace(SELLER, **changes)


@pytest.mark.feature("P79", "P80", "P81", "P82", "P83")
def test_an_unmapped_account_or_a_wrong_status_stops_the_invoice_with_the_way_to_the_table(one_by_one: ProcountorFirm):
    firm = one_by_one
    rows = MappingRow.objects.filter(integration=firm.integration, table="accounts", source_key="3000")
    rows.update(extra={"vat_code_purchases": "1"})
    row = firm.sell(line("100", "25.5"), line("50", "13.5", position=2))
    firm.settled()
    assert firm.held() == []
    page = firm.page(row)
    for named in ("3000 (25.5 %): VAT status", "ACCOUNT_OR_VAT_UNMAPPED"):
        assert named in page.text
    missing = {each.params["account"] for each in firm.delivery(row).problems.filter(solved_at=None)}
    assert len(missing) == len(firm.posted(row))  # all of them at once
    assert f"/integrations/{firm.integration.pk}/mapping" in page.source
    firm.map_accounts()
    firm.settled()
    (held,) = firm.held()
    assert firm.entries(held) == firm.posted(row), firm.page(row).text[-2500:]


@pytest.mark.feature("P35", "P36")
def test_a_side_that_is_ticked_off_keeps_its_postings_away_from_the_account(one_by_one: ProcountorFirm):
    firm = one_by_one
    first = firm.sell()
    firm.settled()
    page = firm.table()
    refs = [each for each in page.document.xpath("//input[@name='ref']/@value") if each.endswith("|3000")]
    ticked = [each for each in page.document.xpath("//input[@name='off_sales']/@value") if each not in refs]
    page.press("Save all", off_sales=ticked)
    second = firm.sell()
    firm.settled()
    assert [each["originalInvoiceNumber"] for each in firm.held()] == [first.number]
    assert "3000 (25.5 %): off for sales" in firm.page(second).text
    page = firm.table()
    page.press("Save all", off_sales=[*ticked, *refs])
    firm.settled()
    assert sorted(each["originalInvoiceNumber"] for each in firm.held()) == [first.number, second.number]


@pytest.mark.feature("P84", "P85")
def test_an_invoice_without_rows_is_stopped_before_procountor_sees_it(one_by_one: ProcountorFirm):
    firm = one_by_one
    row = firm.received("RIVITON")
    empty = msgspec.structs.replace(stored_invoice(row), lines=(line("0", "25.5", kind=LineKind.TEXT),))
    WorkspaceInvoice.objects.filter(pk=row.pk).update(payload=encode_document(empty))
    approve_at_once(firm.owner, row)
    firm.settled()
    assert firm.held() == []
    page = firm.page(row).text
    assert "The invoice has no rows" in page
    assert "INVOICE_WITHOUT_ROWS" in page


@pytest.mark.feature("P84", "P85", "P80")
def test_procountors_own_word_for_an_invoice_without_rows_reaches_the_person(one_by_one: ProcountorFirm):
    """Our check stops such an invoice first; should it ever let one by, the code, the cause and the remedy are told."""
    firm = one_by_one
    data = {"status": 400, "field": "invoiceRows", "message": "MAY_NOT_BE_EMPTY"}
    firm.procountor.faults({"kind": "refuse", "match": {"method": "POST", "path": "/invoices$"}, "data": data})
    row = firm.buy("TYHJA-1")
    firm.settled()
    assert firm.held() == []
    page = firm.page(row)
    for said in (
        "invoiceRows MAY_NOT_BE_EMPTY", "The invoice has no rows.",
        "Add the rows to the invoice and send it again.",
    ):  # fmt: skip
        assert said in page.text
    page.press("Send to Procountor again")
    firm.settled()
    assert [each["status"] for each in firm.held("TYHJA-1")] == ["APPROVED"]


@pytest.mark.parametrize("field", ["field", "sentence"])
def test_an_error_that_nobody_knows_is_shown_as_procountor_says_it(one_by_one: ProcountorFirm, field: str):
    firm = one_by_one
    data = {"status": 400, "message": "SOMETHING_NEW_OF_2027"} | (
        {"field": "invoiceRows[0].unit"} if field == "field" else {}
    )
    firm.procountor.faults({"kind": "refuse", "match": {"method": "POST", "path": "/invoices$"}, "data": data})
    row = firm.buy("UUSI-1")
    firm.settled()
    said = "invoiceRows[0].unit SOMETHING_NEW_OF_2027" if field == "field" else "SOMETHING_NEW_OF_2027"
    assert said in firm.page(row).text
    assert [each.code for each in firm.delivery(row).problems.all()] == ["UNKNOWN_VENDOR_ERROR"]


@pytest.mark.feature("P86", "P87", "P18", "P20", "P21")
def test_rights_taken_away_between_the_writes_stop_the_queue_and_name_what_lacks(one_by_one: ProcountorFirm):
    firm = one_by_one
    MappingRow.objects.filter(table="accounts", source_key="3000").update(target_key="3600")
    firm.procountor.call(
        "POST", "act/rights", {"role": "BASIC", "rights": {"accounting.preventEditingAccountingPage": True}}
    )
    row = firm.sell()
    firm.settled()
    (held,) = firm.held()  # the first write went, the second may not
    assert held["status"] == "UNFINISHED"
    page = firm.page(row).text
    assert "Insufficient access rights to modify the ledger receipt" in page
    connection = firm.integration.target
    page = firm.pages.go("connection-detail", connection.pk)
    assert "Management > Users and user rights" in page.text
    assert "accounting.preventEditingAccountingPage off" in page.text  # the least rights, one by one
    page = page.press("Test the connection")
    assert "ledger_receipt: accounting.preventEditingAccountingPage" in page.text
    firm.procountor.call("POST", "act/rights", {"rights": {"accounting.preventEditingAccountingPage": False}})
    firm.pages.go("connection-detail", connection.pk).press("Test the connection")
    firm.settled()
    (held,) = firm.held()  # the role is still not the accountant's: rights count, not names
    assert (held["status"], list(firm.entries(held))) == ("SENT", ["3600"])


@pytest.mark.feature("P60", "P88", "P89")
def test_a_bank_account_that_procountor_does_not_have_is_named_before_anything_is_made(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_workspace(firm.owner, bank_iban="FI2112345600000785")
    row = firm.sell()
    firm.settled()
    assert firm.held() == []
    page = firm.page(row).text
    assert "BANK_ACCOUNT_DOES_NOT_BELONG_TO_THIS_COMPANY" in page
    assert "FI2112345600000785" in page
    assert "the chosen bank account is right, and that Procountor has it too" in page
    update_workspace(firm.owner, bank_iban=OWN_IBAN)
    connection = firm.integration.target
    Connection.objects.filter(pk=connection.pk).update(settings={**connection.settings, "bank_account": OWN_IBAN})
    # By the invoice's extra actions, not by the button beside its log.
    page = firm.page(row)
    for panel in page.document.xpath("//section[@id='forwarding']//form"):
        panel.getparent().remove(panel)
    (button,) = [each for each in page.document.iter("button") if words(each) == "Send to Procountor again"]
    assert button.xpath("ancestor::*[contains(@class, 'menu')]")
    page.press("Send to Procountor again")
    firm.settled()
    (held,) = firm.held()
    assert held["paymentInfo"]["bankAccount"]["accountNumber"] == OWN_IBAN


@pytest.mark.feature("P90", "P91", "P92", "P07", "P10")
def test_a_revoked_key_pauses_the_queue_and_a_new_one_goes_on_with_the_same_id_map(one_by_one: ProcountorFirm):
    firm = one_by_one
    firm.sell()
    firm.settled()
    tied = sorted(Binding.objects.values_list("source_id", "target_id"))
    firm.procountor.call("POST", "act/revoke_key", {"id": 1})
    firm.procountor.call("POST", "options", {"revoke_ends_tokens": True})
    rows = [firm.sell(), firm.buy("AVAIN-1")]
    firm.settled()
    connection = firm.integration.target
    assert (connection.state, len(firm.held())) == ("needs_reconnect", 1)
    page = firm.pages.go("connection-detail", connection.pk)
    assert "Invalid token" in page.text
    assert "Check that the key is in Procountor" in page.text
    made = firm.procountor.call("POST", "apikeys", {"client_id": firm.procountor.credentials["client_id"]})
    page.click("Reconnect").press("Save and test", credential_api_key=made["secret"])
    firm.settled()  # what waited goes on by itself
    assert len(firm.held()) == 3, firm.page(rows[0]).text
    assert set(tied) <= set(Binding.objects.values_list("source_id", "target_id"))
    assert firm.procountor.books()["duplicates"]["invoices"] == []


@pytest.mark.feature("P93", "P94")
def test_a_payee_outside_of_the_register_is_a_notice_without_effect(one_by_one: ProcountorFirm):
    firm = one_by_one
    # Procountor's register does not take these terms of payment, so the supplier cannot be made there.
    odd = replace_party(name="Outo Oy", registry_code="", vat_number="", payment_term_days=1000)
    row = firm.buy("SAAJA-1", party=odd, bank_account=BankAccount(iban="FI2112345600000785", bic="NDEAFIHH"))
    firm.settled()
    assert firm.held(), firm.page(row).text[-2000:]
    (held,) = firm.held()
    assert (held["status"], held["counterParty"]["counterPartyAddress"]["name"]) == ("APPROVED", "Outo Oy")
    page = firm.page(row).text
    assert "The payee is not in the supplier register" in page
    assert "No effect on Procountor" in page
    assert Delivery.objects.get(kind="purchase_invoice").state in {"sent", "confirmed"}
    assert WorkspaceInvoice.objects.get(pk=row.pk).date == dt.date(2026, 11, 4)
