"""A purchase invoice in circulation, for tests that go over all operations of the API."""

from tests.unit.web_transfer import factories as make

from tilisilta.services.access import Actor
from tilisilta.services.approval import circulation, defaults, handlers
from tilisilta.store.models import Role, WorkspaceInvoice, WorkspaceSettings


def approval_ids(actor: Actor, bill: WorkspaceInvoice) -> dict[str, int]:
    """Return the ids of rows of approval by the names that samples use for them; the workspace is on already."""
    owner = actor.user
    assert owner is not None
    WorkspaceSettings.objects.filter(company=actor.company).update(circulation_on=True)
    boss, other = (make.member(actor.company, Role.VIEWER) for _ in range(2))
    first, second = (handlers.add_handler(actor, bill, user, "approver", is_mandatory=True) for user in (owner, boss))
    circulation.start(actor, bill)
    default = defaults.add_default(actor, boss, "checker")
    return {
        "purchase_id": bill.pk,
        "handler_id": second.pk,
        "own_handler_id": first.pk,
        "person_id": other.pk,
        "default_id": default.pk,
    }
