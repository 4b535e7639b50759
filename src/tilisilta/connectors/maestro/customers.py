"""Customers as CSV files, one a customer; known to Maestro by their number."""

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence

import msgspec

from tilisilta.connectors.maestro import assumptions, names
from tilisilta.connectors.maestro.acknowledgements import forget_answers, load_answers
from tilisilta.connectors.maestro.journal import Entry, Series, load_entry, load_series, save_entry, save_series
from tilisilta.connectors.maestro.manifest import ERRORS
from tilisilta.connectors.maestro.options import Options
from tilisilta.connectors.maestro.place import Place
from tilisilta.connectors.maestro.write_csv import customer_values, write_table
from tilisilta.connectors.maestro.write_text import Texts
from tilisilta.core.documents import Party, PartyRole
from tilisilta.core.errors import Misconfigured, Unsupported
from tilisilta.core.mapping.draft import PartyDraft
from tilisilta.kit.gather import gather
from tilisilta.ports import Clock, FindCertainty, Found, Sent
from tilisilta.ports.answers import Acknowledgement, AckState

_STAMP = "%Y%m%dT%H%M%SZ"


class Customers:
    """Writes customers and knows which were written."""

    def __init__(self, place: Place, options: Options, clock: Clock) -> None:
        self._place = place
        self._options = options
        self._clock = clock
        self._series_lock: tuple[asyncio.AbstractEventLoop, asyncio.Lock] | None = None

    async def send(self, draft: PartyDraft) -> Sent:
        """Let a customer's file appear. The same content keeps its file; a changed one gets a newer."""
        if draft.role is not PartyRole.CUSTOMER:
            raise Unsupported(field="role", rule="only customers go to Maestro")
        texts, delivery = Texts(), names.delivery_id(draft.key)
        number = await self._number(draft)
        content = self._content(draft.party, number, texts)
        digest = hashlib.sha256(content).hexdigest()
        before = await load_entry(self._place, delivery)
        stamp = self._clock.now().strftime(_STAMP)
        path = f"{assumptions.CUSTOMERS}/{names.customers_name(self._options.company, stamp, delivery)}"
        if before is not None and before.sha256 == digest:
            path = before.path
        entry = Entry(path=path, sha256=digest, target_id=number)

        async def remember() -> None:
            if before is not None:
                await forget_answers(self._place, delivery)
            if before is not None and before.path != path:
                await self._place.remove(before.path)  # what waits there is older than this
            await save_entry(self._place, delivery, entry)

        await self._place.put(path, content, remember)
        if not self._place.keeps_temporaries:
            await save_entry(self._place, delivery, msgspec.structs.replace(entry, has_appeared=True))
        extra = {"warnings": msgspec.json.encode(texts.warnings).decode()} if texts.warnings else {}
        return Sent(target_id=number, number=number, extra=extra)

    async def find(self, drafts: Sequence[PartyDraft]) -> Mapping[str, Found]:
        """Return the customers whose newest file is there, was read, or was taken away.

        Those that changed since, or whose file was refused, are absent.
        """
        found = await gather(self._look, drafts)
        return {draft.key: each for draft, each in zip(drafts, found, strict=True) if each is not None}

    async def _look(self, draft: PartyDraft) -> Found | None:
        entry = await load_entry(self._place, names.delivery_id(draft.key))
        if entry is None:
            return None
        content = self._content(draft.party, entry.target_id, Texts())
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            return None
        delivery = names.delivery_id(draft.key)
        answer = (await load_answers(self._place, [delivery], ERRORS)).get(delivery)
        if answer is not None and answer.state is AckState.REFUSED:
            return None
        hidden = names.temporary(entry.path)
        there = await self._place.present([entry.path, hidden, *names.read_paths(entry.path)])
        did_not_appear = hidden in there if self._place.keeps_temporaries else not (there or entry.has_appeared)
        if did_not_appear:
            return None
        return Found(sent=Sent(target_id=entry.target_id, number=entry.target_id), certainty=FindCertainty.MARKED)

    async def refused(self, deliveries: Sequence[str], numbers: Collection[str]) -> dict[str, Acknowledgement]:
        """Return what was said of these refused deliveries as far as they are customers of these numbers, by number."""

        async def number_of(delivery: str) -> tuple[str, str]:
            entry = await load_entry(self._place, delivery)
            return delivery, entry.target_id if entry is not None else ""

        told = {delivery: number for delivery, number in await gather(number_of, deliveries) if number in numbers}
        answers = await load_answers(self._place, list(told), ERRORS)
        return {told[delivery]: each for delivery, each in answers.items() if each.state is AckState.REFUSED}

    def _content(self, party: Party, number: str, texts: Texts) -> bytes:
        values = customer_values(party, number)
        return write_table(self._options.customer_columns, [values], self._options.style, texts)

    async def _number(self, draft: PartyDraft) -> str:
        """Return the customer's number at its source, else one of our series, the same each time it is asked for."""
        if number := own_number(draft.party):
            return number
        delivery = names.delivery_id(draft.key)
        async with self._lock():
            try:
                series = await load_series(self._place)
            except msgspec.DecodeError as error:
                raise Misconfigured("CUSTOMER_SERIES_SPOILT", folder=assumptions.JOURNAL) from error
            given = dict(series.given)
            if delivery not in given:
                given[delivery] = max([self._options.customer_series - 1, *given.values()]) + 1
                await save_series(self._place, Series(given=given))
            return str(given[delivery])

    def _lock(self) -> asyncio.Lock:
        loop = asyncio.get_running_loop()
        if self._series_lock is None or self._series_lock[0] is not loop:
            self._series_lock = (loop, asyncio.Lock())
        return self._series_lock[1]


def own_number(party: Party) -> str:
    """Return the number by which the source calls a customer; empty when it has none.

    >>> own_number(Party(name="Kallion Kone Oy", extra={"number": " 120 "})), own_number(Party(name="Kone"))
    ('120', '')
    """
    for name in assumptions.CUSTOMER_NUMBER_FIELDS:
        if number := party.extra.get(name, "").strip():
            return number
    return ""
