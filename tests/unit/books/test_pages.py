"""Pages of the subject: who may open and do what, and nonsense in addresses and forms."""

import pytest
from django.test import Client as Browser
from django.urls import reverse
from tests.support.pages import BACKEND, Pages
from tests.support.product import make_company

from tilisilta.services.books import integrations, keys
from tilisilta.services.practice import clients
from tilisilta.services.practice.settings import switch_on
from tilisilta.store.models import ClientImport, ImportState, ImportWay, Membership, PracticeIntegration, Role, User
from tilisilta.web.books.urls import urlpatterns

pytestmark = pytest.mark.django_db
NOWHERE = "http://127.0.0.1:9"
RANK = {Role.VIEWER: 1, Role.ACCOUNTANT: 2, Role.ADMIN: 3, Role.OWNER: 4}


@pytest.fixture
def firm():
    """A bureau with a client and its key, and an import that waits; and what each page's address is made of."""
    company, actor = make_company("Büroo OÜ")
    switch_on(actor)
    integration = integrations.activate(actor, "merit")
    client = clients.create_client(actor, clients.ClientContent(name="Kase AS", register_mark="unchecked"))
    key = {"api_id": "id-0001", "api_key": "key-0001"}
    keys.connect(actor, client, integration, key, {"country": "EE", "base_url": NOWHERE})
    waiting = ClientImport.objects.create(
        company=company, way=ImportWay.KEYS, integration=integration, state=ImportState.READY
    )
    return company, actor, client, waiting


def browser(user: User) -> Browser:
    opened = Browser()
    opened.force_login(user, backend=BACKEND)
    return opened


# name: (method, lowest role, status for those who may)
PAGES = {
    "books-list": ("get", Role.VIEWER, 200),
    "books-detail": ("get", Role.VIEWER, 200),
    "books-activate": ("post", Role.ADMIN, 302),
    "books-import": ("get", Role.VIEWER, 200),
    "client-import-new": ("get", Role.ACCOUNTANT, 200),
    "client-import-sign-in": ("get", Role.ADMIN, 200),
    "client-import-keys": ("get", Role.ADMIN, 200),
    "client-import-table": ("get", Role.ACCOUNTANT, 200),
    "client-import-template": ("get", Role.ACCOUNTANT, 200),
    "client-import": ("get", Role.ACCOUNTANT, 200),
    "client-import-progress": ("get", Role.ACCOUNTANT, 302),
    "client-import-confirm": ("post", Role.ADMIN, 302),
    "client-import-cancel": ("post", Role.ADMIN, 302),
    "client-keys": ("get", Role.VIEWER, 302),
    "client-keys-test": ("post", Role.ACCOUNTANT, 302),
    "client-key": ("get", Role.VIEWER, 200),
    "client-key-edit": ("get", Role.VIEWER, 200),
    "client-key-test": ("post", Role.ACCOUNTANT, 302),
    "client-key-delete": ("post", Role.ADMIN, 302),
    "books-deactivate": ("post", Role.ADMIN, 302),
}


def address(name, company, client, waiting):
    pattern = next(each.pattern for each in urlpatterns if each.name == name)
    pk = waiting.pk if name.startswith("client-import") else client.pk
    parts = {"pk": pk, "vendor": "merit", "file_format": "xlsx"}
    wanted = {part: parts[part] for part in pattern.converters}
    return reverse(name, kwargs={"company_id": company.pk, **wanted})


def test_every_page_opens_for_its_roles_and_for_nobody_of_another_company(firm, settings):
    settings.KEY_DOORS = f"merit={NOWHERE}"
    company, _actor, client, waiting = firm
    assert set(PAGES) == {each.name for each in urlpatterns}
    stranger_company, stranger = make_company("Teine OÜ", "teine@naidis.ee")
    del stranger_company
    for role in (Role.VIEWER, Role.ACCOUNTANT, Role.OWNER):
        user = User.objects.create_user(f"{role}@naidis.example", "kolm-siili-metsas")
        Membership.objects.create(company=company, user=user, role=role)
        for name, (method, needed, fine) in PAGES.items():
            path = address(name, company, client, waiting)
            answer = getattr(browser(user), method)(path)
            may = RANK[role] >= RANK[needed]
            assert answer.status_code == (fine if may else 403), (role, name, answer.status_code)
            assert getattr(browser(stranger.user), method)(path).status_code == 404, name


def test_a_key_is_saved_by_administrators_alone_and_never_shown(firm):
    company, actor, client, waiting = firm
    path = address("client-key-edit", company, client, waiting)
    clerk = User.objects.create_user("clerk@naidis.example", "kolm-siili-metsas")
    Membership.objects.create(company=company, user=clerk, role=Role.ACCOUNTANT)
    fields = {"setting_country": "FI", "credential_api_id": "id-0002", "credential_api_key": "key-00000002"}
    assert browser(clerk).post(path, fields).status_code == 403
    saved = browser(actor.user).post(path, {**fields, "action": "save", "setting_base_url": NOWHERE}, follow=True)
    assert "key-00000002" not in saved.content.decode()
    own = keys.get_key(company, client.pk, "merit")
    assert own.connection.settings["country"] == "FI"
    assert own.connection.hints["api_key"] == "••••0002"
    wrong = browser(actor.user).post(path, {**fields, "setting_country": "XX"})
    assert wrong.status_code == 422


def test_a_client_s_key_is_no_connection_of_the_company(firm):
    company, actor, client, _waiting = firm
    own = keys.get_key(company, client.pk, "merit")
    opened = browser(actor.user)
    assert own.connection.name not in opened.get(reverse("connection-list", args=[company.pk])).content.decode()
    assert opened.get(reverse("connection-detail", args=[company.pk, own.connection_id])).status_code == 404
    own.connection.state = "needs_reconnect"
    own.connection.save()
    assert own.connection.name not in opened.get(reverse("today", args=[company.pk])).content.decode()


def test_nonsense_is_answered_in_words(firm, settings):
    company, actor, _client, _waiting = firm
    opened = browser(actor.user)
    assert opened.get(reverse("books-detail", args=[company.pk, "scoro"])).status_code == 404
    assert opened.get(reverse("client-import-sign-in", args=[company.pk, "merit"])).status_code == 404  # no door
    path = reverse("client-import-keys", args=[company.pk, "merit"])
    empty = opened.post(path, {"setting_country": "EE"})
    assert empty.status_code == 422
    assert "Paste the list of keys, or choose a file." in empty.content.decode()
    headless = opened.post(path, {"setting_country": "EE", "pasted": "Registrikood;Nimi\n1;2"})
    assert "API id" in headless.content.decode()
    assert opened.post(reverse("client-import-table", args=[company.pk]), {}).status_code == 422
    assert (
        opened.get(reverse("client-keys", args=[company.pk]) + "?client=x&clients=9999999999999999999999").status_code
        == 302
    )


def test_nothing_opens_while_the_system_or_the_module_is_off(firm):
    company, actor, client, waiting = firm
    PracticeIntegration.objects.update(is_active=False)
    opened = browser(actor.user)
    assert opened.get(address("client-key-edit", company, client, waiting)).status_code == 404
    page = opened.post(
        reverse("client-import-keys", args=[company.pk, "merit"]), {"setting_country": "EE", "pasted": "1;2;3;4"}
    )
    assert page.status_code == 422
    assert "is not active" in page.content.decode()


def test_key_pages_ask_for_country_and_key_and_fold_the_rest(firm):
    company, actor, client, _waiting = firm
    for args in (("client-key-edit", client.pk, "merit"), ("client-import-keys", "merit")):
        pages = Pages(company, actor.user).go(*args)
        folded = {each.get("name") for each in pages.document.xpath(".//details[@class='fold']//*[@name]")}
        assert {"setting_batch_codes", "setting_versions", "setting_signing", "setting_mark_sales"} <= folded
        shown = [name for name in pages.field_names() if name not in folded and name.startswith("setting_")]
        assert shown == ["setting_country"]


def test_a_client_says_that_its_system_is_not_active(firm):
    company, actor, client, _waiting = firm
    integrations.deactivate(actor, PracticeIntegration.objects.get(company=company))
    pages = Pages(company, actor.user).go("client-detail", client.pk, tab="connections")
    assert "No bookkeeping system is active" in pages.text
