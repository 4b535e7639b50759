"""The open-data file as the register publishes it. Source: vendor sheet of the practice module, section 5.2 (b)."""

import csv
import io
import zipfile
from collections.abc import Iterable
from typing import IO

from tilisilta_emulators.register.companies import Company

COLUMNS = (
    "nimi",
    "ariregistri_kood",
    "ettevotja_oiguslik_vorm",
    "ettevotja_oigusliku_vormi_alaliik",
    "kmkr_nr",
    "ettevotja_staatus",
    "ettevotja_staatus_tekstina",
    "ettevotja_esmakande_kpv",
    "ettevotja_aadress",
    "asukoht_ettevotja_aadressis",
    "asukoha_ehak_kood",
    "asukoha_ehak_tekstina",
    "indeks_ettevotja_aadressis",
    "ads_adr_id",
    "ads_ads_oid",
    "ads_normaliseeritud_taisaadress",
    "teabesysteemi_link",
)
_STATUSES = {"R": "Registrisse kantud", "L": "Likvideerimisel", "N": "Pankrotis"}
_MEMBER = "ettevotja_rekvisiidid__lihtandmed.csv"
_BOMB_BYTES = 64 * 1024 * 1024


def link_of(code: str) -> str:
    """Return the public page of a company."""
    return f"https://ariregister.rik.ee/est/company/{code}"


def pack(companies: Iterable[Company], *, columns: tuple[str, ...] = COLUMNS) -> bytes:
    """Return the zipped file: semicolons, UTF-8 with byte-order mark, CRLF."""
    packed = io.BytesIO()
    # Level 1: the size hardly matters on loopback, the time to make it does.
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(_MEMBER, "w") as member,
    ):
        _write(member, companies, columns)
    return packed.getvalue()


def _write(member: IO[bytes], companies: Iterable[Company], columns: tuple[str, ...]) -> None:
    text = io.TextIOWrapper(member, "utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(_cells(each) for each in companies)
    text.flush()
    text.detach()


def _cells(company: Company) -> tuple[str, ...]:
    whole = ", ".join(each for each in (*reversed(company.place.split(", ")), company.street) if each)
    return (
        company.name,
        company.code,
        company.form,
        "",
        company.vat,
        company.status,
        _STATUSES.get(company.status, ""),
        company.first_entry,
        "",
        company.street,
        company.place_code,
        company.place,
        company.postal,
        "",
        "",
        whole,
        link_of(company.code),
    )


def bomb() -> bytes:
    """Return a small zip that unpacks to 64 MiB of nothing."""
    packed = io.BytesIO()
    zeros = bytes(1024 * 1024)
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open(_MEMBER, "w") as member,
    ):
        for _ in range(_BOMB_BYTES // len(zeros)):
            member.write(zeros)
    return packed.getvalue()
