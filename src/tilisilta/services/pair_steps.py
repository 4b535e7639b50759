"""Steps of the checklist where a source keeps statuses and registers: contract, rights, statuses, codes."""

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from tilisilta.services import register_codes
from tilisilta.services.checklist_step import Step
from tilisilta.services.connections import manifest
from tilisilta.services.integrations import settings_of
from tilisilta.services.source_paths import statuses_path
from tilisilta.store.models import CatalogueSnapshot, ConnectionState, Integration


def _page(name: str, integration: Integration) -> str:
    return reverse(name, args=[integration.company_id, integration.pk])


def contract(integration: Integration) -> Step:
    """The contract for the interface is in force, and it is known whom to ask (M03, M07)."""
    target = manifest(integration.target.vendor)
    told = [gettext(target.plans)] if target.plans else []
    if target.support_owner:
        told.append(f"{gettext('Who helps')}: {gettext(target.support_owner)}")
    return Step(
        code="contract",
        title=gettext("The contract for the interface with %(target)s is in force") % {"target": target.name},
        done="contract" in integration.checklist,
        help=" ".join(told),
        tick=gettext("The contract is in force"),
    )


def rights(integration: Integration) -> Step:
    """The key's user has the rights of an administrator; the kind of key is told (M08 to M12)."""
    source = integration.source
    missing, kind = str(source.details.get("missing_rights", "")), str(source.details.get("api", ""))
    is_known = source.state == ConnectionState.ACTIVE
    if not is_known:
        help_text = gettext("Make an API key as an administrator and test the connection: it shows which rights lack.")
    elif missing:
        help_text = gettext("These rights lack: %(rights)s.") % {"rights": missing}
    else:
        help_text = gettext("The key is of the kind %(kind)s.") % {"kind": kind or "API"}
    return Step(
        code="rights",
        title=gettext("The key of %(source)s has the rights of an administrator") % {"source": source.name},
        done=is_known and (not missing or "rights" in integration.checklist),
        link=reverse("connection-detail", args=[integration.company_id, source.pk]),
        link_text=gettext("Test the connection"),
        help=help_text,
        tick=gettext("It works without them") if is_known and missing else "",
    )


def statuses(integration: Integration) -> Step:
    """Both statuses are chosen, so that only what waits is taken and what went is marked (M04, M23 to M25)."""
    chosen = settings_of(integration)
    return Step(
        code="statuses",
        title=gettext("The waiting status and the status after the transfer are chosen"),
        done=bool(chosen["waiting_status"] and chosen["written_status"]) or "statuses" in integration.checklist,
        link=_page("integration-settings", integration),
        link_text=gettext("Choose the statuses"),
        help=" ".join(
            (
                gettext("New ones are made in %(source)s, or existing ones taken.")
                % {"source": integration.source.name},
                statuses_path(integration.source.vendor),
            )
        ).strip(),
        tick=gettext("We transfer without statuses"),
    )


def codes(integration: Integration) -> Step:
    """Products, work types and travel expenses have codes that the target knows (M13 to M22)."""
    sides = (integration.source, integration.target)
    is_read = CatalogueSnapshot.objects.filter(connection__in=sides, kind="items").count() == len(sides)
    count = len(register_codes.report(integration).to_mend) if is_read else 0
    if not is_read:
        help_text = gettext("Read both registers to see which codes lack.")
    else:
        help_text = ngettext("%(count)d entry asks for something.", "%(count)d entries ask for something.", count)
        help_text %= {"count": count}
    return Step(
        code="codes_read",
        title=gettext("Products, work types and travel expenses have the codes of %(target)s")
        % {"target": integration.target.name},
        done=(is_read and not count) or "codes_read" in integration.checklist,
        link=_page("register-codes", integration),
        link_text=gettext("Look through the codes"),
        help=help_text,
        tick=gettext("We have looked through them"),
    )
