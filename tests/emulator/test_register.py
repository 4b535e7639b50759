import csv
import io
import zipfile
from collections.abc import AsyncIterator, Mapping

import aiohttp
import pytest
from stdnum.ee import registrikood

from tilisilta_emulators.register import RegisterEmulator
from tilisilta_emulators.register.companies import code_of, number_of
from tilisilta_emulators.register.file import COLUMNS
from tilisilta_emulators.server import Started, start


@pytest.fixture
async def register() -> AsyncIterator[Started]:
    emulator = RegisterEmulator()
    emulator.reset({"rows": 500})
    started = await start(emulator)
    try:
        yield started
    finally:
        await started.stop()


async def get(url: str, **headers: str) -> tuple[int, bytes, Mapping[str, str]]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


def rows_of(packed: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = archive.read(archive.namelist()[0])
    assert text.startswith(b"\xef\xbb\xbf")
    assert text.endswith(b"\r\n")
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig")), delimiter=";"))


async def test_the_file_is_as_the_sheet_says(register: Started) -> None:
    status, body, headers = await get(register.credentials["file"])
    rows = rows_of(body)
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    assert tuple(rows[0]) == COLUMNS
    assert len({row["ariregistri_kood"] for row in rows}) == len(rows) == 500
    assert all(registrikood.is_valid(row["ariregistri_kood"]) for row in rows)
    assert {row["ettevotja_staatus"] for row in rows} == {"R", "L", "N"}
    assert rows[0]["ettevotja_esmakande_kpv"] == "01.01.1996"
    again = await get(register.credentials["file"])
    assert again[1] == body


async def test_conditional_requests_and_the_next_day(register: Started) -> None:
    url = register.credentials["file"]
    _, body, headers = await get(url)
    for condition in ({"If-None-Match": headers["ETag"]}, {"If-Modified-Since": headers["Last-Modified"]}):
        assert (await get(url, **condition))[:2] == (304, b"")
    register.emulator.seed({"days": 1})
    status, next_day, changed = await get(url, **{"If-None-Match": headers["ETag"]})
    assert status == 200
    assert changed["ETag"] != headers["ETag"]
    assert len(rows_of(next_day)) == 599  # a hundred new, one gone
    assert rows_of(next_day)[0] == rows_of(body)[0]


async def test_autocomplete_by_code_and_name(register: Started) -> None:
    url = register.credentials["autocomplete"]
    _, body, _ = await get(f"{url}?q={code_of(7)}")
    assert f'"reg_code":{code_of(7)}'.encode() in body
    assert body.startswith(b'{"status":"OK","data":[')
    _, body, _ = await get(f"{url}?q=arendus")
    assert body.count(b'"reg_code"') == 10
    assert (await get(f"{url}?q=ar"))[1] == b'{"status":"OK","data":[]}'
    assert (await get(f"{url}?q={code_of(501)}"))[1] == b'{"status":"OK","data":[]}'
    register.emulator.change_options({"answer": "array", "code_type": "text"})
    _, body, _ = await get(f"{url}?q={code_of(7)}")
    assert body.startswith(b'[{"company_id"')
    assert f'"reg_code":"{code_of(7)}"'.encode() in body
    assert (await get(f"{url}?q=arendus", **{"User-Agent": ""}))[0] == 403


def test_codes_and_numbers_belong_together() -> None:
    assert [number_of(code_of(each)) for each in (0, 1, 369_999)] == [0, 1, 369_999]
    assert number_of("10000019") is None
    assert number_of("abc") is None
