"""A connection's settings as values that can be used, each checked once, when the connector is built."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import asyncssh
import msgspec
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from tilisilta.connectors.maestro import assumptions
from tilisilta.connectors.maestro.sftp import Access
from tilisilta.core.documents import Address, BankAccount
from tilisilta.core.errors import Misconfigured
from tilisilta.formats import Seller
from tilisilta.kit.addresses import require_safe_address

FOLDER, SFTP, HTTPS = "folder", "sftp", "https"
FINVOICE, ROWS = "finvoice30", "csv"
ACCEPTED, CONFIRMED = "accepted", "confirmed"
UTF8, WINDOWS, LATIN9, DETECT = "utf-8", "windows-1252", "iso-8859-15", "detect"
_SEPARATORS: Final = {"semicolon": ";", "comma": ",", "tab": "\t"}
_KEY = re.compile(r"(?P<head>-----BEGIN [A-Z ]+-----)(?P<body>.*?)(?P<end>-----END [A-Z ]+-----)", re.DOTALL)
_KEY_LINE = 64
_FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


class Column(msgspec.Struct, frozen=True):
    """One column of a CSV layout: its header and the value of ours that stands in it."""

    header: str
    field: str


class CsvStyle(msgspec.Struct, frozen=True, kw_only=True):
    """How our CSV files are written. UTF-8 begins with its mark, so that Windows programs know it."""

    separator: str = ";"
    encoding: str = UTF8
    decimal_mark: str = ","


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection chose."""

    company: str
    seller: Seller
    layout: str = FINVOICE
    with_pdf: bool = True
    finvoice_encoding: str = "UTF-8"
    language: str = "fi"
    delivered_when: str = ACCEPTED
    style: CsvStyle = CsvStyle()
    customer_columns: tuple[Column, ...] = ()
    row_columns: tuple[Column, ...] = ()
    customer_series: int = assumptions.CUSTOMER_SERIES
    products_path: str = assumptions.PRODUCTS
    products_encoding: str = DETECT
    product_name: str = assumptions.PRODUCT_NAME


def read_options(settings: Mapping[str, str], *, customer_fields: Sequence[str], row_fields: Sequence[str]) -> Options:
    """Return the settings as values.

    Raises:
        Misconfigured: KEY_MISSING or SETTING_WRONG with the field.

    """
    company = settings.get("company", "").strip() or _needed(settings, "seller_registry_code")
    return Options(
        company=company,
        seller=_seller(settings),
        layout=_choice(settings, "layout", (FINVOICE, ROWS)),
        with_pdf=_choice(settings, "with_pdf", ("on", "off")) == "on",
        finvoice_encoding=_choice(settings, "finvoice_encoding", ("UTF-8", "ISO-8859-15")),
        language=_choice(settings, "language", ("fi", "en", "et")),
        delivered_when=_choice(settings, "delivered_when", (ACCEPTED, CONFIRMED)),
        style=CsvStyle(
            separator=_SEPARATORS[_choice(settings, "csv_separator", tuple(_SEPARATORS))],
            encoding=_choice(settings, "csv_encoding", (UTF8, WINDOWS, LATIN9)),
            decimal_mark={"comma": ",", "point": "."}[_choice(settings, "csv_decimal_mark", ("comma", "point"))],
        ),
        customer_columns=columns(settings, "customer_columns", assumptions.CUSTOMER_COLUMNS, customer_fields),
        row_columns=columns(settings, "csv_columns", assumptions.ROW_COLUMNS, row_fields),
        customer_series=_number(settings, "customer_series", assumptions.CUSTOMER_SERIES),
        products_path=_path(settings, "products_file", assumptions.PRODUCTS),
        products_encoding=_choice(settings, "products_encoding", (DETECT, UTF8, WINDOWS, LATIN9)),
        product_name=_choice(settings, "product_name", ("id", "number")),
    )


def columns(settings: Mapping[str, str], name: str, default: str, known: Sequence[str]) -> tuple[Column, ...]:
    """Return a layout's columns: `header=field`, or a field alone, semicolons between. A field may be left empty.

    Raises:
        Misconfigured: SETTING_WRONG with the first field that we do not have.

    """
    text = settings.get(name, "").strip() or default
    found = []
    for part in re.split(r"[;\n]", text):
        header, mark, field = (each.strip() for each in part.partition("="))
        if not mark:
            field = header
        if not header:
            continue
        if field and field not in known:
            raise Misconfigured("SETTING_WRONG", field=name, value=field[:40])
        found.append(Column(header, field))
    if len({each.header for each in found}) != len(found):
        raise Misconfigured("SETTING_WRONG", field=name, value=text[:40])
    return tuple(found)


def sftp_access(settings: Mapping[str, str], *, public_only: bool) -> Access:
    """Return how to reach the SFTP server, from credentials and settings together.

    Raises:
        Misconfigured: KEY_MISSING, SETTING_WRONG, SFTP_KEY_UNREADABLE.

    """
    password, text = settings.get("sftp_password", ""), settings.get("sftp_key", "").strip()
    if not (password or text):
        raise Misconfigured("KEY_MISSING", field="sftp_key")
    pinned = tuple(each for each in re.split(r"[,;\s]+", settings.get("sftp_host_key", "")) if each)
    for each in pinned:
        if not _FINGERPRINT.fullmatch(each):
            raise Misconfigured("SETTING_WRONG", field="sftp_host_key", value=each[:60])
    return Access(
        host=_needed(settings, "sftp_host"),
        port=_number(settings, "sftp_port", 22),
        user=_needed(settings, "sftp_user"),
        password=password,
        key=_key(text, settings.get("sftp_key_passphrase", "")) if text else None,
        fingerprints=tuple(each.rstrip("=") for each in pinned),
        root=settings.get("sftp_folder", "").strip().rstrip("/"),
        public_only=public_only,
    )


def https_address(settings: Mapping[str, str]) -> str:
    """Return the receiver's address.

    Raises:
        Misconfigured: KEY_MISSING, ADDRESS_NOT_SAFE.

    """
    address = _needed(settings, "https_url")
    require_safe_address(address)
    return address


def key_lines(text: str) -> str:
    """Return a private key with its lines as they were; a form's field of one line swallows them.

    >>> key_lines("-----BEGIN KEY----- AAAA BBBB -----END KEY-----").splitlines()
    ['-----BEGIN KEY-----', 'AAAABBBB', '-----END KEY-----']
    """
    found = _KEY.fullmatch(text.strip())
    if found is None or "\n" in found["body"].strip():
        return f"{text.strip()}\n"
    body = "".join(found["body"].split())
    lines = [body[at : at + _KEY_LINE] for at in range(0, len(body), _KEY_LINE)]
    return "\n".join((found["head"], *lines, found["end"], ""))


def _key(text: str, passphrase: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_private_key(key_lines(text), passphrase or None)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError) as error:
        raise Misconfigured("SFTP_KEY_UNREADABLE", field="sftp_key") from error


def _seller(settings: Mapping[str, str]) -> Seller:
    iban = "".join(settings.get("seller_iban", "").split()).upper()
    accounts: tuple[BankAccount, ...] = ()
    if iban:
        _check_iban(iban)
        accounts = (BankAccount(iban=iban, bic=settings.get("seller_bic", "").strip().upper()),)
    return Seller(
        name=_needed(settings, "seller_name"),
        registry_code=_needed(settings, "seller_registry_code"),
        vat_number=settings.get("seller_vat_number", "").strip().upper(),
        address=_address(settings),
        bank_accounts=accounts,
    )


def _address(settings: Mapping[str, str]) -> Address:
    """Return the seller's address; in part it cannot be said, so then it is none."""
    street, code, city = (settings.get(f"seller_{each}", "").strip() for each in ("street", "postal_code", "city"))
    if not (street and code and city):
        return Address()
    return Address(street=street, postal_code=code, city=city, country="FI")


def _check_iban(iban: str) -> None:
    try:
        IBAN(iban)
    except SchwiftyException as error:
        raise Misconfigured("SETTING_WRONG", field="seller_iban", value=iban[:40]) from error


def _needed(settings: Mapping[str, str], name: str) -> str:
    value = settings.get(name, "").strip()
    if not value:
        raise Misconfigured("KEY_MISSING", field=name)
    return value


def _choice(settings: Mapping[str, str], name: str, choices: Sequence[str]) -> str:
    """Return one of the choices; the first when nothing was chosen."""
    value = settings.get(name, "").strip() or choices[0]
    if value not in choices:
        raise Misconfigured("SETTING_WRONG", field=name, value=value[:40])
    return value


def _number(settings: Mapping[str, str], name: str, default: int) -> int:
    value = settings.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or len(value) > 9:  # noqa: PLR2004
        raise Misconfigured("SETTING_WRONG", field=name, value=value[:40])
    return int(value)


def _path(settings: Mapping[str, str], name: str, default: str) -> str:
    """Return a path below the root; none that climbs out of it."""
    value = settings.get(name, "").strip().strip("/") or default
    if "\\" in value or {"", ".", ".."}.intersection(value.split("/")):
        raise Misconfigured("SETTING_WRONG", field=name, value=value[:40])
    return value
