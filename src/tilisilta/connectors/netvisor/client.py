"""Calls of Netvisor: address, headers, one request at a time, envelope, errors by fate."""

import re
import uuid
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from tilisilta.connectors.netvisor import assumptions, fates, wire
from tilisilta.connectors.netvisor.signature import Algorithm, Identity, headers, stamp_of
from tilisilta.connectors.netvisor.wire import Element, get, read_root, read_status
from tilisilta.core.errors import BadInput, Retry, TilisiltaError, Unknown
from tilisilta.kit.budget import Budget
from tilisilta.kit.http import Request, Response, Transport, evidence_of, lost_answer, repeat_read
from tilisilta.kit.manifest import VendorError
from tilisilta.kit.scrub import scrub
from tilisilta.kit.turn import Turn
from tilisilta.ports import Clock

# These stand in an address as they are, so that the signed text is the same encoded and decoded.
_PLAIN = ",:"
LONGEST_PAUSE_S = 60.0


def normalise_organisation(given: str) -> str:
    """Return a business id with its hyphen; what is none is left as it is, for the vendor to judge.

    >>> normalise_organisation("FI12345671"), normalise_organisation("1234567-1")
    ('1234567-1', '1234567-1')
    """
    found = re.fullmatch(r"(?:FI)?\s*(\d{7})-?(\d)", given.strip(), re.IGNORECASE)
    return f"{found.group(1)}-{found.group(2)}" if found else given.strip()


class Client:
    """One company's access. Reads are repeated a few times, writes never; one request at a time for the company."""

    def __init__(
        self,
        *,
        base_url: str,
        identity: Identity,
        algorithm: Algorithm,
        transport: Transport,
        budget: Budget,
        turn: Turn,
        clock: Clock,
        errors: Sequence[VendorError],
    ) -> None:
        self._base_url = base_url
        self._identity = identity
        self._algorithm = algorithm
        self._transport = transport
        self._budget = budget
        self._turn = turn
        self._clock = clock
        self._errors = tuple(errors)
        self._secrets = (identity.customer_key, identity.partner_key)

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def organisation_id(self) -> str:
        return self._identity.organisation_id

    async def read(self, resource: str, params: Mapping[str, str] | None = None) -> Element:
        """Return the root of what a GET resource answers.

        Raises: Retry, Refused, Misconfigured.
        """
        return await repeat_read(lambda: self._call(resource, params or {}, None))

    async def write(self, resource: str, body: bytes, params: Mapping[str, str] | None = None) -> Element:
        """Return the root of what a POST resource answers; never tried twice.

        Raises: Retry (nothing was written), Unknown, Refused, Misconfigured.
        """
        return await self._call(resource, params or {}, body)

    async def create(self, resource: str, body: bytes, params: Mapping[str, str] | None = None) -> str:
        """Create one record and return its NetvisorKey; an answer without a key is Unknown."""
        root = await self.write(resource, body, params)
        key = get(root, "replies", "inserteddataidentifier")
        if not key:
            raise Unknown("ANSWER_LOST", rule="answer without a key", resource=resource)
        return key

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    # --- one request ---------------------------------------------------------------------------------------

    async def _call(self, resource: str, params: Mapping[str, str], body: bytes | None) -> Element:
        # Stamped and signed only when it is our turn: time in the queue must not make the stamp stale.
        async with self._budget, self._turn.hold():
            request = self._request(resource, params, body)
            response = await self._transport.request(request)
        return self._answer(resource, request, response)

    def _request(self, resource: str, params: Mapping[str, str], body: bytes | None) -> Request:
        query = urlencode(params, safe=_PLAIN)
        url = f"{self._base_url}/{resource}" + (f"?{query}" if query else "")
        found = headers(self._identity, url, stamp_of(self._clock.now()), uuid.uuid4().hex, self._algorithm)
        if body is not None:
            found["Content-Type"] = assumptions.REQUEST_CONTENT_TYPE
        return Request(
            method="GET" if body is None else "POST",
            url=url,
            body=body,
            headers=found,
            is_write=body is not None,
            read_timeout_s=assumptions.READ_TIMEOUT_S,
        )

    def _answer(self, resource: str, request: Request, response: Response) -> Element:
        def answered() -> fates.Answered:
            return fates.Answered(
                resource=resource,
                request=request,
                response=response,
                evidence=evidence_of(request, response, self._secrets),
                now=self._clock.now(),
            )

        try:
            root = read_root(response.body, resource)
        except BadInput:
            raise self._noted(fates.without_envelope(answered(), self._secrets)) from None
        status = read_status(root)
        if status is None:
            raise self._noted(fates.without_envelope(answered(), self._secrets))
        if not status.is_ok:
            # A refused signature is answered with what should have been hashed; the keys must not go on from here.
            told = wire.Status(is_ok=False, code=status.code, text=scrub(status.text, self._secrets))
            raise self._noted(fates.failed(answered(), told, self._errors))
        if response.status >= 500:  # noqa: PLR2004
            # The books say yes and the web server no: what holds can only be seen by looking.
            raise lost_answer(request, "ANSWER_LOST", evidence_of(request, response, self._secrets))
        return root

    def _noted(self, error: TilisiltaError) -> TilisiltaError:
        # Whoever waits for a page must not sleep through a maintenance break: that is left to the run.
        if isinstance(error, Retry) and fates.REPEATED_WAIT_S < error.after_s <= LONGEST_PAUSE_S:
            self._budget.pause(error.after_s)
        return error
