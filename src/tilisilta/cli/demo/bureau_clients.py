"""The clients of the demo's bureau: imported through the wizard, given their people and groups, counted each month."""

from collections.abc import Sequence
from typing import Final

from tilisilta.cli.demo import runs
from tilisilta.cli.demo.bureau import COUNTS, Bureau
from tilisilta.cli.output import CommandError
from tilisilta.services.books import confirming, imports, integrations
from tilisilta.services.practice import clients
from tilisilta.services.practice.groups import groups_of
from tilisilta.services.summaries import runs as summary_runs
from tilisilta.services.summaries import settings as summary_settings
from tilisilta.store.models import Client, ClientImport, ClientImportRow, ImportState, PracticeIntegration

VENDOR: Final = "merit"
# What some of the clients' companies are like in life: their plan has no API.
_KNOWN: Final = frozenset({"PLAN_TOO_LOW"})


def take_over(bureau: Bureau) -> ClientImport:
    """Switch Merit on and import all clients: sign in, let keys be made, look at the list, confirm it."""
    actor = bureau.actor
    integrations.activate(actor, VENDOR)
    account = bureau.merit.control("GET", "sessions")
    country = imports.countries(VENDOR)[0][0]
    made = imports.start_sign_in(
        actor, vendor=VENDOR, country=country, email=account["email"], password=account["password"]
    )
    if made.job is not None:
        runs.wait_for_job(made.job)
    made.refresh_from_db()
    if made.state != ImportState.READY:
        raise CommandError(f"The import of clients is {made.state}: {made.problem_code} {made.problem_params}")
    confirming.confirm(actor, made)
    _give_people(bureau)
    return made


def _give_people(bureau: Bureau) -> None:
    """Give clients their default members and groups; some have none, as in life."""
    found = list(groups_of(bureau.actor.company))
    for place, client in enumerate(clients.active_clients(bureau.actor.company)):
        member = bureau.people[1 + place % 2] if place % 5 else None
        clients.change_client(
            bureau.actor,
            client,
            default_member_id=member.pk if member else None,
            group_ids=(found[place % len(found)].pk,),
            code=f"K{place + 1:03}",
        )


def without_key(made: ClientImport) -> dict[str, str]:
    """Return why a company of an import has no key that works, by the company's id at the vendor."""
    rows = ClientImportRow.objects.filter(client_import=made)
    return {row.remote_id: reason for row in rows if (reason := row.error_code or row.problem_code)}


def count(bureau: Bureau) -> PracticeIntegration:
    """Set the monthly summaries up, with a field for each count, and fetch the last twelve months."""
    actor = bureau.actor
    integration = integrations.get(actor.company, VENDOR)
    summary_settings.save(
        actor,
        integration,
        summary_settings.SummaryContent(
            title="Kuu kokkuvõte",
            topic_id=bureau.topics["Kuu kokkuvõte"].pk,
            import_day=2,
            counts={code: str(bureau.fields[code].pk) for code in COUNTS},
        ),
    )
    runs.wait_for_job(summary_runs.request_reload(actor, integration), known=_KNOWN)
    return integration


def count_month(bureau: Bureau, integration: PracticeIntegration, companies: Sequence[str] | None = None) -> None:
    """Fetch the newest ended month as the night does, with the look-back at what came late.

    `companies` are ids in Merit of those whose clients are asked; None for all.
    """
    found = connected(bureau)
    wanted = None if companies is None else [found[each].pk for each in companies]
    runs.wait_for_job(summary_runs.request_month(bureau.actor, integration, clients=wanted), known=_KNOWN)


def connected(bureau: Bureau) -> dict[str, Client]:
    """Return the bureau's clients that have a key, by their companies' ids in Merit."""
    rows = Client.objects.filter(company=bureau.actor.company, connections__integration__vendor=VENDOR)
    return {row.connections.get(integration__vendor=VENDOR).remote_id: row for row in rows}
