"""Asking for the level of documents: noted, and told to whoever runs the installation (P24)."""

from django.conf import settings as env
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from structlog import get_logger

from tilisilta.services import audit, notices
from tilisilta.services.access import Actor, require
from tilisilta.services.forwarding.level import REQUESTED, may_choose, requested_at
from tilisilta.store.models import Integration, Membership, Role, User

log = get_logger(__name__)

notices.TEXTS["LEVEL_REQUESTED"] = (
    _("%(person)s asks for sending document by document"),
    _(
        "%(integration)s. Whoever runs Tilisilta switches it on: company number %(number)s goes into the setting "
        "TILISILTA_DOCUMENT_LEVEL. Then the level can be chosen in the settings of the integration."
    ),
)


def ask_for(actor: Actor, integration: Integration) -> Integration:
    """Note that a company asks its operator for the level of documents, and tell those who can switch it on.

    The company's owners and administrators find it among their notices; operators who are no members get an e-mail,
    where the installation sends any. Asked once more, nobody is told again.

    Raises:
        Forbidden: the actor is no administrator.
    """
    require(actor, Role.ADMIN)
    if requested_at(integration):
        return integration
    link = reverse("integration-settings", args=[actor.company.pk, integration.pk])
    with transaction.atomic():
        integration.checklist = {**integration.checklist, REQUESTED: timezone.now().isoformat()}
        integration.save(update_fields=["checklist"])
        audit.record(actor, "integration.level_requested", subject=integration.name, link=link)
        operators = list(User.objects.filter(is_superuser=True, is_active=True).order_by("pk"))
        notices.notify(
            actor.company,
            "LEVEL_REQUESTED",
            roles=[Role.OWNER, Role.ADMIN],
            users=operators,
            link=link,
            person=actor.label,
            integration=integration.name,
            number=actor.company.pk,
        )
        members = set(Membership.objects.filter(company=actor.company).values_list("user_id", flat=True))
        outside = [each for each in operators if each.pk not in members]
        transaction.on_commit(lambda: _email(outside, integration, actor.label))
    return integration


def waiting() -> list[Integration]:
    """Return the integrations of all companies that asked for the level and may not choose it yet; for the operator."""
    rows = Integration.objects.filter(checklist__has_key=REQUESTED).select_related("company", "source", "target")
    return [each for each in rows.order_by("company_id", "pk") if not may_choose(each.company)]


def _email(operators: list[User], integration: Integration, person: str) -> None:
    """Tell operators who are no members; a mail server that fails changes nothing, for a command lists it too."""
    if "dummy" in env.EMAIL_BACKEND:
        return
    company = integration.company
    for each in operators:
        with translation.override(each.language or company.language):
            names = {"person": person, "integration": integration.name, "number": company.pk, "company": company.name}
            title, text = notices.TEXTS["LEVEL_REQUESTED"]
            subject = " ".join(f"{str(title) % names} ({company.name})".split())
            body = f"{str(text) % names}\n\n{gettext('%(company)s, Tilisilta.') % names}"
            try:
                EmailMessage(subject=subject, body=body, to=[each.email]).send()
            except OSError as error:
                log.warning("level_request_email_failed", error=type(error).__name__)
