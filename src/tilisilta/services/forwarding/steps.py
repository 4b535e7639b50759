"""Steps of the checklist for targets that complete invoices: level, way of posting, rights, bank connection."""

from django.urls import reverse
from django.utils.translation import gettext

from tilisilta.services.checklist_step import Step
from tilisilta.services.connections import other_company
from tilisilta.services.forwarding import level
from tilisilta.services.integrations import LEVEL_DOCUMENT, POSTING_AT_SOURCE, level_of, settings_of
from tilisilta.store.models import ConnectionState, Integration


def earlier_periods(integration: Integration) -> Step:
    """Everything before this month is closed, unless no bookkeeping was tied before (P03 to P05, P15)."""
    count = level.open_before(integration.company) if level.had_bookkeeping(integration) else 0
    if count:
        help_text = gettext(
            "%(count)s invoices and payments before this month are in no closed period. Close them first; only then "
            "may documents go one by one."
        ) % {"count": count}
    else:
        help_text = gettext("No bookkeeping was tied before, or its earlier periods are closed.")
    return Step(
        code="earlier_periods",
        title=gettext("Earlier periods are closed"),
        done=not count,
        link=reverse("period-list", args=[integration.company_id]),
        link_text=gettext("Closed periods"),
        help=help_text,
    )


def way_of_posting(integration: Integration) -> Step:
    """Where purchase invoices are posted is chosen (P22, P23, P38)."""
    names = {"target": integration.target.name}
    here = settings_of(integration)["purchase_posting"] == POSTING_AT_SOURCE
    chosen = gettext("Purchase invoices are posted here.") if here else gettext("%(target)s posts purchase invoices.")
    return Step(
        code="purchase_posting",
        title=gettext("It is chosen who posts purchase invoices"),
        done=here or "purchase_posting" in integration.checklist,
        link=reverse("integration-settings", args=[integration.company_id, integration.pk]),
        link_text=gettext("Choose in the settings"),
        help=chosen % names,
        tick=gettext("%(target)s posts them") % names,
    )


def rights(integration: Integration) -> Step:
    """The key's user has every right that an operation needs; the role alone tells nothing (P17 to P21)."""
    target = integration.target
    missing = str(target.details.get("missing_rights", ""))
    is_known = target.state == ConnectionState.ACTIVE
    help_text = gettext("Test the connection: it shows which rights lack, and for which operation.")
    if is_known and missing:
        help_text = gettext("These rights lack: %(rights)s.") % {"rights": missing}
    return Step(
        code="rights",
        title=gettext("The key of %(target)s has the rights that sending needs") % {"target": target.name},
        done=is_known and (not missing or "rights" in integration.checklist),
        link=reverse("connection-detail", args=[integration.company_id, target.pk]),
        link_text=gettext("Test the connection"),
        help=help_text,
        tick=gettext("It works without them") if is_known and missing else "",
    )


def same_company(integration: Integration) -> Step:
    """The key opens the books of this very company, told by the registry code (P07, P08)."""
    target, company = integration.target, integration.company
    other = other_company(target)
    names = {"target": target.name, "name": target.environment, "code": other, "own": company.registry_code}
    if other:
        help_text = gettext(
            "The key opens %(name)s, registry code %(code)s; the registry code here is %(own)s. Make the key in the "
            "right company, or correct the code in the company's settings."
        )
    elif target.details.get("registry_code") and company.registry_code:
        help_text = gettext("The key opens %(name)s, the company of this registry code.")
    else:
        help_text = gettext("The registry code of one of the two sides is not known, so they were not compared.")
    return Step(
        code="same_company",
        title=gettext("The key of %(target)s opens the books of this company") % names,
        done=target.state == ConnectionState.ACTIVE and (not other or "same_company" in integration.checklist),
        link=reverse("connection-detail", args=[integration.company_id, target.pk]),
        link_text=gettext("Look at the connection"),
        help=help_text % names,
        tick=gettext("It is the right company all the same") if other else "",
    )


def bank_connection(integration: Integration) -> Step:
    """Reference payments reach the target by its own bank connection, which must be on (P58, P59)."""
    names = {"target": integration.target.name}
    return Step(
        code="bank_connection",
        title=gettext("The bank connection for reference payments is on in %(target)s") % names,
        done="bank_connection" in integration.checklist,
        help=gettext("Reference payments are never sent from here: %(target)s gets them from the bank.") % names,
        tick=gettext("It is on, or we get no reference payments"),
    )


def is_one_by_one(integration: Integration) -> bool:
    """Return whether an integration sends documents one by one to a target that completes them."""
    return level.is_switched(integration) and level_of(integration) == LEVEL_DOCUMENT
