"""One call of the pull service: key, quota, operation, answer or fault; each is counted."""

from typing import Final

import msgspec
import structlog

from tilisilta.core.errors import TilisiltaError
from tilisilta.services.access import Actor
from tilisilta.services.pull.access import UNREAD, count_call, open_with, used_today
from tilisilta.services.pull.desk import Desk
from tilisilta.services.pull.messages import (
    AUTHENTICATION,
    GENERAL,
    QUOTA,
    Fault,
    Request,
    read_request,
    write_answer,
    write_fault,
)
from tilisilta.services.pull.operations import OPERATIONS
from tilisilta.store.models import Role

log = structlog.get_logger(__name__)

DAY_QUOTA: Final = 100_000  # calls in a UTC day, as the contract has it


class Answer(msgspec.Struct, frozen=True):
    """What goes back: the envelope, and whether it is a fault."""

    body: bytes
    is_fault: bool = False


def answer(connection_id: int | None, raw: bytes, *, action: str, ip: str | None) -> Answer:
    """Return the envelope that answers a message; never raises. Without an id the key tells the connection."""
    call = _Call(connection_id, ip)
    try:
        found = Answer(call.answer(read_request(raw, action)))
    except Fault as fault:
        call.outcome = fault.outcome
        found = Answer(write_fault(fault), is_fault=True)
    except TilisiltaError as error:
        call.outcome = error.code
        found = Answer(write_fault(Fault(GENERAL, error.code)), is_fault=True)
    except Exception:
        log.exception("pull service failed", connection_id=call.connection_id, operation=call.operation)
        call.outcome = "INTERNAL"
        found = Answer(write_fault(Fault(GENERAL, "Internal error")), is_fault=True)
    count_call(call.connection_id, call.operation, call.outcome, ip)
    return found


class _Call:
    """One call and what is counted of it."""

    def __init__(self, connection_id: int | None, ip: str | None) -> None:
        self.connection_id = connection_id
        self.ip = ip
        self.operation = UNREAD
        self.outcome = ""

    def answer(self, request: Request) -> bytes:
        """Return the envelope of what was asked; raise Fault."""
        self.operation = request.operation.name
        connection = open_with(self.connection_id, request.key)
        if connection is None:
            raise Fault(AUTHENTICATION, "Authentication failed: the API key is not valid")
        self.connection_id = connection.pk
        used = used_today(connection)
        if used >= DAY_QUOTA:
            raise Fault(QUOTA, "Quota limit reached")
        label = f"{connection.name} (SOAP)"
        desk = Desk(connection, Actor(company=connection.company, role=Role.VIEWER.value, ip=self.ip, label=label))
        value = OPERATIONS[self.operation](desk, request.parameters())
        return write_answer(request.operation, value, (DAY_QUOTA, used + 1))
