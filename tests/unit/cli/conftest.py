"""The command as people run it: a process of its own on a data directory of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).resolve().parents[3]
# Workers of the tests leave the real register alone.
NO_REGISTER = {"TILISILTA_REGISTER_URL": "", "TILISILTA_REGISTER_SEARCH_URL": ""}


class Ended(msgspec.Struct, frozen=True):
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs `tilisilta ...` on one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("TILISILTA_", "DJANGO_", "PYTEST")) and name != "PYTHONWARNINGS"
        }
        self.env = {**kept, "TILISILTA_DATA_DIR": str(data_dir), "TILISILTA_LOG_LEVEL": "ERROR", **NO_REGISTER}

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tilisilta", *arguments],
            env={**self.env, **env},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, *arguments: str, words: str = "", **env: str) -> Ended:
        process = self.start(*arguments, **env)
        try:
            out, err = process.communicate(words, timeout=300)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return Ended(process.returncode, out, err)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


@pytest.fixture(scope="session")
def _migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("migrated") / "data"
    ended = Shell(place)("migrate")
    assert ended.code == 0, ended.err
    return place


@pytest.fixture
def installed(shell: Shell, _migrated: Path) -> Shell:
    """A data directory with an up to date, empty database."""
    import shutil

    shutil.copytree(_migrated, shell.data_dir)
    return shell
