"""A firm that uses Scoro and SmartAccounts, set up on the pages as its owner would."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.acceptance.maestro_house import house, tied  # noqa: F401  fixtures
from tests.acceptance.netvisor_month import month, ready_month  # noqa: F401  fixtures
from tests.acceptance.procountor_firm import one_by_one, procountor_firm  # noqa: F401  fixtures
from tests.support.emulators import Emulators
from tests.support.pages import Pages
from tests.support.product import Office, make_company, map_everything
from tests.support.vendors import Scoro, SmartAccounts
from tilisilta.engine.lease import ENDED
from tilisilta.services import runs
from tilisilta.services.access import Actor
from tilisilta.store.models import Company, Flow, FlowKind, Integration, IntegrationState, Membership, Role, Run, User

KINDS = {
    "sales_invoices": "Sales invoices",
    "purchase_invoices": "Purchase invoices",
    "payments": "Payments",
    "parties": "Customers and suppliers",
    "items": "Items",
}


@dataclass
class Firm:
    """A company, the browser of its owner, and what the two vendors hold."""

    company: Company
    owner: Actor
    pages: Pages
    scoro: Scoro
    smart: SmartAccounts

    @property
    def integration(self) -> Integration:
        return Integration.objects.select_related("source", "target").get(company=self.company)

    @property
    def home(self) -> str:
        """The path of the integration's pages."""
        return f"integrations/{self.integration.pk}/"

    def browser(self, role: str = Role.OWNER, email: str = "") -> Pages:
        """Return the browser of another member."""
        user = User.objects.create_user(email or f"{role}@naidis.example", "kolm-siili-metsas")
        Membership.objects.create(company=self.company, user=user, role=role)
        return Pages(self.company, user)

    def connect(self, vendor: str, **credentials: str) -> Pages:
        """Enter a vendor's keys on the connected services page."""
        emulated = {"scoro": self.scoro, "smartaccounts": self.smart}[vendor].emulated
        pages = self.pages.open(f"connections/new/{vendor}/")
        keys = {f"credential_{name}": value for name, value in {**emulated.credentials, **credentials}.items()}
        return pages.press("Save and test", setting_base_url=emulated.base_url, **keys)

    def pair(self) -> Pages:
        """Tie Scoro to SmartAccounts."""
        pages = self.pages.open("integrations/new/")
        pick = {name: {words: value for value, words in pages.choices(name).items()} for name in ("source", "target")}
        return pages.press(
            "Go on to the checklist", source=pick["source"]["Scoro"], target=pick["target"]["SmartAccounts"]
        )

    def settle(self, **settings: str | bool) -> None:
        """Choose settings, fill the mapping tables, and let the integration be ready."""
        self.pages.open(f"{self.home}settings/").press("Save", warehouse="Põhiladu", **settings)
        integration = self.integration
        map_everything(
            Office(
                self.company,
                self.owner.user,  # type: ignore[arg-type]
                self.owner,
                integration.source,
                integration.target,
                integration,
                self.scoro.emulated,
                self.smart.emulated,
            )
        )
        Integration.objects.filter(pk=integration.pk).update(state=IntegrationState.READY)

    def flow(self, kind: str) -> Flow:
        return Flow.objects.get(integration=self.integration, kind=FlowKind(kind))

    def matches(self, kind: str = "", pages: Pages | None = None) -> Pages:
        """Open what asks to be matched."""
        return (pages or self.pages).go("match-list", self.integration.pk, **({"kind": kind} if kind else {}))

    def id_map(self, kind: str, show: str = "") -> Pages:
        """Open the id map of customers, suppliers or items."""
        return self.pages.go("id-map", self.integration.pk, kind=kind, show=show)

    def resent(self) -> Pages:
        """Wait until everything that was set free or asked for has ended."""
        until = time.monotonic() + 60
        while Run.objects.filter(company=self.company).exclude(state__in=ENDED).exists():
            assert time.monotonic() < until, self.pages.open("runs/").text
            time.sleep(0.05)
        return self.pages.open("runs/")

    def preview(
        self, kind: str, first: str = "2025-01-01", last: str = "2026-10-31", pages: Pages | None = None
    ) -> Pages:
        """Ask on the import page what an import would add, and wait for the answer."""
        pages = (pages or self.pages).open(f"{self.home}import/")
        if kind in {"parties", "items"}:
            return pages.press(f"Import: {KINDS[kind]}", within=KINDS[kind]).wait_for_run()
        pages.click(f"Import: {KINDS[kind]}", within=KINDS[kind])
        return pages.press("Show what would be added", date_from=first, date_to=last).wait_for_run()

    def bring(self, kind: str, first: str = "2025-01-01", last: str = "2026-10-31") -> Pages:
        """Import a kind from Scoro on the import page: dates, preview, Import; and wait for the end."""
        return self.preview(kind, first, last).press("Import").wait_for_run()


@pytest.fixture
def firm(engine: None, emulators: Emulators) -> Iterator[Firm]:
    """A company without any connection yet; afterwards nothing of it is left running."""
    company, owner = make_company()
    pages = Pages(company, owner.user)
    firm = Firm(company, owner, pages, Scoro(emulators["scoro"]), SmartAccounts(emulators["smartaccounts"]))
    yield firm
    for run in Run.objects.filter(company=company).exclude(state__in=ENDED):
        runs.cancel_run(owner, run)
    firm.resent()


@pytest.fixture
def ready(firm: Firm) -> Firm:
    """The company with both systems connected, tied and mapped."""
    firm.connect("scoro")
    firm.connect("smartaccounts")
    firm.pair()
    firm.settle()
    return firm


@pytest.fixture
def full(firm: Firm) -> Firm:
    """The firm whose SmartAccounts already holds some of Scoro's customers, suppliers and items."""
    firm.smart.emulated.reset(partners=True)
    firm.connect("scoro")
    firm.connect("smartaccounts")
    firm.pair()
    firm.settle()
    return firm
