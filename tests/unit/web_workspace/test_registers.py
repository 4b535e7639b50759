import datetime as dt

from tests.support.workspace import invoice

from tilisilta.services.workspace import invoices
from tilisilta.services.workspace.items import canonical_item
from tilisilta.services.workspace.parties import canonical_party
from tilisilta.store.models import NumberSeries, WorkspaceDimension, WorkspaceItem, WorkspaceParty, WorkspaceSettings


def test_parties_are_written_found_put_aside_and_deleted(office):
    client = office.client()
    given = {
        "name": "Uus OÜ", "is_supplier": "on", "registry_code": "10000024", "iban": "EE38 2200 2210 2014 5685",
        "city": "Tartu", "country": "ee", "payment_term_days": "21", "is_active": "on",
    }  # fmt: skip
    wrong = given | {"iban": "EE382200221020145686"}
    response = client.post(office.url("workspace/parties/new/"), wrong)
    assert response.status_code == 422
    assert "check digits" in response.content.decode()
    assert client.post(office.url("workspace/parties/new/"), given).status_code == 302
    row = WorkspaceParty.objects.get()
    party = canonical_party(row)
    assert (party.address.country, party.bank_accounts[0].iban, party.payment_term_days) == (
        "EE",
        "EE382200221020145685",
        21,
    )
    assert (row.is_customer, row.is_supplier) == (False, True)
    page = client.get(office.url("workspace/parties/?q=100000")).content.decode()
    assert "Uus OÜ" in page
    client.post(office.url(f"workspace/parties/{row.pk}/"), given | {"is_active": ""})
    assert "Uus OÜ" not in client.get(office.url("workspace/parties/")).content.decode()
    assert "Uus OÜ" in client.get(office.url("workspace/parties/?all=1")).content.decode()
    used = invoices.save_invoice(office.actors["accountant"], invoice("purchase"))
    assert used.party_id == row.pk  # the same registry code
    client.post(office.url(f"workspace/parties/{row.pk}/delete/"))
    assert WorkspaceParty.objects.count() == 1
    invoices.delete_draft(office.actors["accountant"], used)
    client.post(office.url(f"workspace/parties/{row.pk}/delete/"))
    assert not WorkspaceParty.objects.exists()


def test_items(office):
    client = office.client()
    given = {"code": "T1", "name": "Töö", "stock_kind": "service", "sales_price": "55,50", "vat_rate": "24",
             "is_active": "on"}  # fmt: skip
    assert client.post(office.url("workspace/items/new/"), given).status_code == 302
    row = WorkspaceItem.objects.get()
    item = canonical_item(row)
    assert (str(item.sales_price), str(item.vat_rate), item.stock_kind.value) == ("55.50", "24", "service")
    response = client.post(office.url("workspace/items/new/"), given)
    assert "There is an item with the code T1 already." in response.content.decode()
    page = client.get(office.url("workspace/items/")).content.decode()
    assert "55.50" in page
    client.post(office.url(f"workspace/items/{row.pk}/delete/"))
    assert not WorkspaceItem.objects.exists()


def test_projects_have_foremen_of_the_company(office):
    client = office.client()
    person, stranger = office.actors["viewer"].user, office.actors["stranger"].user
    given = {"axis": "project", "code": "P1", "name": "Maja", "foreman": person.pk, "is_active": "on"}
    assert client.post(office.url("workspace/dimensions/new/"), given | {"foreman": stranger.pk}).status_code == 422
    assert client.post(office.url("workspace/dimensions/new/"), given).status_code == 302
    row = WorkspaceDimension.objects.get()
    assert (row.axis, row.code, row.foreman) == ("project", "P1", person)
    response = client.post(office.url("workspace/dimensions/new/"), given)
    assert "There is P1 already" in response.content.decode()
    assert "Maja" in client.get(office.url("workspace/dimensions/")).content.decode()


def test_number_series(office):
    client = office.client("admin")
    given = {"name": "E-pood", "begins_with": "E", "next_number": "7", "width": "3"}
    assert client.post(office.url("workspace/settings/series/new/"), given).status_code == 302
    series = NumberSeries.objects.get(name="E-pood")
    assert not series.is_default
    actor = office.actors["accountant"]
    row = invoices.save_invoice(actor, invoice())
    client.post(office.url(f"invoices/{row.pk}/send/"), {"series": series.pk})
    row.refresh_from_db()
    assert row.number == "E007"
    response = client.post(office.url(f"workspace/settings/series/{series.pk}/"), given)
    assert "The number E007 is in use already." in response.content.decode()
    client.post(office.url(f"workspace/settings/series/{series.pk}/delete/"))
    assert not NumberSeries.objects.filter(name="E-pood").exists()
    default = NumberSeries.objects.get(company=office.company, is_default=True, is_for_credit_notes=False)
    client.post(office.url(f"workspace/settings/series/{default.pk}/delete/"))
    assert NumberSeries.objects.filter(pk=default.pk).exists()


def test_settings(office):
    client = office.client("admin")
    page = client.get(office.url("workspace/settings/"))
    given = {
        each.html_name: each.value()
        for each in page.context["form"]
        if each.value() is not None and each.value() is not False
    }
    response = client.post(office.url("workspace/settings/"), given | {"bank_iban": "EE00"})
    assert response.status_code == 422
    given |= {"payment_term_days": "7", "interest_percent": "8,5"}
    response = client.post(office.url("workspace/settings/"), given)
    assert response.status_code == 302, response.context["form"].errors
    kept = WorkspaceSettings.objects.get(company=office.company)
    assert (kept.payment_term_days, str(kept.interest_percent)) == (7, "8.50")
    actor = office.actors["accountant"]
    row = invoices.save_invoice(actor, invoice("sales", due_date=None))
    assert invoices.send_sales(actor, row).due_date == dt.date(2026, 10, 12)
