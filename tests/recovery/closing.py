"""An installation whose firm closes its months into Netvisor.

Run as a program like `tests.recovery.installation`, with verbs of its own beside that one's.
"""

import json
import sys
from typing import Any

from tests.recovery import installation
from tests.recovery.installation import Installation
from tests.support.emulators import Emulated


class ClosingInstallation(Installation):
    """An installation that knows how to close a period."""

    def command(self, verb: str, **params: Any) -> list[str]:
        return [sys.executable, "-m", "tests.recovery.closing", verb, json.dumps(params)]


# --- inside the installation -------------------------------------------------------------------------------


def _firm(company: int) -> Any:
    from tests.support.closing import Firm
    from tilisilta.services.access import system_actor
    from tilisilta.store.models import Company, LedgerAccount

    own = Company.objects.get(pk=company)
    accounts = {each.number: each for each in LedgerAccount.objects.filter(company=own)}
    return Firm(own, system_actor(own), accounts)


def _set_up(netvisor: dict[str, Any], replacing: str) -> int:
    from django.core.management import call_command

    from tests.support.closing import fill, make_firm

    call_command("migrate", verbosity=0)
    firm = make_firm()
    firm.connect(Emulated(**netvisor), replacing=replacing)
    fill(firm)
    return firm.company.pk


def _act(company: int, do: str) -> list[int]:
    """Close October's sales, send them again or open them again; return the runs that are not over."""
    from tests.support.closing import OCTOBER
    from tilisilta.engine.lease import ENDED
    from tilisilta.services.closing import closing, history
    from tilisilta.store.models import Run, Side

    actor = _firm(company).actor
    if do == "close":
        closing.close(actor, Side.SALES, OCTOBER, per_day=True)
    else:
        period = history.list_periods(actor.company).get()
        if do == "resend":
            closing.resend(actor, period)
        else:
            closing.reopen(actor, period, "korjaus")
    return list(Run.objects.exclude(state__in=ENDED).values_list("pk", flat=True))


def _period(company: int) -> dict[str, Any]:
    from tilisilta.services.closing import history, reconcile

    firm = _firm(company)
    period = history.get_period(firm.company, history.list_periods(firm.company).get().pk)
    return {
        "state": period.state,
        "revision": period.revision,
        "equal": reconcile.reconcile(firm.actor, period).is_equal,
        "expected": sorted([*key, amount] for key, amount in firm.expected("sales").items()),
    }


def _wire() -> None:
    from tilisilta.bootstrap import tie_services

    tie_services()


def main() -> None:
    installation.VERBS.update({"set_up_closing": _set_up, "act": _act, "period": _period})
    import django

    django.setup()
    _wire()
    installation.main()


if __name__ == "__main__":
    main()
