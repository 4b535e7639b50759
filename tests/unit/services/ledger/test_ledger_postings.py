import datetime as dt
from decimal import Decimal

import msgspec
import pytest
from tests.support.workspace import invoice, line, member

from tilisilta.core.documents import InvoiceLine
from tilisilta.core.ledger import Part, PostingLine, difference
from tilisilta.core.vat import VatTreatment
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import postings, proposals
from tilisilta.services.ledger.proposals import proposal, propose
from tilisilta.services.workspace.events import log_of
from tilisilta.services.workspace.invoices import save_invoice, send_sales, stored_invoice
from tilisilta.store.models import (
    ClosedPeriod,
    InvoicePosting,
    LedgerAccount,
    PeriodState,
    PostingStage,
    WorkspaceInvoice,
    WorkspaceItem,
    WorkspaceParty,
    WorkspaceSettings,
)

D = Decimal


def signed(lines):
    return [(each.account, each.signed) for each in lines]


def sent(firm, *lines, **more):
    return send_sales(firm.actor, save_invoice(firm.actor, invoice("sales", *lines, **more)))


def bought(firm, *lines, **more):
    return save_invoice(firm.actor, invoice("purchase", *lines, **more))


def account(firm, number):
    return LedgerAccount.objects.get(company=firm.company, number=number)


# --- proposals ----------------------------------------------------------------------------------------------


def test_a_domestic_sale(firm):
    lines = propose(sent(firm, line("100"), line("50", "9")))
    assert signed(lines) == [
        ("3000", D("-100.00")),
        ("3020", D("-50.00")),
        ("2300", D("-24.00")),
        ("2300", D("-4.50")),
        ("1200", D("178.50")),
    ]
    assert [each.part for each in lines[2:]] == [Part.OUTPUT_VAT, Part.OUTPUT_VAT, Part.PARTY]
    assert {(each.vat_rate, each.vat_treatment) for each in lines[2:4]} == {
        (D(24), VatTreatment.DOMESTIC),
        (D(9), VatTreatment.DOMESTIC),
    }
    assert {each.why for each in lines} == {"role"}


@pytest.mark.parametrize(
    ("treatment", "base"),
    [
        (VatTreatment.REVERSE_CHARGE, "4050"),
        (VatTreatment.CONSTRUCTION_REVERSE_CHARGE, "4060"),
        (VatTreatment.INTRA_EU_ACQUISITION_GOODS, "4100"),
        (VatTreatment.INTRA_EU_ACQUISITION_SERVICES, "4110"),
        (VatTreatment.IMPORT_GOODS, "4200"),
        (VatTreatment.IMPORT_SERVICES, "4210"),
    ],
)
@pytest.mark.parametrize("rate", ["24", "0"])
def test_a_purchase_whose_vat_the_buyer_reckons_bears_both_legs(firm, treatment, base, rate):
    lines = propose(bought(firm, line("100", rate, treatment=treatment), reason="x"))
    assert signed(lines) == [(base, D("100.00")), ("1410", D("24.00")), ("2300", D("-24.00")), ("2100", D("-100.00"))]
    assert {(each.vat_rate, each.vat_treatment) for each in lines[:3]} == {(D(24), treatment)}


@pytest.mark.parametrize(
    ("treatment", "base"),
    [
        (VatTreatment.ZERO_RATED, "3030"),
        (VatTreatment.EXEMPT, "3040"),
        (VatTreatment.REVERSE_CHARGE, "3050"),
        (VatTreatment.CONSTRUCTION_REVERSE_CHARGE, "3060"),
        (VatTreatment.INTRA_EU_SUPPLY_GOODS, "3100"),
        (VatTreatment.INTRA_EU_SUPPLY_SERVICES, "3110"),
        (VatTreatment.EXPORT, "3200"),
        (VatTreatment.OUTSIDE_SCOPE, "3400"),
    ],
)
def test_a_sale_without_vat_has_its_own_account_and_treatment(firm, treatment, base):
    lines = propose(sent(firm, line("100", "0", treatment=treatment), reason="x"))
    assert signed(lines) == [(base, D("-100.00")), ("1200", D("100.00"))]
    assert (lines[0].vat_rate, lines[0].vat_treatment) == (D(0), treatment)


def test_a_seller_s_treatment_is_booked_as_the_buyer_s(firm):
    row = bought(firm, line("100", "0", treatment=VatTreatment.INTRA_EU_SUPPLY_GOODS), reason="x")
    assert propose(row)[0].vat_treatment is VatTreatment.INTRA_EU_ACQUISITION_GOODS


def test_finnish_rates_and_accounts(finnish_firm):
    lines = propose(bought(finnish_firm, line("100", "25.5")))
    assert signed(lines) == [("4000", D("100.00")), ("1763", D("25.50")), ("2871", D("-125.50"))]
    row = bought(
        finnish_firm, line("100", "0", treatment=VatTreatment.CONSTRUCTION_REVERSE_CHARGE), reason="x", number="A-2"
    )
    assert signed(propose(row))[:3] == [("4460", D("100.00")), ("1763", D("25.50")), ("2939", D("-25.50"))]


def test_a_credit_note_mirrors(firm):
    plain = propose(bought(firm))
    credit = propose(bought(firm, is_credit_note=True, number="K-1"))
    assert [(number, -amount) for number, amount in signed(plain)] == signed(credit)


def test_rounding_has_its_own_account(firm):
    whole = invoice("sales")
    row = save_invoice(firm.actor, msgspec.structs.replace(whole, rounding=D("-0.01")))
    lines = propose(row)
    assert ("8010", D("0.01")) in signed(lines)
    assert difference(lines) == 0


def test_another_currency_goes_by_its_rate_and_balances(firm):
    row = bought(firm, line("100"), currency="SEK", exchange_rate=D("0.08913"))
    lines = propose(row)
    assert difference(lines) == 0
    assert signed(lines)[-1] == ("2100", D("-11.05"))
    without = msgspec.structs.replace(stored_invoice(row), exchange_rate=None, number="B-1")
    row = WorkspaceInvoice(company=firm.company, number="B-1", payload=proposals_payload(without))
    with pytest.raises(ServiceError, match="has no exchange rate"):
        propose(row)


def proposals_payload(document):
    from tilisilta.core.documents import encode_document

    return encode_document(document)


# --- where accounts come from -------------------------------------------------------------------------------


def test_a_posting_of_another_rate_is_no_example_where_its_account_is_that_rates_own(firm):
    row = sent(firm, line("100", "24", description="Raamat"))
    postings.post(firm.actor, row, propose(row))
    (used,) = {each.account for each in propose(row) if each.part is Part.BASE}
    LedgerAccount.objects.filter(company=firm.company, number=used).update(vat_rate=D(24))
    other = sent(firm, line("100", "9", description="Raamat"), line("100", "24", description="Muu"))
    # 9 % goes to the usual account of its own rate; 24 % follows the one account of the party.
    assert [(each.account, each.why) for each in propose(other)[:2]] == [("3020", "role"), (used, "party_history")]
    LedgerAccount.objects.filter(company=firm.company, number=used).update(vat_rate=None)
    other = WorkspaceInvoice.objects.get(pk=other.pk)
    assert propose(other)[0].account == used  # an account of any rate serves as an example for all
    postings.post(firm.actor, other, [
        msgspec.structs.replace(each, account="3020") if each.vat_rate == 9 and each.part is Part.BASE else each
        for each in propose(other)
    ])  # fmt: skip
    third = sent(firm, line("10", "9", description="Raamat"), line("10", "24", description="Raamat"))
    assert [(each.account, each.why) for each in propose(third)[:2]] == [("3020", "history"), (used, "history")]


def test_the_rate_that_the_buyer_reckons_is_the_one_of_the_day(firm):
    built = line("1000", "0", treatment=VatTreatment.CONSTRUCTION_REVERSE_CHARGE)
    firm.company.country = "FI"
    firm.company.save()
    rates = []
    for number, day in (("V-1", dt.date(2024, 8, 31)), ("V-2", dt.date(2024, 9, 1))):
        row = bought(firm, built, number=number, date=day, due_date=day)
        rates.append({each.vat_rate for each in propose(row) if each.part is Part.BASE})
    assert rates == [{D(24)}, {D("25.5")}]


def test_the_most_particular_source_of_an_account_wins(firm):
    row = bought(firm, line(description="Kohv"))
    assert (propose(row)[0].account, propose(row)[0].why) == ("4000", "role")

    WorkspaceParty.objects.filter(pk=row.party_id).update(default_account=account(firm, "5030"))
    row = WorkspaceInvoice.objects.get(pk=row.pk)
    assert (propose(row)[0].account, propose(row)[0].why) == ("5030", "party")

    changed = [
        msgspec.structs.replace(each, account="5090") if each.part is Part.BASE else each for each in propose(row)
    ]
    postings.post(firm.actor, row, changed)
    again = bought(firm, line(description=" KOHV "), line(description="Tee"), number="A-2")
    assert [(each.account, each.why) for each in propose(again)[:2]] == [("5090", "history"), ("5030", "party")]

    WorkspaceParty.objects.filter(pk=row.party_id).update(default_account=None)
    again = WorkspaceInvoice.objects.get(pk=again.pk)
    assert [(each.account, each.why) for each in propose(again)[:2]] == [("5090", "history"), ("5090", "party_history")]

    item = WorkspaceItem.objects.create(
        company=firm.company, code="KOHV", name="Kohv", purchase_account=account(firm, "5100"), payload=b"{}"
    )
    named = bought(firm, line(description="Kohv", item_code="KOHV"), number="A-3")
    assert (propose(named)[0].account, propose(named)[0].why) == ("5100", "item")
    by_id = bought(firm, line(description="Kohv", item_source_id=str(item.pk)), number="A-4")
    assert propose(by_id)[0].why == "item"
    by_row = bought(firm, line(description="Kohv", item_code="KOHV", ledger_account="5040"), number="A-5")
    assert (propose(by_row)[0].account, propose(by_row)[0].why) == ("5040", "row")


def test_history_of_another_vat_treatment_is_no_example(firm):
    row = bought(firm, line(description="Terad"))
    postings.post(firm.actor, row, propose(row))
    other = bought(
        firm, line("100", "0", treatment=VatTreatment.INTRA_EU_ACQUISITION_GOODS, description="Terad"),
        number="A-2", reason="x",
    )  # fmt: skip
    assert (propose(other)[0].account, propose(other)[0].why) == ("4100", "role")


def test_what_nothing_tells_stays_empty_and_is_not_posted(firm):
    LedgerAccount.objects.filter(company=firm.company, number="4040").delete()
    row = bought(firm, line("100", "0", treatment=VatTreatment.EXEMPT), reason="x")
    found = proposal(row)
    assert (found.lines[0].account, found.lines[0].why, found.is_ready) == ("", "missing", False)
    with pytest.raises(ServiceError, match=r"Line 1 \(Töö\) has no account"):
        postings.post(firm.actor, row, found.lines)


def test_an_account_out_of_use_is_not_proposed(firm):
    row = bought(firm, line(ledger_account="5040"))
    LedgerAccount.objects.filter(company=firm.company, number="5040").update(is_active=False)
    assert propose(row)[0].account == "4000"
    lines = [msgspec.structs.replace(propose(row)[0], account="5040"), *propose(row)[1:]]
    with pytest.raises(ServiceError, match="5040 is not in use"):
        postings.post(firm.actor, row, lines)


# --- posting ------------------------------------------------------------------------------------------------


def test_a_posted_invoice_shows_what_was_posted_and_by_whom(firm):
    row = bought(firm)
    lines = propose(row)
    assert not postings.is_fully_posted(row)
    stored = postings.post(firm.actor, row, lines)
    assert postings.lines_of(row) == stored == lines
    assert row.posting_stage == PostingStage.POSTED
    assert postings.is_fully_posted(row)
    assert {each.date for each in InvoicePosting.objects.filter(invoice=row)} == {dt.date(2026, 10, 5)}
    assert "Posted, 3 lines" in [each.text for each in log_of(row)]
    with pytest.raises(ServiceError, match="posted already"):
        postings.post(firm.actor, row, lines)
    postings.unpost(firm.actor, row)
    assert (postings.lines_of(row), row.posting_stage) == ([], PostingStage.NONE)
    with pytest.raises(ServiceError, match="is not posted"):
        postings.unpost(firm.actor, row)


def test_lines_by_hand_are_marked_and_checked(firm):
    row = bought(firm)
    base, vat, party = propose(row)
    half = msgspec.structs.replace(base, debit=D("60.00"))
    rest = msgspec.structs.replace(base, debit=D("40.00"), account="5030")
    stored = postings.post(firm.actor, row, [half, rest, vat, party])
    assert [each.why for each in stored] == ["hand", "hand", "hand", "hand"]
    postings.unpost(firm.actor, row)

    def refused(words, *lines):
        with pytest.raises(ServiceError, match=words):
            postings.post(firm.actor, row, lines)

    refused("differ by 0.01", msgspec.structs.replace(base, debit=D("99.99")), vat, party)
    refused("There is nothing to post")
    refused("no account 9999", msgspec.structs.replace(base, account="9999"), vat, party)
    refused("needs a VAT treatment", msgspec.structs.replace(base, vat_treatment=None), vat, party)
    refused("either in debit or in credit", msgspec.structs.replace(base, credit=D(1)), vat, party)
    refused("either in debit or in credit", msgspec.structs.replace(base, debit=D("99.999")), vat, party)
    refused("either in debit or in credit", msgspec.structs.replace(base, debit=D("NaN")), vat, party)
    off = PostingLine(account="1010", credit=D(1))
    refused("a difference of 1.00", base, vat, off, msgspec.structs.replace(party, credit=D("123.00")))
    assert postings.lines_of(row) == []


def test_who_may_not_post(firm):
    row = bought(firm)
    with pytest.raises(Forbidden):
        postings.post(member(firm.company, "viewer", "v@example.ee"), row, propose(row))


def test_drafts_and_rejected_invoices_are_not_posted(firm):
    draft = save_invoice(firm.actor, invoice("sales"))
    rejected = bought(firm)
    WorkspaceInvoice.objects.filter(pk=rejected.pk).update(stage="rejected")
    told = postings.accept_proposals(firm.actor, postings.postable(firm.company, [draft.pk, rejected.pk]))
    assert (told.posted, sorted(each.code for each in told.left)) == (0, ["POSTING_DRAFT", "POSTING_REJECTED"])


def test_many_proposals_at_once(firm):
    good = [sent(firm), bought(firm)]
    LedgerAccount.objects.filter(company=firm.company, number="4040").delete()
    bad = bought(firm, line("5", "0", treatment=VatTreatment.EXEMPT), reason="x", number="A-9")
    rows = postings.postable(firm.company, [each.pk for each in [*good, bad]])
    told = postings.accept_proposals(firm.actor, rows)
    assert told.posted == 2
    assert [(each.invoice.pk, each.code) for each in told.left] == [(bad.pk, "POSTING_ACCOUNT_MISSING")]
    assert set(
        WorkspaceInvoice.objects.filter(company=firm.company, posting_stage="posted").values_list("pk", flat=True)
    ) == {each.pk for each in good}


def test_sent_invoices_are_posted_by_themselves_only_where_chosen(firm):
    assert sent(firm).posting_stage == PostingStage.NONE
    WorkspaceSettings.objects.filter(company=firm.company).update(posts_on_sending=True)
    row = sent(firm)
    assert row.posting_stage == PostingStage.POSTED
    assert difference(postings.lines_of(row)) == 0


def test_a_changed_invoice_is_not_posted_any_more(firm):
    row = bought(firm)
    postings.post(firm.actor, row, propose(row))
    kept = save_invoice(firm.actor, msgspec.structs.replace(stored_invoice(row), note="uus"), row=row)
    assert kept.posting_stage == PostingStage.POSTED
    kept = save_invoice(firm.actor, invoice("purchase", line("200")), row=kept)
    assert kept.posting_stage == PostingStage.NONE
    assert postings.lines_of(kept) == []
    assert "because the invoice was changed" in log_of(kept)[0].text


def test_a_closed_period_keeps_postings_as_they_are(firm):
    row, late = bought(firm), bought(firm, number="A-2")
    postings.post(firm.actor, row, propose(row))
    period = ClosedPeriod.objects.create(
        company=firm.company, side="purchase", date_from="2026-10-01", date_to="2026-10-31", state=PeriodState.SENT
    )
    WorkspaceInvoice.objects.filter(pk=row.pk).update(closed_period=period)
    with pytest.raises(ServiceError, match="belongs to a closed period"):
        postings.unpost(firm.actor, row)
    with pytest.raises(ServiceError, match="is closed"):
        postings.post(firm.actor, late, propose(late))
    ClosedPeriod.objects.filter(pk=period.pk).update(state=PeriodState.REOPENED)
    postings.unpost(firm.actor, row)


def test_rows_of_words_are_not_posted(firm):
    words = InvoiceLine(position=2, kind="text", description="Täname")
    row = bought(firm, line(), words)
    assert len(proposals.propose(row)) == 3


def test_an_invoice_of_nothing_is_posted_without_lines(firm):
    """Free goods: there is nothing to book, and yet the period of its day must be able to close."""
    row = save_invoice(firm.actor, invoice("purchase", line("100", discount_percent=D(100))))
    assert proposal(row).is_ready
    assert postings.accept_proposals(firm.actor, [row]).posted == 1
    row.refresh_from_db()
    assert (row.posting_stage, postings.lines_of(row), postings.is_fully_posted(row)) == ("posted", [], True)
    postings.unpost(firm.actor, row)
    other = save_invoice(firm.actor, invoice("purchase", number="A-2"))
    with pytest.raises(ServiceError, match="nothing to post"):
        postings.post(firm.actor, other, [])


@pytest.fixture
def unregistered(firm):
    firm.company.vat_number = ""
    firm.company.save()
    return firm


def test_a_company_without_a_vat_number_deducts_none(unregistered):
    row = bought(unregistered, line("100"), line("33.33", "13"), line("66.67", "13"), line("10", "0"))
    lines = propose(row)
    assert difference(lines) == 0
    assert [each.signed for each in lines] == [D("124.00"), D("37.66"), D("75.34"), D("10.00"), D("-247.00")]
    assert {each.part for each in lines} == {Part.BASE, Part.PARTY}
    assert {(each.vat_rate, each.vat_treatment) for each in lines[:-1]} == {(D(0), VatTreatment.OUTSIDE_SCOPE)}
    assert [each.why for each in lines] == ["not_deducted"] * 3 + ["role", "role"]
    postings.post(unregistered.actor, row, lines)


def test_it_reckons_no_vat_of_its_own_and_its_history_still_tells(unregistered):
    row = bought(unregistered, line("100", "24", treatment=VatTreatment.INTRA_EU_ACQUISITION_SERVICES))
    lines = propose(row)
    assert [each.signed for each in lines] == [D("100.00"), D("-100.00")]
    by_hand = [msgspec.structs.replace(lines[0], account="4900"), lines[1]]
    LedgerAccount.objects.get_or_create(
        company=unregistered.company, number="4900", defaults={"name": "Muu", "type": "expense"}
    )
    postings.post(unregistered.actor, row, by_hand)
    again = propose(bought(unregistered, line("50"), number="A-2"))
    assert (again[0].account, again[0].signed) == ("4900", D("62.00"))


def test_its_credit_notes_and_other_currencies_balance(unregistered):
    credit = bought(unregistered, line("100"), is_credit_note=True)
    assert signed(propose(credit))[-1][1] == D("124.00")
    dollars = bought(unregistered, line("9.99"), line("0.03"), number="A-3", currency="USD", exchange_rate=D("0.917"))
    lines = propose(dollars)
    assert difference(lines) == 0
    assert Part.INPUT_VAT not in {each.part for each in lines}
