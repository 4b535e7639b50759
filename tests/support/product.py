"""A company set up as a person would, through the services that pages and API call."""

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.emulators import Emulated, Emulators
from tilisilta.engine.lease import ENDED
from tilisilta.ports import CatalogueKind
from tilisilta.services import connections, runs
from tilisilta.services.access import Actor
from tilisilta.services.connections import catalogue
from tilisilta.store.models import (
    Company,
    Connection,
    Delivery,
    Flow,
    FlowKind,
    Integration,
    IntegrationState,
    MappingRow,
    Membership,
    Role,
    Run,
    RunMode,
    User,
)

# Which of the target's codes a person chose for Scoro's: by the code's name, not by its rate alone.
SALES_VAT = {
    "24": "24",
    "22": "22",
    "20": "20",
    "13": "13",
    "9": "9",
    "0EU": "0-EL-K",
    "0EX": "0-EX",
    "MV": "-",
    "-": "-",
}
PURCHASE_VAT = {"24O": "24", "22O": "22", "20O": "20", "9O": "9", "PM": "24-EL-T", "-": "-"}
FROM, TO = dt.date(2025, 1, 1), dt.date(2026, 10, 31)


@dataclass
class Office:
    """One company with Scoro tied to SmartAccounts."""

    company: Company
    user: User
    actor: Actor
    source: Connection
    target: Connection
    integration: Integration
    scoro: Emulated
    smartaccounts: Emulated

    def flow(self, kind: str) -> Flow:
        flow, _ = Flow.objects.get_or_create(company=self.company, integration=self.integration, kind=FlowKind(kind))
        return flow

    def ask(
        self,
        kind: str,
        mode: str = "run",
        date_from: dt.date | None = FROM,
        date_to: dt.date | None = TO,
        delivery_ids: Sequence[int] = (),
    ) -> Run:
        dates = (None, None) if kind == "payments_back" or delivery_ids else (date_from, date_to)
        return runs.request_run(self.actor, self.flow(kind), RunMode(mode), *dates, delivery_ids=delivery_ids)

    def run(self, kind: str, mode: str = "run", **options: Any) -> Run:
        """Ask for a run and wait for its end."""
        return wait_for(self.ask(kind, mode, **options))

    def deliveries(self, **wanted: Any) -> list[Delivery]:
        return list(Delivery.objects.filter(company=self.company, **wanted).order_by("pk"))


def wait_for(run: Run, seconds: float = 60.0) -> Run:
    """Wait until a run has ended."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        run.refresh_from_db()
        if run.state in ENDED:
            return run
        time.sleep(0.03)
    raise AssertionError(f"run {run.pk} is still {run.state} ({run.problem_code} {run.problem_params} {run.evidence})")


def make_company(
    name: str = "Näidis OÜ", email: str = "omanik@naidis.ee", role: str = Role.OWNER
) -> tuple[Company, Actor]:
    company = Company.objects.create(name=name, country="EE", registry_code="10000018")
    user, _ = User.objects.get_or_create(email=email)
    Membership.objects.create(company=company, user=user, role=role)
    return company, Actor(company=company, role=role, user=user, label=email)


def set_up(
    emulators: Emulators | Mapping[str, Emulated], *, mapped: bool = True, email: str = "omanik@naidis.ee"
) -> Office:
    """Return a company whose Scoro and SmartAccounts are connected; with `mapped`, ready to import."""
    scoro, smart = emulators["scoro"], emulators["smartaccounts"]
    company, actor = make_company(email=email)
    source = connections.create_connection(
        actor, vendor="scoro", name="Scoro", credentials=scoro.credentials, settings={"base_url": scoro.base_url}
    )
    target = connections.create_connection(
        actor,
        vendor="smartaccounts",
        name="SmartAccounts",
        credentials=smart.credentials,
        settings={"base_url": smart.base_url},
    )
    for connection in (source, target):
        check = connections.check_connection(actor, connection)
        assert check.ok, check
    integration = Integration.objects.create(
        company=company,
        source=source,
        target=target,
        name="Scoro → SmartAccounts",
        state=IntegrationState.READY,
        settings={"warehouse": "Põhiladu", "default_item": "", "stock_tag": "Laoartikkel"} if mapped else {},
    )
    office = Office(company, actor.user, actor, source, target, integration, scoro, smart)  # type: ignore[arg-type]
    if mapped:
        map_everything(office)
    return office


def map_everything(office: Office) -> None:
    """Fill the mapping tables as a person would who knows both systems."""
    rows: list[MappingRow] = []

    def row(table: str, source_key: str, target_key: str, direction: str = "", **extra: Any) -> None:
        rows.append(
            MappingRow(
                company=office.company,
                integration=office.integration,
                table=table,
                source_key=source_key,
                target_key=target_key,
                direction=direction,
                extra=extra,
            )
        )

    for entry in catalogue(office.source, CatalogueKind.VAT_CODES):
        code = entry.extra["code"]
        if entry.for_sales and code in SALES_VAT:
            row("vat_codes", entry.key, SALES_VAT[code], "sales")
        if entry.for_purchases and code in PURCHASE_VAT:
            row("vat_codes", entry.key, PURCHASE_VAT[code], "purchase")
    for entry in catalogue(office.source, CatalogueKind.BANK_ACCOUNTS):
        is_cash = entry.extra.get("is_cash") == "1"
        row("bank_accounts", entry.key, "Kassa" if is_cash else "Swedbank", is_cash="1" if is_cash else "")
    MappingRow.objects.bulk_create(rows)
