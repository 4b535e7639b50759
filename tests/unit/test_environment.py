"""What an installation makes for itself on its first day: private, whole, and one for all processes."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from tilisilta import environment
from tilisilta.environment import kept_secret, replace_secret
from tilisilta.settings import _database


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path):
    numbers = count()
    for round_ in range(20):
        path = tmp_path / f"key{round_}"
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(kept_secret, path, lambda: f"secret-{next(numbers)}") for _ in range(8)]
            found = {each.result() for each in asked}
        assert found == {path.read_text()}
    assert {each.name for each in tmp_path.iterdir()} == {f"key{round_}" for round_ in range(20)}, "nothing left beside"


def test_the_quicker_process_wins(tmp_path):
    path = tmp_path / "key"

    def make():
        path.write_text("theirs")
        return "ours"

    assert kept_secret(path, make) == "theirs"


def test_secrets_are_their_owners_only(tmp_path):
    path = tmp_path / "key"
    before = os.umask(0)
    try:
        kept_secret(path, lambda: "first")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        replace_secret(path, "second")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "second"


def test_a_crash_in_the_middle_of_a_rotation_leaves_the_old_key(tmp_path, monkeypatch):
    path = tmp_path / "key"
    path.write_text("old")

    def crash(_handle):
        raise OSError("the disk is full")

    monkeypatch.setattr(environment.os, "fsync", crash)
    with pytest.raises(OSError, match="full"):
        replace_secret(path, "new")
    assert path.read_text() == "old"


def test_the_data_directory_is_made_for_its_owner_only(tmp_path):
    place = tmp_path / "var"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("TILISILTA_", "DJANGO_"))}
    subprocess.run(
        [sys.executable, "-c", "import tilisilta.settings"], env={**env, "TILISILTA_DATA_DIR": str(place)}, check=True
    )
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / "secret_key").stat().st_mode) == 0o600


def test_what_a_database_address_asks_for_is_passed_on():
    found = _database("postgresql://anna:p%40ss@db.bureau.ee:6432/books?sslmode=verify-full&sslrootcert=/etc/ca.pem")
    assert found["OPTIONS"] == {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"}
    assert (found["HOST"], found["PORT"], found["USER"], found["PASSWORD"]) == ("db.bureau.ee", "6432", "anna", "p@ss")
    local = _database("postgresql://postgres@/books?host=/run/pg")
    assert (local["HOST"], local["OPTIONS"]) == ("/run/pg", {})
