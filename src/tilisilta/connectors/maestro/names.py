"""Names of deliveries and files. The same document always has the same ones."""

import hashlib
import re

from tilisilta.connectors.maestro import assumptions

_DELIVERY = re.compile(r"[0-9a-f]{16}")
_OTHERS = re.compile(r"[^0-9A-Za-z.-]+")
_MOST = 40


def delivery_id(key: str) -> str:
    """Return the id that a delivery bears in names of files and acknowledgements, from its draft's key.

    >>> delivery_id("5f2c9a7b10d84e63"), len(delivery_id("key of a test"))
    ('5f2c9a7b10d84e63', 16)
    """
    return key if is_delivery(key) else hashlib.sha256(key.encode()).hexdigest()[:16]


def is_delivery(target_id: str) -> bool:
    """Return whether an id is that of a delivery, and not a customer's number.

    >>> is_delivery("5f2c9a7b10d84e63"), is_delivery("120")
    (True, False)
    """
    return _DELIVERY.fullmatch(target_id) is not None


def clean(part: str) -> str:
    """Return a text as part of a file's name: no folders, no spaces, no dot in front.

    >>> clean("../2026 / 17"), clean(""), clean("Ä")
    ('2026-17', '0', '0')
    """
    return _OTHERS.sub("-", part).strip(".-")[:_MOST] or "0"


def invoice_name(company: str, number: str, delivery: str, ending: str) -> str:
    """Return the name of an invoice's file.

    >>> invoice_name("1234567-1", "1042", "5f2c9a7b10d84e63", "xml")
    '1234567-1_1042_5f2c9a7b10d84e63.xml'
    """
    return f"{clean(company)}_{clean(number)}_{delivery}.{ending}"


def customers_name(company: str, stamp: str, delivery: str) -> str:
    """Return the name of a customer's file; `stamp` is the moment in UTC."""
    return f"{clean(company)}_customers_{stamp}_{delivery}.csv"


def temporary(path: str) -> str:
    """Return where a file lies until it is whole.

    >>> temporary("out/invoices/a.xml")
    'out/invoices/.a.xml.part'
    """
    folder, _, name = path.rpartition("/")
    hidden = assumptions.TEMPORARY.format(name=name)
    return f"{folder}/{hidden}" if folder else hidden


def journal_path(delivery: str) -> str:
    """Return where we remember a delivery."""
    return f"{assumptions.JOURNAL}/{delivery}.json"


def read_paths(path: str) -> tuple[str, ...]:
    """Return where an importer may have moved a file after reading it."""
    folder, _, name = path.rpartition("/")
    return tuple(f"{folder}/{each}/{name}" for each in assumptions.READ_FOLDERS)


def answer_path(delivery: str, ending: str) -> str:
    """Return where an acknowledgement of a delivery lies."""
    return f"{assumptions.ACKNOWLEDGEMENTS}/{delivery}{ending}"
