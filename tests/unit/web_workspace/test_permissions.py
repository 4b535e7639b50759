import pytest
from tests.support.workspace import invoice

from tilisilta.core.documents import Item
from tilisilta.services.workspace import invoices
from tilisilta.services.workspace.dimensions import save_dimension
from tilisilta.services.workspace.items import save_item
from tilisilta.store.models import NumberSeries, WorkspaceInvoice, WorkspaceSettings
from tilisilta.web.workspace.urls import urlpatterns

READ, WRITE, ADMIN = "read", "write", "admin"
OF_ACCOUNTANTS = {
    "sales-new", "sales-rows", "purchase-new", "purchase-rows", "purchase-upload", "workspace-invoice-edit",
    "workspace-invoice-rows", "workspace-invoice-send", "workspace-invoice-copy", "workspace-invoice-credit",
    "workspace-invoice-delete", "workspace-invoice-note", "workspace-file-add", "workspace-file-image",
    "workspace-file-remove", "workspace-party-delete", "workspace-item-delete", "workspace-dimension-delete",
}  # fmt: skip
OF_ADMINS = {"workspace-switch", "workspace-series-new", "workspace-series", "workspace-series-delete"}
# Everyone reads these; writing them asks for the role.
FORMS = {
    "workspace-party-new": "accountant", "workspace-party": "accountant", "workspace-item-new": "accountant",
    "workspace-item": "accountant", "workspace-dimension-new": "accountant", "workspace-dimension": "accountant",
    "workspace-settings": "admin",
}  # fmt: skip


@pytest.fixture
def addresses(office):
    actor = office.actors["accountant"]
    row = invoices.send_sales(actor, invoices.save_invoice(actor, invoice()))
    file = row.attachments.get()
    ids = {
        "party": row.party_id,
        "item": save_item(actor, Item(code="A", name="A")).pk,
        "dimension": save_dimension(actor, axis="project", code="P1").pk,
        "series": NumberSeries.objects.filter(company=office.company).first().pk,
        "invoice": row.pk,
    }
    found = {}
    for each in urlpatterns:
        route = str(each.pattern)
        subject = next((name for name in ids if f"-{name}" in str(each.name)), "invoice")
        path = route.replace("<int:file_id>", str(file.pk)).replace("<int:pk>", str(ids[subject]))
        found[str(each.name)] = office.url(path.replace("<slug:kind>", "pdf"))
    return found


def test_every_address_is_sorted_by_who_may(addresses):
    assert OF_ACCOUNTANTS | OF_ADMINS | set(FORMS) <= set(addresses)


def test_viewers_read_and_nothing_else(office, addresses):
    client = office.client("viewer")
    for name, path in addresses.items():
        if name in OF_ACCOUNTANTS | OF_ADMINS:
            assert client.post(path).status_code == 403, name
            assert client.get(path).status_code in {403, 405}, name
        else:
            assert client.get(path).status_code == 200, name
        if name in FORMS:
            assert client.post(path, {"name": "x", "code": "x"}).status_code == 403, name


def test_accountants_do_not_change_settings(office, addresses):
    client = office.client("accountant")
    for name in OF_ADMINS | {"workspace-settings"}:
        assert client.post(addresses[name], {"payment_term_days": 7}).status_code == 403, name
    assert WorkspaceSettings.objects.get(company=office.company).payment_term_days == 14


def test_strangers_find_nothing_under_their_own_company(office, addresses):
    """The ids of another company's rows are nobody's under one's own address."""
    client = office.client("stranger")
    mine = office.actors["stranger"].company.pk
    for name, path in addresses.items():
        assert client.get(path).status_code == 404, name
        if any(part.isdecimal() for part in path.split("/")[3:]):
            own = path.replace(f"/c/{office.company.pk}/", f"/c/{mine}/")
            for method in (client.get, client.post):
                assert method(own).status_code in {404, 405}, name
    assert WorkspaceInvoice.objects.get().company == office.company


def test_while_it_is_off_pages_lead_to_the_switch(office):
    client = office.client("admin")
    client.post(office.url("workspace/settings/switch/"), {"on": "0"})
    assert client.get(office.url("invoices/sales/"))["Location"] == office.url("workspace/settings/")
    page = client.get(office.url("workspace/settings/")).content.decode()
    assert "Switch it on" in page
    assert "Sales invoices" not in page  # not in the navigation either
    client.post(office.url("workspace/settings/switch/"), {"on": "1"})
    assert "Sales invoices" in client.get(office.url("workspace/settings/")).content.decode()
