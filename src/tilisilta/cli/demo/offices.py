"""The demo's companies, set up through the services that pages and API call. Data is Estonian, as in life."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tilisilta.cli.demo import runs
from tilisilta.cli.demo.emulated import Emulated
from tilisilta.cli.output import CommandError
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.ports import CatalogueKind
from tilisilta.services import checklist, companies, connections, integrations, mappings
from tilisilta.services.access import Actor, actor_of
from tilisilta.store.models import Connection, Flow, FlowKind, Integration, User

NAME: Final = "Demo Kasutaja"

# What a bookkeeper chose for Scoro's codes: by what the code means, not by its rate alone.
SALES_VAT: Final = {
    "24": "24", "22": "22", "20": "20", "13": "13", "9": "9", "0EU": "0-EL-K", "0EX": "0-EX", "MV": "-", "-": "-",
}  # fmt: skip
PURCHASE_VAT: Final = {"24O": "24", "22O": "22", "20O": "20", "9O": "9", "PM": "24-EL-T", "-": "-"}
BANK, CASH, WAREHOUSE = "Swedbank", "Kassa", "Põhiladu"
# Items for rows that name none, for discounts and for charges of whole documents.
_SERVICES: Final = {"KULU": "Kulu arverea järgi", "ALLAHINDLUS": "Allahindlus arvelt", "LISATASU": "Lisatasu arvelt"}
# What an e-invoice's rate means in the buyer's books when the rate alone does not say it.
_BY_TREATMENT: Final = {
    "reverse_charge": "24-EL-T",
    "construction_reverse_charge": "24-PM",
    "intra_eu_supply_goods": "24-EL-K",
    "intra_eu_supply_services": "24-EL-T",
    "intra_eu_acquisition_goods": "24-EL-K",
    "intra_eu_acquisition_services": "24-EL-T",
    "import_services": "24-V",
}
NO_VAT: Final = "-"


@dataclass(frozen=True)
class Office:
    """One company of the demo with its integration and the two emulated systems (files have none)."""

    actor: Actor
    integration: Integration
    target: Emulated
    source: Emulated | None = None

    def flow(self, kind: FlowKind) -> Flow:
        return runs.flow_of(self.integration, kind)


def make_owner(email: str, password: str) -> tuple[User, Actor]:
    """Make the demo's user with their first company, and return both."""
    company = {"name": "Naidis OÜ", "country": "EE", "registry_code": "19900003", "vat_number": "EE101999007"}
    user, made = companies.set_up_owner(email=email, name=NAME, password=password, language="", company=company)
    return user, actor_of(user, made.pk)


def make_company(user: User, country: str = "EE", **fields: str) -> Actor:
    """Make a further company of the demo's user."""
    return actor_of(user, companies.create_company(user, country=country, **fields).pk)


def connect(actor: Actor, emulated: Emulated, name: str) -> Connection:
    """Connect an emulated system and test the connection."""
    return connect_with(actor, emulated.vendor, name, emulated.credentials, {"base_url": emulated.base_url})


def connect_with(
    actor: Actor, vendor: str, name: str, credentials: dict[str, str], settings: dict[str, str]
) -> Connection:
    """Connect a system by what its vendor asks for and test the connection.

    Raises:
        CommandError: nothing usable answers.
    """
    connection = connections.create_connection(
        actor, vendor=vendor, name=name, credentials=credentials, settings=settings
    )
    check = connections.check_connection(actor, connection)
    if not check.ok:
        raise CommandError(f"{name} cannot be connected: {check.code} {check.params} {check.evidence}")
    return connection


def from_scoro(actor: Actor, source: Emulated, target: Emulated) -> Office:
    """Tie Scoro to SmartAccounts, with its settings; the mapping tables are still empty."""
    integration = integrations.create_integration(
        actor, connect(actor, source, "Scoro"), connect(actor, target, "SmartAccounts"), "Scoro → SmartAccounts"
    )
    add_services(target)
    _choose(actor, integration, {"warehouse": WAREHOUSE})
    return Office(actor, integration, target, source)


def from_files(actor: Actor, target: Emulated) -> Office:
    """Tie e-invoice files to SmartAccounts, with items for rows that name none."""
    files = connect_with(actor, "files", "E-arved", {}, {})
    integration = integrations.create_integration(
        actor, files, connect(actor, target, "SmartAccounts"), "E-arved → SmartAccounts"
    )
    add_services(target)
    _choose(actor, integration, {"default_item": "KULU"})
    return Office(actor, integration, target)


def _choose(actor: Actor, integration: Integration, values: dict[str, Any]) -> None:
    common = {"allowance_item": "ALLAHINDLUS", "charge_item": "LISATASU", "party_vat_code": "24"}
    integrations.update_settings(actor, integration, {**common, **values})


def add_services(target: Emulated) -> None:
    """Enter the articles that stand for rows without an item, as a bookkeeper does beforehand."""
    for code, description in _SERVICES.items():
        article = {
            "code": code,
            "description": description,
            "type": "SERVICE",
            "unit": "tk",
            "vatPc": "24",
            "activeSales": True,
            "activePurchase": True,
        }
        target.smartaccounts("purchasesales/articles:add", article)


def map_scoro(office: Office, *, leave_out: frozenset[str] = frozenset()) -> None:
    """Fill the mapping tables for Scoro's lists; the VAT codes named in `leave_out` stay without a match."""
    vat: dict[str, str] = {}
    for entry in connections.catalogue(office.integration.source, CatalogueKind.VAT_CODES):
        code = entry.extra["code"]
        if code in leave_out:
            continue
        if entry.for_sales and code in SALES_VAT:
            vat[f"sales||{entry.key}"] = SALES_VAT[code]
        if entry.for_purchases and code in PURCHASE_VAT:
            vat[f"purchase||{entry.key}"] = PURCHASE_VAT[code]
    mappings.save(office.actor, office.integration, MappingTable.VAT_CODES, _as_listed(office, vat))
    banks = {
        f"||{entry.key}": CASH if entry.extra.get("is_cash") == "1" else BANK
        for entry in connections.catalogue(office.integration.source, CatalogueKind.BANK_ACCOUNTS)
    }
    mappings.save(office.actor, office.integration, MappingTable.BANK_ACCOUNTS, banks)


def _as_listed(office: Office, chosen: dict[str, str]) -> dict[str, str]:
    """Return the choices under the refs of the table's own lines, so that their labels are kept."""
    found = {}
    for line in mappings.lines(office.integration, MappingTable.VAT_CODES):
        if target := chosen.get(f"{line.direction}||{line.source_key}"):
            found[line.ref] = target
    return found


def map_missing(office: Office) -> int:
    """Answer what the documents asked for in vain, as a bookkeeper would; return how many lines that filled."""
    return sum(_fill(office, table, choose) for table, choose in _ANSWERS.items())


def _fill(office: Office, table: MappingTable, choose: Callable[[Office, Any], str]) -> int:
    lines = [line for line in mappings.lines(office.integration, table, only_missing=True) if line.is_missing]
    answers = {line.ref: answer for line in lines if (answer := choose(office, line))}
    return mappings.save(office.actor, office.integration, table, answers).saved if answers else 0


def _vat_answer(office: Office, line: Any) -> str:
    for named in (line.treatment, line.source_key.rpartition(":")[2]):
        if named in _BY_TREATMENT:
            return _BY_TREATMENT[named]
    known = {
        entry.key
        for entry in connections.catalogue(office.integration.target, CatalogueKind.VAT_CODES)
        if entry.for_purchases is not False
    }
    rate = line.source_key.removeprefix("rate:")
    # VAT of another country cannot be deducted here: it stands in the invoice's total, not in the VAT return.
    return rate if rate in known else NO_VAT


def _first_entry(kind: CatalogueKind) -> Callable[[Office, Any], str]:
    def choose(office: Office, _line: Any) -> str:
        entries = connections.catalogue(office.integration.target, kind)
        return entries[0].key if entries else ""

    return choose


_ANSWERS: Final[dict[MappingTable, Callable[[Office, Any], str]]] = {
    MappingTable.VAT_CODES: _vat_answer,
    MappingTable.WAREHOUSES: lambda _office, _line: WAREHOUSE,
    MappingTable.DIMENSIONS: _first_entry(CatalogueKind.DIMENSIONS),
}


def make_ready(office: Office) -> None:
    """Tick what a person confirms by hand, and activate the integration."""
    checklist.look_at_target(office.actor, office.integration)
    open_codes = {step.code for step in checklist.open_steps(checklist.checklist(office.integration))}
    for code in sorted(open_codes & checklist.TICKABLE):
        checklist.tick(office.actor, office.integration, code)
    checklist.activate(office.actor, office.integration)


def make_automatic(office: Office, *kinds: FlowKind) -> None:
    """Let flows run by themselves from now on."""
    for kind in kinds:
        flow = office.flow(kind)
        integrations.update_flow(office.actor, flow, is_enabled=True, is_automatic=True, schedule=flow.schedule)
