"""The pull service of a connection: its address, its key, and what lies ready."""

import datetime as dt

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ADMIN, SHOWS_SECRET, Id
from tilisilta.services import connection_lists
from tilisilta.services.pull import access
from tilisilta.store.models import Company, Connection

router = Router(tags=["Connections"])


class StatusCountOut(Schema):
    """How many invoices lie in a status."""

    status: str
    count: int


class PullOut(Schema):
    """The service of a connection as its page shows it."""

    is_on: bool = Field(description="Whether the operator has switched the service on")
    address: str = Field(description="Where the fetching system calls")
    key_hint: str = Field(description="The end of the key; empty when none was made")
    key_made_at: dt.datetime | None
    invoices: list[StatusCountOut] = Field(description="Invoices by their status, as the fetching system sees it")


class PullKeyOut(Schema):
    """A new key: this is the only answer that shows it."""

    address: str
    key: str = Field(description="WebServicePassword of the fetching system")


def _connection(company: Company, connection_id: int) -> Connection:
    found = connection_lists.get_connection(company, connection_id)
    if found.vendor != access.VENDOR:
        raise Connection.DoesNotExist
    return found


@router.get(
    "/connections/{int:connection_id}/pull-service", response=PullOut, summary="Show a connection's pull service"
)
def get_pull_service(request: HttpRequest, connection_id: Id) -> PullOut:
    """Return where a system fetches from this connection, and what lies ready for it."""
    shown = access.overview(_connection(actor_of(request).company, connection_id))
    return PullOut(
        is_on=shown.is_on,
        address=shown.address,
        key_hint=shown.access.hint if shown.access else "",
        key_made_at=shown.access.made_at if shown.access else None,
        invoices=[StatusCountOut(status=name, count=count) for name, count in shown.counts],
    )


@router.post(
    "/connections/{int:connection_id}/pull-key",
    response={201: PullKeyOut},
    summary="Make the key of a connection's pull service",
    openapi_extra=ADMIN | SHOWS_SECRET,
)
def make_pull_key(request: HttpRequest, connection_id: Id) -> Status[PullKeyOut]:
    """Make a key and return it once. The one before stops working at once; a repeat makes another key."""
    actor = actor_of(request)
    connection = _connection(actor.company, connection_id)
    key = access.make_key(actor, connection)
    return Status(201, PullKeyOut(address=access.service_address(connection), key=key))
