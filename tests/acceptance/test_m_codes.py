"""M15, M16, M18, M19, M21, M22: codes of the three registers are looked through before invoices bear them."""

import csv
import io
import json

import pytest
from openpyxl import load_workbook

from tests.acceptance.maestro_house import House
from tilisilta.services import tokens
from tilisilta.store.models import Role

_PATH = "In Severa: gear icon > Settings > Work time, travel expense and product registers > "


def case(register: str, name: str, place: str, *features: str):
    return pytest.param(register, name, place, id=register, marks=[pytest.mark.feature(each) for each in features])


_KINDS = {"products": "product", "worktypes": "worktype", "travelexpensetypes": "travel"}


@pytest.mark.parametrize(
    ("register", "name", "place"),
    [
        case("products", "Muu veloitus", "Products", "M15", "M16"),
        case("worktypes", "Koulutus", "Work types", "M18", "M19"),
        case("travelexpensetypes", "Pysäköinti", "Travel expense types", "M21", "M22"),
    ],
)
def test_what_lacks_a_code_is_listed_mended_and_found(tied: House, register: str, name: str, place: str):
    pages = tied.pages.open(f"{tied.home}codes/")
    row = pages.row(name)
    assert "Has no code" in row
    assert f"{_PATH}{place}" in row
    number = tied.put({"kind": _KINDS[register], "code": name, "price": 20})
    tied.bring()
    assert [each["product"] for each in tied.entered()[number]["rows"]] == ["A/0"]

    # The code is entered in Severa and its product in Maestro; then both are read again.
    (entry,) = [each for each in tied.severa.books()[register] if each["name"] == name]
    tied.change(f"{register}/{entry['guid']}", "/code", "UUSI-1")
    tied.maestro.seed(products=[{"id": "D1", "number": "UUSI-1", "name": name}])
    viewer = tied.browser(Role.VIEWER).open(f"{tied.home}codes/")
    assert "Read both registers again" not in viewer.buttons()
    pages.open(f"{tied.home}codes/").press("Read both registers again")
    assert "Both registers are read" in pages.messages()
    assert name not in pages.text
    assert "D1" in pages.click("All entries").row(name)
    later = tied.put({"kind": _KINDS[register], "code": "UUSI-1", "price": 20})
    tied.bring()
    assert [each["product"] for each in tied.entered()[later]["rows"]] == ["D1"]


def test_codes_that_clash_fit_nothing_or_are_out_of_use(tied: House):
    tied.maestro.seed(products=[{"id": "E1", "number": "ALI-1", "name": "Vanha", "is_active": False}])
    tied.maestro.seed(products=[{"id": "F1", "number": "A100", "name": "Lisenssi"}])
    pages = tied.pages.open(f"{tied.home}codes/")
    pages.press("Read both registers again")
    assert "out of use in the target" in pages.row("Alihankinta")
    assert "Others bear the same code: Work type Lisenssin käyttöönotto" in pages.row("Lisenssi, vuosi")
    assert "No product of the target bears its code" in pages.row("Matkaliput")
    assert "A099" not in pages.text  # out of use in Severa: nothing to mend
    assert "Out of use at the source" in pages.open(f"{tied.home}codes/?show=all").row("A099")

    # A prefix tells work types from products of the same code.
    tied.choose(prefix_work_type="T-")
    tied.maestro.seed(products=[{"id": "F2", "number": "T-A100", "name": "Käyttöönotto"}])
    pages.open(f"{tied.home}codes/?show=all").press("Read both registers again")
    pages.open(f"{tied.home}codes/?show=all")
    assert "Others bear" not in pages.row("Lisenssi, vuosi")
    number = tied.put({"kind": "product", "code": "A100"}, {"kind": "worktype", "code": "A100"})
    tied.bring()
    assert [each["product"] for each in tied.entered()[number]["rows"]] == ["F1", "F2"]
    # The table goes before every code.
    assert tied.integration.settings["code_prefixes"] == {"work_type": "T-"}


def test_the_list_goes_out_as_a_file_and_over_the_api(tied: House):
    pages = tied.pages.open(f"{tied.home}codes/")
    shown = len(pages.rows("Codes"))
    text = pages.client.get(f"{pages.url}export/?format=csv").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    assert len(rows) == shown
    assert {"Register": "Work type", "Name": "Koulutus", "What is the matter": "Has no code"}.items() <= next(
        row for row in rows if row["Name"] == "Koulutus"
    ).items()
    book = load_workbook(io.BytesIO(pages.client.get(f"{pages.url}export/?format=xlsx&show=all").content))
    assert book.active.max_row == 1 + len(tied.severa.books()["products"]) + 6 + 4

    token = tokens.create_token(tied.owner, name="codes", role=Role.ACCOUNTANT)[1]
    headers = {"Authorization": f"Bearer {token}"}
    address = f"/api/v1/integrations/{tied.integration.pk}/codes"
    told = json.loads(pages.client.get(address, headers=headers).content)
    assert told["to_mend_count"] == shown
    assert {"no_code", "unknown", "duplicate"} <= {each for row in told["entries"] for each in row["findings"]}
    tied.maestro.seed(products=[{"id": "B3", "number": "MATKA", "name": "Matkaliput"}])
    told = json.loads(pages.client.post(f"{address}/refresh", headers=headers).content)
    assert told["to_mend_count"] == shown - 1
    assert tied.entered() == {}
