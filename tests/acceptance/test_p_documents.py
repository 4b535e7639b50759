"""P39 to P60 and the fields P61 to P78: documents go into Procountor one by one, and its books agree."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.acceptance.procountor_firm import BUY_DAY, PDF, SALE_DAY, SUPPLIER_IBAN, ProcountorFirm
from tests.support.workspace import line, member
from tilisilta.core.documents import DimensionValue
from tilisilta.services.approval import circulation, handlers
from tilisilta.services.integrations import update_settings
from tilisilta.services.ledger.payments import add_payment, remove_payment, send_to_bank
from tilisilta.services.ledger.rules import run_rules
from tilisilta.services.workspace.attachments import add_attachment
from tilisilta.services.workspace.content import stored_invoice
from tilisilta.services.workspace.saving import save_invoice
from tilisilta.services.workspace.settings import update_settings as update_workspace
from tilisilta.store.models import (
    Delivery,
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
    assert held["paymentInfo"]["bankAccount"]["accountNumber"] == "FI4815900000000001"
    names = ("product", "quantity", "unitPrice", "vatPercent", "discountPercent")
    assert [[str(each.get(name, "")) for name in names] for each in held["invoiceRows"]] == [
        ["Asennustyö", "3", "68.00", "25.5", "5"]
    ]
    assert held["status"] == "SENT"
    assert firm.entries(held) == firm.posted(row)
    assert [each["name"] for each in firm.procountor.books()["attachments"]] == [f"{row.number}.pdf"]
    page = firm.page(row)
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


@pytest.mark.feature("P53", "P54", "P69")
def test_a_purchase_is_paid_by_the_rule_of_three_days_or_by_hand_once(one_by_one: ProcountorFirm):
    firm = one_by_one
    rows = [firm.buy("M-1", line("100", "25.5")), firm.buy("M-2", line("200", "25.5"))]
    firm.settled()
    send_to_bank(firm.owner, rows[0])
    due = rows[0].due_date
    assert due is not None
    run_rules(dt.datetime.combine(due + dt.timedelta(days=2), dt.time(12), dt.UTC))
    firm.settled()
    assert firm.procountor.books()["payment_events"] == []
    WorkspaceInvoice.objects.filter(pk=rows[0].pk).update(bank_sent_at=dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC))
    run_rules(dt.datetime.combine(due + dt.timedelta(days=3), dt.time(12), dt.UTC))
    paid = add_payment(firm.owner, rows[1], dt.date(2026, 11, 12), D("51.00"))
    firm.settled()
    events = firm.procountor.books()["payment_events"]
    assert len(events) == 2, firm.page(rows[0]).text
    numbers = {each["id"]: each["originalInvoiceNumber"] for each in firm.held()}
    paid_there = {numbers[each["invoiceId"]]: (each["paymentDate"], D(str(each["amount"]))) for each in events}
    assert paid_there["M-2"] == ("2026-11-12", D("51.00"))
    assert paid_there["M-1"][1] == D("125.50")
    assert {each["originalInvoiceNumber"]: each["status"] for each in firm.held()} == {
        "M-1": "MARKED_PAID", "M-2": "PARTLY_PAID"
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
