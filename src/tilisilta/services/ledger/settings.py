"""The company's choices about posting."""

from django.db import transaction
from django.urls import reverse

from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Role, WorkspaceSettings


@transaction.atomic
def set_posts_on_sending(actor: Actor, *, is_on: bool) -> None:
    """Choose whether a sent sales invoice is posted as proposed.

    Raises:
        Forbidden: the actor is no administrator.
        ServiceError: WORKSPACE_OFF.
    """
    require(actor, Role.ADMIN)
    held = WorkspaceSettings.objects.select_for_update().filter(company=actor.company, is_on=True).first()
    if held is None:
        raise ServiceError("WORKSPACE_OFF")
    if held.posts_on_sending == is_on:
        return
    held.posts_on_sending = is_on
    held.save(update_fields=["posts_on_sending"])
    link = reverse("chart", args=[actor.company.pk])
    changes = {"posts_on_sending": [not is_on, is_on]}
    audit.record(actor, "workspace.updated", actor.company.name, link, changes=changes)
