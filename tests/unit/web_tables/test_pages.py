"""Every page of mappings, id map, matches and files: who may open and press what, and what it shows."""

import re
from decimal import Decimal
from importlib import import_module

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import resolve
from tests.unit.services.test_files import invoice
from tests.unit.web_tables.factories import (
    CUSTOMERS,
    ROLES,
    make_files_connection,
    make_shop,
    not_bound,
    vat_problem,
)

from tilisilta.core.documents import Direction, DocumentKind, Party, PartyRole
from tilisilta.core.mapping.tables import MappingTable, UsedKey
from tilisilta.engine.directory import Directory
from tilisilta.engine.guard import guard_parties
from tilisilta.services import files, id_map, id_map_files, mapping_files, mappings, source_ids
from tilisilta.services.tables import write_csv
from tilisilta.store.models import Binding, DeliveryState, MappingRow, MatchProposal, StagedTable, StoredFile

CUSTOMER = DocumentKind.CUSTOMER
VAT = MappingTable.VAT_CODES
pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(monkeypatch, settings, tmp_path):
    settings.FOLDER_ROOT = str(tmp_path)
    monkeypatch.setattr(source_ids, "ask_source", lambda *_: None)
    monkeypatch.setattr(id_map, "_fetch", _fetch)
    return make_shop()


async def _fetch(connection, kind):
    return list(CUSTOMERS) if kind is CUSTOMER else []


@pytest.fixture
def full(shop):
    """The shop with a row of everything: (shop, ids for the addresses)."""
    mappings.note_missing(
        shop.integration, [UsedKey(table=VAT, source_key="5", direction=Direction.SALES, vat_rate=Decimal(24))]
    )
    shop.tie(CUSTOMER, "9", "c4")
    party = Party(source_id="500", name="Õunapuu OÜ", registry_code="12345678")
    guard_parties(shop.integration, PartyRole.CUSTOMER, [("500", party)], Directory(CUSTOMER, CUSTOMERS))
    inbox = make_files_connection(shop.company)
    admin = shop.actor("admin")
    file = files.upload(admin, inbox, "arve.xml", invoice())
    table = write_csv(["Source key", "Side", "VAT rate", "Target key"], [["5", "sales", "24", "M24"]])
    mapped = mapping_files.stage_file(admin, shop.integration, VAT, name="kood.csv", content=table)
    content = write_csv(["ID", "Liidetud teenus", "Liidetud teenuse ID"], [["c1", "SC", "500"]])
    tied = id_map_files.stage_file(admin, shop.integration, CUSTOMER, name="kaart.csv", content=content)
    ids = {
        "mapped": mapped.pk,
        "tied": tied.pk,
        "proposal": MatchProposal.objects.get().pk,
        "file": file.pk,
        "inbox": inbox.pk,
    }
    return shop, ids


READ = [
    "integrations/{i}/mappings/vat_codes/",
    "integrations/{i}/mappings/accounts/",
    "integrations/{i}/mappings/vat_codes/?missing=1&q=24",
    "integrations/{i}/mappings/vat_codes/export/?format=csv",
    "integrations/{i}/mappings/vat_codes/export/?format=xlsx",
    "id-map/{i}/",
    "id-map/{i}/?kind=item&show=free&q=kruvi&from=0",
    "id-map/{i}/customer/export/?format=csv",
    "id-map/{i}/supplier/export/?format=xlsx",
    "matches/{i}/",
    "matches/{i}/?kind=customer&q=oü",
    "matches/{i}/{proposal}/?q=kase",
    "files/",
    "files/?state=read&q=arve&connection={inbox}",
    "files/{file}/",
    "files/{file}/original/",
]
MOVED = ["integrations/{i}/mappings/", "id-map/", "matches/", "id-map/?integration={i}", "matches/?integration={i}"]
# address, form, the lowest role that may
WRITE = [
    ("integrations/{i}/mappings/vat_codes/save/", {"ref": "sales|24|5", "target": "M24"}, "accountant"),
    ("integrations/{i}/mappings/vat_codes/refresh/", {}, "accountant"),
    ("integrations/{i}/mappings/vat_codes/import/", {}, "accountant"),
    ("integrations/{i}/mappings/vat_codes/import/{mapped}/", {}, "accountant"),
    ("id-map/{i}/customer/read/", {}, "accountant"),
    ("id-map/{i}/customer/import/", {}, "accountant"),
    ("id-map/{i}/customer/assist/", {}, "accountant"),
    ("id-map/{i}/customer/tie/", {"source_id": "7", "target_id": "c2"}, "accountant"),
    ("id-map/{i}/customer/remove/", {"source_id": "9"}, "accountant"),
    ("id-map/{i}/customer/staged/{tied}/", {}, "accountant"),
    ("matches/{i}/decide/", {"action": "sure"}, "accountant"),
    ("matches/{i}/look/", {}, "accountant"),
    ("files/upload/", {"connection": "{inbox}"}, "accountant"),
    ("files/{file}/read/", {}, "accountant"),
    ("files/folder/{inbox}/", {"action": "scan"}, "accountant"),
    ("files/folder/{inbox}/", {"action": "open"}, "admin"),
]


def address(shop, path, ids):
    return shop.url(path.format(i=shop.integration.pk, **ids))


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("role", ROLES)
def test_every_member_reads(full, role, path):
    shop, ids = full
    response = shop.client(role).get(address(shop, path, ids))
    assert response.status_code == 200


@pytest.mark.parametrize("path", MOVED)
def test_short_addresses_lead_on(full, path):
    shop, ids = full
    response = shop.client("viewer").get(address(shop, path, ids), follow=True)
    assert response.redirect_chain
    assert response.status_code == 200


@pytest.mark.parametrize(("path", "form", "needed"), WRITE)
@pytest.mark.parametrize("role", ROLES)
def test_only_the_roles_that_may_write(full, role, path, form, needed):
    shop, ids = full
    form = {name: value.format(**ids) for name, value in form.items()}
    response = shop.client(role).post(address(shop, path, ids), form)
    if ROLES.index(role) < ROLES.index(needed):
        assert response.status_code == 403
    else:
        assert response.status_code in {200, 302}


@pytest.mark.parametrize("path", READ + MOVED + [path for path, _form, _needed in WRITE])
def test_strangers_and_other_companies_see_nothing(full, path):
    shop, ids = full
    other = make_shop("Võõras AS", "vooras.example")
    client = other.client("owner")
    assert client.get(address(shop, path, ids)).status_code == 404
    own_door = other.url(path.format(i=shop.integration.pk, **ids))
    if "{" in path.replace("{inbox}", ""):
        response = client.post(own_door) if path in {each for each, _f, _n in WRITE} else client.get(own_door)
        assert response.status_code in {302, 404}
        if response.status_code == 302:  # the lists of all integrations fall back to one's own
            assert f"/c/{other.company.pk}/" in response["Location"]


def test_every_address_is_in_the_tables(full):
    shop, ids = full
    paths = [*READ, *MOVED, *(path for path, _form, _needed in WRITE)]
    walked = {resolve(address(shop, path, ids).partition("?")[0]).url_name for path in paths}
    subjects = ("mappings", "id_map", "matches", "files")
    names = {each.name for one in subjects for each in import_module(f"tilisilta.web.{one}.urls").urlpatterns}
    assert walked == names


@pytest.mark.parametrize(
    "path", [path for path, _form, _needed in WRITE if "staged" not in path and "{mapped}" not in path]
)
def test_nothing_is_written_by_following_a_link(full, path):
    shop, ids = full
    assert shop.client("owner").get(address(shop, path, ids)).status_code == 405


# --- mappings ----------------------------------------------------------------------------------------------


def test_the_table_shows_what_is_missing_first_with_its_suggestion(full):
    shop, _ids = full
    shop.waiting(vat_problem())
    text = shop.client("accountant").get(shop.page("mappings/vat_codes/")).content.decode()
    assert "1 row is missing" in text
    assert text.index("Missing") < text.index("Not used yet")
    assert "Use M24 · Müük 24%" in text
    row = text[text.index("<tbody>") : text.index("</tr>", text.index("<tbody>"))]
    assert 'value="O24"' not in row, "purchase codes are not offered on the sales side"
    viewer = shop.client("viewer").get(shop.page("mappings/vat_codes/")).content.decode()
    assert "<select name" not in viewer
    assert "Use M24" not in viewer


def test_a_choice_is_saved_in_place_by_htmx(full):
    shop, _ids = full
    delivery = shop.waiting(vat_problem())
    response = shop.client("accountant").post(
        shop.page("mappings/vat_codes/save/"), {"ref": "sales|24|5", "target": "M24"}, headers={"HX-Request": "true"}
    )
    text = response.content.decode()
    assert text.strip().startswith("<tr")
    assert "1 row saved. 1 document goes on." in text
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READY


def test_the_row_that_was_changed_comes_back_though_the_browser_sends_the_whole_form(full):
    shop, _ids = full
    client = shop.client("accountant")
    page = client.get(shop.page("mappings/vat_codes/")).content.decode()
    assert f'{shop.page("mappings/vat_codes/save/")}?row=sales%7C24%7C5"' in page
    text = client.post(
        shop.page("mappings/vat_codes/save/") + "?row=sales%7C24%7C5",
        {"ref": ["purchase|24|5", "sales|24|5"], "target": ["M24", "M24"]},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert 'name="ref" value="sales|24|5"' in text
    assert "1 row saved." in text, "what stands in other rows, wrong or right, is not touched"
    assert list(MappingRow.objects.exclude(target_key="").values_list("direction", "target_key")) == [("sales", "M24")]


def test_a_wrong_choice_says_so_in_its_row(full):
    shop, _ids = full
    response = shop.client("accountant").post(
        shop.page("mappings/vat_codes/save/"), {"ref": "sales|24|5", "target": "O24"}, headers={"HX-Request": "true"}
    )
    assert "cannot be used on this side of the trade" in response.content.decode()
    assert MappingRow.objects.get().target_key == ""


def test_suggestions_are_used_by_a_click_only(full):
    shop, _ids = full
    client = shop.client("accountant")
    client.get(shop.page("mappings/vat_codes/"))
    assert MappingRow.objects.get().target_key == ""
    client.post(shop.page("mappings/vat_codes/save/"), {"use": "all"})
    assert set(MappingRow.objects.values_list("direction", "target_key")) >= {("sales", "M24"), ("purchase", "O24")}


def test_an_unreadable_target_is_explained(full, monkeypatch):
    shop, _ids = full
    monkeypatch.setattr(mappings, "choices", lambda *_: mappings.Choices(error="TARGET_BUSY"))
    text = shop.client("accountant").get(shop.page("mappings/accounts/")).content.decode()
    assert "could not be read, so there is nothing to choose from" in text


def test_a_file_is_compared_then_confirmed(full):
    shop, _ids = full
    client = shop.client("accountant")
    content = write_csv(
        ["Source key", "Side", "VAT rate", "Target key"], [["5", "sales", "24", "M24"], ["6", "", "", "Q"]]
    )
    response = client.post(
        shop.page("mappings/vat_codes/import/"), {"file": SimpleUploadedFile("k.csv", content)}, follow=True
    )
    text = response.content.decode()
    assert "Nothing is saved yet" in text
    assert "Save 1 row" in text
    assert text.index("Not in the other system") < text.index("Müük 24%")
    assert MappingRow.objects.get().target_key == ""
    done = client.post(response.request["PATH_INFO"], follow=True).content.decode()
    assert "What became of each row" in done
    assert MappingRow.objects.get(source_key="5").target_key == "M24"


def test_a_bad_file_comes_back_with_its_reason(full):
    shop, _ids = full
    client = shop.client("accountant")
    for path in ("mappings/vat_codes/import/", "id-map/customer/import/", "id-map/customer/assist/"):
        response = client.post(shop.page(path), {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")}, follow=True)
        assert "x.pdf: this is not a table. Choose a CSV or XLSX file." in response.content.decode()
        response = client.post(shop.page(path), {}, follow=True)
        assert "Choose a file first." in response.content.decode()


# --- id map ------------------------------------------------------------------------------------------------


def test_the_map_shows_ties_and_offers_the_rest(full):
    shop, _ids = full
    text = shop.client("accountant").get(shop.page("id-map/")).content.decode()
    assert re.search(r"<dt>Tied</dt><dd>1</dd>", text)
    assert "Id in Scoro (SC)" in text
    assert text.count('name="target_id"') == 3
    assert 'name="target_id"' not in shop.client("viewer").get(shop.page("id-map/")).content.decode()


def test_a_map_file_goes_round(full):
    shop, _ids = full
    client = shop.client("accountant")
    download = client.get(shop.page("id-map/customer/export/?format=csv"))
    assert download["Content-Disposition"] == 'attachment; filename="customers-SC.csv"'
    assert download["X-Content-Type-Options"] == "nosniff"
    filled = download.content.decode("utf-8-sig").replace(
        "10000001;;info@kase.example;;", "10000001;;info@kase.example;SC;501"
    )
    page = client.post(
        shop.page("id-map/customer/import/"), {"file": SimpleUploadedFile("k.csv", filled.encode())}, follow=True
    )
    assert "Save 1 row" in page.content.decode()
    client.post(page.request["PATH_INFO"])
    assert Binding.objects.get(source_id="501").target_id == "c2"


def test_of_a_source_list_only_the_ticked_rows_are_saved(full):
    shop, _ids = full
    client = shop.client("accountant")
    content = write_csv(["ID", "Name", "Reg. code"], [["5", "Õunapuu", "12345678"], ["6", "Kase Kaubandus AS", ""]])
    page = client.post(
        shop.page("id-map/customer/assist/"), {"file": SimpleUploadedFile("scoro.csv", content)}, follow=True
    )
    text = page.content.decode()
    assert re.findall(r'name="line" value="(\d+)"( checked)?', text) == [("2", " checked"), ("3", "")]
    assert "same registry code" in text
    client.post(page.request["PATH_INFO"], {"line": ["3"]})
    assert set(Binding.objects.values_list("source_id", "target_id")) == {("9", "c4"), ("6", "c2")}


# --- matches -----------------------------------------------------------------------------------------------


def test_a_match_is_decided_on_the_page(full):
    shop, ids = full
    delivery = shop.waiting(not_bound("500"))
    client = shop.client("accountant")
    text = client.get(shop.page("matches/")).content.decode()
    assert "same registry code" in text
    action = f"accept:{ids['proposal']}:c1"
    assert f'value="{action}"' in text
    response = client.post(shop.page("matches/decide/"), {"action": action}, follow=True)
    assert "1 decided. 1 document goes on." in response.content.decode()
    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.READY
    again = client.post(shop.page("matches/decide/"), {"action": action}, follow=True)
    assert "Somebody has decided this already." in again.content.decode()


@pytest.mark.parametrize("action", ["accept-ticked", "create-ticked", "create:{proposal}"])
def test_the_other_buttons_of_matches(full, action):
    shop, ids = full
    shop.client("accountant").post(
        shop.page("matches/decide/"), {"action": action.format(**ids), "proposal": [str(ids["proposal"]), "999999"]}
    )
    expected = "matched" if action.startswith("accept") else "create"
    assert MatchProposal.objects.get().state == expected


def test_looking_now_reads_the_lists_and_asks(full):
    shop, _ids = full
    shop.known(CUSTOMER, Party(source_id="700", name="Kase Kaubandus AS", registry_code="10000001"))
    response = shop.client("accountant").post(shop.page("matches/look/"), follow=True)
    assert "2 questions found." in response.content.decode()


# --- files -------------------------------------------------------------------------------------------------


def test_many_files_at_once_each_with_its_result(full):
    shop, ids = full
    response = shop.client("accountant").post(
        shop.url("files/upload/"),
        {
            "connection": str(ids["inbox"]),
            "files": [
                SimpleUploadedFile("uus.xml", invoice("N-1")),
                SimpleUploadedFile("vana.xml", invoice()),
                SimpleUploadedFile("pilt.png", b"\x89PNG\r\n\x1a\n" + bytes(9)),
            ],
        },
    )
    text = response.content.decode()
    assert [text.count(word) for word in ("Known already", "Refused")] == [2, 2]
    assert "uus.xml" in text
    assert StoredFile.objects.count() == 3


def test_an_original_is_never_shown_by_the_browser(full):
    shop, ids = full
    response = shop.client("viewer").get(shop.url(f"files/{ids['file']}/original/"))
    assert response["Content-Disposition"] == 'attachment; filename="arve.xml"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "application/octet-stream"
    assert response.content == invoice()


def test_a_name_cannot_break_the_header_or_the_page(full):
    shop, ids = full
    StoredFile.objects.filter(pk=ids["file"]).update(name='"><script>x</script>\r\nX: y.xml')
    client = shop.client("viewer")
    assert "<script>x" not in client.get(shop.url("files/")).content.decode()
    response = client.get(shop.url(f"files/{ids['file']}/original/"))
    assert response.has_header("Content-Disposition")
    assert not response.has_header("X")


def test_staged_rows_of_wrong_lists_are_not_found(full):
    shop, ids = full
    client = shop.client("owner")
    assert client.get(shop.page(f"mappings/vat_codes/import/{ids['tied']}/")).status_code == 404
    assert client.get(shop.page(f"id-map/customer/staged/{ids['mapped']}/")).status_code == 404
    assert client.get(shop.page("mappings/nonsense/")).status_code == 404
    assert client.get(shop.page("id-map/?kind=nonsense")).status_code == 404
    assert StagedTable.objects.filter(applied_at=None).count() == 2
