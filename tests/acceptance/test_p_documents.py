"""P39 to P60 and the fields P61 to P78: documents go into Procountor one by one, and its books agree."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from tests.acceptance.procountor_firm import BUY_DAY, OWN_IBAN, PDF, SALE_DAY, SUPPLIER_IBAN, ProcountorFirm
from tests.support.workspace import line, member
from tilisilta.core.documents import DimensionValue
from tilisilta.core.vat import VatTreatment
from tilisilta.services.approval import circulation, handlers
from tilisilta.services.integrations import update_settings
from tilisilta.services.ledger.payments import add_payment, remove_payment
from tilisilta.services.ledger.postings import lines_of
from tilisilta.services.ledger.rules import run_rules
from tilisilta.services.workspace.attachments import add_attachment
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.services.workspace.saving import save_invoice
from tilisilta.services.workspace.settings import settings_of
from tilisilta.services.workspace.settings import update_settings as update_workspace
from tilisilta.store.models import (
    Delivery,
    MappingRow,
    PaymentOrigin,
    Role,
    Run,
    WorkspaceInvoice,
    WorkspacePayment,
)

D = Decimal


def boxes() -> list[Any]:
    """Return rows with everything that moves: name, area and number, quantity, price, VAT, discount."""
    box = line(
        "12.50", "25.5", item_name="Pahvilaatikko", item_code="PL-10", quantity=D(10), unit="kpl",
        extra={"product_area": "Pakkaus"}, dimensions=(DimensionValue("project", "P1", "Talo"),),
    )  # fmt: skip
    freight = line("40", "13.5", position=2, item_name="Rahti", quantity=D(1), discount_percent=D(10))
    return [box, freight]


@pytest.mark.feature(
    *("P39", "P40", "P41", "P42", "P43", "P44", "P61", "P62", "P63", "P64", "P65", "P66", "P67", "P68", "P78", "P79"),
)
def test_a_purchase_that_procountor_posts_goes_at_approval_with_its_fields_and_its_picture(one_by_one: ProcountorFirm):
    firm = one_by_one
    row = firm.received("OST-77", *boxes(), note="Muistiinpano")
    add_attachment(firm.owner, row, "ost-77.pdf", PDF, is_image=True)
    add_attachment(firm.owner, row, "sopimus.pdf", PDF + b" ")
    firm.settled()
    assert firm.held() == []
    circulation.approve_at_once(firm.owner, row)
    firm.settled()
    (held,) = firm.held()
    assert (held["type"], held["date"], held["originalInvoiceNumber"]) == ("PURCHASE_INVOICE", "2026-11-04", "OST-77")
    payment = held["paymentInfo"]
    assert payment["dueDate"] == (BUY_DAY + dt.timedelta(days=14)).isoformat()
    assert payment["bankAccount"] == {"accountNumber": SUPPLIER_IBAN, "bic": "NDEAFIHH"}
    party = held["counterParty"]
    assert (party["counterPartyAddress"]["name"], party["taxCode"]) == ("Esimerkki Tukku Oy", "FI12345671")
    names = ("product", "productCode", "comment", "quantity", "unitPrice", "vatPercent", "discountPercent")
    rows = [[str(each.get(name, "")) for name in names] for each in held["invoiceRows"]]
    assert rows == [
        ["Pahvilaatikko", "PL-10", "Pakkaus", "10", "12.50", "25.5", "0"],
        ["Rahti", "", "", "1", "40", "13.5", "10"],
    ]
    assert held["status"] == "APPROVED"
    books = firm.procountor.books()
    assert [each["name"] for each in books["attachments"]] == ["ost-77.pdf"]  # the picture alone
    assert [each["name"] for each in books["business_partners"]] == ["Esimerkki Tukku Oy"]
    assert not firm.receipt(held).get("accountantsNotes")  # posted by Procountor's rules; ours wrote nothing there
    assert "Muistiinpano" not in str(held)
    assert not any(each.get("dimensionItemValues") for each in firm.receipt(held)["transactions"])
    page = firm.page(row).text
    assert "the accounting firm checks the posting there" in page
    assert page.index("Step at the target done: approval") > page.index("Prepared for the target")
    assert "Not sent, because only the picture of the invoice moves: sopimus.pdf" in page
    # The accounting firm has it on its list until somebody has looked at the posting there.
    listed = firm.pages.go("purchase-list").click("Postings to check in Procountor: 1")
    (waiting,) = listed.rows()
    assert [waiting.split(" | ")[at] for at in (1, -1)] == ["OST-77", str(held["invoiceNumber"])]
    listed.press("Checked in Procountor", ids=[str(row.pk)])
    assert "Every posting has been checked" in firm.pages.text
    assert not [each for each in firm.pages.go("purchase-list").links() if each.startswith("Postings to check")]
    assert "Posting checked in Procountor" in firm.page(row).text
    firm.buy("OST-78")
    firm.settled()
    assert {each["partnerId"] for each in firm.held()} == {held["partnerId"]}  # the partner is joined, not made again


@pytest.mark.feature("P45")
def test_with_circulation_a_purchase_goes_at_the_first_approval_and_once(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_workspace(firm.owner, circulation_on=True, approvers_needed=2)
    people = [member(firm.company, Role.ACCOUNTANT, f"{name}@yritys.fi") for name in ("eka", "toka")]
    row = firm.received("KIER-1")
    for each in people:
        handlers.add_handler(firm.owner, row, each.user, "approver", is_mandatory=True)  # type: ignore[arg-type]
    row = circulation.start(firm.owner, row)
    firm.settled()
    assert firm.held() == []
    circulation.accept(people[0], row)
    firm.settled()
    (held,) = firm.held()
    assert (held["status"], WorkspaceInvoice.objects.get(pk=row.pk).stage) == ("APPROVED", "circulating")
    runs = Run.objects.count()
    circulation.accept(people[1], row)
    firm.settled()
    assert WorkspaceInvoice.objects.get(pk=row.pk).stage == "approved"
    assert (firm.held(), Run.objects.count()) == ([held], runs)


@pytest.mark.feature("P38", "P46", "P47", "P48", "P49", "P50", "P51", "P52", "P81")
def test_purchases_posted_here_go_by_their_button_with_our_postings_and_many_at_once(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    row = firm.buy("T-1", line("400", "25.5"))
    firm.settled()
    assert firm.held() == []  # approval alone sends nothing
    page = firm.page(row)
    assert "Invoice T-1 is not posted" in page.text
    assert "Send to Procountor" not in page.buttons()
    page.press("Post as proposed")
    # The period is closed in Procountor: the transfer fails, is mended and is pressed again.
    firm.procountor.call("POST", "act/periods", {"until": "2026-11-30"})
    firm.page(row).press("Send to Procountor")
    firm.settled()
    assert firm.held() == []
    assert "again" in "".join(each for each in firm.page(row).buttons() if each.startswith("Send to Procountor"))
    firm.procountor.call("POST", "act/periods", {"until": "2026-11-30", "status": "OPEN"})
    firm.page(row).press("Send to Procountor again")
    firm.settled()
    (held,) = firm.held()
    assert (held["status"], firm.entries(held)) == ("APPROVED", firm.posted(row))
    assert "Step at the target done: our posting on its accounting page" in firm.page(row).text
    others = [firm.buy("T-2", line("10.01", "25.5"), post=True), firm.buy("T-3", line("33.33", "25.5"), post=True)]
    firm.buy("T-4")
    page = firm.pages.go("purchase-list").click("To send to Procountor")
    assert [each.split(" | ")[1] for each in page.rows()] == ["T-2", "T-3", "T-4"]
    page.press("Send the chosen to Procountor")
    firm.settled()
    assert sorted(each["originalInvoiceNumber"] for each in firm.held()) == ["T-1", "T-2", "T-3"]
    for each in others:
        (held,) = firm.held(each.number)
        assert firm.entries(held) == firm.posted(each)
    # What was posted here nobody has to check there.
    assert not [each for each in firm.pages.go("purchase-list").links() if each.startswith("Postings to check")]
    # Closing the month sends nothing: whatever travels went by itself already (P52).
    before, runs = firm.procountor.books()["ledger"], Run.objects.count()
    post = firm.pages.go("purchase-list").click("Close the accounting period")
    page = post.press("Check these days", date_from="2026-11-01", date_to="2026-11-20")
    assert "T-4" in page.text
    firm.post(WorkspaceInvoice.objects.get(number="T-4"))
    page = firm.pages.go("purchase-list").click("Close the accounting period")
    page.press("Check these days", date_from="2026-11-01", date_to="2026-11-20").press("Close 1 Nov 2026")
    firm.settled()
    assert (firm.procountor.books()["ledger"], Run.objects.count()) == (before, runs)
    assert WorkspaceInvoice.objects.filter(closed_period=None).count() == 0


@pytest.mark.feature("P55", "P56", "P57", "P70", "P71", "P72", "P73", "P74", "P75", "P76", "P77")
def test_a_sale_goes_when_it_is_sent_with_our_postings_and_its_payment(one_by_one: ProcountorFirm):
    firm = one_by_one
    draft = firm.draft(*(line("68.00", "25.5", item_name="Asennustyö", quantity=D(3), discount_percent=D(5)),))
    add_attachment(firm.owner, draft, "liite.pdf", PDF + b"  ")
    firm.settled()
    assert firm.held() == []
    firm.page(draft).press("Send")
    firm.settled()
    row = WorkspaceInvoice.objects.get(pk=draft.pk)
    assert firm.held(), firm.page(row).text
    (held,) = firm.held()
    assert (held["type"], held["originalInvoiceNumber"], held["date"]) == (
        "SALES_INVOICE", row.number, SALE_DAY.isoformat()
    )  # fmt: skip
    address = held["counterParty"]["counterPartyAddress"]
    assert (address["name"], address["street"], address["zip"], address["city"]) == (
        "Ostaja Oy", "Pitkäkatu 1", "20100", "Turku"
    )  # fmt: skip
    assert held["paymentInfo"]["dueDate"] == row.due_date.isoformat()  # type: ignore[union-attr]
    # The bank account of our settings; of a sale Procountor takes its IBAN alone, and has its BIC with the account.
    assert held["paymentInfo"]["bankAccount"] == {"accountNumber": settings_of(firm.company).bank_iban}
    own = {each["iban"]: each["bic"] for each in firm.there("GET", "/bankaccounts")["results"]}
    assert own[OWN_IBAN] == settings_of(firm.company).bank_bic == "NDEAFIHH"
    names = ("product", "quantity", "unitPrice", "vatPercent", "discountPercent")
    assert [[str(each.get(name, "")) for name in names] for each in held["invoiceRows"]] == [
        ["Asennustyö", "3", "68.00", "25.5", "5"]
    ]
    assert held["status"] == "SENT"
    assert firm.entries(held) == firm.posted(row)
    assert [each["name"] for each in firm.procountor.books()["attachments"]] == [f"{row.number}.pdf"]
    page = firm.page(row)
    assert "Not sent, because only the picture of the invoice moves: liite.pdf" in page.text
    assert "A program cannot take that back" in page.text
    page.press("Record and post", date="2026-11-10", amount="100.00")
    firm.settled()
    (event,) = firm.procountor.books()["payment_events"]
    assert D(str(event["sum"] if "sum" in event else event["amount"])) == D("100.00")
    # What is edited here afterwards is shown as a difference; Procountor keeps what it has.
    edited = msgspec.structs.replace(stored_invoice(row), due_date=SALE_DAY + dt.timedelta(days=30))
    save_invoice(firm.owner, edited, row=row)
    firm.settled()
    assert firm.delivery(row).state == "drifted"
    assert firm.held()[0]["paymentInfo"]["dueDate"] == held["paymentInfo"]["dueDate"]


@pytest.mark.feature("P58", "P59")
def test_a_reference_payment_is_never_sent_and_says_why(one_by_one: ProcountorFirm):
    firm = one_by_one
    row = firm.sell()
    add_payment(firm.owner, row, dt.date(2026, 11, 9), D("125.50"), origin=PaymentOrigin.REFERENCE)
    firm.settled()
    assert len(firm.held()) == 1, firm.page(row).text
    assert firm.procountor.books()["payment_events"] == []
    page = firm.page(row).text
    assert "REFERENCE_PAYMENT_NOT_SENT" in page
    assert "bank connection for reference payments is on in Procountor too" in page


@pytest.mark.feature("P74")
def test_a_bic_that_differs_from_procountors_is_told(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_workspace(firm.owner, bank_bic="OKOYFIHH")
    row = firm.sell()
    firm.settled()
    (held,) = firm.held()
    assert (held["status"], held["paymentInfo"]["bankAccount"]["accountNumber"]) == ("SENT", OWN_IBAN)
    page = firm.page(row).text
    assert "BIC_DIFFERS_IN_PROCOUNTOR" in page
    assert "bears the BIC OKOYFIHH here and NDEAFIHH in Procountor" in page


@pytest.mark.feature("P34")
def test_construction_services_bear_the_status_of_the_rate_of_their_day(one_by_one: ProcountorFirm):
    firm = one_by_one
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    statuses = {
        str(each["vatStatus"]): each["description"]
        for each in firm.there("GET", "/vats/default")["vatStatuses"]
        if "Construction services, reverse charge" in each["description"]
    }
    by_rate = {rate: next(key for key, said in statuses.items() if f"{rate}%" in said) for rate in ("24", "25.5")}
    assert len(set(by_rate.values())) == 2
    built = line("1000", "0", treatment=VatTreatment.CONSTRUCTION_REVERSE_CHARGE, description="Maalaustyö")
    # The rate of the law changed on 1 September 2024: the same work of the day before bears the one of before.
    old_day, new_day = dt.date(2024, 8, 31), dt.date(2024, 9, 1)
    firm.procountor.call("POST", "act/periods", {"until": "2024-12-31", "status": "OPEN"})
    rows = [firm.buy(f"RAK-{day}", built, post=True, date=day, due_date=day) for day in (old_day, new_day)]
    used = {
        each.vat_rate.normalize() for row in rows for each in lines_of(row) if each.vat_rate and each.part == "base"
    }
    assert used == {D("24"), D("25.5")}
    page = firm.table()
    codes, targets = [], []
    for number, rate in firm.lines():
        codes.append(by_rate.get(rate, "1") if number != "3000" else "")
        targets.append("4000" if number[0] != "3" else "3000")
    assert {rate for number, rate in firm.lines() if number[0] == "4"} >= {"24", "25.5"}
    page.press("Save all", target=targets, vat_code_purchases=codes)
    zero = MappingRow(company=firm.company, integration=firm.integration, table="vat_codes", direction="purchase")
    zero.source_key, zero.target_key = "rate:0:construction_reverse_charge", by_rate["25.5"]
    zero.save()
    for row in rows:
        firm.page(row).press("Send to Procountor")
    firm.settled()
    found = {}
    for row in rows:
        assert firm.held(row.number), firm.page(row).text[-1500:]
        (held,) = firm.held(row.number)
        found[row.date] = {
            str(each["vatStatus"]) for each in firm.receipt(held)["transactions"] if each["transactionType"] == "ENTRY"
        }
    assert found == {old_day: {by_rate["24"]}, new_day: {by_rate["25.5"]}}


@pytest.mark.feature("P53", "P54", "P69")
def test_a_purchase_is_paid_by_the_rule_of_three_days_or_by_hand_once(
    one_by_one: ProcountorFirm, monkeypatch: pytest.MonkeyPatch
):
    firm = one_by_one
    rows = [firm.buy(f"M-{at}", line(f"{at}00", "25.5")) for at in (1, 2, 3)]
    firm.settled()
    due = rows[0].due_date
    assert due is not None
    with monkeypatch.context() as clock:  # taken to the bank a week before they are due
        clock.setattr("tilisilta.services.ledger.payments.timezone", SimpleNamespace(now=lambda: _noon(due, -8)))
        for row in (rows[0], rows[2]):
            firm.page(row).press("Mark as sent to the bank")
        firm.page(rows[2]).press("Save the error", error="Tili on suljettu")
    run_rules(_noon(due, 2))
    firm.settled()
    assert firm.procountor.books()["payment_events"] == []
    run_rules(_noon(due, 3))
    paid = add_payment(firm.owner, rows[1], dt.date(2026, 11, 12), D("51.00"))
    firm.settled()
    events = firm.procountor.books()["payment_events"]
    # What the bank refused is nobody's payment, however long past its due date.
    assert len(events) == 2, firm.page(rows[0]).text
    assert "The bank's error: Tili on suljettu" in firm.page(rows[2]).text
    numbers = {each["id"]: each["originalInvoiceNumber"] for each in firm.held()}
    paid_there = {numbers[each["invoiceId"]]: (each["paymentDate"], D(str(each["amount"]))) for each in events}
    assert paid_there["M-2"] == ("2026-11-12", D("51.00"))
    assert paid_there["M-1"] == (due.isoformat(), D("125.50"))
    assert {each["originalInvoiceNumber"]: each["status"] for each in firm.held()} == {
        "M-1": "MARKED_PAID", "M-2": "PARTLY_PAID", "M-3": "APPROVED"
    }  # fmt: skip
    # A payment that is changed afterwards is taken away and entered anew: Procountor keeps the first, once.
    remove_payment(firm.owner, WorkspacePayment.objects.get(pk=paid.pk))
    add_payment(firm.owner, rows[1], dt.date(2026, 11, 13), D("50.00"))
    firm.settled()
    assert firm.procountor.books()["payment_events"] == events
    states = sorted(Delivery.objects.filter(kind="payment").values_list("state", "reason"))
    assert [each for each in states if each[1]] == [
        ("drifted", "DELETED_AT_SOURCE"), ("skipped", "PAYMENT_EDITED_LATER")
    ]  # fmt: skip
    assert "was edited after it was sent" in firm.page(rows[1]).text
    # Once the bank's error is gone, the rule counts again.
    firm.page(rows[2]).press("Save the error", error="")
    run_rules(_noon(due, 4))
    firm.settled()
    assert {each["status"] for each in firm.held("M-3")} == {"MARKED_PAID"}


def _noon(day: dt.date, later: int) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=later), dt.time(12), dt.UTC)
