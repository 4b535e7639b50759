"""Every page and action of the ledger, asked for as every role, and from another company."""

from django.urls import reverse
from tests.unit.web_transfer import factories as make

from tilisilta.services.access import ROLE_RANK
from tilisilta.store.models import Role, WorkspaceSettings
from tilisilta.web.ledger import urls

VIEWER, ACCOUNTANT, ADMIN, OWNER = Role.VIEWER, Role.ACCOUNTANT, Role.ADMIN, Role.OWNER
VIEWS = [
    ("chart", "get", VIEWER, ()),
    ("chart-account-new", "get", ACCOUNTANT, ()),
    ("chart-account-new", "post", ACCOUNTANT, ()),
    ("chart-account", "get", ACCOUNTANT, ("account",)),
    ("chart-account", "post", ACCOUNTANT, ("account",)),
    ("chart-account-delete", "post", ACCOUNTANT, ("unused",)),
    ("chart-template", "post", ACCOUNTANT, ()),
    ("chart-export", "get", VIEWER, ()),
    ("chart-import", "post", ACCOUNTANT, ()),
    ("ledger-settings", "post", ADMIN, ()),
    ("postings-list", "get", VIEWER, ()),
    ("postings-accept", "post", ACCOUNTANT, ()),
    ("postings-edit", "get", ACCOUNTANT, ("sale",)),
    ("postings-edit", "post", ACCOUNTANT, ("sale",)),
    ("postings-accept-one", "post", ACCOUNTANT, ("sale",)),
    ("postings-undo", "post", ACCOUNTANT, ("bought",)),
    ("payment-add", "post", ACCOUNTANT, ("sale",)),
    ("payment-remove", "post", ACCOUNTANT, ("bought", "payment")),
    ("payment-bank", "post", ACCOUNTANT, ("bought",)),
    ("payments-send", "post", ACCOUNTANT, ()),
    ("bank-list", "get", VIEWER, ()),
    ("bank-upload", "post", ACCOUNTANT, ()),
    ("bank-match", "post", ACCOUNTANT, ()),
    ("bank-post", "post", ACCOUNTANT, ()),
    ("bank-entry", "get", VIEWER, ("proposed",)),
    ("bank-entry-post", "post", ACCOUNTANT, ("proposed",)),
    ("bank-entry-undo", "post", ACCOUNTANT, ("proposed",)),
    ("bank-entry-leave-out", "post", ACCOUNTANT, ("unmatched",)),
]


def _address(firm, name, parts):
    return reverse(name, args=[firm.company.pk, *(getattr(firm, part).pk for part in parts)])


def test_a_view_opens_from_its_role_on(firm, as_role, subtests):
    for role in (VIEWER, ACCOUNTANT, ADMIN, OWNER):
        client = as_role(role)
        for name, method, lowest, parts in VIEWS:
            # What changes a row is asked of the lowest role only: the row is gone or done for the next.
            if method == "post" and ROLE_RANK[role] > ROLE_RANK[lowest]:
                continue
            with subtests.test(f"{name} {method} {role}"):
                status = getattr(client, method)(_address(firm, name, parts)).status_code
                if ROLE_RANK[role] < ROLE_RANK[lowest]:
                    assert status == 403
                else:
                    assert status in {200, 302, 422}


def test_another_company_sees_nothing(firm, as_role, subtests):
    other = make.company("Teine OÜ")
    WorkspaceSettings.objects.create(company=other, is_on=True)
    client = as_role(OWNER, other)
    for name, method, _lowest, parts in VIEWS:
        with subtests.test(f"{name} {method}"):
            assert getattr(client, method)(_address(firm, name, parts)).status_code == 404
            if parts:
                mixed = reverse(name, args=[other.pk, *(getattr(firm, part).pk for part in parts)])
                assert getattr(client, method)(mixed).status_code == 404


def test_every_address_is_in_the_table():
    assert {each.name for each in urls.urlpatterns} == {name for name, *_ in VIEWS}


def test_while_the_workspace_is_off_pages_lead_to_where_it_is_switched_on(firm, as_role):
    WorkspaceSettings.objects.filter(company=firm.company).update(is_on=False)
    client = as_role(OWNER)
    for name in ("chart", "bank-list"):
        assert client.get(_address(firm, name, ())).url == reverse("workspace-settings", args=[firm.company.pk])


def test_a_form_never_leads_out_of_the_company(firm, as_role):
    client = as_role(OWNER)
    address = _address(firm, "postings-undo", ("bought",))
    for wanted in ("https://example.com/", "//example.com", f"/c/{firm.company.pk + 1}/chart/"):
        invoice_page = reverse("workspace-invoice", args=[firm.company.pk, firm.bought.pk])
        assert client.post(address, {"next": wanted}).url == invoice_page
    own = reverse("chart", args=[firm.company.pk])
    assert client.post(address, {"next": own}).url == own
