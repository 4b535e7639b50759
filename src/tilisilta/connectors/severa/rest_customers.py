"""Customers over REST with their addresses and contact persons. Source: vendor sheet, A8."""

import datetime as dt
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec

from tilisilta.connectors.severa import assumptions, rest_reading
from tilisilta.connectors.severa.rest import Object, RestClient
from tilisilta.connectors.severa.rest_reading import guid, part
from tilisilta.connectors.severa.wire import Customer, Unreadable, billing_place
from tilisilta.core.errors import BadInput, Misconfigured, Refused
from tilisilta.kit.gather import gather
from tilisilta.kit.scrub import scrub
from tilisilta.kit.values import text

RAW_CHARS = 4000
MOST_CACHED = 2000
TAIL = "children"  # behind the customers themselves: those whose addresses or contacts changed
_ADDRESSES, _CONTACTS = "/addresses", "/contactpersons"


class Customers:
    """Reads customers; those of invoices are remembered for as long as the connection is used."""

    def __init__(self, client: RestClient) -> None:
        self._client = client
        self._known: dict[str, Customer | None] = {}
        self._taxes: dict[str, tuple[str, str]] = {}

    async def cached(self, key: str) -> Customer | None:
        """Return the customer of an invoice without its addresses; None when it is gone or may not be read."""
        if not key:
            return None
        if key not in self._known:
            if len(self._known) >= MOST_CACHED:
                self._known.clear()
            try:
                given = await self._client.get(f"/customers/{key}")
                self._known[key] = rest_reading.read_customer(given, None, "")
            except Refused as error:
                if error.code != "NOT_FOUND_AT_SOURCE":
                    raise
                self._known[key] = None
        return self._known[key]

    async def tax_setting(self, key: str) -> tuple[str, str]:
        """Return the letter and words of why a customer's rows bear no VAT; empty when its settings do not say."""
        if key not in self._taxes:
            try:
                rows = await self._client.get(f"/customers/{key}/customercountrysettings")
            except (Refused, Misconfigured):
                rows = []
            free: Object = next((each for each in rows if rest_reading.is_on(each, "isTaxFree")), {})
            letter = text(free.get("zeroVatCategoryCodeEn16931")).upper()
            self._taxes[key] = (letter, text(free.get("taxFreeDescription")))
        return self._taxes[key]

    async def one(self, key: str) -> Customer | Unreadable | None:
        """Return one customer, or None when there is none of this guid."""
        try:
            given = await self._client.get(f"/customers/{key}")
        except Refused as error:
            if error.code == "NOT_FOUND_AT_SOURCE":
                return None
            raise
        addresses = await self._client.all_by_offset(f"/customers/{key}/addresses")
        contacts = await self._client.all_by_offset(f"/customers/{key}/contactpersons")
        return _read(given, addresses, contacts)

    async def pages(
        self, changed_since: dt.datetime | None, token: str = ""
    ) -> AsyncIterator[tuple[Sequence[Customer | Unreadable], str]]:
        """Yield all customers, or those that changed, they or what belongs to them, with the token behind each page."""
        query = _since(changed_since)
        addresses = _by_customer(await self._client.all_by_offset(_ADDRESSES, query))
        contacts = _by_customer(await self._client.all_by_offset(_CONTACTS, query))
        seen: set[str] = set()
        tail = TAIL if changed_since is not None and (addresses or contacts) else ""
        place = token
        for _page in range(0 if token == TAIL else assumptions.MOST_PAGES):
            rows, place = await self._client.by_token("/customers", query, place)
            fresh = [each for each in rows if guid(each) not in seen]
            seen |= {guid(each) for each in fresh}
            if changed_since is None:
                yield [_read(each, addresses[guid(each)], contacts[guid(each)]) for each in fresh], place
            else:
                # What changed is not all there is of a customer, so each is asked for whole.
                yield await self._whole([guid(each) for each in fresh]), place or tail
            if not place:
                break
        if tail:
            yield await self._whole([each for each in {**addresses, **contacts} if each and each not in seen]), ""

    async def _whole(self, keys: Sequence[str]) -> list[Customer | Unreadable]:
        return [each for each in await gather(self.one, keys) if each is not None]


def _since(changed_since: dt.datetime | None) -> dict[str, str]:
    if changed_since is None:
        return {}
    since = (changed_since - assumptions.CHANGE_OVERLAP).astimezone(dt.UTC)
    return {"changedSince": since.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _by_customer(rows: Iterable[Object]) -> defaultdict[str, list[Object]]:
    found: defaultdict[str, list[Object]] = defaultdict(list)
    for each in rows:
        found[guid(part(each, "customer"))].append(each)
    return found


def _read(given: Object, addresses: Iterable[Object], contacts: Iterable[Object]) -> Customer | Unreadable:
    places = [rest_reading.read_place(each) for each in addresses]
    names = [name for each in contacts if (name := rest_reading.contact_name(each))]
    try:
        return rest_reading.read_customer(given, billing_place(places) if places else None, names[0] if names else "")
    except BadInput as error:
        raw = scrub(msgspec.json.encode(given, enc_hook=str).decode("utf-8", "replace"), limit=RAW_CHARS)
        return Unreadable(guid=guid(given), error=error, raw=raw, number=text(given.get("number")))
