"""Finding records for SOAP operations, and the faults when there are none. Source: vendor sheet, section B."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NoReturn

from tilisilta_emulators.severa.errors import SoapFault
from tilisilta_emulators.severa.records import Record
from tilisilta_emulators.severa.store import Store
from tilisilta_emulators.severa.values import fold_guid, is_guid


def general(reason: str) -> NoReturn:
    """Raise GeneralFailureException."""
    raise SoapFault("GeneralFailureException", reason)


def invalid(reason: str) -> NoReturn:
    """Raise ValidationException."""
    raise SoapFault("ValidationException", reason)


def find(store: Store, kind: str, guid: str | None) -> Any:
    """Return the record with this guid, else None.

    Raises:
        SoapFault: GeneralFailureException, not a guid (seen so).

    """
    text = (guid or "").strip()
    if not is_guid(text):
        general("Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).")
    return store.find(kind, fold_guid(text))


def need(found: Any, what: str) -> Any:
    """Return `found` unless it is None.

    Raises:
        SoapFault: NotFoundException.

    """
    if found is None:
        raise SoapFault("NotFoundException", f"{what} was not found")
    return found


def missing(store: Store, what: str) -> None:
    """Answer a single getter that found nothing: a fault, or nil when the option says so.

    Raises:
        SoapFault: NotFoundException.

    """
    if store.options.soap_missing == "fault":
        raise SoapFault("NotFoundException", f"{what} was not found")


def changed(records: Iterable[Record], since: datetime, *, new_only: bool, inactive: bool) -> Iterator[Record]:
    """Walk what changed (or was made) since a moment, without what is out of use unless asked for."""
    for one in records:
        stamp = one.created if new_only else one.updated
        if stamp >= since and (inactive or one.data.get("isActive") is not False):
            yield one
