"""What we put there: one small file a delivery, beside the files themselves.

It is written after the whole file lies under its hidden name and before it appears. So a delivery without an entry
never left; one with an entry whose hidden name is still there did not appear; and one whose hidden name is gone did,
even when the importer has taken it away since.
"""

from decimal import Decimal

import msgspec

from tilisilta.connectors.maestro import assumptions
from tilisilta.connectors.maestro.names import journal_path
from tilisilta.connectors.maestro.place import Place


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One delivery. `has_appeared` is kept by receivers that leave no hidden name behind."""

    path: str
    sha256: str
    number: str = ""
    gross: Decimal | None = None
    currency: str = ""
    target_id: str = ""  # when it is not the delivery's id: a customer's number
    replaces: str = ""  # the file that this one takes the place of under another name; gone before this one appears
    has_appeared: bool = False


class Series(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Customer numbers that we gave out, by delivery id."""

    given: dict[str, int] = {}


_SERIES_PATH = f"{assumptions.JOURNAL}/series.json"


async def load_entry(place: Place, delivery: str) -> Entry | None:
    """Return what we remember of a delivery, None when nothing (or nothing readable) is there."""
    content = await place.read(journal_path(delivery))
    if content is None:
        return None
    try:
        return msgspec.json.decode(content, type=Entry)
    except msgspec.DecodeError:
        return None


async def save_entry(place: Place, delivery: str, entry: Entry) -> None:
    """Remember a delivery."""
    await place.put(journal_path(delivery), msgspec.json.encode(entry))


async def load_series(place: Place) -> Series:
    """Return the numbers given out so far.

    Raises:
        msgspec.DecodeError: the file was spoilt; numbers would be given twice if it were passed over.

    """
    content = await place.read(_SERIES_PATH)
    return Series() if content is None else msgspec.json.decode(content, type=Series)


async def save_series(place: Place, series: Series) -> None:
    """Keep the numbers given out."""
    await place.put(_SERIES_PATH, msgspec.json.encode(series))
