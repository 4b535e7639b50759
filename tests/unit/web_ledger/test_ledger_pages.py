"""Pages of the ledger as people use them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.unit.formats.banking import camt, entry, payment, statement

from tilisilta.services.ledger import postings
from tilisilta.services.tables import write_csv
from tilisilta.store.models import BankEntry, LedgerAccount, WorkspaceInvoice, WorkspacePayment, WorkspaceSettings


@pytest.fixture
def client(as_role):
    return as_role()


def url(firm, name, *args):
    return reverse(name, args=[firm.company.pk, *args])


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_chart_is_listed_searched_and_edited(firm, client):
    page = text_of(client.get(url(firm, "chart")))
    assert "Arvelduskonto" in page
    assert "Bank account" in page
    assert "5000" not in text_of(client.get(url(firm, "chart"), {"q": "Kassa"})).split("<tbody>")[1]
    form = {"number": "5000", "name": "Rent", "type": "expense", "role": "", "vat_treatment": "domestic"}
    form |= {"vat_rate": "24", "is_active": "on"}
    assert client.post(url(firm, "chart-account", firm.account.pk), form).status_code == 302
    firm.account.refresh_from_db()
    assert (firm.account.name, firm.account.vat_rate) == ("Rent", 24)
    taken = client.post(url(firm, "chart-account-new"), form)
    assert taken.status_code == 422
    assert "There is an account 5000 already" in text_of(taken)
    assert "cannot be deleted" not in text_of(client.get(url(firm, "chart-account", firm.account.pk)))
    used = LedgerAccount.objects.get(company=firm.company, number="4000")
    assert "but not deleted" in text_of(client.get(url(firm, "chart-account", used.pk)))


def test_the_chart_goes_out_and_comes_in_as_a_file(firm, client):
    out = client.get(url(firm, "chart-export"), {"format": "xlsx"})
    assert out["Content-Disposition"].endswith('.xlsx"')
    rows = [["4999", "Uus", "expense"], ["4998", "Vale", "puudub"]]
    file = SimpleUploadedFile("plaan.csv", write_csv(["Number", "Name", "Type"], rows))
    page = text_of(client.post(url(firm, "chart-import"), {"file": file}))
    assert "unknown type of account: puudub" in page
    assert LedgerAccount.objects.filter(company=firm.company, number="4999").exists()


def test_the_setting_of_posting_on_sending(firm, client):
    client.post(url(firm, "ledger-settings"), {"posts_on_sending": "1"})
    assert WorkspaceSettings.objects.get(company=firm.company).posts_on_sending


def test_an_invoice_s_page_shows_the_proposal_with_its_reasons(firm, client):
    page = text_of(client.get(url(firm, "workspace-invoice", firm.sale.pk)))
    assert "Proposed posting" in page
    assert "the usual account" in page
    assert "Post as proposed" in page
    back = url(firm, "workspace-invoice", firm.sale.pk)
    assert client.post(url(firm, "postings-accept-one", firm.sale.pk), {"next": back}).url == back
    page = text_of(client.get(back))
    assert "Take the posting back" in page
    assert "Posted" in page
    client.post(url(firm, "postings-undo", firm.sale.pk))
    assert postings.lines_of(firm.sale) == []


def lines(*rows):
    names = ("account", "debit", "credit", "treatment", "vat_rate", "description")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def test_lines_are_edited_by_hand(firm, client):
    address = url(firm, "postings-edit", firm.sale.pk)
    assert 'value="3000"' in text_of(client.get(address))
    good = [
        ("1200", "124,00", "", "", "", ""),
        ("3000", "", "60,00", "domestic", "24", "Töö"),
        ("3010", "", "40.00", "domestic", "24", ""),
        ("2300", "", "24", "domestic", "24", ""),
        ("", "", "", "", "", ""),
    ]
    wrong = client.post(address, lines(*good[:2], good[3]))
    assert wrong.status_code == 422
    assert "differ by 40.00" in text_of(wrong)
    assert 'value="60,00"' in text_of(wrong)
    for broken in (("3000", "kuus", "", "", "", ""), ("3000", "", "1", "vale", "", "")):
        assert client.post(address, lines(broken)).status_code == 422
    assert client.post(address, lines(*good)).status_code == 302
    assert [(each.account, each.why) for each in postings.lines_of(firm.sale)] == [
        ("1200", "hand"),
        ("3000", "hand"),
        ("3010", "hand"),
        ("2300", "hand"),
    ]


def test_many_proposals_are_accepted_from_a_list(firm, client):
    back = url(firm, "sales-list")
    response = client.post(
        url(firm, "postings-accept"), {"ids": [firm.sale.pk, firm.bought.pk, "x"], "next": back}, follow=True
    )
    page = text_of(response)
    assert "1 invoice is posted." in page
    assert "is posted already" in page
    firm.sale.refresh_from_db()
    assert firm.sale.posting_stage == "posted"


def test_what_is_not_posted_is_listed_with_its_proposal(firm, client):
    page = text_of(client.get(url(firm, "postings-list")))
    assert f'value="{firm.sale.pk}"' in page
    assert "the usual account" in page
    assert "Ostja OÜ" in page
    assert "Every invoice is posted" in text_of(client.get(url(firm, "postings-list"), {"side": "purchase"}))
    LedgerAccount.objects.filter(company=firm.company, number="3000").delete()
    LedgerAccount.objects.filter(company=firm.company, role="sales").delete()
    page = text_of(client.get(url(firm, "postings-list")))
    assert f'value="{firm.sale.pk}"' not in page
    assert "No account" in page


def test_payments_are_recorded_and_removed_on_the_invoice_s_page(firm, client):
    back = url(firm, "workspace-invoice", firm.sale.pk)
    form = {"date": "2026-10-20", "amount": "24.00", "bank_account": "1000", "next": back}
    assert "recorded and posted" in text_of(client.post(url(firm, "payment-add", firm.sale.pk), form, follow=True))
    made = WorkspacePayment.objects.get(invoice=firm.sale)
    assert [each.account for each in postings.lines_of_payment(made)] == ["1000", "1200"]
    over = client.post(url(firm, "payment-add", firm.sale.pk), form | {"amount": "500"}, follow=True)
    assert "more than the open 100.00" in text_of(over)
    bad = client.post(url(firm, "payment-add", firm.sale.pk), form | {"date": "eile"}, follow=True)
    assert "Enter a valid date" in text_of(bad)
    client.post(url(firm, "payment-remove", firm.sale.pk, made.pk), {"next": back})
    assert not WorkspacePayment.objects.filter(invoice=firm.sale).exists()
    stray = client.post(url(firm, "payment-remove", firm.sale.pk, firm.payment.pk))
    assert stray.status_code == 404


def test_a_purchase_goes_to_the_bank_and_back(firm, client):
    address = url(firm, "payment-bank", firm.bought.pk)
    page = url(firm, "workspace-invoice", firm.bought.pk)
    assert "Mark as sent to the bank" in text_of(client.get(page))
    client.post(address, {"action": "send"})
    client.post(address, {"action": "error", "error": "konto on suletud"})
    assert "konto on suletud" in text_of(client.get(page))
    client.post(address, {"action": "withdraw"})
    firm.bought.refresh_from_db()
    assert (firm.bought.bank_sent_at, firm.bought.bank_error) == (None, "")
    told = text_of(client.post(url(firm, "payments-send"), {"ids": [firm.bought.pk, firm.sale.pk]}, follow=True))
    assert "1 invoice is marked as sent" in told
    assert "Only purchase invoices" in told


def test_a_bank_file_tells_what_became_of_it(firm, client):
    file = camt(statement(entry("20.00", payment(reference=firm.sale.reference_number), ref="n1")))
    upload = {"file": SimpleUploadedFile("uus.xml", file), "bank_account": "1010"}
    page = text_of(client.post(url(firm, "bank-upload"), upload))
    assert "What became of the bank file" in page
    matched = BankEntry.objects.get(state="matched")
    assert matched.invoice == firm.sale
    listed = text_of(client.get(url(firm, "bank-list"), {"state": "matched"}))
    assert "reference number" in listed
    assert "Keegi" not in listed
    assert "no open invoice fits" in text_of(client.get(url(firm, "bank-list"), {"q": "keegi"}))
    client.post(url(firm, "bank-entry-undo", matched.pk))
    matched.refresh_from_db()
    assert matched.state == "open"
    refused = client.post(url(firm, "bank-upload"), {"file": SimpleUploadedFile("x.xml", b"<a/>")}, follow=True)
    assert "x.xml" in text_of(refused)


def test_entries_are_recorded_left_out_and_matched_again(firm, client):
    assert client.get(url(firm, "bank-entry", firm.proposed.pk)).status_code == 200
    client.post(url(firm, "bank-post"), {"ids": [firm.proposed.pk]})
    firm.sale.refresh_from_db()
    assert firm.sale.payment_stage == "paid"
    assert "Take it back" in text_of(client.get(url(firm, "bank-entry", firm.proposed.pk)))
    client.post(url(firm, "bank-entry-leave-out", firm.unmatched.pk))
    firm.unmatched.refresh_from_db()
    assert firm.unmatched.state == "ignored"
    assert "0 entries paid invoices" in text_of(client.post(url(firm, "bank-match"), follow=True))


def test_a_person_may_choose_the_invoice_of_an_entry(firm, client):
    chosen = {"invoice": firm.sale.pk}
    assert client.post(url(firm, "bank-entry-post", firm.unmatched.pk), chosen).url == url(firm, "bank-list")
    assert WorkspaceInvoice.objects.get(pk=firm.sale.pk).paid_minor == 900
    again = client.post(url(firm, "bank-entry-post", firm.unmatched.pk), chosen)
    assert again.url == url(firm, "bank-entry", firm.unmatched.pk)
