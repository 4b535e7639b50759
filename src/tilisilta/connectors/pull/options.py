"""The names of the statuses, as a connection's settings have them."""

import re
from collections.abc import Mapping
from typing import Final

from tilisilta.core.errors import Misconfigured
from tilisilta.ports.own import ShelfStatuses

WAITING: Final = "Odottaa siirtoa Maestroon"
TRANSFERRED: Final = "Siirretty Maestroon"
NAME_CHARS: Final = 200


def read_statuses(settings: Mapping[str, str]) -> ShelfStatuses:
    """Return the statuses; the usual names stand for those that are empty.

    Raises:
        Misconfigured: SETTING_WRONG, when two bear one name or a name is too long.

    """
    waiting = settings.get("waiting_status", "").strip() or WAITING
    transferred = settings.get("transferred_status", "").strip() or TRANSFERRED
    others = tuple(each for each in re.split(r"\s*[;\n]\s*", settings.get("other_statuses", "").strip()) if each)
    seen: set[str] = set()
    for field, name in (
        ("waiting_status", waiting),
        ("transferred_status", transferred),
        *(("other_statuses", each) for each in others),
    ):
        if name.casefold() in seen or len(name) > NAME_CHARS:
            raise Misconfigured("SETTING_WRONG", field=field, value=name[:40])
        seen.add(name.casefold())
    return ShelfStatuses(waiting=waiting, transferred=transferred, others=others)
