"""A Finnish company of the demo: invoices that wait in Severa go to Maestro over SFTP, and Severa is told."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from tilisilta.cli.demo import offices, proof, runs
from tilisilta.cli.demo.books import Line
from tilisilta.cli.demo.emulated import Emulated
from tilisilta.cli.demo.offices import Office
from tilisilta.cli.demo.proof import FlowReport
from tilisilta.core.mapping.tables import MappingTable
from tilisilta.ports import CatalogueKind
from tilisilta.services import connections, integrations, mappings
from tilisilta.store.models import FlowKind, RunMode, User

WAITING: Final = "Odottaa siirtoa Maestroon"
TRANSFERRED: Final = "Siirretty Maestroon"
_SELLER: Final = {
    "seller_name": "Naava Suunnittelu Oy",
    "seller_registry_code": "2987654-8",
    "seller_vat_number": "FI29876548",
    "seller_street": "Lapinlahdenkatu 16",
    "seller_postal_code": "00180",
    "seller_city": "Helsinki",
    "seller_iban": "FI2112345600000785",
}
# Most of Severa's codes have their product in Maestro; what has none goes to A/0 and is listed.
_PRODUCTS: Final = [
    {"id": "A1", "number": "TYO-01", "name": "Suunnittelu", "unit": "h"},
    {"id": "A2", "number": "TYO-02", "name": "Projektinhallinta", "unit": "h"},
    {"id": "B1", "number": "KM", "name": "Kilometrikorvaus", "unit": "km"},
    {"id": "B20", "number": "KIRJA", "name": "Suunnittelun käsikirja", "vat_rate": "13.5"},
    {"id": "C1", "number": "A101", "name": "Palvelinpaketti"},
    {"id": "C2", "number": "TARVIKE7", "name": "Asennustarvikkeet"},
]
_ROUTE: Final = ("sftp_host", "sftp_port", "sftp_user", "sftp_host_key")


def make(user: User, severa: Emulated, maestro: Emulated) -> Office:
    """Make the company, connect both systems, tie them, choose the statuses."""
    severa.reset()
    maestro.reset()
    maestro.control("POST", "seed", {"products": _PRODUCTS})
    named = {field: _SELLER[f"seller_{field}"] for field in ("name", "registry_code", "vat_number")}
    actor = offices.make_company(user, "FI", **named)
    keys = maestro.credentials
    route = {"route": "sftp", **{name: keys[name] for name in _ROUTE}}
    target = offices.connect_with(actor, "maestro", "Maestro", {"sftp_key": keys["sftp_key"]}, {**_SELLER, **route})
    source = offices.connect(actor, severa, "Severa")
    integration = integrations.create_integration(actor, source, target, "Severa → Maestro")
    statuses = {each.label: each.key for each in connections.catalogue(source, CatalogueKind.STATUSES)}
    chosen = {"waiting_status": statuses[WAITING], "written_status": statuses[TRANSFERRED]}
    integrations.update_settings(actor, integration, chosen)
    return Office(actor, integration, maestro, severa)


def prove(office: Office) -> FlowReport:
    """Take what waits, tell why a row bears no VAT, take the rest; compare both books and Severa's statuses."""
    wanted = {each["guid"] for each in _invoices(office) if each["status"] == WAITING}
    _run, seconds = runs.do(office.actor, office.integration, FlowKind.SALES_INVOICES, dates=(None, None))
    _explain_zero_rates(office)
    runs.wait_for_all(office.actor.company)
    _run, more = runs.do(office.actor, office.integration, FlowKind.SALES_INVOICES, dates=(None, None))
    sold = [each for each in _invoices(office) if each["guid"] in wanted]
    target = [_line(each, each["customer_name"], "") for each in office.target.books()["invoices"]]
    source = [_line(each, each["customer"], each["guid"]) for each in sold]
    made = proof.report(office, FlowKind.SALES_INVOICES, source, target, seconds + more)
    left = [f"not moved on in Severa: {each['number']}" for each in sold if each["status"] != TRANSFERRED]
    return msgspec.structs.replace(made, ok=False, differences=(*made.differences, *left)) if left else made


def tell(office: Office) -> None:
    """Take what waits, as a company in use: one invoice asks for the reason of its 0 %, some rows went to A/0."""
    actor, integration = office.actor, office.integration
    runs.do(actor, integration, FlowKind.SALES_INVOICES, RunMode.PREVIEW, (None, None))
    runs.do(actor, integration, FlowKind.SALES_INVOICES, dates=(None, None))
    offices.make_ready(office)
    offices.make_automatic(office, FlowKind.SALES_INVOICES)


def _explain_zero_rates(office: Office) -> None:
    lines = mappings.lines(office.integration, MappingTable.VAT_CODES, only_missing=True)
    answers = {line.ref: "export" for line in lines if line.is_missing}
    if answers:
        mappings.save(office.actor, office.integration, MappingTable.VAT_CODES, answers)


def _invoices(office: Office) -> Sequence[dict[str, Any]]:
    if office.source is None:
        raise TypeError("this office has a source")
    found: Sequence[dict[str, Any]] = office.source.books()["invoices"]
    return found


def _line(row: dict[str, Any], party: str, source_id: str) -> Line:
    """Return an invoice of either side; credit notes are below zero in both."""
    net, vat, gross = (Decimal(str(row[name])) for name in ("net", "vat", "gross"))
    return Line(str(row["number"]), party, row["currency"], net, vat, gross, source_id=source_id)
