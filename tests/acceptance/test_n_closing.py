"""N02 to N30: a firm ties its workspace to Netvisor on the pages, posts a month, closes it, and Netvisor's books agree.

The invoices are kept, sent, approved, posted and paid by the product's own rules; nothing is put into tables by hand.
"""

import datetime as dt

import pytest

from tests.acceptance.netvisor_month import Month
from tests.support.workspace import line
from tilisilta.core.vat.treatment import VatTreatment
from tilisilta.store.models import ClosedPeriod, Side

PAIRS = (("KOMY", "KOOS"), ("NONE", "NONE"), ("RAMY", "RAOS"), ("EUMY", "EUOS"), ("EUUM", "EUUO"))


@pytest.mark.feature("N02", "N03", "N17", "N18", "N19", "N20", "N21")
def test_sales_and_purchases_are_closed_apart_from_their_lists_and_go_straight_into_the_ledger(ready_month: Month):
    ready_month.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in ready_month.sent().text
    assert ready_month.held() == ready_month.posted(Side.SALES)
    assert {each["date"] for each in ready_month.vouchers()} == {"2026-10-31"}
    ready_month.close("purchase").press("Close 1 Oct 2026")
    assert "Closed and sent" in ready_month.sent().text
    assert ready_month.held() == ready_month.posted(Side.SALES, Side.PURCHASES)
    history = ready_month.pages.go("sales-list").click("Closed periods")
    row = history.rows()[-1]
    assert "Closed and sent" in row
    assert row.split(" | ")[-1] == str(ready_month.vouchers()[0]["key"])


@pytest.mark.feature("N22")
def test_a_closed_period_is_sent_again_and_stands_once(ready_month: Month):
    ready_month.close("sales", vouchers="day").press("Close 1 Oct 2026")
    before = ready_month.held() if ready_month.sent() else {}
    count = len(ready_month.vouchers())
    ready_month.pages.go("period-detail", ClosedPeriod.objects.get().pk).press("Send again")
    assert "Closed and sent" in ready_month.sent().text
    assert (ready_month.held(), len(ready_month.vouchers())) == (before, count)
    compared = ready_month.pages.click("Compare with Netvisor")
    assert "Both sides agree to the cent" in compared.text


@pytest.mark.feature("N24", "N25")
def test_earlier_events_are_listed_with_the_way_to_close_them(ready_month: Month):
    early = ready_month.sell(dt.date(2026, 9, 30), line("10", "25.5"))
    page = ready_month.close("sales")
    assert "Close the earlier cycle" in page.text
    assert f"/invoices/{early.pk}/" in page.source
    assert ready_month.vouchers() == []


@pytest.mark.feature("N05", "N06", "N10")
def test_nothing_goes_before_activation_and_before_every_used_account_is_mapped(month: Month):
    month.fill()
    month.tie()
    assert "activate the integration first" in month.close("sales").text
    assert "Activate" not in month.pages.go("integration-checklist", month.integration.pk).buttons()
    month.map_accounts()
    month.activate()
    kinds = (VatTreatment.CONSTRUCTION_REVERSE_CHARGE, VatTreatment.EXPORT)
    for kind in kinds:
        month.sell(dt.date(2026, 10, 20), line("75", "0", treatment=kind), reason="AVL")
    page = month.close("sales")
    assert {"3060 (0 %)", "3200 (0 %)"} <= set(page.links())
    assert not any(words.startswith("Close 1 Oct") for words in page.buttons())
    assert month.vouchers() == []
    month.map_accounts()
    month.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.SALES)


@pytest.mark.feature("N11", "N12", "N13", "N14", "N15", "N16")
def test_each_pair_of_vat_codes_is_chosen_on_the_page_and_stands_in_the_books(month: Month):
    month.fill_every_kind()
    month.tie()
    table = month.pages.go("mapping-table", month.integration.pk, "accounts")
    sales, purchases = (table.choices(name) for name in ("vat_code_sales", "vat_code_purchases"))
    for ours, theirs in PAIRS:
        assert ours in sales
        assert theirs in purchases
    assert (sales["NONE"], sales["EUUM"]) == ("- Ei ALV-käsittelyä", "EUUM EU:n ulkopuolinen myynti")
    month.map_accounts()
    month.activate()
    for side in ("sales", "purchase"):
        month.close(side).press("Close 1 Oct 2026")
        assert "Closed and sent" in month.sent().text
    held = month.held()
    assert held == month.posted(Side.SALES, Side.PURCHASES)
    assert {code for _, code in held} == {code for pair in PAIRS for code in pair}
    # What the buyer reckons, 25.5 % of 22.23, 32.23 and 42.23, and the VAT of 111.37 sold and 12.23 bought.
    reckoned = 567 + 822 + 1077
    assert (held["2939", "NONE"], held["1763", "NONE"]) == (-reckoned - 2840, reckoned + 312)


@pytest.mark.feature("N30")
def test_a_period_that_is_locked_in_netvisor_is_told_before_anything_is_sent(ready_month: Month):
    ready_month.netvisor.call("POST", "options", {"accounting_locked_until": "2026-10-31"})
    page = ready_month.close("sales")
    assert "Check that the accounting period is not closed in Netvisor." in page.text
    assert not ClosedPeriod.objects.exists()
    ready_month.netvisor.call("POST", "options", {"accounting_locked_until": "2026-09-30"})
    ready_month.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in ready_month.sent().text
    assert ready_month.held() == ready_month.posted(Side.SALES)
