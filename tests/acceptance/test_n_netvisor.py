"""N01, N04, N07-N09 and N23-N30: Netvisor's keys and package, and the three errors in the words that users know."""

import datetime as dt
import re
from importlib.metadata import version

import pytest

from tests.acceptance.netvisor_month import Month
from tests.support.workspace import line
from tilisilta.store.models import ClosedPeriod, Connection, Side

# The first sentence of each of the three, then what it says of cause and remedy, as users of the trade know them.
OUTSIDE = "Kirjanpitosyklin päätös sisältää valitun ajanjakson ulkopuolisia tapahtumia!"
OUTSIDE_CAUSE = "Valitun ajanjakson ulkopuolisia tapahtumia on päättämättä"
OUTSIDE_REMEDY = (
    "Päätä aikaisempi kirjanpitosykli tai varmista, ettei ole päättämättä ajanjakson ulkopuolisia tapahtumia."
)
ACCOUNT = "Kirjanpito integraatiossa tapahtui virhe. Tiliä ei löydy Netvisorin tilikartasta."
ACCOUNT_REMEDY = "Tarkasta kohdistus Asetukset > Integraatiot > Netvisor."
SENDING = "Laskujen lähetys Netvisoriin epäonnistui."
SENDING_REMEDY = "Tarkista, ettei kyseinen kirjanpidon kausi ole Netvisorissa suljettuna."


def account_cause(number: str) -> str:
    return (
        f"Virheilmoituksessa näkyvää tilinumeroa {number} ei ole kohdistettu Netvisorin tilikarttaan "
        "tai kohdistus on väärin."
    )


def was_sent(month: Month) -> bool:
    """Return whether a voucher was ever brought to Netvisor's door."""
    return any(path.endswith("/accounting.nv") for path in month.netvisor.requests()["endpoints"])


@pytest.mark.feature("N01")
def test_the_newest_guide_is_behind_a_link_where_netvisor_is_set_up(ready_month: Month):
    entering = ready_month.pages.open("connections/new/netvisor/")
    assert f"Guide of Netvisor Tilisilta {version('tilisilta')}" in entering.text
    guide = entering.click("Guide of Netvisor")
    assert guide.heading == "Netvisor"
    assert "Two pairs." in guide.text
    month_end = guide.click("Closing a month")
    assert month_end.heading == "Closing a month"
    # What the guide says is how it goes.
    assert "each from the menu More of its list" in month_end.text
    ready_month.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in ready_month.sent().text
    assert ready_month.held() == ready_month.posted(Side.SALES)


@pytest.mark.feature("N04")
def test_a_package_without_the_interface_is_told_when_the_keys_are_entered(month: Month):
    month.fill()
    month.netvisor.call("POST", "options", {"plan": "Basic"})
    page = month.enter_keys()
    assert "The plan does not include the interface" in page.text
    assert "Professional" in month.pages.open("connections/new/netvisor/").text
    month.netvisor.call("POST", "options", {"plan": "Professional"})
    month.pages.go("connection-detail", Connection.objects.get(vendor="netvisor").pk).press("Test the connection")
    tied = month.pages.open("integrations/new/")
    pick = {name: {words: value for value, words in tied.choices(name).items()} for name in ("source", "target")}
    tied.press("Go on to the checklist", source=pick["source"]["Tilisilta"], target=pick["target"]["Netvisor"])
    month.map_accounts()
    month.activate()
    month.netvisor.call("POST", "options", {"plan": "Basic"})
    page = month.close("sales")
    assert "The plan does not include the interface" in page.text
    assert (month.vouchers(), ClosedPeriod.objects.count()) == ([], 0)
    month.netvisor.call("POST", "options", {"plan": "Professional"})
    month.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.SALES)


@pytest.mark.feature("N07", "N08", "N09")
def test_keys_are_entered_tested_and_kept_sealed_and_the_integration_is_activated_in_its_settings(month: Month):
    month.fill()
    page = month.enter_keys(customer_key="0" * 32)
    assert "The key was not accepted" in page.text
    refused = Connection.objects.get(vendor="netvisor")
    assert month.netvisor.requests()["total"] > 0
    page = month.pages.go("connection-edit", refused.pk)
    key = month.netvisor.credentials["customer_key"]
    assert "Leave empty to keep the saved one." in page.text
    page = page.press("Save", credential_customer_key=key)
    assert "Active" in month.pages.go("connection-detail", refused.pk).text
    shown = month.pages.go("connection-edit", refused.pk).source
    sealed = bytes(Connection.objects.get(pk=refused.pk).sealed_credentials)
    for secret in (key, month.netvisor.credentials["partner_key"]):
        assert secret not in shown
        assert secret.encode() not in sealed
    tied = month.pages.open("integrations/new/")
    pick = {name: {words: value for value, words in tied.choices(name).items()} for name in ("source", "target")}
    tied.press("Go on to the checklist", source=pick["source"]["Tilisilta"], target=pick["target"]["Netvisor"])
    month.map_accounts()
    month.activate()
    assert "Ready" in month.pages.open("integrations/").row("Netvisor")
    month.close("purchase").press("Close 1 Oct 2026")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.PURCHASES)


@pytest.mark.feature("N23", "N24", "N25")
def test_events_outside_the_range_refuse_the_close_in_the_known_words(ready_month: Month):
    month = ready_month
    early = month.sell(dt.date(2026, 9, 30), line("10", "25.5"))
    assert "The close contains events outside the chosen range!" in month.check("sales").text
    month.read_in("fi")
    page = month.check("sales")
    assert OUTSIDE in page.text
    assert f"{OUTSIDE_CAUSE}: {early.number}" in page.text
    assert OUTSIDE_REMEDY in page.text
    assert any(each.startswith(f"{early.number} ") for each in page.links())
    assert (month.vouchers(), ClosedPeriod.objects.count()) == ([], 0)
    # The remedy: the earlier cycle first, then this one.
    month.read_in("en")
    month.pages.go("period-close", "sales", date_from="2026-09-01", date_to="2026-09-30").press("Close 1 Sept 2026")
    month.sent()
    month.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.SALES)
    assert {each["date"] for each in month.vouchers()} == {"2026-09-30", "2026-10-31"}


@pytest.mark.feature("N26", "N27", "N28")
@pytest.mark.parametrize("why", ["unmapped", "gone"])
def test_an_account_that_netvisor_lacks_is_named_with_the_way_to_its_row(ready_month: Month, why: str):
    month = ready_month
    if why == "unmapped":
        month.sell(dt.date(2026, 10, 20), line("75", "0", treatment="export"), reason="AVL")
        number = "3200"
    else:
        month.netvisor.call("POST", "act", {"do": "remove_account", "number": "3360"})
        number = "3100"
    month.read_in("fi")
    page = month.check("sales")
    assert ACCOUNT in page.text
    named = re.search(rf"tilinumeroa ({number}[^,]*?) ei ole kohdistettu", page.text)
    assert named, page.text
    assert account_cause(named[1]) in page.text
    assert ACCOUNT_REMEDY in page.text
    (way,) = [each for each in page.links() if each.startswith(number)]
    row = page.click(way).rows()
    assert [each.split(" ")[0] for each in row] == [number]
    assert (month.vouchers(), ClosedPeriod.objects.count()) == ([], 0)
    if why == "unmapped":
        month.read_in("en")
        month.map_accounts()
    else:
        month.netvisor.call("POST", "act", {"do": "add_account", "number": "3360", "name": "EU", "vat_code": "EUMY"})
        month.read_in("en")
    month.close("sales").press("Close 1 Oct 2026")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.SALES)


@pytest.mark.feature("N29", "N30")
def test_a_lock_in_netvisor_is_told_in_the_known_words_before_and_after_sending(ready_month: Month):
    month = ready_month
    month.netvisor.call("POST", "options", {"accounting_locked_until": "2026-10-31"})
    month.read_in("fi")
    page = month.check("sales")
    assert SENDING in page.text
    assert SENDING_REMEDY in page.text
    assert not was_sent(month)
    month.netvisor.call("POST", "options", {"accounting_locked_until": None})
    # Locked only when the voucher itself arrives.
    lock = {"kind": "lock_period", "data": {"until": "2026-10-31"}, "match": {"path": "accounting.nv"}, "times": 1}
    month.netvisor.faults(lock)
    month.read_in("en")
    month.close("sales").press("Close 1 Oct 2026")
    month.sent()
    month.netvisor.clear_faults()
    month.read_in("fi")
    page = month.sent()
    assert SENDING in page.text
    assert SENDING_REMEDY in page.text
    assert month.vouchers() == []
    month.netvisor.call("POST", "options", {"accounting_locked_until": None})
    month.read_in("en")
    month.pages.go("period-detail", ClosedPeriod.objects.get().pk).press("Send again")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.SALES)
    assert was_sent(month)


def test_a_key_that_loses_a_right_after_it_was_tested_sends_nothing_twice(ready_month: Month):
    month = ready_month
    month.netvisor.call("POST", "options", {"denied": ["accounting.nv"]})
    month.close("sales").press("Close 1 Oct 2026")
    assert "A right is missing" in month.sent().text
    assert month.vouchers() == []
    month.netvisor.call("POST", "options", {"denied": []})
    connection = Connection.objects.get(company=month.company, vendor="netvisor")
    month.pages.go("connection-detail", connection.pk).press("Test the connection")
    month.settle()
    if "Closed and sent" not in month.sent().text:
        month.pages.press("Send again")
    assert "Closed and sent" in month.sent().text
    assert month.held() == month.posted(Side.SALES)
