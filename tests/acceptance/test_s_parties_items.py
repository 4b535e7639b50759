"""S23-S28: customers, suppliers and items come first, are found where they are, and are never doubled silently."""

import pytest

from tests.acceptance.conftest import Firm
from tilisilta.store.models import Role

NEVER_DOUBLED = ("clients", "vendors", "articles")


def names(firm: Firm, kind: str) -> list[str]:
    return sorted(each["name"] for each in firm.smart.books()[kind] if not each.get("builtIn"))


def order_of_writes(firm: Firm) -> list[str]:
    """Return what was added to SmartAccounts, in order, without repetitions."""
    calls = [each["path"].rpartition("/")[2] for each in firm.smart.emulated.call("GET", "requests?last=1000")["last"]]
    return list(dict.fromkeys(each for each in calls if each.endswith(":add")))


@pytest.mark.feature("S23")
@pytest.mark.feature("S24")
def test_an_empty_target_gets_everything_that_documents_need_first(ready: Firm):
    pages = ready.pages.open(f"{ready.home}checklist/").press("Look what SmartAccounts holds")
    assert "SmartAccounts holds 0 customers, suppliers and items" in pages.messages()
    pages = ready.preview("sales_invoices", "2026-06-01", "2026-06-30")
    assert "3 new customers and suppliers" in pages.text
    pages.press("Import").wait_for_run()
    ready.bring("purchase_invoices", "2026-06-01", "2026-06-30")

    assert names(ready, "clients") == ["Maris Tamm", "Mereranna Majutus AS", "Põhjala Puit OÜ"]
    assert names(ready, "vendors") == ["Elektriabi OÜ", "Kontorikaup AS"]
    sold = {
        line["product_code"]
        for each in ready.scoro.books()["invoices"]
        if "2026-06" in each["date"]
        for line in each["lines"]
    }
    bought = {
        line["product_code"]
        for each in ready.scoro.books()["bills"]
        if "2026-06" in each["date"]
        for line in each["lines"]
    }
    assert {each["code"] for each in ready.smart.books()["articles"]} == sold | bought
    writes = order_of_writes(ready)
    assert writes.index("clients:add") < writes.index("clientinvoices:add")
    assert writes.index("articles:add") < writes.index("clientinvoices:add")
    assert writes.index("vendors:add") < writes.index("vendorinvoices:add")

    contact = next(each for each in ready.scoro.books()["contacts"] if each["contact_id"] == 31)
    made = next(each for each in ready.smart.books()["clients"] if each["regCode"] == "19900120")
    assert made["vatNumber"] == contact["vatno"]
    assert made["bankAccount"] == contact["bankaccount"]
    assert made["address"]["city"] == "Paide"
    assert made["address"]["postalCode"] == "72712"
    assert {"type": "EMAIL", "value": "arved@pohjalapuit.example", "description": None} in made["contacts"]


@pytest.mark.feature("S23")
def test_a_partner_or_item_of_several_documents_is_made_once(ready: Firm):
    ready.bring("sales_invoices")
    ready.bring("purchase_invoices")
    for kind in NEVER_DOUBLED:
        rows = [each.get("code") or each["name"] for each in ready.smart.books()[kind]]
        assert len(rows) == len(set(rows)), kind
    # One that both sells and buys is a customer and a supplier.
    assert "Kuuse & Pojad Disain OÜ" in names(ready, "clients")
    assert "Kuuse & Pojad Disain OÜ" in names(ready, "vendors")


@pytest.mark.feature("S24")
def test_whole_lists_come_into_an_empty_target(ready: Firm):
    ready.bring("parties")
    ready.bring("items")
    contacts = ready.scoro.books()["contacts"]
    full_names = {each["contact_id"]: f"{each['name']} {each['lastname'] or ''}".strip() for each in contacts}
    assert names(ready, "clients") == sorted(full_names[each["contact_id"]] for each in contacts if each["is_client"])
    assert names(ready, "vendors") == sorted(full_names[each["contact_id"]] for each in contacts if each["is_supplier"])
    assert len(ready.smart.books()["articles"]) == len(ready.scoro.books()["products"])
    before = ready.smart.books()
    ready.bring("sales_invoices", "2026-06-03", "2026-06-03")
    after = ready.smart.books()
    for kind in NEVER_DOUBLED:
        assert after[kind] == before[kind]


@pytest.mark.feature("S25")
@pytest.mark.feature("S27")
def test_a_target_that_holds_anything_is_noticed_before_the_first_run(full: Firm):
    pages = full.pages.open(f"{full.home}checklist/").press("Look what SmartAccounts holds")
    held = len(names(full, "clients")) + len(names(full, "vendors")) + len(full.smart.books()["articles"])
    assert f"SmartAccounts holds {held} customers, suppliers and items" in pages.messages()
    assert "Match them, or bring in an id map file, so that none is created twice" in pages.text
    pages = full.id_map("customer")
    assert "Tied0" in pages.text
    assert "Not tied7" in pages.text
    # The preview says so too: none of Scoro's ids is known there yet.
    pages = full.preview("sales_invoices", "2026-06-03", "2026-06-03")
    assert (
        "looks like one that SmartAccounts holds" in pages.text
        or "look like ones that SmartAccounts holds" in pages.text
    )
    assert "Põhjala Puit OÜ ≈ Põhjala Puit OÜ" in pages.text


@pytest.mark.feature("S28")
@pytest.mark.feature("S25")
def test_nothing_alike_is_doubled_silently(full: Firm):
    """Registry code, VAT number, e-mail and name each find theirs; the invoices wait for a person."""
    before = {kind: full.smart.books()[kind] for kind in ("clients", "vendors")}
    full.bring("sales_invoices")
    full.bring("purchase_invoices")
    after = full.smart.books()
    known = {each["id"] for kind in before for each in before[kind]}
    new = [each["name"] for kind in before for each in after[kind] if each["id"] not in known]
    # Only those that nothing there is like.
    assert sorted(new) == ["Example Trading Inc", "Jüri Saar", "Maris Tamm", "Paraugs Logistika SIA"]

    found = {
        "Põhjala Puit OÜ": ("Põhjala Puit OÜ", "same registry code"),
        "Mereranna Majutus AS": ("Aktsiaselts Mereranna", "same VAT number"),
        "Kuuse & Pojad Disain OÜ": ("Kuuse ja Pojad", "same e-mail address"),
        "Suomen Esimerkki Oy": ("Suomen Esimerkki Oy", "same name"),
        "Tartu Tööriistad AS": ("Tartu Tööriistad AS", "same name"),
    }
    pages = full.matches("customer")
    for name, (candidate, reason) in found.items():
        line = next(each for each in pages.rows() if f" | {name}" in each)
        assert candidate in line.split(" | ")[2], line
        assert reason in line, line
        assert "%" in line
    waiting = {each["no"] for each in full.scoro.books()["invoices"] if each["company_id"] in {31, 32, 33, 34, 35}}
    assert not waiting & {each["invoiceNumber"] for each in after["client_invoices"]}


@pytest.mark.feature("S28")
@pytest.mark.feature("S26")
def test_what_a_person_accepts_is_bound_and_its_invoices_go(full: Firm):
    held = next(each for each in full.smart.books()["clients"] if each["name"] == "Aktsiaselts Mereranna")
    full.bring("sales_invoices", "2026-06-15", "2026-06-15")
    assert full.smart.books()["client_invoices"] == []
    pages = full.matches("customer")
    pages.press("Same: Mereranna Majutus AS")
    assert "1 decided." in pages.messages()
    assert "1 document goes on" in pages.messages()
    full.resent()
    invoice = full.smart.sale("2026-042")
    assert invoice["clientId"] == held["id"]
    assert names(full, "clients").count("Aktsiaselts Mereranna") == 1
    assert "Mereranna Majutus AS" not in names(full, "clients")
    # From now on the id finds it: the next invoice asks nobody.
    full.bring("sales_invoices", "2026-08-10", "2026-08-10")
    assert full.smart.sale("2026-047")["clientId"] == held["id"]
    full.id_map("customer", show="tied")
    assert "32" in pages.row("Aktsiaselts Mereranna")


@pytest.mark.feature("S28")
def test_what_a_person_calls_new_is_created(full: Firm):
    full.bring("sales_invoices", "2026-08-21", "2026-08-21")
    assert full.smart.books()["client_invoices"] == []
    pages = full.matches("customer").press("Create new: Kuuse & Pojad Disain OÜ")
    assert "1 decided." in pages.messages()
    full.resent()
    made = next(each for each in full.smart.books()["clients"] if each["regCode"] == "19900344")
    assert full.smart.sale("2026-048")["clientId"] == made["id"]
    assert "Kuuse ja Pojad" in names(full, "clients")


@pytest.mark.feature("S28")
def test_the_sure_ones_are_accepted_at_once_and_the_doubtful_are_left(full: Firm):
    full.bring("sales_invoices", "2026-09-04", "2026-09-04")
    full.bring("sales_invoices", "2026-09-30", "2026-09-30")
    before = names(full, "clients")
    pages = full.matches("customer").press("Accept all at 95 % and above")
    assert [line for line in pages.rows() if " | Tartu Tööriistad AS" in line]
    assert not [line for line in pages.rows() if " | Põhjala Puit OÜ" in line]
    full.resent()
    held = next(each for each in full.smart.books()["clients"] if each["regCode"] == "19900120")
    assert [each["invoiceNumber"] for each in full.smart.books()["client_invoices"]] == ["2026-052"]
    assert full.smart.sale("2026-052")["clientId"] == held["id"]
    assert names(full, "clients") == before


@pytest.mark.feature("S28")
def test_whole_lists_are_guarded_as_documents_are(full: Firm):
    before = names(full, "clients"), names(full, "vendors")
    full.bring("parties")
    full.bring("items")
    clients, vendors = names(full, "clients"), names(full, "vendors")
    assert sorted(set(clients) - set(before[0])) == ["Example Trading Inc", "Jüri Saar", "Maris Tamm"]
    assert sorted(set(vendors) - set(before[1])) == ["Paraugs Logistika SIA"]
    codes = [each["code"] for each in full.smart.books()["articles"]]
    assert len(codes) == len(set(codes))
    assert [line for line in full.matches().rows() if "Kontorikaup" in line]


@pytest.mark.feature("S26")
def test_ids_that_were_tied_beforehand_find_partner_and_item_without_a_question(full: Firm):
    held = next(each for each in full.smart.books()["clients"] if each["regCode"] == "19900120")
    pages = full.id_map("customer").press("Read the list of SmartAccounts")
    pages.press("Tie", within="Põhjala Puit OÜ", source_id="31")
    pages = full.id_map("item").press("Read the list of SmartAccounts")
    pages.press("Tie", within="T-1", source_id="72")
    before = names(full, "clients"), {each["code"] for each in full.smart.books()["articles"]}
    full.bring("sales_invoices", "2026-06-03", "2026-06-03")

    assert full.matches().rows() == []
    invoice = full.smart.sale("2026-041")
    assert invoice["clientId"] == held["id"]
    # Kontorilaud has the same code and name on both sides; Kontoritool is T-1 by its id; Transport was nowhere.
    assert [each["code"] for each in invoice["rows"]] == ["LAUD-01", "T-1", "TRANS"]
    assert names(full, "clients") == before[0]
    assert {each["code"] for each in full.smart.books()["articles"]} - before[1] == {"TRANS"}


@pytest.mark.feature("S28")
def test_an_item_of_like_name_but_another_code_is_asked_about(full: Firm):
    full.bring("sales_invoices", "2026-10-30", "2026-10-30")
    assert full.smart.books()["client_invoices"] == []
    pages = full.matches("item")
    assert "T-1" in next(line for line in pages.rows() if "TOOL-02" in line)
    assert "TOOL-02" not in {each["code"] for each in full.smart.books()["articles"]}
    pages.press("Create new: Kontoritool")
    full.matches("customer").press("Create new: Tartu Tööriistad AS")
    full.resent()
    assert [each["code"] for each in full.smart.sale("2026-057")["rows"]] == ["TOOL-02", "VALG-03"]


@pytest.mark.feature("S23")
def test_a_supplier_deleted_at_the_target_is_named_and_made_anew_when_a_person_says_so(ready: Firm):
    ready.bring("parties")
    vendor = next(each for each in ready.smart.books()["vendors"] if each["name"] == "Elektriabi OÜ")
    ready.smart.call("purchasesales/vendors:delete", {}, id=vendor["id"])
    run = ready.bring("purchase_invoices", "2026-06-01", "2026-06-30")
    assert [each["invoiceNumber"] for each in ready.smart.books()["vendor_invoices"]] == ["7741"]
    assert "The partner is no longer at the target" in run.text

    pages = ready.pages.open("problems/").click("Open the id map", within="The partner is no longer at the target")
    assert pages.heading == "Id map: Suppliers"
    pages.press("Read the list of SmartAccounts")
    assert "1 id is tied to a row that SmartAccounts no longer lists" in pages.text
    pages.press("Untie 39")
    pages.open("problems/").press("Try all again", within="The partner is no longer at the target")
    ready.resent()
    (again,) = [each for each in ready.smart.books()["vendors"] if each["name"] == "Elektriabi OÜ"]
    assert ready.smart.purchase("EA-60412")["vendorId"] == again["id"] != vendor["id"]
    assert ready.smart.emulated.summary()["duplicates"]["vendor_invoices"] == []


@pytest.mark.feature("S28")
def test_a_viewer_may_look_at_the_questions_and_decide_nothing(full: Firm):
    full.bring("sales_invoices", "2026-06-15", "2026-06-15")
    viewer = full.matches(pages=full.browser(Role.VIEWER))
    assert "Mereranna Majutus AS" in viewer.text
    assert not [each for each in viewer.buttons() if each.startswith(("Same", "Create new", "Accept"))]
    assert full.smart.books()["client_invoices"] == []
