"""Calls of Procountor: address, token, limits, pages, batches, errors by fate (vendor sheet sections 1 to 3)."""

from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import msgspec

from tilisilta.connectors.procountor import assumptions, fates
from tilisilta.connectors.procountor.tokens import Tokens
from tilisilta.core.errors import BadInput, Misconfigured, Refused, Retry, TilisiltaError
from tilisilta.kit.budget import Budget
from tilisilta.kit.http import Request, Response, Transport, not_json, repeat_read
from tilisilta.kit.manifest import VendorError
from tilisilta.kit.values import decimal, identity, loose_decoder, maybe_decimal
from tilisilta.ports import Clock

Row = dict[str, Any]

MOST_PAGES = 10_000  # a list that never ends must not keep a run for ever
JSON_TYPE = "application/json"
_COMMA = ","

_decode = loose_decoder(Any).decode
_encoder = msgspec.json.Encoder(decimal_format="number")


class Client:
    """One company's access. Reads are repeated a few times, writes never, but for one that a stale token refused."""

    def __init__(
        self,
        *,
        base_url: str,
        tokens: Tokens,
        transport: Transport,
        budget: Budget,
        clock: Clock,
        errors: Sequence[VendorError],
    ) -> None:
        self._base_url = base_url
        self._tokens = tokens
        self._transport = transport
        self._budget = budget
        self._clock = clock
        self._errors = tuple(errors)

    @property
    def clock(self) -> Clock:
        return self._clock

    @property
    def tokens(self) -> Tokens:
        return self._tokens

    # --- reading -------------------------------------------------------------------------------------------

    async def get(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Return what a resource answers, with exact numbers.

        Raises: Retry, Refused (NOT_FOUND_AT_TARGET), Misconfigured.
        """
        return await repeat_read(lambda: self._call("GET", path, params=params, extra=headers))

    async def maybe(self, path: str) -> Row | None:
        """Return one record, or None when there is none of this id."""
        try:
            found = await self.get(path)
        except Refused as error:
            if error.code != "NOT_FOUND_AT_TARGET":
                raise
            return None
        return found if isinstance(found, dict) else None

    async def pages(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[list[Row]]:
        """Yield the pages of a list, newest ids first; each record once, in keyset order that no change can shift.

        Raises: BadInput when the list never ends; Retry, Refused, Misconfigured.
        """
        seen: set[str] = set()
        last = ""
        for _ in range(MOST_PAGES):
            asked = {**(params or {}), "size": str(assumptions.PAGE_SIZE), "orderById": "DESC"}
            if last:
                asked["previousId"] = last
            answer = await self.get(path, asked, headers)
            rows = the_rows(answer)
            new = [row for row in rows if identity(row.get("id")) not in seen]
            seen.update(identity(row.get("id")) for row in new)
            if new:
                yield new
                last = min((identity(row.get("id")) for row in new), key=int)
            if len(rows) < rows_a_page(answer):
                return
            if not new:
                break
        raise BadInput("UNREADABLE", field=path, rule="endless list")

    async def everything(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> list[Row]:
        """Return all records of a list."""
        return [row async for page in self.pages(path, params, headers) for row in page]

    async def batch(self, path: str, ids: Sequence[str]) -> dict[str, Row]:
        """Return records by id, 200 a call; unknown ones are absent."""
        wanted = [each for each in dict.fromkeys(ids) if each.isdigit()]
        found: dict[str, Row] = {}
        for at in range(0, len(wanted), assumptions.IDS_A_CALL):
            try:
                answer = await self.get(f"{path}/{_COMMA.join(wanted[at : at + assumptions.IDS_A_CALL])}")
            except Refused as error:
                if error.code != "NOT_FOUND_AT_TARGET":
                    raise
                continue
            rows = answer if isinstance(answer, list) else [answer]
            found.update((identity(row.get("id")), row) for row in rows if isinstance(row, dict))
        return found

    # --- writing -------------------------------------------------------------------------------------------

    async def write(self, method: str, path: str, body: Any = None, params: Mapping[str, str] | None = None) -> Row:
        """Send a JSON body, or none, and return the answer; never tried twice.

        Raises: Retry (nothing was written), Unknown, Refused, Misconfigured.
        """
        content = None if body is None else _encoder.encode(body)
        kind = "" if body is None else JSON_TYPE
        answer = await self._call(method, path, params=params, body=content, content_type=kind)
        return answer if isinstance(answer, dict) else {}

    async def write_form(self, path: str, body: bytes, content_type: str) -> Row:
        """Send a multipart body and return the answer; otherwise as `write`."""
        answer = await self._call("POST", path, body=body, content_type=content_type)
        return answer if isinstance(answer, dict) else {}

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    # --- one call ------------------------------------------------------------------------------------------

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
        body: bytes | None = None,
        content_type: str = "",
    ) -> Any:
        headers = {**(extra or {}), "Accept": JSON_TYPE}
        if content_type:
            headers["Content-Type"] = content_type
        query = urlencode(params or {}, safe=_COMMA)
        url = f"{self._base_url}{path}" + (f"?{query}" if query else "")
        token = await self._tokens.current()
        request, response = await self._once(method, url, headers, body, token)
        if response.status == 401:  # noqa: PLR2004
            # Nothing was written: the door was shut before the call was looked at.
            token = await self._tokens.after_refusal(token)
            request, response = await self._once(method, url, headers, body, token)
        if response.status >= 300:  # noqa: PLR2004
            raise self._noted(fates.refusal(request, response, self._errors, self._tokens.secrets))
        if not response.body.strip():
            return {}
        try:
            return spelled(_decode(response.body))
        except msgspec.MsgspecError:
            raise not_json(request, response, self._tokens.secrets) from None

    async def _once(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: str
    ) -> tuple[Request, Response]:
        request = Request(
            method=method,
            url=url,
            body=body,
            headers={**headers, "Authorization": f"Bearer {token}"},
            is_write=method != "GET",
        )
        async with self._budget:
            return request, await self._transport.request(request)

    def _noted(self, error: TilisiltaError) -> TilisiltaError:
        if isinstance(error, Misconfigured) and error.code == "INVALID_TOKEN":
            self._tokens.forget()
        if isinstance(error, Retry):
            self._budget.pause(error.after_s)
        return error


def the_rows(answer: Any) -> list[Row]:
    """Return the records of a list, enveloped or bare.

    >>> the_rows({"results": [{"id": 1}], "meta": {"resultCount": 1}}), the_rows([{"id": 2}])
    ([{'id': 1}], [{'id': 2}])
    """
    if isinstance(answer, dict):
        lists = [answer["results"]] if "results" in answer else list(answer.values())
        answer = next((each for each in lists if isinstance(each, list)), [])
    return [row for row in answer if isinstance(row, dict)] if isinstance(answer, list) else []


def rows_a_page(answer: Any) -> int:
    """Return how many rows a full page of this list has: what it says itself, for it may give fewer than were asked.

    >>> rows_a_page({"results": [], "meta": {"pageSize": 50}}), rows_a_page({"results": []}), rows_a_page([])
    (50, 200, 200)
    """
    meta = answer.get("meta") if isinstance(answer, dict) else None
    told = maybe_decimal(meta.get("pageSize")) if isinstance(meta, dict) else None
    return int(told) if told and 0 < told < assumptions.PAGE_SIZE else assumptions.PAGE_SIZE


def spelled(answer: Any) -> Any:
    """Return accounting pages with their ids as `id`: older versions say `receiptId` and `transactionId` (section 6).

    >>> spelled({"receiptId": 7, "transactions": [{"transactionId": 1}]})
    {'receiptId': 7, 'transactions': [{'transactionId': 1, 'id': 1}], 'id': 7}
    """
    rows = answer if isinstance(answer, list) else [answer, *the_rows(answer)]
    for row in rows:
        if not isinstance(row, dict):
            continue
        if row.get("id") is None and row.get("receiptId") is not None:
            row["id"] = row["receiptId"]
        for each in the_rows(row.get("transactions")):
            if each.get("id") is None and each.get("transactionId") is not None:
                each["id"] = each["transactionId"]
    return answer


def number(row: Row, name: str) -> Decimal:
    """Return an exact amount of a record; what is missing is zero."""
    return decimal(row.get(name), name)
