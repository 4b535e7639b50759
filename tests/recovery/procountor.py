"""An installation whose firm sends its invoices one by one into Procountor, with its own postings.

Run as a program like `tests.recovery.installation`, with verbs of its own beside that one's.
"""

import json
import sys
from typing import Any

from tests.recovery import installation
from tests.recovery.installation import Installation
from tests.support.emulators import Emulated


class ProcountorInstallation(Installation):
    """An installation that knows how to buy and sell."""

    def __init__(self, database_url: str = "") -> None:
        super().__init__(database_url)
        self.env["TILISILTA_DOCUMENT_LEVEL"] = "all"

    def command(self, verb: str, **params: Any) -> list[str]:
        return [sys.executable, "-m", "tests.recovery.procountor", verb, json.dumps(params)]


# --- inside the installation -------------------------------------------------------------------------------


def _set_up(procountor: dict[str, Any]) -> int:
    from tests.acceptance.procountor_firm import OWN_IBAN, ProcountorFirm, tie_by_services
    from tests.support.workspace import make_workspace
    from tilisilta.services.workspace.settings import update_settings

    company, owner = make_workspace("Yritys Oy", "omistaja@yritys.fi", country="FI")
    update_settings(owner, bank_iban=OWN_IBAN, bank_bic="NDEAFIHH")
    tie_by_services(ProcountorFirm(company, owner, None, Emulated(**procountor)), target="3600")  # type: ignore[arg-type]
    return company.pk


def _trade(company: int) -> list[int]:
    """Sell and buy, each once; return the runs that send them."""
    from tests.acceptance.procountor_firm import ProcountorFirm
    from tilisilta.engine.lease import ENDED
    from tilisilta.services.access import system_actor
    from tilisilta.services.forwarding.by_person import send_now
    from tilisilta.services.integrations import update_settings
    from tilisilta.store.models import Company, Run

    own = Company.objects.get(pk=company)
    firm = ProcountorFirm(own, system_actor(own), None, None)  # type: ignore[arg-type]
    update_settings(firm.owner, firm.integration, {"purchase_posting": "source"})
    firm.post(firm.sell())
    send_now(firm.owner, [firm.buy("O-1", post=True)])
    return list(Run.objects.exclude(state__in=ENDED).values_list("pk", flat=True))


def _left(company: int) -> dict[str, Any]:
    """Return the states of deliveries and of the steps behind them."""
    from tilisilta.store.models import Delivery, FollowUp

    rows = Delivery.objects.filter(company=company, kind__contains="_")
    return {
        "states": sorted(rows.values_list("state", flat=True)),
        "steps": sorted(FollowUp.objects.filter(company=company).values_list("subject", "state")),
    }


def main() -> None:
    installation.VERBS.update({"set_up_procountor": _set_up, "trade": _trade, "left": _left})
    import django

    django.setup()
    from tilisilta.bootstrap import tie_services

    tie_services()
    installation.main()


if __name__ == "__main__":
    main()
