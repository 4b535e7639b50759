from pathlib import Path

import pytest
from tests.support.register import load_and_measure, zipped
from tests.unit.cli.conftest import Shell


def test_a_file_is_loaded_and_told_of(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "data")
    loaded = shell("register", "load", str(zipped(tmp_path / "file.zip", 50)), "--json")
    assert (loaded.code, loaded.json["state"], loaded.json["rows"]) == (0, "done", 50)
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04")
    broken = shell("register", "load", str(tmp_path / "broken.zip"))
    assert broken.code == 1
    assert "The companies that were loaded before are kept." in broken.out
    status = shell("register", "status", "--json").json
    assert (status["rows"], status["last"]["problem"]) == (50, "REGISTER_FILE_BROKEN")
    (found,) = [each for each in shell("doctor", "--json").json["findings"] if each["subject"] == "business register"]
    assert found["state"] == "warning"
    assert "50 companies" in found["detail"]


@pytest.mark.slow
def test_the_whole_register_is_loaded_within_its_memory(tmp_path: Path) -> None:
    """The aim is 20 s and 200 MiB; a busy machine takes longer, but no more of the processor and no more memory."""
    measured = load_and_measure(Shell(tmp_path / "data").env, zipped(tmp_path / "file.zip", 370_000))
    assert (measured.load["state"], measured.load["rows"]) == ("done", 370_000)
    assert measured.peak_mib < 200
    assert measured.cpu_s < 40  # 8 on an idle machine
