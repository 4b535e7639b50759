import zipfile
from pathlib import Path

import pytest
from tests.support.register import plain, zipped

from tilisilta.core.errors import BadInput
from tilisilta.formats import business_register
from tilisilta.formats.business_register import Reading, read_register
from tilisilta_emulators.register.companies import Company
from tilisilta_emulators.register.file import bomb

OWN = Company(
    code="10000018", name="AS Õunapuu; Pojad", vat="EE100207415", street="Mäe 1", place="Tartu", postal="51001"
)


def problem(path: Path) -> str:
    with pytest.raises(BadInput) as raised:
        list(read_register(path))
    return str(raised.value)


def test_a_zipped_file_gives_every_company_with_its_columns(tmp_path: Path) -> None:
    rows = list(read_register(zipped(tmp_path / "f.zip", 0, companies=(OWN,))))
    assert len(rows) == 1
    row = rows[0]
    assert (row.registry_code, row.name, row.search_name) == ("10000018", "AS Õunapuu; Pojad", "ounapuu pojad as")
    assert (row.vat_number, row.status, row.street, row.place) == ("EE100207415", "R", "Mäe 1", "Tartu")
    assert (row.postal_code, row.email) == ("51001", "")


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text(
        "email;ettevotja_staatus;kmkr_nr;ariregistri_kood;nimi\ninfo@a.ee;L;;10000018;Aa OÜ\n", encoding="utf-8"
    )
    (row,) = read_register(path)
    assert (row.registry_code, row.name, row.status, row.email, row.street) == (
        "10000018",
        "Aa OÜ",
        "L",
        "info@a.ee",
        "",
    )


def test_a_code_comes_once_and_a_few_bad_rows_stop_nothing(tmp_path: Path) -> None:
    path = plain(tmp_path / "f.csv", 300)
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([*lines[:5], lines[4], b"broken;row", *lines[5:]]))
    reading = Reading()
    rows = list(read_register(path, reading))
    assert len(rows) == len({row.registry_code for row in rows}) == reading.rows == 300
    assert reading.wrong == 2
    assert reading.text_bytes == path.stat().st_size


@pytest.mark.parametrize("part", [0.3, 0.7, 0.999])
def test_half_a_file_is_found_out(tmp_path: Path, part: float) -> None:
    whole = zipped(tmp_path / "f.zip").read_bytes()
    (tmp_path / "f.zip").write_bytes(whole[: int(len(whole) * part)])
    assert problem(tmp_path / "f.zip").startswith("REGISTER_FILE_BROKEN")
    text = plain(tmp_path / "f.csv").read_bytes()
    (tmp_path / "f.csv").write_bytes(text[: int(len(text) * part)])
    assert "the last row breaks off" in problem(tmp_path / "f.csv")


def test_a_damaged_zip_is_found_out(tmp_path: Path) -> None:
    whole = bytearray(zipped(tmp_path / "f.zip", 2000).read_bytes())
    whole[5000:5400] = bytes(400)
    (tmp_path / "f.zip").write_bytes(whole)
    assert problem(tmp_path / "f.zip").startswith("REGISTER_FILE_BROKEN")


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("nimi;kood;staatus\nAa OÜ;10000018;R\n", encoding="utf-8")
    assert problem(path) == "REGISTER_FILE_HEADER(columns=ariregistri_kood, kmkr_nr, ettevotja_staatus)"
    path.write_bytes(b"")
    assert problem(path).startswith("REGISTER_FILE_HEADER")


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f.zip").write_bytes(bomb())
    assert "unpacks to more" in problem(tmp_path / "f.zip")
    # A zip that does not look like one is stopped while it unpacks.
    monkeypatch.setattr(business_register, "MAX_TEXT_BYTES", 10_000)
    assert "unpacks to more" in problem(plain(tmp_path / "f.csv"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00broken\n", "UnicodeDecodeError"),
        (b"nimi;ariregistri_kood;kmkr_nr;ettevotja_staatus\nA\0;10000018;;R\n", "bytes that no text has"),
        (b"nimi;ariregistri_kood;kmkr_nr;ettevotja_staatus\n" + b"x" * 70_000 + b"\n", "a line is too long"),
        (b"nimi;ariregistri_kood;kmkr_nr;ettevotja_staatus\n", "0 of 0 rows"),
        (b"nimi;ariregistri_kood;kmkr_nr;ettevotja_staatus\nA;ABC;;R\nB;10000018;;R\n", "1 of 2 rows"),
        (b"PK\x03\x04 but no more\n", "the zip is not whole"),
    ],
)
def test_what_is_no_register_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "f"
    path.write_bytes(content)
    assert reason in problem(path)


def test_a_zip_must_hold_one_csv(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "f.zip", "w") as archive:
        archive.writestr("a.csv", "nimi")
        archive.writestr("b.csv", "nimi")
    assert "more or less than one" in problem(tmp_path / "f.zip")
