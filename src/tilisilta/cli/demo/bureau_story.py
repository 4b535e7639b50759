"""What happens at the demo's bureau, so that its pages have something to show: a year counted, a month billed."""

from tilisilta.cli.demo import bureau_billing, bureau_clients, bureau_plans
from tilisilta.cli.demo import clients_books as merit
from tilisilta.cli.demo.bureau import Bureau
from tilisilta.services.access import actor_of
from tilisilta.services.practice import clients
from tilisilta.services.practice.clients import ClientContent
from tilisilta.services.practice.settings import add_months, month_of, today_of
from tilisilta.services.tasks import tasks
from tilisilta.store.models import TaskStatus

_LATE_CLIENTS = 5
_AFTER_BILLING = 2


def tell(bureau: Bureau) -> None:
    """Import the clients, plan and count their work, bill the last month, and let some work come in after that."""
    made = bureau_clients.take_over(bureau)
    bureau_plans.plan(bureau)
    integration = bureau_clients.count(bureau)
    closed = bureau_clients.without_key(made)
    busy = [each for each in merit.clients(bureau.merit) if each["company_id"] not in closed]
    this_month = month_of(today_of(bureau.actor.company))
    for company in busy[:_LATE_CLIENTS]:
        merit.enter_late(bureau.merit, company, [add_months(this_month, -back).replace(day=12) for back in (2, 4)])
    bureau_clients.count_month(bureau, integration)
    bureau_billing.bill(bureau)
    bureau_billing.pay_some(bureau)
    billed = bureau_billing.companies_of_contracts(bureau)
    after = [each for each in busy if each["company_id"] in billed][:_AFTER_BILLING]
    for company in after:
        merit.enter_late(bureau.merit, company, [add_months(this_month, -1).replace(day=28)])
    bureau_clients.count_month(bureau, integration, [each["company_id"] for each in after])
    _finish(bureau)
    # Added by hand later, so that it has no key yet.
    clients.create_client(bureau.actor, ClientContent(name="Uus Klient OÜ", email="info@uusklient.example"))


def _finish(bureau: Bureau) -> None:
    """Let everybody mark the summaries of earlier months done that are theirs; last month's are still looked at.

    Clients without a default member are the owner's.
    """
    last_month = add_months(month_of(today_of(bureau.actor.company)), -1)
    earlier = tasks.tasks_of(bureau.actor.company).filter(summary__month__lt=last_month)
    actors = [(None, bureau.actor), *((each, actor_of(each, bureau.actor.company.pk)) for each in bureau.people)]
    for member, actor in actors:
        theirs = list(earlier.filter(client__default_member=member).values_list("pk", flat=True))
        if theirs:
            tasks.bulk(actor, theirs, "status", TaskStatus.DONE.value)
