"""A firm that invoices in Severa and keeps its books in Maestro, set up on the pages as its administrator would."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.support.emulators import Emulated, Emulators
from tests.support.pages import Pages
from tests.support.product import make_company, wait_for
from tilisilta.engine.lease import ENDED
from tilisilta.services import runs
from tilisilta.services.access import Actor
from tilisilta.store.models import (
    Company,
    Connection,
    Delivery,
    Flow,
    FlowKind,
    Integration,
    IntegrationState,
    Membership,
    Role,
    Run,
    RunMode,
    User,
)

WAITING, TRANSFERRED = "Odottaa siirtoa Maestroon", "Siirretty Maestroon"
SELLER = {
    "setting_seller_name": "Naava Suunnittelu Oy",
    "setting_seller_registry_code": "1234567-1",
    "setting_seller_vat_number": "FI12345671",
    "setting_seller_iban": "FI2112345600000785",
    "setting_with_pdf": "off",
}
# The codes of Severa's demo as a bookkeeper would have them in Maestro's register.
PRODUCTS = [
    {"id": "A1", "number": "TYO-01", "name": "Suunnittelu", "unit": "h"},
    {"id": "A2", "number": "TYO-02", "name": "Projektinhallinta", "unit": "h"},
    {"id": "B20", "number": "KIRJA", "name": "Suunnittelun käsikirja", "vat_rate": "13.5"},
    {"id": "B1", "number": "KM", "name": "Kilometrikorvaus", "unit": "km"},
    {"id": "C1", "number": "A101", "name": "Palvelinpaketti"},
    {"id": "C2", "number": "TARVIKE7", "name": "Asennustarvikkeet"},
]


@dataclass
class House:
    """A company, the browser of its owner, and what Severa and Maestro hold."""

    company: Company
    owner: Actor
    pages: Pages
    severa: Emulated
    maestro: Emulated
    folders: Any
    _token: str = field(default="", repr=False)

    @property
    def integration(self) -> Integration:
        return Integration.objects.select_related("source", "target", "company").get(company=self.company)

    @property
    def home(self) -> str:
        return f"integrations/{self.integration.pk}/"

    def browser(self, role: str = Role.OWNER, language: str = "en") -> Pages:
        user = User.objects.create_user(f"{role}@naava.example", "kolm-siili-metsas")
        Membership.objects.create(company=self.company, user=user, role=role)
        return Pages(self.company, user, language)

    # --- setting up ----------------------------------------------------------------------------------------

    def connect_severa(self, api: str = "rest", status: int = 200, **keys: str) -> Pages:
        """Enter Severa's keys: those of REST, the SOAP key, or both."""
        own = self.severa.credentials
        wanted = {"rest": ("client_id", "client_secret"), "soap": ("soap_key",), "both": tuple(own)}[api]
        given = {f"credential_{name}": own[name] for name in wanted if name in own} | keys
        pages = self.pages.open("connections/new/severa/")
        return pages.press("Save and test", status=status, setting_base_url=self.severa.base_url, **given)

    def connect_maestro(self, route: str = "folder", **settings: str) -> Pages:
        """Tell how files reach Maestro."""
        own = self.maestro.credentials
        given: dict[str, str] = {**SELLER, "setting_route": route}
        if route == "folder":
            self.folders.TARGET_FOLDERS = own["folder"]
            given["setting_folder"] = own["folder"]
        else:
            given |= {f"setting_{name}": own[name] for name in ("sftp_host", "sftp_port", "sftp_user")}
            given["setting_sftp_host_key"] = self.books()["host_key"]
            given["credential_sftp_key"] = own["sftp_key"]
        given |= {f"setting_{name}": value for name, value in settings.items()}
        return self.pages.open("connections/new/maestro/").press("Save and test", **given)

    def pair(self) -> Pages:
        """Tie Severa to Maestro."""
        pages = self.pages.open("integrations/new/")
        pick = {name: {words: value for value, words in pages.choices(name).items()} for name in ("source", "target")}
        return pages.press("Go on to the checklist", source=pick["source"]["Severa"], target=pick["target"]["Maestro"])

    def choose(self, **values: Any) -> Pages:
        """Choose the two statuses by their names, and whatever else."""
        pages = self.pages.open(f"{self.home}settings/")
        keys = {words: value for value, words in pages.choices("waiting_status").items()}
        chosen = {"waiting_status": keys[WAITING], "written_status": keys[TRANSFERRED], **values}
        return pages.press("Save", **chosen)

    def ready(self) -> None:
        """Activate without the checklist, where a test is about something else."""
        Integration.objects.filter(company=self.company).update(state=IntegrationState.READY)

    # --- what moves ----------------------------------------------------------------------------------------

    def flow(self, kind: str = "sales_invoices") -> Flow:
        return Flow.objects.get(integration=self.integration, kind=FlowKind(kind))

    def import_(self, kind: str = "Sales invoices") -> Pages:
        """Import on the import page: preview, Import, and wait for the end."""
        pages = self.pages.open(f"{self.home}import/").press(f"Import: {kind}", within=kind).wait_for_run()
        return pages.press("Import").wait_for_run()

    def bring(self) -> Pages:
        """Import sales invoices without looking at a preview first, and open the run's page."""
        return self.pages.open(f"runs/{self.run().pk}/")

    def bring_preview(self) -> Pages:
        """Ask on the import page what an import would bring."""
        pages = self.pages.open(f"{self.home}import/")
        return pages.press("Import: Sales invoices", within="Sales invoices").wait_for_run()

    def run(self, kind: str = "sales_invoices", *, automatic: bool = False) -> Run:
        """Run a flow without pages and wait for its end."""
        run = runs.request_run(self.owner, self.flow(kind), RunMode.RUN)
        if automatic:
            Run.objects.filter(pk=run.pk).update(is_automatic=True)
        return wait_for(run)

    def delivery(self, number: int | str) -> Delivery:
        return Delivery.objects.get(company=self.company, number=str(number), flow__kind=FlowKind.SALES_INVOICES)

    def page_of(self, number: int | str) -> Pages:
        """Open the page of an invoice."""
        return self.pages.open(f"documents/?q={number}").click(str(number))

    # --- what the two hold ---------------------------------------------------------------------------------

    def invoices(self, status: str = "") -> dict[str, dict[str, Any]]:
        """Return Severa's invoices by number, all or those in a status."""
        found = self.severa.books()["invoices"]
        return {str(each["number"]): each for each in found if each["number"] and status in ("", each["status"])}

    def put(self, *rows: dict[str, Any], customer: str = "Kallion Kone Oy", **invoice: Any) -> str:
        """Make an invoice in Severa and return its number."""
        told = self.severa.seed(put=[{"customer": customer, "rows": list(rows), "date": "2026-10-20", **invoice}])
        return str(told["put"][0]["number"])

    def books(self) -> dict[str, Any]:
        """Return Maestro's books, after what waits was read."""
        return self.maestro.books()

    def entered(self) -> dict[str, dict[str, Any]]:
        """Return the invoices in Maestro's books by number."""
        return {each["number"]: each for each in self.books()["invoices"]}

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        """Work in Severa over its own REST API."""
        if not self._token:
            keys = {name: self.severa.credentials[name] for name in ("client_id", "client_secret")}
            self._token = self._call("POST", "token", keys)["access_token"]
        return self._call(method, path, body)

    def change(self, path: str, pointer: str, value: Any) -> None:
        """Change one field of a record in Severa."""
        self.rest("PATCH", path, [{"op": "replace", "path": pointer, "value": value}])

    def _call(self, method: str, path: str, body: Any) -> Any:
        headers = {"content-type": "application/json", "client_id": self.severa.credentials["client_id"]}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        url = f"{self.severa.base_url}/rest-api/v1/{path}"
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(url, data=data, method=method, headers=headers), timeout=60) as answer:  # noqa: S310  loopback
            text = answer.read()
        return json.loads(text) if text else None

    def settle(self) -> None:
        """Wait until everything that was asked for has ended."""
        self.until(lambda: not Run.objects.filter(company=self.company).exclude(state__in=ENDED).exists())

    def until(self, is_true: Callable[[], bool]) -> None:
        """Wait until a question is answered with yes."""
        until = time.monotonic() + 60
        while not is_true():
            assert time.monotonic() < until, self.pages.open("runs/").text
            time.sleep(0.03)


@pytest.fixture
def house(engine: None, running_emulators: Emulators, settings: Any) -> Iterator[House]:
    """A company without any connection; Severa full of invoices that wait, Maestro with its products."""
    severa, maestro = running_emulators["severa"], running_emulators["maestro"]
    for each in (severa, maestro):
        each.clear_faults()
        each.reset()
    maestro.seed(products=PRODUCTS)
    company, owner = make_company("Naava Suunnittelu Oy", "omistaja@naava.example")
    Company.objects.filter(pk=company.pk).update(country="FI", time_zone="Europe/Helsinki")
    company.refresh_from_db()
    made = House(company, owner, Pages(company, owner.user), severa, maestro, settings)
    yield made
    for run in Run.objects.filter(company=company).exclude(state__in=ENDED):
        runs.cancel_run(owner, run)
    made.settle()


@pytest.fixture
def tied(house: House) -> House:
    """Severa over REST tied to Maestro's folder, statuses chosen, active."""
    house.connect_severa()
    house.connect_maestro()
    assert {each.state for each in Connection.objects.filter(company=house.company)} == {"active"}
    house.pair()
    house.choose()
    house.ready()
    return house
